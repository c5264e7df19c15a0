"""Letters lie once for all whom they go to, and leave with the last of them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, select

from masstransit.ledger import Ledger
from masstransit.storage import communications, mail_domains, mail_letters, retention
from masstransit.storage.engine import Database
from masstransit.storage.mail_letters import Envelope
from masstransit.storage.paging import Slice
from masstransit.storage.tables import mail_envelopes
from masstransit.storage.tables import mail_letters as table
from tests.makers import ACCOUNT, NOON, a_mail


def keep(connection: Connection, letter: str, source: bytes, *sids: str) -> None:
    posted = [(a_mail(id=sid), Envelope(letter=letter, source=source)) for sid in sids]
    mail_letters.keep(connection, posted)
    mail_letters.address(connection, posted)


async def letters(database: Database) -> list[str]:
    return sorted(await database.read(lambda c: list(c.execute(select(table.c.letter)).scalars())))


async def test_a_letter_goes_with_the_last_that_it_goes_to(database: Database) -> None:
    await database.write(lambda c: keep(c, "LT1", b"one", "EM1"))
    await database.write(lambda c: keep(c, "LT1", b"one", "EM2"))  # in a batch of its own
    await database.write(lambda c: keep(c, "LT2", b"two", "EM3"))
    row = await database.read(lambda c: mail_letters.find(c, ACCOUNT, "EM2"))
    assert row is not None
    assert (row.source, row.letter) == (b"one", "LT1")
    assert await database.read(lambda c: mail_letters.find(c, "AC2", "EM2")) is None
    await database.write(lambda c: mail_letters.forget(c, [(ACCOUNT, "EM1"), (ACCOUNT, "SM1")]))
    assert await letters(database) == ["LT1", "LT2"]
    await database.write(lambda c: mail_letters.forget(c, [(ACCOUNT, "EM2")]))
    assert await letters(database) == ["LT2"]
    await database.write(lambda c: mail_letters.forget(c, [(ACCOUNT, "EM3")]))
    assert await letters(database) == []


async def test_of_a_letter_that_waits_for_nobody_the_envelope_alone_is_kept(database: Database) -> None:
    posted = [(a_mail(id="EM1"), Envelope(letter="LT1", source=b"one", original="rfc822;bob@reader.test"))]
    await database.write(lambda c: mail_letters.address(c, posted))
    assert await letters(database) == []
    assert await database.read(lambda c: mail_letters.find(c, ACCOUNT, "EM1")) is None


async def test_letters_are_swept_a_week_after_they_came(database: Database) -> None:
    await database.write(lambda c: keep(c, "LT1", b"one", "EM1"))
    ledger = Ledger("me")
    await retention.sweep_all(database, ledger, NOON + timedelta(days=6))
    assert await letters(database) == ["LT1"]
    await retention.sweep_all(database, ledger, NOON + timedelta(days=8))
    assert await letters(database) == []
    assert await database.read(lambda c: c.execute(select(mail_envelopes)).all()) == []


async def test_mails_are_listed_by_their_account_and_recipient(database: Database) -> None:
    def keep(connection: Connection) -> None:
        mails = [
            a_mail(id="EM1"), a_mail(id="EM2", recipient="cat@reader.test", at=NOON + timedelta(minutes=1)),
            a_mail(id="EM3", account="AC2"),
        ]  # fmt: skip
        rows = [communications.row(m, person="p", segments=1, status="queued", decision="DE") for m in mails]
        communications.add(connection, rows)

    await database.write(keep)
    part = Slice(size=10)
    every = await database.read(lambda c: mail_letters.mails(c, ACCOUNT, part))
    assert [row.sid for row in every.rows] == ["EM2", "EM1"]
    to = await database.read(lambda c: mail_letters.mails(c, ACCOUNT, part, to="cat@reader.test"))
    assert [row.sid for row in to.rows] == ["EM2"]
    assert await database.read(lambda c: mail_letters.mail(c, ACCOUNT, "EM3")) is None
    row = await database.read(lambda c: mail_letters.mail(c, ACCOUNT, "EM1"))
    assert row is not None
    assert communications.read(row).letter == a_mail().letter


async def test_a_domain_is_claimed_once_changed_and_forgotten_with_its_keys(database: Database) -> None:
    row = {
        "account": ACCOUNT, "domain": "shop.example", "sid": "MD1", "token": "x", "campaign": None, "postal": "",
        "proven_at": None, "checked_at": None, "found": "", "created_at": NOON, "updated_at": NOON,
    }  # fmt: skip
    key = {
        "account": ACCOUNT, "domain": "shop.example", "selector": "s", "algorithm": "rsa", "private_sealed": b"k",
        "public": "p", "created_at": NOON,
    }  # fmt: skip
    assert await database.write(lambda c: mail_domains.add(c, row, [key]))
    assert not await database.write(lambda c: mail_domains.add(c, row, [key]))
    assert await database.read(lambda c: mail_domains.count(c, ACCOUNT)) == 1
    await database.write(lambda c: mail_domains.prove(c, ACCOUNT, "shop.example", NOON, "no record"))
    found = await database.read(lambda c: mail_domains.find(c, ACCOUNT, "MD1"))
    assert found is not None
    assert (found.proven_at, found.found) == (None, "no record")
    await database.write(lambda c: mail_domains.prove(c, ACCOUNT, "shop.example", NOON))
    sheet = await database.read(lambda c: mail_domains.listed(c, ACCOUNT, Slice(size=5)))
    assert [(each.proven_at, each.found) for each in sheet.rows] == [(NOON, "")]
    assert await database.write(lambda c: mail_domains.remove(c, ACCOUNT, "shop.example"))
    assert not await database.write(lambda c: mail_domains.remove(c, ACCOUNT, "shop.example"))
    assert await database.read(lambda c: list(mail_domains.keys_of(c, ACCOUNT, "shop.example"))) == []
