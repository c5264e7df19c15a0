"""Clause 3: one text over many senders; and the crowds that are not that."""

from __future__ import annotations

from typing import Any

from masstransit.facts.brands import Brands
from masstransit.facts.identity import Campaign
from masstransit.facts.links import Links, links_in
from masstransit.facts.pulses import Pulses
from masstransit.facts.traffic import FanOut, Frequency, PairHistory
from masstransit.facts.variants import Variants
from masstransit.model.communication import Kind, Purpose
from masstransit.model.decision import Verdict
from masstransit.policy.clause_03_reverse_engineering import ReverseEngineering
from tests.makers import an_answer, an_sms, rulings

CLAUSE = ReverseEngineering()
STRANGER = PairHistory(alternations_60s=0, unanswered_24h=0, answered=False)


NOBODY = Brands()
FLARE = "https://deals.example/x"


def verdicts(
    senders: int, messages: int, history: PairHistory = STRANGER, *, pool: bool = False, **more: Any
) -> list[Verdict]:
    fan = FanOut(senders_1h=senders, messages_1h=messages)
    offer = an_sms(**{"purpose": Purpose.TRANSACTIONAL} | more)
    return [r.verdict for r in rulings(CLAUSE, "3.2", offer, fan, history, Campaign(pool=pool), Brands(), Links())]


def spread_to_a_domain(senders: int, messages: int, brands: Brands = NOBODY, **more: Any) -> list[Verdict]:
    fan = FanOut(senders_1h=1, messages_1h=1, domain_senders_1h=senders, domain_messages_1h=messages)
    offer, links = an_sms(text=FLARE, **more), Links(found=links_in(FLARE))
    return [r.verdict for r in rulings(CLAUSE, "3.2", offer, fan, STRANGER, Campaign(), brands, links)]


def sounding(pulses: Pulses, sent: int = 10, *, answered: bool = False, **more: Any) -> list[Verdict]:
    history = PairHistory(alternations_60s=0, unanswered_24h=0, answered=answered)
    day = Frequency(marketing_24h=0, all_24h=sent)
    return [r.verdict for r in rulings(CLAUSE, "3.1.1", an_sms(**more), pulses, day, history)]


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


def test_advertising_that_is_spread_thinly_is_held_from_sixteen_senders_on() -> None:
    assert (CLAUSE.thin_senders, CLAUSE.thin_messages) == (16, 5.0)
    assert verdicts(16, 80, purpose=Purpose.MARKETING) == [Verdict.HOLD]
    assert verdicts(16, 80, purpose=None) == [Verdict.HOLD]
    assert verdicts(15, 75, purpose=Purpose.MARKETING) == []
    assert verdicts(16, 81, purpose=Purpose.MARKETING) == []
    assert verdicts(49, 49, purpose=Purpose.OTP) == []


def test_a_pool_that_carriers_approved_may_be_used() -> None:
    assert verdicts(200, 1000, pool=True) == []
    assert verdicts(40, 40, pool=True, purpose=Purpose.MARKETING) == []


def test_texts_in_many_words_that_lead_to_one_place_are_held() -> None:
    assert spread_to_a_domain(20, 20, purpose=Purpose.MARKETING) == [Verdict.HOLD]
    assert spread_to_a_domain(50, 50, purpose=Purpose.TRANSACTIONAL) == [Verdict.HOLD]
    assert spread_to_a_domain(49, 49, purpose=Purpose.TRANSACTIONAL) == []


def test_the_people_of_a_firm_may_all_lead_to_its_own_site() -> None:
    own = Brands(names=("Northwind",), domains=("deals.example",))
    assert spread_to_a_domain(90, 90, own, purpose=Purpose.TRANSACTIONAL) == []


def test_bursts_near_the_rate_with_pauses_to_the_same_people_are_noticed() -> None:
    assert (CLAUSE.sounding_minutes, CLAUSE.idle_share, CLAUSE.sounding_messages) == (5, 0.5, 10)
    staircase = Pulses(minutes_30m=5, busy_share=0.5)
    assert sounding(staircase) == [Verdict.FLAG]
    assert sounding(Pulses(minutes_30m=4, busy_share=0.5)) == []
    assert sounding(Pulses(minutes_30m=5, busy_share=0.51)) == []  # a busy customer sends on until it is done
    assert sounding(staircase, sent=9) == []  # a list, and not a few handsets
    assert sounding(staircase, answered=True) == []
    assert sounding(staircase, purpose=Purpose.EMERGENCY) == []


def test_while_pulses_are_unknown_messages_flow() -> None:
    day = Frequency(marketing_24h=0, all_24h=99)
    assert rulings(CLAUSE, "3.1.1", an_sms(), day, STRANGER, unknown=(Pulses,)) == []


def test_a_support_team_that_answers_from_many_numbers_is_let_through() -> None:
    assert verdicts(80, 160, PairHistory(alternations_60s=1, unanswered_24h=0, answered=True)) == []


def test_a_school_that_closes_is_let_through() -> None:
    assert verdicts(60, 300, purpose=Purpose.EMERGENCY) == []


def test_while_the_counts_are_unknown_messages_flow() -> None:
    assert rulings(CLAUSE, "3.2", an_sms(), STRANGER, unknown=(FanOut,)) == []


def test_answers_of_people_and_other_channels_are_not_its_kind() -> None:
    fan = FanOut(senders_1h=200, messages_1h=200)
    other = (fan, STRANGER, Campaign(), Brands(), Links())
    assert rulings(CLAUSE, "3.2", an_answer(text="hi"), *other) == []
    assert rulings(CLAUSE, "3.2", an_sms(kind=Kind.EMAIL), *other) == []


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
