"""Facts about calls that are over: how many were answered, how long they lasted, why they ended, and on whose account.

All is counted in days of UTC, as carriers reckon, and of each unit for itself: a number, its campaign, the end user,
the account, the owner of the account. A unit is told of once a batch, at its last call in it.

What is no dialler's doing is left out: calls that came in, stayed between own lines, went to emergency services, were
made in an emergency, or are short by design as declared (rulebook 19.6). What is another's doing is counted apart
(19.4): a carrier or a codec that failed, a far end that answered before it rang, a machine that was hung up on. And
where most customers on a trunk fail in one quarter of an hour, none of them is at fault: the trunk is, or a storm, and
those calls are taken out again.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from masstransit.clock import Clock
from masstransit.counters import Counters, Distinct, Operation, Sums
from masstransit.errors import CountersUnavailable, Unknown
from masstransit.facts.fact import Fact
from masstransit.facts.traffic import Allowances
from masstransit.model.call import HELP, AnsweredBy, CallRecord, Party
from masstransit.model.communication import Direction, Outcome, Purpose, Subject

DAYS_BEFORE = 6  #: with today a week
MONTH = 30  #: days over which abandoned calls are counted (47 CFR 64.1200(a)(7))
_LONGEST = 30  # seconds up to which it is kept how long calls lasted: figures may lie below
_DAY = 86_400.0
_QUARTER = 900  # seconds in which a trunk's customers are compared
_MOST_KNOWN = 100_000  # units of which the days before are kept

# Which sum is which. How long calls lasted follows at the offset of the party that ended them.
_ATTEMPTS, _ANSWERED, _SECONDS, _EFFECTIVE, _UNALLOCATED, _FAILED, _PINGED = range(7)
_ENDED = {"caller": 100, "callee": 200, "machine": 300, "false_answer": 400, "fault": 500, "given_up": 600}
_WIDTH = 100

# ITU-T Q.850: 34 no circuit, 38 out of order, 41 temporary failure, 42 congestion, 43 access information discarded,
# 44 circuit not available, 47 resource unavailable, 58 capability not available, 65, 79 not implemented, 88 incompatible
# destination (a codec), 102 recovery on timer expiry, 111 protocol error.
_TECHNICAL = frozenset({34, 38, 41, 42, 43, 44, 47, 58, 65, 79, 88, 102, 111})
_NO_CODEC = (415, 488, 606)  # RFC 3261 sections 21.4.13, 21.4.26, 21.6.4
_NOBODYS = (404, 604)
_UNALLOCATED_CAUSE = 1
_REACHED = (408, 480, 486, 487, 600, 603)  # it rang out, was busy, or was declined: the network did its part (E.425)
_REACHED_CAUSES = (17, 18, 19, 21)
_AT_ONCE = 1.0  # second: a person takes longer, and a mailbox that is called straight away is none either


class Ends(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """How long calls lasted that ended within half a minute, by who ended them or why: in doubled seconds, so that
    whole ones are told from others: 12 is exactly six seconds, 13 more than six and less than seven."""

    caller: Mapping[int, int] = {}
    callee: Mapping[int, int] = {}
    machine: Mapping[int, int] = {}  #: answered by a machine, as far as detection can tell, whoever ended it
    false_answer: Mapping[int, int] = {}  #: answered before it could ring
    fault: Mapping[int, int] = {}  #: by the network, or for a technical cause
    given_up: Mapping[int, int] = {}  #: never answered: how long it rang until the caller gave up


class CallDay(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What became of one unit's calls in a day of UTC."""

    attempts: int = 0
    answered: int = 0
    seconds: int = 0  #: from answers to ends, all together
    effective: int = 0  #: answered, or it rang, was busy or was declined
    unallocated: int = 0  #: to numbers that are nobody's
    failed: int = 0  #: not answered because a carrier or a codec failed
    pinged: int = 0  #: hung up by the caller within two seconds of a person's answer
    ends: Ends = Ends()

    @property
    def asr(self) -> float:
        """Answer-seizure ratio: answered of attempts (ITU-T E.425), those left out that a carrier failed."""
        seized = self.attempts - self.failed
        return self.answered / seized if seized else 1.0

    @property
    def ner(self) -> float:
        """Network effectiveness ratio: what the network did its part in (ITU-T E.425)."""
        return self.effective / self.attempts if self.attempts else 1.0

    @property
    def acd(self) -> float:
        """Average call duration in seconds: from answer to end (ITU-T E.425)."""
        return self.seconds / self.answered if self.answered else 0.0

    @property
    def persons(self) -> int:
        """Answered calls of which it counts how long they lasted: not those that machines or faults cut short."""
        aside = (self.ends.machine, self.ends.false_answer, self.ends.fault)
        return self.answered - sum(sum(each.values()) for each in aside)

    def under(self, seconds: float) -> int:
        """Answered calls that a person ended in less than so many seconds."""
        return _below(self.ends.caller, 2 * seconds) + _below(self.ends.callee, 2 * seconds)

    def within(self, seconds: float) -> int:
        """Answered calls that a person ended in so many seconds, or less."""
        return _below(self.ends.caller, 2 * seconds + 1) + _below(self.ends.callee, 2 * seconds + 1)

    def by_machine(self, seconds: float) -> int:
        """Calls that ended on a machine in less than so many seconds."""
        return _below(self.ends.machine, 2 * seconds)

    def given_up(self, seconds: float) -> int:
        """Calls that the caller gave up before they had rung so long."""
        return _below(self.ends.given_up, 2 * seconds)


