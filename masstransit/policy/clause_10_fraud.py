"""Clause 10: fraud."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from masstransit.clause import REPORTS, Case, Clause, Rulings, figure, rule
from masstransit.facts.arriving_mail import Guise
from masstransit.facts.asking import Asked
from masstransit.facts.brands import Brands
from masstransit.facts.calls.calling import Dear, RangAndDropped
from masstransit.facts.content import POSITIVE, Content, Score
from masstransit.facts.content.evidence import shown
from masstransit.facts.identity import GeoPermission, Numbering
from masstransit.facts.imitation import speaks_of
from masstransit.facts.links import Links
from masstransit.facts.pumping import Prefix
from masstransit.facts.stopped import StoppedForFraud
from masstransit.facts.traffic import FanOut, Rates
from masstransit.model.communication import Communication, Direction, Kind, Moment, Purpose
from masstransit.model.decision import Verdict, delay, flag, hold, refuse

_SPOKEN = Kind.CALL | Kind.VOICEMAIL


@dataclass(frozen=True, kw_only=True)
class Fraud(Clause):
    """Nobody deceives people for gain through this platform, nor helps others to: no passing for a bank or an office,
    no baiting for codes, no traffic that exists to be paid for. To countries where such traffic likes to end, an
    account sends only after it said that it means to.

    A bank that writes about its own customers' money is no impostor: whose brand is on record speaks for it. To warn of
    fraud is not to commit it.
    """

    number = "10"
    title = "Fraud"
    unheard = ((Kind.VIDEO, REPORTS),)
    rests_on = (
        "What a text pretends rests on reports, and on a person who knows the sender; whether a code was used, on the "
        "customer, who says so of each message (Feedback). Sanctioned persons (10.5) are looked for by whoever takes a "
        "customer on: a number tells nobody's name."
    )

    off_by_default: tuple[str, ...] = figure(
        ("AF", "BY", "CD", "CU", "IR", "KG", "KP", "LY", "MM", "SD", "SO", "SS", "SY", "TJ", "TM", "UZ", "YE"),
        "rulebook 10.2: high-risk countries are off until enabled, the list a default",
        "countries",
    )
    dear: tuple[str, ...] = figure(
        (
            "+979",
            "+870",
            "+881",
            "+882",
            "+883",
            "+4470",
            "+222",
            "+232",
            "+1268",
            "+1284",
            "+1473",
            "+1649",
            "+1664",
            "+1767",
            "+1809",
            "+1829",
            "+1849",
            "+1876",
        ),
        "ITU-T E.169.2 and the global codes of E.164; Ofcom on 070; FCC and FTC on one-ring calls, to be confirmed; "
        "which are in it is a default",
        "prefixes beside premium numbers",
    )
    premium_calls: int = figure(
        10, "rulebook 10.2: caps by destination, default", "calls to premium numbers in 24 hours"
    )
    dear_calls: int = figure(50, "rulebook 10.2: caps by destination, default", "calls in an hour to one prefix")
    dear_calls_enabled: int = figure(
        500, "rulebook 10.2, default: the account said that it calls there", "calls in an hour to one prefix"
    )
    premium_minutes: int = figure(
        60, "rulebook 10.2: caps by destination, default", "minutes of calls to premium numbers in 24 hours"
    )
    dear_minutes: int = figure(
        500, "rulebook 10.2: caps by destination, default", "minutes of calls in 24 hours to one prefix"
    )
    dear_minutes_enabled: int = figure(
        5_000, "rulebook 10.2, default: the account said that it calls there", "minutes in 24 hours to one prefix"
    )
    dropped_people: int = figure(10, "rulebook 10, within ten minutes, default", "people in an hour")
    dropped_seconds: float = figure(2.0, "rulebook 10: less than 2 s", "seconds that it rang")
    pumped_codes: int = figure(20, "rulebook 10.2, default", "codes in an hour to one range, two minutes old or more")
    unproven_codes: int = figure(100, "rulebook 10.2, default", "codes in an hour to a range where none was ever used")
    ripe_seconds: int = figure(120, "rulebook 10.2, default", "seconds after which a code that is used was used")
    pumped_share: float = figure(0.1, "rulebook 10.2, default", "share of the brand's codes in an hour")
    used_share: float = figure(0.2, "rulebook 10.2, default", "share of codes that are used")
    usual_days: int = figure(3, "rulebook 10.2, default", "days of 14 on which codes go to a range that is usual")

    suspect: Score = figure(POSITIVE, "docs/model-card.md: a label is positive from here, default", "score")
    hold_from: Score = figure(
        0.65, "docs/model-card.md: of lawful lines that were not learned 995 in 1,000 stay below it, default", "score"
    )
    hold_at_home_from: Score = figure(0.98, "drills: what links to the sender's own domain, default", "score")
    stopped: int = figure(5, "rulebook 10, fewer than 50 sends, default", "messages stopped for fraud in 24 hours")
    stopped_share: float = figure(0.05, "rulebook 10, default", "... of the sender's recipients in 24 hours")
    doubtful: Score = figure(0.4, "rulebook 10, default", "score, of a sender so much of whose traffic was stopped")

    family_copies: int = figure(3, "rulebook 10.1, default", "copies of a relative's text within the hour")

    @rule("10.2", "an account sends where it said that it does", needs=(GeoPermission,), when_unknown=Verdict.HOLD,
          kinds=Kind.TEXT | Kind.CALL | Kind.FAX, first=True)  # fmt: skip
    def enabled_country(self, case: Case) -> Rulings:
        permission = case[GeoPermission]
        off = permission.enabled is None and permission.region in self.off_by_default
        if off or permission.enabled is False:
            calls = case.communication.kind is Kind.CALL
            yield refuse(
                f"{'calls' if calls else 'messages'} to this country are not enabled for this account",
                remedy="enable the country in the account's geographic permissions",
                code=21215 if calls else 21408,
                region=permission.region,
            )

    # Codes that are too young to have been used say nothing, and a brand whose other codes are hardly used either does
    # not say what becomes of them: then nobody knows whether these were.
    @rule("10.2.1", "codes go to people who use them", needs=(Prefix, GeoPermission, Numbering),
          when_unknown=Verdict.ALLOW, moments=Moment.OFFER | Moment.OUTCOME, purposes=(Purpose.OTP,))  # fmt: skip
    def pumped(self, case: Case) -> Rulings:
        offer, sent, premium = case.subject, case[Prefix], case[Numbering].recipient_premium
        if not isinstance(offer, Communication) or offer.purpose is not Purpose.OTP:
            return  # outcomes are only counted
        told = sent.all_used_7d > 0 and sent.all_used_7d >= self.used_share * (sent.all_codes_7d - sent.codes_1h)
        usual = (sent.used_days_14d if told else sent.days_14d) >= self.usual_days and not premium
        if not offer.risk_check or sent.safe or usual:
            return
        if not self._is_unused(sent):
            if told and self._is_sudden(sent) and case[Numbering].recipient_region != case[Numbering].sender_region:
                yield delay(
                    "many one-time codes go at once to a range of numbers abroad where none was ever used",
                    until=offer.at + timedelta(seconds=self.ripe_seconds),
                    remedy="nothing need be done: it goes out when some of those before were used; say of codes that "
                    "came back that they were confirmed (Feedback)",
                    range=sent.begins,
                    codes=sent.codes_1h,
                )
            return
        words = "many one-time codes go to this range of numbers"
        remedy = (
            "stop whoever has them sent (a limit for each visitor, a captcha, fewer countries); say of codes that came "
            "back that they were confirmed (Feedback); vouch for numbers that you know (SafeList)"
        )
        about: dict[str, Any] = {"range": sent.begins, "codes": sent.codes_1h, "used": sent.used_1h}
        if told or premium or case[GeoPermission].region in self.off_by_default:
            # Told afterwards, as SDK users know it: whoever pumps learns nothing from the answer.
            yield refuse(f"{words}, and hardly any is used", remedy=remedy, code=30450, by_content=True, **about)
        else:
            yield flag(f"{words}, and nothing tells whether they are used", remedy=remedy, **about)

    def _is_sudden(self, sent: Prefix) -> bool:
        """Whether codes go to a range in numbers where none was ever used, before they could tell."""
        never = sent.used_days_14d == 0 and sent.used_1h == 0
        return never and sent.codes_1h >= max(self.pumped_codes, self.pumped_share * sent.all_codes_1h)

    def _is_unused(self, sent: Prefix) -> bool:
        """Whether codes go to one range in numbers, and hardly any of those that are old enough was used, or of very
        many none."""
        ripe = sent.codes_1h - sent.codes_2m
        hardly = ripe >= self.pumped_codes and sent.used_1h < self.used_share * ripe
        never = sent.codes_1h >= self.unproven_codes and sent.used_days_14d == 0
        return (hardly or never) and sent.codes_1h >= self.pumped_share * sent.all_codes_1h

    @rule("10.2.2", "nobody runs up calls that are paid for to whoever is called", needs=(Dear, GeoPermission),
          about=Dear, when_unknown=Verdict.FLAG, kinds=Kind.CALL, moments=Moment.OFFER | Moment.OUTCOME)  # fmt: skip
    def dear_calls_capped(self, case: Case) -> Rulings:
        found, call = case[Dear], case.subject
        if not isinstance(call, Communication) or call.purpose is Purpose.EMERGENCY:
            return  # of records minutes are counted
        premium = found.range == "premium"
        if self._run_up(found, enabled=case[GeoPermission].enabled is True):
            yield delay(
                "this account called numbers that cost extra as often, or as long, as it may in a day"
                if premium
                else "this account called numbers of this range, where calls are dear, as often, or as long, as it may",
                until=call.at + (timedelta(days=1) if premium else timedelta(hours=1)),
                overload=True,
                remedy="make sure that these calls are yours, and change the secret if they are not; if you mean to "
                "call there so much, enable the country in the account's geographic permissions, or ask the operator",
                code=20429,
                range=found.range,
                calls_1h=found.range_1h,
                calls_24h=found.range_24h,
                minutes_24h=found.minutes_24h,
            )

    def _run_up(self, found: Dear, *, enabled: bool) -> bool:
        """Whether there were as many such calls, or minutes of them, as there may be."""
        if found.range == "premium":
            return found.range_24h >= self.premium_calls or found.minutes_24h >= self.premium_minutes
        calls = self.dear_calls_enabled if enabled else self.dear_calls
        minutes = self.dear_minutes_enabled if enabled else self.dear_minutes
        return found.range_1h >= calls or found.minutes_24h >= minutes

    # While counts are unknown nothing follows: what ended can't be undone, and they heal by themselves.
    @rule("10.6", "nobody rings and hangs up to be called back where that costs", needs=(RangAndDropped,),
          about=RangAndDropped, when_unknown=Verdict.ALLOW, kinds=Kind.CALL, moments=Moment.OUTCOME)  # fmt: skip
    def wangiri(self, case: Case) -> Rulings:
        people, sender = case[RangAndDropped].people_1h, case.outcome.sender
        if people < self.dropped_people or sender is None:
            return
        yield hold(
            "this number rings many people and hangs up at once, and who calls it back pays: a person looks before "
            "more go out",
            remedy="let it ring, or call from a number that costs nothing extra; if your key was stolen, change it",
            scope="number",
            target=sender.text,
            people_1h=people,
        )

    # --- what a text says -------------------------------------------------------------------------------------------

    @rule("10.1", "nobody is deceived for money or secrets", needs=(Content, Links, Brands),
          about=Content, when_unknown=Verdict.FLAG, kinds=Kind.WORDS)  # fmt: skip
    def deception(self, case: Case) -> Rulings:
        content = case[Content]
        labels = ("phishing", "scam", "robocall") if case.communication.kind.among(_SPOKEN) else ("phishing", "scam")
        if content.educates or max([content.labels[label] for label in labels]) < self.suspect:
            return
        links, brands = case[Links], case[Brands]
        if self._genuine(content, links, brands):
            return
        worse = self._worse(content, links, brands)
        about = shown(content, *labels, "impersonation") | worse
        sure = self.hold_at_home_from if links.found and brands.home(links.found) else self.hold_from
        if worse:
            yield refuse(
                "this reads like fraud, and its link or its sender's name is not what it seems",
                remedy="write under your own name with links to your own domain; if the brand is yours, register it",
                code=30007,
                by_content=True,
                **about,
            )
        elif max(content.labels[label] for label in labels) >= sure:
            yield hold(
                "this reads like fraud: a person looks at it first",
                remedy="say who you are, link to your own domain, and ask for no secrets in a message",
                code=30007,
                **about,
            )
        else:
            yield flag(
                "this may be fraud: a person looks at it afterwards",
                remedy="say who you are, and link to your own domain",
                **about,
            )

    # Some wordings of a fraud are too faint to be held by themselves: what became of the others tells.
    @rule(
        "10.1.1",
        "who was stopped for fraud is looked at more closely",
        needs=(Content, StoppedForFraud, Rates, Links, Brands),
        about=StoppedForFraud,
        when_unknown=Verdict.ALLOW,
        kinds=Kind.WORDS,
    )
    def doubted(self, case: Case) -> Rulings:
        stopped, content = case[StoppedForFraud].messages_24h, case[Content]
        if stopped < self.stopped or content.educates or content.looks_like == "otp":
            return
        labels = ("phishing", "scam", "impersonation")
        if max(content.labels[label] for label in labels) < self.doubtful:
            return
        rates = case[Rates]
        day = rates.end_user if case.communication.end_user and rates.end_user is not None else rates
        if stopped < self.stopped_share * day.recipients_24h or self._genuine(content, case[Links], case[Brands]):
            return
        yield hold(
            "several of your messages were stopped for fraud today, and this may be one more: a person looks first",
            remedy="wait for that person; if your key was stolen, change it and say so, and your own messages go on",
            code=30007,
            stopped_24h=stopped,
            **shown(content, *labels),
        )

    @rule("10.3", "who speaks for a brand is that brand", needs=(Content, Brands, FanOut),
          about=Content, when_unknown=Verdict.ALLOW, kinds=Kind.WORDS)  # fmt: skip
    def impersonation(self, case: Case) -> Rulings:
        content = case[Content]
        if content.educates or content.labels["impersonation"] < self.suspect:
            return
        brands = case[Brands]
        if brands.own(content.brand_claimed):
            return
        about = shown(content, "impersonation") | {"speaks_for": content.brand_claimed or content.impersonates}
        remedy = "write under your own name, or register the brand that you write for with its owner's word"
        if content.brand_claimed and brands.on_record:
            yield hold("this speaks for a brand that is not the one on record for you", remedy=remedy, **about)
        elif content.impersonates == "family" and case[FanOut].messages_1h >= self.family_copies:
            yield hold("this is written as a relative's, and goes to several people", remedy=remedy, **about)
        else:
            yield flag("this speaks for somebody whom nothing on record shows you to be", remedy=remedy, **about)

    @rule("10.3.1", "links don't look like somebody else's", needs=(Links, Brands),
          about=Links, when_unknown=Verdict.ALLOW, kinds=Kind.WORDS)  # fmt: skip
    def lookalike(self, case: Case) -> Rulings:
        links = case[Links]
        if not links.imitating:
            return
        brands, text = case[Brands], case.communication.text
        foreign = _imitated(links, brands)
        if not foreign:
            return
        remedy = "link to a domain that bears your own name; if the brand is yours, put its domain on record"
        if any(link.host in foreign and speaks_of(text, link.imitates) for link in links.found):
            yield hold("this names a well-known brand, and its link only looks like that brand's", remedy=remedy,
                       code=30007, imitates=foreign)  # fmt: skip
        else:
            yield flag("a link looks like a well-known brand's, and is not its own", remedy=remedy, imitates=foreign)

    @rule("10.3.2", "mail that bears a brand's name is the brand's", needs=(Guise, Asked, Content),
          about=Guise, when_unknown=Verdict.FLAG, kinds=Kind.EMAIL, direction=Direction.INBOUND)  # fmt: skip
    def mail_in_a_brands_name(self, case: Case) -> Rulings:
        guise, content = case[Guise], case[Content]
        if not guise.named_brand and not guise.imitates:
            return
        about = {"brand": guise.named_brand or guise.imitates, "asks": case[Asked].secrets or None}
        suspect = max(content.labels["phishing"], content.labels["scam"]) >= self.suspect
        if (case[Asked].secrets or suspect) and not content.educates:
            yield refuse(
                "this mail bears a well-known brand's name, is not from the brand, and reads like fraud",
                remedy="write under your own name, and ask for no secrets in a mail",
                code=30007,
                by_content=True,
                **about,
            )
        else:
            yield flag("this mail bears a well-known brand's name and is not from its domain",
                       remedy="write under your own name, or from the brand's own domain", **about)  # fmt: skip

    @rule("10.4", "nobody is asked for a code that they were sent", needs=(Content,),
          about=Content, when_unknown=Verdict.ALLOW, kinds=Kind.WORDS)  # fmt: skip
    def asks_for_code(self, case: Case) -> Rulings:
        content = case[Content]
        if not content.asks_code or content.educates:
            return
        about = shown(content, "phishing", "impersonation")
        remedy = "let people enter the code where they asked for it, never in an answer"
        if max(content.labels["phishing"], content.labels["impersonation"]) >= self.suspect:
            yield refuse("this asks for a one-time code that was sent to somebody", remedy=remedy, code=30007,
                         by_content=True, **about)  # fmt: skip
        else:
            yield hold("this asks a person to send a one-time code back", remedy=remedy, code=30007, **about)

    def _genuine(self, content: Content, links: Links, brands: Brands) -> bool:
        """Whether a brand on record writes in its own name, and all its links lead home."""
        return brands.own(content.brand_claimed) and brands.home(links.found)

    def _worse(self, content: Content, links: Links, brands: Brands) -> dict[str, Any]:
        """What shows, beside the words, that it is not what it seems."""
        found: dict[str, Any] = {}
        if foreign := _imitated(links, brands):
            found["imitates"] = foreign
        claimed = content.brand_claimed
        if claimed and content.labels["impersonation"] >= self.suspect and not brands.own(claimed):
            found["claims"] = claimed
        return found


def _imitated(links: Links, brands: Brands) -> tuple[str, ...]:
    """Links that imitate a brand which is not the sender's own."""
    return tuple(link.host for link in links.found if link.imitates and not brands.own(link.imitates))
