"""Clause 5: blocked domains, links to programs, very young domains."""

from __future__ import annotations

from masstransit.facts.brands import Brands
from masstransit.facts.content import Content
from masstransit.facts.domains import Domains
from masstransit.facts.harm_sent import HarmSent
from masstransit.facts.links import Links, links_in
from masstransit.facts.media import Attached, Attachments
from masstransit.model.communication import Direction, Kind
from masstransit.model.decision import Verdict
from masstransit.model.media import CARRIER, MACROS, PROGRAM, REMOTE_TEMPLATE, SCRIPT, TURNED, Scan
from masstransit.model.outcome import OutcomeKind
from masstransit.policy.clause_05_malicious_programs import MaliciousPrograms
from tests.makers import an_answer, an_outcome, an_sms, rulings, says

CLAUSE = MaliciousPrograms()
SHOP = Brands(names=("Northwind",), domains=("northwind.example.com", "northwind.com"))


def programs(text: str, brands: Brands = SHOP) -> list[Verdict]:
    return [r.verdict for r in rulings(CLAUSE, "5.2", an_sms(text=text), Links(found=links_in(text)), brands)]


def test_a_blocked_domain_is_refused_and_who_said_so_is_told() -> None:
    (found,) = rulings(CLAUSE, "5.1", an_sms(), Domains(blocked=("bad.example.com",), sources=("phish feed",)))
    assert (found.verdict, found.code, found.by_content) == (Verdict.REFUSE, 30007, True)
    assert found.evidence["sources"] == ("phish feed",)
    assert rulings(CLAUSE, "5.1", an_sms(), Domains()) == []


def test_mail_that_arrives_and_leads_to_a_blocked_domain_says_so_and_is_not_turned_away() -> None:
    mail = an_sms(kind=Kind.EMAIL, direction=Direction.INBOUND)
    (found,) = rulings(CLAUSE, "5.7", mail, Domains(blocked=("bad.example.com",), sources=("phish feed",)))
    assert (found.verdict, found.evidence["hosts"]) == (Verdict.FLAG, ("bad.example.com",))
    assert rulings(CLAUSE, "5.7", mail, Domains()) == []
    assert rulings(CLAUSE, "5.7", mail, unknown=(Domains,)) == []


def test_while_the_records_are_silent_a_person_looks_afterwards() -> None:
    assert [r.verdict for r in rulings(CLAUSE, "5.1", an_sms(), unknown=(Domains,))] == [Verdict.FLAG]


def test_a_link_straight_to_a_program_waits() -> None:
    assert programs("Track your parcel: http://x1.example.com/app.apk") == [Verdict.HOLD]
    assert programs("Update: https://x1.example.com/setup.EXE?id=7") == [Verdict.HOLD]


def test_pages_invoices_and_stores_are_no_programs() -> None:
    for text in (
        "Your invoice: https://shop.example.com/inv.pdf",
        "Get the app: https://play.google.com/store/apps/details?id=com.example",
        "Enrol your phone: https://mdm.example.com/enrol.mobileconfig",
        "see www.example.com",
    ):
        assert programs(text) == []


def test_a_customers_own_program_on_its_own_domain_is_let_through() -> None:
    assert programs("New version: https://get.northwind.com/northwind.apk") == []
    assert programs("New version: https://get.northwind.com/northwind.apk", Brands()) == [Verdict.HOLD]
    assert rulings(CLAUSE, "5.2", an_sms(), SHOP, unknown=(Links,)) == []


def test_a_very_young_domain_is_looked_at_and_waits_where_the_text_is_doubtful() -> None:
    days = float(CLAUSE.young_domain_days)
    for age, said, expected in (
        (days, says(phishing=0.9), []),
        (days - 0.1, says(phishing=CLAUSE.suspect), [Verdict.HOLD]),
        (days - 0.1, says(scam=CLAUSE.suspect), [Verdict.HOLD]),
        (days - 0.1, says(phishing=CLAUSE.suspect - 0.01), [Verdict.FLAG]),
        (None, says(phishing=0.9), []),
    ):
        young = Domains(youngest="new.example.com", age_days=age)
        assert [r.verdict for r in rulings(CLAUSE, "5.3", an_sms(), young, said)] == expected
    young = Domains(youngest="new.example.com", age_days=1.0)
    assert rulings(CLAUSE, "5.3", an_sms(), young, unknown=(Content,)) == []


def test_chat_and_email_are_its_kind_and_what_people_send_is_not() -> None:
    blocked = Domains(blocked=("bad.example.com",))
    assert len(rulings(CLAUSE, "5.1", an_sms(kind=Kind.CHAT), blocked)) == 1
    assert rulings(CLAUSE, "5.1", an_answer(text="x"), blocked) == []


def test_what_is_done_with_samples_stands_in_the_clause() -> None:
    assert (CLAUSE.first_look_hours, CLAUSE.look_again_hours, CLAUSE.keep_sample_days) == (1, 24, 90)


# --- files -----------------------------------------------------------------------------------------------------------

CLEAN = Scan(state="clean")


def a_file(scan: Scan = CLEAN, sid: str = "ME1") -> Attached:
    return Attached(sid=sid, content_type="application/pdf", size=10, digest="ab" * 32, scan=scan)


def judged(rule: str, *scans: Scan, kind: Kind = Kind.MMS, clause: MaliciousPrograms = CLAUSE) -> list[Verdict]:
    files = Attachments(files=tuple(a_file(scan) for scan in scans))
    return [ruling.verdict for ruling in rulings(clause, rule, an_sms(kind=kind), files)]


