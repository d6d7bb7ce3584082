"""The text of a reply in HTML, with its quotations marked as in plain text."""

import re
from html.parser import HTMLParser

_LINE_BREAKS = frozenset(
    "address article blockquote body br center dd div dl dt footer form h1 h2 h3 h4 h5 "
    "h6 header hr html li main ol p pre section table td th tr ul".split()
)
_HIDDEN = frozenset({"head", "script", "style", "title"})


def reply_text(html: str) -> str:
    """Give the text of an HTML message: a line for each block, quoted ones after ">".

    Odoo's `html2plaintext` marks no quotations, runs blocks together and writes bold
    text between asterisks, so that what a reply quotes passes for the reply.

    :return: text for `strip_quoted` and `is_opt_out`, without empty lines.
    """
    parser = _ReplyParser()
    parser.feed(html)
    parser.close()
    parser.end_line()
    return "\n".join(parser.lines)


class _ReplyParser(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.lines = []
        self.line = ""
        # how many elements are open that quote, hide or keep the line breaks of text
        self.depths = {"blockquote": 0, "hidden": 0, "pre": 0}

    def handle_starttag(self, tag, attrs):
        if tag in _LINE_BREAKS:
            self.end_line()
        self._count(tag, 1)

    def handle_endtag(self, tag):
        if tag in _LINE_BREAKS:
            self.end_line()
        self._count(tag, -1)

    def handle_data(self, data):
        if self.depths["hidden"]:
            return
        if not self.depths["pre"]:
            self.line += re.sub(r"\s+", " ", data)
            return
        *ended, rest = data.split("\n")
        for line in ended:
            self.line += line
            self.end_line()
        self.line += rest

    def end_line(self):
        if line := self.line.strip():
            self.lines.append(f"> {line}" if self.depths["blockquote"] else line)
        self.line = ""

    def _count(self, tag, step):
        kind = "hidden" if tag in _HIDDEN else tag
        if kind in self.depths:
            self.depths[kind] = max(0, self.depths[kind] + step)
