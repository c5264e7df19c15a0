"""The sound of recordings on both engines: deleted by its customer, past its time, on hold, and a process that died."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from masstransit.carriage.archive import Archive
from masstransit.channels.media import wav
from masstransit.channels.media.shelf import Shelf
from masstransit.errors import Conflict, NotFound
from masstransit.ledger import Ledger, verify
from masstransit.storage import recordings
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import authority_orders
from tests.carriage.house import House
from tests.makers import ACCOUNT, NOON

RE = "RE" + "1" * 32
DAY = timedelta(days=1)


class Room:
    """An archive that keeps sound for 30 days, with one recording in it."""

    def __init__(self, database: Database, keys: Keys, folder: Path) -> None:
        self.house = House(database, keys)
        self.shelf = Shelf(folder)
        self.archive = Archive(
            database=database, ledger=Ledger("p1"), clock=self.house.clock, shelf=self.shelf, keep=30 * DAY
        )

    async def put(self, **more: Any) -> None:
        row: dict[str, Any] = {
            "account": ACCOUNT,
            "sid": RE,
            "call": "CA1",
            "act": "record",
            "source": "api",
            "state": "ended",
        }
        row |= {"asked_at": NOON, "began_at": NOON, "ended_at": NOON, "seconds": 1.0, "digests": {"leg-1.wav": "d"}}
        await self.write(lambda c: recordings.add(c, row | more))
        place = self.shelf._folder / RE
        place.mkdir()
        (place / "leg-1.wav").write_bytes(wav.header(2) + bytes(4))

    async def write(self, work: Callable[[Any], Any]) -> None:
        await self.house.database.write(work)

    async def erased(self) -> bool:
        """Whether the sound is gone, of which the record tells the same."""
        row = await self.house.database.read(lambda c: recordings.find(c, ACCOUNT, RE))
        assert row is not None
        here = self.shelf.size(RE, 1) is not None
        assert here is (row.erased_at is None)
        return not here


@pytest.fixture
async def room(database: Database, keys: Keys, tmp_path: Path) -> Room:
    return Room(database, keys, tmp_path)


async def test_what_its_customer_deletes_is_erased_at_once_and_once(room: Room, keys: Keys) -> None:
    await room.put()
    await room.archive.delete(ACCOUNT, RE)
    assert await room.erased()
    assert room.shelf.sids() == []
    for account in (ACCOUNT, "AC" + "9" * 32):
        with pytest.raises(NotFound):
            await room.archive.delete(account, RE)
    told = await room.house.database.read(lambda c: recordings.events(c, ACCOUNT, RE))
    assert [row.what for row in told] == ["deleted", "erased"]
    assert (await room.house.database.survey(lambda c: verify(c, keys.public))).whole


async def test_what_goes_on_can_not_be_deleted(room: Room) -> None:
    await room.put(ended_at=None, state="capturing")
    with pytest.raises(Conflict, match="capturing"):
        await room.archive.delete(ACCOUNT, RE)
    await room.house.clock.move(99 * DAY)
    assert await room.archive.sweep() == 0
    assert not await room.erased()


@pytest.mark.parametrize(("days", "gone"), [(29.9, False), (30.1, True)])
async def test_sound_is_kept_for_its_time(room: Room, days: float, gone: bool) -> None:
    await room.put()
    await room.house.clock.move(days * DAY)
    assert await room.archive.sweep() == gone
    assert await room.erased() is gone
    assert await room.archive.sweep() == 0


async def test_what_is_on_hold_stays_and_goes_when_the_hold_has_ended(room: Room) -> None:
    await room.put()
    order = {"account": ACCOUNT, "order": "O1", "scope": "account", "target": ACCOUNT, "since": NOON}
    await room.write(lambda c: c.execute(insert(authority_orders), order))
    await room.archive.delete(ACCOUNT, RE)
    await room.house.clock.move(40 * DAY)
    assert await room.archive.sweep() == 0
    assert not await room.erased()
    with pytest.raises(NotFound):  # its customer sees no difference
        await room.archive.delete(ACCOUNT, RE)
    await room.write(lambda c: c.execute(update(authority_orders).values(until=NOON + 39 * DAY)))
    assert await room.archive.sweep() == 1
    assert await room.erased()


async def test_a_process_that_died_between_sound_and_record_is_followed_by_one_that_says_so(room: Room) -> None:
    await room.put(deleted_at=NOON)
    room.shelf.erase(RE)
    assert await room.archive.sweep() == 1
    assert await room.erased()


async def test_what_lies_with_another_process_is_left_to_it(room: Room, tmp_path: Path, keys: Keys) -> None:
    await room.put()
    other = Room(room.house.database, keys, tmp_path / "elsewhere")
    await other.archive.delete(ACCOUNT, RE)
    assert await other.archive.sweep() == 0
    assert not await room.erased()
    assert await room.archive.sweep() == 1
    assert await room.erased()
