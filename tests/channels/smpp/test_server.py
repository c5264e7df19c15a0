"""Customers' ESMEs against the server, over loopback sockets."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import smpplib.client
import smpplib.consts
import smpplib.gsm
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from masstransit.carriage.notices import Note
from masstransit.channels.smpp import pdu
from masstransit.channels.smpp.pdu import PduError, Status, Tag
from masstransit.channels.smpp.server import (
    BoundAs,
    MessageState,
    Refusal,
    ServerSettings,
    SmppServer,
)
from masstransit.channels.smpp.session import Session, Timers
from masstransit.clock import SystemClock
from masstransit.errors import StorageUnavailable, TrunkDown
from masstransit.model.communication import Communication, Moment, Purpose
from masstransit.model.decision import Decision, Finding, Verdict
from tests.makers import ACCOUNT

QUICK = Timers(answer_within=0.5, enquire_every=0.2, idle=5.0)


class Offered(msgspec.Struct, frozen=True):
    communication: Communication
    decision: Decision


def decided(communication: Communication, verdict: Verdict = Verdict.ALLOW, **finding: Any) -> Decision:
    found = (Finding(clause="7", rule="7.4", verdict=verdict, **({"reason": "no consent"} | finding)),)
    return Decision(
        id="DE1",
        subject=communication.id,
        account=communication.account,
        moment=Moment.OFFER,
        attempt=0,
        at=communication.at,
        verdict=verdict,
        findings=found if verdict else (),
        facts={},
        revision="test",
    )


class Book:
    """An exchange and the binds that it knows, in memory."""

    def __init__(self) -> None:
        self.offered: list[Communication] = []
        self.decide: Callable[[Communication], Decision] = decided
        self.gone = False
        self.open = asyncio.Event()
        self.open.set()
        self.bound = BoundAs(account=ACCOUNT, system_id="esme")
        self.states: dict[str, MessageState] = {}

    async def bind(self, system_id: str, password: str, source_ip: str, at: datetime) -> BoundAs | Refusal:
        assert source_ip == "127.0.0.1"
        if self.gone:
            raise StorageUnavailable("gone")
        if system_id != "esme":
            return Refusal(Status.ESME_RINVSYSID)
        return self.bound if password == "secret" else Refusal(Status.ESME_RINVPASWD)

    async def offer(self, communication: Communication) -> Offered:
        await self.open.wait()
        if self.gone:
            raise StorageUnavailable("gone")
        self.offered.append(communication)
        return Offered(communication, self.decide(communication))

    async def query(self, account: str, sid: str) -> MessageState | None:
        assert account == ACCOUNT
        return self.states.get(sid)

    async def cancel(self, account: str, sid: str) -> bool:
        return self.states.pop(sid, None) is not None


class Esme(Session):
    """A client that keeps what it is brought."""

    def __init__(self) -> None:
        super().__init__(Timers())
        self.brought: asyncio.Queue[pdu.ShortMessage] = asyncio.Queue()
        self.status = Status.ESME_ROK
        self.deaf = False

    def on_request(self, request: pdu.Pdu) -> None:
        assert isinstance(request, pdu.ShortMessage)
        self.brought.put_nowait(request)
        self.send(
            pdu.MessageResp(command=request.command | pdu.RESPONSE, sequence=request.sequence, status=self.status)
        )

    def _take(self, frame: bytes) -> None:
        if not self.deaf:
            super()._take(frame)


class Door:
    """A server with its port, and clients for it."""

    def __init__(self, server: SmppServer, book: Book, port: int) -> None:
        self.server = server
        self.book = book
        self.port = port

    async def connect(self) -> Esme:
        _, session = await asyncio.get_running_loop().create_connection(Esme, "127.0.0.1", self.port)
        return session

    async def esme(self, mode: int = pdu.BIND_TRANSCEIVER, version: int = 0x34) -> Esme:
        session = await self.connect()
        bound = await session.request(
            pdu.Bind(command=mode, system_id="esme", password="secret", interface_version=version)
        )
        assert bound.status == 0
        return session


Opener = Callable[..., Any]


@pytest.fixture
async def opened() -> AsyncIterator[Opener]:
    doors: list[Door] = []

    async def opener(**figures: Any) -> Door:
        book = Book()
        server = SmppServer(ServerSettings(**figures), authenticator=book, exchange=book, clock=SystemClock())
        doors.append(Door(server, book, await server.listen("127.0.0.1", 0)))
        return doors[-1]

    yield opener
    for door in doors:
        await door.server.close()


@pytest.fixture
async def door(opened: Opener) -> Door:
    made: Door = await opened()
    return made


def submit(text: bytes = b"Your parcel is here.", **more: Any) -> pdu.ShortMessage:
    fields: dict[str, Any] = {
        "command": pdu.SUBMIT_SM,
        "source_ton": 1,
        "source_npi": 1,
        "source": "14155550100",
        "destination_ton": 1,
        "destination_npi": 1,
        "destination": "12125550123",
        "short_message": text,
    }
    return pdu.ShortMessage(**(fields | more))


async def submitted(session: Session, request: pdu.Pdu) -> pdu.MessageResp:
    answer = await session.request(request)
    assert isinstance(answer, pdu.MessageResp)
    return answer


# --- binding ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [pdu.BIND_TRANSMITTER, pdu.BIND_RECEIVER, pdu.BIND_TRANSCEIVER])
async def test_an_esme_binds_with_its_password(door: Door, mode: int) -> None:
    session = await door.connect()
    answer = await session.request(pdu.Bind(command=mode, system_id="esme", password="secret"))
    assert isinstance(answer, pdu.BindResp)
    assert answer.status == Status.ESME_ROK
    assert answer.tlvs[Tag.SC_INTERFACE_VERSION] == b"\x34"


@pytest.mark.parametrize(
    ("system_id", "password", "status"),
    [("esme", "wrong", Status.ESME_RINVPASWD), ("nobody", "secret", Status.ESME_RINVSYSID)],
)
async def test_a_wrong_bind_is_refused_in_the_protocols_words(
    door: Door, system_id: str, password: str, status: Status
) -> None:
    session = await door.connect()
    bind = pdu.Bind(command=pdu.BIND_TRANSCEIVER, system_id=system_id, password=password)
    assert (await session.request(bind)).status == status
    assert (await session.request(submit())).status == Status.ESME_RINVBNDSTS


async def test_nobody_binds_twice_on_a_connection_nor_more_often_than_agreed(door: Door) -> None:
    door.book.bound = BoundAs(account=ACCOUNT, system_id="esme", sessions=1)
    session = await door.esme()
    again = pdu.Bind(command=pdu.BIND_TRANSCEIVER, system_id="esme", password="secret")
    assert (await session.request(again)).status == Status.ESME_RALYBND
    assert (await (await door.connect()).request(again)).status == Status.ESME_RALYBND
    await session.unbind()
    await door.esme()


async def test_a_connection_that_does_not_bind_is_closed(opened: Opener) -> None:
    door = await opened(bind_within=0.05)
    await asyncio.wait_for((await door.connect()).lost, 2)


async def test_connections_are_bounded(opened: Opener) -> None:
    door = await opened(connections=1)
    await door.esme()
    await asyncio.wait_for((await door.connect()).lost, 2)


async def test_a_receiver_may_not_submit(door: Door) -> None:
    session = await door.esme(pdu.BIND_RECEIVER)
    assert (await session.request(submit())).status == Status.ESME_RINVBNDSTS


async def test_a_lost_database_refuses_binds_and_submits_as_a_system_error(door: Door) -> None:
    session = await door.esme()
    door.book.gone = True
    assert (await submitted(session, submit())).status == Status.ESME_RSYSERR
    bind = pdu.Bind(command=pdu.BIND_TRANSCEIVER, system_id="esme", password="secret")
    assert (await (await door.connect()).request(bind)).status == Status.ESME_RSYSERR


async def test_tls_is_served_beside_the_plain_port(door: Door) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    port = await door.server.listen("127.0.0.1", 0, tls=context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    _, session = await asyncio.get_running_loop().create_connection(
        Esme, "127.0.0.1", port, ssl=trusting, server_hostname="localhost"
    )
    bind = pdu.Bind(command=pdu.BIND_TRANSCEIVER, system_id="esme", password="secret")
    assert (await session.request(bind)).status == 0
    assert (await submitted(session, submit())).status == 0


# --- submitting -------------------------------------------------------------------------------------------------------


async def test_a_message_becomes_a_communication_and_its_id_the_message_id(door: Door) -> None:
    session = await door.esme()
    answer = await submitted(session, submit(registered_delivery=1, tlvs={Tag.PURPOSE: b"otp", Tag.END_USER: b"EU1"}))
    (communication,) = door.book.offered
    assert answer.status == 0
    assert answer.message_id == communication.id
    assert communication.sender.text == "+14155550100"
    assert communication.recipient.text == "+12125550123"
    assert communication.text == "Your parcel is here."
    assert (communication.purpose, communication.end_user) == (Purpose.OTP, "EU1")
    assert communication.receipt
    assert (communication.account, communication.principal, communication.channel) == (ACCOUNT, "esme", "smpp")


@pytest.mark.parametrize(
    ("coding", "octets", "text", "binary"),
    [
        (0, b"\0 \x1be", "@ €", None),
        (1, b"plain", "plain", None),
        (3, "café".encode("latin-1"), "café", None),
        (8, "привет 😀".encode("utf-16-be"), "привет 😀", None),
        (4, b"\1\2\3", "", b"\1\2\3"),
        (0xF5, b"\1\2\3", "", b"\1\2\3"),
        (0xF1, b"flash", "flash", None),
        (0x18, "да".encode("utf-16-be"), "да", None),
    ],
)
async def test_every_alphabet_is_read(door: Door, coding: int, octets: bytes, text: str, binary: bytes | None) -> None:
    session = await door.esme()
    assert (await submitted(session, submit(octets, data_coding=coding))).status == 0
    assert (door.book.offered[0].text, door.book.offered[0].binary) == (text, binary)


async def test_times_are_read_absolute_and_relative(door: Door) -> None:
    session = await door.esme()
    year = datetime.now(UTC).year + 1
    absolute = f"{year % 100:02d}0203040506004+"  # an hour ahead of UTC
    answer = await submitted(session, submit(schedule="000000010000000R", validity=absolute))
    assert answer.status == 0
    (communication,) = door.book.offered
    assert communication.send_at == communication.at + timedelta(hours=1)
    assert communication.expires_at == datetime(year, 2, 3, 3, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"source": "1"}, Status.ESME_RINVSRCADR),
        ({"source": ""}, Status.ESME_RINVSRCADR),
        ({"destination": "12x"}, Status.ESME_RINVDSTADR),
        ({"schedule": "tomorrow"}, Status.ESME_RINVSCHED),
        ({"validity": "269913000000000+"}, Status.ESME_RINVEXPIRY),
        ({"validity": "200101000000000+"}, Status.ESME_RINVEXPIRY),
        ({"esm_class": 1}, Status.ESME_RINVESMCLASS),
        ({"esm_class": 0x80}, Status.ESME_RINVESMCLASS),
        ({"replace_if_present": 1}, Status.ESME_RINVREPFLAG),
        ({"default_message_id": 1}, Status.ESME_RINVDFTMSGID),
        ({"priority": 4}, Status.ESME_RINVPRTFLG),
        ({"protocol_id": 0x40}, Status.ESME_RSUBMITFAIL),
        ({"data_coding": 5}, Status.ESME_RSUBMITFAIL),
        ({"data_coding": 8, "short_message": b"odd"}, Status.ESME_RINVMSGLEN),
        ({"tlvs": {Tag.PURPOSE: b"fun"}}, Status.ESME_RINVOPTPARAMVAL),
        ({"tlvs": {Tag.END_USER: b"\xff"}}, Status.ESME_RINVOPTPARAMVAL),
        ({"tlvs": {Tag.MESSAGE_PAYLOAD: b"twice"}}, Status.ESME_RINVMSGLEN),
        ({"esm_class": 0x40, "short_message": b"\x20\0"}, Status.ESME_RSUBMITFAIL),
        ({"esm_class": 0x40, "short_message": b"\6\5\4\x0b\x84\x23\xf0push"}, Status.ESME_RSUBMITFAIL),
    ],
)
async def test_what_cant_be_done_is_refused_by_name(door: Door, more: dict[str, Any], status: Status) -> None:
    session = await door.esme()
    assert (await submitted(session, submit(**more))).status == status
    assert (await submitted(session, submit())).status == 0
    assert len(door.book.offered) == 1


@pytest.mark.parametrize(
    ("verdict", "finding", "status"),
    [
        (Verdict.FLAG, {}, Status.ESME_ROK),
        (Verdict.HOLD, {}, Status.ESME_ROK),
        (Verdict.DELAY, {}, Status.ESME_ROK),
        (Verdict.DELAY, {"overload": True}, Status.ESME_RTHROTTLED),
        (Verdict.REFUSE, {"by_content": True}, Status.ESME_ROK),
        (Verdict.REFUSE, {"remedy": "Ask first."}, Status.ESME_RSUBMITFAIL),
    ],
)
async def test_a_verdict_is_told_in_the_protocols_words(
    door: Door, verdict: Verdict, finding: dict[str, Any], status: Status
) -> None:
    door.book.decide = lambda communication: decided(communication, verdict, **finding)
    session = await door.esme()
    answer = await submitted(session, submit())
    assert answer.status == status
    if status is Status.ESME_RSUBMITFAIL:
        assert answer.message_id == ""
        assert answer.tlvs[Tag.ADDITIONAL_STATUS_INFO_TEXT] == b"clause 7 (7.4): no consent. Ask first.\0"


async def test_segments_with_headers_become_one_message_under_one_id(door: Door) -> None:
    session = await door.esme()
    header = b"\5\0\3\x2a\3"
    parts = [
        submit(header + bytes((n,)) + text, esm_class=0x40) for n, text in ((2, b"two "), (3, b"three"), (1, b"one "))
    ]
    answers = await asyncio.gather(*(submitted(session, part) for part in parts))
    (communication,) = door.book.offered
    assert communication.text == "one two three"
    assert [answer.message_id for answer in answers] == [communication.id] * 3


async def test_segments_with_sar_parameters_over_two_sessions_become_one_message(door: Door) -> None:
    one, two = await door.esme(), await door.esme()
    half = "😀".encode("utf-16-be")

    def part(number: int, octets: bytes) -> pdu.ShortMessage:
        sar = {Tag.SAR_MSG_REF_NUM: b"\1\0", Tag.SAR_TOTAL_SEGMENTS: b"\2", Tag.SAR_SEGMENT_SEQNUM: bytes((number,))}
        return submit(octets, data_coding=8, tlvs=sar)

    first = one.request(part(1, half[:2]))
    answer = await submitted(two, part(2, half[2:]))
    assert door.book.offered[0].text == "😀"
    assert (await first) == msgspec.structs.replace(answer, sequence=(await first).sequence)


async def test_message_payload_carries_a_long_text_in_one_pdu(door: Door) -> None:
    session = await door.esme()
    assert (await submitted(session, submit(b"", tlvs={Tag.MESSAGE_PAYLOAD: b"x" * 900}))).status == 0
    assert door.book.offered[0].text == "x" * 900


async def test_segments_whose_others_dont_come_are_refused_and_nothing_is_sent(opened: Opener) -> None:
    door = await opened(join_within=0.05)
    session = await door.esme()
    answer = await submitted(session, submit(b"\5\0\3\1\2\1half", esm_class=0x40))
    assert answer.status == Status.ESME_RSUBMITFAIL
    assert b"message_payload" in answer.tlvs[Tag.ADDITIONAL_STATUS_INFO_TEXT]
    assert door.book.offered == []


async def test_a_rate_is_kept_by_throttling(door: Door) -> None:
    door.book.bound = BoundAs(account=ACCOUNT, system_id="esme", rate=5)
    session = await door.esme()
    answers = await asyncio.gather(*(submitted(session, submit()) for _ in range(20)))
    assert sum(answer.status == Status.ESME_RTHROTTLED for answer in answers) >= 14
    assert len(door.book.offered) >= 5


async def test_beyond_the_window_nothing_is_read_until_there_is_room(door: Door) -> None:
    door.book.bound = BoundAs(account=ACCOUNT, system_id="esme", window=4)
    door.book.open.clear()
    session = await door.esme()
    answers = [session.request(submit()) for _ in range(50)]
    await asyncio.sleep(0.05)
    (serving,) = door.server.connections
    assert serving._open == 4
    door.book.open.set()
    assert all(answer.status == 0 for answer in await asyncio.gather(*answers))


async def test_what_is_under_way_is_answered_before_an_unbind_closes(door: Door) -> None:
    door.book.open.clear()
    session = await door.esme()
    answer = session.request(submit())
    left = session.request(pdu.Pdu(command=pdu.UNBIND))
    assert (await left).status == 0
    door.book.open.set()
    assert (await answer).status == 0
    await asyncio.wait_for(session.lost, 2)


# --- malformed --------------------------------------------------------------------------------------------------------


async def say(port: int, octets: bytes) -> bytes:
    """Write octets on a fresh connection and give what comes back until it closes, or in a moment."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(octets)
    answer = b""
    try:
        async with asyncio.timeout(0.3):
            while more := await reader.read(4096):
                answer += more
    except TimeoutError:
        answer += b"(open)"
    writer.close()
    await writer.wait_closed()
    return answer


