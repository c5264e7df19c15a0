"""Clause 18: the right to a sender, names, numbers that exist, numbers that only receive."""

from __future__ import annotations

from datetime import timedelta

import pytest

from masstransit.facts.allocation import Allocation, Block
from masstransit.facts.identity import NeverOriginate, Numbering, SenderRight
from masstransit.model.communication import Kind
from masstransit.model.decision import Ruling, Verdict
from masstransit.policy.clause_18_false_identity import FalseIdentity
from tests.makers import NOON, an_answer, an_sms, rulings

CLAUSE = FalseIdentity()
US = Numbering(sender_region="US", recipient_region="US")
OURS = SenderRight(on_record=True, owned=True, state="in-use", type="local", region="US")


def verdicts(found: list[Ruling]) -> list[Verdict]:
    return [ruling.verdict for ruling in found]


def codes(found: list[Ruling]) -> list[int | None]:
    return [ruling.code for ruling in found]


@pytest.mark.parametrize(
    ("right", "code"),
    [
        (OURS, None),
        (SenderRight(), 21659),
        (SenderRight(on_record=True, state="in-use"), 21660),
        (SenderRight(on_record=True, owned=True, state="aging"), 21606),
        (SenderRight(on_record=True, owned=True, state="in-use", sms=False), 21661),
        (SenderRight(kind="alpha", on_record=True, state="registered"), None),
        (SenderRight(kind="alpha"), 21659),
        (SenderRight(kind="alpha", on_record=True, state="rejected"), 21659),
    ],
)
def test_a_sender_is_the_customers_own(right: SenderRight, code: int | None) -> None:
    assert codes(rulings(CLAUSE, "18.1", an_sms(), right)) == ([] if code is None else [code])


def test_a_right_that_can_not_be_looked_up_or_is_not_proven_yet_holds() -> None:
    pending = SenderRight(kind="alpha", on_record=True, state="pending")
    hosted = SenderRight(on_record=True, owned=True, state="hosted-pending")
    assert verdicts(rulings(CLAUSE, "18.1", an_sms(), unknown=(SenderRight,))) == [Verdict.HOLD]
    assert verdicts(rulings(CLAUSE, "18.1", an_sms(), pending)) == [Verdict.HOLD]
    assert verdicts(rulings(CLAUSE, "18.1", an_sms(), hosted)) == [Verdict.HOLD]


def test_a_name_goes_where_it_is_carried_and_passes_for_nobody_else() -> None:
    name, alike = SenderRight(kind="alpha"), SenderRight(kind="alpha", resembles_other="N0rthwind")
    assert codes(rulings(CLAUSE, "18.2", an_sms(sender="Northwind"), name, US)) == [21612]
    assert rulings(CLAUSE, "18.2", an_sms(sender="Northwind"), name, Numbering(recipient_region="FR")) == []
    found = rulings(CLAUSE, "18.2", an_sms(sender="N0rthwind"), alike, Numbering(recipient_region="FR"))
    assert verdicts(found) == [Verdict.HOLD]


def test_numbers_that_nobody_has_and_numbers_that_only_receive() -> None:
    assert codes(rulings(CLAUSE, "18.4", an_sms(), Numbering(sender_valid=False))) == [21212]
    assert codes(rulings(CLAUSE, "18.4", an_sms(), Numbering(recipient_valid=False))) == [21211]
    assert verdicts(rulings(CLAUSE, "18.4", an_sms(), Numbering(recipient_type="landline"))) == [Verdict.FLAG]
    assert rulings(CLAUSE, "18.4", an_sms(), US) == []
    assert codes(rulings(CLAUSE, "18.4.1", an_sms(), NeverOriginate(listed=True))) == [21606]
    assert rulings(CLAUSE, "18.4.1", an_sms(), NeverOriginate()) == []


def test_the_countries_that_pass_no_names_can_be_set() -> None:
    assert "US" in CLAUSE.no_names_in
    clause = FalseIdentity(no_names_in={"FR": "for the test"})
    name = SenderRight(kind="alpha", on_record=True, state="registered")
    (found,) = rulings(clause, "18.2", an_sms(sender="Northwind"), name, Numbering(recipient_region="FR"))
    assert (found.code, found.evidence["because"]) == (21612, "for the test")
    assert rulings(clause, "18.2", an_sms(sender="Northwind"), name, US) == []


def test_a_number_is_no_name() -> None:
    assert rulings(CLAUSE, "18.2", an_sms(), OURS, US) == []


@pytest.mark.parametrize(
    ("rule", "fact", "verdict"),
    [
        ("18.2", Numbering, Verdict.HOLD),
        ("18.4", Numbering, Verdict.FLAG),
        ("18.4.1", NeverOriginate, Verdict.HOLD),
        ("18.4.2", Allocation, Verdict.FLAG),
    ],
)
def test_while_a_fact_is_unknown_a_message_waits_or_is_looked_at(rule: str, fact: type, verdict: Verdict) -> None:
    name = SenderRight(kind="alpha", on_record=True, state="registered")
    found = rulings(CLAUSE, rule, an_sms(sender="Northwind"), name, unknown=(fact,))
    assert verdicts(found) == [verdict]


