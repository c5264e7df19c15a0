"""Legs that hear one another. Two pass their packets on as they are; three and more are mixed, beat by beat.

Somebody who listens in is heard by nobody, somebody who whispers by one leg.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from masstransit.channels.media import g711, rtp
from masstransit.channels.media.jitter import Jitter
from masstransit.channels.media.leg import Leg
from masstransit.channels.media.pulse import FRAME, Pulse


class _Voice:
    """One leg in a bridge."""

    def __init__(self, leg: Leg, heard_by: Collection[Leg] | None) -> None:
        self.leg = leg
        self.heard_by = heard_by
        self.jitter = Jitter(frame=FRAME)

    def ear(self, packet: rtp.Packet, _: float) -> None:
        self.jitter.put(packet)

    def reaches(self, leg: Leg) -> bool:
        return leg is not self.leg and (self.heard_by is None or leg in self.heard_by)


class Bridge:
    """See above."""

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse
        self._voices: dict[Leg, _Voice] = {}
        self._mixing = False

    def add(self, leg: Leg, heard_by: Collection[Leg] | None = None) -> None:
        """A leg comes in, heard by everybody or by some only."""
        self._voices[leg] = _Voice(leg, heard_by)
        self._arrange()

    def remove(self, leg: Leg) -> None:
        """A leg leaves."""
        voice = self._voices.pop(leg, None)
        if voice is not None:
            self._part(voice)
            self._arrange()

    @property
    def empty(self) -> bool:
        """Whether nobody is on it."""
        return not self._voices

    def close(self) -> None:
        """Nobody hears anybody any more."""
        for leg in list(self._voices):
            self.remove(leg)

    def _part(self, voice: _Voice) -> None:
        voice.leg.to = None
        if voice.ear in voice.leg.ears:
            voice.leg.ears.remove(voice.ear)

    def _arrange(self) -> None:
        voices = list(self._voices.values())
        direct = len(voices) == 2 and all(voice.heard_by is None for voice in voices)
        for voice in voices:
            self._part(voice)
            if not direct and len(voices) > 1:
                voice.leg.ears.append(voice.ear)
        if direct:
            voices[0].leg.to, voices[1].leg.to = voices[1].leg, voices[0].leg
        if not direct and len(voices) > 1:
            self._pulse.join(self, self._mix)
        else:
            self._pulse.leave(self)

    def _mix(self) -> None:
        said = {voice: self._frame(voice) for voice in self._voices.values()}
        talking = {voice: samples for voice, samples in said.items() if samples is not None}
        for leg in self._voices:
            heard = [samples for voice, samples in talking.items() if voice.reaches(leg)]
            if heard and leg.hears and not leg.is_playing:
                total = heard[0] if len(heard) == 1 else np.clip(np.sum(heard, axis=0, dtype=np.int32), -32768, 32767)
                leg.say(g711.encode(leg.law, total.astype(np.int16)))

    @staticmethod
    def _frame(voice: _Voice) -> g711.Samples | None:
        sound = voice.jitter.take()
        return g711.decode(voice.leg.law, sound) if sound is not None else None
