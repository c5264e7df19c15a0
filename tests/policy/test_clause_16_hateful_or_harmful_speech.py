"""Clause 16: threats, calls to violence, hate, accusations, offers that exclude; and quotation, counter-speech."""

from __future__ import annotations

from typing import Any

import pytest

from masstransit.facts.content import Content
from masstransit.facts.refrains import Refrain
from masstransit.facts.traffic import PairHistory, Rates
from masstransit.model.communication import Kind, Purpose
from masstransit.model.decision import Verdict
from masstransit.policy.clause_16_hateful_or_harmful_speech import HatefulOrHarmfulSpeech
from tests.makers import an_answer, an_sms, changed, rulings, says

CLAUSE = HatefulOrHarmfulSpeech()
STRANGER = PairHistory(alternations_60s=0, unanswered_24h=2, answered=False)
ONCE, PEOPLE = Refrain(), Rates(recipients_24h=1)
MUTUAL = PairHistory(alternations_60s=1, unanswered_24h=0, answered=True)


def verdicts(rule: str, *facts: Any, **sms: Any) -> list[Verdict]:
    learned = {type(fact): fact for fact in (STRANGER, ONCE, PEOPLE, *facts)}
    return [r.verdict for r in rulings(CLAUSE, rule, an_sms(**sms), *learned.values())]


@pytest.mark.parametrize(("rule", "label"), [("16.2", "hate"), ("16.2.1", "harassment")])
def test_a_text_is_flagged_from_one_threshold_and_held_from_the_other(rule: str, label: str) -> None:
    for score, expected in (
        (CLAUSE.flag_from - 0.01, []),
        (CLAUSE.flag_from, [Verdict.FLAG]),
        (CLAUSE.hold_from - 0.01, [Verdict.FLAG]),
        (CLAUSE.hold_from, [Verdict.HOLD]),
    ):
        assert verdicts(rule, says(**{label: score}), STRANGER) == expected


@pytest.mark.parametrize(("rule", "label"), [("16.3", "threat"), ("16.2", "hate"), ("16.2.1", "harassment")])
@pytest.mark.parametrize("told", ["quotation", "counter_speech"])
def test_who_quotes_such_words_or_speaks_against_them_is_let_through(rule: str, label: str, told: str) -> None:
    assert verdicts(rule, says(**{label: 0.99, told: True}), STRANGER) == []


def test_a_threat_waits_sooner_unless_two_people_answer_each_other() -> None:
    talk = {"purpose": Purpose.CONVERSATION}
    assert CLAUSE.flag_from < CLAUSE.threat_from < CLAUSE.hold_from
    for score, expected in ((CLAUSE.threat_from, Verdict.HOLD), (CLAUSE.threat_from - 0.01, Verdict.FLAG)):
        assert verdicts("16.3", says(threat=score)) == [expected]
        assert verdicts("16.3", says(threat=score), STRANGER, **talk) == [expected]
        assert verdicts("16.3", says(threat=score), MUTUAL, **talk) == [Verdict.FLAG]
    assert verdicts("16.3", says(threat=CLAUSE.hold_from), MUTUAL, **talk) == [Verdict.HOLD]
    assert verdicts("16.3", says(threat=CLAUSE.flag_from - 0.01)) == []


@pytest.mark.parametrize(("rule", "label"), [("16.3", "threat"), ("16.2", "hate")])
def test_what_much_of_an_account_says_waits_from_the_lower_threshold(rule: str, label: str) -> None:
    said = says(**{label: CLAUSE.flag_from})
    wide = round(CLAUSE.several / CLAUSE.several_share)
    for times, people, expected in (
        (CLAUSE.several, wide, Verdict.HOLD),
        (CLAUSE.several - 1, 1, Verdict.FLAG),
        (CLAUSE.several, wide + 1, Verdict.FLAG),  # one text in many, of an account that says other things too
        (CLAUSE.several + 1, wide + 1, Verdict.HOLD),
    ):
        assert verdicts(rule, said, Refrain(read_1h={label: times}), Rates(recipients_24h=people)) == [expected]
    assert verdicts(rule, said, Refrain(read_1h={"sexual": 99})) == [Verdict.FLAG]


def test_a_call_to_violence_waits_and_is_looked_at_within_the_hour() -> None:
    (found,) = rulings(CLAUSE, "16.3.1", an_sms(), says(incites=True))
    assert (found.verdict, found.evidence["urgent"]) == (Verdict.HOLD, True)
    assert found.evidence["within_minutes"] == CLAUSE.threat_minutes
    assert verdicts("16.3.1", says(threat=0.99)) == []
    assert verdicts("16.3.1", says(incites=True, quotation=True)) == []  # a newspaper


