"""One fax on one call, from the answer to its end: by sound at first, by packets where the two sides agree on them.

When they do the terminals begin anew with the other way of talking, as T.38 has it: until then no page was begun.
A terminal's work is done in threads, because it compresses a page at once, which takes tens of milliseconds that no
other call's sound should wait for.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from masstransit.carriage.fax.line import FaxLine
from masstransit.carriage.voice.tasks import cancelled
from masstransit.channels.fax.terminal import (
    Event,
    Job,
    PacketTerminal,
    Result,
    SoundTerminal,
)
from masstransit.channels.fax.wire import Wire, open_wire
from masstransit.errors import BadInput

log = logging.getLogger("masstransit.fax")

Packets: TypeAlias = Literal["offered", "taken", "refused"]

DROPPED = 49  #: spandsp's code: the call ended before the fax did
_SECONDS = 0.02
_LINGERS = 1.0  # seconds that the last words of a terminal have to arrive
_LONGEST = 3600.0  # seconds of a fax: then something is wrong with it
_OFFERS_AFTER = 0.5  # seconds from the answer: the other side may have something to say first
_DROPPED_WORDS = "The call dropped prematurely"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How faxes go."""

    packets: Packets = "taken"  #: T.38: offered by us, taken where the other side offers it, refused
    host: str = "127.0.0.1"  #: where its packets come to
    shown: str = ""  #: by which others reach that, where it is another
    ports: Sequence[int] = (0,)


@contextlib.asynccontextmanager
async def workplace(folder: Path) -> AsyncIterator[Path]:
    """A file for the pages of one fax, for as long as it is on its way."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True, mode=0o700)
    made = await asyncio.to_thread(tempfile.TemporaryDirectory, dir=folder, prefix="fax-")
    try:
        yield Path(made.name) / "pages.tif"
    finally:
        await asyncio.to_thread(made.cleanup)


def _untold(_: Event) -> None:
    """Nobody asked."""


class Transmission:
    """See above."""

    def __init__(
        self,
        line: FaxLine,
        job: Job,
        *,
        pool: ThreadPoolExecutor,
        settings: Settings,
        told: Callable[[Event], None] = _untold,
    ) -> None:
        """`told` hears in the loop's thread how it goes."""
        self._line = line
        self._job = job
        self._pool = pool
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._told = told
        self._wire: Wire | None = None
        self._switched = asyncio.Event()
        self.by_packets = False

    async def run(self) -> Result:
        """Carry it out; the call is the caller's to end. Raises `FaxUnavailable`, `OSError` where no port is free."""
        if self._settings.packets != "refused":
            self._wire = await open_wire(self._settings.host, self._settings.ports, self._settings.shown)
            self._line.answer_offers(self._offered)
        try:
            async with asyncio.timeout(_LONGEST):
                return await self._run()
        except TimeoutError:
            return Result(code=DROPPED, words="It took too long")
        finally:
            if self._wire is not None:
                self._wire.close()

    async def _run(self) -> Result:
        over = self._loop.create_task(_over(self._line))
        offering = self._loop.create_task(self._offer())
        sound = self._loop.create_task(self._by_sound(over))
        switched = self._loop.create_task(self._switched.wait())
        try:
            await asyncio.wait({sound, switched}, return_when=asyncio.FIRST_COMPLETED)
            if sound.done():
                return sound.result()
            await cancelled(sound)
            self.by_packets = True
            return await self._by_packets(over)
        finally:
            await cancelled(over, offering, sound, switched)

    # --- T.38 is agreed on --------------------------------------------------------------------------------------------

    def _offered(self, theirs: str, home: str) -> str:
        """The other side offers packets."""
        if self._wire is None:
            raise BadInput("faxes by packets are refused here")
        answer = self._wire.answer(theirs, home)
        self._switched.set()
        return answer

    async def _offer(self) -> None:
        if self._settings.packets != "offered" or self._wire is None:
            return
        await asyncio.sleep(_OFFERS_AFTER)
        if self._switched.is_set():
            return
        theirs = await self._line.offer(self._wire.offer())
        if theirs is None or self._switched.is_set():
            return
        try:
            self._wire.hear(theirs)
        except BadInput as strange:
            log.info("fax packets were offered, and answered with something else: %s", strange)
        else:
            self._switched.set()

    # --- the two ways -------------------------------------------------------------------------------------------------

    async def _by_sound(self, over: asyncio.Task[None]) -> Result:
        terminal = SoundTerminal(self._job, self._hear)
        modem = _Sound(terminal, self._pool)
        talking = self._loop.create_task(self._line.modem(modem))
        try:
            await asyncio.wait({talking, over, modem.ended}, return_when=asyncio.FIRST_COMPLETED)
            if talking.done():
                talking.result()
            if terminal.result is not None and not over.done():
                await asyncio.wait({over}, timeout=_LINGERS)
            return terminal.result or await self._gave_up(terminal)
        finally:
            await cancelled(talking)
            await asyncio.wait({self._loop.run_in_executor(self._pool, terminal.close)})

    async def _by_packets(self, over: asyncio.Task[None]) -> Result:
        if self._wire is None:
            raise AssertionError("packets were agreed on without a wire")
        terminal = PacketTerminal(self._job, self._hear)
        due, end = self._loop.time(), None
        try:
            while not over.done():
                came = self._wire.take()
                for said in await self._loop.run_in_executor(self._pool, terminal.turn, came):
                    self._wire.send(said.packet, said.times)
                if terminal.result is not None:
                    end = end or self._loop.time() + _LINGERS
                    if self._loop.time() >= end:
                        break
                due = max(due + _SECONDS, self._loop.time() - 10 * _SECONDS)
                await asyncio.sleep(max(0.0, due - self._loop.time()))
            return terminal.result or await self._gave_up(terminal)
        finally:
            await asyncio.wait({self._loop.run_in_executor(self._pool, terminal.close)})

    async def _gave_up(self, terminal: SoundTerminal | PacketTerminal) -> Result:
        """The call is over before the terminal is."""
        await self._loop.run_in_executor(self._pool, terminal.hang_up)
        return terminal.result or Result(code=DROPPED, words=_DROPPED_WORDS)

    def _hear(self, event: Event) -> None:
        """In a thread of the pool."""
        self._loop.call_soon_threadsafe(self._told, event)


async def _over(line: FaxLine) -> None:
    await line.over()


class _Sound:
    """A terminal as a line's modem. Implements `carriage.fax.line.Modem`."""

    def __init__(self, terminal: SoundTerminal, pool: ThreadPoolExecutor) -> None:
        self._terminal = terminal
        self._pool = pool
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()

    async def turn(self, heard: Sequence[bytes], due: int) -> Sequence[bytes]:
        """See there."""
        said = await self._loop.run_in_executor(self._pool, self._terminal.turn, heard, due)
        if self._terminal.result is not None and not self.ended.done():
            self.ended.set_result(None)
        return said
