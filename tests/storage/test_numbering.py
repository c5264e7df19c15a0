"""Blocks of the numbering plans, on both engines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from masstransit.storage import numbering
from masstransit.storage.engine import Database
from tests.makers import NOON

YESTERDAY = NOON - timedelta(days=1)


async def put(database: Database, *rows: dict[str, Any]) -> None:
    await database.write(lambda c: numbering.allocations_put(c, rows, NOON))


async def on_record(database: Database, *prefixes: str) -> dict[str, tuple[str, Any]]:
    rows = await database.read(lambda c: numbering.blocks(c, prefixes))
    return {row.prefix: (row.status, row.as_of) for row in rows}


async def test_a_block_is_kept_with_its_day(database: Database) -> None:
    await put(
        database,
        {"prefix": "+1212555", "status": "unallocated", "as_of": YESTERDAY},
        {"prefix": "+1212556", "status": "allocated"},
    )
    assert await on_record(database, "+1212555", "+1212556", "+1212557") == {
        "+1212555": ("unallocated", YESTERDAY),
        "+1212556": ("allocated", NOON),
    }


async def test_of_two_days_the_later_stays_in_whichever_order_they_come(database: Database) -> None:
    await put(database, {"prefix": "+1212555", "status": "allocated", "as_of": NOON})
    await put(database, {"prefix": "+1212555", "status": "unallocated", "as_of": YESTERDAY})
    assert await on_record(database, "+1212555") == {"+1212555": ("allocated", NOON)}
    later = NOON + timedelta(days=1)
    await put(database, {"prefix": "+1212555", "status": "unallocated", "as_of": later})
    assert await on_record(database, "+1212555") == {"+1212555": ("unallocated", later)}


async def test_it_knows_how_long_its_blocks_are(database: Database) -> None:
    assert await database.read(numbering.block_lengths) == ()
    await put(
        database,
        {"prefix": "+1212555", "status": "allocated"},
        {"prefix": "+12125551", "status": "unallocated"},
        {"prefix": "+1212556", "status": "allocated"},
    )
    assert await database.read(numbering.block_lengths) == (9, 8)


async def test_no_rows_are_no_work(database: Database) -> None:
    await put(database)
    assert await on_record(database) == {}
