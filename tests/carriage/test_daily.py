"""Reclamation over 120 days with 5,000 numbers: only the right ones go, and every notice is on record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, delete, insert, select, update

from masstransit.carriage import reclamation
from masstransit.carriage.daily import Daily, Done
from masstransit.carriage.inventory import give_up, hold, let_go, serves
from masstransit.carriage.overturning import Word
from masstransit.clock import HandClock
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.ledger import Ledger, verify
from masstransit.policy.number_reclamation import NumberReclamation
from masstransit.storage import accounts, communications, number_usage, numbers, reclamations
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import accounts as account_rows
from masstransit.storage.tables import communications as messages
from masstransit.storage.tables import number_usage as usage
from masstransit.storage.tables import statements
from tests.makers import ACCOUNT, an_sms

START = datetime(2028, 1, 3, 6, 0, tzinfo=UTC)  # a leap year
DAYS = timedelta(days=1)
SUSPENDED = "AC" + "d" * 32
UNUSED, USED = 60, 4_900
WORD = Word(by="Ada", because="so it is", at=START)


def number(n: int) -> str:
    return f"+1415555{n:04}"


class Inventory:
    """A house of numbers whose days are moved by hand."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self.database, self.keys = database, keys
        self.ledger, self.clock = Ledger("daily"), HandClock(START)
        self.job = Daily(database, self.ledger, NumberReclamation(), self.clock)

    def at(self, day: int) -> datetime:
        return START + day * DAYS

    async def does(self, work: Any) -> Any:
        return await self.database.write(work)

    async def day(self, day: int) -> Done:
        self.clock.set(self.at(day))
        return await self.job.run()

    async def holds(self, n: int, kind: str) -> None:
        await self.does(lambda c: hold(c, self.ledger, number(n), kind, WORD))

    async def message(self, ours: str, day: int, *, inbound: bool = False) -> None:
        sms = an_sms(id=f"SM{ours[-4:]}{day:028}", account=ACCOUNT, at=self.at(day))
        row = communications.row(sms, person="p", segments=1, status="delivered", decision="DE1")
        row |= {"sender": ours, "sent_at": self.at(day)}
        if inbound:
            row |= {"direction": "inbound", "sender": "+12125550123", "recipient": ours, "status": "received"}
            row |= {"sent_at": None}
        await self.does(lambda c: communications.add(c, [row]))

    async def row(self, n: int) -> dict[str, Any]:
        """A number as it is now."""
        found = await self.database.read(lambda c: numbers.look_up(c, number(n)))
        assert found is not None
        return {name: value for name, value in found._asdict().items() if name != "updated_at"}

    async def state(self, n: int) -> str:
        return str((await self.row(n))["state"])

    async def case(self, n: int) -> Any:
        found = await self.database.read(lambda c: reclamations.of_number(c, number(n)))
        return found[0] if found else None

    async def told(self, kind: str) -> dict[str, list[int]]:
        """Number -> the days on which its holder was told so."""
        rows = await self.database.read(lambda c: c.execute(select(statements).where(statements.c.what == kind)).all())
        found: dict[str, list[int]] = {}
        for row in rows:
            found.setdefault(row.said["target"], []).append((row.at - START).days)
        return {name: sorted(days) for name, days in found.items()}


@pytest.fixture
async def inventory(database: Database, keys: Keys) -> Inventory:
    made = Inventory(database, keys)
    await made.does(lambda c: fill(c, keys))
    return made


def fill(connection: Connection, keys: Keys, count: int = 12) -> None:
    """Numbers that one account has for a hundred days; the last two are a suspended account's."""
    for account in (ACCOUNT, SUSPENDED):
        made = accounts.create(connection, keys, friendly_name=account[:4], now=START)
        connection.execute(update(account_rows).where(account_rows.c.account == made.account).values(account=account))
    connection.execute(update(account_rows).where(account_rows.c.account == SUSPENDED).values(status="suspended"))
    rows = [
        {
            "number": number(n), "account": ACCOUNT if n < count - 2 else SUSPENDED, "sid": f"PN{n:032}",
            "state": "in-use", "acquired_at": START - 100 * DAYS, "region": "US", "provider": "carrier-a",
            "friendly_name": f"number {n}",
        }
        for n in range(count)
    ]  # fmt: skip
    numbers.put(connection, rows, START)
    rule = {"provider": "carrier-a", "days": UNUSED, "said": "unused numbers go back", "by": "Ada", "since": START}
    reclamations.set_rule(connection, rule)


