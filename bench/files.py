"""What it takes to look a file through for what harms: time, and the memory of the worker that does it.

Each kind of file goes to a fresh worker, so that its height is its own. A bomb is a file that is small and swells: what
counts is that it costs little, and is told as not scanned.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

import msgspec

from masstransit.malware.crew import Crew
from tests.malware.files import PNG, a_pdf, a_stream, zeros, zipped

COLUMNS = ("file", "KB", "p50 ms", "unpacked MB", "worker's memory MiB", "more than empty-handed", "told")


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of file."""

    file: str
    size: int  #: bytes
    ms: float
    unpacked: int  #: bytes
    height: float  #: MiB, the most that the worker ever held
    more: float  #: MiB, than before the file
    told: str

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        unpacked = f"{self.unpacked / (1 << 20):.1f}"
        return (
            self.file, f"{self.size / 1024:.0f}", f"{self.ms:.1f}", unpacked, f"{self.height:.0f}", f"{self.more:.0f}",
            self.told,
        )  # fmt: skip


async def looked_through(rounds: int = 7) -> list[Looked]:
    """Every kind."""
    chance = random.Random(1)
    pictures = [(f"{number}.png", PNG + chance.randbytes(20_000)) for number in range(50)]
    kinds = {
        "a text": b"Your table is ready. " * 40,
        "a PDF": a_pdf(a_stream(b"BT (Invoice 4711) Tj ET")),
        "noise": chance.randbytes(1 << 20),
        "noise of 10 MB": chance.randbytes(10 << 20),
        "a zip of 50 pictures": zipped(*pictures),
        "a bomb of 450 MB": zeros(450),
        "the same zipped once more": zipped(("a.zip", zeros(450))),
        "a bomb of 4 GB": zeros(4095),
    }
    return [await _looked(what, data, rounds) for what, data in kinds.items()]


async def _looked(what: str, data: bytes, rounds: int) -> Looked:
    crew = Crew()
    await crew.examine(b"")
    (worker,) = crew.workers
    before, times = _height(worker), []
    for _ in range(rounds):
        began = time.perf_counter()
        report = await crew.examine(data, "file")
        times.append((time.perf_counter() - began) * 1e3)
    height = _height(worker)
    await crew.stop()
    told = "; ".join((*report.found, *report.missed)) or "clean"
    ms = sorted(times)[len(times) // 2]
    return Looked(
        file=what, size=len(data), ms=ms, unpacked=report.unpacked, height=height, more=height - before, told=told
    )


def _height(process: int) -> float:
    """MiB, the most that a process ever held."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
