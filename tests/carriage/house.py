"""Carriage as it is joined, with a policy of two rules and carriers that do as they are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select

from masstransit.carriage.arrivals import CarrierArrivals
from masstransit.carriage.calls import Calls
from masstransit.carriage.channel import Carried, NotSent, Sent
from masstransit.carriage.complaints import Complaints
from masstransit.carriage.delivery import Delivery
from masstransit.carriage.exchange import Exchange, Offered
from masstransit.carriage.notices import Notices
from masstransit.carriage.optouts import OptOuts
from masstransit.carriage.registration import Registrations
from masstransit.carriage.routing import Routing
from masstransit.carriage.standing import Standing
from masstransit.clause import Case, Clause, Rulings, rule
from masstransit.clock import HandClock
from masstransit.errors import Unknown
from masstransit.facts.consent import Roots
from masstransit.facts.fact import Fact
from masstransit.facts.snoozes import SnoozeBook, Snoozed
from masstransit.gate import Gate, Learner
from masstransit.ledger import Ledger, verify
from masstransit.model.communication import Communication, Kind, Moment
from masstransit.model.decision import Cleared, Decision, Verdict, delay, flag, hold, refuse
from masstransit.model.outcome import Outcome
from masstransit.model.subject import Subject
from masstransit.storage import communications
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import accounts, decisions, holds, media, notices, numbers, queue, short_links
from tests.makers import ACCOUNT, NOON, SENDER, a_call, an_sms

LATER = timedelta(hours=6)


class Wish(Fact, frozen=True):
    """What a test wants the policy to say."""

    word: str


class Count(Fact, frozen=True):
    """How many subjects were counted so far."""

    counted: int


@dataclass(frozen=True, kw_only=True)
class Wishes(Clause):
    """What the test wants."""

    number = "1"
    title = "Wishes"

    @rule("1.1", "as told", needs=(Wish,), when_unknown=Verdict.HOLD, moments=Moment.OFFER | Moment.OUTCOME,
          kinds=Kind.TEXT | Kind.CALL | Kind.VOICEMAIL | Kind.EMAIL, direction=None)  # fmt: skip
    def as_told(self, case: Case) -> Rulings:
        word = case[Wish].word
        at = case.subject.at
        if word == "refuse":
            yield refuse("they asked you not to write", code=21610)
        if word == "content":
            yield refuse("this is not to be said", code=30007, by_content=True)
        if word == "hold":
            yield hold("somebody should look at it", scope="account", target="all")
        if word == "delay":
            yield delay("it is night there", until=at + LATER)
        if word == "delay-past":
            yield delay("it was night there", until=at - LATER)
        if word == "overload":
            yield delay("too fast", until=at + timedelta(seconds=1), overload=True, code=20429)
        if word == "flag":
            yield flag("have a look")

    @rule("1.2", "counted", needs=(Count,), when_unknown=Verdict.ALLOW, kinds=Kind.TEXT | Kind.CALL | Kind.VOICEMAIL,
          direction=None)  # fmt: skip
    def counted(self, case: Case) -> Rulings:
        if case[Count].counted > 1_000_000:
            yield refuse("too many")


class Wishing:
    """Learns `Wish`: what the test says of this recipient, else what it says of all."""

    def __init__(self) -> None:
        self.of: dict[str, str | Unknown] = {}
        self.outcomes: list[Outcome] = []  # that it was asked about
        self.offers: list[Communication] = []  # ... too
        self.all: str | Unknown = "carry"

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Any]:
        self.outcomes += [s for s in batch if isinstance(s, Outcome)]
        self.offers += [s for s in batch if isinstance(s, Communication)]
        said = [self.of.get(getattr(s.recipient, "text", ""), self.all) for s in batch]  # type: ignore[union-attr]
        return [word if isinstance(word, Unknown) else Wish(word) for word in said]


class Counting:
    """Learns `Count`, and gives back."""

    def __init__(self) -> None:
        self.counted: list[str] = []

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Any]:
        self.counted += [subject.id for subject in batch]
        return [Count(len(self.counted))] * len(batch)

    async def release(self, subjects: Sequence[Subject]) -> None:
        for subject in subjects:
            self.counted.remove(subject.id)


class Link:
    """A carrier link that answers as it is told."""

    def __init__(
        self, name: str = "link", prefixes: tuple[str, ...] = (), room: int = 50, price: Decimal | None = None
    ) -> None:
        self.name = name
        self.prefixes = prefixes
        self.kinds = Kind.TEXT
        self.price = price
        self.up = True
        self.size = room
        self.open: set[str] = set()
        self.took: list[Communication] = []
        self.answer: Callable[[Cleared], Carried] = lambda cleared: Sent((f"{name}-{cleared.communication.id}",))

    @property
    def room(self) -> int:
        return self.size - len(self.open)

    async def deliver(self, cleared: Cleared) -> Carried:
        self.open.add(cleared.communication.id)
        self.took.append(cleared.communication)
        return self.answer(cleared)

    def settled(self, cleared: Cleared) -> None:
        self.open.discard(cleared.communication.id)


BUSY = NotSent(reason="not now", permanent=False, retry_after=1.0)


class House:
    """Everything of carriage, joined."""

    def __init__(self, database: Database, keys: Keys, *links: Link, process: str = "p1") -> None:
        self.database, self.keys, self.process = database, keys, process
        self.clock = HandClock(NOON)
        self.wishes, self.counting = Wishing(), Counting()
        self.links = links or (Link(),)
        snoozed = SnoozeBook(database, self.clock, Roots())
        learners: dict[type, Learner] = {Wish: self.wishes, Count: self.counting, Snoozed: snoozed}
        self.gate = Gate((Wishes(),), learners, self.clock)
        self.ledger = Ledger(process)
        self.notices = Notices(database, self.clock, process)
        registrations = Registrations(database, self.clock, Roots())
        self.exchange = Exchange(
            gate=self.gate,
            database=database,
            ledger=self.ledger,
            keys=keys,
            clock=self.clock,
            registrations=registrations,
            notices=self.notices,
        )
        standing = Standing(database, self.ledger, self.clock)
        self.calls = Calls(
            exchange=self.exchange, registrations=registrations, standing=standing, database=database, keys=keys
        )
        self.delivery = Delivery(
            database=database,
            exchange=self.exchange,
            routing=Routing(self.links),
            notices=self.notices,
            clock=self.clock,
            process=process,
            fresh_for=timedelta(seconds=2),
        )
        self.arrivals = CarrierArrivals(
            database=database,
            exchange=self.exchange,
            notices=self.notices,
            optouts=OptOuts(database=database, keys=keys, roots=Roots(), ledger=self.ledger, clock=self.clock),
            standing=standing,
            keys=keys,
            clock=self.clock,
        )
        self.complaints = Complaints(
            database=database, arrivals=self.arrivals, ledger=self.ledger, keys=keys, clock=self.clock
        )

    def message(self, n: int = 0, **more: Any) -> Communication:
        """The n-th message of this test."""
        return an_sms(id=f"SM{n:032x}", at=self.clock.now(), **more)

    async def offer(self, n: int = 0, **more: Any) -> Offered:
        return await self.exchange.offer(self.message(n, **more))

    async def call(self, n: int = 0, **more: Any) -> Decision:
        """The n-th call of this test is offered."""
        return await self.calls.offer(a_call(**{"id": f"CA{n:032x}", "at": self.clock.now(), **more}))

    async def owns(self, number: str = SENDER, **more: Any) -> None:
        """The account has a number."""
        account = {
            "account": ACCOUNT,
            "token_sealed": b"",
            "brand": "Northwind",
            "created_at": NOON,
            "updated_at": NOON,
            "attrs": {},
        }
        row = {"number": number, "account": ACCOUNT, "sid": "PN1", "state": "in-use", "updated_at": NOON, "attrs": {}}

        def add(connection: Any) -> None:
            if not connection.execute(select(accounts).where(accounts.c.account == ACCOUNT)).first():
                connection.execute(insert(accounts), [account])
            connection.execute(insert(numbers), [row | more])

        await self.database.write(add)

    @asynccontextmanager
    async def delivering(self) -> AsyncIterator[None]:
        """The queue is drained meanwhile."""
        self.exchange.connect(self.delivery)
        task = asyncio.create_task(self.delivery.run())
        try:
            yield
        finally:
            task.cancel()
            ended = await asyncio.gather(task, return_exceptions=True)
            assert isinstance(ended[0], asyncio.CancelledError), ended[0]
            await self.delivery.stop()

    async def move(self, **by: float) -> None:
        """Let time pass, and have the queue looked at."""
        await self.clock.move(timedelta(**by))
        self.delivery.nudge()

    async def row(self, sid: str) -> Any:
        return await self.database.read(lambda c: communications.find(c, ACCOUNT, sid))

    async def status(self, n: int = 0) -> tuple[str, int | None] | None:
        """Status and error code of the n-th message; None: not on record."""
        row = await self.row(f"SM{n:032x}")
        return None if row is None else (row.status, row.error_code)

    async def becomes(self, n: int, status: str, error: int | None = None) -> None:
        """Wait until the n-th message has this state."""
        for _ in range(400):
            if await self.status(n) == (status, error):
                return
            await asyncio.sleep(0.01)
        assert await self.status(n) == (status, error)

    async def queued(self) -> list[Any]:
        return await self._all(queue)

    async def held(self) -> list[Any]:
        return await self._all(holds)

    async def decided(self) -> list[Any]:
        return await self._all(decisions)

    async def attached(self) -> list[Any]:
        return await self._all(media)

    async def shortened(self) -> list[Any]:
        return await self._all(short_links)

    async def told(self) -> list[Any]:
        return await self._all(notices)

    async def _all(self, table: Any) -> list[Any]:
        return await self.database.read(lambda c: list(c.execute(select(table))))

    async def verified(self) -> bool:
        """Whether the ledger holds."""
        return (await self.database.survey(lambda c: verify(c, self.keys.public))).whole


async def until(check: Callable[[], bool]) -> None:
    """Wait for something that happens by itself, some seconds at most."""
    for _ in range(500):
        if check():
            return
        await asyncio.sleep(0.01)
    assert check()
