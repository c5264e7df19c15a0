"""A decision is told so that somebody who knows no code can answer for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from masstransit.gate import let_go
from masstransit.model.communication import Moment
from masstransit.model.decision import Decision, Finding, Mode, Verdict
from masstransit.story import Story, evidence, tell
from tests.makers import ACCOUNT, NOON


def a_finding(verdict: Verdict = Verdict.REFUSE, **more: Any) -> Finding:
    told: dict[str, Any] = {
        "clause": "7", "rule": "7.4", "reason": "this person asked for no more messages",
        "remedy": "take them off your lists", "evidence": {"said": "STOP", "since": NOON.isoformat()},
    }  # fmt: skip
    return Finding(**{**told, **more}, verdict=verdict)


def decided(
    *findings: Finding, verdict: Verdict, moment: Moment = Moment.OFFER, facts: Mapping[str, Any] | None = None
) -> Decision:
    return Decision(
        id="DE1", subject="SM1", account=ACCOUNT, moment=moment, attempt=0, at=NOON, verdict=verdict,
        findings=findings, facts=facts or {}, revision="plain+1",
    )  # fmt: skip


def told(decision: Decision) -> str:
    return "\n".join(tell(Story(id="DE1", message=None, decisions=(decision,), ledger=("chain 17",))))


def test_a_refusal_names_clause_rule_and_law_what_shows_it_how_to_put_it_right_and_how_to_contradict() -> None:
    story = told(decided(a_finding(), verdict=Verdict.REFUSE))
    for line in (
        "DE1  REFUSE at OFFER, attempt 0: it does not go out",
        "by        7.4, the strictest finding that binds",
        "7.4       REFUSE: this person asked for no more messages",
        "clause 7, Unsolicited marketing",
        "rule: whoever said stop hears nothing more (47 CFR 64.1200(a)(10))",
        "shown by: what the person wrote: STOP",
        "since: 2026-06-03 17:00:00 UTC",
        "to put it right: take them off your lists",
        "appeal    the sender posts DecisionSid=DE1 and why to",
        "ledger    chain 17",
    ):
        assert line in story


def test_what_is_carried_needs_no_appeal() -> None:
    assert "nothing was found against it" in told(decided(verdict=Verdict.ALLOW))
    assert "appeal" not in told(decided(a_finding(Verdict.FLAG), verdict=Verdict.FLAG))


def test_a_delay_says_until_when_and_shadow_that_it_binds_nothing() -> None:
    late = a_finding(Verdict.DELAY, until=NOON + timedelta(hours=10))
    assert "DELAY until 2026-06-04 03:00:00 UTC: " in told(decided(late, verdict=Verdict.DELAY))
    assert "in shadow: recorded, and binds nothing" in told(decided(a_finding(mode=Mode.SHADOW), verdict=Verdict.ALLOW))


def test_what_nothing_may_stop_and_what_a_person_let_go_is_told_as_such() -> None:
    assert "nothing may stop it" in told(decided(a_finding(), verdict=Verdict.ALLOW))
    held = decided(a_finding(Verdict.HOLD), verdict=Verdict.HOLD)
    assert "a person looked at it and let it go" in told(let_go(held, "7.4"))


def test_at_the_door_nothing_goes_out_and_an_outcome_is_only_noted() -> None:
    knock = a_finding(clause="2", rule="2.2")
    assert "REFUSE at ADMISSION, attempt 0: it stays shut" in told(
        decided(knock, verdict=Verdict.REFUSE, moment=Moment.ADMISSION)
    )
    assert "goes out" not in told(decided(a_finding(Verdict.FLAG), verdict=Verdict.FLAG, moment=Moment.OUTCOME))


def test_facts_that_were_silent_are_named() -> None:
    story = told(decided(verdict=Verdict.ALLOW, facts={"Rates": {}, "Content": {"unknown": "too slow"}}))
    assert "2 learned (--json shows them); nothing could be learned of Content" in story


def test_a_rule_that_is_gone_is_told_by_its_record_alone() -> None:
    assert "7.99" in told(decided(a_finding(rule="7.99"), verdict=Verdict.REFUSE))
    assert "99.1" in told(decided(a_finding(clause="99", rule="99.1"), verdict=Verdict.REFUSE))


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("sent_24h", 12, "sent in 24 hours: 12"),
        ("complaints_30d", 2, "complaints in 30 days: 2"),
        ("share", 0.1234, "share: 12.3%"),
        ("by_account", True, "by account: yes"),
        ("via", "+14155550100", "number that it was said to: +1415***00"),
        ("caps", {"FL": 3}, "caps: FL 3"),
        ("zones", ("America/New_York", "America/Chicago"), "zones: America/New_York, America/Chicago"),
        ("labels", {"phishing": 0.98, "scam": 0.1}, "it reads like phishing (98%)"),
        ("labels", {"scam": 0.1}, "it reads like a fraud (10%)"),
        ("spans", {"scam": ("https", "prize", "#h#"), "spam": ("prize", "win")}, "words: prize, win"),
        ("spans", ("flood the line",), "words: flood the line"),
    ],
)
def test_evidence_is_told_in_words(name: str, value: Any, line: str) -> None:
    assert list(evidence({name: value})) == [line]


def test_evidence_without_a_value_is_left_out() -> None:
    assert list(evidence({"domain": "", "countered_at": None, "hosts": (), "spans": {"scam": ("https",)}})) == []
