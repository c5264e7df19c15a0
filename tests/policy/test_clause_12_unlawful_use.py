"""Clause 12: named laws and places; licences on record; what is lawful at both ends passes."""

from __future__ import annotations

from typing import Any

import pytest

from masstransit.facts.consent import Consents, Given
from masstransit.facts.content import Content
from masstransit.facts.law import LocalTime
from masstransit.facts.papers import Licences
from masstransit.facts.trades import Law
from masstransit.model.communication import Purpose
from masstransit.model.decision import Verdict
from masstransit.policy.clause_12_unlawful_use import UnlawfulUse
from tests.makers import NOON, an_answer, an_sms, rulings, says

CLAUSE = UnlawfulUse()
NONE = Licences()
STRANGER = Consents()
AGREED = Consents(by_purpose={"marketing": Given(kind="written", given_at=NOON)})


def in_(country: str, *states: str) -> LocalTime:
    return LocalTime(at=NOON, country=country, states=states)


def named(kind: str, where: LocalTime, held: Licences = NONE, score: float = 0.9, **sms: Any) -> list[Any]:
    said = says(shaft=score, shaft_kind=(kind,) if kind else (), spam=0.9)
    return rulings(CLAUSE, "12.1", an_sms(**sms), said, where, held)


@pytest.mark.parametrize(
    ("kind", "where", "citation"),
    [
        ("gambling", in_("US", "NJ"), "18 USC 1084"),
        ("gambling", in_("GB"), "Gambling Act 2005"),
        ("cannabis", in_("US", "CA"), "21 USC 843(c)"),
        ("cannabis", in_("CA"), "Cannabis Act"),
        ("cannabis", in_("GB"), "Misuse of Drugs Act"),
        ("drugs", in_("US", "CA"), "21 USC 829(e)"),
        ("drugs", in_("GB"), "Misuse of Drugs Act"),
        ("lending", in_("US", "CA"), "lending laws"),
        ("lending", in_("GB"), "FSMA 2000"),
        ("firearms", in_("US", "TX"), "18 USC 923(a)"),
        ("firearms", in_("GB"), "Firearms Act"),
    ],
)
def test_a_trade_without_a_licence_waits_with_the_law_that_asks_for_it(
    kind: str, where: LocalTime, citation: str
) -> None:
    (found,) = named(kind, where)
    assert found.verdict is Verdict.HOLD
    assert citation in found.reason
    assert citation in found.evidence["law"]


def test_a_trade_is_seen_from_the_threshold_on() -> None:
    assert named("gambling", in_("GB"), score=CLAUSE.shows_from - 0.01) == []
    assert len(named("gambling", in_("GB"), score=CLAUSE.shows_from)) == 1


def test_a_licence_that_is_valid_in_the_place_is_enough() -> None:
    jersey = Licences(held=(("gambling", "US-NJ"),))
    assert named("gambling", in_("US", "NJ"), jersey) == []
    (found,) = named("gambling", in_("US", "NJ", "NY"), jersey)  # the person may be in either
    assert found.evidence["places"] == ["US-NY"]
    assert len(named("gambling", in_("US"), jersey)) == 1  # nobody knows in which state
    assert named("firearms", in_("US", "TX"), Licences(held=(("firearms", "US"),))) == []
    assert len(named("lending", in_("GB"), jersey)) == 1


def test_what_no_licence_makes_lawful_says_so() -> None:
    (found,) = named("cannabis", in_("US", "CA"), Licences(held=(("cannabis", "US-CA"),)))
    assert "nothing makes this lawful" in found.remedy


def test_what_is_lawful_where_the_person_is_is_let_through() -> None:
    assert named("cannabis", in_("NL")) == []
    assert named("alcohol", in_("US", "NY")) == []
    assert named("", in_("US", "NY"), text="Know your rights: free legal advice on cannabis charges") == []


def test_invitations_to_crypto_assets_in_the_united_kingdom_need_an_approval() -> None:
    invites = says(crypto=True, spam=0.9)
    approved = Licences(held=(("financial-promotion", "GB"),))
    (found,) = rulings(CLAUSE, "12.1", an_sms(), invites, in_("GB"), NONE)
    assert (found.verdict, "FSMA 2000 s. 21" in found.reason) == (Verdict.HOLD, True)
    assert rulings(CLAUSE, "12.1", an_sms(), invites, in_("GB"), approved) == []
    assert rulings(CLAUSE, "12.1", an_sms(), invites, in_("US", "NY"), NONE) == []
    assert rulings(CLAUSE, "12.1", an_sms(), says(spam=0.9), in_("GB"), NONE) == []


