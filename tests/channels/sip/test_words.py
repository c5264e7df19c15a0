"""A verdict in SIP's words: never 503, never 603, 607 or 608, and always why."""

from __future__ import annotations

from datetime import timedelta

import pytest

from masstransit.channels.sip import words
from masstransit.channels.sip.message import Header
from masstransit.model.communication import Moment
from masstransit.model.decision import Decision, Finding, Verdict
from tests.makers import ACCOUNT, NOON


def decided(verdict: Verdict, **finding: object) -> Decision:
    told = {"clause": "7", "rule": "7.4", "verdict": verdict, "reason": "it is night there"} | finding
    return Decision(
        id="DE1", subject="CA1", account=ACCOUNT, moment=Moment.OFFER, attempt=0, at=NOON, verdict=verdict,
        findings=(Finding(**told),), facts={}, revision="r",  # type: ignore[arg-type]
    )  # fmt: skip


def said(decision: Decision) -> tuple[int, dict[str, str]]:
    found = words.verdict(decision, NOON, "house.example")
    assert found is not None
    return found.status, {each.name: each.value for each in found.headers}


@pytest.mark.parametrize("verdict", [Verdict.ALLOW, Verdict.FLAG])
def test_what_may_be_carried_is_answered_by_the_far_side(verdict: Verdict) -> None:
    assert words.verdict(decided(verdict), NOON, "house.example") is None


def test_a_delay_says_when_to_come_again() -> None:
    status, headers = said(decided(Verdict.DELAY, until=NOON + timedelta(minutes=2)))
    assert status == 480
    assert headers["retry-after"] == "120"
    assert headers["reason"] == 'SIP;cause=480;text="clause 7: it is night there"'
    assert said(decided(Verdict.DELAY, until=NOON - timedelta(minutes=2)))[1]["retry-after"] == "1"


def test_a_hold_goes_to_the_desk() -> None:
    status, headers = said(decided(Verdict.HOLD))
    assert status == 480
    assert "a person looks at it first" in headers["reason"]
    assert "retry-after" not in headers


def test_a_refusal_says_the_clause_and_the_remedy_on_one_line() -> None:
    told = decided(Verdict.REFUSE, reason='not "yours"\r\nEvil: header', remedy="call from your own number")
    status, headers = said(told)
    assert status == 403
    assert headers["reason"] == "SIP;cause=403;text=\"clause 7: not 'yours' Evil: header\""
    assert headers["warning"] == '399 house.example "call from your own number"'


@pytest.mark.parametrize(("sip", "status"), [(428, 428), (436, 436), (437, 437), (438, 438), (403, 403), (603, 403)])
def test_an_identity_that_does_not_hold_has_its_own_status(sip: int, status: int) -> None:
    assert said(decided(Verdict.REFUSE, clause="18", evidence={"sip": sip}))[0] == status
    assert said(decided(Verdict.REFUSE, clause="10", evidence={"sip": sip}))[0] == 403


def test_a_limit_of_the_account_is_no_clause() -> None:
    found = words.busy("too fast", "house.example")
    assert found.status == 480
    assert found.headers[0] == Header("retry-after", "1")


def test_text_in_a_header_is_bounded_and_plain() -> None:
    assert words.quotable("\u2019\u00e9\t\n\\" + "x" * 999).startswith("'? /x")
    assert len(words.quotable("x" * 999)) == 240
