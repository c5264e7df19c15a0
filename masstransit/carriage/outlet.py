"""What goes out over a socket of a client that may read slowly, and how often the client may send: for chat and video.

A frame that is to be sent never waits for its client: it joins a pile, which is written as fast as the client reads.
When the pile is as large as it may be, the connection ends, so that one slow reader costs nobody anything.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol


class Wire(Protocol):
    """A WebSocket that was accepted."""

    async def send_text(self, data: str) -> None: ...

    async def close(self, code: int = 1000, reason: str | None = None) -> None: ...


class Outlet:
    """The way out to one client. `most` characters may wait; `slow` is the code and reason of a connection that ends
    because they are more."""

    def __init__(self, wire: Wire, *, most: int, slow: tuple[int, str]) -> None:
        self._wire = wire
        self._most = most
        self._slow = slow
        self._pile: deque[str] = deque()
        self._size = 0
        self._wake = asyncio.Event()
        self._closing: tuple[int, str] | None = None

    @property
    def closing(self) -> bool:
        return self._closing is not None

    def send(self, frame: str) -> None:
        """Have a frame sent; nothing once the connection is closing."""
        if self.closing:
            return
        self._pile.append(frame)
        self._size += len(frame)
        if self._size > self._most:
            self._pile.clear()
            self.close(*self._slow)
        self._wake.set()

    def close(self, code: int, reason: str) -> None:
        """End it once what waits was read. The first to say why is heard."""
        if not self.closing:
            self._closing = (code, reason)
            self._wake.set()

    async def run(self) -> None:
        """What piles up goes out, as fast as the client reads; then the end."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._pile:
                frame = self._pile.popleft()
                self._size -= len(frame)
                await self._wire.send_text(frame)
            if self._closing is not None:
                await self._wire.close(*self._closing)
                return


class Pace:
    """How often one client may send: so many frames a second, and more at once after a rest."""

    def __init__(self, *, a_second: float, burst: float) -> None:
        self._a_second = a_second
        self._burst = self._allowed = burst
        self._counted_at = asyncio.get_running_loop().time()

    def wait(self) -> float:
        """Seconds that one more frame comes too early; 0: it may be handled."""
        now = asyncio.get_running_loop().time()
        self._allowed = min(self._burst, self._allowed + (now - self._counted_at) * self._a_second)
        self._counted_at = now
        if self._allowed < 1.0:
            return (1.0 - self._allowed) / self._a_second
        self._allowed -= 1.0
        return 0.0
