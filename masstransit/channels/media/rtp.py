"""RTP packets (RFC 3550 section 5.1): what a header says, and one written.

 0                   1                   2                   3
|V=2|P|X|  CC   |M|     PT      |       sequence number         |
|                           timestamp                           |
|                             SSRC                              |
"""

from __future__ import annotations

import struct

import msgspec

HEADER = struct.Struct("!BBHII")
_VERSION = 2
_SHORTEST = HEADER.size
_RTCP = range(72, 77)  # RTCP's types 200 to 204 with the marker's bit cut off (RFC 5761)
LONGEST = 1500  #: bytes: more than an Ethernet frame holds is no packet of ours


class Packet(msgspec.Struct, frozen=True, gc=False):
    """One packet, as it came in."""

    kind: int  #: its payload type
    marker: bool
    sequence: int  #: 16 bits
    timestamp: int  #: 32 bits, in samples
    source: int  #: SSRC
    payload: bytes


def read(datagram: bytes) -> Packet | None:
    """A packet; None for anything that is none: another protocol, RTCP, a header that says more than there is."""
    if not _SHORTEST <= len(datagram) <= LONGEST or datagram[0] >> 6 != _VERSION:
        return None
    first, second, sequence, timestamp, source = HEADER.unpack_from(datagram)
    kind = second & 127
    start = _SHORTEST + 4 * (first & 15)
    if kind in _RTCP or start > len(datagram):
        return None
    if first & 16:  # an extension: 16 bits of its own, then how many words
        if start + 4 > len(datagram):
            return None
        start += 4 + 4 * int.from_bytes(datagram[start + 2 : start + 4], "big")
    end = len(datagram) - (datagram[-1] if first & 32 else 0)  # padding: its last byte counts it
    if start > end:
        return None
    return Packet(kind, second > 127, sequence, timestamp, source, datagram[start:end])


def write(kind: int, sequence: int, timestamp: int, source: int, payload: bytes, *, marker: bool = False) -> bytes:
    """A packet's bytes."""
    second = kind | 128 if marker else kind
    return HEADER.pack(128, second, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, source) + payload


def ahead(one: int, other: int, bits: int = 32) -> int:
    """By how much one counter is ahead of another, where counters begin again at zero: negative if it is behind."""
    half = 1 << (bits - 1)
    return ((one - other + half) & ((1 << bits) - 1)) - half
