"""Clause B: who sends for others names them, and whoever was stopped stays stopped."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from masstransit.facts.accounts import EndUser
from masstransit.facts.brands import Brands
from masstransit.facts.links import Links, links_in
from masstransit.facts.standing import Pace, Step, Steps
from masstransit.facts.successors import Successor
from masstransit.model.communication import Kind, Purpose
from masstransit.model.decision import Ruling, Verdict
from masstransit.policy.end_users import EndUsersConduct
from tests.makers import ACCOUNT, NOON, a_call, an_answer, an_sms, changed, rulings

CLAUSE = EndUsersConduct()


def verdicts(found: list[Ruling]) -> list[Verdict]:
    return [ruling.verdict for ruling in found]


def test_a_reseller_that_names_nobody_is_flagged_and_others_are_not() -> None:
    assert verdicts(rulings(CLAUSE, "B1", an_sms(), EndUser(expected=True))) == [Verdict.FLAG]
    assert rulings(CLAUSE, "B1", an_sms(), EndUser(expected=True, named=True)) == []
    assert rulings(CLAUSE, "B1", an_sms(), EndUser()) == []


def test_a_stopped_end_user_is_stopped_and_its_neighbour_is_not() -> None:
    assert verdicts(rulings(CLAUSE, "B2", an_sms(), EndUser(named=True, on_record=True, status="stopped"))) == [4]
    assert rulings(CLAUSE, "B2", an_sms(), EndUser(named=True, on_record=True, terms_accepted=True)) == []
    assert verdicts(rulings(CLAUSE, "B2", an_sms(), unknown=(EndUser,))) == [Verdict.HOLD]


def test_an_end_user_whose_terms_are_not_on_record_is_flagged_where_terms_are_required() -> None:
    new = EndUser(named=True, on_record=True)
    assert verdicts(rulings(CLAUSE, "B2", an_sms(), new)) == [Verdict.FLAG]
    assert rulings(EndUsersConduct(terms_required=False), "B2", an_sms(), new) == []


def test_an_end_user_that_was_never_heard_of_passes() -> None:
    assert rulings(CLAUSE, "B2", an_sms(end_user="new"), EndUser(named=True)) == []


def test_a_stopped_end_user_is_stopped_whether_terms_are_required_or_not() -> None:
    stopped = EndUser(named=True, on_record=True, status="stopped", terms_accepted=True, stopped_at=NOON, reason="x")
    (found,) = rulings(EndUsersConduct(terms_required=False), "B2", an_sms(), stopped)
    assert (found.verdict, found.evidence["since"]) == (Verdict.REFUSE, NOON)
    assert "other end users" in found.remedy


def test_while_it_is_unknown_who_it_is_for_a_message_is_looked_at() -> None:
    assert verdicts(rulings(CLAUSE, "B1", an_sms(), unknown=(EndUser,))) == [Verdict.FLAG]


def test_a_stopped_end_user_sends_nothing_of_any_kind_and_what_people_send_is_not_its_business() -> None:
    stopped = EndUser(named=True, on_record=True, status="stopped")
    assert rulings(CLAUSE, "B2", an_answer(text="STOP"), stopped) == []
    for kind in Kind.ANY:
        assert len(rulings(CLAUSE, "B2", an_sms(kind=kind), stopped)) == 1


# --- B4 -------------------------------------------------------------------------------------------------------------

LINKS = Links(found=links_in("https://book.example/1"))


def comes_back(found: Successor, brands: Brands | None = None, purpose: Purpose | None = None) -> list[Verdict]:
    known = (found, brands or Brands(), LINKS)
    return verdicts(rulings(CLAUSE, "B4", an_sms(purpose=purpose), *known))


def test_a_stopped_end_user_by_another_name_is_held() -> None:
    assert comes_back(Successor()) == []
    for by in ("name", "text", "domain"):
        assert comes_back(Successor(of="Quick Loans", by=by, domain="book.example")) == [Verdict.HOLD]


def test_all_end_users_may_lead_to_the_customers_own_site() -> None:
    own = Brands(names=("Book",), domains=("book.example",))
    assert comes_back(Successor(of="Quick Loans", by="domain", domain="book.example"), own) == []
    assert comes_back(Successor(of="Quick Loans", by="text"), own) == [Verdict.HOLD]


def test_a_number_that_only_a_stopped_one_used_is_looked_at_and_holds_nothing() -> None:
    assert comes_back(Successor(of="Quick Loans", by="number")) == [Verdict.FLAG]
    assert comes_back(Successor(of="Quick Loans", by="number"), purpose=Purpose.OTP) == []


def test_codes_read_alike_and_emergencies_arrive() -> None:
    assert comes_back(Successor(of="Quick Loans", by="text"), purpose=Purpose.OTP) == []
    assert comes_back(Successor(of="Quick Loans", by="name"), purpose=Purpose.OTP) == [Verdict.HOLD]
    assert comes_back(Successor(of="Quick Loans", by="name"), purpose=Purpose.EMERGENCY) == []


def test_calls_are_asked_who_comes_back_too() -> None:
    known = (Brands(), Links())
    assert verdicts(rulings(CLAUSE, "B4", a_call(), Successor(of="Quick Loans", by="name"), *known)) == [Verdict.HOLD]
    assert verdicts(rulings(CLAUSE, "B4", a_call(), Successor(of="Quick Loans", by="number"), *known)) == [Verdict.FLAG]
    warned = a_call(purpose=Purpose.EMERGENCY)
    assert rulings(CLAUSE, "B4", warned, Successor(of="Quick Loans", by="name"), *known) == []


def test_while_it_is_unknown_who_comes_back_a_message_is_looked_at() -> None:
    assert verdicts(rulings(CLAUSE, "B4", an_sms(), Brands(), LINKS, unknown=(Successor,))) == [Verdict.FLAG]
    assert rulings(CLAUSE, "B4", an_answer(text="hi"), Successor(of="x", by="name"), Brands(), LINKS) == []


# --- the ladder: B6, B7, B8 -----------------------------------------------------------------------------------------


def a_step(what: str, scope: str = "campaign") -> Step:
    return Step(
        step="ST1",
        account=ACCOUNT,
        scope=scope,
        what=what,
        clause="6",
        rule="6.8",
        reason="a carrier complained about this traffic",
        since=NOON - timedelta(days=1),
        until=NOON + timedelta(days=29),
    )


SUSPENDED, BLOCKED, THROTTLE = a_step("suspend"), a_step("block"), a_step("throttle")
AGAINST = Steps(standing=(THROTTLE, BLOCKED, SUSPENDED))


def test_what_is_suspended_is_refused_with_the_step_its_clause_and_its_end() -> None:
    (told,) = rulings(CLAUSE, "B6", an_sms(campaign="QE1"), AGAINST)
    assert (told.verdict, told.code) == (Verdict.REFUSE, 30033)
    assert "campaign is suspended: a carrier complained" in told.reason
    assert "appeal" in told.remedy
    assert told.evidence == {
        "step": "ST1",
        "clause": "6",
        "rule": "6.8",
        "since": SUSPENDED.since,
        "ends": SUSPENDED.until,
    }


@pytest.mark.parametrize(
    ("scope", "code"), [("campaign", 30033), ("account", 30002), ("end_user", 30004), ("number", 30004)]
)
def test_a_suspension_has_the_sdks_code_of_what_is_suspended(scope: str, code: int) -> None:
    (told,) = rulings(CLAUSE, "B6", an_sms(), Steps(standing=(a_step("suspend", scope),)))
    assert (told.code, scope.replace("_", " ") in told.reason) == (code, True)


def test_of_a_step_that_its_customer_may_not_be_told_of_no_reason_shows() -> None:
    steps = {what: msgspec.structs.replace(a_step(what), silent=True) for what in ("suspend", "block", "throttle")}
    against = Steps(standing=(steps["suspend"], steps["block"]))
    late = Pace(throttle=steps["throttle"], per_minute=60.0, retry_after=2.0)
    (suspended,), (blocked,) = rulings(CLAUSE, "B6", an_sms(), against), rulings(CLAUSE, "B7", an_sms(), against)
    (slowed,) = rulings(CLAUSE, "B8", an_sms(), late)
    assert {told.reason for told in (suspended, blocked, slowed)} == {"this sender may not send at present"}
    assert {told.remedy for told in (suspended, blocked, slowed)} == {"ask the operator, quoting the decision"}
    assert (suspended.verdict, suspended.code) == (Verdict.REFUSE, 30004)
    assert suspended.evidence["step"] == "ST1"  # the operator's record says it


def test_against_whom_nothing_stands_nothing_is_said() -> None:
    assert rulings(CLAUSE, "B6", an_sms(), Steps()) == []
    assert rulings(CLAUSE, "B7", an_sms(), Steps()) == []
    assert rulings(CLAUSE, "B8", an_sms(), Pace()) == []
    assert [Steps().speaks, Pace().speaks] == [False, False]


def test_a_suspension_stops_codes_and_answers_too_and_lets_warnings_of_danger_pass() -> None:
    for purpose in (Purpose.OTP, Purpose.CONVERSATION, Purpose.MARKETING, Purpose.TRANSACTIONAL):
        assert verdicts(rulings(CLAUSE, "B6", an_sms(purpose=purpose), AGAINST)) == [Verdict.REFUSE]
    assert verdicts(rulings(CLAUSE, "B6", an_sms(purpose=Purpose.EMERGENCY), AGAINST)) == [Verdict.FLAG]


def test_a_block_holds_what_nobody_waits_for_and_nothing_else() -> None:
    (told,) = rulings(CLAUSE, "B7", an_sms(), AGAINST)
    assert (told.verdict, told.evidence["step"]) == (Verdict.HOLD, "ST1")
    for purpose in (Purpose.OTP, Purpose.CONVERSATION, Purpose.EMERGENCY):
        assert rulings(CLAUSE, "B7", an_sms(purpose=purpose), AGAINST) == []


def test_a_throttle_sends_the_sender_away_for_a_while() -> None:
    per_minute = CLAUSE.throttled_per_minute
    late = Pace(throttle=THROTTLE, per_minute=per_minute, retry_after=2.0)
    (told,) = rulings(CLAUSE, "B8", an_sms(), late)
    assert (told.verdict, told.overload, told.code) == (Verdict.DELAY, True, 20429)
    assert told.until == NOON + timedelta(seconds=2)
    assert "60 messages a minute" in told.reason
    assert rulings(CLAUSE, "B8", an_sms(purpose=Purpose.OTP), late) == []


def test_what_is_throttled_or_blocked_places_no_calls_to_talk_either_but_a_code_is_read_out() -> None:
    late = Pace(throttle=THROTTLE, per_minute=CLAUSE.throttled_per_minute, retry_after=2.0)
    talk, code = a_call(purpose=Purpose.CONVERSATION), a_call(purpose=Purpose.OTP)
    assert "60 calls a minute" in rulings(CLAUSE, "B8", talk, late)[0].reason
    blocked = Steps(standing=(changed(THROTTLE, what="block"),))
    assert verdicts(rulings(CLAUSE, "B7", talk, blocked)) == [Verdict.HOLD]
    assert rulings(CLAUSE, "B7", an_sms(purpose=Purpose.CONVERSATION), blocked) == []
    assert rulings(CLAUSE, "B8", code, late) == rulings(CLAUSE, "B7", code, blocked) == []


def test_while_standing_is_unknown_a_message_waits_once_and_a_throttle_lets_go() -> None:
    assert verdicts(rulings(CLAUSE, "B6", an_sms(), unknown=(Steps,))) == [Verdict.HOLD]
    assert rulings(CLAUSE, "B7", an_sms(), unknown=(Steps,)) == []
    assert rulings(CLAUSE, "B8", an_sms(), unknown=(Pace,)) == []


def test_a_persons_stop_reaches_whoever_is_suspended() -> None:
    assert rulings(CLAUSE, "B6", an_answer(text="STOP"), AGAINST) == []
    assert rulings(CLAUSE, "B7", an_answer(text="STOP"), AGAINST) == []


def test_what_stands_against_a_unit_reaches_its_calls_as_its_messages() -> None:
    heard = {made.id for made in EndUsersConduct.rules() if made.hears(a_call())}
    assert heard == {"B1", "B2", "B4", "B6", "B7", "B8"}
