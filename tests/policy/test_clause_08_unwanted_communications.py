"""Clause 8: who asked to be left alone is left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from masstransit.facts.calls.calling import CalledPerson
from masstransit.facts.chat import Reported, Room
from masstransit.facts.consent import Blocks, Consents, Given, OptOut
from masstransit.facts.crowds import Crowd
from masstransit.facts.identity import Campaign
from masstransit.facts.law import Hours, LocalTime
from masstransit.facts.pressure import Pressure
from masstransit.facts.traffic import CampaignCounts, PairHistory
from masstransit.facts.video import Inside
from masstransit.model.communication import Direction, Kind, Purpose, Voice
from masstransit.model.decision import Verdict
from masstransit.model.outcome import OutcomeKind
from masstransit.policy.clause_08_unwanted_communications import UnwantedCommunications
from tests.makers import NOON, a_call, a_call_ended, a_chat, an_answer, an_outcome, an_sms, changed, rulings, says

CLAUSE = UnwantedCommunications()
BLOCKED = Blocks(on_file=True, since=NOON - timedelta(days=400), reason="wants to be left alone")
CUSTOMER = Consents(by_purpose={"transactional": Given(kind="express", given_at=NOON)})


@pytest.mark.parametrize("purpose", [None, Purpose.MARKETING, Purpose.TRANSACTIONAL, Purpose.CONVERSATION, Purpose.OTP])
def test_who_asked_to_be_left_alone_is_left_alone(purpose: Purpose | None) -> None:
    (found,) = rulings(CLAUSE, "8.1", an_sms(purpose=purpose), BLOCKED)
    assert (found.verdict, found.code) == (Verdict.REFUSE, 21610)
    assert found.remedy


def test_a_familys_emergency_arrives_and_a_person_looks_afterwards() -> None:
    (found,) = rulings(CLAUSE, "8.1", an_sms(purpose=Purpose.EMERGENCY), BLOCKED)
    assert found.verdict is Verdict.FLAG


def test_who_never_asked_is_written_to() -> None:
    assert rulings(CLAUSE, "8.1", an_sms(), Blocks()) == []


def test_without_the_record_of_blocks_nothing_goes() -> None:
    assert [r.verdict for r in rulings(CLAUSE, "8.1", an_sms(), unknown=(Blocks,))] == [Verdict.HOLD]


def stranger(
    unanswered: int, consents: Consents | None = None, *, answered: bool = False, **more: Any
) -> list[Verdict]:
    pair = PairHistory(alternations_60s=0, unanswered_24h=unanswered, answered=answered)
    return [r.verdict for r in rulings(CLAUSE, "8.3", an_sms(**more), pair, consents or Consents())]


def test_a_stranger_who_does_not_answer_gets_five_messages_and_no_sixth() -> None:
    assert stranger(4) == []
    assert stranger(5) == [Verdict.HOLD]


def test_a_customer_and_one_who_answers_are_no_strangers() -> None:
    assert stranger(20, CUSTOMER) == []
    assert stranger(20, answered=True) == []


@pytest.mark.parametrize("purpose", [Purpose.OTP, Purpose.EMERGENCY])
def test_codes_and_emergencies_go_on_and_are_looked_at(purpose: Purpose) -> None:
    assert stranger(9, purpose=purpose, text="Your code is 123456") == [Verdict.FLAG]


def test_what_is_called_a_code_and_has_none_is_no_code() -> None:
    assert stranger(5, purpose=Purpose.OTP, text="answer me") == [Verdict.HOLD]
    assert stranger(4, purpose=Purpose.OTP, text="answer me") == []
    for text in ("G-482913", "123 456", "AB12C", "Log in: https://shop.example/l/x"):
        assert stranger(9, purpose=Purpose.OTP, text=text) == [Verdict.FLAG]


def test_that_somebody_once_wrote_explains_no_conversation_that_they_leave_without_an_answer() -> None:
    wrote = Consents(by_purpose={"conversation": Given(kind="conversation", given_at=NOON)})
    assert stranger(5, wrote, purpose=Purpose.CONVERSATION) == [Verdict.HOLD]
    assert stranger(4, wrote, purpose=Purpose.CONVERSATION) == []
    assert stranger(20, wrote, purpose=Purpose.CONVERSATION, answered=True) == []
    assert stranger(20, wrote, purpose=Purpose.TRANSACTIONAL) == []  # news of what they asked for
    agreed = Consents(by_purpose={"conversation": Given(kind="express", given_at=NOON)})
    assert stranger(20, agreed, purpose=Purpose.CONVERSATION) == []


def test_what_people_send_is_not_its_business() -> None:
    assert not any(rule.hears(an_answer(text="hello")) for rule in CLAUSE.rules())


def test_the_figure_for_strangers_can_be_set() -> None:
    clause = UnwantedCommunications(unanswered=2)
    for before, expected in ((1, []), (2, [Verdict.HOLD])):
        pair = PairHistory(alternations_60s=0, unanswered_24h=before, answered=False)
        assert [r.verdict for r in rulings(clause, "8.3", an_sms(), pair, Consents())] == expected


def test_while_it_is_unknown_who_answered_a_message_is_looked_at() -> None:
    found = rulings(CLAUSE, "8.3", an_sms(), Consents(), unknown=(PairHistory,))
    assert [r.verdict for r in found] == [Verdict.FLAG]


def test_first_contact_after_an_inquiry_passes() -> None:
    asked = Consents(by_purpose={"transactional": Given(kind="inquiry", given_at=NOON)})
    assert stranger(0, asked) == []


# --- 8.3.1 crowds ----------------------------------------------------------------------------------------------------


def crowded(accounts: int, label: str = "hate", score: float = 0.0, *, answered: bool = False) -> list[Verdict]:
    pair = PairHistory(alternations_60s=0, unanswered_24h=0, answered=answered)
    known = (Crowd(accounts_15m=accounts), says(**{label: score}), pair)
    return [r.verdict for r in rulings(CLAUSE, "8.3.1", an_sms(), *known)]


def test_abuse_from_five_senders_and_personal_texts_from_fifteen_are_held() -> None:
    assert (CLAUSE.hostile_crowd, CLAUSE.crowd) == (5, 15)
    for label in ("harassment", "hate", "threat"):
        assert crowded(5, label, CLAUSE.hostile_from) == [Verdict.HOLD]
        assert crowded(4, label, 0.99) == []
        assert crowded(14, label, CLAUSE.hostile_from - 0.01) == []
    assert crowded(15) == [Verdict.HOLD]


def test_a_birthday_and_a_person_who_answers_are_no_swarm() -> None:
    assert crowded(14) == []
    assert crowded(40, "harassment", 0.9, answered=True) == []


def test_while_crowds_are_unknown_messages_flow() -> None:
    pair = PairHistory(alternations_60s=0, unanswered_24h=0, answered=False)
    assert rulings(CLAUSE, "8.3.1", an_sms(), says(hate=0.9), pair, unknown=(Crowd,)) == []
    assert rulings(CLAUSE, "8.3.1", an_answer(text="hi"), Crowd(accounts_15m=99), says(hate=0.9), pair) == []


# --- 8.2 debts --------------------------------------------------------------------------------------------------------

DEBT = Campaign(sid="QE1", on_record=True, debt=True)
OPT_OUT_LINE = "Northwind Recovery: you can pay at any time. Reply STOP to opt out."


def debt(rule: str, *facts: Any, campaign: Campaign = DEBT, **more: Any) -> list[Verdict]:
    return [r.verdict for r in rulings(CLAUSE, rule, an_sms(**more), campaign, *facts)]


def test_every_text_about_a_debt_says_how_to_opt_out() -> None:
    assert debt("8.2", text=OPT_OUT_LINE) == []
    assert debt("8.2", text="You still owe us.") == [Verdict.REFUSE]
    assert debt("8.2", text="You still owe us.", campaign=Campaign(on_record=True)) == []


def test_a_debtor_gets_seven_messages_in_a_week_and_the_eighth_is_looked_at_first() -> None:
    assert debt("8.2.1", CampaignCounts(person_7d=CLAUSE.debt_messages - 1)) == []
    assert debt("8.2.1", CampaignCounts(person_7d=CLAUSE.debt_messages)) == [Verdict.HOLD]
    assert debt("8.2.1", CampaignCounts(person_7d=70), campaign=Campaign(on_record=True)) == []


@pytest.mark.parametrize(("hour", "late"), [(7, True), (8, False), (20, False), (21, True)])
def test_debts_are_a_matter_of_the_daytime(hour: int, *, late: bool) -> None:
    at = datetime(2026, 6, 3, hour, 0, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)
    place = LocalTime(at=at, country="US", zones=("America/New_York",))
    assert debt("8.2.2", place, at=at) == ([Verdict.DELAY] if late else [])
    assert debt("8.2.2", place, at=at, campaign=Campaign(on_record=True)) == []


def test_the_hours_of_debts_are_a_figure_and_hold_in_every_zone() -> None:
    assert CLAUSE.debt_hours == Hours((8, 21), (8, 21), (8, 21))
    at = datetime(2026, 6, 3, 12, 30, tzinfo=UTC)  # 8:30 in New York, 5:30 in Los Angeles
    both = LocalTime(at=at, country="US", zones=("America/New_York", "America/Los_Angeles"))
    assert debt("8.2.2", both, at=at) == [Verdict.DELAY]
    assert debt("8.2.2", LocalTime(at=at, country="US"), at=at) == [Verdict.HOLD]


@pytest.mark.parametrize(
    ("rule", "known", "fact", "verdict"),
    [
        ("8.2", (), Campaign, Verdict.FLAG),
        ("8.2.1", (DEBT,), CampaignCounts, Verdict.FLAG),
        ("8.2.2", (DEBT,), LocalTime, Verdict.HOLD),
    ],
)
def test_while_it_is_unknown_whether_debts_are_collected_a_message_is_looked_at_or_waits(
    rule: str, known: tuple[Any, ...], fact: type, verdict: Verdict
) -> None:
    assert [r.verdict for r in rulings(CLAUSE, rule, an_sms(), *known, unknown=(fact,))] == [verdict]


# --- calls --------------------------------------------------------------------------------------------------------


def test_a_block_reaches_calls_as_it_reaches_texts() -> None:
    for purpose in (None, Purpose.CONVERSATION, Purpose.TRANSACTIONAL):
        (found,) = rulings(CLAUSE, "8.1", a_call(purpose=purpose), BLOCKED)
        assert found.verdict is Verdict.REFUSE
    (found,) = rulings(CLAUSE, "8.1", a_call(purpose=Purpose.EMERGENCY), BLOCKED)
    assert found.verdict is Verdict.FLAG
    assert rulings(CLAUSE, "8.1", a_call(), Blocks()) == []
    assert [r.verdict for r in rulings(CLAUSE, "8.1", a_call(), unknown=(Blocks,))] == [Verdict.HOLD]


@pytest.mark.parametrize("kind", Kind.ANY, ids=lambda kind: kind.name)
def test_a_block_reaches_every_kind(kind: Kind) -> None:
    assert [r.verdict for r in rulings(CLAUSE, "8.1", an_sms(kind=kind), BLOCKED)] == [Verdict.REFUSE]


def sought(
    kind: Kind, purpose: Purpose | None = Purpose.MARKETING, *, channel: str = "sms", scope: str = "all"
) -> list[Verdict]:
    stopped = OptOut(on_file=True, since=NOON, said="stop", channel=channel, scope=scope)
    subject = an_sms(kind=kind, purpose=purpose, voice=Voice.PRERECORDED)
    return [r.verdict for r in rulings(CLAUSE, "8.1.1", subject, stopped)]


OTHER_WAYS = (Kind.FAX, Kind.EMAIL, Kind.CHAT, Kind.VIDEO)


@pytest.mark.parametrize("kind", OTHER_WAYS, ids=lambda kind: kind.name)
def test_who_said_stop_to_a_text_is_not_sought_by_fax_mail_or_chat(kind: Kind) -> None:
    for purpose in (None, Purpose.MARKETING, Purpose.CONVERSATION):
        assert sought(kind, purpose) == [Verdict.REFUSE]
    assert sought(kind, Purpose.CONVERSATION, scope="marketing") == []
    assert [r.verdict for r in rulings(CLAUSE, "8.1.1", an_sms(kind=kind), unknown=(OptOut,))] == [Verdict.FLAG]
    assert rulings(CLAUSE, "8.1.1", an_sms(kind=kind, purpose=Purpose.MARKETING), OptOut()) == []


@pytest.mark.parametrize("kind", OTHER_WAYS, ids=lambda kind: kind.name)
def test_what_the_person_waits_for_still_comes_by_other_ways(kind: Kind) -> None:
    for purpose in (Purpose.TRANSACTIONAL, Purpose.OTP, Purpose.EMERGENCY):
        assert sought(kind, purpose) == []


def test_texts_and_calls_are_one_way_and_what_was_said_of_all_ways_is_not_said_elsewhere() -> None:
    assert sought(Kind.CALL) == sought(Kind.SMS) == sought(Kind.MMS) == []  # 7.4 says it
    assert sought(Kind.SMS, channel="email") == sought(Kind.CALL, channel="email") == [Verdict.REFUSE]
    assert sought(Kind.EMAIL, scope="everything") == sought(Kind.EMAIL, channel="web") == []


def test_what_two_people_talk_about_is_not_sought_and_what_people_send_is_not_its_business() -> None:
    stopped = OptOut(on_file=True, since=NOON, channel="email")
    talk = a_call(voice=Voice.LIVE, purpose=Purpose.CONVERSATION)
    assert rulings(CLAUSE, "8.1.1", talk, stopped) == []
    assert rulings(CLAUSE, "8.1.1", an_answer(text="hello"), stopped) == []


def called(campaign: Campaign = DEBT, consents: Consents | None = None, **counts: int) -> list[Verdict]:
    facts = (campaign, CampaignCounts(**counts), consents or Consents())
    return [r.verdict for r in rulings(CLAUSE, "8.2.3", a_call(), *facts)]


def test_a_debtor_is_called_seven_times_in_a_week_and_not_an_eighth_time() -> None:
    assert CLAUSE.debt_calls == 7
    assert called(calls_7d=6) == []
    assert called(calls_7d=7) == [Verdict.HOLD]
    assert called(Campaign(), calls_7d=50) == []


def test_a_debtor_who_talked_is_left_alone_for_a_week() -> None:
    assert (CLAUSE.debt_conversations, CLAUSE.conversation_seconds) == (1, 12)
    assert called(calls_7d=1, talked_7d=0) == []
    assert called(calls_7d=1, talked_7d=1) == [Verdict.HOLD]


@pytest.mark.parametrize(("days", "may"), [(6.9, True), (7.1, False)])
def test_a_debtor_who_wrote_within_the_week_is_called_back(days: float, *, may: bool) -> None:
    wrote = Consents(by_purpose={"conversation": Given(kind="conversation", given_at=NOON - timedelta(days=days))})
    assert called(consents=wrote, talked_7d=1, calls_7d=8) == ([] if may else [Verdict.HOLD])


def test_unknown_counts_of_debt_calls_are_looked_at_and_their_ends_and_texts_are_not_judged() -> None:
    found = rulings(CLAUSE, "8.2.3", a_call(), DEBT, Consents(), unknown=(CampaignCounts,))
    assert [r.verdict for r in found] == [Verdict.FLAG]
    many = CampaignCounts(calls_7d=9, talked_7d=9)
    assert rulings(CLAUSE, "8.2.3", a_call_ended(), DEBT, many, Consents()) == []
    assert rulings(CLAUSE, "8.2.3", an_sms(), DEBT, many, Consents()) == []


def test_messages_about_a_debt_are_not_counted_among_calls_nor_calls_among_messages() -> None:
    assert called(person_7d=20) == []
    calls = CampaignCounts(calls_7d=20, talked_7d=1)
    assert rulings(CLAUSE, "8.2.1", an_sms(text="Reply STOP to opt out"), DEBT, calls) == []


@pytest.mark.parametrize(("hour", "late"), [(7, True), (8, False), (20, False), (21, True)])
def test_calls_about_debts_are_a_matter_of_the_daytime(hour: int, *, late: bool) -> None:
    at = datetime(2026, 6, 3, hour, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)
    place = LocalTime(at=at, country="US", zones=("America/New_York",))
    found = [r.verdict for r in rulings(CLAUSE, "8.2.2", a_call(at=at), DEBT, place)]
    assert found == ([Verdict.DELAY] if late else [])


def rung(subject: Any = None, consents: Consents | None = None, **pair: int) -> list[Verdict]:
    facts = (CalledPerson(**pair), consents or Consents())
    return [r.verdict for r in rulings(CLAUSE, "8.3.2", subject or a_call(), *facts)]


def test_a_stranger_who_does_not_answer_is_called_three_times_in_a_day() -> None:
    assert CLAUSE.stranger_calls == 3
    assert rung(unanswered_24h=2) == []
    assert rung(unanswered_24h=3) == [Verdict.HOLD]


def test_who_talks_or_agreed_is_no_stranger_to_calls() -> None:
    assert rung(unanswered_24h=20, talked_24h=1) == []
    assert rung(consents=CUSTOMER, unanswered_24h=20) == []


@pytest.mark.parametrize("purpose", [Purpose.OTP, Purpose.EMERGENCY])
def test_spoken_codes_and_emergencies_go_on_and_are_looked_at(purpose: Purpose) -> None:
    assert rung(a_call(purpose=purpose), unanswered_24h=9) == [Verdict.FLAG]


def test_unknown_calls_to_a_stranger_are_looked_at_and_what_comes_in_and_texts_are_not_judged() -> None:
    found = rulings(CLAUSE, "8.3.2", a_call(), Consents(), unknown=(CalledPerson,))
    assert [r.verdict for r in found] == [Verdict.FLAG]
    assert rung(a_call(direction=Direction.INBOUND), unanswered_24h=9) == []
    assert rung(a_call_ended(), unanswered_24h=9) == []
    assert rung(an_sms(), unanswered_24h=9) == []


def silent(count: int, hour: int, **more: Any) -> list[Verdict]:
    at = datetime(2026, 6, 3, hour, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)
    place = LocalTime(at=at, country="US", zones=("America/New_York",))
    facts = (CalledPerson(unanswered_24h=count, silent_24h=count), place)
    return [r.verdict for r in rulings(CLAUSE, "8.3.3", a_call(at=at, **more), *facts)]


def test_who_was_rung_up_at_night_and_heard_nothing_is_left_to_sleep() -> None:
    assert CLAUSE.silent_seconds == 3
    assert silent(CLAUSE.silent_calls - 1, 3) == []
    assert silent(CLAUSE.silent_calls, 3) == [Verdict.HOLD]
    assert silent(9, 3, purpose=Purpose.EMERGENCY) == []


@pytest.mark.parametrize(("hour", "night"), [(7, True), (8, False), (20, False), (21, True)])
def test_it_is_night_outside_of_the_daytime_there(hour: int, *, night: bool) -> None:
    assert CLAUSE.daytime.on(NOON.date(), closed=False) == (8, 21)
    assert silent(5, hour) == ([Verdict.HOLD] if night else [])


def test_where_nobody_knows_what_time_it_is_a_silent_caller_is_looked_at() -> None:
    nowhere = LocalTime(at=NOON, country="US")
    found = rulings(CLAUSE, "8.3.3", a_call(), CalledPerson(silent_24h=5), nowhere)
    assert [r.verdict for r in found] == [Verdict.FLAG]
    assert rulings(CLAUSE, "8.3.3", an_sms(), CalledPerson(silent_24h=5), nowhere) == []


# --- voice mail -------------------------------------------------------------------------------------------------------


def mail(**more: Any) -> Any:
    """Voice mail that a customer wants to leave without a ring."""
    return a_call(kind=Kind.VOICEMAIL, **more)


def test_a_block_reaches_voice_mail() -> None:
    (found,) = rulings(CLAUSE, "8.1", mail(), BLOCKED)
    assert (found.verdict, found.code) == (Verdict.REFUSE, 21610)
    (urgent,) = rulings(CLAUSE, "8.1", mail(purpose=Purpose.EMERGENCY), BLOCKED)
    assert urgent.verdict is Verdict.FLAG
    assert rulings(CLAUSE, "8.1", mail(), Blocks()) == []
    assert [r.verdict for r in rulings(CLAUSE, "8.1", mail(), unknown=(Blocks,))] == [Verdict.HOLD]


def test_a_stranger_finds_no_more_voice_mail_than_calls() -> None:
    assert rung(mail(), unanswered_24h=CLAUSE.stranger_calls - 1) == []
    assert rung(mail(), unanswered_24h=CLAUSE.stranger_calls) == [Verdict.HOLD]
    assert rung(mail(), unanswered_24h=9, talked_24h=1) == []
    assert rung(mail(), CUSTOMER, unanswered_24h=9) == []
    found = rulings(CLAUSE, "8.3.2", mail(), Consents(), unknown=(CalledPerson,))
    assert [r.verdict for r in found] == [Verdict.FLAG]
    inbound = mail(direction=Direction.INBOUND)
    assert rung(inbound, unanswered_24h=9) == []  # what people leave is only counted


def test_voice_mail_about_a_debt_counts_as_a_call() -> None:
    def about(calls: int) -> list[Verdict]:
        found = rulings(CLAUSE, "8.2.3", mail(), DEBT, CampaignCounts(calls_7d=calls), Consents())
        return [r.verdict for r in found]

    assert about(CLAUSE.debt_calls - 1) == []
    assert about(CLAUSE.debt_calls) == [Verdict.HOLD]


# --- chat -----------------------------------------------------------------------------------------------------------


def in_chat(rule: str, room: Room, **more: Any) -> list[Verdict]:
    return [r.verdict for r in rulings(CLAUSE, rule, a_chat(**more), room)]


def invited(rule: str, room: Room, **more: Any) -> list[Verdict]:
    return in_chat(rule, room, recipient="ben", text="", **more)


def test_who_asked_to_be_left_alone_is_not_asked_to_a_conversation() -> None:
    (found,) = rulings(CLAUSE, "8.1", a_chat(recipient="+12125550123", text=""), BLOCKED)
    assert (found.verdict, found.code) == (Verdict.REFUSE, 21610)


def test_who_is_blocked_by_the_only_other_one_is_not_heard() -> None:
    (found,) = rulings(CLAUSE, "8.5", a_chat(), Room(on_record=True, others=1, blocked_by=1))
    assert (found.verdict, found.code) == (Verdict.REFUSE, 21610)
    assert in_chat("8.5", Room(on_record=True, others=12, blocked_by=12)) == [Verdict.REFUSE]


def test_a_group_is_heard_though_some_of_it_blocked_the_author() -> None:
    assert in_chat("8.5", Room(on_record=True, others=12, blocked_by=11)) == []
    assert in_chat("8.5", Room(on_record=True, others=12)) == []
    assert in_chat("8.5", Room(on_record=True)) == []  # nobody else is there yet


def test_while_blocks_are_not_known_what_is_said_waits() -> None:
    for rule in ("8.5", "8.5.1"):
        assert [r.verdict for r in rulings(CLAUSE, rule, a_chat(), unknown=(Room,))] == [Verdict.HOLD]


def test_nobody_is_asked_in_by_whom_they_blocked() -> None:
    assert invited("8.5.1", Room(on_record=True, barred=True)) == [Verdict.REFUSE]
    assert invited("8.5.1", Room(on_record=True, asked_24h=1)) == []


def test_who_left_is_not_asked_back_by_others_but_may_come_back_by_the_customers_own_service() -> None:
    left = Room(on_record=True, went=True)
    assert invited("8.5.1", left) == [Verdict.REFUSE]
    assert invited("8.5.1", left, end_user=None) == []


def test_twenty_messages_to_one_who_never_wrote_are_enough() -> None:
    most = CLAUSE.chat_unanswered
    assert in_chat("8.5.2", Room(on_record=True, others=1, streak=most - 1)) == []
    assert in_chat("8.5.2", Room(on_record=True, others=1, streak=most)) == [Verdict.HOLD]


def test_friends_groups_and_a_customers_own_notices_are_no_pursuit() -> None:
    many = Room(on_record=True, others=1, streak=500)
    assert in_chat("8.5.2", changed(many, answered=True)) == []
    assert in_chat("8.5.2", changed(many, others=30)) == []
    assert in_chat("8.5.2", many, end_user=None) == []
    assert invited("8.5.2", many) == []
    assert [r.verdict for r in rulings(CLAUSE, "8.5.2", a_chat(), unknown=(Room,))] == [Verdict.FLAG]


def test_what_is_said_in_a_conversation_is_no_message_to_a_stranger() -> None:
    pair = PairHistory(alternations_60s=0, unanswered_24h=500)
    assert rulings(CLAUSE, "8.3", a_chat(), pair, Consents()) == []
    assert len(rulings(CLAUSE, "8.3", an_sms(), pair, Consents())) == 1


def test_invitations_that_most_people_flee_are_looked_at() -> None:
    asked, share = CLAUSE.invitations, CLAUSE.invitations_left
    fled = int(share * asked)
    assert invited("8.5.3", Room(on_record=True, asked_24h=asked, left_24h=fled)) == [Verdict.HOLD]
    assert invited("8.5.3", Room(on_record=True, asked_24h=asked, left_24h=fled - 1)) == []
    assert invited("8.5.3", Room(on_record=True, asked_24h=asked - 1, left_24h=asked - 1)) == []


def test_a_customer_that_puts_a_class_together_asks_as_many_as_it_likes() -> None:
    fled = Room(on_record=True, asked_24h=300, left_24h=300)
    assert invited("8.5.3", fled, end_user=None) == []
    assert in_chat("8.5.3", fled) == []
    unknown = rulings(CLAUSE, "8.5.3", a_chat(recipient="ben"), unknown=(Room,))
    assert [r.verdict for r in unknown] == [Verdict.FLAG]


def reported(people: int, **more: Any) -> list[Verdict]:
    report = an_outcome(OutcomeKind.SPAM_REPORT, **{"kind": Kind.CHAT, "end_user": "mallory", **more})
    return [r.verdict for r in rulings(CLAUSE, "8.5.4", report, Reported(people_7d=people))]


def test_a_report_in_chat_is_looked_at_and_several_peoples_stop_its_author() -> None:
    most = CLAUSE.chat_reporters
    assert reported(1) == reported(most - 1) == [Verdict.FLAG]
    assert reported(most) == [Verdict.HOLD]


def test_what_is_no_report_in_chat_is_none() -> None:
    assert reported(0) == []
    assert reported(9, kind=Kind.SMS) == []
    report = an_outcome(OutcomeKind.SPAM_REPORT, kind=Kind.CHAT, end_user="mallory")
    assert [r.verdict for r in rulings(CLAUSE, "8.5.4", report, unknown=(Reported,))] == [Verdict.FLAG]


# --- 8.3.4 ------------------------------------------------------------------------------------------------------------


def pressed(
    kind: Kind = Kind.CALL, consents: Consents | None = None, *, threats: int = 0, answers: int = 0, **by_way: int
) -> list[Verdict]:
    known = Pressure(by_way=by_way, threats=threats, answers=answers), consents or Consents()
    subject = an_sms(kind=kind, purpose=Purpose.CONVERSATION)
    return [r.verdict for r in rulings(CLAUSE, "8.3.4", subject, *known)]


def test_a_stranger_is_sought_by_several_ways_five_times_in_all() -> None:
    assert pressed(texts=3, calls=1) == []
    assert pressed(texts=3, calls=2) == [Verdict.HOLD]
    assert pressed(Kind.EMAIL, texts=5) == [Verdict.HOLD]
    assert pressed(Kind.SMS, texts=5) == []  # by one way: 8.3
    assert pressed(texts=3, calls=2, answers=1) == []


def test_who_agreed_is_no_stranger_and_a_threat_follows_nobody_by_another_way() -> None:
    agreed = Consents(by_purpose={"transactional": Given(kind="express", given_at=NOON)})
    assert pressed(consents=agreed, texts=5) == []
    assert pressed(consents=agreed, texts=1, threats=1, answers=1) == [Verdict.HOLD]
    assert pressed(Kind.CHAT, chats=1, threats=1) == []  # by the same way: clause 16
    assert pressed(Kind.CALL, chats=1, threats=0) == []


def test_without_counts_nothing_waits_and_what_people_send_is_not_its_business() -> None:
    assert rulings(CLAUSE, "8.3.4", an_sms(), unknown=(Pressure, Consents)) == []
    assert rulings(CLAUSE, "8.3.4", an_answer(text="hello"), Pressure(by_way={"texts": 9}), Consents()) == []


def test_the_figures_of_pressure_can_be_set() -> None:
    calm = UnwantedCommunications(by_all_ways=9, threats=2)
    subject = an_sms(kind=Kind.CALL, purpose=Purpose.CONVERSATION)
    for known in (Pressure(by_way={"texts": 8}), Pressure(by_way={"texts": 1}, threats=1)):
        assert rulings(calm, "8.3.4", subject, known, Consents()) == []
    for known in (Pressure(by_way={"texts": 9}), Pressure(by_way={"texts": 1}, threats=2)):
        assert len(rulings(calm, "8.3.4", subject, known, Consents())) == 1


# --- 8.6 video rooms --------------------------------------------------------------------------------------------------


def into_a_room(*facts: Any, **more: Any) -> list[Verdict]:
    made = a_chat(kind=Kind.VIDEO)
    return [ruling.verdict for ruling in rulings(CLAUSE, "8.6", made, *facts, **more)]


def test_who_was_put_out_of_a_room_stays_out() -> None:
    assert into_a_room(Inside(removed=True)) == [Verdict.REFUSE]
    assert into_a_room(Inside(removed=True, others=3)) == [Verdict.REFUSE]


def test_who_is_blocked_by_all_who_are_in_a_room_stays_out() -> None:
    assert into_a_room(Inside(others=1, blocked_by=1)) == [Verdict.REFUSE]
    assert into_a_room(Inside(others=5, blocked_by=5)) == [Verdict.REFUSE]
    assert into_a_room(Inside(others=5, blocked_by=4)) == []  # one person's block locks nobody out of a meeting
    assert into_a_room(Inside(others=5)) == []
    assert into_a_room(Inside()) == []  # the first who comes


def test_without_knowing_who_is_inside_nobody_comes_in() -> None:
    assert into_a_room(unknown=(Inside,)) == [Verdict.HOLD]


def test_a_chat_is_no_room() -> None:
    assert rulings(CLAUSE, "8.6", a_chat(), Inside(removed=True)) == []
