"""Clause 9: harvesting."""

from __future__ import annotations

from dataclasses import dataclass

from masstransit.clause import Clause, figure


@dataclass(frozen=True, kw_only=True)
class Harvesting(Clause):
    """Nobody uses this platform to gather data about people who did not expressly agree, or under a pretence: no
    walking through numbers to see which are alive, no bait for an answer, no look-ups without a purpose.
    """

    number = "9"
    title = "Harvesting"
    rests_on = "Whether a question is a pretence rests on a person who knows who asks."
    not_yet = "It judges nothing yet: its facts are not learned so far."

    sequence: int = figure(200, "rulebook 9, default", "numbers in order")
    same_opener: int = figure(100, "rulebook 9, default", "strangers")
