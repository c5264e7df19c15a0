"""The door for other servers' mail, over sockets; the rooms behind it are stood in for by what they are asked."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, cast

import aiosmtplib
import pytest
import trustme

from masstransit.carriage.channel import Inbound
from masstransit.carriage.mailroom.sorting import Mailroom, Use
from masstransit.carriage.mailroom.values import Bounce, Report
from masstransit.channels.smtp.authentication import Authenticator
from masstransit.channels.smtp.exchanger import Exchanger, Limits, Readers
from masstransit.clock import HandClock
from masstransit.errors import StorageUnavailable
from masstransit.model.address import EmailAddress
from masstransit.model.decision import Decision
from tests.channels.smtp.signing import a_mail
from tests.channels.smtp.test_aggregate import xml
from tests.channels.smtp.test_bounce import a_block, a_report
from tests.channels.smtp.zone import Zone
from tests.makers import NOON

USES: dict[str, Use] = {"desk": "customer", "b-1": "bounce", "u-1": "unsubscribe", "dmarc": "report"}
NAMES = {
    ("friend.test", "TXT"): ["v=spf1 ip4:192.0.2.7 ip6:2001:db8::7 -all"],
    ("_dmarc.friend.test", "TXT"): ["v=DMARC1; p=reject"],
}
Heard = list[tuple[str, Any]]


class Rooms:
    """Keeps what it is asked; it has the mailboxes of `USES` at shop.example."""

    def __init__(self) -> None:
        self.heard: Heard = []
        self.lost = False

    async def use_of(self, address: EmailAddress) -> Use | None:
        if self.lost:
            raise StorageUnavailable("the database is gone")
        local, _, domain = address.text.partition("@")
        return USES.get(local) if domain == "shop.example" else None

    async def receive(self, inbound: Inbound) -> Decision | None:
        if self.lost:
            raise StorageUnavailable("the database is gone")
        self.heard.append(("received", inbound))
        return None

    async def bounced(self, address: EmailAddress, told: Bounce) -> bool:
        self.heard.append(("bounced", (address.text, told.status)))
        return True

    async def bounced_to_customer(self, address: EmailAddress, told: Bounce) -> bool:
        self.heard.append(("came back", (address.text, told.message_id)))
        return True

    async def unsubscribed(self, address: EmailAddress) -> bool:
        self.heard.append(("unsubscribed", address.text))
        return True

    async def reported(self, told: Report) -> int:
        self.heard.append(("reported", told.domain))
        return 1


@pytest.fixture
def names() -> Iterator[Zone]:
    with Zone(NAMES) as served:
        yield served


@asynccontextmanager
async def door(names: Zone, limits: Limits | None = None, **more: Any) -> AsyncIterator[tuple[Rooms, int]]:
    rooms = Rooms()
    opened = Exchanger(
        cast("Mailroom", rooms), Authenticator(names.resolver), Readers(lambda _: None), HandClock(NOON),
        name="mx.shop.example", limits=limits or Limits(), **more,
    )  # fmt: skip
    try:
        yield rooms, await opened.listen("127.0.0.1", 0)
    finally:
        await opened.close()


async def said(port: int, *lines: bytes) -> list[bytes]:
    """What is answered to each line; of answers of several lines the last."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = [await reader.readline()]
    for line in lines:
        writer.write(line + b"\r\n")
        while (answer := await reader.readline())[3:4] == b"-":
            continue
        answers.append(answer)
    writer.close()
    await writer.wait_closed()
    return [answer.rstrip() for answer in answers]


ENVELOPE = (b"EHLO mx.friend.test", b"MAIL FROM:<ada@friend.test>", b"RCPT TO:<desk@shop.example>", b"DATA")


async def test_each_mail_goes_where_its_address_says(names: Zone) -> None:
    async with door(names) as (rooms, port):
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, local_hostname="mx.friend.test")
        async with client:
            report = b"From: r@nobody.test\r\nContent-Type: text/xml\r\n\r\n" + xml()
            for to, mail in (
                ("b-1@shop.example", a_report(a_block())), ("b-1@shop.example", a_mail()),
                ("u-1@shop.example", a_mail()), ("dmarc@shop.example", report),
            ):  # fmt: skip
                assert (await client.sendmail("r@nobody.test", [to], mail))[0] == {}
    assert rooms.heard == [
        ("bounced", ("b-1@shop.example", "5.1.1")), ("unsubscribed", "u-1@shop.example"), ("reported", "shop.example"),
    ]  # fmt: skip


async def test_what_comes_back_to_a_customer_is_followed_and_brought_to_it(names: Zone) -> None:
    async with door(names) as (rooms, port):
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, local_hostname="mx.friend.test")
        async with client:
            for sender in ("", "ada@nobody.test"):
                with pytest.raises(aiosmtplib.SMTPDataError):  # the rooms of this test have nobody who takes it
                    await client.sendmail(sender, ["desk@shop.example"], a_report(a_block()))
    assert [what for what, _ in rooms.heard] == ["came back", "received", "received"]
    assert rooms.heard[0][1] == ("desk@shop.example", "<7@shop.example>")


