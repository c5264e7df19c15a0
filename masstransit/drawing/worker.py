"""A process that draws one document, and may die of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from masstransit.drawing.documents import read as drawn
from masstransit.drawing.orders import NO_DOCUMENT, Bounds, Drawn, Job
from masstransit.errors import BadInput
from masstransit.workers.confining import confine, pipes, spend
from masstransit.workers.pipe import frame, read

TOO_MUCH_MEMORY = "The document takes too much memory to draw: save it with smaller pictures, or as fax pages (TIFF)."


def serve(source: BinaryIO, sink: BinaryIO, limit: Callable[[Bounds], None]) -> None:
    """Draw what comes; `limit` confines this process before anything of it is looked at."""
    job = read(source, Job)
    if job is not None:
        limit(job.bounds)
        sink.write(frame(_drawn(job)))
        sink.flush()


def _drawn(job: Job) -> Drawn:
    try:
        return Drawn(document=drawn(job.data, job.quality, most=job.bounds.pages))
    except BadInput as wrong:
        return Drawn(fault=str(wrong), code=wrong.code)
    except MemoryError:
        return Drawn(fault=TOO_MUCH_MEMORY, code=NO_DOCUMENT)


def _limit(bounds: Bounds) -> None:
    confine(bounds.memory)
    spend(bounds.seconds)


if __name__ == "__main__":
    serve(*pipes(), _limit)
