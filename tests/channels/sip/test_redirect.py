"""The redirect server over a real socket. Who decides is played here: the story has the house itself."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from masstransit.channels.sip.kamailio import Routes
from masstransit.channels.sip.message import Header, Unreadable, read
from masstransit.channels.sip.redirect import ALLOWED, RedirectServer, RedirectSettings, _Kept
from masstransit.channels.sip.settings import Link
from masstransit.channels.sip.talk import Answer, Carry, Ended, Invite, Question, Register, Target
from masstransit.clock import SystemClock
from masstransit.errors import StorageUnavailable

LINKS = {
    "first": Link(name="first", host="192.0.2.1"),
    "second": Link(name="second", host="2001:db8::2", port=5070, emergency=True),
}
CALL = "CA" + "0" * 32
Decide = Callable[[Question], Awaitable[Answer | Carry]]


def carry(asked: Question) -> Carry:
    """Let it go on: by the first trunk, then the second."""
    return Carry(
        n=asked.n,
        call=CALL,
        account="AC1",
        sender="+14155550100",
        recipient="+12125550123",
        shown="+14155550100",
        targets=(Target(link="first", user="+12125550123"), Target(link="second", user="+12125550123")),
        headers=(Header("identity", "token;info=<https://cert.example/1.pem>;alg=ES256"),),
    )


class House:
    """Decides as the test says, and remembers."""

    def __init__(self) -> None:
        self.asked: list[Question] = []
        self.kept: list[Ended] = []
        self.lost = False
        self.decide: Decide = self._carry

    async def ask(self, asked: Question) -> Answer | Carry:
        self.asked.append(asked)
        if self.lost:
            raise StorageUnavailable("the database is gone")
        return await self.decide(asked)

    async def keep(self, told: Ended) -> None:
        if self.lost:
            raise StorageUnavailable("the database is gone")
        self.kept.append(told)

    async def _carry(self, asked: Question) -> Carry:
        return carry(asked)


class Kamailio(asyncio.DatagramProtocol):
    """Asks, and hears."""

    def __init__(self, house: House, server: RedirectServer) -> None:
        self.house, self.server = house, server
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self._transport: Any = None

    async def open(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, remote_addr=("127.0.0.1", port))

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.heard.put_nowait(data.decode())

    def say(self, raw: bytes) -> None:
        self._transport.sendto(raw)

    async def ask(self, raw: bytes) -> str:
        """What it answers."""
        self.say(raw)
        return await asyncio.wait_for(self.heard.get(), 2)

    async def silence(self, raw: bytes, seconds: float = 0.1) -> None:
        """It answers nothing."""
        self.say(raw)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(self.heard.get(), seconds)

    def close(self) -> None:
        self._transport.close()


def request(
    method: str = "INVITE",
    to: str = "+12125550123",
    *,
    branch: str = "1",
    cseq: int = 1,
    body: str = "",
    more: str = "",
) -> bytes:
    return (
        f"{method} sip:{to}@proxy.example SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK{branch}\r\nVia: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKa\r\n"
        f"f: <sip:+14155550100@customer.example>;tag=a\r\nt: <sip:{to}@proxy.example>\r\ni: one@customer\r\n"
        f"CSeq: {cseq} {method}\r\nMax-Forwards: 69\r\nX-Source: 198.51.100.7:5062\r\nContact: <sip:c@198.51.100.7>\r\n"
        f"{more}Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def value(answer: str, name: str) -> list[str]:
    return re.findall(rf"(?im)^{name}: (.*)\r$", answer)


def published(lines: dict[str, str]) -> bytes:
    body = "".join(f"{name}={told}\n" for name, told in lines.items())
    return request("PUBLISH", "records", branch=f"p{hash(body)}", body=body)


@pytest.fixture
async def kamailio() -> AsyncIterator[Kamailio]:
    house = House()
    told = RedirectSettings(
        kamailio=frozenset({"127.0.0.1"}),
        routes=Routes(links=LINKS, domain="house.example", mark="mark-of-ours"),
        sources={"203.0.113.9": "first"},
        emergency=frozenset({"911"}),
        within=0.1,
        kept_for=1.0,
        at_once=5,
        most=100,
    )
    server = RedirectServer(told, house, SystemClock())
    asks = Kamailio(house, server)
    await asks.open(await server.listen("127.0.0.1", 0))
    yield asks
    asks.close()
    await server.close()


# --- answers --------------------------------------------------------------------------------------------------------


async def test_a_call_that_may_go_on_is_sent_to_its_trunks_with_what_it_goes_on_with(kamailio: Kamailio) -> None:
    answer = await kamailio.ask(request())
    assert answer.startswith("SIP/2.0 302 Moved Temporarily\r\n")
    assert value(answer, "contact") == [
        "<sip:+12125550123@192.0.2.1:5060>;q=1.0, <sip:+12125550123@[2001:db8::2]:5070>;q=0.9"
    ]
    assert value(answer, "x-from") == ["sip:+14155550100@house.example"]
    assert value(answer, "x-give") == [
        f"X-Call: {CALL}",
        "x-masstransit-mark: mark-of-ours",
        "identity: token;info=<https://cert.example/1.pem>;alg=ES256",
    ]
    assert len(value(answer, "via")) == 2
    assert value(answer, "call-id") == ["one@customer"]
    (asked,) = kamailio.house.asked
    assert isinstance(asked, Invite)
    assert (asked.source, asked.port, asked.link) == ("198.51.100.7", 5062, "")


async def test_a_refusal_goes_out_as_the_house_says_it(kamailio: Kamailio) -> None:
    async def refuse(asked: Question) -> Answer:
        return Answer(n=asked.n, status=403, phrase="Forbidden", headers=(Header("reason", "SIP;cause=403"),))

    kamailio.house.decide = refuse
    answer = await kamailio.ask(request())
    assert answer.startswith("SIP/2.0 403 Forbidden\r\n")
    assert value(answer, "reason") == ["SIP;cause=403"]


async def test_a_carriers_address_is_known_and_registrations_are_asked_about(kamailio: Kamailio) -> None:
    await kamailio.ask(request().replace(b"198.51.100.7:5062", b"203.0.113.9:5060"))
    await kamailio.ask(request("REGISTER", branch="2"))
    invite, register = kamailio.house.asked
    assert invite.link == "first"
    assert isinstance(register, Register)


async def test_a_request_that_comes_again_is_decided_once(kamailio: Kamailio) -> None:
    first = await kamailio.ask(request())
    again = [await kamailio.ask(request()) for _ in range(3)]
    assert again == [first] * 3
    assert len(kamailio.house.asked) == 1
    await kamailio.ask(request(branch="2", cseq=2))
    assert len(kamailio.house.asked) == 2


async def test_a_request_that_comes_again_while_it_is_decided_waits_for_the_same_answer(kamailio: Kamailio) -> None:
    go = asyncio.Event()

    async def slow(asked: Question) -> Carry:
        await go.wait()
        return carry(asked)

    kamailio.house.decide = slow
    for _ in range(3):
        kamailio.say(request())
    await asyncio.sleep(0.03)
    go.set()
    assert (await asyncio.wait_for(kamailio.heard.get(), 1)).startswith("SIP/2.0 302 ")
    assert len(kamailio.house.asked) == 1


async def test_an_answer_is_forgotten_in_the_end(kamailio: Kamailio) -> None:
    await kamailio.ask(request())
    await asyncio.sleep(1.05)
    await kamailio.ask(request())
    assert len(kamailio.house.asked) == 2


async def test_other_methods_are_answered_without_the_house(kamailio: Kamailio) -> None:
    assert (await kamailio.ask(request("OPTIONS"))).startswith("SIP/2.0 200 OK\r\n")
    refused = await kamailio.ask(request("MESSAGE", branch="2"))
    assert refused.startswith("SIP/2.0 405 Method Not Allowed\r\n")
    assert value(refused, "allow") == [", ".join(ALLOWED)]
    assert (await kamailio.ask(request("NONSENSE", branch="3"))).startswith("SIP/2.0 501 ")
    await kamailio.silence(request("ACK"))
    assert not kamailio.house.asked


async def test_what_was_here_before_is_a_loop(kamailio: Kamailio) -> None:
    assert (await kamailio.ask(request(more="X-MassTransit-Mark: mark-of-ours\r\n"))).startswith("SIP/2.0 482 ")
    tired = request(branch="2").replace(b"Max-Forwards: 69", b"Max-Forwards: 0")
    assert (await kamailio.ask(tired)).startswith("SIP/2.0 483 ")
    assert not kamailio.house.asked


@pytest.mark.parametrize("source", [b"", b"X-Source: nowhere:5060\r\n", b"X-Source: 198.51.100.7\r\n"])
async def test_without_the_callers_address_nothing_is_asked(kamailio: Kamailio, source: bytes) -> None:
    raw = request().replace(b"X-Source: 198.51.100.7:5062\r\n", source)
    assert (await kamailio.ask(raw)).startswith("SIP/2.0 400 ")
    assert not kamailio.house.asked


# --- failing closed -------------------------------------------------------------------------------------------------


async def test_a_lost_database_is_503_at_once_and_calls_for_help_go_on(kamailio: Kamailio) -> None:
    kamailio.house.lost = True
    answer = await kamailio.ask(request())
    assert answer.startswith("SIP/2.0 503 Service Unavailable\r\n")
    assert value(answer, "retry-after") == ["5"]
    help_ = await kamailio.ask(request(to="911", branch="2"))
    assert help_.startswith("SIP/2.0 302 ")
    assert value(help_, "contact") == ["<sip:911@[2001:db8::2]:5070>;q=1.0"]
    assert (await kamailio.ask(request("REGISTER", "911", branch="3"))).startswith("SIP/2.0 503 ")


async def test_a_slow_house_is_503_and_a_call_let_go_on_too_late_has_its_record(kamailio: Kamailio) -> None:
    async def slow(asked: Question) -> Carry:
        await asyncio.sleep(0.2)
        return carry(asked)

    kamailio.house.decide = slow
    assert (await kamailio.ask(request())).startswith("SIP/2.0 503 ")
    await asyncio.sleep(0.2)
    (record,) = kamailio.house.kept
    assert (record.id, record.status, record.released_by) == (CALL, 503, "house")


async def test_whatever_breaks_in_the_house_is_500_and_the_next_call_is_served(kamailio: Kamailio) -> None:
    async def broken(asked: Question) -> Carry:
        raise RuntimeError("a fault of ours")

    decide, kamailio.house.decide = kamailio.house.decide, broken
    assert (await kamailio.ask(request())).startswith("SIP/2.0 500 ")
    kamailio.house.decide = decide
    assert (await kamailio.ask(request(branch="2"))).startswith("SIP/2.0 302 ")


async def test_a_trunk_that_is_gone_from_the_settings_takes_no_call(kamailio: Kamailio) -> None:
    async def elsewhere(asked: Question) -> Carry:
        return msgspec.structs.replace(carry(asked), targets=(Target(link="gone", user="1"),))

    kamailio.house.decide = elsewhere
    assert (await kamailio.ask(request())).startswith("SIP/2.0 480 ")
    await asyncio.sleep(0.01)
    assert [record.id for record in kamailio.house.kept] == [CALL]


async def test_what_would_be_decided_too_late_is_503_at_once_but_for_calls_for_help(kamailio: Kamailio) -> None:
    go = asyncio.Event()

    async def slow(asked: Question) -> Carry:
        await go.wait()
        return carry(asked)

    kamailio.house.decide = slow
    for n in range(5):
        kamailio.say(request(branch=f"x{n}"))
    assert (await kamailio.ask(request(branch="late"))).startswith("SIP/2.0 503 ")
    kamailio.say(request(to="911", branch="help"))
    await asyncio.sleep(0.02)
    go.set()
    answers = [await asyncio.wait_for(kamailio.heard.get(), 1) for _ in range(6)]
    assert all(answer.startswith("SIP/2.0 302 ") for answer in answers)
    assert len(kamailio.house.asked) == 6


async def test_more_answers_than_can_be_kept_are_503(kamailio: Kamailio) -> None:
    for n in range(100):
        kamailio.server._transactions[n,] = _Kept(asyncio.get_running_loop().time() + 1, "")
    assert (await kamailio.ask(request(branch="one-more"))).startswith("SIP/2.0 503 ")


# --- records --------------------------------------------------------------------------------------------------------


async def test_the_record_of_a_call_comes_back_whole(kamailio: Kamailio) -> None:
    (token,) = value(await kamailio.ask(request()), "x-record")
    told = {
        "record": token, "place": "[2001:db8::2]:5070", "ringing": "1767225600.250000", "answered": "1767225601.5",
        "ended": "1767225661.5", "status": "200", "by": "callee", "reason": 'Q.850;cause=16;text="Normal"',
    }  # fmt: skip
    assert (await kamailio.ask(published(told))).startswith("SIP/2.0 200 OK\r\n")
    (record,) = kamailio.house.kept
    assert (record.id, record.account, record.recipient) == (CALL, "AC1", "+12125550123")
    assert (record.trunk, record.status, record.released_by, record.cause) == ("second", 200, "callee", 16)
    assert record.ringing_at == datetime(2026, 1, 1, 0, 0, 0, 250_000, UTC)
    assert record.answered_at == datetime(2026, 1, 1, 0, 0, 1, 500_000, UTC)


async def test_a_record_that_could_not_be_kept_is_asked_for_again(kamailio: Kamailio) -> None:
    (token,) = value(await kamailio.ask(request()), "x-record")
    kamailio.house.lost = True
    told = {"record": token, "ended": "1767225661", "status": "487", "by": "caller"}
    assert (await kamailio.ask(published(told))).startswith("SIP/2.0 503 ")


@pytest.mark.parametrize(
    "wrong", [{"record": "nonsense"}, {"by": "nobody"}, {"status": "42"}, {"ended": "yesterday"}, {"answered": "1e99"}]
)
async def test_a_record_that_cant_be_read_is_400_with_what_is_wrong(kamailio: Kamailio, wrong: dict[str, str]) -> None:
    (token,) = value(await kamailio.ask(request()), "x-record")
    told = {"record": token, "ended": "1767225661", "status": "487", "by": "caller"} | wrong
    answer = await kamailio.ask(published(told))
    assert answer.startswith(f"SIP/2.0 400 {next(iter(wrong))}")
    assert not kamailio.house.kept


async def test_a_call_whose_answer_kamailio_never_heard_was_not_carried(kamailio: Kamailio) -> None:
    await kamailio.ask(request())
    for _ in range(2):  # it may be told twice
        assert (await kamailio.ask(published({"unheard": "1 one@customer"}))).startswith("SIP/2.0 200 ")
    assert [(record.id, record.status, record.released_by) for record in kamailio.house.kept] == [(CALL, 503, "house")]
    assert (await kamailio.ask(published({"unheard": "7 another@customer"}))).startswith("SIP/2.0 200 ")


async def test_a_call_for_help_that_went_on_without_the_house_is_one_call_however_often_told(
    kamailio: Kamailio,
) -> None:
    told = {
        "alone": "help@customer", "offered": "1767225600", "source": "198.51.100.7", "sender": "+14155550100",
        "recipient": "911", "ended": "1767225661", "status": "200", "by": "callee", "answered": "1767225603",
    }  # fmt: skip
    await kamailio.ask(published(told))
    await kamailio.ask(published(told | {"reason": "again"}))
    first, again = kamailio.house.kept
    assert first.id == again.id
    assert (first.account, first.source, first.recipient, first.purpose) == ("", "198.51.100.7", "911", "emergency")


# --- strangers and noise --------------------------------------------------------------------------------------------


async def test_nobody_but_kamailio_is_answered(caplog: pytest.LogCaptureFixture) -> None:
    house = House()
    routes = Routes(domain="house.example", mark="m")
    server = RedirectServer(RedirectSettings(kamailio=frozenset({"192.0.2.77"}), routes=routes), house, SystemClock())
    stranger = Kamailio(house, server)
    await stranger.open(await server.listen("127.0.0.1", 0))
    for raw in (request(), request("OPTIONS"), b"\0"):
        await stranger.silence(raw)
    assert not house.asked
    assert "no Kamailio of ours" in caplog.text
    stranger.close()
    await server.close()


@pytest.mark.parametrize(
    "noise", [b"", b"\r\n\r\n", b"\0", b"SIP/2.0 200 OK\r\n\r\n", b"\xff" * 200, b"INVITE\r\n\r\n"]
)
async def test_noise_is_not_answered(kamailio: Kamailio, noise: bytes) -> None:
    await kamailio.silence(noise, 0.05)
    assert (await kamailio.ask(request())).startswith("SIP/2.0 302 ")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_datagram_breaks_the_reading(data: st.DataObject) -> None:
    """Bytes are cut, doubled and put in anywhere: what comes out is a message, or a status that answers it."""
    raw = bytearray(request(more="Subject: lunch\r\n tomorrow\r\n"))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw)))
        raw[at : at + data.draw(st.integers(0, 12))] = data.draw(
            st.one_of(st.binary(max_size=8), st.sampled_from([b"\r\n", b"\r\n ", b",", b'"', b"<", b"%00", b";", b":"]))
        )
    status = 400
    try:
        read(bytes(raw), ALLOWED)
    except Unreadable as wrong:
        status = wrong.status
    assert 400 <= status < 600


async def test_a_call_does_not_wait_for_the_records_that_came_before_it(kamailio: Kamailio) -> None:
    for n in range(12):
        kamailio.say(request("PUBLISH", "records", branch=f"r{n}", body="record=none of ours\n"))
    answers = [await kamailio.ask(request())] + [await asyncio.wait_for(kamailio.heard.get(), 2) for _ in range(12)]
    methods = [value(answer, "cseq")[0].split()[1] for answer in answers]
    assert sorted(methods) == ["INVITE"] + ["PUBLISH"] * 12
    assert methods.index("INVITE") < 5  # records are read four at a time
