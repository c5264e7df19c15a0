"""What a worker does with itself before it reads anything of a stranger's: its limits, and where it speaks."""

from __future__ import annotations

import os
import resource
from typing import BinaryIO


def confine(memory: int) -> None:
    """What the system holds this process to: so many bytes of data, no file written, no dump of what it held."""
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def spend(seconds: float) -> None:
    """What comes next may use so many seconds of a processor: then this process is ended, even if nobody waits."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime + seconds) + 5
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def pipes() -> tuple[BinaryIO, BinaryIO]:
    """What were standard input and output; nothing that a reader of documents prints gets between."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(nothing, stream)
    return source, sink
