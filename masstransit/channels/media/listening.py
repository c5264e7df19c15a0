"""Whether somebody says something: by how loud their packets are."""

from __future__ import annotations

import asyncio
import contextlib

from masstransit.channels.media import g711, rtp
from masstransit.channels.media.leg import Leg

#: Of 32,767, how far a packet's samples are from their mean (a line's offset is no sound): -36 dB. A quiet room is
#: below it, somebody who speaks above; default.
_SPEECH = 500


class Listening:
    """To one leg, until it is closed."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg
        self._heard = asyncio.Event()
        leg.ears.append(self._hear)

    def close(self) -> None:
        """Listen no more."""
        self._leg.ears.remove(self._hear)

    async def quiet(self, seconds: float) -> None:
        """Return when nothing was heard for so long."""
        with contextlib.suppress(TimeoutError):
            while True:
                self._heard.clear()
                async with asyncio.timeout(seconds):
                    await self._heard.wait()

    def _hear(self, packet: rtp.Packet, _: float) -> None:
        samples = g711.decode(self._leg.law, packet.payload)
        if len(samples) and samples.std() >= _SPEECH:
            self._heard.set()
