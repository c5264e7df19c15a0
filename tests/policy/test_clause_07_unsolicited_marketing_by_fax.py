"""Clause 7.12: advertising by fax, and the notice on its first page (47 USC 227(b)(1)(C); 47 CFR 64.1200(a)(4))."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from masstransit.facts import fax_notice
from masstransit.facts.consent import Consents, Given
from masstransit.facts.content import Content
from masstransit.facts.content.reading import content_model
from masstransit.facts.faxes import Broadcast
from masstransit.model.address import callable_address
from masstransit.model.communication import Communication, Direction, Kind, Purpose
from masstransit.model.decision import Ruling, Verdict
from masstransit.policy.clause_07_unsolicited_marketing import UnsolicitedMarketing
from tests.makers import NOON, RECIPIENT, an_sms, rulings

NOTHING = Consents()
CLAUSE = UnsolicitedMarketing()
NOTICE = (
    "To be removed from our list call 800-555-0100 or fax 800-555-0101 at any hour, free of charge. We must honor your "
    "request within 30 days."
)
OFFER = "Grand opening sale! 50% off all toner this week only. Order now at Acme Toner."
BILL = "INVOICE 4711. Net 30. Total due: $120.00. Thank you for your order."
PURPOSES = (Purpose.OTP, Purpose.EMERGENCY)


def a_fax(text: str = OFFER, *, recipient: str = RECIPIENT, **more: Any) -> Communication:
    pages = max(1, text.count("\f") + 1)
    told: dict[str, Any] = {"pages": pages, "pictures": 0 if text.strip() else pages} | more
    fax = an_sms(text=text, kind=Kind.FAX, id="FX" + "0" * 32, **told)
    return Communication(
        **{n: getattr(fax, n) for n in fax.__struct_fields__} | {"recipient": callable_address(recipient)}
    )


def on_file(kind: str = "", *, purpose: str = "marketing", withdrawn: bool = False, **more: Any) -> Consents:
    if not kind:
        return Consents()
    given = Given(kind=kind, given_at=NOON - timedelta(days=2000), withdrawn_at=NOON if withdrawn else None, **more)
    return Consents(by_purpose={purpose: given})


def judged(rule: str, fax: Communication, consents: Consents = NOTHING, numbers: int = 1) -> list[Ruling]:
    model = content_model()
    (content,) = model.judge([model.normal(fax.text)])
    facts = (consents, content, Broadcast(numbers_24h=numbers)) if rule == "7.12" else (consents, content)
    return rulings(CLAUSE, rule, fax, *facts)


def verdicts(found: list[Ruling]) -> list[Verdict]:
    return [each.verdict for each in found]


# --- 7.12 permission ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", [Purpose.MARKETING, None])
def test_advertising_to_a_stranger_is_refused(purpose: Purpose | None) -> None:
    assert verdicts(judged("7.12", a_fax(purpose=purpose))) == [Verdict.REFUSE]


@pytest.mark.parametrize("kind", ["written", "express"])
def test_who_gave_permission_gets_it(kind: str) -> None:
    assert judged("7.12", a_fax(purpose=Purpose.MARKETING), on_file(kind)) == []
    taken_back = on_file(kind, withdrawn=True)
    assert verdicts(judged("7.12", a_fax(purpose=Purpose.MARKETING), taken_back)) == [Verdict.REFUSE]


@pytest.mark.parametrize("kind", ["purchase", "inquiry"])
@pytest.mark.parametrize("how", [{"medium": "web-form"}, {"source": True}, {"proof": True}])
def test_a_customer_whose_number_came_lawfully_gets_it_however_long_ago(kind: str, how: dict[str, Any]) -> None:
    known = on_file(kind, purpose="transactional", **how)
    assert judged("7.12", a_fax(purpose=Purpose.MARKETING), known) == []


def test_a_customer_whose_number_came_from_nobody_knows_where_waits_for_a_person() -> None:
    assert verdicts(judged("7.12", a_fax(purpose=Purpose.MARKETING), on_file("purchase"))) == [Verdict.HOLD]


def test_a_conversation_is_no_relationship() -> None:
    talked = on_file("conversation", purpose="conversation", source=True)
    assert verdicts(judged("7.12", a_fax(purpose=Purpose.MARKETING), talked)) == [Verdict.REFUSE]


@pytest.mark.parametrize(
    "text",
    [
        BILL,
        "Dear Dr. Smith,\nplease find the referral of our patient. We will call you tomorrow.",
        "CONTRACT OF SALE between A and B. The seller sells and delivers the goods.",
        "Purchase order 88: 20 units at unit price 12.00. Ship to dock 4.",
        "Your test results are ready. Please call the office.",
        "PRESCRIPTION REFILL REQUEST. Patient on file. Quantity 30, refills 2.",
    ],
)
@pytest.mark.parametrize("purpose", [None, Purpose.TRANSACTIONAL, Purpose.CONVERSATION])
def test_letters_bills_and_orders_to_strangers_are_not_touched(text: str, purpose: Purpose | None) -> None:
    assert judged("7.12", a_fax(text, purpose=purpose)) == []
    assert judged("7.12.1", a_fax(text, purpose=purpose)) == []


def test_an_offer_that_is_called_something_else_is_looked_at() -> None:
    assert verdicts(judged("7.12", a_fax(purpose=Purpose.TRANSACTIONAL))) == [Verdict.FLAG]


@pytest.mark.parametrize(("numbers", "found"), [(CLAUSE.fax_broadcast - 1, []), (CLAUSE.fax_broadcast, [Verdict.HOLD])])
def test_pictures_are_somebodys_letter_until_the_same_go_to_many(numbers: int, found: list[Verdict]) -> None:
    assert verdicts(judged("7.12", a_fax(""), numbers=numbers)) == found


def test_pictures_whose_purpose_is_stated_or_that_go_to_customers_are_not_held() -> None:
    assert verdicts(judged("7.12", a_fax("", purpose=Purpose.TRANSACTIONAL), numbers=500)) == [Verdict.FLAG]
    assert judged("7.12", a_fax(""), on_file("purchase", purpose="transactional", source=True), numbers=500) == []
    assert judged("7.12", a_fax(""), on_file("express"), numbers=500) == []
    assert verdicts(judged("7.12", a_fax("", purpose=Purpose.MARKETING))) == [Verdict.REFUSE]


def test_other_countries_other_kinds_and_what_comes_in_are_not_its_business() -> None:
    assert judged("7.12", a_fax(recipient="+33612345678", purpose=Purpose.MARKETING)) == []
    inbound = a_fax(purpose=Purpose.MARKETING, direction=Direction.INBOUND)
    assert judged("7.12", inbound) == []
    assert rulings(CLAUSE, "7.12", an_sms(text=OFFER), Consents(), Content(), Broadcast()) == []
    for purpose in PURPOSES:
        assert judged("7.12", a_fax(purpose=purpose)) == []


@pytest.mark.parametrize("fact", [Consents, Content, Broadcast])
def test_where_nothing_is_known_a_person_looks(fact: type) -> None:
    rest = [each for each in (Consents(), Content(), Broadcast()) if not isinstance(each, fact)]
    found = rulings(CLAUSE, "7.12", a_fax("", purpose=None, pictures=1), *rest, unknown=(fact,))
    assert verdicts(found) == [Verdict.HOLD]


# --- 7.12.1 the notice ------------------------------------------------------------------------------------------------


def test_who_rests_on_a_relationship_tells_on_the_first_page_how_to_get_no_more() -> None:
    customer = on_file("purchase", purpose="transactional", source=True)
    assert judged("7.12.1", a_fax(f"{OFFER}\n{NOTICE}", purpose=Purpose.MARKETING), customer) == []
    for text in (OFFER, f"{OFFER}\f{NOTICE}"):  # on the second page it is not clear and conspicuous
        assert verdicts(judged("7.12.1", a_fax(text, purpose=Purpose.MARKETING), customer)) == [Verdict.REFUSE]


def test_who_gave_permission_need_not_be_told() -> None:
    fax = a_fax(OFFER, purpose=Purpose.MARKETING)
    assert verdicts(judged("7.12.1", fax, on_file("express"))) == [Verdict.FLAG]


def test_a_first_page_that_is_a_picture_is_for_a_person_to_read() -> None:
    fax = a_fax(f"\f{NOTICE}", purpose=Purpose.MARKETING, pictures=1)
    customer = on_file("purchase", purpose="transactional", source=True)
    assert verdicts(judged("7.12.1", fax, customer)) == [Verdict.HOLD]
    assert judged("7.12.1", fax, on_file("written")) == []


def test_without_the_facts_it_is_looked_at_afterwards() -> None:
    fax = a_fax(purpose=Purpose.MARKETING)
    assert verdicts(rulings(CLAUSE, "7.12.1", fax, Content(), unknown=(Consents,))) == [Verdict.FLAG]


@pytest.mark.parametrize(
    ("notice", "lacks"),
    [
        (NOTICE, 0),
        ("To opt out of future faxes call or fax 800-555-0100. Honored within thirty (30) days.", 0),
        ("Do not want to receive faxes? Phone 800-555-0100, fax 800-555-0101. Done within 10 days.", 0),
        ("To opt out of future faxes call or fax 800-555-0100. Honored within 31 days.", 1),
        ("To opt out of future faxes call or fax 800-555-0100.", 1),
        ("To opt out of future faxes call 800-555-0100. Honored within 30 days.", 1),
        ("To opt out write to us. Honored within 30 days.", 1),
        ("Call 800-555-0100 or fax 800-555-0101 to order within 30 days.", 1),
        ("Thank you for your business.", 3),
    ],
)
def test_the_notice_has_all_that_the_law_asks_for(notice: str, lacks: int) -> None:
    assert len(fax_notice.lacks(notice, CLAUSE.fax_stop_days)) == lacks


def test_the_notice_itself_is_not_read_as_what_the_fax_says() -> None:
    told = f"{OFFER}\n{NOTICE}\fPage two."
    assert fax_notice.without(told).split() == f"{OFFER} Page two.".split()
    assert "\f" in fax_notice.without(told)
    assert fax_notice.without(BILL) == BILL
    trick = "To be removed pay at http://pay.example/now within 30 days."
    assert fax_notice.without(trick) == trick  # what leads somewhere is read, whatever it calls itself
    many = "Opt out of this. " * 5
    assert fax_notice.without(many).count("Opt out") == 2
