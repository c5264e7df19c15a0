"""Clause B: who sends for others names them, and whoever was stopped stays stopped."""

from __future__ import annotations

from masstransit.facts.accounts import EndUser
from masstransit.facts.brands import Brands
from masstransit.facts.links import Links, links_in
from masstransit.facts.successors import Successor
from masstransit.model.communication import Kind, Purpose
from masstransit.model.decision import Ruling, Verdict
from masstransit.policy.end_users import EndUsersConduct
from tests.makers import NOON, an_answer, an_sms, rulings

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


def test_what_people_send_and_other_channels_are_not_its_kind_yet() -> None:
    stopped = EndUser(named=True, on_record=True, status="stopped")
    assert rulings(CLAUSE, "B2", an_answer(text="STOP"), stopped) == []
    assert rulings(CLAUSE, "B2", an_sms(kind=Kind.FAX), stopped) == []


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


def test_codes_read_alike_and_emergencies_arrive() -> None:
    assert comes_back(Successor(of="Quick Loans", by="text"), purpose=Purpose.OTP) == []
    assert comes_back(Successor(of="Quick Loans", by="name"), purpose=Purpose.OTP) == [Verdict.HOLD]
    assert comes_back(Successor(of="Quick Loans", by="name"), purpose=Purpose.EMERGENCY) == []


def test_while_it_is_unknown_who_comes_back_a_message_is_looked_at() -> None:
    assert verdicts(rulings(CLAUSE, "B4", an_sms(), Brands(), LINKS, unknown=(Successor,))) == [Verdict.FLAG]
    assert rulings(CLAUSE, "B4", an_answer(text="hi"), Successor(of="x", by="name"), Brands(), LINKS) == []
