"""What is between somebody who comes into a video room and those who are in it."""

from __future__ import annotations

from typing import Any

from masstransit.facts.video import Inside, Insides
from masstransit.model.address import ChatHandle
from masstransit.model.communication import Communication, Kind
from masstransit.storage import conversations, rooms
from masstransit.storage.engine import Database
from tests.makers import ACCOUNT, NOON, an_sms

ROOM = "RM" + "1" * 32


def coming(identity: str, room: str = ROOM, account: str = ACCOUNT) -> Communication:
    return Communication(
        id="PA" + "0" * 32, account=account, kind=Kind.VIDEO, channel="video", at=NOON,
        sender=ChatHandle(identity), recipient=ChatHandle(room),
    )  # fmt: skip


async def somebody(database: Database, number: int, identity: str, **told: Any) -> None:
    row = {"account": ACCOUNT, "sid": f"PA{number:032x}", "room": ROOM, "number": number, "identity": identity}
    row |= {"status": "connected", "joined_at": NOON, "updated_at": NOON}
    await database.write(lambda connection: rooms.let_in(connection, row | told))


async def test_who_was_put_out_is_known_again_in_that_room_only(database: Database) -> None:
    await somebody(database, 1, "Ben", status="disconnected", gone="removed", left_at=NOON)
    await somebody(database, 2, "Cleo", status="disconnected", gone="left", left_at=NOON)
    batch = [coming("Ben"), coming("Cleo"), coming("Ben", "RM" + "2" * 32), coming("Ben", account="AC" + "9" * 32)]
    assert await Insides(database).learn([*batch, an_sms()]) == [Inside(removed=True), *[Inside()] * 4]


async def test_who_blocked_somebody_counts_while_they_are_inside(database: Database) -> None:
    await somebody(database, 1, "Ada")
    await somebody(database, 2, "Ben")
    await somebody(database, 3, "Cleo", status="disconnected", gone="left", left_at=NOON)
    await database.write(lambda connection: conversations.block(connection, ACCOUNT, "Ada", "Dan", NOON))
    await database.write(lambda connection: conversations.block(connection, ACCOUNT, "Cleo", "Dan", NOON))
    learned = await Insides(database).learn([coming("Dan"), coming("Ben")])
    assert learned == [Inside(others=2, blocked_by=1), Inside(others=1)]
