"""A house with video rooms, its forwarding unit in this process, and people at real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VideoGrant
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from masstransit.carriage.access_tokens import AccessTokens
from masstransit.carriage.recording import Tape
from masstransit.carriage.video.relays import Relays
from masstransit.carriage.video.rooms import Rooms
from masstransit.carriage.video.unit import Hears
from masstransit.carriage.video.unit import Unit as Forwards
from masstransit.channels.video import socket
from masstransit.channels.video.socket import Sockets
from masstransit.channels.video.talk import (
    Answer,
    Capture,
    Drop,
    Enter,
    Finish,
    Finished,
    Hush,
    Lost,
    Offer,
    Opened,
    Pause,
    Shown,
    Tells,
    Unusable,
)
from masstransit.channels.video.unit import Unit
from masstransit.storage import accounts
from tests.api.gated import GatedDoor


class Nearby:
    """The forwarding unit without its process. Implements `carriage.video.unit.Unit` and `Tapes`."""

    most = 4
    viewing = None

    def __init__(self, folder: Path) -> None:
        self.up = True
        self.unit = Unit(Opened(hosts=("127.0.0.1",), folder=str(folder)), self._hear)
        self._hears: Hears | None = None
        self._finishing: dict[str, asyncio.Future[Finished]] = {}

    @property
    def tapes(self) -> Nearby:
        return self

    def connect(self, hears: Hears) -> None:
        self._hears = hears

    def _hear(self, said: Tells) -> None:
        assert self._hears is not None
        match said:
            case Answer():
                self._hears.answered(said.peer, said.sdp)
            case Unusable():
                self._hears.unusable(said.peer, said.why)
            case Shown():
                self._hears.shown(said.peer, said.lines, said.seats, said.stages)
            case Lost():
                self._hears.lost(said.peer)
            case Finished():
                self._finishing.pop(said.sid).set_result(said)

    def enter(self, room: str, peer: str, leg: int, apart: Sequence[str]) -> None:
        self.unit.hear(Enter(room=room, peer=peer, leg=leg, apart=tuple(apart)))

    def offer(self, peer: str, sdp: str, lines: Mapping[str, str]) -> None:
        self.unit.hear(Offer(peer=peer, sdp=sdp, lines=dict(lines)))

    def hush(self, peer: str, source: str, *, muted: bool, by: str) -> None:
        self.unit.hear(Hush(peer=peer, source=source, muted=muted, by=by))

    def drop(self, peer: str) -> None:
        self.unit.hear(Drop(peer=peer))

    def capture(self, sid: str, room: str) -> None:
        self.unit.hear(Capture(sid=sid, room=room))

    def pause(self, sid: str) -> None:
        self.unit.hear(Pause(sid=sid))

    async def finish(self, sid: str, *, keep: bool) -> Tape | None:
        waiting = self._finishing[sid] = asyncio.get_running_loop().create_future()
        self.unit.hear(Finish(sid=sid, keep=keep))
        done = await waiting
        return Tape(seconds=done.seconds, digests=done.digests) if done.digests else None


class Guest:
    """Somebody at a socket."""

    def __init__(self, client: ClientConnection) -> None:
        self.client = client
        self.heard: list[dict[str, Any]] = []
        self.closed: tuple[int, str] | None = None
        self._news = asyncio.Event()
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        try:
            async for frame in self.client:
                self.heard.append(json.loads(frame))
                self._news.set()
        except ConnectionClosed:
            pass
        self.closed = (self.client.close_code or 0, self.client.close_reason or "")
        self._news.set()

    async def say(self, what: str, **told: Any) -> None:
        await self.client.send(json.dumps({"type": what, **told}))

    async def hears(self, what: str, **like: Any) -> dict[str, Any]:
        """The first frame of a type that is like this, and was not asked for before."""
        async with asyncio.timeout(10):
            while True:
                for at, frame in enumerate(self.heard):
                    if frame["type"] == what and like.items() <= frame.items():
                        del self.heard[at]
                        return frame
                self._news.clear()
                await self._news.wait()

    async def out(self) -> int:
        """With which code the connection was closed."""
        async with asyncio.timeout(10):
            while self.closed is None:
                self._news.clear()
                await self._news.wait()
        return self.closed[0]

    async def go(self) -> None:
        await self.client.close()
        await self._listening


class Hall:
    """The house, and a customer who has a key."""

    def __init__(self, door: GatedDoor, *larger: Forwards) -> None:
        self.door = door
        parts = door.parts
        self.unit = Nearby(door.folder)
        self.rooms = Rooms(
            units=[self.unit, *larger],
            exchange=parts.exchange,
            recordings=parts.recordings,
            notices=parts.notices,
            database=door.database,
            clock=parts.clock,
            process="sole",
            relays=Relays(),
        )
        tokens = AccessTokens(database=door.database, keys=door.keys, clock=parts.clock, admission=parts.exchange)
        door.also = (*door.also, Sockets(tokens=tokens, rooms=self.rooms).route())
        door.house = msgspec.structs.replace(door.house, video=self.rooms)
        self.guests: list[Guest] = []
        self._key: tuple[str, str] = ("", "")

    async def open(self) -> None:
        """The customer makes a key."""
        now = datetime.now(UTC)
        row, secret = await self.door.database.write(
            lambda c: accounts.create_key(c, self.door.keys, self.door.sid, friendly_name="", now=now)
        )
        self._key = (row.sid, secret)

    async def close(self) -> None:
        for guest in self.guests:
            await guest.go()
        await self.rooms.close()
        await self.unit.unit.close()

    def token(self, identity: str, room: str = "", *, grants: bool = True) -> str:
        """As the customer's server makes it, by the SDK."""
        token = AccessToken(self.door.sid, *self._key, identity=identity, ttl=600)
        if grants:
            token.add_grant(VideoGrant(room=room or None))
        return str(token.to_jwt())

    async def room(self, name: str = "standup", **told: Any) -> str:
        """The customer opens a room; its SID."""
        made = await self.ask("POST", "/video/v1/Rooms", UniqueName=name, **told)
        assert made.status_code == 201, made.text
        return str(made.json()["sid"])

    async def ask(self, method: str, path: str, **told: Any) -> Any:
        """A request of the customer's server."""
        return await self.door.ask(method, path, **({"params": told} if method == "GET" else {"data": told}))

    async def arrives(self, token: str) -> Guest:
        """Somebody connects."""
        url = f"{self.door.url.replace('http', 'ws', 1)}{socket.PATH}?token={token}"
        guest = Guest(await connect(url, proxy=None, max_size=None))
        self.guests.append(guest)
        return guest

    async def enters(self, identity: str, room: str = "standup", **told: Any) -> Guest:
        """Somebody comes in."""
        guest = await self.arrives(self.token(identity))
        await guest.say("join", room=room, **told)
        await guest.hears("joined")
        return guest

    async def refused(self, identity: str, room: str = "standup") -> dict[str, Any]:
        """Somebody is not let in."""
        guest = await self.arrives(self.token(identity))
        await guest.say("join", room=room)
        return await guest.hears("refused")


@asynccontextmanager
async def a_hall(door: GatedDoor, *larger: Forwards) -> AsyncIterator[Hall]:
    """Open while the door is; made before it opens. `larger` are what forwards rooms for more than four."""
    hall = Hall(door, *larger)
    async with door:
        await hall.open()
        try:
            yield hall
        finally:
            with contextlib.suppress(asyncio.CancelledError):
                await hall.close()
