"""The forwarding unit as a process of its own. The house starts it, tells it its settings in a line on its standard
input, and keeps that open: when it ends, the house is gone, and so is the unit."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys

import msgspec
from aioice import ice

from masstransit.channels.video.talk import LONGEST_LINE, TOLD, Opened, Ready, Tells, line
from masstransit.channels.video.unit import Unit


async def serve() -> int:
    """Do what the house says until it is gone."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    told = await reader.readline()
    try:
        settings = msgspec.json.decode(told, type=Opened)
    except msgspec.MsgspecError as wrong:
        print(f"this is started by `masstransit serve`, which tells it its settings: {wrong}", file=sys.stderr)  # noqa: T201
        return 2
    out, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, sys.stdout.buffer)
    ice.get_host_addresses = lambda use_ipv4, use_ipv6: list(settings.hosts)

    def tell(said: Tells) -> None:
        out.write(line(said))

    unit = Unit(settings, tell)
    tell(Ready())
    while heard := await reader.readline():
        unit.hear(TOLD.decode(heard))
    await unit.close()
    return 0


def main() -> int:
    """Serve until the house is gone."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for noisy in ("aioice", "aiortc"):
        logging.getLogger(noisy).setLevel(logging.WARNING)  # they log the addresses of everybody
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: it is for the house, which then closes our input
    return asyncio.run(serve())


if __name__ == "__main__":
    os._exit(main())  # decoders' threads that never had anything to do
