"""What may be bought, by whom and from when on, on both engines: the purchase itself asks for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Row

from masstransit.errors import Conflict
from masstransit.storage import number_holds, numbers
from masstransit.storage.engine import Database
from masstransit.storage.paging import Slice

SF, NY = "+14155550101", "+12125550102"
ONE, OTHER = "AC" + "1" * 32, "AC" + "2" * 32
#: 45 days later it is March 26th: over a leap day, and over a change of clocks.
THEN = datetime(2028, 2, 10, 23, 30, tzinfo=UTC)
DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)


@pytest.fixture
async def stock(database: Database) -> Database:
    rows = [{"number": number, "region": "US"} for number in (SF, NY)]
    await database.write(lambda c: numbers.put(c, rows, THEN - 400 * DAY))
    return database


async def buys(stock: Database, account: str, at: datetime, number: str = SF) -> bool:
    try:
        await stock.write(lambda c: numbers.buy(c, account, number, f"PN{at:%y%m%d%H%M%S}{account[2:]}", at, {}))
    except Conflict:
        return False
    return True


async def given_up(stock: Database, at: datetime = THEN) -> None:
    assert await buys(stock, ONE, at - 100 * DAY)
    row = await found(stock)
    await stock.write(lambda c: numbers.release(c, ONE, row.sid, at))


async def found(stock: Database, number: str = SF) -> Row[Any]:
    row = await stock.read(lambda c: numbers.look_up(c, number))
    assert row is not None
    return row


@pytest.mark.parametrize(("after", "back"), [(timedelta(), True), (10 * DAY - MOMENT, True), (10 * DAY, False)])
async def test_its_last_owner_alone_takes_a_number_back_and_within_ten_days(
    stock: Database, after: timedelta, *, back: bool
) -> None:
    await given_up(stock)
    assert not await buys(stock, OTHER, THEN + after)
    assert await buys(stock, ONE, THEN + after) is back


@pytest.mark.parametrize(
    ("after", "sold"), [(44 * DAY, False), (45 * DAY - MOMENT, False), (45 * DAY, True), (400 * DAY, True)]
)
async def test_nobody_buys_within_45_days_what_a_wrong_state_calls_available(
    stock: Database, after: timedelta, *, sold: bool
) -> None:
    await given_up(stock)
    wrong = {"state": "available", "account": None, "sid": None}
    await stock.write(lambda c: numbers.mark(c, SF, THEN, **wrong))
    for_sale = await stock.read(
        lambda c: numbers.search(c, {"region": "US"}, Slice(size=5), now=THEN + after, contains="+1415%")
    )
    assert bool(for_sale.rows) is sold
    assert (await stock.read(lambda c: numbers.first_of(c, "+1415", THEN + after)) == SF) is sold
    assert await buys(stock, OTHER, THEN + after) is sold


async def test_what_rested_is_sold_by_the_daily_job_and_not_a_moment_sooner(stock: Database) -> None:
    await given_up(stock)
    for at in (THEN + 10 * DAY, THEN + 45 * DAY - MOMENT):
        assert await stock.write(lambda c, at=at: numbers.age(c, at, 45 * DAY)) == 0  # type: ignore[misc]
        assert not await buys(stock, OTHER, at)
    assert await stock.write(lambda c: numbers.age(c, THEN + 45 * DAY, 45 * DAY)) == 1
    assert await buys(stock, OTHER, THEN + 45 * DAY)


@pytest.mark.parametrize("kind", ["hold", "dispute", "port-out", "quarantine"])
async def test_what_is_held_is_bought_by_nobody_until_the_last_hold_ends(stock: Database, kind: str) -> None:
    def holds(connection: Connection) -> list[bool]:
        return [
            number_holds.put(connection, SF, each, because, by="Ada", now=THEN)
            for each, because in ((kind, "first"), (kind, "again"), ("other", "too"))
        ]

    assert await stock.write(holds) == [True, False, True]
    held = await stock.read(lambda c: number_holds.of(c, SF))
    assert {each.kind: each.because for each in held} == {kind: "first", "other": "too"}
    assert not await buys(stock, ONE, THEN)
    assert await stock.write(lambda c: number_holds.end(c, SF, kind))
    assert not await stock.write(lambda c: number_holds.end(c, SF, kind))
    assert not await buys(stock, ONE, THEN)
    await stock.write(lambda c: number_holds.end(c, SF, "other"))
    assert await buys(stock, ONE, THEN)


@pytest.mark.parametrize(("after", "others"), [(timedelta(minutes=15) - MOMENT, False), (timedelta(minutes=15), True)])
async def test_what_is_reserved_is_sold_to_nobody_else_for_fifteen_minutes(
    stock: Database, after: timedelta, *, others: bool
) -> None:
    await stock.write(lambda c: numbers.reserve(c, ONE, SF, THEN))
    assert await reserves(stock, OTHER, THEN + after, keeps=False) is others
    for_sale = await stock.read(lambda c: numbers.search(c, {"region": "US"}, Slice(size=5), now=THEN + after))
    assert [row.number for row in for_sale.rows] == ([NY, SF] if others else [NY])
    assert await buys(stock, OTHER, THEN + after) is others


async def test_who_reserved_a_number_buys_it_or_lets_it_go(stock: Database) -> None:
    await stock.write(lambda c: numbers.reserve(c, ONE, SF, THEN))
    assert await reserves(stock, ONE, THEN + timedelta(minutes=10), keeps=True)  # anew
    assert [row.number for row in await stock.read(lambda c: numbers.reserved(c, ONE, THEN))] == [SF]
    assert await buys(stock, ONE, THEN + timedelta(minutes=20))
    assert await stock.read(lambda c: numbers.reserved(c, ONE, THEN + timedelta(minutes=20))) == []
    await stock.write(lambda c: numbers.reserve(c, ONE, NY, THEN))
    assert not await stock.write(lambda c: numbers.let_go(c, OTHER, NY, THEN))
    assert await stock.write(lambda c: numbers.let_go(c, ONE, NY, THEN))
    assert await buys(stock, OTHER, THEN, NY)


async def reserves(stock: Database, account: str, at: datetime, *, keeps: bool) -> bool:
    try:
        await stock.write(lambda c: numbers.reserve(c, account, SF, at))
    except Conflict:
        return False
    if not keeps:
        await stock.write(lambda c: numbers.let_go(c, account, SF, at))
    return True


async def test_a_number_that_left_for_another_provider_comes_back_only_by_a_port(stock: Database) -> None:
    does: Callable[[Any], Any] = stock.write
    row = {"number": SF, "account": OTHER, "sid": "PN" + "9" * 32, "region": "US", "type": "local"}
    assert not await does(lambda c: numbers.port_in(c, row, THEN))  # it is ours
    assert await buys(stock, ONE, THEN)
    assert not await does(lambda c: numbers.gone(c, SF, "port-in", THEN))
    assert await does(lambda c: numbers.gone(c, SF, "in-use", THEN))
    assert await does(lambda c: numbers.age(c, THEN + 400 * DAY, 45 * DAY)) == 0
    assert not await buys(stock, ONE, THEN + 400 * DAY)
    assert await does(lambda c: numbers.port_in(c, row, THEN + 400 * DAY))
    assert ((await found(stock)).account, (await found(stock)).state) == (OTHER, "port-in")
    assert await stock.read(lambda c: numbers.find(c, OTHER, row["sid"])) is None
    assert await does(lambda c: numbers.arrived(c, SF, THEN + 401 * DAY))
    assert not await does(lambda c: numbers.arrived(c, SF, THEN + 401 * DAY))
    assert (await stock.read(lambda c: numbers.find(c, OTHER, row["sid"]))) is not None
