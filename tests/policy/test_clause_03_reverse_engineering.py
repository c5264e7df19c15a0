"""Clause 3: one text over many senders; and the crowds that are not that."""

from __future__ import annotations

from typing import Any

from masstransit.facts.traffic import FanOut, PairHistory
from masstransit.facts.variants import Variants
from masstransit.model.communication import Kind, Purpose
from masstransit.model.decision import Verdict
from masstransit.policy.clause_03_reverse_engineering import ReverseEngineering
from tests.makers import an_answer, an_sms, rulings

CLAUSE = ReverseEngineering()
STRANGER = PairHistory(alternations_60s=0, unanswered_24h=0, answered=False)


def verdicts(senders: int, messages: int, history: PairHistory = STRANGER, **more: Any) -> list[Verdict]:
    fan = FanOut(senders_1h=senders, messages_1h=messages)
    return [r.verdict for r in rulings(CLAUSE, "3.2", an_sms(**more), fan, history)]


def test_one_sender_is_no_spreading() -> None:
    assert verdicts(1, 10_000) == []


def test_two_hundred_numbers_with_five_messages_each_are_held() -> None:
    assert verdicts(200, 1000) == [Verdict.HOLD]


def test_fifty_senders_are_held_and_forty_nine_are_not() -> None:
    assert verdicts(49, 245) == []
    assert verdicts(50, 250) == [Verdict.HOLD]


def test_a_pool_that_uses_its_numbers_is_no_snowshoe() -> None:
    assert verdicts(50, 1000) == [Verdict.HOLD]
    assert verdicts(50, 1001) == []


def test_a_support_team_that_answers_from_many_numbers_is_let_through() -> None:
    assert verdicts(80, 160, PairHistory(alternations_60s=1, unanswered_24h=0, answered=True)) == []


def test_a_school_that_closes_is_let_through() -> None:
    assert verdicts(60, 300, purpose=Purpose.EMERGENCY) == []


def test_while_the_counts_are_unknown_messages_flow() -> None:
    assert rulings(CLAUSE, "3.2", an_sms(), STRANGER, unknown=(FanOut,)) == []


def test_answers_of_people_and_other_channels_are_not_its_kind() -> None:
    fan = FanOut(senders_1h=200, messages_1h=200)
    assert rulings(CLAUSE, "3.2", an_answer(text="hi"), fan, STRANGER) == []
    assert rulings(CLAUSE, "3.2", an_sms(kind=Kind.EMAIL), fan, STRANGER) == []


def test_a_ladder_of_variants_after_a_refusal_is_held() -> None:
    for different, refused, expected in (
        (CLAUSE.variants, 1, [Verdict.HOLD]),
        (CLAUSE.variants - 1, 1, []),
        (CLAUSE.variants, 0, []),  # an odd style of writing that nobody refused
        (0, 9, []),  # texts are put right after refusals, in plain letters
    ):
        varied = Variants(undone=("homoglyphs",), different=different, refused=refused)
        assert [r.verdict for r in rulings(CLAUSE, "3.1", an_sms(), varied)] == expected


def test_while_variants_are_unknown_messages_flow() -> None:
    assert rulings(CLAUSE, "3.1", an_sms(), unknown=(Variants,)) == []
    ladder = Variants(undone=("leet",), different=50, refused=50)
    assert rulings(CLAUSE, "3.1", an_answer(text="fr33"), ladder) == []


def test_it_says_what_it_does_not_judge_yet() -> None:
    assert "pictures" in ReverseEngineering.not_yet


def test_spreading_is_told_by_both_figures() -> None:
    many = CLAUSE.senders
    assert verdicts(many, round(many * CLAUSE.messages_a_sender)) == [Verdict.HOLD]
    assert verdicts(many, round(many * CLAUSE.messages_a_sender) + 1) == []
