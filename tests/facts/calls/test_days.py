"""Calls that are over, counted by unit and day; causes apart, and routes at fault."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from masstransit.clock import HandClock
from masstransit.counters import Counters, MemoryCounters
from masstransit.errors import CountersUnavailable, Unknown
from masstransit.facts.calls.call_day import CallDay
from masstransit.facts.calls.days import DayOfCalls, DaysOfCalls, UnitDay, days_of
from masstransit.facts.calls.routes import Faults
from masstransit.facts.traffic import Allowances
from masstransit.model.call import AnsweredBy, Party
from masstransit.model.communication import Direction, Purpose
from masstransit.model.outcome import Outcome
from masstransit.storage.engine import Database
from tests.makers import ACCOUNT, NOON, a_call, a_call_ended, a_knock, a_record

FAULTS = Faults(customers=3, calls=5, known=20, share=0.5, unanswered=0.7, seconds=12)
UNANSWERED: dict[str, Any] = {"talked": None}


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def facts(sqlite_database: Database, clock: HandClock) -> DaysOfCalls:
    return DaysOfCalls(MemoryCounters(), clock, Allowances(sqlite_database, clock), FAULTS)


def calls(count: int = 1, **more: Any) -> list[Outcome]:
    return [a_call_ended(a_record(**more)) for _ in range(count)]


async def units(facts: DaysOfCalls, batch: list[Outcome]) -> dict[str, UnitDay]:
    """Each unit that was told of, by scope; of several the last."""
    return {unit.scope: unit for fact in await facts.learn(batch) for unit in fact.units}


async def day(facts: DaysOfCalls, *batch: Outcome) -> CallDay:
    return (await units(facts, list(batch)))["account"].day


# --- ratios -------------------------------------------------------------------------------------------------------


async def test_ratios_are_as_e425_has_them(facts: DaysOfCalls) -> None:
    found = await day(
        facts,
        *calls(3, talked=40),
        *calls(2, **UNANSWERED, status=486),
        *calls(1, **UNANSWERED, status=404, released_by=Party.NETWORK),
        *calls(2, **UNANSWERED, status=503, released_by=Party.NETWORK),
    )
    assert (found.attempts, found.answered, found.seconds) == (8, 3, 120)
    assert (found.effective, found.unallocated, found.failed) == (5, 1, 2)
    assert (found.asr, found.acd, found.ner) == (0.5, 40, 5 / 8)


def test_of_no_calls_every_ratio_is_that_of_a_quiet_day() -> None:
    assert (CallDay().asr, CallDay().ner, CallDay().acd, CallDay().persons) == (1.0, 1.0, 0.0, 0)


async def test_exactly_six_seconds_are_within_six_and_exactly_twelve_are_not_under_twelve(facts: DaysOfCalls) -> None:
    found = await day(facts, *(o for t in (5.9, 6, 6.1, 11.9, 12, 12.1) for o in calls(talked=t)))
    assert (found.within(6), found.under(12)) == (2, 4)


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ({}, "caller"),
        ({"released_by": Party.CALLEE}, "callee"),
        ({"answered_by": AnsweredBy.MACHINE}, "machine"),
        ({"answered_by": AnsweredBy.UNKNOWN}, "caller"),
        ({"ringing_at": None, "rang": -1}, "false_answer"),
        ({"ringing_at": None}, "caller"),  # it took a while: no provisional answer came through
        ({"released_by": Party.NETWORK}, "fault"),
        ({"cause": 41}, "fault"),
        ({"cause": 16}, "caller"),
    ],
)
async def test_why_a_call_ended_early_is_told_apart(facts: DaysOfCalls, record: dict[str, Any], why: str) -> None:
    found = await day(facts, *calls(talked=3, **record))
    assert [name for name in found.ends.__struct_fields__ if getattr(found.ends, name)] == [why]


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        ({"status": 404}, "unallocated"),
        ({"status": 604}, "unallocated"),
        ({"status": 503, "cause": 1}, "unallocated"),
        ({"status": 503}, "failed"),
        ({"status": 488}, "failed"),
        ({"status": 480, "cause": 38}, "failed"),
        ({"status": 480}, "effective"),
        ({"status": 603}, "effective"),
    ],
)
async def test_why_nobody_answered_is_told_apart(facts: DaysOfCalls, record: dict[str, Any], kind: str) -> None:
    found = await day(facts, *calls(talked=None, released_by=Party.NETWORK, **record))
    assert {name: getattr(found, name) for name in ("unallocated", "failed", "effective")}[kind] == 1
    assert found.unallocated + found.failed + found.effective == 1


async def test_how_long_it_rang_until_the_caller_gave_up_is_told(facts: DaysOfCalls) -> None:
    found = await day(facts, *calls(4, talked=None, rang=2), *calls(2, talked=None, rang=20))
    assert (found.given_up(3), found.given_up(21)) == (4, 6)


async def test_of_a_carrier_that_does_not_tell_when_it_rings_the_time_that_the_caller_waited_counts(
    facts: DaysOfCalls,
) -> None:
    silent: dict[str, Any] = {"talked": None, "ringing_at": None}
    found = await day(facts, *calls(4, **silent, rang=1), *calls(2, **silent, rang=20))
    assert (found.given_up(3), found.given_up(22)) == (4, 6)


# --- what counts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "record",
    [
        {"direction": Direction.INBOUND},
        {"internal": True},
        {"purpose": Purpose.EMERGENCY},
        {"brief": "otp"},
        {"recipient": "911"},
    ],
)
async def test_what_is_no_diallers_doing_is_left_out(facts: DaysOfCalls, record: dict[str, Any]) -> None:
    assert await facts.learn(calls(talked=3, **record)) == [DayOfCalls()]


async def test_offers_and_knocks_count_nothing(facts: DaysOfCalls) -> None:
    assert await facts.learn([a_call(), a_knock()]) == [DayOfCalls()] * 2


async def test_what_was_not_kept_is_given_back(facts: DaysOfCalls) -> None:
    batch = calls(3, talked=3, trunk="west")
    await facts.learn(batch)
    await facts.release(batch)
    assert (await day(facts, *calls())).attempts == 1


async def test_a_day_ends_at_midnight_utc_and_the_six_before_are_told(facts: DaysOfCalls, clock: HandClock) -> None:
    await facts.learn(calls(4, talked=3))
    for ahead, before in ((1, [4]), (6, [1, 4]), (7, [1, 1])):
        await clock.move(NOON + timedelta(days=ahead) - clock.now())
        told = await units(facts, calls(offered_at=clock.now()))
        assert told["account"].day.attempts == 1
        assert [each.attempts for each in told["account"].before] == before


# --- units --------------------------------------------------------------------------------------------------------


async def test_the_busiest_quarter_of_an_hour_is_told(facts: DaysOfCalls) -> None:
    await facts.learn(calls(7))
    later = calls(9, offered_at=NOON + timedelta(minutes=20))
    assert (await units(facts, later))["account"].day.busiest == 9
    assert (await units(facts, calls(3)))["account"].day.busiest == 10


async def test_each_unit_is_counted_for_itself_and_told_once_a_batch_at_its_last_call(facts: DaysOfCalls) -> None:
    batch = calls(2, campaign="QE1", end_user="bakery") + calls(1, sender="+14155550199", campaign="QE1")
    first, second, third = await facts.learn(batch)
    assert first == DayOfCalls()
    assert {u.scope: u.day.attempts for u in second.units} == {"number": 2, "end_user": 2}
    assert {u.scope: u.day.attempts for u in third.units} == {"number": 1, "account": 3}  # the campaign is shared


async def test_a_campaign_that_one_end_user_has_alone_answers_for_itself(facts: DaysOfCalls) -> None:
    told = await units(facts, calls(2, campaign="QE1", end_user="bakery"))
    assert {scope: unit.day.attempts for scope, unit in told.items()} == {
        "number": 2, "campaign": 2, "end_user": 2, "account": 2,
    }  # fmt: skip


async def test_the_largest_part_of_a_unit_is_told_with_it(facts: DaysOfCalls) -> None:
    await facts.learn(calls(9, sender="+14155550177", talked=3))
    told = await units(facts, calls(2))
    assert told["account"].largest is not None
    assert (told["account"].largest.attempts, told["account"].others.attempts) == (9, 2)
    assert told["account"].others.under(12) == 0


async def test_a_unit_is_told_again_when_its_day_has_grown_by_a_hundredth(facts: DaysOfCalls) -> None:
    await facts.learn(calls(200))
    assert await units(facts, calls(1)) == {}
    assert (await units(facts, calls(1)))["account"].day.attempts == 202


async def test_counters_that_are_gone_leave_it_unknown(sqlite_database: Database, clock: HandClock) -> None:
    class Gone(MemoryCounters):
        async def ask(self, *_: Any) -> list[Any]:
            raise CountersUnavailable("gone")

    gone: Counters = Gone()
    allowed = Allowances(sqlite_database, clock)
    (found, other) = await DaysOfCalls(gone, clock, allowed, FAULTS).learn([*calls(), a_knock()])
    assert isinstance(found, Unknown)
    assert other == DayOfCalls()


# --- routes at fault ----------------------------------------------------------------------------------------------


def of(customer: int, count: int, **more: Any) -> list[Outcome]:
    return calls(count, **{"account": f"AC{customer:032x}", "trunk": "west", **more})


async def known(facts: DaysOfCalls, *customers: int, talked: float | None = 60.0) -> None:
    """These customers called yesterday."""
    yesterday = NOON - timedelta(days=1)
    for one in customers:
        await facts.learn(of(one, FAULTS.known, talked=talked, offered_at=yesterday, trunk="east"))


async def shorts(facts: DaysOfCalls, batch: list[Outcome]) -> dict[str, int]:
    """Short calls by account, as told last."""
    told = [unit for fact in await facts.learn(batch) for unit in fact.units if unit.scope == "account"]
    return {unit.target[-1]: unit.day.under(12) for unit in told}


async def test_where_most_customers_of_a_trunk_fail_at_once_their_calls_are_taken_out(facts: DaysOfCalls) -> None:
    await known(facts, 1, 2, 3)
    assert await shorts(facts, of(1, 60, talked=3)) == {"1": 60}
    found = await shorts(facts, [*of(1, 6, talked=3), *of(2, 6, talked=3), *of(3, 6, talked=3), *of(4, 5)])
    assert found == {"1": 0, "2": 0, "3": 0, "4": 0}
    assert await shorts(facts, of(1, 3, talked=3)) == {"1": 0}


async def test_so_are_unanswered_ones_of_a_storm_night(facts: DaysOfCalls) -> None:
    await known(facts, 1, 2, 3)
    await facts.learn([*of(1, 20, talked=None), *of(2, 20, talked=None)])
    found = await facts.learn([*of(3, 20, talked=None)])
    assert found[-1].units[-1].day.attempts == 0


async def test_those_who_call_no_more_have_their_calls_taken_out_too(
    sqlite_database: Database, clock: HandClock
) -> None:
    counters = MemoryCounters()
    facts = DaysOfCalls(counters, clock, Allowances(sqlite_database, clock), FAULTS)
    await known(facts, 1, 2, 3)
    for customer in (1, 2, 3):
        await facts.learn(of(customer, 9, talked=3))
    assert [await left(counters, customer) for customer in (1, 2, 3)] == [0, 0, 0]


async def test_each_process_takes_out_what_it_counted_once(sqlite_database: Database, clock: HandClock) -> None:
    counters, allowed = MemoryCounters(), Allowances(sqlite_database, clock)
    one, two = (DaysOfCalls(counters, clock, allowed, FAULTS) for _ in range(2))
    await known(one, 1, 2, 3)
    await one.learn([*of(1, 9, talked=3), *of(2, 9, talked=3)])
    await two.learn(of(3, 9, talked=3))
    assert [await left(counters, customer) for customer in (1, 3)] == [9, 0]
    for facts in (one, two, one):
        await facts.learn(of(1, 5, talked=3))
    assert [await left(counters, customer) for customer in (1, 2, 3)] == [0, 0, 0]


async def left(counters: Counters, customer: int) -> int:
    """Short calls of a customer's day, as counted."""
    account = f"AC{customer:032x}"
    days = await days_of(counters, account, [("account", account)], NOON)
    return days["account", account][0].under(12)


