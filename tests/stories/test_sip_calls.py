"""Calls over SIP, between SIPp on both sides: a customer's user agent, and a carrier."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.stories import sip_torture
from tests.stories.conftest import needed
from tests.stories.house import House, eventually
from tests.stories.sip_by_hand import SDP as SDP_BY_HAND
from tests.stories.sip_by_hand import Hand, Heard
from tests.stories.sipp import SDP, SHORT_CALLS, Carrier, Sipp, ack, invite, pause, recv, request, response, send

PHONE = "+12125550123"
FOREIGN = "+12025550143"  # no number of this customer's


class Calls:
    """A house with a carrier, and what plays a call."""

    def __init__(self, house: House, folder: Path, carrier: Carrier, before: set[str]) -> None:
        self.house, self.folder, self.carrier = house, folder, carrier
        self._before = before  # the records that were looked at
        self._running: list[Sipp] = []
        self._hands: list[Hand] = []
        demo = house.demo
        self.login, self.number = demo["sip_login"], demo["numbers"][0]

    @property
    def auth(self) -> str:
        return f"[authentication username={self.login['username']} password={self.login['password']}]\n"

    def callee(self, name: str, *steps: str, number: int = 1) -> Sipp:
        """The carrier plays the called side."""
        playing = Sipp(needed("sipp"), self.folder, name, steps)
        self.carrier.plays = playing.port
        self._running.append(playing)
        playing.ready()
        return playing

    def caller(self, name: str, *steps: str, to: str = PHONE, sender: str = "") -> Sipp:
        """The customer's user agent calls."""
        inject = self.folder / f"{name}.csv"
        inject.write_text(f"SEQUENTIAL\n{sender or self.number};\n")
        playing = Sipp(needed("sipp"), self.folder, name, steps, "-s", to, "-inf", str(inject), self.house.sip)
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

    def hand(self, host: str = "127.0.0.1") -> Hand:
        """The customer's user agent, played by hand."""
        made = Hand(self.house.sip, host=host)
        self._hands.append(made)
        return made

    def record(self, word: str, *, within: float = 5.0) -> dict[str, Any]:
        """The record of the last call, once it is over, with its status in the SDKs' words."""

        def over() -> dict[str, Any]:
            with contextlib.closing(sqlite3.connect(f"file:{self.house.data}/masstransit.db?mode=ro", uri=True)) as db:
                db.row_factory = sqlite3.Row
                row = db.execute("SELECT * FROM calls ORDER BY offered_at DESC, sid DESC LIMIT 1").fetchone()
            found = dict(row) if row is not None else {}
            return found if found.get("ended_at") and found["sid"] not in self._before else {}

        last: dict[str, Any] = eventually(over, within=within)
        self._before.add(last["sid"])
        assert last["status"] == word, last
        return last

    def switch(self) -> int:
        """The process that serves calls: a child of the house."""
        assert self.house.process is not None
        pid = self.house.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return next(int(c) for c in children if b"channels.sip" in Path(f"/proc/{c}/cmdline").read_bytes())

    def stop(self) -> None:
        for hand in self._hands:
            hand.close()
        for playing in self._running:
            playing.stop()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Carrier]]:
    carrier = Carrier()
    folder = tmp_path_factory.mktemp("calls")
    config = f'{SHORT_CALLS}[sip_server]\nring_for = 2.0\ndigests = ["MD5", "SHA-256"]\n{carrier.trunk}'
    with House(folder / "house", config=config, MASSTRANSIT_SIP="127.0.0.1:0") as house:
        yield house, carrier


@pytest.fixture(scope="module")
def before() -> set[str]:
    return set()


@pytest.fixture
def calls(served: tuple[House, Carrier], before: set[str], tmp_path: Path) -> Iterator[Calls]:
    house, carrier = served
    carrier.plays, carrier.lose, carrier.invites = 0, 0, []
    playing = Calls(house, tmp_path, carrier, before)
    yield playing
    playing.stop()


