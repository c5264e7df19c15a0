"""Files that turn out to be listed: senders are told; of abuse a case is opened and nobody told. On both engines."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from masstransit.carriage.business_days import BusinessDays
from masstransit.carriage.codes import Operator
from masstransit.carriage.media.intake import Media
from masstransit.carriage.media.reached import Reached
from masstransit.carriage.media.shelf import Shelf
from masstransit.carriage.warning import Warnings
from masstransit.model.address import parse
from masstransit.model.communication import Direction, Kind
from masstransit.model.media import Attachment
from masstransit.storage import media_hashes
from masstransit.storage import tables as t
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.carriage.house import House
from tests.carriage.media import drawn
from tests.facts.test_known_media import listed
from tests.makers import ACCOUNT, RECIPIENT, SENDER

YEAR = timedelta(days=365)
OPERATOR = "AC" + "7" * 32


class Room:
    def __init__(self, database: Database, keys: Keys, folder: Path) -> None:
        self.house = House(database, keys)
        self.media = Media(database=database, clock=self.house.clock, shelf=Shelf(folder))
        operator = Operator(account=OPERATOR, sender=parse("+18005550100"))
        self.reached = Reached(
            warnings=Warnings(self.house.exchange, database, self.house.clock, operator),
            database=database,
            ledger=self.house.ledger,
            clock=self.house.clock,
            calendar=BusinessDays(),
            keep=YEAR,
        )

    async def sent(self, n: int, file: Attachment, **more: Any) -> None:
        await self.house.offer(n, kind=Kind.MMS, attachments=(file,), **more)

    async def lists(self, **more: Any) -> None:
        row = listed(**more) | {"listed_at": self.house.clock.now()}
        await self.house.database.write(lambda c: media_hashes.list_hashes(c, [row]))

    async def look(self) -> int:
        return await self.reached.follow()

    async def warned(self) -> list[Any]:
        return [row for row in await self.rows(t.communications) if row.account == OPERATOR]

    async def rows(self, table: Any) -> list[Any]:
        return await self.house.database.read(lambda c: list(c.execute(select(table))))


@pytest.fixture
async def room(database: Database, keys: Keys, tmp_path: Path) -> Room:
    made = Room(database, keys, tmp_path)
    await made.house.owns()
    return made


async def test_who_sent_what_is_malware_by_now_is_told_once_and_so_is_the_operator(room: Room) -> None:
    file = await room.media.take_in(ACCOUNT, b"%PDF-1.4 fine")
    other = await room.media.take_in(ACCOUNT, b"%PDF-1.4 other")
    await room.sent(1, file)
    await room.sent(2, other)
    assert await room.look() == 0
    await room.house.clock.move(timedelta(days=80))
    await room.lists(kind="sha256", text=file.digest, tier="malware")
    assert await room.look() == 1
    assert await room.look() == 0
    told = {row.account: row for row in await room.rows(t.alerts)}
    assert (told[ACCOUNT].about, told[ACCOUNT].error_code) == (f"SM{1:032x}", 30007)
    assert "warn whom it reached" in told[ACCOUNT].text
    assert told[""].text.startswith("1 messages went")
    assert await room.rows(t.cases) == []
    assert await room.warned() == []  # nothing of it went out


async def test_who_was_sent_what_is_malware_by_now_is_warned_once_by_the_operator(room: Room) -> None:
    file = await room.media.take_in(ACCOUNT, b"%PDF-1.4 fine")
    async with room.house.delivering():
        await room.sent(1, file)
        await room.house.becomes(1, "sent")
    await room.lists(kind="sha256", text=file.digest, tier="malware")
    for _ in range(2):
        await room.look()
    (warning,) = await room.warned()
    assert (warning.recipient, warning.sender) == (RECIPIENT, "+18005550100")
    assert "Do not open its link or file" in warning.body


async def test_a_picture_that_looks_like_a_reported_one_is_told_of_as_well(room: Room) -> None:
    file = await room.media.take_in(ACCOUNT, drawn.jpeg(drawn.scene(5), quality=30))
    await room.sent(1, file)
    taken = await room.media.take_in(ACCOUNT, drawn.jpeg(drawn.scene(5)))
    look = (await room.media.find(ACCOUNT, taken.sid)).look
    await room.lists(kind="pdq", text=look.pictures[0][0], tier="intimate")
    assert await room.look() == 1
    assert [row.about for row in await room.rows(t.alerts) if row.account] == [f"SM{1:032x}"]


async def test_of_abuse_a_case_is_opened_its_number_suspended_silently_the_file_kept_and_nobody_told(
    room: Room,
) -> None:
    file = await room.media.take_in(ACCOUNT, drawn.jpeg())
    await room.lists(kind="sha256", text=file.digest, tier="abuse")
    room.house.wishes.all = "content"  # the gate refuses it
    await room.sent(1, file)
    assert await room.look() == 1
    assert await room.look() == 0
    (case,) = await room.rows(t.cases)
    assert (case.kind, case.silent, case.holds, case.target) == ("csam", "csam", True, SENDER)
    assert case.details["message"] == f"SM{1:032x}"
    assert file.sid in case.details["secured"]
    (step,) = await room.rows(t.standing)
    assert (step.step, step.scope, step.target, step.silent) == ("suspend", "number", SENDER, "csam")
    (kept,) = [row for row in await room.rows(t.files) if row.sid == file.sid]
    assert kept.kept_until == room.house.clock.now() + YEAR
    assert await room.rows(t.alerts) == []
    await room.sent(2, file)  # from the number that is suspended for it
    assert await room.look() == 1
    assert (len(await room.rows(t.cases)), len(await room.rows(t.standing))) == (2, 1)


async def test_what_a_person_sent_suspends_nobody(room: Room) -> None:
    file = await room.media.take_in(ACCOUNT, drawn.jpeg())
    await room.lists(kind="sha256", text=file.digest, tier="abuse")
    await room.sent(1, file, direction=Direction.INBOUND)
    assert await room.look() == 1
    assert len(await room.rows(t.cases)) == 1
    assert await room.rows(t.standing) == []
