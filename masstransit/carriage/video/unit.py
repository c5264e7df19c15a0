"""What carries sound and picture of rooms, as carriage asks for it. Whoever implements it decides nothing.

`channels/video/keeper.py` forwards packets by a process beside the house; `channels/video/janus/gateway.py` has a Janus
do it, for rooms that outgrow that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from masstransit.carriage.recording import Tape


class Hears(Protocol):
    """Who hears of what goes on in the unit."""

    def answered(self, peer: str, sdp: str) -> None:
        """The answer to a participant's offer."""
        ...

    def unusable(self, peer: str, why: str) -> None:
        """Their offer can't be used."""
        ...

    def shown(self, peer: str, lines: Mapping[str, tuple[str, str]], seats: int, stages: int) -> None:
        """Whom each of their lines shows (participant, source), and how many lines they would need."""
        ...

    def watch(self, peer: str, sdp: str) -> None:
        """What others send is offered to them, on a connection beside the one that they offer (see `Viewing`)."""
        ...

    def lost(self, peer: str) -> None:
        """Their packets come no more."""
        ...

    def down(self, unit: Unit) -> None:
        """A unit died, and with it every connection. It is started again."""
        ...


class Tapes(Protocol):
    """What keeps what is sent in rooms. What is said is done in the order in which it was said."""

    def capture(self, sid: str, room: str) -> None:
        """Keep what is sent in a room from this instant on, at first or again."""
        ...

    def pause(self, sid: str) -> None:
        """Keep nothing of it from this instant on."""
        ...

    async def finish(self, sid: str, *, keep: bool) -> Tape | None:
        """A recording is over. None: nothing is kept of it."""
        ...


class Viewing(Protocol):
    """What offers by itself what others send: then participants offer what they send and nothing else."""

    def watched(self, peer: str, sdp: str) -> None:
        """Their answer to what was offered."""
        ...


class Unit(Protocol):
    """What is said is done in the order in which it was said."""

    @property
    def up(self) -> bool:
        """Whether it serves."""
        ...

    @property
    def most(self) -> int:
        """People in one of its rooms at once, at the most."""
        ...

    @property
    def tapes(self) -> Tapes | None:
        """What keeps what is sent in its rooms. None: nothing does."""
        ...

    @property
    def viewing(self) -> Viewing | None:
        """Who takes answers to what it offers. None: participants alone offer."""
        ...

    def connect(self, hears: Hears) -> None:
        """Who hears of what goes on."""
        ...

    def enter(self, room: str, peer: str, leg: int, apart: Sequence[str]) -> None:
        """Somebody is in a room. `apart` are those in it whom they neither see nor hear, nor these them."""
        ...

    def offer(self, peer: str, sdp: str, lines: Mapping[str, str]) -> None:
        """What their browser offers; what each line is for, by its mid."""
        ...

    def hush(self, peer: str, source: str, *, muted: bool, by: str) -> None:
        """Nothing of a source is passed on; or it is again, where nobody else muted it."""
        ...

    def drop(self, peer: str) -> None:
        """Somebody is out: nothing of theirs is passed on, and nothing is sent to them."""
        ...
