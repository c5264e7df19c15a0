"""Clause 18: the right to a sender, names, numbers that exist or only receive; and who calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from masstransit.facts.allocation import Allocation, Block
from masstransit.facts.arriving_mail import Authenticated, Guise
from masstransit.facts.brands import Brands
from masstransit.facts.calls.callers import CallerName, CallerRight, UnusedNumber, Verified, attested
from masstransit.facts.faxes import FaxName
from masstransit.facts.identity import NeverOriginate, Numbering, SenderRight
from masstransit.facts.outgoing_mail import MailRight
from masstransit.model.caller import Verification, Verstat
from masstransit.model.communication import Communication, Direction, Kind, Purpose
from masstransit.model.decision import Ruling, Verdict
from masstransit.model.mail import Authentication
from masstransit.policy.clause_18_false_identity import FalseIdentity
from tests.makers import (
    ACCOUNT,
    NOON,
    RECIPIENT,
    SENDER,
    a_call,
    a_mail,
    an_answer,
    an_arriving_mail,
    an_sms,
    changed,
    rulings,
)

CLAUSE = FalseIdentity()
US = Numbering(sender_region="US", recipient_region="US")
OURS = SenderRight(on_record=True, owned=True, state="in-use", type="local", region="US")


def verdicts(found: list[Ruling]) -> list[Verdict]:
    return [ruling.verdict for ruling in found]


def codes(found: list[Ruling]) -> list[int | None]:
    return [ruling.code for ruling in found]


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
    assert codes(rulings(CLAUSE, "18.1", an_sms(), right)) == ([] if code is None else [code])


def test_a_right_that_can_not_be_looked_up_or_is_not_proven_yet_holds() -> None:
    pending = SenderRight(kind="alpha", on_record=True, state="pending")
    hosted = SenderRight(on_record=True, owned=True, state="hosted-pending")
    assert verdicts(rulings(CLAUSE, "18.1", an_sms(), unknown=(SenderRight,))) == [Verdict.HOLD]
    assert verdicts(rulings(CLAUSE, "18.1", an_sms(), pending)) == [Verdict.HOLD]
    assert verdicts(rulings(CLAUSE, "18.1", an_sms(), hosted)) == [Verdict.HOLD]


def test_a_name_goes_where_it_is_carried_and_passes_for_nobody_else() -> None:
    name, alike = SenderRight(kind="alpha"), SenderRight(kind="alpha", resembles_other="N0rthwind")
    assert codes(rulings(CLAUSE, "18.2", an_sms(sender="Northwind"), name, US)) == [21612]
    assert rulings(CLAUSE, "18.2", an_sms(sender="Northwind"), name, Numbering(recipient_region="FR")) == []
    found = rulings(CLAUSE, "18.2", an_sms(sender="N0rthwind"), alike, Numbering(recipient_region="FR"))
    assert verdicts(found) == [Verdict.HOLD]


def test_numbers_that_nobody_has_and_numbers_that_only_receive() -> None:
    assert codes(rulings(CLAUSE, "18.4", an_sms(), Numbering(sender_valid=False))) == [21212]
    assert codes(rulings(CLAUSE, "18.4", an_sms(), Numbering(recipient_valid=False))) == [21211]
    assert verdicts(rulings(CLAUSE, "18.4", an_sms(), Numbering(recipient_type="landline"))) == [Verdict.FLAG]
    assert rulings(CLAUSE, "18.4", an_sms(), US) == []
    assert codes(rulings(CLAUSE, "18.4.1", an_sms(), NeverOriginate(listed=True))) == [21606]
    assert rulings(CLAUSE, "18.4.1", an_sms(), NeverOriginate()) == []


def test_the_countries_that_pass_no_names_can_be_set() -> None:
    assert "US" in CLAUSE.no_names_in
    clause = FalseIdentity(no_names_in={"FR": "for the test"})
    name = SenderRight(kind="alpha", on_record=True, state="registered")
    (found,) = rulings(clause, "18.2", an_sms(sender="Northwind"), name, Numbering(recipient_region="FR"))
    assert (found.code, found.evidence["because"]) == (21612, "for the test")
    assert rulings(clause, "18.2", an_sms(sender="Northwind"), name, US) == []


def test_a_number_is_no_name() -> None:
    assert rulings(CLAUSE, "18.2", an_sms(), OURS, US) == []


@pytest.mark.parametrize(
    ("rule", "fact", "verdict"),
    [
        ("18.2", Numbering, Verdict.HOLD),
        ("18.4", Numbering, Verdict.FLAG),
        ("18.4.1", NeverOriginate, Verdict.HOLD),
        ("18.4.2", Allocation, Verdict.FLAG),
    ],
)
def test_while_a_fact_is_unknown_a_message_waits_or_is_looked_at(rule: str, fact: type, verdict: Verdict) -> None:
    name = SenderRight(kind="alpha", on_record=True, state="registered")
    found = rulings(CLAUSE, rule, an_sms(sender="Northwind"), name, unknown=(fact,))
    assert verdicts(found) == [verdict]


def test_a_doctor_who_shows_the_clinics_number_passes() -> None:
    """Not every sender is whoever types: the right to the number counts, not whose name is on the phone."""
    for right in (OURS, SenderRight(kind="short-code", on_record=True, owned=True, state="in-use", type="short-code")):
        assert rulings(CLAUSE, "18.1", an_sms(), right) == []


def test_somebody_elses_toll_free_number_is_refused_like_any_other() -> None:
    theirs = SenderRight(on_record=True, state="in-use", type="toll-free", verification="verified")
    assert codes(rulings(CLAUSE, "18.1", an_sms(sender="+18005550199"), theirs)) == [21660]


def test_what_people_send_and_calls_are_not_of_its_kind() -> None:
    for subject in (an_answer(text="hi"), an_sms(kind=Kind.CALL)):
        assert rulings(CLAUSE, "18.1", subject, SenderRight()) == []


def test_a_number_that_is_proven_for_calls_sends_no_texts() -> None:
    elsewhere, anothers = SenderRight(proven="code"), SenderRight(on_record=True, state="in-use", proven="loa")
    assert codes(rulings(CLAUSE, "18.1", an_sms(), elsewhere)) == [21659]
    assert codes(rulings(CLAUSE, "18.1", an_sms(), anothers)) == [21660]


def of_block(*, allocated: bool = False, days_old: float = 0.0) -> Block:
    return Block(prefix="+1415555", allocated=allocated, as_of=NOON - timedelta(days=days_old))


def test_a_sender_in_a_block_that_nobody_was_given_is_refused() -> None:
    (found,) = rulings(CLAUSE, "18.4.2", an_sms(), Allocation(sender=of_block()))
    assert (found.verdict, found.code) == (Verdict.REFUSE, 21212)
    assert rulings(CLAUSE, "18.4.2", an_sms(), Allocation(sender=of_block(allocated=True))) == []


def test_a_recipient_in_such_a_block_is_flagged() -> None:
    found = rulings(CLAUSE, "18.4.2", an_sms(), Allocation(sender=of_block(allocated=True), recipient=of_block()))
    assert verdicts(found) == [Verdict.FLAG]
    assert rulings(CLAUSE, "18.4.2", an_sms(), Allocation(recipient=of_block(allocated=True))) == []


def test_old_data_on_blocks_stops_nobody() -> None:
    assert CLAUSE.allocation_days == 2.0
    fresh, old = of_block(days_old=CLAUSE.allocation_days), of_block(days_old=CLAUSE.allocation_days + 0.001)
    assert verdicts(rulings(CLAUSE, "18.4.2", an_sms(), Allocation(sender=fresh))) == [Verdict.REFUSE]
    assert verdicts(rulings(CLAUSE, "18.4.2", an_sms(), Allocation(sender=old))) == [Verdict.FLAG]
    assert rulings(CLAUSE, "18.4.2", an_sms(), Allocation(sender=of_block(allocated=True, days_old=99))) == []


def test_where_no_data_on_blocks_is_loaded_nothing_is_said() -> None:
    """An operator that loads none, a country whose administrator publishes none, short codes and names."""
    assert rulings(CLAUSE, "18.4.2", an_sms(), Allocation()) == []


def test_what_people_send_and_calls_are_not_asked_for_their_blocks() -> None:
    for subject in (an_answer(text="hi"), an_sms(kind=Kind.CALL)):
        assert rulings(CLAUSE, "18.4.2", subject, Allocation(sender=of_block())) == []


# --- calls --------------------------------------------------------------------------------------------------------


def a_right(grounds: str = "", **more: Any) -> CallerRight:
    attestation, because = attested(grounds)
    return CallerRight(account=ACCOUNT, grounds=grounds, attestation=attestation, because=because, **more)


def calls_in(**more: Any) -> Communication:
    """A call that comes in over a carrier, to a number of ours."""
    return a_call(sender=RECIPIENT, recipient=SENDER, direction=Direction.INBOUND, **more)


def test_for_whose_steps_we_vouch_less_far() -> None:
    assert CLAUSE.vouched_less == ("18", "19")  # tests/facts/calls/test_callers.py


OWNED = a_right("owned", on_record=True, owned=True, state="in-use", voice=True)
CLINIC = a_right("code")  # the doctor's mobile shows the clinic's number, proven by a code
LETTER = a_right("loa")


@pytest.mark.parametrize("right", [OWNED, CLINIC, LETTER, a_right("diverted"), a_right("transit")])
def test_a_caller_who_has_a_right_to_the_number_may_show_it(right: CallerRight) -> None:
    """The clinic's number on a doctor's phone, a call centre with its client's letter, calls that are sent on."""
    assert rulings(CLAUSE, "18.1.1", a_call(), right) == []


