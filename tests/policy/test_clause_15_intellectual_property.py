"""Clause 15: notices, answers to them, marks; defective notices and resale stop nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from masstransit.facts.brands import Brands
from masstransit.facts.content import Content
from masstransit.facts.known_media import Known
from masstransit.facts.media import Attached, Attachments
from masstransit.facts.rights import Notice, RightsNotices
from masstransit.model.communication import Kind
from masstransit.model.decision import Ruling, Verdict
from masstransit.model.media import Scan
from masstransit.policy.clause_15_intellectual_property import IntellectualProperty
from tests.makers import NOON, an_answer, an_sms, changed, rulings, says

CLAUSE = IntellectualProperty()
NOTICE = Notice(
    notice="RN1", kind="text", holder="Acme Verlag", work="a poem", complete=True, since=NOON - timedelta(days=40)
)
SHOP = Brands(names=("Northwind",))


def verdicts(notice: Notice, at: datetime = NOON) -> list[Verdict]:
    return [r.verdict for r in rulings(CLAUSE, "15.3", an_sms(at=at), RightsNotices(standing=(notice,)))]


def test_what_is_under_notice_is_refused() -> None:
    (found,) = rulings(CLAUSE, "15.3", an_sms(), RightsNotices(standing=(NOTICE,)))
    assert (found.verdict, found.by_content, found.evidence["notice"]) == (Verdict.REFUSE, True, "RN1")
    assert rulings(CLAUSE, "15.3", an_sms(), RightsNotices()) == []


def test_a_defective_notice_and_one_of_tomorrow_stop_nothing() -> None:
    assert verdicts(changed(NOTICE, complete=False)) == []
    assert verdicts(changed(NOTICE, since=NOON + timedelta(seconds=1))) == []
    assert verdicts(changed(NOTICE, since=NOON)) == [Verdict.REFUSE]


def test_what_was_answered_comes_back_after_ten_business_days_unless_there_is_a_suit() -> None:
    answered = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)  # a Monday; ten business days later it is Monday, 15 June
    countered = changed(NOTICE, countered_at=answered)
    assert CLAUSE.restore_after_days == 10
    assert verdicts(countered, datetime(2026, 6, 15, 8, 59, tzinfo=UTC)) == [Verdict.REFUSE]
    assert verdicts(countered, datetime(2026, 6, 15, 9, 0, tzinfo=UTC)) == []
    assert verdicts(changed(countered, suit=True), datetime(2026, 7, 15, tzinfo=UTC)) == [Verdict.REFUSE]


def test_while_notices_are_unknown_messages_flow() -> None:
    assert rulings(CLAUSE, "15.3", an_sms(), unknown=(RightsNotices,)) == []
    assert rulings(CLAUSE, "15.3", an_answer(text="x"), RightsNotices(standing=(NOTICE,))) == []


def test_a_shop_that_speaks_as_another_brand_is_looked_at_afterwards() -> None:
    as_if = says(spam=0.9, brand_claimed="nike", looks_like="marketing")
    assert [r.verdict for r in rulings(CLAUSE, "15.6", an_sms(), as_if, SHOP)] == [Verdict.FLAG]
    assert rulings(CLAUSE, "15.6", an_sms(), as_if, Brands(names=("Nike",))) == []
    assert rulings(CLAUSE, "15.6", an_sms(), as_if, Brands()) == []
    assert rulings(CLAUSE, "15.6", an_sms(), says(looks_like="marketing"), SHOP) == []  # resale, comparison
    assert rulings(CLAUSE, "15.6", an_sms(), says(brand_claimed="nike", looks_like="transactional"), SHOP) == []
    assert rulings(CLAUSE, "15.6", an_sms(), SHOP, unknown=(Content,)) == []


def test_times_that_the_law_sets_stand_in_the_clause() -> None:
    assert (CLAUSE.remove_hours, CLAUSE.restore_before_days, CLAUSE.strikes) == (24, 14, 3)


def test_a_known_work_is_refused_and_a_picture_that_looks_like_one_waits() -> None:
    def found(*known: Known) -> list[Ruling]:
        file = Attached(sid="ME1", content_type="image/jpeg", size=9, digest="d", scan=Scan(state="clean"), known=known)
        return rulings(CLAUSE, "15.7", an_sms(kind=Kind.MMS), Attachments(files=(file,)))

    film = Known(tier="work", source="a studio", work="A Film", holder="Studio Ltd")
    (same,) = found(changed(film, exact=True))
    assert (same.verdict, same.by_content) == (Verdict.REFUSE, True)
    assert same.reason == "a file is A Film of Studio Ltd, who did not allow it"
    (alike,) = found(changed(film, bits=12))
    assert alike.verdict is Verdict.HOLD
    assert "licence" in alike.remedy
    assert found(changed(film, tier="intimate")) == []
    assert found() == []
    assert rulings(CLAUSE, "15.7", an_sms(kind=Kind.MMS), unknown=(Attachments,)) == []