@pytest.fixture
def far(calls: Calls) -> Iterator[Hand]:
    """The carrier's called side, played by hand."""
    hand = Hand()
    calls.carrier.plays = hand.port
    yield hand
    hand.close()


ANSWERS = (
    recv("INVITE"),
    response(180, "Ringing"),
    response(200, "OK", body=SDP.lstrip()),
    recv("ACK"),
)


HANGS_UP = (pause(50), send(request("BYE", cseq=3, to_tag=True), retrans=True), recv(200))


def test_a_call_is_answered_and_the_caller_hangs_up(calls: Calls) -> None:
    """Both sides write `transport=UDP` in upper case in Contact, as SIPp does: the BYE finds the called side."""
    callee = calls.callee("callee", *ANSWERS, recv("BYE"), response(200, "OK", tag=False))
    caller = calls.caller("caller", *calls.let_in(), recv(180), recv(200), ack(cseq=2), *HANGS_UP)
    caller.finished()
    callee.finished()
    record = calls.record("completed")
    assert (record["released_by"], record["response"], record["trunk"]) == ("caller", 200, "carrier")
    assert record["answered_at"] is not None
    went = [(leg, way, what) for _, leg, way, what in json.loads(record["steps"]) if not what.startswith("100")]
    assert [(way, what) for leg, way, what in went if leg == "caller"] == [
        ("in", "INVITE"), ("out", "407 INVITE"), ("in", "ACK"), ("in", "INVITE"), ("out", "180 INVITE"),
        ("out", "200 INVITE"), ("in", "ACK"), ("in", "BYE"), ("out", "200 BYE"),
    ]  # fmt: skip
    assert [(way, what) for leg, way, what in went if leg == "carrier"] == [
        ("out", "INVITE"), ("in", "180 INVITE"), ("in", "200 INVITE"), ("out", "ACK"), ("out", "BYE"),
    ]  # fmt: skip
    shown = calls.carrier.invites[-1].decode()
    assert (
        f"P-Asserted-Identity: <sip:{calls.number}@" in shown or f"P-asserted-identity: <sip:{calls.number}@" in shown
    )
    assert "Max-Forwards: 69" in shown


def test_the_called_side_hangs_up(calls: Calls) -> None:
    bye = (
        "BYE [next_url] SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
        "From:[$us]\nTo:[$them]\nCall-ID: [call_id]\nCSeq: 1 BYE\n"
        'Max-Forwards: 70\nReason: Q.850;cause=16;text="Terminated"\nContent-Length: 0\n'
    )
    callee = calls.callee(
        "callee",
        recv("INVITE", rrs=True, keep={"them": "From:"}),
        response(180, "Ringing"),
        response(200, "OK", body=SDP.lstrip()),
        recv("ACK", keep={"us": "To:"}),
        send(bye, retrans=True),
        recv(200),
    )
    caller = calls.caller(
        "caller", *calls.let_in(), recv(180), recv(200), ack(cseq=2), recv("BYE"), response(200, "OK", tag=False)
    )
    caller.finished()
    callee.finished()
    record = calls.record("completed")
    assert (record["released_by"], record["cause"]) == ("callee", 16)


@pytest.mark.parametrize(
    ("status", "phrase", "word", "by"),
    [
        (486, "Busy Here", "busy", "callee"),
        (404, "Not Found", "failed", "network"),
        (480, "Away", "no-answer", "callee"),
    ],
)
def test_what_the_far_side_says_reaches_the_caller(calls: Calls, status: int, phrase: str, word: str, by: str) -> None:
    callee = calls.callee("callee", recv("INVITE"), response(status, phrase), recv("ACK"))
    caller = calls.caller("caller", *calls.let_in(), recv(status), send(request("ACK", cseq=2, to_tag=True)))
    caller.finished()
    callee.finished()
    record = calls.record(word)
    assert (record["response"], record["released_by"]) == (status, by)


