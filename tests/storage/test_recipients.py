"""What recipients' own page asks of the database, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from masstransit.ledger import Ledger
from masstransit.storage import communications, consents, recipients, reports, standing
from masstransit.storage.engine import Database
from masstransit.storage.tables import accounts, deactivated, recipient_codes
from tests.makers import ACCOUNT, NOON, SENDER, an_sms

OTHER = "AC" + "2" * 32
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def a_code(name: str, *, at: datetime = NOON, **more: Any) -> dict[str, Any]:
    made = {"code": name, "visit": "v1", "person": "p1", "masked": "+1***1", "client": "c1", "hash": "h", "tries": 0}
    return {**made, "asked_at": at, "sent_at": None, "used_at": None, **more}


async def each(database: Database, put: Callable[[Connection, dict[str, Any]], None], rows: list[Any]) -> None:
    """Put rows on record."""

    def all_of_them(connection: Connection) -> None:
        for row in rows:
            put(connection, row)

    await database.write(all_of_them)


@pytest.fixture
async def filled(database: Database) -> Database:
    row = {"token_sealed": b"", "created_at": NOON, "updated_at": NOON, "attrs": {}}
    named = [row | {"account": ACCOUNT, "brand": "Acme"}, row | {"account": OTHER, "brand": "", "friendly_name": "Bee"}]
    await database.write(lambda c: [c.execute(insert(accounts), one) for one in named])
    return database


async def sent(database: Database, n: int, *, at: datetime = NOON, person: str = "p1", **more: Any) -> None:
    """Message n went out."""
    message = an_sms(id=f"SM{n:032x}", at=at, **more)
    row = communications.row(message, person=person, segments=1, status="sent", decision="DE1") | {"sent_at": at}
    await database.write(lambda c: communications.add(c, [row]))


async def writers(database: Database, person: str = "p1", since: datetime = NOON - DAY) -> tuple[list[Any], list[str]]:
    found, also = await database.survey(lambda c: recipients.writers(c, person, since, lines=100, also=100))
    return list(found), list(also)


# --- codes and sessions -----------------------------------------------------------------------------------------------


async def test_codes_are_counted_by_number_by_client_and_in_all(database: Database) -> None:
    rows = [
        a_code("OC1", at=NOON - 2 * DAY),
        a_code("OC2", at=NOON - 2 * HOUR),
        a_code("OC3", at=NOON - timedelta(minutes=5), client="c2", sent_at=NOON - timedelta(minutes=5)),
        a_code("OC4", at=NOON - timedelta(minutes=4), person="p2"),
    ]
    await each(database, recipients.add_code, rows)
    asked = await database.read(lambda c: recipients.asked(c, "p1", "c1", NOON))
    assert asked == recipients.Asked(number_hour=1, number_day=2, client_hour=1, sent_hour=1)


async def test_the_last_code_of_a_visitor_is_the_one_that_counts(database: Database) -> None:
    await database.write(lambda c: recipients.add_code(c, a_code("OC1")))
    await database.write(lambda c: recipients.add_code(c, a_code("OC2", at=NOON + HOUR)))
    await database.write(lambda c: recipients.add_code(c, a_code("OC3", at=NOON + 2 * HOUR, visit="v2")))
    last = await database.read(lambda c: recipients.last_code(c, "v1"))
    assert last is not None
    assert last.code == "OC2"
    assert await database.read(lambda c: recipients.last_code(c, "v3")) is None


async def test_tries_run_out_and_a_code_is_used_once_and_only_if_it_was_sent(database: Database) -> None:
    await database.write(lambda c: recipients.add_code(c, a_code("OC1")))
    assert not await database.write(lambda c: recipients.use_code(c, "OC1", NOON))
    assert await database.write(lambda c: recipients.try_code(c, "OC1", at_most=2))
    assert await database.write(lambda c: recipients.try_code(c, "OC1", at_most=2))
    assert not await database.write(lambda c: recipients.try_code(c, "OC1", at_most=2))
    await database.write(lambda c: recipients.mark_sent(c, "OC1", NOON))
    assert await database.write(lambda c: recipients.use_code(c, "OC1", NOON))
    assert not await database.write(lambda c: recipients.use_code(c, "OC1", NOON))
    assert not await database.write(lambda c: recipients.try_code(c, "OC1", at_most=9))
    kept = await database.read(lambda c: c.execute(select(recipient_codes)).one())
    assert (kept.tries, kept.used_at) == (2, NOON)


async def test_a_session_ends_when_it_is_idle_or_old_or_left(database: Database) -> None:
    row = {"session": "s1", "person": "p1", "masked": "+1***1", "since": NOON, "seen_at": NOON}
    await database.write(lambda c: recipients.open_session(c, row))

    async def live(since: datetime, seen: datetime) -> bool:
        return await database.read(lambda c: recipients.session(c, "s1", since=since, seen=seen)) is not None

    assert await live(NOON - HOUR, NOON - HOUR)
    assert not await live(NOON - HOUR, NOON)
    await database.write(lambda c: recipients.touch_session(c, "s1", NOON + HOUR))
    assert await live(NOON - HOUR, NOON)
    assert not await live(NOON, NOON)
    await database.write(lambda c: recipients.close_session(c, "s1"))
    assert not await live(NOON - HOUR, NOON - HOUR)


# --- who has to do with a person --------------------------------------------------------------------------------------


async def test_what_came_is_grouped_by_account_sender_purpose_and_end_user(filled: Database) -> None:
    await sent(filled, 1, at=NOON - HOUR)
    await sent(filled, 2)
    await sent(filled, 3, end_user="shop-1", at=NOON - 3 * HOUR)
    await sent(filled, 4, account=OTHER, sender="BeeShop", at=NOON - 2 * HOUR)
    await sent(filled, 5, person="p2")
    await sent(filled, 6, at=NOON - 2 * DAY)
    found, also = await writers(filled)
    assert [(r.account, r.sender, r.end_user, r.number, r.first, r.last) for r in found] == [
        (ACCOUNT, SENDER, None, 2, NOON - HOUR, NOON),
        (OTHER, "BeeShop", None, 1, NOON - 2 * HOUR, NOON - 2 * HOUR),
        (ACCOUNT, SENDER, "shop-1", 1, NOON - 3 * HOUR, NOON - 3 * HOUR),
    ]
    assert also == []


async def test_who_says_that_they_may_write_is_found_though_nothing_came(filled: Database) -> None:
    given = {"account": OTHER, "person": "p1", "purpose": "marketing", "kind": "written", "given_at": NOON}
    await filled.write(lambda c: consents.give(c, Ledger("p"), [given], NOON))
    assert await writers(filled) == ([], [OTHER])
    assert await writers(filled, since=NOON + HOUR) == ([], [])
    assert await writers(filled, "p2") == ([], [])


async def test_a_number_is_known_by_a_message_a_consent_or_an_opt_out(filled: Database) -> None:
    await sent(filled, 1)
    given = {"account": OTHER, "person": "p2", "purpose": "marketing", "kind": "written", "given_at": NOON}
    await filled.write(lambda c: consents.give(c, Ledger("p"), [given], NOON))
    stopped = {"account": OTHER, "person": "p3", "since": NOON}
    await filled.write(lambda c: consents.opt_out(c, Ledger("p"), [stopped], NOON))
    people = ("p1", "p2", "p3", "p4")
    known = await filled.survey(lambda c: [recipients.is_known(c, person) for person in people])
    assert known == [True, True, True, False]


async def test_the_messages_of_a_line_are_the_newest_first(filled: Database) -> None:
    for n in range(4):
        await sent(filled, n, at=NOON + n * HOUR)
    await sent(filled, 9, end_user="shop-1", at=NOON + 9 * HOUR)
    line = (ACCOUNT, SENDER, "", "")
    rows = await filled.read(lambda c: recipients.messages(c, "p1", line, NOON, at_most=2))
    assert [row.sent_at for row in rows] == [NOON + 3 * HOUR, NOON + 2 * HOUR]


async def test_brands_have_a_name_and_a_deactivated_number_another_holder(filled: Database) -> None:
    assert await filled.read(lambda c: recipients.names(c, [ACCOUNT, OTHER])) == {ACCOUNT: "Acme", OTHER: "Bee"}
    await filled.write(lambda c: c.execute(insert(deactivated), {"person": "p1", "at": NOON}))
    assert await filled.read(lambda c: recipients.held_since(c, "p1")) == NOON
    assert await filled.read(lambda c: recipients.held_since(c, "p2")) is None


# --- complaints -------------------------------------------------------------------------------------------------------


def a_complaint(name: str, *, person: str = "p1", receipt: str = "delivered", **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "account": ACCOUNT,
        "complaint": name,
        "kind": "spam-report",
        "sender": SENDER,
        "person": person,
    }
    made |= {"communication": "SM1", "campaign": None, "end_user": None, "source": "recipient", "at": NOON}
    return {**made, "attrs": {"receipt": receipt}, **more}


async def test_a_person_sees_their_own_complaints_only_and_they_are_counted(database: Database) -> None:
    rows = [
        a_complaint("CO1"),
        a_complaint("CO2", at=NOON + HOUR, receipt="unconfirmed"),
        a_complaint("CO3", person="p2", receipt="unconfirmed"),
        a_complaint("CO4", source="T-Mobile"),
    ]
    await each(database, reports.record_complaint, rows)
    mine = await database.read(lambda c: recipients.complaints_by(c, "p1", NOON, at_most=9))
    assert [row.complaint for row in mine] == ["CO2", "CO1"]
    assert await database.read(lambda c: recipients.complained_since(c, "p1", NOON)) == 1
    assert await database.read(lambda c: recipients.unconfirmed(c, ACCOUNT, NOON - HOUR)) == 2
    assert await database.read(lambda c: recipients.unconfirmed(c, OTHER, NOON - HOUR)) == 0


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ({}, {"block"}),
        ({"scope": "account", "target": ACCOUNT}, {"block"}),
        ({"scope": "end_user", "target": "shop-1"}, set()),
        ({"target": "+14155550999"}, set()),
        ({"since": NOON - HOUR}, set()),
        ({"silent": "request"}, set()),
        ({"acts_from": None}, set()),
        ({"undone_at": NOON + HOUR}, set()),
        ({"account": OTHER}, set()),
    ],
)
async def test_only_what_acts_on_what_was_complained_of_is_told(
    sqlite_database: Database, step: dict[str, Any], told: set[str]
) -> None:
    row: dict[str, Any] = {
        "account": ACCOUNT,
        "step_id": "ST1",
        "scope": "number",
        "target": SENDER,
        "step": "block",
        "silent": "",
    }
    row |= {"since": NOON, "acts_from": NOON, "undone_at": None}
    await sqlite_database.write(lambda c: standing.add(c, row | step))
    await sqlite_database.write(lambda c: reports.record_complaint(c, a_complaint("CO1")))
    (complaint,) = await sqlite_database.read(lambda c: recipients.complaints_by(c, "p1", NOON, at_most=9))
    found = await sqlite_database.read(lambda c: recipients.steps_since(c, complaint, ACCOUNT, NOON + DAY))
    assert found == told
