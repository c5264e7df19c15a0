"""The customer's answer for its end users."""

from __future__ import annotations

from dataclasses import dataclass

from masstransit.clause import Case, Clause, Rulings, figure, rule
from masstransit.facts.accounts import EndUser
from masstransit.facts.brands import Brands
from masstransit.facts.links import Links
from masstransit.facts.successors import Successor
from masstransit.model.communication import Purpose
from masstransit.model.decision import Verdict, flag, hold, refuse


@dataclass(frozen=True, kw_only=True)
class EndUsersConduct(Clause):
    """A customer keeps to the policy and sees to it that those who send through it do too. It names the end user for
    whom it sends; where it names nobody, it answers itself. An end user that was stopped stays stopped, and the
    customer's other end users go on as before.
    """

    number = "B"
    title = "End users"
    rests_on = (
        "Whether a customer allowed what it was told of (B3) rests on notices and on a person who compares them. Of a "
        "stopped end user that comes back (B4) its name, texts and domains are known again; devices and means of "
        "payment no message shows."
    )

    terms_required: bool = figure(value=True, source="rulebook B2: equivalent terms flow down to end users")

    @rule("B1", "who sends for end users names them", needs=(EndUser,), about=EndUser, when_unknown=Verdict.FLAG)
    def named(self, case: Case) -> Rulings:
        end_user = case[EndUser]
        if end_user.expected and not end_user.named:
            yield flag(
                "no end user is named, so the customer answers for this message itself",
                remedy="name the end user (REST field EndUser, SMPP TLV 0x1401)",
            )

    @rule("B2", "a stopped end user sends nothing", needs=(EndUser,), about=EndUser, when_unknown=Verdict.HOLD)
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
          about=Successor, when_unknown=Verdict.FLAG)  # fmt: skip
    def comes_back(self, case: Case) -> Rulings:
        found = case[Successor]
        if not found.of or case.communication.purpose is Purpose.EMERGENCY:
            return
        if found.by != "name" and case.communication.purpose is Purpose.OTP:
            return  # one-time codes read alike whoever sends them
        if found.by == "domain" and case[Brands].home([x for x in case[Links].found if x.domain == found.domain]):
            return  # the customer's own site, to which all of its end users may lead
        yield hold(
            "this looks like an end user that was stopped and goes on by another name: a person looks at it first",
            remedy="settle what it was stopped for, or show that this is somebody else; your other end users are not "
            "affected",
            of=found.of,
            by=found.by,
            domain=found.domain,
        )
