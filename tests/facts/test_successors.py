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
from tests.makers import ACCOUNT, NOON, SENDER, a_call, a_knock, an_answer, an_sms

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


def called(sid: str, sender: str, **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"account": ACCOUNT, "sid": sid, "sender": sender, "recipient": "+12125550123", "attrs": {}}
    return row | {"offered_at": NOON - 2 * DAY, "campaign": None, "end_user": None} | more


async def calls_on(facts: Successors, sender: str, end_user: str | None, **more: Any) -> Successor:
    (found,) = await facts.learn([a_call(sender=sender, end_user=end_user, **more)])
    return found


async def test_whoever_calls_from_a_number_from_which_only_one_who_was_stopped_called_is_known_again(
    successors: Successors, sqlite_database: Database
) -> None:
    await put(
        sqlite_database, "calls", called("CA1", "+14155550155", end_user="Quick Loans Ltd"),
        called("CA2", "+14155550156", end_user="Quick Loans Ltd"), called("CA3", "+14155550156", end_user="Salon 2"),
        called("CA4", "+14155550155", end_user="Fair Credit", offered_at=NOON),
    )  # fmt: skip
    assert await calls_on(successors, "+14155550155", "Fair Credit") == Successor(of="Quick Loans Ltd", by="number")
    assert await calls_on(successors, "+14155550156", "Fair Credit") == Successor()  # the salon called from it too
    assert await calls_on(successors, "+14155550155", "Salon 2") == Successor()
    assert (await calls_on(successors, "+14155550199", "Qu1ck Loans")).by == "name"
    assert (await calls_on(successors, "+14155550199", "Fair Credit", words=BAD)).by == "text"


# --- subaccounts ----------------------------------------------------------------------------------------------------

OLD, NEW, THIRD = ("AC" + digit * 32 for digit in "567")


def account(name: str, opened: timedelta, parent: str | None = ACCOUNT, sid: str = "") -> dict[str, Any]:
    row: dict[str, Any] = {
        "account": sid,
        "parent": parent,
        "friendly_name": name,
        "brand": name,
        "token_sealed": b"",
        "attrs": {},
    }
    return row | {"created_at": NOON - opened, "updated_at": NOON}


def a_step(scope: str, target: str, **more: Any) -> dict[str, Any]:
    row = {
        "account": OLD, "step_id": "ST1", "scope": scope, "target": target, "step": "suspend", "clause": "10",
        "rule": "10", "reason": "phishing", "since": NOON - DAY, "acts_from": NOON - DAY, "expires_at": NOON + 29 * DAY,
    }  # fmt: skip
    return row | more


async def family(database: Database, **step: Any) -> Successors:
    """A reseller with three subaccounts: one is suspended since yesterday, one was opened since, one was there."""
    await put(
        database, "accounts", account("Reseller", 400 * DAY, None, ACCOUNT), account("Quick Loans", 90 * DAY, sid=OLD),
        account("Fair Credit", DAY / 2, sid=NEW), account("Salon", 90 * DAY, sid=THIRD),
    )  # fmt: skip
    await put(database, "standing", a_step("account", OLD) | step)
    await put(
        database, "communications", sent("SM1", BAD, account=OLD, sender="+14155550155"),
        sent("SM2", "Pay at https://book.example/1", account=OLD, sender="+14155550155"),
        sent("SM3", "See you at https://book.example/2", account=THIRD, sender="+14155550156"),
    )  # fmt: skip
    return Successors(database, HandClock(NOON), Roots())


async def sends(facts: Successors, text: str, account: str, **more: Any) -> Successor:
    (found,) = await facts.learn([an_sms(text=text, account=account, **more)])
    return found


async def test_a_suspended_subaccount_that_is_opened_anew_is_known_again(sqlite_database: Database) -> None:
    facts = await family(sqlite_database)
    assert await sends(facts, BAD.replace("x1", "z9"), NEW) == Successor(of="Quick Loans", by="text")
    assert (await sends(facts, "New: www.care-desk.example", NEW)).domain == "care-desk.example"
    assert (await sends(facts, "Hello", NEW, end_user="Qu1ck Loans")).by == "name"
    assert (await sends(facts, "Hello", NEW, sender="+14155550155")) == Successor(of="Quick Loans", by="number")
    assert await sends(facts, "Hello, see https://book.example/7", NEW) == Successor()


async def test_who_was_there_before_a_subaccount_was_suspended_does_not_go_on_for_it(sqlite_database: Database) -> None:
    facts = await family(sqlite_database)
    for account in (THIRD, ACCOUNT, OLD):
        assert await sends(facts, BAD, account) == Successor()


async def test_a_new_subaccount_of_the_same_name_is_known_again(sqlite_database: Database) -> None:
    facts = await family(sqlite_database)
    other = "AC" + "8" * 32
    await put(sqlite_database, "accounts", account("QUICK-LOANS Ltd", DAY / 4, sid=other))
    assert await sends(facts, "Hello", other) == Successor(of="Quick Loans", by="name")


async def test_an_end_user_whom_a_step_suspends_is_known_again_in_another_subaccount(sqlite_database: Database) -> None:
    facts = await family(sqlite_database, scope="end_user", target="Acme", account=THIRD)
    await put(sqlite_database, "communications", sent("SM4", BAD, account=THIRD, end_user="Acme"))
    assert (await sends(facts, "Hello", NEW, end_user="Acme")).by == "name"
    assert (await sends(facts, BAD, NEW, end_user="Bolt")).by == "text"
    assert (await sends(facts, BAD, NEW)).by == "text"
    assert await sends(facts, BAD, OLD) == Successor()  # it was there before, and sends for nobody
    assert await sends(facts, BAD, THIRD, end_user="Acme") == Successor()  # itself, which its step stops


@pytest.mark.parametrize(
    "step",
    [
        {"step": "throttle"},
        {"acts_from": None},
        {"undone_at": NOON},
        {"expires_at": NOON - DAY / 48},
        {"scope": "campaign", "target": "QE1"},
        {"account": ACCOUNT, "target": ACCOUNT},
        {"account": "AC" + "9" * 32, "target": "AC" + "9" * 32},
    ],
)
async def test_what_stops_no_subaccount_has_no_successor(sqlite_database: Database, step: dict[str, Any]) -> None:
    assert await sends(await family(sqlite_database, **step), BAD, NEW) == Successor()


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


async def test_calls_that_show_a_stopped_number_by_another_account_go_on(sqlite_database: Database) -> None:
    facts = await continuations(sqlite_database)
    await put(
        sqlite_database, "calls", called("CA1", "+14155550155", campaign="QE1"),
        called("CA2", "+14155550156", campaign="QE2"),
        called("CA3", "+14155550157", campaign="QE1", offered_at=NOON - 40 * DAY),
    )  # fmt: skip
    again = a_call(account=SISTER, sender="+14155550155")
    others = [
        a_call(account=SISTER, sender="+14155550156"),  # of a campaign that the order does not name
        a_call(account=SISTER, sender="+14155550157"),  # long ago
        a_call(sender="+14155550155"),  # its own, of which the order itself says how far it reaches
        an_sms(account=SISTER, sender="+14155550155", text="Your order is ready."),
    ]
    found, *rest = await facts.learn([again, *others])
    assert found == Continued(order="OR1", by_number=True)
    assert rest == [Continued()] * 4
    (spoken,) = await facts.learn([a_call(account=SISTER, sender="+14155550199", words=OFFER)])
    assert spoken.order == "OR1"
