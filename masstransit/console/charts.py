"""Charts, drawn by the server as SVG: they need no script, and a screen reader reads their titles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row

_ORDER = ("ALLOW", "FLAG", "DELAY", "HOLD", "REFUSE")
_HOUR = timedelta(hours=1)


class Bars(msgspec.Struct, frozen=True):
    """Stacked bars."""

    bars: Sequence[tuple[str, Sequence[tuple[str, int, int]]]]  #: what it says, and its pieces: class, from, height
    most: int  #: the height of the highest


def hours(rows: Iterable[Row[Any]], until: datetime, count: int = 24) -> Bars:
    """The last `count` hours, with (hour, verdict, count) each; hours without any are there too."""
    end = until.replace(minute=0, second=0, microsecond=0)
    counted: dict[datetime, dict[str, int]] = {end - _HOUR * back: {} for back in range(count - 1, -1, -1)}
    for row in rows:
        if row.hour in counted:
            counted[row.hour][row.verdict] = counted[row.hour].get(row.verdict, 0) + row.total
    bars = [(_told(hour, of), _stacked(of)) for hour, of in counted.items()]
    return Bars(bars, max((sum(of.values()) for of in counted.values()), default=0) or 1)


def _told(hour: datetime, of: dict[str, int]) -> str:
    parts = ", ".join(f"{of[name]} {name.lower()}" for name in _ORDER if of.get(name))
    return f"{hour:%d %b %H:00} UTC: {parts or 'nothing'}"


def _stacked(of: dict[str, int]) -> list[tuple[str, int, int]]:
    pieces, below = [], 0
    for name in _ORDER:
        if height := of.get(name, 0):
            pieces.append((name.lower(), below, height))
            below += height
    return pieces
