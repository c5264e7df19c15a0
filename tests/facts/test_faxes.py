"""To how many numbers the same pages go, and whose name stands on them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from masstransit.clock import HandClock
from masstransit.counters import MemoryCounters
from masstransit.errors import CountersUnavailable, Unknown
from masstransit.facts.faxes import Broadcast, Broadcasts, FaxName, FaxNames
from masstransit.facts.traffic import Allowances
from masstransit.model.communication import Communication, Direction, Kind
from masstransit.model.media import Attachment
from masstransit.storage import accounts
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.makers import NOON, an_sms, changed


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def facts(sqlite_database: Database, clock: HandClock, keys: Keys) -> Broadcasts:
    return Broadcasts(MemoryCounters(), clock, Allowances(sqlite_database, clock), keys.person)


def a_fax(number: int, digest: str = "a" * 64, **more: Any) -> Communication:
    pages = Attachment(sid="ME" + "0" * 32, content_type="image/tiff", size=9, digest=digest)
    told: dict[str, Any] = {"kind": Kind.FAX, "id": f"FX{number}", "attachments": (pages,), "text": ""} | more
    return an_sms(recipient=f"+1212555{number:04}", **told)


async def test_numbers_that_get_the_same_pages_are_counted_once_each(facts: Broadcasts, clock: HandClock) -> None:
    for number in (1, 2, 2, 3):
        (found,) = await facts.learn([a_fax(number)])
    assert found == Broadcast(numbers_24h=3)
    assert await facts.learn([a_fax(4, "b" * 64), a_fax(4)]) == [Broadcast(numbers_24h=1), Broadcast(numbers_24h=4)]
    assert await facts.learn([changed(a_fax(9), attempt=1)]) == [Broadcast(numbers_24h=4)]  # it was counted before
    await clock.move(timedelta(hours=25))
    assert await facts.learn([a_fax(1)]) == [Broadcast(numbers_24h=1)]


async def test_what_is_no_fax_or_comes_in_is_not_counted(facts: Broadcasts) -> None:
    inbound = a_fax(1, direction=Direction.INBOUND)
    assert await facts.learn([an_sms(), inbound, a_fax(2, attachments=())]) == [Broadcast()] * 3


async def test_without_counters_nobody_knows(sqlite_database: Database, clock: HandClock, keys: Keys) -> None:
    class Gone(MemoryCounters):
        async def ask(self, asked: Any, now: Any) -> Any:
            raise CountersUnavailable("they are gone")

    lost = Broadcasts(Gone(), clock, Allowances(sqlite_database, clock), keys.person)
    found, other = await lost.learn([a_fax(1), an_sms()])
    assert (isinstance(found, Unknown), other) == (True, Broadcast())


async def test_pages_bear_the_brand_the_name_or_the_owners(
    sqlite_database: Database, clock: HandClock, keys: Keys
) -> None:
    async def made(**more: Any) -> str:
        row = await sqlite_database.write(lambda c: accounts.create(c, keys, now=NOON, **more))
        return str(row.account)

    branded = await made(friendly_name="Acme Inc", brand="Acme")
    named = await made(friendly_name="Acme Inc")
    owned = await made(friendly_name="", parent=branded)
    nameless = await made(friendly_name="")
    subjects = [an_sms(account=each) for each in (branded, named, owned, nameless, "AC9")]
    found = await FaxNames(sqlite_database, clock).learn(subjects)
    assert [each.missing for each in found] == [False, False, False, True, True]
    assert found[0] == FaxName()
