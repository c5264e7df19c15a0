"""The customer's answer for its end users."""

from __future__ import annotations

from dataclasses import dataclass

from masstransit.clause import Case, Clause, Rulings, figure, rule
from masstransit.facts.accounts import EndUser
from masstransit.model.decision import Verdict, flag, refuse


@dataclass(frozen=True, kw_only=True)
class EndUsersConduct(Clause):
    """A customer keeps to the policy and sees to it that those who send through it do too. It names the end user for
    whom it sends; where it names nobody, it answers itself. An end user that was stopped stays stopped, and the
    customer's other end users go on as before.
    """

    number = "B"
    title = "End users"
    rests_on = "Whether a customer allowed what it was told of rests on notices and on a person who compares them."
    not_yet = (
        "A stopped end user that comes back under another name (B4) waits for the graph of who is who; a customer that "
        "lets the same thing happen after notice (B3) waits for the cases."
    )

    terms_required: bool = figure(value=True, source="rulebook B2: equivalent terms flow down to end users")

    @rule("B1", "who sends for end users names them", needs=(EndUser,), when_unknown=Verdict.FLAG)
    def named(self, case: Case) -> Rulings:
        end_user = case[EndUser]
        if end_user.expected and not end_user.named:
            yield flag(
                "no end user is named, so the customer answers for this message itself",
                remedy="name the end user (REST field EndUser, SMPP TLV 0x1401)",
            )

    @rule("B2", "a stopped end user sends nothing", needs=(EndUser,), when_unknown=Verdict.HOLD)
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
