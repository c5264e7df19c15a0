"""Long texts: the headers that join segments, and their joining.

A segment says where it belongs in a user data header (UDH: 3GPP TS 23.040 section 9.2.3.24, elements 0x00 and 0x08) or
in SMPP's SAR parameters (sections 5.3.2.22 to 24).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

import msgspec

from masstransit.channels.smpp.pdu import Tag

W = TypeVar("W")

UDHI = 0x40  # esm_class: the user data begins with a header
_CONCAT_8 = 0x00
_CONCAT_16 = 0x08


class Part(msgspec.Struct, frozen=True):
    """Which segment of which message this is."""

    reference: int
    total: int
    number: int  #: from 1


class Headed(msgspec.Struct, frozen=True):
    """User data with its header read."""

    part: Part | None
    rest: bytes
    others: tuple[int, ...] = ()  #: elements that are not about joining: ports, language tables ...


def read_udh(payload: bytes) -> Headed:
    """Read the header in front of user data. Raises `ValueError` when its lengths don't fit."""
    if not payload or 1 + payload[0] > len(payload):
        raise ValueError("the user data header is longer than the user data")
    end = 1 + payload[0]
    part, others, at = None, [], 1
    while at < end:
        if at + 2 > end or at + 2 + payload[at + 1] > end:
            raise ValueError("an element of the user data header is longer than the header")
        element, data = payload[at], payload[at + 2 : at + 2 + payload[at + 1]]
        if element == _CONCAT_8 and len(data) == 3:
            part = Part(data[0], data[1], data[2])
        elif element == _CONCAT_16 and len(data) == 4:
            part = Part(data[0] << 8 | data[1], data[2], data[3])
        else:
            others.append(element)
        at += 2 + len(data)
    if part is not None and not 1 <= part.number <= part.total:
        raise ValueError("a segment's number is not among its message's segments")
    return Headed(None if part is not None and part.total == 1 else part, payload[end:], tuple(others))


def read_sar(tlvs: Mapping[int, bytes]) -> Part | None:
    """The SAR parameters; None where they are not all there. Raises `ValueError` when they make no sense."""
    tags = (Tag.SAR_MSG_REF_NUM, Tag.SAR_TOTAL_SEGMENTS, Tag.SAR_SEGMENT_SEQNUM)
    reference, total, number = (int.from_bytes(tlvs[tag], "big") if tag in tlvs else None for tag in tags)
    if reference is None or total is None or number is None or total == 1:
        return None
    if not 1 <= number <= total <= 255:
        raise ValueError("a segment's number is not among its message's segments")
    return Part(reference, total, number)


def udh(part: Part) -> bytes:
    """The header of a segment, with an 8-bit reference."""
    return bytes((5, _CONCAT_8, 3, part.reference & 0xFF, part.total, part.number))


class Joined(msgspec.Struct, Generic[W], frozen=True):
    """The segments of a message in order, with who waits for each."""

    pieces: tuple[bytes, ...]
    waiters: tuple[W, ...]
    whole: bool


class _Open(Generic[W]):
    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.pieces: dict[int, bytes] = {}
        self.waiters: list[W] = []

    def joined(self, *, whole: bool) -> Joined[W]:
        return Joined(tuple(self.pieces[n] for n in sorted(self.pieces)), tuple(self.waiters), whole)


class Full(Exception):
    """More segments wait for their others than may."""


class Joiner(Generic[W]):
    """Keeps segments until their message is whole, for `within` seconds and `most` segments in all.

    A segment that comes twice replaces the first; both who brought it are answered. Times are the loop's.
    """

    def __init__(self, *, within: float, most: int) -> None:
        self._within = within
        self._most = most
        self._open: dict[Hashable, _Open[W]] = {}
        self._kept = 0

    def add(self, key: Hashable, part: Part, data: bytes, waiter: W, now: float) -> Joined[W] | None:
        """Take a segment; gives the message when it was the last. Raises `Full`."""
        key = (key, part.reference, part.total)
        if self._kept >= self._most:
            raise Full
        opened = self._open.setdefault(key, _Open(now + self._within))
        opened.pieces[part.number] = data
        opened.waiters.append(waiter)
        self._kept += 1
        return self._end(key, whole=True) if len(opened.pieces) == part.total else None

    def overdue(self, now: float) -> list[Joined[W]]:
        """The messages whose other segments did not come in time."""
        late = [key for key, opened in self._open.items() if opened.deadline <= now]
        return [self._end(key, whole=False) for key in late]

    def _end(self, key: Hashable, *, whole: bool) -> Joined[W]:
        opened = self._open.pop(key)
        self._kept -= len(opened.waiters)
        return opened.joined(whole=whole)

    def __len__(self) -> int:
        return self._kept