async def test_what_is_used_is_left_and_what_is_not_goes_after_every_notice(inventory: Inventory) -> None:
    await inventory.message(number(0), -10)
    await inventory.message(number(1), -10, inbound=True)
    first = await inventory.day(0)
    assert (first.opened, first.noticed, first.waiting) == (10, 8, 2)
    assert await inventory.case(0) is None
    assert await inventory.case(1) is None
    for day in range(1, 31):
        done = await inventory.day(day)
        assert done.reclaimed == (8 if day == 30 else 0), day
    told = await inventory.told("number-reclaimed-soon")
    assert told == {number(n): [0, 16, 27] for n in range(2, 10)}
    assert [await inventory.state(n) for n in (0, 1, 2, 9, 10, 11)] == [
        "in-use",
        "in-use",
        *["aging"] * 2,
        *["in-use"] * 2,
    ]
    history = await inventory.database.read(
        lambda c: reclamations.history(c, reclamations.of_number(c, number(2))[0].sid)
    )
    each = ["notice", "mail"]  # it names no contact, and that is on record
    assert [row.what for row in history] == [*each * 3, "reclaim", "mail"]


async def test_one_day_that_is_done_twice_does_nothing_twice(inventory: Inventory) -> None:
    for day in (0, 0, 16, 16, 27, 27):
        await inventory.day(day)
    again = await inventory.day(27)
    assert (again.opened, again.noticed, again.reclaimed, again.counted) == (0, 0, 0, 0)
    assert (await inventory.told("number-reclaimed-soon"))[number(2)] == [0, 16, 27]


async def test_use_keeps_a_number_and_its_holder_hears_it(inventory: Inventory) -> None:
    await inventory.day(0)
    await inventory.message(number(2), 1, inbound=True)
    assert (await inventory.day(2)).kept == 1
    case = await inventory.case(2)
    assert (case.outcome, case.because) == ("kept", "it was used on 2028-01-04")
    assert await inventory.told("number-kept") == {number(2): [2]}
    assert (await inventory.day(3)).opened == 0


async def test_use_on_the_last_day_keeps_a_number(inventory: Inventory) -> None:
    for day in (0, 16, 27):
        await inventory.day(day)
    await inventory.message(number(2), 30, inbound=True)
    done = await inventory.day(30)
    assert (done.kept, done.reclaimed) == (1, 9)
    assert await inventory.state(2) == "in-use"


async def test_a_message_that_is_sent_days_after_it_was_accepted_is_use_on_that_day(inventory: Inventory) -> None:
    sms = an_sms(id="SM" + "5" * 32, account=ACCOUNT, at=inventory.at(-5))
    row = communications.row(sms, person="p", segments=1, status="accepted", decision="DE1") | {"sender": number(0)}
    await inventory.does(lambda c: communications.add(c, [row]))
    await inventory.day(-2)
    sent = update(messages).where(messages.c.sid == row["sid"]).values(sent_at=inventory.at(-1), status="sent")
    await inventory.does(lambda c: c.execute(sent))
    await inventory.day(0)
    used = await inventory.database.read(lambda c: number_usage.series(c, number(0), (START - 9 * DAYS).date()))
    assert [(row.day, row.outbound) for row in used] == [("2028-01-02", 1)]


async def test_what_is_held_is_not_given_up(inventory: Inventory) -> None:
    await inventory.holds(2, "hold")
    with pytest.raises(Conflict, match="is held"):
        await inventory.does(lambda c: give_up(c, inventory.ledger, ACCOUNT, f"PN{2:032}", START))


