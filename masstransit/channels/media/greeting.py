"""Who answered, guessed by the cadence of the first words. A person says "hello?" and waits; a machine goes on talking.

No authority sets these figures; they are defaults, near those that voice platforms document.
"""

from __future__ import annotations

import numpy as np

from masstransit.carriage.voice.line import RATE
from masstransit.channels.media.g711 import Samples
from masstransit.model.call import AnsweredBy

_LOUD = 500.0  # root mean square of samples: speech is above, a line at rest is below
_SHORT_PAUSE = 0.2  # seconds: between two words
_LISTENS = 0.8  # seconds of silence after words: a person waits for ours
_LONG = 2.4  # seconds of words without such a silence: a machine
_NOTHING = 5.0  # seconds in which nobody says a word
_DONE = 1.2  # seconds of silence: a machine's greeting is over, its beep included


class Greeting:
    """Hears the answer, frame by frame."""

    def __init__(self, *, to_the_end: bool) -> None:
        self._to_the_end = to_the_end
        self._since = 0.0  # seconds since the answer
        self._spoke = 0.0  # of words, short pauses between them included
        self._silent = 0.0
        self._machine = False

    def hear(self, samples: Samples) -> AnsweredBy | None:
        """What is guessed, as soon as something is."""
        lasts = len(samples) / RATE
        self._since += lasts
        if len(samples) and float(np.sqrt(np.mean(samples.astype(np.float64) ** 2))) > _LOUD:
            self._spoke += lasts + (self._silent if self._silent <= _SHORT_PAUSE and self._spoke else 0.0)
            self._silent = 0.0
        else:
            self._silent += lasts
        return self._guess()

    def _guess(self) -> AnsweredBy | None:
        if self._machine or self._spoke >= _LONG:
            self._machine = True
            return AnsweredBy.MACHINE if not self._to_the_end or self._silent >= _DONE else None
        if self._spoke and self._silent >= _LISTENS:
            return AnsweredBy.HUMAN
        return AnsweredBy.UNKNOWN if not self._spoke and self._since >= _NOTHING else None
