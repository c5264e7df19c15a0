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

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
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
_ATTEMPTS, _ANSWERED, _SECONDS, _EFFECTIVE, _UNALLOCATED, _FAILED = range(6)
_ENDED = {"caller": 100, "callee": 200, "machine": 300, "false_answer": 400, "fault": 500, "given_up": 600}
_WIDTH = 100

# ITU-T Q.850: 34 no circuit, 38 out of order, 41 temporary failure, 42 congestion, 43 access information discarded,
# 44 circuit not available, 47 resource unavailable, 58 capability not available, 65, 79 not implemented,
# 88 incompatible destination (a codec), 102 recovery on timer expiry, 111 protocol error.
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

    def pinged(self, seconds: float) -> int:
        """Calls that a person answered and the caller hung up in less than so many seconds."""
        return _below(self.ends.caller, 2 * seconds)

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
    def named(self) -> dict[str, Any]:
        """Who answers for it, as the evidence of a finding names that (`carriage.standing`)."""
        who = {"scope": self.scope, "target": self.target}
        return who | ({"owner": self.owner} if self.owner else {})

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
    joined_30d: Mapping[int, int] = {}  #: after how long an agent joined, in doubled seconds as in `Ends`
    dropped_30d: Mapping[int, int] = {}  #: ... and of those that none joined, how long until the caller's side hung up

    def abandoned(self, within: float, dropped: float) -> int:
        """Calls that no agent joined within so many seconds, or that were dropped before so many without any."""
        late = sum(self.joined_30d.values()) - _below(self.joined_30d, 2 * within + 1)
        return late + _below(self.dropped_30d, 2 * dropped)


_NOTHING, _NONE_ABANDONED = DayOfCalls(), Abandoned()


def _below(ends: Mapping[int, int], doubled: float) -> int:
    return sum(count for at, count in ends.items() if at < doubled)


def _without(day: CallDay, part: CallDay) -> CallDay:
    """A day less a part of it; never less than nothing, because the two were not looked at in one instant."""
    told = {
        name: max(0, getattr(day, name) - getattr(part, name)) for name in CallDay.__struct_fields__ if name != "ends"
    }
    ends = [_less(getattr(day.ends, name), getattr(part.ends, name)) for name in Ends.__struct_fields__]
    return CallDay(**told, ends=Ends(*ends))


def _less(ends: Mapping[int, int], part: Mapping[int, int]) -> dict[int, int]:
    return {at: left for at, count in ends.items() if (left := count - part.get(at, 0)) > 0}


# --- one call ------------------------------------------------------------------------------------------------------


def is_counted(subject: Subject) -> bool:
    """Whether a call is a dialler's doing, as far as its record tells (rulebook 19.6)."""
    return isinstance(subject, Outcome) and subject.record is not None and _counts(subject.record)


def _counts(record: CallRecord) -> bool:
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
        yield (_ENDED[_why(record)] + _doubled(talked), 1)


def _day(sums: Mapping[int, int]) -> CallDay:
    """The sums by their names."""
    ends: dict[str, dict[int, int]] = {name: {} for name in _ENDED}
    names = {offset: name for name, offset in _ENDED.items()}
    for which, count in sums.items():
        if which >= _WIDTH and count > 0:
            ends[names[which - which % _WIDTH]][which % _WIDTH] = count
    plain = [max(0, sums.get(which, 0)) for which in range(_FAILED + 1)]
    return CallDay(
        attempts=plain[_ATTEMPTS],
        answered=plain[_ANSWERED],
        seconds=plain[_SECONDS],
        effective=plain[_EFFECTIVE],
        unallocated=plain[_UNALLOCATED],
        failed=plain[_FAILED],
        ends=Ends(**ends),
    )


def day_of(records: Iterable[CallRecord]) -> CallDay:
    """What calls that are over come to, those left out that are no dialler's doing: reckoned as the counters do it, of
    what they don't count for itself (a trunk, a part of the world)."""
    sums = Counter[int]()
    for record in records:
        if _counts(record):
            sums.update(dict(_parts(record)))
    return _day(sums)


# --- learners -----------------------------------------------------------------------------------------------------


class Unit(NamedTuple):
    """Whose calls are counted together, on one day."""

    tag: str  # the root account
    day: str
    scope: str
    target: str

    def key(self, more: str = "") -> str:
        return f"calls:{self.day}:{self.scope}:{self.target}{more}"


