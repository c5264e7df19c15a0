"""Numbers that are kept for an account while it makes up its mind, over the API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from masstransit.clock import HandClock
from masstransit.storage import numbers
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.api.house import Door
from tests.makers import NOON

STOCK = [f"+1415555{n:04}" for n in range(101, 113)]
PATH = "/policy/v1/Reservations"


@pytest.fixture
async def shop(sqlite_database: Database, keys: Keys) -> AsyncIterator[Door]:
    """Numbers for sale, and a clock that is moved by hand."""
    async with Door(sqlite_database, keys, clock=HandClock(NOON)) as door:
        rows = [{"number": number, "region": "US"} for number in STOCK]
        await door.database.write(lambda c: numbers.put(c, rows, NOON))
        yield door


async def reserves(door: Door, number: str, **more: Any) -> Any:
    return await door.ask("POST", PATH, data={"PhoneNumber": number}, **more)


async def buys(door: Door, number: str, sid: str, auth: tuple[str, str]) -> int:
    path = f"/2010-04-01/Accounts/{sid}/IncomingPhoneNumbers.json"
    return (await door.ask("POST", path, data={"PhoneNumber": number}, auth=auth)).status_code


async def test_a_reserved_number_is_kept_shown_and_bought(shop: Door) -> None:
    other = await shop.account()
    made = await reserves(shop, STOCK[0])
    assert (made.status_code, made.json()["date_expires"]) == (
        201,
        f"{NOON + timedelta(minutes=15):%Y-%m-%dT%H:%M:%SZ}",
    )
    (listed,) = (await shop.ask("GET", PATH)).json()["reservations"]
    assert listed == made.json()
    assert (await shop.ask("GET", PATH, auth=other)).json()["reservations"] == []
    refused = await reserves(shop, STOCK[0], auth=other)
    assert (refused.status_code, refused.json()["code"]) == (400, 21422)
    assert await buys(shop, STOCK[0], other[0], other) == 400
    assert await buys(shop, STOCK[0], shop.sid, (shop.sid, shop.token)) == 201
    assert (await shop.ask("GET", PATH)).json()["reservations"] == []


async def test_after_a_quarter_of_an_hour_anybody_buys_it(shop: Door) -> None:
    other = await shop.account()
    await reserves(shop, STOCK[0])
    assert isinstance(shop.clock, HandClock)
    shop.clock.set(NOON + timedelta(minutes=14, seconds=59))
    assert await buys(shop, STOCK[0], other[0], other) == 400
    shop.clock.set(NOON + timedelta(minutes=15))
    assert await buys(shop, STOCK[0], other[0], other) == 201


async def test_ten_are_kept_at_once_and_no_more(shop: Door) -> None:
    assert [(await reserves(shop, number)).status_code for number in STOCK[:10]] == [201] * 10
    refused = await reserves(shop, STOCK[10])
    assert (refused.status_code, "10 numbers reserved" in refused.json()["message"]) == (409, True)
    assert (await reserves(shop, STOCK[0])).status_code == 201  # anew
    assert (await shop.ask("DELETE", f"{PATH}/{STOCK[1]}")).status_code == 204
    assert (await shop.ask("DELETE", f"{PATH}/{STOCK[1]}")).status_code == 404
    assert (await reserves(shop, STOCK[10])).status_code == 201


@pytest.mark.parametrize(
    ("form", "code"), [({}, 20422), ({"PhoneNumber": "Desk"}, 21421), ({"PhoneNumber": "x"}, 21421)]
)
async def test_what_is_no_number_is_refused_by_its_field(shop: Door, form: dict[str, str], code: int) -> None:
    answer = await shop.ask("POST", PATH, data=form)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
