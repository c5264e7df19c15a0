"""Clause 14: a verified order stops what it names; a request stops nobody."""

from __future__ import annotations

from typing import Any

from masstransit.facts.calls.callers import CallerRight
from masstransit.facts.complaints import Order, Orders
from masstransit.facts.samples import Sampled
from masstransit.facts.successors import Continued
from masstransit.model.communication import Kind, Purpose
from masstransit.model.decision import Ruling, Verdict
from masstransit.model.outcome import OutcomeKind
from masstransit.policy.clause_14_authority_requests import AuthorityRequests
from tests.makers import NOON, a_call, an_answer, an_outcome, an_sms, rulings

CLAUSE = AuthorityRequests()


def verdicts(found: list[Ruling]) -> list[Verdict]:
    return [ruling.verdict for ruling in found]


def test_a_verified_order_stops_and_a_gagged_one_says_nothing_of_it() -> None:
    order = Order(order="OR1", scope="account", authority="Bureau", reference="7/26", gag=False, since=NOON)
    (told,) = rulings(CLAUSE, "14.1", an_sms(), Orders(standing=(order,)))
    assert "Bureau" in told.reason
    gagged = Order(order="OR1", scope="account", authority="Bureau", reference="7/26", gag=True, since=NOON)
    (silent,) = rulings(CLAUSE, "14.1", an_sms(), Orders(standing=(gagged,)))
    assert silent.verdict is Verdict.REFUSE
    assert "Bureau" not in repr(silent)
    assert rulings(CLAUSE, "14.1", an_sms(), Orders()) == []


def test_a_request_itself_stops_nobody() -> None:
    assert verdicts(rulings(CLAUSE, "14.4", an_outcome(OutcomeKind.AUTHORITY_REQUEST))) == [Verdict.FLAG]


def test_while_orders_are_unknown_a_message_waits() -> None:
    assert verdicts(rulings(CLAUSE, "14.1", an_sms(), unknown=(Orders,))) == [Verdict.HOLD]


def test_every_order_that_reaches_a_message_is_told() -> None:
    one, other = (
        Order(order=name, scope=scope, authority="Bureau", reference=name, gag=False, since=NOON)
        for name, scope in (("OR1", "number"), ("OR2", "campaign"))
    )
    found = rulings(CLAUSE, "14.1", an_sms(), Orders(standing=(one, other)))
    assert [r.evidence["scope"] for r in found] == ["number", "campaign"]


def test_other_outcomes_are_no_requests_and_what_people_send_is_not_its_kind() -> None:
    order = Order(order="OR1", scope="account", authority="Bureau", reference="7", gag=False, since=NOON)
    assert rulings(CLAUSE, "14.4", an_outcome(OutcomeKind.DELIVERED)) == []
    assert rulings(CLAUSE, "14.1", an_answer(text="STOP"), Orders(standing=(order,))) == []
    for kind in Kind.ANY:
        assert len(rulings(CLAUSE, "14.1", an_sms(kind=kind), Orders(standing=(order,)))) == 1


# --- 14.3 -----------------------------------------------------------------------------------------------------------


def goes_on(found: Continued, purpose: Purpose | None) -> list[Verdict]:
    return [r.verdict for r in rulings(CLAUSE, "14.3", an_sms(purpose=purpose), found)]


def test_what_an_order_stopped_is_held_elsewhere() -> None:
    assert goes_on(Continued(order="OR1", domain="relief.example"), Purpose.TRANSACTIONAL) == [Verdict.HOLD]
    assert goes_on(Continued(order="OR1"), Purpose.MARKETING) == [Verdict.HOLD]
    assert goes_on(Continued(order="OR1"), None) == [Verdict.HOLD]
    assert goes_on(Continued(), Purpose.MARKETING) == []


def test_notices_that_read_alike_codes_and_emergencies_are_let_through() -> None:
    assert goes_on(Continued(order="OR1"), Purpose.TRANSACTIONAL) == []
    for purpose in (Purpose.OTP, Purpose.EMERGENCY):
        assert goes_on(Continued(order="OR1", domain="relief.example"), purpose) == []


