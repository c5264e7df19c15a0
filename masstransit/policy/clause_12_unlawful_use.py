"""Clause 12: unlawful use."""

from __future__ import annotations

from dataclasses import dataclass

from masstransit.clause import Clause, figure


@dataclass(frozen=True, kw_only=True)
class UnlawfulUse(Clause):
    """Nobody breaks a law through this platform or helps others to: the law of where the sender is, of where the
    recipient is, of where the number belongs. A finding here names the law and the place; where nobody can name one
    there is none.
    """

    number = "12"
    title = "Unlawful use"
    rests_on = "Which law was broken, and whether it was, rests on counsel."
    not_yet = "It judges nothing yet: its facts are not learned so far."

    rmd_update_days: int = figure(10, "47 CFR 64.6305", "business days")
