"""Calls in masses are answered and last; whoever answers for the others is met, and no faults of lines."""

from __future__ import annotations

from typing import Any

import pytest

from masstransit.facts.calls.call_day import CallDay, Ends
from masstransit.facts.calls.days import DayOfCalls, UnitDay
from masstransit.model.decision import Ruling, Verdict
from masstransit.model.outcome import OutcomeKind
from masstransit.policy.clause_19_unanswered_and_short_calls import UnansweredAndShortCalls
from tests.makers import ACCOUNT, NOON, a_call, a_call_ended, an_outcome, rulings

CLAUSE = UnansweredAndShortCalls()
SIX, SEVEN, ELEVEN, TWELVE = 12, 14, 23, 24  # doubled seconds: exactly 6, exactly 7, more than 11, exactly 12


def a_day(answered: int = 100, attempts: int | None = None, **more: Any) -> CallDay:
    """So many answered calls, all of which last unless told otherwise."""
    return CallDay(attempts=answered if attempts is None else attempts, answered=answered, **more)


def ended(count: int, at: int, by: str = "caller", **more: Any) -> CallDay:
    """A hundred answered calls, so many of which somebody ended early."""
    return a_day(ends=Ends(**{by: {at: count}}), **more)


def missed(answered: int, attempts: int = 200, **more: Any) -> CallDay:
    return a_day(answered, attempts, **more)


def a_unit(day: CallDay, **more: Any) -> UnitDay:
    return UnitDay(**{"scope": "number", "target": "+14155550100", **more}, day=day)


def found(rule: str, *units: UnitDay, clause: UnansweredAndShortCalls = CLAUSE) -> list[Ruling]:
    return rulings(clause, rule, a_call_ended(), DayOfCalls(units=units))


def verdicts(rule: str, day: CallDay, **more: Any) -> list[Verdict]:
    return [ruling.verdict for ruling in found(rule, a_unit(day, **more))]


# --- 19.3: calls are answered, and last ---------------------------------------------------------------------------


def test_calls_that_are_answered_and_last_are_plainly_fine() -> None:
    assert verdicts("19.3", a_day(5000, 8000)) == []


def test_who_hangs_up_on_most_is_slowed_down_at_once() -> None:
    (ruling,) = found("19.3", a_unit(ended(80, 4)))
    assert ruling.verdict is Verdict.DELAY
    assert ruling.until is not None
    assert ruling.until > NOON
    assert ruling.evidence["ended_early_by"] == {"caller": 80}
    assert (ruling.evidence["scope"], ruling.evidence["target"]) == ("number", "+14155550100")


@pytest.mark.parametrize(
    ("figure", "below", "reached"),
    [
        ("shortest_share_warn", [], [Verdict.FLAG]),
        ("shortest_share_throttle", [Verdict.FLAG], [Verdict.DELAY]),
        ("shortest_share_suspend", [Verdict.DELAY], [Verdict.REFUSE]),
        ("short_share_warn", [], [Verdict.FLAG]),
        ("short_share_throttle", [Verdict.FLAG], [Verdict.DELAY]),
        ("short_share_suspend", [Verdict.DELAY], [Verdict.REFUSE]),
    ],
)
def test_either_side_of_each_share_of_short_calls(figure: str, below: list[Verdict], reached: list[Verdict]) -> None:
    count = round(100 * getattr(CLAUSE, figure))
    at = SIX if figure.startswith("shortest") else ELEVEN
    before = (ended(100, 4),)  # so that it is twice in a week
    for by in ("caller", "callee"):
        assert verdicts("19.3", ended(count - 1, at, by=by), before=before) == below
        assert verdicts("19.3", ended(count, at, by=by), before=before) == reached


def test_exactly_the_shortest_seconds_are_within_them_and_exactly_twelve_are_not_short() -> None:
    assert (CLAUSE.shortest_seconds, CLAUSE.short_seconds) == (6, 12)
    assert verdicts("19.3", ended(10, SIX)) == [Verdict.FLAG]
    assert verdicts("19.3", ended(10, SEVEN)) == []
    assert verdicts("19.3", ended(99, ELEVEN)) == [Verdict.DELAY]
    assert verdicts("19.3", ended(99, TWELVE)) == []


@pytest.mark.parametrize(
    ("figure", "at", "below"),
    [
        ("asr_warn", [], [Verdict.FLAG]),
        ("asr_throttle", [Verdict.FLAG], [Verdict.DELAY]),
        ("asr_suspend", [Verdict.DELAY], [Verdict.REFUSE]),
    ],
)
def test_either_side_of_each_figure_of_answers(figure: str, at: list[Verdict], below: list[Verdict]) -> None:
    answered = round(200 * getattr(CLAUSE, figure))
    assert verdicts("19.3", missed(answered), before=(missed(0),)) == at
    assert verdicts("19.3", missed(answered - 1), before=(missed(0),)) == below


def test_few_calls_tell_nothing() -> None:
    few = CLAUSE.least_answered - 1
    assert verdicts("19.3", a_day(few, ends=Ends(caller={4: few}))) == []
    assert verdicts("19.3", missed(0, attempts=CLAUSE.least_attempts - 1)) == []


@pytest.mark.parametrize("bad", [ended(25, SIX), ended(50, ELEVEN), missed(39)])
def test_to_suspend_is_proposed_when_it_was_as_bad_on_another_day_of_the_week(bad: CallDay) -> None:
    assert CLAUSE.suspend_days == 2
    assert verdicts("19.3", bad, before=(bad,)) == [Verdict.REFUSE]
    assert verdicts("19.3", bad, before=(a_day(5000), ended(24, SIX), missed(40))) == [Verdict.DELAY]


