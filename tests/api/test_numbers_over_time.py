"""A number given up over the API, and bought again over the API: by whom, and from which moment on.

Each story begins so that its end falls over a leap day, a change of clocks, a weekend, or New Year; days are the
calendar's in UTC, 24 hours each, wherever the customer is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from masstransit.carriage.daily import Daily
from masstransit.clock import HandClock
from masstransit.ledger import Ledger
from masstransit.policy.number_reclamation import NumberReclamation
from masstransit.storage import number_holds, numbers
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.api.house import Door

SF = "+14155550101"
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
BEGINS = [
    datetime(2028, 1, 20, 23, 59, 59, tzinfo=UTC),  # over a leap day, which the 45 days hold
    datetime(2028, 2, 29, 12, 0, tzinfo=UTC),  # on it, and over the change to summer time
    datetime(2027, 1, 20, 12, 0, tzinfo=UTC),  # the same days of a year without one
    datetime(2026, 10, 1, 5, 30, tzinfo=UTC),  # over the change to winter time, and a holiday
    datetime(2026, 12, 24, 22, 0, tzinfo=UTC),  # over Christmas, New Year and weekends
]


class Desk:
    """A number that its first owner has given up, the API, and the job of the day."""

    def __init__(self, door: Door, clock: HandClock) -> None:
        self.door, self.clock = door, clock
        self.job = Daily(door.database, Ledger("daily"), NumberReclamation(), clock)
        self.first, self.other = (door.sid, door.token), ("", "")

    async def buys(self, who: tuple[str, str]) -> int:
        path = f"/2010-04-01/Accounts/{who[0]}/IncomingPhoneNumbers.json"
        return (await self.door.ask("POST", path, data={"PhoneNumber": SF}, auth=who)).status_code

    async def is_for_sale(self) -> bool:
        path = f"/2010-04-01/Accounts/{self.door.sid}/AvailablePhoneNumbers/US/Local.json"
        return bool((await self.door.ask("GET", path)).json()["available_phone_numbers"])

    async def given_up(self, begin: datetime) -> None:
        self.clock.set(begin)
        self.other = await self.door.account()
        await self.door.database.write(lambda c: numbers.put(c, [{"number": SF, "region": "US"}], begin))
        path = f"/2010-04-01/Accounts/{self.door.sid}/IncomingPhoneNumbers"
        bought = await self.door.ask("POST", f"{path}.json", data={"PhoneNumber": SF})
        assert (await self.door.ask("DELETE", f"{path}/{bought.json()['sid']}.json")).status_code == 204

    async def passes(self, until: datetime) -> None:
        """The job runs now and then meanwhile, and at that very moment."""
        while self.clock.now() + 11 * DAY < until:
            self.clock.set(self.clock.now() + 11 * DAY)
            await self.job.run()
        self.clock.set(until)
        await self.job.run()


@pytest.fixture
async def desk(sqlite_database: Database, keys: Keys) -> AsyncIterator[Desk]:
    clock = HandClock(BEGINS[0])
    async with Door(sqlite_database, keys, clock=clock) as door:
        yield Desk(door, clock)


@pytest.mark.parametrize("begin", BEGINS, ids=lambda begin: f"{begin:%Y-%m-%d}")
async def test_nobody_buys_a_number_on_day_44(desk: Desk, begin: datetime) -> None:
    await desk.given_up(begin)
    for after, sold in ((44 * DAY, False), (45 * DAY - SECOND, False), (45 * DAY, True)):
        await desk.passes(begin + after)
        assert await desk.is_for_sale() is sold
        assert await desk.buys(desk.other) == (201 if sold else 400)
        assert await desk.buys(desk.first) == 400  # its time is over, or somebody else has it


@pytest.mark.parametrize("begin", BEGINS, ids=lambda begin: f"{begin:%Y-%m-%d}")
@pytest.mark.parametrize(("after", "back"), [(10 * DAY - SECOND, 201), (10 * DAY, 400)])
async def test_its_last_owner_has_ten_days_to_take_a_number_back(
    desk: Desk, begin: datetime, after: timedelta, back: int
) -> None:
    await desk.given_up(begin)
    await desk.passes(begin + after)
    assert await desk.buys(desk.other) == 400
    assert await desk.buys(desk.first) == back


@pytest.mark.parametrize("begin", BEGINS, ids=lambda begin: f"{begin:%Y-%m-%d}")
async def test_a_number_that_rests_longer_than_the_law_allows_is_told_the_day_after(
    desk: Desk, begin: datetime
) -> None:
    """Whole days of the calendar count: the last one that is allowed is not told, whatever its hour."""
    await desk.given_up(begin)
    await desk.door.database.write(lambda c: number_holds.put(c, SF, "quarantine", "it phished", by="Ada", now=begin))
    for kind, business, most in (("local", False, 90), ("toll-free", True, 120), ("local", True, 365)):
        resting = {"type": kind, "business": business}
        await desk.door.database.write(lambda c, resting=resting: numbers.mark(c, SF, begin, **resting))  # type: ignore[misc]
        for days, told in ((most, []), (most + 1, [SF])):
            desk.clock.set(begin + days * DAY)
            assert (await desk.job.run()).too_long == told, (kind, days)
    assert await desk.buys(desk.other) == 400  # told, and not sold by that