@pytest.mark.parametrize("length", [0, 15, 65_537, 0xFFFFFFFF])
async def test_lost_framing_is_nacked_and_closed(door: Door, length: int) -> None:
    answer = await say(door.port, pdu.HEADER.pack(length, pdu.SUBMIT_SM, 0, 9) + b"\0" * 64)
    assert answer == pdu.HEADER.pack(16, pdu.GENERIC_NACK, Status.ESME_RINVCMDLEN, 9)


async def test_malformed_pdus_are_answered_and_the_connection_lives(door: Door) -> None:
    unknown = pdu.HEADER.pack(16, 0x777, 0, 1)
    broken = pdu.HEADER.pack(20, pdu.SUBMIT_SM, 0, 2) + b"abcd"
    stray = pdu.HEADER.pack(16, pdu.SUBMIT_SM | pdu.RESPONSE, 0, 3)
    answer = await say(door.port, unknown + broken + stray + pdu.HEADER.pack(16, pdu.ENQUIRE_LINK, 0, 4))
    assert answer == (
        pdu.HEADER.pack(16, pdu.GENERIC_NACK, Status.ESME_RINVCMDID, 1)
        + pdu.HEADER.pack(16, pdu.SUBMIT_SM | pdu.RESPONSE, Status.ESME_RINVCMDLEN, 2)
        + pdu.HEADER.pack(16, pdu.ENQUIRE_LINK | pdu.RESPONSE, 0, 4)
        + b"(open)"
    )


