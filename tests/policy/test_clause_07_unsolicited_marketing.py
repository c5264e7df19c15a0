"""Clause 7: consent, revocation, hours, do-not-call lists, reassigned numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from masstransit.facts.brands import Brands
from masstransit.facts.calls.abandoned import Abandoned
from masstransit.facts.calls.calling import RecordedVoices
from masstransit.facts.consent import Consents, DoNotCall, Given, OptOut, Reassigned
from masstransit.facts.identity import Campaign, Numbering
from masstransit.facts.law import Hours, LocalTime, local_time
from masstransit.facts.links import Links, links_in
from masstransit.facts.outgoing_mail import MailRight, MailStanding, Suppressed
from masstransit.facts.traffic import CampaignCounts, Frequency
from masstransit.model.address import E164
from masstransit.model.communication import Communication, Direction, Kind, Purpose, Voice
from masstransit.model.decision import Ruling, Verdict
from masstransit.policy.clause_07_unsolicited_marketing import UnsolicitedMarketing
from tests.makers import NOON, RECIPIENT, a_call, a_call_ended, a_mail, an_answer, an_sms, rulings

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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Half price on Sunday", [Verdict.REFUSE]),
        ("Half price on Sunday. Reply STOP to end", []),
        ("Moitié prix dimanche. Répondez ARRET pour ne plus recevoir de SMS", []),
        ("Half price on Sunday: shop.example.com", []),
    ],
)
def test_advertising_in_canada_says_how_to_stop(text: str, expected: list[Verdict]) -> None:
    advert = an_sms(recipient=TORONTO, purpose=MARKETING, text=text)
    assert verdicts(judged("7.13.1", advert, consent(), there(advert))) == expected
    for elsewhere in (RECIPIENT, PARIS, LONDON):
        other = an_sms(recipient=elsewhere, purpose=MARKETING, text=text)
        assert judged("7.13.1", other, consent(), there(other)) == []
    for purpose in NOT_ADVERTISING:
        other = an_sms(recipient=TORONTO, purpose=purpose, text=text)
        assert judged("7.13.1", other, consent(), there(other)) == []


def test_a_message_of_no_stated_purpose_to_canada_is_looked_at() -> None:
    unstated = an_sms(recipient=TORONTO, text="Half price on Sunday")
    assert verdicts(judged("7.13.1", unstated, consent(), there(unstated))) == [Verdict.FLAG]
    answer = consent("conversation", "conversation", days_ago=0.1)
    assert judged("7.13.1", unstated, answer, there(unstated)) == []


def test_where_each_advert_says_how_to_stop_is_a_figure() -> None:
    assert CLAUSE.stop_told_in == ("CA",)
    french, clause = an_sms(recipient=PARIS, purpose=MARKETING), UnsolicitedMarketing(stop_told_in=("FR",))
    assert verdicts(judged("7.13.1", french, consent(), there(french), clause=clause)) == [Verdict.REFUSE]
    moved = an_sms(purpose=MARKETING)
    assert verdicts(judged("7.13.1", moved, consent(), there(moved, country="CA"))) == [Verdict.REFUSE]


# --- 7.13.2 who sends it ----------------------------------------------------------------------------------------------

NORTHWIND = Brands(names=("Northwind Foods Inc.",), domains=("northwind.example",))


def unnamed(
    text: str, brands: Brands = NORTHWIND, to: str = TORONTO, purpose: Purpose | None = MARKETING
) -> list[Verdict]:
    advert = an_sms(recipient=to, purpose=purpose, text=text)
    return verdicts(judged("7.13.2", advert, brands, Links(found=links_in(text)), consent(), there(advert)))


def test_advertising_in_canada_says_who_sends_it() -> None:
    assert unnamed("Half price on Sunday! Reply STOP to end") == [Verdict.FLAG]
    assert unnamed("Half price at our global store") == [Verdict.FLAG]  # words of every name are nobody's


@pytest.mark.parametrize(
    "text",
    [
        "NORTHWIND: half price on Sunday",
        "North wind foods, inc. has half price on Sunday",
        "Half price on Sunday: https://shop.northwind.example/sunday",
    ],
)
def test_a_short_name_or_the_senders_own_link_says_it(text: str) -> None:
    assert unnamed(text) == []


def test_who_sends_it_is_asked_only_where_the_law_does_and_a_name_is_known() -> None:
    for elsewhere in (RECIPIENT, PARIS, LONDON):
        assert unnamed("Half price on Sunday", to=elsewhere) == []
    for purpose in NOT_ADVERTISING:
        assert unnamed("Your parcel is on its way", purpose=purpose) == []
    assert unnamed("Half price on Sunday", Brands()) == []
    advert = an_sms(recipient=TORONTO, purpose=MARKETING)
    assert rulings(CLAUSE, "7.13.2", advert, consent(), there(advert), unknown=(Brands, Links)) == []


def test_where_an_advert_names_its_sender_is_a_figure() -> None:
    french, clause = an_sms(recipient=PARIS, purpose=MARKETING), UnsolicitedMarketing(named_in=("FR",))
    facts = (NORTHWIND, Links(), consent(), there(french))
    assert verdicts(judged("7.13.2", french, *facts, clause=clause)) == [Verdict.FLAG]


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


@pytest.mark.parametrize("kind", Kind.ANY, ids=lambda kind: kind.name)
def test_a_stop_to_a_text_ends_advertising_of_every_kind(kind: Kind) -> None:
    for purpose in (None, MARKETING):
        assert verdicts(judged("7.4", an_sms(kind=kind, purpose=purpose, voice=Voice.PRERECORDED), STOPPED)) == [
            Verdict.REFUSE
        ]


@pytest.mark.parametrize("kind", [Kind.FAX, Kind.EMAIL, Kind.CHAT, Kind.VIDEO], ids=lambda kind: kind.name)
def test_receipts_reminders_and_codes_come_by_other_ways_until_the_person_stops_everything(kind: Kind) -> None:
    everything = msgspec.structs.replace(STOPPED, scope="everything")
    for purpose in (TRANSACTIONAL, Purpose.OTP):
        assert verdicts(judged("7.4", an_sms(kind=kind, purpose=purpose), STOPPED)) == []
        assert verdicts(judged("7.4", an_sms(kind=kind, purpose=purpose), everything)) == [Verdict.REFUSE]
    assert verdicts(judged("7.4", an_sms(kind=kind, purpose=Purpose.CONVERSATION), STOPPED)) == [Verdict.REFUSE]
    assert verdicts(judged("7.4", an_sms(kind=kind, purpose=Purpose.EMERGENCY), everything)) == [Verdict.FLAG]


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


# --- 7.1.1 one-time codes --------------------------------------------------------------------------------------------


def test_many_codes_in_a_day_are_looked_at_and_none_is_stopped() -> None:
    def codes(before: int, purpose: Purpose = OTP) -> list[Verdict]:
        day = Frequency(marketing_24h=0, all_24h=before, codes_24h=before)
        return verdicts(judged("7.1.1", an_sms(purpose=purpose), day))

    assert codes(CLAUSE.codes_a_day - 1) == []
    assert codes(CLAUSE.codes_a_day) == [Verdict.FLAG]
    assert codes(CLAUSE.codes_a_day, TRANSACTIONAL) == []
    assert rulings(CLAUSE, "7.1.1", an_sms(purpose=OTP), unknown=(Frequency,)) == []


def test_a_code_at_three_in_the_morning_is_what_somebody_waits_for() -> None:
    night = an_sms(purpose=OTP, at=local("2026-06-03T03:00:00-04:00"))
    for rule in ("7.1", "7.1.1", "7.6", "7.7", "7.9"):
        facts = (Consents(), there(night), Frequency(marketing_24h=0, all_24h=0), DoNotCall(listed=("us-national",)))
        assert judged(rule, night, *facts) == []


# --- 7.2 exemptions --------------------------------------------------------------------------------------------------


def exempt(claimed: str, *, day: int = 0, text: str = "Refill ready", purpose: Purpose | None = None, **n: int) -> Any:
    facts = (Campaign(on_record=True, exempt_as=claimed), CampaignCounts(**n), Frequency(marketing_24h=0, all_24h=day))
    return verdicts(judged("7.2", an_sms(text=text, purpose=purpose), *facts))


def test_healthcare_has_one_message_a_day_and_three_a_week() -> None:
    assert exempt("healthcare", day=CLAUSE.healthcare_a_day - 1, person_7d=CLAUSE.healthcare_a_week - 1) == []
    assert exempt("healthcare", day=CLAUSE.healthcare_a_day) == [Verdict.DELAY]
    assert exempt("healthcare", person_7d=CLAUSE.healthcare_a_week) == [Verdict.DELAY]
    assert exempt("", day=9, person_7d=9) == []


def test_healthcare_has_160_characters() -> None:
    assert exempt("healthcare", text="x" * CLAUSE.healthcare_characters) == []
    assert exempt("healthcare", text="x" * (CLAUSE.healthcare_characters + 1)) == [Verdict.REFUSE]
    assert exempt("financial", text="x" * 400) == []


def test_a_bank_has_three_messages_in_three_days() -> None:
    assert exempt("financial", person_3d=CLAUSE.financial_messages - 1) == []
    assert exempt("financial", person_3d=CLAUSE.financial_messages) == [Verdict.DELAY]


def test_an_exemption_covers_no_advertising_and_stops_no_emergency() -> None:
    assert exempt("financial", purpose=MARKETING) == [Verdict.REFUSE]
    assert exempt("healthcare", day=9, text="x" * 400, purpose=Purpose.EMERGENCY) == []


def test_while_its_counts_are_unknown_an_exempt_message_is_looked_at() -> None:
    claimed = Campaign(on_record=True, exempt_as="financial")
    found = rulings(CLAUSE, "7.2", an_sms(), claimed, unknown=(CampaignCounts,))
    assert verdicts(found) == [Verdict.FLAG]


# --- 7.4.1 one-way senders -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "purpose", "expected"),
    [
        ("Sale today", MARKETING, [Verdict.REFUSE]),
        ("Sale today", None, [Verdict.REFUSE]),
        ("Sale today. Reply STOP to end", MARKETING, [Verdict.REFUSE]),
        ("Sale today. Opt out: shop.example.com/x", MARKETING, []),
        ("Sale today. STOP to 36173", MARKETING, []),
        ("Your parcel comes today", TRANSACTIONAL, [Verdict.FLAG]),
        ("Your code is 1234", OTP, []),
        ("Boil your water", Purpose.EMERGENCY, []),
    ],
)
def test_a_name_that_nobody_can_answer_tells_another_way_out(
    text: str, purpose: Purpose | None, expected: list[Verdict]
) -> None:
    named = an_sms(sender="Northwind", recipient=LONDON, text=text, purpose=purpose)
    assert verdicts(judged("7.4.1", named)) == expected


def test_a_number_can_be_answered() -> None:
    assert judged("7.4.1", an_sms(text="Sale today", purpose=MARKETING)) == []


# --- 7.5 prompts -----------------------------------------------------------------------------------------------------


def test_a_prompt_that_makes_cancel_an_answer_is_refused() -> None:
    (found,) = judged("7.5", an_sms(text="Reply CANCEL to cancel your visit on Tuesday", purpose=TRANSACTIONAL))
    assert (found.verdict, found.by_content, found.evidence["keyword"]) == (Verdict.REFUSE, True, "CANCEL")
    assert "C or 2" in found.remedy


def test_stop_for_something_unusual_is_looked_at() -> None:
    assert verdicts(judged("7.5", an_sms(text="Text STOP to leave the VIP club"))) == [Verdict.FLAG]


@pytest.mark.parametrize(
    "text",
    ["Reply STOP to opt out", "Reply C to cancel your visit", "Txt STOP to cancel", "Your visit is cancelled", ""],
)
def test_instructions_and_plain_news_are_no_such_prompt(text: str) -> None:
    assert judged("7.5", an_sms(text=text)) == []


# --- figures that can be set -----------------------------------------------------------------------------------------


def test_where_consent_is_in_writing_is_a_figure() -> None:
    assert "US" in CLAUSE.written_in
    message = an_sms(recipient=PARIS, purpose=MARKETING)
    french = UnsolicitedMarketing(written_in=("US", "FR"))
    facts = (consent("express"), there(message))
    assert judged("7.1", message, *facts) == []
    assert verdicts(judged("7.1", message, *facts, clause=french)) == [Verdict.REFUSE]


def test_implied_consent_lasts_as_long_as_the_figure_says() -> None:
    message = an_sms(recipient=TORONTO, purpose=MARKETING)
    for kind, days in CLAUSE.implied["CA"].items():
        assert judged("7.13", message, consent(kind, days_ago=days), there(message)) == []
        late = judged("7.13", message, consent(kind, days_ago=days + 0.01), there(message))
        assert verdicts(late) == [Verdict.REFUSE]


def test_how_long_an_answer_is_an_answer() -> None:
    wrote = ("conversation", "conversation")
    for purpose, days in ((Purpose.CONVERSATION, CLAUSE.conversation_days), (None, CLAUSE.reply_hours / 24)):
        assert asked(purpose, consent(*wrote, days_ago=days)) == []
        assert asked(purpose, consent(*wrote, days_ago=days + 0.001)) == [Verdict.REFUSE]


def test_hours_of_the_house_states_and_countries_are_figures() -> None:
    noon_only = Hours((12, 13), (12, 13), (12, 13))
    message = an_sms(purpose=MARKETING)  # 13:00 in New York
    for clause in (
        UnsolicitedMarketing(hours=noon_only),
        UnsolicitedMarketing(hours_by_state={"NY": noon_only}),
        UnsolicitedMarketing(hours_by_country={"US": noon_only}),
    ):
        assert verdicts(judged("7.6", message, there(message), consent(), clause=clause)) == [Verdict.DELAY]
    assert judged("7.6", message, there(message), consent()) == []


def test_sundays_and_holidays_of_states_that_close_wait() -> None:
    alabama = "+12055550123"
    (sunday,) = at_hour("2026-06-07T12:00:00-05:00", alabama)
    assert sunday.until == local("2026-06-08T08:00:00-05:00")
    (holiday,) = at_hour("2026-07-03T12:00:00-05:00", alabama)  # the Fourth is a Saturday: kept on Friday
    assert holiday.until is not None
    assert holiday.until >= local("2026-07-06T08:00:00-05:00")


def test_which_area_codes_presume_residence_is_a_figure() -> None:
    assert "FL" in CLAUSE.presumed_in_state
    when, to = local("2026-06-03T20:30:00-07:00"), "+13055550123"
    message = an_sms(recipient=to, at=when, purpose=MARKETING)
    place = there(message, country="US", postcode="94103")
    assert verdicts(judged("7.6", message, place, consent())) == [Verdict.DELAY]
    assert judged("7.6", message, place, consent(), clause=UnsolicitedMarketing(presumed_in_state=())) == []


@pytest.mark.parametrize("state", sorted(CLAUSE.state_caps))
def test_every_state_with_a_cap_keeps_it(state: str) -> None:
    message = an_sms(purpose=MARKETING)
    place = LocalTime(at=NOON, country="US", zones=("America/New_York",), states=(state,), declared=True)
    cap = CLAUSE.state_caps[state]
    for sent_24h, expected in ((cap - 1, []), (cap, [Verdict.DELAY])):
        day = Frequency(marketing_24h=sent_24h, all_24h=sent_24h)
        assert verdicts(judged("7.7", message, place, consent(), day)) == expected


@pytest.mark.parametrize("registry", ["us-national", "us-tx"])
def test_a_registrys_file_serves_for_its_days(registry: str) -> None:
    days = CLAUSE.registry_days.get(registry, CLAUSE.registry_days[""])
    assert on_list(DoNotCall(age_days={registry: days}), Consents()) == []
    assert on_list(DoNotCall(age_days={registry: days + 0.01}), Consents()) == [Verdict.HOLD]


def test_relationships_and_answers_last_as_long_as_their_figures_say() -> None:
    for kind, months in (("purchase", CLAUSE.purchase_months), ("inquiry", CLAUSE.inquiry_months)):
        assert on_list(LISTED, consent(kind, days_ago=months * 30)) == []
        assert on_list(LISTED, consent(kind, days_ago=months * 31)) == [Verdict.REFUSE]
    assert not CLAUSE.require_registry
    assert answered("no", consent(), days_ago=CLAUSE.reassigned_days) == []
    assert answered("no", consent(), days_ago=CLAUSE.reassigned_days + 0.01) == [Verdict.FLAG]


@pytest.mark.parametrize(
    ("rule", "fact", "expected"),
    [
        ("7.6", LocalTime, Verdict.HOLD),
        ("7.7", Frequency, Verdict.FLAG),
        ("7.9", DoNotCall, Verdict.HOLD),
        ("7.10", Reassigned, Verdict.FLAG),
        ("7.13", Consents, Verdict.HOLD),
    ],
)
def test_while_a_fact_is_unknown_advertising_waits_or_is_looked_at(rule: str, fact: type, expected: Verdict) -> None:
    message = an_sms(recipient=TORONTO, purpose=MARKETING)
    known = [f for f in (Consents(), there(message)) if not isinstance(f, fact)]
    assert verdicts(rulings(CLAUSE, rule, message, *known, unknown=(fact,))) == [expected]


def test_a_wait_for_room_under_a_states_cap_ends_a_day_later() -> None:
    message = an_sms(recipient="+13055550123", purpose=MARKETING)
    (found,) = judged("7.7", message, there(message), consent(), Frequency(marketing_24h=3, all_24h=3))
    assert found.until == NOON + timedelta(hours=24)


# --- the clause ------------------------------------------------------------------------------------------------------


def test_every_figure_has_its_source_and_prints_the_same_everywhere() -> None:
    for figure in CLAUSE.figures():
        assert figure.source
        assert "frozenset" not in repr(figure.value)


def test_while_consents_are_unknown_an_unstated_message_to_canada_is_looked_at() -> None:
    message = an_sms(recipient=TORONTO)
    assert verdicts(rulings(CLAUSE, "7.13.1", message, there(message), unknown=(Consents,))) == [Verdict.FLAG]


# --- 7.8: nobody is left alone on the line ------------------------------------------------------------------------


def left_alone(live: int, late: int = 0, dropped: int = 0, at: int = 8) -> list[Verdict]:
    """What is said of so many live answers: agents joined late, or none did before the dialler hung up."""
    counts = Abandoned(
        campaign="QE1", live_30d=live, joined_30d={2: live - late - dropped, 5: late}, dropped_30d={at: dropped}
    )
    return [ruling.verdict for ruling in rulings(UnsolicitedMarketing(), "7.8", a_call_ended(), counts)]


def test_a_dialler_that_has_an_agent_for_everybody_is_fine() -> None:
    assert left_alone(1000) == []


@pytest.mark.parametrize(
    ("alone", "verdict"), [(25, []), (26, [Verdict.FLAG]), (30, [Verdict.FLAG]), (31, [Verdict.DELAY])]
)
def test_either_side_of_three_per_cent_and_of_the_alert_before(alone: int, verdict: list[Verdict]) -> None:
    assert (CLAUSE.abandoned_warn, CLAUSE.abandoned_most) == (0.025, 0.03)
    assert left_alone(1000, late=alone) == verdict
    assert left_alone(1000, dropped=alone) == verdict


def test_agents_who_join_within_two_seconds_are_in_time_and_long_calls_were_not_dropped() -> None:
    assert (CLAUSE.agent_seconds, CLAUSE.dropped_seconds) == (2, 12)
    exactly = Abandoned(campaign="QE1", live_30d=100, joined_30d={4: 100})
    assert rulings(UnsolicitedMarketing(), "7.8", a_call_ended(), exactly) == []
    assert left_alone(1000, dropped=500, at=24) == []  # exactly twelve seconds: somebody, or something, spoke


def test_few_live_answers_tell_no_rate() -> None:
    assert left_alone(CLAUSE.least_live - 1, dropped=50) == []
    assert left_alone(CLAUSE.least_live, dropped=50) == [Verdict.DELAY]


def test_unknown_counts_of_abandoned_calls_are_followed_by_nothing_and_messages_are_not_its_kind() -> None:
    assert rulings(UnsolicitedMarketing(), "7.8", a_call_ended(), unknown=(Abandoned,)) == []
    assert rulings(UnsolicitedMarketing(), "7.8", an_sms(), Abandoned(live_30d=100, dropped_30d={2: 50})) == []


# --- 7.8.1: it rings long enough --------------------------------------------------------------------------------------


def given_up(unanswered: int, cut: int, at: int = 8) -> list[Verdict]:
    """What is said of so many unanswered calls of which some were given up after half of `at` seconds."""
    counts = Abandoned(campaign="QE1", unanswered_30d=unanswered, given_up_30d={at: cut})
    return [ruling.verdict for ruling in rulings(CLAUSE, "7.8.1", a_call_ended(), counts)]


def test_calls_that_ring_until_nobody_answers_are_fine() -> None:
    assert given_up(1000, 0) == []


@pytest.mark.parametrize(
    ("cut", "verdict"), [(30, []), (31, [Verdict.FLAG]), (250, [Verdict.FLAG]), (251, [Verdict.DELAY])]
)
def test_either_side_of_the_shares_of_calls_that_are_cut_short(cut: int, verdict: list[Verdict]) -> None:
    assert (CLAUSE.cut_short_warn, CLAUSE.cut_short_most) == (0.03, 0.25)
    assert given_up(1000, cut) == verdict


def test_fifteen_seconds_are_long_enough() -> None:
    assert CLAUSE.ring_seconds == 15
    assert given_up(1000, 1000, at=30) == []
    assert given_up(1000, 1000, at=29) == [Verdict.DELAY]


def test_few_unanswered_calls_tell_no_share_of_those_that_were_cut_short() -> None:
    assert given_up(CLAUSE.least_unanswered - 1, 90) == []
    assert given_up(CLAUSE.least_unanswered, 90) == [Verdict.DELAY]


def test_a_person_who_thought_better_of_a_call_or_two_is_no_dialler() -> None:
    assert given_up(100, 3) == []


@pytest.mark.parametrize(("busiest", "left"), [(600, 10.0), (60, 1.0), (20, 1.0)])
def test_a_throttled_campaign_keeps_a_quarter_of_its_pace_and_one_call_a_minute_at_least(
    busiest: int, left: float
) -> None:
    assert (CLAUSE.pace_left, CLAUSE.least_left) == (0.25, 1.0)
    short = Abandoned(unanswered_30d=200, given_up_30d={2: 200}, live_30d=200, dropped_30d={2: 100}, busiest=busiest)
    for which in ("7.8", "7.8.1"):
        (ruling,) = rulings(CLAUSE, which, a_call_ended(), short)
        assert ruling.evidence["leaves_per_minute"] == left


def test_unknown_counts_of_calls_cut_short_are_followed_by_nothing_and_messages_are_not_its_kind() -> None:
    short = Abandoned(unanswered_30d=200, given_up_30d={2: 200})
    assert rulings(CLAUSE, "7.8.1", a_call_ended(), unknown=(Abandoned,)) == []
    assert rulings(CLAUSE, "7.8.1", an_sms(), short) == []


# --- calls: what speaks decides ---------------------------------------------------------------------------------------

LIVE, RECORDED, ARTIFICIAL = Voice.LIVE, Voice.PRERECORDED, Voice.ARTIFICIAL
MACHINES = (RECORDED, ARTIFICIAL)


def calling(rule: str, voice: Voice | None, *facts: Any, unknown: tuple[type, ...] = (), **more: Any) -> list[Verdict]:
    return verdicts(rulings(CLAUSE, rule, a_call(voice=voice, **more), *facts, unknown=unknown))


def spoken(
    voice: Voice | None, consents: Consents, line: str = "either", to: str = RECIPIENT, **more: Any
) -> list[Verdict]:
    place = there(a_call(recipient=to))
    return calling("7.1.2", voice, consents, place, Numbering(recipient_type=line), recipient=to, **more)


@pytest.mark.parametrize("voice", MACHINES)
def test_a_voice_that_is_no_persons_advertises_only_to_who_agreed_in_writing(voice: Voice) -> None:
    assert spoken(voice, consent("written"), purpose=MARKETING) == []
    assert spoken(voice, consent("express"), purpose=MARKETING) == [Verdict.REFUSE]
    assert spoken(voice, Consents(), purpose=MARKETING) == [Verdict.REFUSE]
    assert spoken(voice, Consents()) == [Verdict.REFUSE]  # why it calls was not said: the strictest counts


@pytest.mark.parametrize("voice", MACHINES)
def test_a_voice_that_is_no_persons_brings_news_to_who_gave_their_number(voice: Voice) -> None:
    for kind in ("written", "express", "purchase"):
        assert spoken(voice, consent(kind, "transactional"), purpose=TRANSACTIONAL) == []
    assert spoken(voice, Consents(), purpose=TRANSACTIONAL) == [Verdict.REFUSE]
    assert spoken(voice, consent(withdrawn=True), purpose=TRANSACTIONAL) == [Verdict.REFUSE]


def test_a_person_who_calls_needs_no_consent() -> None:
    for purpose in (*Purpose, None):
        assert spoken(LIVE, Consents(), purpose=purpose) == []


def test_where_nobody_said_what_speaks_only_advertising_is_asked_about() -> None:
    assert spoken(None, Consents(), purpose=MARKETING) == [Verdict.FLAG]
    assert spoken(None, consent("written"), purpose=MARKETING) == []
    for purpose in (TRANSACTIONAL, Purpose.CONVERSATION, None):
        assert spoken(None, Consents(), purpose=purpose) == []


def test_a_spoken_code_and_a_warning_need_no_record_of_consent() -> None:
    assert spoken(ARTIFICIAL, Consents(), purpose=OTP) == []
    assert spoken(RECORDED, Consents(), purpose=Purpose.EMERGENCY) == []


def test_while_consents_are_unknown_a_call_by_a_machine_is_looked_at_and_texts_are_not_its_kind() -> None:
    call = a_call(voice=ARTIFICIAL, purpose=TRANSACTIONAL)
    found = rulings(CLAUSE, "7.1.2", call, there(call), Numbering(), unknown=(Consents,))
    assert verdicts(found) == [Verdict.FLAG]
    message = an_sms(purpose=MARKETING)
    assert judged("7.1.2", message, Consents(), there(message), Numbering()) == []


def test_what_a_home_hears_from_machines_without_consent_is_bounded() -> None:
    def heard(before: int, line: str = "landline", consents: Consents | None = None, **more: Any) -> list[Verdict]:
        facts = (RecordedVoices(person_30d=before), consents or Consents(), Numbering(recipient_type=line))
        return calling("7.2.1", more.pop("voice", RECORDED), *facts, **({"purpose": TRANSACTIONAL} | more))

    assert CLAUSE.recorded_a_month == 3
    assert heard(2) == []
    assert heard(3) == [Verdict.REFUSE]
    assert heard(3, voice=ARTIFICIAL) == [Verdict.REFUSE]
    assert heard(9, line="mobile") == []  # met by 7.1.2 at the first call
    assert heard(9, consents=consent("express", "transactional")) == []
    assert heard(9, voice=LIVE) == []
    assert heard(9, purpose=Purpose.EMERGENCY) == []
    assert spoken(RECORDED, Consents(), line="landline", purpose=TRANSACTIONAL) == []


def test_while_it_is_unknown_how_often_a_machine_called_a_call_is_looked_at() -> None:
    facts = (Consents(), Numbering(recipient_type="landline"))
    found = calling("7.2.1", RECORDED, *facts, unknown=(RecordedVoices,), purpose=TRANSACTIONAL)
    assert found == [Verdict.FLAG]


def test_texts_and_calls_by_machines_count_together_under_an_exemption_and_persons_do_not() -> None:
    clinic, once = Campaign(exempt_as="healthcare"), Frequency(all_24h=1)
    week = CampaignCounts(person_7d=1, automated_7d=2)
    for counts, day in ((CampaignCounts(), once), (week, Frequency())):
        assert calling("7.2", RECORDED, clinic, counts, day, purpose=TRANSACTIONAL) == [Verdict.DELAY]
        assert calling("7.2", LIVE, clinic, counts, day, purpose=TRANSACTIONAL) == []
        assert verdicts(judged("7.2", an_sms(purpose=TRANSACTIONAL), clinic, counts, day)) == [Verdict.DELAY]
    fewer = CampaignCounts(person_7d=1, automated_7d=1)
    assert calling("7.2", RECORDED, clinic, fewer, Frequency(), purpose=TRANSACTIONAL) == []


def test_who_said_stop_is_called_by_no_machine_and_for_no_advertising() -> None:
    stopped = OptOut(on_file=True, since=NOON, said="STOP")
    assert calling("7.4", ARTIFICIAL, stopped, purpose=TRANSACTIONAL) == [Verdict.REFUSE]
    assert calling("7.4", LIVE, stopped, purpose=MARKETING) == [Verdict.REFUSE]
    assert calling("7.4", None, stopped, purpose=TRANSACTIONAL) == [Verdict.REFUSE]
    assert calling("7.4", RECORDED, stopped, purpose=Purpose.EMERGENCY) == [Verdict.FLAG]
    assert calling("7.4", ARTIFICIAL, OptOut(), purpose=TRANSACTIONAL) == []
    assert calling("7.4", ARTIFICIAL, unknown=(OptOut,), purpose=TRANSACTIONAL) == [Verdict.HOLD]


def test_what_two_people_talk_about_after_a_stop_to_messages_is_only_noted() -> None:
    stopped = OptOut(on_file=True, since=NOON, said="STOP")
    assert calling("7.4", LIVE, stopped, purpose=TRANSACTIONAL) == [Verdict.FLAG]
    assert calling("7.4", None, stopped, purpose=Purpose.CONVERSATION) == [Verdict.FLAG]
    assert calling("7.4", None, stopped) == [Verdict.FLAG]


@pytest.mark.parametrize(("hour", "lawful"), [("07:59", False), ("08:00", True), ("20:59", True), ("21:00", False)])
def test_calls_that_advertise_keep_to_the_hours_of_who_is_called_whoever_speaks(hour: str, *, lawful: bool) -> None:
    at = local(f"2026-06-03T{hour}:00-04:00")
    for voice in (*Voice, None):
        call = a_call(voice=voice, purpose=MARKETING, at=at)
        found = verdicts(judged("7.6", call, there(call), consent()))
        assert found == ([] if lawful else [Verdict.DELAY])


def test_people_who_call_each_other_at_night_are_not_advertising() -> None:
    night = local("2026-06-03T23:30:00-04:00")
    for purpose in (None, Purpose.CONVERSATION, TRANSACTIONAL):
        call = a_call(purpose=purpose, at=night)
        assert judged("7.6", call, there(call), Consents()) == []
    machine = a_call(voice=ARTIFICIAL, at=night)
    assert verdicts(judged("7.6", machine, there(machine), Consents())) == [Verdict.DELAY]


def test_do_not_call_lists_bind_persons_too() -> None:
    listed = DoNotCall(listed=("us-national",))
    assert calling("7.9", LIVE, listed, Consents(), purpose=MARKETING) == [Verdict.REFUSE]
    assert calling("7.9", LIVE, listed, consent("written"), purpose=MARKETING) == []
    assert calling("7.9", LIVE, listed, consent("purchase", "transactional"), purpose=MARKETING) == []
    assert calling("7.9", LIVE, listed, Consents(), purpose=TRANSACTIONAL) == []
    assert calling("7.9", None, listed, Consents()) == []


def test_a_states_cap_counts_calls_that_advertise() -> None:
    call = a_call(recipient="+13055550123", voice=LIVE, purpose=MARKETING)
    assert judged("7.7", call, there(call), consent(), Frequency(marketing_24h=2)) == []
    assert verdicts(judged("7.7", call, there(call), consent(), Frequency(marketing_24h=3))) == [Verdict.DELAY]


def test_a_number_that_changed_hands_is_called_by_no_machine() -> None:
    gone = Reassigned(answer="yes", asked_at=NOON, consent_date=NOON - timedelta(days=300))
    assert calling("7.10", RECORDED, gone, consent(days_ago=200), purpose=TRANSACTIONAL) == [Verdict.REFUSE]
    assert calling("7.10", LIVE, gone, consent(days_ago=200), purpose=MARKETING) == [Verdict.REFUSE]
    assert calling("7.10", LIVE, gone, consent(days_ago=200), purpose=TRANSACTIONAL) == []


def test_abroad_machines_need_consent_and_a_relationship_is_none() -> None:
    def abroad(voice: Voice | None, consents: Consents, to: str) -> list[Verdict]:
        call = a_call(voice=voice, recipient=to, purpose=MARKETING)
        return verdicts(judged("7.13", call, consents, there(call)))

    for to in (LONDON, TORONTO, PARIS):
        assert abroad(ARTIFICIAL, Consents(), to) == [Verdict.REFUSE]
        assert abroad(ARTIFICIAL, consent("purchase"), to) == [Verdict.REFUSE]
        assert abroad(ARTIFICIAL, consent("express"), to) == []
        assert abroad(LIVE, Consents(), to) == []


def test_many_spoken_codes_are_looked_at_as_written_ones_are() -> None:
    assert calling("7.1.1", ARTIFICIAL, Frequency(codes_24h=CLAUSE.codes_a_day - 1), purpose=OTP) == []
    assert calling("7.1.1", ARTIFICIAL, Frequency(codes_24h=CLAUSE.codes_a_day), purpose=OTP) == [Verdict.FLAG]


# --- voice mail that is left without a ring is a call by a machine (FCC 22-85) ----------------------------------------


def left(rule: str, *facts: Any, unknown: tuple[type, ...] = (), **more: Any) -> list[Verdict]:
    """Voice mail that a customer wants to leave; nobody says what speaks in it."""
    return calling(rule, more.pop("voice", None), *facts, unknown=unknown, kind=Kind.VOICEMAIL, **more)


def without_a_ring(consents: Consents, line: str = "either", **more: Any) -> list[Verdict]:
    place = there(a_call(kind=Kind.VOICEMAIL))
    return left("7.1.2", consents, place, Numbering(recipient_type=line), **more)


def test_voice_mail_without_a_ring_advertises_only_to_who_agreed_in_writing() -> None:
    assert without_a_ring(consent("written"), purpose=MARKETING) == []
    assert without_a_ring(consent("express"), purpose=MARKETING) == [Verdict.REFUSE]
    assert without_a_ring(Consents(), purpose=MARKETING) == [Verdict.REFUSE]
    assert without_a_ring(Consents()) == [Verdict.REFUSE]  # why it is left was not said: the strictest counts
    assert without_a_ring(Consents(), voice=LIVE) == []  # a person speaks to this one person, and says so


def test_voice_mail_without_a_ring_brings_news_to_who_gave_their_number() -> None:
    assert without_a_ring(consent("express", "transactional"), purpose=TRANSACTIONAL) == []
    assert without_a_ring(Consents(), purpose=TRANSACTIONAL) == [Verdict.REFUSE]
    assert without_a_ring(Consents(), "landline", purpose=TRANSACTIONAL) == []
    for purpose in (OTP, Purpose.EMERGENCY):
        assert without_a_ring(Consents(), purpose=purpose) == []


def test_unknown_consents_have_voice_mail_looked_at_and_what_people_leave_is_not_its_business() -> None:
    mail = a_call(kind=Kind.VOICEMAIL, purpose=TRANSACTIONAL)
    found = rulings(CLAUSE, "7.1.2", mail, there(mail), Numbering(), unknown=(Consents,))
    assert verdicts(found) == [Verdict.FLAG]
    inbound = a_call(kind=Kind.VOICEMAIL, direction=Direction.INBOUND, sender=RECIPIENT)
    assert rulings(CLAUSE, "7.1.2", inbound, Consents(), there(inbound), Numbering()) == []


def test_voice_mail_counts_among_the_recorded_voices_that_a_home_hears() -> None:
    def heard(before: int, **more: Any) -> list[Verdict]:
        facts = (RecordedVoices(person_30d=before), Consents(), Numbering(recipient_type="landline"))
        return left("7.2.1", *facts, **({"purpose": TRANSACTIONAL} | more))

    assert heard(CLAUSE.recorded_a_month - 1) == []
    assert heard(CLAUSE.recorded_a_month) == [Verdict.REFUSE]
    assert heard(9, voice=LIVE) == []


def test_voice_mail_is_bound_by_a_stop_by_lists_and_by_the_hours() -> None:
    stopped = OptOut(on_file=True, since=NOON, said="STOP")
    assert left("7.4", stopped, purpose=TRANSACTIONAL) == [Verdict.REFUSE]
    assert left("7.4", OptOut(), purpose=TRANSACTIONAL) == []
    assert left("7.4", unknown=(OptOut,), purpose=TRANSACTIONAL) == [Verdict.HOLD]
    assert left("7.9", LISTED, Consents(), purpose=MARKETING) == [Verdict.REFUSE]
    assert left("7.9", LISTED, Consents(), purpose=TRANSACTIONAL) == []
    night = a_call(kind=Kind.VOICEMAIL, purpose=MARKETING, at=local("2026-06-03T22:00:00-04:00"))
    (late,) = judged("7.6", night, there(night), Consents())
    assert (late.verdict, "call then" in late.remedy) == (Verdict.DELAY, True)


def test_abroad_a_relationship_stands_for_no_consent_to_voice_mail() -> None:
    mail = a_call(kind=Kind.VOICEMAIL, recipient="+14165550123", purpose=MARKETING)
    assert verdicts(judged("7.13", mail, there(mail), consent("purchase"))) == [Verdict.REFUSE]
    assert verdicts(judged("7.13", mail, there(mail), consent("express"))) == []


def test_voice_mail_under_an_exemption_keeps_to_its_bounds() -> None:
    clinic, week = Campaign(exempt_as="healthcare"), CampaignCounts(person_7d=1, automated_7d=2)
    assert left("7.2", clinic, week, Frequency(), purpose=TRANSACTIONAL) == [Verdict.DELAY]
    assert left("7.2", clinic, CampaignCounts(), Frequency(), purpose=TRANSACTIONAL) == []
    assert left("7.2", clinic, week, Frequency(), purpose=TRANSACTIONAL, voice=LIVE) == []


# --- 7.3: what a voice says -----------------------------------------------------------------------------------------

WHO = "This is Northwind Foods. "
NUMBER = " Call us at 415-555-0100."
OUT = " Press 9 to be called no more."


def says(words: str, voice: Voice | None = ARTIFICIAL, brands: Brands = NORTHWIND, **more: Any) -> list[Verdict]:
    return calling("7.3", voice, brands, words=words, **{"purpose": MARKETING, **more})


def test_advertising_that_says_who_calls_a_number_and_a_key_is_fine() -> None:
    assert says(WHO + OUT + "Half price on Sunday." + NUMBER) == []


def test_advertising_without_a_way_to_be_called_no_more_is_refused() -> None:
    assert says(WHO + "Half price on Sunday." + NUMBER) == [Verdict.REFUSE]
    assert says(WHO + "Half price on Sunday." + NUMBER, purpose=None) == [Verdict.FLAG]  # why it calls was not said


@pytest.mark.parametrize("words", ["Half price." + NUMBER + OUT, WHO + "Half price." + OUT, "Half price." + OUT])
def test_who_calls_and_a_number_are_missed_by_a_person_who_looks(words: str) -> None:
    assert says(words) == [Verdict.FLAG]


def test_news_of_an_appointment_need_no_key_and_names_that_are_not_on_record_are_not_missed() -> None:
    assert says(WHO + "You are expected at 3 pm." + NUMBER, purpose=TRANSACTIONAL) == []
    assert says("You are expected at 3 pm." + NUMBER, purpose=TRANSACTIONAL, brands=Brands()) == []


@pytest.mark.parametrize(
    "call",
    [
        {"voice": LIVE},
        {"voice": None},
        {"words": ""},  # a sound, or a document that is asked for when somebody answers
        {"purpose": Purpose.OTP},
        {"purpose": Purpose.EMERGENCY},
        {"recipient": "+447400123456"},
    ],
)
def test_people_sounds_codes_warnings_and_other_countries_are_not_asked_for_it(call: dict[str, Any]) -> None:
    assert says(**{"words": "Half price.", **call}) == []


def test_unknown_brands_let_a_voice_speak_and_texts_are_not_its_kind() -> None:
    spoken_of = a_call(voice=ARTIFICIAL, words="Half price.", purpose=MARKETING)
    assert rulings(CLAUSE, "7.3", spoken_of, unknown=(Brands,)) == []
    assert rulings(CLAUSE, "7.3", an_sms(text="Half price."), NORTHWIND) == []


# --- 7.11 mail --------------------------------------------------------------------------------------------------------

POSTAL = "Northwind, 1 Harbor Way, Seattle, WA 98101"
BARGAIN = "20% off everything until Sunday."
WAYS_OUT = "Unsubscribe: https://northwind.example/out"


def an_offer(text: str = f"{BARGAIN}\n{WAYS_OUT}\n{POSTAL}", **more: Any) -> Communication:
    """Mail that advertises, and says so."""
    return a_mail(**{"text": text, "purpose": MARKETING, "letter": {"subject": "Sale"}, **more})


def of_mail(rule: str, mail: Communication, *facts: Any) -> list[Verdict]:
    return verdicts(judged(rule, mail, *facts))


def test_advertising_by_mail_needs_that_the_person_agreed_or_bought() -> None:
    assert of_mail("7.11", an_offer(), Consents()) == [Verdict.REFUSE]
    assert of_mail("7.11", an_offer(), consent("written")) == []
    assert of_mail("7.11", an_offer(), consent("express")) == []
    assert of_mail("7.11", an_offer(), consent("purchase", "transactional")) == []
    assert of_mail("7.11", an_offer(), consent("written", "transactional")) == [Verdict.REFUSE]
    assert of_mail("7.11", an_offer(), consent("written", withdrawn=True)) == [Verdict.REFUSE]
    assert verdicts(rulings(CLAUSE, "7.11", an_offer(), unknown=(Consents,))) == [Verdict.HOLD]


def test_who_withdrew_is_not_written_to_because_they_bought_something() -> None:
    bought = Given(kind="purchase", given_at=NOON)
    withdrawn = Given(kind="written", given_at=NOON, withdrawn_at=NOON)
    both = Consents(by_purpose={"transactional": bought, "marketing": withdrawn})
    assert of_mail("7.11", an_offer(), both) == [Verdict.REFUSE]


@pytest.mark.parametrize("purpose", NOT_ADVERTISING)
def test_receipts_codes_and_answers_need_no_consent_by_mail(purpose: Purpose) -> None:
    assert of_mail("7.11", an_offer(purpose=purpose), Consents()) == []


def test_mail_that_says_no_purpose_advertises_where_its_signs_say_so() -> None:
    plain = a_mail(text="Your invoice is attached.")
    listed = a_mail(letter={"unsubscribe": ("https://northwind.example/out",)})
    bargain = a_mail(text=BARGAIN)
    answer = a_mail(text=BARGAIN, letter={"answers": True})
    assert of_mail("7.11", plain, Consents()) == []
    assert of_mail("7.11", listed, Consents()) == [Verdict.REFUSE]
    assert of_mail("7.11", bargain, Consents()) == [Verdict.REFUSE]
    assert of_mail("7.11", answer, Consents()) == []
    assert of_mail("7.11", a_mail(letter=None), Consents()) == []


def test_advertising_by_mail_has_the_postal_address_that_was_told() -> None:
    right = MailRight(domain="northwind.example", claimed=True, proven=True, postal=POSTAL)
    assert of_mail("7.11.1", an_offer(), right) == []
    broken = an_offer(f"{BARGAIN}\nNorthwind\n1 Harbor Way\nSeattle, WA 98101")
    assert of_mail("7.11.1", broken, right) == []
    assert of_mail("7.11.1", an_offer(BARGAIN), right) == [Verdict.REFUSE]
    assert of_mail("7.11.1", an_offer(f"{BARGAIN}\n2 Other Street, Dallas, TX 75001"), right) == [Verdict.REFUSE]
    assert verdicts(rulings(CLAUSE, "7.11.1", an_offer(), unknown=(MailRight,))) == [Verdict.FLAG]


@pytest.mark.parametrize(
    "postal",
    [
        "P.O. Box 12, Springfield", "500 Main Street", "Dallas, TX 75001", "10 Downing St, London SW1A 2AA",
        "Unter den Linden 1, 10117 Berlin", "111 Wellington St, Ottawa K1A 0A9",
    ],
)  # fmt: skip
def test_where_none_was_told_what_looks_like_a_postal_address_is_one(postal: str) -> None:
    assert of_mail("7.11.1", an_offer(f"{BARGAIN}\n{postal}"), MailRight(proven=True)) == []


def test_a_missing_postal_address_of_mail_that_states_no_purpose_is_marked() -> None:
    assert of_mail("7.11.1", an_offer(BARGAIN, purpose=None), MailRight(proven=True)) == [Verdict.FLAG]
    assert of_mail("7.11.1", a_mail(purpose=TRANSACTIONAL), MailRight(proven=True)) == []


def test_advertising_is_no_answer_by_its_subject() -> None:
    assert of_mail("7.11.2", an_offer(letter={"subject": "Re: your order"})) == [Verdict.REFUSE]
    assert of_mail("7.11.2", an_offer(letter={"subject": "FWD: look"})) == [Verdict.REFUSE]
    assert of_mail("7.11.2", an_offer(letter={"subject": "Re: your order", "answers": True})) == []
    assert of_mail("7.11.2", an_offer(letter={"subject": "Ready for summer"})) == []
    assert of_mail("7.11.2", an_offer(letter={"subject": ""})) == [Verdict.FLAG]
    assert of_mail("7.11.2", an_offer(letter={"subject": "Re: x"}, purpose=None)) == [Verdict.FLAG]
    assert of_mail("7.11.2", a_mail(letter={"subject": "Re: your order"}, purpose=TRANSACTIONAL)) == []


def test_advertising_by_mail_says_how_to_get_no_more() -> None:
    assert of_mail("7.11.3", an_offer()) == []
    assert of_mail("7.11.3", an_offer(BARGAIN)) == [Verdict.REFUSE]
    assert of_mail("7.11.3", an_offer(BARGAIN, purpose=None)) == [Verdict.FLAG]
    assert of_mail("7.11.3", a_mail(text="Your receipt.", purpose=TRANSACTIONAL)) == []


def test_mail_goes_to_no_address_that_is_not_there() -> None:
    listed = Suppressed(on_file=True, why="bounce", since=NOON, said="550 5.1.1 no such user")
    for purpose in (MARKETING, *NOT_ADVERTISING):
        assert of_mail("7.11.4", a_mail(purpose=purpose), listed) == [Verdict.REFUSE]
    assert of_mail("7.11.4", a_mail(), Suppressed()) == []
    assert of_mail("7.11.4", an_sms(), listed) == []
    assert verdicts(rulings(CLAUSE, "7.11.4", a_mail(), unknown=(Suppressed,))) == []


def test_a_sender_whom_many_call_spam_is_looked_at_and_before_that_warned() -> None:
    def at(complaints: int, sent: int = 10_000) -> list[Verdict]:
        return of_mail("7.11.5", an_offer(), MailStanding(sent_30d=sent, complaints_30d=complaints))

    assert at(9) == []
    assert at(10) == [Verdict.FLAG]
    assert at(29) == [Verdict.FLAG]
    assert at(30) == [Verdict.HOLD]
    assert at(30, 999) == []
    assert at(30, 1000) == [Verdict.HOLD]
    many = MailStanding(sent_30d=10_000, complaints_30d=100)
    assert of_mail("7.11.5", a_mail(purpose=TRANSACTIONAL), many) == []
    assert verdicts(rulings(CLAUSE, "7.11.5", an_offer(), unknown=(MailStanding,))) == []


def test_mail_that_becomes_a_text_message_needs_the_consent_of_one() -> None:
    def to(recipient: str, consents: Consents, **more: Any) -> list[Verdict]:
        return of_mail("7.11.6", an_offer(recipient=recipient, **more), consents)

    assert to("2125550123@vtext.com", consent("purchase")) == [Verdict.REFUSE]
    assert to("2125550123@vtext.com", consent("express")) == []
    assert to("bob@reader.test", Consents()) == []
    assert to("2125550123@vtext.com", Consents(), purpose=TRANSACTIONAL) == []
    assert verdicts(rulings(CLAUSE, "7.11.6", an_offer(), unknown=(Consents,))) == [Verdict.HOLD]


def test_the_figures_about_mail_can_be_set() -> None:
    strict = UnsolicitedMarketing(mail_spam_warn=0.01, mail_spam_most=0.02, mails_least=10, mails_bulk=100)
    standing = MailStanding(sent_24h=100, sent_30d=100, complaints_30d=2)
    (held,) = judged("7.11.5", an_offer(), standing, clause=strict)
    assert (held.verdict, held.evidence["bulk"]) == (Verdict.HOLD, True)
    below = MailStanding(sent_24h=99, sent_30d=100, complaints_30d=1)
    (marked,) = judged("7.11.5", an_offer(), below, clause=strict)
    assert (marked.verdict, marked.evidence["bulk"]) == (Verdict.FLAG, False)
    other = UnsolicitedMarketing(wireless=("phones.test",))
    assert verdicts(judged("7.11.6", an_offer(recipient="1@phones.test"), Consents(), clause=other)) == [Verdict.REFUSE]
    assert judged("7.11.6", an_offer(recipient="1@vtext.com"), Consents(), clause=other) == []
