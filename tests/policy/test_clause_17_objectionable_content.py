"""Clause 17: tiers. Adult advertising without an age gate, coarse words after a complaint; health and couples pass."""

from __future__ import annotations

from typing import Any

from masstransit.facts.complaints import Complained
from masstransit.facts.content import Content
from masstransit.facts.identity import Campaign
from masstransit.facts.known_media import Known
from masstransit.facts.media import Attached, Attachments
from masstransit.facts.traffic import PairHistory
from masstransit.model.communication import Kind, Purpose
from masstransit.model.decision import Verdict
from masstransit.model.media import Scan
from masstransit.policy.clause_17_objectionable_content import ObjectionableContent
from tests.makers import an_answer, an_sms, rulings, says

CLAUSE = ObjectionableContent()
OPEN = Campaign(sid="QE1", on_record=True, status="VERIFIED", use_case="MARKETING")
GATED = Campaign(sid="QE1", on_record=True, status="VERIFIED", use_case="MARKETING", age_gated=True)
STRANGER = PairHistory(alternations_60s=0, unanswered_24h=0, answered=False)
MUTUAL = PairHistory(alternations_60s=1, unanswered_24h=0, answered=True)


def adult(said: Content, campaign: Campaign = OPEN, pair: PairHistory = STRANGER, **sms: Any) -> list[Verdict]:
    return [r.verdict for r in rulings(CLAUSE, "17.1", an_sms(**sms), said, campaign, pair)]


def test_advertising_for_adults_without_an_age_gate_is_refused() -> None:
    for advert in ({"spam": 0.9}, {"looks_like": "marketing"}, {"shaft_kind": ("sex",), "shaft": 0.9}):
        assert adult(says(sexual=0.95, **advert)) == [Verdict.REFUSE]
    (found,) = rulings(CLAUSE, "17.1", an_sms(), says(sexual=0.95, spam=0.9), OPEN, STRANGER)
    assert (found.code, found.by_content, found.evidence["tier"]) == (30007, True, "T2")


def test_an_age_gated_campaign_is_let_through() -> None:
    assert adult(says(sexual=0.95, spam=0.9), GATED) == []


def test_both_sides_of_each_threshold() -> None:
    for score, expected in (
        (CLAUSE.flag_from - 0.01, []),
        (CLAUSE.flag_from, [Verdict.FLAG]),
        (CLAUSE.hold_from - 0.01, [Verdict.FLAG]),
        (CLAUSE.hold_from, [Verdict.HOLD]),
    ):
        assert adult(says(sexual=score, outright=True)) == expected
    (found,) = rulings(CLAUSE, "17.1", an_sms(), says(sexual=CLAUSE.hold_from, shaft_kind=("sex",)), OPEN, STRANGER)
    assert found.verdict is Verdict.REFUSE


def test_a_text_without_a_word_of_sex_has_to_read_much_like_it() -> None:
    assert adult(says(sexual=CLAUSE.hold_from)) == [Verdict.FLAG]
    assert adult(says(sexual=CLAUSE.alone_from - 0.01)) == [Verdict.FLAG]
    assert adult(says(sexual=CLAUSE.alone_from)) == [Verdict.HOLD]


def test_pictures_of_people_who_never_agreed_wait() -> None:
    (found,) = rulings(CLAUSE, "17.1.2", an_sms(), says(private_pictures=True))
    assert (found.verdict, found.evidence["tier"]) == (Verdict.HOLD, "T1")
    assert rulings(CLAUSE, "17.1.2", an_sms(), says(sexual=0.99)) == []
    assert rulings(CLAUSE, "17.1.2", an_sms(), says(private_pictures=True, quotation=True)) == []
    assert rulings(CLAUSE, "17.1.2", an_sms(), unknown=(Content,)) == []


def test_two_adults_who_answer_each_other_are_left_alone() -> None:
    assert adult(says(sexual=0.99), OPEN, MUTUAL, purpose=Purpose.CONVERSATION) == []
    assert adult(says(sexual=0.99), OPEN, STRANGER, purpose=Purpose.CONVERSATION) == [Verdict.HOLD]
    assert adult(says(sexual=0.99), OPEN, MUTUAL, purpose=Purpose.MARKETING) == [Verdict.HOLD]


