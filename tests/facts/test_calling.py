"""What is learned about calls that are offered: counted once, given back, apart from texts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from masstransit.clock import HandClock
from masstransit.counters import Counters, MemoryCounters
from masstransit.facts.calling import RecordedVoiceCounts, RecordedVoices
from masstransit.facts.traffic import Allowances
from masstransit.model.communication import Voice
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.makers import NOON, a_call, an_sms


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def counters() -> Counters:
    return MemoryCounters()


@pytest.fixture
def allowed(sqlite_database: Database, clock: HandClock) -> Allowances:
    return Allowances(sqlite_database, clock)


async def test_recorded_voices_are_counted_for_thirty_days(
    counters: Counters, clock: HandClock, keys: Keys, allowed: Allowances
) -> None:
    learner = RecordedVoiceCounts(counters, clock, allowed, keys.person)
    await learner.learn([a_call(id="CA1", voice=Voice.PRERECORDED), an_sms(id="SM1"), a_call(id="CA2")])
    await clock.move(timedelta(days=20))
    back = a_call(id="CA3", voice=Voice.ARTIFICIAL)
    assert await learner.learn([back, a_call(id="CA4")]) == [RecordedVoices(person_30d=1), RecordedVoices()]
    await learner.release([back])
    (found,) = await learner.learn([a_call(id="CA5", voice=Voice.PRERECORDED)])
    assert found.person_30d == 1
    await clock.move(timedelta(days=32))
    (found,) = await learner.learn([a_call(id="CA6", voice=Voice.PRERECORDED)])
    assert found.person_30d == 0
