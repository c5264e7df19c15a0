"""Notices 30, 14 and 3 days before a number goes, by mail to two contacts; what came of each stands in the case."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from masstransit.storage import queue, reclamations
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.carriage.relay import ADA, BOB, CAT, Mailbox, Post, listening
from tests.carriage.test_daily import START, Inventory, fill, number
from tests.makers import ACCOUNT

RELAY = "the relay took it: 250 2.0.0 queued as 4711"


class Desk(Inventory):
    """The inventory of numbers, with mail."""

    def __init__(self, database: Database, keys: Keys, box: Mailbox) -> None:
        super().__init__(database, keys)
        self.post = Post(database, keys, box)
        self.post.account, self.post.clock, self.post.ledger = ACCOUNT, self.clock, self.ledger

    async def mailed(self, day: int) -> list[str]:
        """To whom letters go on a day."""
        self.post.box.took.clear()
        await self.day(day)
        await self.post.run()
        return self.post.box.reached

    async def log(self, n: int) -> list[str]:
        sid = (await self.case(n)).sid
        rows = await self.database.read(lambda c: reclamations.history(c, sid))
        return [row.said for row in rows if row.what == "mail"]


@pytest.fixture
async def desk(database: Database, keys: Keys) -> AsyncIterator[Desk]:
    async with listening(Mailbox()) as box:
        made = Desk(database, keys, box)
        await made.does(lambda c: fill(c, keys))
        await made.does(lambda c: queue.alive(c, "me", START))
        yield made


async def test_both_contacts_get_every_notice_and_the_case_says_so(desk: Desk) -> None:
    for address in (ADA, BOB, CAT):
        await desk.post.names(address)
    for day in (0, 16, 27):
        assert await desk.mailed(day) == [ADA, BOB], day
        text = desk.post.box.text()
        assert f"The number {number(2)} is taken back on 2028-02-02" in text
        assert "carrier-a asks for use within 60 days" in text
        assert "To keep it, use it" in text
        assert "https://desk.test/account/numbers" in text
    assert await desk.mailed(1) == []
    assert await desk.mailed(30) == [ADA, BOB]
    assert "was taken back" in desk.post.box.text()
    both = [f"to a***@northwind.example: {RELAY}", f"to b***@northwind.example: {RELAY}"]
    assert sorted(await desk.log(2)) == sorted(both * 4)


async def test_a_bounced_notice_goes_to_the_alternate_at_once_and_the_case_says_who_was_told(desk: Desk) -> None:
    for address in (ADA, BOB, CAT):
        await desk.post.names(address)
    desk.post.box.says[ADA] = f"550 5.1.1 {ADA} unknown"
    assert await desk.mailed(0) == [BOB, CAT]
    assert sorted(await desk.log(2)) == [
        "to a***@northwind.example: refused for good: 550 5.1.1 the address unknown",
        f"to b***@northwind.example: {RELAY}",
        f"to c***@northwind.example instead of a***@northwind.example: {RELAY}",
    ]
    assert await desk.mailed(16) == [BOB, CAT]


async def test_a_case_says_that_nobody_is_left_who_could_be_told(desk: Desk) -> None:
    await desk.post.names(ADA)
    desk.post.box.says[ADA] = "550 5.1.1 unknown"
    assert await desk.mailed(0) == []
    assert (await desk.log(2))[-1] == "to a***@northwind.example: nobody else is named who could be told by mail"


async def test_an_account_without_contacts_is_told_elsewhere_and_the_case_says_so(desk: Desk) -> None:
    assert await desk.mailed(0) == []
    assert await desk.log(2) == ["nobody is told by mail: the account names no contact"]
    assert sorted(await desk.told("number-reclaimed-soon")) == [number(n) for n in range(10)]


async def test_a_case_says_that_there_is_no_relay(desk: Desk) -> None:
    await desk.post.names(ADA)
    desk.post.relay = False
    assert await desk.mailed(0) == []
    assert await desk.log(2) == ["to a***@northwind.example: not sent: the operator has named no mail relay"]
