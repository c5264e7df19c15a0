"""Number reclamation."""

from __future__ import annotations

from dataclasses import dataclass

from masstransit.clause import Clause, figure


@dataclass(frozen=True, kw_only=True)
class NumberReclamation(Clause):
    """A number that carriers say is not used enough may be taken back. Before that we tell its holder, and try with
    the carrier to prevent it. What comes in counts as use, and a number that serves opt-outs, alarms or a hold
    stays. One that was given back rests before somebody else gets it; opt-outs belong to people and outlive it.
    """

    number = "R"
    title = "Number reclamation"
    rests_on = "The reason is a carrier's rule or finding, never our own count alone."
    not_yet = "It does not reclaim numbers yet; a number that is given back is not offered again by itself."

    idle_days: int = figure(60, "rulebook R1, default", "days before a review")
    notice_days: tuple[int, ...] = figure((30, 14, 3), "rulebook R2, default", "days before")
    age_days: int = figure(45, "47 CFR 52.15(f)(1)(ii)", "days")
    age_residential_days: int = figure(90, "47 CFR 52.15(f)(1)(ii)", "days at most")
    age_business_days: int = figure(365, "47 CFR 52.15(f)(1)(ii)", "days at most")
