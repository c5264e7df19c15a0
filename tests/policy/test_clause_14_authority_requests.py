"""Clause 14: a verified order stops what it names; a request stops nobody."""

from __future__ import annotations

from masstransit.facts.complaints import Order, Orders
from masstransit.model.communication import Kind, OutcomeKind
from masstransit.model.decision import Ruling, Verdict
from masstransit.policy.clause_14_authority_requests import AuthorityRequests
from tests.makers import NOON, an_answer, an_outcome, an_sms, rulings

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
    assert rulings(CLAUSE, "14.1", an_sms(kind=Kind.CALL), Orders(standing=(order,))) == []
