"""Chooses and joins what video rooms are made of: what forwards them, who is in them, the door for sockets."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from masstransit.carriage.access_tokens import AccessTokens
from masstransit.carriage.recording import Recordings
from masstransit.carriage.video.relays import Relays
from masstransit.carriage.video.rooms import Rooms
from masstransit.channels.video.janus.gateway import Gateway
from masstransit.channels.video.janus.gateway import Settings as JanusSettings
from masstransit.channels.video.keeper import Keeper
from masstransit.channels.video.socket import Sockets
from masstransit.channels.video.talk import Opened
from masstransit.ground import Ground


class Video(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that video rooms need, joined."""

    rooms: Rooms
    units: Sequence[Keeper | Gateway]
    sockets: Sockets

    async def open(self) -> None:
        """Start serving. Raises `ConfigError`, `StorageUnavailable`."""
        await self.rooms.open()
        for unit in self.units:
            await unit.open()

    async def close(self) -> None:
        """Everybody is out, and what forwarded them ends."""
        await self.rooms.close()
        for unit in self.units:
            await unit.close()


def join(ground: Ground, recordings: Recordings) -> Video | None:
    """Choose and join them. None: the settings name nothing that packets could go by."""
    settings, told = ground.settings, ground.settings.video
    units: list[Keeper | Gateway] = []
    if told.hosts:
        opened = Opened(hosts=told.hosts, shown=told.shown, folder=str(settings.recordings.absolute()))
        units.append(Keeper(opened, told.most))
    if told.janus:
        units.append(
            Gateway(JanusSettings(url=told.janus, secret=told.janus_secret, key=told.janus_key, most=told.janus_most))
        )
    if not units:
        return None
    rooms = Rooms(
        units=units,
        exchange=ground.exchange,
        recordings=recordings,
        notices=ground.notices,
        database=ground.database,
        clock=ground.clock,
        process=ground.process,
        relays=Relays(urls=told.relays, secret=told.relay_secret),
    )
    tokens = AccessTokens(database=ground.database, keys=ground.keys, clock=ground.clock, admission=ground.exchange)
    return Video(rooms=rooms, units=units, sockets=Sockets(tokens=tokens, rooms=rooms))
