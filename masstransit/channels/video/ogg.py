"""Ogg with one stream of Opus in it, written as it comes in (RFC 3533, RFC 7845)."""

from __future__ import annotations

import struct
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

RATE = 48_000  #: samples a second that its clock counts, whatever was recorded (RFC 7845 section 4)
_HEAD = struct.Struct("<4sBBqIIIB")
_FIRST, _LAST = 2, 4  # flags of a page
_POLYNOMIAL = 0x04C11DB7
_SERIAL = 1
_FRAMES = (10, 20, 40, 60)  # milliseconds of SILK's frames by the two lowest bits of the configuration


class OpusFile:
    """One file, open for writing. Times are samples at 48 kHz from its beginning. Raises `OSError`."""

    def __init__(self, file: Path) -> None:
        self._out: BinaryIO = file.open("xb", buffering=0)
        self._page = 0
        self._waiting: tuple[bytes, int] | None = None  # a packet, and the time at which it ends
        head = b"OpusHead" + struct.pack("<BBHIHB", 1, 2, 0, RATE, 0, 0)
        maker = b"MassTransit"
        self._write(head, 0, _FIRST)
        self._write(b"OpusTags" + struct.pack("<I", len(maker)) + maker + bytes(4), 0, 0)

    def write(self, packet: bytes, at: int) -> None:
        """A packet that begins at a time. What nothing was kept of before it is a gap in the clock."""
        if self._waiting is not None:
            self._write(*self._waiting, 0)
        self._waiting = (packet, at + samples_of(packet))

    def close(self) -> None:
        """It is over: the last page says so."""
        if self._waiting is not None:
            self._write(*self._waiting, _LAST)
        self._out.close()

    def _write(self, packet: bytes, ends: int, flags: int) -> None:
        """A page for each packet: what is killed in between loses one."""
        full, rest = divmod(len(packet), 255)
        lacing = b"\xff" * full + bytes([rest])
        head = _HEAD.pack(b"OggS", 0, flags, ends, _SERIAL, self._page, 0, len(lacing))
        page = bytearray(head + lacing + packet)
        page[22:26] = _checksum(page).to_bytes(4, "little")
        self._out.write(page)
        self._page += 1


def samples_of(packet: bytes) -> int:
    """How long a packet is, in samples at 48 kHz (RFC 6716 section 3.1)."""
    if not packet:
        return 0
    config, count = packet[0] >> 3, packet[0] & 3
    if config < 12:
        frame = _FRAMES[config & 3] * 48
    elif config < 16:
        frame = _FRAMES[config & 1] * 48
    else:
        frame = 120 << (config & 3)
    if count == 3:
        return frame * (packet[1] & 0x3F if len(packet) > 1 else 0)
    return frame * (1 if count == 0 else 2)


@lru_cache(maxsize=1)
def _table() -> tuple[int, ...]:
    made = []
    for number in range(256):
        value = number << 24
        for _ in range(8):
            value = (value << 1 ^ _POLYNOMIAL if value & 0x80000000 else value << 1) & 0xFFFFFFFF
        made.append(value)
    return tuple(made)


def _checksum(page: bytes | bytearray) -> int:
    table, value = _table(), 0
    for byte in page:
        value = (value << 8 & 0xFFFFFFFF) ^ table[value >> 24 ^ byte]
    return value
