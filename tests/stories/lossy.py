"""A network on which packets get lost: a relay between a phone and whoever it talks to, by UDP, both ways."""

from __future__ import annotations

import asyncio
import random
from typing import Any, cast


class _Side(asyncio.DatagramProtocol):
    """One of its two sockets."""

    def __init__(self, lossy: Lossy) -> None:
        self._lossy = lossy
        self.to: tuple[str, int] | None = None  #: where what comes in by the other one goes
        self.other: _Side | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)
        self.port: int = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        assert self.other is not None
        if self._lossy.passes() and self.other.to is not None:
            self.other.transport.sendto(data, self.other.to)


class Lossy:
    """`phone` is the port towards the phone, `house` the one towards the other side."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._random = random.Random(5)  # the same losses each time
        self.lost = self.passed = 0

    @classmethod
    async def open(cls, share: float) -> Lossy:
        made, loop = cls(share), asyncio.get_running_loop()
        sides = [
            (await loop.create_datagram_endpoint(lambda: _Side(made), local_addr=("127.0.0.1", 0)))[1] for _ in range(2)
        ]
        made.phone, made.house = sides
        made.phone.other, made.house.other = made.house, made.phone
        return made

    phone: _Side
    house: _Side

    def passes(self) -> bool:
        gone = self._random.random() < self._share
        self.lost += gone
        self.passed += not gone
        return not gone

    def close(self) -> None:
        for side in (self.phone, self.house):
            side.transport.close()