class Route(NamedTuple):
    """A trunk in one quarter of an hour."""

    trunk: str
    quarter: int


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """When a route is at fault: most customers fail on it in the same quarter of an hour."""

    customers: int  #: so many of them at least
    calls: int  #: with so many calls each, or a customer tells nothing
    share: float  #: of a customer's calls that failed or ended at once
    unanswered: float  #: ... or that nobody answered
    seconds: float  #: what "at once" is


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
        self._faults = faults
        self._before: OrderedDict[Unit, tuple[CallDay, ...]] = OrderedDict()
        self._largest: OrderedDict[Unit, tuple[Unit, dict[int, int]]] = OrderedDict()
        self._told_at: OrderedDict[Unit, int] = OrderedDict()  # attempts when it was told of
        self._on_route: OrderedDict[tuple[str, Route], Counter[int]] = OrderedDict()

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
        looks = [(unit, Sums(unit.tag, earlier.key(), _DAY)) for unit in new for earlier in _days_before(unit)]
        votes = self._votes(sums)
        try:
            answers = await self._ask([op for _, op in (*adds, *looks)], votes)
        except CountersUnavailable as gone:
            return {}, gone
        found = {unit: answer for (unit, _), answer in zip(adds, answers, strict=False) if unit is not None}
        self._remember(new, answers[len(adds) : len(adds) + len(looks)])
        bad = self._at_fault(votes, answers[len(adds) + len(looks) :])
        if bad:
            await self._take_out(bad, sums, found)
        return found, None

    async def _ask(self, own: Sequence[Operation], votes: Sequence[tuple[Route, Distinct]]) -> list[Any]:
        return await self._counters.ask([*own, *(vote for _, vote in votes)], self._clock.now())

    def _remember(self, new: Sequence[Unit], answers: Sequence[dict[int, int]]) -> None:
        for place, unit in enumerate(new):
            days = answers[place * DAYS_BEFORE : (place + 1) * DAYS_BEFORE]
            self._before[unit] = tuple(_day(sums) for sums in days if sums)
        _bound(self._before)

    # --- routes ---------------------------------------------------------------------------------------------------

    def _votes(self, sums: Mapping[Unit, _Sum]) -> list[tuple[Route, Distinct]]:
        """Each customer says of each route whether it fails there, or does well."""
        votes: list[tuple[Route, Distinct]] = []
        for unit, added in sums.items():
            if unit.scope != "account" or unit.target != unit.tag:
                continue
            for route, parts in added.routes.items():
                here = self._on_route.setdefault((unit.tag, route), Counter())
                here.update(parts)
                if here[_ATTEMPTS] < self._faults.calls:
                    continue
                fails, name = self._fails(here), (unit.tag,)
                tag = f"trunk:{route.trunk}"
                for what, member in (("fails", fails), ("does-well", not fails)):
                    key = f"{what}:{route.quarter}"
                    asked = Distinct(tag, key, _DAY, name if member else (), () if member else name)
                    votes.append((route, asked))
        _bound(self._on_route)
        return votes

    def _fails(self, sums: Mapping[int, int]) -> bool:
        here = _day(sums)
        at_once = sum(_below(getattr(here.ends, why), 2 * self._faults.seconds) for why in _ENDED if why != "given_up")
        unanswered = here.attempts - here.answered - here.failed
        return (
            here.failed + at_once >= self._faults.share * here.attempts
            or unanswered >= self._faults.unanswered * here.attempts
        )

    def _at_fault(self, votes: Sequence[tuple[Route, Distinct]], answers: Sequence[Any]) -> set[Route]:
        """The routes on which enough customers fail, and most of those who use it."""
        counted: dict[Route, dict[str, int]] = defaultdict(dict)
        for (route, vote), seen in zip(votes, answers, strict=True):
            counted[route][vote.key.partition(":")[0]] = seen.count
        return {
            route
            for route, said in counted.items()
            if said["fails"] >= self._faults.customers and said["fails"] > said["does-well"]
        }

    async def _take_out(self, bad: set[Route], sums: Mapping[Unit, _Sum], found: dict[Unit, dict[int, int]]) -> None:
        """Take the calls of routes at fault out of their units' days, for good."""
        on = [(unit, route) for unit, added in sums.items() for route in added.routes if route in bad]
        looks = [Sums(unit.tag, unit.key(_on(route)), _DAY) for unit, route in on]
        now = self._clock.now()
        back: list[Operation] = []
        undone: list[Unit] = []
        for (unit, route), parts in zip(on, await self._counters.ask(looks, now), strict=True):
            less = tuple((which, -much) for which, much in parts.items())
            if less:
                undone.append(unit)
                back += [Sums(unit.tag, unit.key(), _KEPT, less), Sums(unit.tag, unit.key(_on(route)), _DAY, less)]
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
            if self._has_grown(unit, found[unit].get(_ATTEMPTS, 0)):
                told[at].append(self._unit(unit, found[unit]))
        _bound(self._largest)
        _bound(self._told_at)
        order = {"number": 0, "campaign": 1, "end_user": 2, "account": 3}
        return [
            DayOfCalls(units=tuple(sorted(told[at], key=lambda u: order[u.scope]))) if at in told else _NOTHING
            for at in range(length)
        ]

    def _note_largest(self, whole: Unit, part: Unit, sums: dict[int, int]) -> None:
        known = self._largest.get(whole)
        if known is None or known[0] == part or sums.get(_ATTEMPTS, 0) > known[1].get(_ATTEMPTS, 0):
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
            day=_day(sums),
            largest=_day(largest[1]) if largest else None,
            before=self._before.get(unit, ()),
            owner=unit.tag if unit.scope == "account" and unit.target == unit.tag else "",
        )


