"""The sound of a call that the house leads: what is played to its person, the keys that come back, and whom it hears.

Sound is as `carriage.voice.line` has it: 8,000 samples a second, 16 bits, signed, little-endian, one channel.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from masstransit.carriage.voice.line import RATE, Cadence, Guess, Line
from masstransit.channels.media import g711, rtp, tones
from masstransit.channels.media.bridge import Bridge
from masstransit.channels.media.greeting import Greeting
from masstransit.channels.media.jitter import Jitter
from masstransit.channels.media.leg import Leg, open_leg
from masstransit.channels.media.modem import Modem, talk
from masstransit.channels.media.pair import Pair
from masstransit.channels.media.prompts import Prompts
from masstransit.channels.media.pulse import FRAME, SECONDS, Pulse
from masstransit.channels.media.studio import Studio

_PAUSES = {"w": 0.5, "W": 1.0}  # seconds
_BETWEEN = 0.1  # seconds between two keys


class OnAir(Studio):
    """The sound of a led call as it is announced and recorded. Implements `carriage.voice.line.CallSound`."""

    def admit(self, number: int, other: Line) -> None:
        """See there. Whose line has a headset here has sound."""
        headset = getattr(other, "headset", None)
        if isinstance(headset, Headset):
            self.add(number, headset.leg)

    def apart(self) -> OnAir:
        """See there."""
        return OnAir(self._pulse, self._prompts, self._folder)


class Headset:
    """One call's. Everything that waits can be cancelled at any moment."""

    def __init__(self, headsets: Headsets, leg: Leg) -> None:
        self._headsets = headsets
        self.leg = leg
        self.studio = headsets.studio()
        self.studio.add(1, leg)
        self._ringing: asyncio.Task[None] | None = None
        leg.keeps = True

    @property
    def voice(self) -> Leg:
        """What the sound of a call between two phones admits."""
        return self.leg

    def hear(self, description: str, home: str = "") -> None:
        """The other side's session description. It is sent sound at `home` only, if that is told. Raises `BadInput`."""
        if home:
            self.leg.stay_at(home, self._headsets.also)
        self.leg.hear(description)

    def description(self) -> str:
        """Ours: an offer, or the answer to what was heard."""
        return self.leg.description()

    def offer(self) -> str:
        """An offer, whatever was agreed on before."""
        return self.leg.offer()

    async def play(self, pcm: bytes) -> None:
        """Play it to its end. To somebody who has put us on hold it is not said, and takes its time all the same."""
        self.stop_ringing()
        samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.int16)
        loop = asyncio.get_running_loop()
        over = loop.time() + len(samples) / RATE
        if len(samples) and not await self.leg.play(g711.encode(self.leg.law, samples), self.leg.law):
            await asyncio.sleep(max(0.0, over - loop.time()))

    async def key(self) -> str:
        """The next key, one of 0-9 * #; those pressed before anybody waited too."""
        while (key := await self.leg.key()) is None or key not in "0123456789*#":
            pass
        return key

    def forget_keys(self) -> None:
        """Those pressed before count no more."""
        self.leg.forget_keys()

    async def send(self, digits: str) -> None:
        """Press keys towards the other side; `w` and `W` are pauses. What is no key is passed over."""
        self.stop_ringing()
        for digit in digits:
            if digit in _PAUSES:
                await asyncio.sleep(_PAUSES[digit])
            elif digit not in "0123456789*#ABCD":
                continue
            elif await self.leg.press(digit):
                await asyncio.sleep(_BETWEEN)
            else:
                await self.play(tones.key(digit).astype("<i2").tobytes())

    async def who_answered(self, cadence: Cadence) -> Guess:
        """Guess by what is heard."""
        greeting, jitter = Greeting(cadence), Jitter(frame=FRAME)
        silence = np.zeros(FRAME, np.int16)

        def ear(packet: rtp.Packet, _: float) -> None:
            jitter.put(packet)

        self.leg.ears.append(ear)
        due = asyncio.get_running_loop().time()
        try:
            while True:
                sound = jitter.take()
                guess = greeting.hear(g711.decode(self.leg.law, sound) if sound is not None else silence)
                if guess is not None:
                    return guess
                due += SECONDS
                await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
        finally:
            self.leg.ears.remove(ear)

    def ring(self) -> None:
        """Let it be heard that it rings elsewhere, until something else is."""
        self.stop_ringing()
        self._ringing = asyncio.get_running_loop().create_task(self._ring())

    def stop_ringing(self) -> None:
        """It does not ring any more."""
        if self._ringing is not None:
            self._ringing.cancel()
            self._ringing = None

    async def _ring(self) -> None:
        once = g711.encode(self.leg.law, tones.ringing())
        while self.leg.hears and await self.leg.play(once, self.leg.law):
            pass

    async def modem(self, modem: Modem) -> None:
        """Let a modem talk with the other side until cancelled."""
        self.stop_ringing()
        await talk(self.leg, modem)

    async def bridge(self, other: Headset) -> None:
        """Let the two hear each other until cancelled."""
        both = Bridge(self._headsets.pulse)
        for each in (self, other):
            each.stop_ringing()
            both.add(each.leg)
        try:
            await asyncio.Event().wait()
        finally:
            both.close()

    async def confer(self, room: str, *, muted: bool, to: Headset | None = None) -> None:
        """Hear everybody in a room until cancelled; be heard by them, by `to` alone, or (`muted`) by nobody."""
        self.stop_ringing()
        bridge = self._headsets.room(room)
        bridge.add(self.leg, heard_by=() if muted else (to.leg,) if to else None)
        try:
            await asyncio.Event().wait()
        finally:
            bridge.remove(self.leg)
            self._headsets.tidy(room)

    def close(self) -> None:
        """The call is over."""
        self.stop_ringing()
        self.leg.close()


class Headsets:
    """Where headsets are had, and the rooms in which they meet."""

    def __init__(
        self,
        prompts: Prompts,
        folder: Path,
        host: str,
        *,
        shown: str = "",
        ports: Sequence[int] = (0,),
        also: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """Recordings go to `folder`. `shown` is the address by which others reach `host`, where that is another; `also`
        is as in `Pair`."""
        self.pulse = Pulse()
        self._prompts = prompts
        self._folder = folder
        self._host = host
        self._shown = shown
        self._ports = ports
        self.also = also
        self._rooms: dict[str, Bridge] = {}

    async def open(self) -> Headset:
        """One at a free port. Raises `OSError`."""
        return Headset(self, await self._leg())

    async def pair(self) -> Pair:
        """The sound of a call that two phones have with each other, at two free ports. Raises `OSError`."""
        near = await self._leg()
        try:
            far = await self._leg()
        except OSError:
            near.close()
            raise
        return Pair(self.pulse, self._prompts, self._folder, legs=(near, far), also=self.also)

    async def _leg(self) -> Leg:
        leg = await open_leg(self.pulse, self._host, self._ports)
        leg.host = self._shown or self._host
        return leg

    def studio(self) -> OnAir:
        """That of one call."""
        return OnAir(self.pulse, self._prompts, self._folder)

    def room(self, name: str) -> Bridge:
        """The bridge of a room."""
        return self._rooms.setdefault(name, Bridge(self.pulse))

    def tidy(self, name: str) -> None:
        """Forget a room in which nobody is."""
        if name in self._rooms and self._rooms[name].empty:
            del self._rooms[name]
