"""Clause 16: hateful or harmful speech."""

from __future__ import annotations

from dataclasses import dataclass

from masstransit.clause import REPORTS, Case, Clause, Rulings, figure, rule
from masstransit.facts.content import POSITIVE, Content, Score
from masstransit.facts.content.evidence import shown
from masstransit.facts.refrains import Refrain
from masstransit.facts.traffic import PairHistory, Rates
from masstransit.model.communication import Kind, Purpose
from masstransit.model.decision import Verdict, flag, hold


@dataclass(frozen=True, kw_only=True)
class HatefulOrHarmfulSpeech(Clause):
    """Nobody uses this platform to slander, to degrade people for what they are or where they live, or to call for
    violence against them. To quote such words, to report on them or to answer them is not the same as to say them.

    No machine judges by itself what is meant: a text that looks so is flagged, and waits for a person only where such
    looks have been measured to be right nine times in ten, or where much of what an account sends looks so. A threat to
    somebody's life waits, and is looked at first; so does a call to violence at a time and place, and whatever is to
    keep people from voting.
    """

    number = "16"
    title = "Hateful or harmful speech"
    unheard = ((Kind.VIDEO, REPORTS),)
    rests_on = (
        "What is meant rests on a person, and a suspension on two (16.1). Whether an accusation is true is not judged "
        "(16.4): a court's order is, and so are many texts against one person."
    )
    not_yet = (
        "The desk at which two people decide (16.1), statements of reasons to people in the EU (16.6) and calls "
        "without a transcript come with later issues."
    )

    flag_from: Score = figure(POSITIVE, "docs/model-card.md: a label is positive from here, default", "score")
    hold_from: Score = figure(
        0.8, "docs/evaluation.md: nine in ten of the non-hateful cases of HateCheck stay below it, default", "score"
    )
    threat_from: Score = figure(
        0.65, "docs/model-card.md: for threats, 96 in 100 of those cases stay below it, default", "score"
    )
    several: int = figure(5, "rulebook 16, default", "messages of an account that read so, in an hour")
    several_share: float = figure(0.2, "rulebook 16, default", "of the people that the account wrote to in 24 hours")
    abuse_unanswered: int = figure(2, "rulebook 16, 8.3, default", "messages that were not answered, in 24 hours")
    threat_minutes: int = figure(60, "rulebook 16.3, default", "minutes in which a person looks")
    copies: int = figure(10, "rulebook 16.4, default", "messages that accuse one person within the hour")
    reviewers: int = figure(2, "rulebook 16.1, default", "people for a suspension")

    @rule("16.3", "nobody is threatened", needs=(Content, PairHistory, Refrain, Rates),
          about=Content, when_unknown=Verdict.FLAG, kinds=Kind.WORDS, first=True)  # fmt: skip
    def threat(self, case: Case) -> Rulings:
        content = case[Content]
        if _only_told(content):
            return
        score = content.labels["threat"]
        about = shown(content, "threat")
        if content.threat_to_life and score >= self.flag_from:
            yield hold(
                "this reads like a threat to somebody's life: a person looks at it first",
                remedy="if it is none, say so in an appeal; who is in danger calls the emergency number",
                urgent=True,
                within_minutes=self.threat_minutes,
                **about,
            )
        elif score >= self.hold_from or (score >= self.threat_from and not _between_two(case)):
            yield hold("this reads like a threat: a person looks at it first",
                       remedy="say what you mean without threatening anybody, or appeal", **about)  # fmt: skip
        elif score >= self.flag_from and self._keeps_on(case, "threat"):
            yield hold("much of what this account sends reads like a threat: a person looks at it first",
                       remedy="say what you mean without threatening anybody, or appeal", **about)  # fmt: skip
        elif score >= self.flag_from:
            yield flag("this may be a threat: a person looks at it afterwards",
                       remedy="say what you mean without threatening anybody", **about)  # fmt: skip

    @rule("16.3.1", "nobody is called to violence", needs=(Content,), about=Content, when_unknown=Verdict.ALLOW,
          kinds=Kind.WORDS,
          first=True)  # fmt: skip
    def incitement(self, case: Case) -> Rulings:
        content = case[Content]
        if content.incites and not _only_told(content):
            yield hold(
                "this calls people to hurt others, with weapons or at a time and place: a person looks at it first",
                remedy="if it is a report or a game, say so in an appeal; who is in danger calls the emergency number",
                urgent=True,
                within_minutes=self.threat_minutes,
                **shown(content, "threat", "hate"),
            )

    @rule("16.3.2", "nobody is kept from voting by threats", needs=(Content,),
          about=Content, when_unknown=Verdict.ALLOW, kinds=Kind.WORDS, first=True,
          law="18 USC 594, 52 USC 10307(b)")  # fmt: skip
    def voters(self, case: Case) -> Rulings:
        content = case[Content]
        if content.keeps_from_voting and not _only_told(content):
            yield hold(
                "this tells people to stay away from an election for fear of what happens to them (18 USC 594): a "
                "person looks at it first",
                remedy="say when and where people vote, and whom you are for; warn nobody off",
                urgent=True,
                within_minutes=self.threat_minutes,
                **shown(content, "threat"),
            )

    @rule("16.2", "nobody is degraded for what they are", needs=(Content, Refrain, Rates),
          about=Content, when_unknown=Verdict.FLAG, kinds=Kind.WORDS)  # fmt: skip
    def hate(self, case: Case) -> Rulings:
        content = case[Content]
        score = content.labels["hate"]
        if score < self.flag_from or _only_told(content):
            return
        about = shown(content, "hate") | {"ground": content.ground or "not told"}
        remedy = "speak of what somebody did, not of what they are; if you quote or answer such words, appeal"
        if score >= self.hold_from:
            yield hold("this reads as if people were degraded for what they are or where they live",
                       remedy=remedy, **about)  # fmt: skip
        elif self._keeps_on(case, "hate"):
            yield hold("much of what this account sends reads as if people were degraded for what they are",
                       remedy=remedy, **about)  # fmt: skip
        else:
            yield flag("this may degrade people for what they are: a person looks at it afterwards",
                       remedy="speak of what somebody did, not of what they are", **about)  # fmt: skip

    @rule(
        "16.2.1",
        "who does not answer is not abused",
        needs=(Content, PairHistory),
        about=Content,
        when_unknown=Verdict.ALLOW,
        kinds=Kind.WORDS,
    )
    def abuse(self, case: Case) -> Rulings:
        content = case[Content]
        score = content.labels["harassment"]
        if score < self.flag_from or _only_told(content):
            return
        about = shown(content, "harassment")
        if score >= self.hold_from and case[PairHistory].unanswered_24h >= self.abuse_unanswered:
            yield hold("this abuses a person who does not answer: a person looks at it first",
                       remedy="write what you want of them without abuse, or appeal", **about)  # fmt: skip
        else:
            yield flag("this may be abuse: a person looks at it afterwards",
                       remedy="write what you want of them without abuse", **about)  # fmt: skip

    @rule("16.4", "no accusation of a named person goes out in copies", needs=(Content, Refrain),
          about=Content, when_unknown=Verdict.ALLOW, kinds=Kind.WORDS)  # fmt: skip
    def accusation(self, case: Case) -> Rulings:
        content = case[Content]
        if not content.accuses or _only_told(content):
            return
        copies = case[Refrain].accusations_1h
        if copies >= self.copies:
            yield hold(
                "many texts say that one named person committed a crime, which nobody here can judge",
                remedy="leave the person out, or show the court's judgment or the authority's own notice",
                copies=copies,
            )

    @rule("16.5", "offers of homes, work and credit turn no group away", needs=(Content,),
          about=Content, when_unknown=Verdict.ALLOW, kinds=Kind.WORDS, law="42 USC 3604(c)")  # fmt: skip
    def exclusion(self, case: Case) -> Rulings:
        content = case[Content]
        if content.excludes and not _only_told(content):
            yield hold(
                "this offer turns a protected group away (42 USC 3604(c), 42 USC 2000e-3(b), 15 USC 1691)",
                remedy="say what is offered, not who may not come; homes for older persons (42 USC 3607(b)) appeal",
                ground=content.ground or "not told",
            )

    def _keeps_on(self, case: Case, label: str) -> bool:
        """Whether so many of the account's messages read so that it is no slip of the reader's."""
        times = case[Refrain].read_1h.get(label, 0)
        return times >= self.several and times >= self.several_share * case[Rates].recipients_24h


def _between_two(case: Case) -> bool:
    """Whether two people answer each other, who may threaten each other in jest."""
    return case.communication.purpose is Purpose.CONVERSATION and case[PairHistory].answered


def _only_told(content: Content) -> bool:
    """Whether the words are there, but quoted, reported, warned of or spoken against (16.2)."""
    return content.quotation or content.counter_speech
