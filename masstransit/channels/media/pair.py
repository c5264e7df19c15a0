"""The sound of a call that two phones have with each other: each speaks with a leg of ours, and those with each other.

Leg 1 is who called, leg 2 who is called. What one side changes (a hold, another address) is between it and its leg; the
other side's phone is not asked.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from masstransit.channels.media import g711, tones
from masstransit.channels.media.leg import Leg
from masstransit.channels.media.prompts import Prompts
from masstransit.channels.media.pulse import Pulse
from masstransit.channels.media.studio import Studio
from masstransit.errors import BadInput

_NUMBERS = {"near": 1, "far": 2}


class Pair(Studio):
    """Implements `channels.sip.carried.Sound`."""

    def __init__(
        self,
        pulse: Pulse,
        prompts: Prompts,
        folder: Path,
        *,
        legs: tuple[Leg, Leg],
        also: Callable[[str], bool],
    ) -> None:
        """`also`: which addresses sound may come from and go to besides the one that a side calls from."""
        super().__init__(pulse, prompts, folder)
        self._also = also
        for number, leg in enumerate(legs, start=1):
            leg.fills = False
            self.add(number, leg)
            self.connect(number)

    def has(self, side: Literal["near", "far"]) -> bool:
        """Whether a side is in the call: it may have been handed on."""
        return _NUMBERS[side] in self.legs

    def offer(self, side: Literal["near", "far"]) -> str:
        """What a side is offered: of the laws and numbers for keys those of the other side first. Raises `BadInput`
        where it has left the call."""
        return self.voice(side).offer(self.legs.get(3 - _NUMBERS[side]))

    def description(self, side: Literal["near", "far"]) -> str:
        """What a side is answered; an offer where nothing was heard of it yet."""
        return self.voice(side).description()

    def hear(self, side: Literal["near", "far"], description: str, home: str = "") -> None:
        """A side's session description. It is sent sound at `home` only, if that is known. Raises `BadInput`."""
        leg = self.voice(side)
        if home:
            leg.stay_at(home, self._also)
        leg.hear(description)

    def talk(self) -> None:
        """They talk: from now on neither hears a line that is dead. Before, silence of ours would have hidden the tone
        by which a phone lets its person hear that it rings elsewhere."""
        for leg in self.legs.values():
            leg.fills = True

    # --- handing on -------------------------------------------------------------------------------------------------

    def voice(self, side: Literal["near", "far"]) -> Leg:
        """A side's leg. Raises `BadInput` where it has left."""
        leg = self.legs.get(_NUMBERS[side])
        if leg is None:
            raise BadInput(f"the {side} side is no part of this call any more")
        return leg

    def leave(self, side: Literal["near", "far"]) -> None:
        """A side is not heard any more, and hears nobody. What was recorded of it stays."""
        self.remove(_NUMBERS[side])

    def admit(self, number: int, voice: object) -> None:
        """The leg of another call's person is one of this call too. Nobody hears it yet."""
        if not isinstance(voice, Leg):
            raise TypeError(f"no leg: {type(voice).__name__}")
        self.add(number, voice)

    def join(self, number: int) -> None:
        """Put it through to the others."""
        self.connect(number)

    async def ring(self, side: Literal["near", "far"]) -> None:
        """Let a side hear that it rings elsewhere, until cancelled."""
        leg = self.voice(side)
        once = tones.ringing()
        while leg.hears and await leg.play(g711.encode(leg.law, once), leg.law):
            pass