def test_breast_cancer_screening_and_clinics_are_let_through() -> None:
    assert adult(says(sexual=0.2, phi=0.9), text="Your breast screening is on Tuesday") == []
    assert adult(says(sexual=0.3), text="Free sexual health tests at the clinic") == []


def test_a_campaign_that_is_unknown_is_asked_for_only_where_it_matters() -> None:
    unsure = rulings(CLAUSE, "17.1", an_sms(), says(sexual=0.95), STRANGER, unknown=(Campaign,))
    assert [r.verdict for r in unsure] == [Verdict.FLAG]
    assert rulings(CLAUSE, "17.1", an_sms(), says(), STRANGER, unknown=(Campaign,)) == []
    unread = rulings(CLAUSE, "17.1", an_sms(), OPEN, STRANGER, unknown=(Content,))
    assert [r.verdict for r in unread] == [Verdict.FLAG]


def test_coarse_words_wait_only_for_who_complained() -> None:
    for complaints, score, expected in (
        (0, 0.99, []),
        (1, CLAUSE.flag_from, [Verdict.HOLD]),
        (1, CLAUSE.flag_from - 0.01, []),
    ):
        for label in ("harassment", "sexual"):
            said = says(**{label: score})
            found = rulings(CLAUSE, "17.1.1", an_sms(), said, Complained(by_person_30d=complaints))
            assert [r.verdict for r in found] == expected
    quoted = says(harassment=0.99, quotation=True)
    assert rulings(CLAUSE, "17.1.1", an_sms(), quoted, Complained(by_person_30d=3)) == []
    assert rulings(CLAUSE, "17.1.1", an_sms(), Complained(by_person_30d=3), unknown=(Content,)) == []


def test_what_people_send_is_not_judged() -> None:
    assert rulings(CLAUSE, "17.1", an_answer(text="hey"), says(sexual=0.99), OPEN, STRANGER) == []


def test_times_that_the_law_sets_stand_in_the_clause() -> None:
    assert (CLAUSE.ncii_hours, CLAUSE.csam_keep_days) == (48, 365)


def files(*known: Known) -> Attachments:
    """A message's files, of which the first meets these entries of lists."""
    scan = Scan(state="clean")
    return Attachments(
        files=tuple(
            Attached(sid=f"ME{n}", content_type="image/jpeg", size=9, digest="d", scan=scan, known=of)
            for n, of in enumerate((known, ()))
        )
    )


def of(tier: str, **more: Any) -> Known:
    return Known(tier=tier, source="a hotline", **more)


MMS = an_sms(kind=Kind.MMS)


def test_a_known_picture_of_abuse_is_refused_both_ways_and_the_reason_tells_nothing() -> None:
    for message in (MMS, an_answer(text="", kind=Kind.MMS)):
        for known in (of("abuse", exact=True), of("abuse", bits=31)):
            (found,) = rulings(CLAUSE, "17.2", message, files(known))
            assert (found.verdict, found.by_content, found.code) == (Verdict.REFUSE, True, 30007)
            assert (found.reason, found.remedy) == (
                "a file of this message is not carried",
                "send the message without it",
            )
            assert found.evidence["tier"] == "T0"
    assert rulings(CLAUSE, "17.2", MMS, files(of("intimate"), of("work"), of("malware"))) == []
    assert rulings(CLAUSE, "17.2", MMS, files()) == []
    assert [r.verdict for r in rulings(CLAUSE, "17.2", MMS, unknown=(Attachments,))] == [Verdict.HOLD]


def test_a_reported_intimate_picture_is_refused_and_one_that_looks_like_it_waits() -> None:
    for known, verdict in ((of("intimate", exact=True), Verdict.REFUSE), (of("intimate", bits=8), Verdict.HOLD)):
        (found,) = rulings(CLAUSE, "17.3", MMS, files(known))
        assert (found.verdict, found.evidence["tier"], found.code) == (verdict, "T1", 30007)
        assert "appeals" in found.remedy
    assert rulings(CLAUSE, "17.3", MMS, files(of("work"))) == []
    assert [r.verdict for r in rulings(CLAUSE, "17.3", MMS, unknown=(Attachments,))] == [Verdict.HOLD]