def test_a_number_to_which_no_right_is_on_record_is_refused_from_the_first_call() -> None:
    (found,) = rulings(CLAUSE, "18.1.1", a_call(), a_right())
    assert (found.verdict, found.code) == (Verdict.REFUSE, 21210)
    (found,) = rulings(CLAUSE, "18.1.1", a_call(), a_right(on_record=True, state="in-use"))
    assert found.verdict is Verdict.REFUSE
    (found,) = rulings(CLAUSE, "18.1.1", a_call(), a_right(on_record=True, owned=True, state="hosted-pending"))
    assert "not in use yet" in found.reason


def test_a_spoofed_neighbour_is_refused_and_told_as_one_and_a_true_neighbour_calls() -> None:
    (found,) = rulings(CLAUSE, "18.1.1", a_call(sender="+12125550199"), a_right(neighbour=True))
    assert (found.verdict, found.evidence["neighbour"]) == (Verdict.REFUSE, True)
    assert rulings(CLAUSE, "18.1.1", a_call(sender="+12125550199"), a_right("owned", neighbour=True)) == []


def test_who_calls_within_the_house_shows_no_number() -> None:
    assert rulings(CLAUSE, "18.1.1", a_call(sender="sip:a@example.org"), a_right(shown=False)) == []


def test_a_toll_free_number_is_shown_like_any_other() -> None:
    free = changed(OWNED, state="in-use")
    for rule, fact in (("18.1.1", free), ("18.4.3", Numbering(recipient_region="US")), ("18.2.1", free)):
        call = a_call(sender="+18005550199", purpose=Purpose.MARKETING)
        assert rulings(CLAUSE, rule, call, fact) == []


