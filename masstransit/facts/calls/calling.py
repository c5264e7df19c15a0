"""Facts about calls that are offered: how often somebody is called, by whom, by what voice, and what came of it.

Facts count; what is too much is the clauses' business. Calls are counted apart from texts, when they are offered; what
did not go out is given back. Of their ends it is told whether anybody talked. Calls for help are never counted.

Counters hold no number of a person: people are keyed by HMAC (`Keys.person`).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from typing import Any, TypeGuard

import msgspec

from masstransit.clock import Clock
from masstransit.counters import Count, Counters, Distinct, Operation
from masstransit.errors import CountersUnavailable, Unknown
from masstransit.facts.calls.records import is_counted, let_ring
from masstransit.facts.fact import Fact
from masstransit.facts.traffic import Allowances, CountingByRoot, Counts, is_new, was_counted
from masstransit.model.address import E164, Address
from masstransit.model.call import AnsweredBy, CallRecord, Party
from masstransit.model.communication import Communication, Direction, Kind
from masstransit.model.outcome import Outcome
from masstransit.model.subject import Subject

_MONTH = 30 * 86_400.0
_DAY = 86_400.0
_HOUR = 3600.0
_TEN_MINUTES = 600.0


class RecordedVoices(Fact, frozen=True, kw_only=True):
    """How often a brand (root account) had a machine speak to this person."""

    person_30d: int = 0  #: calls in 30 days in which no person spoke, before this one


class Dear(Fact, frozen=True, kw_only=True):
    """How often a brand (root account) calls where calls are paid for to whoever is called; nothing, where this call
    goes elsewhere."""

    range: str = ""  #: "premium", or the prefix of the destination
    range_1h: int = 0  #: calls of the brand to this range in an hour, before this one
    range_24h: int = 0  #: ... in 24 hours
    minutes_24h: int = 0  #: begun minutes of such calls that ended within 24 hours
    source_10m: int = 0  #: calls of this credential to any such range in 10 minutes, before this one
    source_new: bool = False  #: the credential called before today, and never from this address


class RangAndDropped(Fact, frozen=True, kw_only=True):
    """How many people a number rang and gave up on at once, within an hour, this call included. Nothing, where calling
    the number back costs no more than any."""

    people_1h: int = 0


class CalledPerson(Fact, frozen=True, kw_only=True):
    """What went to and fro by phone between a caller and a person in 24 hours, before this call. Where an end user is
    named it is the caller, or else the brand (root account): whichever of its numbers and campaigns it called from.
    """

    unanswered_24h: int = 0  #: calls that rang at the person, are over, and in which they did not talk
    talked_24h: int = 0  #: in which they talked, whoever called
    silent_24h: int = 0  #: that they answered, and that the caller ended without a word


class CalledLine(Fact, frozen=True, kw_only=True):
    """How one line is called in ten minutes, this call left out."""

    account_10m: int = 0  #: calls of the brand (root account)
    account_short_10m: int = 0  #: ... that nobody answered, or that ended within seconds
    all_short_10m: int = 0  #: calls of all brands that somebody answered and that the caller ended within seconds
    brands_10m: int = 0  #: brands that call it, this one included
    by_machine: int = 0  #: calls of the brand under way to it in which no person speaks; known where none does in this

    @property
    def speaks(self) -> bool:
        return max(self.account_10m, self.all_short_10m, self.by_machine) > 0


_NO_VOICES, _CHEAP, _NO_DROP = RecordedVoices(), Dear(), RangAndDropped()
_NOT_CALLED, _NO_LINE = CalledPerson(), CalledLine()


class RecordedVoiceCounts(CountingByRoot):
    """Learns `RecordedVoices`: one counter a person, for calls and voice mail in which no person speaks."""

    def __init__(self, counters: Counters, clock: Clock, allowed: Allowances, person: Callable[[str], str]) -> None:
        super().__init__(counters, clock, allowed)
        self._person = person

    async def _of_tag(self, tag: str, subjects: Sequence[Subject]) -> Sequence[RecordedVoices]:
        spoken = [(i, s) for i, s in enumerate(subjects) if is_spoken(s) and s.automated]
        facts = [_NO_VOICES] * len(subjects)
        if not spoken:
            return facts
        asked = [Count(tag, f"rv:{_short(self._person, s)}", _MONTH, int(is_new(s))) for _, s in spoken]
        for (i, subject), count, before in zip(spoken, asked, await self._ask(asked), strict=True):
            if count.add:
                self._can_undo(subject.id, Count(tag, count.key, _MONTH, -1))
            facts[i] = RecordedVoices(person_30d=_before(before, subject))
        return facts


class DearCalls(CountingByRoot):
    """Learns `Dear`: premium numbers by the numbering plans, other destinations by `prefixes`.

    From which addresses a credential calls is counted of all its calls.
    """

    def __init__(self, counters: Counters, clock: Clock, allowed: Allowances, prefixes: Sequence[str]) -> None:
        super().__init__(counters, clock, allowed)
        self._prefixes = tuple(sorted(prefixes, key=len, reverse=True))

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Any]:
        """A fact a subject, in order; of records mostly the same, that there is nothing."""
        if not any(is_placed(s) or self._talked_into(_record(s)) for s in batch):
            return [_CHEAP] * len(batch)
        return await super().learn(batch)

    async def _of_tag(self, tag: str, subjects: Sequence[Subject]) -> Sequence[Dear]:
        facts = [_CHEAP] * len(subjects)
        await self._note_minutes(tag, subjects)
        counts = Counts(tag)
        placed = [(i, s, range_of(s.recipient, self._prefixes)) for i, s in enumerate(subjects) if is_placed(s)]
        places = [self._count(tag, counts, call, into) for _, call, into in placed]
        answers = await self._ask(counts.operations())
        for (i, _, into), found in zip(placed, places, strict=True):
            if into:
                facts[i] = _dear(into, [counts.before(answers, at) for at in found])
        return facts

    async def _note_minutes(self, tag: str, subjects: Sequence[Subject]) -> None:
        noted: list[Operation] = []
        for subject in subjects:
            record = _record(subject)
            into = self._talked_into(record)
            if record is not None and into:
                minutes = max(1, math.ceil(record.talked / 60))
                noted.append(Count(tag, f"dm:{into}", _DAY, minutes))
                self._can_undo(subject.id, Count(tag, f"dm:{into}", _DAY, -minutes))
        if noted:
            await self._ask(noted)

    def _talked_into(self, record: CallRecord | None) -> str:
        """Into which range that is paid for somebody talked."""
        return range_of(record.recipient, self._prefixes) if record is not None and record.answered else ""

    def _count(self, tag: str, counts: Counts, call: Communication, into: str) -> list[tuple[int, int]]:
        """Where the counts of a call are found: those of its range, and those of its credential here and anywhere."""
        new, earlier = is_new(call), was_counted(call)
        wanted: list[tuple[str, float]] = []
        looks: list[tuple[int, int]] = []
        if into:
            wanted = [(f"d1:{into}", _HOUR), (f"dd:{into}", _DAY)]
            wanted.append((f"ds:{_hash(call.principal, call.source)}", _TEN_MINUTES))
            looks = [counts.add(f"dm:{into}", _DAY, counted=False)]
            if new:
                self._can_undo(call.id, *(Count(tag, key, window, -1) for key, window in wanted))
        if call.principal and call.source:
            for name in (_hash(call.principal), _hash(call.principal, call.source)):
                wanted += [(f"cf:{name}:{window:g}", window) for window in (_DAY, _MONTH)]
        return looks + [counts.add(key, window, counted=new, earlier=earlier) for key, window in wanted]


def _dear(into: str, found: Sequence[int]) -> Dear:
    minutes, hour, day, source, *called = found
    today, ever, today_from_here, ever_from_here = called or (0, 0, 0, 0)
    return Dear(
        range=into,
        range_1h=hour,
        range_24h=day,
        minutes_24h=minutes,
        source_10m=source,
        source_new=ever > today and ever_from_here <= today_from_here,
    )


class DroppedRings(CountingByRoot):
    """Learns `RangAndDropped` from the records of calls: given up before they had rung for `rings` seconds, by a number
    that is premium or begins with one of `prefixes`."""

    def __init__(
        self,
        counters: Counters,
        clock: Clock,
        allowed: Allowances,
        person: Callable[[str], str],
        prefixes: Sequence[str],
        *,
        rings: float,
    ) -> None:
        super().__init__(counters, clock, allowed)
        self._person = person
        self._prefixes = tuple(prefixes)
        self._rings = rings

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Any]:
        """A fact a subject, in order; mostly the same, that there is nothing."""
        if not any((record := _record(s)) is not None and self._is_dropped(record) for s in batch):
            return [_NO_DROP] * len(batch)
        return await super().learn(batch)

    async def _of_tag(self, tag: str, subjects: Sequence[Subject]) -> Sequence[RangAndDropped]:
        facts = [_NO_DROP] * len(subjects)
        dropped = [(i, r) for i, s in enumerate(subjects) if (r := _record(s)) is not None and self._is_dropped(r)]
        looks = [
            Distinct(tag, f"rd:{r.sender.text}", _HOUR, (self._person(r.recipient.text)[:24],)) for _, r in dropped
        ]
        for (i, _), seen in zip(dropped, await self._ask(looks) if looks else (), strict=True):
            facts[i] = RangAndDropped(people_1h=seen.count)
        return facts

    def _is_dropped(self, record: CallRecord) -> bool:
        at_once = not record.answered and record.released_by is Party.CALLER and let_ring(record) < self._rings
        return at_once and bool(range_of(record.sender, self._prefixes))


class CalledPersons(CountingByRoot):
    """Learns `CalledPerson` from records, of calls that came in too: what is under way may yet be talked on. Voice mail
    that is left without a ring can't be talked on, and counts when it is offered.

    `talked` is how many seconds make a conversation, `silent` below how many nobody can have said a word.
    """

    def __init__(
        self,
        counters: Counters,
        clock: Clock,
        allowed: Allowances,
        person: Callable[[str], str],
        *,
        talked: float,
        silent: float,
    ) -> None:
        super().__init__(counters, clock, allowed)
        self._person = person
        self._talked = talked
        self._silent = silent

    async def _of_tag(self, tag: str, subjects: Sequence[Subject]) -> Sequence[CalledPerson]:
        facts = [_NOT_CALLED] * len(subjects)
        asked = [(i, s, self._operations(tag, s)) for i, s in enumerate(subjects)]
        answers = iter(await self._ask([operation for _, _, each in asked for operation in each]))
        for i, subject, operations in asked:
            found = [next(answers) for _ in operations]
            if is_spoken(subject):
                unanswered, silent, *talked = found
                before = _before(unanswered, subject) if subject.kind is Kind.VOICEMAIL else unanswered
                facts[i] = CalledPerson(unanswered_24h=before, talked_24h=sum(talked), silent_24h=silent)
            if any(operation.add for operation in operations):
                self._can_undo(subject.id, *(Count(o.tag, o.key, o.window, -o.add) for o in operations))
        return facts

    def _operations(self, tag: str, subject: Subject) -> list[Count]:
        if is_spoken(subject):
            person, caller = _short(self._person, subject), _caller(subject.end_user)
            left = int(subject.kind is Kind.VOICEMAIL and is_new(subject))
            talks = dict.fromkeys((f"pt:{person}{caller}", f"pt:{person}"))  # whom they called back is not told
            looks = [Count(tag, key, _DAY, 0) for key in (f"ps:{person}{caller}", *talks)]
            return [Count(tag, f"pu:{person}{caller}", _DAY, left), *looks]
        record = subject.record if isinstance(subject, Outcome) else None
        if record is None:
            return []
        inbound, caller = record.direction is Direction.INBOUND, _caller(record.end_user)
        person = self._person((record.sender if inbound else record.recipient).text)[:24]
        by_person = record.answered and record.answered_by not in (AnsweredBy.MACHINE, AnsweredBy.FAX)
        if by_person and record.talked >= self._talked:
            return [Count(tag, f"pt:{person}{caller}", _DAY)]
        if not record.connected or _record(subject) is None:
            return []
        noted = [Count(tag, f"pu:{person}{caller}", _DAY)]
        silent = by_person and self._says_nothing(record)
        return [*noted, Count(tag, f"ps:{person}{caller}", _DAY)] if silent else noted

    def _says_nothing(self, record: CallRecord) -> bool:
        return record.talked < self._silent and record.released_by is Party.CALLER


class CalledLines:
    """Learns `CalledLine`: counted under a tag of the line's own, because those who call it differ.

    `short` is below how many seconds an answered call ended within seconds.
    """

    def __init__(
        self, counters: Counters, clock: Clock, allowed: Allowances, person: Callable[[str], str], *, short: float
    ) -> None:
        self._counters = counters
        self._clock = clock
        self._allowed = allowed
        self._person = person
        self._short = short

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Any]:
        """A fact a subject, in order."""
        terms = await self._allowed.of(subject.account for subject in batch)
        asked = [(i, s, self._operations(s, terms[s.account].root)) for i, s in enumerate(batch)]
        facts: list[CalledLine | Unknown] = [_NO_LINE] * len(batch)
        try:
            answers = iter(await self._counters.ask([o for _, _, each in asked for o in each], self._clock.now()))
        except CountersUnavailable as gone:
            return [
                Unknown(str(gone)) if operations else fact
                for fact, (_, _, operations) in zip(facts, asked, strict=True)
            ]
        for i, subject, operations in asked:
            found = [next(answers) for _ in operations]
            if is_placed(subject):
                own, own_short, all_short, brands, *machines = found
                facts[i] = CalledLine(
                    account_10m=_before(own, subject),
                    account_short_10m=own_short,
                    all_short_10m=all_short,
                    brands_10m=brands.count,
                    by_machine=machines[0].count - 1 if machines else 0,
                )
        return facts

    async def release(self, subjects: Sequence[Subject]) -> None:
        """Give back calls that did not go out, and records that were not kept. Raises `CountersUnavailable`."""
        terms = await self._allowed.of(subject.account for subject in subjects)
        counted = [o for s in subjects for o in self._operations(s, terms[s.account].root)]
        back: list[Operation] = [
            msgspec.structs.replace(o, add=-o.add) for o in counted if isinstance(o, Count) and o.add
        ]
        under_way = [o for o in counted if isinstance(o, Distinct) and o.key.startswith(_MACHINES)]
        back += [msgspec.structs.replace(o, members=(), drop=o.members) for o in under_way if o.members]
        await self._counters.ask(back, self._clock.now())

    def _operations(self, subject: Subject, root: str) -> list[Operation]:
        if is_placed(subject):
            return self._of_call(subject, root)
        record = subject.record if isinstance(subject, Outcome) else None
        if record is None or record.direction is not Direction.OUTBOUND:
            return []
        line = f"to-{self._person(record.recipient.text)[:24]}"
        asked: list[Operation] = [Distinct(line, _MACHINES + root, _HOUR, (), (record.id,))]
        if _record(subject) is None or (record.answered and record.talked >= self._short):
            return asked
        asked.append(Count(line, f"s:{root}", _TEN_MINUTES))
        hung_up = record.answered and record.released_by is Party.CALLER
        return [*asked, Count(line, "short", _TEN_MINUTES)] if hung_up else asked

    def _of_call(self, call: Communication, root: str) -> list[Operation]:
        line, new = _line(self._person, call), is_new(call)
        asked: list[Operation] = [
            Count(line, f"c:{root}", _TEN_MINUTES, int(new)),
            Count(line, f"s:{root}", _TEN_MINUTES, 0),
            Count(line, "short", _TEN_MINUTES, 0),
            Distinct(line, "brands", _TEN_MINUTES, (root,) if new else ()),
        ]
        return [*asked, Distinct(line, _MACHINES + root, _HOUR, (call.id,))] if call.automated else asked


_MACHINES = "m:"


# --- what is compared ---------------------------------------------------------------------------------------------


def range_of(address: Address, prefixes: Sequence[str]) -> str:
    """To which range that is paid for an address belongs: "premium", the first of the prefixes, or ""."""
    if not isinstance(address, E164):
        return ""
    if address.premium:
        return "premium"
    return next((prefix for prefix in prefixes if address.text.startswith(prefix)), "")


def is_placed(subject: Subject) -> TypeGuard[Communication]:
    """Whether it is a call that a customer wants to place."""
    outbound = isinstance(subject, Communication) and subject.direction is Direction.OUTBOUND
    return outbound and subject.kind is Kind.CALL


def is_spoken(subject: Subject) -> TypeGuard[Communication]:
    """Whether it is a call that a customer wants to place, or voice mail that it wants to leave without one."""
    outbound = isinstance(subject, Communication) and subject.direction is Direction.OUTBOUND
    return outbound and subject.kind.among(Kind.SPOKEN)


def _record(subject: Subject) -> CallRecord | None:
    """Of a call that is over and was a dialler's doing (rulebook 19.6)."""
    return subject.record if isinstance(subject, Outcome) and is_counted(subject) else None


def _short(person: Callable[[str], str], call: Communication) -> str:
    return person(call.recipient.text)[:24]


def _caller(end_user: str | None) -> str:
    """What a caller adds to the name of a counter."""
    return f":{_hash(end_user)}" if end_user else ""


def _line(person: Callable[[str], str], call: Communication) -> str:
    return f"to-{_short(person, call)}"


def _before(count: int, call: Communication) -> int:
    """What was counted before this call, which is itself among it where it is asked about again."""
    return max(0, count - was_counted(call))


def _hash(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()
