"""What a discount costs, as interest a year."""


def annual_rate(discount, days):
    """Return the simple annual rate of a discount for paying early.

    The customer pays ``1 - discount`` now in place of 1 later: the discount is the
    interest on that.

    >>> round(annual_rate(0.02, 20), 4)  # 2/10 net 30, in every textbook
    0.3724
    >>> annual_rate(0, 20)
    0

    :param float discount: as a fraction, from 0 up to 1
    :param int days: days earlier, at least 1
    :rtype: float
    """
    if discount <= 0 or days < 1 or discount >= 1:
        return 0
    return discount / (1 - discount) * 365 / days
