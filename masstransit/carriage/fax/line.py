"""What faxes ask of a call's line, beside what documents do; and what a line asks of a fax terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from masstransit.carriage.voice.line import Line


class Modem(Protocol):
    """What talks on a line by sounds of its own."""

    async def turn(self, heard: Sequence[bytes], due: int) -> Sequence[bytes]:
        """Hear these frames, in order, and say so many. A frame is 160 samples, 16 bits each, little-endian, 8,000 a
        second. Time passes for it by what it hears."""
        ...


@runtime_checkable
class FaxLine(Line, Protocol):
    """A leg of a call that can carry a fax."""

    async def modem(self, modem: Modem) -> None:
        """Let a modem hear the person's side and be heard by it, until cancelled."""
        ...

    def answer_offers(self, answers: Callable[[str, str], str]) -> None:
        """Who answers the other side's offer to go on by something else than sound (m=image): given its session
        description, and where alone it can be if that is known, it returns ours; it raises `BadInput`."""
        ...

    async def offer(self, description: str) -> str | None:
        """Offer the other side to go on by something else: its answer. None: it declines, and the sound goes on."""
        ...
