"""Clause 8: unwanted communications, commercial or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from masstransit.clause import Case, Clause, Rulings, figure, rule
from masstransit.facts.consent import Blocks, Consents
from masstransit.facts.traffic import PairHistory
from masstransit.model.communication import Purpose
from masstransit.model.decision import Verdict, flag, hold, refuse


@dataclass(frozen=True, kw_only=True)
class UnwantedCommunications(Clause):
    """Whoever asked to be left alone is left alone: by that sender on every number and every channel, whether they
    advertise, campaign, collect a debt or were once a friend.

    A stranger who does not answer is not written to again and again. A family's or a school's emergency still arrives.
    """

    number = "8"
    title = "Unwanted communications"
    rests_on = "Whether messages harass rests on the person who complains and on the one who reads the complaint."
    not_yet = (
        "It judges text messages between a sender and one person. The law of debt collection (8.2), threats in words "
        "(8.3) and many senders closing in on one person wait for their facts."
    )

    unanswered: int = figure(5, "rulebook 8.3, default", "messages in 24 hours")

    @rule("8.1", "who asked to be left alone is left alone", needs=(Blocks,), when_unknown=Verdict.HOLD)
    def left_alone(self, case: Case) -> Rulings:
        blocked = case[Blocks]
        if not blocked.on_file:
            return
        if case.communication.purpose is Purpose.EMERGENCY:
            yield flag(
                "an emergency message goes to a person who asked to be left alone: a person looks at it afterwards",
                since=blocked.since,
            )
            return
        yield refuse(
            "this person asked to be left alone",
            remedy="do not write to them from any number; they alone can undo it, by writing START to you",
            code=21610,
            since=blocked.since,
            why=blocked.reason,
        )

    @rule(
        "8.3",
        "a stranger who does not answer is not written to again and again",
        needs=(PairHistory, Consents),
        when_unknown=Verdict.FLAG,
    )
    def unanswered_stranger(self, case: Case) -> Rulings:
        pair = case[PairHistory]
        before = pair.unanswered_24h
        if before < self.unanswered or pair.answered or case[Consents].in_force:
            return
        about: dict[str, Any] = {"unanswered": before + 1, "limit": self.unanswered}
        if case.communication.purpose in (Purpose.OTP, Purpose.EMERGENCY):
            yield flag("many messages went to a stranger who does not answer", **about)
        else:
            yield hold(
                "many messages went to a person who never answered and gave no consent",
                remedy="wait for their answer, or record their consent; a person looks at this message first",
                **about,
            )
