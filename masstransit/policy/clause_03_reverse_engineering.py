"""Clause 3: nobody probes for the limits, nor slips under the filters."""

from __future__ import annotations

from dataclasses import dataclass

from masstransit.clause import Case, Clause, Rulings, figure, rule
from masstransit.facts.traffic import FanOut, PairHistory
from masstransit.facts.variants import Variants
from masstransit.model.communication import Kind, Purpose
from masstransit.model.decision import Verdict, hold


@dataclass(frozen=True, kw_only=True)
class ReverseEngineering(Clause):
    """Nobody tries the service out in order to find its limits or the gaps of its filters, nor spreads one text over
    many senders so that none of them stands out (snowshoeing).

    Nobody sends one text again and again in other letters after it was refused for what it says. To put a text right,
    to compare two wordings or to write in another script hides nothing, and is none of this.

    Answering many people from many numbers is not that: a message to somebody who wrote before counts for nothing
    here, nor does a text that few senders use often.
    """

    number = "3"
    title = "Reverse engineering"
    rests_on = (
        "Why somebody probes is for a person to judge: a staircase of the rate is slowed down by clause 4 like any "
        "busy customer, and only a person tells the two apart."
    )
    not_yet = "Text in pictures waits for MMS."

    variants: int = figure(5, "rulebook 3.1, default", "spellings of one text in 24 hours")
    senders: int = figure(50, "rulebook 3.2, default", "senders of one text within the hour")
    messages_a_sender: float = figure(
        20.0, "rulebook 3.2, default", "messages a sender, at most, for it to be spreading"
    )

    @rule("3.1", "a refused text is not sent in other letters", needs=(Variants,), when_unknown=Verdict.ALLOW,
          kinds=Kind.WORDS)  # fmt: skip
    def ladder(self, case: Case) -> Rulings:
        found = case[Variants]
        if found.different >= self.variants and found.refused:
            yield hold(
                "after texts were refused for what they say, nearly the same one comes again in other letters",
                remedy="write it in plain letters; if a text was refused wrongly, appeal instead of varying it",
                code=30007,
                different=found.different,
                refused=found.refused,
                undone=found.undone,
            )

    # Only patterns over time are judged here: while they are unknown, each message still meets every other clause.
    @rule("3.2", "one text is not spread over many senders", needs=(FanOut, PairHistory), when_unknown=Verdict.ALLOW)
    def snowshoe(self, case: Case) -> Rulings:
        fan = case[FanOut]
        if case.communication.purpose is Purpose.EMERGENCY or fan.senders_1h < self.senders:
            return
        if fan.messages_1h / fan.senders_1h > self.messages_a_sender or case[PairHistory].answered:
            return
        yield hold(
            "one text goes out over unusually many of this account's senders",
            remedy="send a campaign from one registered sender or short code, or register the pool with the campaign",
            senders=fan.senders_1h,
            messages=fan.messages_1h,
        )
