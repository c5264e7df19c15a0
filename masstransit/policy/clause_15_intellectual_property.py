"""Clause 15: intellectual property."""

from __future__ import annotations

from dataclasses import dataclass

from masstransit.clause import Clause, figure


@dataclass(frozen=True, kw_only=True)
class IntellectualProperty(Clause):
    """Nobody sends what belongs to others: their works, their marks, their likeness. Whoever holds a right gives
    notice; what we store is then taken down, the customer hears of it and may answer, and it comes back unless the
    matter goes to court.
    """

    number = "15"
    title = "Intellectual property"
    rests_on = "Whose right it is rests on notices and counter-notices."
    not_yet = "It judges nothing yet: its facts are not learned so far."

    remove_hours: int = figure(24, "rulebook 15.3, default", "hours")
    restore_after_days: int = figure(10, "17 USC 512(g)(2)(C)", "business days")
    restore_before_days: int = figure(14, "17 USC 512(g)(2)(C)", "business days")
    strikes: int = figure(3, "rulebook 15, default", "strikes in 12 months")