@settings(max_examples=20, deadline=None)
@given(frames=st.lists(st.tuples(st.sampled_from(sorted(pdu.ANSWERED)), st.binary(max_size=60)), max_size=20))
def test_no_pdus_take_the_server_down(frames: list[tuple[int, bytes]]) -> None:
    async def talk() -> None:
        book = Book()
        server = SmppServer(ServerSettings(), authenticator=book, exchange=book, clock=SystemClock())
        door = Door(server, book, await server.listen("127.0.0.1", 0))
        session = await door.esme()
        for command, body in frames:
            session._transport.write(pdu.HEADER.pack(16 + len(body), command, 0, 0x7000_0000) + body)
        assert (await submitted(await door.esme(), submit())).status == 0
        await server.close()

    asyncio.run(talk())


async def test_who_does_not_read_our_answers_is_not_read_and_closed(opened: Opener) -> None:
    door = await opened(timers=QUICK)
    session = await door.esme()
    (serving,) = door.server.connections
    serving._transport.set_write_buffer_limits(high=1)
    session._transport.pause_reading()
    burst = pdu.encode(pdu.Pdu(command=pdu.ENQUIRE_LINK)) * 50_000
    async with asyncio.timeout(20):
        while not (serving._slow_reader or serving.lost.done()):
            session._transport.write(burst)
            await asyncio.sleep(0.01)
        await serving.lost
    session._transport.abort()


