"""Clause 8: unwanted communications, commercial or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from masstransit.clause import Case, Clause, Rulings, figure, rule
from masstransit.errors import Unknown
from masstransit.facts.calls.calling import CalledPerson, is_spoken
from masstransit.facts.chat import Reported, Room
from masstransit.facts.consent import Blocks, Consents, OptOut
from masstransit.facts.content import POSITIVE, Content, Score
from masstransit.facts.crowds import Crowd
from masstransit.facts.identity import Campaign
from masstransit.facts.law import Hours, LocalTime, Rulebook, first_lawful
from masstransit.facts.pressure import Pressure
from masstransit.facts.traffic import CampaignCounts, PairHistory
from masstransit.facts.video import Inside
from masstransit.facts.wording import hands_something_over, tells_how_to_stop
from masstransit.model.communication import Communication, Kind, Moment, Purpose
from masstransit.model.decision import Verdict, delay, flag, hold, refuse

_CARRIED = Kind.TEXT | Kind.SPOKEN
_WRITTEN = Kind.TEXT | Kind.EMAIL  # what is said in a chat is said to all who take part: 8.5 has rules of its own
_WEEK = timedelta(days=7)
_BY = {"sms": "text", "mms": "text", "voicemail": "phone", "call": "phone", "video": "video call"}


@dataclass(frozen=True, kw_only=True)
class UnwantedCommunications(Clause):
    """Whoever asked to be left alone is left alone: by that sender on every number and every channel, whether they
    advertise, campaign, collect a debt or were once a friend.

    A stranger who does not answer is not written to, or called, again and again. A family's or a school's
    emergency still arrives.
    """

    number = "8"
    title = "Unwanted communications"
    rests_on = (
        "Whether messages harass rests on the person who complains and on the one who reads the complaint; threats in "
        "words (8.3) are clause 16's. Which debt a message is about (8.2) no text tells: a person's debts count as one."
    )

    debt_messages: int = figure(
        7, "12 CFR 1006.14(b)(2): calls about a debt; for texts a default", "messages in 7 days"
    )
    debt_calls: int = figure(7, "12 CFR 1006.14(b)(2)(i)(A)", "calls in 7 days that rang", law="most")
    debt_conversations: int = figure(1, "12 CFR 1006.14(b)(2)(i)(B)", "conversations in 7 days", law="most")
    conversation_seconds: float = figure(
        12.0, "the policy's own figure of clause 19, for what a conversation is a default", "seconds"
    )
    debt_hours: Hours = figure(
        Hours((8, 21), (8, 21), (8, 21)), "12 CFR 1006.6(b)(1)(i)", "hours of the day", law="most"
    )
    hostile_crowd: int = figure(5, "rulebook 8, swarm, default", "senders to one person in 15 minutes, of abuse")
    crowd: int = figure(15, "rulebook 8, swarm, default", "senders to one person in 15 minutes, of any personal texts")
    hostile_from: Score = figure(POSITIVE, "docs/model-card.md: a label is positive from here, default", "score")
    stranger_calls: int = figure(3, "rulebook 8.3, default", "calls in 24 hours")
    silent_calls: int = figure(
        2, "rulebook 8: silent calls at night, within fifteen minutes, default", "calls in 24 hours"
    )
    silent_seconds: float = figure(3.0, "rulebook 8: less than 3 s", "seconds from the answer")
    daytime: Hours = figure(
        Hours((8, 21), (8, 21), (8, 21)),
        "47 CFR 64.1200(c)(1), for calls that do not advertise a default",
        "hours that are day",
    )
    unanswered: int = figure(5, "rulebook 8.3, default", "messages in 24 hours")
    chat_unanswered: int = figure(
        20, "rulebook 8.3 has 5 texts; in chat people write in pieces, default", "messages to one who never wrote"
    )
    invitations: int = figure(20, "rulebook 8 for invitations, default", "people asked to conversations in 24 hours")
    invitations_left: float = figure(0.5, "rulebook 8 for invitations, default", "share of them who left")
    chat_reporters: int = figure(3, "rulebook 8.4, default", "people who report somebody in 7 days")
    by_all_ways: int = figure(5, "rulebook 8.3 for messages, over all ways a default", "a day and the one before")
    threats: int = figure(1, "rulebook 8.3: threats are urgent, default", "by one way, that other ways follow")

    @rule("8.1", "who asked to be left alone is left alone", needs=(Blocks,), about=Blocks,
          when_unknown=Verdict.HOLD, kinds=Kind.ANY)  # fmt: skip
    def left_alone(self, case: Case) -> Rulings:
        blocked = case[Blocks]
        if not blocked.on_file:
            return
        if case.communication.purpose is Purpose.EMERGENCY:
            yield flag(
                f"a person who asked to be left alone gets an emergency {case.communication.word}, which is looked at "
                "afterwards",
                remedy="call nothing an emergency that is none, and send this person nothing else",
                since=blocked.since,
            )
            return
        yield refuse(
            "this person asked to be left alone",
            remedy="do not write to them or call them from any number; they alone can undo it, by writing START to you",
            code=21610,
            since=blocked.since,
            why=blocked.reason,
        )

    @rule("8.1.1", "who said stop by one way is not sought by another", needs=(OptOut,), about=OptOut,
          when_unknown=Verdict.FLAG, kinds=Kind.ANY)  # fmt: skip
    def sought_elsewhere(self, case: Case) -> Rulings:
        """Receipts, reminders, recalls and codes that a person asked for are nothing that they are sought with."""
        opted_out, communication = case[OptOut], case.communication
        if opted_out.heard_by(communication.kind) or communication.in_person:
            return
        if communication.purpose is not Purpose.EMERGENCY and opted_out.covers(communication):
            yield refuse(
                f"this person said stop by {_BY.get(opted_out.channel, opted_out.channel)}; another way is sought",
                remedy="take them off the lists of every channel; they alone can undo it, by writing START to you",
                code=21610,
                since=opted_out.since,
                said_by=opted_out.channel,
            )

    @rule("8.2", "who collects debts says how to opt out", needs=(Campaign,), about=Campaign, when_unknown=Verdict.FLAG,
          kinds=_WRITTEN, law="12 CFR 1006.6(e)")  # fmt: skip
    def debt_opt_out(self, case: Case) -> Rulings:
        if case[Campaign].debt and not tells_how_to_stop(case.communication.text):
            yield refuse(
                "every text about a debt says how to opt out (12 CFR 1006.6(e))",
                remedy='add a line such as "Reply STOP to opt out"',
                code=30007,
                by_content=True,
            )

    @rule(
        "8.2.1",
        "who collects debts does not press",
        needs=(Campaign, CampaignCounts),
        about=Campaign,
        when_unknown=Verdict.FLAG,
        kinds=_WRITTEN,
    )
    def debt_frequency(self, case: Case) -> Rulings:
        sent = case[CampaignCounts].person_7d
        if case[Campaign].debt and sent >= self.debt_messages:
            yield hold(
                "this person had many messages about their debt this week",
                remedy="wait; a person looks at this message first",
                sent_7d=sent,
            )

    # Attempts that did not ring count for nothing, nor does who was asked to call back (12 CFR 1006.14(b)(3)).
    @rule("8.2.3", "who collects debts does not call again and again", needs=(Campaign, CampaignCounts, Consents),
          about=Campaign, when_unknown=Verdict.FLAG, kinds=Kind.SPOKEN, moments=Moment.OFFER | Moment.OUTCOME,
          law="12 CFR 1006.14(b)(2)")  # fmt: skip
    def debt_calls_often(self, case: Case) -> Rulings:
        if not case[Campaign].debt or not isinstance(case.subject, Communication):
            return  # records are only counted
        counts = case[CampaignCounts]
        called = counts.calls_7d >= self.debt_calls
        talked = counts.talked_7d >= self.debt_conversations
        wrote = case[Consents].by_purpose.get("conversation")
        if not (called or talked) or (wrote is not None and case.subject.at - wrote.given_at <= _WEEK):
            return
        yield hold(
            "this person was called about their debt as often as the law presumes to be enough"
            if called
            else "you talked with this person about their debt within the week",
            remedy="wait until a week has passed; who wrote to you within the week may be called back",
            calls_7d=counts.calls_7d,
            talked_7d=counts.talked_7d,
        )

    @rule("8.2.2", "who collects debts keeps to the daytime", needs=(Campaign, LocalTime),
          about=Campaign, when_unknown=Verdict.HOLD, kinds=_CARRIED, law="12 CFR 1006.6(b)(1)(i)")  # fmt: skip
    def debt_daytime(self, case: Case) -> Rulings:
        if not case[Campaign].debt:
            return
        place = case[LocalTime]
        if not place.zones:
            raise Unknown("no time zone is known for this number")
        until = first_lawful(place.at, place.zones, [Rulebook(place.country, "", self.debt_hours)])
        if until is None:
            yield hold("there is no hour that is lawful in every place where this person may be",
                       remedy="declare where they are (Contacts)", zones=place.zones)  # fmt: skip
        elif until > place.at:
            yield delay(
                f"it is too late or too early where this person may be for a {case.communication.word} about a debt",
                until=until,
                remedy="call in their daytime"
                if case.communication.kind.among(Kind.SPOKEN)
                else "nothing need be done: it goes out at the first lawful minute",
                zones=place.zones,
            )

    @rule(
        "8.3",
        "a stranger who does not answer is not written to again and again",
        needs=(PairHistory, Consents),
        when_unknown=Verdict.FLAG,
        kinds=_WRITTEN,
    )
    def unanswered_stranger(self, case: Case) -> Rulings:
        pair = case[PairHistory]
        before = pair.unanswered_24h
        if before < self.unanswered or pair.answered or not self._stranger(case):
            return
        about: dict[str, Any] = {"unanswered": before + 1, "limit": self.unanswered}
        purpose, text = case.communication.purpose, case.communication.text
        if purpose is Purpose.EMERGENCY or (purpose is Purpose.OTP and hands_something_over(text)):
            yield flag("many messages went to a stranger who does not answer",
                       remedy="wait for their answer, or record their consent", **about)  # fmt: skip
        else:
            yield hold(
                "many messages went to a person who never answered and gave no consent",
                remedy="wait for their answer, or record their consent; a person looks at this message first",
                **about,
            )

    @rule("8.3.2", "a stranger who does not answer is not called again and again", needs=(CalledPerson, Consents),
          about=CalledPerson, when_unknown=Verdict.FLAG, kinds=Kind.SPOKEN, moments=Moment.OFFER | Moment.OUTCOME,
          direction=None)  # fmt: skip
    def called_stranger(self, case: Case) -> Rulings:
        call = case.subject
        if not is_spoken(call):
            return  # records, and what comes in, are only counted
        pair = case[CalledPerson]
        if pair.unanswered_24h < self.stranger_calls or pair.talked_24h or not self._stranger(case):
            return
        words = "this person was called again and again today, did not talk with you and gave no consent"
        remedy = "wait until they call back, or record their consent"
        about: dict[str, Any] = {"unanswered": pair.unanswered_24h, "limit": self.stranger_calls}
        if call.purpose in (Purpose.EMERGENCY, Purpose.OTP):
            yield flag(words, remedy=remedy, **about)
        else:
            yield hold(words, remedy=remedy, **about)

    @rule("8.3.3", "nobody is rung up at night by calls that say nothing", needs=(CalledPerson, LocalTime),
          about=CalledPerson, when_unknown=Verdict.FLAG, kinds=Kind.CALL)  # fmt: skip
    def silent_at_night(self, case: Case) -> Rulings:
        pair, call = case[CalledPerson], case.communication
        if pair.silent_24h < self.silent_calls or call.purpose is Purpose.EMERGENCY:
            return
        place = case[LocalTime]
        if not place.zones:
            raise Unknown("no time zone is known for this number")
        if first_lawful(place.at, place.zones, [Rulebook(place.country, "", self.daytime)]) != place.at:
            yield hold(
                "this person answered calls from you that said nothing, and it is night where they may be",
                remedy="call in their daytime, and speak when they answer",
                silent=pair.silent_24h,
            )

    @rule("8.3.4", "what presses on a person by several ways is taken together", needs=(Pressure, Consents),
          about=Pressure, when_unknown=Verdict.ALLOW, kinds=Kind.ANY)  # fmt: skip
    def pressed(self, case: Case) -> Rulings:
        pressure, kind = case[Pressure], case.communication.kind
        ways, sent = pressure.ways(kind), sum(pressure.by_way.values())
        if len(ways) < 2:
            return  # 8.3 and 8.3.2 tell of one way
        about: dict[str, Any] = {**pressure.by_way, "threats": pressure.threats}
        if pressure.threats >= self.threats:
            yield hold(
                "you threatened or abused this person, and reach for them by another way",
                remedy="leave them alone; a person looks at this first",
                **about,
            )
        elif sent >= self.by_all_ways and not pressure.answers and self._stranger(case):
            yield hold(
                f"this person was sought by {' and '.join(ways)}, never answered and gave no consent",
                remedy="wait for their answer, or record their consent; a person looks at this first",
                **about,
            )

    # Patterns over time: while they are unknown, each message still meets every other clause.
    @rule(
        "8.3.1",
        "nobody is closed in on by many",
        needs=(Crowd, Content, PairHistory),
        about=Crowd,
        when_unknown=Verdict.ALLOW,
        kinds=_WRITTEN,
    )
    def closed_in_on(self, case: Case) -> Rulings:
        accounts = case[Crowd].accounts_15m
        if accounts < self.hostile_crowd or case[PairHistory].answered:
            return
        labels = case[Content].labels
        hostile = max(labels["harassment"], labels["hate"], labels["threat"]) >= self.hostile_from
        if hostile or accounts >= self.crowd:
            yield hold(
                "many senders write to one person at once, who answers none of them",
                remedy="wait; a person looks at this message first",
                senders=accounts,
                hostile=hostile,
            )

    # Where some of a group blocked the author they alone get nothing: that is done where it is posted.
    @rule("8.5", "who was blocked by everybody else is not heard", needs=(Room,), about=Room,
          when_unknown=Verdict.HOLD, kinds=Kind.CHAT)  # fmt: skip
    def blocked_in_chat(self, case: Case) -> Rulings:
        room = case[Room]
        if not case.communication.invites and room.others and room.blocked_by == room.others:
            yield refuse(
                "this person asked to be left alone by you" if room.others == 1 else "everybody here blocked you",
                remedy="do not write to them anywhere; they alone can undo it",
                code=21610,
                others=room.others,
            )

    @rule("8.5.1", "nobody is asked in by whom they blocked, or back to where they left", needs=(Room,), about=Room,
          when_unknown=Verdict.HOLD, kinds=Kind.CHAT)  # fmt: skip
    def not_asked_back(self, case: Case) -> Rulings:
        room = case[Room]
        if not case.communication.invites:
            return
        if room.barred:
            yield refuse(
                "this person asked to be left alone by who asks them in",
                remedy="do not ask them anywhere; they alone can undo it",
                code=21610,
            )
        elif room.went and case.communication.end_user is not None:
            yield refuse(
                "this person left the conversation and is not asked back by others who take part",
                remedy="let them come back by themselves, through your own service",
                code=21610,
            )

    @rule("8.5.2", "who never wrote in a conversation of two is not written to again and again", needs=(Room,),
          about=Room, when_unknown=Verdict.FLAG, kinds=Kind.CHAT)  # fmt: skip
    def unanswered_in_chat(self, case: Case) -> Rulings:
        room, chat = case[Room], case.communication
        if chat.invites or chat.end_user is None or room.others != 1 or room.answered:
            return
        if room.streak >= self.chat_unanswered:
            yield hold(
                "many messages went to a person in this conversation who never answered",
                remedy="wait for their answer; a person looks at this message first",
                unanswered=room.streak + 1,
                limit=self.chat_unanswered,
            )

    # What a customer's own server puts together (a class, a support desk) is no stranger's invitation.
    @rule("8.5.3", "nobody asks many people to conversations that they leave", needs=(Room,), about=Room,
          when_unknown=Verdict.FLAG, kinds=Kind.CHAT)  # fmt: skip
    def unwanted_invitations(self, case: Case) -> Rulings:
        room = case[Room]
        if not case.communication.invites or case.communication.end_user is None:
            return
        if room.asked_24h >= self.invitations and room.left_24h >= self.invitations_left * room.asked_24h:
            yield hold(
                "many people were asked to conversations today, and most of them left",
                remedy="ask only who wants to come; a person looks at this invitation first",
                asked_24h=room.asked_24h,
                left_24h=room.left_24h,
            )

    # A report is on record already; while it is not known how many there are, this one is looked at.
    @rule("8.5.4", "who is reported in chat is looked at", needs=(Reported,), about=Reported,
          when_unknown=Verdict.FLAG, kinds=Kind.CHAT, moments=Moment.OUTCOME)  # fmt: skip
    def reported_in_chat(self, case: Case) -> Rulings:
        people = case[Reported].people_7d
        if not people:
            return
        remedy = "tell your end user what was reported, and see to it that it ends; appeal if it was nothing"
        if people >= self.chat_reporters:
            yield hold("several people reported this end user's messages", remedy=remedy, people_7d=people)
        else:
            yield flag("somebody reported a message of this end user", remedy=remedy, people_7d=people)

    # Where some of those in a room blocked who comes in, these alone neither see nor hear them: the room does that.
    @rule("8.6", "who was put out of a room, or is blocked by all who are in it, stays out", needs=(Inside,),
          about=Inside, when_unknown=Verdict.HOLD, kinds=Kind.VIDEO)  # fmt: skip
    def stays_out(self, case: Case) -> Rulings:
        room = case[Inside]
        if room.removed:
            yield refuse("you were put out of this room", remedy="ask who leads it to open another one", code=53104)
        elif room.others and room.blocked_by == room.others:
            yield refuse(
                "who is in this room asked to be left alone by you", remedy="leave them alone", code=53104,
                others=room.others)  # fmt: skip

    @staticmethod
    def _stranger(case: Case) -> bool:
        """Whether nothing on record explains so many messages. That the person once wrote explains no conversation
        which they leave without an answer."""
        talks = case.communication.purpose in (None, Purpose.CONVERSATION)
        return all(talks and given.kind == "conversation" for _, given in case[Consents].in_force)
