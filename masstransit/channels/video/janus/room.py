"""A room of Janus's: made when the first comes in, and gone with the last. Nobody records in it, nobody finds it in a
list, and nobody comes into it but by the house: its secret and its PIN are made at random and told to nobody."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping
from typing import Any, TypeAlias

from masstransit.carriage.video.unit import Hears
from masstransit.channels.video.janus.seat import Seat, Stream
from masstransit.channels.video.janus.session import Session
from masstransit.channels.video.janus.words import Refused

log = logging.getLogger("masstransit.video")

_Ruling: TypeAlias = tuple[dict[str, Any], asyncio.Future[None]]  # a request, and when it is done

BITRATE = 1_500_000  #: bits a second that Janus has a camera send at the most: a default


class Room:
    """`desk` is the handle over which rooms are made; `handles` are those of everybody in any room."""

    def __init__(self, session: Session, desk: int, handles: dict[int, Seat], tells: Hears) -> None:
        self.session = session
        self.handles = handles
        self.tells = tells
        self.seats: dict[str, Seat] = {}
        self._desk = desk
        self._apart: set[frozenset[str]] = set()
        self._id = secrets.randbits(52) + 1
        self._secret, self._pin = secrets.token_hex(16), secrets.token_hex(16)
        self._made: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._rulings: asyncio.Queue[_Ruling] = asyncio.Queue()
        self._ruler: asyncio.Task[None] | None = None

    # --- its beginning and end ------------------------------------------------------------------------------------

    def open(self, settled: Mapping[str, Any]) -> None:
        """Have it made, with what the operator settled."""
        self._ruler = asyncio.create_task(self._rule(settled))

    async def make(self, settled: Mapping[str, Any]) -> None:
        """Have Janus make it. Raises `Refused`."""
        told = {
            "pin": self._pin,
            "permanent": False,
            "is_private": True,
            "audiocodec": "opus",
            "videocodec": "vp8",
            "bitrate": BITRATE,
            "record": False,
            "lock_record": True,
        }
        await self.session.message(self._desk, self.ruled("create") | told | dict(settled))

    async def end(self) -> None:
        """Have Janus destroy it. Raises `Refused`."""
        await self.session.message(self._desk, self.ruled("destroy"))

    async def _rule(self, settled: Mapping[str, Any]) -> None:
        """What rules it, one after the other: of two messages that Janus has at once either may be done first."""
        try:
            await self.make(settled)
            self._made.set_result(True)
        except Refused as wrong:
            log.error("Janus makes no room: %s", wrong)  # noqa: TRY400 - what, not where
            self._made.set_result(False)
        while True:
            asked, done = await self._rulings.get()
            try:
                await self.session.message(self._desk, asked)
            except Refused as wrong:
                log.warning("Janus does not %s: %s", asked["request"], wrong)
            done.set_result(None)
            if asked["request"] == "destroy":
                return

    def rule(self, request: str, **told: Any) -> asyncio.Future[None]:
        """Have something done by who rules it."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._rulings.put_nowait((self.ruled(request) | told, done))
        return done

    async def made(self) -> bool:
        """Whether Janus has it, once that is known."""
        return await asyncio.shield(self._made)

    def close(self) -> asyncio.Future[None]:
        """Nobody is in it any more; when it is gone."""
        return self.rule("destroy")

    def lost(self) -> None:
        """Janus is gone, and so is the room."""
        for seat in self.seats.values():
            seat.leave()
        if self._ruler is not None:
            self._ruler.cancel()

    def ruled(self, request: str) -> dict[str, Any]:
        """A request of who rules it."""
        return {"request": request, "room": self._id, "secret": self._secret}

    def entered(self, request: str) -> dict[str, Any]:
        """A request of who comes in."""
        return {"request": request, "room": self._id, "pin": self._pin}

    # --- who is in it ---------------------------------------------------------------------------------------------

    def enter(self, sid: str, apart: frozenset[str]) -> None:
        """Somebody is in it; they and those `apart` neither see nor hear each other."""
        seat = self.seats[sid] = Seat(sid, self)
        self._apart |= {frozenset((sid, other)) for other in apart}
        seat.view()

    def drop(self, sid: str) -> None:
        """Somebody is out."""
        seat = self.seats.pop(sid)
        seat.leave()
        self._apart = {pair for pair in self._apart if sid not in pair}
        self.arrange()

    def let_go(self, handle: int) -> None:
        """A handle is done with."""
        self.handles.pop(handle, None)
        self.session.detach(handle)

    def arrange(self) -> None:
        """Everybody sees and hears everybody else."""
        for seat in self.seats.values():
            seat.view()

    def _others(self, seat: Seat) -> Mapping[int, Seat]:
        """Whom somebody sees and hears, by what Janus knows them by."""
        return {
            other.feed: other
            for other in self.seats.values()
            if other is not seat and frozenset((seat.sid, other.sid)) not in self._apart
        }

    def seen_by(self, seat: Seat) -> set[Stream]:
        """All that others send whom they see and hear."""
        return {(feed, mid) for feed, other in self._others(seat).items() if other.live for mid in other.sends}

    def lines_of(self, seat: Seat) -> dict[str, tuple[str, str]]:
        """Whom each of their lines shows, and what of theirs; a screen that is not shared just now is none."""
        others, found = self._others(seat), {}
        for line, (feed, mid) in seat.shown.items():
            other = others.get(feed)
            source = other.sends.get(mid, "") if other is not None else ""
            if other is not None and source and not (source == "screen" and other.muted.get(source)):
                found[line] = (other.sid, source)
        return found
