"""Clause 17: objectionable content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from masstransit.clause import REPORTS, Case, Clause, Rulings, figure, rule
from masstransit.facts.complaints import Complained
from masstransit.facts.content import POSITIVE, Content, Score
from masstransit.facts.content.evidence import shown
from masstransit.facts.identity import Campaign
from masstransit.facts.known_media import Known
from masstransit.facts.media import Attachments
from masstransit.facts.traffic import PairHistory
from masstransit.model.communication import Kind, Purpose
from masstransit.model.decision import Verdict, flag, hold, refuse

_ATTACHING = Kind.MMS | Kind.EMAIL | Kind.FAX | Kind.CHAT


@dataclass(frozen=True, kw_only=True)
class ObjectionableContent(Clause):
    """What is sent is judged by published tiers and not by anybody's taste: abuse of children, intimate pictures
    without consent and obscenity, advertising for adults, coarse words. The last is looked at only when somebody
    complains. Health, art and help for those who were hurt are not meant.

    Advertising for adults goes out on a campaign that is open to adults only. What two people who answer each other
    write is theirs.
    """

    number = "17"
    title = "Objectionable content"
    unheard = ((Kind.VIDEO, REPORTS),)
    rests_on = (
        "Abuse of children is known by the hashes of known pictures, intimate pictures without consent by the report "
        "of whom they show (47 USC 223(h)), obscenity by a court; tiers below the first rest on a person's look."
    )
    not_yet = "Films are known by their very bytes only, and a picture that was cropped is not met."

    flag_from: Score = figure(POSITIVE, "docs/model-card.md: a label is positive from here, default", "score")
    hold_from: Score = figure(
        0.65, "docs/evaluation.md: of lawful lines that were not learned 99 in 100 stay below it, default", "score"
    )
    alone_from: Score = figure(
        0.75, "docs/model-card.md: the form of an advertisement alone can score 0.7, default", "score"
    )
    ncii_hours: int = figure(48, "TAKE IT DOWN Act", "hours", law="most")
    csam_keep_days: int = figure(365, "18 USC 2258A(h)", "days", law="least")

    # The reason says no more than that it is not carried: who sends such a picture is told nothing (rulebook 17.2).
    @rule("17.2", "known files are not carried", needs=(Attachments,), about=Attachments, when_unknown=Verdict.HOLD,
          kinds=_ATTACHING, direction=None, law="18 USC 2252A, 2258A", first=True)  # fmt: skip
    def abuse(self, case: Case) -> Rulings:
        if met := case[Attachments].listed("abuse"):
            yield refuse("a file of this message is not carried", remedy="send the message without it", code=30007,
                         by_content=True, tier="T0", **_listed(met))  # fmt: skip

    @rule("17.3", "pictures that were reported by whom they show are not sent", needs=(Attachments,),
          about=Attachments, when_unknown=Verdict.HOLD, kinds=_ATTACHING, law="47 USC 223(h)")  # fmt: skip
    def intimate(self, case: Case) -> Rulings:
        met = case[Attachments].listed("intimate")
        remedy = "don't send it; who is shown and agrees, or shows another picture, appeals"
        if any(known.exact for known in met):
            yield refuse("this file was reported as an intimate picture of somebody who did not agree to it",
                         remedy=remedy, code=30007, by_content=True, tier="T1", **_listed(met))  # fmt: skip
        elif met:
            yield hold("a picture looks like one that was reported by whom it shows: a person looks at it first",
                       remedy=remedy, code=30007, tier="T1", **_listed(met))  # fmt: skip

    @rule("17.1", "advertising for adults goes to adults", needs=(Content, Campaign, PairHistory),
          about=Content, when_unknown=Verdict.FLAG, kinds=Kind.WORDS)  # fmt: skip
    def adults_only(self, case: Case) -> Rulings:
        content = case[Content]
        score = content.labels["sexual"]
        if score < self.flag_from or (case[Campaign].on_record and case[Campaign].age_gated):
            return
        if case.communication.purpose is Purpose.CONVERSATION and case[PairHistory].answered:
            return  # 17.5: two people who answer each other
        about = shown(content, "sexual", "spam") | {"tier": "T2"}
        remedy = "send it on a campaign that is registered as age-gated, to people whose age was checked"
        named = content.outright or "sex" in content.shaft_kind
        sure = score >= (self.hold_from if named else self.alone_from)  # not by copies: one text is one doubt
        if sure and _advertises(content):
            yield refuse("this advertises sexual content to people whose age nobody checked",
                         remedy=remedy, code=30007, by_content=True, **about)  # fmt: skip
        elif sure:
            yield hold("this is sexual in a way that the person may not have asked for: a person looks at it first",
                       remedy=f"{remedy}; health and art appeal", **about)  # fmt: skip
        else:
            yield flag("this may be sexual content: a person looks at it afterwards", remedy=remedy, **about)

    @rule("17.1.2", "nobody offers pictures of people who never agreed", needs=(Content,),
          about=Content, when_unknown=Verdict.ALLOW, kinds=Kind.WORDS)  # fmt: skip
    def private_pictures(self, case: Case) -> Rulings:
        content = case[Content]
        if content.private_pictures and not (content.quotation or content.counter_speech):
            yield hold(
                "this offers intimate pictures of people who did not agree to it, or means to make such: a person "
                "looks at it first",
                remedy="offer no such pictures; who helps people whose pictures were shared appeals",
                tier="T1",
                **shown(content, "sexual"),
            )

    @rule("17.1.1", "who complained gets no more coarse words", needs=(Content, Complained),
          about=Complained, when_unknown=Verdict.ALLOW, kinds=Kind.WORDS)  # fmt: skip
    def coarse(self, case: Case) -> Rulings:
        content = case[Content]
        score = max(content.labels["harassment"], content.labels["sexual"])
        if score < self.flag_from:
            return
        complaints = case[Complained].by_person_30d
        if complaints and not (content.quotation or content.counter_speech):
            yield hold(
                "this person complained of your messages, and this one is coarse",
                remedy="write without coarse words, or wait for a person to look at it",
                tier="T3",
                complaints_30d=complaints,
                **shown(content, "harassment", "sexual"),
            )


def _listed(met: Sequence[Known]) -> dict[str, Any]:
    return {"sources": tuple(dict.fromkeys(known.source for known in met)), "bits": [known.bits for known in met]}


def _advertises(content: Content) -> bool:
    return "sex" in content.shaft_kind or content.looks_like == "marketing" or content.labels["spam"] >= POSITIVE
