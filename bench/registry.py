"""A registry's file of made-up numbers, as a stream: `python -m bench.registry COUNT` writes it on stdout.

As many area codes as the United States have share them, scattered over all of their exchanges and in no order: more
blocks are touched than by a real list, and no line helps to read the next. No number comes twice.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

#: The first 340 that the numbering plan can have: no digit 9 in the middle, and no N11.
AREAS = [code for code in range(201, 1000) if code // 10 % 10 != 9 and code % 100 != 11][:340]
MOST = 8_000_000  #: numbers of an area code: exchanges begin with 2 to 9
_STEP = 3_141_593  # has no divisor in common with MOST, so that steps of it meet every number once


def pieces(count: int) -> Iterator[bytes]:
    """The lines of each area code: `202,5550123`. Raises `ValueError` for more than there are numbers."""
    if count > len(AREAS) * MOST:
        raise ValueError(f"there are {len(AREAS) * MOST:,} numbers at most")
    for place, area in enumerate(AREAS):
        share = count // len(AREAS) + (place < count % len(AREAS))
        yield _lines(area, 2_000_000 + np.arange(share, dtype=np.int64) * _STEP % MOST)


def _lines(area: int, lines: NDArray[np.int64]) -> bytes:
    text = np.empty((len(lines), 12), np.uint8)
    text[:, :4] = np.frombuffer(f"{area},".encode(), np.uint8)
    rest = lines.astype(np.int32)
    for place in range(10, 3, -1):
        rest, text[:, place] = np.divmod(rest, 10)
    text[:, 4:11] += ord("0")
    text[:, 11] = ord("\n")
    return text.tobytes()


if __name__ == "__main__":
    for piece in pieces(int(sys.argv[1])):
        sys.stdout.buffer.write(piece)
