"""A room as `carriage/recording.py` asks for it: people are asked on their pages, and the unit keeps what is sent.
Implements `recording.Sound`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from masstransit.carriage.recording import Announcement, Tape
from masstransit.carriage.video import prompts
from masstransit.carriage.video.seats import Room
from masstransit.carriage.video.unit import Tapes
from masstransit.model.change import Act

Happened: TypeAlias = Callable[[Room, str, str], None]  # room, recording, what: started, paused, resumed, completed

_SEEN_WITHIN = 30.0  # seconds in which a page shows what it is to show, or it is not there


class RoomSound:
    """Of one room. `happened` hears what becomes of its recordings."""

    def __init__(self, tapes: Tapes, happened: Happened) -> None:
        self._tapes = tapes
        self._happened = happened
        self._room: Room | None = None
        self._known: dict[str, bool] = {}  # recording -> whether it keeps what is sent just now

    def of(self, room: Room) -> None:
        """Whose it is."""
        self._room = room

    @property
    def room(self) -> Room:
        """Whose it is."""
        if self._room is None:
            raise AssertionError("the sound of no room")
        return self._room

    def announcement(self, acts: frozenset[Act], language: str) -> Announcement:
        return prompts.about(acts, language)

    async def announce(self, number: int, what: Announcement) -> bool:
        """Show it; whether it stood before them, whole."""
        seat = self.room.seat_of(number)
        if seat is None:
            return False
        while not seat.keys.empty():
            seat.keys.get_nowait()
        shown: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        seat.shown = shown
        seat.wire.tell("asked", text=what.text, language=what.language, acts=[act.value for act in what.acts])
        try:
            async with asyncio.timeout(_SEEN_WITHIN):
                return await shown
        except TimeoutError:
            return False

    async def key(self, number: int, within: float) -> str | None:
        seat = self.room.seat_of(number)
        if seat is None:
            return None
        try:
            async with asyncio.timeout(within):
                while self.room.seat_of(number) is seat:
                    answer = asyncio.ensure_future(seat.keys.get())
                    done, _ = await asyncio.wait({answer}, timeout=0.5)
                    if done:
                        return answer.result()
                    answer.cancel()
        except TimeoutError:
            return None
        return None

    def asked(self, number: int) -> None:
        seat = self.room.seat_of(number)
        if seat is not None:
            seat.shown = None
            seat.wire.tell("unasked")

    def capture(self, sid: str) -> None:
        self._tapes.capture(sid, self.room.sid)
        self._note(sid, "resumed" if sid in self._known else "started", captures=True)

    def pause(self, sid: str) -> None:
        self._tapes.pause(sid)
        if self._known.get(sid):
            self._note(sid, "paused", captures=False)

    async def finish(self, sid: str) -> Tape | None:
        if sid not in self._known:
            return None
        self._tapes.pause(sid)
        del self._known[sid]
        tape = await self._tapes.finish(sid, keep=True)
        self._happened(self.room, sid, "completed")
        return tape

    async def discard(self, sid: str) -> None:
        self._known.pop(sid, None)
        await self._tapes.finish(sid, keep=False)

    def _note(self, sid: str, what: str, *, captures: bool) -> None:
        self._known[sid] = captures
        self._happened(self.room, sid, what)
