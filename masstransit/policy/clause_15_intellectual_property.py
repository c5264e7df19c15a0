"""Clause 15: intellectual property."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from masstransit.clause import REPORTS, Case, Clause, Rulings, figure, rule
from masstransit.facts.brands import Brands
from masstransit.facts.content import Content
from masstransit.facts.law import after_business_days
from masstransit.facts.media import Attachments
from masstransit.facts.rights import Notice, RightsNotices
from masstransit.model.communication import Kind
from masstransit.model.decision import Verdict, flag, hold, refuse

_ATTACHING = Kind.MMS | Kind.EMAIL | Kind.FAX | Kind.CHAT
_COURTS = ZoneInfo("America/New_York")  # whose days the law's business days are


@dataclass(frozen=True, kw_only=True)
class IntellectualProperty(Clause):
    """Nobody sends what belongs to others: their works, their marks, their likeness. Whoever holds a right gives
    notice; what we store is then taken down, the customer hears of it and may answer, and it comes back unless the
    matter goes to court.

    A notice that lacks what the law asks of it takes nothing down. To name another's brand is no breach; a shop that
    speaks as if it were that brand is looked at.
    """

    number = "15"
    title = "Intellectual property"
    unheard = ((Kind.VIDEO, REPORTS),)
    rests_on = (
        "Whose right it is rests on notices and counter-notices; whether a use is fair, or a notice is a rival's "
        "abuse, rests on a person."
    )
    not_yet = "Works in calls, and films and music that were changed in a single byte, are known to nobody here."

    remove_hours: int = figure(24, "rulebook 15.3, default", "hours")
    restore_after_days: int = figure(10, "17 USC 512(g)(2)(C)", "business days", law="least")
    restore_before_days: int = figure(14, "17 USC 512(g)(2)(C)", "business days", law="most")
    strikes: int = figure(3, "rulebook 15.5, default", "uncontested notices in 12 months")

    @rule("15.3", "what is under notice is not sent", needs=(RightsNotices,),
          about=RightsNotices, when_unknown=Verdict.ALLOW, kinds=Kind.WORDS, law="17 USC 512(c), (g)")  # fmt: skip
    def under_notice(self, case: Case) -> Rulings:
        at = case.communication.at
        for notice in case[RightsNotices].standing:
            if not notice.complete or notice.since > at or self._restored(notice, at):
                continue
            yield refuse(
                f"{notice.holder} gave notice that this is theirs: {notice.work}",
                remedy="answer the notice if you may use it; it comes back after "
                f"{self.restore_after_days} business days unless they go to court",
                code=30007,
                by_content=True,
                notice=notice.notice,
                since=notice.since,
                countered_at=notice.countered_at,
            )

    @rule("15.7", "known works are not sent by others", needs=(Attachments,),
          about=Attachments, when_unknown=Verdict.ALLOW, kinds=_ATTACHING)  # fmt: skip
    def works(self, case: Case) -> Rulings:
        met = case[Attachments].listed("work")
        if not met:
            return
        first = met[0]
        named = f"{first.work or 'a work'} of {first.holder or first.source}"
        remedy = "show your licence, or say why the use is fair: an appeal is looked at by a person"
        about = {"sources": tuple(dict.fromkeys(known.source for known in met)), "bits": [known.bits for known in met]}
        if first.exact:
            yield refuse(
                f"a file is {named}, who did not allow it", remedy=remedy, code=30007, by_content=True, **about
            )
        else:
            yield hold(f"a picture looks like {named}: a person looks at it first", remedy=remedy, code=30007, **about)

    @rule("15.6", "who sells under a brand is that brand", needs=(Content, Brands),
          about=Content, when_unknown=Verdict.ALLOW, kinds=Kind.WORDS)  # fmt: skip
    def marks(self, case: Case) -> Rulings:
        content = case[Content]
        if not content.brand_claimed or content.looks_like != "marketing":
            return
        brands = case[Brands]
        if brands.on_record and not brands.own(content.brand_claimed):
            yield flag(
                "this advertises as if it came from a brand that is not the one on record for you",
                remedy="say under your own name what you sell; to resell or compare is lawful",
                claimed=content.brand_claimed,
            )

    def _restored(self, notice: Notice, at: datetime) -> bool:
        """Whether it was answered, the law's time for a suit has passed, and there is none."""
        if notice.countered_at is None or notice.suit:
            return False
        answered = notice.countered_at.astimezone(_COURTS)
        return at >= after_business_days(answered, self.restore_after_days)
