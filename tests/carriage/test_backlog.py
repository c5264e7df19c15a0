"""First come, first served, but for those whose window is full."""

from __future__ import annotations

from masstransit.carriage.backlog import Backlog
from masstransit.model.communication import Kind

KINDS = {"s": Kind.SMS, "m": Kind.MMS, "e": Kind.EMAIL}


def a_backlog(*items: str) -> Backlog[str]:
    made: Backlog[str] = Backlog(lambda item: KINDS[item[0]])
    made.add(items)
    return made


def test_they_are_taken_in_their_order_whatever_their_kind() -> None:
    backlog = a_backlog("s1", "e1", "s2", "m1", "e2")
    assert backlog.take(4, lambda _: 10) == ["s1", "e1", "s2", "m1"]
    assert (len(backlog), backlog.items()) == (1, ["e2"])
    assert backlog.take(4, lambda _: 10) == ["e2"]


def test_what_waits_for_a_full_window_holds_up_nothing_else() -> None:
    backlog = a_backlog("e1", "e2", "e3", "s1", "s2")
    assert backlog.take(4, lambda kind: 1 if kind is Kind.EMAIL else 10) == ["e1", "s1", "s2"]
    assert backlog.take(4, lambda _: 0) == []
    assert backlog.items() == ["e2", "e3"]


def test_what_is_put_back_is_first_again() -> None:
    backlog = a_backlog("s1", "m1", "s2", "m2")
    taken = backlog.take(3, lambda _: 10)
    backlog.put_back(taken[1:])
    backlog.add(["s3"])
    assert backlog.take(9, lambda _: 10) == ["m1", "s2", "m2", "s3"]


def test_all_are_forgotten_together() -> None:
    backlog = a_backlog("s1", "m1")
    backlog.clear()
    assert (len(backlog), backlog.take(5, lambda _: 10)) == (0, [])
