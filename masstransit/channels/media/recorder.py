"""A call as it is recorded: a folder with a WAV file a leg, written as the sound comes in.

All files begin at the same instant and are as long, so that side by side they are the channels of one recording; what
was lost, paused or never said is silence in its place. Nothing is kept from before the instant at which recording was
allowed: not what waited in a buffer, for there is none, and not what was on its way. What comes within `MARGIN` after
that instant may have been said before it, and is dropped; and so is a packet that comes later and is older by its
timestamp than one that was dropped.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import shutil
from pathlib import Path

from masstransit.carriage.recording import Tape
from masstransit.channels.media import g711, rtp, wav
from masstransit.channels.media.g711 import RATE
from masstransit.channels.media.leg import Leg

log = logging.getLogger("masstransit.media")

MARGIN = 0.2  #: seconds: longer than sound is on its way (ITU-T G.114 takes 150 ms for the most that a call bears)
LONGEST = 4 * 3600  #: seconds that a recording may take
_RUN = RATE // 5  # samples that are written at once
_ASTRAY = RATE  # samples: a timestamp that is that far from the clock begins anew


class _Track:
    """One leg's file."""

    def __init__(self, file: Path, leg: Leg) -> None:
        self.file = file
        self.leg = leg
        self.broken = False  #: the disk took no more
        self.hushed = False  #: nothing of it is kept, whatever is of the others
        self._handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(self._handle, wav.header(0))
        self._begun = self._from = float("inf")  # the recording's first instant; from when on this stretch is kept
        self._dropped: tuple[int, int] | None = None  # source, and the timestamp after what was dropped last
        self._anchor: tuple[int, int, int] | None = None  # source, timestamp, and its place in the file
        self._run = bytearray()
        self._at = 0  # where the run begins, in samples
        self._law = leg.law  # of the run

    def keep_from(self, begun: float, instant: float) -> None:
        """From an instant on, of a recording that has begun at `begun`."""
        self._begun, self._from = begun, instant + MARGIN
        self._dropped = self._anchor = None
        if self.hear not in self.leg.ears:
            self.leg.ears.append(self.hear)

    def pause(self) -> None:
        """Nothing more, for now."""
        if self.hear in self.leg.ears:
            self.leg.ears.remove(self.hear)
        self._write()

    def hear(self, packet: rtp.Packet, now: float) -> None:
        """A packet of sound has come in."""
        if now < self._from:
            self._drop(packet)
            return
        if self._dropped and packet.source == self._dropped[0] and rtp.ahead(packet.timestamp, self._dropped[1]) < 0:
            return
        place = self._place(packet, now)
        if place < 0 or place > LONGEST * RATE:
            return
        if place != self._at + len(self._run) or len(self._run) >= _RUN or self._law is not self.leg.law:
            self._write()
            self._at, self._law = place, self.leg.law
        self._run += packet.payload

    def _drop(self, packet: rtp.Packet) -> None:
        after = packet.timestamp + len(packet.payload)
        if self._dropped is None or self._dropped[0] != packet.source or rtp.ahead(after, self._dropped[1]) > 0:
            self._dropped = (packet.source, after)

    def _place(self, packet: rtp.Packet, now: float) -> int:
        """Where a packet belongs in the file: by its timestamp, and by the clock where that begins anew."""
        by_clock = int((now - self._begun) * RATE) - len(packet.payload)
        if self._anchor is not None and self._anchor[0] == packet.source:
            place = self._anchor[2] + rtp.ahead(packet.timestamp, self._anchor[1])
            if abs(place - by_clock) < _ASTRAY:
                return place
        self._anchor = (packet.source, packet.timestamp, by_clock)
        return by_clock

    def _write(self) -> None:
        if self._run and not self.broken:
            samples = g711.decode(self._law, self._run).astype("<i2")
            try:
                os.pwrite(self._handle, samples.tobytes(), wav.START + 2 * self._at)
            except OSError as full:  # the call goes on, and the recording ends here
                log.error("a recording can't be written on: %s", full)  # noqa: TRY400 - what, not where
                self.broken = True
        self._run.clear()

    def close(self, samples: int) -> None:
        """It is as long as that, and its header says so."""
        self.pause()
        try:
            os.ftruncate(self._handle, wav.START + 2 * samples)
            os.pwrite(self._handle, wav.header(samples), 0)
            os.fsync(self._handle)
        finally:
            os.close(self._handle)


class Recorder:
    """One recording. `begin` once, then `pause` and `go_on`; `finish` or `discard` ends it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tracks: dict[int, _Track] = {}
        self._begun: float | None = None
        self._keeping = False

    def add(self, number: int, leg: Leg) -> None:
        """A leg is recorded too, from now on if the recording is under way."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        track = self._tracks[number] = _Track(self.folder / f"leg-{number}.wav", leg)
        self._keep(track)

    def hush(self, number: int, *, hushed: bool) -> None:
        """Keep nothing of one leg from this instant on, whatever is kept of the others; or keep it with them again."""
        track = self._tracks.get(number)
        if track is None or track.hushed is hushed:
            return
        track.hushed = hushed
        if hushed:
            track.pause()
        else:
            self._keep(track)

    def _keep(self, track: _Track) -> None:
        if self._begun is not None and self._keeping and not track.hushed:
            track.keep_from(self._begun, _now())

    def go_on(self) -> None:
        """Keep from this instant on what is said; at first, or after a pause."""
        self._begun = _now() if self._begun is None else self._begun
        self._keeping = True
        for track in self._tracks.values():
            self._keep(track)

    def pause(self) -> None:
        """Keep nothing of what is said from this instant on."""
        self._keeping = False
        for track in self._tracks.values():
            track.pause()

    async def finish(self) -> Tape:
        """End it; what is kept."""
        self.pause()
        seconds = 0.0 if self._begun is None else min(_now() - self._begun, LONGEST)
        return await asyncio.to_thread(self._finish, seconds)

    def _finish(self, seconds: float) -> Tape:
        for track in self._tracks.values():
            track.close(int(seconds * RATE))
        digests = {track.file.name: digest_of(track.file) for track in self._tracks.values()}
        return Tape(seconds=seconds, digests=digests, whole=not any(t.broken for t in self._tracks.values()))

    def discard(self) -> None:
        """End it and keep nothing."""
        self.pause()
        for track in self._tracks.values():
            track.close(0)
        shutil.rmtree(self.folder, ignore_errors=True)


def digest_of(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as held:
        return hashlib.file_digest(held, "sha256").hexdigest()


def recover(folder: Path) -> dict[str, Tape]:
    """Mend the recordings that a killed process left, at start: SID -> what there is of each."""
    left: dict[str, list[Path]] = {}
    for file in sorted(folder.glob("RE*/leg-*.wav")):
        if wav.repair(file):
            left.setdefault(file.parent.name, []).append(file)
    return {sid: _found(files[0].parent) for sid, files in left.items()}


def _found(folder: Path) -> Tape:
    files = sorted(folder.glob("leg-*.wav"))
    seconds = max((file.stat().st_size - wav.START) / 2 / RATE for file in files)
    return Tape(seconds=seconds, digests={file.name: digest_of(file) for file in files})


def _now() -> float:
    return asyncio.get_running_loop().time()
