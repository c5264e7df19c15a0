"""Clause A: nothing before acceptance; new editions; guidelines in writing; accounts in good standing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from masstransit.facts.accounts import Account, Agreement, Guidelines
from masstransit.model.communication import Kind
from masstransit.model.decision import Ruling, Verdict
from masstransit.model.subject import Subject
from masstransit.policy.agreement import Acceptance
from tests.makers import NOON, a_knock, an_answer, an_sms, rulings

CLAUSE = Acceptance()


def verdicts(found: list[Ruling]) -> list[Verdict]:
    return [ruling.verdict for ruling in found]


def codes(found: list[Ruling]) -> list[int | None]:
    return [ruling.code for ruling in found]


def test_an_accepted_agreement_opens_the_door_and_the_gate() -> None:
    for subject in (an_sms(), a_knock()):
        assert rulings(CLAUSE, "A1", subject, Account(), Agreement(accepted=True, current=True)) == []


def test_nothing_goes_out_before_acceptance_and_no_key_works() -> None:
    assert codes(rulings(CLAUSE, "A1", an_sms(), Account(), Agreement())) == [20005]
    assert codes(rulings(CLAUSE, "A1", a_knock(), Account(), Agreement())) == [20003]


@pytest.mark.parametrize("subject", [a_knock(proven=False), a_knock(wants="accept"), an_answer(text="STOP")])
def test_strangers_those_who_come_to_accept_and_a_stop_are_not_turned_away(subject: Subject) -> None:
    assert rulings(CLAUSE, "A1", subject, Account(), Agreement()) == []


def test_an_acceptance_by_somebody_without_authority_is_none() -> None:
    (ruling,) = rulings(CLAUSE, "A1", an_sms(), Account(), Agreement(unauthorised=True))
    assert ruling.verdict is Verdict.REFUSE
    assert "could not bind" in ruling.reason


def test_test_credentials_need_no_acceptance() -> None:
    assert rulings(CLAUSE, "A1", an_sms(), Account(test=True), Agreement()) == []


def test_an_agreement_that_can_not_be_read_holds() -> None:
    assert verdicts(rulings(CLAUSE, "A1", an_sms(), Account(), unknown=(Agreement,))) == [Verdict.HOLD]


@pytest.mark.parametrize(("days", "verdict"), [(29.99, Verdict.FLAG), (30, Verdict.REFUSE)])
def test_an_earlier_edition_counts_until_its_window_ends(days: float, verdict: Verdict) -> None:
    old = Agreement(accepted=True, current_from=NOON - timedelta(days=days))
    assert verdicts(rulings(CLAUSE, "A2", an_sms(), Account(), old)) == [verdict]


def test_guidelines_that_were_not_sent_in_writing_are_flagged() -> None:
    clause = Acceptance(written_guidelines=("carrier-code@3",))
    assert verdicts(rulings(clause, "A4", an_sms(), Guidelines())) == [Verdict.FLAG]
    assert rulings(clause, "A4", an_sms(), Guidelines(sent=("carrier-code@3",))) == []


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_a_suspended_or_closed_account_sends_nothing_and_still_hears_a_stop(status: str) -> None:
    assert codes(rulings(CLAUSE, "A5", an_sms(), Account(status=status))) == [30002]
    assert codes(rulings(CLAUSE, "A5", a_knock(), Account(status=status))) == [20005]
    assert rulings(CLAUSE, "A5", an_answer(text="STOP"), Account(status=status)) == []


def test_either_side_of_the_window_that_was_set() -> None:
    clause = Acceptance(window_days=10)
    old = Agreement(accepted=True, current_from=NOON - timedelta(days=clause.window_days))
    assert verdicts(rulings(clause, "A2", an_sms(), Account(), old)) == [Verdict.REFUSE]
    newer = Agreement(accepted=True, current_from=NOON - timedelta(days=clause.window_days - 0.01))
    assert verdicts(rulings(clause, "A2", an_sms(), Account(), newer)) == [Verdict.FLAG]


def test_the_current_edition_and_test_credentials_are_not_asked_again() -> None:
    current = Agreement(accepted=True, current=True, current_from=NOON - timedelta(days=400))
    assert rulings(CLAUSE, "A2", an_sms(), Account(), current) == []
    old = Agreement(accepted=True, current_from=NOON - timedelta(days=400))
    assert rulings(CLAUSE, "A2", an_sms(), Account(test=True), old) == []


def test_an_operator_may_let_more_knocks_in_before_acceptance() -> None:
    assert "accept" in CLAUSE.open_before
    looser = Acceptance(open_before=("accept", "read-policy"))
    knock = a_knock(wants="read-policy")
    assert rulings(looser, "A1", knock, Account(), Agreement()) == []
    assert codes(rulings(CLAUSE, "A1", knock, Account(), Agreement())) == [20003]


def test_without_a_list_of_documents_nothing_is_missing() -> None:
    assert CLAUSE.written_guidelines == ()
    assert rulings(CLAUSE, "A4", an_sms(), Guidelines()) == []
    assert rulings(Acceptance(written_guidelines=("code@3",)), "A4", an_sms(), unknown=(Guidelines,)) == []


def test_while_its_facts_are_unknown_a_message_waits_or_is_looked_at() -> None:
    assert verdicts(rulings(CLAUSE, "A2", an_sms(), Account(), unknown=(Agreement,))) == [Verdict.FLAG]
    assert verdicts(rulings(CLAUSE, "A5", an_sms(), unknown=(Account,))) == [Verdict.HOLD]


def test_an_account_in_good_standing_passes_and_one_that_is_not_there_does_not() -> None:
    assert rulings(CLAUSE, "A5", an_sms(), Account()) == []
    (found,) = rulings(CLAUSE, "A5", an_sms(), Account(on_record=False, status="closed"))
    assert found.reason == "there is no such account"


def test_what_goes_out_is_its_business_whatever_its_kind_and_what_comes_in_is_not() -> None:
    for kind in Kind.ANY:
        assert len(rulings(CLAUSE, "A1", an_sms(kind=kind), Account(), Agreement())) == 1
    for made in CLAUSE.rules():
        assert not made.hears(an_answer(text="STOP"))
