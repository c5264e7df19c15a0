"""WAV files of sound: 16-bit mono at 8 kHz that is written while it comes in, and G.711 or 16-bit that is read.

A file that is being written says in its header that it is empty; what it holds is told when it ends. A process that
was killed leaves one whose header is wrong and whose sound is there: `repair` mends it.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from masstransit.channels.media import g711
from masstransit.channels.media.g711 import RATE, Law, Samples
from masstransit.errors import BadInput

_PCM, _A_LAW, _MU_LAW = 1, 6, 7
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
START = _HEADER.size  #: where the sound of our own files begins


def header(samples: int, channels: int = 1) -> bytes:
    """The header of a file of our own with so many samples a channel."""
    width = 2 * channels
    size = width * samples
    return _HEADER.pack(
        b"RIFF", START - 8 + size, b"WAVE", b"fmt ", 16, _PCM, channels, RATE, width * RATE, width, 16, b"data", size
    )  # fmt: skip


def repair(file: Path) -> bool:
    """Make the header say what the file holds. False: it did already. Raises `BadInput` for a file that is not ours."""
    size = file.stat().st_size
    with file.open("r+b") as held:
        found = held.read(START)
        if len(found) < START or found[:4] != b"RIFF" or found[36:40] != b"data":
            raise BadInput(f"{file.name} is no recording: its header is of another kind")
        true = header((size - START) // 2)
        if found == true:
            return False
        held.truncate(START + (size - START) // 2 * 2)
        held.seek(0)
        held.write(true)
    return True


def read(file: Path) -> Samples:
    """The samples of a mono file at 8 kHz. Raises `BadInput` for any other."""
    content = file.read_bytes()
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise BadInput(f"{file.name} is no WAV file")
    form, at = None, 12
    while at + 8 <= len(content):
        name, size = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        body = content[at + 8 : at + 8 + size]
        if name == b"fmt ":
            form = struct.unpack_from("<HHI", body) if size >= 16 else None
        if name == b"data":
            return _samples(file, form, body)
        at += 8 + size + size % 2
    raise BadInput(f"{file.name} holds no sound")


def _samples(file: Path, form: tuple[int, int, int] | None, body: bytes) -> Samples:
    if form is None or form[1:] != (1, RATE) or form[0] not in (_PCM, _A_LAW, _MU_LAW):
        raise BadInput(f"{file.name}: sound is mono at 8,000 samples a second, as 16-bit, A-law or mu-law")
    if form[0] == _PCM:
        return np.frombuffer(body[: len(body) // 2 * 2], "<i2").astype(np.int16)
    return g711.decode(Law.PCMA if form[0] == _A_LAW else Law.PCMU, body)