async def test_submit_multi_and_replace_sm_are_refused_by_name(door: Door) -> None:
    session = await door.esme()
    for request in (pdu.Pdu(command=pdu.SUBMIT_MULTI), pdu.Replace(command=pdu.REPLACE_SM, message_id="SM1")):
        assert (await session.request(request)).status == Status.ESME_RINVCMDID


# --- keep-alive -------------------------------------------------------------------------------------------------------


async def test_a_silent_peer_is_asked_and_a_dead_one_closed(opened: Opener) -> None:
    door = await opened(timers=QUICK)
    alive, dead = await door.esme(), await door.esme()
    dead.deaf = True
    await asyncio.wait_for(dead.lost, 5)
    assert (await alive.request(pdu.Pdu(command=pdu.ENQUIRE_LINK))).status == 0


# --- query_sm, cancel_sm ----------------------------------------------------------------------------------------------


async def test_a_message_can_be_queried_and_cancelled(door: Door) -> None:
    door.book.states["SM1"] = MessageState(state="delivered", done_at=datetime(2026, 6, 3, 12, tzinfo=UTC))
    session = await door.esme()
    answer = await session.request(pdu.Query(command=pdu.QUERY_SM, message_id="SM1"))
    assert isinstance(answer, pdu.QueryResp)
    assert (answer.message_state, answer.final_date) == (2, "260603120000000+")
    unknown = pdu.Query(command=pdu.QUERY_SM, message_id="SM2")
    assert (await session.request(unknown)).status == Status.ESME_RINVMSGID
    cancel = pdu.Cancel(command=pdu.CANCEL_SM, message_id="SM1")
    assert (await session.request(cancel)).status == Status.ESME_ROK
    assert (await session.request(cancel)).status == Status.ESME_RCANCELFAIL


