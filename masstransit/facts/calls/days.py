"""Facts about calls that are over: how many were answered, how long they lasted, why they ended, and on whose account.

All is counted in days of UTC, as carriers reckon, and of each unit for itself: a number, its campaign, the end user,
the account, the owner of the account. A unit is told of at its last call in a batch, and again when its day has grown
by a hundredth: what was found of it is on record by then, and says the same of the next call.

What is no dialler's doing is left out: calls that came in, stayed between own lines, went to emergency services, were
made in an emergency, or are short by design as declared (rulebook 19.6). What is another's doing is counted apart
(19.4): a carrier or a codec that failed, a far end that answered before it rang, a machine that was hung up on. And
where most customers on a trunk fail in one quarter of an hour, none of them is at fault: the trunk is, or a storm, and
those calls are taken out again.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec

from masstransit.clock import Clock
from masstransit.counters import Counters, Operation, Sums
from masstransit.errors import CountersUnavailable, Unknown
from masstransit.facts.calls.call_day import ATTEMPTS, CallDay, Unit, add, day_of, parts_of, quarter_of, without
from masstransit.facts.calls.records import is_counted
from masstransit.facts.calls.routes import Faults, Gone, Route, Routes, ballots, route_of
from masstransit.facts.fact import Fact
from masstransit.facts.traffic import Allowances
from masstransit.model.call import CallRecord
from masstransit.model.outcome import Outcome
from masstransit.model.subject import Subject

DAYS_BEFORE = 6  #: with today a week
DAY = 86_400.0  #: seconds
_MOST_KNOWN = 100_000  # units of which the days before are kept


class UnitDay(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A day of one unit, with what it needs to be held to account for itself alone."""

    scope: str  #: number | campaign | end_user | account
    target: str
    day: CallDay
    largest: CallDay | None = None  #: of the units in it, the one with most calls; None: it has none
    before: tuple[CallDay, ...] = ()  #: the six days before, those without calls left out
    owner: str = ""  #: the account's owner, where all of the owner's accounts are counted together

    @property
    def named(self) -> dict[str, Any]:
        """Who answers for it, as the evidence of a finding names that (`carriage.standing`)."""
        who = {"scope": self.scope, "target": self.target}
        return who | ({"owner": self.owner} if self.owner else {})

    @property
    def others(self) -> CallDay:
        """The same day without its largest part."""
        return self.day if self.largest is None else without(self.day, self.largest)


class DayOfCalls(Fact, frozen=True, kw_only=True):
    """The days of the units that a call counts for, the smallest first."""

    units: tuple[UnitDay, ...] = ()


_NOTHING = DayOfCalls()


# --- learners -----------------------------------------------------------------------------------------------------


class _Chain(NamedTuple):
    """The units that a call counts for, the smallest first, and what tells whether its campaign is one end user's."""

    units: tuple[Unit, ...]
    shared: Unit | None


