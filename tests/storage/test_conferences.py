"""Conferences on record, on both engines."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import insert

from masstransit.storage import conferences
from masstransit.storage.conferences import Filters
from masstransit.storage.engine import Database
from masstransit.storage.paging import Slice
from masstransit.storage.tables import processes
from tests.makers import ACCOUNT, NOON

MINUTE = timedelta(minutes=1)


def sid(number: int) -> str:
    return f"CF{number:032x}"


async def put(database: Database, number: int, name: str = "Daily", process: str = "p1") -> None:
    at = NOON + number * MINUTE
    row = {"account": ACCOUNT, "sid": sid(number), "name": name, "process": process}
    await database.write(partial(conferences.add, row=row | {"created_at": at, "updated_at": at}))


async def found(database: Database, number: int) -> Any:
    row = await database.read(lambda c: conferences.find(c, ACCOUNT, sid(number)))
    assert row is not None
    return row


async def test_one_that_is_over_stays_as_it_was(database: Database) -> None:
    await put(database, 1)
    assert (await found(database, 1)).status == "init"
    steps: list[dict[str, Any]] = [
        {"status": "in-progress", "begun_at": NOON},
        {"status": "completed", "ended_at": NOON, "reason": "last-participant-left"},
        {"status": "in-progress"},
    ]
    for number, step in enumerate(steps, 5):
        later = NOON + number * MINUTE
        await database.write(partial(conferences.mark, account=ACCOUNT, sid=sid(1), at=later, **step))
    row = await found(database, 1)
    assert (row.status, row.reason, row.updated_at) == ("completed", "last-participant-left", NOON + 6 * MINUTE)
    assert await database.read(lambda c: conferences.find(c, "AC" + "9" * 32, sid(1))) is None


async def test_they_are_listed_the_newest_first_by_name_status_and_time(database: Database) -> None:
    for number, name in enumerate(("Daily", "Weekly", "Daily")):
        await put(database, number, name)

    async def listed(**filters: Any) -> list[str]:
        part = Slice(size=9)
        sheet = await database.read(lambda c: conferences.page(c, ACCOUNT, Filters(**filters), part))
        return [row.sid for row in sheet.rows]

    assert await listed() == [sid(2), sid(1), sid(0)]
    assert await listed(name="Daily") == [sid(2), sid(0)]
    assert await listed(status="completed") == []
    assert await listed(created_from=NOON + MINUTE, created_before=NOON + 2 * MINUTE) == [sid(1)]
    assert await listed(updated_before=NOON + MINUTE) == [sid(0)]
    assert await listed(updated_from=NOON + 2 * MINUTE) == [sid(2)]


async def test_those_of_a_process_that_is_gone_are_over(database: Database) -> None:
    await database.write(
        lambda c: c.execute(insert(processes), [{"process": p, "started_at": NOON, "seen_at": NOON} for p in "ab"])
    )
    for number, process in enumerate(("a", "b", "gone")):
        await put(database, number, process=process)
    ended = partial(conferences.end_orphans, process="a", at=NOON, reason="last-participant-left")
    assert await database.write(partial(ended, at_start=False)) == 1
    assert [(await found(database, n)).status for n in range(3)] == ["init", "init", "completed"]
    assert await database.write(partial(ended, at_start=True)) == 1
    assert [(await found(database, n)).status for n in range(3)] == ["completed", "init", "completed"]
