"""Number reclamation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from masstransit.clause import Clause, figure
from masstransit.model.communication import Kind
from masstransit.model.reclamation import Due, Situation


@dataclass(frozen=True, kw_only=True)
class NumberReclamation(Clause):
    """A number that carriers say is not used enough may be taken back. Before that we tell its holder, and try with
    the carrier to prevent it. What comes in counts as use, and a number that serves opt-outs, alarms or a hold
    stays. One that was given back rests before somebody else gets it; opt-outs belong to people and outlive it.
    """

    number = "R"
    title = "Number reclamation"
    unheard = ((Kind.ANY, "It is asked once a day about numbers, not about what goes over them."),)
    rests_on = "The reason is a carrier's rule or finding, never our own count alone."
    not_yet = (
        "Calls and faxes count as use once they are carried. The monthly report to the Reassigned Numbers Database is "
        "the operator's."
    )

    idle_days: int = figure(60, "rulebook R1, default", "days before a review")
    notice_days: tuple[int, ...] = figure((30, 14, 3), "rulebook R2, default", "days before")
    opt_out_days: int = figure(
        30, "47 CFR 64.1200(a)(4)(vi), 15 USC 7704(a)(3)(A)(ii): an opt-out route stays so long", "days", law="least"
    )
    age_days: int = figure(45, "47 CFR 52.15(f)(1)(ii)", "days", law="least")
    age_residential_days: int = figure(90, "47 CFR 52.15(f)(1)(ii)", "days at most", law="most")
    age_business_days: int = figure(365, "47 CFR 52.15(f)(1)(ii)", "days at most", law="most")
    age_toll_free_days: int = figure(120, "47 CFR 52.103(d): four months", "days at most", law="most")

    def falls_under(self, rule_days: int, *, used: date | None, since: date, today: date) -> bool:
        """R1: whether a number that its holder has `since` then is unused for longer than a provider's rule allows."""
        return (today - max(used or since, since)).days > rule_days

    def is_idle(self, *, used: date | None, since: date, today: date) -> bool:
        """Whether we look at it ourselves. That alone takes no number from anybody."""
        return self.falls_under(self.idle_days, used=used, since=since, today=today)

    def due(self, case: Situation) -> Due:
        """R2 and R3: what is to be done about a case today. No number is reclaimed whose holder did not get every
        notice, the last of them in time."""
        if case.kept_for:
            return Due("keep", because=f"it serves {case.kept_for}")
        if case.used is not None and case.used >= case.opened:
            return Due("keep", because=f"it was used on {case.used:%Y-%m-%d}")
        if case.rests:
            return Due("wait", because=case.rests)
        left = (case.deadline - case.today).days
        missing = tuple(days for days in self.notice_days if days >= left and days not in case.notices)
        if missing and case.fixed:
            return Due("notice", days=missing, deadline=case.deadline)
        if missing:  # nobody but us is in a hurry: each notice has its time
            first = max(missing)
            return Due("notice", days=(first,), deadline=max(case.deadline, case.today + timedelta(days=first)))
        shortest = min(self.notice_days)
        if left > 0 or case.told is None or (case.today - case.told).days < shortest:
            return Due("wait")
        if case.sent is not None and (case.today - case.sent).days < self.opt_out_days:
            return Due("wait", because=f"it sent on {case.sent:%Y-%m-%d}: people may still answer STOP to it")
        return Due("reclaim")

    def rests_too_long(self, *, kind: str, business: bool, since: date, today: date) -> bool:
        """R4: whether a number (its `kind`: local, mobile, toll-free) that was given up is kept from others for longer
        than is allowed."""
        most = self.age_business_days if business else self.age_residential_days
        return (today - since).days > (self.age_toll_free_days if kind == "toll-free" else most)