class DaysOfCalls:
    """Learns `DayOfCalls`: what a batch adds to a unit, and what it comes to, is one counter.

    The second rounds are rare: a route that turns out to be at fault, whose calls are taken out of their units' days.
    """

    def __init__(self, counters: Counters, clock: Clock, allowed: Allowances, faults: Faults) -> None:
        self._counters = counters
        self._clock = clock
        self._allowed = allowed
        self._routes = Routes(faults)
        self._before: OrderedDict[Unit, tuple[CallDay, ...]] = OrderedDict()
        self._largest: OrderedDict[Unit, tuple[Unit, dict[int, int]]] = OrderedDict()
        self._told_at: OrderedDict[Unit, int] = OrderedDict()  # attempts when it was told of

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Any]:
        """A fact a subject, in order."""
        ended = _ended(batch)
        if not ended:
            return [_NOTHING] * len(batch)
        chains = await self._chains(ended)
        found, gone = await self._count(ended, chains)
        if gone:
            lost = Unknown(str(gone))
            return [lost if at in ended else _NOTHING for at in range(len(batch))]
        return self._told(len(batch), chains, found)

    async def release(self, subjects: Sequence[Subject]) -> None:
        """Give back what these calls counted. Raises `CountersUnavailable`."""
        ended = _ended(subjects)
        if ended:
            sums, gone = _added(ended, await self._chains(ended), -1)
            await self._counters.ask(_operations(sums), self._clock.now())
            self._routes.note(gone)

    async def _chains(self, ended: Mapping[int, CallRecord]) -> dict[int, _Chain]:
        terms = await self._allowed.of(record.account for record in ended.values())
        return {at: _chain(record, terms[record.account].root) for at, record in ended.items()}

    async def _count(
        self, ended: Mapping[int, CallRecord], chains: Mapping[int, _Chain]
    ) -> tuple[dict[Unit, dict[int, int]], CountersUnavailable | None]:
        """Add, and tell what each unit's day comes to."""
        sums, gone = _added(ended, chains, 1)
        new = [unit for unit in sums if unit.scope != "pair" and unit not in self._before]
        looks = [Sums(unit.tag, earlier.key(), DAY) for unit in new for earlier in unit.days_before(DAYS_BEFORE)]
        try:
            answers = await self._counters.ask([*_operations(sums), *looks], self._clock.now())
            found: dict[Unit, dict[int, int]] = dict(zip(sums, answers, strict=False))
            self._remember(new, answers[len(sums) :])
            self._routes.note(gone)
            bad = await self._at_fault(gone, found)
            if bad:
                await self._take_out(bad, found)
        except CountersUnavailable as lost:
            return {}, lost
        return found, None

    def _remember(self, new: Sequence[Unit], answers: Sequence[dict[int, int]]) -> None:
        for place, unit in enumerate(new):
            days = answers[place * DAYS_BEFORE : (place + 1) * DAYS_BEFORE]
            self._before[unit] = tuple(day_of(sums) for sums in days if sums)
        bound(self._before)

    async def _at_fault(self, gone: Sequence[Gone], found: Mapping[Unit, dict[int, int]]) -> set[Route]:
        """The routes at fault, by what customers say of those on which calls of this batch ended."""
        votes = self._routes.votes(gone, found, self._before)
        if not votes:
            return set()
        return self._routes.at_fault(list(votes), await self._counters.ask(ballots(votes), self._clock.now()))

    async def _take_out(self, bad: set[Route], found: dict[Unit, dict[int, int]]) -> None:
        """Take the calls of routes at fault out of their units' days, for good."""
        less = self._routes.to_take_out(bad)
        left = await self._counters.ask(_operations(less, -1), self._clock.now())
        self._routes.taken_out(bad)
        found |= dict(zip(less, left, strict=True))

    # --- what is told ---------------------------------------------------------------------------------------------

    def _told(
        self, length: int, chains: Mapping[int, _Chain], found: Mapping[Unit, dict[int, int]]
    ) -> list[DayOfCalls]:
        """Each unit that has grown once, at its last call."""
        last: dict[Unit, int] = {}
        for chain, at in {chain: at for at, chain in chains.items()}.items():
            units = _responsible(chain, found)
            for unit in units:
                last[unit] = max(at, last.get(unit, 0))
            for part, whole in pairwise(units):
                self._note_largest(whole, part, found[part])
        told: dict[int, list[UnitDay]] = defaultdict(list)
        for unit, at in last.items():
            if self._has_grown(unit, found[unit].get(ATTEMPTS, 0)):
                told[at].append(self._unit(unit, found[unit]))
        bound(self._largest)
        bound(self._told_at)
        order = {"number": 0, "campaign": 1, "end_user": 2, "account": 3}
        return [
            DayOfCalls(units=tuple(sorted(told[at], key=lambda u: order[u.scope]))) if at in told else _NOTHING
            for at in range(length)
        ]

    def _note_largest(self, whole: Unit, part: Unit, sums: dict[int, int]) -> None:
        known = self._largest.get(whole)
        if known is None or known[0] == part or sums.get(ATTEMPTS, 0) > known[1].get(ATTEMPTS, 0):
            self._largest[whole] = (part, sums)

    def _has_grown(self, unit: Unit, attempts: int) -> bool:
        """Whether there is something new to be told of it; calls that were taken out are."""
        before = self._told_at.get(unit, 0)
        if before <= attempts < before * _GROWN:
            return False
        self._told_at[unit] = attempts
        return True

    def _unit(self, unit: Unit, sums: Mapping[int, int]) -> UnitDay:
        largest = self._largest.get(unit)
        return UnitDay(
            scope=unit.scope,
            target=unit.target,
            day=day_of(sums),
            largest=day_of(largest[1]) if largest else None,
            before=self._before.get(unit, ()),
            owner=unit.tag if unit.scope == "account" and unit.target == unit.tag else "",
        )


