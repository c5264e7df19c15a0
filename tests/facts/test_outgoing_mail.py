"""What is learned of mail that goes out: whose its domain is, whom it does not reach, what people say of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from masstransit.clock import HandClock
from masstransit.facts.consent import Roots
from masstransit.facts.links import LinkReader
from masstransit.facts.outgoing_mail import (
    MailRight,
    MailRights,
    MailStanding,
    MailStandings,
    Suppressed,
    Suppressions,
    shows_postal,
)
from masstransit.ledger import Ledger
from masstransit.model.sid import new_sid
from masstransit.storage import accounts, communications, mail_domains, mail_suppressions
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import complaints
from tests.makers import NOON, a_mail, an_arriving_mail, an_sms, changed

LEDGER = Ledger("me")


async def opened(database: Database, keys: Keys, parent: str | None = None) -> str:
    def make(connection: Connection) -> str:
        return str(accounts.create(connection, keys, friendly_name="Shop", now=NOON, parent=parent).account)

    return await database.write(make)


async def domain(database: Database, account: str, name: str, *, proven: datetime | None = NOON) -> None:
    row = {
        "account": account, "domain": name, "sid": new_sid("MD"), "token": "x", "campaign": None, "postal": "1 A St",
        "proven_at": proven, "checked_at": None, "found": "no record" if proven is None else "",
        "created_at": NOON, "updated_at": NOON,
    }  # fmt: skip
    key = {"account": account, "domain": name, "selector": "s", "algorithm": "rsa", "private_sealed": b"", "public": "",
           "created_at": NOON}  # fmt: skip
    await database.write(lambda c: mail_domains.add(c, row, [key]))


async def test_a_domain_is_its_owners_and_what_is_below_it_too(database: Database, keys: Keys) -> None:
    owner = await opened(database, keys)
    branch, other = await opened(database, keys, owner), await opened(database, keys)
    await domain(database, owner, "shop.example")
    await domain(database, owner, "new.example", proven=None)
    learner = MailRights(database, HandClock(NOON), Roots())

    async def of(account: str, sender: str) -> MailRight:
        return (await learner.learn([a_mail(sender=sender, account=account)]))[0]

    for account in (owner, branch):
        assert (await of(account, "a@shop.example")).proven
        assert (await of(account, "a@news.shop.example")).proven
    assert await of(other, "a@shop.example") == MailRight(domain="shop.example")
    assert not (await of(owner, "a@notshop.example")).claimed
    told = await of(owner, "a@new.example")
    assert (told.claimed, told.proven, told.found, told.postal) == (True, False, "no record", "1 A St")


async def test_of_what_is_no_outgoing_mail_nothing_is_learned(sqlite_database: Database, keys: Keys) -> None:
    batch = [an_sms(), an_arriving_mail()]
    clock, roots = HandClock(NOON), Roots()
    assert await MailRights(sqlite_database, clock, roots).learn(batch) == [MailRight()] * 2
    assert await Suppressions(sqlite_database, keys, roots).learn(batch) == [Suppressed()] * 2
    assert await MailStandings(sqlite_database, clock, roots).learn(batch) == [MailStanding()] * 2


async def test_a_dead_address_is_the_brands_and_comes_to_life_when_its_customer_says_so(
    database: Database, keys: Keys
) -> None:
    owner = await opened(database, keys)
    branch, other = await opened(database, keys, owner), await opened(database, keys)
    person = keys.person("bob@reader.test")
    row = {"account": owner, "person": person, "masked": "b***@reader.test", "why": "bounce", "said": "550 5.1.1",
           "about": "EM1", "since": NOON}  # fmt: skip
    await database.write(lambda c: mail_suppressions.suppress(c, LEDGER, row, NOON))
    learner = Suppressions(database, keys, Roots())

    async def on_file(account: str) -> bool:
        return (await learner.learn([a_mail(account=account)]))[0].on_file

    assert [await on_file(account) for account in (owner, branch, other)] == [True, True, False]
    later = NOON + timedelta(days=1)
    assert await database.write(lambda c: mail_suppressions.end(c, LEDGER, owner, person, later, by="me"))
    assert not await on_file(owner)
    await database.write(lambda c: mail_suppressions.suppress(c, LEDGER, row, later))  # an old word, told again
    assert not await on_file(owner)
    again = row | {"since": later + timedelta(days=1)}
    await database.write(lambda c: mail_suppressions.suppress(c, LEDGER, again, later))
    assert await on_file(owner)


async def test_what_was_sent_and_complained_of_is_counted_for_the_brand(database: Database, keys: Keys) -> None:
    owner = await opened(database, keys)
    branch = await opened(database, keys, owner)

    def sent(connection: Connection) -> None:
        for number, (account, days) in enumerate(((owner, 0), (branch, 2), (branch, 40))):
            mail = a_mail(id=f"EM{number:032x}", account=account, at=NOON - timedelta(days=days, hours=1))
            row = communications.row(mail, person="p", segments=1, status="sent", decision="DE1")
            communications.add(connection, [row])
            communications.mark(connection, [communications.change(account, mail.id, "sent", NOON, sent_at=NOON)])
        for about, at in (("EM1", NOON), ("SM1", NOON), ("EM2", NOON - timedelta(days=40))):
            connection.execute(
                insert(complaints).values(
                    account=branch, complaint=new_sid("CO"), kind="spam-report", sender="a@b.example", person="p",
                    communication=about, source="x", at=at, attrs={},
                )
            )  # fmt: skip

    await database.write(sent)
    (told, own) = await MailStandings(database, HandClock(NOON), Roots()).learn(
        [a_mail(account=branch), a_mail(account=owner)]
    )
    assert told == MailStanding(sent_24h=1, sent_30d=2, complaints_30d=1)
    assert told.complained == pytest.approx(0.5)
    assert own.complaints_30d == 0
    assert MailStanding().complained == 0.0


@pytest.mark.parametrize(
    ("text", "told", "there"),
    [
        ("Northwind, 1 Harbor Way\nSeattle WA 98101", "Northwind, 1 Harbor Way, Seattle, WA 98101", True),
        ("Northwind", "Northwind, 1 Harbor Way, Seattle, WA 98101", False),
        ("call 555 0100 at 10 am", "", False),
        ("we have 20 shirts and 5 hats", "", False),
    ],
)
def test_a_postal_address_is_recognised_however_it_is_broken(text: str, told: str, there: bool) -> None:
    assert shows_postal(text, told) is there


async def test_where_a_long_mail_leads_is_seen_at_its_end() -> None:
    long: Any = a_mail(text="word " * 1500 + "\nhttps://evil.test/a")
    (found,) = await LinkReader().learn([long])
    assert [link.host for link in found.found] == ["evil.test"]
    (text,) = await LinkReader().learn([changed(long, letter=None)])
    assert text.found == ()
