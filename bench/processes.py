"""What processes use, as Linux tells it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


@contextmanager
def on_core(number: int) -> Iterator[None]:
    """This process, and those that it starts meanwhile, on one core alone: the first of those that it may use, the
    second, and so on."""
    may = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(may)[number % len(may)]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, may)


def cpu(pid: int) -> float:
    """Seconds of processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def cpu_of_session(leader: int) -> float:
    """Seconds of processor time that the processes of a session have used, with those of theirs that ended."""
    used = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):  # it ended just now
            continue
        if int(fields[3]) == os.getsid(leader):
            used += sum(map(int, fields[11:15]))
    return used / _TICK


def memory(pid: int) -> float:
    """The most resident memory a process had, in MiB."""
    return _status(pid, "VmHWM") / 1024


def resident(pid: int) -> float:
    """The resident memory of a process now, in MiB."""
    return _status(pid, "VmRSS") / 1024


def _status(pid: int, name: str) -> int:
    """A figure of /proc/PID/status, in KiB."""
    line = next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith(name))
    return int(line.split()[1])


def pace() -> float:
    """Nanoseconds that one turn of an empty loop takes here, the least of some rounds: how quick the machine is now."""
    turns, rounds = 300_000, []
    for _ in range(9):
        begun = time.process_time()
        for _ in range(turns):
            pass
        rounds.append(time.process_time() - begun)
    return min(rounds) / turns * 1e9
