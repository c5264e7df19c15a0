"""Clause 1: interference with the platform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from masstransit.clause import REPORTS, Case, Clause, Rulings, figure, rule
from masstransit.facts.interference import Appeal, Incident, Incidents
from masstransit.model.communication import Kind
from masstransit.model.decision import Ruling, Verdict, flag, hold


@dataclass(frozen=True, kw_only=True)
class Interference(Clause):
    """Nobody uses this platform to get others to harm it: to flood its support, to trade in its accounts, to send
    on stolen cards. It takes both, that others are called on and that the harm is serious. To criticise the
    platform, to complain about it or to compare its prices is never a breach.

    That harm is serious is put on record by the operator, as an incident; without one a text that calls on others is
    looked at afterwards, and goes out.
    """

    number = "1"
    title = "Interference with the platform"
    unheard = ((Kind.VIDEO, REPORTS),)
    rests_on = (
        "How serious the harm is rests on invoices and incidents that the operator puts on record; stolen cards "
        "and farmed referral credit rest on reports; so do bribes that are offered elsewhere."
    )

    tenants: int = figure(
        3, "rulebook 1, default", "customers whose texts call on others against one target, in 24 hours"
    )
    carrier_penalty: int = figure(500, "rulebook 1.1, default", "US dollars")
    capacity_loss: float = figure(0.005, "rulebook 1.1, default", "share of capacity for 15 minutes")
    incident_hours: int = figure(2, "rulebook 1.1, default", "hours of a staffed incident")

    @rule("1.1", "nobody calls on others to flood the platform", needs=(Appeal, Incidents),
          about=Appeal, when_unknown=Verdict.ALLOW, kinds=Kind.WORDS)  # fmt: skip
    def flooding(self, case: Case) -> Rulings:
        appeal = case[Appeal]
        if appeal.calls:
            many = appeal.tenants_24h >= self.tenants
            yield self._weighed(case, "this calls on others to flood the platform", coordinated=many)

    @rule("1.3", "nobody trades in the platform's accounts", needs=(Appeal, Incidents),
          about=Appeal, when_unknown=Verdict.ALLOW, kinds=Kind.WORDS)  # fmt: skip
    def trading(self, case: Case) -> Rulings:
        if case[Appeal].trades:
            yield self._weighed(case, "this offers or seeks accounts or keys of the platform")

    @rule("1.3.1", "nobody bribes the platform's staff", needs=(Appeal, Incidents),
          about=Appeal, when_unknown=Verdict.ALLOW, kinds=Kind.WORDS)  # fmt: skip
    def bribing(self, case: Case) -> Rulings:
        if case[Appeal].bribes:
            yield self._weighed(case, "this offers money to the platform's staff for letting something by")

    def _weighed(self, case: Case, reason: str, **about: Any) -> Ruling:
        """Held where an incident shows that the harm is serious; else a person looks afterwards."""
        appeal = case[Appeal]
        remedy = "say what you think of the platform, but call on nobody to harm it"
        about |= {"target": appeal.target, "tenants_24h": appeal.tenants_24h, "spans": appeal.words}
        serious = [i for i in case[Incidents].recent if self._serious(i) and i.target in ("platform", appeal.target)]
        if not serious:
            return flag(reason, remedy=remedy, **about)
        return hold(f"{reason}, which was seriously harmed", remedy=remedy, incident=serious[-1].incident, **about)

    def _serious(self, incident: Incident) -> bool:
        return (
            incident.route
            or incident.penalty >= self.carrier_penalty
            or incident.capacity > self.capacity_loss
            or incident.hours > self.incident_hours
        )
