"""UDPTL: how the packets of T.38 travel in datagrams (ITU-T T.38 section 9.1, annex A; RFC 3362 has its media type).

A datagram has a number (16 bits), the packet that is its own, and those before it once more, the nearest first: so a
packet is lost only with all the datagrams that bear it. Where the other side sends parity instead (FEC), its packets
are read and their parity is passed over. Lengths are written as X.691 has them: one octet up to 127, else two.
"""

from __future__ import annotations

import struct
from collections import deque

import msgspec

from masstransit.errors import BadInput

LARGEST = 1400  #: bytes of a datagram that we send: it crosses every network whole
_LONGEST_RECEIVED = 4096
_SEQUENCE = struct.Struct("!H")
_SHORT, _LONG = 0x80, 0x4000  # lengths from here on take two octets; more than one fragment
_PARITY = 0x80  # the first bit of what follows the packet: parity, not repetition
_MOST_BEHIND = 32  # packets: who says that more are missing has begun anew


class Datagram(msgspec.Struct, frozen=True):
    """One datagram."""

    sequence: int
    packet: bytes
    before: tuple[bytes, ...] = ()  #: the packets before it, the nearest first


def write(one: Datagram) -> bytes:
    """Its bytes. Of the packets before it those go along that there is room for."""
    made = bytearray(_SEQUENCE.pack(one.sequence & 0xFFFF))
    made += _length(len(one.packet)) + one.packet
    room = LARGEST - len(made) - 3
    again: list[bytes] = []
    for packet in one.before:
        room -= len(packet) + 2
        if room < 0:
            break
        again.append(packet)
    made += b"\0" + _length(len(again))
    for packet in again:
        made += _length(len(packet)) + packet
    return bytes(made)


def read(data: bytes) -> Datagram:
    """A datagram that came in. Raises `BadInput` for what is none."""
    if not _SEQUENCE.size < len(data) <= _LONGEST_RECEIVED:
        raise BadInput("this datagram is too short or too long for UDPTL")
    (sequence,) = _SEQUENCE.unpack_from(data)
    packet, at = _packet(data, _SEQUENCE.size)
    if at >= len(data) or data[at] & _PARITY:
        return Datagram(sequence, packet)
    count, at = _read_length(data, at + 1)
    before = []
    for _ in range(count):
        earlier, at = _packet(data, at)
        before.append(earlier)
    return Datagram(sequence, packet, tuple(before))


def _length(count: int) -> bytes:
    if count < _SHORT:
        return bytes((count,))
    if count >= _LONG:
        raise BadInput("this packet is too long for UDPTL")
    return struct.pack("!H", 0x8000 | count)


def _read_length(data: bytes, at: int) -> tuple[int, int]:
    """A length, and where what follows it begins."""
    if at >= len(data):
        raise BadInput("this datagram ends within a length")
    first = data[at]
    if first < _SHORT:
        return first, at + 1
    if first & 0x40 or at + 1 >= len(data):
        raise BadInput("this datagram has a length in fragments, which UDPTL does not need")
    return (first & 0x3F) << 8 | data[at + 1], at + 2


def _packet(data: bytes, at: int) -> tuple[bytes, int]:
    length, start = _read_length(data, at)
    if start + length > len(data):
        raise BadInput("this datagram ends within a packet")
    return data[start : start + length], start + length


class Sending:
    """The datagrams that go out: each repeats so many packets before it."""

    def __init__(self, *, repeats: int = 3) -> None:
        self._sequence = 0
        self._before: deque[bytes] = deque(maxlen=repeats)

    def pack(self, packet: bytes) -> bytes:
        """The datagram of the next packet."""
        made = write(Datagram(self._sequence, packet, tuple(self._before)))
        self._before.appendleft(packet)
        self._sequence = (self._sequence + 1) & 0xFFFF
        return made


class Receiving:
    """What comes in, in order, each packet once, with those that were lost on the way as far as they are repeated."""

    def __init__(self) -> None:
        self._next: int | None = None
        self.mended = 0  #: packets that came by repetition alone
        self.lost = 0  #: packets that never came

    def unpack(self, data: bytes) -> list[tuple[int, bytes]]:
        """The packets that are new, by their numbers. Raises `BadInput`."""
        one = read(data)
        if self._next is None:
            self._next = one.sequence
        ahead = (one.sequence - self._next) & 0xFFFF
        if ahead >= 0x8000:
            return []  # late, or the same again: it was heard, or nothing waits for it any more
        missing = min(ahead, len(one.before)) if ahead <= _MOST_BEHIND else 0
        self.mended += missing
        self.lost += ahead - missing
        self._next = (one.sequence + 1) & 0xFFFF
        earlier = [
            ((one.sequence - back) & 0xFFFF, one.before[back - 1])
            for back in range(missing, 0, -1)
            if one.before[back - 1]
        ]
        return [*earlier, (one.sequence, one.packet)]
