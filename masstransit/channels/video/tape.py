"""A room as it is recorded: a file for each source, written as its packets come in, never decoded. Pictures are VP8 in
WebM, sound is Opus in Ogg.

Nothing is kept from before the instant at which recording was allowed, and nothing from a pause: what comes within
`MARGIN` after it may have been said or shown before it, and is dropped; then a picture begins where it needs none from
before. All files begin at the same instant, and what was paused is a gap in each.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import msgspec
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtp import RtpPacket

from masstransit.channels.video import ogg
from masstransit.channels.video.remains import MARK, digest_of
from masstransit.channels.video.slot import RATES, ahead
from masstransit.channels.video.source import Source
from masstransit.channels.video.vp8 import size_of

log = logging.getLogger("masstransit.video")

MARGIN = 0.2  #: seconds: longer than sound and picture are on their way (ITU-T G.114)
LONGEST = 4 * 3600  #: seconds that a recording may take
_MILLISECOND = Fraction(1, 1000)
_FORMS = {"audio": "ogg", "video": "webm"}


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a recording that is over."""

    seconds: float
    digests: dict[str, str]
    whole: bool


class _Track:
    """What is kept of one source. Implements `source.Ear`."""

    def __init__(self, file: Path, source: Source) -> None:
        self.file = file
        self.source = source
        self.broken = False  #: the disk took no more
        self._video = source.kind == "video"
        self._out: _Pictures | _Sound | None = None
        self._begun = self._from = float("inf")
        self._buffer: JitterBuffer | None = None
        self._anchor: tuple[int, float] | None = None  # a timestamp, and its second in the file
        self._whole = False  # a picture that needs none from before has come

    def keep_from(self, begun: float, instant: float) -> None:
        """From an instant on, of a recording that has begun at `begun`."""
        self._begun, self._from = begun, instant + MARGIN
        self._buffer = JitterBuffer(capacity=512 if self._video else 16, prefetch=0, is_video=self._video)
        self._anchor, self._whole = None, not self._video
        if self not in self.source.ears:
            self.source.ears.append(self)

    def pause(self) -> None:
        """Nothing more, for now; what waits to be put in order is dropped with it."""
        if self in self.source.ears:
            self.source.ears.remove(self)
        self._buffer = None

    def hear(self, packet: RtpPacket, now: float) -> None:
        """A packet has come in."""
        if self._buffer is None or now < self._from or now - self._begun > LONGEST or self.broken:
            return
        if self._anchor is None:
            self._anchor = (packet.timestamp, now - self._begun)
        _, frame = self._buffer.add(packet)
        if frame is None:
            return
        whole = not self._video or size_of(frame.data) is not None  # one whose head was cut off has no size
        if not frame.data or not (whole or self._whole):
            return
        self._whole = True
        try:
            self._write(frame.data, frame.timestamp, whole)
        except (OSError, av.error.FFmpegError) as full:  # the room goes on, and this file ends here
            log.error("a recording can't be written on: %s", full)  # noqa: TRY400 - what, not where
            self.broken = True

    def _write(self, data: bytes, timestamp: int, whole: bool) -> None:
        if self._out is None:
            self._out = (_Pictures if self._video else _Sound)(self.file, data)
        stamp, second = self._anchor or (timestamp, 0.0)
        self._out.write(data, second + ahead(timestamp, stamp, 32) / RATES[self.source.kind], whole)

    def close(self) -> None:
        """It is over."""
        self.pause()
        if self._out is not None:
            self._out.close()
            self._out = None


class _Sound:
    """Opus in Ogg."""

    def __init__(self, file: Path, _: bytes) -> None:
        self._out = ogg.OpusFile(file)

    def write(self, data: bytes, at: float, _: bool) -> None:
        self._out.write(data, round(at * ogg.RATE))

    def close(self) -> None:
        self._out.close()


class _Pictures:
    """VP8 in WebM."""

    def __init__(self, file: Path, first: bytes) -> None:
        width, height = size_of(first) or (640, 480)
        self._out = av.open(file, "w", format="webm")
        self._stream: Any = self._out.add_mux_stream("vp8", width=width, height=height)
        self._stream.time_base = _MILLISECOND
        self._last = -1

    def write(self, data: bytes, at: float, whole: bool) -> None:
        packet = av.Packet(data)
        packet.stream, packet.time_base, packet.is_keyframe = self._stream, _MILLISECOND, whole
        packet.pts = packet.dts = self._last = max(round(at * 1000), self._last + 1)
        self._out.mux(packet)

    def close(self) -> None:
        self._out.close()


class Tape:
    """One recording of a room: `go_on` and `pause`, then `finish`. It hears who comes in meanwhile from when it goes on
    again."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._clock = clock
        self._tracks: dict[tuple[str, str], _Track] = {}
        self._begun: float | None = None
        self._keeping = False

    def add(self, leg: int, source: Source) -> None:
        """A source of somebody: kept too, from now on if the recording goes on."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self._folder / MARK).touch(exist_ok=True)
        form = _FORMS[source.kind]
        count = sum(1 for peer, name in self._tracks if (peer, name) == (source.peer, source.name))
        file = self._folder / f"leg-{leg}-{source.name}{f'-{count}' if count else ''}.{form}"
        track = self._tracks[source.peer, source.name] = _Track(file, source)
        if self._begun is not None and self._keeping:
            track.keep_from(self._begun, self._clock())

    def go_on(self) -> None:
        """Keep what is sent from this instant on."""
        now = self._clock()
        self._begun = now if self._begun is None else self._begun
        self._keeping = True
        for track in self._tracks.values():
            track.keep_from(self._begun, now)

    def pause(self) -> None:
        """Keep nothing of what is sent from this instant on."""
        self._keeping = False
        for track in self._tracks.values():
            track.pause()

    def leave(self) -> None:
        """The unit ends, and knows not what is to become of it: the house's next start finds it."""
        self._keeping = False
        for track in self._tracks.values():
            track.close()

    def finish(self, *, keep: bool) -> Left:
        """End it."""
        self.leave()
        if not keep:
            shutil.rmtree(self._folder, ignore_errors=True)
            return Left(seconds=0.0, digests={}, whole=True)
        files = sorted(self._folder.glob("leg-*")) if self._folder.exists() else []
        (self._folder / MARK).unlink(missing_ok=True)
        seconds = 0.0 if self._begun is None else min(self._clock() - self._begun, LONGEST)
        whole = not any(track.broken for track in self._tracks.values())
        return Left(seconds=seconds, digests={file.name: digest_of(file) for file in files}, whole=whole)

    def whole_pictures(self) -> list[Source]:
        """The sources of which a picture is wanted that needs none from before."""
        return [track.source for track in self._tracks.values() if track.source.kind == "video"]