def test_a_wrong_password_is_refused(calls: Calls) -> None:
    wrong = "[authentication username=demo password=guessed]\n"
    caller = calls.caller(
        "caller", invite(), recv(100, optional=True), recv(407, auth=True), send(request("ACK", to_tag=True)),
        invite(cseq=2, auth=wrong), recv(100, optional=True), recv(403), send(request("ACK", cseq=2, to_tag=True)),
    )  # fmt: skip
    caller.finished()
    assert calls.carrier.invites == []


# --- by hand: races, repetitions, losses ----------------------------------------------------------------------------


def test_a_caller_who_gives_up_while_it_rings_is_heard_on_the_far_side(calls: Calls, far: Hand) -> None:
    near = calls.hand()
    near.invite(PHONE, calls.login, calls.number)
    asked = far.hear("INVITE")
    far.respond(asked, 180, "Ringing")
    near.hear(180)
    near.cancel(PHONE, calls.number)
    given_up = far.hear("CANCEL")
    far.respond(given_up, 200, "OK")
    far.respond(asked, 487, "Request Terminated")
    assert near.hear(487)
    far.hear("ACK")
    assert calls.record("canceled")["released_by"] == "caller"


def test_an_answer_that_crosses_a_cancel_is_hung_up(calls: Calls, far: Hand) -> None:
    """The called side takes the call in the moment in which the caller gives up (RFC 3261 section 9.1)."""
    near = calls.hand()
    near.invite(PHONE, calls.login, calls.number)
    asked = far.hear("INVITE")
    far.respond(asked, 180, "Ringing")
    near.hear(180)
    near.cancel(PHONE, calls.number)
    near.hear(487)
    far.respond(asked, 200, "OK", body=SDP_BY_HAND)
    far.hear("ACK")
    hung_up = far.hear("BYE")
    far.respond(hung_up, 200, "OK")
    assert calls.record("canceled")["response"] == 487


def test_a_caller_who_gives_up_at_once_reaches_nobody(calls: Calls, far: Hand) -> None:
    """CANCEL comes while the house is still being asked, or before the far side has said anything."""
    near = calls.hand()
    near.invite(PHONE, calls.login, calls.number)
    near.cancel(PHONE, calls.number)
    near.hear(487)
    assert calls.record("canceled")["released_by"] == "caller"
    try:
        asked = far.hear("INVITE", within=0.3)
    except AssertionError:
        return
    far.respond(asked, 180, "Ringing")  # CANCEL waits for a first word (section 9.1)
    far.respond(far.hear("CANCEL"), 200, "OK")
    far.respond(asked, 487, "Request Terminated")
    far.hear("ACK")


def test_an_invite_that_comes_twice_makes_one_call(calls: Calls, far: Hand) -> None:
    near = calls.hand()
    let_in = near.invite(PHONE, calls.login, calls.number)
    near.say(let_in.decode())
    asked = far.hear("INVITE")
    near.say(let_in.decode())
    other = let_in.decode().replace(f"branch={near.branch}", "branch=z9hG4bKanotherway")
    near.say(other)  # the same by another way
    assert near.hear(482).value("via").find("anotherway") > 0
    far.respond(asked, 486, "Busy Here")
    near.ack(near.hear(486), PHONE, calls.number)
    far.silent("INVITE", "ACK", within=0.3)
    assert len({re.search(rb"branch=(\S+)", each)[1] for each in calls.carrier.invites}) == 1  # type: ignore[index]


def test_nobody_answers(calls: Calls, far: Hand) -> None:
    """It rings for as long as the operator lets it (`ring_for`, two seconds here), then both sides are told."""
    near = calls.hand()
    near.invite(PHONE, calls.login, calls.number)
    asked = far.hear("INVITE")
    far.respond(asked, 180, "Ringing")
    told = near.hear(480)
    assert "cause=19" in told.value("reason")
    near.ack(told, PHONE, calls.number)
    far.respond(far.hear("CANCEL"), 200, "OK")
    far.respond(asked, 487, "Request Terminated")
    record = calls.record("no-answer")
    assert (record["released_by"], record["cause"]) == ("callee", 19)


