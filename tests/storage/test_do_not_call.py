"""A registry's list is loaded beside the one in force and takes its place as a whole, on both engines."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import event

from masstransit.ledger import Ledger
from masstransit.storage import do_not_call
from masstransit.storage.engine import Database
from masstransit.storage.tables import do_not_call as table
from masstransit.storage.tables import records
from tests.makers import NOON

LEDGER = Ledger("test")
LATER = NOON + timedelta(days=30)
US = "us-national"


async def add(database: Database, at: datetime, *persons: str, registry: str = US) -> None:
    await database.write(lambda c: do_not_call.add(c, registry, at, persons))


async def put_in_force(database: Database, at: datetime, registry: str = US) -> bool:
    return await database.write(lambda c: do_not_call.put_in_force(c, LEDGER, registry, "US", at))


async def listed(database: Database, *persons: str) -> list[tuple[str, str]]:
    found = await database.read(lambda c: do_not_call.listed(c, [US, "us-tx", "gb-tps"], persons))
    return sorted((row.registry, row.person) for row in found)


async def test_a_list_counts_once_it_is_in_force_and_takes_the_place_of_the_one_before(database: Database) -> None:
    await add(database, NOON, "p1", "p2")
    assert await listed(database, "p1", "p2") == []
    assert await put_in_force(database, NOON)
    await add(database, LATER, "p2", "p3")
    await add(database, LATER, "p3")
    assert await listed(database, "p1", "p2", "p3") == [(US, "p1"), (US, "p2")]
    assert await put_in_force(database, LATER)
    assert await listed(database, "p1", "p2", "p3") == [(US, "p2"), (US, "p3")]
    (registry,) = await database.read(do_not_call.registries_all)
    assert (registry.region, registry.loaded_at) == ("US", LATER)


async def test_another_registry_is_another_list(database: Database) -> None:
    await add(database, NOON, "p1")
    await add(database, NOON, "p1", "p2", registry="us-tx")
    await put_in_force(database, NOON)
    await put_in_force(database, NOON, "us-tx")
    assert await listed(database, "p1", "p2") == [(US, "p1"), ("us-tx", "p1"), ("us-tx", "p2")]


async def test_of_two_loads_the_one_that_began_later_stays(database: Database) -> None:
    await add(database, NOON, "p1")
    await add(database, LATER, "p2")
    assert await put_in_force(database, LATER)
    assert not await put_in_force(database, NOON)
    assert await listed(database, "p1", "p2") == [(US, "p2")]


async def test_what_earlier_loads_left_is_cleared_out_piece_by_piece(database: Database) -> None:
    await add(database, NOON - timedelta(days=1), "lost", "in", "a", "crash")
    await add(database, NOON, *(f"p{n}" for n in range(5)))
    await put_in_force(database, NOON)
    await add(database, LATER, "begun", "later")
    left = []
    while await database.write(partial(do_not_call.clear_out, registry=US, most=3)):
        left.append(await database.read(lambda c: len(c.execute(table.select()).all())))
    assert left == [8, 7]
    assert await listed(database, "p0", "p4", "lost") == [(US, "p0"), (US, "p4")]
    await put_in_force(database, LATER)
    assert await listed(database, "later", "p0") == [(US, "later")]


async def test_the_ledger_says_when_a_list_was_loaded_and_how_many_it_names(database: Database) -> None:
    await add(database, NOON, "p1", "p2", "p2")
    await put_in_force(database, NOON)
    (kept,) = await database.read(lambda c: c.execute(records.select()).all())
    assert (kept.kind, '"persons":2' in kept.record) == ("do-not-call", True)


async def test_a_look_at_a_list_reads_only_the_persons_that_are_asked_about(sqlite_database: Database) -> None:
    """A list has millions of rows: a walk along it for every batch would stop the house."""
    asked: list[tuple[str, Any]] = []
    event.listen(sqlite_database.engine, "before_cursor_execute", lambda *said: asked.append((said[2], said[3])))
    await listed(sqlite_database, "p1", "p2")
    statement, values = asked[-1]
    plan = await sqlite_database.read(lambda c: c.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all())
    steps = [row[-1] for row in plan]
    assert "SEARCH do_not_call USING PRIMARY KEY (registry=? AND listed_at=? AND person=?)" in steps
