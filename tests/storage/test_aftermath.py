"""What people said after they got messages, on both engines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import insert

from masstransit.storage import reports, tables
from masstransit.storage.aftermath import Aftermath, Got, after
from masstransit.storage.engine import Database
from tests.makers import ACCOUNT, NOON

ROOT = "AC" + "9" * 32
WEEK = timedelta(days=7)
SENT = (Got("SM1", "ann", NOON), Got("SM2", "ben", NOON))


async def said(database: Database, table: Any, **row: Any) -> None:
    await database.write(lambda c: c.execute(insert(table), row))


async def complaint(database: Database, account: str = ACCOUNT, **row: Any) -> None:
    told = {"account": account, "complaint": f"CO{len(row)}{account}", "kind": "spam-report", "at": NOON, **row}
    await database.write(lambda c: reports.record_complaint(c, told))


async def followed(database: Database, *messages: Got) -> Aftermath:
    return await database.read(lambda c: after(c, ACCOUNT, messages or SENT, WEEK))


async def test_nothing_said_is_nothing_and_no_message_asks_nothing(database: Database) -> None:
    assert await followed(database) == Aftermath()
    assert await database.read(lambda c: after(c, ACCOUNT, (), WEEK)) == Aftermath()


async def test_a_complaint_about_a_message_counts_whenever_and_by_whomever_it_is_made(database: Database) -> None:
    await complaint(database, communication="SM1", person=None, at=NOON + timedelta(days=90))
    assert (await followed(database)).complained == {"SM1"}


async def test_a_complaint_of_a_person_counts_within_the_time_afterwards(database: Database) -> None:
    await complaint(database, person="ann", at=NOON - timedelta(seconds=1))
    assert (await followed(database)).complained == set()
    await complaint(database, person="ben", at=NOON + timedelta(days=1), sender="+14155550100")
    assert (await followed(database)).complained == {"SM2"}


async def test_another_accounts_complaints_are_not_about_these(database: Database) -> None:
    await complaint(database, ROOT, person="ann", communication="SM1")
    assert (await followed(database)).complained == set()


async def test_an_opt_out_from_the_root_account_is_one_from_its_subaccounts(database: Database) -> None:
    own = {"account": ACCOUNT, "parent": ROOT, "token_sealed": b"", "created_at": NOON, "updated_at": NOON, "attrs": {}}
    await said(database, tables.accounts, **own)
    await said(database, tables.opt_outs, account=ROOT, person="ann", since=NOON + timedelta(hours=1))
    await said(database, tables.opt_outs, account=ACCOUNT, person="ben", since=NOON + timedelta(hours=1))
    assert await followed(database) == Aftermath(frozenset(), frozenset({"SM1"}))
