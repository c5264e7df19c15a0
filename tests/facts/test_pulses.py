"""How an account presses its rate, and pauses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from masstransit.clock import HandClock
from masstransit.counters import MemoryCounters
from masstransit.facts.pulses import PulseCounts, Pulses
from masstransit.facts.traffic import Allowances
from masstransit.storage.engine import Database
from tests.makers import NOON, a_knock, an_answer, an_sms, changed


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def facts(sqlite_database: Database, clock: HandClock) -> PulseCounts:
    return PulseCounts(MemoryCounters(), clock, Allowances(sqlite_database, clock), rate=10.0)


async def burst(facts: PulseCounts, clock: HandClock, messages: int) -> Pulses:
    """So many messages within this second, in two batches."""
    offers = [an_sms(id=f"SM{clock.now():%H%M%S}{i}", at=clock.now()) for i in range(messages)]
    half = len(offers) // 2
    await facts.learn(offers[:half])
    found: Pulses = (await facts.learn(offers[half:]))[-1]
    return found


async def test_minutes_in_which_half_the_rate_was_offered_are_counted(facts: PulseCounts, clock: HandClock) -> None:
    for minute in range(5):
        found = await burst(facts, clock, 5 if minute != 3 else 4)
        await clock.move(timedelta(minutes=1))
    assert found.minutes_30m == 4
    assert found.busy_share == pytest.approx(1 / 6)


async def test_who_sends_on_has_no_pauses(facts: PulseCounts, clock: HandClock) -> None:
    for _ in range(18):
        found = await burst(facts, clock, 6)
        await clock.move(timedelta(seconds=10))
    assert (found.minutes_30m, found.busy_share) == (3, 1.0)


async def test_what_was_counted_answers_and_knocks_count_nothing(facts: PulseCounts, clock: HandClock) -> None:
    offers = [an_sms(id=f"SM{i}", at=NOON) for i in range(9)]
    again = [changed(offer, attempt=1) for offer in offers]
    assert set(await facts.learn([*again, an_answer(text="hi"), a_knock()])) == {Pulses()}


async def test_bursts_are_forgotten_after_half_an_hour(facts: PulseCounts, clock: HandClock) -> None:
    await burst(facts, clock, 9)
    await clock.move(timedelta(minutes=31))
    assert (await burst(facts, clock, 2)).minutes_30m == 0
