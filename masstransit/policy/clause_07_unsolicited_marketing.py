"""Clause 7: unsolicited marketing. Consent by purpose, its withdrawal, lawful hours, do-not-call lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from masstransit.clause import Case, Clause, Rulings, figure, rule
from masstransit.errors import Unknown
from masstransit.facts import fax_notice
from masstransit.facts.brands import Brands
from masstransit.facts.calls.abandoned import Abandoned
from masstransit.facts.calls.calling import RecordedVoices
from masstransit.facts.consent import Consents, DoNotCall, Given, OptOut, Reassigned
from masstransit.facts.content import Content
from masstransit.facts.faxes import Broadcast
from masstransit.facts.identity import Campaign, Numbering
from masstransit.facts.law import Hours, LocalTime, Rulebook, first_lawful
from masstransit.facts.links import Links
from masstransit.facts.outgoing_mail import MailRight, MailStanding, Suppressed, shows_postal
from masstransit.facts.traffic import CampaignCounts, Frequency
from masstransit.facts.wording import (
    offers_a_bargain,
    spoiled_keyword,
    tells_a_number,
    tells_another_way_to_stop,
    tells_how_to_stop,
    tells_key_to_stop,
    tells_where_to_stop,
)
from masstransit.model.address import E164, AlphaSender
from masstransit.model.communication import Communication, Kind, Moment, Purpose, Voice
from masstransit.model.decision import Verdict, delay, flag, hold, refuse

_BLOCKED = 30004  # "message blocked": permanent to SDK users; 21610 is kept for opt-outs, which it means
_OPTED_OUT = 21610
_UNREACHED = 30003  # "unreachable destination"
_RELATED = ("purchase", "inquiry")  # PECR reg. 22(3): whoever bought may be written to, until they say no
_ANSWERS = ("re:", "fwd:", "fw:", "aw:", "wg:", "rv:", "tr:", "sv:")
_TAIL = 1600  # characters at the end of a mail, where ways out are written
_SUPPRESSED = {
    "bounce": "another server said that there is no such mailbox",
    "complaint": "this person called your mail spam",
    "told": "you said that this address gets no more mail",
}
_AWAITED = (Purpose.OTP, Purpose.EMERGENCY, Purpose.CONVERSATION)
_CARRIED = Kind.TEXT | Kind.SPOKEN
_QUARTER_MINUTES = 15
_CUSTOMER = ("purchase", "inquiry")  # an established business relationship (47 CFR 64.1200(f)(6))
_PAGE_BREAK = "\f"  # between the words of two pages of a fax
_ALWAYS_STOP = ("STOP", "UNSUB", "OPT", "REVOKE")
_UNSTATED = " (no purpose was stated, so the strictest one counts: marketing)"

_DAY = Hours((8, 21), (8, 21), (8, 21))
_EIGHT_TO_EIGHT = Hours((8, 20), (8, 20), (8, 20))
_NO_SUNDAY = Hours((8, 20), (8, 20), None, holidays=False)


@dataclass(frozen=True, kw_only=True)
class UnsolicitedMarketing(Clause):
    """Nobody gets advertising that they did not agree to, from anybody who uses this platform, wherever the law that
    protects them was made.

    What a message is for decides what it needs. Advertising needs consent given in writing, news about an order or an
    appointment needs a relationship, an answer needs that the person wrote first, and a code that somebody asked for
    needs no more than their asking. A person may call whom they have reason to
    call; a voice that is no person's needs the consent that a message needs. Whoever says stop, in whatever words, is
    not written to again by any number of that sender. Advertising comes at lawful hours of the place where the person
    is, no more often than their state allows, and not to those on a do-not-call list or to whoever has their old number
    now.
    """

    number = "7"
    title = "Unsolicited marketing"
    rests_on = (
        "Whether consent was truly given rests on complaints and on a person who looks at its proof; whether somebody "
        "asked for each one-time code, on the customer, who alone has the requests: many codes in a day are looked at, "
        "and a limit by the minute would cut off lines that many people share. Which of a bank's messages are about "
        "one event (7.2) no text tells: those of three days count as one."
    )
    not_yet = (
        "What a voice says that is fetched or decided on while the call goes on (7.3) waits for voices that are looked "
        "at. Of pages of a fax that are pictures (7.12) nobody but a person can read the words: they are judged by "
        "what is stated of them, and by how many they go to."
    )

    written_in: tuple[str, ...] = figure(
        ("US", "PR", "VI", "GU", "AS", "MP"), "47 CFR 64.1200(a)(2), (f)(9): prior express written consent", law="least"
    )
    implied: Mapping[str, Mapping[str, int]] = figure(
        {"CA": {"purchase": 730, "inquiry": 183}, "GB": {"purchase": 730}},
        "Canada: CASL s. 10(10); United Kingdom: PECR reg. 22(3), its length a default",
        "days",
        law="most",
    )
    stop_told_in: tuple[str, ...] = figure(("CA",), "CASL s. 6(2)(c): how to unsubscribe", law="least")
    named_in: tuple[str, ...] = figure(("CA",), "CASL s. 6(2)(a): who sends it", law="least")
    conversation_days: int = figure(30, "rulebook 7.1, default", "days")
    reply_hours: int = figure(24, "rulebook 7.1, default", "hours")
    codes_a_day: int = figure(10, "rulebook 6, 7.1: one code a request, the number a default", "codes in 24 hours")
    healthcare_a_day: int = figure(1, "47 CFR 64.1200(a)(9)(iv)", "messages in 24 hours", law="most")
    healthcare_a_week: int = figure(3, "47 CFR 64.1200(a)(9)(iv)", "messages in 7 days", law="most")
    healthcare_characters: int = figure(160, "47 CFR 64.1200(a)(9)(iv)", "characters", law="most")
    recorded_a_month: int = figure(
        3, "47 CFR 64.1200(a)(3)(ii)-(iv): to residential lines, not telemarketing", "calls in 30 days", law="most"
    )
    financial_messages: int = figure(3, "47 CFR 64.1200(a)(9)(iii), over all events", "messages in 3 days", law="most")

    hours: Hours = figure(_DAY, "47 CFR 64.1200(c)(1); 16 CFR 310.4(c)", "hours of the day", law="most")
    hours_by_state: Mapping[str, Hours] = figure(
        {
            "FL": _EIGHT_TO_EIGHT,  # Fla. Stat. 501.616
            "OK": _EIGHT_TO_EIGHT,  # 15 Okla. Stat. 775C
            "MD": _EIGHT_TO_EIGHT,  # Md. Com. Law 14-4501
            "OR": _EIGHT_TO_EIGHT,  # HB 3865 (2025)
            "WA": _EIGHT_TO_EIGHT,  # RCW 80.36.390
            "TX": Hours((9, 21), (9, 21), (12, 21)),  # Tex. Bus. & Com. Code ch. 301
            "CT": Hours((9, 20), (9, 20), (9, 20)),  # Conn. Gen. Stat. 42-288a
            "AL": _NO_SUNDAY,
            "LA": _NO_SUNDAY,
            "MS": _NO_SUNDAY,
            "RI": Hours((9, 18), (10, 17), None, holidays=False),
            "UT": Hours((8, 21), (8, 21), None, holidays=False),
            "PA": Hours((8, 21), (8, 21), (13.5, 21)),
        },
        "state statutes as in rulebook 7.7; AL, LA, MS, RI, UT, PA from vendor charts, to be confirmed",
        "hours of the day",
        law="most",
    )
    hours_by_country: Mapping[str, Hours] = figure(
        {"CA": Hours((9, 21.5), (10, 18), (10, 18))},
        "Canada: CRTC Unsolicited Telecommunications Rules III.26; elsewhere the federal hours, default",
        "hours of the day",
        law="most",
    )
    presumed_in_state: tuple[str, ...] = figure(
        ("FL", "OK", "WA"), "state statutes (rulebook 7.7): an area code of the state tells residence", law="least"
    )
    state_caps: Mapping[str, int] = figure(
        {"FL": 3, "OK": 3, "MD": 3, "OR": 3},
        "Fla. Stat. 501.616(6)(b) and its kin (rulebook 7.7)",
        "marketing messages in 24 hours",
        law="most",
    )

    registry_days: Mapping[str, int] = figure(
        {"": 31, "us-tx": 60}, "47 CFR 64.1200(c)(2)(i)(D); 16 CFR 310.4(b)(3)(iv); Texas 60", "days", law="most"
    )
    abandoned_most: float = figure(
        0.03, "47 CFR 64.1200(a)(7); 16 CFR 310.4(b)(4)(i)", "share of a campaign's live answers in 30 days", law="most"
    )
    abandoned_warn: float = figure(0.025, "rulebook 7.8, default: alert before", "share, as above")
    agent_seconds: float = figure(
        2.0, "47 CFR 64.1200(a)(7); 16 CFR 310.4(b)(1)(iv)", "seconds from the greeting", law="most"
    )
    dropped_seconds: float = figure(
        12.0, "rulebook 19.5, default: a call that ends sooner without an agent was dropped", "seconds"
    )
    least_live: int = figure(100, "rulebook 7.8, default: fewer tell no rate", "live answers in 30 days")
    ring_seconds: float = figure(
        15.0, "47 CFR 64.1200(a)(6); 16 CFR 310.4(b)(4)(ii): or four rings, which take longer", "seconds", law="least"
    )
    least_unanswered: int = figure(
        100, "rulebook 7.8, default: fewer may be people who thought better of it", "unanswered calls in 30 days"
    )
    cut_short_warn: float = figure(0.03, "rulebook 19.5, default: as of abandoned calls", "share of unanswered calls")
    cut_short_most: float = figure(0.25, "rulebook 19.5, default: as of short calls", "share of unanswered calls")
    pace_left: float = figure(
        0.25, "rulebook 19, ladder: pacing, the share a default", "share of the busiest quarter of an hour's calls"
    )
    least_left: float = figure(1.0, "rulebook 19, default: a person may go on calling", "calls a minute")
    require_registry: bool = figure(value=False, source="rulebook 7.9, default: written consent outranks the registry")
    purchase_months: int = figure(18, "47 CFR 64.1200(f)(5)", "months", law="most")
    inquiry_months: int = figure(3, "47 CFR 64.1200(f)(5)", "months", law="most")
    reassigned_days: int = figure(31, "rulebook 7.10, default: ask again monthly", "days")
    fax_stop_days: int = figure(
        30,
        "47 CFR 64.1200(a)(4)(iii)(B): by when a request for no more faxes is honoured; here at once",
        "days",
        law="most",
    )
    fax_broadcast: int = figure(20, "rulebook 7.12, default", "numbers that the same pages go to in 24 hours")

    mails_bulk: int = figure(5000, "Google, Email sender guidelines: who is a bulk sender", "mails in 24 hours")
    mail_spam_most: float = figure(
        0.003, "Google, Email sender guidelines; Yahoo Sender Hub: never 0.3 %", "share of the mails of 30 days"
    )
    mail_spam_warn: float = figure(
        0.001, "Google, Email sender guidelines: keep below 0.1 %", "share of the mails of 30 days"
    )
    mails_least: int = figure(1000, "rulebook 7.11, default: fewer tell no share", "mails in 30 days")
    wireless: tuple[str, ...] = figure(
        (
            "vtext.com", "vzwpix.com", "txt.att.net", "mms.att.net", "tmomail.net", "messaging.sprintpcs.com",
            "pm.sprint.com", "email.uscc.net", "mms.uscc.net", "sms.cricketwireless.net", "mms.cricketwireless.net",
            "sms.myboostmobile.com", "myboostmobile.com", "mymetropcs.com", "msg.fi.google.com",
        ),
        "47 CFR 64.3100(e): the FCC's list of wireless domains; these by the carriers' own pages",
        "domains",
        law="least",
    )  # fmt: skip

    @rule("7.1", "each purpose has the consent it needs", needs=(Consents, LocalTime), when_unknown=Verdict.HOLD,
          law="47 CFR 64.1200(a)(1), (2)")  # fmt: skip
    def consent(self, case: Case) -> Rulings:
        communication = case.communication
        if communication.purpose in (Purpose.OTP, Purpose.EMERGENCY):
            return  # asked for by the person, or needed for their safety (64.1200(f)(4)): no record is looked for
        consents = case[Consents]
        purpose = self._purpose(communication, consents)
        if purpose is Purpose.MARKETING:
            here = any(country in self.written_in for country in _countries(case))
            if here and not _has(consents, "marketing", "written"):
                yield refuse(
                    "there is no written consent on file for advertising to this person" + _unstated(communication),
                    remedy="record their written consent to marketing (Consents, or `masstransit import consents`), or "
                    "state the purpose that it has; a purpose that is not true is itself against the policy",
                    code=_BLOCKED,
                    purpose=purpose.value,
                    on_file=_kinds(consents),
                )
        elif purpose is Purpose.TRANSACTIONAL and not consents.in_force:
            yield refuse(
                "this person gave no consent, and nothing shows that they are a customer",
                remedy="record their consent, their purchase or their inquiry (Consents, or `masstransit import "
                "consents`)",
                code=_BLOCKED,
                purpose=purpose.value,
            )
        elif purpose is Purpose.CONVERSATION and not self._may_converse(communication.at, consents):
            yield refuse(
                "this person did not write to you lately, so this is no answer",
                remedy="state what the message is for; a conversation is one that the person began",
                code=_BLOCKED,
                within_days=self.conversation_days,
            )

    # What speaks decides (47 CFR 64.1200(a)(1)-(3)): a person needs nobody's consent to call, a machine does on every
    # line that may be a wireless one. Where nobody said what speaks, most likely a person does.
    @rule("7.1.2", "a voice that is no person's has the consent it needs", needs=(Consents, LocalTime, Numbering),
          when_unknown=Verdict.FLAG, kinds=Kind.SPOKEN,
          law="47 CFR 64.1200(a)(1)-(3); FCC 24-17; FCC 22-85")  # fmt: skip
    def voice_consent(self, case: Case) -> Rulings:
        call = case.communication
        if call.voice is Voice.LIVE or call.purpose in (Purpose.OTP, Purpose.EMERGENCY):
            return
        consents = case[Consents]
        if self._may_market(case):
            yield from self._advertising_voice(call, case)
        elif call.automated and not consents.in_force and case[Numbering].recipient_type != "landline":
            yield refuse(
                "this person did not agree to be called by a voice that is no person's",
                remedy="have a person call, or record the consent (Consents, or `masstransit import consents`)",
                code=_BLOCKED,
                voice=_voice(call),
            )

    def _advertising_voice(self, call: Communication, case: Case) -> Rulings:
        if not any(country in self.written_in for country in _countries(case)):
            return  # 7.13's business
        if _has(case[Consents], "marketing", "written"):
            return
        if call.automated:
            yield refuse(
                "this person did not agree in writing to advertising by a voice that is no person's" + _unstated(call),
                remedy="have a person call, or record their written consent to marketing (Consents, or `masstransit "
                "import consents`)",
                code=_BLOCKED,
                voice=_voice(call),
                on_file=_kinds(case[Consents]),
            )
        else:
            yield flag(
                "nobody said what speaks in this call that advertises, and no written consent is on file",
                remedy="say whether a person speaks (SIP header X-Voice: live), or record the consent",
                voice=_voice(call),
            )

    # What is said is known where the words came with the request. That an opt-out is offered in two seconds only a
    # sound could show; a name that nobody put on record may be the caller's all the same: a person looks.
    @rule("7.3", "a voice that is no person's says who calls, and how to be called no more", needs=(Brands,),
          when_unknown=Verdict.ALLOW, kinds=Kind.CALL, law="47 CFR 64.1200(b)(1)-(3)")  # fmt: skip
    def voice_says(self, case: Case) -> Rulings:
        call = case.communication
        if not call.automated or not call.words or call.purpose in (Purpose.OTP, Purpose.EMERGENCY):
            return
        if not isinstance(call.recipient, E164) or call.recipient.region not in self.written_in:
            return
        if call.purpose in (None, Purpose.MARKETING) and not tells_key_to_stop(call.words):
            words = "advertising by a voice that is no person's says how to be called no more"
            remedy = 'say it behind your name, such as "Press 9 to be called no more", and hear that key'
            if call.purpose is Purpose.MARKETING:
                yield refuse(words, remedy=remedy, code=_BLOCKED, by_content=True)
            else:
                yield flag(words + _UNSTATED, remedy=remedy)
        brands = case[Brands]
        unsaid = ["who calls"] if brands.on_record and not brands.signs(call.words, ()) else []
        unsaid += [] if tells_a_number(call.words) else ["at which number you are reached"]
        if unsaid:
            yield flag(
                f"a voice that is no person's does not say {' nor '.join(unsaid)}",
                remedy="say your name at the beginning, and your number before the end",
            )

    @rule("7.2.1", "recorded voices do not come to a home again and again", needs=(Consents, Numbering, RecordedVoices),
          about=RecordedVoices, when_unknown=Verdict.FLAG, kinds=Kind.SPOKEN,
          law="47 CFR 64.1200(a)(3)(ii)-(iv)")  # fmt: skip
    def recorded_cap(self, case: Case) -> Rulings:
        call, before = case.communication, case[RecordedVoices].person_30d
        if not call.automated or call.purpose in (Purpose.OTP, Purpose.EMERGENCY, Purpose.MARKETING):
            return
        if case[Consents].in_force or case[Numbering].recipient_type != "landline":
            return  # whoever agreed may be called; on other lines 7.1.2 asks for consent from the first call on
        if before >= self.recorded_a_month:
            yield refuse(
                "this home had as many calls by a voice that is no person's as the law allows without consent",
                remedy="have a person call, wait until the month has passed, or record the consent",
                code=_BLOCKED,
                calls_30d=before,
            )

    @rule("7.1.1", "a one-time code answers a request", needs=(Frequency,), about=Frequency,
          when_unknown=Verdict.ALLOW, kinds=_CARRIED)  # fmt: skip
    def codes(self, case: Case) -> Rulings:
        if case.communication.purpose is Purpose.OTP and case[Frequency].codes_24h >= self.codes_a_day:
            yield flag(
                "this person got many one-time codes today: did they ask for each?",
                remedy="send one code a request, and let people wait longer after each try",
                codes_24h=case[Frequency].codes_24h,
            )

    @rule(
        "7.2",
        "messages under an exemption keep to its bounds",
        needs=(Campaign, CampaignCounts, Frequency),
        about=Campaign,
        when_unknown=Verdict.FLAG,
        kinds=_CARRIED,
        law="47 CFR 64.1200(a)(9)",
    )
    def exempt_caps(self, case: Case) -> Rulings:
        communication, claimed = case.communication, case[Campaign].exempt_as
        if not claimed or communication.purpose is Purpose.EMERGENCY:
            return
        if communication.kind & Kind.SPOKEN and not communication.automated:
            return  # who calls in person needs no exemption
        if communication.purpose is Purpose.MARKETING:
            yield refuse(
                "messages under an exemption hold no advertising",
                remedy="send advertising on a campaign of its own, to people who agreed to it",
                code=_BLOCKED,
                exemption=claimed,
            )
        if claimed == "healthcare" and len(communication.on_air) > self.healthcare_characters:
            yield refuse(
                f"a message under the healthcare exemption has {self.healthcare_characters} characters at most",
                remedy="say it shorter",
                code=_BLOCKED,
                by_content=True,
                characters=len(communication.on_air),
            )
        sent = self._exempt_sent(claimed, case[CampaignCounts], case[Frequency])
        if sent:
            yield delay(
                "this person had as many messages as the exemption allows",
                until=communication.at + timedelta(hours=24),
                remedy="send fewer, or record the person's consent and send on another campaign",
                exemption=claimed,
                **sent,
            )

    @rule("7.4.1", "who can't be answered tells another way out", when_unknown=Verdict.FLAG,
          law="47 CFR 64.1200(a)(10)")  # fmt: skip
    def one_way(self, case: Case) -> Rulings:
        communication = case.communication
        if not isinstance(communication.sender, AlphaSender) or communication.purpose in _AWAITED:
            return
        if tells_another_way_to_stop(communication.text):
            return
        words = "nobody can answer a sender name, and this text gives no other way to opt out"
        remedy = "add one: a link, a number to text or call, an address"
        if communication.purpose is Purpose.TRANSACTIONAL:
            yield flag(words, remedy=remedy)
        else:
            yield refuse(words, remedy=remedy, code=30007, by_content=True)

    @rule("7.5", "words that stop messages are no answers to something else", when_unknown=Verdict.FLAG)
    def keyword_prompts(self, case: Case) -> Rulings:
        keyword = spoiled_keyword(case.communication.text)
        if not keyword:
            return
        words = f"whoever answers {keyword} opts out, so that the word can't be an answer to something else"
        remedy = "let people answer with another word or a digit, such as C or 2"
        if keyword.startswith(_ALWAYS_STOP):  # most likely an opt-out in unusual words
            yield flag(words, remedy=remedy, keyword=keyword)
        else:
            yield refuse(words, remedy=remedy, code=30007, by_content=True, keyword=keyword)

    @rule("7.4", "whoever said stop hears nothing more", needs=(OptOut,), about=OptOut, when_unknown=Verdict.HOLD,
          kinds=Kind.ANY, law="47 CFR 64.1200(a)(10)")  # fmt: skip
    def revoked(self, case: Case) -> Rulings:
        opted_out = case[OptOut]
        if not opted_out.on_file:
            return
        communication = case.communication
        about: dict[str, Any] = {
            "since": opted_out.since,
            "said": opted_out.said,
            "scope": opted_out.scope,
            "via": opted_out.via,
        }
        if communication.purpose is Purpose.EMERGENCY:
            yield flag(
                f"an emergency {communication.word} goes to a person who said stop: a person looks at it afterwards",
                remedy="call nothing an emergency that is none; to whoever said stop send nothing else",
                **about,
            )
        elif communication.in_person:
            yield flag(
                "this person said stop, which ends messages and calls by machines, and not what two people talk about",
                remedy="call in person only about what the person expects, and do not advertise",
                **about,
            )
        elif opted_out.covers(communication):
            yield refuse(
                _asked_for(opted_out, communication),
                remedy="take them off your lists; only they can undo it, by writing START to one of your numbers",
                code=_OPTED_OUT,
                **about,
            )

    @rule("7.6", "advertising comes at lawful hours", needs=(LocalTime, Consents), when_unknown=Verdict.HOLD,
          kinds=_CARRIED, purposes=(Purpose.MARKETING,), law="47 CFR 64.1200(c)(1); 16 CFR 310.4(c)")  # fmt: skip
    def quiet_hours(self, case: Case) -> Rulings:
        communication = case.communication
        if not self._may_market(case):
            return
        place = case[LocalTime]
        if not place.zones:
            raise Unknown("no time zone is known for this number")
        until = first_lawful(place.at, place.zones, self._rulebooks(place))
        about: dict[str, Any] = {
            "zones": place.zones,
            "states": place.states,
            "basis": place.basis,
            "local": _local(place),
        }
        if until == place.at:
            return
        if until is None:
            yield hold(
                "there is no hour that is lawful in every place where this person may be",
                remedy="declare where they are (Contacts)",
                **about,
            )
        elif communication.expires_at is not None and until >= communication.expires_at:
            yield refuse(
                f"it is too late or too early there for advertising until {until:%d %B %H:%M} UTC, "
                "and this message is not valid for so long",
                remedy="give it a longer validity, or send it in their daytime",
                code=_BLOCKED,
                until=until.isoformat(),
                **about,
            )
        else:
            yield delay(
                "it is too late or too early for advertising where this person may be" + _unstated(communication),
                until=until,
                remedy=(
                    "call then"
                    if communication.kind & Kind.SPOKEN
                    else "nothing need be done: it goes out at the first lawful minute"
                )
                + "; declare where the person is (Contacts) if that is elsewhere",
                **about,
            )

    @rule(
        "7.7",
        "advertising comes no more often than the state allows",
        needs=(LocalTime, Consents, Frequency),
        when_unknown=Verdict.FLAG,
        kinds=_CARRIED,
        law="Fla. Stat. 501.616(6)(b) and its kin",
    )
    def state_cap(self, case: Case) -> Rulings:
        if not self._may_market(case):
            return
        place = case[LocalTime]
        caps = {state: cap for state in self._states(place) if (cap := self.state_caps.get(state)) is not None}
        sent = case[Frequency].marketing_24h
        if caps and sent >= min(caps.values()):
            yield delay(
                "this person had as much advertising from you today as their state allows",
                until=place.at + timedelta(hours=24),
                remedy="send it less often",
                sent_24h=sent,
                caps=caps,
            )

    @rule("7.9", "do-not-call lists hold", needs=(DoNotCall, Consents), when_unknown=Verdict.HOLD,
          kinds=_CARRIED, purposes=(Purpose.MARKETING,), law="47 CFR 64.1200(c)(2)")  # fmt: skip
    def do_not_call(self, case: Case) -> Rulings:
        if not self._may_market(case) or self._permits(case.communication.at, case[Consents]):
            return
        lists = case[DoNotCall]
        if lists.listed:
            yield refuse(
                "this person is on a do-not-call list and gave you no permission in writing",
                remedy="take them off the campaign, or record their written consent",
                code=_BLOCKED,
                listed=lists.listed,
            )
            return
        stale = {name: age for name, age in lists.age_days.items() if age > self.oldest(name)}
        if stale:
            yield hold(
                "the do-not-call data on file is too old to rely on",
                remedy="the operator loads the current file: `masstransit import do-not-call FILE --registry "
                f"{min(stale)} --region REGION`",
                code=_BLOCKED,
                age_days=stale,
            )
        elif self.require_registry and not lists.age_days:
            yield hold(
                "no do-not-call data is loaded for this country",
                remedy="the operator loads the registry's file: `masstransit import do-not-call FILE --registry NAME "
                "--region REGION`",
            )

    @rule(
        "7.10",
        "consent does not pass to a number's next owner",
        needs=(Reassigned, Consents),
        about=Reassigned,
        when_unknown=Verdict.FLAG,
        kinds=_CARRIED,
        law="47 CFR 64.1200(a)(1), (m)",
    )
    def reassigned_number(self, case: Case) -> Rulings:
        communication = case.communication
        if communication.purpose in (Purpose.EMERGENCY, Purpose.OTP) or communication.in_person:
            return
        answered = case[Reassigned]
        if not answered.answer or answered.asked_at is None:
            return
        about: dict[str, Any] = {
            "answer": answered.answer,
            "asked_at": answered.asked_at,
            "consent_date": answered.consent_date,
        }
        if answered.answer == "yes":
            since = answered.asked_at
            if not any(given.given_at > since for _, given in case[Consents].in_force):
                yield refuse(
                    "this number has changed hands since the consent on file was given",
                    remedy="take it off your lists; consent must come from whoever has the number now",
                    code=_BLOCKED,
                    **about,
                )
        elif answered.answer == "no-data" and self._may_market(case):
            yield flag(
                "the reassigned numbers database knows nothing of this number, which is not a no",
                remedy="look for other signs that the person still has it; an answer to a message is one",
                **about,
            )
        elif communication.at - answered.asked_at > timedelta(days=self.reassigned_days):
            yield flag(
                "it is long since the reassigned numbers database was asked about this number",
                remedy="ask it again and record its answer (POST /policy/v1/Reassigned, or `masstransit import "
                "reassigned FILE --account AC...`)",
                **about,
            )

    @rule(
        "7.13",
        "advertising abroad has the consent asked for there",
        needs=(Consents, LocalTime),
        when_unknown=Verdict.HOLD,
        kinds=_CARRIED,
        purposes=(Purpose.MARKETING,),
        law="Directive 2002/58/EC art. 13; PECR regs. 19, 22; CASL s. 6",
    )
    def abroad(self, case: Case) -> Rulings:
        if case.communication.kind & Kind.SPOKEN and not case.communication.automated:
            return  # laws abroad ask for consent to calling machines (PECR reg. 19); persons are met by lists (7.9)
        abroad = [country for country in _countries(case) if country not in self.written_in]
        if not abroad or not self._may_market(case):
            return
        consents = case[Consents]
        if _has(consents, "marketing", "written", "express"):
            return
        at = case.communication.at
        implied = not case.communication.kind & Kind.SPOKEN  # a relationship stands for consent to messages alone
        country = next((c for c in abroad if not (implied and self._is_implied(at, c, consents))), None)
        if country is None:
            return
        yield refuse(
            "there is no consent on file that the law of this person's country accepts for advertising"
            + _unstated(case.communication),
            remedy="record their express consent to marketing (Consents, or `masstransit import consents`), or state "
            "the message's purpose",
            code=_BLOCKED,
            country=country,
            on_file=_kinds(consents),
            implied_days=dict(self.implied.get(country, {})),
        )

    @rule(
        "7.13.1",
        "advertising says how to stop where the law asks for it",
        needs=(Consents, LocalTime),
        when_unknown=Verdict.FLAG,
        purposes=(Purpose.MARKETING,),
        law="CASL s. 6(2)(c)",
    )
    def tells_to_stop(self, case: Case) -> Rulings:
        communication = case.communication
        asked = [country for country in _countries(case) if country in self.stop_told_in]
        if not asked or not self._may_market(case) or tells_where_to_stop(communication.text):
            return
        words = "advertising to this person's country says in each message how to stop it"
        remedy = 'add a line such as "Reply STOP to end", or a link to a page where that can be done'
        if communication.purpose is Purpose.MARKETING:
            yield refuse(words, remedy=remedy, code=30007, by_content=True, country=asked[0])
        else:
            yield flag(words + _UNSTATED, remedy=remedy, country=asked[0])

    # A sender may go by a name that nobody put on record: a person looks, and nothing is stopped.
    @rule(
        "7.13.2",
        "advertising says who sends it where the law asks for it",
        needs=(Brands, Links, Consents, LocalTime),
        when_unknown=Verdict.ALLOW,
        purposes=(Purpose.MARKETING,),
        law="CASL s. 6(2)(a)",
    )
    def tells_who_sends(self, case: Case) -> Rulings:
        asked = [country for country in _countries(case) if country in self.named_in]
        if not asked or not self._may_market(case):
            return
        brands = case[Brands]
        if brands.on_record and not brands.signs(case.communication.text, case[Links].found):
            yield flag(
                "advertising to this person's country says who sends it, and none of your names is in this"
                + _unstated(case.communication),
                remedy="begin it with your name; if people know you by another one, put that on record as a brand",
                country=asked[0],
                names=brands.names,
            )

    # --- what the rules share ---------------------------------------------------------------------------------------

    def _purpose(self, communication: Communication, consents: Consents) -> Purpose:
        """As stated; an unstated one is an answer where the person has just written, and else the strictest."""
        if communication.purpose is not None:
            return communication.purpose
        if communication.kind & Kind.SPOKEN:  # people call each other; a machine that does not say why advertises
            return Purpose.MARKETING if communication.automated else Purpose.CONVERSATION
        wrote = consents.by_purpose.get("conversation")
        if wrote is None or wrote.withdrawn_at is not None:
            return Purpose.MARKETING
        answers = communication.at - wrote.given_at <= self._reply_time
        return Purpose.CONVERSATION if answers else Purpose.MARKETING

    @cached_property
    def _reply_time(self) -> timedelta:
        return timedelta(hours=self.reply_hours)

    def _exempt_sent(self, claimed: str, counts: CampaignCounts, day: Frequency) -> dict[str, Any]:
        """What was sent where that is as much as an exemption allows."""
        if claimed == "healthcare":
            week = counts.person_7d + counts.automated_7d
            full = day.all_24h >= self.healthcare_a_day or week >= self.healthcare_a_week
            return {"sent_24h": day.all_24h, "sent_7d": week} if full else {}
        sent = counts.person_3d + counts.automated_3d
        if claimed == "financial" and sent >= self.financial_messages:
            return {"sent_3d": sent}
        return {}

    def _may_market(self, case: Case) -> bool:
        """Whether the message is to be judged as advertising. Needs no facts where the purpose is stated."""
        stated = case.communication.purpose
        if stated is not None:
            return stated is Purpose.MARKETING
        return self._purpose(case.communication, case[Consents]) is Purpose.MARKETING

    def _may_converse(self, at: datetime, consents: Consents) -> bool:
        return any(
            given.kind in ("written", "express") or _within(given, at, self.conversation_days)
            for _, given in consents.in_force
        )

    def _is_implied(self, at: datetime, country: str, consents: Consents) -> bool:
        windows = self.implied.get(country, {})
        return any(given.kind in windows and _within(given, at, windows[given.kind]) for _, given in consents.in_force)

    def _permits(self, at: datetime, consents: Consents) -> bool:
        """Permission that goes before a do-not-call list: in writing, or a relationship of its time."""
        months = {"purchase": self.purchase_months, "inquiry": self.inquiry_months}
        return _has(consents, "marketing", "written") or any(
            given.kind in months and _within(given, at, round(months[given.kind] * 30.4375))
            for _, given in consents.in_force
        )

    # --- mail ---------------------------------------------------------------------------------------------------------

    # The law lets who never asked be written to once (15 USC 7704); the policy does not.
    @rule("7.11", "advertising by mail goes to who agreed to it", needs=(Consents,), when_unknown=Verdict.HOLD,
          kinds=Kind.EMAIL, purposes=(Purpose.MARKETING,))  # fmt: skip
    def mail_consent(self, case: Case) -> Rulings:
        if not _advertises_by_mail(case.communication):
            return
        consents = case[Consents]
        told = consents.by_purpose.get("marketing")
        related = any(given.kind in _RELATED for _, given in consents.in_force)
        if related if told is None else told.withdrawn_at is None:
            return
        yield refuse(
            "nothing shows that this person agreed to advertising by mail" + _unstated(case.communication),
            remedy="record their consent, their purchase or their inquiry (`masstransit import consents`), or say what "
            "else the mail is for (X-Purpose)",
            code=_BLOCKED,
            on_file=_kinds(consents),
        )

    @rule("7.11.1", "advertising by mail says where its sender is", needs=(MailRight,), when_unknown=Verdict.FLAG,
          kinds=Kind.EMAIL, purposes=(Purpose.MARKETING,), law="15 USC 7704(a)(5)(A)(iii)")  # fmt: skip
    def mail_postal(self, case: Case) -> Rulings:
        communication, told = case.communication, case[MailRight]
        if not _advertises_by_mail(communication) or shows_postal(communication.text, told.postal):
            return
        words = "advertising by mail has no postal address of its sender"
        remedy = "add it; where it is not recognised, tell it for your domain (PostalAddress) and write it just so"
        if communication.purpose is Purpose.MARKETING:
            yield refuse(words, remedy=remedy, code=30007, by_content=True, told=bool(told.postal))
        else:
            yield flag(words + _UNSTATED, remedy=remedy)

    @rule("7.11.2", "a subject says what a mail is", when_unknown=Verdict.ALLOW, kinds=Kind.EMAIL,
          purposes=(Purpose.MARKETING,), law="15 USC 7704(a)(2)")  # fmt: skip
    def mail_subject(self, case: Case) -> Rulings:
        communication, letter = case.communication, case.communication.letter
        if letter is None or not _advertises_by_mail(communication):
            return
        if letter.subject.casefold().startswith(_ANSWERS) and not letter.answers:
            words, remedy = "the subject calls advertising an answer to somebody", "say what it is, without Re: or Fwd:"
            if communication.purpose is Purpose.MARKETING:
                yield refuse(words, remedy=remedy, code=30007, by_content=True)
            else:
                yield flag(words + _UNSTATED, remedy=remedy)
        elif not letter.subject:
            yield flag("advertising has no subject", remedy="say what it is")

    # The one click of RFC 8058 is added to what says that it advertises; the law asks for words that a person can see.
    @rule("7.11.3", "advertising by mail says how to get no more", when_unknown=Verdict.ALLOW, kinds=Kind.EMAIL,
          purposes=(Purpose.MARKETING,), law="15 USC 7704(a)(3), (5)(A)(ii); 16 CFR 316.5")  # fmt: skip
    def mail_unsubscribe(self, case: Case) -> Rulings:
        communication = case.communication
        if not _advertises_by_mail(communication) or tells_how_to_stop(communication.text[-_TAIL:]):
            return
        words = "advertising by mail does not say how to get no more of it"
        remedy = "add a line such as: Unsubscribe, with a link or an address"
        if communication.purpose is Purpose.MARKETING:
            yield refuse(words, remedy=remedy, code=30007, by_content=True)
        else:
            yield flag(words + _UNSTATED, remedy=remedy)

    @rule("7.11.4", "mail goes to no address that is not there", needs=(Suppressed,), about=Suppressed,
          when_unknown=Verdict.ALLOW, kinds=Kind.EMAIL)  # fmt: skip
    def mail_suppressed(self, case: Case) -> Rulings:
        listed = case[Suppressed]
        if listed.on_file:
            yield refuse(
                _SUPPRESSED.get(listed.why, "your mail does not reach this address"),
                remedy="take it off your lists; if it works again, say so (DELETE /policy/v1/MailSuppressions/PERSON)",
                code=_UNREACHED,
                why=listed.why,
                since=listed.since,
                said=listed.said or None,
            )

    # Receivers stop a sender's mail for good above their figure; who is stopped here first still has a name.
    @rule("7.11.5", "nobody goes on advertising when many people call it spam", needs=(MailStanding,),
          about=MailStanding, when_unknown=Verdict.ALLOW, kinds=Kind.EMAIL, purposes=(Purpose.MARKETING,))  # fmt: skip
    def mail_complaints(self, case: Case) -> Rulings:
        standing = case[MailStanding]
        if not _advertises_by_mail(case.communication) or standing.sent_30d < self.mails_least:
            return
        about: dict[str, Any] = {
            "complaints_30d": standing.complaints_30d,
            "sent_30d": standing.sent_30d,
            "bulk": standing.sent_24h >= self.mails_bulk,
        }
        remedy = "write only to those who asked for it lately, and make it easy to unsubscribe"
        if standing.complained >= self.mail_spam_most:
            yield hold("too many people call your advertising spam", remedy=remedy, **about)
        elif standing.complained >= self.mail_spam_warn:
            yield flag("many people call your advertising spam", remedy=remedy, **about)

    @rule("7.11.6", "mail that becomes a text message has been agreed to", needs=(Consents,), when_unknown=Verdict.HOLD,
          kinds=Kind.EMAIL, law="47 CFR 64.3100")  # fmt: skip
    def mail_to_wireless(self, case: Case) -> Rulings:
        communication, consents = case.communication, case[Consents]
        domain = communication.recipient.text.rpartition("@")[2]
        if domain not in self.wireless or not _advertises_by_mail(communication):
            return
        if not _has(consents, "marketing", "written", "express"):
            yield refuse(
                "this address is a wireless phone's, and nobody agreed there to advertising" + _unstated(communication),
                remedy="record their express consent, or leave the address out",
                code=_BLOCKED,
                domain=domain,
            )

    # While counts are unknown nothing follows: what ended can't be undone, and they heal by themselves.
    @rule("7.8", "who is called for advertising is not left alone on the line", needs=(Abandoned,), about=Abandoned,
          when_unknown=Verdict.ALLOW, kinds=Kind.CALL, moments=Moment.OUTCOME,
          law="47 CFR 64.1200(a)(7); 16 CFR 310.4(b)(1)(iv)")  # fmt: skip
    def abandoned(self, case: Case) -> Rulings:
        found = case[Abandoned]
        if found.live_30d < self.least_live:
            return
        alone = found.abandoned(self.agent_seconds, self.dropped_seconds)
        share = alone / found.live_30d
        about: dict[str, Any] = {
            "live_30d": found.live_30d, "abandoned_30d": alone, "abandoned_share": round(share, 4),
            "leaves_per_minute": self._left(found.busiest),
        }  # fmt: skip
        remedy = (
            "dial fewer at once, so that an agent is free within two seconds; where none is, say who called, a number, "
            "and how to be called no more"
        )
        if share > self.abandoned_most:
            yield delay(
                "too many people whom this campaign calls find nobody on the line",
                until=case.subject.at + timedelta(days=1),
                remedy=remedy,
                code=20429,
                **about,
            )
        elif share > self.abandoned_warn:
            yield flag("many people whom this campaign calls find nobody on the line", remedy=remedy, **about)

    # Each single call counts in law; a finger that slips is no dialler, so that the figures ask for a share of many.
    @rule("7.8.1", "who is called for advertising has the time to pick up", needs=(Abandoned,), about=Abandoned,
          when_unknown=Verdict.ALLOW, kinds=Kind.CALL, moments=Moment.OUTCOME,
          law="47 CFR 64.1200(a)(6); 16 CFR 310.4(b)(4)(ii)")  # fmt: skip
    def cut_short(self, case: Case) -> Rulings:
        found = case[Abandoned]
        if found.unanswered_30d < self.least_unanswered:
            return
        cut = found.cut_short(self.ring_seconds)
        share = cut / found.unanswered_30d
        about: dict[str, Any] = {
            "unanswered_30d": found.unanswered_30d, "cut_short_30d": cut, "cut_short_share": round(share, 4),
            "leaves_per_minute": self._left(found.busiest),
        }  # fmt: skip
        remedy = f"let it ring for {self.ring_seconds:g} seconds at least before you give up"
        if share > self.cut_short_most:
            yield delay(
                "this campaign hangs up on people before they can answer",
                until=case.subject.at + timedelta(days=1),
                remedy=remedy,
                code=20429,
                **about,
            )
        elif share > self.cut_short_warn:
            yield flag("many calls of this campaign ring too short a time to be answered", remedy=remedy, **about)

    def _left(self, busiest: int) -> float:
        """Calls a minute that a throttle leaves: a share of what was placed, so that it bites whoever is small too."""
        return max(self.least_left, round(self.pace_left * busiest / _QUARTER_MINUTES, 2))

    # An advertisement is one whatever its pages are called (47 CFR 64.1200(f)); a line of one on a bill does not make
    # the bill one (FCC 06-42, para. 49). Pages that are pictures are taken for what their sender states.
    @rule("7.12", "who faxes advertising has permission, or a customer at the other end",
          needs=(Consents, Content, Broadcast), when_unknown=Verdict.HOLD, kinds=Kind.FAX,
          law="47 USC 227(b)(1)(C); 47 CFR 64.1200(a)(4)(i)-(ii)")  # fmt: skip
    def fax_permission(self, case: Case) -> Rulings:
        fax, consents = case.communication, case[Consents]
        if not self._is_faxed_here(fax) or _permits_faxes(consents):
            return
        relation = next((given for _, given in consents.in_force if given.kind in _CUSTOMER), None)
        look = _advertises(fax, case[Content])
        if look == "no":
            return
        about: dict[str, Any] = {"on_file": _kinds(consents), "pages": fax.pages, "pictures": fax.pictures}
        if look == "unknown":
            yield from self._unread_broadcast(fax, case[Broadcast].numbers_24h, about, known=relation is not None)
        elif relation is not None:
            if not (relation.source or relation.proof or relation.medium):
                yield hold(
                    "this person is a customer, and nothing on file says how their fax number came to you",
                    remedy="record where they gave it: in an order, a directory, on their own pages (Consents: medium, "
                    "source or proof)",
                    **about,
                )
        elif look == "yes":
            yield refuse(
                "this fax advertises, to somebody who neither asked for it nor is a customer" + _unstated(fax),
                remedy="ask for their permission and record it (Consents), or state the purpose that the fax has; a "
                "purpose that is not true is itself against the policy",
                code=_BLOCKED,
                **about,
            )
        else:
            yield flag(
                "this fax is called something else, and its words advertise",
                remedy="take the offer off it, or ask for permission to advertise and record it (Consents)",
                **about,
            )

    def _unread_broadcast(self, fax: Communication, numbers: int, about: dict[str, Any], *, known: bool) -> Rulings:
        """Of pictures: one is somebody's letter, the same to many who are strangers most likely no letter."""
        if known or numbers < self.fax_broadcast:
            return
        words = "the same pages go to many who are no customers, and as they are pictures nobody can say what they tell"
        remedy = "send a PDF whose words can be read, state its purpose, and record who asked for it (Consents)"
        if fax.purpose is None:
            yield hold(words, remedy=remedy, numbers_24h=numbers, **about)
        else:
            yield flag(words, remedy=remedy, numbers_24h=numbers, **about)

    # Whoever gave permission need not be told (Bais Yaakov of Spring Valley v. FCC, 852 F.3d 1078 (D.C. Cir. 2017)).
    @rule("7.12.1", "a fax that advertises says on its first page how to get no more", needs=(Consents, Content),
          when_unknown=Verdict.FLAG, kinds=Kind.FAX, law="47 CFR 64.1200(a)(4)(iii)")  # fmt: skip
    def fax_notice(self, case: Case) -> Rulings:
        fax = case.communication
        if not self._is_faxed_here(fax) or _advertises(fax, case[Content]) != "yes":
            return
        permitted, first = _permits_faxes(case[Consents]), fax.text.partition(_PAGE_BREAK)[0]
        remedy = (
            f"say on the first page that whoever asks gets no more faxes within {self.fax_stop_days} days, and give a "
            "telephone number and a fax number for it that cost nothing and answer at any hour"
        )
        if not any(letter.isalnum() for letter in first):
            if not permitted:
                yield hold(
                    "the first page is a picture: whether it says how to get no more faxes only a person can read",
                    remedy=f"send a PDF whose words can be read; {remedy}",
                )
            return
        lacks = fax_notice.lacks(first, self.fax_stop_days)
        if not lacks:
            return
        words = f"the first page of this advertisement does not say {', nor '.join(lacks)}"
        if permitted:
            yield flag(words, remedy=remedy)
        else:
            yield refuse(words, remedy=remedy, code=_BLOCKED)

    def _is_faxed_here(self, fax: Communication) -> bool:
        """Whether the law of junk faxes is meant at all: of the United States, and nothing that somebody waits for."""
        if fax.purpose in (Purpose.OTP, Purpose.EMERGENCY) or not isinstance(fax.recipient, E164):
            return False
        return fax.recipient.region in self.written_in

    def oldest(self, registry: str) -> int:
        return self.registry_days.get(registry, self.registry_days[""])

    def _states(self, place: LocalTime) -> tuple[str, ...]:
        """Every state whose law may be the person's; of a US number without a known place, all that have one."""
        if place.country != "US":
            return ()
        presumed = (place.number_state,) if place.number_state in self.presumed_in_state else ()
        known = place.states or (() if place.declared else tuple(self.hours_by_state))
        return tuple(dict.fromkeys((*known, *presumed)))

    def _rulebooks(self, place: LocalTime) -> list[Rulebook]:
        """The hours that must all be kept."""
        own = self.hours_by_country.get(place.country, self.hours)
        books = [Rulebook(place.country, "", own)]
        books += [
            Rulebook("US", state, self.hours_by_state[state])
            for state in self._states(place)
            if state in self.hours_by_state
        ]
        return books


