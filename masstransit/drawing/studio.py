"""Has documents drawn, each by a process of its own: nothing of one stranger's is left when the next one's is drawn.

A process starts in a fifth of a second, and a page of a fax goes over the line in half a minute; so none is kept.
"""

from __future__ import annotations

import asyncio
import logging

import msgspec

from masstransit.carriage.fax.pages import Document
from masstransit.drawing.orders import NO_DOCUMENT, Bounds, Drawn, Job
from masstransit.errors import BadInput, StorageUnavailable
from masstransit.workers.process import Died, Worker, start

log = logging.getLogger("masstransit.fax")

_FREE_WITHIN = 60.0  # seconds that a document waits for its turn
_ANSWERS = msgspec.msgpack.Decoder(Drawn)


class Studio:
    """Implements `carriage.fax.faxes.Drawing`: `workers` documents at a time. `grace`: seconds past a document's own
    time in which its process starts, and gets to say so."""

    def __init__(self, bounds: Bounds | None = None, *, workers: int = 2, grace: float = 15.0) -> None:
        self.bounds = bounds or Bounds()
        self._patience = self.bounds.seconds + grace
        self._places = asyncio.Semaphore(workers)
        self._at_work: set[Worker] = set()

    @property
    def workers(self) -> tuple[int, ...]:
        """The processes that there are."""
        return tuple(worker.pid for worker in self._at_work)

    async def draw(self, data: bytes, quality: str) -> Document:
        """A document's pages. Raises `BadInput` for what can't be drawn, with what can be; `StorageUnavailable` where
        nobody is free to draw."""
        if len(data) > self.bounds.largest:
            raise BadInput(f"The document has {len(data)} bytes; {self.bounds.largest} are the most.", code=30019)
        try:
            async with asyncio.timeout(_FREE_WITHIN):
                await self._places.acquire()
        except TimeoutError as late:
            raise StorageUnavailable("too many documents are being drawn: try again in a moment") from late
        try:
            answer = await self._ask(Job(data=data, quality=quality, bounds=self.bounds))
        finally:
            self._places.release()
        if answer.document is None:
            raise BadInput(answer.fault, code=answer.code)
        return answer.document

    async def _ask(self, job: Job) -> Drawn:
        try:
            worker = await start("masstransit.drawing.worker")
        except OSError as lost:
            raise StorageUnavailable(f"no process can be started to draw a document: {lost.strerror}") from lost
        self._at_work.add(worker)
        try:
            async with asyncio.timeout(self._patience):
                return _ANSWERS.decode(await worker.ask(job))
        except TimeoutError as late:
            log.warning("a document of %d bytes took too long to draw, and its process was ended", len(job.data))
            said = f"The document takes longer than {self.bounds.seconds:g} s to draw: send it in parts."
            raise BadInput(said, code=NO_DOCUMENT) from late
        except (Died, msgspec.DecodeError) as died:
            log.warning("a process died of drawing a document of %d bytes", len(job.data))
            said = "The document can't be drawn: it is damaged, or asks for too much. Save it again, or as TIFF."
            raise BadInput(said, code=NO_DOCUMENT) from died
        finally:
            self._at_work.discard(worker)
            await worker.end()
