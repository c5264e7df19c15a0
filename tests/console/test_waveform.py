"""Where marks and pauses stand in the picture of a recording."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from masstransit.console import waveform
from masstransit.story import Mark, Recorded
from tests.makers import NOON


def drawn(*marks: tuple[float, str], seconds: float = 40.0, asked: float = -10.0, **more: Any) -> waveform.Wave:
    """A recording whose sound begins at noon, unless it is told otherwise."""
    told = [Mark(at=NOON + timedelta(seconds=at), said=what, what=what) for at, what in marks]
    row = {"asked_at": NOON + timedelta(seconds=asked), "began_at": NOON, "ended_at": NOON + timedelta(seconds=seconds)}
    recorded = Recorded(
        account="AC1", sid="RE1", act="record", state="ended", seconds=seconds, erased_at=None, marks=tuple(told)
    )
    return waveform.drawn(SimpleNamespace(**{**row, "seconds": seconds, **more}), recorded, [[0.5] * 900])


def test_what_was_told_and_agreed_stands_before_the_first_sample() -> None:
    wave = drawn((-5.0, "told"), (-1.0, "agreed"), (0.0, "began"), (40.0, "ended"))
    told, agreed, began, ended = wave.flags
    assert 0 < told.x < agreed.x < began.x == wave.begins < ended.x == wave.width
    assert [flag.kind for flag in wave.flags] == ["told", "fine", "began", "other"]
    assert (told.seconds, agreed.seconds) == (-5.0, -1.0)


def test_of_an_hour_what_came_before_is_wide_enough_to_be_read_and_of_seconds_it_leaves_room() -> None:
    assert drawn(seconds=3600.0).begins == 160.0
    assert drawn(seconds=1.0, asked=-60.0).begins == 340.0
    assert drawn(asked=-10.0).begins == 200.0  # a fifth, as it was


def test_pauses_last_until_it_goes_on_or_to_the_end() -> None:
    wave = drawn((10.0, "paused"), (20.0, "resumed"), (30.0, "joined"))
    (first, wide), (second, rest) = wave.pauses
    assert (first, wide, second, rest) == (400.0, 200.0, 800.0, 200.0)


def test_marks_that_are_near_each_other_stand_in_rows() -> None:
    wave = drawn((10.0, "told"), (10.1, "told"), (10.2, "agreed"), (30.0, "paused"))
    assert [flag.row for flag in wave.flags] == [0, 1, 2, 0]


def test_what_was_refused_has_no_sound_and_all_its_marks() -> None:
    wave = drawn((-8.0, "told"), (-2.0, "declined"), seconds=0.0, began_at=None, ended_at=NOON)
    assert wave.begins == wave.width
    assert list(wave.ticks) == []
    assert [flag.kind for flag in wave.flags] == ["told", "bad"]
    assert wave.flags[0].x < wave.flags[1].x < wave.width
