"""What was stopped for fraud is read off the record: by end user, and only what clause 10 stopped."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from masstransit.clock import HandClock
from masstransit.facts.stopped import FraudRecord, StoppedForFraud
from masstransit.model.communication import Moment
from masstransit.model.decision import Decision, Finding, Mode, Verdict
from masstransit.storage import decisions, stopped, tables
from masstransit.storage.engine import Database
from tests.makers import ACCOUNT, NOON, SENDER, a_knock, an_sms

HOUR = timedelta(hours=1)


async def message(database: Database, sid: str, **more: Any) -> None:
    row = {"account": ACCOUNT, "sid": sid, "body": "x", "sender": SENDER, "attrs": {}, "created_at": NOON - HOUR}
    row |= {"updated_at": NOON, "end_user": None, "error_code": None} | more
    await database.write(lambda c: c.execute(insert(tables.communications), row))


async def refused(
    database: Database, sid: str, clause: str = "10", mode: Mode = Mode.ENFORCED, account: str = ACCOUNT, **more: Any
) -> None:
    """A message that a clause refused for what it says."""
    finding = Finding(
        clause=clause, rule=f"{clause}.1", verdict=Verdict.REFUSE, reason="", remedy="", code=30007, until=None,
        mode=mode, evidence={},
    )  # fmt: skip
    made = Decision(
        id=f"DE{sid}", subject=sid, account=account, moment=Moment.OFFER, attempt=0, at=NOON - HOUR,
        verdict=Verdict.REFUSE, findings=(finding,), facts={}, revision="plain",
    )  # fmt: skip
    await message(database, sid, error_code=30007, decision=made.id, account=account, **more)
    await database.write(lambda c: decisions.add(c, [(made, decisions.record(made), b"salt")]))


async def held(database: Database, sid: str, outcome: str | None = None, clause: str = "10", **more: Any) -> None:
    await message(database, sid, **more)
    row = {"account": ACCOUNT, "sid": sid, "since": NOON - HOUR, "until": NOON, "clause": clause, "reason": "r"}
    row |= {"rule": f"{clause}.1", "outcome": outcome, "decided_by": None}
    await database.write(lambda c: c.execute(insert(tables.holds), row))


@pytest.fixture
def record(sqlite_database: Database) -> FraudRecord:
    return FraudRecord(sqlite_database, HandClock(NOON))


async def of(record: FraudRecord, **more: Any) -> int:
    (found,) = await record.learn([an_sms(**more)])
    return found.messages_24h


async def test_what_clause_10_refused_or_holds_counts(sqlite_database: Database, record: FraudRecord) -> None:
    await refused(sqlite_database, "SM1")
    await held(sqlite_database, "SM2")
    await held(sqlite_database, "SM3", outcome="expired")
    assert await of(record) == 3


async def test_what_another_clause_stopped_a_person_let_go_or_is_in_shadow_does_not(
    sqlite_database: Database, record: FraudRecord
) -> None:
    await refused(sqlite_database, "SM1", clause="6")
    await refused(sqlite_database, "SM2", mode=Mode.SHADOW)
    await held(sqlite_database, "SM3", outcome="released")
    await held(sqlite_database, "SM4", clause="16")
    await message(sqlite_database, "SM5")
    assert await of(record) == 0


async def test_what_was_stopped_yesterday_does_not(sqlite_database: Database, record: FraudRecord) -> None:
    await refused(sqlite_database, "SM1", created_at=NOON - timedelta(hours=25))
    assert await of(record) == 0


async def test_an_end_user_answers_for_its_own_and_the_account_for_all(
    sqlite_database: Database, record: FraudRecord
) -> None:
    await refused(sqlite_database, "SM1", end_user="Bad")
    await held(sqlite_database, "SM2", end_user="Bad")
    await held(sqlite_database, "SM3")
    assert [await of(record, end_user=name) for name in ("Bad", "Good")] == [2, 0]
    assert await of(record) == 3


async def test_it_is_told_again_after_two_seconds(sqlite_database: Database) -> None:
    clock = HandClock(NOON)
    record = FraudRecord(sqlite_database, clock)
    assert await of(record) == 0
    await refused(sqlite_database, "SM1")
    assert await of(record) == 0
    await clock.move(timedelta(seconds=2))
    assert await of(record) == 1


async def test_nobody_at_the_door_sent_anything(sqlite_database: Database, record: FraudRecord) -> None:
    await refused(sqlite_database, "SM1")
    assert await record.learn([a_knock()]) == [StoppedForFraud()]


async def test_of_each_account_the_newest_are_looked_at_so_that_a_busy_one_hides_nobody(
    sqlite_database: Database,
) -> None:
    for number in range(3):
        await refused(sqlite_database, f"SM{number}", account="ACbusy", created_at=NOON)
    await refused(sqlite_database, "SM9")
    found = await sqlite_database.read(
        lambda c: stopped.stopped_by(c, ["ACbusy", ACCOUNT], "10", NOON - 2 * HOUR, at_most=2)
    )
    assert found == {("ACbusy", None): 2, (ACCOUNT, None): 1}
