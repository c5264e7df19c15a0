"""The same windows in memory, in one Redis and in a cluster of three."""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta
from typing import Any

import pytest

from masstransit.counters import (
    Count,
    Counters,
    Distinct,
    Operation,
    Seen,
    Sums,
    Take,
    Taken,
    Turned,
    Turns,
    open_counters,
)
from masstransit.errors import ConfigError
from tests.makers import NOON


@pytest.fixture
def tag() -> str:
    return secrets.token_hex(8)


async def one(counters: Counters, operation: Operation, *, after: float = 0.0) -> Any:
    """The answer to one operation, `after` seconds from noon."""
    (answer,) = await counters.ask([operation], NOON + timedelta(seconds=after))
    return answer


# --- rates --------------------------------------------------------------------------------------------------------


async def test_a_rested_rate_gives_its_burst_and_then_says_when(counters: Counters, tag: str) -> None:
    assert await one(counters, Take(tag, "r", rate=2, burst=3, want=5)) == Taken(3, 0.5)


async def test_a_rate_gives_places_again_as_time_passes(counters: Counters, tag: str) -> None:
    await one(counters, Take(tag, "r", rate=2, burst=3, want=3))
    assert await one(counters, Take(tag, "r", rate=2, burst=3, want=3), after=1) == Taken(2, 0.5)
    assert await one(counters, Take(tag, "r", rate=2, burst=3, want=3), after=60) == Taken(3)


async def test_places_given_back_can_be_had_again(counters: Counters, tag: str) -> None:
    await one(counters, Take(tag, "r", rate=1, burst=2, want=2))
    await one(counters, Take(tag, "r", rate=1, burst=2, want=-1))
    assert await one(counters, Take(tag, "r", rate=1, burst=2, want=2)) == Taken(1, 1.0)


async def test_places_are_given_in_the_order_of_a_batch(counters: Counters, tag: str) -> None:
    asked = [Take(tag, "r", rate=1, burst=2) for _ in range(3)]
    answers = await counters.ask(asked, NOON)
    assert [taken.allowed for taken in answers] == [1, 1, 0]


async def test_a_rate_holds_for_all_who_ask_at_once(counters: Counters, tag: str) -> None:
    asked = [counters.ask([Take(tag, "r", rate=1, burst=10, want=3)], NOON) for _ in range(8)]
    assert sum(taken.allowed for (taken,) in await asyncio.gather(*asked)) == 10


# --- counts -------------------------------------------------------------------------------------------------------


async def test_a_count_tells_what_was_before(counters: Counters, tag: str) -> None:
    answers = await counters.ask([Count(tag, "c", 3600), Count(tag, "c", 3600, 5), Count(tag, "c", 3600, 0)], NOON)
    assert answers == [0, 1, 6]


async def test_a_count_forgets_after_its_window_and_at_most_a_24th_later(counters: Counters, tag: str) -> None:
    await one(counters, Count(tag, "c", 2400))
    assert await one(counters, Count(tag, "c", 2400, 0), after=2399) == 1
    assert await one(counters, Count(tag, "c", 2400, 0), after=2400 + 101) == 0


async def test_a_count_slides_over_its_window(counters: Counters, tag: str) -> None:
    for minute in range(0, 120, 10):
        await one(counters, Count(tag, "c", 3600), after=minute * 60)
    assert await one(counters, Count(tag, "c", 3600, 0), after=110 * 60) == 6 + 1  # the hour, and a bucket


async def test_what_was_counted_can_be_given_back_but_not_more(counters: Counters, tag: str) -> None:
    await one(counters, Count(tag, "c", 3600, 3))
    await one(counters, Count(tag, "c", 3600, 1), after=300)
    await one(counters, Count(tag, "c", 3600, -2), after=301)
    assert await one(counters, Count(tag, "c", 3600, 0), after=302) == 2
    await one(counters, Count(tag, "c", 3600, -9), after=303)
    assert await one(counters, Count(tag, "c", 3600, 1), after=304) == 0
    assert await one(counters, Count(tag, "c", 3600, 0), after=305) == 1


async def test_tags_and_keys_count_apart(counters: Counters, tag: str) -> None:
    asked: list[Operation] = [Count(f"{tag}{i}", f"k{j}", 60, i * 10 + j) for i in range(8) for j in range(1, 4)]
    await counters.ask(asked, NOON)
    looks = [Count(f"{tag}{i}", f"k{j}", 60, 0) for i in range(8) for j in range(1, 4)]
    assert await counters.ask(looks, NOON) == [i * 10 + j for i in range(8) for j in range(1, 4)]


async def test_a_tag_may_be_empty(counters: Counters, tag: str) -> None:
    assert await counters.ask([Count("", tag, 60), Count("", tag + "2", 60)], NOON) == [0, 0]


# --- distinct counts ----------------------------------------------------------------------------------------------


async def test_a_member_counts_once(counters: Counters, tag: str) -> None:
    assert await one(counters, Distinct(tag, "d", 60, ("a", "b", "a"))) == Seen(2, (0, 1))
    assert await one(counters, Distinct(tag, "d", 60, ("b", "c"))) == Seen(3, (1,))


async def test_a_member_is_forgotten_a_window_after_it_was_last_seen(counters: Counters, tag: str) -> None:
    await one(counters, Distinct(tag, "d", 60, ("a", "b")))
    await one(counters, Distinct(tag, "d", 60, ("b",)), after=30)
    assert await one(counters, Distinct(tag, "d", 60), after=61) == Seen(1)
    assert await one(counters, Distinct(tag, "d", 60), after=91) == Seen(0)


