"""Facts about calls that are offered: how often somebody is called, by whom, by what voice, and what came of it.

Facts count; what is too much is the clauses' business. Calls are counted apart from texts, when they are offered; what
did not go out is given back. Of their ends it is told whether anybody talked.

Counters hold no number: people are keyed by HMAC (`Keys.person`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeGuard

from masstransit.clock import Clock
from masstransit.counters import Count, Counters
from masstransit.facts.fact import Fact
from masstransit.facts.traffic import Allowances, CountingByRoot, is_new
from masstransit.model.communication import Communication, Direction, Kind, Subject

_MONTH = 30 * 86_400.0


class RecordedVoices(Fact, frozen=True, kw_only=True):
    """How often a brand (root account) had a machine speak to this person."""

    person_30d: int = 0  #: calls in 30 days in which no person spoke, before this one


_NO_VOICES = RecordedVoices()


class RecordedVoiceCounts(CountingByRoot):
    """Learns `RecordedVoices`: one counter a person, for calls in which no person speaks."""

    def __init__(self, counters: Counters, clock: Clock, allowed: Allowances, person: Callable[[str], str]) -> None:
        super().__init__(counters, clock, allowed)
        self._person = person

    async def _of_tag(self, tag: str, subjects: Sequence[Subject]) -> Sequence[RecordedVoices]:
        spoken = [(i, s) for i, s in enumerate(subjects) if is_placed(s) and s.automated]
        facts = [_NO_VOICES] * len(subjects)
        if not spoken:
            return facts
        asked = [Count(tag, f"rv:{self._person(s.recipient.text)[:24]}", _MONTH, int(is_new(s))) for _, s in spoken]
        for (i, subject), count, before in zip(spoken, asked, await self._ask(asked), strict=True):
            if count.add:
                self._can_undo(subject.id, Count(tag, count.key, _MONTH, -1))
            facts[i] = RecordedVoices(person_30d=max(0, before - (subject.attempt > 0)))
        return facts


def is_placed(subject: Subject) -> TypeGuard[Communication]:
    """Whether it is a call that a customer wants to place."""
    outbound = isinstance(subject, Communication) and subject.direction is Direction.OUTBOUND
    return outbound and subject.kind is Kind.CALL
