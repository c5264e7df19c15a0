"""The switch's end of the decision socket. Two threads read and write, so that the stack never waits for the house."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Literal

import msgspec

from masstransit.channels.sip import talk
from masstransit.channels.sip.talk import FromHouse, FromSwitch

log = logging.getLogger("masstransit.sip.line")

_AGAIN = 0.2  # seconds between tries to reach the house
_LONGEST_PATH = 100  # bytes: sun_path holds 108, its end included


@contextlib.contextmanager
def within_reach(path: Path) -> Iterator[str]:
    """The path of a Unix socket, by a short way where its own is longer than the system allows."""
    if len(os.fsencode(path)) <= _LONGEST_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


class Line:
    """A connection to the house, made again when it is lost."""

    def __init__(
        self,
        path: Path,
        *,
        hear: Callable[[FromHouse], None],
        changed: Callable[[Literal["reached", "lost"]], None],
        hand_over: Callable[..., None],
    ) -> None:
        """`hear` and `changed` (whether the house can be reached) are called through `hand_over`: in the stack's
        thread."""
        self._path = path
        self._hear = hear
        self._changed = changed
        self._hand_over = hand_over
        self._out: SimpleQueue[bytes | None] | None = None

    def open(self) -> None:
        """Begin."""
        threading.Thread(target=self._run, name="line", daemon=True).start()

    def say(self, told: FromSwitch) -> bool:
        """Tell the house something. False: it can't be reached."""
        out = self._out
        if out is None:
            return False
        out.put(talk.line(told))
        return True

    def _run(self) -> None:
        while True:
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
                with within_reach(self._path) as path:
                    connection.connect(path)
                self._talk(connection)
            time.sleep(_AGAIN)

    def _talk(self, connection: socket.socket) -> None:
        out: SimpleQueue[bytes | None] = SimpleQueue()
        writer = threading.Thread(target=_write, args=(connection, out), name="line out", daemon=True)
        writer.start()
        self._out = out
        self._hand_over(self._changed, "reached")
        try:
            self._listen(connection)
        finally:
            self._out = None
            out.put(None)
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            writer.join()
            self._hand_over(self._changed, "lost")

    def _listen(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as lines, contextlib.suppress(OSError):
            while line := lines.readline(talk.LONGEST_LINE):
                try:
                    self._hand_over(self._hear, talk.from_house(line))
                except msgspec.MsgspecError as strange:
                    log.warning("the house said what is not understood here: %s", strange)


def _write(connection: socket.socket, out: SimpleQueue[bytes | None]) -> None:
    with contextlib.suppress(OSError):
        while (line := out.get()) is not None:
            connection.sendall(line)
