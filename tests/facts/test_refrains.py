"""What an account keeps saying: labels by the hour, and accusations of one person in many words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from masstransit.clock import HandClock
from masstransit.counters import MemoryCounters, Operation
from masstransit.errors import CountersUnavailable, Unknown
from masstransit.facts.content import ContentReader
from masstransit.facts.refrains import Refrain, Refrains
from masstransit.model.communication import Communication
from tests.makers import NOON, a_knock, an_sms, changed

HATE = "muslims are filthy animals and must die"


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def facts(clock: HandClock) -> Refrains:
    return Refrains(MemoryCounters(), clock, ContentReader())


def sent(number: int, text: str = HATE, **more: Any) -> Communication:
    return an_sms(id=f"SM{number}", text=text, **more)


async def test_messages_that_read_alike_are_counted_together_for_an_hour(facts: Refrains, clock: HandClock) -> None:
    found = await facts.learn([sent(1), sent(2, "see you at lunch"), sent(3, "all jews are filthy animals")])
    assert [one.read_1h.get("hate", 0) for one in found] == [1, 0, 2]
    assert found[1] == Refrain()
    await clock.move(timedelta(hours=2))
    (later,) = await facts.learn([sent(4)])
    assert later.read_1h["hate"] == 1


async def test_accounts_are_counted_apart_and_a_message_once(facts: Refrains) -> None:
    await facts.learn([sent(1), sent(2)])
    again, other = await facts.learn([changed(sent(2), attempt=1), sent(3, account="AC" + "9" * 32)])
    assert (again.read_1h["hate"], other.read_1h["hate"]) == (2, 1)


async def test_one_person_is_accused_in_many_words(facts: Refrains) -> None:
    texts = (
        "Tom Reed of class 4b is a thief",
        "parents, Tom Reed stole the school's money",
        "Anna Poll is a swindler",
        "T\u043em Reed molested two pupils",
    )
    found = await facts.learn([sent(number, text) for number, text in enumerate(texts)])
    assert [one.accusations_1h for one in found] == [1, 2, 1, 3]


async def test_who_knocks_says_nothing(facts: Refrains) -> None:
    assert await facts.learn([a_knock()]) == [Refrain()]


class Gone(MemoryCounters):
    async def ask(self, operations: Sequence[Operation], now: Any) -> list[Any]:
        raise CountersUnavailable("gone")


async def test_without_counters_only_what_is_counted_is_unknown(clock: HandClock) -> None:
    silent = Refrains(Gone(), clock, ContentReader())
    assert await silent.learn([sent(1, "see you at lunch")]) == [Refrain()]
    assert isinstance((await silent.learn([sent(2)]))[0], Unknown)
