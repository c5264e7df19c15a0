"""Facts about crowds: how many customers close in on one person.

Only personal texts are counted: short ones that lead nowhere and have no digit. A day's notices, codes and offers from
twenty shops are no crowd.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from masstransit.clock import Clock
from masstransit.counters import Counters, Distinct
from masstransit.errors import CountersUnavailable, Unknown
from masstransit.facts.fact import Fact
from masstransit.facts.links import links_of
from masstransit.facts.traffic import Allowances, is_new
from masstransit.model.communication import Communication, Direction, Purpose
from masstransit.model.subject import Subject

_QUARTER = 900.0
_LONGEST = 160  # characters of a personal text
_DIGIT = re.compile(r"\d")
_NOT_COUNTED = (Purpose.OTP, Purpose.EMERGENCY)


class Crowd(Fact, frozen=True, kw_only=True):
    """From how many customers (root accounts) a person was written to personally."""

    accounts_15m: int = 0  #: this message's among them; 0: it is no personal text


_NONE = Crowd()


class Crowds:
    """Learns `Crowd`: a counter a person, under a tag of the person's own, because the crowd's accounts differ."""

    def __init__(self, counters: Counters, clock: Clock, allowed: Allowances, person: Callable[[str], str]) -> None:
        self._counters = counters
        self._clock = clock
        self._allowed = allowed
        self._person = person

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Crowd | Unknown]:
        personal = [(i, s) for i, s in enumerate(batch) if isinstance(s, Communication) and is_personal(s)]
        facts: list[Crowd | Unknown] = [_NONE] * len(batch)
        if not personal:
            return facts
        terms = await self._allowed.of(s.account for _, s in personal)
        looks = [self._look(s, terms[s.account].root) for _, s in personal]
        try:
            seen = await self._counters.ask(looks, self._clock.now())
        except CountersUnavailable as gone:
            seen = [None] * len(looks)
            silent = Unknown(str(gone))
        for (i, _), one in zip(personal, seen, strict=True):
            facts[i] = silent if one is None else Crowd(accounts_15m=one.count)
        return facts

    def _look(self, offer: Communication, root: str) -> Distinct:
        new = (root,) if is_new(offer) else ()
        return Distinct(f"to-{self._person(offer.recipient.text)[:24]}", "crowd", _QUARTER, new)


def is_personal(offer: Communication) -> bool:
    """Whether an offer reads as if one person wrote it to another."""
    if offer.direction is not Direction.OUTBOUND or offer.purpose in _NOT_COUNTED:
        return False
    return len(offer.text) <= _LONGEST and _DIGIT.search(offer.text) is None and not links_of(offer)
