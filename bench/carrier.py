"""The carrier of the tests in a process of its own; it writes how many submit_sm it accepted into a file.

usage: python -m bench.carrier PORT FILE [--reports]
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import uvloop

from tests.channels.smpp.carrier import Carrier


async def main(port: int, file: Path) -> None:
    """Serve until killed."""
    carrier = Carrier(keep=False, reports="--reports" in sys.argv)
    await carrier.start(port)
    draft = file.with_suffix(".new")
    while True:
        draft.write_text(str(carrier.counts["accepted"]))
        draft.rename(file)
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), Path(sys.argv[2])))
