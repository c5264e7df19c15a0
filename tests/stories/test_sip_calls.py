"""Calls over SIP, between SIPp on both sides: a customer's user agent, and a carrier."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.stories import sipp
from tests.stories.conftest import needed
from tests.stories.house import House, eventually
from tests.stories.sipp import SDP, Carrier, Sipp, ack, free_port, invite, pause, recv, request, response, send

PHONE = "+12125550123"


class Calls:
    """A house with a carrier, and what plays a call."""

    def __init__(self, house: House, program: str, folder: Path, carrier: Carrier) -> None:
        self.house, self.folder, self.carrier = house, folder, carrier
        self._program = program
        self._running: list[Sipp] = []
        demo = house.demo
        self.login, self.number = demo["sip_login"], demo["numbers"][0]

    @property
    def auth(self) -> str:
        return f"[authentication username={self.login['username']} password={self.login['password']}]\n"

    def callee(self, name: str, *steps: str, number: int = 1) -> Sipp:
        """The carrier plays the called side."""
        playing = Sipp(self._program, self.folder, name, steps)
        self.carrier.plays = playing.port
        self._running.append(playing)
        playing.ready()
        return playing

    def caller(self, name: str, *steps: str, to: str = PHONE, sender: str = "") -> Sipp:
        """The customer's user agent calls."""
        inject = self.folder / f"{name}.csv"
        inject.write_text(f"SEQUENTIAL\n{sender or self.number};\n")
        playing = Sipp(self._program, self.folder, name, steps, "-s", to, "-inf", str(inject), self.house.sip)
        self._running.append(playing)
        return playing

    def let_in(self, **how: str) -> tuple[str, ...]:
        """The steps until the call is let in."""
        return (
            invite(),
            recv(100, optional=True),
            recv(407, auth=True),
            send(request("ACK", to_tag=True)),
            invite(cseq=2, auth=self.auth),
            recv(100, optional=True),
        )

    def stop(self) -> None:
        for playing in self._running:
            playing.stop()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, str, Carrier]]:
    program = needed("sipp")
    carrier = Carrier()
    folder = tmp_path_factory.mktemp("calls")
    config = f'[[trunk]]\nkind = "sip"\nname = "carrier"\nhost = "127.0.0.1"\nport = {carrier.port}\nsources = ["127.0.0.9"]\n'
    with House(folder / "house", config=config, MASSTRANSIT_SIP="127.0.0.1:0") as house:
        yield house, program, carrier


@pytest.fixture
def calls(served: tuple[House, str, Carrier], tmp_path: Path) -> Iterator[Calls]:
    house, program, carrier = served
    playing = Calls(house, program, tmp_path, carrier)
    yield playing
    playing.stop()


ANSWERS = (
    recv("INVITE"),
    response(180, "Ringing"),
    response(200, "OK", body=SDP.lstrip()),
    recv("ACK"),
)


def test_a_call_is_answered_and_the_caller_hangs_up(calls: Calls) -> None:
    callee = calls.callee("callee", *ANSWERS, recv("BYE"), response(200, "OK"))
    caller = calls.caller(
        "caller", *calls.let_in(), recv(180), recv(200), ack(cseq=2), pause(100),
        send(request("BYE", cseq=3, to_tag=True), retrans=True), recv(200),
    )  # fmt: skip
    caller.finished()
    callee.finished()
