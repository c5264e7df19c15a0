"""A call's SIP as a ladder: whose message stands between which lines, and what the gate said where."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from masstransit.console import ladder
from masstransit.model.communication import Moment
from masstransit.model.decision import Decision, Verdict
from masstransit.model.signalling import Step
from tests.makers import NOON

ZERO = int(NOON.timestamp() * 1000)


def steps(*went: tuple[int, str, str, str]) -> list[Step]:
    return [Step(ZERO + at, leg, way, what) for at, leg, way, what in went]  # type: ignore[arg-type]


def decided(verdict: Verdict, after: float) -> Decision:
    told: dict[str, Any] = {"findings": (), "facts": {}, "revision": "r", "account": "AC1", "attempt": 0}
    at = NOON + timedelta(seconds=after)
    return Decision(id="DE1", subject="CA1", moment=Moment.OFFER, at=at, verdict=verdict, **told)


def test_who_calls_stands_left_of_us_and_each_place_that_was_tried_to_the_right() -> None:
    made = ladder.drawn(
        steps(
            (0, "caller", "in", "INVITE"), (9, "one", "out", "INVITE"), (30, "one", "in", "503 INVITE"),
            (31, "two", "out", "INVITE"), (900, "two", "in", "200 INVITE"), (901, "caller", "out", "200 INVITE"),
        ), NOON,
    )  # fmt: skip
    assert made is not None
    assert [name for name, _ in made.columns] == ["Caller", "MassTransit", "Trunk one", "Trunk two"]
    assert [x for _, x in made.columns] == sorted(x for _, x in made.columns)
    assert [(r.sender, r.receiver, r.said, r.kind) for r in made.rungs[:3]] == [
        ("Caller", "MassTransit", "INVITE", "request"),
        ("MassTransit", "Trunk one", "INVITE", "request"),
        ("Trunk one", "MassTransit", "503 Service Unavailable", "bad"),
    ]
    assert [rung.points_right for rung in made.rungs] == [True, True, False, True, False, False]


def test_a_call_that_we_made_begins_with_us_and_a_customer_sees_no_trunks_name() -> None:
    made = ladder.drawn(steps((5, "one", "out", "INVITE"), (90, "one", "in", "486 INVITE")), NOON, trunks=False)
    assert made is not None
    assert [name for name, _ in made.columns] == ["MassTransit", "Carrier"]
    assert made.rungs[1].at == 0.09


def test_the_gates_word_stands_between_what_was_asked_and_what_was_answered() -> None:
    went = steps((-1, "caller", "in", "INVITE"), (7, "caller", "out", "603 INVITE"))
    made = ladder.drawn(went, NOON, [decided(Verdict.REFUSE, 0.002)])
    assert made is not None
    assert [(rung.said, rung.kind) for rung in made.rungs] == [
        ("INVITE", "request"), ("REFUSE", "stop"), ("603 Decline", "bad"),
    ]  # fmt: skip
    assert [rung.at for rung in made.rungs] == [0.0, 0.003, 0.008]


def test_a_second_invite_changes_the_call_and_a_challenge_is_no_failure() -> None:
    made = ladder.drawn(
        steps(
            (0, "caller", "in", "INVITE"), (1, "caller", "out", "407 INVITE"), (2, "caller", "in", "INVITE"),
            (9, "caller", "out", "200 INVITE"), (99, "caller", "in", "INVITE"), (120, "caller", "in", "BYE"),
            (121, "caller", "out", "200 BYE"),
        ), NOON,
    )  # fmt: skip
    assert made is not None
    said = [(rung.said, rung.kind) for rung in made.rungs]
    assert said[1:3] == [("407 Proxy Auth Required", "told"), ("INVITE", "request")]
    assert said[4:] == [("INVITE, to change it", "request"), ("BYE", "request"), ("200 OK (BYE)", "fine")]


def test_without_signalling_there_is_no_ladder() -> None:
    assert ladder.drawn([], NOON, [decided(Verdict.ALLOW, 0)]) is None
