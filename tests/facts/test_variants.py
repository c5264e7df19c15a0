"""A text in other letters is counted; texts that hide nothing are not."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert

from masstransit.clock import HandClock
from masstransit.counters import MemoryCounters
from masstransit.facts.traffic import Allowances
from masstransit.facts.variants import VariantCounts, Variants, bands
from masstransit.storage import queue
from masstransit.storage.engine import Database
from masstransit.storage.tables import accounts, communications
from tests.makers import ACCOUNT, NOON, a_knock, an_sms, changed

CHILD = "AC" + "2" * 32
LADDER = [
    "Cheap v1agra pills today, no prescription needed, order now",
    "Cheap vi\u200bagra pills today, no prescription needed, order now",
    "Cheap v\u0456agra pills today, no prescription needed, order now",
    "Cheap viagra p1lls today, no prescription needed, order now",
    "Cheap v i a g r a pills today, no prescription needed, order now",
    "Cheap viagra p\u0456lls today, no prescript\u0456on needed, order now",
]


@pytest.fixture
async def facts(sqlite_database: Database) -> VariantCounts:
    row: dict[str, Any] = {"token_sealed": b"", "created_at": NOON, "updated_at": NOON, "attrs": {}}
    rows = [row | {"account": account, "parent": parent} for account, parent in ((ACCOUNT, None), (CHILD, ACCOUNT))]
    await sqlite_database.write(lambda c: c.execute(insert(accounts), rows))
    clock = HandClock(NOON)
    return VariantCounts(MemoryCounters(), clock, Allowances(sqlite_database, clock), sqlite_database)


async def _refused(database: Database, **more: Any) -> None:
    row = {"account": ACCOUNT, "sid": "SM9", "error_code": 30007, "created_at": NOON, "updated_at": NOON, "attrs": {}}
    await database.write(lambda c: c.execute(insert(communications), row | more))


async def test_a_ladder_is_counted_over_the_customers_accounts(facts: VariantCounts, sqlite_database: Database) -> None:
    await _refused(sqlite_database)
    offers = [an_sms(id=f"SM{i}", text=t, account=(ACCOUNT, CHILD)[i % 2]) for i, t in enumerate(LADDER)]
    learned = [(await facts.learn([offer]))[0] for offer in offers]
    assert [fact.different for fact in learned] == [1, 2, 3, 4, 5, 6]
    assert all(fact.undone for fact in learned)
    assert [fact.refused for fact in learned[1::2]] == [0, 0, 0]  # nothing of the subaccount's own was refused
    assert [fact.refused for fact in learned[2::2]] == [1, 1]


async def test_what_was_held_for_what_it_says_counts_until_a_person_lets_it_go(
    facts: VariantCounts, sqlite_database: Database
) -> None:
    row = {"account": ACCOUNT, "since": NOON, "until": NOON, "reason": ""}
    held = [("10", "10.1", None), ("6", "6.4.1", "refused"), ("6", "6.7", None), ("17", "17.1", "released")]
    rows = [
        row | {"sid": f"SM8{i}", "clause": clause, "rule": rule, "outcome": outcome}
        for i, (clause, rule, outcome) in enumerate(held)
    ]
    await sqlite_database.write(lambda c: queue.hold(c, rows))
    learned = await facts.learn([an_sms(id=f"SM{i}", text=t) for i, t in enumerate(LADDER)])
    assert learned[-1].refused == 2


async def test_a_refusal_of_another_kind_or_of_last_week_is_none(
    facts: VariantCounts, sqlite_database: Database
) -> None:
    await _refused(sqlite_database, error_code=21610)
    learned = await facts.learn([an_sms(id=f"SM{i}", text=t) for i, t in enumerate(LADDER)])
    assert learned[-1].different == 6
    assert learned[-1].refused == 0


async def test_a_text_that_is_sent_again_is_no_variant_and_a_second_look_counts_nothing(facts: VariantCounts) -> None:
    again = [an_sms(id=f"SM{i}", text=LADDER[0]) for i in range(9)]
    assert {fact.different for fact in await facts.learn(again)} == {1}
    assert (await facts.learn([changed(again[0], attempt=1)]))[0].different == 1


@pytest.mark.parametrize(
    "text",
    [
        "Save 20% this week. Reply STOP to opt out",
        "Save 25% this week. Text STOP to end",
        "Ваш заказ уже в пути",
        "您的订单已发货",
        "आपका ऑर्डर भेज दिया गया है",
        "طلبك في الطريق",
        "Καλημέρα, το ραντεβού σας είναι αύριο",
        "Zoë, your café order is ready",
        "See you at 5pm, gr8!",
        "",
    ],
)
async def test_what_hides_nothing_is_no_variant(facts: VariantCounts, text: str) -> None:
    assert await facts.learn([an_sms(text=text)]) == [Variants()]


async def test_an_odd_name_in_a_thousand_personal_messages_is_one_variant(facts: VariantCounts) -> None:
    names = ("Anna", "José", "Zoë", "Mark", "O'Neil", "Björn", "Chloé", "Ivan")
    offers = [an_sms(id=f"SM{i}", text=f"Hi {n}, your St0re order is ready to collect") for i, n in enumerate(names)]
    assert {fact.different for fact in await facts.learn(offers)} <= {0, 1}


async def test_a_knock_has_no_text(facts: VariantCounts) -> None:
    assert await facts.learn([a_knock()]) == [Variants()]


def test_texts_that_read_nearly_the_same_share_a_band_and_others_none() -> None:
    one = "cheap pills today no prescription needed order now at our shop"
    near = one.replace("today", "tonight")
    assert set(bands(one)) & set(bands(f"{one} http://a.example.com/1"))
    assert set(bands(one)) & set(bands(near))
    assert not set(bands(one)) & set(bands("your parcel will arrive between nine and ten tomorrow morning"))