def _countries(case: Case) -> tuple[str, ...]:
    """Whose law of consent holds: the number's country, and the declared one where it is another."""
    recipient = case.communication.recipient
    number = recipient.region if isinstance(recipient, E164) else ""
    try:
        country = case[LocalTime].country
    except Unknown:
        return (number,)
    return (number,) if country == number else (number, country)


def _has(consents: Consents, purpose: str, *kinds: str) -> bool:
    given = consents.by_purpose.get(purpose)
    return given is not None and given.withdrawn_at is None and given.kind in kinds


def _permits_faxes(consents: Consents) -> bool:
    """Prior express invitation or permission to advertise (47 CFR 64.1200(a)(4)), which need not be signed."""
    return _has(consents, "marketing", "written", "express")


def _advertises(fax: Communication, content: Content) -> str:
    """Whether a fax advertises: "yes" by what is stated or, where nothing is, by its words; "perhaps" by its words
    alone; "unknown" where somebody would have to read pictures; or "no"."""
    if fax.purpose is Purpose.MARKETING:
        return "yes"
    if content.looks_like == "marketing" and offers_a_bargain(fax.text):  # one alone is on bills and contracts too
        return "yes" if fax.purpose is None else "perhaps"
    return "unknown" if fax.pictures else "no"


def _within(given: Given, at: datetime, days: int) -> bool:
    return at - given.given_at <= timedelta(days=days)


