"""Clause 10: fraud."""

from __future__ import annotations

from dataclasses import dataclass

from masstransit.clause import Case, Clause, Rulings, figure, rule
from masstransit.facts.identity import GeoPermission
from masstransit.model.decision import Verdict, refuse


@dataclass(frozen=True, kw_only=True)
class Fraud(Clause):
    """Nobody deceives people for gain through this platform, nor helps others to: no passing for a bank or an office,
    no baiting for codes, no traffic that exists to be paid for. To countries where such traffic likes to end, an
    account sends only after it said that it means to.
    """

    number = "10"
    title = "Fraud"
    rests_on = "What a text pretends rests on reports, and on a person who knows the sender."
    not_yet = (
        "It judges where an account may send (10.2). What messages say, whether codes that are sent get used, and the "
        "lists of sanctioned persons wait for their facts."
    )

    off_by_default: tuple[str, ...] = figure(
        ("AF", "BY", "CD", "CU", "IR", "KG", "KP", "LY", "MM", "SD", "SO", "SS", "SY", "TJ", "TM", "UZ", "YE"),
        "rulebook 10.2: high-risk countries are off until enabled, the list a default",
        "countries",
    )

    @rule("10.2", "an account sends where it said that it does", needs=(GeoPermission,), when_unknown=Verdict.HOLD,
          first=True)  # fmt: skip
    def enabled_country(self, case: Case) -> Rulings:
        permission = case[GeoPermission]
        off = permission.enabled is None and permission.region in self.off_by_default
        if off or permission.enabled is False:
            yield refuse(
                "messages to this country are not enabled for this account",
                remedy="enable the country in the account's geographic permissions",
                code=21408,
                region=permission.region,
            )
