"""A do-not-call list of real size: what its import takes, and what it takes to look somebody up.

The file is made as it is read (`bench.registry` writes into the import's stdin), so that none of its gigabytes is kept.
Looked up are batches of people, of whom some stand on the list: in the file alone, and through the learner, which
hands every message of a batch its fact.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import numpy as np

from bench.processes import resident
from bench.registry import AREAS
from masstransit.clock import SystemClock
from masstransit.facts.consent import DoNotCall, DoNotCallLists
from masstransit.model.address import e164
from masstransit.model.communication import Communication, Kind
from masstransit.storage.engine import Database
from masstransit.storage.number_file import NumberFile, Numbers

COLUMNS = ("list", "numbers", "import s", "CPU s", "numbers/s", "disk MiB", "memory MiB")
LOOKED_UP = ("look-ups", "of a batch", "us a number", "look-ups/s", "memory MiB")
_BATCH = 256
_BATCHES = 400
_MIB = 1 << 20


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What an import took."""

    numbers: int
    seconds: float
    cpu_s: float  #: of the import, without who makes the numbers
    disk: int  #: bytes
    memory_mib: float  #: the most that it had at a time, with what it had mapped of the file

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        return (
            "us-national", f"{self.numbers:,}", f"{self.seconds:.1f}", f"{self.cpu_s:.1f}",
            f"{self.numbers / self.seconds:,.0f}", f"{self.disk / _MIB:,.1f}", f"{self.memory_mib:,.0f}",
        )  # fmt: skip


class LookedUp(msgspec.Struct, frozen=True, kw_only=True):
    """What look-ups took."""

    where: str
    us: float  #: a number, the median batch
    memory_mib: float  #: resident in addition afterwards: the pages of the file that were touched

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        return self.where, f"{_BATCH}", f"{self.us:.2f}", f"{1e6 / self.us:,.0f}", f"{self.memory_mib:,.0f}"


def imported(numbers: int, data: Path) -> Imported:
    """Make a list and import it. Ends the program where it can't be imported."""
    made = subprocess.Popen([sys.executable, "-m", "bench.registry", str(numbers)], stdout=subprocess.PIPE)
    asked = ["do-not-call", "/dev/stdin", "--registry", "us-national", "--region", "US", "--data", str(data)]
    started = time.perf_counter()
    running = subprocess.Popen(
        [sys.executable, "-m", "masstransit", "import", *asked], stdin=made.stdout, stdout=subprocess.DEVNULL
    )
    if made.stdout is not None:
        made.stdout.close()  # the import's alone: it ends where that one does
    _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if made.wait(10) or running.returncode:
        raise SystemExit(f"the list could not be imported: {running.returncode}")
    file = file_of(data)
    return Imported(
        numbers=NumberFile(file).numbers,
        seconds=seconds,
        cpu_s=used.ru_utime + used.ru_stime,
        disk=file.stat().st_blocks * 512,
        memory_mib=used.ru_maxrss / 1024,
    )


def file_of(data: Path) -> Path:
    """The list that is in force."""
    (file,) = (data / "lists").glob("*.numbers")
    return file


async def looked_up(data: Path) -> list[LookedUp]:
    """Look people up, each batch once: none profits from the one before."""
    rng = np.random.default_rng(7)
    people = 10**10 + rng.choice(AREAS, (_BATCHES, _BATCH)) * 10**7 + rng.integers(2 * 10**6, 10**7, (_BATCHES, _BATCH))
    before = resident(os.getpid())
    file = NumberFile(file_of(data))
    times = [_timed(file, batch) for batch in people]
    alone = LookedUp(where="in the file", us=_median(times), memory_mib=resident(os.getpid()) - before)
    batches = [[_message(int(number)) for number in batch] for batch in people]
    before = resident(os.getpid())
    return [
        alone,
        LookedUp(
            where="facts of messages", us=await _learned(data, batches), memory_mib=resident(os.getpid()) - before
        ),
    ]


async def _learned(data: Path, batches: list[list[Communication]]) -> float:
    database = Database(f"sqlite:///{data / 'masstransit.db'}")
    learner = DoNotCallLists(database, SystemClock(), data / "lists")
    times = []
    for batch in batches:
        started = time.perf_counter()
        facts = await learner.learn(batch)
        times.append(time.perf_counter() - started)
        if not all(isinstance(fact, DoNotCall) for fact in facts):
            raise SystemExit("the list is not to be read")
    await database.close()
    return _median(times)


def _message(number: int) -> Communication:
    return Communication(
        id="SM0", account="AC0", kind=Kind.SMS, channel="rest", sender=e164("+14155550100"),
        recipient=e164(f"+{number}"), text="", at=SystemClock().now(),
    )  # fmt: skip


def _timed(file: NumberFile, batch: Numbers) -> float:
    started = time.perf_counter()
    file.among(batch)
    return time.perf_counter() - started


def _median(times: list[float]) -> float:
    """Microseconds a number."""
    return sorted(times)[len(times) // 2] / _BATCH * 1e6