async def test_a_fault_that_lasts_is_seen_in_each_quarter_of_an_hour(facts: DaysOfCalls, clock: HandClock) -> None:
    await known(facts, 1, 2, 3)
    for quarter in range(4):
        at = NOON + timedelta(minutes=15 * quarter)
        found = await shorts(facts, [o for n in (1, 2, 3) for o in of(n, 20, talked=3, offered_at=at)])
        assert found == {"1": 0, "2": 0, "3": 0}


async def test_customers_who_do_well_on_other_trunks_show_the_fault_of_this_one(facts: DaysOfCalls) -> None:
    elsewhere = [o for n in (1, 2, 3) for o in of(n, FAULTS.known, trunk="east")]
    found = await shorts(facts, [*elsewhere, *(o for n in (1, 2, 3) for o in of(n, 9, talked=3))])
    assert found == {"1": 0, "2": 0, "3": 0}


async def test_diallers_who_are_most_of_a_trunks_users_do_not_excuse_one_another(facts: DaysOfCalls) -> None:
    """Newcomers, those who failed yesterday, and those who fail on another trunk as well."""
    assert await shorts(facts, [o for n in (1, 2, 3) for o in of(n, 60, talked=3)]) == {"1": 60, "2": 60, "3": 60}
    await known(facts, 4, 5, 6, talked=3.0)
    east = [o for n in (4, 5, 6) for o in of(n, 60, talked=3, trunk="east")]
    assert await shorts(facts, east) == {"4": 60, "5": 60, "6": 60}
    north = [o for n in (1, 2, 3) for o in of(n, 60, talked=3, trunk="north")]
    assert await shorts(facts, north) == {"1": 120, "2": 120, "3": 120}


