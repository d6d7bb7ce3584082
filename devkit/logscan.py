"""Warnings and errors in Odoo's log, less the few that are known and not ours."""

import re

_LINE = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ "
    r"(?P<level>WARNING|ERROR|CRITICAL) \S+ (?P<logger>\S+?): (?P<message>.*)$"
)

# Each has a reason; nothing of ours may stand here.
_KNOWN = (
    # Python and libraries of Odoo's age announce changes to come; ours are caught
    # by the exception below.
    (r"py\.warnings", r""),
    # Debian's wkhtmltopdf is built without the patched Qt.
    (r"odoo\.addons\.base\.models\.ir_actions_report", r"wkhtmltopdf"),
)
_OURS = re.compile(r"addons/(customer_collections|collections_)|devkit")


def is_known(logger, message):
    """Tell whether a line of the log is a known one that is none of ours.

    :param str logger: name of the logger
    :param str message: the line
    """
    if logger == "py.warnings" and _OURS.search(message):
        return False
    return any(
        re.match(name, logger) and re.search(text, message, re.IGNORECASE)
        for name, text in _KNOWN
    )


def unexpected(text):
    """Return the unexpected WARNING and ERROR lines of a log.

    :param str text: the whole log
    :rtype: list
    """
    found = []
    for line in text.splitlines():
        match = _LINE.match(line)
        if match and not is_known(match["logger"], match["message"]):
            found.append(f"{match['level']} {match['logger']}: {match['message']}")
    return found
