"""Clause 8: who asked to be left alone is left alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from masstransit.facts.consent import Blocks, Consents, Given
from masstransit.facts.traffic import PairHistory
from masstransit.model.communication import Purpose
from masstransit.model.decision import Verdict
from masstransit.policy.clause_08_unwanted_communications import UnwantedCommunications
from tests.makers import NOON, an_answer, an_sms, rulings

CLAUSE = UnwantedCommunications()
BLOCKED = Blocks(on_file=True, since=NOON - timedelta(days=400), reason="wants to be left alone")
CUSTOMER = Consents(by_purpose={"transactional": Given(kind="express", given_at=NOON)})


@pytest.mark.parametrize("purpose", [None, Purpose.MARKETING, Purpose.TRANSACTIONAL, Purpose.CONVERSATION, Purpose.OTP])
def test_who_asked_to_be_left_alone_is_left_alone(purpose: Purpose | None) -> None:
    (found,) = rulings(CLAUSE, "8.1", an_sms(purpose=purpose), BLOCKED)
    assert (found.verdict, found.code) == (Verdict.REFUSE, 21610)
    assert found.remedy


def test_a_familys_emergency_arrives_and_a_person_looks_afterwards() -> None:
    (found,) = rulings(CLAUSE, "8.1", an_sms(purpose=Purpose.EMERGENCY), BLOCKED)
    assert found.verdict is Verdict.FLAG


def test_who_never_asked_is_written_to() -> None:
    assert rulings(CLAUSE, "8.1", an_sms(), Blocks()) == []


def test_without_the_record_of_blocks_nothing_goes() -> None:
    assert [r.verdict for r in rulings(CLAUSE, "8.1", an_sms(), unknown=(Blocks,))] == [Verdict.HOLD]


def stranger(
    unanswered: int, consents: Consents | None = None, *, answered: bool = False, **more: Any
) -> list[Verdict]:
    pair = PairHistory(alternations_60s=0, unanswered_24h=unanswered, answered=answered)
    return [r.verdict for r in rulings(CLAUSE, "8.3", an_sms(**more), pair, consents or Consents())]


def test_a_stranger_who_does_not_answer_gets_five_messages_and_no_sixth() -> None:
    assert stranger(4) == []
    assert stranger(5) == [Verdict.HOLD]


def test_a_customer_and_one_who_answers_are_no_strangers() -> None:
    assert stranger(20, CUSTOMER) == []
    assert stranger(20, answered=True) == []


@pytest.mark.parametrize("purpose", [Purpose.OTP, Purpose.EMERGENCY])
def test_codes_and_emergencies_go_on_and_are_looked_at(purpose: Purpose) -> None:
    assert stranger(9, purpose=purpose) == [Verdict.FLAG]


def test_what_people_send_is_not_its_business() -> None:
    assert not any(rule.hears(an_answer(text="hello")) for rule in CLAUSE.rules())