# --- reports and messages to ESMEs ------------------------------------------------------------------------------------


def note(**more: Any) -> Note:
    at = datetime(2026, 6, 3, 12, tzinfo=UTC)
    fields: dict[str, Any] = {"account": ACCOUNT, "sid": "SM1", "mo": False, "submitted_at": at, "done_at": at}
    return Note(**(fields | {"sender": "+14155550100", "recipient": "+12125550123"} | more))


async def test_a_report_comes_to_a_receiver_in_appendix_b_form(door: Door) -> None:
    assert not await door.server.push("esme", note(state="delivered"))
    await door.esme(pdu.BIND_TRANSMITTER)
    assert door.server.bound() == []
    receiver = await door.esme(pdu.BIND_RECEIVER)
    assert door.server.bound() == ["esme"]
    assert await door.server.push("esme", note(state="undelivered", error=30003))
    report = receiver.brought.get_nowait()
    assert report.esm_class == 0x04
    assert (report.source, report.destination) == ("12125550123", "14155550100")
    assert report.short_message == (
        b"id:SM1 sub:001 dlvrd:000 submit date:2606031200 done date:2606031200 stat:UNDELIV err:003 text:"
    )
    assert report.tlvs[Tag.RECEIPTED_MESSAGE_ID] == b"SM1\0"
    assert report.tlvs[Tag.MESSAGE_STATE] == b"\5"


