"""Clause 9: harvesting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from masstransit.clause import REPORTS, Case, Clause, Rulings, figure, rule
from masstransit.facts.accounts import Account
from masstransit.facts.asking import Asked
from masstransit.facts.brands import Brands
from masstransit.facts.calls.call_day import CallDay
from masstransit.facts.calls.days import DayOfCalls
from masstransit.facts.chat import Room
from masstransit.facts.consent import Consents
from masstransit.facts.content import Content
from masstransit.facts.reachability import DeadNumbers
from masstransit.facts.strangers import Lookups, Openers, Walking
from masstransit.facts.traffic import PairHistory
from masstransit.model.communication import Kind, Moment, Purpose
from masstransit.model.decision import Verdict, delay, flag, hold

_AWAITED = (Purpose.OTP, Purpose.EMERGENCY)  # the person waits for it, or must have it


@dataclass(frozen=True, kw_only=True)
class Harvesting(Clause):
    """Nobody uses this platform to gather data about people who did not expressly agree, or under a pretence: no
    walking through numbers to see which are alive, no bait for an answer, no look-ups without a purpose.

    Who writes to people that agreed, or that wrote first, harvests nothing, however many they are and however near
    their numbers lie.
    """

    number = "9"
    title = "Harvesting"
    unheard = ((Kind.VIDEO, REPORTS),)
    rests_on = (
        "Whether a question is a pretence, and what becomes of its answers, rests on a person who knows who asks."
    )
    sequence: int = figure(200, "rulebook 9.1, default", "different numbers of one thousand in 24 hours")
    hundred: int = figure(50, "rulebook 9.1, high density, default", "different numbers of one hundred in 24 hours")
    nobodys: int = figure(10, "rulebook 9.1, high invalid ratio, default", "numbers in 24 hours that nobody has")
    same_opener: int = figure(100, "rulebook 9, default", "strangers in 24 hours")
    lookups_undeclared: int = figure(100, "rulebook 9.3, default", "look-ups in 24 hours without a declared purpose")
    lookups: int = figure(10_000, "rulebook 9.3, default", "look-ups in 24 hours")
    pings: int = figure(50, "rulebook 9, default", "calls a day")
    pings_share: float = figure(0.5, "rulebook 9, default", "share of answered calls, or of all that were placed")
    ping_seconds: float = figure(2.0, "rulebook 9: 0-2 s", "seconds from a person's answer")
    ring_seconds: float = figure(3.0, "one ring of North America's cadence (2 s on, 4 s off), default", "seconds")
    lookup_pause_minutes: int = figure(60, "rulebook 9.3, default", "minutes")

    # Only patterns over time are judged here: while they are unknown, each message still meets every other clause.
    @rule("9.1", "nobody walks through numbers", needs=(Walking, Consents, PairHistory, DeadNumbers),
          about=Walking, when_unknown=Verdict.ALLOW, kinds=Kind.TEXT | Kind.CALL | Kind.FAX)  # fmt: skip
    def walking(self, case: Case) -> Rulings:
        near, nearest, dead = case[Walking].neighbours_24h, case[Walking].hundred_24h, case[DeadNumbers].account_24h
        if near < self.sequence and nearest < self.hundred:
            return
        if case.communication.purpose in _AWAITED or case[PairHistory].answered:
            return
        about = {"numbers_24h": near, "of_a_hundred": nearest, "nobodys": dead}
        if not case[Consents].in_force:
            calls = case.communication.kind is Kind.CALL
            yield hold(
                "calls go to most numbers of one row, to people who neither agreed nor called first"
                if calls
                else "messages go to most numbers of one row, to people who neither agreed nor wrote first",
                remedy="call people whom you deal with, and record their consent"
                if calls
                else "write to people who agreed, and record their consent; a person looks at this message first",
                **about,
            )
        elif dead >= self.nobodys:  # nobody agrees in the name of a number that nobody has
            yield hold(
                "messages go to most numbers of one row, and many of these are nobody's: that is no list of people who "
                "agreed",
                remedy="show how these people agreed; a person looks at this message first",
                **about,
            )

    @rule("9.1.1", "nobody looks up numbers in order", needs=(Lookups,), when_unknown=Verdict.ALLOW,
          moments=Moment.ADMISSION)  # fmt: skip
    def looking_in_order(self, case: Case) -> Rulings:
        found = case[Lookups]
        if case.knock.wants == "lookup" and found.neighbours_24h >= self.sequence:
            yield delay(
                "numbers are looked up one after the other, as nobody's customers lie",
                until=case.knock.at + timedelta(minutes=self.lookup_pause_minutes),
                overload=True,
                remedy="look up the numbers of people whom you deal with",
                code=20429,
                numbers_24h=found.neighbours_24h,
            )

    @rule("9.2", "strangers are not baited for an answer", needs=(Openers, Consents, PairHistory),
          about=Openers, when_unknown=Verdict.ALLOW)  # fmt: skip
    def bait(self, case: Case) -> Rulings:
        people = case[Openers].people_24h
        if people < self.same_opener or case.communication.purpose in _AWAITED:
            return
        if case[Consents].in_force or case[PairHistory].answered:
            return
        yield hold(
            "the same question goes to many strangers, which looks like bait for an answer",
            remedy="say who you are and what it is about, to people who agreed; a person looks at this message first",
            people_24h=people,
        )

    @rule("9.2.1", "strangers are not baited for an answer in chat", needs=(Openers, Room), about=Openers,
          when_unknown=Verdict.ALLOW, kinds=Kind.CHAT)  # fmt: skip
    def bait_in_chat(self, case: Case) -> Rulings:
        people = case[Openers].people_24h
        if people < self.same_opener or case[Room].answered or case.communication.end_user is None:
            return
        yield hold(
            "the same question goes to many conversations in which nobody answered yet, which looks like bait",
            remedy="say who you are and what it is about; a person looks at this message first",
            people_24h=people,
        )

    @rule("9.3", "look-ups have a purpose and a bound", needs=(Lookups, Account), when_unknown=Verdict.ALLOW,
          moments=Moment.ADMISSION)  # fmt: skip
    def look_ups(self, case: Case) -> Rulings:
        if case.knock.wants != "lookup":
            return
        looked, purpose = case[Lookups].looked_24h, case[Account].lookup_purpose
        allowed = self.lookups if purpose else self.lookups_undeclared
        if looked > allowed:
            yield delay(
                "this account looked up as many numbers as it may in a day",
                until=case.knock.at + timedelta(minutes=self.lookup_pause_minutes),
                overload=True,
                remedy="wait" if purpose else "tell the operator what you look numbers up for, or wait",
                code=20429,
                looked_24h=looked,
                allowed=allowed,
            )

    @rule("9.5", "nobody asks for secrets under a pretence", needs=(Asked, Content, Consents, Brands, PairHistory),
          about=Asked, when_unknown=Verdict.FLAG, kinds=Kind.WORDS)  # fmt: skip
    def secrets(self, case: Case) -> Rulings:
        asked = case[Asked]
        if not asked.secrets or case[Content].educates:
            return
        if case.communication.purpose is Purpose.CONVERSATION and case[PairHistory].answered:
            return  # two people who answer each other
        agreed = any(given.kind in ("written", "express") for _, given in case[Consents].in_force)
        about: dict[str, Any] = {"asks_for": asked.secrets, "spans": asked.words}
        remedy = "ask for it where people are logged in with you, never in an answer to a message"
        known = agreed and case[Brands].on_record and asked.part_only
        if known or asked.secrets == ("account",) or case[Content].looks_like == "conversation":
            yield flag("this asks for something in an answer that is nobody else's business", remedy=remedy, **about)
        else:
            yield hold("this asks people for secrets in an answer", remedy=remedy, **about)

    # While counts are unknown nothing follows: what ended can't be undone, and they heal by themselves.
    @rule("9.6", "nobody rings to see who is there", needs=(DayOfCalls,), about=DayOfCalls,
          when_unknown=Verdict.ALLOW, kinds=Kind.CALL, moments=Moment.OUTCOME)  # fmt: skip
    def pinging(self, case: Case) -> Rulings:
        for unit in case[DayOfCalls].units:
            day = unit.day
            if unit.largest is not None and self._pings(unit.largest):
                day = unit.others
            if not self._pings(day):
                continue
            yield hold(
                "calls are ended as soon as somebody answers, or before anybody can: a person looks before more go out",
                remedy="let it ring, and speak when somebody answers; calls that are short by design can be declared "
                "for their campaign",
                attempts=day.attempts,
                answered=day.answered,
                hung_up=day.pinged(self.ping_seconds),
                rang_once=day.given_up(self.ring_seconds),
                **unit.named,
            )

    def _pings(self, day: CallDay) -> bool:
        """Whether most calls are pings: of those that persons answered, or of all."""
        if day.attempts < self.pings:
            return False
        hung_up, rang_once = day.pinged(self.ping_seconds), day.given_up(self.ring_seconds)
        answered = hung_up >= max(self.pings, self.pings_share * day.persons)
        return answered or rang_once >= max(self.pings, self.pings_share * day.attempts)
