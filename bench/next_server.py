"""The server that mail is handed on to; it writes how many it took, a mail for each recipient, into a file.

usage: python -m bench.next_server PORT FILE [--aiosmtpd]

It answers as little as a server can, so that it is never what is waited for; with `--aiosmtpd` it is a plain aiosmtpd.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import cast

import uvloop
from aiosmtpd.smtp import SMTP, Envelope, Session

_taken = 0


class _Taker(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._out = cast("asyncio.Transport", transport)
        self._rest, self._letter, self._named = b"", False, 0
        self._out.write(b"220 next.test ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        global _taken  # noqa: PLW0603 - the one figure of this process
        lines = (self._rest + data).split(b"\r\n")
        self._rest = lines.pop()
        for line in lines:
            if self._letter:
                if line == b".":
                    self._letter = False
                    _taken += self._named
                    self._named = 0
                    self._out.write(b"250 2.0.0 Ok\r\n")
                continue
            command = line[:4].upper()
            self._letter = command == b"DATA"
            self._named += command == b"RCPT"
            self._out.write(_ANSWERS.get(command, b"250 2.0.0 Ok\r\n"))


_ANSWERS = {
    b"EHLO": b"250-next.test\r\n250-PIPELINING\r\n250-SIZE 30000000\r\n250 8BITMIME\r\n",
    b"DATA": b"354 Go on\r\n",
    b"QUIT": b"221 2.0.0 Bye\r\n",
}


class _Plain:
    """What aiosmtpd asks."""

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        global _taken  # noqa: PLW0603
        _taken += len(envelope.rcpt_tos)
        return "250 2.0.0 Ok"


async def main(port: int, file: Path) -> None:
    """Serve until killed."""
    loop = asyncio.get_running_loop()
    plain = "--aiosmtpd" in sys.argv
    await loop.create_server(
        (lambda: SMTP(_Plain(), hostname="plain.test", loop=loop)) if plain else _Taker, "127.0.0.1", port, backlog=512
    )
    draft = file.with_suffix(".new")
    while True:
        draft.write_text(str(_taken))
        draft.rename(file)
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), Path(sys.argv[2])))
