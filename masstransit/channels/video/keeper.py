"""The house's side of the forwarding unit: starts it, talks with it, starts it again when it died."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from masstransit.carriage.recording import Tape
from masstransit.carriage.video.unit import Hears
from masstransit.channels.video.talk import (
    LONGEST_LINE,
    TELLS,
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
    Ready,
    Said,
    Shown,
    Tells,
    Unusable,
    line,
)
from masstransit.errors import ConfigError

log = logging.getLogger("masstransit.video")

_FIRST, _LONGEST = 0.5, 30.0  # seconds between tries
_GRACE = 4.0  # seconds that the unit gets to close its connections
_READY_WITHIN = 20.0
_FINISHED_WITHIN = 30.0  # seconds in which a recording's files are closed and read over


class Keeper:
    """One unit at a time. Implements `carriage.video.unit.Unit` and `Tapes`. `most` people are in one of its rooms."""

    viewing = None

    def __init__(self, settings: Opened, most: int) -> None:
        self.most = most
        self._settings = settings
        self._hears: Hears | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._here = asyncio.Event()
        self._closing = False
        self._tasks: list[asyncio.Task[None]] = []
        self._finishing: dict[str, asyncio.Future[Finished]] = {}

    @property
    def up(self) -> bool:
        return self._here.is_set()

    @property
    def pid(self) -> int | None:
        """The process that serves now."""
        return self._process.pid if self._process is not None else None

    @property
    def tapes(self) -> Keeper:
        return self

    def connect(self, hears: Hears) -> None:
        self._hears = hears

    # --- its life -------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Start it, and wait until it serves. Raises `ConfigError`."""
        process = await self._start()
        here, died = asyncio.ensure_future(self._here.wait()), asyncio.ensure_future(process.wait())
        await asyncio.wait([here, died], timeout=_READY_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        here.cancel()
        died.cancel()
        if not self.up:
            await self.close()
            raise ConfigError("the forwarding unit of video did not start; the log says more")
        self._tasks.append(asyncio.create_task(self._watch()))

    async def close(self) -> None:
        """End it."""
        self._closing = True
        self._here.clear()
        process = self._process
        if process is not None and process.returncode is None:
            if process.stdin is not None:
                process.stdin.close()
            try:
                await asyncio.wait_for(process.wait(), _GRACE)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _start(self) -> asyncio.subprocess.Process:
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "masstransit.channels.video",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LONGEST_LINE,
        )  # fmt: skip
        if process.stdin is not None:
            with contextlib.suppress(ConnectionError):
                process.stdin.write(line(self._settings))
        self._tasks = [task for task in self._tasks if not task.done()]
        self._tasks.append(asyncio.create_task(self._listen(process)))
        return process

    async def _watch(self) -> None:
        """Start it again whenever it died, waiting longer each time that it lived for less than a minute."""
        pause, loop = _FIRST, asyncio.get_running_loop()
        while (process := self._process) is not None:
            began = loop.time()
            status = await process.wait()
            if self._closing:
                return
            self._gone()
            pause = _FIRST if loop.time() - began > 60 else min(pause * 2, _LONGEST)
            log.error("the forwarding unit of video ended (%d); it is started again in %.1f s", status, pause)
            await asyncio.sleep(pause)
            await self._start()

    def _gone(self) -> None:
        self._here.clear()
        for waiting in self._finishing.values():
            waiting.cancel()
        self._finishing.clear()
        if self._hears is not None:
            self._hears.down(self)

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            return
        while told := await process.stdout.readline():
            try:
                self._hear(TELLS.decode(told))
            except msgspec.MsgspecError as strange:
                log.error("the forwarding unit said what nobody understands: %s", strange)  # noqa: TRY400 - what

    def _hear(self, said: Tells) -> None:
        if isinstance(said, Ready):
            self._here.set()
        elif isinstance(said, Finished):
            waiting = self._finishing.pop(said.sid, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(said)
        elif self._hears is not None:
            _hand_on(said, self._hears)

    # --- what is said to it ---------------------------------------------------------------------------------------

    def _say(self, said: Said) -> None:
        process = self._process
        if self.up and process is not None and process.stdin is not None and not process.stdin.is_closing():
            process.stdin.write(line(said))

    def enter(self, room: str, peer: str, leg: int, apart: Sequence[str]) -> None:
        self._say(Enter(room=room, peer=peer, leg=leg, apart=tuple(apart)))

    def offer(self, peer: str, sdp: str, lines: Mapping[str, str]) -> None:
        self._say(Offer(peer=peer, sdp=sdp, lines=dict(lines)))

    def hush(self, peer: str, source: str, *, muted: bool, by: str) -> None:
        self._say(Hush(peer=peer, source=source, muted=muted, by=by))

    def drop(self, peer: str) -> None:
        self._say(Drop(peer=peer))

    def capture(self, sid: str, room: str) -> None:
        self._say(Capture(sid=sid, room=room))

    def pause(self, sid: str) -> None:
        self._say(Pause(sid=sid))

    async def finish(self, sid: str, *, keep: bool) -> Tape | None:
        if not self.up:  # what one that died had written is vouched for by nobody
            await asyncio.to_thread(shutil.rmtree, Path(self._settings.folder) / sid, ignore_errors=True)
            return None
        waiting = self._finishing[sid] = asyncio.get_running_loop().create_future()
        self._say(Finish(sid=sid, keep=keep))
        try:
            async with asyncio.timeout(_FINISHED_WITHIN):
                done = await asyncio.shield(waiting)
        except (TimeoutError, asyncio.CancelledError):
            if waiting.cancelled():
                return await self.finish(sid, keep=False)
            self._finishing.pop(sid, None)
            raise
        if not done.digests:
            return None
        return Tape(seconds=done.seconds, digests=done.digests, whole=done.whole)


def _hand_on(said: Tells, hears: Hears) -> None:
    match said:
        case Answer():
            hears.answered(said.peer, said.sdp)
        case Unusable():
            hears.unusable(said.peer, said.why)
        case Shown():
            hears.shown(said.peer, said.lines, said.seats, said.stages)
        case Lost():
            hears.lost(said.peer)
