"""Facts about strangers: openers that go to many people, and numbers that are walked along.

An opener is a short text that asks and says nothing else ("Is this Anna?"). Two are the same when they differ in the
name, digits, spacing and case only.

That numbers are walked along shows in how densely they lie, whatever the order in which they are sent to: of the
thousand numbers that share all but three digits, a list of customers has a few, a list that a program counted up has
most. Look-ups are counted the same way.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from masstransit.clock import Clock
from masstransit.counters import Count, Counters, Distinct, Operation
from masstransit.errors import CountersUnavailable, Unknown
from masstransit.facts.fact import Fact
from masstransit.facts.traffic import Allowances, CountingByRoot, cluster_of, is_new
from masstransit.model.address import E164
from masstransit.model.communication import Communication, Direction, Kind, Knock
from masstransit.model.subject import Subject

_DAY = 86_400.0
_LONGEST = 100  # characters of an opener
_ASKS = re.compile("[?\u061f\uff1f\u037e]")
_LINK = re.compile(r"https?:|www\.|\w\.(?:com|net|org|io|co|ly|me)\b", re.IGNORECASE)
_NAME = re.compile(r"(?<=[\s,])[^\W\d_a-z][^\W\d_]{1,20}\b|^[^\W\d_]{2,20}(?=[,?!:] )")
_NUMBER = re.compile(r"\+?\d{8,15}")
_THOUSAND, _HUNDRED = 3, 2  # digits


class Openers(Fact, frozen=True, kw_only=True):
    """To how many people the customer (root account) sent this opener."""

    opener: bool = False  #: whether the text is one
    people_24h: int = 0  #: this one included


class Walking(Fact, frozen=True, kw_only=True):
    """How many numbers of this number's thousand the customer (root account) wrote to; of a call, called."""

    neighbours_24h: int = 0  #: this one included
    hundred_24h: int = 0  #: ... that share all but two digits with it, this one included

    @property
    def speaks(self) -> bool:
        return max(self.neighbours_24h, self.hundred_24h) > 1


class Lookups(Fact, frozen=True, kw_only=True):
    """What the account looked up, this time included."""

    looked_24h: int = 0
    neighbours_24h: int = 0  #: different numbers of this number's thousand


_NO_OPENER, _NOWHERE, _NO_LOOKUP = Openers(), Walking(), Lookups()


class OpenerCounts(CountingByRoot):
    """Learns `Openers`. What was refused stays counted."""

    def __init__(self, counters: Counters, clock: Clock, allowed: Allowances, person: Callable[[str], str]) -> None:
        super().__init__(counters, clock, allowed)
        self._person = person

    async def _of_tag(self, tag: str, subjects: Sequence[Subject]) -> Sequence[Openers]:
        looks: list[Operation] = []
        at: list[int] = []
        for i, subject in enumerate(subjects):
            if isinstance(subject, Communication) and is_opener(subject.text):
                person = (self._person(subject.recipient.text)[:24],) if _counts(subject) else ()
                looks.append(Distinct(tag, f"op:{opener_of(subject.text)}", _DAY, person))
                at.append(i)
        facts = [_NO_OPENER] * len(subjects)
        if looks:
            for i, seen in zip(at, await self._ask(looks), strict=True):
                facts[i] = Openers(opener=True, people_24h=seen.count)
        return facts


class Walks(CountingByRoot):
    """Learns `Walking`. What was refused is given back: a number that was not written to was not tried."""

    async def _of_tag(self, tag: str, subjects: Sequence[Subject]) -> Sequence[Walking]:
        looks: list[Distinct] = []
        at: list[int] = []
        for i, subject in enumerate(subjects):
            if isinstance(subject, Communication) and isinstance(subject.recipient, E164):
                number, new = subject.recipient.text, _counts(subject)
                thousand, hundred = ("cth", "chu") if subject.kind is Kind.CALL else ("th", "hu")
                looks += (
                    _near(tag, number, new=new, key=thousand),
                    _near(tag, number, new=new, key=hundred, digits=_HUNDRED),
                )
                at.append(i)
        facts = [_NOWHERE] * len(subjects)
        if not looks:
            return facts
        answers = await self._ask(looks)
        for i, thousand, hundred in zip(at, answers[::2], answers[1::2], strict=True):
            facts[i] = Walking(neighbours_24h=thousand.count, hundred_24h=hundred.count)
        for place, (look, seen) in enumerate(zip(looks, answers, strict=True)):
            if look.members and seen.fresh:
                subject = subjects[at[place // 2]]
                self._can_undo(subject.id, msgspec.structs.replace(look, members=(), drop=look.members))
        return facts


class LookupCounts:
    """Learns `Lookups`, of those who knock for one."""

    def __init__(self, counters: Counters, clock: Clock) -> None:
        self._counters = counters
        self._clock = clock

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Any]:
        return await asyncio.gather(*(self._learn(subject) for subject in batch))

    async def _learn(self, subject: Subject) -> Lookups | Unknown:
        if not isinstance(subject, Knock) or subject.wants != "lookup":
            return _NO_LOOKUP
        number = _NUMBER.search(subject.about)
        new = subject.attempt == 0
        looks: list[Operation] = [Count(subject.account, "lookups", _DAY, int(new))]
        if number is not None:
            looks.append(_near(subject.account, number[0], new=new, key="lk"))
        try:
            before, *seen = await self._counters.ask(looks, self._clock.now())
        except CountersUnavailable as gone:
            return Unknown(str(gone))
        return Lookups(looked_24h=before + new, neighbours_24h=seen[0].count if seen else 0)


def is_opener(text: str) -> bool:
    """Whether a text is short, asks, and leads nowhere."""
    return len(text) <= _LONGEST and _ASKS.search(text) is not None and _LINK.search(text) is None


def opener_of(text: str) -> str:
    """A name for all openers that say the same to people of different names."""
    return cluster_of(_NAME.sub("N", text.strip()))


def _near(tag: str, number: str, *, new: bool, key: str = "th", digits: int = _THOUSAND) -> Distinct:
    """The numbers that share all but the last few digits with this one."""
    plain = number.lstrip("+")
    return Distinct(tag, f"{key}:{plain[:-digits]}", _DAY, (plain[-digits:],) if new else ())


def _counts(subject: Communication) -> bool:
    return is_new(subject) and subject.direction is Direction.OUTBOUND
