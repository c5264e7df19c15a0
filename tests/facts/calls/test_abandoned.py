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
from masstransit.model.communication import Outcome, Purpose
from masstransit.storage.engine import Database
from tests.makers import NOON, a_call_ended, a_knock, a_record

UNANSWERED: dict[str, Any] = {"talked": None}


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
    [{"answered_by": AnsweredBy.MACHINE}, {"talked": None}, {"purpose": Purpose.TRANSACTIONAL}, {"cause": 41}],
)
async def test_machines_and_what_nobody_answered_are_no_live_answers(
    abandoned: AbandonedCalls, record: dict[str, Any]
) -> None:
    assert await last(abandoned, live(**record)) == Abandoned()


async def test_thirty_days_count_and_no_more(abandoned: AbandonedCalls, clock: HandClock) -> None:
    await abandoned.learn(live(4))
    for ahead, counted in ((29, 5), (30, 2)):
        await clock.move(NOON + timedelta(days=ahead) - clock.now())
        assert (await last(abandoned, live(offered_at=clock.now()))).live_30d == counted


async def test_live_answers_that_were_not_kept_are_given_back(abandoned: AbandonedCalls) -> None:
    await abandoned.learn(live(4))
    await abandoned.release(live(4))
    assert (await last(abandoned, live())).live_30d == 1


async def test_counters_that_are_gone_leave_it_unknown(sqlite_database: Database, clock: HandClock) -> None:
    class Gone(MemoryCounters):
        async def ask(self, *_: Any) -> list[Any]:
            raise CountersUnavailable("gone")

    found, other = await AbandonedCalls(Gone(), clock, Allowances(sqlite_database, clock)).learn([*live(), a_knock()])
    assert isinstance(found, Unknown)
    assert other == Abandoned()
