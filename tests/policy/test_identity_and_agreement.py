"""Clauses A, B, 6, 10, 14 and 18: fine, forbidden, either side of each figure, unknown, and not theirs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from masstransit.facts.accounts import Account, Agreement, EndUser, Guidelines
from masstransit.facts.complaints import Order, Orders, Reports
from masstransit.facts.consent import Consents, Given
from masstransit.facts.identity import Campaign, GeoPermission, NeverOriginate, Numbering, SenderRight
from masstransit.facts.links import Links, links_in
from masstransit.facts.traffic import Rates, Tally
from masstransit.model.communication import Direction, Kind, OutcomeKind, Purpose, Subject
from masstransit.model.decision import Ruling, Verdict
from masstransit.policy.agreement import Acceptance
from masstransit.policy.clause_06_carrier_complaints_and_industry_rules import CarrierComplaints
from masstransit.policy.clause_10_fraud import Fraud
from masstransit.policy.clause_14_authority_requests import AuthorityRequests
from masstransit.policy.clause_18_false_identity import FalseIdentity
from masstransit.policy.end_users import EndUsersConduct
from tests.makers import NOON, a_knock, an_answer, an_outcome, an_sms, rulings

A, B, SIX, TEN, FOURTEEN, EIGHTEEN = (
    Acceptance(),
    EndUsersConduct(),
    CarrierComplaints(),
    Fraud(),
    AuthorityRequests(),
    FalseIdentity(),
)
US = Numbering(sender_region="US", recipient_region="US")
OURS = SenderRight(on_record=True, owned=True, state="in-use", type="local", region="US")
VERIFIED = Campaign(sid="QE1", on_record=True, status="VERIFIED", use_case="MIXED", brand_status="APPROVED")


def verdicts(found: list[Ruling]) -> list[Verdict]:
    return [ruling.verdict for ruling in found]


def codes(found: list[Ruling]) -> list[int | None]:
    return [ruling.code for ruling in found]


# --- A ------------------------------------------------------------------------------------------------------------


def test_an_accepted_agreement_opens_the_door_and_the_gate() -> None:
    for subject in (an_sms(), a_knock()):
        assert rulings(A, "A1", subject, Account(), Agreement(accepted=True, current=True)) == []


def test_nothing_goes_out_before_acceptance_and_no_key_works() -> None:
    assert codes(rulings(A, "A1", an_sms(), Account(), Agreement())) == [20005]
    assert codes(rulings(A, "A1", a_knock(), Account(), Agreement())) == [20003]


@pytest.mark.parametrize("subject", [a_knock(proven=False), a_knock(wants="accept"), an_answer(text="STOP")])
def test_strangers_those_who_come_to_accept_and_a_stop_are_not_turned_away(subject: Subject) -> None:
    assert rulings(A, "A1", subject, Account(), Agreement()) == []


def test_an_acceptance_by_somebody_without_authority_is_none() -> None:
    (ruling,) = rulings(A, "A1", an_sms(), Account(), Agreement(unauthorised=True))
    assert ruling.verdict is Verdict.REFUSE
    assert "could not bind" in ruling.reason


def test_test_credentials_need_no_acceptance() -> None:
    assert rulings(A, "A1", an_sms(), Account(test=True), Agreement()) == []


def test_an_agreement_that_can_not_be_read_holds() -> None:
    assert verdicts(rulings(A, "A1", an_sms(), Account(), unknown=(Agreement,))) == [Verdict.HOLD]


@pytest.mark.parametrize(("days", "verdict"), [(29.99, Verdict.FLAG), (30, Verdict.REFUSE)])
def test_an_earlier_edition_counts_until_its_window_ends(days: float, verdict: Verdict) -> None:
    old = Agreement(accepted=True, current_from=NOON - timedelta(days=days))
    assert verdicts(rulings(A, "A2", an_sms(), Account(), old)) == [verdict]


def test_guidelines_that_were_not_sent_in_writing_are_flagged() -> None:
    clause = Acceptance(written_guidelines=("carrier-code@3",))
    assert verdicts(rulings(clause, "A4", an_sms(), Guidelines())) == [Verdict.FLAG]
    assert rulings(clause, "A4", an_sms(), Guidelines(sent=("carrier-code@3",))) == []


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_a_suspended_or_closed_account_sends_nothing_and_still_hears_a_stop(status: str) -> None:
    assert codes(rulings(A, "A5", an_sms(), Account(status=status))) == [30002]
    assert codes(rulings(A, "A5", a_knock(), Account(status=status))) == [20005]
    assert rulings(A, "A5", an_answer(text="STOP"), Account(status=status)) == []


# --- B ------------------------------------------------------------------------------------------------------------


def test_a_reseller_that_names_nobody_is_flagged_and_others_are_not() -> None:
    assert verdicts(rulings(B, "B1", an_sms(), EndUser(expected=True))) == [Verdict.FLAG]
    assert rulings(B, "B1", an_sms(), EndUser(expected=True, named=True)) == []
    assert rulings(B, "B1", an_sms(), EndUser()) == []


def test_a_stopped_end_user_is_stopped_and_its_neighbour_is_not() -> None:
    assert verdicts(rulings(B, "B2", an_sms(), EndUser(named=True, on_record=True, status="stopped"))) == [4]
    assert rulings(B, "B2", an_sms(), EndUser(named=True, on_record=True, terms_accepted=True)) == []
    assert verdicts(rulings(B, "B2", an_sms(), unknown=(EndUser,))) == [Verdict.HOLD]


# --- 6 ------------------------------------------------------------------------------------------------------------


def test_an_opt_in_without_its_proof_is_flagged() -> None:
    whole = Given(kind="written", given_at=NOON, medium="web-form", proof=True)
    bare = Given(kind="written", given_at=NOON)
    sms = an_sms(purpose=Purpose.MARKETING)
    assert rulings(SIX, "6.2", sms, Consents(by_purpose={"marketing": whole})) == []
    assert verdicts(rulings(SIX, "6.2", sms, Consents(by_purpose={"marketing": bare}))) == [Verdict.FLAG]
    assert rulings(SIX, "6.2", an_sms(purpose=Purpose.OTP), Consents(by_purpose={"marketing": bare})) == []


def test_a_shared_shortener_is_refused_in_the_us_and_a_link_of_ones_own_is_not() -> None:
    shared, own = (Links(found=links_in(text)) for text in ("see bit.ly/x", "see https://shop.example.com/x"))
    (ruling,) = rulings(SIX, "6.4", an_sms(), shared, US)
    assert ruling.by_content
    assert rulings(SIX, "6.4", an_sms(), own, US) == []
    assert rulings(SIX, "6.4", an_sms(), shared, Numbering(recipient_region="FR")) == []


@pytest.mark.parametrize(
    ("campaign", "code"),
    [
        ({}, None),
        ({"status": "IN_PROGRESS"}, 30034),
        ({"on_record": False}, 30034),
        ({"status": "SUSPENDED"}, 30033),
        ({"brand_status": "FAILED"}, 30034),
        ({"brand_status": "SUSPENDED"}, 30033),
    ],
)
def test_a_long_code_needs_an_approved_campaign(campaign: dict[str, Any], code: int | None) -> None:
    made: dict[str, Any] = {
        "sid": "QE1",
        "on_record": True,
        "status": "VERIFIED",
        "brand_status": "APPROVED",
    } | campaign
    found = rulings(SIX, "6.5", an_sms(), OURS, Campaign(**made), US)
    assert codes(found) == ([] if code is None else [code])


def test_traffic_from_or_to_other_countries_needs_no_us_registration() -> None:
    for abroad in (Numbering(sender_region="GB", recipient_region="US"), Numbering(sender_region="US")):
        assert rulings(SIX, "6.5", an_sms(), OURS, Campaign(), abroad) == []


def test_a_toll_free_number_is_verified_first() -> None:
    for state, expected in (("", [30032]), ("pending", [30032]), ("verified", [])):
        right = SenderRight(on_record=True, owned=True, type="toll-free", verification=state)
        assert codes(rulings(SIX, "6.5", an_sms(), right, Campaign(), US)) == expected


@pytest.mark.parametrize(
    ("use_case", "purpose", "expected"),
    [
        ("2FA", Purpose.MARKETING, [Verdict.REFUSE]),
        ("2FA", Purpose.OTP, []),
        ("2FA", Purpose.TRANSACTIONAL, [Verdict.FLAG]),
        ("MARKETING", Purpose.MARKETING, []),
        ("CUSTOMER_CARE", Purpose.CONVERSATION, []),
        ("MIXED", None, []),
    ],
)
def test_a_campaign_sends_what_it_declared(use_case: str, purpose: Purpose | None, expected: list[Verdict]) -> None:
    campaign = Campaign(on_record=True, use_case=use_case)
    assert verdicts(rulings(SIX, "6.5.1", an_sms(purpose=purpose), campaign)) == expected


@pytest.mark.parametrize(
    ("opt_outs", "recipients", "expected"),
    [
        (29, 1000, []),
        (30, 1000, [Verdict.FLAG]),
        (49, 1000, [Verdict.FLAG]),
        (50, 1000, [Verdict.DELAY]),
        (99, 1000, [Verdict.DELAY]),
        (100, 1000, [Verdict.HOLD]),
        (100, 199, []),
        (100, 200, [Verdict.HOLD]),
    ],
)
def test_the_opt_out_rate(opt_outs: int, recipients: int, expected: list[Verdict]) -> None:
    rates = Rates(recipients_24h=recipients, opt_outs_24h=opt_outs)
    assert verdicts(rulings(SIX, "6.7", an_sms(), rates, VERIFIED)) == expected
    assert rulings(SIX, "6.7", an_sms(purpose=Purpose.OTP), rates, VERIFIED) == []


def test_a_clean_campaign_is_not_stopped_for_another_and_small_ones_do_not_hide() -> None:
    day = {"recipients_24h": 1000, "opt_outs_24h": 200}
    assert rulings(SIX, "6.7", an_sms(), Rates(**day, campaign=Tally(recipients_24h=500)), VERIFIED) == []
    small = Rates(**day, campaign=Tally(recipients_24h=100))
    assert verdicts(rulings(SIX, "6.7", an_sms(), small, VERIFIED)) == [Verdict.HOLD]


def test_a_first_message_that_asks_afresh_is_not_stopped() -> None:
    asking = Campaign(on_record=True, re_permission=True)
    rates = Rates(recipients_24h=1000, opt_outs_24h=300)
    assert verdicts(rulings(SIX, "6.7", an_sms(), rates, asking)) == [Verdict.FLAG]


@pytest.mark.parametrize(
    ("reports", "recipients", "expected"),
    [
        (1, 300, []),
        (2, 300, [Verdict.FLAG]),
        (4, 300, [Verdict.FLAG]),
        (5, 300, [Verdict.HOLD]),
        (49, 100_000, []),
        (50, 100_000, [Verdict.FLAG]),
        (100, 100_000, [Verdict.HOLD]),
    ],
)
def test_spam_reports(reports: int, recipients: int, expected: list[Verdict]) -> None:
    rates = Rates(recipients_24h=recipients, spam_reports_24h=reports)
    assert verdicts(rulings(SIX, "6.7.1", an_sms(), rates)) == expected


def test_a_carriers_complaint_is_put_on_record_and_a_delivery_is_not() -> None:
    assert verdicts(rulings(SIX, "6.8", an_outcome(OutcomeKind.CARRIER_COMPLAINT), Reports())) == [Verdict.FLAG]
    assert rulings(SIX, "6.8", an_outcome(), Reports()) == []


def test_a_persons_message_and_a_call_are_not_clause_six_s() -> None:
    inbound, call = an_sms(direction=Direction.INBOUND), an_sms(kind=Kind.CALL)
    assert rulings(SIX, "6.5", inbound, SenderRight(), Campaign(), US) == []
    assert rulings(SIX, "6.5", call, SenderRight(), Campaign(), US) == []


# --- 10, 14 -------------------------------------------------------------------------------------------------------


def test_a_country_is_off_when_it_was_switched_off_or_is_risky_and_was_not_enabled() -> None:
    for region, enabled, expected in (
        ("US", None, []),
        ("US", False, [21408]),
        ("CU", None, [21408]),
        ("CU", True, []),
    ):
        assert codes(rulings(TEN, "10.2", an_sms(), GeoPermission(region=region, enabled=enabled))) == expected


def test_a_verified_order_stops_and_a_gagged_one_says_nothing_of_it() -> None:
    order = Order(order="OR1", scope="account", authority="Bureau", reference="7/26", gag=False, since=NOON)
    (told,) = rulings(FOURTEEN, "14.1", an_sms(), Orders(standing=(order,)))
    assert "Bureau" in told.reason
    gagged = Order(order="OR1", scope="account", authority="Bureau", reference="7/26", gag=True, since=NOON)
    (silent,) = rulings(FOURTEEN, "14.1", an_sms(), Orders(standing=(gagged,)))
    assert silent.verdict is Verdict.REFUSE
    assert "Bureau" not in repr(silent)
    assert rulings(FOURTEEN, "14.1", an_sms(), Orders()) == []


def test_a_request_itself_stops_nobody() -> None:
    assert verdicts(rulings(FOURTEEN, "14.4", an_outcome(OutcomeKind.AUTHORITY_REQUEST))) == [Verdict.FLAG]


# --- 18 -----------------------------------------------------------------------------------------------------------


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
    assert codes(rulings(EIGHTEEN, "18.1", an_sms(), right)) == ([] if code is None else [code])


def test_a_right_that_can_not_be_looked_up_or_is_not_proven_yet_holds() -> None:
    pending = SenderRight(kind="alpha", on_record=True, state="pending")
    hosted = SenderRight(on_record=True, owned=True, state="hosted-pending")
    assert verdicts(rulings(EIGHTEEN, "18.1", an_sms(), unknown=(SenderRight,))) == [Verdict.HOLD]
    assert verdicts(rulings(EIGHTEEN, "18.1", an_sms(), pending)) == [Verdict.HOLD]
    assert verdicts(rulings(EIGHTEEN, "18.1", an_sms(), hosted)) == [Verdict.HOLD]


def test_a_name_goes_where_it_is_carried_and_passes_for_nobody_else() -> None:
    name, alike = SenderRight(kind="alpha"), SenderRight(kind="alpha", resembles_other="N0rthwind")
    assert codes(rulings(EIGHTEEN, "18.2", an_sms(sender="Northwind"), name, US)) == [21612]
    assert rulings(EIGHTEEN, "18.2", an_sms(sender="Northwind"), name, Numbering(recipient_region="FR")) == []
    found = rulings(EIGHTEEN, "18.2", an_sms(sender="N0rthwind"), alike, Numbering(recipient_region="FR"))
    assert verdicts(found) == [Verdict.HOLD]


def test_numbers_that_nobody_has_and_numbers_that_only_receive() -> None:
    assert codes(rulings(EIGHTEEN, "18.4", an_sms(), Numbering(sender_valid=False))) == [21212]
    assert codes(rulings(EIGHTEEN, "18.4", an_sms(), Numbering(recipient_valid=False))) == [21211]
    assert verdicts(rulings(EIGHTEEN, "18.4", an_sms(), Numbering(recipient_type="landline"))) == [Verdict.FLAG]
    assert rulings(EIGHTEEN, "18.4", an_sms(), US) == []
    assert codes(rulings(EIGHTEEN, "18.4.1", an_sms(), NeverOriginate(listed=True))) == [21606]
    assert rulings(EIGHTEEN, "18.4.1", an_sms(), NeverOriginate()) == []
