"""A worker, as the house sees it: started, asked, ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys

from masstransit.workers.pipe import frame

_ENVIRONMENT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TZ")


class Died(Exception):
    """The worker ended, or had to be ended, before it said anything."""


class Worker:
    """One process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._in, self._out = process.stdin, process.stdout

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ask(self, value: object) -> bytes:
        """What it answers. Raises `Died`."""
        if self._in is None or self._out is None:
            raise Died
        try:
            self._in.write(frame(value))
            await self._in.drain()
            length = int.from_bytes(await self._out.readexactly(4), "big")
            return await self._out.readexactly(length)
        except (ConnectionError, asyncio.IncompleteReadError) as lost:
            raise Died from lost

    async def end(self) -> None:
        """End it, whatever it does."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        if self._in is not None:
            self._in.close()


async def start(module: str) -> Worker:
    """A worker that runs a module of ours. Raises `OSError`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
    )
    return Worker(process)
