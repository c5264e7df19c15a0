"""What is past its class goes; what a law, an order or a STOP keeps stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select, update

from masstransit.ledger import verify
from masstransit.model.communication import ShortLink
from masstransit.storage import retention
from masstransit.storage import tables as t
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.makers import ACCOUNT, NOON
from tests.storage.test_redaction import LEDGER, OTHER, carried

YEARS = timedelta(days=366)


def old(connection: Connection) -> None:
    """A house with one of everything, all at noon."""
    link = ShortLink(domain="go.example.com", code="0", target="https://example.com/")
    carried(connection, media=("https://example.com/cat.png",), short_links=(link,))
    carried(connection, "SM" + "9" * 32, account=OTHER, media=("https://example.com/cat.png",) * 2)
    for account in (ACCOUNT, OTHER):
        row: dict[str, Any] = {"account": account, "token_sealed": b"", "created_at": NOON, "updated_at": NOON}
        connection.execute(insert(t.accounts), row)
        LEDGER.record(connection, account, "opt-out", "p", {"said": "STOP"}, NOON)
        LEDGER.record(connection, account, "standing", "ST1", {"step": "warn"}, NOON)
        LEDGER.record(connection, account, "consent", "p", {"purpose": "marketing"}, NOON)
        connection.execute(insert(t.opt_outs).values(account=account, person="p", since=NOON, restored_at=NOON))
        connection.execute(insert(t.consents).values(account=account, person="p", purpose="marketing", given_at=NOON))
        text = {"account": account, "digest": "d", "at": NOON}
        connection.execute(insert(t.acceptances), text)
        connection.execute(insert(t.end_users).values(account=account, end_user="shop", first_seen_at=NOON))
        asked = {"account": account, "person": "p", "answer": "no", "consent_date": NOON, "asked_at": NOON}
        connection.execute(insert(t.reassigned), asked)
    connection.execute(insert(t.carrier_ids).values(trunk="a", carrier_id="1", at=NOON, account=ACCOUNT, sid="SM1"))


def count(table: Any) -> Any:
    return lambda c: c.execute(select(func.count()).select_from(table)).scalar_one()


async def swept(database: Database, at: datetime) -> dict[str, int]:
    return dict(await retention.sweep_all(database, LEDGER, at, batch=1))


async def test_nothing_goes_before_its_time(database: Database) -> None:
    await database.write(old)
    assert await swept(database, NOON + timedelta(days=29)) == {}
    assert await swept(database, NOON + 4.9 * YEARS) == {"carrier's name for a message": 1}


async def test_what_is_past_its_class_goes_and_the_ledger_says_so(database: Database, keys: Keys) -> None:
    await database.write(old)
    counts = await swept(database, NOON + 5.1 * YEARS)
    assert counts == {
        "carrier's name for a message": 1,
        "message": 2,
        "short link": 1,
        "medium of a message": 3,
        "decision": 2,
        "event": 2,
        "answer about a reassigned number": 2,
    }
    report = await database.read(lambda c: verify(c, keys.public))
    assert report.whole, report.breaks
    assert report.erased == 4
    assert await database.read(count(t.decisions)) == 0
    assert await swept(database, NOON + 5.1 * YEARS) == {}


async def test_an_opt_out_is_never_forgotten(database: Database) -> None:
    await database.write(old)
    await database.write(lambda c: c.execute(update(t.accounts).values(status="closed")))
    await swept(database, NOON + 60 * YEARS)
    assert await database.read(count(t.opt_outs)) == 2
    kinds = await database.read(lambda c: set(c.execute(select(t.records.c.kind)).scalars()))
    assert kinds == {"opt-out", "erasure"}


async def test_consent_and_acceptance_stay_as_long_as_the_relationship_and_six_years(
    database: Database, keys: Keys
) -> None:
    await database.write(old)
    await swept(database, NOON + 20 * YEARS)
    assert await database.read(count(t.acceptances)) == 2
    assert await database.read(count(t.consents)) == 2
    end = {"status": "closed", "updated_at": NOON + 20 * YEARS}
    await database.write(lambda c: c.execute(update(t.accounts).where(t.accounts.c.account == OTHER).values(end)))
    assert await swept(database, NOON + 25.9 * YEARS) == {}
    counts = await swept(database, NOON + 26.1 * YEARS)
    assert counts == {"acceptance": 1, "end user": 1, "event of a relationship": 1}
    report = await database.read(lambda c: verify(c, keys.public))
    assert report.whole, report.breaks


@pytest.mark.parametrize("of", [ACCOUNT, "AC" + "3" * 32])
async def test_an_account_on_legal_hold_keeps_everything(database: Database, keys: Keys, of: str) -> None:
    """The order names the account itself, or the one whose subaccount it is."""
    await database.write(old)

    def order(connection: Connection) -> None:
        connection.execute(update(t.accounts).where(t.accounts.c.account == ACCOUNT).values(parent="AC" + "3" * 32))
        row = {"account": of, "order": "O1", "scope": "account", "target": of, "since": NOON}
        connection.execute(insert(t.authority_orders), row)

    await database.write(order)
    counts = await swept(database, NOON + 5.1 * YEARS)
    gone = {"message": 1, "decision": 1, "event": 1, "answer about a reassigned number": 1}
    assert counts == gone | {"medium of a message": 2}
    left = await database.read(lambda c: list(c.execute(select(t.decisions.c.account)).scalars()))
    assert left == [ACCOUNT]
    assert (await database.read(lambda c: verify(c, keys.public))).whole
    until = NOON + 6 * YEARS
    await database.write(lambda c: c.execute(update(t.authority_orders).values(until=until)))
    later = await swept(database, NOON + 6.1 * YEARS)
    assert later == gone | {"short link": 1, "medium of a message": 1, "carrier's name for a message": 1}
    assert (await database.read(lambda c: verify(c, keys.public))).whole


async def test_what_still_waits_is_not_erased(database: Database) -> None:
    def waiting(connection: Connection) -> None:
        carried(connection, status="queued")
        row = {"account": ACCOUNT, "sid": "SM" + "0" * 32, "ready_at": NOON, "decided_at": NOON}
        connection.execute(insert(t.queue), row)

    await database.write(waiting)
    assert "message" not in await swept(database, NOON + 5.1 * YEARS)


def test_every_class_names_its_source() -> None:
    assert all(each.source for each in retention.CLASSES)
    assert len({each.name for each in retention.CLASSES}) == len(retention.CLASSES)


async def test_what_was_told_and_decided_appeals_go_after_five_years_and_an_open_appeal_waits(
    database: Database, keys: Keys
) -> None:
    appeal = {"account": ACCOUNT, "about": "ST1", "text": "x", "evidence": [], "filed_at": NOON, "due_at": NOON}
    ended = {"outcome": "upheld", "decided_at": NOON, "decided_by": "Ada", "because": "x"}

    def keep(connection: Connection) -> None:
        connection.execute(insert(t.statements).values(account=ACCOUNT, sid="NT1", at=NOON, what="warn", said={}))
        connection.execute(insert(t.appeals).values(**appeal, **ended, sid="AL1"))
        connection.execute(insert(t.appeals).values(**appeal, sid="AL2"))
        snooze = {"account": ACCOUNT, "snooze": "SZ1", "rule": "6.8", "since": NOON, "until": NOON}
        connection.execute(insert(t.snoozes).values(**snooze))

    await database.write(keep)
    assert await swept(database, NOON + 4.9 * YEARS) == {}
    assert await swept(database, NOON + 5.1 * YEARS) == {"notice of a step": 1, "appeal": 1, "snooze": 1}
    assert await database.read(lambda c: c.execute(select(t.appeals.c.sid)).scalars().all()) == ["AL2"]
    assert (await database.read(lambda c: verify(c, keys.public))).whole


def a_case(account: str, sid: str, **more: Any) -> dict[str, Any]:
    row = {"account": account, "sid": sid, "kind": "traceback", "about": "a way", "due_at": NOON, "opened_at": NOON}
    return row | {"details": {}, "deadlines": [], "closed_at": None, "holds": False, "holds_until": None} | more


async def test_a_closed_case_goes_with_its_entries_after_ten_years_and_one_that_holds_or_is_open_stays(
    database: Database,
) -> None:
    def keep(connection: Connection) -> None:
        rows = [
            a_case("", "CS1", closed_at=NOON),
            a_case(OTHER, "CS2"),
            a_case(ACCOUNT, "CS3", closed_at=NOON, holds=True),
        ]
        connection.execute(insert(t.cases), rows)
        for row in rows:
            entry = {"account": row["account"], "sid": row["sid"], "seq": 1, "at": NOON, "data": {}}
            connection.execute(insert(t.case_events), entry)

    await database.write(keep)
    assert await swept(database, NOON + 10 * YEARS) == {}
    assert await swept(database, NOON + 10 * YEARS + timedelta(days=1)) == {"case": 1, "entry of a case": 1}
    left = await database.read(lambda c: list(c.execute(select(t.case_events.c.sid)).scalars()))
    assert sorted(left) == ["CS2", "CS3"]


async def test_a_case_that_holds_spares_its_account_and_the_subaccounts_until_its_time(database: Database) -> None:
    row: dict[str, Any] = {"token_sealed": b"", "created_at": NOON, "updated_at": NOON}

    def keep(connection: Connection) -> None:
        accounts = [row | {"account": ACCOUNT, "parent": None}, row | {"account": OTHER, "parent": ACCOUNT}]
        connection.execute(insert(t.accounts), accounts)
        until = NOON + timedelta(days=90)
        connection.execute(insert(t.cases), a_case(ACCOUNT, "CS1", holds=True, holds_until=until))

    await database.write(keep)
    for days, spared in ((0, {ACCOUNT, OTHER}), (89, {ACCOUNT, OTHER}), (90, set())):
        at = NOON + timedelta(days=days)
        assert await database.read(lambda c, at=at: retention.held(c, at)) == spared  # type: ignore[misc]


async def test_calls_to_customers_servers_are_kept_for_seven_days(database: Database) -> None:
    row = {"account": ACCOUNT, "attempt": "WA1", "at": NOON, "notice": "NT1", "url": "https://a.example/", "took": 1}
    await database.write(lambda c: c.execute(insert(t.webhook_attempts), row))
    assert await swept(database, NOON + timedelta(days=6.9)) == {}
    assert await swept(database, NOON + timedelta(days=7.1)) == {"call to a customer's server": 1}


async def test_contacts_go_half_a_year_after_their_account_and_what_was_mailed_after_five_years(
    database: Database,
) -> None:
    contact = {"contact": "CT1", "address": "ada@n.example", "uses": ["notices"], "place": 1}
    mail = {"mail": "ML1", "statement": "NT1", "contact": "CT1", "address": "ada@n.example", "at": NOON}

    def add(connection: Connection) -> None:
        for account, status in ((ACCOUNT, "closed"), (OTHER, "active")):
            row = {"account": account, "token_sealed": b"", "created_at": NOON, "updated_at": NOON, "status": status}
            connection.execute(insert(t.accounts), row)
            kept = contact | {"account": account, "created_at": NOON, "updated_at": NOON}
            connection.execute(insert(t.account_contacts), kept)
            connection.execute(insert(t.mails), mail | {"account": account})

    await database.write(add)
    assert await swept(database, NOON + timedelta(days=183)) == {}
    assert await swept(database, NOON + timedelta(days=185)) == {"contact of a customer": 1}
    left = await database.read(lambda c: c.execute(select(t.account_contacts.c.account)).scalars().all())
    assert left == [OTHER]
    assert await swept(database, NOON + 5.1 * YEARS) == {"mail with a notice": 2}


def chats(connection: Connection) -> None:
    """Two accounts, each with a closed conversation, an open one and a deleted one's remains, all at noon."""
    at = {"created_at": NOON, "updated_at": NOON}
    for account in (ACCOUNT, OTHER):
        own = {"account": account, **at}
        connection.execute(insert(t.accounts), own | {"token_sealed": b""})
        rooms = [own | {"sid": "CH1", "state": "closed"}, own | {"sid": "CH2", "state": "active"}]
        connection.execute(insert(t.conversations), rooms)
        said = {"place": 0, "sid": "IM1", "author": "ada"}
        connection.execute(insert(t.chat_messages), own | said | {"conversation": "CH1"})
        people = (("CH1", "in", ""), ("CH2", "in", ""), ("CH2", "out", "left"), ("CH2", "out", "removed"))
        rows = [
            own | {"conversation": room, "sid": f"MB{n}", "name": "ada", "state": state, "gone": gone}
            for n, (room, state, gone) in enumerate(people)
        ]
        connection.execute(insert(t.chat_participants), rows)
        hooks = [own | {"conversation": room, "sid": f"WH{n}"} for n, room in enumerate(("", "CH1", "CH2"))]
        connection.execute(insert(t.chat_webhooks), hooks)
        connection.execute(insert(t.chat_users), own | {"identity": "ada", "sid": f"US-{account}"})
        connection.execute(insert(t.chat_blocks).values(account=account, person="ada", blocked="ben", since=NOON))


