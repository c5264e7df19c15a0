"""A carrier in a thread of its own, so that a story can look at what it took while the house comes and goes."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from tests.channels.smpp.carrier import Carrier


class RunningCarrier:
    """`tests.channels.smpp.carrier.Carrier`, running; `told` are its instructions."""

    def __init__(self, **told: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._told = told

    def __enter__(self) -> RunningCarrier:
        self._thread.start()

        async def start() -> tuple[Carrier, int]:
            carrier = Carrier(**self._told)
            return carrier, await carrier.start()

        self.carrier, self.port = asyncio.run_coroutine_threadsafe(start(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self.carrier.stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def texts(self) -> list[tuple[str, bytes]]:
        """(destination, octets) of everything it accepted, in order."""
        return [(s.destination, s.octets) for s in list(self.carrier.submitted)]

    def bring(self, sender: str, number: str, text: str) -> int:
        """Bring a person's message over its first link; the status it was answered with."""
        brought = self.carrier.bring(sender, number, text.encode())
        return asyncio.run_coroutine_threadsafe(brought, self._loop).result(20)

    def trunk(self, name: str = "carrier", **more: object) -> str:
        """The `[[trunk]]` table that binds to it."""
        settings = {
            "name": name,
            "host": "127.0.0.1",
            "port": self.port,
            "system_id": "house",
            "password": "secret",
        } | more
        lines = (f"{key} = {_toml(value)}" for key, value in settings.items())
        return "\n[[trunk]]\n" + "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{item}"' for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)
