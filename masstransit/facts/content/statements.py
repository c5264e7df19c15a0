"""What is said of somebody: accusations of a named person, offers that turn a protected group away."""

from __future__ import annotations

import re

from masstransit.facts.content.lexicon import GROUNDS, words

_CRIMES = (
    r"(?:thief|rapist|p(?:a)?edophile|fraudster|murderer|child (?:molester|abuser)|scammer|crook|criminal"
    r"|drug dealer|terrorist"
    r"|con ?man|swindler|(?:stole|steals|stealing|raped|rapes|molest\w+|embezzl\w+|abus(?:ed|es) (?:children"
    r"|kids|girls|boys"
    r"|students)|murdered|defraud\w+|took bribes|takes bribes|beats his wife|sleeps with (?:students|pupils|minors)))"
)
_NAMED = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Coach|Teacher|Principal|Pastor|Judge|Councillor|Mayor)\.? [A-Z][\w'-]+"
    r"|\b(?!(?:Our|The|This|That|Your|My|His|Her|Dear|Hi|Hello|If|When|Police)\b)[A-Z][a-z'-]+ [A-Z][a-z'-]+)"
    rf"(?: [\w,'-]+){{0,9}}? (?:is|was|has been|has|who)?(?: (?:a|an|the|known|convicted|serial|lying|real"
    rf"|just))* ?{_CRIMES}\b"
)
_REPORTED = re.compile(
    r"\b(?:arrest\w*|charged|convicted|sentenced|accus\w+|alleg\w+|court|trial|acquitted|movie|novel|series)\b", re.I
)
_HINT = re.compile(_CRIMES, re.IGNORECASE)


def accuses(text: str) -> bool:
    """Whether a text, as it was written, says that a named person did a crime. A report of a trial does not."""
    return _HINT.search(text) is not None and _NAMED.search(text) is not None and _REPORTED.search(text) is None


_OFFER = re.compile(
    r"\b(?:apartment|flat|room|house|housing|rent|rental|tenants?|lease|hiring|job|vacancy|position|applicants?"
    r"|loan|mortgage"
    r"|credit|roommate|sublet)\b"
)


def excludes(text: str) -> bool:
    """Whether an offer of housing, work or credit turns a protected group away (plain text). Places are no group."""
    if _OFFER.search(text) is None:
        return False
    return any(_protected(match) for pattern in _TURNED_AWAY for match in pattern.finditer(text))


_TURNED_AWAY = (
    re.compile(
        r"\b(?:no|not for|except) (?:(?:any|young|single|unmarried) )?(?P<who>[a-z-]+)(?: (?:people|tenants"
        r"|applicants|or (?P<also>[a-z-]+)))?\b"
    ),
    re.compile(r"\b(?P<who>[a-z-]+)(?: people)? (?:need not apply|not welcome|not wanted|not accepted|not allowed)\b"),
    re.compile(
        r"\b(?P<who>[a-z-]+)(?: (?:people|applicants|tenants|families|candidates))? only\b"
        r"|\bonly (?P<also>[a-z-]+) (?:people|applicants|tenants)\b"
    ),
)
_FAMILY = frozenset(("kids", "children", "families", "babies", "pregnant", "child"))


def _protected(match: re.Match[str]) -> bool:
    said = {word for word in match.groupdict().values() if word}
    return bool(said & _FAMILY) or any(said & words(name) for name in GROUNDS if name != "location")