async def test_a_hold_a_port_and_what_it_serves_stand_in_the_way(inventory: Inventory) -> None:
    await inventory.day(0)
    for kind in ("hold", "dispute"):
        await inventory.holds(2, kind)
    await inventory.holds(3, "port-out")
    await inventory.does(lambda c: serves(c, inventory.ledger, number(4), "an alarm line", WORD))
    for day in (16, 27, 30, 60):
        await inventory.day(day)
    assert [await inventory.state(n) for n in (2, 3, 4, 5)] == ["in-use", "in-use", "in-use", "aging"]
    assert (await inventory.case(4)).because == "it serves an alarm line"
    await inventory.does(lambda c: let_go(c, inventory.ledger, number(2), "dispute", WORD))
    assert (await inventory.day(60)).noticed == 0  # the lawsuit is not over
    await inventory.does(lambda c: let_go(c, inventory.ledger, number(2), None, WORD))
    for day, noticed, reclaimed in ((61, 1, 0), (71, 0, 0), (72, 1, 0), (74, 0, 0), (75, 0, 1)):
        done = await inventory.day(day)  # the last notices were never given: they have their time
        assert (done.noticed, done.reclaimed) == (noticed, reclaimed), day


async def test_a_contest_stops_it_until_the_provider_has_answered(inventory: Inventory) -> None:
    await inventory.message(number(2), -90)
    await inventory.day(0)
    sid, ledger = (await inventory.case(2)).sid, inventory.ledger
    await inventory.does(
        lambda c: reclamation.contest(c, ledger, ACCOUNT, sid, "our fire alarm calls it", inventory.at(1))
    )
    with pytest.raises(Conflict, match="contested already"):
        await inventory.does(lambda c: reclamation.contest(c, ledger, ACCOUNT, sid, "again", inventory.at(2)))
    with pytest.raises(NotFound):
        await inventory.does(lambda c: reclamation.contest(c, ledger, SUSPENDED, sid, "not mine", inventory.at(2)))
    sent = Word(by="Ada", because="sent to carrier-a by mail", at=inventory.at(2))
    await inventory.does(lambda c: reclamation.effort(c, ledger, sid, sent))
    for day in (16, 27, 30, 40):
        await inventory.day(day)
    assert await inventory.state(2) == "in-use"
    shown = await inventory.database.read(lambda c: reclamation.shown_to_provider(c, sid))
    assert shown["contest"].startswith("our fire alarm")
    assert [(each["day"], each["outbound"]) for each in shown["use"]] == [("2027-10-05", 1)]
    assert [each["what"] for each in shown["done"]] == ["notice", "contest", "effort"]
    said = Word(by="Bob", because="they let it be", at=inventory.at(41))
    await inventory.does(lambda c: reclamation.answer(c, ledger, sid, said, withdrawn=True))
    assert (await inventory.case(2)).outcome == "kept"
    assert (await inventory.day(42)).opened == 0


async def test_a_provider_that_stands_by_its_word_gets_it_after_the_notices(inventory: Inventory) -> None:
    deadline = (START + 10 * DAYS).date()
    sid = await inventory.does(
        lambda c: reclamation.determine(c, inventory.ledger, number(0), WORD, provider="carrier-b", deadline=deadline)
    )
    with pytest.raises(Conflict, match="open already"):
        await inventory.does(
            lambda c: reclamation.determine(c, inventory.ledger, number(0), WORD, provider="b", deadline=deadline)
        )
    for wrong, which, day in ((NotFound, "+19995550100", deadline), (BadInput, number(1), START.date())):
        with pytest.raises(wrong):
            await inventory.does(
                lambda c, n=which, d=day: reclamation.determine(c, inventory.ledger, n, WORD, provider="b", deadline=d)
            )
    await inventory.day(0)
    history = await inventory.database.read(lambda c: reclamations.history(c, sid))
    assert [row.said for row in history] == [
        "the notice of 14 days; those of 30 days were past by then",
        "nobody is told by mail: the account names no contact",
    ]
    await inventory.does(lambda c: reclamation.contest(c, inventory.ledger, ACCOUNT, sid, "why?", inventory.at(1)))
    await inventory.day(10)
    await inventory.does(lambda c: reclamation.answer(c, inventory.ledger, sid, WORD, withdrawn=False))
    assert (await inventory.day(11)).noticed >= 1
    await inventory.day(14)
    assert (await inventory.case(0)).outcome == "reclaimed"


