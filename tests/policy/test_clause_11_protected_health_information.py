"""Clause 11: health information, agreements and their scope, the conduit; vets, gyms and wellness pass."""

from __future__ import annotations

from typing import Any

from masstransit.facts.content import Content
from masstransit.facts.identity import Campaign
from masstransit.facts.papers import AssociateAgreement
from masstransit.model.change import Act, Change
from masstransit.model.communication import Direction, Kind
from masstransit.model.decision import Verdict
from masstransit.policy.clause_11_protected_health_information import ProtectedHealthInformation
from tests.makers import ACCOUNT, NOON, an_answer, an_sms, rulings, says

CLAUSE = ProtectedHealthInformation()
NONE = AssociateAgreement()
SIGNED = AssociateAgreement(signed=True, scope=("sms",), health=True)
PHI = says(phi=0.9)


def verdicts(said: Content, papers: AssociateAgreement, campaign: Campaign | None = None, **sms: Any) -> list[Verdict]:
    return [r.verdict for r in rulings(CLAUSE, "11.1", an_sms(**sms), said, papers, campaign or Campaign())]


def test_words_alone_are_looked_at_afterwards_from_the_threshold_on() -> None:
    assert verdicts(says(phi=CLAUSE.shows_from - 0.01), NONE) == []
    assert verdicts(says(phi=CLAUSE.shows_from), NONE) == [Verdict.FLAG]


def test_who_is_in_health_care_by_its_own_word_waits_without_an_agreement() -> None:
    ended = AssociateAgreement(health=True)
    exempt = Campaign(sid="QE1", on_record=True, exempt_as=CLAUSE.health_uses[0])
    assert verdicts(PHI, ended) == [Verdict.HOLD]
    assert verdicts(PHI, NONE, exempt) == [Verdict.HOLD]
    assert verdicts(PHI, NONE, Campaign(exempt_as="financial")) == [Verdict.FLAG]


def test_an_agreement_covers_what_is_in_its_scope() -> None:
    assert verdicts(PHI, SIGNED) == []
    assert verdicts(PHI, SIGNED, kind=Kind.MMS) == [Verdict.HOLD]
    assert verdicts(PHI, AssociateAgreement(signed=True, scope=("any",)), kind=Kind.VOICEMAIL) == []
    assert verdicts(PHI, AssociateAgreement(signed=False, scope=("any",))) == [Verdict.FLAG]


def test_what_is_only_carried_needs_none() -> None:
    assert verdicts(PHI, AssociateAgreement(stores_content=False, health=True)) == []
    assert verdicts(PHI, AssociateAgreement(health=True), discard=True) == []


def test_vets_gyms_and_wellness_advertising_are_let_through() -> None:
    for text in ("Rex's vaccines are due", "Join our gym", "Detox week at the spa"):
        assert verdicts(says(phi=0.1, spam=0.7), AssociateAgreement(health=False), text=text) == []


def test_patients_who_write_first_are_not_stopped() -> None:
    assert rulings(CLAUSE, "11.1", an_answer(text="my rash is back"), PHI, NONE, Campaign()) == []


def test_what_could_not_be_learned_is_looked_at_afterwards() -> None:
    for facts, unknown in (((NONE, Campaign()), Content), ((PHI, Campaign()), AssociateAgreement)):
        found = rulings(CLAUSE, "11.1", an_sms(), *facts, unknown=(unknown,))
        assert [r.verdict for r in found] == [Verdict.FLAG]


def test_the_remedy_says_what_makes_it_lawful() -> None:
    (found,) = rulings(CLAUSE, "11.1", an_sms(), PHI, NONE, Campaign())
    assert "business associate agreement" in found.remedy
    assert CLAUSE.breach_notice_days == 60


# --- 11.3: voice mail that is written down ----------------------------------------------------------------------------


def a_change(**told: Any) -> Change:
    made: dict[str, Any] = {"id": "CG1", "account": ACCOUNT, "communication": "MB1", "participants": (), "at": NOON}
    return Change(**(made | {"direction": Direction.INBOUND, "self_recorded": True} | told))


