"""How many calls an account has going, and how fast it begins them."""

from __future__ import annotations

from masstransit.channels.sip.places import Limits, Places

FEW = Limits(at_once=2, a_second=2.0)


def test_no_more_calls_than_an_account_may_have_at_once() -> None:
    places = Places()
    for call in ("CA1", "CA2"):
        assert places.full("AC1", FEW, 0.0) == ""
        places.began("AC1", call)
    assert "at once: 2" in places.full("AC1", FEW, 10.0)
    assert places.full("AC2", FEW, 10.0) == ""
    places.ended("AC1", "CA1")
    places.ended("AC1", "CA1")  # its record is brought again
    assert places.live == {"AC1": 1}
    assert places.full("AC1", FEW, 10.0) == ""


def test_no_faster_than_an_account_may() -> None:
    places = Places()
    assert [places.full("AC1", FEW, 0.0) for _ in range(2)] == ["", ""]
    assert "2 a second" in places.full("AC1", FEW, 0.0)
    assert places.full("AC1", FEW, 0.5) == ""
    assert places.full("AC1", FEW, 0.6) != ""


def test_how_long_the_next_has_to_wait() -> None:
    places = Places()
    assert [places.wait("AC1", FEW, 0.0) for _ in range(3)] == [0.0, 0.0, 0.5]
    assert places.wait("AC1", FEW, 0.25) == 0.25
    assert places.wait("AC1", FEW, 0.5) == 0.0
    assert places.crowded("AC1", FEW) == ""


def test_those_that_are_about_to_begin_count_where_they_are_told() -> None:
    places = Places()
    places.began("AC1", "CA1")
    assert places.crowded("AC1", FEW, FEW.at_once - 2) == ""
    assert "at once" in places.crowded("AC1", FEW, FEW.at_once - 1)


def test_counts_begin_with_what_the_switch_has() -> None:
    places = Places()
    places.began("AC1", "CA1")
    places.begin_with({"CA2": "AC2", "CA3": "AC2"})
    assert "at once" in places.full("AC2", FEW, 0.0)
    places.ended("AC1", "CA1")
    assert places.live == {"AC2": 2}
