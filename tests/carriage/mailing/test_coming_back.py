"""What becomes of a mail after it was taken: its sender is told, dead addresses get no more, and people unsubscribe."""

from __future__ import annotations

import asyncio
import contextlib
import email
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from masstransit.carriage.exchange import Offered
from masstransit.carriage.mailing.outbox import Handed, Recipient
from masstransit.carriage.mailing.tokens import address_of, token_of
from masstransit.errors import NotFound
from masstransit.model.address import email_address
from masstransit.model.decision import Verdict
from masstransit.storage import redaction
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import communications, consents, mail_letters, notices, opt_outs
from tests.channels.smtp.posting import Posting

FROM, BOB = "ada@northwind.example", "bob@reader.test"
RECEIPT = f"From: Ada <{FROM}>\r\nSubject: Receipt\r\n\r\nYou paid.\r\n"
OFFER = (
    f"From: Ada <{FROM}>\r\nSubject: Sale\r\n\r\nSale!\r\nUnsubscribe: answer so.\r\n"
    "Northwind, 1 Harbor Way, Seattle, WA 98101\r\n"
)


@pytest.fixture
async def post(sqlite_database: Database, keys: Keys, tmp_path: Path) -> AsyncIterator[Posting]:
    house = await Posting(
        sqlite_database, keys, tmp_path, smtp_server={"bounces": "bounces.example"}, base_url="https://house.example"
    ).opened()  # fmt: skip
    carrying = asyncio.create_task(house.parts.delivery.run())
    yield house
    carrying.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await carrying
    await house.close()


async def hand_in(
    post: Posting, source: str = RECEIPT, purpose: str = "transactional", *, return_path: str = FROM, notify: str = ""
) -> Offered:
    recipient = Recipient(address=email_address(BOB), notify=notify, original="rfc822;bob@reader.test")
    (offered,) = await post.parts.mail_out.outbox.take(
        Handed(
            account=post.sid, principal=post.sid, channel="smtp", source=source.encode(), return_path=return_path,
            recipients=(recipient,), envelope="QQ1", purpose=purpose,
        )
    )  # fmt: skip
    return offered


async def rows(post: Posting, table: Any) -> list[Any]:
    return list(await post.database.read(lambda c: c.execute(select(table)).all()))


async def arrived(post: Posting, sid: str) -> email.message.Message:
    """The mail as it lies in the drop."""
    file = Path(post.settings.data) / "mail" / f"{sid}.eml"
    async with asyncio.timeout(20):
        while not file.exists():
            await asyncio.sleep(0.02)
    return email.message_from_bytes(file.read_bytes())


async def ended(post: Posting, sid: str, status: str) -> None:
    async with asyncio.timeout(20):
        while {row.sid: row.status for row in await rows(post, communications)}[sid] != status:
            await asyncio.sleep(0.02)


async def notified(post: Posting) -> list[email.message.Message]:
    """The notifications that were due, as they went out."""
    await post.parts.mail_out.notifier.round()
    sent = [row.sid for row in await rows(post, communications) if row.channel == "dsn"]
    return [await arrived(post, sid) for sid in sent]


async def agrees(post: Posting) -> None:
    row = {
        "account": post.sid, "person": post.keys.person(BOB), "purpose": "marketing", "kind": "written",
        "given_at": post.parts.clock.now(), "medium": "", "language": "", "campaign": "", "source": "", "proof": "",
        "shown": "", "masked": "", "withdrawn_at": None,
    }  # fmt: skip
    await post.database.write(lambda c: c.execute(consents.insert().values(row)))


async def test_a_bounce_ends_the_mail_tells_its_sender_and_stops_the_next_one(post: Posting) -> None:
    sid = (await hand_in(post)).communication.id
    assert (await arrived(post, sid))["Return-Path"] == f"<{address_of(post.keys, 'bounce', sid, 'bounces.example')}>"
    await ended(post, sid, "sent")
    returned = post.parts.mail_out.returned
    assert await returned.bounced(sid, permanent=False, dead=False, said="451 4.2.1 later")
    assert await returned.bounced(sid, permanent=True, dead=True, said="550 5.1.1 no such user")
    await ended(post, sid, "undelivered")
    (told,) = await notified(post)
    report = told.get_payload()[1].as_string()  # type: ignore[index, union-attr]
    assert (told["To"], told["Auto-Submitted"], told["Return-Path"]) == (FROM, "auto-replied", "<>")
    for line in ("Original-Envelope-Id: QQ1", "Original-Recipient: rfc822;bob@reader.test", "Action: failed",
                 "Status: 5.1.1", f"Final-Recipient: rfc822; {BOB}"):  # fmt: skip
        assert line in report
    assert b"You paid" not in told.as_bytes()
    refused = await hand_in(post)
    assert (refused.decision.verdict, refused.decision.stopped_by) == (Verdict.REFUSE, "7.11.4")
    assert not await returned.bounced("EM" + "0" * 32, permanent=True, dead=True, said="")


