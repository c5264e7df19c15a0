"""Housekeeping goes on: what could not be done while the database was gone is done the next time."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from masstransit.carriage import housekeeping
from masstransit.clock import HandClock
from masstransit.errors import StorageUnavailable
from masstransit.storage.engine import Database
from tests.carriage.house import until
from tests.makers import NOON


async def test_work_is_done_again_and_again_also_after_the_database_was_gone(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, done, write, tries = HandClock(NOON), [], sqlite_database.write, []

    async def gone_at_first(change: Any) -> Any:
        tries.append(clock.now())
        if len(tries) == 1:
            raise StorageUnavailable("gone")
        return await write(change)

    monkeypatch.setattr(sqlite_database, "write", gone_at_first)
    task = asyncio.create_task(
        housekeeping.every(60.0, sqlite_database, "work", lambda _: done.append(clock.now()), clock)
    )
    for expected in (1, 2, 3):
        await until(lambda: clock.sleepers == 1)
        await clock.move(timedelta(seconds=60))
        await until(lambda expected=expected: len(tries) == expected)  # type: ignore[misc]
    await until(lambda: len(done) == 2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert done == [NOON + timedelta(minutes=2), NOON + timedelta(minutes=3)]