async def days_of(
    counters: Counters, root: str, units: Iterable[tuple[str, str]], now: datetime
) -> Mapping[tuple[str, str], Sequence[CallDay]]:
    """What was counted of units of a customer, (scope, target), on the last seven days: today first. It only looks.
    Raises `CountersUnavailable`."""
    asked = [Unit(root, f"{now.astimezone(UTC):%Y%m%d}", scope, target) for scope, target in units]
    days = [(unit, day) for unit in asked for day in (unit, *_days_before(unit))]
    told = await counters.ask([Sums(day.tag, day.key(), _KEPT) for _, day in days], now)
    found: dict[tuple[str, str], list[CallDay]] = defaultdict(list)
    for (unit, _), sums in zip(days, told, strict=True):
        found[unit.scope, unit.target].append(_day(sums))
    return found


async def abandoned_of(
    counters: Counters, root: str, account: str, campaigns: Sequence[str], now: datetime
) -> Mapping[str, Abandoned]:
    """What an account's campaigns came to in thirty days with today, "" without one. It only looks. Raises
    `CountersUnavailable`."""
    today = f"{now.astimezone(UTC):%Y%m%d}"
    asked = [(campaign, Unit(root, today, "live", f"{account}/{campaign}")) for campaign in campaigns]
    days = [(campaign, day) for campaign, unit in asked for day in (unit, *_days_before(unit, MONTH - 1))]
    told = await counters.ask([Sums(day.tag, day.key(), _KEPT_MONTH) for _, day in days], now)
    sums: dict[str, Counter[int]] = {campaign: Counter() for campaign in campaigns}
    for (campaign, _), parts in zip(days, told, strict=True):
        sums[campaign].update(parts)
    return {campaign: _abandoned(campaign, found) for campaign, found in sums.items()}


_GROWN = 1.01
_KEPT = (DAYS_BEFORE + 2) * _DAY


def _bound(kept: OrderedDict[Any, Any]) -> None:
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
    own = found[chain.shared].get(_ATTEMPTS, 0)
    return tuple(u for u in chain.units if u.scope != "campaign" or found[u].get(_ATTEMPTS, 0) <= own)


