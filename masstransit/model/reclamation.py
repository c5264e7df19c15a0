"""A number that its provider wants back for want of use: how it stands with it, and what is to be done today."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """One open case on one day."""

    today: date
    opened: date
    deadline: date  #: on which the provider takes the number, or we give it back
    fixed: bool = True  #: the provider set the deadline; else it is ours, and a notice that is late moves it
    used: date | None = None  #: the last day on which anything came in or went out
    sent: date | None = None  #: the last day on which anything went out
    notices: tuple[int, ...] = ()  #: that were given, by the days before the deadline that they are for
    told: date | None = None  #: when the last of them was given
    rests: str = ""  #: what stands in the way meanwhile: a hold, a port, a dispute, a suspension
    kept_for: str = ""  #: what the number serves, where that keeps it (rulebook R3)


class Due(msgspec.Struct, frozen=True):
    """What is to be done."""

    what: Literal["wait", "notice", "keep", "reclaim"]
    days: tuple[int, ...] = ()  #: the notices that are due, by the days before the deadline
    deadline: date | None = None  #: with a notice: the deadline as it is then
    because: str = ""
