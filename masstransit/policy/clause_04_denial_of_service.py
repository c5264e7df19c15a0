"""Clause 4: nobody's traffic takes the service from the others, on purpose or by accident."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from masstransit.clause import Case, Clause, Rulings, figure, rule
from masstransit.facts.calls.calling import CalledLine
from masstransit.facts.traffic import PairHistory, QueueDepth, Repeats, TenantRate
from masstransit.model.communication import Communication, Direction, Kind, Moment, Purpose
from masstransit.model.decision import Verdict, delay, flag, hold, refuse

_QUEUED = Kind.TEXT | Kind.FAX | Kind.EMAIL  # what waits its turn to go out


@dataclass(frozen=True, kw_only=True)
class DenialOfService(Clause):
    """One customer's traffic does not take the service from the others: not by attack, and not by a program that runs
    wild. Accidents are slowed down at once and are no fault.

    Large is not wrong: a school that closes, a storm, a ticket sale, a wave of one-time codes are many messages, one to
    a person. They wait their turn under the account's rate and meet none of the other rules here.
    """

    number = "4"
    title = "Denial of service"
    unheard = (
        (Kind.VOICEMAIL, "What is left in a mailbox came by a call, which it hears."),
        (Kind.CHAT | Kind.VIDEO, "The socket keeps its own pace a participant, and answers with a retry."),
    )
    rests_on = (
        "Whether it was on purpose is for a person to find out; the measures here need no fault. Which numbers are "
        "one business's lines (4.5) none tells: its main number, behind which all of them are, is looked at for itself."
    )

    messages_per_second: float = figure(
        100.0, "rulebook 4.1, default", "messages a second, unless the account has its own"
    )
    burst_seconds: float = figure(10.0, "rulebook 4.1, default", "seconds' worth of messages at once after a rest")
    queue_quota: int = figure(100_000, "rulebook 4.1, default", "messages waiting, unless the account has its own")
    queue_pause: float = figure(5.0, "rulebook 4.3, default", "seconds until a full queue is asked again")
    alternations: int = figure(10, "rulebook 4.2, default", "alternations of one pair in 60 seconds")
    loop_pause: float = figure(60.0, "rulebook 4.2, default", "seconds until a looping pair goes on")
    attempts: int = figure(
        5, "rulebook 4.3: retries are capped, the number a default", "attempts at a message, by the client's own count"
    )
    repeated_messages: int = figure(
        20, "rulebook 4, re-sent list; at most 20 messages leak, default", "repeats of an account in 10 minutes"
    )
    repeated_share: float = figure(0.25, "rulebook 4, re-sent list, default", "share of repeats in 10 minutes")

    flood: int = figure(
        20, "rulebook 4.4, within a minute, default", "short or unanswered calls to a line in 10 minutes"
    )
    flood_share: float = figure(0.5, "rulebook 4.4, default", "share of the account's calls to a line")
    flood_of_many: int = figure(40, "rulebook 4.4, default", "answered calls to a line that callers ended at once")
    flood_brands: int = figure(3, "rulebook 4.4: many callers, the number a default", "accounts that call a line")
    flood_pause: float = figure(600.0, "rulebook 4.4, default", "seconds until a line is called again")

    machine_lines: int = figure(1, "47 USC 227(b)(1)(D): two or more lines are too many", "calls", law="most")
    machine_pause: float = figure(60.0, "rulebook 4.5, default", "seconds until a machine calls the line again")

    # All rules here guard capacity. While the counters are gone the queue's quota, which is kept in the database, still
    # bounds what one customer can take; messages flow.
    @rule(
        "4.1",
        "every customer has a rate of their own",
        needs=(TenantRate,),
        about=TenantRate,
        when_unknown=Verdict.ALLOW,
        kinds=_QUEUED,
    )
    def rate(self, case: Case) -> Rulings:
        rate = case[TenantRate]
        if not rate.allowed:
            yield delay(
                f"this account may offer {rate.rate:g} messages a second",
                until=case.communication.at + timedelta(seconds=rate.retry_after),
                overload=True,
                remedy="slow down, and wait as long as Retry-After says before you try again",
                code=20429,
                rate=rate.rate,
                retry_after=rate.retry_after,
            )

    @rule("4.1b", "every customer has a share of the queue", needs=(QueueDepth,), when_unknown=Verdict.ALLOW,
          kinds=_QUEUED)  # fmt: skip
    def quota(self, case: Case) -> Rulings:
        depth = case[QueueDepth]
        quota = self.queue_quota if depth.quota is None else depth.quota
        # What was accepted stays accepted: only new offers find the queue full.
        if case.communication.attempt == 0 and depth.waiting >= quota:
            yield delay(
                "too many of this account's messages are waiting to be sent",
                until=case.communication.at + timedelta(seconds=self.queue_pause),
                overload=True,
                remedy="wait until some of them are sent",
                code=20429,
                waiting=depth.waiting,
                quota=quota,
            )

    @rule(
        "4.2",
        "two machines do not answer each other for ever",
        needs=(PairHistory,),
        about=PairHistory,
        when_unknown=Verdict.ALLOW,
        kinds=Kind.TEXT | Kind.EMAIL,
        direction=None,
    )
    def loop(self, case: Case) -> Rulings:
        history = case[PairHistory]
        if case.communication.direction is Direction.INBOUND:  # heard so that it is counted; a person is not delayed
            return
        if history.alternations_60s >= self.alternations:
            yield delay(
                "this number and yours answer each other in a loop",
                until=case.communication.at + timedelta(seconds=self.loop_pause),
                remedy="let automatic replies answer a person once, not every message",
                alternations=history.alternations_60s,
            )

    # Another 429 would ask for just one more attempt, so the cap ends them. An attempt that is offered as the first one
    # anew passes: whoever has found out what went wrong is no storm.
    @rule("4.3", "who retries gives up in time", when_unknown=Verdict.ALLOW)
    def retries(self, case: Case) -> Rulings:
        told = case.communication.attempts_told
        if told <= self.attempts:
            return
        words = "this message was tried too often"
        remedy = (
            "find out what became of the attempts before (their status callbacks say so), mend that, and offer it "
            "anew; leave more time after each try"
        )
        if case.communication.purpose is Purpose.EMERGENCY:
            yield flag(words, remedy=remedy, attempts=told)
        else:
            yield refuse(words, remedy=remedy, code=30004, attempts=told)

    # A line that everybody wants is busy, or rings, and whoever gets through talks: one that is flooded is answered and
    # left, or rung again and again by the same.
    @rule("4.4", "no line is flooded with calls", needs=(CalledLine,), about=CalledLine, when_unknown=Verdict.ALLOW,
          kinds=Kind.CALL, moments=Moment.OFFER | Moment.OUTCOME)  # fmt: skip
    def flooded(self, case: Case) -> Rulings:
        call = case.subject
        if not isinstance(call, Communication):
            return  # records are only counted
        line = case[CalledLine]
        by_one = line.account_short_10m >= max(self.flood, self.flood_share * line.account_10m)
        by_many = line.brands_10m >= self.flood_brands and line.all_short_10m >= self.flood_of_many
        if not (by_one or by_many):
            return
        words = "one line is called again and again by calls that come to nothing"
        remedy = "leave more time between attempts, and end no call at once; people who are expected to talk may wait"
        about: dict[str, Any] = {
            "calls_10m": line.account_10m,
            "short_10m": line.account_short_10m,
            "all_short_10m": line.all_short_10m,
            "accounts": line.brands_10m,
        }
        if call.purpose is Purpose.EMERGENCY:
            yield flag(words, remedy=remedy, **about)
        else:
            until = call.at + timedelta(seconds=self.flood_pause)
            yield delay(words, until=until, overload=True, remedy=remedy, code=20429, **about)

    # Who asked for a code by phone may ask again at once, and a warning has to arrive.
    @rule("4.5", "a machine that calls ties up no more than one line", needs=(CalledLine,), about=CalledLine,
          when_unknown=Verdict.ALLOW, kinds=Kind.CALL, law="47 USC 227(b)(1)(D)")  # fmt: skip
    def ties_up(self, case: Case) -> Rulings:
        call, under_way = case.communication, case[CalledLine].by_machine
        if not call.automated or under_way < self.machine_lines or call.purpose in (Purpose.OTP, Purpose.EMERGENCY):
            return
        yield delay(
            "a machine of yours is in a call with this number already, and may tie up no second line of it",
            until=call.at + timedelta(seconds=self.machine_pause),
            remedy="call it when that call is over, or have a person call",
            code=20429,
            under_way=under_way,
        )

    @rule(
        "4.6",
        "a list is not sent twice",
        needs=(Repeats,),
        about=Repeats,
        when_unknown=Verdict.ALLOW,
        moments=Moment.OFFER | Moment.OUTCOME,
    )
    def list_sent_twice(self, case: Case) -> Rulings:
        repeats = case[Repeats]
        if repeats.same_1h == 0 or repeats.account_repeats_10m < self.repeated_messages:
            return
        share = repeats.account_repeats_10m / max(1, repeats.account_messages_10m)
        if share < self.repeated_share:
            return
        words = "these people were sent the same text within the hour"
        remedy = "check for a job that ran twice; cancel what should not be sent again"
        seen: dict[str, Any] = {
            "same": repeats.same_1h,
            "repeats": repeats.account_repeats_10m,
            "share": round(share, 3),
        }
        # A warning may be given twice, and a code that is asked for again may be the same one; neither helps tomorrow.
        if case.communication.purpose in (Purpose.EMERGENCY, Purpose.OTP):
            yield flag(words, remedy=remedy, **seen)
        else:
            yield hold(words, remedy=remedy, **seen)