def test_what_is_advertised_waits_and_what_people_talk_about_is_looked_at_afterwards() -> None:
    for spam, purpose, expected in (
        (CLAUSE.shows_from, Purpose.TRANSACTIONAL, Verdict.HOLD),
        (CLAUSE.shows_from - 0.01, Purpose.TRANSACTIONAL, Verdict.FLAG),
        (0.0, Purpose.CONVERSATION, Verdict.FLAG),
        (0.0, Purpose.MARKETING, Verdict.HOLD),
    ):
        said = says(shaft=0.9, shaft_kind=("cannabis",), spam=spam)
        (found,) = rulings(CLAUSE, "12.1", an_sms(purpose=purpose), said, in_("US", "CA"), NONE)
        assert found.verdict is expected


def test_nothing_goes_to_embargoed_places_without_a_licence() -> None:
    for country in ("CU", "IR", "KP"):
        (found,) = rulings(CLAUSE, "12.2", an_sms(), in_(country), NONE)
        assert (found.verdict, "31 CFR" in found.reason) == (Verdict.HOLD, True)
    assert rulings(CLAUSE, "12.2", an_sms(), in_("CU"), Licences(held=(("sanctions", "CU"),))) == []
    assert rulings(CLAUSE, "12.2", an_sms(), in_("MX"), NONE) == []
    assert rulings(CLAUSE, "12.2", an_sms(purpose=Purpose.EMERGENCY), in_("CU"), NONE) == []


def test_cold_texting_into_texas_needs_a_registration() -> None:
    cold = an_sms(purpose=Purpose.MARKETING)
    (found,) = rulings(CLAUSE, "12.3", cold, in_("US", "TX"), NONE, STRANGER)
    assert (found.verdict, found.evidence["places"]) == (Verdict.HOLD, ("US-TX",))
    assert len(rulings(CLAUSE, "12.3", cold, in_("US"), NONE, STRANGER)) == 1  # any state may be the person's
    registered = Licences(held=(("telephone-solicitation", "US-TX"),))
    assert rulings(CLAUSE, "12.3", cold, in_("US", "TX"), registered, STRANGER) == []
    assert rulings(CLAUSE, "12.3", cold, in_("US", "TX"), NONE, AGREED) == []
    assert rulings(CLAUSE, "12.3", cold, in_("US", "NY"), NONE, STRANGER) == []
    assert rulings(CLAUSE, "12.3", an_sms(purpose=Purpose.TRANSACTIONAL), in_("US", "TX"), NONE, STRANGER) == []


def test_where_the_place_or_the_text_is_unknown() -> None:
    unread = rulings(CLAUSE, "12.1", an_sms(), in_("US"), NONE, unknown=(Content,))
    assert [r.verdict for r in unread] == [Verdict.FLAG]
    nowhere = rulings(CLAUSE, "12.1", an_sms(), says(shaft=0.9, shaft_kind=("gambling",)), NONE, unknown=(LocalTime,))
    assert [r.verdict for r in nowhere] == [Verdict.FLAG]
    assert rulings(CLAUSE, "12.1", an_sms(), says(), NONE, unknown=(LocalTime,)) == []
    assert rulings(CLAUSE, "12.2", an_sms(), NONE, unknown=(LocalTime,)) == []
    assert rulings(CLAUSE, "12.3", an_sms(), NONE, STRANGER, unknown=(LocalTime,)) == []


def test_a_law_is_a_row_that_the_operator_can_add() -> None:
    law = Law(citation="Loi Evin", trade="alcohol", asks="no such advertising", places=("FR",))
    clause = UnlawfulUse(trades=(law,))
    found = rulings(clause, "12.1", an_sms(), says(shaft=0.9, shaft_kind=("alcohol",)), in_("FR"), NONE)
    assert [r.evidence["law"] for r in found] == ["Loi Evin"]
    assert str(law) == "Loi Evin: no such advertising (FR)"


def test_every_law_of_the_list_is_cited_and_what_people_send_is_not_judged() -> None:
    laws = (*CLAUSE.trades, *CLAUSE.embargoes, *CLAUSE.solicitation)
    assert all(law.citation and law.asks and law.places for law in laws)
    assert rulings(CLAUSE, "12.2", an_answer(text="hola"), in_("CU"), NONE) == []
    assert CLAUSE.rmd_update_days == 10
