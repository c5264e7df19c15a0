"""A call's leg, whatever wire it is on: what documents need of it, and no more.

Every method can be cancelled at any moment, and leaves the line as it is then. On a line that is over they need not
return: who runs a document waits for `over` beside it. Keys that were pressed before anybody listened are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeAlias

import msgspec

from masstransit.carriage import recording
from masstransit.errors import Fault
from masstransit.model.call import AnsweredBy, Party
from masstransit.model.decision import Cleared
from masstransit.model.signalling import Step

RATE = 8000  #: samples a second of all sound here: 16 bits each, signed, little-endian, one channel


class Unspoken(Fault):
    """A prompt can't be heard on this line; the text says why."""


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """Words for the line's voice. `voice` and `language` are as the SDKs have them, and wishes."""

    text: str
    voice: str = ""
    language: str = ""


class Sound(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was recorded before."""

    url: str  #: where it came from
    pcm: bytes
    text: str = ""  #: what it says, where that is known: for lines on which it is read


class Silence(msgspec.Struct, frozen=True):
    """Seconds without sound."""

    seconds: float


Heard: TypeAlias = Spoken | Sound | Silence


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How a leg ended, or why it never came to be."""

    at: datetime
    by: Party
    status: int = 200  #: the leg's final SIP status, or what that would be on another wire
    cause: int | None = None  #: Q.850
    trunk: str = ""  #: the carrier's link that it was on, where it came as far as one
    steps: tuple[Step, ...] = ()  #: its signalling, on a wire that has any


class Cadence(msgspec.Struct, frozen=True, kw_only=True):
    """By what it is guessed who answered. Times are seconds; the figures are defaults, and no authority sets them."""

    to_the_end: bool = False  #: wait until the greeting of a machine is over
    within: float = 30.0  #: then nobody can tell
    words: float = 2.4  #: of words without a pause: a machine
    waits: float = 0.8  #: of silence behind words: a person waits for ours
    over: float = 1.2  #: of silence: a machine's greeting is over
    nothing: float = 5.0  #: in which nobody says a word: nobody can tell


class Guess(msgspec.Struct, frozen=True, kw_only=True):
    """Who answered, most likely."""

    by: AnsweredBy
    end: str = ""  #: by what a machine's greeting was over: beep | silence | other; "": it was not waited for

    @property
    def word(self) -> str:
        """The SDKs' word for it."""
        if self.by is not AnsweredBy.MACHINE:
            return str(self.by.value)
        return f"machine_end_{self.end}" if self.end else "machine_start"


class CallSound(recording.Sound, Protocol):
    """The sound of a line's call, where it goes through here: the line's own person is leg 1."""

    def admit(self, number: int, other: Line) -> None:
        """Another line's person is a leg of this call too: to be told, and recorded. Who has no sound here is neither.
        Nobody hears them yet."""
        ...

    def dismiss(self, number: int) -> None:
        """They are no leg of it any more; their line goes on."""
        ...

    def hush(self, number: int, *, hushed: bool) -> None:
        """Record nothing of a leg whom nobody in the call hears; or record it with the others again."""
        ...

    def apart(self) -> CallSound:
        """A sound like this one, of nobody's lines yet: for many who meet."""
        ...

    async def quiet(self, number: int, seconds: float) -> None:
        """Return when a leg has said nothing for so long."""
        ...


class Line(Protocol):
    """One leg of a call."""

    @property
    def sound(self) -> CallSound | None:
        """None: what is said does not go through here, or is no sound."""
        ...

    @property
    def answered(self) -> bool: ...

    @property
    def trunk(self) -> str:
        """The carrier's link that it is on."""
        ...

    async def over(self) -> Ending:
        """Return when the leg has ended, whoever ended it; at once where it has."""
        ...

    async def answer(self) -> None:
        """Take an incoming call; nothing where it is taken."""
        ...

    async def ring(self) -> None:
        """Let who called hear that it rings elsewhere."""
        ...

    async def play(self, heard: Heard) -> None:
        """Play it to its end. Raises `Unspoken`."""
        ...

    async def key(self) -> str:
        """The next key, one of 0-9 * #."""
        ...

    def forget_keys(self) -> None:
        """Keys that were pressed before now count no more."""
        ...

    async def send(self, digits: str) -> None:
        """Send digits as tones; `w` is half a second of silence, `W` a second."""
        ...

    async def who_answered(self, cadence: Cadence) -> Guess:
        """Guess by the sound of the answer whether it is a person."""
        ...

    async def bridge(self, other: Line) -> None:
        """Join the two until cancelled; keys that this line's person presses are heard by the other, and kept."""
        ...

    async def confer(self, room: str, *, muted: bool, to: Line | None = None) -> None:
        """Join everybody in a room until cancelled; with `to` that one alone hears this line's person."""
        ...

    async def hang_up(self, by: Party, status: int = 200) -> None:
        """End it in somebody's name; one that was not answered is turned away with `status`. Nothing where it is
        over."""
        ...


class Dialler(Protocol):
    """Who calls people. What is to be dialled bears the gate's stamp."""

    def crowded(self, account: str, number: str, beside: int = 0) -> str:
        """Why one more call of an account would be too many at once; "" where it would not. `beside` are those that are
        about to be placed."""
        ...

    async def place(self, cleared: Cleared, *, ringing: Callable[[], None]) -> Line | Ending:
        """Call somebody; the line once it is answered, or why it was not. `ringing` is called when it rings. Cancelled,
        it gives the call up, and the far end stops to ring."""
        ...
