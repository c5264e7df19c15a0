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
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec

from masstransit.clock import Clock
from masstransit.counters import Counters, Operation, Sums
from masstransit.errors import CountersUnavailable, Unknown
from masstransit.facts.calls.call_day import ATTEMPTS, QUARTER, CallDay, day_of, parts_of, quarter_of, without
from masstransit.facts.calls.records import is_counted
from masstransit.facts.calls.routes import Faults, Route, Routes, Vote
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


class Unit(NamedTuple):
    """Whose calls are counted together, on one day."""

    tag: str  # the root account
    day: str
    scope: str
    target: str

    def key(self, more: str = "") -> str:
        return f"calls:{self.day}:{self.scope}:{self.target}{more}"


class _Sum:
    """What a batch adds to the sums of one unit: on the day, and on each route by itself."""

    __slots__ = ("day", "routes")

    def __init__(self) -> None:
        self.day: dict[int, int] = {}
        self.routes: dict[Route, dict[int, int]] = {}


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
        ended = {at: s.record for at, s in enumerate(batch) if is_counted(s) and isinstance(s, Outcome) and s.record}
        if not ended:
            return [_NOTHING] * len(batch)
        roots = await self._roots(ended.values())
        chains = {at: _chain(record, roots[record.account]) for at, record in ended.items()}
        sums = _added(ended, chains, 1)
        found, gone = await self._count(sums)
        if gone:
            lost = Unknown(str(gone))
            return [lost if at in ended else _NOTHING for at in range(len(batch))]
        return self._told(len(batch), chains, found)

    async def release(self, subjects: Sequence[Subject]) -> None:
        """Give back what these calls counted. Raises `CountersUnavailable`."""
        ended = {at: s.record for at, s in enumerate(subjects) if is_counted(s) and isinstance(s, Outcome) and s.record}
        if ended:
            roots = await self._roots(ended.values())
            chains = {at: _chain(record, roots[record.account]) for at, record in ended.items()}
            await self._counters.ask([op for _, op in _operations(_added(ended, chains, -1))], self._clock.now())

    async def _roots(self, records: Iterable[CallRecord]) -> Mapping[str, str]:
        return {account: terms.root for account, terms in (await self._allowed.of(r.account for r in records)).items()}

    async def _count(self, sums: Mapping[Unit, _Sum]) -> tuple[dict[Unit, dict[int, int]], CountersUnavailable | None]:
        """Add, and tell what each unit's day comes to."""
        new = [unit for unit in sums if unit.scope != "pair" and unit not in self._before]
        adds = _operations(sums)
        looks = [(unit, Sums(unit.tag, earlier.key(), DAY)) for unit in new for earlier in days_before(unit)]
        try:
            answers = await self._counters.ask([op for _, op in (*adds, *looks)], self._clock.now())
            found = {unit: answer for (unit, _), answer in zip(adds, answers, strict=False) if unit is not None}
            self._remember(new, answers[len(adds) :])
            bad = await self._at_fault(sums, found)
            if bad:
                await self._take_out(bad, sums, found)
        except CountersUnavailable as gone:
            return {}, gone
        return found, None

    def _remember(self, new: Sequence[Unit], answers: Sequence[dict[int, int]]) -> None:
        for place, unit in enumerate(new):
            days = answers[place * DAYS_BEFORE : (place + 1) * DAYS_BEFORE]
            self._before[unit] = tuple(day_of(sums) for sums in days if sums)
        bound(self._before)

    async def _at_fault(self, sums: Mapping[Unit, _Sum], found: Mapping[Unit, dict[int, int]]) -> set[Route]:
        """The routes at fault, by what customers say of those on which calls of this batch ended."""
        votes: list[Vote] = []
        for unit, added in sums.items():
            if unit.scope == "account" and unit.target == unit.tag:
                votes += self._routes.votes(unit.tag, added.routes, found[unit], self._before.get(unit, ()))
        if not votes:
            return set()
        return self._routes.at_fault(votes, await self._counters.ask([v.counted for v in votes], self._clock.now()))

    async def _take_out(self, bad: set[Route], sums: Mapping[Unit, _Sum], found: dict[Unit, dict[int, int]]) -> None:
        """Take the calls of routes at fault out of their units' days, for good."""
        on = [(unit, route) for unit, added in sums.items() for route in added.routes if route in bad]
        looks = [Sums(unit.tag, unit.key(_on(route)), DAY) for unit, route in on]
        now = self._clock.now()
        back: list[Operation] = []
        undone: list[Unit] = []
        for (unit, route), parts in zip(on, await self._counters.ask(looks, now), strict=True):
            less = tuple((which, -much) for which, much in parts.items())
            if less:
                undone.append(unit)
                back += [Sums(unit.tag, unit.key(), _KEPT, less), Sums(unit.tag, unit.key(_on(route)), DAY, less)]
        found |= dict(zip(undone, (await self._counters.ask(back, now))[::2], strict=True))

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
    days = [(unit, day) for unit in asked for day in (unit, *days_before(unit))]
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


def _on(route: Route) -> str:
    return f"@{route.quarter}:{route.trunk}"


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


def _added(ended: Mapping[int, CallRecord], chains: Mapping[int, _Chain], sign: int) -> dict[Unit, _Sum]:
    sums: dict[Unit, _Sum] = defaultdict(_Sum)
    for at, record in ended.items():
        parts, quarter = parts_of(record), quarter_of(record)
        route = Route(record.trunk, int(record.ended_at.timestamp()) // QUARTER) if record.trunk else None
        chain = chains[at]
        if chain.shared is not None:
            pair = sums[chain.shared].day
            pair[ATTEMPTS] = pair.get(ATTEMPTS, 0) + sign
        for unit in chain.units:
            into = sums[unit]
            into.day[quarter] = into.day.get(quarter, 0) + sign
            where = (into.day,) if route is None else (into.day, into.routes.setdefault(route, {}))
            for added in where:
                for which, much in parts:
                    added[which] = added.get(which, 0) + sign * much
    return sums


def _operations(sums: Mapping[Unit, _Sum]) -> list[tuple[Unit | None, Operation]]:
    """The counters of a batch; those of days by their unit, because their answers are what is told."""
    asked: list[tuple[Unit | None, Operation]] = []
    for unit, added in sums.items():
        asked.append((unit, Sums(unit.tag, unit.key(), _KEPT, tuple(added.day.items()))))
        for route, parts in added.routes.items():
            asked.append((None, Sums(unit.tag, unit.key(_on(route)), DAY, tuple(parts.items()))))
    return asked


def days_before(unit: Unit, days: int = DAYS_BEFORE) -> list[Unit]:
    today = datetime.strptime(unit.day, "%Y%m%d")  # noqa: DTZ007 - a day has no zone
    return [unit._replace(day=f"{today - timedelta(days=n):%Y%m%d}") for n in range(1, days + 1)]
