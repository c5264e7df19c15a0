"""Files are taken in once, kept for good, and erased with the last message that they go with; on both engines."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from masstransit.carriage.media.intake import LARGEST, Media
from masstransit.carriage.media.shelf import Shelf
from masstransit.errors import BadInput, NotFound, StorageUnavailable
from masstransit.model.media import Attachment, Scan
from masstransit.storage import files, media
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import authority_orders
from tests.carriage.house import House
from tests.carriage.media import drawn
from tests.makers import ACCOUNT, NOON, an_sms

OTHER = "AC" + "9" * 32
CARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ana\r\nEND:VCARD\r\n"


class Counting:
    """Says that everything is clean, and how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, str, str]] = []

    async def scan(self, data: bytes, name: str, content_type: str) -> Scan:
        self.asked.append((len(data), name, content_type))
        return Scan(state="clean")


class Lector:
    async def read(self, png: bytes) -> str | None:
        assert png.startswith(b"\x89PNG")
        return "SALE TODAY"


class Room:
    """Media beside a whole carriage."""

    def __init__(self, database: Database, keys: Keys, folder: Path, **more: Any) -> None:
        self.house = House(database, keys)
        self.shelf = Shelf(folder)
        self.media = Media(database=database, clock=self.house.clock, shelf=self.shelf, **more)

    async def swept(self, **later: float) -> int:
        await self.house.clock.move(timedelta(**later))
        return await self.media.sweep()

    async def here(self, file: Attachment) -> bool:
        """Whether it can be read; then its row and its bytes are there, else neither."""
        row = await self.house.database.read(lambda c: files.find(c, ACCOUNT, file.sid))
        assert (row is not None) is self.shelf.has(file.sid)
        return row is not None


@pytest.fixture
async def room(database: Database, keys: Keys, tmp_path: Path) -> Room:
    return Room(database, keys, tmp_path / "media", scanner=Counting(), reader=Lector())


async def test_a_picture_is_kept_and_what_was_seen_in_it(room: Room) -> None:
    file = await room.media.take_in(ACCOUNT, drawn.jpeg(drawn.code("https://example.com/")), "x/cat.png")
    data = await room.media.read(ACCOUNT, file.sid)
    assert (file.name, file.content_type, file.size) == ("cat.png", "image/jpeg", len(data))
    assert file.digest == hashlib.sha256(data).hexdigest()
    look = (await room.media.find(ACCOUNT, file.sid)).look
    assert (look.claimed, look.codes, look.text) == ("image/png", ("https://example.com/",), "SALE TODAY")
    assert look.scan == Scan(state="clean")


async def test_without_a_scanner_and_a_reader_the_record_says_so(
    sqlite_database: Database, keys: Keys, tmp_path: Path
) -> None:
    room = Room(sqlite_database, keys, tmp_path)
    look = (await room.media.find(ACCOUNT, (await room.media.take_in(ACCOUNT, drawn.jpeg())).sid)).look
    assert look.text is None
    assert look.scan == Scan(state="unscanned", why="no scanner")


async def test_what_is_taken_in_twice_is_one_file_and_another_customers_is_another(room: Room) -> None:
    first = await room.media.take_in(ACCOUNT, CARD, "ana.vcf")
    assert await room.media.take_in(ACCOUNT, CARD, "ana.vcf") == first
    assert len(room.media._scanner.asked) == 1  # type: ignore[attr-defined]
    for more in ({"account": OTHER}, {"name": "other.vcf"}, {"as_is": True}):
        told: dict[str, Any] = {"account": ACCOUNT, "name": "ana.vcf"} | more
        assert (await room.media.take_in(told.pop("account"), CARD, **told)).sid != first.sid
    with pytest.raises(NotFound):
        await room.media.read(OTHER, first.sid)


async def test_what_can_not_be_taken_in_is_refused_by_name(room: Room) -> None:
    for data, code in ((b"", 12300), (bytes(LARGEST + 1), 30019), (drawn.jpeg()[:500], 12300)):
        with pytest.raises(BadInput) as told:
            await room.media.take_in(ACCOUNT, data, field="MediaUrl")
        assert (told.value.field, told.value.code) == ("MediaUrl", code)


