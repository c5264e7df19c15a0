"""Keys pressed, as telephone events (RFC 4733): one event is several packets with the same timestamp.

     0                   1                   2                   3
    |     event     |E|R| volume    |          duration             |

Its end is sent three times because packets get lost, so a key is heard once a timestamp: at the first packet with the
end bit, or, where all ends were lost, when the next event begins or it has lasted as long as it ever will.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import msgspec

KEYS = "0123456789*#ABCD"
_EVENT = struct.Struct("!BBH")
_END = 0x80
_VOLUME = 10  # -10 dBm0, which is what phones send


class Pressed(msgspec.Struct):
    """Hears keys in the packets of one leg."""

    _timestamp: int | None = None  #: of the event under way or heard last
    _heard: bool = True
    _key: str = ""

    def hear(self, timestamp: int, payload: bytes) -> str:
        """The keys that this packet is the word of: mostly one or none; "" for what is no key."""
        if len(payload) < _EVENT.size:
            return ""
        event, second, _ = _EVENT.unpack_from(payload)
        keys = ""
        if timestamp != self._timestamp:
            keys = self.over()
            self._timestamp, self._heard, self._key = timestamp, False, KEYS[event] if event < len(KEYS) else ""
        if second & _END:
            keys += self.over()
        return keys

    def over(self) -> str:
        """The key that is down, where its end got lost: sound goes on, or nothing comes any more."""
        if self._heard:
            return ""
        self._heard = True
        return self._key


def payloads(key: str, *, lasts: int = 800, step: int = 160) -> Iterator[bytes]:
    """The packets of one key: a step of sound each while it is down, then its end three times. Lengths in samples."""
    event = KEYS.index(key)
    for duration in range(step, lasts, step):
        yield _EVENT.pack(event, _VOLUME, duration)
    for _ in range(3):
        yield _EVENT.pack(event, _VOLUME | _END, lasts)
