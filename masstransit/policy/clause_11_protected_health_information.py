"""Clause 11: protected health information."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from masstransit.clause import Case, Clause, Rulings, figure, rule
from masstransit.facts.content import POSITIVE, Content, Score
from masstransit.facts.content.evidence import shown
from masstransit.facts.identity import Campaign
from masstransit.facts.papers import AssociateAgreement
from masstransit.model.change import Act
from masstransit.model.communication import Kind, Moment
from masstransit.model.decision import Verdict, flag, hold, refuse


@dataclass(frozen=True, kw_only=True)
class ProtectedHealthInformation(Clause):
    """Health information that law protects passes only for a customer who signed a business associate agreement
    with us, and only through features in its scope. What merely carries it and keeps nothing may be free of that.
    Somebody's own fitness app is not meant, nor is a vet.

    Whether the law means a customer depends on what it is and not on its words, so that words alone are looked at
    afterwards and stop nothing. A customer that says it is in health care is meant by its own word.
    """

    number = "11"
    title = "Protected health information"
    unheard = (
        (Kind.VIDEO, "It is carried and not kept, as a conduit does (45 CFR 160.103); a recording is clause 13's."),
    )
    rests_on = "Whether a customer falls under the law rests on what it is, which no text tells."
    not_yet = "Recordings of talks (11.3) are not judged by what is in them."

    shows_from: Score = figure(POSITIVE, "docs/model-card.md: a label is positive from here, default", "score")
    health_uses: tuple[str, ...] = figure(
        ("healthcare",), "rulebook 11.1: exemptions that only health care claims (47 CFR 64.1200(a)(9)(iv)), default"
    )
    breach_notice_days: int = figure(60, "45 CFR 164.410", "days", law="most")

    @rule("11.1", "health information has an agreement, or is not kept", needs=(Content, AssociateAgreement, Campaign),
          about=Content, when_unknown=Verdict.FLAG, kinds=Kind.WORDS, law="45 CFR 164.502(e), 164.308(b)")  # fmt: skip
    def agreement(self, case: Case) -> Rulings:
        content = case[Content]
        if content.labels["phi"] < self.shows_from:
            return
        papers, sent = case[AssociateAgreement], case.communication
        kind = (sent.kind.name or "").lower()
        if papers.covers(kind) or not papers.stores_content or sent.discard:
            return  # 11.3: what is only carried, and kept no longer than that takes
        about = shown(content, "phi") | {"kind": kind, "signed": papers.signed, "scope": papers.scope}
        remedy = (
            "sign a business associate agreement that covers this, or have the text dropped once it is delivered "
            "(ContentRetention=discard, or an account that stores no content); leave the diagnosis out of reminders"
        )
        if papers.health or case[Campaign].exempt_as in self.health_uses:
            yield hold("this tells of somebody's health, and no agreement covers that we keep it",
                       remedy=remedy, **about)  # fmt: skip
        else:
            yield flag("this may tell of somebody's health: a person looks at whether the law means you",
                       remedy=remedy, **about)  # fmt: skip

    # Whoever is in health care has its faxes carried as a telephone company carries them, whatever is in them: that
    # needs no agreement (78 FR 5566, 5571). That their pages stay does; the house lets them go by itself.
    @rule("11.3.1", "pages of faxes stay under an agreement", needs=(AssociateAgreement,), when_unknown=Verdict.ALLOW,
          kinds=Kind.FAX, law="45 CFR 164.502(e), 164.308(b)")  # fmt: skip
    def kept_pages(self, case: Case) -> Rulings:
        papers, fax = case[AssociateAgreement], case.communication
        if not papers.health or papers.covers("fax") or not papers.stores_content or fax.discard:
            return
        yield flag(
            "pages that may tell of patients would be kept, and no business associate agreement covers faxes",
            remedy="have them go when they were sent (StoreMedia=false), or sign one whose scope has fax in it",
            signed=papers.signed,
            scope=papers.scope,
        )

    # What is written down is kept, and read by whoever has it: no conduit any more (78 FR 5566, 5572).
    @rule("11.3", "voice mail is written down under an agreement, or by consent", needs=(AssociateAgreement,),
          when_unknown=Verdict.REFUSE, kinds=Kind.VOICEMAIL, moments=Moment.CHANGE, direction=None,
          law="45 CFR 164.502(e), 164.504(e)")  # fmt: skip
    def transcription(self, case: Case) -> Rulings:
        change, papers = case.change, case[AssociateAgreement]
        if Act.TRANSCRIBE not in change.acts or papers.covers("voicemail"):
            return
        about: dict[str, Any] = {"signed": papers.signed, "scope": papers.scope, "basis": change.basis}
        if papers.health:
            yield refuse(
                "what patients leave in a mailbox would be written down, and no business associate agreement covers "
                "voice mail",
                remedy="sign one whose scope has voicemail in it: the consent of callers does not stand for it",
                **about,
            )
        elif change.basis != "consent":
            yield refuse(
                "voice mail would be written down, and neither an agreement that covers it nor the consent of those "
                "who leave it stands",
                remedy="say in the greeting that messages are written down and state that ground (consent), or sign a "
                "business associate agreement whose scope has voicemail in it",
                **about,
            )

    # The feature is off, not the phones (rulebook 11.4): calls go on, and nothing is kept of what patients say.
    @rule("11.4", "a mailbox of who is in health care stands under an agreement", needs=(AssociateAgreement,),
          when_unknown=Verdict.FLAG, kinds=Kind.VOICEMAIL, moments=Moment.CHANGE, direction=None,
          law="45 CFR 164.502(e), 164.308(b)")  # fmt: skip
    def mailbox(self, case: Case) -> Rulings:
        papers = case[AssociateAgreement]
        if case.change.what is Act.RECORD and papers.health and not papers.covers("voicemail"):
            yield refuse(
                "what patients leave in a mailbox would be kept, and no business associate agreement covers voice mail",
                remedy="sign one whose scope has voicemail in it; your phones ring as before",
                signed=papers.signed,
                scope=papers.scope,
            )
