"""Mails of a file: an mbox, in which each begins with a line "From ", or a single mail as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from masstransit.errors import BadInput

MOST = 1 << 20  #: bytes of one mail
_BEGINS = b"From "  # RFC 4155
_LINE = 1 << 16  # bytes that are read at once of a line without an end


def mails(source: BinaryIO) -> Iterator[bytes | BadInput]:
    """Each mail, or why it can't be taken; no more of it is in memory than one mail may have."""
    lines = iter(lambda: source.readline(_LINE), b"")
    first = next(lines, b"")
    if not first.startswith(_BEGINS):
        yield from _mail([first], lines)
        return
    for part in _parts(lines):
        yield from _mail([], part)


def _parts(lines: Iterator[bytes]) -> Iterator[Iterable[bytes]]:
    """The lines of each mail, without the one that begins it. Each is to be read to its end before the next."""
    ended = False

    def one() -> Iterator[bytes]:
        nonlocal ended
        blank = True  # whether the line before was: only then does "From " begin a mail
        for line in lines:
            if blank and line.startswith(_BEGINS):
                return
            blank = line in (b"\n", b"\r\n")
            yield line
        ended = True

    while not ended:
        yield one()


def _mail(begun: list[bytes], lines: Iterable[bytes]) -> Iterator[bytes | BadInput]:
    """A mail of these lines; nothing for blank ones alone."""
    kept, size = begun, sum(map(len, begun))
    for line in lines:
        size += len(line)
        if size <= MOST:
            kept.append(line)
    if size > MOST:
        yield BadInput(f"it has {size:,} bytes, and {MOST:,} are read: put what it says on record by hand")
    elif any(line.strip() for line in kept):
        yield b"".join(kept)
