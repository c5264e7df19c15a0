"""Tones that a line is sent: keys (ITU-T Q.23) where the other side takes no telephone events, and that it rings
elsewhere (ITU-T E.180, as North America has it)."""

from __future__ import annotations

import numpy as np

from masstransit.channels.media.g711 import RATE, Samples

_LOUD = 6000  # amplitude of each of a tone's two pitches: -13 dBm0 or so, default
_ROWS, _COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
_KEYS = ("123A", "456B", "789C", "*0#D")
_PRESSED, _BETWEEN = 0.1, 0.1  # seconds; Q.24 asks for 40 ms of each at least
_RINGS, _RESTS = 2.0, 4.0  # seconds


def key(pressed: str) -> Samples:
    """A key, and the pause behind it."""
    row = next(row for row, keys in enumerate(_KEYS) if pressed in keys)
    pitches = (_ROWS[row], _COLUMNS[_KEYS[row].index(pressed)])
    return _tone(pitches, _PRESSED, _BETWEEN)


def ringing() -> Samples:
    """It rings once, and rests."""
    return _tone((440, 480), _RINGS, _RESTS)


def _tone(pitches: tuple[int, int], lasts: float, rests: float) -> Samples:
    times = np.arange(int(lasts * RATE)) / RATE
    waves = [np.sin(2 * np.pi * pitch * times) for pitch in pitches]
    return np.concatenate([(_LOUD * np.sum(waves, axis=0)).astype(np.int16), np.zeros(int(rests * RATE), np.int16)])
