"""Debian's Kamailio in front, with the configuration that ships: SIPp calls, a carrier takes the calls, the house decides.

The house's own switch is off: all that it says is said by the redirect server.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.stories.conftest import needed
from tests.stories.house import House, eventually, only_receives
from tests.stories.kamailio import Kamailio
from tests.stories.sipp import CONTACT, SDP, Carrier, Sipp, free_port, pause, recv, request, response, send

pytestmark = [pytest.mark.story, pytest.mark.timeout(60)]
PHONE = "+12125550123"
_LINE = "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
_ROUTED = "Record-Route: [last_Record-Route:]\n"


def inside(method: str, cseq: int, *, again: bool = False) -> str:
    """A request inside the call, by the route that was recorded."""
    return send(
        f"{method} [next_url] SIP/2.0\n{_LINE}[routes]\n"
        "From: <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]a[call_number]\n"
        "[last_To:]\n"
        f"Call-ID: [call_id]\nCSeq: {cseq} {method}\nMax-Forwards: 70\n{CONTACT}Content-Length: 0\n\n",
        retrans=again,
    )


def answers(*after: str) -> tuple[str, ...]:
    """The called side takes the call."""
    routed = "[last_Record-Route:]\n"
    return (
        recv("INVITE"),
        response(180, "Ringing", headers=routed),
        response(200, "OK", headers=routed, body=SDP.lstrip()),
        recv("ACK"),
        *after,
    )


class Behind:
    """A house behind Kamailio, a carrier, and what plays the calls."""

    def __init__(self, house: House, kamailio: Kamailio, carrier: Carrier, program: str) -> None:
        self.house, self.kamailio, self.carrier = house, kamailio, carrier
        self.folder = house.data
        self.running: list[Sipp] = []
        self._program = program
        self._demo = house.demo
        self.number = str(self._demo["numbers"][0])

    def callee(self, name: str, *steps: str) -> Sipp:
        playing = Sipp(self._program, self.folder, name, steps)
        self.carrier.plays = playing.port
        self.running.append(playing)
        playing.ready()
        return playing

    def caller(self, name: str, *after: str, to: str = PHONE, sender: str = "", kamailio: Kamailio | None = None) -> Sipp:
        """Calls, answers the challenge, and goes on with the steps."""
        login = self._demo["sip_login"]
        auth = f"[authentication username={login['username']} password={login['password']}]\n"
        inject = self.folder / f"{name}.csv"
        inject.write_text(f"SEQUENTIAL\n{sender or self.number};\n")
        steps = (
            send(request("INVITE", headers=CONTACT, body=SDP.lstrip()), retrans=True),
            recv(100, optional=True),
            recv(407, auth=True),
            send(request("ACK", to_tag=True)),
            send(request("INVITE", headers=CONTACT, cseq=2, body=SDP.lstrip(), auth=auth), retrans=True),
            recv(100, optional=True),
            *after,
        )
        where = f"127.0.0.1:{(kamailio or self.kamailio).port}"
        playing = Sipp(self._program, self.folder, name, steps, "-s", to, "-inf", str(inject), where)
        self.running.append(playing)
        return playing

    def calls(self, **told: str) -> list[dict[str, Any]]:
        """The customer's calls on record, by `masstransit explain`."""
        raise NotImplementedError


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    programs = needed("sipp"), needed("kamailio")
    folder = tmp_path_factory.mktemp("behind")
    folder.chmod(0o755)
    carrier, gate = Carrier(), free_port()
    config = (
        f'[sip_server]\nredirect = "127.0.0.1:{gate}"\nkamailio = ["127.0.0.1"]\n'
        f'[[trunk]]\nkind = "sip"\nname = "carrier"\nhost = "127.0.0.1"\nport = {carrier.port}\n'
        'sources = ["127.0.0.9"]\nemergency = true\n'
    )
    with (
        House(folder / "house", config=config) as house,
        Kamailio(programs[1], folder / "kamailio", GATE=f'"sip:127.0.0.1:{gate}"', WORKERS=2) as kamailio,
    ):
        playing = Behind(house, kamailio, carrier, programs[0])
        try:
            yield playing
        finally:
            for each in playing.running:
                each.stop()
            carrier.close()


def test_a_call_goes_through_with_what_the_house_gives_it(behind: Behind) -> None:
    callee = behind.callee("callee", *answers(recv("BYE"), response(200, "OK")))
    caller = behind.caller(
        "caller", recv(180), recv(200, rrs=True), inside("ACK", 2), pause(100), inside("BYE", 3, again=True), recv(200)
    )
    caller.finished()
    callee.finished()
    (invite,) = behind.carrier.invites
    print(invite.decode())
    print(behind.kamailio.log())
    print(behind.house.log())
    time.sleep(0.5)
    print(behind.house.log())
    import re
    sid = re.search(rb"X-Call: (\w+)", invite)[1].decode()
    print(behind.house.run("explain", sid))
    assert 0
