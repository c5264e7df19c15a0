"""Chooses and joins what video rooms are made of: the forwarding unit, who is in them, the door for sockets."""

from __future__ import annotations

import msgspec

from masstransit.carriage.access_tokens import AccessTokens
from masstransit.carriage.recording import Recordings
from masstransit.carriage.video.rooms import Rooms
from masstransit.channels.video.keeper import Keeper
from masstransit.channels.video.socket import Sockets
from masstransit.channels.video.talk import Opened
from masstransit.ground import Ground


class Video(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that video rooms need, joined."""

    rooms: Rooms
    keeper: Keeper
    sockets: Sockets

    async def open(self) -> None:
        """Start serving. Raises `ConfigError`, `StorageUnavailable`."""
        await self.rooms.open()
        await self.keeper.open()

    async def close(self) -> None:
        """Everybody is out, and the unit ends."""
        await self.rooms.close()
        await self.keeper.close()


def join(ground: Ground, recordings: Recordings) -> Video | None:
    """Choose and join them. None: the settings name no address for packets."""
    settings, told = ground.settings, ground.settings.video
    if not told.hosts:
        return None
    keeper = Keeper(Opened(hosts=told.hosts, shown=told.shown, folder=str(settings.recordings.absolute())))
    rooms = Rooms(
        unit=keeper,
        exchange=ground.exchange,
        recordings=recordings,
        notices=ground.notices,
        database=ground.database,
        clock=ground.clock,
        process=ground.process,
        most=told.most,
    )
    tokens = AccessTokens(database=ground.database, keys=ground.keys, clock=ground.clock, admission=ground.exchange)
    return Video(rooms=rooms, keeper=keeper, sockets=Sockets(tokens=tokens, rooms=rooms))