FILE_RULES = ("5.4", "5.5", "5.6")


def test_a_file_that_harms_is_refused_whatever_it_is_sent_by() -> None:
    found = Scan(state="found", names=("EICAR_test_file",))
    for kind in (Kind.MMS, Kind.EMAIL, Kind.FAX, Kind.CHAT):
        assert judged("5.4", CLEAN, found, kind=kind) == [Verdict.REFUSE]
    assert judged("5.4", found, kind=Kind.CALL) == []
    (told,) = rulings(CLAUSE, "5.4", an_sms(kind=Kind.MMS), Attachments(files=(a_file(), a_file(found, "ME2"))))
    assert (told.code, told.by_content, told.evidence["files"]) == (30007, True, ["ME2"])
    assert told.evidence["names"] == ["EICAR_test_file"]


def test_what_harms_is_not_brought_to_customers_either_and_what_people_lock_is() -> None:
    def brought(rule: str, scan: Scan) -> list[Verdict]:
        answer = an_answer(text="here it is", kind=Kind.MMS)
        return [r.verdict for r in rulings(CLAUSE, rule, answer, Attachments(files=(a_file(scan),)))]

    assert brought("5.4", Scan(state="found", names=("EICAR_test_file",))) == [Verdict.REFUSE]
    assert brought("5.5", Scan(state="unscanned", why="encrypted")) == []
    assert brought("5.6", Scan(state="clean", names=(MACROS,))) == []


def test_lawful_files_are_let_through() -> None:
    for rule in FILE_RULES:
        assert judged(rule) == judged(rule, CLEAN) == judged(rule, CLEAN, CLEAN) == []


def test_what_could_not_be_looked_through_waits_for_a_person() -> None:
    for why in ("it is broken or cut off", "no scanner is ready", "clamd does not answer"):
        assert judged("5.5", Scan(state="unscanned", why=why)) == [Verdict.HOLD]
    assert judged("5.4", Scan(state="unscanned", why="x")) == judged("5.6", Scan(state="unscanned", why="x")) == []


def test_a_bank_statement_with_a_password_waits_for_it_and_nobody_is_struck() -> None:
    locked = Attachments(files=(a_file(Scan(state="unscanned", why="encrypted")),))
    (told,) = rulings(CLAUSE, "5.5", an_sms(kind=Kind.EMAIL), locked)
    assert told.verdict is Verdict.HOLD
    assert "password" in told.remedy
    assert (
        judged("5.5", Scan(state="unscanned", why="encrypted"), Scan(state="unscanned", why="x")) == [Verdict.HOLD] * 2
    )


def test_programs_are_refused_and_macros_wait() -> None:
    for name in (PROGRAM, CARRIER):
        assert judged("5.6", Scan(state="clean", names=(name,))) == [Verdict.REFUSE]
    for name in (SCRIPT, MACROS, TURNED, REMOTE_TEMPLATE):
        assert judged("5.6", Scan(state="clean", names=(name,))) == [Verdict.HOLD]
    assert judged("5.6", Scan(state="clean", names=(PROGRAM, SCRIPT))) == [Verdict.REFUSE]
    assert judged("5.6", Scan(state="clean", names=(PROGRAM,)), Scan(state="clean", names=(MACROS,))) == [
        Verdict.REFUSE,
        Verdict.HOLD,
    ]


def test_an_operator_says_what_is_refused_and_what_waits() -> None:
    milder = MaliciousPrograms(refused=frozenset(), held=frozenset({PROGRAM}))
    assert judged("5.6", Scan(state="clean", names=(PROGRAM,)), clause=milder) == [Verdict.HOLD]
    assert judged("5.6", Scan(state="clean", names=(MACROS,)), clause=milder) == []


def test_while_nobody_can_say_what_a_file_is_it_waits() -> None:
    for rule in FILE_RULES:
        assert [r.verdict for r in rulings(CLAUSE, rule, an_sms(kind=Kind.MMS), unknown=(Attachments,))] == [
            Verdict.HOLD
        ]


def test_who_is_met_with_a_second_file_that_harms_is_suspended() -> None:
    met = an_outcome(OutcomeKind.HARM_SENT, kind=Kind.EMAIL)
    assert rulings(CLAUSE, "5.8", met, HarmSent(files_90d=CLAUSE.finds - 1, digests=("a",))) == []
    told = HarmSent(files_90d=CLAUSE.finds, digests=("a", "b"), messages=("EM1", "EM2"))
    (found,) = rulings(CLAUSE, "5.8", met, told)
    assert found.verdict is Verdict.REFUSE
    assert (found.evidence["scope"], found.evidence["target"]) == ("account", met.account)
    assert found.evidence["digests"] == ("a", "b")
    assert rulings(CLAUSE, "5.8", met, unknown=(HarmSent,)) == []


def test_the_smallest_unit_that_all_of_it_came_from_is_suspended() -> None:
    told = HarmSent(files_90d=2, digests=("a", "b"), campaign="CM1")
    for more, unit in (({}, ("campaign", "CM1")), ({"end_user": "shop-7"}, ("end_user", "shop-7"))):
        (found,) = rulings(CLAUSE, "5.8", an_outcome(OutcomeKind.HARM_SENT, kind=Kind.MMS, **more), told)
        assert (found.evidence["scope"], found.evidence["target"]) == unit
