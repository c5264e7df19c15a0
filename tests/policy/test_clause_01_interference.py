"""Clause 1: calls to harm the platform, with and without an incident that shows how serious it is."""

from __future__ import annotations

from typing import Any

import pytest

from masstransit.facts.interference import Appeal, Incident, Incidents
from masstransit.model.decision import Verdict
from masstransit.policy.clause_01_interference import Interference
from tests.makers import NOON, an_answer, an_sms, rulings

CLAUSE = Interference()
CALLS = Appeal(calls=True, target="platform", words=("flood their support line",), tenants_24h=1)
QUIET = Incidents()


def happened(**how: Any) -> Incidents:
    return Incidents(recent=(Incident(incident="IN1", target=how.pop("target", "platform"), since=NOON, **how),))


def verdicts(appeal: Appeal, incidents: Incidents, rule: str = "1.1") -> list[Verdict]:
    return [r.verdict for r in rulings(CLAUSE, rule, an_sms(), appeal, incidents)]


def test_a_call_without_serious_harm_is_looked_at_afterwards() -> None:
    assert verdicts(CALLS, QUIET) == [Verdict.FLAG]
    assert verdicts(Appeal(trades=True, target="platform"), QUIET, "1.3") == [Verdict.FLAG]


@pytest.mark.parametrize(
    ("mild", "serious"),
    [
        ({"penalty": CLAUSE.carrier_penalty - 1.0}, {"penalty": float(CLAUSE.carrier_penalty)}),
        ({"capacity": CLAUSE.capacity_loss}, {"capacity": CLAUSE.capacity_loss + 0.001}),
        ({"hours": float(CLAUSE.incident_hours)}, {"hours": CLAUSE.incident_hours + 0.1}),
        ({"route": False}, {"route": True}),
    ],
)
def test_harm_is_serious_from_each_figure_on(mild: dict[str, Any], serious: dict[str, Any]) -> None:
    bribe = Appeal(bribes=True, target="platform")
    for rule, appeal in (("1.1", CALLS), ("1.3", Appeal(trades=True, target="platform")), ("1.3.1", bribe)):
        assert verdicts(appeal, happened(**mild), rule) == [Verdict.FLAG]
        assert verdicts(appeal, happened(**serious), rule) == [Verdict.HOLD]


def test_an_incident_about_something_else_makes_nothing_serious() -> None:
    assert verdicts(CALLS, happened(route=True, target="+14155550100")) == [Verdict.FLAG]
    number = Appeal(calls=True, target="+14155550100")
    assert verdicts(number, happened(route=True, target="+14155550100")) == [Verdict.HOLD]


def test_calls_of_several_customers_against_one_target_are_told_as_coordinated() -> None:
    for tenants, together in ((CLAUSE.tenants - 1, False), (CLAUSE.tenants, True)):
        appeal = Appeal(calls=True, target="platform", tenants_24h=tenants)
        (found,) = rulings(CLAUSE, "1.1", an_sms(), appeal, QUIET)
        assert found.evidence["coordinated"] is together


def test_criticism_never_counts() -> None:
    assert verdicts(Appeal(), happened(route=True)) == []
    assert verdicts(Appeal(), happened(route=True), "1.3") == []


def test_while_it_is_unknown_messages_flow() -> None:
    assert rulings(CLAUSE, "1.1", an_sms(), QUIET, unknown=(Appeal,)) == []
    assert rulings(CLAUSE, "1.3", an_sms(), QUIET, unknown=(Appeal,)) == []
    assert rulings(CLAUSE, "1.1", an_answer(text="flood them"), CALLS, QUIET) == []
