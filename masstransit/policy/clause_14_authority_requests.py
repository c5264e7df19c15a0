"""Clause 14: requests of law enforcement and regulators."""

from __future__ import annotations

from dataclasses import dataclass

from masstransit.clause import Case, Clause, Rulings, rule
from masstransit.facts.complaints import Orders
from masstransit.model.communication import Moment, OutcomeKind
from masstransit.model.decision import Verdict, flag, refuse


@dataclass(frozen=True, kw_only=True)
class AuthorityRequests(Clause):
    """When an authority asks with good right that somebody's traffic be stopped, it is stopped: that traffic, for that
    long, and no other. Whether the request is genuine is found out first, because forged ones are a known abuse; a
    request that was not verified stops nobody.
    """

    number = "14"
    title = "Requests of authorities"
    rests_on = "Whether a request is genuine rests on a person who calls the authority back at a published number."
    not_yet = (
        "Traffic like that of a stopped sender under another account (14.3) waits for the graph of who is who; "
        "tracebacks within a day (14.2), for the call channels and the cases."
    )

    @rule("14.1", "a verified order stops what it names", needs=(Orders,), when_unknown=Verdict.HOLD,
          law="47 CFR 64.1200(n)(2)")  # fmt: skip
    def standing_order(self, case: Case) -> Rulings:
        for order in case[Orders].standing:
            if order.gag:
                yield refuse("this sender may not send at present", code=30004)
            else:
                yield refuse(
                    f"an authority asked that this be stopped: {order.authority}, {order.reference}",
                    remedy="appeal if this is not you or the order does not reach so far",
                    code=30004,
                    order=order.order,
                    scope=order.scope,
                    since=order.since,
                )

    @rule(
        "14.4", "a request is looked at by a person", when_unknown=Verdict.FLAG, moments=Moment.OUTCOME, direction=None
    )
    def request(self, case: Case) -> Rulings:
        if case.outcome.what is OutcomeKind.AUTHORITY_REQUEST:
            yield flag("an authority asks something about this account: verify it, keep everything, answer in time")
