"""Openers, numbers of one thousand, look-ups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from masstransit.clock import HandClock
from masstransit.counters import MemoryCounters, Operation
from masstransit.errors import CountersUnavailable, Unknown
from masstransit.facts.strangers import (
    LookupCounts,
    Lookups,
    OpenerCounts,
    Openers,
    Walking,
    Walks,
    is_opener,
    opener_of,
)
from masstransit.facts.traffic import Allowances
from masstransit.model.communication import Exemption
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.makers import NOON, a_call, a_knock, an_answer, an_sms, changed


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def allowed(sqlite_database: Database, clock: HandClock) -> Allowances:
    return Allowances(sqlite_database, clock)


def to(number: int, **more: Any) -> Any:
    return an_sms(**{"id": f"SM{number}"} | more, recipient=f"+1212555{number:04}")


class Gone(MemoryCounters):
    async def ask(self, operations: Sequence[Operation], now: Any) -> list[Any]:
        raise CountersUnavailable("gone")


# --- openers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "opener"),
    [
        ("Is this Anna?", True),
        ("Hi Mark, are we still on for golf?", True),
        ("¿Eres Ana?", True),
        ("هل هذه سارة؟", True),
        ("Your table is ready.", False),
        ("Can you confirm at https://example.com?", False),
        ("Would you like to " + "talk " * 20 + "?", False),
    ],
)
def test_an_opener_is_short_asks_and_leads_nowhere(text: str, opener: bool) -> None:
    assert is_opener(text) is opener


def test_openers_to_people_of_other_names_are_the_same() -> None:
    assert opener_of("Is this Anna?") == opener_of("Is this Robert?") == opener_of("is this  MARIA?")
    assert opener_of("Hi Anna, are you free?") == opener_of("Hi Bo, are you free?")
    assert opener_of("Anna, are you free?") == opener_of("Robert, are you free?")
    assert opener_of("Anna? How was the trip?") == opener_of("Robert? How was the trip?")
    assert opener_of("Is this Anna?") != opener_of("Are you coming on Monday?")


async def test_people_who_got_an_opener_are_counted_once(clock: HandClock, allowed: Allowances, keys: Keys) -> None:
    facts = OpenerCounts(MemoryCounters(), clock, allowed, keys.person)
    names = ("Anna", "Robert", "Maria")
    offers = [to(i % 40, id=f"SM{i}", text=f"Is this {names[i % 3]}?") for i in range(120)]
    assert (await facts.learn(offers))[-1] == Openers(opener=True, people_24h=40)
    assert await facts.learn([to(1, text="Your table is ready.")]) == [Openers()]
    again = changed(offers[0], attempt=1)
    assert (await facts.learn([again]))[0].people_24h == 40


async def test_answers_and_exempt_messages_count_nobody(clock: HandClock, allowed: Allowances, keys: Keys) -> None:
    facts = OpenerCounts(MemoryCounters(), clock, allowed, keys.person)
    exempt = to(1, text="Is this Anna?", exemption=Exemption.HELP_REPLY)
    found = await facts.learn([exempt, an_answer(text="Is this Anna?"), a_knock()])
    assert [fact.people_24h for fact in found] == [0, 0, 0]


# --- walking ------------------------------------------------------------------------------------------------------


async def test_numbers_of_a_thousand_are_counted_whatever_their_order(clock: HandClock, allowed: Allowances) -> None:
    facts = Walks(MemoryCounters(), clock, allowed)
    found = await facts.learn([to((i * 7) % 1000) for i in range(250)])
    assert found[-1].neighbours_24h == 250
    spread = await facts.learn([an_sms(id=f"SP{i}", recipient=f"+1646{i:03}0123") for i in range(200, 400)])
    assert {fact.neighbours_24h for fact in spread} == {1}


async def test_numbers_of_a_hundred_are_counted_apart(clock: HandClock, allowed: Allowances) -> None:
    facts = Walks(MemoryCounters(), clock, allowed)
    found = await facts.learn([to(i) for i in range(150)])
    assert (found[99].hundred_24h, found[149].hundred_24h, found[149].neighbours_24h) == (100, 50, 150)


async def test_calls_walk_apart_from_texts(clock: HandClock, allowed: Allowances) -> None:
    facts = Walks(MemoryCounters(), clock, allowed)
    await facts.learn([to(i) for i in range(60)])
    (call,) = await facts.learn([a_call(id="CA1", recipient=to(7).recipient.text)])
    assert (call.neighbours_24h, call.hundred_24h) == (1, 1)


async def test_what_was_refused_was_not_tried(clock: HandClock, allowed: Allowances) -> None:
    facts = Walks(MemoryCounters(), clock, allowed)
    offers = [to(i) for i in range(10)]
    await facts.learn(offers)
    await facts.release(offers[:9])
    (found,) = await facts.learn([to(500)])
    assert (found.neighbours_24h, found.hundred_24h) == (2, 1)
    assert (await facts.learn([to(8, id="SM9b")]))[0].hundred_24h == 2
    assert await facts.learn([an_sms(recipient="72345"), a_knock()]) == [Walking(), Walking()]


# --- look-ups -----------------------------------------------------------------------------------------------------


async def test_look_ups_are_counted_by_account(clock: HandClock) -> None:
    facts = LookupCounts(MemoryCounters(), clock)
    knocks = [a_knock(id=f"K{i}", wants="lookup", about=f"/v2/PhoneNumbers/+1212555{i:04}") for i in range(30)]
    found = await facts.learn(knocks)
    assert max(fact.looked_24h for fact in found) == 30
    assert max(fact.neighbours_24h for fact in found) == 30
    (other,) = await facts.learn([a_knock(account="AC9", wants="lookup", about="+12125550001")])
    assert (other.looked_24h, other.neighbours_24h) == (1, 1)
    assert await facts.learn([a_knock(), a_knock(wants="lookup", about="x", attempt=1)]) == [
        Lookups(),
        Lookups(looked_24h=30),
    ]


async def test_without_counters_it_is_unknown(clock: HandClock, allowed: Allowances, keys: Keys) -> None:
    (looked,) = await LookupCounts(Gone(), clock).learn([a_knock(wants="lookup")])
    (walked,) = await Walks(Gone(), clock, allowed).learn([to(1)])
    assert isinstance(looked, Unknown)
    assert isinstance(walked, Unknown)
