"""Whole numbers in as few bytes as they need."""


def pack(numbers):
    """Return numbers as bytes: seven bits in each, the eighth says that more follow.

    :param numbers: whole numbers, none below 0
    :rtype: bytes

    >>> pack([1, 300]).hex()
    '01ac02'
    """
    packed = bytearray()
    for number in numbers:
        if number < 0:
            raise ValueError("Only numbers from 0 can be packed.")
        while number > 127:
            packed.append(number & 127 | 128)
            number >>= 7
        packed.append(number)
    return bytes(packed)


def unpack(packed):
    """Return the numbers that :func:`pack` packed.

    :param bytes packed: of whole numbers
    :rtype: list[int]
    :raise ValueError: when the last one is cut off

    >>> unpack(bytes.fromhex("01ac02"))
    [1, 300]
    """
    numbers, number, shift = [], 0, 0
    for byte in packed:
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append(number)
            number, shift = 0, 0
    if shift:
        raise ValueError("The last number is cut off.")
    return numbers
