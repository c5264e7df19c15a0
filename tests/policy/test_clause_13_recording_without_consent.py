"""Clause 13: the strictest place of a call, what is told before, late joiners, and what needs no consent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from masstransit.facts.calls.recording_law import Where, Whereabouts
from masstransit.model.change import Act, Answer, Change, How, Participant, Role, Told
from masstransit.model.communication import Kind
from masstransit.model.decision import Ruling, Verdict
from masstransit.policy.clause_13_recording_without_consent import RecordingWithoutConsent
from tests.makers import ACCOUNT, NOON, an_sms, changed, rulings

CLAUSE = RecordingWithoutConsent()
BEGUN = NOON - timedelta(minutes=1)
SECOND = timedelta(seconds=1)
RECORDS = (Act.RECORD,)
AGENT = Participant(leg=1, role=Role.STAFF, since=BEGUN)
TOLD = Told(at=NOON - 2 * SECOND, acts=RECORDS, way_out=True, language="en")
KEY = Answer(at=NOON - SECOND, agreed=True, how=How.KEY, acts=RECORDS)
REFUSED = [Verdict.REFUSE]


def a_person(leg: int = 2, **more: Any) -> Participant:
    return Participant(**{"leg": leg, "since": BEGUN, **more})


def a_change(*persons: Participant, staff: bool = True, **more: Any) -> Change:
    made: dict[str, Any] = {"id": "RE1", "account": ACCOUNT, "kind": Kind.CALL, "what": Act.RECORD, "at": NOON}
    return Change(**{**made, **more}, communication="CA1", participants=(*((AGENT,) if staff else ()), *persons))


def found(rule: str, change: Change, *places: str, clause: RecordingWithoutConsent = CLAUSE) -> list[Ruling]:
    """What a rule says where the participants are in these places, in order; "" is anywhere."""
    where = zip(change.participants, places, strict=True)
    of = tuple(Where(one.leg, (place,) if place else ()) for one, place in where)
    return rulings(clause, rule, change, Whereabouts(of=of))


def said(rule: str, change: Change, *places: str, clause: RecordingWithoutConsent = CLAUSE) -> list[Verdict]:
    return [ruling.verdict for ruling in found(rule, change, *places, clause=clause)]


def stopped(change: Change, *places: str) -> list[str]:
    """The rules that refuse a change."""
    return [made.id for made in CLAUSE.rules() if Verdict.REFUSE in said(made.id, change, *places)]


# --- one party ------------------------------------------------------------------------------------------------------


def test_two_one_party_states_are_recorded_by_who_talks() -> None:
    assert stopped(a_change(a_person()), "US-NY", "US-TX") == []


def test_who_takes_no_part_in_a_call_needs_the_word_of_somebody_who_does() -> None:
    two = (a_person(1), a_person(2))
    assert said("13.1", a_change(*two, staff=False), "US-NY", "US-TX") == REFUSED
    agreed = (a_person(1), a_person(2, told=TOLD, answer=KEY))
    assert said("13.1", a_change(*agreed, staff=False), "US-NY", "US-TX") == []


# --- everybody ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", CLAUSE.all_parties_in)
def test_where_everybody_has_to_agree_one_is_not_enough(place: str) -> None:
    assert stopped(a_change(a_person(), basis="contract"), "US-NY", place) == ["13.2", "13.4"]
    assert stopped(a_change(a_person(told=TOLD), basis="contract"), "US-NY", place) == ["13.2"]


def test_who_agreed_by_a_key_after_the_announcement_is_recorded() -> None:
    assert stopped(a_change(a_person(told=TOLD, answer=KEY)), "US-NY", "US-CA") == []


def test_the_strictest_place_counts_for_everybody() -> None:
    agreed, silent = a_person(2, told=TOLD, answer=KEY), a_person(3, told=TOLD)
    (ruling,) = found("13.2", a_change(agreed, silent), "US-NY", "US-CA", "US-TX")
    assert "leg 3" in ruling.reason
    assert "US-CA" in ruling.reason
    assert "leg 3" in ruling.remedy
    assert said("13.2", a_change(a_person()), "US-CA", "US-NY") == REFUSED  # the staff's own place too


def test_whoever_may_be_anywhere_is_asked() -> None:
    for place in ("", "BR", "JP"):
        assert said("13.2", a_change(a_person()), "US-NY", place) == REFUSED
    assert said("13.2", a_change(a_person(told=TOLD, answer=KEY)), "US-NY", "") == []


def test_two_places_that_somebody_may_be_in_both_count() -> None:
    change = a_change(a_person())
    where = Whereabouts(of=(Where(1, ("US-NY",)), Where(2, ("US-NY", "US-CA"))))
    assert [r.verdict for r in rulings(CLAUSE, "13.2", change, where)] == REFUSED


def test_a_word_counts_with_its_clip_and_a_paper_with_its_place() -> None:
    for how in (How.SPOKEN, How.STATED):
        bare = a_person(told=TOLD, answer=changed(KEY, how=how))
        (ruling,) = found("13.2", a_change(bare), "US-NY", "US-CA")
        assert "shows the consent" in ruling.reason
        assert stopped(a_change(changed(bare, answer=changed(KEY, how=how, proof="RE7"))), "US-NY", "US-CA") == []


def test_a_paper_needs_no_announcement() -> None:
    paper = Answer(at=NOON - timedelta(days=40), agreed=True, how=How.STATED, acts=RECORDS, proof="contract 17")
    assert stopped(a_change(a_person(answer=paper)), "US-NY", "US-CA") == []


def test_an_answer_counts_for_what_was_asked_and_from_when_it_was_given() -> None:
    writing = a_change(a_person(told=TOLD, answer=KEY), what=Act.TRANSCRIBE)
    assert stopped(writing, "US-NY", "US-CA") == ["13.2", "13.4"]
    early = a_change(a_person(told=TOLD, answer=changed(KEY, at=NOON + SECOND)))
    assert said("13.2", early, "US-NY", "US-CA") == REFUSED


# --- told before ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", CLAUSE.notice_in)
def test_where_it_is_enough_to_know_nobody_is_asked_for_more(place: str) -> None:
    assert stopped(a_change(a_person(told=TOLD)), "US-NY", place) == []
    assert stopped(a_change(a_person()), "US-NY", place) == ["13.4"]


def test_nothing_begins_before_the_announcement_has_ended() -> None:
    for late, wanted in ((timedelta(0), []), (timedelta(microseconds=1), REFUSED)):
        person = a_person(told=changed(TOLD, at=NOON + late), answer=KEY)
        assert said("13.4", a_change(person), "US-NY", "US-CA") == wanted


def test_a_late_joiner_is_told_and_asked_anew() -> None:
    first, joiner = a_person(2, told=TOLD, answer=KEY), a_person(3, since=NOON)
    joined = a_change(first, joiner, what=Act.JOIN, carries_on=RECORDS)
    (ruling,) = found("13.4", joined, "US-NY", "US-CA", "US-WA")
    assert "leg 3" in ruling.reason
    assert stopped(joined, "US-NY", "US-TX", "US-WA") == ["13.4"]
    assert stopped(joined, "US-NY", "US-TX", "US-OH") == []


def test_what_goes_on_after_a_pause_is_told_again_and_not_asked_again() -> None:
    paused = a_person(since=NOON - SECOND, told=TOLD, answer=changed(KEY, at=BEGUN))
    resumed = a_change(paused, what=Act.RESUME, carries_on=RECORDS)
    assert stopped(resumed, "US-NY", "US-CA") == ["13.4"]
    again = changed(paused, told=changed(TOLD, at=NOON))
    assert stopped(a_change(again, what=Act.RESUME, carries_on=RECORDS), "US-NY", "US-CA") == []


def test_a_transfer_that_is_recorded_needs_the_word_of_who_takes_over() -> None:
    taken = a_change(a_person(3, since=NOON), what=Act.TRANSFER, carries_on=RECORDS)
    assert stopped(taken, "US-CA", "US-NY") == ["13.2", "13.4"]
    assert stopped(changed(taken, carries_on=()), "US-CA", "US-NY") == []


@pytest.mark.parametrize("what", [Act.LISTEN, Act.WHISPER, Act.BARGE])
def test_who_listens_in_is_announced_before(what: Act) -> None:
    assert stopped(a_change(a_person(), what=what), "US-NY", "US-WA") == ["13.4"]
    assert stopped(a_change(a_person(told=TOLD), what=what), "US-NY", "US-WA") == ["13.4"]
    monitored = changed(TOLD, acts=(Act.RECORD, Act.LISTEN))
    assert stopped(a_change(a_person(told=monitored), what=what), "US-NY", "US-WA") == []


def test_an_announcement_tells_how_to_go_on_without() -> None:
    change = a_change(a_person(told=changed(TOLD, way_out=False), answer=KEY))
    (ruling,) = found("13.4", change, "US-NY", "US-WA")
    assert "no way to go on" in ruling.reason
    assert stopped(change, "US-NY", "US-TX") == []


def test_a_tone_is_notice_where_a_statute_says_so() -> None:
    assert CLAUSE.tone_is_notice_in == ("US-CT",)
    assert stopped(a_change(a_person(beeps=True)), "US-NY", "US-CT") == []
    assert stopped(a_change(a_person(beeps=True)), "US-NY", "US-WA") == ["13.4"]
    assert stopped(a_change(a_person(2, beeps=True), a_person(3, beeps=True)), "US-NY", "US-CT", "US-WA") == ["13.4"]


def test_who_says_no_is_not_recorded_anywhere() -> None:
    no = a_change(a_person(told=TOLD, answer=changed(KEY, agreed=False)))
    assert stopped(no, "US-NY", "US-TX") == ["13.4.1"]
    assert "13.4.1" in stopped(no, "US-NY", "US-CA")


def test_an_announcement_in_another_language_is_looked_at() -> None:
    for theirs, wanted in (("es", [Verdict.FLAG]), ("en", []), ("", [])):
        assert said("13.4.2", a_change(a_person(told=TOLD, language=theirs)), "US-NY", "US-WA") == wanted


# --- machines, data protection, cards -------------------------------------------------------------------------------


def test_a_notetaker_that_joins_writes_down_what_everybody_says() -> None:
    bot = Participant(leg=3, role=Role.BOT, since=NOON)
    joined = a_change(a_person(told=TOLD, answer=KEY), bot, what=Act.JOIN, kind=Kind.VIDEO)
    assert stopped(joined, "US-NY", "US-CA", "") == ["13.2", "13.4"]
    assert stopped(joined, "US-NY", "US-TX", "") == []
    both = (Act.RECORD, Act.TRANSCRIBE)
    asked = a_person(told=changed(TOLD, acts=both), answer=changed(KEY, acts=both))
    assert stopped(a_change(asked, bot, what=Act.JOIN, kind=Kind.VIDEO), "US-NY", "US-CA", "") == []


def test_in_europe_a_basis_is_named_and_everybody_is_told() -> None:
    for place in CLAUSE.basis_in:
        assert "13.6" in stopped(a_change(a_person(told=TOLD, answer=KEY)), "US-NY", place)
    for basis in CLAUSE.bases:
        assert stopped(a_change(a_person(told=TOLD), basis=basis), "US-NY", "FR") == []
    assert stopped(a_change(a_person(), basis="consent"), "US-NY", "FR") == ["13.4"]
    assert stopped(a_change(a_person(told=TOLD), basis="consent"), "US-NY", "DE") == ["13.2"]
    assert said("13.6", a_change(a_person(told=TOLD), basis="because"), "US-NY", "FR") == REFUSED


def test_nothing_is_kept_while_a_card_is_read_out() -> None:
    assert stopped(a_change(a_person(told=TOLD, answer=KEY), card_data=True), "US-NY", "US-TX") == ["13.6.1"]
    assert stopped(a_change(a_person(), card_data=True, what=Act.JOIN), "US-NY", "US-CA") == []


# --- what is not to be touched --------------------------------------------------------------------------------------


def test_a_message_that_somebody_leaves_needs_nobody_elses_word() -> None:
    left = a_change(a_person(1), staff=False, kind=Kind.VOICEMAIL, self_recorded=True)
    assert stopped(left, "US-CA") == []


def test_captions_for_somebody_who_can_not_hear_need_notice_alone() -> None:
    captions = (Act.CAPTION,)
    assert stopped(a_change(a_person(), what=Act.CAPTION), "US-NY", "US-CA") == ["13.4"]
    told = a_person(told=changed(TOLD, acts=captions))
    assert stopped(a_change(told, what=Act.CAPTION), "US-NY", "US-CA") == []


def test_quality_is_assured_with_consent() -> None:
    monitored = (Act.RECORD, Act.LISTEN)
    asked = a_person(told=changed(TOLD, acts=monitored), answer=changed(KEY, acts=monitored))
    assert stopped(a_change(asked, what=Act.LISTEN, carries_on=RECORDS), "US-CA", "US-PA") == []


def test_a_call_that_nobody_records_is_nobodys_business() -> None:
    assert stopped(a_change(a_person(3, since=NOON), what=Act.JOIN), "US-CA", "US-WA") == []
    assert rulings(CLAUSE, "13.2", an_sms(), Whereabouts()) == []


def test_whose_place_could_not_be_learned_is_not_recorded() -> None:
    for rule in ("13.2", "13.4", "13.6"):
        unknown = rulings(CLAUSE, rule, a_change(a_person()), unknown=(Whereabouts,))
        assert [r.verdict for r in unknown] == REFUSED


def test_the_law_is_a_figure() -> None:
    own = RecordingWithoutConsent(one_party_in=("US", "BR"), all_parties_in=(*CLAUSE.all_parties_in, "US-NY"))
    assert said("13.2", a_change(a_person()), "US-TX", "BR", clause=own) == []
    assert said("13.2", a_change(a_person()), "US-TX", "US-NY", clause=own) == REFUSED
