"""Calls that advertise, and that a person answered: after how long an agent was there, if any (rulebook 7.8)."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from masstransit.clock import Clock
from masstransit.counters import Counters, Sums
from masstransit.errors import CountersUnavailable, Unknown
from masstransit.facts.calls.days import DAY, Unit, bound, days_before
from masstransit.facts.calls.records import LONGEST, WIDTH, below, doubled, is_counted, is_technical
from masstransit.facts.fact import Fact
from masstransit.facts.traffic import Allowances
from masstransit.model.call import AnsweredBy, CallRecord, Party
from masstransit.model.communication import Outcome, Purpose, Subject

MONTH = 30  #: days over which abandoned calls are counted (47 CFR 64.1200(a)(7))


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
        late = sum(self.joined_30d.values()) - below(self.joined_30d, 2 * within + 1)
        return late + below(self.dropped_30d, 2 * dropped)


_NONE_ABANDONED = Abandoned()


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
        looks = [Sums(u.tag, u.key(), _KEPT_MONTH) for unit in new for u in days_before(unit, MONTH - 1)]
        answers = await self._counters.ask([*adds, *looks], self._clock.now())
        for place, unit in enumerate(new):
            at = len(adds) + place * (MONTH - 1)
            self._before[unit] = sum(map(Counter, answers[at : at + MONTH - 1]), Counter())
        bound(self._before)
        last = {unit: at for at, unit in units.items()}
        return {
            last[unit]: _abandoned(live[last[unit]], self._before[unit] + Counter(answer))
            for unit, answer in zip(sums, answers, strict=False)
        }


_LIVE, _JOINED, _DROPPED = 0, 100, 200
_KEPT_MONTH = (MONTH + 1) * DAY


def _is_live(subject: Subject) -> bool:
    """Whether a person answered a call that advertises."""
    if not is_counted(subject) or not isinstance(subject, Outcome) or subject.record is None:
        return False
    record = subject.record
    live = record.answered and record.answered_by not in (AnsweredBy.MACHINE, AnsweredBy.FAX)
    return live and record.purpose is Purpose.MARKETING and not is_technical(record)


def _joined(record: CallRecord) -> Counter[int]:
    """What one call that a person answered adds."""
    parts = Counter({_LIVE: 1})
    if record.agent_after is not None:
        parts[_JOINED + doubled(min(record.agent_after, LONGEST))] = 1
    elif record.released_by in (Party.CALLER, Party.HOUSE) and record.talked < LONGEST:
        parts[_DROPPED + doubled(record.talked)] = 1
    return parts


def _abandoned(record: CallRecord, sums: Mapping[int, int]) -> Abandoned:
    def from_(offset: int) -> dict[int, int]:
        return {which - offset: n for which, n in sums.items() if offset <= which < offset + WIDTH and n > 0}

    return Abandoned(
        campaign=record.campaign or "",
        live_30d=sums[_LIVE],
        joined_30d=from_(_JOINED),
        dropped_30d=from_(_DROPPED),
    )
