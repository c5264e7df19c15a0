"""A modem on a leg: it hears what comes in, sample for sample, and is heard.

A person's ear forgives a slip of the clock; a modem's does not. So its time passes by what the other side sent, in the
order in which it was sent, and not by our clock: a packet that is late is waited for, one that is lost is silence of
its length. Only where nothing at all comes does time go on without.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from masstransit.channels.media import g711, rtp
from masstransit.channels.media.leg import Leg
from masstransit.channels.media.pulse import FRAME, SECONDS

_WAITS = 5  # packets behind a gap: then what is missing is lost
SILENT = 25  #: turns without a packet: then the other side says nothing; what is only late would be heard behind it
_MOST_MISSING = 50  # packets that are made up for by silence: where more are missing, it has begun anew
_MOST_DUE = 50  # frames that are said at once after the loop stood still: a gap would break a page, a burst does not


class Modem(Protocol):
    """See `carriage.fax.line`."""

    async def turn(self, heard: Sequence[bytes], due: int) -> Sequence[bytes]: ...


class _Order:
    """Packets in the order of their numbers."""

    def __init__(self) -> None:
        self._waiting: dict[int, rtp.Packet] = {}
        self._next: int | None = None
        self._source: int | None = None
        self.lost = 0  #: packets

    def put(self, packet: rtp.Packet) -> None:
        if packet.source != self._source or (
            self._next is not None and abs(rtp.ahead(packet.sequence, self._next, 16)) > _MOST_MISSING
        ):
            self._waiting.clear()
            self._source, self._next = packet.source, packet.sequence
        if self._next is None or rtp.ahead(packet.sequence, self._next, 16) >= 0:
            self._waiting[packet.sequence] = packet

    def take(self) -> list[bytes | None]:
        """The payloads that are next; None for a packet that is lost."""
        taken: list[bytes | None] = []
        while self._next is not None and self._waiting:
            packet = self._waiting.pop(self._next, None)
            if packet is None and len(self._waiting) < _WAITS:
                break
            self.lost += packet is None
            taken.append(None if packet is None else packet.payload)
            self._next = (self._next + 1) & 0xFFFF
        return taken


class Ear:
    """What a modem hears of a leg, in frames."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg
        self._order = _Order()
        self._rest = bytearray()
        self._quiet = 0

    def hear(self, packet: rtp.Packet, _: float) -> None:
        """A packet came in."""
        self._order.put(packet)

    def frames(self) -> list[bytes]:
        """What there is to hear now."""
        for payload in self._order.take():
            silence = np.zeros(FRAME, np.int16)
            self._rest += (silence if payload is None else g711.decode(self._leg.law, payload)).tobytes()
        self._quiet = 0 if self._rest else self._quiet + 1
        if self._quiet > SILENT:
            return [bytes(2 * FRAME)]
        whole = len(self._rest) // (2 * FRAME) * 2 * FRAME
        made = [bytes(self._rest[at : at + 2 * FRAME]) for at in range(0, whole, 2 * FRAME)]
        del self._rest[:whole]
        return made


async def talk(leg: Leg, modem: Modem) -> None:
    """Let a modem talk on a leg until cancelled."""
    leg.stop()
    ear, loop = Ear(leg), asyncio.get_running_loop()
    leg.ears.append(ear.hear)
    fills, leg.fills = leg.fills, False
    due = loop.time()
    try:
        while True:
            # one at least: a loop that counts in milliseconds wakes a little early, and turns are how silence is told
            count = min(1 + int(max(0.0, loop.time() - due) / SECONDS), _MOST_DUE)
            due = max(due + count * SECONDS, loop.time())
            for frame in await modem.turn(ear.frames(), count):
                leg.say(g711.encode(leg.law, np.frombuffer(frame, "<i2").astype(np.int16)))
            await asyncio.sleep(max(0.0, due - loop.time()))
    finally:
        leg.ears.remove(ear.hear)
        leg.fills = fills
