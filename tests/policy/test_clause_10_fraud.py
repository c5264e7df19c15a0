"""Clause 10: countries that are off, and texts that deceive; genuine alerts and fraud education are let through."""

from __future__ import annotations

from typing import Any

import pytest

from masstransit.facts.brands import Brands
from masstransit.facts.content import Content
from masstransit.facts.identity import GeoPermission
from masstransit.facts.links import Links, links_in
from masstransit.model.communication import Kind
from masstransit.model.decision import Ruling, Verdict
from masstransit.policy.clause_10_fraud import Fraud
from tests.makers import an_answer, an_sms, rulings, says

CLAUSE = Fraud()
NOBODY = Brands()
CHASE = Brands(names=("Chase",), domains=("chase.com",))
SHOP = Brands(names=("Northwind",))


def codes(found: list[Ruling]) -> list[int | None]:
    return [ruling.code for ruling in found]


def deceives(
    text: str, brands: Brands = NOBODY, *, kind: Kind = Kind.SMS, said: Content | None = None, **labels: Any
) -> list[Ruling]:
    sms = an_sms(text=text, kind=kind)
    return rulings(CLAUSE, "10.1", sms, said or says(**labels), Links(found=links_in(text)), brands)


# --- 10.2 ---------------------------------------------------------------------------------------------------------


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


# --- 10.1 ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["phishing", "scam"])
def test_what_reads_like_fraud_waits_for_a_person_from_the_threshold_on(label: str) -> None:
    below, at = (deceives("Call now", said=says(**{label: CLAUSE.suspect - step})) for step in (0.01, 0.0))
    assert below == []
    (found,) = at
    assert (found.verdict, found.code) == (Verdict.HOLD, 30007)
    assert found.evidence["labels"][label] == 0.5


def test_fraud_with_a_link_that_imitates_a_brand_is_refused() -> None:
    (found,) = deceives("Pay at https://usps-redelivery.info/x", phishing=0.9)
    assert (found.verdict, found.by_content, found.evidence["imitates"]) == (
        Verdict.REFUSE,
        True,
        ("usps-redelivery.info",),
    )


def test_fraud_that_speaks_for_a_brand_that_is_not_the_senders_is_refused() -> None:
    text = "Chase: your account is locked, call us"
    (found,) = deceives(text, SHOP, phishing=0.9, impersonation=0.8, impersonates="bank", brand_claimed="chase")
    assert (found.verdict, found.evidence["claims"]) == (Verdict.REFUSE, "chase")
    (named,) = deceives(text, SHOP, phishing=0.9, brand_claimed="chase")  # named, but not spoken for
    assert named.verdict is Verdict.HOLD


def test_a_bank_that_writes_about_its_own_customers_money_is_let_through() -> None:
    said = says(phishing=0.9, impersonation=0.9, brand_claimed="chase", impersonates="bank")
    assert deceives("Chase: did you spend $90? Reply YES or NO", CHASE, said=said) == []
    assert deceives("Chase: look at https://secure.chase.com/x", CHASE, said=said) == []
    assert [r.verdict for r in deceives("Chase: look at https://chase-verify.top/x", CHASE, said=said)] == [
        Verdict.HOLD
    ]


def test_who_warns_of_fraud_commits_none() -> None:
    assert deceives("We will never ask for your PIN. Never click such links.", phishing=0.9, educates=True) == []


def test_a_fundraiser_after_a_flood_is_let_through() -> None:
    assert deceives("Red Cross: text GIVE to help families after the flood", scam=0.2, spam=0.8) == []


def test_recorded_fraud_is_heard_in_calls_only() -> None:
    assert [r.verdict for r in deceives("Your warranty expires", kind=Kind.CALL, robocall=0.9)] == [Verdict.HOLD]
    assert deceives("Your warranty expires", kind=Kind.SMS, robocall=0.9) == []


def test_while_a_text_could_not_be_read_a_person_looks_afterwards() -> None:
    for rule in ("10.1",):
        found = rulings(CLAUSE, rule, an_sms(), Links(), NOBODY, unknown=(Content,))
        assert [r.verdict for r in found] == [Verdict.FLAG]


# --- 10.3, 10.4 ---------------------------------------------------------------------------------------------------


def test_who_speaks_for_another_brand_waits_and_who_has_none_on_record_is_looked_at() -> None:
    said = says(impersonation=0.9, brand_claimed="chase", impersonates="bank")
    assert [r.verdict for r in rulings(CLAUSE, "10.3", an_sms(), said, SHOP)] == [Verdict.HOLD]
    assert [r.verdict for r in rulings(CLAUSE, "10.3", an_sms(), said, NOBODY)] == [Verdict.FLAG]
    assert rulings(CLAUSE, "10.3", an_sms(), said, CHASE) == []


def test_a_shop_that_takes_paypal_speaks_for_nobody() -> None:
    named = says(impersonation=CLAUSE.suspect - 0.01, brand_claimed="paypal", spam=0.9)
    assert rulings(CLAUSE, "10.3", an_sms(), named, SHOP) == []
    taught = says(impersonation=0.9, brand_claimed="chase", educates=True)
    assert rulings(CLAUSE, "10.3", an_sms(), taught, SHOP) == []
    assert rulings(CLAUSE, "10.3", an_sms(), SHOP, unknown=(Content,)) == []


def test_a_link_that_looks_like_anothers_is_looked_at_afterwards() -> None:
    for text, brands, expected in (
        ("see https://paypa1.com", NOBODY, [Verdict.FLAG]),
        ("see https://paypal.com", NOBODY, []),
        ("see https://chase-verify.top", CHASE, []),
        ("see https://apple-orchard.com", NOBODY, []),
    ):
        found = rulings(CLAUSE, "10.3.1", an_sms(text=text), Links(found=links_in(text)), brands)
        assert [r.verdict for r in found] == expected
    assert rulings(CLAUSE, "10.3.1", an_sms(), NOBODY, unknown=(Links,)) == []


def test_who_names_a_brand_and_links_to_its_imitation_waits_whatever_the_words() -> None:
    for text, brands, expected in (
        ("USPS: your parcel is held, see https://usps-redelivery.info/x", NOBODY, [Verdict.HOLD]),
        ("US Postal Service: see https://usps-redelivery.info/x", NOBODY, [Verdict.HOLD]),
        ("USPS: see https://usps-redelivery.info/x", Brands(names=("USPS",)), []),
        ("USPS: see https://tools.usps.com/x", NOBODY, []),
        ("Upset about your parcel? see https://usps-redelivery.info/x", NOBODY, [Verdict.FLAG]),
    ):
        found = rulings(CLAUSE, "10.3.1", an_sms(text=text), Links(found=links_in(text)), brands)
        assert [r.verdict for r in found] == expected


def test_nobody_is_asked_for_a_code() -> None:
    asks, fraud, warns = says(asks_code=True), says(asks_code=True, phishing=0.8), says(asks_code=True, educates=True)
    assert [r.verdict for r in rulings(CLAUSE, "10.4", an_sms(), asks)] == [Verdict.HOLD]
    assert [r.verdict for r in rulings(CLAUSE, "10.4", an_sms(), fraud)] == [Verdict.REFUSE]
    assert rulings(CLAUSE, "10.4", an_sms(), warns) == []
    assert rulings(CLAUSE, "10.4", an_sms(), says(otp=0.9)) == []
    assert rulings(CLAUSE, "10.4", an_sms(), unknown=(Content,)) == []


def test_what_a_person_writes_is_not_judged() -> None:
    assert rulings(CLAUSE, "10.4", an_answer(text="what is the code?"), says(asks_code=True)) == []
