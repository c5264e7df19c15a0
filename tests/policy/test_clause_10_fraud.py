"""Clause 10: countries that are off until the account says that it sends there."""

from __future__ import annotations

from masstransit.facts.identity import GeoPermission
from masstransit.model.communication import Kind
from masstransit.model.decision import Ruling, Verdict
from masstransit.policy.clause_10_fraud import Fraud
from tests.makers import an_answer, an_sms, rulings

CLAUSE = Fraud()


def codes(found: list[Ruling]) -> list[int | None]:
    return [ruling.code for ruling in found]


def test_a_country_is_off_when_it_was_switched_off_or_is_risky_and_was_not_enabled() -> None:
    for region, enabled, expected in (
        ("US", None, []),
        ("US", False, [21408]),
        ("CU", None, [21408]),
        ("CU", True, []),
    ):
        assert codes(rulings(CLAUSE, "10.2", an_sms(), GeoPermission(region=region, enabled=enabled))) == expected


def test_a_country_of_the_list_is_off_by_default_and_the_list_can_be_set() -> None:
    assert "CU" in CLAUSE.off_by_default
    clause = Fraud(off_by_default=("FR",))
    assert codes(rulings(clause, "10.2", an_sms(), GeoPermission(region="FR"))) == [21408]
    assert rulings(clause, "10.2", an_sms(), GeoPermission(region="CU")) == []


def test_while_it_is_unknown_where_an_account_sends_a_message_waits() -> None:
    found: list[Ruling] = rulings(CLAUSE, "10.2", an_sms(), unknown=(GeoPermission,))
    assert [r.verdict for r in found] == [Verdict.HOLD]


def test_what_people_send_and_calls_are_not_its_kind_yet() -> None:
    off = GeoPermission(region="US", enabled=False)
    assert rulings(CLAUSE, "10.2", an_answer(text="hi"), off) == []
    assert rulings(CLAUSE, "10.2", an_sms(kind=Kind.CALL), off) == []
