"""A desk with its record, on a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select, update

from masstransit.carriage.business_days import BusinessDays
from masstransit.carriage.cases import acts, docket
from masstransit.carriage.cases.watch import Watch
from masstransit.carriage.overturning import Word
from masstransit.clock import HandClock
from masstransit.ledger import Ledger, verify
from masstransit.storage import communications, reports, retention, tables
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.makers import ACCOUNT, NOON, SENDER, an_sms

OTHER = "AC" + "2" * 32
HERE = ZoneInfo("America/New_York")
LEDGER = Ledger("test")
CALENDAR = BusinessDays()
CALLED = {"called": "+12025550110", "published": "the bureau's own page", "spoke_to": "Officer Kim", "genuine": "yes"}

T = TypeVar("T")


def there(day: str, time: str = "10:00") -> datetime:
    """A time of day as New York's clocks have it."""
    return datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=HERE).astimezone(UTC)


class Desk:
    """Who works cases in a test: their words go on record as Ada's."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self.database, self.keys, self.clock = database, keys, HandClock(NOON)

    async def does(self, work: Callable[[Connection], T]) -> T:
        return await self.database.write(work)

    def at(self, when: datetime) -> None:
        """The clock shows that time from now on."""
        self.clock = HandClock(when)

    def later(self, **by: float) -> None:
        self.at(self.clock.now() + timedelta(**by))

    def word(self, by: str = "Ada", because: str = "as they asked") -> Word:
        return Word(by=by, because=because, at=self.clock.now())

    async def open(self, kind: str, /, **told: str) -> str:
        return await self.does(
            lambda c: acts.open_case(c, LEDGER, kind, told, self.word(), calendar=CALENDAR),
        )

    async def act(self, sid: str, name: str, /, by: str = "Ada", **told: str) -> Mapping[str, Any]:
        return await self.does(lambda c: acts.do(c, LEDGER, sid, name, told, self.word(by), calendar=CALENDAR))

    async def notes(self, sid: str, said: str) -> None:
        word = self.word(because=said)
        await self.does(lambda c: acts.note(c, LEDGER, sid, word, calendar=CALENDAR))

    async def close(self, sid: str, outcome: str) -> None:
        await self.does(lambda c: acts.close(c, LEDGER, sid, outcome, self.word(), calendar=CALENDAR))

    async def case(self, sid: str) -> docket.Whole:
        return await self.does(lambda c: docket.whole(c, sid))

    async def due(self, sid: str) -> tuple[str, str]:
        """What comes next in a case, and when by New York's clocks."""
        row = (await self.case(sid)).case
        return row.due, f"{row.due_at.astimezone(HERE):%Y-%m-%d %H:%M}"

    async def ended(self, sid: str) -> str:
        """How a case ended; "": it is open."""
        return str((await self.case(sid)).case.outcome)

    async def watched(self, strikes: int = 3) -> int:
        watch = Watch(LEDGER, self.clock, calendar=CALENDAR, strikes=strikes)
        return await self.does(watch.look)

    async def rows(self, table: Any) -> list[Any]:
        return list(await self.database.read(lambda c: c.execute(select(table)).all()))

    async def sent(self, n: int, text: str = "Your order is ready.", **more: Any) -> str:
        """The n-th message, which went out through a carrier; its SID."""
        message = an_sms(id=f"SM{n:032x}", text=text, at=self.clock.now(), **more)
        row = communications.row(message, person="p", segments=1, status="delivered", decision="DE1")
        row |= {"sent_at": self.clock.now(), "done_at": self.clock.now(), "trunk": "north"}
        await self.does(lambda c: communications.add(c, [row]))
        return message.id

    async def orders(self, account: str = ACCOUNT) -> list[Any]:
        return list(await self.does(lambda c: reports.standing_orders(c, [account], self.clock.now())))

    async def held(self) -> frozenset[str]:
        """Of which accounts nothing is erased."""
        return await self.does(lambda c: retention.held(c, self.clock.now()))

    async def verified(self) -> bool:
        return (await self.database.survey(lambda c: verify(c, self.keys.public))).whole


async def furnished(database: Database, keys: Keys) -> Desk:
    """A desk over a record with two customers, of which the first has a number."""
    row: dict[str, Any] = {"token_sealed": b"", "created_at": NOON, "updated_at": NOON, "attrs": {}}
    accounts = [row | {"account": account, "friendly_name": "Northwind"} for account in (ACCOUNT, OTHER)]

    def furnish(connection: Connection) -> None:
        connection.execute(insert(tables.accounts), accounts)
        number = {"number": SENDER, "account": ACCOUNT, "state": "in-use", "attrs": {}, "acquired_at": NOON}
        connection.execute(insert(tables.numbers), number)
        connection.execute(update(tables.accounts).values(brand="Northwind"))

    await database.write(furnish)
    return Desk(database, keys)
