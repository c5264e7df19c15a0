"""Calls that advertise: whether anybody was there for whoever answered, and how long it rang for who did not
(rulebook 7.8)."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from masstransit.clock import Clock
from masstransit.counters import Counters, Sums
from masstransit.errors import CountersUnavailable, Unknown
from masstransit.facts.calls.call_day import Unit, add, busiest_of, quarter_of
from masstransit.facts.calls.days import DAY, bound
from masstransit.facts.calls.records import LONGEST, WIDTH, below, doubled, is_counted, is_technical, let_ring
from masstransit.facts.fact import Fact
from masstransit.facts.traffic import Allowances
from masstransit.model.call import AnsweredBy, CallRecord, Party
from masstransit.model.communication import Purpose
from masstransit.model.outcome import Outcome
from masstransit.model.subject import Subject

MONTH = 30  #: days over which abandoned calls are counted (47 CFR 64.1200(a)(7))


class Abandoned(Fact, frozen=True, kw_only=True):
    """What a campaign's calls that advertise came to, over thirty days.

    Of those that persons answered (machines are none): when an agent joined. Where nobody says that, a call counts as
    left alone that the caller's side ended within seconds; how many, the ends tell. Of those that nobody answered: how
    long they rang until the caller's side gave up.
    """

    campaign: str = ""
    live_30d: int = 0
    joined_30d: Mapping[int, int] = {}  #: after how long an agent joined, in doubled seconds as in `Ends`
    dropped_30d: Mapping[int, int] = {}  #: ... and of those that none joined, how long until the caller's side hung up
    unanswered_30d: int = 0  #: the line was neither busy nor out of service, and nobody declined
    given_up_30d: Mapping[int, int] = {}  #: ... of those, how long it rang until the caller's side gave up

    busiest: int = 0  #: ... of both, those that ended in one quarter of an hour today, of all quarters the most

    def abandoned(self, within: float, dropped: float) -> int:
        """Calls that no agent joined within so many seconds, or that were dropped before so many without any."""
        late = sum(self.joined_30d.values()) - below(self.joined_30d, 2 * within + 1)
        return late + below(self.dropped_30d, 2 * dropped)

    def cut_short(self, seconds: float) -> int:
        """Unanswered calls that the caller's side gave up before they had rung so many seconds."""
        return below(self.given_up_30d, 2 * seconds)


_NONE_ABANDONED = Abandoned()


class AbandonedCalls:
    """Learns `Abandoned`: a counter a campaign and batch, and those of the days before once a day."""

    def __init__(self, counters: Counters, clock: Clock, allowed: Allowances) -> None:
        self._counters = counters
        self._clock = clock
        self._allowed = allowed
        self._before: OrderedDict[Unit, dict[int, int]] = OrderedDict()

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Any]:
        """A fact a subject, in order: a campaign is told of at its last call in the batch."""
        dialled = {at: record for at, s in enumerate(batch) if (record := _advertises(s))}
        if not dialled:
            return [_NONE_ABANDONED] * len(batch)
        try:
            found = await self._count(await self._units(dialled), dialled)
        except CountersUnavailable as gone:
            return [Unknown(str(gone)) if at in dialled else _NONE_ABANDONED for at in range(len(batch))]
        return [found.get(at, _NONE_ABANDONED) for at in range(len(batch))]

    async def release(self, subjects: Sequence[Subject]) -> None:
        """Give back what these calls counted. Raises `CountersUnavailable`."""
        dialled = {at: record for at, s in enumerate(subjects) if (record := _advertises(s))}
        units = await self._units(dialled)
        back = [
            Sums(unit.tag, unit.key(), _KEPT_MONTH, tuple((which, -1) for which in _parts(dialled[at])))
            for at, unit in units.items()
        ]
        await self._counters.ask(back, self._clock.now())

    async def _units(self, dialled: Mapping[int, CallRecord]) -> dict[int, Unit]:
        allowed = await self._allowed.of(record.account for record in dialled.values())
        return {
            at: Unit(allowed[r.account].root, f"{r.ended_at:%Y%m%d}", "live", f"{r.account}/{r.campaign or ''}")
            for at, r in dialled.items()
        }

    async def _count(self, units: Mapping[int, Unit], dialled: Mapping[int, CallRecord]) -> dict[int, Abandoned]:
        sums: dict[Unit, Counter[int]] = defaultdict(Counter)
        for at, unit in units.items():
            sums[unit].update(_parts(dialled[at]))
        new = [unit for unit in sums if unit not in self._before]
        adds = [Sums(unit.tag, unit.key(), _KEPT_MONTH, tuple(parts.items())) for unit, parts in sums.items()]
        looks = [Sums(u.tag, u.key(), _KEPT_MONTH) for unit in new for u in unit.days_before(MONTH - 1)]
        answers = await self._counters.ask([*adds, *looks], self._clock.now())
        for place, unit in enumerate(new):
            at = len(adds) + place * (MONTH - 1)
            self._before[unit] = _together(answers[at : at + MONTH - 1])
        bound(self._before)
        last = {unit: at for at, unit in units.items()}
        return {
            last[unit]: _abandoned(dialled[last[unit]].campaign or "", self._before[unit], answer)
            for unit, answer in zip(sums, answers, strict=False)
        }


