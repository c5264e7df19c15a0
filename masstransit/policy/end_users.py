"""The customer's answer for its end users."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from masstransit.clause import Case, Clause, Rulings, figure, rule
from masstransit.facts.accounts import EndUser
from masstransit.facts.brands import Brands
from masstransit.facts.links import Links
from masstransit.facts.standing import Pace, Step, Steps, is_awaited
from masstransit.facts.successors import Successor
from masstransit.model.communication import Kind, Purpose
from masstransit.model.decision import Ruling, Verdict, delay, flag, hold, refuse

_UNITS = {"number": "number", "campaign": "campaign", "end_user": "end user", "account": "account"}
_CODE = 30004  # the SDKs': blocked
_CODES = {"campaign": 30033, "account": 30002}  # of what else is suspended they only say that
_CARRIED = Kind.ANY
_MAY_WAIT = tuple(purpose for purpose in Purpose if purpose not in (Purpose.OTP, Purpose.EMERGENCY))


@dataclass(frozen=True, kw_only=True)
class EndUsersConduct(Clause):
    """A customer keeps to the policy and sees to it that those who send through it do too. It names the end user for
    whom it sends; where it names nobody, it answers itself. An end user that was stopped stays stopped, and the
    customer's other end users go on as before.

    What was found of somebody's traffic counts for the smallest unit that answers for it: a number, a campaign, an end
    user, an account. It is warned, slowed down, blocked until a person has looked, or suspended, and each of these
    ends, or is lifted.
    """

    number = "B"
    title = "End users"
    rests_on = (
        "Whether a customer allowed what it was told of (B3) rests on notices and on a person who compares them. Of "
        "whoever was stopped and comes back (B4) name, texts, domains and numbers are known again within the same "
        "customer; devices and means of payment no message shows."
    )

    terms_required: bool = figure(value=True, source="rulebook B2: equivalent terms flow down to end users")

    throttled_per_minute: float = figure(
        60.0,
        "rulebook 6.1 (15 to 60 a minute is a person's pace), default",
        "messages, or calls, a minute",
    )

    @rule("B1", "who sends for end users names them", needs=(EndUser,), about=EndUser, when_unknown=Verdict.FLAG,
          kinds=_CARRIED)  # fmt: skip
    def named(self, case: Case) -> Rulings:
        end_user = case[EndUser]
        if end_user.expected and not end_user.named:
            yield flag(
                "no end user is named, so the customer answers for this message itself",
                remedy="name the end user (REST field EndUser, SMPP TLV 0x1401, SIP X-End-User)",
            )

    @rule("B2", "a stopped end user sends nothing", needs=(EndUser,), about=EndUser, when_unknown=Verdict.HOLD,
          kinds=_CARRIED)  # fmt: skip
    def stopped(self, case: Case) -> Rulings:
        end_user = case[EndUser]
        if end_user.status == "stopped":
            yield refuse(
                "this end user was stopped",
                remedy="settle what it was stopped for, or appeal; your other end users are not affected",
                code=30004,
                since=end_user.stopped_at,
                why=end_user.reason,
            )
        elif self.terms_required and end_user.on_record and not end_user.terms_accepted:
            yield flag(
                "nothing on record shows that this end user accepted the same terms",
                remedy="record that it did (POST /policy/v1/EndUsers, TermsAccepted=true)",
            )

    # While the records are silent a stopped name is still stopped by B2.
    @rule("B4", "whoever was stopped does not come back by another name", needs=(Successor, Brands, Links),
          about=Successor, when_unknown=Verdict.FLAG, kinds=_CARRIED)  # fmt: skip
    def comes_back(self, case: Case) -> Rulings:
        found = case[Successor]
        if not found.of or case.communication.purpose is Purpose.EMERGENCY:
            return
        if found.by != "name" and case.communication.purpose is Purpose.OTP:
            return  # one-time codes read alike whoever sends them
        if found.by == "number":
            yield flag(
                "this comes from a number from which only somebody sent who was stopped",
                remedy="show that this is somebody else",
                of=found.of,
            )
            return
        if found.by == "domain" and case[Brands].home([x for x in case[Links].found if x.domain == found.domain]):
            return  # the customer's own site, to which all of its end users may lead
        yield hold(
            "this looks like somebody who was stopped and goes on by another name: a person looks at it first",
            remedy="settle what it was stopped for, or show that this is somebody else; your other end users are not "
            "affected",
            of=found.of,
            by=found.by,
            domain=found.domain,
        )

    # While the record is silent, what was decided is not undone by that: a message waits.
    @rule("B6", "what is suspended sends nothing", needs=(Steps,), about=Steps, when_unknown=Verdict.HOLD,
          kinds=_CARRIED)  # fmt: skip
    def suspended(self, case: Case) -> Rulings:
        for step in case[Steps].of("suspend"):
            yield _suspended(step, emergency=case.communication.purpose is Purpose.EMERGENCY)

    # Nobody has looked at what was blocked: what a person waits for goes out, and the rest waits rather than is lost.
    @rule("B7", "what is blocked waits until a person has looked", needs=(Steps,), about=Steps,
          when_unknown=Verdict.ALLOW, purposes=_MAY_WAIT, kinds=_CARRIED)  # fmt: skip
    def blocked(self, case: Case) -> Rulings:
        blocks = () if is_awaited(case.communication) else case[Steps].of("block")
        for step in blocks:
            reason, remedy = _told(
                step,
                f"this {_unit(step)} is blocked until a person has looked",
                "mend what it was blocked for and tell the operator, or appeal; what waits goes out when the block is "
                "lifted",
            )
            yield hold(reason, remedy=remedy, **_about(step))

    @rule(
        "B8",
        "what is throttled keeps to its pace",
        needs=(Pace,),
        about=Pace,
        when_unknown=Verdict.ALLOW,
        purposes=_MAY_WAIT,
        kinds=_CARRIED,
    )
    def pace(self, case: Case) -> Rulings:
        pace = case[Pace]
        if pace.throttle is not None:
            calls = case.communication.kind.among(Kind.CALL)
            what = f"place {pace.per_minute:g} calls" if calls else f"send {pace.per_minute:g} messages"
            reason, remedy = _told(
                pace.throttle,
                f"this {_unit(pace.throttle)} may {what} a minute for now",
                "slow down and mend what it was throttled for, or appeal; it ends by itself",
            )
            yield delay(
                reason,
                until=case.communication.at + timedelta(seconds=pace.retry_after),
                overload=True,
                remedy=remedy,
                code=20429,
                retry_after=pace.retry_after,
                **_about(pace.throttle),
            )


def _suspended(step: Step, *, emergency: bool) -> Ruling:
    """A suspension stops everything but warnings of danger: a person looks at those afterwards."""
    reason, remedy = _told(
        step,
        f"this {_unit(step)} is suspended",
        "mend what it was suspended for and tell the operator, or appeal; whatever else you send is not affected",
    )
    if emergency:
        return flag(reason, remedy=remedy, **_about(step))
    code = _CODE if step.silent else _CODES.get(step.scope, _CODE)
    return refuse(reason, remedy=remedy, code=code, **_about(step))


def _told(step: Step, what: str, remedy: str) -> tuple[str, str]:
    """What stands against it with its reason, and the remedy; of a step that its customer may not be told of, no more
    than that it stops, as of a sealed order (14.1)."""
    if step.silent:
        return "this sender may not send at present", "ask the operator, quoting the decision"
    return f"{what}: {step.reason}", remedy


def _unit(step: Step) -> str:
    return _UNITS.get(step.scope, "sender")


def _about(step: Step) -> dict[str, Any]:
    """What shows it: the step by its name, the rule that it rests on, from when on and how long."""
    return {"step": step.step, "clause": step.clause, "rule": step.rule, "since": step.since, "ends": step.until}
