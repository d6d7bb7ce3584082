"""HTML in two parts: its shape, which is all its tags, and the plain words in it.

Texts made from one template have few shapes. What depends on the tags alone is worked
out once for each shape and filled with the words of every text.

Only the simplest HTML is taken apart, where there is no doubt what is a tag and what a
word: each ``<`` and ``>`` belongs to a tag of a short list with quoted attributes.
Words hold nothing that could be read as anything else.
"""

import re

# In place of words: nothing that is escaped, neither in a text nor in an address.
MARK = "~%d~"
# Within these a word is a word: no scripts, styles or forms, nothing read raw.
TAGS = (
    "a b br div em h1 h2 h3 h4 h5 h6 hr i li ol p small span strong table tbody td th "
    "thead tr u ul"
).split()

_TAG = re.compile(
    rf"</?(?:{'|'.join(TAGS)})(?: [a-z][a-z-]*=\"[^\"<>\x00-\x1f\x7f-\x9f]*\")* ?/?>"
).fullmatch
_BETWEEN_TAGS = re.compile(r"(<[^<>]*>)").split
# Nothing that could begin a quote (a line with >) or a signature (--), also where a tag
# between two texts is dropped, and no control characters.
_TEXT = re.compile(
    r"(?!\s*-)(?![\s\S]*--)(?![\s\S]*-\s*\Z)"
    r"(?:[^<>&\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]"
    r"|&(?:amp|lt|nbsp|quot|#34|#39);)*"
).fullmatch
# No entities, and no more than a parser reads in one piece. White space around it stays
# where it is: some is dropped.
_WORDS = re.compile(r"(\s*)([^\s&](?:[^&]{0,200}[^\s&])?)(\s*)").fullmatch
# Of an address only what follows the server: no scheme hides in it.
_PATH = re.compile(
    r"(?<= href=\")(https?://[A-Za-z0-9.-]+(?::[0-9]+)?/)"
    r"((?:[A-Za-z0-9_./?=#@-]|&amp;)+)(?=\")"
)
_MARKS = re.compile(r"~([0-9]+)~").split


def take_apart(html):
    """Return the shape of a text, and the words that are missing in it.

    >>> take_apart('<p style="color: red">Hello Ann,<br/></p>')
    ('<p style="color: red">~0~<br/></p>', ['Hello Ann,'])
    >>> take_apart('<p><a href="https://a.example/my?x=1">Pay</a></p>')
    ('<p><a href="https://a.example/~0~">~1~</a></p>', ['my?x=1', 'Pay'])

    :return: None where the HTML is not simple enough
    :rtype: tuple[str, list[str]]|None

    >>> take_apart('<p>Hello<script>alert(1)</script></p>')
    """
    if "~" in html:
        return None
    words = []

    def mark(word):
        words.append(word)
        return MARK % (len(words) - 1)

    parts = _BETWEEN_TAGS(html)
    for number, part in enumerate(parts):
        if number % 2:
            if not _TAG(part):
                return None
            if " href=" in part:
                parts[number] = _PATH.sub(lambda m: m[1] + mark(m[2]), part)
        elif not _TEXT(part):
            return None
        elif found := _WORDS(part):
            before, word, after = found.groups()
            parts[number] = f"{before}{mark(word)}{after}"
    return "".join(parts), words


def cut(shape, count):
    """Return a shape cut at its marks, None unless each is there once and in order.

    >>> cut("<p>~0~<br></p>", 1)
    ['<p>', '<br></p>']
    >>> cut("<p>~1~</p>", 1)

    :rtype: list[str]|None
    """
    pieces = _MARKS(shape)
    if pieces[1::2] != [str(number) for number in range(count)]:
        return None
    return pieces[::2]


def fill(pieces, words):
    """Return a text from a shape that was cut and its words.

    >>> fill(['<p>', '<br></p>'], ["Hello Ann,"])
    '<p>Hello Ann,<br></p>'

    :rtype: str
    """
    parts = [pieces[0]]
    for word, piece in zip(words, pieces[1:], strict=True):
        parts += word, piece
    return "".join(parts)
