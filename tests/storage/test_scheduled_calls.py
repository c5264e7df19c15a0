"""Calls that are to be made later, on both engines."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from masstransit.storage import calls, retention, scheduled_calls
from masstransit.storage.calls import Filters
from masstransit.storage.engine import Database
from masstransit.storage.paging import Slice
from masstransit.storage.tables import processes
from tests.makers import ACCOUNT, NOON, RECIPIENT, SENDER, a_call
from tests.storage.test_redaction import LEDGER

HOUR = timedelta(hours=1)


def sid(number: int) -> str:
    return f"CA{number:032x}"


async def put(database: Database, number: int, **more: Any) -> None:
    """The n-th was asked for n minutes after noon, for an hour later."""
    at = NOON + timedelta(minutes=number)
    row = {"account": ACCOUNT, "sid": sid(number), "sender": SENDER, "recipient": RECIPIENT, "created_at": at}
    await database.write(lambda c: scheduled_calls.add(c, row | {"due_at": at + HOUR, "plan": {"to": "do"}} | more))


async def claim(database: Database, at: datetime, process: str = "p1") -> list[str]:
    return [row.sid for row in await database.write(lambda c: scheduled_calls.claim(c, process, at, 10))]


async def found(database: Database, number: int) -> Any:
    return await database.read(lambda c: scheduled_calls.fetch(c, ACCOUNT, sid(number)))


async def test_what_is_due_is_claimed_once_the_oldest_first(database: Database) -> None:
    for number in (2, 0, 1):
        await put(database, number)
    assert await database.read(scheduled_calls.next_at) == NOON + HOUR
    assert await claim(database, NOON + HOUR - timedelta(seconds=1)) == []
    assert await claim(database, NOON + HOUR + timedelta(minutes=1)) == [sid(0), sid(1)]
    assert await claim(database, NOON + 2 * HOUR, "p2") == [sid(2)]
    assert await database.read(scheduled_calls.next_at) is None


async def test_what_a_process_had_claimed_is_free_when_it_is_gone(database: Database) -> None:
    row = {"process": "p2", "started_at": NOON, "seen_at": NOON}
    await database.write(lambda c: c.execute(insert(processes).values(row)))
    for number, process in enumerate(("p1", "p2", "gone")):
        await put(database, number)
        await claim(database, NOON + 2 * HOUR, process)
    await database.write(lambda c: scheduled_calls.release(c, "p1", NOON + 2 * HOUR))
    assert await claim(database, NOON + 2 * HOUR) == [sid(0)]  # the last may be of a process that has just begun
    await database.write(lambda c: scheduled_calls.release(c, "p1", NOON + 3 * HOUR))
    assert await claim(database, NOON + 2 * HOUR) == [sid(0), sid(2)]


async def test_one_that_is_put_back_is_looked_at_later(database: Database) -> None:
    await put(database, 0)
    await claim(database, NOON + HOUR)
    later = NOON + HOUR + timedelta(seconds=10)
    await database.write(lambda c: scheduled_calls.put_back(c, ACCOUNT, sid(0), later))
    assert await claim(database, NOON + HOUR) == []
    assert await claim(database, later) == [sid(0)]


async def test_only_one_that_waits_is_changed_or_taken_back(database: Database) -> None:
    await put(database, 0)
    assert await database.write(lambda c: scheduled_calls.change(c, ACCOUNT, sid(0), {"other": 1}, NOON + HOUR))
    row = await found(database, 0)
    assert (row.plan, row.updated_at) == ({"other": 1}, NOON + HOUR)
    await claim(database, NOON + HOUR)
    assert not await database.write(lambda c: scheduled_calls.change(c, ACCOUNT, sid(0), {}, NOON))
    assert not await database.write(lambda c: scheduled_calls.take_back(c, ACCOUNT, sid(0), NOON))
    await put(database, 1)
    assert await database.write(lambda c: scheduled_calls.take_back(c, ACCOUNT, sid(1), NOON + HOUR))
    row = await found(database, 1)
    assert (row.status, row.plan, row.ended_at) == ("canceled", {}, NOON + HOUR)
    assert not await database.write(lambda c: scheduled_calls.take_back(c, ACCOUNT, sid(1), NOON))


async def test_one_that_failed_or_was_made_is_not_made_again(database: Database) -> None:
    for number in range(3):
        await put(database, number)
    await claim(database, NOON + HOUR)
    await database.write(lambda c: scheduled_calls.fail(c, ACCOUNT, sid(0), NOON + HOUR))
    await database.write(lambda c: scheduled_calls.made(c, ACCOUNT, sid(1)))
    assert await claim(database, NOON + 2 * HOUR) == [sid(2)]
    assert (await found(database, 0)).status == "failed"
    assert await found(database, 1) is None


@pytest.mark.parametrize(("status", "shown"), [("queued", False), ("refused", True)])
async def test_one_that_was_let_out_is_shown_as_a_call_and_one_that_was_not_stays(
    database: Database, status: str, shown: bool
) -> None:
    await put(database, 0)
    row = calls.offered(a_call(id=sid(0)), person="", status=status, decision="", brief="")
    await database.write(lambda c: calls.add(c, [row]))
    assert (await found(database, 0) is not None) is shown


async def test_they_are_listed_by_what_they_are_and_taken_off(database: Database) -> None:
    for number in range(3):
        await put(database, number)
    await database.write(lambda c: scheduled_calls.take_back(c, ACCOUNT, sid(1), NOON))

    async def listed(**filters: Any) -> list[str]:
        told = Filters(**filters)
        sheet = await database.read(lambda c: scheduled_calls.page(c, ACCOUNT, told, Slice()))
        return [row.sid for row in sheet.rows]

    assert await listed() == [sid(2), sid(1), sid(0)]
    assert await listed(status="scheduled", to=RECIPIENT, sender=SENDER) == [sid(2), sid(0)]
    assert await listed(sender=RECIPIENT) == await listed(started_from=NOON) == await listed(parent=sid(0)) == []
    await database.write(lambda c: scheduled_calls.take_off(c, ACCOUNT, sid(1)))
    assert await listed(status="canceled") == []


async def test_one_that_is_over_is_kept_as_a_call_is_and_one_that_waits_stays(database: Database) -> None:
    await put(database, 0)
    await put(database, 1)
    await database.write(lambda c: scheduled_calls.take_back(c, ACCOUNT, sid(1), NOON))
    years = timedelta(days=366)
    assert await retention.sweep_all(database, LEDGER, NOON + 4.9 * years) == {}
    counts = await retention.sweep_all(database, LEDGER, NOON + 5.1 * years)
    assert counts == {"call that was to be made later": 1}
    assert await found(database, 0) is not None
