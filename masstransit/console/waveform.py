"""A recording drawn: how loud each leg is, and when each was told, answered, paused and joined.

The picture begins when the recording was asked for. What lies before the gate's yes has no sound, because none was
kept: there stand the announcements and the answers. It is as wide as it takes to be read, however short it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from masstransit.story import Mark, Recorded

COLUMNS = 900  #: parts in which loudness is told
_WIDTH, _LANE, _TOP, _FOOT = 1000.0, 64, 46, 26  # units of the picture
_LEAST, _MOST = 0.16, 0.34  # of the width that what came before the sound has
_STOPS, _GOES_ON = ("paused", "joined"), ("resumed",)
_KINDS = {
    "told": "told", "unheard": "bad", "agreed": "fine", "declined": "bad", "silent": "bad", "began": "began",
    "resumed": "began", "joined": "stop", "paused": "stop",
}  # fmt: skip
_APART = 22.0  # units that the numbers of two marks need
_ROWS = 3


class Flag(msgspec.Struct, frozen=True, kw_only=True):
    """A mark in the picture."""

    number: int
    mark: Mark
    kind: str
    x: float
    row: int  #: 0 is the uppermost
    seconds: float  #: from the first sample; less than 0: before it


class Wave(msgspec.Struct, frozen=True, kw_only=True):
    """The whole picture."""

    lanes: Sequence[tuple[int, str, str]]  #: where its middle is, whose it is, and its outline as an SVG path
    flags: Sequence[Flag]
    pauses: Sequence[tuple[float, float]]  #: from, width
    begins: float  #: where the sound does
    ticks: Sequence[tuple[float, str]]
    height: int
    width: float = _WIDTH

    @property
    def foot(self) -> int:
        """Where the lanes end."""
        return self.height - _FOOT


def drawn(row: Any, recorded: Recorded, peaks: Sequence[Sequence[float]]) -> Wave:
    """The picture of a recording as it is on record, with what is left of its sound."""
    scale = _Scale(row, recorded.marks)
    lanes = []
    for nth, leg in enumerate(peaks):
        middle = _TOP + _LANE * nth + _LANE // 2
        lanes.append((middle, f"leg {nth + 1}", _outline(leg, middle, scale)))
    height = _TOP + _LANE * max(len(lanes), 1) + _FOOT
    return Wave(
        lanes=lanes,
        flags=list(_flags(recorded.marks, scale)),
        pauses=list(_pauses(recorded.marks, scale)),
        begins=scale.begins,
        ticks=list(scale.ticks()),
        height=height,
    )


class _Scale:
    """Where an instant is in the picture: one scale until the sound begins, another one from there."""

    def __init__(self, row: Any, marks: Sequence[Mark]) -> None:
        self.zero: datetime = row.began_at or row.ended_at or row.asked_at
        last = max((self.since(mark.at) for mark in marks), default=0.0)  # of one that goes on, its length so far
        self.seconds = float(max(row.seconds, 0.0 if row.ended_at else last, 0.001))
        self.before: float = max((self.zero - row.asked_at).total_seconds(), 0.001)
        share = self.before / (self.before + self.seconds) if row.began_at else 1.0
        least, most = (_LEAST, _MOST) if row.began_at else (1.0, 1.0)
        self.begins = round(_WIDTH * min(max(share, least), most), 1)

    def of(self, seconds: float) -> float:
        """Where it is, so many seconds from the first sample."""
        if seconds < 0:
            return round(max(self.begins * (1 + seconds / self.before), 0.0), 1)
        return round(min(self.begins + (_WIDTH - self.begins) * seconds / self.seconds, _WIDTH), 1)

    def since(self, at: datetime) -> float:
        return (at - self.zero).total_seconds()

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Some times of the sound, a whole number of seconds apart."""
        if self.begins >= _WIDTH:
            return
        step = next((s for s in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800) if self.seconds / s <= 8), 3600)
        for seconds in range(0, int(self.seconds) + 1, step):
            yield self.of(seconds), f"{seconds // 60}:{seconds % 60:02d}"


def _outline(peaks: Sequence[float], middle: int, scale: _Scale) -> str:
    """A stroke up and down for each part."""
    wide = (_WIDTH - scale.begins) / max(len(peaks), 1)
    half = _LANE / 2 - 4
    strokes = []
    for nth, peak in enumerate(peaks):
        x, tall = scale.begins + wide * (nth + 0.5), max(half * peak, 0.4)
        strokes.append(f"M{x:.1f} {middle - tall:.1f}V{middle + tall:.1f}")
    return "".join(strokes)


def _flags(marks: Sequence[Mark], scale: _Scale) -> Iterator[Flag]:
    """The marks in their order, those that are near each other in rows."""
    last = [-_APART] * _ROWS
    for number, mark in enumerate(marks, 1):
        seconds = scale.since(mark.at)
        x = scale.of(seconds)
        row = next((row for row in range(_ROWS) if x - last[row] >= _APART), number % _ROWS)
        last[row] = x
        yield Flag(number=number, mark=mark, kind=_KINDS.get(mark.what, "other"), x=x, row=row, seconds=seconds)


def _pauses(marks: Sequence[Mark], scale: _Scale) -> Iterator[tuple[float, float]]:
    """From where to where nothing was kept."""
    since: float | None = None
    for mark in marks:
        at = scale.since(mark.at)
        if mark.what in _STOPS and since is None and at > 0:
            since = at
        elif mark.what in _GOES_ON and since is not None:
            yield scale.of(since), scale.of(at) - scale.of(since)
            since = None
    if since is not None:
        yield scale.of(since), _WIDTH - scale.of(since)
