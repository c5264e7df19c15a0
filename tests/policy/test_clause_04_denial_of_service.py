"""Clause 4: rates, queues, loops, lists sent twice; and the large lawful crowds that wait their turn and no more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from masstransit.clause import Clause
from masstransit.clock import HandClock
from masstransit.counters import MemoryCounters
from masstransit.facts.calls.calling import CalledLine
from masstransit.facts.traffic import (
    Allowances,
    PairHistories,
    PairHistory,
    QueueDepth,
    RepeatCounts,
    Repeats,
    TenantRate,
    TenantRates,
)
from masstransit.model.communication import Communication, Kind, Purpose, Voice
from masstransit.model.decision import Verdict
from masstransit.model.outcome import OutcomeKind
from masstransit.policy.clause_04_denial_of_service import DenialOfService
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.makers import NOON, a_call, a_call_ended, an_answer, an_outcome, an_sms, changed, rulings

CLAUSE = DenialOfService()


def verdicts(rule: str, *facts: Any, subject: Any = None, clause: Clause = CLAUSE) -> list[Verdict]:
    return [r.verdict for r in rulings(clause, rule, subject or an_sms(), *facts)]


# --- rate and queue -----------------------------------------------------------------------------------------------


def test_within_its_rate_an_account_is_not_held_up() -> None:
    assert verdicts("4.1", TenantRate(rate=100, allowed=True)) == []


def test_over_its_rate_the_sender_is_told_when_to_come_back() -> None:
    (ruling,) = rulings(CLAUSE, "4.1", an_sms(), TenantRate(rate=100, allowed=False, retry_after=1.5))
    assert (ruling.verdict, ruling.overload, ruling.until) == (Verdict.DELAY, True, NOON + timedelta(seconds=1.5))


def test_a_queue_is_full_at_its_quota_and_not_before() -> None:
    assert verdicts("4.1b", QueueDepth(waiting=99_999)) == []
    assert verdicts("4.1b", QueueDepth(waiting=100_000)) == [Verdict.DELAY]


def test_an_account_may_have_a_quota_of_its_own() -> None:
    assert verdicts("4.1b", QueueDepth(waiting=10, quota=10)) == [Verdict.DELAY]
    assert verdicts("4.1b", QueueDepth(waiting=100_000, quota=200_000)) == []


def test_what_was_accepted_does_not_find_the_queue_full() -> None:
    assert verdicts("4.1b", QueueDepth(waiting=200_000), subject=an_sms(attempt=1)) == []


# --- loops --------------------------------------------------------------------------------------------------------


def history(alternations: int) -> PairHistory:
    return PairHistory(alternations_60s=alternations, unanswered_24h=0, answered=True)


def test_a_pair_is_slowed_down_at_ten_alternations_and_not_at_nine() -> None:
    assert verdicts("4.2", history(9)) == []
    (ruling,) = rulings(CLAUSE, "4.2", an_sms(), history(10))
    assert (ruling.verdict, ruling.overload, ruling.until) == (Verdict.DELAY, False, NOON + timedelta(seconds=60))


def test_what_a_person_writes_is_never_slowed_down() -> None:
    assert verdicts("4.2", history(30), subject=an_answer(text="and?")) == []


async def test_a_lively_conversation_of_people_is_no_loop(keys: Keys) -> None:
    clock = HandClock(NOON)
    pairs = PairHistories(MemoryCounters(), clock, keys.person)
    for i in range(20):
        (fact,) = await pairs.learn([an_answer(id=f"in{i}", text="hi") if i % 2 else an_sms(id=f"out{i}")])
        await clock.move(timedelta(seconds=8))
        assert verdicts("4.2", fact) == []


# --- lists sent twice ---------------------------------------------------------------------------------------------


async def judged(learner: RepeatCounts, batch: list[Communication]) -> list[Verdict]:
    facts = await learner.learn(batch)
    return [v for c, fact in zip(batch, facts, strict=True) for v in verdicts("4.6", fact, subject=c)]


def a_list(count: int, text: str = "Sale ends today", **more: Any) -> list[Communication]:
    return [an_sms(id=f"SM{i}", recipient=f"+121255{i:05}", text=text, **more) for i in range(count)]


def resent(batch: list[Communication]) -> list[Communication]:
    return [changed(c, id=f"again{c.id}") for c in batch]


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def learner(clock: HandClock, keys: Keys) -> RepeatCounts:
    return RepeatCounts(MemoryCounters(), clock, keys.person)


async def test_a_job_that_runs_every_hour_is_held_from_the_twentieth_repeat(
    learner: RepeatCounts, clock: HandClock
) -> None:
    batch = a_list(200)
    assert await judged(learner, batch) == []
    await clock.move(timedelta(hours=1))
    assert await judged(learner, resent(batch)) == [Verdict.HOLD] * 181


async def test_a_large_school_that_closes_is_let_through(learner: RepeatCounts) -> None:
    assert await judged(learner, a_list(5000, "School is closed today")) == []


async def test_a_storm_warning_that_is_repeated_is_carried_and_looked_at(learner: RepeatCounts) -> None:
    batch = a_list(100, "Take shelter now", purpose=Purpose.EMERGENCY)
    await judged(learner, batch)
    assert await judged(learner, resent(batch)) == [Verdict.FLAG] * 67  # from a quarter of the traffic on


async def test_codes_asked_for_again_are_let_through(learner: RepeatCounts) -> None:
    for turn in range(3):
        batch = [changed(c, id=f"{turn}{c.id}", text=f"Code {turn}{c.id}") for c in a_list(200)]
        assert await judged(learner, batch) == []


async def test_a_wave_of_people_who_ask_for_the_same_code_again_get_it(learner: RepeatCounts) -> None:
    batch = a_list(200, "Your code is 1234", purpose=Purpose.OTP)
    await judged(learner, batch)
    assert set(await judged(learner, resent(batch))) == {Verdict.FLAG}


async def test_a_list_that_is_sent_twice_at_once_is_held_from_the_67th_repeat(learner: RepeatCounts) -> None:
    batch = a_list(200)
    assert await judged(learner, batch + resent(batch)) == [Verdict.HOLD] * 134


async def test_some_who_ask_for_the_same_text_again_are_let_through(learner: RepeatCounts) -> None:
    batch = a_list(400, "Here is the menu")
    await judged(learner, batch)
    assert await judged(learner, resent(batch[:120])) == []  # fewer than a quarter of what the account sends


async def test_retries_after_failed_deliveries_are_let_through(learner: RepeatCounts) -> None:
    batch = a_list(200)
    await judged(learner, batch)
    await learner.learn([an_outcome(OutcomeKind.UNDELIVERED, id=f"OU{c.id}", recipient=c.recipient) for c in batch])
    assert await judged(learner, resent(batch)) == []


async def test_a_list_that_the_client_declares_to_be_tried_again_is_let_through(learner: RepeatCounts) -> None:
    batch = a_list(200)
    await judged(learner, batch)
    for attempt in (2, 3):
        assert await judged(learner, [changed(c, id=f"{attempt}{c.id}", attempts_told=attempt) for c in batch]) == []


async def test_a_declared_attempt_excuses_no_more_offers_than_it_says(learner: RepeatCounts) -> None:
    batch = a_list(200)
    for turn in range(3):
        await judged(learner, [changed(c, id=f"{turn}{c.id}") for c in batch])
    assert Verdict.HOLD in await judged(learner, [changed(c, id=f"last{c.id}", attempts_told=2) for c in batch])


def test_repeats_are_held_at_twenty_and_at_a_quarter_of_the_traffic_and_not_below() -> None:
    def repeats(count: int, messages: int) -> list[Verdict]:
        return verdicts("4.6", Repeats(same_1h=1, account_repeats_10m=count, account_messages_10m=messages))

    assert repeats(19, 19) == []
    assert repeats(20, 20) == [Verdict.HOLD]
    assert repeats(20, 80) == [Verdict.HOLD]
    assert repeats(20, 81) == []


def test_new_messages_pass_beside_a_list_that_is_repeated() -> None:
    assert verdicts("4.6", Repeats(same_1h=0, account_repeats_10m=500, account_messages_10m=600)) == []


# --- retries ------------------------------------------------------------------------------------------------------


def test_a_message_is_tried_five_times_and_not_six() -> None:
    assert CLAUSE.attempts == 5
    for told, expected in ((1, []), (5, []), (6, [Verdict.REFUSE]), (99, [Verdict.REFUSE])):
        assert verdicts("4.3", subject=an_sms(attempts_told=told)) == expected
    assert verdicts("4.3", subject=an_sms(attempts_told=2), clause=DenialOfService(attempts=1)) == [Verdict.REFUSE]


def test_who_retries_too_often_is_not_asked_to_try_once_more() -> None:
    (ruling,) = rulings(CLAUSE, "4.3", an_sms(attempts_told=6))
    assert (ruling.code, ruling.overload, ruling.until) == (30004, False, None)
    assert "status callbacks" in ruling.remedy


def test_a_warning_of_danger_is_tried_as_often_as_it_takes_and_looked_at() -> None:
    assert verdicts("4.3", subject=an_sms(attempts_told=20, purpose=Purpose.EMERGENCY)) == [Verdict.FLAG]


def test_tries_of_our_own_are_no_attempts_of_the_client() -> None:
    """Quiet hours, a full window and a carrier that was away have the gate asked again and again."""
    assert verdicts("4.3", subject=an_sms(attempt=20)) == []


def test_what_people_send_is_never_a_retry() -> None:
    assert verdicts("4.3", subject=an_answer(text="hi", attempts_told=20)) == []


# --- in general ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "fact"), [("4.1", TenantRate), ("4.1b", QueueDepth), ("4.2", PairHistory), ("4.6", Repeats)]
)
def test_while_the_counts_are_unknown_messages_flow(rule: str, fact: type) -> None:
    assert rulings(CLAUSE, rule, an_sms(), unknown=(fact,)) == []


def test_other_channels_are_not_its_kind_yet() -> None:
    assert verdicts("4.1", TenantRate(rate=1, allowed=False), subject=an_sms(kind=Kind.CALL)) == []


def test_outcomes_are_heard_so_that_failures_are_counted_and_never_judged() -> None:
    nothing = Repeats(same_1h=0, account_repeats_10m=900, account_messages_10m=900)
    assert verdicts("4.6", nothing, subject=an_outcome()) == []


def test_the_pauses_and_quotas_are_those_that_were_set() -> None:
    clause = DenialOfService(queue_quota=10, queue_pause=7.0, alternations=3, loop_pause=20.0)
    assert verdicts("4.1b", QueueDepth(waiting=9), clause=clause) == []
    (full,) = rulings(clause, "4.1b", an_sms(), QueueDepth(waiting=10))
    assert full.until == NOON + timedelta(seconds=clause.queue_pause)
    assert verdicts("4.2", history(2), clause=clause) == []
    (looping,) = rulings(clause, "4.2", an_sms(), history(3))
    assert looping.until == NOON + timedelta(seconds=clause.loop_pause)
    stricter = DenialOfService(repeated_messages=5, repeated_share=0.5)
    repeats = Repeats(same_1h=1, account_repeats_10m=5, account_messages_10m=10)
    assert verdicts("4.6", repeats, clause=stricter) == [Verdict.HOLD]
    assert verdicts("4.6", changed(repeats, account_messages_10m=11), clause=stricter) == []
    assert verdicts("4.6", changed(repeats, account_repeats_10m=4, account_messages_10m=4), clause=stricter) == []


async def test_an_account_without_a_rate_of_its_own_has_the_clauses(sqlite_database: Database) -> None:
    clock = HandClock(NOON)
    clause = DenialOfService(messages_per_second=2.0, burst_seconds=3.0)
    allowed = Allowances(sqlite_database, clock)
    rates = TenantRates(
        MemoryCounters(), clock, allowed, rate=clause.messages_per_second, burst_seconds=clause.burst_seconds
    )
    facts = await rates.learn([an_sms(id=f"SM{i}") for i in range(7)])
    assert [bool(verdicts("4.1", fact, clause=clause)) for fact in facts] == [False] * 6 + [True]


# --- floods of calls ------------------------------------------------------------------------------------------------


def flooded(subject: Any = None, **line: int) -> list[Verdict]:
    return verdicts("4.4", CalledLine(**line), subject=subject or a_call())


def test_who_rings_one_line_again_and_again_for_nothing_waits() -> None:
    assert flooded(account_10m=CLAUSE.flood, account_short_10m=CLAUSE.flood - 1) == []
    assert flooded(account_10m=CLAUSE.flood, account_short_10m=CLAUSE.flood) == [Verdict.DELAY]
    (ruling,) = rulings(CLAUSE, "4.4", a_call(), CalledLine(account_10m=30, account_short_10m=30))
    assert (ruling.until, ruling.overload) == (NOON + timedelta(seconds=CLAUSE.flood_pause), True)


def test_a_busy_line_on_which_most_calls_are_talked_on_is_no_flood() -> None:
    assert CLAUSE.flood_share == 0.5
    assert flooded(account_10m=81, account_short_10m=40) == []
    assert flooded(account_10m=80, account_short_10m=40) == [Verdict.DELAY]


def test_many_accounts_that_hang_up_on_one_line_wait() -> None:
    many = CLAUSE.flood_brands
    assert flooded(brands_10m=many, all_short_10m=CLAUSE.flood_of_many - 1) == []
    assert flooded(brands_10m=many, all_short_10m=CLAUSE.flood_of_many) == [Verdict.DELAY]
    assert flooded(brands_10m=many - 1, all_short_10m=CLAUSE.flood_of_many) == []


def test_a_call_in_an_emergency_goes_out_into_a_flood_and_records_and_texts_are_not_judged() -> None:
    line = {"account_10m": 50, "account_short_10m": 50}
    assert flooded(a_call(purpose=Purpose.EMERGENCY), **line) == [Verdict.FLAG]
    assert flooded(a_call_ended(), **line) == []
    assert flooded(an_sms(), **line) == []
    assert rulings(CLAUSE, "4.4", a_call(), unknown=(CalledLine,)) == []


# --- 4.5: lines of one business -----------------------------------------------------------------------------------


def tied_up(by_machine: int, **call: Any) -> list[Verdict]:
    spoken = a_call(**{"voice": Voice.PRERECORDED, **call})
    return verdicts("4.5", CalledLine(by_machine=by_machine), subject=spoken)


def test_a_machine_calls_a_number_while_none_of_its_calls_is_under_way_there() -> None:
    assert CLAUSE.machine_lines == 1
    assert tied_up(0) == []


def test_a_second_line_is_not_tied_up_by_a_machine_that_is_on_the_first() -> None:
    (ruling,) = rulings(CLAUSE, "4.5", a_call(voice=Voice.ARTIFICIAL), CalledLine(by_machine=1))
    assert ruling.verdict is Verdict.DELAY
    assert ruling.until == NOON + timedelta(seconds=CLAUSE.machine_pause)
    assert not ruling.overload  # nothing is wrong with how fast it calls others


@pytest.mark.parametrize(
    "call", [{"voice": Voice.LIVE}, {"voice": None}, {"purpose": Purpose.OTP}, {"purpose": Purpose.EMERGENCY}]
)
def test_people_codes_that_were_asked_for_and_warnings_are_no_machine_that_ties_up_lines(call: dict[str, Any]) -> None:
    assert tied_up(3, **call) == []


def test_unknown_counts_of_machines_let_calls_go_and_texts_are_not_its_kind() -> None:
    assert rulings(CLAUSE, "4.5", a_call(voice=Voice.PRERECORDED), unknown=(CalledLine,)) == []
    assert rulings(CLAUSE, "4.5", an_sms(), CalledLine(by_machine=2)) == []