async def test_members_can_be_dropped(counters: Counters, tag: str) -> None:
    await one(counters, Distinct(tag, "d", 60, ("a", "b")))
    assert await one(counters, Distinct(tag, "d", 60, drop=("a", "z"))) == Seen(1)


async def test_many_members_are_estimated_within_seven_percent(counters: Counters, tag: str) -> None:
    members = tuple(f"member-{i}" for i in range(20_000))
    for start in range(0, len(members), 1000):
        seen = await one(counters, Distinct(tag, "d", 60, members[start : start + 1000]))
    assert abs(seen.count - 20_000) < 1400  # three standard errors
    assert await one(counters, Distinct(tag, "d", 60, members[:100])) == Seen(seen.count)


# --- sums ---------------------------------------------------------------------------------------------------------


async def test_sums_that_belong_together_are_answered_together(counters: Counters, tag: str) -> None:
    assert await one(counters, Sums(tag, "s", 60, ((0, 3), (7, 1), (0, 2)))) == {0: 5, 7: 1}
    assert await one(counters, Sums(tag, "s", 60)) == {0: 5, 7: 1}
    assert await one(counters, Sums(tag, "other", 60)) == {}


async def test_what_was_added_can_be_given_back(counters: Counters, tag: str) -> None:
    await one(counters, Sums(tag, "s", 60, ((0, 3), (1, 2))))
    assert await one(counters, Sums(tag, "s", 60, ((0, -3), (1, -1)))) == {1: 1}


async def test_sums_are_forgotten_together_when_nothing_was_added_for_long(counters: Counters, tag: str) -> None:
    await one(counters, Sums(tag, "s", 60, ((0, 1),)))
    await one(counters, Sums(tag, "s", 60, ((1, 1),)), after=50)
    assert await one(counters, Sums(tag, "s", 60), after=100) == {0: 1, 1: 1}
    assert await one(counters, Sums(tag, "s", 60), after=111) == {}


# --- exchanges ----------------------------------------------------------------------------------------------------


def said(tag: str, side: str, add: int = 1) -> Turns:
    return Turns(tag, "x", side, window=60, keep=3600, add=add)


async def test_an_exchange_counts_its_turns_within_the_window(counters: Counters, tag: str) -> None:
    for second in range(12):
        turned = await one(counters, said(tag, "ab"[second % 2]), after=second)
    assert turned == Turned(11, 0, answered=True)
    assert (await one(counters, said(tag, "a", 0), after=65)).turns == 6


async def test_an_exchange_counts_what_was_not_answered(counters: Counters, tag: str) -> None:
    assert await one(counters, said(tag, "a", 2)) == Turned(0, 0, answered=False)
    assert await one(counters, said(tag, "a")) == Turned(0, 2, answered=False)
    assert await one(counters, said(tag, "b"), after=5) == Turned(1, 0, answered=True)
    assert await one(counters, said(tag, "a"), after=9) == Turned(2, 0, answered=True)
    assert await one(counters, said(tag, "a", 0), after=9) == Turned(2, 1, answered=True)


async def test_what_was_said_can_be_taken_back(counters: Counters, tag: str) -> None:
    await one(counters, said(tag, "b"))
    await one(counters, said(tag, "a", 2), after=1)
    await one(counters, said(tag, "a", -1), after=2)
    assert await one(counters, said(tag, "a", 0), after=2) == Turned(1, 1, answered=True)
    await one(counters, said(tag, "a", -1), after=2)
    assert await one(counters, said(tag, "b", 0), after=2) == Turned(0, 1, answered=False)


async def test_an_exchange_is_forgotten_when_nothing_was_said_for_long(counters: Counters, tag: str) -> None:
    await one(counters, said(tag, "b"))
    await one(counters, said(tag, "a"), after=1)
    assert await one(counters, said(tag, "a", 0), after=3700) == Turned(0, 0, answered=False)


async def test_an_exchange_is_remembered_in_bounded_space(counters: Counters, tag: str) -> None:
    for second in range(5):
        turned = await one(counters, said(tag, "a", 20), after=second)
    assert turned.unanswered == 32


# --- wake-ups -----------------------------------------------------------------------------------------------------


async def test_what_is_published_is_heard_until_one_stops_listening(counters: Counters, tag: str) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    stop = counters.subscribe(tag, heard.put_nowait)

    async def until_heard() -> str:
        while heard.empty():  # a subscription takes effect soon, not at once
            await counters.publish(tag, "work")
            await asyncio.sleep(0.02)
        return heard.get_nowait()

    assert await asyncio.wait_for(until_heard(), 5) == "work"
    stop()
    await asyncio.sleep(0.1)
    while not heard.empty():
        heard.get_nowait()
    await counters.publish(tag, "more")
    await asyncio.sleep(0.1)
    assert heard.empty()


# --- opening ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["", "memory", "redis://", "redis://host", "redis://a:1,b:2", "redis+cluster://a:1,b", "http://a:1"]
)
def test_a_url_that_is_not_understood_is_refused_with_the_forms_that_are(url: str) -> None:
    with pytest.raises(ConfigError, match="memory://, redis://HOST:PORT"):
        open_counters(url)
