"""A registry's list takes the place of the one before in one transaction, on both engines."""

from __future__ import annotations

from datetime import datetime, timedelta

from masstransit.ledger import Ledger
from masstransit.storage import do_not_call
from masstransit.storage.engine import Database
from masstransit.storage.number_file import Written
from masstransit.storage.tables import records
from tests.makers import NOON

LEDGER = Ledger("test")
LATER = NOON + timedelta(days=30)
FIRST, SECOND = Written("1" * 16, 2), Written("2" * 16, 250_000_000)


async def put_in_force(database: Database, at: datetime, written: Written, registry: str = "us-national") -> bool:
    return await database.write(
        lambda c: do_not_call.put_in_force(c, LEDGER, registry, written, region="US", loaded_at=at)
    )


async def in_force(database: Database) -> list[tuple[str, str, int, datetime]]:
    rows = await database.read(do_not_call.registries_all)
    return sorted((row.registry, row.digest, row.numbers, row.loaded_at) for row in rows)


async def test_a_list_takes_the_place_of_the_one_before(database: Database) -> None:
    assert await put_in_force(database, NOON, FIRST)
    assert await in_force(database) == [("us-national", "1" * 16, 2, NOON)]
    assert await put_in_force(database, LATER, SECOND)
    assert await in_force(database) == [("us-national", "2" * 16, 250_000_000, LATER)]


async def test_another_registry_is_another_list(database: Database) -> None:
    await put_in_force(database, NOON, FIRST)
    await put_in_force(database, LATER, FIRST, "us-tx")
    assert await in_force(database) == [("us-national", "1" * 16, 2, NOON), ("us-tx", "1" * 16, 2, LATER)]


async def test_of_two_loads_the_one_that_began_later_stays(database: Database) -> None:
    assert await put_in_force(database, LATER, SECOND)
    assert not await put_in_force(database, NOON, FIRST)
    assert await in_force(database) == [("us-national", "2" * 16, 250_000_000, LATER)]
    assert len(await database.read(lambda c: c.execute(records.select()).all())) == 1


async def test_the_same_file_loaded_again_is_younger(database: Database) -> None:
    await put_in_force(database, NOON, FIRST)
    assert await put_in_force(database, LATER, FIRST)
    assert await in_force(database) == [("us-national", "1" * 16, 2, LATER)]


async def test_the_ledger_says_when_a_list_was_loaded_and_how_many_it_names(database: Database) -> None:
    await put_in_force(database, NOON, FIRST)
    (kept,) = await database.read(lambda c: c.execute(records.select()).all())
    assert (kept.kind, '"numbers":2' in kept.record, '"1111111111111111"' in kept.record) == ("do-not-call", True, True)