async def days_of(
    counters: Counters, root: str, units: Iterable[tuple[str, str]], now: datetime
) -> Mapping[tuple[str, str], Sequence[CallDay]]:
    """What was counted of units of a customer, (scope, target), on the last seven days: today first. It only looks.
    Raises `CountersUnavailable`."""
    asked = [Unit(root, f"{now.astimezone(UTC):%Y%m%d}", scope, target) for scope, target in units]
    days = [(unit, day) for unit in asked for day in (unit, *unit.days_before(DAYS_BEFORE))]
    told = await counters.ask([Sums(day.tag, day.key(), _KEPT) for _, day in days], now)
    found: dict[tuple[str, str], list[CallDay]] = defaultdict(list)
    for (unit, _), sums in zip(days, told, strict=True):
        found[unit.scope, unit.target].append(day_of(sums))
    return found


_GROWN = 1.01
_KEPT = (DAYS_BEFORE + 2) * DAY


def bound(kept: OrderedDict[Any, Any]) -> None:
    while len(kept) > _MOST_KNOWN:
        kept.popitem(last=False)


def _ended(batch: Sequence[Subject]) -> dict[int, CallRecord]:
    """The records of calls that count, by their place in the batch."""
    return {at: s.record for at, s in enumerate(batch) if is_counted(s) and isinstance(s, Outcome) and s.record}


def _chain(record: CallRecord, root: str) -> _Chain:
    return _chained(root, record.ended_at.date(), record.sender.text, record.campaign, record.end_user, record.account)


@lru_cache(maxsize=65_536)  # a number's next call counts for the same units
def _chained(  # noqa: PLR0917 - the units, as they stand in each other
    root: str, on: date, number: str, campaign: str | None, end_user: str | None, account: str
) -> _Chain:
    day = f"{on:%Y%m%d}"
    owner = root if root != account else None
    named = [
        ("number", number), ("campaign", campaign), ("end_user", end_user), ("account", account), ("account", owner),
    ]  # fmt: skip
    units = tuple(Unit(root, day, scope, target) for scope, target in named if target)
    return _Chain(units, Unit(root, day, "pair", f"{campaign}/{end_user or ''}") if campaign else None)


def _responsible(chain: _Chain, found: Mapping[Unit, Mapping[int, int]]) -> tuple[Unit, ...]:
    """The units of a call without a campaign by which several end users call: the end user answers, so that the others
    are not touched."""
    if chain.shared is None:
        return chain.units
    own = found[chain.shared].get(ATTEMPTS, 0)
    return tuple(u for u in chain.units if u.scope != "campaign" or found[u].get(ATTEMPTS, 0) <= own)


def _added(
    ended: Mapping[int, CallRecord], chains: Mapping[int, _Chain], sign: int
) -> tuple[dict[Unit, dict[int, int]], list[Gone]]:
    """What calls add to their units' days (with -1: take back), and those that went by a route, which may be at fault.
    Calls by themselves also count by quarters of an hour, whatever becomes of their route."""
    sums: dict[Unit, dict[int, int]] = defaultdict(dict)
    gone: list[Gone] = []
    for at, record in ended.items():
        units, shared = chains[at]
        parts = parts_of(record) if sign > 0 else [(which, -much) for which, much in parts_of(record)]
        quarter = (quarter_of(record), sign)
        for unit in units:
            add(sums[unit], (*parts, quarter))
        if shared is not None:
            add(sums[shared], ((ATTEMPTS, sign),))
        if record.trunk:
            gone.append(Gone(route_of(record), units, parts))
    return sums, gone


def _operations(sums: Mapping[Unit, Mapping[int, int]], sign: int = 1) -> list[Operation]:
    """A counter a unit, in order: to add to its day, or take back."""
    return [
        Sums(unit.tag, unit.key(), _KEPT, tuple((which, sign * much) for which, much in parts.items()))
        for unit, parts in sums.items()
    ]
