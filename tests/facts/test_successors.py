"""Whoever was stopped is known again by name, text and domain; neighbours are not taken for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from masstransit.clock import HandClock
from masstransit.facts.consent import Roots
from masstransit.facts.successors import Continuations, Continued, Successor, Successors, skeleton
from masstransit.storage import tables
from masstransit.storage.engine import Database
from tests.makers import ACCOUNT, NOON, SENDER, a_knock, an_answer, an_sms

SISTER = "AC" + "3" * 32
BAD = "Your account is locked, verify within 24 hours: https://care-desk.example/x1"
DAY = timedelta(days=1)


async def put(database: Database, table: str, *rows: Any) -> None:
    await database.write(lambda c: c.execute(insert(tables.metadata.tables[table]), list(rows)))


def end_user(name: str, **more: Any) -> dict[str, Any]:
    row = {"account": ACCOUNT, "end_user": name, "status": "active", "reason": "", "first_seen_at": NOON - 90 * DAY}
    return row | {"terms_accepted_at": None, "stopped_at": None} | more


def sent(sid: str, body: str, **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"account": ACCOUNT, "sid": sid, "body": body, "sender": SENDER, "attrs": {}}
    return row | {"created_at": NOON - DAY, "updated_at": NOON, "campaign": None, "end_user": None} | more


@pytest.fixture
async def successors(sqlite_database: Database) -> Successors:
    """Of a reseller that stopped Quick Loans, and has Salon 2, whose texts lead to the reseller's own page."""
    await put(
        sqlite_database, "end_users", end_user("Quick Loans Ltd", status="stopped", stopped_at=NOON - DAY),
        end_user("Salon 2"),
    )  # fmt: skip
    await put(
        sqlite_database, "communications", sent("SM1", BAD, end_user="Quick Loans Ltd"),
        sent("SM2", "Pay at https://book.example/1", end_user="Quick Loans Ltd"),
        sent("SM3", "See you at https://book.example/2", end_user="Salon 2"),
    )  # fmt: skip
    return Successors(sqlite_database, HandClock(NOON), Roots())


async def learned(facts: Successors, text: str, end_user: str | None) -> Successor:
    (found,) = await facts.learn([an_sms(text=text, end_user=end_user)])
    return found


@pytest.mark.parametrize(
    "name", ["QUICK LOANS LTD", "Quick-Loans", " Quick  Loans Ltd. ", "Qu1ck L0ans", "Quiсk Lоans", "Quick Loans Inc"]
)
async def test_another_spelling_is_the_same_name(successors: Successors, name: str) -> None:
    assert await learned(successors, "hello", name) == Successor(of="Quick Loans Ltd", by="name")


async def test_a_new_name_with_the_old_text_or_domain_goes_on(successors: Successors) -> None:
    again = BAD.replace("x1", "z9")
    assert (await learned(successors, again, "Fair Credit")).by == "text"
    assert (await learned(successors, again, None)).by == "text"
    other = await learned(successors, "New here: www.care-desk.example", "Fair Credit")
    assert (other.by, other.domain) == ("domain", "care-desk.example")


async def test_who_was_there_before_and_what_all_of_them_lead_to_is_no_sign(successors: Successors) -> None:
    assert await learned(successors, BAD, "Salon 2") == Successor()
    assert await learned(successors, "Book at https://book.example/3", "Fair Credit") == Successor()
    assert await learned(successors, "Your visit is on Monday", "Fair Credit") == Successor()
    assert await learned(successors, BAD, "Quick Loans Ltd") == Successor()  # itself, which B2 stops
    assert await successors.learn([an_answer(text=BAD), a_knock()]) == [Successor(), Successor()]


async def test_where_nobody_was_stopped_nothing_is_compared(sqlite_database: Database) -> None:
    old = end_user("Quick Loans Ltd", status="stopped", stopped_at=NOON - 181 * DAY)
    await put(sqlite_database, "end_users", old)
    assert await learned(Successors(sqlite_database, HandClock(NOON), Roots()), BAD, "Quick Loans") == Successor()


def test_a_name_keeps_what_tells_it_from_its_neighbours() -> None:
    assert len({skeleton(name) for name in ("Salon 1", "Salon 2", "Salon 12", "Salon 1 (2)", "Salon 1 2 3")}) == 5
    assert skeleton("Café Zoë") != skeleton("Cafe Joe")
    assert skeleton("...") == ""


# --- 14.3 -----------------------------------------------------------------------------------------------------------

OFFER = "Anna, you qualify for debt relief this week: https://relief.example/a STOP to end"
PLAIN = "Debt Relief: lower your card rate by 20% today. Reply YES"


async def continuations(database: Database, **more: Any) -> Continuations:
    order = {
        "account": ACCOUNT, "order": "OR1", "scope": "campaign", "target": "QE1", "authority": "AG", "reference": "1",
        "verified": True, "gag": False, "since": NOON - DAY / 24, "until": None,
    }  # fmt: skip
    await put(database, "authority_orders", order | more)
    await put(
        database, "communications", sent("SM1", OFFER, campaign="QE1"), sent("SM2", PLAIN, campaign="QE1"),
        sent("SM3", "Your order is ready, see https://shop.example/1", campaign="QE2"),
    )  # fmt: skip
    return Continuations(database, HandClock(NOON))


async def continued(facts: Continuations, text: str) -> Continued:
    (found,) = await facts.learn([an_sms(text=text, account=SISTER)])
    return found


async def test_nearly_the_same_text_to_the_same_domain_goes_on(sqlite_database: Database) -> None:
    facts = await continuations(sqlite_database)
    near = "Robert, you qualify for debt relief this week: https://relief.example/zz STOP to end"
    assert await continued(facts, near) == Continued(order="OR1", domain="relief.example")
    assert (await continued(facts, PLAIN.replace("20", "35"))).order == "OR1"


@pytest.mark.parametrize(
    "text",
    [
        "Anna, you qualify for debt relief this week: https://other.example/a STOP to end",
        "Read what the court said of them: https://relief.example/news",
        "Your order is ready, see https://shop.example/1",  # of a campaign that the order does not name
        "Reply YES",
        "",
    ],
)
async def test_other_domains_other_words_and_other_campaigns_are_not_it(sqlite_database: Database, text: str) -> None:
    assert await continued(await continuations(sqlite_database), text) == Continued()


@pytest.mark.parametrize("more", [{"verified": False}, {"until": NOON - DAY / 48}])
async def test_an_order_that_does_not_hold_reaches_nobody(sqlite_database: Database, more: dict[str, Any]) -> None:
    assert await continued(await continuations(sqlite_database, **more), OFFER) == Continued()


@pytest.mark.parametrize(("scope", "target"), [("account", ACCOUNT), ("number", SENDER), ("campaign", "QE1")])
async def test_what_an_order_names_is_what_is_compared(sqlite_database: Database, scope: str, target: str) -> None:
    assert (await continued(await continuations(sqlite_database, scope=scope, target=target), OFFER)).order == "OR1"
