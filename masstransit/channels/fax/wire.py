"""The packets of one fax on the network: a UDP socket, UDPTL on it, and a terminal behind.

Datagrams count only from the address that was negotiated, and go nowhere else; the first that comes settles the port.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any, cast

from masstransit.channels.fax import description, udptl
from masstransit.errors import BadInput

_MOST_WAITING = 500  # packets that nobody has taken yet


class Wire(asyncio.DatagramProtocol):
    """Made by `open_wire`."""

    def __init__(self, host: str, *, repeats: int = 3) -> None:
        self.host = host  #: by which others reach it
        self.port = 0
        self.receiving = udptl.Receiving()
        self._sending = udptl.Sending(repeats=repeats)
        self._transport: asyncio.DatagramTransport | None = None
        self._target: tuple[str, int] | None = None
        self._settled = False
        self._waiting: list[tuple[int, bytes]] = []

    def offer(self) -> str:
        """Our description, an offer."""
        return description.write(self.host, self.port)

    def answer(self, theirs: str, home: str = "") -> str:
        """Our description as the answer to theirs; where alone they can be, if that is known. Raises `BadInput`."""
        return description.write(self.host, self.port, to=self.hear(theirs, home))

    def hear(self, theirs: str, home: str = "") -> description.Image:
        """Where the other side hears. Raises `BadInput`."""
        image = description.read(theirs)
        if home and image.host != home:
            raise BadInput("the session description names another address than the one this side is known at")
        self._target = (image.host, image.port)
        return image

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.port = transport.get_extra_info("sockname")[1]

    def error_received(self, exc: Exception) -> None:
        """Nobody listens at the other side's port, for now."""

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        if self._target is None or addr[0] != self._target[0] or (self._settled and addr[1] != self._target[1]):
            return
        try:
            packets = self.receiving.unpack(data)
        except BadInput:
            return  # what is no UDPTL is for nobody
        self._target, self._settled = (addr[0], addr[1]), True
        if len(self._waiting) < _MOST_WAITING:
            self._waiting += packets

    def take(self) -> list[tuple[int, bytes]]:
        """The packets that came in since the last time."""
        taken, self._waiting = self._waiting, []
        return taken

    def send(self, packet: bytes, times: int) -> None:
        """Send a packet, so many times."""
        datagram = self._sending.pack(packet)
        if self._transport is not None and self._target is not None:
            for _ in range(times):
                self._transport.sendto(datagram, self._target)

    def close(self) -> None:
        """Done."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None


async def open_wire(host: str, ports: Sequence[int] = (0,), shown: str = "") -> Wire:
    """One at a free port of `ports`; 0 is any. Raises `OSError` where none is free."""
    loop = asyncio.get_running_loop()
    for port in random.sample(ports, len(ports)):
        try:
            _, wire = await loop.create_datagram_endpoint(lambda: Wire(shown or host), local_addr=(host, port))
        except OSError:
            continue
        return wire
    raise OSError(f"none of the {len(ports)} ports for faxes is free: open more of them")
