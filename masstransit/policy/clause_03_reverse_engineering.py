"""Clause 3: nobody probes for the limits, nor slips under the filters."""

from __future__ import annotations

from dataclasses import dataclass

from masstransit.clause import Case, Clause, Rulings, figure, rule
from masstransit.facts.brands import Brands
from masstransit.facts.identity import Campaign
from masstransit.facts.links import Links
from masstransit.facts.pulses import Pulses
from masstransit.facts.traffic import FanOut, Frequency, PairHistory
from masstransit.facts.variants import Variants
from masstransit.model.communication import Kind, Purpose
from masstransit.model.decision import Verdict, flag, hold


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
    unheard = ((Kind.VIDEO, "An invitation carries no words of its own that could be varied; its door is clause 2's."),)
    rests_on = (
        "Why somebody probes is for a person to judge: a staircase of the rate is slowed down by clause 4 like any "
        "busy customer, and noticed here; only a person tells it from a load test."
    )
    not_yet = "Text in pictures is read where the operator installed what reads it; in films nobody reads it."

    variants: int = figure(5, "rulebook 3.1, default", "spellings of one text in 24 hours")
    senders: int = figure(50, "rulebook 3.2, default", "senders of one text within the hour")
    messages_a_sender: float = figure(
        20.0, "rulebook 3.2, default", "messages a sender, at most, for it to be spreading"
    )
    thin_senders: int = figure(
        16, "rulebook 3, 200 numbers x 5 messages; at most 20 messages leak, default", "senders of one advertisement"
    )
    thin_messages: float = figure(5.0, "rulebook 3, 200 numbers x 5 messages, default", "messages a sender, at most")
    sounding_minutes: int = figure(5, "rulebook 3, staircase of the rate, default", "minutes of 30 that press the rate")
    idle_share: float = figure(0.5, "rulebook 3, staircase of the rate, default", "share of their time without traffic")
    sounding_messages: int = figure(10, "rulebook 3.1, seed handsets, default", "messages to one person in 24 hours")

    @rule("3.1", "a refused text is not sent in other letters", needs=(Variants,),
          about=Variants, when_unknown=Verdict.ALLOW, kinds=Kind.WORDS)  # fmt: skip
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
    @rule("3.2", "one text is not spread over many senders", needs=(FanOut, PairHistory, Campaign, Brands, Links),
          about=FanOut, when_unknown=Verdict.ALLOW)  # fmt: skip
    def snowshoe(self, case: Case) -> Rulings:
        fan = case[FanOut]
        if case.communication.purpose is Purpose.EMERGENCY or case[PairHistory].answered or case[Campaign].pool:
            return
        remedy = (
            "send a campaign from one registered sender or short code, or have the pool of numbers approved and "
            "declare it with the campaign (number_pool)"
        )
        advertises = case.communication.purpose in (None, Purpose.MARKETING)
        if self._spreads(fan.senders_1h, fan.messages_1h, advertises=advertises):
            yield hold("one text goes out over unusually many of this account's senders",
                       remedy=remedy, senders=fan.senders_1h, messages=fan.messages_1h)  # fmt: skip
        elif self._spreads(fan.domain_senders_1h, fan.domain_messages_1h, advertises=advertises):
            links = case[Links].found
            if not case[Brands].home(links):  # many of a firm's people may lead to its own site
                yield hold("texts that lead to one place, which is not yours by record, go out over unusually many of "
                           "this account's senders", remedy=f"{remedy}; put the domain on record for your brand",
                           domains=tuple(link.domain for link in links), senders=fan.domain_senders_1h,
                           messages=fan.domain_messages_1h)  # fmt: skip

    def _spreads(self, senders: int, messages: int, *, advertises: bool) -> bool:
        """Whether so many messages are spread thinly over so many senders: advertising is told apart sooner."""
        thin = advertises and senders >= self.thin_senders and messages <= self.thin_messages * senders
        return thin or (senders >= self.senders and messages <= self.messages_a_sender * senders)

    # Nobody is slowed down for it: clause 4 does that, whatever the reason is. Near the rate and pausing in between, to
    # the same few people: a person looks at why.
    @rule(
        "3.1.1",
        "the rate is not sounded out",
        needs=(Pulses, Frequency, PairHistory),
        about=Pulses,
        when_unknown=Verdict.ALLOW,
    )
    def sounding(self, case: Case) -> Rulings:
        pulses, sent = case[Pulses], case[Frequency].all_24h
        if case.communication.purpose is Purpose.EMERGENCY or case[PairHistory].answered:
            return
        idle = 1 - pulses.busy_share
        if pulses.minutes_30m >= self.sounding_minutes and idle >= self.idle_share and sent >= self.sounding_messages:
            yield flag(
                "bursts near the rate, with pauses in between, go again and again to the same people: this looks like "
                "a search for the limit",
                remedy="your rate is told in the account's terms; announce a load test to the operator",
                minutes=pulses.minutes_30m,
                idle=round(idle, 2),
                to_this_person=sent,
            )
