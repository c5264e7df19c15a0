"""Clause 7: consent, revocation, hours, do-not-call lists, reassigned numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from masstransit.facts.consent import Consents, DoNotCall, Given, OptOut, Reassigned
from masstransit.facts.law import LocalTime, local_time
from masstransit.facts.traffic import Frequency
from masstransit.model.address import E164
from masstransit.model.communication import Communication, Purpose
from masstransit.model.decision import Ruling, Verdict
from masstransit.policy.clause_07_unsolicited_marketing import UnsolicitedMarketing
from tests.makers import NOON, RECIPIENT, an_answer, an_sms, rulings

CLAUSE = UnsolicitedMarketing()
MARKETING, TRANSACTIONAL, OTP = Purpose.MARKETING, Purpose.TRANSACTIONAL, Purpose.OTP
NOT_ADVERTISING = (TRANSACTIONAL, OTP, Purpose.EMERGENCY, Purpose.CONVERSATION)
PARIS, TORONTO, LONDON = "+33612345678", "+14165550123", "+447911123456"


def consent(
    kind: str = "written", purpose: str = "marketing", *, days_ago: float = 1, withdrawn: bool = False
) -> Consents:
    given = Given(kind=kind, given_at=NOON - timedelta(days=days_ago), withdrawn_at=NOON if withdrawn else None)
    return Consents(by_purpose={purpose: given})


def there(message: Communication, **declared: str) -> LocalTime:
    assert isinstance(message.recipient, E164)
    return local_time(message.send_at or message.at, message.recipient, **declared)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def judged(rule: str, message: Communication, *facts: Any, clause: UnsolicitedMarketing = CLAUSE) -> list[Ruling]:
    return rulings(clause, rule, message, *facts)


def verdicts(found: list[Ruling]) -> list[Verdict]:
    return [ruling.verdict for ruling in found]


# --- 7.1 consent by purpose ------------------------------------------------------------------------------------------


def asked(purpose: Purpose | None, consents: Consents) -> list[Verdict]:
    message = an_sms(purpose=purpose)
    return verdicts(judged("7.1", message, consents, there(message)))


def test_advertising_needs_written_consent() -> None:
    assert asked(MARKETING, consent("written")) == []
    for kind in ("express", "purchase", "inquiry", "conversation"):
        assert asked(MARKETING, consent(kind)) == [Verdict.REFUSE]
    assert asked(MARKETING, Consents()) == [Verdict.REFUSE]


def test_consent_to_something_else_is_no_consent_to_advertising() -> None:
    assert asked(MARKETING, consent("written", "transactional")) == [Verdict.REFUSE]


def test_withdrawn_consent_is_none() -> None:
    assert asked(MARKETING, consent(withdrawn=True)) == [Verdict.REFUSE]
    assert asked(TRANSACTIONAL, consent("express", "transactional", withdrawn=True)) == [Verdict.REFUSE]


@pytest.mark.parametrize("kind", ["written", "express", "purchase", "inquiry", "conversation"])
def test_news_of_an_order_needs_a_relationship(kind: str) -> None:
    assert asked(TRANSACTIONAL, consent(kind, "transactional", days_ago=900)) == []


def test_news_to_a_stranger_is_refused() -> None:
    assert asked(TRANSACTIONAL, Consents()) == [Verdict.REFUSE]


def test_a_code_that_was_asked_for_and_an_emergency_need_no_record() -> None:
    assert asked(OTP, Consents()) == []
    assert rulings(CLAUSE, "7.1", an_sms(purpose=OTP), unknown=(Consents, LocalTime)) == []
    assert asked(Purpose.EMERGENCY, Consents()) == []


def test_a_conversation_is_one_that_the_person_began_lately() -> None:
    wrote = ("conversation", "conversation")
    assert asked(Purpose.CONVERSATION, consent(*wrote, days_ago=30)) == []
    assert asked(Purpose.CONVERSATION, consent(*wrote, days_ago=30.01)) == [Verdict.REFUSE]
    assert asked(Purpose.CONVERSATION, Consents()) == [Verdict.REFUSE]
    assert asked(Purpose.CONVERSATION, consent("express", "conversation", days_ago=400)) == []


def test_an_unstated_purpose_counts_as_advertising_and_the_sender_is_told_so() -> None:
    message = an_sms()
    (found,) = judged("7.1", message, Consents(), there(message))
    assert (found.verdict, found.code) == (Verdict.REFUSE, 30004)
    assert "no purpose was stated" in found.reason
    assert found.remedy


def test_an_unstated_answer_to_who_has_just_written_is_an_answer() -> None:
    assert asked(None, consent("conversation", "conversation", days_ago=1)) == []
    assert asked(None, consent("conversation", "conversation", days_ago=1.01)) == [Verdict.REFUSE]


def test_what_people_send_is_not_its_business() -> None:
    for rule in CLAUSE.rules():
        assert not rule.hears(an_answer(text="hello"))


def test_a_record_that_is_silent_holds_what_rests_on_it() -> None:
    found = rulings(CLAUSE, "7.1", an_sms(purpose=MARKETING), there(an_sms()), unknown=(Consents,))
    assert verdicts(found) == [Verdict.HOLD]


# --- 7.13 abroad -----------------------------------------------------------------------------------------------------


def abroad(to: str, consents: Consents) -> list[Verdict]:
    message = an_sms(recipient=to, purpose=MARKETING)
    place = there(message)
    return verdicts(judged("7.1", message, consents, place) + judged("7.13", message, consents, place))


def test_abroad_express_consent_is_enough() -> None:
    for to in (PARIS, TORONTO, LONDON):
        assert abroad(to, consent("express")) == []
        assert abroad(to, Consents()) == [Verdict.REFUSE]


def test_in_canada_a_purchase_implies_consent_for_two_years_and_an_inquiry_for_six_months() -> None:
    assert abroad(TORONTO, consent("purchase", days_ago=730)) == []
    assert abroad(TORONTO, consent("purchase", days_ago=731)) == [Verdict.REFUSE]
    assert abroad(TORONTO, consent("inquiry", days_ago=183)) == []
    assert abroad(TORONTO, consent("inquiry", days_ago=184)) == [Verdict.REFUSE]


def test_a_declared_country_loosens_nothing_for_a_number_of_the_united_states() -> None:
    message = an_sms(purpose=MARKETING)
    place = there(message, country="FR")
    assert verdicts(judged("7.1", message, consent("express"), place)) == [Verdict.REFUSE]


def test_in_france_a_purchase_implies_nothing() -> None:
    assert abroad(PARIS, consent("purchase")) == [Verdict.REFUSE]


# --- 7.4 revocation --------------------------------------------------------------------------------------------------

STOPPED = OptOut(on_file=True, since=NOON - timedelta(days=1), said="stop", via="+14155550100", channel="sms")


@pytest.mark.parametrize("purpose", [None, MARKETING, TRANSACTIONAL, OTP, Purpose.CONVERSATION])
def test_whoever_said_stop_hears_nothing_more(purpose: Purpose | None) -> None:
    (found,) = judged("7.4", an_sms(purpose=purpose), STOPPED)
    assert (found.verdict, found.code) == (Verdict.REFUSE, 21610)
    assert "START" in found.remedy
    assert found.evidence["said"] == "stop"


def test_an_emergency_arrives_and_a_person_looks_afterwards() -> None:
    assert verdicts(judged("7.4", an_sms(purpose=Purpose.EMERGENCY), STOPPED)) == [Verdict.FLAG]


def test_whoever_wanted_no_advertising_gets_the_rest() -> None:
    only = OptOut(on_file=True, scope="marketing", since=NOON)
    for purpose in (TRANSACTIONAL, OTP, Purpose.CONVERSATION):
        assert judged("7.4", an_sms(purpose=purpose), only) == []
    for unwanted in (MARKETING, None):
        assert verdicts(judged("7.4", an_sms(purpose=unwanted), only)) == [Verdict.REFUSE]


def test_whoever_never_said_stop_is_written_to() -> None:
    assert judged("7.4", an_sms(purpose=MARKETING), OptOut()) == []


def test_without_the_record_of_opt_outs_nothing_goes() -> None:
    assert verdicts(rulings(CLAUSE, "7.4", an_sms(purpose=OTP), unknown=(OptOut,))) == [Verdict.HOLD]


# --- 7.6 hours -------------------------------------------------------------------------------------------------------


def at_hour(when: str, to: str = RECIPIENT, *, declared: dict[str, str] | None = None, **more: Any) -> list[Ruling]:
    message = an_sms(recipient=to, at=local(when), **({"purpose": MARKETING} | more))
    return judged("7.6", message, there(message, **(declared or {})), consent())


@pytest.mark.parametrize(
    ("when", "late"),
    [
        ("2026-06-03T07:59:59-04:00", True),
        ("2026-06-03T08:00:00-04:00", False),
        ("2026-06-03T20:59:59-04:00", False),
        ("2026-06-03T21:00:00-04:00", True),
    ],
)
def test_advertising_comes_between_eight_and_nine(when: str, *, late: bool) -> None:
    assert verdicts(at_hour(when)) == ([Verdict.DELAY] if late else [])


def test_a_delay_ends_at_the_first_lawful_minute() -> None:
    (found,) = at_hour("2026-06-03T22:15:00-04:00")
    assert found.until == local("2026-06-04T08:00:00-04:00")
    assert not found.overload


@pytest.mark.parametrize("purpose", NOT_ADVERTISING)
def test_what_is_no_advertising_comes_at_any_hour(purpose: Purpose) -> None:
    assert at_hour("2026-06-03T03:00:00-04:00", purpose=purpose) == []


def test_an_unstated_purpose_waits_for_the_morning() -> None:
    assert verdicts(at_hour("2026-06-03T03:00:00-04:00", purpose=None)) == [Verdict.DELAY]


@pytest.mark.parametrize("to", ["+13055550123", "+14055550123", "+14105550123", "+15035550123", "+12065550123"])
def test_florida_oklahoma_maryland_oregon_and_washington_end_at_eight(to: str) -> None:
    zone = there(an_sms(recipient=to)).zones[0]
    before, after = local("2026-06-03T19:59:00-04:00"), local("2026-06-03T20:00:00-04:00")
    shift = {"America/New_York": 0, "America/Chicago": 1, "America/Los_Angeles": 3, "America/Denver": 2}[zone]
    assert at_hour((before + timedelta(hours=shift)).isoformat(), to) == []
    assert verdicts(at_hour((after + timedelta(hours=shift)).isoformat(), to)) == [Verdict.DELAY]


def test_sunday_in_texas_begins_at_noon() -> None:
    (found,) = at_hour("2026-06-07T11:59:00-05:00", "+12145550123")
    assert found.until == local("2026-06-07T12:00:00-05:00")


def test_connecticut_begins_at_nine() -> None:
    assert verdicts(at_hour("2026-06-03T08:30:00-04:00", "+12035550123")) == [Verdict.DELAY]


def test_the_address_beats_the_area_code() -> None:
    """Seven in the evening in Los Angeles, to a 212 number: late in New York, afternoon for its owner in Hawaii."""
    when = "2026-06-03T19:00:00-07:00"
    assert verdicts(at_hour(when)) == [Verdict.DELAY]
    assert at_hour(when, declared={"zone": "Pacific/Honolulu"}) == []


def test_a_floridian_number_keeps_floridas_hours_wherever_its_owner_lives() -> None:
    when = "2026-06-03T20:30:00-07:00"
    declared = {"country": "US", "postcode": "94103"}
    assert verdicts(at_hour(when, "+13055550123", declared=declared)) == [Verdict.DELAY]
    assert at_hour(when, declared=declared) == []


def test_an_area_code_in_two_zones_waits_for_both() -> None:
    assert verdicts(at_hour("2026-06-03T08:30:00-04:00", "+18505550123")) == [Verdict.DELAY]
    assert at_hour("2026-06-03T09:00:00-04:00", "+18505550123") == []


def test_canada_keeps_its_own_hours() -> None:
    assert at_hour("2026-06-03T21:15:00-04:00", TORONTO) == []
    assert verdicts(at_hour("2026-06-03T21:30:00-04:00", TORONTO)) == [Verdict.DELAY]
    assert verdicts(at_hour("2026-06-06T18:00:00-04:00", TORONTO)) == [Verdict.DELAY]


def test_what_is_not_valid_until_the_morning_is_refused() -> None:
    night = "2026-06-03T22:00:00-04:00"
    (found,) = at_hour(night, expires_at=local(night) + timedelta(hours=10))
    assert (found.verdict, found.code) == (Verdict.REFUSE, 30004)
    assert verdicts(at_hour(night, expires_at=local(night) + timedelta(hours=10, seconds=1))) == [Verdict.DELAY]


def test_a_number_of_no_known_zone_is_held() -> None:
    message = an_sms(recipient="+9995550123", purpose=MARKETING)
    assert verdicts(judged("7.6", message, there(message), consent())) == [Verdict.HOLD]


# --- 7.7 caps of the states ------------------------------------------------------------------------------------------


def sent(times: int, to: str, purpose: Purpose = MARKETING) -> list[Verdict]:
    message = an_sms(recipient=to, purpose=purpose)
    return verdicts(judged("7.7", message, there(message), consent(), Frequency(marketing_24h=times, all_24h=times)))


def test_florida_allows_three_a_day() -> None:
    assert sent(2, "+13055550123") == []
    assert sent(3, "+13055550123") == [Verdict.DELAY]
    assert sent(30, "+13055550123", TRANSACTIONAL) == []


def test_a_state_without_a_cap_has_none() -> None:
    assert sent(30, RECIPIENT) == []


# --- 7.9 do-not-call lists -------------------------------------------------------------------------------------------


def on_list(lists: DoNotCall, consents: Consents, purpose: Purpose = MARKETING, **figures: Any) -> list[Verdict]:
    return verdicts(judged("7.9", an_sms(purpose=purpose), lists, consents, clause=UnsolicitedMarketing(**figures)))


LISTED = DoNotCall(listed=("us-national",), age_days={"us-national": 3})


def test_who_is_on_a_list_gets_no_advertising() -> None:
    assert on_list(LISTED, Consents()) == [Verdict.REFUSE]
    assert on_list(LISTED, Consents(), TRANSACTIONAL) == []


def test_permission_in_writing_and_a_relationship_of_its_time_go_before_a_list() -> None:
    assert on_list(LISTED, consent("written")) == []
    assert on_list(LISTED, consent("purchase", days_ago=547)) == []
    assert on_list(LISTED, consent("purchase", days_ago=549)) == [Verdict.REFUSE]
    assert on_list(LISTED, consent("inquiry", days_ago=91)) == []
    assert on_list(LISTED, consent("inquiry", days_ago=92)) == [Verdict.REFUSE]


def test_a_file_of_31_days_serves_and_one_of_32_does_not() -> None:
    assert on_list(DoNotCall(age_days={"us-national": 31}), Consents()) == []
    assert on_list(DoNotCall(age_days={"us-national": 32}), Consents()) == [Verdict.HOLD]
    assert on_list(DoNotCall(age_days={"us-tx": 60}), Consents()) == []


def test_a_house_without_lists_sends_to_who_consented() -> None:
    assert on_list(DoNotCall(), Consents()) == []
    assert on_list(DoNotCall(), Consents(), require_registry=True) == [Verdict.HOLD]
    assert on_list(DoNotCall(), consent(), require_registry=True) == []


# --- 7.10 reassigned numbers -----------------------------------------------------------------------------------------


def answered(answer: str, consents: Consents, purpose: Purpose = MARKETING, *, days_ago: float = 2) -> list[Verdict]:
    fact = Reassigned(answer=answer, asked_at=NOON - timedelta(days=days_ago), consent_date=NOON - timedelta(days=90))
    return verdicts(judged("7.10", an_sms(purpose=purpose), fact, consents))


def test_consent_does_not_pass_to_the_next_owner() -> None:
    assert answered("yes", consent(days_ago=100)) == [Verdict.REFUSE]
    assert answered("yes", consent("express", "transactional", days_ago=100), TRANSACTIONAL) == [Verdict.REFUSE]


def test_the_next_owners_own_consent_counts() -> None:
    assert answered("yes", consent(days_ago=1)) == []


def test_no_data_is_not_a_no() -> None:
    assert answered("no-data", consent()) == [Verdict.FLAG]
    assert answered("no", consent()) == []


def test_an_old_answer_is_flagged() -> None:
    assert answered("no", consent(), days_ago=31) == []
    assert answered("no", consent(), days_ago=32) == [Verdict.FLAG]


def test_a_number_that_was_never_asked_about_passes() -> None:
    assert judged("7.10", an_sms(purpose=MARKETING), Reassigned(), consent()) == []


# --- the clause ------------------------------------------------------------------------------------------------------


def test_every_figure_has_its_source_and_prints_the_same_everywhere() -> None:
    for figure in CLAUSE.figures():
        assert figure.source
        assert "frozenset" not in repr(figure.value)