async def test_what_an_esme_refuses_or_does_not_answer_was_not_taken(opened: Opener) -> None:
    door = await opened(timers=QUICK)
    receiver = await door.esme(pdu.BIND_RECEIVER)
    receiver.status = Status.ESME_RX_T_APPN
    assert not await door.server.push("esme", note(state="delivered"))
    receiver.deaf = True
    assert not await door.server.push("esme", note(state="delivered"))


async def test_pushes_take_turns_over_the_receivers(door: Door) -> None:
    receivers = [await door.esme(pdu.BIND_RECEIVER), await door.esme()]
    for _ in range(4):
        assert await door.server.push("esme", note(state="delivered"))
    assert [receiver.brought.qsize() for receiver in receivers] == [2, 2]


async def test_pushes_wait_for_room_in_the_window(door: Door) -> None:
    door.book.bound = BoundAs(account=ACCOUNT, system_id="esme", window=3)
    receiver = await door.esme()
    taken = await asyncio.gather(*(door.server.push("esme", note(state="delivered")) for _ in range(20)))
    assert all(taken)
    assert receiver.brought.qsize() == 20


@pytest.mark.parametrize(("version", "pdus"), [(0x34, 1), (0x33, 3)])
async def test_a_long_answer_comes_as_payload_or_in_segments(door: Door, version: int, pdus: int) -> None:
    receiver = await door.esme(version=version)
    text = "да! " * 40
    assert await door.server.push("esme", note(mo=True, text=text, sender="+12125550123", recipient="+14155550100"))
    brought = [receiver.brought.get_nowait() for _ in range(receiver.brought.qsize())]
    assert len(brought) == pdus
    octets = b"".join(one.payload[6:] if one.esm_class else one.payload for one in brought)
    assert octets.decode("utf-16-be") == text
    assert all(one.data_coding == 8 for one in brought)