def _kinds(consents: Consents) -> dict[str, str]:
    return {purpose: given.kind for purpose, given in consents.in_force}


def _local(place: LocalTime) -> list[str]:
    """The clocks on the walls: "Wed 22:10 America/New_York"."""
    return [f"{place.at.astimezone(ZoneInfo(zone)):%a %H:%M} {zone}" for zone in place.zones]


def _advertises_by_mail(communication: Communication) -> bool:
    """Whether a mail advertises: as was said, or by its signs where nothing was. What answers a person, or serves what
    they do with its sender, has none of these (16 CFR 316.3: the primary purpose)."""
    if communication.purpose is not None:
        return communication.purpose is Purpose.MARKETING
    letter = communication.letter
    if letter is None or letter.answers:
        return False
    return letter.list_mail or offers_a_bargain(f"{letter.subject}\n{communication.text}")


def _unstated(communication: Communication) -> str:
    return "" if communication.purpose is not None else _UNSTATED


def _asked_for(opted_out: OptOut, communication: Communication) -> str:
    if opted_out.scope == "marketing":
        return "this person asked for no more advertising" + _unstated(communication)
    if opted_out.heard_by(communication.kind):
        return "this person asked for no more messages"
    return f"this person said stop elsewhere, and waits for no {communication.word} of this kind"


def _voice(call: Communication) -> str:
    if call.voice is None:
        return "unknown" if call.kind is Kind.CALL else Voice.PRERECORDED.value
    return call.voice.value
