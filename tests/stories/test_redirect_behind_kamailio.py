"""Debian's Kamailio in front, with the configuration that ships: SIPp calls, carriers take calls, the house decides.

The house's own switch is off: all that it says is said by the redirect server.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import socket
import sqlite3
import struct
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.stories.conftest import needed
from tests.stories.front import Front, Sound
from tests.stories.house import House, eventually
from tests.stories.sipp import CONTACT, SDP, SHORT_CALLS, Carrier, Sipp, free_port, pause, recv, request, response, send

pytestmark = [pytest.mark.story, pytest.mark.timeout(60)]
PHONE = "+12125550123"
FOREIGN = "+12025550143"  # no number of this customer's
ELSEWHERE = "+13055550124"  # for which the first trunk is better
_VIA = "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"


def inside(method: str, cseq: int, *, again: bool = False) -> str:
    """A request inside the call, by the route that was recorded."""
    return send(
        f"{method} [next_url] SIP/2.0\n{_VIA}[routes]\n"
        "From: <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]a[call_number]\n"
        "[last_To:]\n"
        f"Call-ID: [call_id]\nCSeq: {cseq} {method}\nMax-Forwards: 70\n{CONTACT}Content-Length: 0\n\n",
        retrans=again,
    )


def answers(*after: str, sound: str = "m=audio 6000") -> tuple[str, ...]:
    """The called side takes the call, and is spoken to at a port."""
    routed = "[last_Record-Route:]\n"
    return (
        recv("INVITE"),
        response(180, "Ringing", headers=routed),
        response(200, "OK", headers=routed, body=SDP.lstrip().replace("m=audio 6000", sound)),
        recv("ACK"),
        *after,
    )


def ended(cseq: int, back: int = 3) -> str:
    """The ACK to a refusal: of the branch of the INVITE so many steps before."""
    text = request("ACK", cseq=cseq, to_tag=True)
    return send(text.replace("[branch]", f"[branch-{back}]"))


def cancel(cseq: int) -> str:
    """The caller gives up: of the branch of its INVITE four steps before."""
    return send(
        f"CANCEL sip:[service]@[remote_ip]:[remote_port] SIP/2.0\n{_VIA.replace('[branch]', '[branch-4]')}"
        "From: <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]a[call_number]\n"
        "To: <sip:[service]@[remote_ip]:[remote_port]>\n"
        f"Call-ID: [call_id]\nCSeq: {cseq} CANCEL\nMax-Forwards: 70\nContent-Length: 0\n\n",
        retrans=True,
    )


def a_socket() -> socket.socket:
    """A phone's for its sound."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    made.settimeout(2)
    return made


def spoken_to(message: str, begins: str) -> int:
    """The port that a message names for sound; 0: none that begins so has come."""
    found = re.search(rf"^{begins}.*?^m=audio (\d+)", message, re.MULTILINE | re.DOTALL)
    return int(found[1]) if found else 0


def sound(number: int) -> bytes:
    """A packet of it: RTP, mu-law, 20 ms."""
    return struct.pack("!BBHII", 0x80, 0, number, 160 * number, 7) + bytes([number]) * 160