class UnitDay(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A day of one unit, with what it needs to be held to account for itself alone."""

    scope: str  #: number | campaign | end_user | account
    target: str
    day: CallDay
    largest: CallDay | None = None  #: of the units in it, the one with most calls; None: it has none
    before: tuple[CallDay, ...] = ()  #: the six days before, those without calls left out
    owner: str = ""  #: the account's owner, where all of the owner's accounts are counted together

    @property
    def others(self) -> CallDay:
        """The same day without its largest part."""
        return self.day if self.largest is None else _without(self.day, self.largest)


class DayOfCalls(Fact, frozen=True, kw_only=True):
    """The days of the units that a call counts for, the smallest first."""

    units: tuple[UnitDay, ...] = ()


class Abandoned(Fact, frozen=True, kw_only=True):
    """What a campaign's calls came to that persons answered, over thirty days.

    Only calls that advertise count, and machines do not. Where nobody says when an agent joined, a call counts as left
    alone that the caller's side ended within seconds; how many, the ends tell.
    """

    campaign: str = ""
    live_30d: int = 0
    late_30d: Mapping[int, int] = {}  #: after how long an agent joined, in doubled seconds as in `Ends`
    dropped_30d: Mapping[int, int] = {}  #: ... and of those that none joined, how long until the caller's side hung up

    def abandoned(self, within: float, dropped: float) -> int:
        """Calls that no agent joined within so many seconds, or that were dropped before so many without any."""
        late = sum(self.late_30d.values()) - _below(self.late_30d, 2 * within + 1)
        return late + _below(self.dropped_30d, 2 * dropped)


_NOTHING, _NONE_ABANDONED = DayOfCalls(), Abandoned()


def _below(ends: Mapping[int, int], doubled: float) -> int:
    return sum(count for at, count in ends.items() if at < doubled)


def _without(day: CallDay, part: CallDay) -> CallDay:
    """A day less a part of it; never less than nothing, because the two were not looked at in one instant."""
    told = {
        name: max(0, getattr(day, name) - getattr(part, name)) for name in CallDay.__struct_fields__ if name != "ends"
    }
    ends = [
        {at: left for at, count in getattr(day.ends, name).items() if (left := count - getattr(part.ends, name).get(at, 0)) > 0}
        for name in Ends.__struct_fields__
    ]  # fmt: skip
    return CallDay(**told, ends=Ends(*ends))


# --- one call ------------------------------------------------------------------------------------------------------


def is_counted(subject: Subject) -> bool:
    """Whether a call is a dialler's doing, as far as its record tells (rulebook 19.6)."""
    if not isinstance(subject, Outcome) or subject.record is None:
        return False
    record = subject.record
    if record.direction is not Direction.OUTBOUND or record.internal or record.brief:
        return False
    return record.purpose is not Purpose.EMERGENCY and record.recipient.text not in HELP


def _doubled(seconds: float) -> int:
    whole = int(seconds)
    return 2 * whole + (seconds > whole)


def _is_technical(record: CallRecord) -> bool:
    """Whether a carrier, a codec or the caller's own equipment failed, rather than somebody did something."""
    if record.cause is not None and record.cause in _TECHNICAL:
        return True
    if record.answered:
        return record.released_by is Party.NETWORK
    return 500 <= record.status < 600 or record.status in _NO_CODEC


def _why(record: CallRecord) -> str:
    """Who ended an answered call, or why."""
    if _is_technical(record):
        return "fault"
    if record.answered_by in (AnsweredBy.MACHINE, AnsweredBy.FAX):
        return "machine"
    if record.ringing_at is None and _waited(record) < _AT_ONCE:
        return "false_answer"
    return "callee" if record.released_by is Party.CALLEE else "caller"


def _waited(record: CallRecord) -> float:
    return ((record.answered_at or record.ended_at) - record.offered_at).total_seconds()


def _parts(record: CallRecord) -> list[tuple[int, int]]:
    """What one call adds to the sums of its units."""
    if record.answered:
        return [(_ATTEMPTS, 1), (_ANSWERED, 1), (_EFFECTIVE, 1), *_lasted(record)]
    parts = [(_ATTEMPTS, 1)]
    if record.status in _NOBODYS or record.cause == _UNALLOCATED_CAUSE:
        return [*parts, (_UNALLOCATED, 1)]
    if _is_technical(record):
        return [*parts, (_FAILED, 1)]
    if record.status in _REACHED or record.cause in _REACHED_CAUSES:
        parts.append((_EFFECTIVE, 1))
    if record.released_by is Party.CALLER and record.rang < _LONGEST:
        parts.append((_ENDED["given_up"] + _doubled(record.rang), 1))
    return parts


def _lasted(record: CallRecord) -> Iterable[tuple[int, int]]:
    talked = record.talked
    yield (_SECONDS, round(talked))
    if talked < _LONGEST:
        why = _why(record)
        yield (_ENDED[why] + _doubled(talked), 1)
        if why == "caller" and talked < 2:
            yield (_PINGED, 1)


def _day(sums: Mapping[int, int]) -> CallDay:
    """The sums by their names."""
    ends: dict[str, dict[int, int]] = {name: {} for name in _ENDED}
    names = {offset: name for name, offset in _ENDED.items()}
    for which, count in sums.items():
        if which >= _WIDTH and count > 0:
            ends[names[which - which % _WIDTH]][which % _WIDTH] = count
    plain = [max(0, sums.get(which, 0)) for which in range(_PINGED + 1)]
    return CallDay(
        attempts=plain[_ATTEMPTS],
        answered=plain[_ANSWERED],
        seconds=plain[_SECONDS],
        effective=plain[_EFFECTIVE],
        unallocated=plain[_UNALLOCATED],
        failed=plain[_FAILED],
        pinged=plain[_PINGED],
        ends=Ends(**ends),
    )