def test_a_shelter_may_hide_its_number_but_not_show_one_it_has_no_right_to() -> None:
    hidden = a_call(anonymous=True, purpose=Purpose.CONVERSATION)
    assert rulings(CLAUSE, "18.1.1", hidden, OWNED) == []
    assert rulings(CLAUSE, "18.2.1", hidden, OWNED) == []
    assert verdicts(rulings(CLAUSE, "18.1.1", hidden, a_right())) == [Verdict.REFUSE]


def test_who_sells_by_phone_shows_a_number_that_takes_calls() -> None:
    deaf = changed(OWNED, voice=False)
    selling, telling = a_call(purpose=Purpose.MARKETING), a_call(purpose=Purpose.TRANSACTIONAL)
    assert rulings(CLAUSE, "18.2.1", selling, OWNED) == []
    assert codes(rulings(CLAUSE, "18.2.1", selling, deaf)) == [21210]
    assert codes(rulings(CLAUSE, "18.2.1", a_call(purpose=Purpose.MARKETING, anonymous=True), OWNED)) == [21210]
    assert rulings(CLAUSE, "18.2.1", selling, changed(LETTER, voice=False)) == []  # its holder takes the calls
    for call in (telling, a_call(anonymous=True)):
        assert rulings(CLAUSE, "18.2.1", call, deaf) == []


