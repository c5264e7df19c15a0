"""Calls to a fax number: a terminal takes them, and what comes in is kept.

The other side hangs up as soon as its last page is confirmed. So a reception goes on when the call that led it is over,
until its pages are on record.
"""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from masstransit.carriage.fax import pages
from masstransit.carriage.fax.faxes import Arrived, Faxes, Progress, Webhook
from masstransit.carriage.fax.line import FaxLine
from masstransit.carriage.voice.keeping import until_stored
from masstransit.carriage.voice.line import Line
from masstransit.channels.fax import spandsp
from masstransit.channels.fax.terminal import Job, Result
from masstransit.channels.fax.transmission import Settings, Transmission, workplace
from masstransit.model.communication import Communication

log = logging.getLogger("masstransit.fax")

_GOODBYE = 2.0  # seconds in which the other side hangs up by itself


class Reception:
    """Implements `carriage.fax.receiving.Terminal`."""

    def __init__(self, faxes: Faxes, how: Settings, *, pool: ThreadPoolExecutor, folder: Path) -> None:
        """`folder` is where pages lie while they come in."""
        self._faxes = faxes
        self._how = how
        self._pool = pool
        self._folder = folder
        self._at_work: set[asyncio.Task[str | None]] = set()

    def amiss(self) -> str:
        """Why no fax can be taken; "" where it can."""
        return spandsp.amiss()

    async def take(self, call: Communication, line: Line, webhook: Webhook | None) -> str | None:
        """Take the fax that a call brings: its SID once it is on record; None: none came. Cancelled, it goes on."""
        if not isinstance(line, FaxLine) or self.amiss():
            return None
        task = asyncio.get_running_loop().create_task(self._taken(call, line, webhook))
        self._at_work.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    def _done(self, task: asyncio.Task[str | None]) -> None:
        self._at_work.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a fax that came in broke", exc_info=task.exception())

    async def drained(self) -> None:
        """Return when every fax that comes in is on record."""
        if self._at_work:
            await asyncio.wait(self._at_work)

    async def _taken(self, call: Communication, line: FaxLine, webhook: Webhook | None) -> str | None:
        began = time.monotonic()
        async with workplace(self._folder) as file:
            job = Job(takes=file, ident=call.recipient.text, most_pages=pages.MOST_PAGES)
            taking = Transmission(line, job, pool=self._pool, settings=self._how)
            result = await taking.run()
            count = await asyncio.to_thread(pages.count_of, file)
            tiff = await asyncio.to_thread(file.read_bytes) if count else b""
        if not count:
            log.info("call %s brought no fax: %s", call.id, result.words)
            return None
        progress = _progress(result, count, time.monotonic() - began, packets=taking.by_packets)
        arrived = Arrived(call=call, tiff=tiff, pages=count, whole=result.well, progress=progress)
        sid = await until_stored(lambda: self._faxes.receive(arrived, webhook))
        await asyncio.wait({asyncio.ensure_future(line.over())}, timeout=_GOODBYE)
        return sid


def _progress(result: Result, count: int, seconds: float, *, packets: bool) -> Progress:
    return Progress(
        done=count,
        seconds=seconds,
        rate=result.rate,
        ecm=result.ecm,
        packets=packets,
        far=result.far,
        words=result.words,
    )
