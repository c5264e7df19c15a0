"""All rooms that one Janus forwards. When it dies, who was in them is told, and it is tried again until it is there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from masstransit.carriage.video.unit import Hears
from masstransit.channels.video.janus.room import Room
from masstransit.channels.video.janus.seat import Seat
from masstransit.channels.video.janus.session import Session
from masstransit.channels.video.janus.words import (
    BAD_KEY,
    NO_KEY,
    NO_PLUGIN,
    NO_STRING,
    SUBPROTOCOL,
    UNAUTHORISED,
    Heard,
    Refused,
)
from masstransit.errors import ConfigError

log = logging.getLogger("masstransit.video")

_FIRST, _LONGEST = 0.5, 30.0  # seconds between tries
_OPEN_WITHIN = 10.0
_GRACE = 2.0  # seconds in which rooms are destroyed at the end
_PING = 5.0  # seconds between pings, and in which one is answered
_LARGEST = 1 << 20  # octets of a frame of Janus's
_SETTINGS = {
    UNAUTHORISED: "[video] janus_secret is not its api_secret",
    NO_PLUGIN: "it has no plugin VideoRoom (libjanus_videoroom.so)",
    NO_KEY: "[video] janus_key is missing, and its VideoRoom has an admin_key",
    BAD_KEY: "[video] janus_key is not the admin_key of its VideoRoom",
    NO_STRING: "its VideoRoom has string_ids on: rooms and people are numbers here",
}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where Janus is, and what opens it."""

    url: str  #: ws:// or wss://
    secret: str = ""  #: its api_secret
    key: str = ""  #: the admin_key of its VideoRoom
    most: int  #: people in a room at once


class Gateway:
    """Implements `carriage.video.unit.Unit` and `Viewing`. It keeps nothing of what is sent."""

    tapes = None

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._hears: Hears | None = None
        self._session: Session | None = None
        self._desk = 0  # the handle over which rooms are made
        self._rooms: dict[str, Room] = {}
        self._at: dict[str, str] = {}  # participant -> room
        self._handles: dict[int, Seat] = {}
        self._ending: set[asyncio.Future[None]] = set()  # rooms that are being destroyed
        self._life: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()
        self._wrong = ""  # why the settings can't be meant

    @property
    def up(self) -> bool:
        return self._session is not None

    @property
    def most(self) -> int:
        return self._settings.most

    @property
    def viewing(self) -> Gateway:
        return self

    def connect(self, hears: Hears) -> None:
        self._hears = hears

    # --- its life -------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Try it; where it is not there just now, it is tried again. Raises `ConfigError` where it will never do."""
        self._life = asyncio.create_task(self._live())
        self._life.add_done_callback(self._over)
        await self._tried.wait()
        if self._wrong:
            await self.close()
            raise ConfigError(f"Janus at {self._settings.url}: {self._wrong}")

    def _over(self, life: asyncio.Task[None]) -> None:
        self._tried.set()
        if not life.cancelled() and life.exception() is not None:
            log.error("what talks with Janus broke, and its rooms with it", exc_info=life.exception())

    async def close(self) -> None:
        """Everybody is out, and nothing of it stays there."""
        for peer in list(self._at):
            self.drop(peer)  # with the last one a room is gone
        if self._ending:
            await asyncio.wait(self._ending, timeout=_GRACE)
        life, self._life = self._life, None
        if life is not None:
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)

    async def _live(self) -> None:
        """Talk with it, and try it again whenever it is gone, waiting longer each time that it was there for less than
        a minute."""
        loop, pause = asyncio.get_running_loop(), _FIRST
        while True:
            began = loop.time()
            try:
                await self._serve()
                gone = "it ended the session"
            except (OSError, WebSocketException, Refused) as wrong:
                gone = str(wrong) or type(wrong).__name__
                if isinstance(wrong, Refused) and not self._tried.is_set():
                    self._wrong = _SETTINGS.get(wrong.code, "")
            finally:
                self._gone()
            self._tried.set()
            pause = _FIRST if loop.time() - began > 60 else min(pause * 2, _LONGEST)
            log.error("Janus is not there (%s); it is tried again in %.1f s", gone, pause)
            await asyncio.sleep(pause)

    async def _serve(self) -> None:
        async with connect(
            self._settings.url, subprotocols=[Subprotocol(SUBPROTOCOL)], proxy=None, open_timeout=_OPEN_WITHIN,
            ping_interval=_PING, ping_timeout=_PING, close_timeout=_GRACE, max_size=_LARGEST,
        ) as wire:  # fmt: skip
            session = Session(wire, self._settings.secret, self._hear)
            running = asyncio.create_task(session.run())
            try:
                await self._begin(session)
                await running
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

    async def _begin(self, session: Session) -> None:
        await session.begin()
        self._desk = await session.attach()
        trial = Room(session, self._desk, {}, self._told)  # it says whether the settings can be meant
        await trial.make(self._settled)
        await trial.end()
        self._session = session
        self._tried.set()

    @property
    def _told(self) -> Hears:
        if self._hears is None:
            raise AssertionError("nobody hears of what goes on")
        return self._hears

    @property
    def _settled(self) -> Mapping[str, Any]:
        key = {"admin_key": self._settings.key} if self._settings.key else {}
        return {"publishers": 2 * self._settings.most, **key}  # the house counts; who comes in again is there twice

    def _gone(self) -> None:
        rooms, self._rooms = self._rooms, {}
        was, self._session = self._session, None
        self._at.clear()
        self._handles.clear()
        for room in rooms.values():
            room.lost()
        if was is not None and self._hears is not None:
            self._hears.down(self)

    def _hear(self, heard: Heard) -> None:
        seat = self._handles.get(heard.sender)
        if seat is not None:
            seat.hear(heard)

    # --- what is said to it ---------------------------------------------------------------------------------------

    def enter(self, room: str, peer: str, leg: int, apart: Sequence[str]) -> None:
        if self._session is None:
            return
        if room not in self._rooms:
            made = self._rooms[room] = Room(self._session, self._desk, self._handles, self._told)
            made.open(self._settled)
        self._at[peer] = room
        self._rooms[room].enter(peer, frozenset(apart))

    def _seat(self, peer: str) -> Seat | None:
        room = self._rooms.get(self._at.get(peer, ""))
        return room.seats.get(peer) if room is not None else None

    def offer(self, peer: str, sdp: str, lines: Mapping[str, str]) -> None:
        seat = self._seat(peer)
        if seat is not None:
            seat.offer(sdp, lines)

    def watched(self, peer: str, sdp: str) -> None:
        seat = self._seat(peer)
        if seat is not None:
            seat.answer(sdp)

    def hush(self, peer: str, source: str, *, muted: bool, by: str) -> None:
        seat = self._seat(peer)
        if seat is not None:
            seat.hush(source, muted=muted, by=by)
            if source == "screen":
                self._rooms[self._at[peer]].arrange()

    def drop(self, peer: str) -> None:
        sid = self._at.pop(peer, "")
        room = self._rooms.get(sid)
        if room is None:
            return
        room.drop(peer)
        if not room.seats:
            del self._rooms[sid]
            ending = room.close()
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)