@pytest.mark.parametrize(
    ("notify", "return_path", "action"),
    [
        ("SUCCESS,FAILURE", FROM, "relayed"),
        ("", FROM, None),
        ("FAILURE", FROM, None),
        ("NEVER", FROM, None),
        ("SUCCESS", "", None),
    ],
)
async def test_success_is_told_to_who_asked_for_it(
    post: Posting, notify: str, return_path: str, action: str | None
) -> None:
    sid = (await hand_in(post, notify=notify, return_path=return_path)).communication.id
    await ended(post, sid, "sent")
    told = await notified(post)
    assert [f"Action: {action}" in each.as_string() for each in told] == ([] if action is None else [True])


async def test_a_notification_is_answered_by_none(post: Posting) -> None:
    sid = (await hand_in(post)).communication.id
    await ended(post, sid, "sent")
    await post.parts.mail_out.returned.bounced(sid, permanent=True, dead=False, said="554 5.7.1 no")
    (told,) = await notified(post)
    assert told["Return-Path"] == "<>"
    (about,) = [row.sid for row in await rows(post, communications) if row.channel == "dsn"]
    await ended(post, about, "sent")
    await post.parts.mail_out.returned.bounced(about, permanent=True, dead=False, said="550 5.1.1 nobody")
    await ended(post, about, "undelivered")
    assert len(await notified(post)) == 1
    assert [row for row in await rows(post, notices) if row.way == "dsn"] == []


async def test_a_refusal_that_was_answered_is_not_told_again(post: Posting) -> None:
    assert (await hand_in(post, OFFER, "marketing")).decision.verdict is Verdict.REFUSE
    doubled = RECEIPT.replace("Subject:", "Subject: x\r\nSubject:", 1)
    assert (await hand_in(post, doubled)).decision.verdict is Verdict.REFUSE
    assert await notified(post) == []
    assert await rows(post, mail_letters) == []


async def test_advertising_bears_ways_out_and_a_receipt_does_not(post: Posting) -> None:
    await agrees(post)
    offer = await arrived(post, (await hand_in(post, OFFER, "marketing")).communication.id)
    receipt = await arrived(post, (await hand_in(post)).communication.id)
    ways = " ".join(offer["List-Unsubscribe"].split())
    assert ways.startswith("<https://house.example/u/")
    assert "<mailto:u-" in ways
    assert offer["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert receipt["List-Unsubscribe"] is None


async def test_who_unsubscribes_by_mail_gets_no_more_advertising_and_still_a_receipt(post: Posting) -> None:
    await agrees(post)
    sid = (await hand_in(post, OFFER, "marketing")).communication.id
    ways = post.parts.unsubscribes
    assert await ways.by_mail(address_of(post.keys, "unsubscribe", sid, "bounces.example").upper())
    assert not await ways.by_mail(address_of(post.keys, "bounce", sid, "bounces.example"))
    assert not await ways.by_mail("bob@bounces.example")
    (row,) = await rows(post, opt_outs)
    assert (row.scope, row.channel, row.said) == ("marketing", "email", "unsubscribe by mail")
    assert (await hand_in(post, OFFER, "marketing")).decision.stopped_by == "7.4"
    assert (await hand_in(post)).decision.verdict <= Verdict.FLAG


async def test_who_wants_nothing_more_gets_nothing_more(post: Posting) -> None:
    sid = (await hand_in(post)).communication.id
    seen = await post.parts.unsubscribes.by_token(token_of(post.keys, "unsubscribe", sid), everything=True)
    assert (seen.brand, seen.masked) == ("Northwind", "b***@reader.test")
    assert (await hand_in(post)).decision.stopped_by == "7.4"
    with pytest.raises(NotFound):
        await post.parts.unsubscribes.look("0" * 48)


async def test_what_is_redacted_takes_its_letter_along(post: Posting) -> None:
    sid = (await hand_in(post)).communication.id
    await ended(post, sid, "sent")
    now = post.parts.clock.now()
    await post.database.write(lambda c: redaction.redact_body(c, post.parts.ledger, post.sid, sid, now, "me"))
    assert await rows(post, mail_letters) == []
