"""How many calls an account has going, and how fast it begins them."""

from __future__ import annotations

from masstransit.channels.sip.places import Limits, Places

FEW = Limits(at_once=2, a_second=2.0)


def test_no_more_calls_than_an_account_may_have_at_once() -> None:
    places = Places()
    for _ in range(2):
        assert places.full("AC1", FEW, 0.0) == ""
        places.began("AC1")
    assert "at once: 2" in places.full("AC1", FEW, 10.0)
    assert places.full("AC2", FEW, 10.0) == ""
    places.ended("AC1")
    assert places.full("AC1", FEW, 10.0) == ""


def test_no_faster_than_an_account_may() -> None:
    places = Places()
    assert [places.full("AC1", FEW, 0.0) for _ in range(2)] == ["", ""]
    assert "2 a second" in places.full("AC1", FEW, 0.0)
    assert places.full("AC1", FEW, 0.5) == ""
    assert places.full("AC1", FEW, 0.6) != ""


def test_counts_begin_with_what_the_switch_has_and_never_go_below_nothing() -> None:
    places = Places()
    places.began("AC1")
    places.begin_with({"AC2": 2})
    assert "at once" in places.full("AC2", FEW, 0.0)
    places.ended("AC1")
    places.ended("AC1")
    assert dict(places.live) == {"AC2": 2}
