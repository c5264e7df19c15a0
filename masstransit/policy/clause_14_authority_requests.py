"""Clause 14: requests of law enforcement and regulators."""

from __future__ import annotations

from dataclasses import dataclass

from masstransit.clause import Case, Clause, Rulings, rule
from masstransit.facts.calls.callers import CallerRight
from masstransit.facts.complaints import Orders
from masstransit.facts.samples import Sampled
from masstransit.facts.successors import Continued
from masstransit.model.communication import Kind, Moment, Purpose
from masstransit.model.decision import Verdict, flag, hold, refuse
from masstransit.model.outcome import OutcomeKind

_ASK = "ask the operator, quoting the decision"  # an order that is sealed lets nobody say more


@dataclass(frozen=True, kw_only=True)
class AuthorityRequests(Clause):
    """When an authority asks with good right that somebody's traffic be stopped, it is stopped: that traffic, for that
    long, and no other. Whether the request is genuine is found out first, because forged ones are a known abuse; a
    request that was not verified stops nobody.
    """

    number = "14"
    title = "Requests of authorities"
    rests_on = (
        "Whether a request is genuine rests on a person who calls the authority back at a published number; whether "
        "another account is a stopped sender's (14.3), beyond what texts and domains show, on one who compares "
        "them; that a traceback is answered within a day (14.2), on the desk, whose case writes the answer."
    )

    @rule("14.1", "a verified order stops what it names", needs=(Orders,), about=Orders, when_unknown=Verdict.HOLD,
          kinds=Kind.ANY, law="47 CFR 64.1200(n)(2)")  # fmt: skip
    def standing_order(self, case: Case) -> Rulings:
        for order in case[Orders].standing:
            if order.gag:
                yield refuse("this sender may not send at present", remedy=_ASK, code=30004)
            else:
                yield refuse(
                    f"an authority asked that this be stopped: {order.authority}, {order.reference}",
                    remedy="appeal if this is not you or the order does not reach so far",
                    code=30004,
                    order=order.order,
                    scope=order.scope,
                    since=order.since,
                )

    # The order itself is carried out by 14.1: while the texts are unknown, nobody else is stopped for it.
    @rule(
        "14.3",
        "what an order stopped does not go on elsewhere",
        needs=(Continued,),
        about=Continued,
        when_unknown=Verdict.ALLOW,
        kinds=Kind.ANY,
    )
    def goes_on(self, case: Case) -> Rulings:
        found = case[Continued]
        if not found.order or found.by_number or case.communication.purpose in (Purpose.OTP, Purpose.EMERGENCY):
            return
        if not found.domain and case.communication.purpose not in (None, Purpose.MARKETING):
            return  # notices may read alike by chance; advertisements don't
        if found.gag:
            yield hold("a person looks at this message first", remedy=_ASK)
        else:
            yield hold(
                "this reads like traffic that was stopped elsewhere: a person looks at it first",
                remedy="show that you have nothing to do with who was stopped",
                order=found.order,
                domain=found.domain,
            )

    # A number that is bought from us after it has rested has another holder; one that was brought along has not.
    @rule("14.3.1", "who may not call does not call on by another account", needs=(Continued, CallerRight),
          about=Continued, when_unknown=Verdict.ALLOW, kinds=Kind.CALL, law="47 CFR 64.1200(n)(2)")  # fmt: skip
    def calls_on(self, case: Case) -> Rulings:
        found = case[Continued]
        if not found.by_number or case[CallerRight].grounds == "owned":
            return
        if case.communication.purpose in (Purpose.OTP, Purpose.EMERGENCY):
            return
        if found.gag:
            yield hold("a person looks at this call first", remedy=_ASK)
        else:
            yield hold(
                "this call shows a number whose calls were stopped elsewhere: a person looks at it first",
                remedy="show that you have nothing to do with who was stopped",
                order=found.order,
            )

    @rule(
        "14.3b",
        "what an authority called illegal is not sent, nor what reads like it",
        needs=(Sampled,),
        about=Sampled,
        when_unknown=Verdict.ALLOW,
        kinds=Kind.ANY,
        law="47 CFR 64.1200(n)(2)",
    )
    def sampled(self, case: Case) -> Rulings:
        found = case[Sampled]
        if not found.notice or case.communication.purpose is Purpose.EMERGENCY:
            return
        if found.same:
            yield refuse(
                "an authority called this very text illegal",
                remedy="appeal if you have nothing to do with what it means",
                code=30007,
                by_content=True,
                notice=found.notice,
            )
        else:
            yield hold(
                "this reads much like a text that an authority called illegal: a person looks at it first",
                remedy="show what you send it for, and who asked for it",
                notice=found.notice,
                domain=found.domain,
            )

    @rule(
        "14.4",
        "a request is looked at by a person",
        when_unknown=Verdict.FLAG,
        moments=Moment.OUTCOME,
        direction=None,
        kinds=Kind.ANY,
    )
    def request(self, case: Case) -> Rulings:
        if case.outcome.what is OutcomeKind.AUTHORITY_REQUEST:
            yield flag(
                "an authority asks something about this account",
                remedy="the operator calls it back at a published number, keeps everything, and answers in time",
            )