async def test_a_report_that_is_none_or_forged_is_told_so(names: Zone) -> None:
    async with door(names) as (rooms, port):
        to = (*ENVELOPE[:2], b"RCPT TO:<dmarc@shop.example>", b"DATA")
        forged = await said(port, *to, b"From: a@friend.test\r\n\r\nx\r\n.")
        none = await said(port, *to, b"From: a@nobody.test\r\n\r\nx\r\n.")
    assert forged[-1].startswith(b"550 5.7.1")
    assert none[-1].startswith(b"554 5.6.0 no part of it is a report")
    assert rooms.heard == []


async def test_only_a_server_of_the_operators_says_whom_it_took_a_mail_from(names: Zone) -> None:
    for ip in (b"192.0.2.7", b"IPV6:2001:db8::7"):
        told = (ENVELOPE[0], b"XFORWARD NAME=mx.friend.test ADDR=" + ip + b" HELO=mx+2Efriend.test", *ENVELOPE[1:])
        async with door(names, in_front=["127.0.0.1"]) as (rooms, port):
            await said(port, *told, b"From: ada@friend.test\r\n\r\nx\r\n.")
        assert rooms.heard[0][1].authentication.spf == "pass"
        async with door(names) as (rooms, port):
            answers = await said(port, *told, b"From: ada@friend.test\r\n\r\nx\r\n.")
        assert answers[2].startswith(b"550")
        assert rooms.heard[0][1].authentication.spf == "fail"


async def test_who_guesses_at_mailboxes_is_told_no_more(names: Zone) -> None:
    asked = [b"RCPT TO:<u%d@shop.example>" % n for n in range(11)]
    async with door(names) as (_, port):
        answers = await said(port, *ENVELOPE[:2], *asked, ENVELOPE[2])
    assert answers[3].startswith(b"550 5.1.1")
    assert answers[-2].startswith(b"550 5.7.1")
    assert answers[-1].startswith(b"550 5.7.1")


async def test_what_can_not_be_stored_comes_again(names: Zone) -> None:
    async with door(names) as (rooms, port):
        rooms.lost = True
        answers = await said(port, *ENVELOPE[:3])
    assert answers[-1].startswith(b"451 4.3.0")


async def test_limits_are_said_in_smtps_words(names: Zone) -> None:
    async with door(names, Limits(largest=100, a_minute=2, recipients=1, a_client=1)) as (_, port):
        large = await said(port, *ENVELOPE, b"From: a@friend.test\r\n\r\n" + b"x" * 200 + b"\r\n.")
        more = await said(port, *ENVELOPE[:3], b"RCPT TO:<u-1@shop.example>")
        fast = await said(port, *ENVELOPE[:2])
        held = await asyncio.open_connection("127.0.0.1", port)
        await held[0].readline()
        crowd = await said(port)
        held[1].close()
        await held[1].wait_closed()
    assert large[-1].startswith(b"552")
    assert more[-1].startswith(b"452 4.5.3")
    assert fast[-1].startswith(b"451 4.7.1")
    assert crowd[-1].startswith(b"421")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"MAIL FROM:<\xff@friend.test> SMTPUTF8", b"501"),
        (b"MAIL FROM:<nobody>", b"501"),
        (b"MAIL FROM:<>", b"250"),
        (b"NONSENSE", b"500"),
        (b"x" * 5000, b"500"),
    ],
)
async def test_what_is_out_of_form_closes_nothing(names: Zone, line: bytes, answer: bytes) -> None:
    async with door(names) as (_, port):
        answers = await said(port, ENVELOPE[0], line, b"RSET")
    assert answers[2].startswith(answer)
    assert answers[3].startswith(b"250")


async def test_it_speaks_tls_to_who_asks_and_counts_that_connection_once(names: Zone) -> None:
    authority = trustme.CA()
    tls, trusting = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    authority.configure_trust(trusting)
    async with door(names, Limits(a_client=1), tls=tls) as (rooms, port):
        for _ in range(3):
            async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=True, tls_context=trusting) as client:
                assert (await client.sendmail("ada@nobody.test", ["u-1@shop.example"], a_mail()))[0] == {}
    assert len(rooms.heard) == 3


async def test_a_mail_that_goes_round_in_circles_is_ended(names: Zone) -> None:
    circle = b"Received: by a.test\r\n" * 51 + b"From: ada@friend.test\r\n\r\nx\r\n."
    async with door(names) as (_, port):
        answers = await said(port, *ENVELOPE, circle)
    assert answers[-1].startswith(b"554 5.4.6")