def test_a_doctor_who_shows_the_clinics_number_passes() -> None:
    """Not every sender is whoever types: the right to the number counts, not whose name is on the phone."""
    for right in (OURS, SenderRight(kind="short-code", on_record=True, owned=True, state="in-use", type="short-code")):
        assert rulings(CLAUSE, "18.1", an_sms(), right) == []


def test_somebody_elses_toll_free_number_is_refused_like_any_other() -> None:
    theirs = SenderRight(on_record=True, state="in-use", type="toll-free", verification="verified")
    assert codes(rulings(CLAUSE, "18.1", an_sms(sender="+18005550199"), theirs)) == [21660]


def test_what_people_send_is_not_its_kind() -> None:
    assert rulings(CLAUSE, "18.1", an_answer(text="hi"), SenderRight()) == []


@pytest.mark.parametrize(
    ("right", "code"),
    [
        (OURS, None),
        (SenderRight(on_record=True, owned=True, state="in-use", sms=False), None),  # what texts need, calls do not
        (SenderRight(proven="code"), None),  # a doctor shows the clinic's number
        (SenderRight(proven="loa"), None),  # a call-centre calls for its client
        (SenderRight(on_record=True, state="in-use", proven="loa"), None),  # a client that is a customer here too
        (SenderRight(), 21210),  # neighbour spoofing
        (SenderRight(on_record=True, state="in-use"), 21210),
        (SenderRight(on_record=True, owned=True, state="aging"), 21210),
    ],
)
def test_a_call_shows_a_number_of_the_customers_or_one_that_it_proved(right: SenderRight, code: int | None) -> None:
    assert codes(rulings(CLAUSE, "18.1", an_sms(kind=Kind.CALL), right)) == ([] if code is None else [code])


def test_a_call_whose_right_is_unknown_is_held() -> None:
    (found,) = rulings(CLAUSE, "18.1", an_sms(kind=Kind.CALL), unknown=(SenderRight,))
    assert found.verdict is Verdict.HOLD


def test_a_number_that_is_proven_for_calls_sends_no_texts() -> None:
    elsewhere, anothers = SenderRight(proven="code"), SenderRight(on_record=True, state="in-use", proven="loa")
    assert codes(rulings(CLAUSE, "18.1", an_sms(), elsewhere)) == [21659]
    assert codes(rulings(CLAUSE, "18.1", an_sms(), anothers)) == [21660]


def of_block(*, allocated: bool = False, days_old: float = 0.0) -> Block:
    return Block(prefix="+1415555", allocated=allocated, as_of=NOON - timedelta(days=days_old))


def test_a_sender_in_a_block_that_nobody_was_given_is_refused() -> None:
    (found,) = rulings(CLAUSE, "18.4.2", an_sms(), Allocation(sender=of_block()))
    assert (found.verdict, found.code) == (Verdict.REFUSE, 21212)
    assert rulings(CLAUSE, "18.4.2", an_sms(), Allocation(sender=of_block(allocated=True))) == []


def test_a_recipient_in_such_a_block_is_flagged() -> None:
    found = rulings(CLAUSE, "18.4.2", an_sms(), Allocation(sender=of_block(allocated=True), recipient=of_block()))
    assert verdicts(found) == [Verdict.FLAG]
    assert rulings(CLAUSE, "18.4.2", an_sms(), Allocation(recipient=of_block(allocated=True))) == []


def test_old_data_on_blocks_stops_nobody() -> None:
    assert CLAUSE.allocation_days == 2.0
    fresh, old = of_block(days_old=CLAUSE.allocation_days), of_block(days_old=CLAUSE.allocation_days + 0.001)
    assert verdicts(rulings(CLAUSE, "18.4.2", an_sms(), Allocation(sender=fresh))) == [Verdict.REFUSE]
    assert verdicts(rulings(CLAUSE, "18.4.2", an_sms(), Allocation(sender=old))) == [Verdict.FLAG]
    assert rulings(CLAUSE, "18.4.2", an_sms(), Allocation(sender=of_block(allocated=True, days_old=99))) == []


def test_where_no_data_on_blocks_is_loaded_nothing_is_said() -> None:
    """An operator that loads none, a country whose administrator publishes none, short codes and names."""
    assert rulings(CLAUSE, "18.4.2", an_sms(), Allocation()) == []


def test_what_people_send_and_calls_are_not_asked_for_their_blocks() -> None:
    for subject in (an_answer(text="hi"), an_sms(kind=Kind.CALL)):
        assert rulings(CLAUSE, "18.4.2", subject, Allocation(sender=of_block())) == []