async def test_closing_unbinds_everybody(opened: Opener) -> None:
    door = await opened()
    session = await door.esme()
    await door.server.close()
    await asyncio.wait_for(session.lost, 2)
    with pytest.raises(TrunkDown):
        await session.request(submit())


# --- a client of somebody else's --------------------------------------------------------------------------------------


async def test_smpplib_sends_a_long_text_and_gets_its_report(door: Door) -> None:
    loop = asyncio.get_running_loop()
    answered: list[Any] = []
    brought: list[Any] = []

    def take(**kwargs: Any) -> int:
        brought.append(kwargs["pdu"])
        return 0

    def talk() -> None:
        client = smpplib.client.Client("127.0.0.1", door.port, allow_unknown_opt_params=True)
        client.set_message_sent_handler(lambda **kwargs: answered.append(kwargs["pdu"]))
        client.set_message_received_handler(take)
        client.connect()
        client.bind_transceiver(system_id="esme", password="secret")
        parts, coding, flag = smpplib.gsm.make_parts("Straße und € " * 20)
        for part in parts:
            client.send_message(
                source_addr_ton=smpplib.consts.SMPP_TON_INTL,
                source_addr="14155550100",
                dest_addr_ton=smpplib.consts.SMPP_TON_INTL,
                destination_addr="12125550123",
                short_message=part,
                data_coding=coding,
                esm_class=flag,
                registered_delivery=True,
            )
        while len(answered) < len(parts):
            client.read_once()
        sid = answered[0].message_id.decode()
        pushed = asyncio.run_coroutine_threadsafe(door.server.push("esme", note(sid=sid, state="delivered")), loop)
        while not brought:
            client.read_once()
        assert pushed.result(5)
        client.unbind()
        client.disconnect()

    await asyncio.wait_for(asyncio.to_thread(talk), 20)
    (communication,) = door.book.offered
    assert communication.text == "Straße und € " * 20
    assert {answer.message_id.decode() for answer in answered} == {communication.id}
    assert brought[0].receipted_message_id == communication.id.encode()
    assert b"stat:DELIVRD" in brought[0].short_message


async def test_smpplib_is_refused_without_the_reason_that_it_cant_read(door: Door) -> None:
    door.book.bound = BoundAs(account=ACCOUNT, system_id="esme", reasons=False)
    door.book.decide = lambda communication: decided(communication, Verdict.REFUSE)

    def talk() -> int:
        client = smpplib.client.Client("127.0.0.1", door.port, allow_unknown_opt_params=True)
        statuses: list[int] = []
        client.set_error_pdu_handler(lambda answer: statuses.append(answer.status))
        client.connect()
        client.bind_transmitter(system_id="esme", password="secret")
        client.send_message(
            source_addr_ton=1,
            source_addr="14155550100",
            dest_addr_ton=1,
            destination_addr="12125550123",
            short_message=b"x",
        )
        client.read_once()
        client.unbind()
        client.disconnect()
        return statuses[0]

    assert await asyncio.wait_for(asyncio.to_thread(talk), 20) == Status.ESME_RSUBMITFAIL


async def test_a_response_that_cant_be_read_fails_the_request_alone(door: Door) -> None:
    session = await door.esme()
    (serving,) = door.server.connections
    asked = serving.request(pdu.Pdu(command=pdu.ENQUIRE_LINK))
    session._transport.write(pdu.HEADER.pack(17, pdu.SUBMIT_SM | pdu.RESPONSE, 0, 1) + b"x")
    with pytest.raises(PduError):
        await asked
    assert (await submitted(session, submit())).status == 0
