"""One leg's stay in a conference: heard by all, by one or by nobody, on hold; and what it alone is to hear."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any

from masstransit.carriage.recording import State
from masstransit.carriage.voice.asking import Where
from masstransit.carriage.voice.conferences import Conferences, Seat
from masstransit.carriage.voice.line import Line, Sound, Unspoken
from masstransit.carriage.voice.tasks import race
from masstransit.errors import Fault

log = logging.getLogger("masstransit.voice")

_ROUND = 1.0  # seconds that a document for who is on hold takes at least


class Stay:
    """`aside` carries out a document for this leg alone."""

    def __init__(self, conferences: Conferences, seat: Seat, aside: Callable[[Where], Awaitable[Any]]) -> None:
        self._conferences = conferences
        self._seat = seat
        self._line: Line = seat.line
        self._aside = aside

    async def run(
        self, off_air: AbstractAsyncContextManager[None], *also: Coroutine[Any, Any, Any], within: float
    ) -> str:
        """Until it is over, they are put out of it, one of `also` is done, or their time is; why they could not be let
        in as they asked, or "". `off_air`: what is done meanwhile with recordings of the leg's own call."""
        seat, refused = self._seat, list[str]()
        try:
            ends = (seat.room.over.wait(), seat.removed.wait(), *also)
            await race(self._inside(off_air, refused), *ends, within=within)
        finally:
            self._conferences.exit(seat)
        return "".join(refused)

    async def _inside(self, off_air: AbstractAsyncContextManager[None], refused: list[str]) -> None:
        seat = self._seat
        await seat.room.begun.wait()
        async with off_air:
            seat.silenced = bool(seat.asked.coach)  # until the gate says who may hear them
            await self._conferences.admitted(seat)
            if seat.asked.coach and (why := await self._coached()):
                refused.append(why)
                return
            await race(self._placed(), self._asides())

    async def _coached(self) -> str:
        """Whisper to whom the document names; why not, or ""."""
        try:
            ruled = await self._conferences.coach(self._seat, self._seat.asked.coach)
        except Fault as amiss:
            return f"Nobody is coached: {amiss}"
        if ruled.state is State.CAPTURING:
            return ""
        return f"Nobody is coached: {ruled.why_not}"

    async def _placed(self) -> None:
        """Be where the seat says, and go elsewhere as soon as it says something else."""
        seat = self._seat
        while True:
            seat.changed.clear()
            await race(self._there(), seat.changed.wait())

    async def _there(self) -> None:
        seat = self._seat
        if seat.silenced:
            await asyncio.Event().wait()
        elif seat.on_hold:
            await self._held(seat.music)
        else:
            to = seat.coached.line if seat.coached is not None else None
            await self._line.confer(seat.room.key, muted=seat.muted, to=to)

    async def _held(self, music: Where | None) -> None:
        if music is None:
            await asyncio.Event().wait()
        else:
            while True:
                await asyncio.gather(self._aside(music), asyncio.sleep(_ROUND))

    async def _asides(self) -> None:
        """What they alone are to hear, one thing after the other."""
        while True:
            what = await self._seat.asides.get()
            if isinstance(what, Sound):
                await self._sound(what)
            else:
                await self._aside(what)
                self._conferences.announced(self._seat)

    async def _sound(self, sound: Sound) -> None:
        try:
            await self._line.play(sound)
        except Unspoken as mute:
            log.info("a tone was not heard: %s", mute)