def a_verification(status: int | None) -> Verified:
    verstat = {None: Verstat.PASSED, 428: Verstat.NONE, 436: Verstat.NONE}.get(status, Verstat.FAILED)
    return Verified(verification=Verification(verstat=verstat, status=status, reason="for the test", signer="709J"))


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (None, None),
        (428, None),
        (436, Verdict.FLAG),
        (403, Verdict.REFUSE),
        (437, Verdict.REFUSE),
        (438, Verdict.REFUSE),
    ],
)
def test_what_another_provider_signed_has_to_hold(status: int | None, verdict: Verdict | None) -> None:
    """Not all carriers can sign: an unsigned call is no lie. A certificate that we lack may be a good one."""
    found = rulings(CLAUSE, "18.3", calls_in(), a_verification(status))
    assert verdicts(found) == ([] if verdict is None else [verdict])
    assert [ruling.evidence["sip"] for ruling in found] == ([] if verdict is None else [status])


def test_an_operator_may_ask_every_call_to_be_signed_and_say_what_is_refused() -> None:
    assert CLAUSE.require_identity is False
    assert CLAUSE.refused_identities == {403, 437, 438}
    strict = FalseIdentity(require_identity=True, refused_identities=frozenset((436, 438)))
    (found,) = rulings(strict, "18.3", calls_in(), a_verification(428))
    assert (found.verdict, found.evidence["sip"]) == (Verdict.REFUSE, 428)
    assert verdicts(rulings(strict, "18.3", calls_in(), a_verification(436))) == [Verdict.REFUSE]
    assert verdicts(rulings(strict, "18.3", calls_in(), a_verification(403))) == [Verdict.FLAG]


def test_calls_that_came_over_no_carrier_or_were_verified_by_nobody_are_not_asked() -> None:
    assert rulings(CLAUSE, "18.3", calls_in(), Verified()) == []
    unset = Verified(verification=Verification(reason="no trust anchors are set"))
    assert rulings(CLAUSE, "18.3", calls_in(), unset) == []
    assert rulings(CLAUSE, "18.3", an_answer(text="hi"), a_verification(438)) == []


def test_both_numbers_of_a_call_exist_whoever_calls() -> None:
    for call in (a_call(), calls_in()):
        assert codes(rulings(CLAUSE, "18.4.3", call, Numbering(sender_valid=False))) == [21212]
        assert codes(rulings(CLAUSE, "18.4.3", call, Numbering(recipient_valid=False))) == [21211]
        assert rulings(CLAUSE, "18.4.3", call, Numbering(recipient_type="landline")) == []
    assert rulings(CLAUSE, "18.4.3", a_call(recipient="sip:a@example.org"), Numbering(recipient_valid=False)) == []


def test_a_hotline_that_only_receives_calls_nobody() -> None:
    for call in (a_call(), calls_in()):
        assert codes(rulings(CLAUSE, "18.4.4", call, NeverOriginate(listed=True, source="IRS"))) == [21212]
        assert rulings(CLAUSE, "18.4.4", call, NeverOriginate()) == []


def test_blocks_that_nobody_was_given_call_nobody() -> None:
    for call in (a_call(), calls_in()):
        assert codes(rulings(CLAUSE, "18.4.5", call, Allocation(sender=of_block()))) == [21212]
        assert verdicts(rulings(CLAUSE, "18.4.5", call, Allocation(recipient=of_block()))) == [Verdict.FLAG]
        assert rulings(CLAUSE, "18.4.5", call, Allocation(sender=of_block(allocated=True))) == []
    old = of_block(days_old=CLAUSE.allocation_days + 0.001)
    assert verdicts(rulings(CLAUSE, "18.4.5", a_call(), Allocation(sender=old))) == [Verdict.FLAG]


