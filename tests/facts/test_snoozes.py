"""Snoozes as a fact, on each engine: which rules rest for whom, and how long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from masstransit.clock import HandClock
from masstransit.facts.consent import Roots
from masstransit.facts.snoozes import SnoozeBook, Snoozed
from masstransit.storage import snoozes, tables
from masstransit.storage.engine import Database
from tests.makers import ACCOUNT, NOON, SENDER, a_knock, an_outcome, an_sms

CHILD, OTHER = "AC" + "2" * 32, "AC" + "3" * 32
DAY = timedelta(days=1)
ELSEWHERE = "+14155550199"


@pytest.fixture
async def book(database: Database) -> SnoozeBook:
    row: dict[str, Any] = {"token_sealed": b"", "created_at": NOON, "updated_at": NOON, "attrs": {}}
    family = ((ACCOUNT, None), (CHILD, ACCOUNT), (OTHER, None))
    rows = [row | {"account": account, "parent": parent} for account, parent in family]
    await database.write(lambda c: c.execute(insert(tables.accounts), rows))
    return SnoozeBook(database, HandClock(NOON), Roots())


async def rests(database: Database, rule: str, scope: str, target: str, **more: Any) -> None:
    row = {
        "account": ACCOUNT, "snooze": f"SZ{rule}", "rule": rule, "scope": scope, "target": target, "since": NOON - DAY,
        "until": NOON + DAY, "by": "Ada", "because": "a rehearsal", "ended_at": None, "ended_by": None,
    }  # fmt: skip
    await database.write(lambda c: snoozes.add(c, row | more))


async def test_a_snooze_reaches_its_unit_and_nobody_else(database: Database, book: SnoozeBook) -> None:
    await rests(database, "6.8", "campaign", "QE1")
    await rests(database, "8.3", "end_user", "u1")
    await rests(database, "3.1", "number", SENDER)
    await rests(database, "2.1", "account", ACCOUNT)
    told = await book.learn([
        an_sms(campaign="QE1", sender=ELSEWHERE), an_sms(end_user="u1", sender=ELSEWHERE), an_sms(),
        an_sms(account=OTHER, campaign="QE1"), an_sms(account=CHILD, sender=ELSEWHERE),
        an_outcome(campaign="QE1"), a_knock(account=ACCOUNT),
    ])  # fmt: skip
    assert [sorted(each.rules) for each in told] == [
        ["2.1", "6.8"], ["2.1", "8.3"], ["2.1", "3.1"], [], ["2.1"], ["2.1", "6.8"], ["2.1"],
    ]  # fmt: skip


async def test_what_has_ended_or_has_not_begun_reaches_nobody(database: Database, book: SnoozeBook) -> None:
    await rests(database, "6.1", "campaign", "QE1", until=NOON)
    await rests(database, "6.2", "campaign", "QE1", since=NOON + DAY)
    await rests(database, "6.3", "campaign", "QE1", ended_at=NOON - DAY, ended_by="Bob")
    assert await book.learn([an_sms(campaign="QE1")] * 2) == [Snoozed()] * 2


async def test_accounts_are_looked_up_once_in_two_seconds_and_a_snooze_ends_to_the_second(database: Database) -> None:
    clock = HandClock(NOON)
    book = SnoozeBook(database, clock, Roots())
    assert await book.learn([an_sms(campaign="QE1")]) == [Snoozed()]
    await rests(database, "6.8", "campaign", "QE1", until=NOON + timedelta(seconds=3))
    assert await book.learn([an_sms(campaign="QE1")]) == [Snoozed()]
    await clock.move(timedelta(seconds=2))
    (told,) = await book.learn([an_sms(campaign="QE1")])
    assert [each.snooze for each in told.of] == ["SZ6.8"]
    await clock.move(timedelta(seconds=1))
    assert await book.learn([an_sms(campaign="QE1")]) == [Snoozed()]