def test_lost_datagrams_are_said_again(calls: Calls, far: Hand) -> None:
    """Every third datagram between us and the carrier is lost: the call is set up and ended all the same."""
    calls.carrier.lose = 3
    near = calls.hand()
    near.invite(PHONE, calls.login, calls.number)
    asked = far.hear("INVITE")
    far.respond(asked, 180, "Ringing")
    for _ in range(3):
        far.respond(asked, 200, "OK", body=SDP_BY_HAND)
    answered = near.hear(200)
    near.ack(answered, PHONE, calls.number)
    near.bye(answered, PHONE, calls.number)
    far.respond(far.hear("BYE"), 200, "OK")
    assert calls.record("completed")["answered_at"] is not None


# --- what is refused ------------------------------------------------------------------------------------------------


def test_a_refusal_says_which_clause_and_how_to_put_it_right(calls: Calls) -> None:
    near = calls.hand()
    near.invite(PHONE, calls.login, FOREIGN)
    refused = near.hear(403)
    assert re.match(r'SIP;cause=403;text="clause 18: .+"', refused.value("reason"))
    assert refused.value("warning").startswith("399 ")
    near.ack(refused, PHONE, FOREIGN)
    record = calls.record("refused")
    assert (record["response"], record["released_by"]) == (403, "house")


def test_loops_and_too_many_hops_are_refused(calls: Calls) -> None:
    near = calls.hand()
    near.say(near.request("INVITE", near.uri(PHONE), sender=calls.number, body=SDP_BY_HAND, hops=0))
    near.hear(483)
    via = f"Via: SIP/2.0/UDP {calls.house.sip};branch=z9hG4bKours"
    near.say(near.request("INVITE", near.uri(PHONE), via, sender=calls.number, body=SDP_BY_HAND))
    near.hear(482)


def test_options_are_answered(calls: Calls) -> None:
    near = calls.hand()
    near.say(near.request("OPTIONS", near.uri(""), sender="probe"))
    assert "INVITE" in near.hear(200).value("allow")


# --- who is registered, and calls that come in ----------------------------------------------------------------------


def test_a_registered_phone_is_called_from_outside(calls: Calls) -> None:
    phone = calls.hand()
    registrar = f"sip:{calls.house.sip}"
    phone.say(phone.request("REGISTER", registrar, sender="demo", to=f"<sip:demo@{calls.house.sip}>"))
    challenge = phone.hear(401)
    assert {each.rpartition("=")[2] for each in challenge.values("www-authenticate")} == {"MD5", "SHA-256"}
    proof = phone.proof(challenge, calls.login, "REGISTER", registrar)
    phone.say(phone.request("REGISTER", registrar, proof, sender="demo", to=f"<sip:demo@{calls.house.sip}>"))
    registered = phone.hear(200)
    assert f"127.0.0.1:{phone.port}" in registered.value("contact")
    outside = calls.hand("127.0.0.9")  # the carrier's address for what comes in
    outside.say(outside.request("INVITE", outside.uri(calls.number), sender=PHONE, body=SDP_BY_HAND))
    asked = phone.hear("INVITE")
    assert PHONE in asked.value("from")
    assert "RTP/AVP 0 8\r\n" in asked.body  # sound of ours, as near to the caller's as can be
    assert "m=audio 6000" not in asked.body
    phone.respond(asked, 200, "OK", body=SDP_BY_HAND)
    answered = outside.hear(200)
    assert "RTP/AVP 0\r\n" in answered.body
    outside.ack(answered, calls.number, PHONE)
    phone.hear("ACK")
    outside.bye(answered, calls.number, PHONE)
    phone.respond(phone.hear("BYE"), 200, "OK")
    record = calls.record("completed")
    assert (record["direction"], record["trunk"]) == ("inbound", "carrier")
    gone = phone.request("REGISTER", registrar, sender="demo", to=f"<sip:demo@{calls.house.sip}>").replace(
        f"Contact: <sip:hand@127.0.0.1:{phone.port};transport=UDP>", "Contact: *\r\nExpires: 0"
    )
    phone.say(gone)
    challenge = phone.hear(401)
    proof = phone.proof(challenge, calls.login, "REGISTER", registrar)
    phone.cseq += 1
    phone.say(gone.replace("Max-Forwards", f"{proof}\r\nMax-Forwards").replace("branch=", "branch=z9hG4bKagain"))
    phone.hear(200)
    outside = calls.hand("127.0.0.9")
    outside.say(outside.request("INVITE", outside.uri(calls.number), sender=PHONE, body=SDP_BY_HAND))
    outside.hear(480)


