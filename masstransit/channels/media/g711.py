"""G.711: A-law and mu-law <-> 16-bit linear samples (ITU-T G.711), by tables.

One byte is one sample, 8,000 a second. Decoding looks a byte up; encoding looks up the sample's upper 14 bits (mu-law)
or 13 bits (A-law), which are all that the laws tell apart.
"""

from __future__ import annotations

import enum

import numpy as np
from numpy.typing import NDArray

RATE = 8000  #: samples a second
Samples = NDArray[np.int16]


class Law(enum.Enum):
    """Which of the two laws; the value is RTP's static payload type (RFC 3551)."""

    PCMU = 0
    PCMA = 8


def _mu_law() -> Samples:
    """Each byte's sample. Bits are sent inverted: sign, three of the segment, four within it."""
    code = ~np.arange(256, dtype=np.uint8)
    segment, step = (code >> 4) & 7, (code & 15).astype(np.int32)
    size = (((step << 3) + 132) << segment) - 132
    return np.where(code & 128, -size, size).astype(np.int16)


def _a_law() -> Samples:
    """Each byte's sample. Every other bit is sent inverted."""
    code = np.arange(256, dtype=np.uint8) ^ 0x55
    segment, step = (code >> 4) & 7, (code & 15).astype(np.int32)
    size = np.where(segment == 0, (step << 4) + 8, ((step << 4) + 264) << np.maximum(segment, 1) - 1)
    return np.where(code & 128, size, -size).astype(np.int16)


def _nearest(decoded: Samples) -> NDArray[np.uint8]:
    """For each sample, by its upper 14 bits, the byte that decodes nearest to it."""
    order = np.argsort(decoded, kind="stable")
    levels = decoded[order].astype(np.int32)
    wanted = (np.arange(1 << 14, dtype=np.int32) - (1 << 13)) * 4 + 2
    above = np.clip(np.searchsorted(levels, wanted), 1, 255)
    nearer = np.where(wanted - levels[above - 1] <= levels[above] - wanted, above - 1, above)
    return order[nearer].astype(np.uint8)


_DECODED = {Law.PCMU: _mu_law(), Law.PCMA: _a_law()}
_ENCODED = {law: _nearest(decoded) for law, decoded in _DECODED.items()}
_ACROSS = {
    (own, other): _ENCODED[other][(_DECODED[own].astype(np.int32) >> 2) + (1 << 13)].tobytes()
    for own in Law
    for other in Law
}


def decode(law: Law, sound: bytes | bytearray) -> Samples:
    """The samples of some sound."""
    return _DECODED[law][np.frombuffer(sound, np.uint8)]


def encode(law: Law, samples: Samples) -> bytes:
    """The sound of some samples."""
    return bytes(_ENCODED[law][(samples.astype(np.int32) >> 2) + (1 << 13)])


def across(sound: bytes, own: Law, other: Law) -> bytes:
    """The same sound under the other law."""
    return sound if own is other else sound.translate(_ACROSS[own, other])


def silence(law: Law, count: int) -> bytes:
    """So many samples of silence."""
    return _SILENT[law] * count


_SILENT = {law: encode(law, np.zeros(1, np.int16)) for law in Law}
