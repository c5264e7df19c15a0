"""What went out is looked at again: domains that were blocked since, files that are known to harm by now."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from masstransit.carriage.codes import Operator
from masstransit.carriage.media.intake import Media
from masstransit.carriage.media.shelf import Shelf
from masstransit.carriage.second_look import SecondLook
from masstransit.carriage.warning import Warnings
from masstransit.malware.crew import Crew
from masstransit.malware.scanner import FileScanner
from masstransit.model.address import parse
from masstransit.model.communication import Kind
from masstransit.storage import alerts, communications, known_domains, media
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.paging import Slice
from masstransit.storage.tables import accounts
from masstransit.storage.tables import communications as messages
from tests.carriage.house import House
from tests.makers import ACCOUNT, NOON, RECIPIENT, an_sms

HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
BAD = "evil-parcels.com"
TEXT = f"Your parcel waits: https://track.{BAD}/a1"
OPERATOR = "AC" + "7" * 32


class Looks:
    """A house that looks again, with an operator's account; what harms is what lies in `rules`."""

    def __init__(self, database: Database, keys: Keys, folder: Path) -> None:
        self.database, self.house = database, House(database, keys)
        self.clock = self.house.clock
        self.rules = folder / "rules"
        self.rules.mkdir()
        self.crew = Crew(self.rules, look_every=0.0)
        self.media = Media(
            database=database, clock=self.clock, shelf=Shelf(folder / "media"), scanner=FileScanner(self.crew)
        )
        self.look = self.made()

    def made(self, *, operator: bool = True) -> SecondLook:
        """As a process begins."""
        own = Operator(account=OPERATOR, sender=parse("+14155550199")) if operator else None
        warnings = Warnings(self.house.exchange, self.database, self.clock, own)
        return SecondLook(self.database, self.clock, self.media, warnings, first=HOUR, last=DAY)

    async def sent(self, sid: str, text: str | None = TEXT, *, at: datetime = NOON - 3 * HOUR, **told: Any) -> None:
        """A message on record that went out."""
        files = told.pop("attachments", ())
        message = an_sms(id=sid, text=text or "", at=at, kind=Kind.MMS if files else Kind.SMS, attachments=files)
        row = communications.row(
            message, person=self.house.keys.person(RECIPIENT), segments=1, status="sent", decision="DE1"
        )
        row |= {"sent_at": at, "body": text, **told}
        await self.database.write(lambda c: communications.add(c, [row]))
        await self.database.write(lambda c: media.add(c, media.rows([message])))

    async def blocked(self, *, at: datetime | None = None, domain: str = BAD, blocked: bool = True) -> None:
        row = {"domain": domain, "blocked": blocked, "source": "a list", "listed_at": at or self.clock.now()}
        await self.database.write(lambda c: known_domains.list_domains(c, [row]))

    async def told(self) -> list[str]:
        """The messages about which their sender was told, after a look."""
        await self.look.look()
        sheet = await self.database.read(lambda c: alerts.all_of(c, ACCOUNT, Slice(size=50)))
        return sorted(row.about for row in sheet.rows)

    async def warned(self) -> list[Any]:
        """Warnings that were offered."""
        offered = select(messages).where(messages.c.channel == "warnings")
        return await self.database.read(lambda c: list(c.execute(offered)))


@pytest.fixture
async def looks(database: Database, keys: Keys, tmp_path: Path) -> AsyncIterator[Looks]:
    made = Looks(database, keys, tmp_path)
    row = {"token_sealed": b"", "created_at": NOON, "updated_at": NOON, "attrs": {}}
    rows = [row | {"account": OPERATOR, "brand": "Op"}, row | {"account": ACCOUNT, "brand": "Acme"}]
    await database.write(lambda c: c.execute(insert(accounts), rows))
    yield made
    await made.crew.stop()


