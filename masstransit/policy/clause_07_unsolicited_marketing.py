"""Clause 7: unsolicited marketing. Consent by purpose, its withdrawal, lawful hours, do-not-call lists. What is asked
of calls, faxes and mail alone stands in `clause_07_by_call.py`, `clause_07_by_fax.py` and `clause_07_by_mail.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from masstransit.clause import Case, Rulings, figure, rule
from masstransit.errors import Unknown
from masstransit.facts.brands import Brands
from masstransit.facts.consent import Consents, DoNotCall, Given, OptOut, Reassigned
from masstransit.facts.identity import Campaign, Numbering
from masstransit.facts.law import Hours, LocalTime, Rulebook, first_lawful
from masstransit.facts.links import Links
from masstransit.facts.traffic import CampaignCounts, Frequency
from masstransit.facts.wording import (
    spoiled_keyword,
    tells_another_way_to_stop,
    tells_where_to_stop,
)
from masstransit.model.address import E164, AlphaSender
from masstransit.model.communication import Communication, Kind, Purpose, Voice
from masstransit.model.decision import Verdict, delay, flag, hold, refuse
from masstransit.policy.clause_07_basis import BLOCKED, UNSTATED, has, kinds, unstated
from masstransit.policy.clause_07_by_call import MarketingByCall
from masstransit.policy.clause_07_by_fax import MarketingByFax
from masstransit.policy.clause_07_by_mail import MarketingByMail

_OPTED_OUT = 21610
_AWAITED = (Purpose.OTP, Purpose.EMERGENCY, Purpose.CONVERSATION)
_CARRIED = Kind.TEXT | Kind.SPOKEN
_ALWAYS_STOP = ("STOP", "UNSUB", "OPT", "REVOKE")

_DAY = Hours((8, 21), (8, 21), (8, 21))
_EIGHT_TO_EIGHT = Hours((8, 20), (8, 20), (8, 20))
_NO_SUNDAY = Hours((8, 20), (8, 20), None, holidays=False)


@dataclass(frozen=True, kw_only=True)
class UnsolicitedMarketing(MarketingByCall, MarketingByFax, MarketingByMail):
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
    require_registry: bool = figure(value=False, source="rulebook 7.9, default: written consent outranks the registry")
    purchase_months: int = figure(18, "47 CFR 64.1200(f)(5)", "months", law="most")
    inquiry_months: int = figure(3, "47 CFR 64.1200(f)(5)", "months", law="most")
    reassigned_days: int = figure(31, "rulebook 7.10, default: ask again monthly", "days")

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
            if here and not has(consents, "marketing", "written"):
                yield refuse(
                    "there is no written consent on file for advertising to this person" + unstated(communication),
                    remedy="record their written consent to marketing (Consents, or `masstransit import consents`), or "
                    "state the purpose that it has; a purpose that is not true is itself against the policy",
                    code=BLOCKED,
                    purpose=purpose.value,
                    on_file=kinds(consents),
                )
        elif purpose is Purpose.TRANSACTIONAL and not consents.in_force:
            yield refuse(
                "this person gave no consent, and nothing shows that they are a customer",
                remedy="record their consent, their purchase or their inquiry (Consents, or `masstransit import "
                "consents`)",
                code=BLOCKED,
                purpose=purpose.value,
            )
        elif purpose is Purpose.CONVERSATION and not self._may_converse(communication.at, consents):
            yield refuse(
                "this person did not write to you lately, so this is no answer",
                remedy="state what the message is for; a conversation is one that the person began",
                code=BLOCKED,
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
                code=BLOCKED,
                voice=_voice(call),
            )

    def _advertising_voice(self, call: Communication, case: Case) -> Rulings:
        if not any(country in self.written_in for country in _countries(case)):
            return  # 7.13's business
        if has(case[Consents], "marketing", "written"):
            return
        if call.automated:
            yield refuse(
                "this person did not agree in writing to advertising by a voice that is no person's" + unstated(call),
                remedy="have a person call, or record their written consent to marketing (Consents, or `masstransit "
                "import consents`)",
                code=BLOCKED,
                voice=_voice(call),
                on_file=kinds(case[Consents]),
            )
        else:
            yield flag(
                "nobody said what speaks in this call that advertises, and no written consent is on file",
                remedy="say whether a person speaks (SIP header X-Voice: live), or record the consent",
                voice=_voice(call),
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
        if communication.kind.among(Kind.SPOKEN) and not communication.automated:
            return  # who calls in person needs no exemption
        if communication.purpose is Purpose.MARKETING:
            yield refuse(
                "messages under an exemption hold no advertising",
                remedy="send advertising on a campaign of its own, to people who agreed to it",
                code=BLOCKED,
                exemption=claimed,
            )
        if claimed == "healthcare" and len(communication.on_air) > self.healthcare_characters:
            yield refuse(
                f"a message under the healthcare exemption has {self.healthcare_characters} characters at most",
                remedy="say it shorter",
                code=BLOCKED,
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
                code=BLOCKED,
                until=until.isoformat(),
                **about,
            )
        else:
            yield delay(
                "it is too late or too early for advertising where this person may be" + unstated(communication),
                until=until,
                remedy=(
                    "call then"
                    if communication.kind.among(Kind.SPOKEN)
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
                code=BLOCKED,
                listed=lists.listed,
            )
            return
        stale = {name: age for name, age in lists.age_days.items() if age > self.oldest(name)}
        if stale:
            yield hold(
                "the do-not-call data on file is too old to rely on",
                remedy="the operator loads the current file: `masstransit import do-not-call FILE --registry "
                f"{min(stale)} --region REGION`",
                code=BLOCKED,
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
                    code=BLOCKED,
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
        if case.communication.kind.among(Kind.SPOKEN) and not case.communication.automated:
            return  # laws abroad ask for consent to calling machines (PECR reg. 19); persons are met by lists (7.9)
        abroad = [country for country in _countries(case) if country not in self.written_in]
        if not abroad or not self._may_market(case):
            return
        consents = case[Consents]
        if has(consents, "marketing", "written", "express"):
            return
        at = case.communication.at
        implied = not case.communication.kind.among(Kind.SPOKEN)  # a relationship stands for consent to messages alone
        country = next((c for c in abroad if not (implied and self._is_implied(at, c, consents))), None)
        if country is None:
            return
        yield refuse(
            "there is no consent on file that the law of this person's country accepts for advertising"
            + unstated(case.communication),
            remedy="record their express consent to marketing (Consents, or `masstransit import consents`), or state "
            "the message's purpose",
            code=BLOCKED,
            country=country,
            on_file=kinds(consents),
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
            yield flag(words + UNSTATED, remedy=remedy, country=asked[0])

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
                + unstated(case.communication),
                remedy="begin it with your name; if people know you by another one, put that on record as a brand",
                country=asked[0],
                names=brands.names,
            )

    # --- what the rules share ---------------------------------------------------------------------------------------

    def _purpose(self, communication: Communication, consents: Consents) -> Purpose:
        """As stated; an unstated one is an answer where the person has just written, and else the strictest."""
        if communication.purpose is not None:
            return communication.purpose
        if communication.kind.among(Kind.SPOKEN):  # people call each other; a machine that does not say why advertises
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
        return has(consents, "marketing", "written") or any(
            given.kind in months and _within(given, at, round(months[given.kind] * 30.4375))
            for _, given in consents.in_force
        )

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


def _within(given: Given, at: datetime, days: int) -> bool:
    return at - given.given_at <= timedelta(days=days)


def _local(place: LocalTime) -> list[str]:
    """The clocks on the walls: "Wed 22:10 America/New_York"."""
    return [f"{place.at.astimezone(ZoneInfo(zone)):%a %H:%M} {zone}" for zone in place.zones]


def _asked_for(opted_out: OptOut, communication: Communication) -> str:
    if opted_out.scope == "marketing":
        return "this person asked for no more advertising" + unstated(communication)
    if opted_out.heard_by(communication.kind):
        return "this person asked for no more messages"
    return f"this person said stop elsewhere, and waits for no {communication.word} of this kind"


def _voice(call: Communication) -> str:
    if call.voice is None:
        return "unknown" if call.kind is Kind.CALL else Voice.PRERECORDED.value
    return call.voice.value
