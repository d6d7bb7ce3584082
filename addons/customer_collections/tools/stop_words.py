"""What a reply by e-mail or SMS asks for by itself: to be left alone, or nothing,
because a machine wrote it.

Whoever answers "stop", "unsubscribe", "end", "quit" or "cancel" has opted out, in
whatever form it comes (12 CFR 1006.6(e), 47 CFR 64.1200(a)(10)). An ordinary sentence
with such a word in it has not: "please cancel the duplicate invoice" is for a person
to read.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping

from .stop_phrases import (
    ANY_CHANNEL,
    BESIDE,
    CHANNELS,
    KEYWORD,
    KEYWORD_ALONE,
    LISTED,
    REQUEST,
)

# Longer sentences say more than a wish to be left alone.
_MAX_WORDS = 20

_GREETING = re.compile(
    r"\s*(?:hi|hello|hey|dear|good (?:morning|afternoon|day|evening)"
    r"|hallo|guten (?:tag|morgen|abend)|liebe[rs]?|sehr geehrte[rs]?|moin"
    r"|bonjour|bonsoir|ch[eè]re?|madame|monsieur"
    r"|hola|buen[oa]s (?:d[ií]as|tardes|noches)|estimad[oa]s?)\b[^,.!:\n]*(?:[,.!:]|$)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?;:\n]+|\s[-–—]+\s|—")

# "On Monday, 5 Jan 2026 at 10:12, Ann <ann@x.example> wrote:", over up to three lines
_ATTRIBUTION = re.compile(
    r"^[ \t]*(?:On|Am|Le|El)\b[^\n]*(?:\n(?=[^\n]*\S)[^\n]*){0,2}?"
    r"\b(?:wrote|schrieb|a [ée]crit|escribi[óo])\b[^\n:]*(?:\n[^\n:]+)?:[ \t]*$",
    re.MULTILINE,
)
_QUOTED_LINE = re.compile(r"\s*>")
_QUOTED_MESSAGE = re.compile(
    r"^[* \t]*(?:"
    # -----Original Message-----
    r"-{2,}[ \t]*(?:original message|urspr[üu]ngliche nachricht|originalnachricht"
    r"|message d['’]origine|message original|mensaje original)[ \t]*-{2,}"
    # From: and, within three lines, Sent:, perhaps as *From:* in bold
    r"|(?:from|von|de|exp[ée]diteur)[ \t]*:[^\n]*\n(?:[^\n]*\n){0,2}?"
    r"[* \t]*(?:sent|date|gesendet|datum|envoy[ée]|enviado(?: el)?|fecha)[ \t]*:"
    r")",
    re.IGNORECASE | re.MULTILINE,
)

_AUTOMATIC_SUBJECT = re.compile(
    r"\s*(?:auto(?:matic|mated)?[ -]?(?:reply|response)\b|auto:|out of (?:the )?office"
    r"|ooo\b|(?:i am|i'm) (?:currently )?out of (?:the )?office"
    r"|automatische (?:antwort|abwesenheit)|abwesenheit|abwesend\b|au(?:ß|ss)er haus\b"
    r"|r[ée]ponse automatique|absente? du bureau|absence du bureau"
    r"|(?:message|notification|avis) d['’]absence"
    r"|respuesta autom[áa]tica|fuera de (?:la )?oficina"
    r"|(?:ausente|ausencia) de (?:la )?oficina|(?:mensaje|aviso) de ausencia)",
    re.IGNORECASE,
)


def is_opt_out(text: str, channel: str) -> bool:
    """Tell whether a reply asks not to be contacted any more by the channel it came by.

    It does if its first line or sentence is nothing but a word like "stop", or if
    any sentence is nothing but a request like "please stop emailing me". One that
    names other channels alone, "no letters" in an e-mail, is for a person to read.
    English, German, French and Spanish are understood, whatever the customer's
    language is.

    :param text: plain text as received, or what `reply_text` makes of HTML; what it
        quotes is left aside.
    :param channel: by which it came: "email", "sms", ...
    """
    own = strip_quoted(text)
    lines = [words for line in own.splitlines() if (words := _first_words(line))]
    if lines:
        first_sentence = _SENTENCE_END.split(lines[0].strip(" .!?;:"))[0]
        if KEYWORD_ALONE.fullmatch(_normalized(lines[0])):
            return True
        if KEYWORD.fullmatch(_normalized(first_sentence)):
            return True
    return any(
        REQUEST.fullmatch(clause) and _means(channel, clause)
        for clause in _clauses(own)
    )


def strip_quoted(text: str) -> str:
    """Give a plain text without the messages it answers to.

    Lines that start with ">" go, and so does the line that announces them. An
    announcement without such lines after it makes all the rest a quotation, as the
    head of the original message does.
    """
    if head := _QUOTED_MESSAGE.search(text):
        text = text[: head.start()]
    own, position = [], 0
    for announced in _ATTRIBUTION.finditer(text):
        if not re.search(r"\d", announced.group()):
            continue  # "On reflection, as Ann wrote:" has no date
        own.append(text[position : announced.start()])
        if not _QUOTED_LINE.match(text, announced.end()):
            break
        position = announced.end()
    else:
        own.append(text[position:])
    lines = "".join(own).splitlines()
    return "\n".join(line for line in lines if not _QUOTED_LINE.match(line))


def is_automatic_reply(headers: Mapping[str, str], subject: str) -> bool:
    """Tell whether a machine wrote a message: an absence notice, a receipt, a bounce.

    :param headers: of the message; the case of their names does not matter.
    :param subject: decoded. One that answers to an absence notice ("Re: Out of
        office") is a person's.
    """
    values = {
        name.lower(): str(value).strip().lower() for name, value in headers.items()
    }
    # RFC 3834, section 5: every value but "no" is automatic; parameters may follow
    if values.get("auto-submitted", "no").partition(";")[0].strip() != "no":
        return True
    if values.get("x-autoreply", "no") != "no" or "x-autorespond" in values:
        return True
    # "list" is left out: people write through mailing lists
    if values.get("precedence") in {"auto_reply", "bulk", "junk"}:
        return True
    return bool(_AUTOMATIC_SUBJECT.match(subject or ""))


def _means(channel: str, request: str) -> bool:
    """Tell whether a request to be left alone is about this channel: it names it, or
    none at all, or beside others contact of whatever kind."""
    named = set()
    for part in BESIDE.split(request):
        names = {key for key, words in CHANNELS.items() if words.search(part)}
        if not names and ANY_CHANNEL.search(part):
            return True
        named |= names
    return not named or channel in named


def _first_words(line: str) -> str:
    """Give a line without the greeting it starts with, "" if nothing else is on it."""
    greeting = _GREETING.match(line)
    rest = line[greeting.end() :] if greeting else line
    if not _normalized(rest):
        # "Hello" alone is a greeting; "Hola stop" has no comma but is more than one
        rest = line if KEYWORD.fullmatch(_normalized(line)) else ""
    return rest


def _clauses(text: str) -> Iterator[str]:
    """Give what can be a request: the parts of sentences between commas, or all of one
    whose commas part a list, of each line and of each paragraph, normalized. The line
    counts because many end one without a full stop, the paragraph because programs
    wrap lines."""
    paragraphs = re.split(r"\n\s*\n", text)
    blocks = text.splitlines() + [" ".join(p.splitlines()) for p in paragraphs]
    for block in blocks:
        for sentence in _SENTENCE_END.split(block):
            clauses = [_normalized(clause) for clause in sentence.split(",")]
            if _is_list(clauses[1:]):
                clauses.append("".join(clauses))
            yield from (words for words in clauses if words.count(" ") <= _MAX_WORDS)


def _is_list(clauses: list[str]) -> bool:
    """Tell whether these only name further channels: "emails", "letters or calls"."""
    return bool(clauses and BESIDE.search(clauses[-1])) and all(
        LISTED.fullmatch(clause) for clause in clauses
    )


def _normalized(text: str) -> str:
    """Give the words in lower case without accents and punctuation, with one space
    after each: "Don’t E-Mail me!" becomes "dont email me "."""
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(char for char in text if not unicodedata.combining(char))
    text = re.sub(r"n['’]t\b", "nt", text)
    text = re.sub(r"\be-(?=mail)", "e", text)
    return "".join(f"{word} " for word in re.findall(r"[^\W_]+", text))