# --- torture (RFC 4475) ----------------------------------------------------------------------------------------------


def _final(sender: socket.socket, *, expected: int) -> int:
    """The final status that came; 0: nothing did."""
    sender.settimeout(3.0 if expected else 0.2)
    try:
        while True:
            heard = Heard(*sender.recvfrom(65_536))
            if heard.status >= 200:
                return heard.status
    except TimeoutError:
        return 0


def test_each_torture_message_is_disposed_of_as_the_table_says(calls: Calls) -> None:
    """Exact to the byte; afterwards the house serves as before."""
    if not sip_torture.MESSAGES.is_dir():
        pytest.skip("../shared/data/conformance/g_sip_rfc4475 is not here")
    table = sip_torture.TABLE
    assert {file.stem for file in sip_torture.MESSAGES.glob("*.dat")} == set(table)
    host, _, port = calls.house.sip.rpartition(":")
    found: dict[str, int] = {}
    for name, (_, status, _) in table.items():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind(("127.0.0.1", 0))
            sender.sendto((sip_torture.MESSAGES / f"{name}.dat").read_bytes(), (host, int(port)))
            found[name] = _final(sender, expected=status)
    assert found == {name: status for name, (_, status, _) in table.items()}
    probe = calls.hand()
    probe.say(probe.request("OPTIONS", probe.uri(""), sender="probe"))
    assert probe.hear(200)
    assert "Traceback" not in calls.house.log()


# --- what is killed -------------------------------------------------------------------------------------------------


def test_a_switch_that_is_killed_loses_no_record_and_is_started_again(calls: Calls, far: Hand) -> None:
    near = calls.hand()
    near.invite(PHONE, calls.login, calls.number)
    far.respond(far.hear("INVITE"), 200, "OK", body=SDP_BY_HAND)
    near.ack(near.hear(200), PHONE, calls.number)
    far.hear("ACK")
    os.kill(calls.switch(), signal.SIGKILL)
    record = calls.record("completed", within=10)
    assert record["released_by"] == "house"
    eventually(lambda: httpx.get(f"{calls.house.http}/healthz").text == "ok\n", within=10)
    again = calls.hand()
    again.say(again.request("OPTIONS", again.uri(""), sender="probe"))
    again.hear(200)


def test_a_house_that_is_killed_loses_no_record(calls: Calls, far: Hand) -> None:
    """Its switch hangs up and goes; the next one brings the record."""
    near = calls.hand()
    near.invite(PHONE, calls.login, calls.number)
    far.respond(far.hear("INVITE"), 200, "OK", body=SDP_BY_HAND)
    near.ack(near.hear(200), PHONE, calls.number)
    far.hear("ACK")
    calls.house.kill()
    near.respond(near.hear("BYE"), 200, "OK")
    far.respond(far.hear("BYE"), 200, "OK")
    calls.house.start()
    record = calls.record("completed", within=10)
    assert (record["released_by"], record["response"]) == ("house", 200)
    assert record["ended_at"] - record["answered_at"] < 5_000_000  # microseconds