def test_a_number_of_ours_that_nobody_has_calls_nobody() -> None:
    for call in (a_call(), calls_in()):
        (found,) = rulings(CLAUSE, "18.4.6", call, UnusedNumber(state="aging"))
        assert (found.verdict, found.code) == (Verdict.REFUSE, 21212)
        assert rulings(CLAUSE, "18.4.6", call, UnusedNumber()) == []


NORTHWIND = Brands(names=("Northwind Foods",))


def test_a_callers_name_is_its_own() -> None:
    borrowed = CallerName(name="IRS", resembles_other="irs")
    (found,) = rulings(CLAUSE, "18.6", a_call(caller_name="IRS"), borrowed, NORTHWIND)
    assert (found.verdict, found.evidence["brand"]) == (Verdict.HOLD, "irs")
    own = CallerName(name="Northwind", resembles_other="Northwind")
    assert rulings(CLAUSE, "18.6", a_call(caller_name="Northwind"), own, NORTHWIND) == []


def test_a_persons_name_on_a_phone_is_no_brand() -> None:
    for name in ("Anna Schmidt", "Reception 2", "Dr Chase"):
        assert rulings(CLAUSE, "18.6", a_call(caller_name=name), CallerName(name=name), NORTHWIND) == []


def test_a_name_of_fifteen_letters_fits_and_a_longer_one_is_cut() -> None:
    assert CLAUSE.name_length == 15
    for name, verdict in (("N" * 15, []), ("N" * 16, [Verdict.FLAG])):
        assert verdicts(rulings(CLAUSE, "18.6", a_call(caller_name=name), CallerName(name=name), NORTHWIND)) == verdict


@pytest.mark.parametrize(
    ("rule", "fact", "verdict"),
    [
        ("18.1.1", CallerRight, Verdict.HOLD),
        ("18.2.1", CallerRight, Verdict.FLAG),
        ("18.3", Verified, Verdict.FLAG),
        ("18.4.3", Numbering, Verdict.FLAG),
        ("18.4.4", NeverOriginate, Verdict.HOLD),
        ("18.4.5", Allocation, Verdict.FLAG),
        ("18.4.6", UnusedNumber, Verdict.FLAG),
        ("18.6", CallerName, Verdict.FLAG),
    ],
)
def test_while_a_fact_is_unknown_a_call_is_stopped_where_its_number_may_be_forged(
    rule: str, fact: type, verdict: Verdict
) -> None:
    call = a_call(purpose=Purpose.MARKETING)
    assert verdicts(rulings(CLAUSE, rule, call, NORTHWIND, unknown=(fact,))) == [verdict]


def test_texts_are_not_asked_what_calls_are() -> None:
    for rule in ("18.1.1", "18.2.1", "18.3", "18.4.3", "18.4.4", "18.4.5", "18.4.6", "18.6"):
        assert rulings(CLAUSE, rule, an_sms(purpose=Purpose.MARKETING)) == []


# --- 18.7: from whom it says ------------------------------------------------------------------------------------------

FAILED = Authentication(domain="example.com", dmarc="fail", spf="fail", policy="reject")


def proven(told: Authentication, clause: FalseIdentity = CLAUSE, mail: Communication | None = None) -> list[Ruling]:
    return rulings(clause, "18.7", mail or an_arriving_mail(), Authenticated(authentication=told))


def test_a_forged_from_is_refused_where_its_owner_asks_for_that() -> None:
    (ruling,) = proven(FAILED)
    assert ruling.verdict is Verdict.REFUSE
    assert ruling.evidence["policy"] == "reject"


@pytest.mark.parametrize(("policy", "suspicious"), [("quarantine", True), ("none", None)])
def test_what_its_owner_would_not_have_refused_is_let_in_and_marked(policy: Any, suspicious: bool | None) -> None:
    (ruling,) = proven(changed(FAILED, policy=policy))
    assert (ruling.verdict, ruling.evidence["suspicious"]) == (Verdict.FLAG, suspicious)


