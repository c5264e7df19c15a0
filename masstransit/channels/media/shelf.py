"""Recordings that have ended, as they are heard again: the files of their legs as one, in one channel or in two.

In one channel everybody is added up. In two the first leg, who called, is the one and everybody else the other. What is
read is made while it is read, so that hours of sound take no room beside their files.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np

from masstransit.channels.media import wav

_LOUDEST = 32767
_LOOKED_AT = 16_000  # samples: of half an hour in 900 parts all, of four hours one in eight


class Shelf:
    """Those of a folder, a folder each by its SID. Implements `carriage.archive.Shelf`; every method blocks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def sids(self) -> list[str]:
        """The recordings whose sound is here."""
        return sorted(each.name for each in self._folder.glob("RE*") if each.is_dir())

    def size(self, sid: str, channels: int) -> int | None:
        """Bytes of a recording as a WAV file; None: its sound is not here."""
        files = self._legs(sid)
        return wav.START + 2 * channels * _samples(files) if files else None

    def read(self, sid: str, channels: int, start: int, stop: int) -> bytes:
        """Those bytes of it from `start` up to `stop`. Raises `FileNotFoundError` where it was erased meanwhile."""
        files = self._legs(sid)
        if not files:
            raise FileNotFoundError(sid)
        head = wav.header(_samples(files), channels)[start:stop]
        width = 2 * channels
        first, last = max(start - wav.START, 0), max(stop - wav.START, 0)
        if last == 0:
            return head
        frames = _mixed(files, channels, first // width, -(-last // width))
        return head + frames[first % width :][: last - first]

    def peaks(self, sid: str, columns: int) -> list[list[float]]:
        """How loud each leg is in each of so many equal parts of the recording: 0 to 1; nothing where its sound is not
        here. Of a part longer than `_LOOKED_AT` samples its beginning is looked at."""
        files = self._legs(sid)
        width = -(-_samples(files) // columns) if files else 0
        return [_loudness(file, columns, width) for file in files]

    def track_size(self, sid: str, name: str) -> int | None:
        """Bytes of one file of a recording of a video room, as its unit wrote it; None: it is not here."""
        file = self._folder / sid / name
        return file.stat().st_size if file.parent.parent == self._folder and file.is_file() else None

    def read_track(self, sid: str, name: str, start: int, stop: int) -> bytes:
        """Some of these bytes. Raises `FileNotFoundError` where it was erased meanwhile."""
        with (self._folder / sid / name).open("rb") as held:
            held.seek(start)
            return held.read(stop - start)

    def erase(self, sid: str) -> None:
        """Its sound goes, and its pictures; its folder stays, until `clear`. Nothing where it is gone."""
        for file in (self._folder / sid).glob("leg-*"):
            file.unlink(missing_ok=True)

    def clear(self, sid: str) -> None:
        """The folder of what was erased goes."""
        with contextlib.suppress(FileNotFoundError):
            (self._folder / sid).rmdir()

    def _legs(self, sid: str) -> list[Path]:
        """Its files in the order of the legs."""
        return sorted((self._folder / sid).glob("leg-*.wav"), key=lambda file: int(file.stem.removeprefix("leg-")))


def _samples(files: list[Path]) -> int:
    return max((file.stat().st_size - wav.START) // 2 for file in files)


def _loudness(file: Path, columns: int, width: int) -> list[float]:
    peaks = []
    with file.open("rb") as held:
        for column in range(columns if width else 0):
            held.seek(wav.START + 2 * column * width)
            part = np.frombuffer(held.read(2 * min(width, _LOOKED_AT)), "<i2").astype(np.int32)
            peaks.append(round(float(np.abs(part).max(initial=0)) / (_LOUDEST + 1), 3))
    return peaks


def _mixed(files: list[Path], channels: int, first: int, last: int) -> bytes:
    """The samples of all legs from one instant to another, interleaved by channel."""
    sums = np.zeros((last - first, channels), np.int32)
    for number, file in enumerate(files):
        part = np.fromfile(file, "<i2", last - first, offset=wav.START + 2 * first)
        sums[: len(part), min(number, channels - 1)] += part
    return np.clip(sums, -_LOUDEST - 1, _LOUDEST).astype("<i2").tobytes()
