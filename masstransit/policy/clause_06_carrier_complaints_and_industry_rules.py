"""Clause 6: carriers' complaints, and the rules of the industry."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from masstransit.clause import Case, Clause, Rulings, figure, rule
from masstransit.facts.accounts import Guidelines
from masstransit.facts.complaints import Reports
from masstransit.facts.consent import Consents, SharedConsent
from masstransit.facts.content import POSITIVE, Content, Score
from masstransit.facts.content.evidence import shown
from masstransit.facts.filtered import Filtered
from masstransit.facts.identity import Campaign, Numbering, SenderRight
from masstransit.facts.links import Links
from masstransit.facts.reachability import DeadNumbers, ShutDown, Unreachable
from masstransit.facts.traffic import CampaignCounts, PairHistory, Rates, Tally
from masstransit.facts.wording import offers_a_bargain
from masstransit.model.communication import Communication, Direction, Kind, Moment, Purpose
from masstransit.model.decision import Ruling, Verdict, delay, flag, hold, refuse
from masstransit.model.outcome import OutcomeKind

_AWAITED = (Purpose.OTP, Purpose.EMERGENCY, Purpose.CONVERSATION)  # the person waits for it, or began it
_NOT_AWAITED = tuple(purpose for purpose in Purpose if purpose not in _AWAITED)
_LANDLINE = 30006


@dataclass(frozen=True, kw_only=True)
class CarrierComplaints(Clause):
    """Carriers and their associations have house rules, and customers send by them: numbers are registered for what
    they send, people opted in on record, links lead where they say, and nobody goes on when many people turn away.

    A carrier's complaint is put on record whoever is to blame; what follows depends on that. A carrier's own
    requirements bind a customer only once they were sent to it in writing. Whoever sends for an organisation is no
    consumer, however like one it writes, so that a pattern of traffic excuses nobody from registration.
    """

    number = "6"
    title = "Carrier complaints and industry rules"
    rests_on = "Who is to blame for a carrier's complaint rests on the proof of opt-in and on a person who reads it."

    carrier_documents: Mapping[str, tuple[str, ...]] = figure(
        {"6.5.2": ("T-Mobile Code of Conduct",)},
        "rulebook 6(b), A4: rules that rest on carriers' documents alone, default",
        "documents (document, or document@version) by rule; while none of them was sent in writing the rule only flags",
    )
    web_media: tuple[str, ...] = figure(
        ("web-form", "web"), "CTIA Messaging Principles 5.1.2: opt-ins whose IP address is on record", "media"
    )

    registered_in: tuple[str, ...] = figure(("US",), "rulebook 6.5: The Campaign Registry, 10DLC")
    no_shorteners_in: tuple[str, ...] = figure(
        ("US", "PR", "VI", "GU", "AS", "MP"), "CTIA Messaging Principles 5.3 (rulebook 6.4)"
    )
    declared_uses: Mapping[str, tuple[str, ...]] = figure(
        {"2FA": ("otp", "emergency")}, "rulebook 6.5: a campaign's declared use", "purposes"
    )
    notice_uses: tuple[str, ...] = figure(
        ("DELIVERY_NOTIFICATION", "ACCOUNT_NOTIFICATION", "SECURITY_ALERT", "FRAUD_ALERT"),
        "rulebook 6.5: uses that notify a customer of their own affairs, and nothing else",
    )
    marketing_uses: tuple[str, ...] = figure(
        ("MARKETING", "MIXED", "LOW_VOLUME", "SWEEPSTAKE", "CHARITY", "POLITICAL", "SOCIAL", "SOLE_PROPRIETOR",
         "AGENTS_FRANCHISES", "CARRIER_EXEMPT"),
        "rulebook 6.5: uses whose registration covers advertising",
    )  # fmt: skip
    gated: tuple[str, ...] = figure(
        ("alcohol", "firearms", "tobacco", "sex"),
        "CTIA Messaging Principles 5.3 (rulebook 6.4): to adults whose age was checked",
        "kinds of SHAFT",
    )
    barred: tuple[str, ...] = figure(
        ("hate", "cannabis", "drugs"),
        "CTIA Messaging Principles 5.3 (rulebook 6.4; 6.5: illegal content): never, whoever asked for it",
        "kinds",
    )
    gated_in: tuple[str, ...] = figure(
        ("US", "PR", "VI", "GU", "AS", "MP"), "CTIA Messaging Principles 5.3 (rulebook 6.4)"
    )
    shows_from: Score = figure(POSITIVE, "docs/model-card.md: a label is positive from here, default", "score")
    sure_from: Score = figure(0.9, "rulebook 6.4, 6.5, default", "score")
    bargain_from: Score = figure(0.75, "rulebook 6.5, default", "score, beside the words of a bargain")
    day_pause_minutes: int = figure(60, "rulebook 6.7 (codes 30022, 30023: queue, no strike), default", "minutes")
    least_recipients: int = figure(200, "rulebook 6.7, default", "recipients in 24 hours")
    opt_outs_warn: float = figure(0.03, "rulebook 6.7, default", "share of recipients")
    opt_outs_throttle: float = figure(0.05, "rulebook 6.7, default", "share of recipients")
    opt_outs_suspend: float = figure(0.10, "rulebook 6.7, default", "share of recipients")
    throttle_minutes: int = figure(15, "rulebook 6.7, default", "minutes")
    dead_warn: float = figure(0.08, "rulebook 6.7: one platform's figure for errors, default", "share of recipients")
    dead_hold: float = figure(0.125, "rulebook 6.7: one platform's figure for errors, default", "share of recipients")
    dead_days: int = figure(30, "rulebook 6.7 (codes 30005, 30006: suppress), the time a default", "days")
    wrong_numbers_warn: float = figure(0.02, "rulebook 6.7: a sign of the list, default", "share of recipients")
    filtered_alike: int = figure(5, "rulebook 3.1, 6.7 (code 30007), default", "filtered messages alike in 24 hours")
    reports_warn: int = figure(2, "rulebook 6.7, default", "reports in 24 hours")
    reports_warn_share: float = figure(0.0005, "rulebook 6.7, default", "share of recipients")
    reports_hold: int = figure(5, "rulebook 6.7, default", "reports in 24 hours")
    reports_hold_share: float = figure(0.001, "rulebook 6.7, default", "share of recipients")

    @rule("6.2", "an opt-in on record says how it was given", needs=(Consents,), when_unknown=Verdict.ALLOW,
          purposes=(Purpose.MARKETING,))  # fmt: skip
    def opt_in_record(self, case: Case) -> Rulings:
        if case.communication.purpose is not Purpose.MARKETING:
            return
        given = case[Consents].by_purpose.get("marketing")
        if given is None or given.withdrawn_at is not None:
            return  # clause 7's business
        asked = {"medium": given.medium, "language": given.language, "campaign": given.campaign, "proof": given.proof}
        if given.medium in self.web_media:
            asked["source"] = given.source
        missing = [name for name, there in asked.items() if not there]
        if missing:
            yield flag(
                "the opt-in on record does not say how it was given",
                remedy=f"record its {' and '.join(missing)}: a carrier may ask for it the same day",
                missing=missing,
            )

    @rule("6.2.1", "joining a recurring programme is confirmed", needs=(Campaign,),
          about=Campaign, when_unknown=Verdict.ALLOW, purposes=(Purpose.MARKETING,))  # fmt: skip
    def confirmed(self, case: Case) -> Rulings:
        campaign = case[Campaign]
        if campaign.recurring and not campaign.confirms and case.communication.purpose is Purpose.MARKETING:
            yield flag(
                "this programme recurs, and nothing shows that people are told so when they join",
                remedy="register the campaign's opt-in message: brand, purpose, how often, rates, HELP and STOP",
                campaign=campaign.sid,
            )

    @rule("6.2.2", "consent is given to one sender", needs=(SharedConsent,),
          about=SharedConsent, when_unknown=Verdict.ALLOW, purposes=(Purpose.MARKETING,))  # fmt: skip
    def shared_consent(self, case: Case) -> Rulings:
        brands = case[SharedConsent].brands
        if brands and case.communication.purpose is Purpose.MARKETING:
            yield flag(
                "the consent on record bears the very instant and internet address of consents to other brands",
                remedy="show the form on which this person agreed to hear from you; consent can't be passed on",
                brands=brands,
            )

    @rule("6.2.3", "numbers that were shut down are dropped", needs=(ShutDown, Consents),
          about=ShutDown, when_unknown=Verdict.FLAG, purposes=_NOT_AWAITED)  # fmt: skip
    def shut_down(self, case: Case) -> Rulings:
        since = case[ShutDown].at
        if since is not None and not any(given.given_at > since for _, given in case[Consents].in_force):
            yield refuse(
                "a carrier has shut this number down since the person agreed to hear from you",
                remedy="take it off your lists; whoever has it next agrees for themselves",
                code=21614,
                since=since,
            )

    @rule("6.4", "links don't hide behind shared shorteners", needs=(Links, Numbering, Guidelines),
          about=Links, when_unknown=Verdict.FLAG)  # fmt: skip
    def shared_shorteners(self, case: Case) -> Rulings:
        shared = case[Links].shared
        if shared and case[Numbering].recipient_region in self.no_shorteners_in:
            yield self._bound(case, "6.4", refuse(
                "the link leads through a public shortener, which carriers don't accept",
                remedy="use the whole link, or a short domain of your own",
                code=30007,
                by_content=True,
                shorteners=shared,
            ))  # fmt: skip

    @rule("6.4.1", "what is for adults goes to adults, and what carriers bar goes to nobody",
          needs=(Content, Numbering, Campaign, PairHistory), about=Content, when_unknown=Verdict.FLAG)  # fmt: skip
    def shaft(self, case: Case) -> Rulings:
        content = case[Content]
        score = content.labels["shaft"]
        if score < self.shows_from or case[Numbering].recipient_region not in self.gated_in:
            return
        if case.communication.purpose is Purpose.CONVERSATION and case[PairHistory].answered:
            return  # two people who answer each other advertise nothing (17.5)
        told = content.quotation or content.counter_speech
        barred = [kind for kind in content.shaft_kind if kind in self.barred and not (told and kind == "hate")]
        gated = [] if self._adults(case[Campaign]) else [kind for kind in content.shaft_kind if kind in self.gated]
        about = shown(content, "shaft")
        if (barred or gated) and not self._advertises(case):
            yield flag("this speaks of what carriers gate, and does not advertise it: a person looks at it afterwards",
                       remedy="advertise it on an age-gated campaign only", kinds=barred + gated, **about)  # fmt: skip
        elif barred:
            yield self._surely(score, "carriers carry none of this to anybody",
                               "leave it out: no campaign is registered for it", kinds=barred, **about)  # fmt: skip
        elif gated:
            yield self._surely(
                score,
                "this is for adults only, and nothing shows that the age of these people was checked",
                "send it on an age-gated campaign that is registered for advertising",
                kinds=gated,
                **about,
            )

    @rule(
        "6.5.3",
        "what is said fits what was declared",
        needs=(Content, Campaign),
        about=Content,
        when_unknown=Verdict.FLAG,
    )
    def wording(self, case: Case) -> Rulings:
        content = case[Content]
        if content.looks_like not in ("marketing", "otp"):
            return
        campaign = case[Campaign]
        if not campaign.on_record or not campaign.use_case:
            return  # 6.5 asks for a registration
        about: dict[str, Any] = {"use_case": campaign.use_case, "looks_like": content.looks_like}
        if content.looks_like == "otp" and campaign.use_case == "MARKETING":
            yield flag("one-time codes go out on a campaign that is registered for advertising",
                       remedy="send codes on a campaign that is registered for them", **about)  # fmt: skip
        if content.looks_like != "marketing" or campaign.use_case in self.marketing_uses:
            return
        about |= shown(content, "spam")
        remedy = "send advertising on a campaign that is registered for it"
        # The look alone never stops: reminders of debts and of dates look like advertising too.
        bargain = content.labels["spam"] >= self.bargain_from and offers_a_bargain(case.communication.text)
        if bargain and campaign.use_case in self.declared_uses and content.labels["spam"] >= self.sure_from:
            yield refuse("this advertises, on a campaign that is registered for one-time codes",
                         remedy=remedy, code=30007, by_content=True, **about)  # fmt: skip
        elif bargain and (campaign.use_case in self.notice_uses or campaign.use_case in self.declared_uses):
            yield hold("this advertises, on a campaign that is registered for notices or codes only",
                       remedy=remedy, **about)  # fmt: skip
        elif content.labels["spam"] >= self.shows_from:
            yield flag("this reads like advertising, on a campaign that is not registered for it",
                       remedy=remedy, **about)  # fmt: skip

    @rule("6.5", "numbers are registered for what they send", needs=(SenderRight, Campaign, Numbering, Guidelines),
          when_unknown=Verdict.HOLD)  # fmt: skip
    def registered(self, case: Case) -> Rulings:
        numbering, right = case[Numbering], case[SenderRight]
        if right.kind != "number" or numbering.recipient_region not in self.registered_in:
            return
        if not right.owned:
            return  # clause 18's business
        ruling = None
        if right.type == "toll-free":
            ruling = _verification(right)
        elif numbering.sender_region in self.registered_in:
            ruling = _registration(case[Campaign], right)
        if ruling is not None:
            yield self._bound(case, "6.5", ruling)

    @rule("6.5.1", "a campaign sends what it declared", needs=(Campaign, Guidelines), when_unknown=Verdict.FLAG)
    def declared_use(self, case: Case) -> Rulings:
        campaign, purpose = case[Campaign], case.communication.purpose
        if not campaign.on_record or purpose is None:
            return
        only = self.declared_uses.get(campaign.use_case)
        about: dict[str, Any] = {"use_case": campaign.use_case, "purpose": purpose.value}
        if purpose is Purpose.MARKETING and campaign.use_case not in self.marketing_uses:
            yield self._bound(case, "6.5.1", refuse(
                "this campaign is not registered for advertising",
                remedy="send it on a campaign that is, or register one",
                code=30034,
                **about,
            ))  # fmt: skip
        elif only is not None and purpose.value not in only:
            yield flag("this is not what the campaign is registered for", remedy="use another campaign", **about)

    @rule(
        "6.5.2",
        "a brand keeps to its day",
        needs=(Campaign, CampaignCounts, Guidelines),
        about=Campaign,
        when_unknown=Verdict.ALLOW,
    )
    def brands_day(self, case: Case) -> Rulings:
        allowed, counts = case[Campaign].segments_a_day, case[CampaignCounts]
        if not allowed or case.communication.purpose is Purpose.EMERGENCY:
            return
        if counts.segments_24h + counts.segments > allowed:
            yield self._bound(case, "6.5.2", delay(
                "carriers take no more of this brand's messages today",
                until=case.communication.at + timedelta(minutes=self.day_pause_minutes),
                remedy="nothing need be done: it goes out when there is room; ask for the brand's vetting to get more",
                code=30023,
                segments=counts.segments_24h,
                allowed=allowed,
            ))  # fmt: skip

    @rule("6.7", "nobody goes on when many people turn away", needs=(Rates, Campaign),
          about=Rates, when_unknown=Verdict.ALLOW, moments=Moment.OFFER | Moment.OUTCOME, direction=None)  # fmt: skip
    def opt_out_rate(self, case: Case) -> Rulings:
        days = [(self._share(day.opt_outs_24h, day), unit, day.recipients_24h) for unit, day in self._days(case)]
        share, unit, recipients = max(days, default=(0.0, "", 0))
        about: dict[str, Any] = {"unit": unit, "share": round(share, 4), "recipients": recipients}
        remedy = "stop, find out why people leave, and write to those only who asked for it"
        if share >= self.opt_outs_warn and case[Campaign].re_permission:
            yield flag("many people opt out, as is usual when they are asked afresh",
                       remedy="write to those only who stayed", **about)  # fmt: skip
        elif share >= self.opt_outs_suspend:
            yield hold("too many people opt out: a person looks before more goes out", remedy=remedy, **about)
        elif share >= self.opt_outs_throttle:
            until = case.communication.at + timedelta(minutes=self.throttle_minutes)
            yield delay("many people opt out, so this goes slower", until=until, overload=True, remedy=remedy,
                        code=20429, **about)  # fmt: skip
        elif share >= self.opt_outs_warn:
            yield flag("more people opt out than usual", remedy=remedy, **about)

    @rule("6.7.1", "nobody goes on when people report spam", needs=(Rates,), about=Rates, when_unknown=Verdict.ALLOW,
          moments=Moment.OFFER | Moment.OUTCOME, direction=None)  # fmt: skip
    def spam_reports(self, case: Case) -> Rulings:
        unit, day = self._day(case)
        if day is None:
            return
        own = case[Rates].end_user  # by itself too, however small: reports have no least of recipients
        if own is not None and self._of_reports(own) > self._of_reports(day):
            unit, day = "end user", own
        about: dict[str, Any] = {"unit": unit, "reports": day.spam_reports_24h, "recipients": day.recipients_24h}
        if self._of_reports(day) >= 1.0:
            yield hold("people report these messages as spam: a person looks before more goes out",
                       remedy="show how they opted in", **about)  # fmt: skip
        elif day.spam_reports_24h >= max(self.reports_warn, self.reports_warn_share * day.recipients_24h):
            yield flag("people report these messages as spam", remedy="look at how they opted in", **about)

    def _of_reports(self, day: Tally) -> float:
        """A day's reports, as a part of those for which it is held."""
        return day.spam_reports_24h / max(self.reports_hold, self.reports_hold_share * day.recipients_24h)

    @rule("6.7.2", "nobody goes on when many numbers are nobody's", needs=(Rates, DeadNumbers),
          about=DeadNumbers, when_unknown=Verdict.ALLOW, purposes=_NOT_AWAITED)  # fmt: skip
    def dead_numbers(self, case: Case) -> Rulings:
        judged, told = self._days(case), case[DeadNumbers]
        count = {"end user": told.end_user_24h, "campaign": told.campaign_24h, "account": told.account_24h}
        days = [(self._share(count[unit], day), unit, day.recipients_24h) for unit, day in judged]
        share, unit, recipients = max(days, default=(0.0, "account", 0))
        about: dict[str, Any] = {"unit": unit, "dead": count[unit], "recipients": recipients}
        if share >= self.dead_hold:
            yield hold("too many of these numbers are nobody's: a person looks before more goes out",
                       remedy="write to who gave you their numbers, and drop those that failed", **about)  # fmt: skip
        elif share >= self.dead_warn:
            yield flag("many of these numbers are nobody's", remedy="drop those that failed from your lists", **about)

    @rule("6.7.3", "many wrong numbers tell of a bad list", needs=(Rates,), about=Rates, when_unknown=Verdict.ALLOW,
          purposes=_NOT_AWAITED)  # fmt: skip
    def wrong_numbers(self, case: Case) -> Rulings:
        unit, day = self._large_day(case)
        if day is not None and day.wrong_numbers_24h >= self.wrong_numbers_warn * day.recipients_24h:
            yield flag(
                "many of these people say that somebody else is meant",
                remedy="check where the numbers come from, and ask the Reassigned Numbers Database about old ones",
                unit=unit,
                wrong_numbers=day.wrong_numbers_24h,
                recipients=day.recipients_24h,
            )

    # What a person waits for goes out all the same: whoever asks for a code may have the number since this morning.
    @rule("6.7.4", "a number that nobody has is not written to again", needs=(Unreachable,),
          about=Unreachable, when_unknown=Verdict.ALLOW, purposes=_NOT_AWAITED)  # fmt: skip
    def unreachable(self, case: Case) -> Rulings:
        last = case[Unreachable]
        if last.at is not None and case.communication.at - last.at < timedelta(days=self.dead_days):
            yield refuse(
                "this number is a landline, a carrier says"
                if last.error == _LANDLINE
                else "nobody has this number, a carrier says",
                remedy="take it off your lists; it opens again when they write to you, when a code or an answer that "
                "they wait for reaches them, and in some weeks by itself",
                code=21614,
                error=last.error,
                at=last.at,
            )

    # To go on sending what is filtered now and then is lawful: a person looks at why it is, and nothing is stopped.
    @rule("6.7.5", "what a carrier filtered is looked at before it is tried on", needs=(Filtered,),
          about=Filtered, when_unknown=Verdict.ALLOW)  # fmt: skip
    def filtered(self, case: Case) -> Rulings:
        found = case[Filtered]
        if found.alike_24h >= self.filtered_alike and case.communication.purpose is not Purpose.EMERGENCY:
            yield flag(
                "carriers filtered nearly this text again and again today, and it is tried on"
                + (" from another number" if found.elsewhere_24h == found.alike_24h else ""),
                remedy="stop and find out what the carrier minds (links, claims, goods for adults); other words or "
                "other numbers are no remedy",
                filtered_24h=found.alike_24h,
                from_other_senders=found.elsewhere_24h,
            )

    @rule("6.8", "a carrier's complaint is put on record", needs=(Reports,), when_unknown=Verdict.FLAG,
          kinds=Kind.ANY, moments=Moment.OUTCOME, direction=None)  # fmt: skip
    def carrier_complaint(self, case: Case) -> Rulings:
        if case.outcome.what is OutcomeKind.CARRIER_COMPLAINT:
            yield flag(
                "a carrier complained about this traffic",
                remedy="answer with the proof of opt-in the same day",
                complaints_30d=case[Reports].carrier_30d,
            )

    @staticmethod
    def _advertises(case: Case) -> bool:
        """Whether a text advertises: by what it is called, by its look, or by the words of a bargain."""
        offer = case.communication
        said = offer.purpose is Purpose.MARKETING or case[Content].looks_like == "marketing"
        return said or offers_a_bargain(offer.text)

    def _adults(self, campaign: Campaign) -> bool:
        """Whether a campaign reaches adults only, and may advertise to them."""
        return campaign.on_record and campaign.age_gated and campaign.use_case in self.marketing_uses

    def _surely(self, score: float, reason: str, remedy: str, **about: Any) -> Ruling:
        """Refused where the text leaves little doubt, else a person looks first."""
        if score >= self.sure_from:
            return refuse(reason, remedy=remedy, code=30007, by_content=True, **about)
        return hold(reason, remedy=remedy, code=30007, **about)

    def _bound(self, case: Case, rule_id: str, ruling: Ruling) -> Ruling:
        """The ruling; or a flag, where it rests on carriers' documents none of which was sent in writing (A4)."""
        documents = self.carrier_documents.get(rule_id, ())
        if not documents or _sent(documents, case[Guidelines].sent):
            return ruling
        return flag(
            f"{ruling.reason}; the carrier's document that asks for it was not sent to you in writing yet",
            remedy=ruling.remedy,
            documents=documents,
            **ruling.evidence,
        )

    def _day(self, case: Case) -> tuple[str, Tally | None]:
        """Whose day an offer is judged by, and that day. The end user's or else the campaign's, where that is large
        enough to judge by, so that one bad tenant stops no other; else the account's, so that many small ones don't
        hide. None of outcomes, which are only counted (no rule that heard them, no rate), and none of what a person
        waits for: that goes on, whatever others do."""
        offer = case.subject
        if not isinstance(offer, Communication) or offer.direction is Direction.INBOUND or offer.purpose in _AWAITED:
            return "", None
        rates = case[Rates]
        for unit, day in (("end user", rates.end_user), ("campaign", rates.campaign)):
            if day is not None and day.recipients_24h >= self.least_recipients:
                return unit, day
        return "account", rates

    def _days(self, case: Case) -> list[tuple[str, Tally]]:
        """The same where a share is judged: with recipients enough for it to mean something; and a small end user, who
        does not weigh in full on the others' day, by its own as well, as if it had the least recipients."""
        unit, day = self._day(case)
        if day is None:
            return []
        days = [(unit, day)] if day.recipients_24h >= self.least_recipients else []
        own = case[Rates].end_user
        return days if own is None or unit == "end user" else [*days, ("end user", own)]

    def _share(self, count: int, day: Tally) -> float:
        return count / max(day.recipients_24h, self.least_recipients)

    def _large_day(self, case: Case) -> tuple[str, Tally | None]:
        """The same, where it has recipients enough for a share to mean something."""
        unit, day = self._day(case)
        return unit, day if day is not None and day.recipients_24h >= self.least_recipients else None


