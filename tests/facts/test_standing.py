"""Standing as a fact, on each engine: which steps reach a message, and how much a throttle leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from masstransit.clock import HandClock
from masstransit.counters import MemoryCounters
from masstransit.errors import CountersUnavailable, Unknown
from masstransit.facts.consent import Roots
from masstransit.facts.standing import Pace, Paces, StepBook, Steps
from masstransit.model.communication import Purpose
from masstransit.storage import standing, tables
from masstransit.storage.engine import Database
from tests.makers import ACCOUNT, NOON, SENDER, a_knock, an_answer, an_sms

CHILD, OTHER = "AC" + "2" * 32, "AC" + "3" * 32
DAY = timedelta(days=1)


def a_row(name: str, scope: str = "campaign", target: str = "QE1", **more: Any) -> dict[str, Any]:
    row = {
        "account": ACCOUNT,
        "step_id": name,
        "scope": scope,
        "target": target,
        "step": "suspend",
        "clause": "6",
        "rule": "6.8",
        "reason": "a carrier complained about this traffic",
        "decision": "DE1",
        "since": NOON - DAY,
        "acts_from": NOON - DAY,
        "expires_at": NOON + DAY,
    }
    return row | more


async def put(database: Database, *rows: dict[str, Any]) -> None:
    for row in rows:
        await database.write(lambda c, row=row: standing.add(c, row))  # type: ignore[misc]


async def _accounts(database: Database) -> None:
    row: dict[str, Any] = {"token_sealed": b"", "created_at": NOON, "updated_at": NOON, "attrs": {}}
    family = ((ACCOUNT, None), (CHILD, ACCOUNT), (OTHER, None))
    rows = [row | {"account": account, "parent": parent} for account, parent in family]
    await database.write(lambda c: c.execute(insert(tables.accounts), rows))


def names(facts: Sequence[Steps]) -> list[tuple[str, ...]]:
    return [tuple(step.step for step in fact.standing) for fact in facts]


async def test_a_step_reaches_its_unit_and_nobody_else(database: Database) -> None:
    await _accounts(database)
    await put(
        database, a_row("ST1"), a_row("ST2", "end_user", "u1"), a_row("ST3", "number", SENDER),
        a_row("ST4", "account", CHILD, account=CHILD),
    )  # fmt: skip
    book = StepBook(database, HandClock(NOON), Roots())
    elsewhere = "+14155550199"
    told = await book.learn([
        an_sms(campaign="QE1", sender=elsewhere), an_sms(campaign="QE2", sender=elsewhere),
        an_sms(end_user="u1", sender=elsewhere), an_sms(), an_sms(account=CHILD, sender=elsewhere),
        an_sms(account=OTHER, campaign="QE1"), a_knock(),
    ])  # fmt: skip
    assert names(told) == [("ST1",), (), ("ST2",), ("ST3",), ("ST4",), (), ()]
    assert [fact.speaks for fact in told] == [True, False, True, True, True, False, False]


async def test_an_owners_step_reaches_its_subaccounts(database: Database) -> None:
    await _accounts(database)
    await put(database, a_row("ST1", "account", ACCOUNT))
    told = await StepBook(database, HandClock(NOON), Roots()).learn([an_sms(account=CHILD), an_sms(account=OTHER)])
    assert names(told) == [("ST1",), ()]


async def test_warnings_proposals_and_what_ended_or_was_undone_reach_nobody(database: Database) -> None:
    await put(
        database,
        a_row("ST1", step="warn"),
        a_row("ST2", acts_from=None),
        a_row("ST3", expires_at=NOON),
        a_row("ST4", undone_at=NOON - DAY),
        a_row("ST5", acts_from=NOON + DAY),
    )
    clock = HandClock(NOON)
    book = StepBook(database, clock, Roots())
    assert await book.learn([an_sms(campaign="QE1")]) == [Steps()]
    await put(database, a_row("ST6", expires_at=NOON + timedelta(seconds=1)))
    await clock.move(timedelta(seconds=0.6))
    assert names(await book.learn([an_sms(campaign="QE1")])) == [("ST6",)]
    await clock.move(timedelta(seconds=0.6))
    assert names(await book.learn([an_sms(campaign="QE1")])) == [()]


# --- the pace of a throttle -----------------------------------------------------------------------------------------


def offers(n: int, **more: Any) -> list[Any]:
    return [an_sms(id=f"SM{i:032x}", campaign="QE1", **more) for i in range(n)]


async def test_a_throttle_leaves_so_many_a_minute_and_gives_back_what_was_not_sent(sqlite_database: Database) -> None:
    await put(sqlite_database, a_row("ST1", step="throttle"))
    clock = HandClock(NOON)
    paces = Paces(MemoryCounters(), clock, StepBook(sqlite_database, clock, Roots()), per_minute=30)
    batch = offers(7)
    told = await paces.learn(batch)
    assert [pace.throttle is None for pace in told] == [True] * 5 + [False] * 2
    assert (told[5].throttle.step, told[5].per_minute) == ("ST1", 30)
    assert 0 < told[5].retry_after <= 2
    await paces.release(batch[:1])
    assert await paces.learn(offers(1)) == [Pace()]
    await clock.move(timedelta(seconds=2))
    assert [pace.throttle is None for pace in await paces.learn(offers(2))] == [True, False]


async def test_a_throttle_leaves_what_its_step_says_and_never_more_than_is_usual(sqlite_database: Database) -> None:
    clock = HandClock(NOON)
    paces = Paces(MemoryCounters(), clock, StepBook(sqlite_database, clock, Roots()), per_minute=30)
    for step, said, left in (("ST1", 90.0, 30), ("ST2", 2.5, 2.5)):
        await put(sqlite_database, a_row(step, step="throttle", per_minute=said))
        await clock.move(timedelta(seconds=2))
        told = await paces.learn(offers(20))
        assert {(pace.throttle.step, pace.per_minute) for pace in told if pace.throttle} == {(step, left)}


async def test_of_two_throttles_the_one_that_leaves_less_counts(sqlite_database: Database) -> None:
    await put(sqlite_database, a_row("ST1", step="throttle", per_minute=1.0), a_row("ST2", step="throttle"))
    clock = HandClock(NOON)
    paces = Paces(MemoryCounters(), clock, StepBook(sqlite_database, clock, Roots()), per_minute=30)
    assert [pace.throttle is None for pace in await paces.learn(offers(3))] == [True, False, False]


async def test_other_campaigns_and_what_a_person_waits_for_are_not_slowed(sqlite_database: Database) -> None:
    await put(sqlite_database, a_row("ST1", step="throttle"))
    clock = HandClock(NOON)
    paces = Paces(MemoryCounters(), clock, StepBook(sqlite_database, clock, Roots()), per_minute=6)
    batch = [
        *offers(3, purpose=Purpose.OTP), *offers(3, purpose=Purpose.CONVERSATION), *offers(3, attempt=1),
        an_sms(campaign="QE2"), an_answer(text="Hello", campaign="QE1"),
    ]  # fmt: skip
    assert await paces.learn(batch) == [Pace()] * len(batch)


class Gone(MemoryCounters):
    async def ask(self, operations: Any, now: Any) -> Any:
        raise CountersUnavailable("no counters")


async def test_without_counters_only_what_is_throttled_is_unknown(sqlite_database: Database) -> None:
    await put(sqlite_database, a_row("ST1", step="throttle"))
    clock = HandClock(NOON)
    paces = Paces(Gone(), clock, StepBook(sqlite_database, clock, Roots()), per_minute=6)
    slowed, other = await paces.learn([an_sms(campaign="QE1"), an_sms(campaign="QE2")])
    assert isinstance(slowed, Unknown)
    assert other == Pace()


@pytest.mark.parametrize("undone", [None, NOON])
async def test_a_step_is_undone_once(database: Database, undone: Any) -> None:
    await put(database, a_row("ST1", undone_at=undone))
    once = await database.write(lambda c: standing.undo(c, "ST1", NOON, "Ada", "it was wrong"))
    again = await database.write(lambda c: standing.undo(c, "ST1", NOON, "Bob", "again"))
    assert (once, again) == (undone is None, False)