class Relay:
    """Between Kamailio and the house; with `lose` it loses so many answers to each request."""

    def __init__(self, house: int) -> None:
        self._near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for each in (self._near, self._far):
            each.bind(("127.0.0.1", 0))
        self.port = int(self._near.getsockname()[1])
        self.lose = 0
        self._house = ("127.0.0.1", house)
        self._kamailio = ("", 0)
        self._lost: dict[bytes, int] = {}
        for work in (self._ask, self._answer):
            threading.Thread(target=work, daemon=True).start()

    def close(self) -> None:
        self._near.close()
        self._far.close()

    def _ask(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                data, self._kamailio = self._near.recvfrom(65_536)
                self._far.sendto(data, self._house)

    def _answer(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                data, _ = self._far.recvfrom(65_536)
                self._lost[data] = self._lost.get(data, 0) + 1
                if self._lost[data] > self.lose:
                    self._near.sendto(data, self._kamailio)


class Behind:
    """A house behind Kamailio, two carriers, and what plays the calls."""

    def __init__(
        self, house: House, kamailio: Front, program: str, gate: int, relay: Relay, first: Carrier, carrier: Carrier
    ) -> None:
        self.house, self.kamailio, self.program, self.gate, self.relay = house, kamailio, program, gate, relay
        self.first, self.carrier = first, carrier
        self.folder = house.data
        self.running: list[Sipp] = []
        self._login: dict[str, str] = house.demo["sip_login"]
        self.number = str(house.demo["numbers"][0])

    def callee(self, name: str, *steps: str) -> Sipp:
        """The carrier plays the called side."""
        playing = Sipp(self.program, self.folder, name, steps)
        self.carrier.plays = playing.port
        self.running.append(playing)
        playing.ready()
        return playing

    def plain(self, name: str, *steps: str, to: str = PHONE, sender: str = "") -> Sipp:
        """Calls."""
        inject = self.folder / f"{name}.csv"
        inject.write_text(f"SEQUENTIAL\n{sender or self.number};\n")
        where = f"127.0.0.1:{self.kamailio.port}"
        playing = Sipp(self.program, self.folder, name, steps, "-s", to, "-inf", str(inject), where)
        self.running.append(playing)
        return playing

    def caller(self, name: str, *after: str, password: str = "", sound: str = "m=audio 6000", **how: str) -> Sipp:
        """Calls, answers the challenge, and goes on with the steps; spoken to at a port."""
        auth = f"[authentication username={self._login['username']} password={password or self._login['password']}]\n"
        return self.plain(
            name,
            send(request("INVITE", headers=CONTACT, body=SDP.lstrip()), retrans=True),
            recv(100, optional=True),
            recv(407, auth=True),
            ended(1),
            send(
                request("INVITE", headers=CONTACT, cseq=2, body=SDP.lstrip().replace("m=audio 6000", sound), auth=auth),
                retrans=True,
            ),
            recv(100, optional=True),
            *after,
            **how,
        )

    def record(self, invite: str) -> dict[str, Any]:
        """What the house kept of the call that an INVITE began, once it is over."""
        sid = invite.partition("X-Call: ")[2].partition("\r\n")[0]
        return dict(eventually(lambda: self._rows("sid = ? AND ended_at IS NOT NULL", sid))[0])

    def count(self) -> int:
        """Calls on record."""
        return len(self._rows("1"))

    def _rows(self, where: str, *values: str) -> list[sqlite3.Row]:
        with contextlib.closing(sqlite3.connect(self.house.data / "masstransit.db")) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(f"SELECT * FROM calls WHERE {where}", values).fetchall()


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    sipp, program = needed("sipp"), needed("kamailio")
    folder = tmp_path_factory.mktemp("behind")
    gate, first, carrier = free_port(), Carrier(), Carrier()
    relay = Relay(gate)
    trunk = '[[trunk]]\nkind = "sip"\nhost = "127.0.0.1"\nname = "{}"\nport = {}\n{}\n'
    config = (
        f'{SHORT_CALLS}[sip_server]\nredirect = "127.0.0.1:{gate}"\nkamailio = ["127.0.0.1"]\n'
        + trunk.format("first", first.port, 'prefixes = ["+1305"]\nsources = ["127.0.0.8"]')
        + trunk.format("carrier", carrier.port, 'emergency = true\nsources = ["127.0.0.9"]')
    )
    asked = {"GATE": f'"sip:127.0.0.1:{relay.port}"', "EMERGENCY": f'"127.0.0.1:{carrier.port}"', "WORKERS": "2"}
    with contextlib.ExitStack() as stack:
        for taken in (relay, first, carrier):
            stack.callback(taken.close)
        if (rtpengine := shutil.which("rtpengine")) is not None:
            relayed = stack.enter_context(Sound(rtpengine, folder))
            asked["RTPENGINE"] = f'"udp:127.0.0.1:{relayed.port}"'
        house = stack.enter_context(House(folder / "house", config=config))
        kamailio = stack.enter_context(Front(program, folder / "kamailio", asked))
        playing = Behind(house, kamailio, sipp, gate, relay, first, carrier)
        yield playing
        for each in playing.running:
            each.stop()


def test_a_call_goes_through_with_what_the_house_gives_it(behind: Behind) -> None:
    callee = behind.callee("callee", *answers(recv("BYE"), response(200, "OK")))
    caller = behind.caller(
        "caller", recv(180), recv(200, rrs=True), inside("ACK", 2), pause(100), inside("BYE", 3, again=True), recv(200)
    )
    caller.finished()
    callee.finished()
    invite = behind.carrier.invites[-1].decode()
    assert f"\r\nFrom: <sip:{behind.number}@masstransit.example>;tag=" in invite  # not what the caller wrote
    assert f"\r\np-asserted-identity: <sip:{behind.number}@masstransit.example>\r\n" in invite
    assert "Authorization" not in invite
    assert "X-Source" not in invite
    kept = behind.record(invite)
    assert (kept["status"], kept["response"], kept["released_by"], kept["trunk"]) == (
        "completed", 200, "caller", "carrier",
    )  # fmt: skip
    assert kept["offered_at"] <= kept["ringing_at"] <= kept["answered_at"] < kept["ended_at"]


def test_the_sound_of_a_call_goes_by_rtpengine_as_long_as_it_goes_on(behind: Behind) -> None:
    needed("rtpengine")
    with a_socket() as near, a_socket() as far:
        ports = {each.getsockname()[1] for each in (near, far)}
        callee = behind.callee(
            "speaks", *answers(recv("BYE"), response(200, "OK"), sound=f"m=audio {far.getsockname()[1]}")
        )
        caller = behind.caller(
            "spoken-to", recv(180), recv(200, rrs=True), inside("ACK", 2), pause(1000), inside("BYE", 3, again=True),
            recv(200), sound=f"m=audio {near.getsockname()[1]}",
        )  # fmt: skip
        answered = eventually(lambda: spoken_to(caller.seen(), "SIP/2.0 200"))
        offered = spoken_to(behind.carrier.invites[-1].decode(), "INVITE")
        assert not ports & {answered, offered, 0}
        for speaks, place, hears in ((far, offered, near), (near, answered, far)):
            speaks.sendto(sound(1), ("127.0.0.1", place))
            assert hears.recv(2048)[12:] == bytes([1]) * 160
        caller.finished()
        callee.finished()
        near.sendto(sound(2), ("127.0.0.1", answered))
        far.settimeout(0.3)
        with pytest.raises(TimeoutError):
            far.recv(2048)


def test_the_called_side_hangs_up(behind: Behind) -> None:
    hangs_up = (
        f"BYE [next_url] SIP/2.0\n{_VIA}[routes]\nFrom:[$called];tag=[pid]b[call_number]\nTo:[$caller]\n"
        "Call-ID: [call_id]\nCSeq: 1 BYE\nMax-Forwards: 70\nContent-Length: 0\n\n"
    )
    routed = "[last_Record-Route:]\n"
    callee = behind.callee(
        "hangs-up",
        recv("INVITE", rrs=True, keep={"caller": "From:", "called": "To:"}),
        response(180, "Ringing", headers=routed),
        response(200, "OK", headers=routed, body=SDP.lstrip()),
        recv("ACK"),
        pause(100),
        send(hangs_up, retrans=True),
        recv(200),
    )
    caller = behind.caller(
        "hung-up", recv(180), recv(200, rrs=True), inside("ACK", 2), recv("BYE"), response(200, "OK")
    )
    callee.finished()
    caller.finished()
    kept = behind.record(behind.carrier.invites[-1].decode())
    assert (kept["status"], kept["released_by"]) == ("completed", "callee")


def test_nobody_is_handed_on_past_the_gate(behind: Behind) -> None:
    callee = behind.callee("stays", *answers(recv("BYE"), response(200, "OK")))
    refer = inside("REFER", 3, again=True)
    caller = behind.caller(
        "hands-on", recv(180), recv(200, rrs=True), inside("ACK", 2), pause(100), refer, recv(603),
        inside("BYE", 4, again=True), recv(200),
    )  # fmt: skip
    caller.finished()
    callee.finished()


def test_who_gives_up_is_on_record(behind: Behind) -> None:
    routed = "[last_Record-Route:]\n"
    callee = behind.callee(
        "rings", recv("INVITE"), response(180, "Ringing", headers=routed), recv("CANCEL"),
        response(200, "OK"),
        response(487, "Request Terminated").replace("[last_CSeq:]", "CSeq: 2 INVITE"), recv("ACK"),
    )  # fmt: skip
    caller = behind.caller("gives-up", recv(180), pause(100), cancel(2), recv(200), recv(487), ended(2, 7))
    caller.finished()
    kept = behind.record(behind.carrier.invites[-1].decode())
    assert (kept["status"], kept["response"], kept["released_by"]) == ("canceled", 487, "caller")
    assert kept["ringing_at"] is not None
    callee.stop()


def test_busy_is_the_called_persons_and_a_carriers_fault_leads_to_the_next_one(behind: Behind) -> None:
    behind.callee("busy", recv("INVITE"), response(486, "Busy Here"), recv("ACK"))
    behind.caller("hears-busy", recv(486), ended(2)).finished()
    kept = behind.record(behind.carrier.invites[-1].decode())
    assert (kept["status"], kept["response"], kept["released_by"]) == ("busy", 486, "callee")

    callee = behind.callee("second", *answers(recv("BYE"), response(200, "OK")))
    broken = Sipp(behind.program, behind.folder, "broken", (recv("INVITE"), response(503, "Down"), recv("ACK")))
    behind.running.append(broken)
    broken.ready()
    behind.first.plays = broken.port
    behind.caller(
        "goes-on", recv(180), recv(200, rrs=True), inside("ACK", 2), inside("BYE", 3, again=True), recv(200),
        to=ELSEWHERE,
    ).finished()  # fmt: skip
    broken.finished()
    callee.finished()
    assert behind.record(behind.carrier.invites[-1].decode())["trunk"] == "carrier"


def test_refusals_pass_in_the_words_of_sip_and_never_ring(behind: Behind) -> None:
    before = len(behind.carrier.invites)
    refused = behind.caller("refused", recv(403), ended(2), sender=FOREIGN)
    refused.finished()
    assert re.search(r'reason: SIP;cause=403;text="clause 18: .+"', refused.seen())
    assert "warning: 399 masstransit.example " in refused.seen()
    behind.caller("nobody", recv(403), ended(2), password="wrong").finished()
    assert len(behind.carrier.invites) == before


def test_a_call_is_decided_once_though_answers_are_lost(behind: Behind) -> None:
    behind.relay.lose = 2  # of each request Kamailio hears the third answer
    try:
        callee = behind.callee("once", *answers(recv("BYE"), response(200, "OK")))
        before = behind.count()
        caller = behind.caller(
            "again", recv(180), recv(200, rrs=True), inside("ACK", 2), inside("BYE", 3, again=True), recv(200)
        )
        caller.finished()
        callee.finished()
        assert behind.count() == before + 1
    finally:
        behind.relay.lose = 0


def test_a_silent_house_is_503_within_a_second_and_calls_for_help_go_on(behind: Behind) -> None:
    assert behind.house.process is not None
    before = behind.count()
    login = behind.caller("warm", recv(486), ended(2))
    behind.callee("warm-busy", recv("INVITE"), response(486, "Busy Here"), recv("ACK"))
    login.finished()
    behind.house.process.send_signal(signal.SIGSTOP)
    try:
        started = time.monotonic()
        first = (send(request("INVITE", headers=CONTACT, body=SDP.lstrip())), recv(100, optional=True))
        behind.plain("silent", *first, recv(503), ended(1)).finished()
        assert time.monotonic() - started < 1.0
        helper = behind.callee("helper", *answers(recv("BYE"), response(200, "OK")))
        behind.plain(
            "help", *first, recv(180), recv(200, rrs=True), inside("ACK", 1), inside("BYE", 2, again=True), recv(200),
            to="911",
        ).finished()  # fmt: skip
        helper.finished()
    finally:
        behind.house.process.send_signal(signal.SIGCONT)
    behind.callee("again-busy", recv("INVITE"), response(486, "Busy Here"), recv("ACK"))
    behind.caller("served-again", recv(486), ended(2)).finished()
    assert behind.count() == before + 2  # neither of those that nobody decided
    told = "a call to 911 from 127.0.0.1, is no account's"  # who called is not known without a login
    assert eventually(lambda: told in behind.house.log())


def test_a_stranger_is_not_answered_by_the_gate_itself(behind: Behind) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.2", 0))
        stranger.settimeout(0.3)
        stranger.sendto(
            b"OPTIONS sip:gate SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.2;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=a\r\n"
            b"To: <sip:gate>\r\nCall-ID: a\r\nCSeq: 1 OPTIONS\r\n\r\n",
            ("127.0.0.1", behind.gate),
        )
        with pytest.raises((TimeoutError, ConnectionError)):
            stranger.recv(4096)