def _added(ended: Mapping[int, CallRecord], chains: Mapping[int, _Chain], sign: int) -> dict[Unit, _Sum]:
    sums: dict[Unit, _Sum] = defaultdict(_Sum)
    for at, record in ended.items():
        parts = _parts(record)
        route = Route(record.trunk, int(record.ended_at.timestamp()) // _QUARTER) if record.trunk else None
        chain = chains[at]
        if chain.shared is not None:
            pair = sums[chain.shared].day
            pair[_ATTEMPTS] = pair.get(_ATTEMPTS, 0) + sign
        for unit in chain.units:
            into = sums[unit]
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
            asked.append((None, Sums(unit.tag, unit.key(_on(route)), _DAY, tuple(parts.items()))))
    return asked


def _days_before(unit: Unit, days: int = DAYS_BEFORE) -> list[Unit]:
    today = datetime.strptime(unit.day, "%Y%m%d")  # noqa: DTZ007 - a day has no zone
    return [unit._replace(day=f"{today - timedelta(days=n):%Y%m%d}") for n in range(1, days + 1)]


class AbandonedCalls:
    """Learns `Abandoned`: a counter a campaign and batch, and those of the days before once a day."""

    def __init__(self, counters: Counters, clock: Clock, allowed: Allowances) -> None:
        self._counters = counters
        self._clock = clock
        self._allowed = allowed
        self._before: OrderedDict[Unit, Counter[int]] = OrderedDict()

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Any]:
        """A fact a subject, in order: a campaign is told of at its last call in the batch."""
        live = {at: s.record for at, s in enumerate(batch) if _is_live(s) and isinstance(s, Outcome) and s.record}
        if not live:
            return [_NONE_ABANDONED] * len(batch)
        try:
            found = await self._count(await self._units(live), live)
        except CountersUnavailable as gone:
            return [Unknown(str(gone)) if at in live else _NONE_ABANDONED for at in range(len(batch))]
        return [found.get(at, _NONE_ABANDONED) for at in range(len(batch))]

    async def release(self, subjects: Sequence[Subject]) -> None:
        """Give back what these calls counted. Raises `CountersUnavailable`."""
        live = {at: s.record for at, s in enumerate(subjects) if _is_live(s) and isinstance(s, Outcome) and s.record}
        units = await self._units(live)
        back = [
            Sums(unit.tag, unit.key(), _KEPT_MONTH, tuple((which, -much) for which, much in _joined(live[at]).items()))
            for at, unit in units.items()
        ]
        await self._counters.ask(back, self._clock.now())

    async def _units(self, live: Mapping[int, CallRecord]) -> dict[int, Unit]:
        allowed = await self._allowed.of(record.account for record in live.values())
        return {
            at: Unit(allowed[r.account].root, f"{r.ended_at:%Y%m%d}", "live", f"{r.account}/{r.campaign or ''}")
            for at, r in live.items()
        }

    async def _count(self, units: Mapping[int, Unit], live: Mapping[int, CallRecord]) -> dict[int, Abandoned]:
        sums: dict[Unit, Counter[int]] = defaultdict(Counter)
        for at, unit in units.items():
            sums[unit].update(_joined(live[at]))
        new = [unit for unit in sums if unit not in self._before]
        adds = [Sums(unit.tag, unit.key(), _KEPT_MONTH, tuple(parts.items())) for unit, parts in sums.items()]
        looks = [Sums(u.tag, u.key(), _KEPT_MONTH) for unit in new for u in _days_before(unit, MONTH - 1)]
        answers = await self._counters.ask([*adds, *looks], self._clock.now())
        for place, unit in enumerate(new):
            at = len(adds) + place * (MONTH - 1)
            self._before[unit] = sum(map(Counter, answers[at : at + MONTH - 1]), Counter())
        _bound(self._before)
        last = {unit: at for at, unit in units.items()}
        return {
            last[unit]: _abandoned(live[last[unit]].campaign or "", self._before[unit] + Counter(answer))
            for unit, answer in zip(sums, answers, strict=False)
        }


_LIVE, _JOINED, _DROPPED = 0, 100, 200
_KEPT_MONTH = (MONTH + 1) * _DAY


def _is_live(subject: Subject) -> bool:
    """Whether a person answered a call that advertises."""
    if not is_counted(subject) or not isinstance(subject, Outcome) or subject.record is None:
        return False
    record = subject.record
    live = record.answered and record.answered_by not in (AnsweredBy.MACHINE, AnsweredBy.FAX)
    return live and record.purpose is Purpose.MARKETING and not _is_technical(record)


def _joined(record: CallRecord) -> Counter[int]:
    """What one call that a person answered adds."""
    parts = Counter({_LIVE: 1})
    if record.agent_after is not None:
        parts[_JOINED + _doubled(min(record.agent_after, _LONGEST))] = 1
    elif record.released_by in (Party.CALLER, Party.HOUSE) and record.talked < _LONGEST:
        parts[_DROPPED + _doubled(record.talked)] = 1
    return parts


def _abandoned(campaign: str, sums: Mapping[int, int]) -> Abandoned:
    def from_(offset: int) -> dict[int, int]:
        return {which - offset: n for which, n in sums.items() if offset <= which < offset + _WIDTH and n > 0}

    return Abandoned(
        campaign=campaign,
        live_30d=sums.get(_LIVE, 0),
        joined_30d=from_(_JOINED),
        dropped_30d=from_(_DROPPED),
    )
