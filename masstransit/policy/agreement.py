"""The agreement rule: nobody sends before an authorised person of the customer has accepted the policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from masstransit.clause import Case, Clause, Rulings, figure, rule
from masstransit.facts.accounts import Account, Agreement, Guidelines
from masstransit.model.communication import Kind, Knock, Moment
from masstransit.model.decision import Verdict, flag, refuse


@dataclass(frozen=True, kw_only=True)
class Acceptance(Clause):
    """The policy comes before the service: whoever may bind the customer accepts it, and until then no key opens
    anything and nothing goes out. What people send in still arrives, so that a STOP is always heard.

    When the policy has a new edition the customer is asked again. For a while the edition that they accepted goes on
    counting; after that they accept the new one or wait. What a customer's own agreement says otherwise wins, as far as
    the two contradict each other, and no agreement sets a law aside.
    """

    number = "A"
    title = "The agreement"
    rests_on = (
        "Whether the person who accepted may bind the customer rests on what was checked when they did; what an "
        "agreement says otherwise (A3), on the operator who writes it into the account's own terms. An edition is a "
        "text: figures are the house's reading of it, the same for who still has the edition before."
    )

    window_days: int = figure(30, "rulebook A2, default", "days")
    open_before: tuple[str, ...] = figure(("accept",), "rulebook A1, default: what a knock may want before acceptance")
    written_guidelines: tuple[str, ...] = figure((), "rulebook A4: carriers' documents, as document@version, default")

    @rule(
        "A1",
        "no use before an authorised person has accepted",
        needs=(Account, Agreement),
        about=Agreement,
        when_unknown=Verdict.HOLD,
        moments=Moment.ADMISSION | Moment.OFFER,
        kinds=Kind.ANY,
    )
    def accepted_first(self, case: Case) -> Rulings:
        if not _at_our_door(case, self.open_before) or case[Account].test:
            return
        agreement = case[Agreement]
        if agreement.accepted:
            return
        yield refuse(
            "the person who accepted the policy could not bind the customer"
            if agreement.unauthorised
            else "the acceptable use policy was not accepted for this account",
            remedy="have it read and accepted (GET and POST /policy/v1/Agreement) by somebody who may sign for the "
            "customer; then everything works at once",
            code=20003 if isinstance(case.subject, Knock) else 20005,
        )

    @rule(
        "A2",
        "a new edition is accepted within its window",
        needs=(Account, Agreement),
        about=Agreement,
        when_unknown=Verdict.FLAG,
        kinds=Kind.ANY,
    )
    def accepted_again(self, case: Case) -> Rulings:
        agreement = case[Agreement]
        if not agreement.accepted or agreement.current or agreement.current_from is None or case[Account].test:
            return
        until = agreement.current_from + timedelta(days=self.window_days)
        about: dict[str, Any] = {
            "accepted": agreement.dated,
            "current": agreement.current_dated,
            "until": until.isoformat(),
        }
        if case.communication.at < until:
            yield flag(
                "the policy has a new edition; the one that was accepted counts until the window ends",
                remedy="accept the current edition before then (GET and POST /policy/v1/Agreement)",
                **about,
            )
        else:
            yield refuse(
                "the policy has a new edition, and the time to accept it is over",
                remedy="accept the current edition (GET and POST /policy/v1/Agreement); then everything works at once",
                code=20005,
                **about,
            )

    @rule("A4", "carriers' guidelines are sent in writing", needs=(Guidelines,), when_unknown=Verdict.ALLOW,
          kinds=Kind.ANY)  # fmt: skip
    def sent_in_writing(self, case: Case) -> Rulings:
        missing = tuple(d for d in self.written_guidelines if d not in case[Guidelines].sent)
        if missing:
            yield flag(
                "carriers' guidelines were not sent to this customer in writing, so they don't bind it yet",
                remedy="the operator sends them and records it",
                missing=missing,
            )

    @rule(
        "A5",
        "a suspended or closed account sends nothing",
        needs=(Account,),
        about=Account,
        when_unknown=Verdict.HOLD,
        moments=Moment.ADMISSION | Moment.OFFER,
        kinds=Kind.ANY,
    )
    def in_good_standing(self, case: Case) -> Rulings:
        if not _at_our_door(case, ()):
            return
        account = case[Account]
        if account.status != "active":
            yield refuse(
                f"the account is {account.status}" if account.on_record else "there is no such account",
                remedy="the notice that came with it says why, what puts it right, and how to appeal",
                code=20005 if isinstance(case.subject, Knock) else 30002,
                status=account.status,
            )


def _at_our_door(case: Case, open_for: tuple[str, ...]) -> bool:
    """Whether it is somebody who proved who they are. A wrong secret is clause 2's, and learns nothing here."""
    subject = case.subject
    if not isinstance(subject, Knock):
        return True
    return subject.proven and bool(subject.account) and subject.wants not in open_for