def written(papers: AssociateAgreement, basis: str = "", **more: Any) -> list[Verdict]:
    """A customer wants what people leave in a mailbox written down."""
    told: dict[str, Any] = {"kind": Kind.VOICEMAIL, "what": Act.TRANSCRIBE, "basis": basis}
    return [r.verdict for r in rulings(CLAUSE, "11.3", a_change(**(told | more)), papers)]


def test_voice_mail_is_written_down_under_an_agreement_that_covers_it() -> None:
    assert written(AssociateAgreement(signed=True, scope=("voicemail",), health=True)) == []
    assert written(AssociateAgreement(signed=True, scope=("any",), health=True)) == []
    assert written(SIGNED) == [Verdict.REFUSE]  # of messages alone


def test_consent_stands_for_who_is_not_in_health_care() -> None:
    assert written(NONE, "consent") == []
    assert written(NONE) == [Verdict.REFUSE]
    assert written(NONE, "contract") == [Verdict.REFUSE]
    assert written(AssociateAgreement(health=True), "consent") == [Verdict.REFUSE]


def test_unknown_papers_allow_nothing_to_be_written_down() -> None:
    change = a_change(kind=Kind.VOICEMAIL, what=Act.TRANSCRIBE, basis="consent")
    assert [r.verdict for r in rulings(CLAUSE, "11.3", change, unknown=(AssociateAgreement,))] == [Verdict.REFUSE]


def test_a_mailbox_in_health_care_stands_under_an_agreement_that_covers_it() -> None:
    def kept(papers: AssociateAgreement, **more: Any) -> list[Verdict]:
        told: dict[str, Any] = {"kind": Kind.VOICEMAIL, "what": Act.RECORD} | more
        return [r.verdict for r in rulings(CLAUSE, "11.4", a_change(**told), papers)]

    assert kept(AssociateAgreement(signed=True, scope=("sms", "voicemail"), health=True)) == []
    assert kept(SIGNED) == [Verdict.REFUSE]  # of messages alone
    assert kept(AssociateAgreement(health=True)) == [Verdict.REFUSE]
    assert kept(NONE) == []  # a vet, a gym, a shop
    assert kept(AssociateAgreement(health=True), what=Act.TRANSCRIBE) == []  # 11.3's business
    assert kept(AssociateAgreement(health=True), kind=Kind.CALL) == []
    change = a_change(kind=Kind.VOICEMAIL, what=Act.RECORD)
    assert [r.verdict for r in rulings(CLAUSE, "11.4", change, unknown=(AssociateAgreement,))] == [Verdict.FLAG]


def test_what_is_only_recorded_and_calls_are_not_its_kind() -> None:
    assert written(NONE, what=Act.RECORD) == []
    assert written(NONE, kind=Kind.CALL) == []


def pages_kept(papers: AssociateAgreement, **more: Any) -> list[Verdict]:
    return [r.verdict for r in rulings(CLAUSE, "11.3.1", an_sms(kind=Kind.FAX, **more), papers)]


def test_faxes_of_who_is_in_health_care_are_carried_and_their_pages_stay_under_an_agreement_alone() -> None:
    caring = AssociateAgreement(health=True)
    assert pages_kept(caring) == [Verdict.FLAG]
    assert pages_kept(caring, discard=True) == []  # as the house has it: it is carried, and nothing stays
    assert pages_kept(AssociateAgreement(health=True, stores_content=False)) == []
    assert pages_kept(AssociateAgreement(signed=True, scope=("fax",), health=True)) == []
    assert pages_kept(AssociateAgreement(signed=True, scope=("sms",), health=True)) == [Verdict.FLAG]
    assert pages_kept(NONE) == []
    assert rulings(CLAUSE, "11.3.1", an_sms(kind=Kind.FAX), unknown=(AssociateAgreement,)) == []


def test_a_referral_by_fax_is_not_held_where_its_pages_do_not_stay() -> None:
    assert verdicts(PHI, AssociateAgreement(health=True), kind=Kind.FAX, discard=True) == []
