"""The content goes, the proof stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from masstransit.errors import Conflict, NotFound
from masstransit.ledger import Ledger, verify
from masstransit.model.communication import Moment, ShortLink
from masstransit.model.decision import Decision, Finding, Verdict
from masstransit.storage import communications, decisions, media, short_links
from masstransit.storage import tables as t
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.redaction import GONE, drop_ended_bodies, redact_body, without_content
from tests.makers import ACCOUNT, NOON, an_arriving_mail, an_sms

SID = "SM" + "0" * 32
BODY = "Your code is 4711, see https://evil.example/x"
LEDGER = Ledger("a")
OTHER = "AC" + "2" * 32


def carried(
    connection: Connection, sid: str = SID, *, status: str = "delivered", account: str = ACCOUNT, **more: Any
) -> None:
    """A message that was decided and kept, as the exchange does it."""
    message = an_sms(text=BODY, id=sid, account=account, **more)
    finding = Finding(
        clause="10",
        rule="10.1",
        verdict=Verdict.FLAG,
        reason="looks like a code",
        evidence={"code": "4711", "spans": [[0, 4]], "score": 0.7, "purpose": "otp"},
    )
    made = Decision(
        id="DE" + sid[2:],
        subject=sid,
        account=account,
        moment=Moment.OFFER,
        attempt=0,
        at=NOON,
        verdict=Verdict.FLAG,
        findings=(finding,),
        facts={"Links": {"urls": ["https://evil.example/x"], "shortened": False}, "Words": {"first": ["your code"]}},
        revision="r",
    )
    kept = decisions.record(made)
    salts = LEDGER.append(connection, [(account, "decision", made.id, kept)], NOON)
    decisions.add(connection, [(made, kept, salts[0])])
    row = communications.row(message, person="p", segments=1, status=status, decision=made.id)
    communications.add(connection, [row])
    media.add(connection, media.rows([message]))
    short_links.add(connection, short_links.rows([message]))


def an_account(connection: Connection, *, stores_content: bool) -> None:
    row: dict[str, Any] = {"account": ACCOUNT, "token_sealed": b"", "stores_content": stores_content}
    connection.execute(insert(t.accounts), row | {"created_at": NOON, "updated_at": NOON})


async def test_a_redacted_message_keeps_its_proof_and_nothing_of_its_content(database: Database, keys: Keys) -> None:
    await database.write(carried)
    assert await database.write(lambda c: redact_body(c, LEDGER, ACCOUNT, SID, NOON, "customer"))
    row = await database.read(lambda c: communications.find(c, ACCOUNT, SID))
    assert row is not None
    assert row.body is None
    (made,) = await database.read(lambda c: decisions.about(c, SID))
    assert made.findings[0].reason == "looks like a code"
    assert made.findings[0].evidence == {"code": GONE, "spans": GONE, "score": 0.7, "purpose": "otp"}
    assert made.facts == {"Links": {"urls": GONE, "shortened": False}, "Words": {"first": [GONE]}}
    report = await database.read(lambda c: verify(c, keys.public))
    assert report.whole, report.breaks
    assert report.redacted == 1
    assert not await database.write(lambda c: redact_body(c, LEDGER, ACCOUNT, SID, NOON, "customer"))


async def test_what_was_attached_and_where_links_lead_go_with_the_body(database: Database) -> None:
    first, second, third = (f"SM{i:032}" for i in range(3))
    attached: dict[str, Any] = {"media": ("https://evil.example/x",) * 2, "shortened": "see https://go.example.com/0"}

    def fill(connection: Connection) -> None:
        an_account(connection, stores_content=False)
        for n, (account, sid) in enumerate(((ACCOUNT, first), (ACCOUNT, second), (OTHER, third), (OTHER, first))):
            link = ShortLink(domain="go.example.com", code=f"{n}", target="https://evil.example/x")
            carried(connection, sid, account=account, short_links=(link,), **attached)

    def left(connection: Connection) -> list[set[tuple[str, str]]]:
        with_text = select(t.communications.c.account, t.communications.c.sid).where(t.communications.c.shortened != "")
        with_media = select(t.media.c.account, t.media.c.message)
        leading = select(t.short_links.c.account, t.short_links.c.message).where(t.short_links.c.target != "")
        found = [connection.execute(query) for query in (with_text, with_media, leading)]
        return [{(row[0], row[1]) for row in rows} for rows in found]

    await database.write(fill)
    await database.write(lambda c: redact_body(c, LEDGER, ACCOUNT, first, NOON, "customer"))
    others = {(OTHER, third), (OTHER, first)}
    assert await database.read(left) == [others | {(ACCOUNT, second)}] * 3
    assert await database.write(lambda c: drop_ended_bodies(c, LEDGER, NOON)) == 1
    assert await database.read(left) == [others] * 3


async def test_a_redacted_record_can_t_be_changed_unnoticed_either(database: Database, keys: Keys) -> None:
    await database.write(carried)
    await database.write(lambda c: redact_body(c, LEDGER, ACCOUNT, SID, NOON, "customer"))
    kept = await database.read(lambda c: c.execute(select(t.decisions.c.record)).scalar_one())
    await database.write(lambda c: c.execute(update(t.decisions).values(record=kept.replace("0.7", "0.1"))))
    report = await database.read(lambda c: verify(c, keys.public))
    assert [(b.chain, b.seq) for b in report.breaks] == [("a", 1)]


async def test_a_message_that_waits_is_not_redacted(database: Database) -> None:
    def waiting(connection: Connection) -> None:
        carried(connection, status="queued")
        connection.execute(insert(t.queue).values(account=ACCOUNT, sid=SID, ready_at=NOON, decided_at=NOON))

    await database.write(waiting)
    with pytest.raises(Conflict, match="cancel it first"):
        await database.write(lambda c: redact_body(c, LEDGER, ACCOUNT, SID, NOON, "customer"))
    with pytest.raises(NotFound):
        await database.write(lambda c: redact_body(c, LEDGER, "AC" + "2" * 32, SID, NOON, "customer"))


@pytest.mark.parametrize(("stores_content", "dropped"), [(True, 0), (False, 2)])
async def test_an_account_without_stored_content_keeps_no_body_past_the_outcome(
    database: Database, keys: Keys, stores_content: bool, dropped: int
) -> None:
    def fill(connection: Connection) -> None:
        an_account(connection, stores_content=stores_content)
        states = ("delivered", "failed", "sent", "queued", "received")
        for i, status in enumerate(states):
            carried(connection, f"SM{i:032}", status=status)
        notice = {"account": ACCOUNT, "id": "1", "way": "webhook", "target": "u", "body": {}, "about": f"SM{4:032}"}
        connection.execute(insert(t.notices), notice | {"ready_at": NOON, "expires_at": NOON})

    await database.write(fill)
    assert await database.write(lambda c: drop_ended_bodies(c, LEDGER, NOON)) == dropped
    assert await database.write(lambda c: drop_ended_bodies(c, LEDGER, NOON)) == 0
    later = NOON + timedelta(days=4)  # the carrier never reported
    assert await database.write(lambda c: drop_ended_bodies(c, LEDGER, later)) == dropped / 2
    report = await database.read(lambda c: verify(c, keys.public))
    assert report.whole, report.breaks
    assert report.redacted == dropped * 3 / 2


async def test_what_was_asked_to_be_discarded_keeps_no_body_past_the_outcome(database: Database, keys: Keys) -> None:
    def fill(connection: Connection) -> None:
        an_account(connection, stores_content=True)
        for i, status in enumerate(("delivered", "undelivered", "failed", "canceled", "refused", "sent", "queued")):
            carried(connection, f"SM{i:032}", status=status, discard=True)
        carried(connection, f"SM{9:032}")

    await database.write(fill)
    assert await database.write(lambda c: drop_ended_bodies(c, LEDGER, NOON)) == 5
    assert await database.write(lambda c: drop_ended_bodies(c, LEDGER, NOON)) == 0
    kept = await database.read(lambda c: c.execute(select(t.communications.c.sid, t.communications.c.body)).all())
    assert {row.sid[-1] for row in kept if row.body is not None} == {"5", "6", "9"}
    report = await database.read(lambda c: verify(c, keys.public))
    assert report.whole, report.breaks
    assert report.redacted == 5


def test_what_quotes_a_body_goes_and_what_does_not_stays() -> None:
    body = "meet me at noon"
    assert without_content({"a": "NOON", "b": ["x", "me at", 3, None], "c": "me"}, body) == {
        "a": GONE,
        "b": ["x", GONE, 3, None],
        "c": "me",
    }
    assert without_content({"whole": "he said: meet me at noon!"}, body) == {"whole": GONE}
    assert without_content({"words": ["your pin, ####"]}, "your pin, 1234") == {"words": GONE}  # digits were hidden
    assert without_content({"text": "", "spans": [], "other": "kept"}, "") == {"text": "", "spans": [], "other": "kept"}


async def test_of_a_mail_its_subject_and_the_name_it_showed_go_too(database: Database) -> None:
    mail = an_arriving_mail(id="EM" + "7" * 32, name="Ada", subject="My results", reply_to="ada@example.org")

    def kept(connection: Connection) -> None:
        row = communications.row(mail, person="p", segments=1, status="received", decision="DE1")
        communications.add(connection, [row])
        assert redact_body(connection, LEDGER, ACCOUNT, mail.id, NOON, "its customer")

    await database.write(kept)
    row = await database.read(lambda c: communications.find(c, ACCOUNT, mail.id))
    assert row is not None
    left = communications.read(row)
    assert (left.text, left.sender.text) == ("", "ada@example.com")
    assert left.letter is not None
    assert (left.letter.subject, left.letter.name, left.letter.reply_to) == ("", "", "ada@example.org")
