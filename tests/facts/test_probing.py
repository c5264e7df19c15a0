"""What is learned about those who knock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from masstransit.clock import HandClock
from masstransit.counters import MemoryCounters
from masstransit.errors import Unknown
from masstransit.facts.probing import FailedKnocks, Failures, Walk, Walks
from masstransit.model.communication import Knock
from tests.makers import NOON, a_knock, an_sms


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def failed(clock: HandClock) -> FailedKnocks:
    return FailedKnocks(MemoryCounters(), clock)


def wrong(principal: str = "me", source: str = "198.51.100.9") -> Knock:
    return a_knock(principal=principal, source=source, proven=False)


def right(principal: str = "me", source: str = "192.0.2.7") -> Knock:
    return a_knock(principal=principal, source=source)


async def test_failures_of_a_principal_are_counted_over_all_strange_sources(failed: FailedKnocks) -> None:
    learned = await failed.learn([wrong(source=f"198.51.100.{i}") for i in range(5)])
    assert max(fact.principal_10m for fact in learned) == 5


async def test_failures_are_forgotten_after_ten_minutes(failed: FailedKnocks, clock: HandClock) -> None:
    await failed.learn([wrong() for _ in range(5)])
    await clock.move(timedelta(minutes=10, seconds=26))
    (learned,) = await failed.learn([right(source="203.0.113.1")])
    assert learned == Failures(principal_10m=0, known_source_10m=0, source_principals_10m=0, source_known=False)


async def test_a_source_that_logged_in_is_known(failed: FailedKnocks) -> None:
    await failed.learn([right()])
    await failed.learn([wrong() for _ in range(30)])
    (learned,) = await failed.learn([right()])
    assert learned.source_known
    assert learned.principal_10m == 30


async def test_typing_errors_at_a_known_source_count_apart(failed: FailedKnocks) -> None:
    await failed.learn([right()])
    (learned,) = await failed.learn([wrong(source="192.0.2.7")])
    assert learned == Failures(principal_10m=0, known_source_10m=1, source_principals_10m=1, source_known=True)


async def test_a_guess_that_hits_does_not_make_the_guesser_known(failed: FailedKnocks) -> None:
    await failed.learn([wrong() for _ in range(3)])
    await failed.learn([right(source="198.51.100.9")])
    (learned,) = await failed.learn([right(source="198.51.100.9")])
    assert not learned.source_known


async def test_a_stuffing_source_is_seen_by_its_principals(failed: FailedKnocks) -> None:
    await failed.learn([wrong(principal=f"someone{i}") for i in range(12)])
    (learned,) = await failed.learn([right(principal="victim", source="198.51.100.9")])
    assert learned == Failures(principal_10m=0, known_source_10m=0, source_principals_10m=12, source_known=False)


async def test_ids_walked_are_told_from_one_id_polled(clock: HandClock) -> None:
    walks = Walks(MemoryCounters(), clock)
    await walks.learn([a_knock(wants="fetch-missing", proven=False, about=f"SM{i}") for i in range(6)])
    (learned,) = await walks.learn([a_knock(wants="fetch-missing", proven=False, about="SM0")])
    assert learned == Walk(misses_10m=7, distinct_10m=6)
    assert await walks.learn([a_knock()]) == [Walk(misses_10m=7, distinct_10m=6)]


async def test_who_asks_for_what_is_gone_fails_at_no_lock(failed: FailedKnocks) -> None:
    missing = a_knock(principal="me", source="198.51.100.9", wants="fetch-missing", proven=False, about="SM1")
    learned = await failed.learn([missing for _ in range(30)])
    assert learned[-1] == Failures(principal_10m=0, known_source_10m=0, source_principals_10m=0, source_known=False)


async def test_a_message_does_not_knock(failed: FailedKnocks) -> None:
    (learned,) = await failed.learn([an_sms()])
    assert isinstance(learned, Unknown)