def _sent(documents: Collection[str], sent: Collection[str]) -> bool:
    """Whether one of them is among those that were sent; without a version any version is."""
    return any(d in sent if "@" in d else any(s.partition("@")[0] == d for s in sent) for d in documents)


def _verification(right: SenderRight) -> Ruling | None:
    """What a toll-free number lacks."""
    if right.verification == "verified":
        return None
    return refuse(
        "this toll-free number is not verified",
        remedy="have it verified; until then send from another number",
        code=30032,
        verification=right.verification,
    )


def _registration(campaign: Campaign, right: SenderRight) -> Ruling | None:
    """What a long code's registration lacks."""
    if "SUSPENDED" in (campaign.status, campaign.brand_status):
        return refuse("the campaign is suspended", remedy="the notice says why and how to appeal", code=30033)
    if not campaign.on_record or campaign.status != "VERIFIED" or campaign.brand_status in ("FAILED", "PENDING"):
        return refuse(
            "this number is not registered for an approved campaign",
            remedy="register brand and campaign, and add the number to it",
            code=30034,
            status=campaign.status,
            brand=campaign.brand_status,
        )
    if (right.campaign or "") != campaign.sid:
        return refuse(
            "this number does not belong to the campaign that it is used for",
            remedy="add the number to the campaign, or send from one of its numbers",
            code=30034,
            campaign=campaign.sid,
        )
    return None
