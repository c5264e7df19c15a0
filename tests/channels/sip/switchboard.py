"""A switch in a process of its own, and the house's end of its socket, played by hand."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from masstransit.channels.sip import talk
from masstransit.channels.sip.line import within_reach
from masstransit.channels.sip.settings import Link, SwitchSettings
from masstransit.channels.sip.talk import Here
from tests.stories.sip_by_hand import Hand

CALLER, CALLED = "+14155550100", "+12125550123"


class House:
    """Answers as it is told to."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        with within_reach(path) as short:
            self._listener.bind(short)
        self._listener.listen()
        self._listener.settimeout(8)
        self._connection: socket.socket | None = None
        self._lines: Any = None

    def hear(self, kind: type[Any], *, call: str = "", within: float = 8.0) -> Any:
        """The next thing of a kind that the switch says; of an `Ended`, that of a call where one is named."""
        if self._connection is None:
            self._connection, _ = self._listener.accept()
            self._lines = self._connection.makefile("rb")
        self._connection.settimeout(within)
        while line := self._lines.readline():
            told = talk.from_switch(line)
            if isinstance(told, kind) and (not call or told.id == call):
                return told
        raise AssertionError("the switch hung up")

    def say(self, told: talk.FromHouse) -> None:
        assert self._connection is not None
        self._connection.sendall(talk.line(told))

    def close(self) -> None:
        for each in (self._lines, self._connection, self._listener):
            if each is not None:
                each.close()


class Switch:
    """`python -m masstransit.channels.sip`."""

    def __init__(self, folder: Path, *links: Link, **figures: Any) -> None:
        self.socket, self.journal = folder / "sip.sock", folder / "sip.journal"
        self._settings = SwitchSettings(
            host="127.0.0.1", port=_free(), socket=str(self.socket), journal=str(self.journal), mark="mark",
            links=links, emergency=("911",), **figures,
        )  # fmt: skip
        self._log = (folder / "switch.log").open("a")
        self._file = folder / "switch.log"
        self.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._settings.port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "masstransit.channels.sip"], stdin=subprocess.PIPE, stderr=self._log
        )
        assert self.process.stdin is not None
        self.process.stdin.write(msgspec.json.encode(self._settings) + b"\n")
        self.process.stdin.flush()
        until = time.monotonic() + 15
        while time.monotonic() < until and self.process.poll() is None:
            probe = Hand(self.address)
            probe.say(probe.request("OPTIONS", probe.uri(""), sender="probe"))
            with contextlib.suppress(AssertionError, ConnectionError):
                probe.hear(200, within=0.2)
                probe.close()
                return
            probe.close()
        raise AssertionError(f"it does not serve:\n{self.log()}")

    def log(self) -> str:
        return self._file.read_text()[-4000:]

    def kill(self) -> None:
        """`kill -9`."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdin is not None
        self.process.stdin.close()

    def leave(self) -> int:
        """The house is gone: its input ends. What it exits with."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(8)

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()
        self._log.close()


class Scene:
    """A switch, a trunk that takes emergency calls, and callers."""

    def __init__(self, switch: Switch, far: Hand) -> None:
        self.hands: list[Hand] = []
        self.switch, self.far = switch, far
        self.house: House | None = None
        far.forget()

    def hand(self, server: str | None = None) -> Hand:
        made = Hand(self.switch.address if server is None else server)
        self.hands.append(made)
        return made

    def served(self) -> House:
        """From now on there is a house."""
        self.house = House(self.switch.socket)
        self.house.hear(Here)
        return self.house

    def close(self) -> None:
        for each in (*self.hands, self.house):
            if each is not None:
                each.close()


def _free() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
