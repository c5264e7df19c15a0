"""Calls that advertise and that a person answered: whether anybody was there for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from masstransit.clock import HandClock
from masstransit.counters import MemoryCounters
from masstransit.errors import CountersUnavailable, Unknown
from masstransit.facts.calls.abandoned import Abandoned, AbandonedCalls
from masstransit.facts.traffic import Allowances
from masstransit.model.call import AnsweredBy, Party
from masstransit.model.communication import Purpose
from masstransit.model.outcome import Outcome
from masstransit.storage.engine import Database
from tests.makers import NOON, a_call_ended, a_knock, a_record


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def abandoned(sqlite_database: Database, clock: HandClock) -> AbandonedCalls:
    return AbandonedCalls(MemoryCounters(), clock, Allowances(sqlite_database, clock))


def live(count: int = 1, **more: Any) -> list[Outcome]:
    return [
        a_call_ended(a_record(**{"purpose": Purpose.MARKETING, "campaign": "QE1", "agent_after": 1.0, **more}))
        for _ in range(count)
    ]


async def last(abandoned: AbandonedCalls, batch: list[Outcome]) -> Abandoned:
    return (await abandoned.learn(batch))[-1]  # type: ignore[no-any-return]


async def test_calls_that_no_agent_joined_in_time_are_told_from_others(abandoned: AbandonedCalls) -> None:
    found = await last(
        abandoned,
        [
            *live(5, agent_after=2.0),
            *live(3, agent_after=2.1),
            *live(2, agent_after=None, talked=4),
            *live(1, agent_after=None, talked=4, released_by=Party.CALLEE),
            *live(1, agent_after=None, talked=200),
        ],
    )
    assert (found.live_30d, found.abandoned(2, 12)) == (12, 5)


@pytest.mark.parametrize(
    "record",
    [
        {"answered_by": AnsweredBy.MACHINE},
        {"purpose": Purpose.TRANSACTIONAL},
        {"purpose": None},
        {"cause": 41},
        {"talked": None, "status": 486, "released_by": Party.NETWORK},
        {"talked": None, "status": 603, "released_by": Party.CALLEE},
        {"talked": None, "status": 404, "released_by": Party.NETWORK},
        {"talked": None, "purpose": Purpose.CONVERSATION},
    ],
)
async def test_machines_busy_lines_and_calls_that_do_not_advertise_are_not_counted(
    abandoned: AbandonedCalls, record: dict[str, Any]
) -> None:
    assert await last(abandoned, live(**record)) == Abandoned()


async def test_how_long_unanswered_calls_rang_until_the_caller_gave_up_is_told(abandoned: AbandonedCalls) -> None:
    found = await last(
        abandoned,
        [
            *live(4, talked=None, rang=14.9),
            *live(3, talked=None, rang=15),
            *live(2, talked=None, rang=4, status=480, released_by=Party.NETWORK),
            *live(1, talked=None, rang=45),
        ],
    )
    assert (found.live_30d, found.unanswered_30d, found.cut_short(15)) == (0, 10, 4)


async def test_the_busiest_quarter_of_an_hour_of_today_is_told(abandoned: AbandonedCalls, clock: HandClock) -> None:
    await abandoned.learn([*live(5), *live(2, talked=None)])
    await clock.move(timedelta(days=1))
    tomorrow = {"offered_at": clock.now()}
    await abandoned.learn(live(3, **tomorrow))
    later = {"offered_at": clock.now() + timedelta(minutes=20)}
    assert (await last(abandoned, live(2, **later))).busiest == 3


async def test_where_a_carrier_does_not_tell_when_it_rings_the_time_that_the_caller_waited_counts(
    abandoned: AbandonedCalls,
) -> None:
    found = await last(
        abandoned,
        [*live(3, talked=None, rang=20, ringing_at=None), *live(2, talked=None, rang=2, ringing_at=None)],
    )
    assert (found.unanswered_30d, found.cut_short(15)) == (5, 2)


async def test_thirty_days_count_and_no_more(abandoned: AbandonedCalls, clock: HandClock) -> None:
    await abandoned.learn(live(4))
    for ahead, counted in ((29, 5), (30, 2)):
        await clock.move(NOON + timedelta(days=ahead) - clock.now())
        assert (await last(abandoned, live(offered_at=clock.now()))).live_30d == counted


async def test_calls_that_were_not_kept_are_given_back(abandoned: AbandonedCalls) -> None:
    kept = [*live(4), *live(3, talked=None, rang=4)]
    await abandoned.learn(kept)
    await abandoned.release(kept)
    found = await last(abandoned, live())
    assert (found.live_30d, found.unanswered_30d, found.cut_short(15)) == (1, 0, 0)


async def test_counters_that_are_gone_leave_it_unknown(sqlite_database: Database, clock: HandClock) -> None:
    class Gone(MemoryCounters):
        async def ask(self, *_: Any) -> list[Any]:
            raise CountersUnavailable("gone")

    found, other = await AbandonedCalls(Gone(), clock, Allowances(sqlite_database, clock)).learn([*live(), a_knock()])
    assert isinstance(found, Unknown)
    assert other == Abandoned()