async def test_a_closed_conversation_goes_after_what_was_said_in_it_and_an_open_one_stays(database: Database) -> None:
    await database.write(chats)
    assert await swept(database, NOON + 4.9 * YEARS) == {}
    assert await swept(database, NOON + 5.1 * YEARS) == {
        "place of a message in its conversation": 2,
        "conversation": 2,
        "participant of a conversation": 4,
        "webhook of a conversation": 2,
    }
    left = await database.read(lambda c: c.execute(select(t.chat_participants.c.gone)).scalars().all())
    assert sorted(left) == ["", "", "left", "left"]
    assert await swept(database, NOON + 30 * YEARS) == {}


async def test_people_in_chats_and_their_blocks_stay_as_long_as_the_relationship_and_six_years(
    database: Database,
) -> None:
    await database.write(chats)
    await swept(database, NOON + 20 * YEARS)
    end = {"status": "closed", "updated_at": NOON + 20 * YEARS}
    await database.write(lambda c: c.execute(update(t.accounts).where(t.accounts.c.account == OTHER).values(end)))
    await swept(database, NOON + 25.9 * YEARS)
    assert await swept(database, NOON + 26.1 * YEARS) == {
        "person of a customer in chats": 1,
        "block between people in chats": 1,
    }
    assert await database.read(lambda c: c.execute(select(t.chat_blocks.c.account)).scalars().all()) == [ACCOUNT]
    rooms = await database.read(lambda c: c.execute(select(t.conversations.c.account)).scalars().all())
    assert rooms == [ACCOUNT]
