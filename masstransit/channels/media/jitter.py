"""Packets put in order again: they wait a moment for those before them, and what never comes is silence.

Needed where legs are mixed, because a mix has to take the same twenty milliseconds of everybody. Where packets are only
passed on, the listener's own phone does it.
"""

from __future__ import annotations

from masstransit.channels.media.rtp import Packet, ahead


class Jitter:
    """Holds back `depth` frames of sound, of `frame` samples each; never more than `most` packets."""

    def __init__(self, *, frame: int = 160, depth: int = 2, most: int = 50) -> None:
        self._frame = frame
        self._depth = depth
        self._most = most
        self._waiting: dict[int, bytes] = {}  # timestamp -> sound
        self._next: int | None = None  # the timestamp that is to be taken next
        self._source: int | None = None
        self._rest = bytearray()
        self.lost = 0  #: frames that were not there when they were wanted

    def put(self, packet: Packet) -> None:
        """A packet came in. One that comes too late, or again, is dropped; another source begins anew."""
        if packet.source != self._source or (
            self._next is not None and abs(ahead(packet.timestamp, self._next)) > self._most * self._frame
        ):
            self._waiting.clear()
            self._rest.clear()
            self._source, self._next = packet.source, None
        if self._next is not None and ahead(packet.timestamp, self._next) < 0:
            return
        self._waiting[packet.timestamp] = packet.payload

    def take(self) -> bytes | None:
        """The next frame of sound; None: nothing came yet, or it is lost."""
        if len(self._rest) >= self._frame:
            return self._cut()
        if self._next is None:
            if len(self._waiting) < self._depth:
                return None
            first = next(iter(self._waiting))
            self._next = min(self._waiting, key=lambda at: ahead(at, first))
        sound = self._waiting.pop(self._next, None)
        if sound is None:
            if not self._waiting:  # silence on the other side: wait for what comes and begin anew with it
                self._next = None
                return None
            self.lost += 1
            self._next = (self._next + self._frame) & 0xFFFFFFFF
            return None
        self._next = (self._next + len(sound)) & 0xFFFFFFFF
        self._rest += sound
        return self._cut() if len(self._rest) >= self._frame else None

    def _cut(self) -> bytes:
        frame = bytes(self._rest[: self._frame])
        del self._rest[: self._frame]
        return frame