@pytest.mark.parametrize(
    "told",
    [
        Authentication(dmarc="pass", policy="reject", aligned="example.com"),
        Authentication(dmarc="none", spf="none"),
        Authentication(dmarc="none", spf="softfail"),
        Authentication(dmarc="none", dkim="fail"),
    ],
)
def test_mail_that_proves_itself_or_has_nothing_to_prove_is_let_in(told: Authentication) -> None:
    assert proven(told) == []


def test_a_server_that_its_domain_does_not_name_is_marked() -> None:
    assert verdicts(proven(Authentication(dmarc="none", spf="fail"))) == [Verdict.FLAG]


def test_what_can_not_be_looked_up_is_brought_again() -> None:
    (ruling,) = proven(changed(FAILED, dmarc="temperror"))
    assert ruling.verdict is Verdict.DELAY
    assert ruling.until is not None
    assert (ruling.until - NOON).total_seconds() == 600
    assert not ruling.overload
    (later,) = proven(changed(FAILED, dmarc="temperror"), FalseIdentity(names_again=5.0))
    assert later.until == NOON + timedelta(minutes=5)


def test_a_list_whose_word_is_trusted_vouches_for_what_it_changed() -> None:
    by_a_list = changed(FAILED, arc="pass", sealers=("lists.test",), passed_before=True)
    trusting = FalseIdentity(sealers=frozenset({"lists.test"}))
    assert verdicts(proven(by_a_list, trusting)) == [Verdict.FLAG]
    assert verdicts(proven(by_a_list)) == [Verdict.REFUSE]
    two = changed(by_a_list, sealers=("lists.test", "evil.test"))
    assert verdicts(proven(two, trusting)) == [Verdict.REFUSE]
    unseen = changed(by_a_list, passed_before=False)
    assert verdicts(proven(unseen, trusting)) == [Verdict.REFUSE]


def test_a_mail_without_a_seal_is_vouched_for_by_nobody() -> None:
    assert verdicts(proven(changed(FAILED, passed_before=True), FalseIdentity(sealers=frozenset({"a.test"})))) == [
        Verdict.REFUSE
    ]


def test_only_mail_that_arrives_is_heard() -> None:
    assert proven(FAILED, mail=an_sms()) == []


# --- 18.7.1: whom its head passes for ---------------------------------------------------------------------------------


def passing(clause: FalseIdentity = CLAUSE, **told: Any) -> list[Ruling]:
    return rulings(clause, "18.7.1", an_arriving_mail(), Guise(**told))


def test_a_domain_that_looks_like_the_recipients_is_refused() -> None:
    assert verdicts(passing(recipient_edits=0, letters=5)) == [Verdict.REFUSE]
    assert passing(recipient_edits=0, letters=4) == []


def test_a_domain_near_the_recipients_is_marked() -> None:
    assert verdicts(passing(recipient_edits=1, letters=5)) == [Verdict.FLAG]
    assert passing(recipient_edits=2, letters=5) == []
    assert passing(recipient_edits=1, letters=4) == []
    looser = FalseIdentity(near=2, near_from=4)
    assert verdicts(passing(looser, recipient_edits=2, letters=4)) == [Verdict.FLAG]


def test_an_answer_that_would_go_to_a_lookalike_is_marked() -> None:
    assert verdicts(passing(reply_edits=1, letters=5)) == [Verdict.FLAG]
    assert verdicts(passing(reply_edits=0, letters=5)) == [Verdict.FLAG]
    assert passing(reply_edits=2, letters=5) == []
    assert passing(reply_edits=1, letters=4) == []


def test_a_mailbox_in_the_place_of_a_name_is_marked() -> None:
    (own,) = passing(named_mailbox="shop.example", at_recipient=True)
    (other,) = passing(named_mailbox="elsewhere.test")
    assert own.verdict is other.verdict is Verdict.FLAG
    assert own.reason != other.reason


def test_of_mail_about_which_nothing_could_be_learned_a_person_looks_afterwards() -> None:
    assert verdicts(rulings(CLAUSE, "18.7", an_arriving_mail(), unknown=(Authenticated,))) == [Verdict.FLAG]
    assert verdicts(rulings(CLAUSE, "18.7.1", an_arriving_mail(), unknown=(Guise,))) == [Verdict.FLAG]


