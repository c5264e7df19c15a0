"""Where one-time codes go, and whether they come back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from masstransit.clock import HandClock
from masstransit.counters import MemoryCounters
from masstransit.errors import Unknown
from masstransit.facts.pumping import Prefix, Prefixes, begins
from masstransit.facts.traffic import Allowances
from masstransit.model.communication import Communication, Purpose
from masstransit.model.outcome import Outcome, OutcomeKind
from masstransit.storage import safelist
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.facts.test_traffic import CHILD, OneNodeGone, account
from tests.makers import ACCOUNT, NOON, an_answer, an_outcome, an_sms, changed

RANGE = "+4479111"


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def prefixes(sqlite_database: Database, clock: HandClock, keys: Keys) -> Prefixes:
    return Prefixes(MemoryCounters(), clock, keys.person, Allowances(sqlite_database, clock), sqlite_database)


def a_code(number: int = 0, *, begin: str = RANGE, **more: Any) -> Communication:
    made: dict[str, Any] = {"id": f"SM{begin}{number}", "purpose": Purpose.OTP}
    return an_sms(**{**made, **more}, recipient=f"{begin}{number:05}")


def used(code: Communication) -> Outcome:
    return an_outcome(OutcomeKind.CODE_USED, id=f"OU{code.id}", recipient=code.recipient, at=code.at)


@pytest.mark.parametrize(
    ("number", "beginning"),
    [("+12125550123", "+12125"), ("+447911123456", "+447911"), ("+998901234567", "+9989012"), ("+999123", "+9991")],
)
def test_a_number_begins_with_its_country_and_four_digits(number: str, beginning: str) -> None:
    assert begins(number) == beginning


async def test_codes_are_counted_by_where_they_go_and_before_the_one_that_is_asked_about(prefixes: Prefixes) -> None:
    learned = await prefixes.learn([a_code(0), a_code(1), a_code(0, begin="+121255"), a_code(2)])
    assert [(fact.begins, fact.codes_1h, fact.all_codes_1h) for fact in learned] == [
        ("+447911", 0, 0),
        ("+447911", 1, 1),
        ("+12125", 0, 2),
        ("+447911", 2, 3),
    ]


async def test_codes_come_of_age_in_two_minutes_and_are_forgotten_after_an_hour(
    prefixes: Prefixes, clock: HandClock
) -> None:
    await prefixes.learn([a_code(n) for n in range(5)])
    (young,) = await prefixes.learn([a_code(5)])
    assert (young.codes_1h, young.codes_2m) == (5, 5)
    await clock.move(timedelta(seconds=130))
    (ripe,) = await prefixes.learn([a_code(6)])
    assert (ripe.codes_1h, ripe.codes_2m) == (6, 0)
    await clock.move(timedelta(minutes=65))
    (gone,) = await prefixes.learn([a_code(7)])
    assert (gone.codes_1h, gone.all_codes_1h, gone.all_codes_7d) == (0, 0, 7)


async def test_what_was_used_is_counted_where_it_went(prefixes: Prefixes) -> None:
    here, there = a_code(0), a_code(0, begin="+121255")
    await prefixes.learn([here, there])
    await prefixes.learn([used(here), used(there), used(here)])
    (learned,) = await prefixes.learn([a_code(1)])
    assert (learned.used_1h, learned.all_used_7d, learned.used_days_14d) == (2, 3, 1)


async def test_days_are_counted_once_each(prefixes: Prefixes, clock: HandClock) -> None:
    for day in range(3):
        at = NOON + timedelta(days=day)
        await prefixes.learn([a_code(day * 10 + n, at=at) for n in range(4)])
        await prefixes.learn([used(changed(a_code(day), at=at))])
        await clock.move(timedelta(days=1))
    (learned,) = await prefixes.learn([a_code(99, at=NOON + timedelta(days=3))])
    assert (learned.days_14d, learned.used_days_14d) == (4, 3)


async def test_other_messages_and_other_outcomes_count_for_nothing(prefixes: Prefixes) -> None:
    other = an_sms(recipient=f"{RANGE}00000")
    failed = an_outcome(OutcomeKind.UNDELIVERED, recipient=other.recipient)
    learned = await prefixes.learn([other, failed, an_answer(text="1234", purpose=Purpose.OTP)])
    assert learned == [Prefix(), Prefix(), Prefix()]
    (first,) = await prefixes.learn([a_code()])
    assert (first.codes_1h, first.all_codes_7d, first.all_used_7d) == (0, 0, 0)


async def test_a_refused_code_is_given_back_and_a_second_look_leaves_it_out(prefixes: Prefixes) -> None:
    batch = [a_code(n) for n in range(3)]
    await prefixes.learn(batch)
    (again,) = await prefixes.learn([changed(batch[0], attempt=1)])
    assert (again.codes_1h, again.all_codes_1h, again.all_codes_7d) == (2, 2, 2)
    await prefixes.release(batch[:2])
    (after,) = await prefixes.learn([a_code(4)])
    assert (after.codes_1h, after.all_codes_1h, after.all_codes_7d) == (1, 1, 1)


async def test_all_accounts_of_a_brand_count_together_and_strangers_do_not(
    prefixes: Prefixes, sqlite_database: Database
) -> None:
    await account(sqlite_database, ACCOUNT)
    await account(sqlite_database, CHILD, parent=ACCOUNT)
    stranger = "AC" + "9" * 32
    await prefixes.learn([a_code(0), a_code(1, account=stranger)])
    (learned,) = await prefixes.learn([a_code(2, account=CHILD)])
    assert learned.codes_1h == 1


async def test_who_is_vouched_for_by_the_account_or_its_owner_is_safe(
    prefixes: Prefixes, sqlite_database: Database, keys: Keys
) -> None:
    await account(sqlite_database, ACCOUNT)
    await account(sqlite_database, CHILD, parent=ACCOUNT)
    by_owner, by_child = (keys.person(a_code(n).recipient.text) for n in (0, 1))
    await sqlite_database.write(lambda c: safelist.add(c, ACCOUNT, by_owner, NOON))
    await sqlite_database.write(lambda c: safelist.add(c, CHILD, by_child, NOON))
    batch = [a_code(0, account=CHILD), a_code(1, account=CHILD), a_code(2, account=CHILD), a_code(1)]
    learned = await prefixes.learn([changed(c, id=f"{i}") for i, c in enumerate(batch)])
    assert [fact.safe for fact in learned] == [True, True, False, False]


async def test_while_the_counters_are_gone_it_is_unknown(
    sqlite_database: Database, clock: HandClock, keys: Keys
) -> None:
    allowed = Allowances(sqlite_database, clock)
    prefixes = Prefixes(OneNodeGone(), clock, keys.person, allowed, sqlite_database)
    here, gone = await prefixes.learn([a_code(0), a_code(1, account=CHILD)])
    assert isinstance(here, Prefix)
    assert isinstance(gone, Unknown)
