"""The notice on the first page of a fax that advertises: whether it has all that the law asks for, and a fax's words
without it.

Pure: text in, answer out.
"""

from __future__ import annotations

import re

_PHONE_NUMBER = re.compile(r"(?<!\d)\+?\d(?:[ ().-]{0,2}\d){6,14}(?!\d)")
_FAX_NOTICE = 20_000  # characters of a first page that are read
_NO_MORE_FAXES = re.compile(
    r"\bopt(?:ing)?[ -]?out\b|\bunsub\w*|\bremove(?:d|al)?\b|\bfuture (?:fax|advert)\w*"
    r"|\b(?:do not|don't|stop|no more|no further|no longer|not to)\b[^.!?]{0,60}\b(?:fax|send|receiv)\w*",
    re.IGNORECASE,
)
_DAYS = re.compile(r"\b(\d{1,3}|thirty)[ -]?(?:\(\d{1,3}\) )?days?\b", re.IGNORECASE)
_ONE_FOR_BOTH = re.compile(
    r"\b(?:call|phone|tel(?:ephone)?)\b[^.!?\n]{0,20}(?:\b(?:or|and)\b|[/&])[^.!?\n]{0,10}\bfax\b", re.IGNORECASE
)


def lacks(page: str, days: int) -> tuple[str, ...]:
    """What the notice on a fax's first page lacks (47 CFR 64.1200(a)(4)(iii)): that one may ask for no more, within how
    many days at most that is honoured, and where: a telephone number and a fax number, which may be one."""
    read = page[:_FAX_NOTICE]
    missing = [] if _NO_MORE_FAXES.search(read) else ["that the recipient may ask for no more faxes"]
    told = [30 if word.lower() == "thirty" else int(word) for word in _DAYS.findall(read)]
    if not any(0 < each <= days for each in told):
        missing.append(f"that this is honoured within {days} days")
    numbers = {re.sub(r"\D", "", found)[-10:] for found in _PHONE_NUMBER.findall(read)}
    if not numbers:
        missing.append("a telephone number and a fax number for that")
    elif len(numbers) == 1 and not _ONE_FOR_BOTH.search(read):
        missing.append("a telephone number as well as a fax number for that")
    return tuple(missing)


_SENTENCE = re.compile(r"[^.!?\n\f]+[.!?]*|[.!?\n\f]")
_LINK = re.compile(r"://|\bwww\.", re.IGNORECASE)
_HONOURED = re.compile(r"\b(?:honou?r|comply|request|stop|remove|within)\w*\b", re.IGNORECASE)
_NOTICE_SENTENCES, _NOTICE_LENGTH = 3, 300  # at the most, characters of each


def without(text: str) -> str:
    """A fax's words without the notice that the law asks for: what it has to say of numbers to be called and of days
    reads like pressure to those who know text messages. A few short sentences without a link are that at the most."""
    left, taken = [], 0
    for found in _SENTENCE.finditer(text[:_FAX_NOTICE]):
        said = found[0]
        notice = _NO_MORE_FAXES.search(said) or (taken and _DAYS.search(said) and _HONOURED.search(said))
        if notice and taken < _NOTICE_SENTENCES and len(said) <= _NOTICE_LENGTH and not _LINK.search(said):
            taken += 1
        else:
            left.append(said)
    return "".join(left) if taken else text
