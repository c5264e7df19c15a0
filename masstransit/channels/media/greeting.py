"""Who answered, guessed by the cadence of the first words. A person says "hello?" and waits; a machine goes on talking,
and beeps in the end; a fax answers with a tone.

It is a guess and never more: a person with much to say is taken for a machine, a machine that only beeps for nobody.
No authority sets the figures; they are defaults (`carriage.voice.line.Cadence`), near those that voice platforms
document, and each call can have its own.
"""

from __future__ import annotations

import numpy as np

from masstransit.carriage.voice.line import RATE, Cadence, Guess
from masstransit.channels.media.g711 import Samples
from masstransit.model.call import AnsweredBy

_LOUD = 500.0  # root mean square of samples: speech is above, a line at rest is below
_SHORT_PAUSE = 0.2  # seconds: between two words
_PURE = 0.8  # of a frame's power at one pitch and its neighbours: a tone, speech is spread over its overtones
_BEEP = (0.15, 1.5)  # seconds that a machine's tone lasts; what is longer is no beep
_FAX_PITCH, _FAX_LASTS = 2100.0, 1.0  # Hz, seconds: ITU-T T.30 section 4.1.1, of the 2.6 to 4 that it lasts
_NEAR = 60.0  # Hz: two frames of one tone


class Greeting:
    """Hears the answer, frame by frame."""

    def __init__(self, cadence: Cadence) -> None:
        self._cadence = cadence
        self._since = 0.0  # seconds since the answer
        self._spoke = 0.0  # of words, short pauses between them included
        self._silent = 0.0
        self._machine = False
        self._pitch = 0.0  # of the tone that is heard just now; 0.0: none is
        self._toned = 0.0  # seconds that it has lasted

    def hear(self, samples: Samples) -> Guess | None:
        """What is guessed, as soon as something is."""
        lasts = len(samples) / RATE
        self._since += lasts
        loud = len(samples) and float(np.sqrt(np.mean(samples.astype(np.float64) ** 2))) > _LOUD
        beeped = self._tone(_pitch(samples) if loud else 0.0, lasts)
        if loud:
            self._spoke += lasts + (self._silent if self._silent <= _SHORT_PAUSE and self._spoke else 0.0)
            self._silent = 0.0
        else:
            self._silent += lasts
        return self._guess(beeped=beeped)

    def _tone(self, pitch: float, lasts: float) -> bool:
        """Whether a beep has ended with this frame."""
        if pitch and self._pitch and abs(pitch - self._pitch) <= _NEAR:
            self._toned += lasts
            return False
        ended = bool(self._pitch) and _BEEP[0] <= self._toned <= _BEEP[1]
        self._pitch, self._toned = pitch, lasts if pitch else 0.0
        return ended

    def _guess(self, *, beeped: bool) -> Guess | None:
        told = self._cadence
        if self._pitch and abs(self._pitch - _FAX_PITCH) <= _NEAR and self._toned >= _FAX_LASTS:
            return Guess(by=AnsweredBy.FAX)
        if self._machine or self._spoke >= told.words:
            self._machine = True
            return self._of_a_machine(beeped=beeped)
        if self._spoke and self._silent >= told.waits:
            return Guess(by=AnsweredBy.HUMAN)
        late = self._since >= told.within or (not self._spoke and self._since >= told.nothing)
        return Guess(by=AnsweredBy.UNKNOWN) if late else None

    def _of_a_machine(self, *, beeped: bool) -> Guess | None:
        told = self._cadence
        if not told.to_the_end:
            return Guess(by=AnsweredBy.MACHINE)
        if beeped:
            return Guess(by=AnsweredBy.MACHINE, end="beep")
        if self._silent >= told.over:
            return Guess(by=AnsweredBy.MACHINE, end="silence")
        return Guess(by=AnsweredBy.MACHINE, end="other") if self._since >= told.within else None


def _pitch(samples: Samples) -> float:
    """The pitch of a frame that is one tone; 0.0: it is none."""
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    at = int(np.argmax(power))
    near = power[max(at - 2, 0) : at + 3]
    if power.sum() <= 0 or near.sum() < _PURE * power.sum():
        return 0.0
    return float(at * RATE / len(samples))
