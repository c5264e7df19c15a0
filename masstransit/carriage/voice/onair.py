"""A led call as it can be recorded: who takes part in it, and the recordings that its document asks for.

Only a line whose sound goes through here is on air. Everybody who is joined with it is told of to `Recordings` before
they are put through. Where that is not known of everybody - in a conference, with who waited in a queue - the call is
off the air, and what was recorded of it ends.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from masstransit.carriage.callbacks import API_VERSION
from masstransit.carriage.recording import Asked, OnAir, Recordings, Ruled, State
from masstransit.carriage.recording_events import Listener
from masstransit.carriage.voice.gathering import one_of
from masstransit.carriage.voice.line import RATE, CallSound, Line, Sound
from masstransit.carriage.voice.tasks import cancelled, race
from masstransit.clock import Clock
from masstransit.errors import BadInput, Fault, NotFound
from masstransit.model.change import Participant
from masstransit.model.communication import Communication, Direction

if TYPE_CHECKING:
    from masstransit.carriage.voice.legs import Leg
    from masstransit.carriage.voice.verbs import Dial, Record

_FIRST = 1  # the leg's own number
_BEEP_PITCH, _BEEP_SECONDS, _LOUD = 1000, 0.25, 8000  # Hz; of 32,767
_NOT_RECORDED = frozenset({"do-not-record", "false"})


Began: TypeAlias = Callable[[str], Awaitable[None]]


class Unrecorded(Fault):
    """Nothing is recorded; the text says why, and what would help."""


class Air:
    """One call's, while its line goes on."""

    def __init__(
        self, recordings: Recordings, leg: Leg, line: Line, sound: CallSound, clock: Clock, *, base_url: str
    ) -> None:
        self._recordings = recordings
        self._call = leg.call
        self._line = line
        self._sound = sound
        self._clock = clock
        self._last = _FIRST
        self._base_url = base_url
        self._on_air = OnAir(
            account=leg.call.account,
            sid=leg.call.id,
            direction=leg.call.direction,
            end_user=leg.call.end_user,
            participants={_FIRST: self._somebody(_FIRST, leg.call)},
            sound=sound,
        )
        recordings.began(self._on_air)

    async def end(self) -> None:
        """The call is over, and so is what is recorded of it."""
        await self._recordings.ended(self._call.id)

    @asynccontextmanager
    async def off(self) -> AsyncIterator[None]:
        """Meanwhile it can't be known who hears: what is recorded ends, and nothing begins."""
        await self._recordings.ended(self._call.id)
        try:
            yield
        finally:
            self._on_air.over = False
            self._recordings.began(self._on_air)

    @asynccontextmanager
    async def joined(self, leg: Leg, line: Line) -> AsyncIterator[None]:
        """Somebody is about to be put through. What is recorded has stopped, and they were told, when this goes on."""
        self._last += 1
        number = self._last
        self._sound.admit(number, line)
        try:
            await self._recordings.joined(self._call.id, self._somebody(number, leg.call))
            yield
        finally:
            self._recordings.left(self._call.id, number)
            self._sound.dismiss(number)

    async def record(self, asked: Asked) -> None:
        """What is said from now on is recorded, to the end of the call. Returns when that is settled. Raises
        `Unrecorded`."""
        await self._ask(asked)

    @asynccontextmanager
    async def recorded(
        self, dial: Dial, listener: Listener | None, refused: list[str]
    ) -> AsyncIterator[dict[str, str]]:
        """What is said meanwhile is recorded, from when on everybody agrees; what its action hears of it is there at
        the end. Why it is not recorded is added to `refused`."""
        told: dict[str, str] = {}
        asking = asyncio.create_task(self._ask(dialled(dial, listener)))
        try:
            yield told
        finally:
            if not asking.done():
                await cancelled(asking)
            if not asking.cancelled():
                try:
                    told |= await self._stopped(asking.result())
                except Unrecorded as why:
                    refused.append(str(why))

    async def message(
        self,
        record: Record,
        *,
        source: str = "record",
        listener: Listener | None = None,
        began: Began | None = None,
    ) -> dict[str, str]:
        """What the person says is recorded, until they are silent, press a key, or its time is over; what the action
        hears of it. After a tone they speak to a machine, as everybody knows; without one they are told like anybody.
        `began` is told the recording's SID while it goes on. Cancelled, the recording has ended when this returns.
        Raises `Unrecorded`."""
        self._on_air.self_recorded = record.beep
        try:
            if record.beep:
                await self._line.play(Sound(url="", pcm=beep()))
            ruled = await self._ask(Asked(source=source, announce=not record.beep, listener=listener))
            try:
                return await self._said(record, ruled, began)
            except asyncio.CancelledError:
                await self._stopped(ruled)
                raise
        finally:
            self._on_air.self_recorded = False

    async def _said(self, record: Record, ruled: Ruled, began: Began | None) -> dict[str, str]:
        if began is not None:
            await began(ruled.sid)
        pressed: list[str] = []
        await race(
            self._finished(record.finish_on, pressed), self._sound.quiet(_FIRST, record.timeout), within=record.longest
        )
        return await self._stopped(ruled) | {"Digits": "".join(pressed)}

    async def _finished(self, keys: str, pressed: list[str]) -> None:
        """Return when one of these keys is pressed; it is in `pressed` then."""
        pressed.append(await one_of(self._line, keys))

    async def _ask(self, asked: Asked) -> Ruled:
        try:
            ruled = await self._recordings.ask(self._call.id, asked)
        except BadInput as silent:
            raise Unrecorded(f"Nothing is recorded: {silent}") from silent
        if ruled.state is State.CAPTURING:
            return ruled
        raise Unrecorded(f"Nothing is recorded: {ruled.why_not}")

    async def _stopped(self, ruled: Ruled) -> dict[str, str]:
        """End it, unless it has ended."""
        told = {"RecordingSid": ruled.sid}
        if self._base_url:
            told["RecordingUrl"] = (
                f"{self._base_url}/{API_VERSION}/Accounts/{self._call.account}/Recordings/{ruled.sid}"
            )
        try:
            seconds = await self._recordings.stop(ruled.sid)
        except NotFound:
            return told
        return told | {"RecordingDuration": str(round(seconds))}

    def _somebody(self, number: int, call: Communication) -> Participant:
        address = call.sender if call.direction is Direction.INBOUND else call.recipient
        return Participant(leg=number, address=address, since=self._clock.now())


def dialled(dial: Dial, listener: Listener | None) -> Asked:
    """How a document asks for what is said to be recorded."""
    return Asked(source="dial", channels=2 if dial.record.endswith("-dual") else 1, listener=listener)


def wants(dial: Dial) -> bool:
    """Whether a document asks for what is said to be recorded."""
    return dial.record not in _NOT_RECORDED


def beep() -> bytes:
    """A tone of a quarter of a second."""
    at = np.arange(int(_BEEP_SECONDS * RATE))
    return bytes((_LOUD * np.sin(2 * math.pi * _BEEP_PITCH * at / RATE)).astype("<i2").tobytes())
