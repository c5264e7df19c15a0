"""A phone that talks RTP: a tone of a pitch that can be changed, keys, and what it heard. It shares no code with the
house's own media, so that the two have to agree by the standards alone."""

from __future__ import annotations

import asyncio
import math
import random
import struct
from typing import Self, cast

import numpy as np
from numpy.typing import NDArray

FRAME, RATE = 160, 8000
LOUD = 8000


def mu_law(samples: NDArray[np.float64]) -> bytes:
    """G.711 by its formula: sign, segment, four bits."""
    value = np.clip(samples.astype(np.int64), -32635, 32635)
    size = np.abs(value) + 132
    segment = np.clip(np.floor(np.log2(size)).astype(np.int64) - 7, 0, 7)
    code = np.where(value < 0, 128, 0) | (segment << 4) | ((size >> (segment + 3)) & 15)
    return bytes((~code & 255).astype(np.uint8))


def linear(sound: bytes) -> NDArray[np.int64]:
    """And back."""
    code = ~np.frombuffer(sound, np.uint8).astype(np.int64) & 255
    size = ((((code & 15) << 3) + 132) << ((code >> 4) & 7)) - 132
    return np.where(code & 128, -size, size)


def strength(samples: NDArray[np.integer], pitch: float) -> float:
    """How loud a pitch is in some samples, as the amplitude of its wave."""
    if not len(samples):
        return 0.0
    angle = 2 * math.pi * pitch * np.arange(len(samples)) / RATE
    return float(2 * np.abs(np.sum(samples * np.exp(-1j * angle))) / len(samples))


class Talker(asyncio.DatagramProtocol):
    """One phone. Its description offers mu-law, and keys as payload type 96."""

    def __init__(self, pitch: float) -> None:
        self.pitch = pitch
        self.heard = bytearray()
        self.events: list[tuple[int, int]] = []  # (timestamp, event) of keys that end
        self.kinds: set[int] = set()
        self.lose = 0.0  # share of its packets that never leave
        self._phase = 0.0
        self._sequence, self._timestamp = random.getrandbits(16), random.getrandbits(32)
        self._source = random.getrandbits(32)
        self._to: tuple[str, int] | None = None
        self._queued: list[tuple[int, bytes, int, bool]] = []  # kind, payload, timestamp, marker
        self._talking: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, pitch: float = 440) -> Self:
        """A phone at a port of its own."""
        loop = asyncio.get_running_loop()
        _, made = await loop.create_datagram_endpoint(lambda: cls(pitch), local_addr=("127.0.0.1", 0))
        return made

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)
        self.port = transport.get_extra_info("sockname")[1]

    def description(self) -> str:
        """Its SDP."""
        return (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {self.port} RTP/AVP 0 96\r\na=rtpmap:0 PCMU/8000\r\n"
            "a=rtpmap:96 telephone-event/8000\r\na=sendrecv\r\n"
        )

    def call(self, description: str) -> None:
        """Talk to whoever described themselves."""
        port = next(int(line.split()[1]) for line in description.splitlines() if line.startswith("m=audio"))
        self._to = ("127.0.0.1", port)
        self._talking = asyncio.get_running_loop().create_task(self._talk())

    async def press(self, key: str, *, lost_ends: int = 0) -> None:
        """Press a key for a tenth of a second; return when its last packet has left."""
        event = "0123456789*#".index(key)
        at = self._timestamp
        for step in range(1, 6):
            self._queued.append((96, struct.pack("!BBH", event, 10, 160 * step), at, step == 1))
        self._queued += [(96, struct.pack("!BBH", event, 138, 800), at, False)] * (3 - lost_ends)
        while self._queued:
            await asyncio.sleep(0.005)

    async def _talk(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            if self._queued:
                kind, payload, timestamp, marker = self._queued.pop(0)
                self._send(kind, payload, timestamp, marker)
            else:
                angle = self._phase + 2 * math.pi * self.pitch * np.arange(FRAME) / RATE
                self._phase += 2 * math.pi * self.pitch * FRAME / RATE
                self._send(0, mu_law(LOUD * np.sin(angle)), self._timestamp)
            self._timestamp += FRAME
            due += 0.02
            await asyncio.sleep(max(0.0, due - loop.time()))

    def _send(self, kind: int, payload: bytes, timestamp: int, marker: bool = False) -> None:
        header = struct.pack(
            "!BBHII", 128, kind | (128 if marker else 0), self._sequence & 0xFFFF, timestamp & 0xFFFFFFFF, self._source
        )
        self._sequence += 1
        if self._to is not None and random.random() >= self.lose:
            self.transport.sendto(header + payload, self._to)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        kind = data[1] & 127
        self.kinds.add(kind)
        if kind == 0:
            self.heard += data[12:]
        elif kind == 96 and data[13] & 128:
            end = (int.from_bytes(data[4:8], "big"), data[12])
            self.events += [end] if end not in self.events else []

    def hears(self, pitch: float, seconds: float = 0.1) -> bool:
        """Whether what it heard last is a pitch, and no other is near as loud."""
        last = linear(bytes(self.heard[-int(seconds * RATE) :]))
        return strength(last, pitch) > LOUD / 2

    def hang_up(self) -> None:
        """Say no more."""
        if self._talking is not None:
            self._talking.cancel()
        self.transport.close()