# --- 18.8 faxes ----------------------------------------------------------------------------------------------------


def test_pages_of_a_fax_have_a_name_at_their_top() -> None:
    fax = an_sms(kind=Kind.FAX)
    assert rulings(CLAUSE, "18.8", fax, FaxName()) == []
    assert rulings(CLAUSE, "18.8", changed(fax, end_user="Dr. Owl"), FaxName(missing=True)) == []
    assert [r.verdict for r in rulings(CLAUSE, "18.8", fax, FaxName(missing=True))] == [Verdict.REFUSE]
    assert [r.verdict for r in rulings(CLAUSE, "18.8", fax, unknown=(FaxName,))] == [Verdict.FLAG]
    assert rulings(CLAUSE, "18.8", changed(fax, direction=Direction.INBOUND), FaxName(missing=True)) == []
    assert rulings(CLAUSE, "18.8", an_sms(), FaxName(missing=True)) == []


def test_a_fax_shows_a_number_of_its_sender() -> None:
    fax = an_sms(kind=Kind.FAX)
    assert rulings(CLAUSE, "18.1.1", fax, CallerRight(grounds="owned", owned=True)) == []
    assert [r.verdict for r in rulings(CLAUSE, "18.1.1", fax, CallerRight())] == [Verdict.REFUSE]


# --- 18.7.2 and on: mail that goes out --------------------------------------------------------------------------------

BRANDS = Brands(names=("Northwind",), domains=("northwind.example",))


def test_mail_goes_out_from_a_domain_that_is_proven() -> None:
    def of(right: MailRight) -> list[int | None]:
        return codes(rulings(CLAUSE, "18.7.2", a_mail(), right))

    assert of(MailRight(domain="northwind.example", claimed=True, proven=True)) == []
    assert of(MailRight(domain="northwind.example", claimed=True)) == [21606]
    assert of(MailRight(domain="northwind.example")) == [21659]
    assert verdicts(rulings(CLAUSE, "18.7.2", a_mail(), unknown=(MailRight,))) == [Verdict.HOLD]


def test_before_a_letter_is_there_nobody_says_whose_its_domain_is() -> None:
    assert rulings(CLAUSE, "18.7.2", changed(a_mail(), letter=None), MailRight()) == []


def outgoing(brands: Brands = BRANDS, **told: Any) -> list[Verdict]:
    return verdicts(rulings(CLAUSE, "18.7.3", a_mail(), Guise(**told), brands))


def test_mail_that_goes_out_as_a_well_known_brand_waits_for_a_person() -> None:
    assert outgoing(named_brand="paypal") == [Verdict.HOLD]
    assert outgoing(imitates="paypal") == [Verdict.HOLD]
    assert outgoing(Brands(names=("PayPal",)), named_brand="paypal") == []


def test_mail_that_goes_out_under_a_domain_near_anothers_waits_for_a_person() -> None:
    assert outgoing(recipient_edits=1, letters=5) == [Verdict.HOLD]
    assert outgoing(recipient_edits=2, letters=5) == []
    assert outgoing(recipient_edits=1, letters=4) == []
    assert outgoing(reply_edits=0, letters=5) == [Verdict.HOLD]
    assert outgoing(reply_edits=2, letters=5) == []
    assert outgoing(named_mailbox="bank.example") == [Verdict.HOLD]
    assert outgoing() == []


def test_of_mail_whose_head_could_not_be_learned_a_person_looks_afterwards() -> None:
    assert verdicts(rulings(CLAUSE, "18.7.3", a_mail(), BRANDS, unknown=(Guise,))) == [Verdict.FLAG]


def test_a_head_that_says_a_thing_twice_is_refused() -> None:
    assert rulings(CLAUSE, "18.7.4", a_mail()) == []
    (no,) = rulings(CLAUSE, "18.7.4", a_mail(letter={"faults": ("subject twice",)}))
    assert (no.verdict, no.by_content) == (Verdict.REFUSE, True)
    assert "subject twice" in no.remedy
    assert rulings(CLAUSE, "18.7.4", changed(a_mail(), letter=None)) == []
