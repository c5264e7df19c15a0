"""Clause 10: fraud."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from masstransit.clause import Case, Clause, Rulings, figure, rule
from masstransit.facts.identity import GeoPermission, Numbering
from masstransit.facts.pumping import Prefix
from masstransit.model.communication import Communication, Moment, Purpose
from masstransit.model.decision import Verdict, flag, refuse


@dataclass(frozen=True, kw_only=True)
class Fraud(Clause):
    """Nobody deceives people for gain through this platform, nor helps others to: no passing for a bank or an office,
    no baiting for codes, no traffic that exists to be paid for. To countries where such traffic likes to end, an
    account sends only after it said that it means to.
    """

    number = "10"
    title = "Fraud"
    rests_on = (
        "What a text pretends rests on reports, and on a person who knows the sender; whether a code was used, on the "
        "customer, who says so of each message (Feedback)."
    )
    not_yet = (
        "It judges where an account may send and where its one-time codes go (10.2). What messages say (10.1, 10.4), "
        "brands that texts claim (10.3) and the lists of sanctioned persons (10.5) wait for their facts."
    )

    off_by_default: tuple[str, ...] = figure(
        ("AF", "BY", "CD", "CU", "IR", "KG", "KP", "LY", "MM", "SD", "SO", "SS", "SY", "TJ", "TM", "UZ", "YE"),
        "rulebook 10.2: high-risk countries are off until enabled, the list a default",
        "countries",
    )
    pumped_codes: int = figure(20, "rulebook 10.2, default", "codes in an hour to one range, two minutes old or more")
    unproven_codes: int = figure(100, "rulebook 10.2, default", "codes in an hour to a range where none was ever used")
    pumped_share: float = figure(0.1, "rulebook 10.2, default", "share of the brand's codes in an hour")
    used_share: float = figure(0.2, "rulebook 10.2, default", "share of codes that are used")
    usual_days: int = figure(3, "rulebook 10.2, default", "days of 14 on which codes go to a range that is usual")

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

    # Codes that are too young to have been used say nothing, and a brand whose other codes are hardly used either does
    # not say what becomes of them: then nobody knows whether these were.
    @rule("10.2.1", "codes go to people who use them", needs=(Prefix, GeoPermission, Numbering),
          when_unknown=Verdict.ALLOW, moments=Moment.OFFER | Moment.OUTCOME, purposes=(Purpose.OTP,))  # fmt: skip
    def pumped(self, case: Case) -> Rulings:
        offer, sent, premium = case.subject, case[Prefix], case[Numbering].recipient_premium
        if not isinstance(offer, Communication) or offer.purpose is not Purpose.OTP:
            return  # outcomes are only counted
        told = sent.all_used_7d > 0 and sent.all_used_7d >= self.used_share * (sent.all_codes_7d - sent.codes_1h)
        usual = (sent.used_days_14d if told else sent.days_14d) >= self.usual_days and not premium
        if not offer.risk_check or sent.safe or usual or not self._is_unused(sent):
            return
        words = "many one-time codes go to this range of numbers"
        remedy = (
            "stop whoever has them sent (a limit for each visitor, a captcha, fewer countries); say of codes that came "
            "back that they were confirmed (Feedback); vouch for numbers that you know (SafeList)"
        )
        about: dict[str, Any] = {"range": sent.begins, "codes": sent.codes_1h, "used": sent.used_1h}
        if told or premium or case[GeoPermission].region in self.off_by_default:
            # Told afterwards, as SDK users know it: whoever pumps learns nothing from the answer.
            yield refuse(f"{words}, and hardly any is used", remedy=remedy, code=30450, by_content=True, **about)
        else:
            yield flag(f"{words}, and nothing tells whether they are used", remedy=remedy, **about)

    def _is_unused(self, sent: Prefix) -> bool:
        """Whether codes go to one range in numbers, and hardly any of those that are old enough was used, or of very
        many none."""
        ripe = sent.codes_1h - sent.codes_2m
        hardly = ripe >= self.pumped_codes and sent.used_1h < self.used_share * ripe
        never = sent.codes_1h >= self.unproven_codes and sent.used_days_14d == 0
        return (hardly or never) and sent.codes_1h >= self.pumped_share * sent.all_codes_1h
