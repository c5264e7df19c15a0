"""Facts about video rooms: what is between somebody who comes in and those who are in the room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from masstransit.facts.fact import Fact
from masstransit.model.communication import Communication, Kind
from masstransit.model.subject import Subject
from masstransit.storage import conversations, rooms
from masstransit.storage.engine import Database


class Inside(Fact, frozen=True, kw_only=True):
    """Of somebody who comes into a room."""

    removed: bool = False  #: they were put out of this room before
    others: int = 0  #: who are in it
    blocked_by: int = 0  #: of these, who want to hear nothing of them


_NOTHING = Inside()


class Insides:
    """Learns `Inside`: who comes in is the sender, the room is the recipient. Who was put out a second ago is out, so
    nothing is kept from one batch to the next."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Any]:
        coming = [s if isinstance(s, Communication) and s.kind is Kind.VIDEO else None for s in batch]
        if not any(coming):
            return [_NOTHING] * len(batch)
        return await self._database.read(lambda connection: _look(connection, coming))


def _look(connection: Connection, coming: Sequence[Communication | None]) -> list[Inside]:
    asked = {(one.account, one.recipient.text) for one in coming if one is not None}
    removed, inside = rooms.removed(connection, asked), rooms.inside(connection, asked)
    blockers = conversations.blockers(connection, {(one.account, one.sender.text) for one in coming if one is not None})
    facts: list[Inside] = []
    for one in coming:
        if one is None:
            facts.append(_NOTHING)
            continue
        room, name = (one.account, one.recipient.text), one.sender.text
        there = {row.identity for row in inside if (row.account, row.room) == room}
        against = blockers.get((one.account, name), set())
        others = there - {name}
        facts.append(Inside(removed=(*room, name) in removed, others=len(others), blocked_by=len(others & against)))
    return facts
