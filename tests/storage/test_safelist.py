"""Who is on the safe list, on both engines."""

from __future__ import annotations

from masstransit.storage import safelist
from masstransit.storage.engine import Database
from tests.makers import ACCOUNT, NOON


async def test_an_entry_keeps_its_sid_until_it_is_taken_off(database: Database) -> None:
    first = await database.write(lambda c: safelist.add(c, ACCOUNT, "p1", NOON))
    assert first.startswith("GN")
    assert await database.write(lambda c: safelist.add(c, ACCOUNT, "p1", NOON)) == first
    assert await database.read(lambda c: safelist.find(c, ACCOUNT, "p1")) == first
    assert await database.write(lambda c: safelist.remove(c, ACCOUNT, "p1"))
    assert not await database.write(lambda c: safelist.remove(c, ACCOUNT, "p1"))
    assert await database.read(lambda c: safelist.find(c, ACCOUNT, "p1")) is None


async def test_a_list_is_its_accounts_own(database: Database) -> None:
    other = "AC" + "2" * 32
    await database.write(lambda c: safelist.add(c, ACCOUNT, "p1", NOON))
    assert await database.read(lambda c: safelist.find(c, other, "p1")) is None
    assert await database.read(lambda c: safelist.safe(c, [ACCOUNT, other], ["p1", "p2"])) == {(ACCOUNT, "p1")}
    assert await database.read(lambda c: safelist.safe(c, [other], ["p1"])) == set()
