"""The trunk against a carrier, over loopback sockets."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import trustme

from masstransit.carriage.channel import DeliveryReport, Inbound, NotSent, Sent, Trunk
from masstransit.channels.smpp.session import Timers
from masstransit.channels.smpp.trunk import SmppTrunk, TrunkSettings
from masstransit.clock import SystemClock
from masstransit.errors import StorageUnavailable, TrunkDown
from masstransit.model.communication import Communication, Moment
from masstransit.model.decision import Cleared, Decision, Verdict
from tests.channels.smpp.carrier import Carrier, Submitted
from tests.makers import an_sms


def cleared(number: int = 0, **more: Any) -> Cleared:
    communication: Communication = an_sms(id=f"SM{number:032x}", **more)
    decision = Decision(
        id="DE1",
        subject=communication.id,
        account=communication.account,
        moment=Moment.OFFER,
        attempt=0,
        at=communication.at,
        verdict=Verdict.ALLOW,
        findings=(),
        facts={},
        revision="test",
    )
    return Cleared(communication=communication, decision=decision)


class Desk:
    """Where what comes in is recorded."""

    def __init__(self) -> None:
        self.reports: list[DeliveryReport] = []
        self.inbound: list[Inbound] = []
        self.gone = False

    async def report(self, report: DeliveryReport) -> None:
        self._check()
        self.reports.append(report)

    async def receive(self, inbound: Inbound) -> None:
        self._check()
        self.inbound.append(inbound)

    def _check(self) -> None:
        if self.gone:
            raise StorageUnavailable("gone")


class Line:
    """A carrier, our trunk to it, and the desk behind."""

    def __init__(self) -> None:
        self.carrier = Carrier()
        self.desk = Desk()
        self.trunk: SmppTrunk
        self._running: asyncio.Task[None] | None = None

    async def open(self, context: ssl.SSLContext | None = None, **more: Any) -> SmppTrunk:
        port = more.pop("port", None) or await self.carrier.start()
        settings: dict[str, Any] = {"name": "west", "host": "127.0.0.1", "port": port, "system_id": "us"}
        self.trunk = SmppTrunk(TrunkSettings(**(settings | more)), SystemClock(), tls=context)
        self.trunk.connect(self.desk)
        self._running = asyncio.create_task(self.trunk.run())
        await self.until_up()
        return self.trunk

    async def until_up(self) -> None:
        wanted = 1 if self.trunk.settings.bind == "transceiver" else 2
        async with asyncio.timeout(5):
            while not self.trunk.up or len(self.trunk._sessions) < wanted:
                await asyncio.sleep(0.01)

    async def close(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])
        await self.carrier.stop()


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    made = Line()
    yield made
    await made.close()


# --- sending ----------------------------------------------------------------------------------------------------------


async def test_it_is_a_trunk_and_delivers(line: Line) -> None:
    trunk: Trunk = await line.open(prefixes=("+1",))
    expires = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
    sent = await trunk.deliver(cleared(expires_at=expires))
    assert sent == Sent(("C000000001",))
    (submitted,) = line.carrier.submitted
    assert (submitted.source, submitted.source_ton, submitted.source_npi) == ("14155550100", 1, 1)
    assert submitted.destination == "12125550123"
    assert submitted.octets == b"Your parcel is here."
    assert submitted.validity == "260701123000000+"
    assert submitted.registered == 1


@pytest.mark.parametrize(("sender", "ton"), [("12345", 3), ("ACME", 5)])
async def test_other_senders_have_their_type_of_number(line: Line, sender: str, ton: int) -> None:
    trunk = await line.open()
    await trunk.deliver(cleared(sender=sender))
    assert (line.carrier.submitted[0].source, line.carrier.submitted[0].source_ton) == (sender, ton)


@pytest.mark.parametrize(
    ("alphabet", "text", "coding", "octets"),
    [
        ("gsm7", "@é€", 0, b"\0\5\x1be"),
        ("latin1", "@é", 0, b"@\xe9"),
        ("latin1", "€", 8, b"\x20\xac"),
        ("gsm7", "да", 8, "да".encode("utf-16-be")),
    ],
)
async def test_texts_go_out_in_the_carriers_alphabet(
    line: Line, alphabet: str, text: str, coding: int, octets: bytes
) -> None:
    trunk = await line.open(default_alphabet=alphabet)
    await trunk.deliver(cleared(text=text))
    assert (line.carrier.submitted[0].coding, line.carrier.submitted[0].octets) == (coding, octets)


async def test_a_long_text_goes_out_in_segments_that_one_header_joins(line: Line) -> None:
    trunk = await line.open()
    sent = await trunk.deliver(cleared(text="x" * 200))
    assert isinstance(sent, Sent)
    assert len(sent.carrier_ids) == 2
    one, two = line.carrier.submitted
    assert one.esm_class == two.esm_class == 0x40
    assert one.octets[:3] == b"\5\0\3"
    assert one.octets[3] == two.octets[3]
    assert (one.octets[4:6], two.octets[4:6]) == (b"\2\1", b"\2\2")
    assert one.octets[6:] + two.octets[6:] == b"x" * 200


@pytest.mark.parametrize(
    ("alphabet", "octets"), [("gsm7", b"see: \x1be/0"), ("latin1", "see: €/0".encode("utf-16-be"))]
)
async def test_a_text_goes_out_with_its_short_links(line: Line, alphabet: str, octets: bytes) -> None:
    trunk = await line.open(default_alphabet=alphabet)
    await trunk.deliver(cleared(text="see: " + "x" * 200, shortened="see: €/0"))
    (submitted,) = line.carrier.submitted
    assert submitted.octets == octets


async def test_binary_data_goes_out_as_it_is(line: Line) -> None:
    trunk = await line.open()
    await trunk.deliver(cleared(text="", binary=b"\1\2"))
    assert (line.carrier.submitted[0].coding, line.carrier.submitted[0].octets) == (4, b"\1\2")


async def test_places_in_the_window_are_free_when_settled(line: Line) -> None:
    trunk = await line.open(window=5)
    items = [cleared(1), cleared(2, text="x" * 200)]
    for item in items:
        await trunk.deliver(item)
    assert trunk.room == 2
    for item in items:
        trunk.settled(item)
    assert trunk.room == 5


async def test_answers_out_of_order_find_their_messages(line: Line) -> None:
    trunk = await line.open()
    line.carrier.reorder = True
    sent = await asyncio.gather(*(trunk.deliver(cleared(n, text=f"number {n}")) for n in range(20)))
    names = {s.octets.decode(): s.message_id for s in line.carrier.submitted}
    assert sent == [Sent((names[f"number {n}"],)) for n in range(20)]


async def test_a_rate_is_kept(line: Line) -> None:
    trunk = await line.open(rate=100)
    loop = asyncio.get_running_loop()
    started = loop.time()
    await asyncio.gather(*(trunk.deliver(cleared(n)) for n in range(11)))
    assert loop.time() - started >= 0.095


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "permanent", "code"),
    [(0x0B, True, 30005), (0x45, True, 30008), (0x0A, True, 30024), (0x08, False, 30008), (0x401, True, 30008)],
)
async def test_a_refusal_is_permanent_or_not(line: Line, status: int, permanent: bool, code: int) -> None:
    trunk = await line.open()
    line.carrier.answers = lambda submitted: status
    carried = await trunk.deliver(cleared())
    assert isinstance(carried, NotSent)
    assert (carried.permanent, carried.code) == (permanent, code)


@pytest.mark.parametrize("status", [0x58, 0x14])
async def test_a_throttled_trunk_rests(line: Line, status: int) -> None:
    trunk = await line.open()
    line.carrier.answers = lambda submitted: status
    carried = await trunk.deliver(cleared())
    assert isinstance(carried, NotSent)
    assert not carried.permanent
    assert trunk.room == 0
    line.carrier.answers = None
    async with asyncio.timeout(2):
        while not trunk.room:
            await asyncio.sleep(0.02)
    assert isinstance(await trunk.deliver(cleared(1)), Sent)


async def test_a_throttled_segment_is_tried_again_alone(line: Line) -> None:
    trunk = await line.open()
    refused: list[bytes] = []

    def answers(submitted: Submitted) -> int:
        if submitted.octets[5] == 2 and not refused:
            refused.append(submitted.octets)
            return 0x58
        return 0

    line.carrier.answers = answers
    assert isinstance(await trunk.deliver(cleared(text="x" * 200)), Sent)
    assert [s.octets[5] for s in line.carrier.submitted] == [1, 2]


async def test_a_segment_refused_after_others_were_accepted_ends_the_message(line: Line) -> None:
    trunk = await line.open()
    line.carrier.answers = lambda submitted: 0x45 if submitted.octets[5] == 2 else 0
    carried = await trunk.deliver(cleared(text="x" * 200))
    assert isinstance(carried, NotSent)
    assert carried.permanent


# --- the link ---------------------------------------------------------------------------------------------------------


async def test_a_lost_link_says_so_and_comes_back(line: Line) -> None:
    trunk = await line.open()
    line.carrier.silent = True
    waiting = asyncio.create_task(trunk.deliver(cleared()))
    async with asyncio.timeout(2):
        while not line.carrier.submitted:
            await asyncio.sleep(0.01)
    line.carrier.drop()
    with pytest.raises(TrunkDown):
        await waiting
    assert not trunk.up
    with pytest.raises(TrunkDown):
        await trunk.deliver(cleared(1))
    line.carrier.silent = False
    await line.until_up()
    assert isinstance(await trunk.deliver(cleared(2)), Sent)


async def test_a_carrier_that_throttles_disconnects_and_reorders_loses_nothing(line: Line) -> None:
    trunk = await line.open(window=20)
    line.carrier.reorder = True
    line.carrier.throttle_every, line.carrier.disconnect_every = 37, 61

    async def until_sent(number: int) -> None:
        while True:
            try:
                carried = await trunk.deliver(cleared(number, text=f"number {number}"))
            except TrunkDown:
                await asyncio.sleep(0.05)
            else:
                if isinstance(carried, Sent):
                    return
                assert not carried.permanent
                await asyncio.sleep(0.05)
            finally:
                trunk.settled(cleared(number))

    async with asyncio.timeout(15):
        for start in range(0, 120, 20):
            await asyncio.gather(*(until_sent(number) for number in range(start, start + 20)))
    assert line.carrier.counts["disconnects"]
    assert line.carrier.counts["throttled"]
    assert {s.octets for s in line.carrier.submitted} == {f"number {n}".encode() for n in range(120)}
    assert trunk.room in (0, 20)


async def test_an_answer_that_does_not_come_is_a_lost_link_to_the_message(line: Line) -> None:
    trunk = await line.open(timers=Timers(answer_within=0.1, enquire_every=10, idle=60))
    line.carrier.silent = True
    with pytest.raises(TrunkDown):
        await trunk.deliver(cleared())


async def test_a_refused_bind_is_tried_again(line: Line) -> None:
    line.carrier.bind_status = 0x0E
    opening = asyncio.create_task(line.open())
    async with asyncio.timeout(3):
        while line.carrier.counts["binds"] < 1:
            await asyncio.sleep(0.01)
    line.carrier.bind_status = 0
    assert (await opening).up


async def test_separate_binds_send_and_receive(line: Line) -> None:
    trunk = await line.open(bind="separate")
    assert {link.mode for link in line.carrier.links} == {"transmitter", "receiver"}
    assert isinstance(await trunk.deliver(cleared()), Sent)
    assert await line.carrier.bring("+12125550123", "+14155550100", b"STOP") == 0


async def test_tls_is_spoken(line: Line) -> None:
    authority = trustme.CA()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(serving)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    port = await line.carrier.start(tls=serving)
    trunk = await line.open(trusting, port=port, tls=True)
    assert isinstance(await trunk.deliver(cleared()), Sent)


# --- what comes in ----------------------------------------------------------------------------------------------------


async def test_a_report_comes_back_for_each_message(line: Line) -> None:
    trunk = await line.open()
    line.carrier.reports = True
    sent = await trunk.deliver(cleared())
    assert isinstance(sent, Sent)
    async with asyncio.timeout(2):
        while not line.carrier.counts["reports_taken"]:
            await asyncio.sleep(0.01)
    (report,) = line.desk.reports
    assert (report.trunk, report.carrier_id, report.state) == ("west", sent.carrier_ids[0], "delivered")


@pytest.mark.parametrize("esm_class", [0, 4])
async def test_what_cant_be_stored_is_to_be_brought_again(line: Line, esm_class: int) -> None:
    await line.open()
    line.desk.gone = True
    octets = b"id:C1 stat:DELIVRD"
    assert await line.carrier.bring("+12125550123", "+14155550100", octets, esm_class=esm_class) == 0x64
    line.desk.gone = False
    assert await line.carrier.bring("+12125550123", "+14155550100", octets, esm_class=esm_class) == 0
    assert (len(line.desk.inbound), len(line.desk.reports)) == ((0, 1) if esm_class else (1, 0))


async def test_a_report_that_cant_be_read_is_rejected(line: Line) -> None:
    await line.open()
    assert await line.carrier.bring("+12125550123", "+14155550100", b"hello", esm_class=4) == 0x66


async def test_a_message_from_an_address_that_is_none_is_rejected(line: Line) -> None:
    await line.open()
    assert await line.carrier.bring("1", "+14155550100", b"hello") == 0x66


@pytest.mark.parametrize(
    ("octets", "coding", "tlvs", "text"),
    [
        (b"\0 hi \x1be", 0, b"", "@ hi €"),
        ("arrêt".encode("latin-1"), 3, b"", "arrêt"),
        ("стоп".encode("utf-16-be"), 8, b"", "стоп"),
        (b"", 0, b"\x04\x24\x01\x2c" + b"y" * 300, "y" * 300),
    ],
)
async def test_a_persons_message_is_read(line: Line, octets: bytes, coding: int, tlvs: bytes, text: str) -> None:
    await line.open()
    assert await line.carrier.bring("+12125550123", "+14155550100", octets, coding=coding, tlvs=tlvs) == 0
    (inbound,) = line.desk.inbound
    assert (inbound.sender.text, inbound.recipient.text, inbound.text) == ("+12125550123", "+14155550100", text)


async def test_segments_of_a_persons_message_are_joined(line: Line) -> None:
    await line.open()
    octets = "привет 😀".encode("utf-16-be")
    statuses = await asyncio.gather(
        line.carrier.bring("+12125550123", "+14155550100", b"\6\x08\4\1\2\2\2" + octets[15:], coding=8, esm_class=0x40),
        line.carrier.bring("+12125550123", "+14155550100", b"\6\x08\4\1\2\2\1" + octets[:15], coding=8, esm_class=0x40),
    )
    assert list(statuses) == [0, 0]
    assert [inbound.text for inbound in line.desk.inbound] == ["привет 😀"]


async def test_what_came_of_a_message_is_handed_in_when_the_rest_does_not(line: Line) -> None:
    await line.open(join_within=0.1)
    status = await line.carrier.bring("+12125550123", "+14155550100", b"\5\0\3\7\2\1STOP", esm_class=0x40)
    assert status == 0
    assert [inbound.text for inbound in line.desk.inbound] == ["STOP"]
