"""Errands: commands of ours that somebody at the desk has run, each in a process of its own beside the one that serves.

    errands.begin(errand, "replay", user, ["replay", "--json", ...])
    errands.running(errand)      # how far it has come, while it runs here
    await errands.stop(errand)

They have the house's settings, told on standard input and in no file, and a low priority, so that traffic goes first.
What came of one is kept on record (`storage.errands`); what is under way when the house stops is ended with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from masstransit.clock import Clock
from masstransit.errors import Conflict, Fault, StorageUnavailable
from masstransit.storage import errands
from masstransit.storage.engine import Database

LONGEST = 30 * 60.0  # seconds that one may take
_MOST = 3  # at once
_ALONE = frozenset({"drill"})  # kinds of which one runs at a time, whoever asks
_NICE = 10
_GRACE = 5.0  # seconds in which one that is stopped may tidy up
_LARGEST = 16 * 1024 * 1024  # bytes of a result
_LONGEST_LINE = 64 * 1024
_FAULT = "masstransit: "


class Running:
    """One that runs here."""

    def __init__(self, errand: str, kind: str, user: str) -> None:
        self.errand, self.kind, self.user = errand, kind, user
        self.steps = 0  #: lines in which it said how far it has come
        self.said = ""  #: the last of them
        self.fault = ""  #: what it said went wrong
        self.stopped_by = ""  #: why it was ended before its end
        self.process: asyncio.subprocess.Process | None = None

    def heard(self, line: str) -> None:
        """A line of its stderr: a fault, or how far it has come; the log's lines are left."""
        if line.startswith(_FAULT):
            self.fault = line.removeprefix(_FAULT)
        elif line[:1].isdigit():
            self.steps, self.said = self.steps + 1, line


class Errands:
    """Those of this process."""

    def __init__(self, database: Database, clock: Clock, settings: str, environment: Mapping[str, str]) -> None:
        self._database, self._clock = database, clock
        self._settings, self._environment = settings.encode(), environment
        self._running: dict[str, Running] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._told: dict[tuple[str, ...], Any] = {}

    def running(self, errand: str) -> Running | None:
        """One, while it runs here."""
        return self._running.get(errand)

    def check(self, kind: str, user: str) -> None:
        """Raise `Conflict` where none can begin now."""
        for each in self._running.values():
            if each.user == user:
                raise Conflict("one of yours runs already: wait for it, or stop it")
            if each.kind == kind and kind in _ALONE:
                raise Conflict("another person's runs already, and there is one at a time: wait for it")
        if len(self._running) >= _MOST:
            raise Conflict(f"{_MOST} run already: wait until one of them is done")

    def begin(self, errand: str, kind: str, user: str, arguments: Sequence[str]) -> None:
        """Begin one that is on record. Raises `Conflict`."""
        self.check(kind, user)
        running = self._running[errand] = Running(errand, kind, user)
        self._tasks[errand] = asyncio.create_task(self._run(running, arguments))

    async def stop(self, errand: str, why: str) -> None:
        """End one before its end, and wait until what came of it is on record."""
        running, task = self._running.get(errand), self._tasks.get(errand)
        if running is None or task is None:
            return
        running.stopped_by = running.stopped_by or why
        await _end(running.process)
        await asyncio.wait([task])

    async def finished(self, errand: str) -> None:
        """Wait for the end of one."""
        if (task := self._tasks.get(errand)) is not None:
            await asyncio.wait([task])

    async def close(self) -> None:
        """The house stops."""
        await asyncio.gather(*(self.stop(errand, "the house stopped") for errand in list(self._running)))

    async def told(self, *arguments: str) -> Any:
        """What a quick command tells in JSON, which is the same for as long as this process runs. Raises `Fault`."""
        if arguments not in self._told:
            running = Running("", "", "")
            try:
                self._told[arguments] = msgspec.json.decode(await self._output(running, arguments))
            except (msgspec.DecodeError, OSError) as lost:
                raise Fault(f"masstransit {' '.join(arguments)} told nothing: {running.fault or lost}") from lost
        return self._told[arguments]

    async def _run(self, running: Running, arguments: Sequence[str]) -> None:
        result, failed = None, ""
        try:
            async with asyncio.timeout(LONGEST):
                output = await self._output(running, arguments)
            result = msgspec.json.decode(output)
        except TimeoutError:
            failed = f"it took longer than {LONGEST / 60:.0f} minutes: ask for a shorter time"
        except (msgspec.DecodeError, OSError):
            failed = running.stopped_by or running.fault or "it ended without a result"
        if running.stopped_by:
            result, failed = None, running.stopped_by
        try:
            await self._keep(running.errand, result, failed)
        finally:
            self._running.pop(running.errand, None)
            self._tasks.pop(running.errand, None)

    async def _keep(self, errand: str, result: Any, failed: str) -> None:
        now = self._clock.now()
        with contextlib.suppress(StorageUnavailable):  # it is shown as cut off
            await self._database.write(lambda c: errands.end(c, errand, now, result=result, failed=failed))

    async def _output(self, running: Running, arguments: Sequence[str]) -> bytes:
        """What a command writes to its stdout. Raises `OSError` where it can't be started."""
        with tempfile.TemporaryDirectory(prefix="masstransit-errand-") as folder:
            process = running.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "masstransit", *arguments, "--config", "-",
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
                env={**self._environment, "TMPDIR": folder}, start_new_session=True, limit=_LONGEST_LINE,
            )  # fmt: skip
            try:
                if running.stopped_by:  # while it was being started
                    return b""
                with contextlib.suppress(ProcessLookupError):
                    os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)
                stdin, stdout, stderr = process.stdin, process.stdout, process.stderr
                if stdin is None or stdout is None or stderr is None:
                    raise OSError("it was started without pipes")
                output, _, _ = await asyncio.gather(_all_of(stdout), _lines_of(stderr, running), self._tell(stdin))
                await process.wait()
            finally:
                await _end(process)
            return output

    async def _tell(self, stdin: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):  # it ended before it read its settings; why, it says itself
            stdin.write(self._settings)
            await stdin.drain()
        stdin.close()


async def _all_of(stream: asyncio.StreamReader) -> bytes:
    read = bytearray()
    while piece := await stream.read(_LONGEST_LINE):
        read += piece[: max(0, _LARGEST - len(read))]  # what is cut can't be read as JSON
    return bytes(read)


async def _lines_of(stream: asyncio.StreamReader, running: Running) -> None:
    while True:
        try:
            line = await stream.readline()
        except ValueError:  # longer than a line that we say
            continue
        if not line:
            return
        running.heard(line.decode("utf-8", "replace").strip()[:300])


async def _end(process: asyncio.subprocess.Process | None) -> None:
    """End a process and those that it started: it may tidy up first."""
    if process is None or process.returncode is not None:
        return
    for how, patience in ((signal.SIGINT, _GRACE), (signal.SIGKILL, _GRACE)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), patience)
            return