async def test_what_is_kept_as_it_is_may_be_broken(room: Room) -> None:
    broken = drawn.jpeg()[:500]
    file = await room.media.take_in(ACCOUNT, broken, "cat.jpg", as_is=True)
    assert await room.media.read(ACCOUNT, file.sid) == broken


async def test_bytes_that_are_not_those_that_came_are_not_given_out(room: Room) -> None:
    file = await room.media.take_in(ACCOUNT, CARD)
    room.shelf.put(file.sid, CARD + b" ")
    with pytest.raises(NotFound):
        await room.media.read(ACCOUNT, file.sid)
    room.shelf.erase(file.sid)
    assert (await room.media.take_in(ACCOUNT, CARD)).sid != file.sid


async def test_a_full_disk_is_no_success(room: Room, tmp_path: Path) -> None:
    (tmp_path / "media").write_text("no folder")
    with pytest.raises(StorageUnavailable):
        await room.media.take_in(ACCOUNT, CARD)


async def test_what_no_message_went_with_is_erased_after_a_day(room: Room) -> None:
    file = await room.media.take_in(ACCOUNT, CARD)
    assert await room.swept(hours=23) == 0
    assert await room.here(file)
    assert await room.media.take_in(ACCOUNT, CARD) == file  # used again
    assert await room.swept(hours=23) == 0
    assert await room.swept(hours=2) == 1
    assert not await room.here(file)


async def test_a_file_is_erased_with_the_content_of_its_last_message(room: Room) -> None:
    file = await room.media.take_in(ACCOUNT, CARD)
    room.house.wishes.all = "carry"
    for n in (1, 2):
        await room.house.offer(n, attachments=(file, file))
    kept = await room.house.attached()
    assert [(row.message, row.sid, row.place, row.url) for row in kept] == [
        (f"SM{n:032x}", file.sid, 0, None) for n in (1, 2)
    ]
    for n in (1, 2):
        await room.house.database.write(partial(media.forget, messages=[(ACCOUNT, f"SM{n:032x}")]))
        assert await room.swept(minutes=11) == n - 1
    assert not await room.here(file)


async def test_what_is_evidence_or_on_hold_stays(room: Room) -> None:
    kept, held = [await room.media.take_in(account, CARD) for account in (ACCOUNT, OTHER)]
    await room.house.database.write(lambda c: files.keep(c, ACCOUNT, [kept.sid], NOON + timedelta(days=90)))
    order = {"account": OTHER, "order": "O1", "scope": "account", "target": OTHER, "since": NOON}
    await room.house.database.write(lambda c: c.execute(insert(authority_orders), order))
    assert await room.swept(days=89) == 0
    assert await room.swept(days=2) == 1
    assert not await room.here(kept)
    assert room.shelf.has(held.sid)


async def test_a_sample_of_what_harms_is_erased_after_its_time_though_a_message_went_with_it(room: Room) -> None:
    for data, scan in ((CARD, Scan(state="found", names=("A",))), (CARD + b"\r\n", Scan(state="clean"))):
        file = await room.media.take_in(ACCOUNT, data)
        await room.house.database.write(partial(files.looked_again, account=ACCOUNT, sid=file.sid, scan=scan))
        message = an_sms(id=f"MM{scan.state}", attachments=(file,))
        await room.house.database.write(partial(media.add, new=media.rows([message])))
    assert await room.swept(days=90) == 0
    assert await room.swept(seconds=1) == 1
    assert await room.here(file)


async def test_a_sweep_that_was_cut_off_is_ended_by_the_next(room: Room) -> None:
    file = await room.media.take_in(ACCOUNT, CARD)
    await room.house.clock.move(timedelta(days=2))
    await room.house.database.write(room.media._due)  # and then it is killed
    with pytest.raises(NotFound):
        await room.media.read(ACCOUNT, file.sid)
    assert (await room.media.take_in(ACCOUNT, CARD)).sid != file.sid
    assert await room.media.sweep() == 1
    assert not room.shelf.has(file.sid)