async def abandoned_of(
    counters: Counters, root: str, account: str, campaigns: Sequence[str], now: datetime
) -> Mapping[str, Abandoned]:
    """What an account's campaigns came to in thirty days with today, "" without one. It only looks. Raises
    `CountersUnavailable`."""
    day = f"{now.astimezone(UTC):%Y%m%d}"
    months = [
        [unit, *unit.days_before(MONTH - 1)]
        for unit in (Unit(root, day, "live", f"{account}/{campaign}") for campaign in campaigns)
    ]
    told = iter(await counters.ask([Sums(u.tag, u.key(), _KEPT_MONTH) for units in months for u in units], now))
    sums = [[next(told) for _ in units] for units in months]
    return {
        campaign: _abandoned(campaign, _together(before), today)
        for campaign, (today, *before) in zip(campaigns, sums, strict=True)
    }


_LIVE, _UNANSWERED, _JOINED, _DROPPED, _GIVEN_UP = 0, 1, 100, 200, 300
_KEPT_MONTH = (MONTH + 1) * DAY
_RANG_OUT = (408, 480, 487)  # nobody answered, or the caller gave up


def _advertises(subject: Subject) -> CallRecord | None:
    """The record of a call that advertises and that a person answered, or nobody did."""
    if not is_counted(subject) or not isinstance(subject, Outcome) or subject.record is None:
        return None
    record = subject.record
    if record.purpose is not Purpose.MARKETING or is_technical(record):
        return None
    if record.answered:
        return None if record.answered_by in (AnsweredBy.MACHINE, AnsweredBy.FAX) else record
    rang_out = record.status in _RANG_OUT and record.released_by is not Party.CALLEE
    return record if rang_out else None


def _parts(record: CallRecord) -> list[int]:
    """To which sums one call adds one."""
    by_us, quarter = record.released_by in (Party.CALLER, Party.HOUSE), quarter_of(record)
    if not record.answered:
        given_up = by_us and (rang := let_ring(record)) < LONGEST
        return [_UNANSWERED, quarter, _GIVEN_UP + doubled(rang)] if given_up else [_UNANSWERED, quarter]
    if record.agent_after is not None:
        return [_LIVE, quarter, _JOINED + doubled(min(record.agent_after, LONGEST))]
    if by_us and record.talked < LONGEST:
        return [_LIVE, quarter, _DROPPED + doubled(record.talked)]
    return [_LIVE, quarter]


def _together(days: Sequence[Mapping[int, int]]) -> dict[int, int]:
    """The sums of several days, but for the quarters of an hour: those are a day's own."""
    sums: dict[int, int] = {}
    for day in days:
        add(sums, day.items())
    return {which: count for which, count in sums.items() if which < _GIVEN_UP + WIDTH and count > 0}


def _abandoned(campaign: str, before: Mapping[int, int], today: Mapping[int, int]) -> Abandoned:
    sums = _together((before, today))
    ends: dict[int, dict[int, int]] = {_JOINED: {}, _DROPPED: {}, _GIVEN_UP: {}}
    for which, count in sums.items():
        if which >= WIDTH:
            ends[which - which % WIDTH][which % WIDTH] = count
    return Abandoned(
        campaign=campaign,
        live_30d=sums.get(_LIVE, 0),
        joined_30d=ends[_JOINED],
        dropped_30d=ends[_DROPPED],
        unanswered_30d=sums.get(_UNANSWERED, 0),
        given_up_30d=ends[_GIVEN_UP],
        busiest=busiest_of(today),
    )
