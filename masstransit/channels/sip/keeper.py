"""Keeps the switch: starts it, watches it, starts it again when it died, and ends it by its own id."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys

import msgspec

from masstransit.channels.sip.settings import SwitchSettings
from masstransit.errors import ConfigError

log = logging.getLogger("masstransit.sip.keeper")

_FIRST, _LONGEST = 0.5, 30.0  # seconds between tries
_GRACE = 4.0  # seconds that the switch gets to end its calls
_READY_WITHIN = 20.0
_TAKEN = 3  # the exit status of `__main__`


class Keeper:
    """One switch at a time. `here` is set while it serves, and `address` says where (`door.Door`)."""

    def __init__(self, settings: SwitchSettings, here: asyncio.Event) -> None:
        self._settings = settings
        self._here = here
        self._process: asyncio.subprocess.Process | None = None
        self._closing = False

    @property
    def pid(self) -> int | None:
        """The process that serves now."""
        return self._process.pid if self._process is not None else None

    async def open(self) -> None:
        """Start it, and wait until it serves. Raises `ConfigError` where its address can't be opened."""
        process = await self._start()
        serving = asyncio.ensure_future(self._here.wait())
        died = asyncio.ensure_future(process.wait())
        await asyncio.wait([serving, died], timeout=_READY_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        served = serving.done()
        serving.cancel()
        if not served:
            where = f"{self._settings.host}:{self._settings.port}"
            status = died.result() if died.done() else None
            await self.close()
            why = "it is taken, or no address of this machine" if status == _TAKEN else "the switch did not start"
            raise ConfigError(f"sip = '{where}' can't be opened: {why}; the log says more")
        died.cancel()

    async def watch(self, address: tuple[str, int]) -> None:
        """Start it again whenever it died, at the same address, waiting longer each time that it lived for less than a
        minute."""
        self._settings = msgspec.structs.replace(self._settings, port=address[1])
        pause = _FIRST
        loop = asyncio.get_running_loop()
        while (process := self._process) is not None:
            began = loop.time()
            status = await process.wait()
            if self._closing:
                return
            self._here.clear()
            pause = _FIRST if loop.time() - began > 60 else min(pause * 2, _LONGEST)
            log.error("the switch of calls ended (%d); it is started again in %.1f s", status, pause)
            await asyncio.sleep(pause)
            await self._start()

    async def close(self) -> None:
        """End it: it hangs up, and hands over its records."""
        self._closing = True
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _GRACE)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _start(self) -> asyncio.subprocess.Process:
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "masstransit.channels.sip", stdin=asyncio.subprocess.PIPE
        )
        if process.stdin is not None:
            process.stdin.write(msgspec.json.encode(self._settings) + b"\n")
            with contextlib.suppress(ConnectionError):
                await process.stdin.drain()
        return process