def test_a_sealed_order_is_not_told_to_others() -> None:
    (found,) = rulings(CLAUSE, "14.3", an_sms(), Continued(order="OR1", gag=True, domain="relief.example"))
    assert found.verdict is Verdict.HOLD
    assert not found.evidence
    assert "stopped" not in found.reason


def test_while_texts_are_unknown_nobody_else_is_stopped() -> None:
    assert rulings(CLAUSE, "14.3", an_sms(), unknown=(Continued,)) == []
    assert rulings(CLAUSE, "14.3", an_answer(text="hi"), Continued(order="OR1", domain="relief.example")) == []


def test_what_a_machine_would_say_on_is_held_like_a_text() -> None:
    spoken = a_call(words="You qualify for debt relief.", purpose=Purpose.MARKETING)
    found = rulings(CLAUSE, "14.3", spoken, Continued(order="OR1"))
    assert verdicts(found) == [Verdict.HOLD]
    assert rulings(CLAUSE, "14.3", a_call(), Continued(order="OR1", by_number=True)) == []  # 14.3.1's business


# --- 14.3.1 ---------------------------------------------------------------------------------------------------------


def calls_on(found: Continued, grounds: str = "code", **call: Any) -> list[Verdict]:
    return verdicts(rulings(CLAUSE, "14.3.1", a_call(**call), found, CallerRight(grounds=grounds)))


STOPPED_ELSEWHERE = Continued(order="OR1", by_number=True)


def test_a_number_whose_calls_were_stopped_elsewhere_is_held() -> None:
    for grounds in ("code", "loa", "diverted", ""):
        assert calls_on(STOPPED_ELSEWHERE, grounds) == [Verdict.HOLD]
    assert calls_on(Continued()) == []
    assert calls_on(Continued(order="OR1")) == []  # what it says is 14.3's


def test_a_number_that_was_bought_from_us_has_another_holder() -> None:
    assert calls_on(STOPPED_ELSEWHERE, "owned") == []


def test_codes_and_warnings_go_out_under_such_a_number() -> None:
    for purpose in (Purpose.OTP, Purpose.EMERGENCY):
        assert calls_on(STOPPED_ELSEWHERE, purpose=purpose) == []


def test_of_a_sealed_order_a_caller_hears_no_more_than_that_a_person_looks() -> None:
    sealed = Continued(order="OR1", by_number=True, gag=True)
    (found,) = rulings(CLAUSE, "14.3.1", a_call(), sealed, CallerRight(grounds="code"))
    assert (found.verdict, found.evidence) == (Verdict.HOLD, {})
    assert "stopped" not in found.reason


def test_while_the_record_is_unknown_callers_call_and_texts_are_not_its_kind() -> None:
    assert rulings(CLAUSE, "14.3.1", a_call(), CallerRight(grounds="code"), unknown=(Continued,)) == []
    assert rulings(CLAUSE, "14.3.1", an_sms(), STOPPED_ELSEWHERE, CallerRight(grounds="code")) == []


# --- 14.3b ----------------------------------------------------------------------------------------------------------


def sampled(found: Sampled, purpose: Purpose | None = Purpose.MARKETING) -> list[Verdict]:
    return [r.verdict for r in rulings(CLAUSE, "14.3b", an_sms(purpose=purpose), found)]


def test_the_very_text_is_refused_and_what_reads_like_it_waits_for_a_person() -> None:
    assert sampled(Sampled(notice="CS1", same=True)) == [Verdict.REFUSE]
    assert sampled(Sampled(notice="CS1", domain="relief.example")) == [Verdict.HOLD]
    assert sampled(Sampled()) == []


def test_what_a_sample_is_sent_for_is_no_excuse_but_a_warning_of_danger_goes_out() -> None:
    for purpose in (None, Purpose.TRANSACTIONAL, Purpose.OTP, Purpose.CONVERSATION):
        assert sampled(Sampled(notice="CS1", same=True), purpose) == [Verdict.REFUSE]
    assert sampled(Sampled(notice="CS1", same=True), Purpose.EMERGENCY) == []


def test_while_samples_are_unknown_messages_flow_and_answers_are_not_its_kind() -> None:
    assert rulings(CLAUSE, "14.3b", an_sms(), unknown=(Sampled,)) == []
    assert rulings(CLAUSE, "14.3b", an_answer(text="hi"), Sampled(notice="CS1", same=True)) == []
