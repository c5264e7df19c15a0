"""Clause 5: malicious programs."""

from __future__ import annotations

from dataclasses import dataclass

from masstransit.clause import Clause, figure


@dataclass(frozen=True, kw_only=True)
class MaliciousPrograms(Clause):
    """Nothing that is sent carries a program that harms, whether it is attached or stands behind a link, and
    whether the sender knew of it or not. What can't be opened to look at waits for a person; a sender who was
    broken into is helped, not punished.
    """

    number = "5"
    title = "Malicious programs"
    rests_on = "What scanners don't know rests on reports of those who received it."
    not_yet = "It judges nothing yet: its facts are not learned so far."

    scan_again_hours: tuple[int, ...] = figure((1, 24), "rulebook 5.1, default", "hours after delivery")
    keep_sample_days: int = figure(90, "rulebook 5.4, default", "days")
    young_domain_days: int = figure(7, "rulebook 5, default", "days")
