"""What a customer's webhook answers in TwiML becomes a message like any other, once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert, select

from masstransit.carriage.replies import Replies
from masstransit.carriage.twiml import Reply
from masstransit.clock import HandClock
from masstransit.model.communication import Communication
from masstransit.model.decision import Decision, Finding, Verdict
from masstransit.storage.engine import Database
from masstransit.storage.tables import alerts, notices
from tests.makers import ACCOUNT, NOON, RECIPIENT, SENDER

HOOK = "https://example.com/in"


class Offered(msgspec.Struct, frozen=True):
    decision: Decision


class Listening:
    """An exchange that keeps what it is offered and finds what it is told to."""

    def __init__(self, *findings: Finding) -> None:
        self.offers: list[Communication] = []
        self._findings = findings

    async def offer(self, communication: Communication) -> Offered:
        self.offers.append(communication)
        return Offered(
            Decision(
                id="DE1",
                subject=communication.id,
                account=communication.account,
                moment=communication.moment,
                attempt=0,
                at=NOON,
                verdict=max((f.verdict for f in self._findings), default=Verdict.ALLOW),
                findings=self._findings,
                facts={},
                revision="test",
            )
        )


async def a_notice(database: Database, **body: Any) -> Any:
    told = {"from": RECIPIENT, "to": SENDER, "body": "When do you open?", "service": None} | body
    row = {"account": ACCOUNT, "id": "NT1", "way": "webhook", "target": HOOK, "body": told, "about": "SM1"}
    await database.write(lambda c: c.execute(insert(notices), [row | {"ready_at": NOON, "expires_at": NOON}]))
    return await database.read(lambda c: c.execute(select(notices)).one())


async def answered(database: Database, exchange: Listening, replies: Sequence[Reply], **body: Any) -> list[Any]:
    """The alerts that come of it."""
    notice = await a_notice(database, **body)
    await Replies(exchange, database, HandClock(NOON))(notice, replies)
    return list(await database.read(lambda c: c.execute(select(alerts)).all()))


async def test_a_reply_goes_back_from_the_number_that_was_written_to(sqlite_database: Database) -> None:
    exchange = Listening()
    texts = [Reply(text="At nine."), Reply(text="On Sundays at ten.")]
    assert await answered(sqlite_database, exchange, texts, service="MG1") == []
    first, second = exchange.offers
    assert (first.sender.text, first.recipient.text, first.text) == (SENDER, RECIPIENT, "At nine.")
    assert (first.account, first.channel, first.service) == (ACCOUNT, "twiml", "MG1")
    assert first.id != second.id
    assert (first.idempotency_key, second.idempotency_key) == ("NT1/0", "NT1/1")  # asked again, it is sent once


async def test_a_reply_may_name_its_sender_recipient_and_callback(sqlite_database: Database) -> None:
    exchange = Listening()
    reply = Reply(text="x", to="+13055550124", sender="+14155550101", status_callback="https://example.com/status")
    assert await answered(sqlite_database, exchange, [reply]) == []
    (offer,) = exchange.offers
    assert (offer.sender.text, offer.recipient.text) == ("+14155550101", "+13055550124")
    assert offer.status_callback == "https://example.com/status"


async def test_a_replys_media_go_out_as_links_after_its_text(sqlite_database: Database) -> None:
    exchange, url = Listening(), "https://example.com/cat.png"
    assert (
        await answered(sqlite_database, exchange, [Reply(text="Look", media=(url,)), Reply(text="", media=(url,))])
        == []
    )
    assert [(offer.text, offer.media) for offer in exchange.offers] == [(f"Look\n{url}", (url,)), (url, (url,))]


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(text=""), 21602),
        (Reply(text="x" * 1601), 21617),
        (Reply(text="x", media=("ftp://example.com/cat.png",)), 21620),
        (Reply(text="x", media=("https://example.com/cat.png",) * 11), 21623),
        (Reply(text="x" * 1590, media=("https://example.com/cat.png",)), 21617),
        (Reply(text="x", to="nobody"), 21211),
        (Reply(text="x", sender="+0"), 21212),
        (Reply(text="x", status_callback="http://127.0.0.1/"), 21609),
    ],
)
async def test_a_reply_that_can_not_be_sent_is_an_alert_and_the_others_go(
    sqlite_database: Database, reply: Reply, code: int
) -> None:
    exchange = Listening()
    (alert,) = await answered(sqlite_database, exchange, [reply, Reply(text="fine")])
    assert (alert.error_code, alert.level, alert.about) == (code, "error", "SM1")
    assert alert.attrs["request_url"] == HOOK
    assert [offer.text for offer in exchange.offers] == ["fine"]


async def test_a_reply_that_the_policy_refuses_is_an_alert(sqlite_database: Database) -> None:
    finding = Finding(clause="7", rule="7.4", verdict=Verdict.REFUSE, reason="this person opted out", code=21610)
    (alert,) = await answered(sqlite_database, Listening(finding), [Reply(text="x")])
    assert alert.error_code == 21610
    assert "this person opted out" in alert.text


async def test_a_reply_that_is_only_flagged_is_no_alert(sqlite_database: Database) -> None:
    finding = Finding(clause="7", rule="7.4", verdict=Verdict.FLAG, reason="odd")
    assert await answered(sqlite_database, Listening(finding), [Reply(text="x")]) == []