@pytest.mark.parametrize(("sound", "left"), [(1, 9), (2, 0)])
async def test_half_of_those_who_fail_have_to_be_known_to_do_well(facts: DaysOfCalls, sound: int, left: int) -> None:
    await known(facts, *range(1, 1 + sound))
    batch = [o for n in range(1, 4) for o in of(n, 9, talked=3)]
    assert set((await shorts(facts, batch)).values()) == {left}


@pytest.mark.parametrize(("calls_before", "left"), [(FAULTS.known - 1, 9), (FAULTS.known, 0)])
async def test_either_side_of_how_many_calls_make_a_customer_known(
    facts: DaysOfCalls, calls_before: int, left: int
) -> None:
    for n in range(1, 4):
        await facts.learn(of(n, calls_before, trunk="east", offered_at=NOON - timedelta(days=1)))
    batch = [o for n in range(1, 4) for o in of(n, 9, talked=3)]
    assert set((await shorts(facts, batch)).values()) == {left}


async def test_one_dialler_among_customers_who_do_well_is_no_fault_of_the_trunk(facts: DaysOfCalls) -> None:
    well = [o for n in range(2, 6) for o in [*of(n, 9), *of(n, 1, talked=3)]]
    assert (await shorts(facts, [*of(1, 60, talked=3), *well]))["1"] == 60


async def test_accounts_of_one_owner_are_one_customer_of_a_trunk(sqlite_database: Database, clock: HandClock) -> None:
    class Owned(Allowances):
        async def of(self, accounts: Any) -> Any:
            return {a: type("A", (), {"root": ACCOUNT})() for a in accounts}

    facts = DaysOfCalls(MemoryCounters(), clock, Owned(sqlite_database, clock), FAULTS)
    await known(facts, *range(1, 6))
    batch = [o for n in range(1, 6) for o in of(n, 10, talked=3)]
    told = [u for fact in await facts.learn(batch) for u in fact.units if u.owner]
    assert [(u.target, u.day.under(12)) for u in told] == [(ACCOUNT, 50)]


async def test_another_quarter_of_an_hour_is_judged_by_itself(facts: DaysOfCalls, clock: HandClock) -> None:
    await known(facts, 1, 2, 3)
    await facts.learn([o for n in (1, 2, 3) for o in of(n, 9, talked=3)])
    await clock.move(timedelta(minutes=20))
    assert await shorts(facts, of(1, 30, talked=3, offered_at=clock.now())) == {"1": 30}
