"""How many customers write to one person at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from masstransit.clock import HandClock
from masstransit.counters import MemoryCounters, Operation
from masstransit.errors import CountersUnavailable, Unknown
from masstransit.facts.crowds import Crowd, Crowds
from masstransit.facts.traffic import Allowances
from masstransit.model.communication import Communication, Exemption, Purpose
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import accounts
from tests.makers import ACCOUNT, NOON, a_knock, an_answer, an_sms, changed


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def facts(sqlite_database: Database, clock: HandClock, keys: Keys) -> Crowds:
    return Crowds(MemoryCounters(), clock, Allowances(sqlite_database, clock), keys.person)


def written(number: int, text: str = "shame on you", **more: Any) -> Communication:
    return an_sms(**{"id": f"SM{number}", "account": f"AC{number:032}", "text": text} | more)


async def test_customers_who_write_to_one_person_are_counted_together(facts: Crowds, clock: HandClock) -> None:
    for number in range(6):
        (found,) = await facts.learn([written(number)])
    assert found == Crowd(accounts_15m=6)
    assert await facts.learn([written(5), written(7, recipient="+12125550188")]) == [
        Crowd(accounts_15m=6),
        Crowd(accounts_15m=1),
    ]
    await clock.move(timedelta(minutes=16))
    assert await facts.learn([written(9)]) == [Crowd(accounts_15m=1)]


async def test_a_brand_s_accounts_are_one_and_what_was_counted_is_not_counted_again(
    facts: Crowds, sqlite_database: Database
) -> None:
    row: dict[str, Any] = {"token_sealed": b"", "created_at": NOON, "updated_at": NOON, "attrs": {}}
    rows = [row | {"account": f"AC{n:032}", "parent": ACCOUNT} for n in range(3)]
    await sqlite_database.write(lambda c: c.execute(insert(accounts), rows))
    assert (await facts.learn([written(n) for n in range(3)]))[-1] == Crowd(accounts_15m=1)
    again = changed(written(8), attempt=1)
    assert await facts.learn([again]) == [Crowd(accounts_15m=1)]


@pytest.mark.parametrize(
    "more",
    [
        {"text": "Your order A41 is ready"},
        {"text": "Big sale at https://shop.example/x"},
        {"text": "so " * 60},
        {"purpose": Purpose.OTP},
        {"purpose": Purpose.EMERGENCY},
    ],
)
async def test_notices_offers_codes_and_emergencies_make_no_crowd(facts: Crowds, more: dict[str, Any]) -> None:
    assert set(await facts.learn([written(n, **more) for n in range(30)])) == {Crowd()}


async def test_answers_knocks_and_what_is_exempt_make_none(facts: Crowds) -> None:
    exempt = written(1, exemption=Exemption.HELP_REPLY)
    assert [f.accounts_15m for f in await facts.learn([an_answer(text="hi"), a_knock(), exempt])] == [0, 0, 0]  # type: ignore[union-attr]


class Gone(MemoryCounters):
    async def ask(self, operations: Sequence[Operation], now: Any) -> list[Any]:
        raise CountersUnavailable("gone")


async def test_without_counters_it_is_unknown(sqlite_database: Database, clock: HandClock, keys: Keys) -> None:
    facts = Crowds(Gone(), clock, Allowances(sqlite_database, clock), keys.person)
    found, notice = await facts.learn([written(1), written(2, text="Order A41 is ready")])
    assert isinstance(found, Unknown)
    assert notice == Crowd()
