"""Clause 6: opt-in records, shorteners, registration, declared uses, rates, complaints."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from masstransit.facts.accounts import Guidelines
from masstransit.facts.complaints import Reports
from masstransit.facts.consent import Consents, Given, SharedConsent
from masstransit.facts.content import Content
from masstransit.facts.filtered import Filtered
from masstransit.facts.identity import Campaign, Numbering, SenderRight
from masstransit.facts.links import Links, links_in
from masstransit.facts.reachability import DeadNumbers, ShutDown, Unreachable
from masstransit.facts.traffic import CampaignCounts, PairHistory, Rates, Tally
from masstransit.model.communication import Direction, Kind, Purpose
from masstransit.model.decision import Ruling, Verdict
from masstransit.model.outcome import OutcomeKind
from masstransit.policy.clause_06_carrier_complaints_and_industry_rules import CarrierComplaints
from tests.makers import NOON, an_outcome, an_sms, changed, rulings, says

CLAUSE = CarrierComplaints()
US = Numbering(sender_region="US", recipient_region="US")
OURS = SenderRight(on_record=True, owned=True, state="in-use", type="local", region="US", campaign="QE1")
VERIFIED = Campaign(sid="QE1", on_record=True, status="VERIFIED", use_case="MIXED", brand_status="APPROVED")
NOTHING_SENT = Guidelines()
WHOLE = Given(kind="written", given_at=NOON, medium="web-form", proof=True, language="en", campaign="QE1", source=True)


def verdicts(found: list[Ruling]) -> list[Verdict]:
    return [ruling.verdict for ruling in found]


def codes(found: list[Ruling]) -> list[int | None]:
    return [ruling.code for ruling in found]


def test_an_opt_in_without_its_proof_is_flagged() -> None:
    bare = Given(kind="written", given_at=NOON)
    sms = an_sms(purpose=Purpose.MARKETING)
    assert rulings(CLAUSE, "6.2", sms, Consents(by_purpose={"marketing": WHOLE})) == []
    assert verdicts(rulings(CLAUSE, "6.2", sms, Consents(by_purpose={"marketing": bare}))) == [Verdict.FLAG]
    assert rulings(CLAUSE, "6.2", an_sms(purpose=Purpose.OTP), Consents(by_purpose={"marketing": bare})) == []


def test_a_shared_shortener_is_refused_in_the_us_and_a_link_of_ones_own_is_not() -> None:
    shared, own = (Links(found=links_in(text)) for text in ("see bit.ly/x", "see https://shop.example.com/x"))
    (ruling,) = rulings(CLAUSE, "6.4", an_sms(), shared, US)
    assert ruling.by_content
    assert rulings(CLAUSE, "6.4", an_sms(), own, US) == []
    assert rulings(CLAUSE, "6.4", an_sms(), shared, Numbering(recipient_region="FR")) == []


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
    found = rulings(CLAUSE, "6.5", an_sms(), OURS, Campaign(**made), US)
    assert codes(found) == ([] if code is None else [code])


def test_traffic_from_or_to_other_countries_needs_no_us_registration() -> None:
    for abroad in (Numbering(sender_region="GB", recipient_region="US"), Numbering(sender_region="US")):
        assert rulings(CLAUSE, "6.5", an_sms(), OURS, Campaign(), abroad) == []


def test_a_toll_free_number_is_verified_first() -> None:
    for state, expected in (("", [30032]), ("pending", [30032]), ("verified", [])):
        right = SenderRight(on_record=True, owned=True, type="toll-free", verification=state)
        assert codes(rulings(CLAUSE, "6.5", an_sms(), right, Campaign(), US)) == expected


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
    assert verdicts(rulings(CLAUSE, "6.5.1", an_sms(purpose=purpose), campaign)) == expected


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
    assert verdicts(rulings(CLAUSE, "6.7", an_sms(), rates, VERIFIED)) == expected
    assert rulings(CLAUSE, "6.7", an_sms(purpose=Purpose.OTP), rates, VERIFIED) == []


def test_a_clean_campaign_is_not_stopped_for_another_and_small_ones_do_not_hide() -> None:
    day: dict[str, Any] = {"recipients_24h": 1000, "opt_outs_24h": 200}
    assert rulings(CLAUSE, "6.7", an_sms(), Rates(**day, campaign=Tally(recipients_24h=500)), VERIFIED) == []
    small = Rates(**day, campaign=Tally(recipients_24h=100))
    assert verdicts(rulings(CLAUSE, "6.7", an_sms(), small, VERIFIED)) == [Verdict.HOLD]


def test_one_bad_end_user_of_many_is_stopped_and_the_others_go_on() -> None:
    day: dict[str, Any] = {"recipients_24h": 100_000, "opt_outs_24h": 20_000, "wrong_numbers_24h": 9_000}
    day["spam_reports_24h"] = 900
    shared = Tally(**day)
    bad, clean = Tally(recipients_24h=1000, opt_outs_24h=120), Tally(recipients_24h=1000, opt_outs_24h=2)
    for rule, facts in (("6.7", (VERIFIED,)), ("6.7.1", ()), ("6.7.3", ())):
        assert rulings(CLAUSE, rule, an_sms(), Rates(**day, campaign=shared, end_user=clean), *facts) == []
    (found,) = rulings(CLAUSE, "6.7", an_sms(), Rates(**day, campaign=shared, end_user=bad), VERIFIED)
    assert (found.verdict, found.evidence["unit"]) == (Verdict.HOLD, "end user")
    small = Rates(**day, campaign=shared, end_user=Tally(recipients_24h=50))
    assert verdicts(rulings(CLAUSE, "6.7", an_sms(), small, VERIFIED)) == [Verdict.HOLD]
    dead = DeadNumbers(account_24h=90_000, campaign_24h=90_000, end_user_24h=80)
    rates = Rates(**day, campaign=shared, end_user=clean)
    assert verdicts(rulings(CLAUSE, "6.7.2", an_sms(), rates, dead)) == [Verdict.FLAG]


@pytest.mark.parametrize(
    ("opt_outs", "expected"),
    [
        (5, []),
        (6, [Verdict.FLAG]),
        (9, [Verdict.FLAG]),
        (10, [Verdict.DELAY]),
        (19, [Verdict.DELAY]),
        (20, [Verdict.HOLD]),
    ],
)
def test_a_small_end_user_is_judged_by_itself_as_if_it_had_the_least_recipients(
    opt_outs: int, expected: list[Verdict]
) -> None:
    rates = Rates(recipients_24h=1000, opt_outs_24h=6, end_user=Tally(recipients_24h=40, opt_outs_24h=opt_outs))
    found = rulings(CLAUSE, "6.7", an_sms(), rates, VERIFIED)
    assert verdicts(found) == expected
    assert [each.evidence["unit"] for each in found] == ["end user"] * len(expected)
    pool = Rates(recipients_24h=200, opt_outs_24h=20, end_user=Tally(recipients_24h=40, opt_outs_24h=6))
    (found_of_all,) = rulings(CLAUSE, "6.7", an_sms(), pool, VERIFIED)
    assert (found_of_all.verdict, found_of_all.evidence["unit"]) == (Verdict.HOLD, "account")


@pytest.mark.parametrize(
    ("reports", "expected"), [(1, []), (2, [Verdict.FLAG]), (4, [Verdict.FLAG]), (5, [Verdict.HOLD])]
)
def test_what_people_report_of_a_small_end_user_counts_for_it_alone(reports: int, expected: list[Verdict]) -> None:
    shared: dict[str, Any] = {"recipients_24h": 1000, "spam_reports_24h": 1}
    bad = Rates(**shared, end_user=Tally(recipients_24h=40, spam_reports_24h=reports))
    assert verdicts(rulings(CLAUSE, "6.7.1", an_sms(), bad)) == expected
    assert rulings(CLAUSE, "6.7.1", an_sms(), Rates(**shared, end_user=Tally(recipients_24h=40))) == []
    shared["spam_reports_24h"] = 5  # of five end users one each: they do not hide
    many = Rates(**shared, end_user=Tally(recipients_24h=40, spam_reports_24h=1))
    assert verdicts(rulings(CLAUSE, "6.7.1", an_sms(), many)) == [Verdict.HOLD]


@pytest.mark.parametrize(
    ("count", "expected"), [(15, []), (16, [Verdict.FLAG]), (24, [Verdict.FLAG]), (25, [Verdict.HOLD])]
)
def test_a_small_end_users_dead_numbers_are_its_own(count: int, expected: list[Verdict]) -> None:
    rates = Rates(recipients_24h=1000, end_user=Tally(recipients_24h=60))
    dead = DeadNumbers(account_24h=16, campaign_24h=16, end_user_24h=count)
    assert verdicts(rulings(CLAUSE, "6.7.2", an_sms(), rates, dead)) == expected


def test_a_first_message_that_asks_afresh_is_not_stopped() -> None:
    asking = Campaign(on_record=True, re_permission=True)
    rates = Rates(recipients_24h=1000, opt_outs_24h=300)
    assert verdicts(rulings(CLAUSE, "6.7", an_sms(), rates, asking)) == [Verdict.FLAG]


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
    assert verdicts(rulings(CLAUSE, "6.7.1", an_sms(), rates)) == expected


def test_a_carriers_complaint_is_put_on_record_and_a_delivery_is_not() -> None:
    assert verdicts(rulings(CLAUSE, "6.8", an_outcome(OutcomeKind.CARRIER_COMPLAINT), Reports())) == [Verdict.FLAG]
    assert rulings(CLAUSE, "6.8", an_outcome(), Reports()) == []


def test_a_persons_message_and_a_call_are_not_clause_six_s() -> None:
    inbound, call = an_sms(direction=Direction.INBOUND), an_sms(kind=Kind.CALL)
    assert rulings(CLAUSE, "6.5", inbound, SenderRight(), Campaign(), US) == []
    assert rulings(CLAUSE, "6.5", call, SenderRight(), Campaign(), US) == []


def test_an_opt_in_on_the_web_says_from_where() -> None:
    assert "web-form" in CLAUSE.web_media
    sms = an_sms(purpose=Purpose.MARKETING)
    (found,) = rulings(CLAUSE, "6.2", sms, Consents(by_purpose={"marketing": changed(WHOLE, source=False)}))
    assert found.evidence["missing"] == ["source"]
    paper = changed(WHOLE, source=False, medium="paper")
    assert rulings(CLAUSE, "6.2", sms, Consents(by_purpose={"marketing": paper})) == []


def test_joining_a_recurring_programme_is_confirmed() -> None:
    sms = an_sms(purpose=Purpose.MARKETING)
    programme = changed(VERIFIED, recurring=True)
    assert verdicts(rulings(CLAUSE, "6.2.1", sms, programme)) == [Verdict.FLAG]
    assert rulings(CLAUSE, "6.2.1", sms, changed(programme, confirms=True)) == []
    assert rulings(CLAUSE, "6.2.1", sms, VERIFIED) == []
    assert rulings(CLAUSE, "6.2.1", an_sms(purpose=Purpose.TRANSACTIONAL), programme) == []


def test_a_number_is_on_the_campaign_that_it_is_used_for() -> None:
    for other in (None, "QE2"):
        found = rulings(CLAUSE, "6.5", an_sms(), changed(OURS, campaign=other), VERIFIED, US, NOTHING_SENT)
        assert codes(found) == [30034]


def test_a_business_is_registered_however_like_a_person_it_writes() -> None:
    """6.1: whoever sends for an organisation is no consumer, whatever the number and however few the messages."""
    few = an_sms(purpose=Purpose.CONVERSATION)
    assert codes(rulings(CLAUSE, "6.5", few, changed(OURS, campaign=None), Campaign(), US, NOTHING_SENT)) == [30034]


@pytest.mark.parametrize(("sent", "size", "expected"), [(1999, 1, []), (2000, 1, [2]), (1998, 3, [2]), (1997, 3, [])])
def test_a_brand_keeps_to_its_day(sent: int, size: int, expected: list[int]) -> None:
    brand = changed(VERIFIED, segments_a_day=2000)
    told = Guidelines(sent=("T-Mobile Code of Conduct@2026",))
    counts = CampaignCounts(segments_24h=sent, segments=size)
    assert verdicts(rulings(CLAUSE, "6.5.2", an_sms(), brand, counts, told)) == expected
    assert rulings(CLAUSE, "6.5.2", an_sms(purpose=Purpose.EMERGENCY), brand, counts, told) == []
    assert rulings(CLAUSE, "6.5.2", an_sms(), VERIFIED, counts, told) == []


def test_a_full_day_is_asked_again_after_its_pause_and_is_no_overload() -> None:
    brand, told = changed(VERIFIED, segments_a_day=1), Guidelines(sent=("T-Mobile Code of Conduct@2026",))
    (found,) = rulings(CLAUSE, "6.5.2", an_sms(), brand, CampaignCounts(segments_24h=1), told)
    assert found.until == NOON + timedelta(minutes=CLAUSE.day_pause_minutes)
    assert not found.overload


def test_a_carriers_document_binds_once_it_was_sent_in_writing() -> None:
    brand, counts = changed(VERIFIED, segments_a_day=1), CampaignCounts(segments_24h=1)
    for sent, verdict in (((), Verdict.FLAG), (("T-Mobile Code of Conduct@2026",), Verdict.DELAY)):
        assert verdicts(rulings(CLAUSE, "6.5.2", an_sms(), brand, counts, Guidelines(sent=sent))) == [verdict]


@pytest.mark.parametrize(
    ("documents", "sent", "verdict"),
    [
        ((), (), Verdict.REFUSE),
        (("code",), (), Verdict.FLAG),
        (("code",), ("other@1",), Verdict.FLAG),
        (("code",), ("code@1",), Verdict.REFUSE),
        (("code@2",), ("code@1",), Verdict.FLAG),
        (("code@2", "code@1"), ("code@1",), Verdict.REFUSE),
    ],
)
@pytest.mark.parametrize("rule", ["6.4", "6.5", "6.5.1"])
def test_any_rule_may_rest_on_carriers_documents(
    rule: str, documents: tuple[str, ...], sent: tuple[str, ...], verdict: Verdict
) -> None:
    clause = CarrierComplaints(carrier_documents={rule: documents})
    campaign = Campaign(sid="QE1", on_record=True, status="PENDING", use_case="2FA")
    facts = (Links(found=links_in("bit.ly/x")), US, OURS, campaign, Guidelines(sent=sent))
    (found,) = rulings(clause, rule, an_sms(purpose=Purpose.MARKETING), *facts)
    assert found.verdict is verdict
    assert ("in writing" in found.reason) is (verdict is Verdict.FLAG)


def test_where_no_rule_rests_on_documents_the_ledger_of_guidelines_is_not_asked() -> None:
    facts = (OURS, changed(VERIFIED, status="FAILED"), US)
    assert codes(rulings(CLAUSE, "6.5", an_sms(), *facts, unknown=(Guidelines,))) == [30034]


def test_the_countries_and_uses_are_figures() -> None:
    assert CLAUSE.registered_in == ("US",)
    canadian = CarrierComplaints(registered_in=("CA",))
    assert rulings(canadian, "6.5", an_sms(), OURS, Campaign(), US, NOTHING_SENT) == []
    shared = Links(found=links_in("bit.ly/x"))
    assert "PR" in CLAUSE.no_shorteners_in
    for region, expected in (("PR", [30007]), ("MX", [])):
        assert (
            codes(rulings(CLAUSE, "6.4", an_sms(), shared, Numbering(recipient_region=region), NOTHING_SENT))
            == expected
        )
    assert "MIXED" in CLAUSE.marketing_uses
    advert = an_sms(purpose=Purpose.MARKETING)
    no_mixed = CarrierComplaints(marketing_uses=("MARKETING",))
    assert codes(rulings(no_mixed, "6.5.1", advert, VERIFIED, NOTHING_SENT)) == [30034]
    assert CLAUSE.declared_uses == {"2FA": ("otp", "emergency")}
    two_factor = changed(VERIFIED, use_case="2FA")
    assert rulings(CLAUSE, "6.5.1", an_sms(purpose=Purpose.EMERGENCY), two_factor, NOTHING_SENT) == []


def rated(opt_outs: float, recipients: int, **figures: Any) -> list[Verdict]:
    rates = Rates(recipients_24h=recipients, opt_outs_24h=round(opt_outs * recipients))
    return verdicts(rulings(CarrierComplaints(**figures), "6.7", an_sms(), rates, VERIFIED))


def test_the_rates_bite_at_their_figures_and_not_below() -> None:
    many = 1000 * CLAUSE.least_recipients
    for share, below, at in (
        (CLAUSE.opt_outs_warn, [], [Verdict.FLAG]),
        (CLAUSE.opt_outs_throttle, [Verdict.FLAG], [Verdict.DELAY]),
        (CLAUSE.opt_outs_suspend, [Verdict.DELAY], [Verdict.HOLD]),
    ):
        assert rated(share - 0.00001, many) == below
        assert rated(share, many) == at
    assert rated(1.0, CLAUSE.least_recipients - 1) == []
    assert rated(1.0, CLAUSE.least_recipients) == [Verdict.HOLD]


def test_a_throttled_sender_hears_when_to_go_on() -> None:
    rates = Rates(recipients_24h=1000, opt_outs_24h=60)
    (found,) = rulings(CLAUSE, "6.7", an_sms(), rates, VERIFIED)
    assert found.until == NOON + timedelta(minutes=CLAUSE.throttle_minutes)
    assert found.overload


def reported(reports: int, recipients: int) -> list[Verdict]:
    return verdicts(rulings(CLAUSE, "6.7.1", an_sms(), Rates(recipients_24h=recipients, spam_reports_24h=reports)))


def test_reports_bite_at_their_figures_and_not_below() -> None:
    for count, share, verdict in (
        (CLAUSE.reports_warn, CLAUSE.reports_warn_share, Verdict.FLAG),
        (CLAUSE.reports_hold, CLAUSE.reports_hold_share, Verdict.HOLD),
    ):
        assert reported(count, 1000) == [verdict]
        assert verdict not in reported(count - 1, 1000)
        large = 1_000_000
        assert reported(round(share * large), large) == [verdict]
        assert verdict not in reported(round(share * large) - 1, large)


@pytest.mark.parametrize("purpose", [Purpose.OTP, Purpose.EMERGENCY, Purpose.CONVERSATION])
def test_what_people_wait_for_goes_on_whatever_the_rates(purpose: Purpose) -> None:
    rates = Rates(recipients_24h=1000, opt_outs_24h=900, spam_reports_24h=900)
    assert rulings(CLAUSE, "6.7", an_sms(purpose=purpose), rates, VERIFIED) == []
    assert rulings(CLAUSE, "6.7.1", an_sms(purpose=purpose), rates) == []


@pytest.mark.parametrize(
    ("rule", "fact", "expected"),
    [
        ("6.2", Consents, []),
        ("6.2.1", Campaign, []),
        ("6.4", Links, [Verdict.FLAG]),
        ("6.5", SenderRight, [Verdict.HOLD]),
        ("6.5.1", Campaign, [Verdict.FLAG]),
        ("6.5.2", Campaign, []),
        ("6.7", Rates, []),
        ("6.7.1", Rates, []),
        ("6.2.2", SharedConsent, []),
        ("6.2.3", ShutDown, [Verdict.FLAG]),
        ("6.7.2", Rates, []),
        ("6.7.2", DeadNumbers, []),
        ("6.7.3", Rates, []),
        ("6.7.4", Unreachable, []),
    ],
)
def test_while_a_fact_is_unknown(rule: str, fact: type, expected: list[Verdict]) -> None:
    advert = an_sms(purpose=Purpose.MARKETING)
    beside = () if fact is Rates else (Rates(recipients_24h=1000),)
    assert verdicts(rulings(CLAUSE, rule, advert, US, *beside, unknown=(fact,))) == expected


def test_outcomes_are_heard_so_that_they_count_and_are_not_judged_by_rates() -> None:
    rates = Rates(recipients_24h=1000, opt_outs_24h=900, spam_reports_24h=900)
    for rule in ("6.7", "6.7.1"):
        assert rulings(CLAUSE, rule, an_outcome(OutcomeKind.OPT_OUT), rates, VERIFIED) == []


# --- 6.2.2 shared consent ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("brands", "expected"), [(0, []), (1, [Verdict.FLAG]), (7, [Verdict.FLAG])])
def test_consent_that_brands_share_is_flagged_for_advertising_alone(brands: int, expected: list[Verdict]) -> None:
    shared = SharedConsent(brands=brands)
    assert verdicts(rulings(CLAUSE, "6.2.2", an_sms(purpose=Purpose.MARKETING), shared)) == expected
    for purpose in (Purpose.TRANSACTIONAL, Purpose.OTP, Purpose.CONVERSATION, Purpose.EMERGENCY, None):
        assert rulings(CLAUSE, "6.2.2", an_sms(purpose=purpose), shared) == []


def test_how_many_brands_share_a_consent_is_told_and_never_which() -> None:
    (found,) = rulings(CLAUSE, "6.2.2", an_sms(purpose=Purpose.MARKETING), SharedConsent(brands=3))
    assert found.evidence == {"brands": 3}


# --- 6.2.3 numbers that were shut down --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_days_ago", "expected"), [(None, [21614]), (10, [21614]), (5, [21614]), (4, []), (0, [])]
)
def test_a_number_that_was_shut_down_is_dropped_until_somebody_agrees_anew(
    given_days_ago: int | None, expected: list[int]
) -> None:
    shut = ShutDown(at=NOON - timedelta(days=5))
    given = (
        {} if given_days_ago is None else {"marketing": changed(WHOLE, given_at=NOON - timedelta(days=given_days_ago))}
    )
    for purpose in (Purpose.MARKETING, Purpose.TRANSACTIONAL, None):
        found = rulings(CLAUSE, "6.2.3", an_sms(purpose=purpose), shut, Consents(by_purpose=given))
        assert codes(found) == expected


def test_who_waits_for_a_message_has_the_number_again() -> None:
    shut = ShutDown(at=NOON)
    for purpose in (Purpose.OTP, Purpose.EMERGENCY, Purpose.CONVERSATION):
        assert rulings(CLAUSE, "6.2.3", an_sms(purpose=purpose), shut, Consents()) == []
    assert rulings(CLAUSE, "6.2.3", an_sms(), ShutDown(), Consents()) == []


# --- 6.7.2 to 6.7.4 the quality of a list -----------------------------------------------------------------------------


def dead(count: int, recipients: int, purpose: Purpose | None = Purpose.MARKETING) -> list[Verdict]:
    facts = Rates(recipients_24h=recipients), DeadNumbers(account_24h=count)
    return verdicts(rulings(CLAUSE, "6.7.2", an_sms(purpose=purpose), *facts))


@pytest.mark.parametrize(
    ("count", "recipients", "expected"),
    [
        (79, 1000, []),
        (80, 1000, [Verdict.FLAG]),
        (124, 1000, [Verdict.FLAG]),
        (125, 1000, [Verdict.HOLD]),
        (199, 199, []),
        (200, 200, [Verdict.HOLD]),
    ],
)
def test_a_list_of_numbers_that_are_nobodys(count: int, recipients: int, expected: list[Verdict]) -> None:
    assert (CLAUSE.dead_warn, CLAUSE.dead_hold) == (0.08, 0.125)
    assert dead(count, recipients) == expected
    assert dead(count, recipients, Purpose.OTP) == []


def test_a_campaign_that_is_large_enough_answers_for_its_own_dead_numbers() -> None:
    rates = Rates(recipients_24h=1000, campaign=Tally(recipients_24h=500))
    clean, foul = DeadNumbers(account_24h=500), DeadNumbers(account_24h=63, campaign_24h=63)
    assert rulings(CLAUSE, "6.7.2", an_sms(), rates, clean) == []
    assert verdicts(rulings(CLAUSE, "6.7.2", an_sms(), rates, foul)) == [Verdict.HOLD]


def test_what_carriers_filtered_again_and_again_is_looked_at_when_it_is_tried_on() -> None:
    assert CLAUSE.filtered_alike == 5
    four, five = Filtered(alike_24h=4, elsewhere_24h=4), Filtered(alike_24h=5, elsewhere_24h=2)
    assert rulings(CLAUSE, "6.7.5", an_sms(), four) == []
    (found,) = rulings(CLAUSE, "6.7.5", an_sms(), five)
    assert (found.verdict, found.evidence["filtered_24h"]) == (Verdict.FLAG, 5)
    assert "another number" not in found.reason
    (moved,) = rulings(CLAUSE, "6.7.5", an_sms(), Filtered(alike_24h=5, elsewhere_24h=5))
    assert "from another number" in moved.reason
    assert rulings(CLAUSE, "6.7.5", an_sms(purpose=Purpose.EMERGENCY), five) == []
    assert rulings(CLAUSE, "6.7.5", an_sms(), unknown=(Filtered,)) == []
    assert rulings(CLAUSE, "6.7.5", an_outcome(), five) == []


@pytest.mark.parametrize(
    ("wrong", "recipients", "expected"),
    [(19, 1000, []), (20, 1000, [Verdict.FLAG]), (900, 1000, [Verdict.FLAG]), (199, 199, []), (4, 200, [Verdict.FLAG])],
)
def test_many_wrong_numbers_are_looked_at_and_stop_nobody(wrong: int, recipients: int, expected: list[Verdict]) -> None:
    assert CLAUSE.wrong_numbers_warn == 0.02
    rates = Rates(recipients_24h=recipients, wrong_numbers_24h=wrong)
    assert verdicts(rulings(CLAUSE, "6.7.3", an_sms(), rates)) == expected
    assert rulings(CLAUSE, "6.7", an_sms(), rates, VERIFIED) == []  # they are no opt-outs
    assert rulings(CLAUSE, "6.7.3", an_sms(purpose=Purpose.OTP), rates) == []


@pytest.mark.parametrize("error", [30005, 30006])
def test_a_number_that_nobody_has_is_not_written_to_again_for_a_month(error: int) -> None:
    month = timedelta(days=CLAUSE.dead_days)
    for ago, expected in ((timedelta(0), [21614]), (month - timedelta(seconds=1), [21614]), (month, [])):
        last = Unreachable(error=error, at=NOON - ago)
        for purpose in (Purpose.MARKETING, Purpose.TRANSACTIONAL, None):
            assert codes(rulings(CLAUSE, "6.7.4", an_sms(purpose=purpose), last)) == expected
    (found,) = rulings(CLAUSE, "6.7.4", an_sms(), Unreachable(error=error, at=NOON))
    assert ("landline" in found.reason) is (error == 30006)


@pytest.mark.parametrize("purpose", [Purpose.OTP, Purpose.EMERGENCY, Purpose.CONVERSATION])
def test_who_asks_for_a_code_may_have_the_number_since_this_morning(purpose: Purpose) -> None:
    assert rulings(CLAUSE, "6.7.4", an_sms(purpose=purpose), Unreachable(error=30005, at=NOON)) == []


def test_a_number_of_which_nothing_is_told_is_written_to() -> None:
    assert rulings(CLAUSE, "6.7.4", an_sms(), Unreachable()) == []


def test_what_people_send_and_calls_are_not_judged_by_the_list() -> None:
    foul = (
        Rates(recipients_24h=1000, wrong_numbers_24h=900),
        DeadNumbers(account_24h=900),
        SharedConsent(brands=2),
        Unreachable(error=30005, at=NOON),
    )
    for subject in (an_sms(direction=Direction.INBOUND), an_sms(kind=Kind.CALL)):
        for rule in ("6.2.2", "6.7.2", "6.7.3", "6.7.4"):
            assert rulings(CLAUSE, rule, subject, *foul) == []


# --- what a text says (6.4.1, 6.5.3) ------------------------------------------------------------------------------

STRANGER = PairHistory(alternations_60s=0, unanswered_24h=0, answered=False)
MUTUAL = changed(STRANGER, answered=True)
GATED = Campaign(sid="QE1", on_record=True, status="VERIFIED", use_case="MARKETING", age_gated=True)


def shaft(campaign: Campaign = VERIFIED, where: Numbering = US, pair: PairHistory = STRANGER, **said: Any) -> Any:
    sms = an_sms(purpose=said.pop("purpose", Purpose.MARKETING), text=said.pop("text", "We have it again"))
    return verdicts(rulings(CLAUSE, "6.4.1", sms, says(**said), where, campaign, pair))


@pytest.mark.parametrize("kind", CLAUSE.gated)
def test_what_is_for_adults_goes_to_an_age_gated_campaign_only(kind: str) -> None:
    said: dict[str, Any] = {"shaft_kind": (kind,)}
    assert shaft(shaft=CLAUSE.shows_from - 0.01, **said) == []
    assert shaft(shaft=CLAUSE.shows_from, **said) == [Verdict.HOLD]
    assert shaft(shaft=CLAUSE.sure_from - 0.01, **said) == [Verdict.HOLD]
    assert shaft(shaft=CLAUSE.sure_from, **said) == [Verdict.REFUSE]
    assert shaft(GATED, shaft=0.99, **said) == []  # an age-gated wine club


def test_what_does_not_advertise_such_things_is_looked_at_afterwards() -> None:
    said: dict[str, Any] = {"shaft": 0.99, "shaft_kind": ("alcohol",), "purpose": Purpose.TRANSACTIONAL}
    assert shaft(text="Your six bottles come on Tuesday", **said) == [Verdict.FLAG]
    assert shaft(text="Whiskey, 20% off today", **said) == [Verdict.REFUSE]
    assert shaft(text="Whiskey, come and get it", looks_like="marketing", **said) == [Verdict.REFUSE]
    assert shaft(GATED, text="Your six bottles come on Tuesday", **said) == []


def test_an_age_gate_on_a_campaign_for_codes_opens_nothing() -> None:
    codes_only = changed(GATED, use_case="2FA")
    assert "2FA" not in CLAUSE.marketing_uses
    assert shaft(codes_only, shaft=0.99, shaft_kind=("alcohol",)) == [Verdict.REFUSE]


@pytest.mark.parametrize("kind", CLAUSE.barred)
def test_what_carriers_bar_goes_to_nobody(kind: str) -> None:
    assert shaft(GATED, shaft=0.95, shaft_kind=(kind,)) == [Verdict.REFUSE]
    assert shaft(GATED, shaft=0.6, shaft_kind=(kind,)) == [Verdict.HOLD]


def test_shaft_is_a_matter_of_its_carriers_countries() -> None:
    assert "US" in CLAUSE.gated_in
    assert shaft(where=Numbering(recipient_region="FR"), shaft=0.99, shaft_kind=("alcohol",)) == []


def test_who_quotes_hate_or_chats_about_beer_advertises_nothing() -> None:
    assert shaft(shaft=0.99, shaft_kind=("hate",), quotation=True) == []
    assert shaft(shaft=0.99, shaft_kind=("alcohol",), pair=MUTUAL, purpose=Purpose.CONVERSATION) == []
    assert shaft(shaft=0.99, shaft_kind=("gambling",)) == []  # clause 12 asks for its licence


def test_shaft_that_could_not_be_read_is_looked_at_afterwards() -> None:
    found = rulings(CLAUSE, "6.4.1", an_sms(), US, VERIFIED, STRANGER, unknown=(Content,))
    assert verdicts(found) == [Verdict.FLAG]


BARGAIN = "Two days only: 20% off everything"


def wording(campaign: Campaign, text: str = BARGAIN, **said: Any) -> list[Verdict]:
    return verdicts(rulings(CLAUSE, "6.5.3", an_sms(text=text), says(**said), campaign))


def test_advertising_on_a_campaign_for_codes_is_flagged_and_refused_where_it_is_sure() -> None:
    codes_only = changed(VERIFIED, use_case="2FA")
    for score, expected in (
        (CLAUSE.shows_from - 0.01, []),
        (CLAUSE.shows_from, [Verdict.FLAG]),
        (CLAUSE.bargain_from - 0.01, [Verdict.FLAG]),
        (CLAUSE.bargain_from, [Verdict.HOLD]),
        (CLAUSE.sure_from - 0.01, [Verdict.HOLD]),
        (CLAUSE.sure_from, [Verdict.REFUSE]),
    ):
        assert wording(codes_only, looks_like="marketing", spam=score) == expected
    assert wording(codes_only, "Sign in here: https://x.example", looks_like="marketing", spam=0.99) == [Verdict.FLAG]
    assert wording(codes_only, looks_like="otp", otp=0.99) == []
    assert wording(codes_only, looks_like="transactional", spam=0.99) == []


def test_advertising_on_a_campaign_for_notices_is_held_where_it_is_sure_and_else_looked_at() -> None:
    for use in CLAUSE.notice_uses:
        notices = changed(VERIFIED, use_case=use)
        assert wording(notices, looks_like="marketing", spam=CLAUSE.bargain_from) == [Verdict.HOLD]
        assert wording(notices, looks_like="marketing", spam=CLAUSE.bargain_from - 0.01) == [Verdict.FLAG]
        assert wording(notices, looks_like="transactional", spam=0.99) == []  # an outage, a parcel, a refund
        owed = "Reminder: your balance of $40 is overdue. Reply STOP to opt out."
        assert wording(notices, owed, looks_like="marketing", spam=0.99) == [Verdict.FLAG]
    care = changed(VERIFIED, use_case="CUSTOMER_CARE")
    assert wording(care, looks_like="marketing", spam=0.99) == [Verdict.FLAG]
    assert wording(VERIFIED, looks_like="marketing", spam=0.99) == []
    assert wording(Campaign(), looks_like="marketing", spam=0.99) == []


def test_codes_on_a_campaign_for_advertising_are_looked_at_afterwards() -> None:
    assert wording(changed(VERIFIED, use_case="MARKETING"), looks_like="otp", otp=0.99) == [Verdict.FLAG]
    assert wording(VERIFIED, looks_like="otp", otp=0.99) == []


def test_wording_that_could_not_be_read_is_looked_at_afterwards() -> None:
    assert verdicts(rulings(CLAUSE, "6.5.3", an_sms(), VERIFIED, unknown=(Content,))) == [Verdict.FLAG]
