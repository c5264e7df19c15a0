"""Clause 1: interference with the platform."""

from __future__ import annotations

from dataclasses import dataclass

from masstransit.clause import Clause, figure


@dataclass(frozen=True, kw_only=True)
class Interference(Clause):
    """Nobody uses this platform to get others to harm it: to flood its support, to trade in its accounts, to send
    on stolen cards. It takes both, that others are called on and that the harm is serious. To criticise the
    platform, to complain about it or to compare its prices is never a breach.
    """

    number = "1"
    title = "Interference with the platform"
    rests_on = (
        "Whether others were called on, and how serious the harm is, rests on invoices, incidents and a person's "
        "finding."
    )
    not_yet = "It judges nothing yet: its facts are not learned so far."

    carrier_penalty: int = figure(500, "rulebook 1.1, default", "US dollars")
    capacity_loss: float = figure(0.005, "rulebook 1.1, default", "share of capacity for 15 minutes")
    incident_hours: int = figure(2, "rulebook 1.1, default", "hours of a staffed incident")