def test_a_day_that_is_less_bad_than_one_before_is_met_as_it_is() -> None:
    assert verdicts("19.3", ended(10, SIX), before=(ended(80, 4), ended(80, 4))) == [Verdict.FLAG]


def test_the_twelve_seconds_are_the_clauses_own_and_can_be_changed() -> None:
    shorter = UnansweredAndShortCalls(short_seconds=8)
    assert found("19.3", a_unit(ended(40, ELEVEN)), clause=shorter) == []


# --- who answers for it -------------------------------------------------------------------------------------------


def test_spread_over_many_numbers_the_campaign_is_met() -> None:
    number, campaign = a_day(1, ends=Ends(caller={4: 1})), a_day(300, ends=Ends(caller={4: 240}))
    units = (a_unit(number), a_unit(campaign, scope="campaign", target="QE1", largest=number))
    assert [r.evidence["scope"] for r in found("19.3", *units)] == ["campaign"]


def test_one_bad_number_of_a_campaign_is_met_alone() -> None:
    bad, whole = ended(90, 4), a_day(400, ends=Ends(caller={4: 95}))
    units = (a_unit(bad), a_unit(whole, scope="campaign", target="QE1", largest=bad))
    assert [r.evidence["scope"] for r in found("19.3", *units)] == ["number"]


def test_where_several_numbers_do_it_the_campaign_is_met_too() -> None:
    bad, whole = ended(90, 4), a_day(300, ends=Ends(caller={4: 270}))
    units = (a_unit(bad), a_unit(whole, scope="campaign", target="QE1", largest=bad))
    assert [r.evidence["scope"] for r in found("19.3", *units)] == ["number", "campaign"]


def test_an_owner_is_met_for_what_all_its_accounts_do() -> None:
    (ruling,) = found("19.3", a_unit(ended(90, 4), scope="account", target=ACCOUNT, owner=ACCOUNT))
    assert ruling.evidence["owner"] == ACCOUNT


# --- causes before blame ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", ["fault", "false_answer", "machine"])
def test_what_a_line_or_a_machine_cut_short_is_no_short_call(why: str) -> None:
    assert verdicts("19.3", a_day(300, ends=Ends(**{why: {6: 200}}))) == []


def test_nor_does_it_hide_those_that_are() -> None:
    day = a_day(300, ends=Ends(fault={6: 200}, caller={4: 35}))
    assert verdicts("19.3", day) == [Verdict.DELAY]


def test_what_a_carrier_failed_is_nobodys_unanswered_call() -> None:
    assert verdicts("19.3", missed(100, attempts=500, failed=300)) == []


def test_machine_detection_that_hangs_up_too_much_is_warned_of_and_nothing_more() -> None:
    assert CLAUSE.machine_share == CLAUSE.short_share_warn
    day = a_day(100, ends=Ends(machine={6: 80}))
    (ruling,) = found("19.4", a_unit(day, before=(day, day)))
    assert ruling.verdict is Verdict.FLAG
    assert "tune" in ruling.remedy


@pytest.mark.parametrize(("count", "answered", "verdict"), [(24, 100, []), (25, 100, [Verdict.FLAG]), (99, 99, [])])
def test_either_side_of_the_figures_of_machine_detection(count: int, answered: int, verdict: list[Verdict]) -> None:
    assert verdicts("19.4", a_day(answered, ends=Ends(machine={6: count}))) == verdict


def test_when_a_trunk_is_at_fault_is_for_the_facts_to_apply_and_for_the_clause_to_say() -> None:
    """How that is told stands in tests/facts/calls/test_days.py."""
    assert (CLAUSE.fault_customers, CLAUSE.fault_calls, CLAUSE.fault_share, CLAUSE.fault_known) == (3, 5, 0.5, 20)


@pytest.mark.parametrize(("busiest", "left"), [(6000, 100.0), (600, 10.0), (200, 3.33), (60, 1.0), (20, 1.0)])
def test_a_throttle_leaves_a_quarter_of_the_pace_and_one_call_a_minute_at_least(busiest: int, left: float) -> None:
    assert (CLAUSE.pace_left, CLAUSE.least_left) == (0.25, 1.0)
    day = a_day(100, ends=Ends(caller={6: 20}), busiest=busiest)
    (ruling,) = found("19.3", a_unit(day))
    assert ruling.evidence["leaves_per_minute"] == left


# --- 19.3.1: numbers that are nobody's ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "attempts", "verdict"),
    [
        (0, 200, []),
        (10, 200, []),
        (11, 200, [Verdict.FLAG]),
        (20, 200, [Verdict.FLAG]),
        (21, 200, [Verdict.DELAY]),
        (44, 200, [Verdict.DELAY]),
        (150, 199, []),
    ],
)
def test_either_side_of_each_figure_of_unallocated_numbers(count: int, attempts: int, verdict: list[Verdict]) -> None:
    assert (CLAUSE.unallocated_warn, CLAUSE.unallocated_throttle) == (0.05, 0.10)
    assert verdicts("19.3.1", missed(100, attempts=attempts, unallocated=count)) == verdict


# --- what it does not hear, and what is not known -----------------------------------------------------------------


@pytest.mark.parametrize("rule", ["19.3", "19.3.1", "19.4"])
def test_unknown_counts_are_followed_by_nothing(rule: str) -> None:
    assert rulings(CLAUSE, rule, a_call_ended(), unknown=(DayOfCalls,)) == []


@pytest.mark.parametrize("rule", ["19.3", "19.3.1", "19.4"])
def test_offers_and_messages_are_not_its_kind(rule: str) -> None:
    bad = DayOfCalls(units=(a_unit(ended(100, 4, unallocated=100)),))
    assert rulings(CLAUSE, rule, a_call(), bad) == []
    assert rulings(CLAUSE, rule, an_outcome(OutcomeKind.UNDELIVERED), bad) == []