def test_who_is_kept_from_voting_waits_with_its_law() -> None:
    (found,) = rulings(CLAUSE, "16.3.2", an_sms(), says(keeps_from_voting=True))
    assert (found.verdict, "18 USC 594" in found.reason, found.evidence["urgent"]) == (Verdict.HOLD, True, True)
    assert verdicts("16.3.2", says()) == []
    assert verdicts("16.3.2", says(keeps_from_voting=True, counter_speech=True)) == []


def test_a_threat_to_life_waits_at_any_score_and_is_looked_at_within_the_hour() -> None:
    deadly = says(threat=CLAUSE.flag_from, threat_to_life=True)
    (found,) = rulings(CLAUSE, "16.3", an_sms(), deadly, MUTUAL, ONCE, PEOPLE)
    assert (found.verdict, found.evidence["urgent"]) == (Verdict.HOLD, True)
    assert found.evidence["within_minutes"] == CLAUSE.threat_minutes == 60
    assert (
        verdicts("16.3", says(threat=CLAUSE.flag_from - 0.01, threat_to_life=True)) == []
    )  # "we'll kill them on Sunday"


def test_hate_says_on_which_ground_geographic_location_among_them() -> None:
    said = says(hate=0.95, ground="location", spans={"hate": ("those people",)})
    (found,) = rulings(CLAUSE, "16.2", an_sms(), said, ONCE, PEOPLE)
    assert (found.evidence["ground"], found.evidence["spans"]) == ("location", {"hate": ("those people",)})


def test_identity_words_alone_are_nothing() -> None:
    assert verdicts("16.2", says(hate=0.1, ground="religion")) == []


def test_one_coarse_word_or_a_quarrel_is_looked_at_afterwards_and_abuse_of_who_is_silent_waits() -> None:
    said = says(harassment=0.99)
    assert verdicts("16.2.1", said, MUTUAL) == [Verdict.FLAG]
    for unanswered, expected in ((CLAUSE.abuse_unanswered - 1, Verdict.FLAG), (CLAUSE.abuse_unanswered, Verdict.HOLD)):
        assert verdicts("16.2.1", said, changed(STRANGER, unanswered_24h=unanswered)) == [expected]


def test_an_accusation_waits_when_many_texts_say_it_of_one_person() -> None:
    for copies, expected in ((1, []), (CLAUSE.copies - 1, []), (CLAUSE.copies, [Verdict.HOLD])):
        assert verdicts("16.4", says(accuses=True), Refrain(accusations_1h=copies)) == expected
    many = Refrain(accusations_1h=1000)
    assert verdicts("16.4", says(accuses=True, quotation=True), many) == []  # a newspaper reports
    assert verdicts("16.4", says(), many) == []


def test_an_offer_that_turns_a_group_away_waits_with_its_law() -> None:
    (found,) = rulings(CLAUSE, "16.5", an_sms(text="2BR flat, no kids"), says(excludes=True, ground="family"))
    assert found.verdict is Verdict.HOLD
    assert "42 USC 3604(c)" in found.reason
    assert verdicts("16.5", says()) == []  # "we don't deliver to Alaska"
    assert verdicts("16.5", says(excludes=True, counter_speech=True)) == []


def test_while_a_text_could_not_be_read() -> None:
    silent = ("16.3.1", "16.3.2", "16.2.1", "16.4", "16.5")
    expected = {"16.3": [Verdict.FLAG], "16.2": [Verdict.FLAG]} | {rule: [] for rule in silent}
    for rule, said in expected.items():
        found = rulings(CLAUSE, rule, an_sms(), STRANGER, Refrain(accusations_1h=99), PEOPLE, unknown=(Content,))
        assert [r.verdict for r in found] == said


def test_while_nobody_knows_what_else_an_account_says() -> None:
    for rule, label in (("16.2", "hate"), ("16.3", "threat")):
        said = says(**{label: CLAUSE.flag_from})
        found = rulings(CLAUSE, rule, an_sms(), said, STRANGER, PEOPLE, unknown=(Refrain,))
        assert [r.verdict for r in found] == [Verdict.FLAG]
    assert rulings(CLAUSE, "16.4", an_sms(), says(accuses=True), unknown=(Refrain,)) == []


def test_abuse_of_which_the_exchange_is_unknown_goes_out() -> None:
    assert rulings(CLAUSE, "16.2.1", an_sms(), says(harassment=0.99), unknown=(PairHistory,)) == []


def test_transcripts_are_its_kind_and_what_people_send_is_not() -> None:
    threat = says(threat=0.99)
    assert verdicts("16.3", threat, kind=Kind.VOICEMAIL) == [Verdict.HOLD]
    assert rulings(CLAUSE, "16.3", an_answer(text="I will hurt you"), threat) == []


def test_a_suspension_is_for_two_people() -> None:
    assert CLAUSE.reviewers == 2