async def test_who_sent_people_to_what_is_blocked_by_now_is_told_once(looks: Looks) -> None:
    await looks.sent("SM1")
    await looks.sent("SM2", TEXT.upper())
    await looks.blocked()
    assert await looks.told() == ["SM1", "SM2"]
    await looks.clock.move(timedelta(minutes=10))
    assert await looks.told() == ["SM1", "SM2"]


async def test_only_links_count_and_only_those_of_the_last_day(looks: Looks) -> None:
    await looks.sent("SM1", f"Beware of {BAD.replace('.', ' dot ')}")
    await looks.sent("SM2", f"Is not-{BAD} yours?")  # another domain
    await looks.sent("SM3", at=NOON - DAY - timedelta(minutes=1))
    await looks.sent("SM4", at=NOON - DAY + timedelta(minutes=1))
    await looks.sent("SM5", None)  # kept without content
    await looks.sent("SM6", sent_at=None)  # it never went out
    await looks.blocked()
    assert await looks.told() == ["SM4"]


async def test_what_was_blocked_while_nobody_looked_is_looked_for_at_the_start(looks: Looks) -> None:
    await looks.sent("SM1")
    await looks.blocked(at=NOON - 2 * HOUR)
    await looks.blocked(domain="young.com", blocked=False)
    assert await looks.told() == ["SM1"]
    await looks.sent("SM2", "see https://other-parcels.com/a", at=NOON)
    await looks.blocked(domain="other-parcels.com", at=NOON - 2 * HOUR)  # a list tells of the past: SM2 was sent since
    assert await looks.told() == ["SM1"]


async def test_people_who_were_reached_are_warned_once(looks: Looks) -> None:
    await looks.sent("SM1")
    await looks.sent("SM2", sent_at=None)
    await looks.blocked()
    await looks.told()
    await looks.told()
    (warning,) = await looks.warned()
    assert (warning.account, warning.recipient, warning.purpose) == (OPERATOR, RECIPIENT, "emergency")
    assert warning.body.startswith("Op: a message that Acme sent you on 2026-06-03 leads to something that harms.")
    assert BAD not in warning.body


async def test_without_an_operators_account_the_sender_alone_is_told(looks: Looks) -> None:
    looks.look = looks.made(operator=False)
    await looks.sent("SM1")
    await looks.blocked()
    assert await looks.told() == ["SM1"]
    assert await looks.warned() == []


async def test_a_file_is_looked_through_again_an_hour_and_a_day_after_it_went_out(looks: Looks) -> None:
    first = await looks.media.take_in(ACCOUNT, b"the first file", "first.txt")
    second = await looks.media.take_in(ACCOUNT, b"the second file", "second.txt")
    await looks.sent("MM1", "Look", at=NOON, attachments=(first,))
    await looks.sent("MM2", "Look", at=NOON, attachments=(second,))
    assert await looks.told() == []
    digest = hashlib.sha256(b"the first file").hexdigest()
    (looks.rules / "own.sha256").write_text(f"{digest} Known-By-Now\n")
    await looks.clock.move(timedelta(minutes=59))
    assert await looks.told() == []
    await looks.clock.move(timedelta(minutes=1))
    assert await looks.told() == ["MM1"]
    assert (await looks.media.find(ACCOUNT, first.sid)).look.scan.names == ("Known-By-Now",)
    (looks.rules / "own.yar").write_text('rule Known_a_day_later { strings: $a = "second" condition: $a }')
    await looks.clock.move(DAY - HOUR - timedelta(minutes=1))
    assert await looks.told() == ["MM1"]
    await looks.clock.move(timedelta(minutes=1))
    assert await looks.told() == ["MM1", "MM2"]
    assert len(await looks.warned()) == 2


async def test_a_file_that_is_gone_meanwhile_is_passed_over(looks: Looks) -> None:
    file = await looks.media.take_in(ACCOUNT, b"a file", "a.txt")
    await looks.sent("MM1", "Look", at=NOON - HOUR, attachments=(file,))
    looks.media._shelf.erase(file.sid)
    assert await looks.told() == []
