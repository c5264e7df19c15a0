"""What makes a ruling readable for whoever has to answer for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from masstransit.model.decision import Ruling
from masstransit.story import evidence

#: Words of this house's code, and what Python prints of values.
_JARGON = re.compile(
    r"[{}<>_]|\bNone\b|\b(?:label|regex|classifier|heuristic|threshold|payload|callback function|null|boolean|enum"
    r"|tuple|dict|kwarg|positive score)s?\b"
)
_LEAST_WORDS = 4
#: What a sender types to put something right.
_AN_INTERFACE = re.compile(
    r"\b(?:GET|POST|EndUser|TermsAccepted=true|ContentRetention=discard|FILE|AC\.\.\.)|/policy/v1/\w+|`[^`]+`"
    r"|number_pool|0x\w+"
)


def faults(ruling: Ruling) -> Iterator[str]:
    """What is hard to read in a ruling: its reason, what would put it right, and what shows it."""
    yield from sentence("reason", ruling.reason)
    yield from sentence("remedy", ruling.remedy, least=1)
    for line in evidence(ruling.evidence):
        if re.search(r"[{}]|\bNone\b|<|datetime", line) or "_" in line.partition(":")[0]:
            yield f"evidence is no words: {line}"


def sentence(what: str, said: str, *, least: int = _LEAST_WORDS) -> Iterator[str]:
    """What is wrong with a sentence that somebody is to understand who knows no code."""
    if len(said.split()) < least:
        yield f"the {what} says too little: {said!r}"
    if found := _JARGON.search(_AN_INTERFACE.sub("", said)):
        yield f"the {what} has {found[0]!r}, which is for programmers: {said!r}"
    if said.endswith(".") or said != said.strip():
        yield f"the {what} is put into sentences by others, so it has no full stop: {said!r}"
