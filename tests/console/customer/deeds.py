"""What happens to a customer in the tests of its pages."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from masstransit.carriage import lifting, reclamation
from masstransit.carriage.overturning import Word
from masstransit.demo import NUMBERS
from masstransit.model.user import Role
from masstransit.storage import accounts
from tests.console.house import Browser, Pages


async def warned(pages: Pages, *, silent: str = "", step: str = "warn") -> str:
    """A person puts a step on a number of the customer's; its name."""
    row = {"account": pages.account, "scope": "number", "target": NUMBERS[0], "step": step, "silent": silent}
    word = Word(by="Ada", because="people complained about it", at=pages.clock.now())

    def place(connection: Connection) -> str:
        return lifting.place(connection, pages.house.ledger, "8", row, word)[0]

    return await pages.database.write(place)


async def wanted_back(pages: Pages, number: str = NUMBERS[1]) -> str:
    """A provider wants a number of the customer's back; the case."""
    now = pages.clock.now()
    word, day = Word(by="Ada", because="their letter of May 30", at=now), (now + timedelta(days=30)).date()

    def open_case(connection: Connection) -> str:
        return reclamation.determine(connection, pages.house.ledger, number, word, provider="carrier-a", deadline=day)

    return await pages.database.write(open_case)


async def stranger(pages: Pages) -> Browser:
    """The owner of another account."""
    now = pages.clock.now()

    def make(connection: Connection) -> str:
        return str(accounts.create(connection, pages.keys, friendly_name="Mallory", now=now).account)

    return await pages.signed_in(Role.OWNER, "mallory", account=await pages.database.write(make))