async def test_a_number_that_was_reclaimed_is_given_back_whole_and_nobody_gets_it_on_day_44(
    inventory: Inventory,
) -> None:
    before = await inventory.row(2)
    for day in (0, 16, 27, 30):
        await inventory.day(day)
    case = await inventory.case(2)
    await inventory.day(30 + 44)
    assert await inventory.state(2) == "aging"
    with pytest.raises(Conflict):
        await inventory.does(lambda c: numbers.buy(c, SUSPENDED, number(2), "PNx", inventory.at(74), {}))
    back = Word(by="Ada", because="it was the fire alarm's", at=inventory.at(74))
    await inventory.does(lambda c: reclamation.restore(c, inventory.ledger, case.sid, back))
    assert await inventory.row(2) == before
    with pytest.raises(Conflict, match="restored"):
        await inventory.does(lambda c: reclamation.restore(c, inventory.ledger, case.sid, WORD))
    on_sale = await inventory.day(75)
    assert (on_sale.for_sale, on_sale.opened) == (9, 0)  # what was given back is not asked for at once
    bought = await inventory.does(lambda c: numbers.buy(c, SUSPENDED, number(3), "PNx", inventory.at(75), {}))
    assert bought.account == SUSPENDED
    gone = (await inventory.case(4)).sid
    with pytest.raises(Conflict, match="does not rest any more"):
        await inventory.does(lambda c: reclamation.restore(c, inventory.ledger, gone, WORD))


async def test_what_is_held_is_not_sold_and_what_rests_too_long_is_told(inventory: Inventory) -> None:
    await inventory.does(lambda c: numbers.release(c, ACCOUNT, f"PN{2:032}", START))
    await inventory.holds(2, "quarantine")
    assert (await inventory.day(46)).for_sale == 0
    assert (await inventory.day(365)).too_long == []
    assert (await inventory.day(366)).too_long == [number(2)]
    with pytest.raises(Conflict):
        await inventory.does(lambda c: numbers.buy(c, ACCOUNT, number(2), "PNx", START + 5 * DAYS, {}))
    with pytest.raises(NotFound):
        await inventory.does(lambda c: serves(c, inventory.ledger, "+19995550100", "x", WORD))


async def test_use_is_counted_once_and_is_there_when_the_messages_are_gone(inventory: Inventory) -> None:
    await inventory.message(number(0), -3)
    await inventory.message(number(0), -1, inbound=True)
    assert (await inventory.day(0)).counted == 3
    await inventory.does(lambda c: c.execute(delete(messages)))
    used = await inventory.database.read(lambda c: number_usage.series(c, number(0), (START - 9 * DAYS).date()))
    assert [(row.day, row.inbound, row.outbound) for row in used] == [("2027-12-31", 0, 1), ("2028-01-02", 1, 0)]
    assert (await inventory.day(0)).counted == 0
    assert (await inventory.day(2)).counted == 2


async def test_a_hundred_and_twenty_days_of_five_thousand_numbers(sqlite_database: Database, keys: Keys) -> None:
    made = Inventory(sqlite_database, keys)
    await made.does(lambda c: fill(c, keys, 5_000))
    rows = [
        {"number": number(n), "day": (START + day * DAYS).date().isoformat(), "inbound": n % 2, "outbound": 1 - n % 2}
        for n in range(USED)
        for day in range(-50, 121, 50)
    ]
    await made.does(lambda c: c.execute(insert(usage), rows))
    total = Done()
    for day in range(121):
        done = await made.day(day)
        for name in ("opened", "reclaimed", "kept"):
            setattr(total, name, getattr(total, name) + getattr(done, name))
    assert (total.opened, total.reclaimed, total.kept) == (100, 98, 0)
    told = await made.told("number-reclaimed-soon")
    assert told == {number(n): [0, 16, 27] for n in range(USED, 4_998)}
    assert [await made.state(n) for n in (0, USED - 1, USED, 4_997, 4_998)] == [
        "in-use", "in-use", "available", "available", "in-use",
    ]  # fmt: skip
    report = await made.database.read(lambda c: verify(c, keys.public))
    assert report.whole, report.breaks
    assert msgspec.to_builtins(done)["waiting"] == 2  # the suspended account's
