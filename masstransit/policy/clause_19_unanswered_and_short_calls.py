"""Clause 19: unanswered and short calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from masstransit.clause import Case, Clause, Rulings, figure, rule
from masstransit.facts.calls.call_day import CallDay
from masstransit.facts.calls.days import DayOfCalls, UnitDay
from masstransit.model.communication import Kind, Moment
from masstransit.model.decision import Ruling, Verdict, delay, flag, refuse

_NONE, _WARN, _THROTTLE, _SUSPEND = range(4)
_CODE = 30004  # the SDKs': blocked
_DAY = timedelta(days=1)
_QUARTER_MINUTES = 15
_NAMES = {"number": "number", "campaign": "campaign", "end_user": "end user", "account": "account"}


@dataclass(frozen=True, kw_only=True)
class UnansweredAndShortCalls(Clause):
    """Nobody places calls in masses that nobody answers or that end within seconds. Numbers, campaigns, end users and
    customers are counted each for itself, so that spreading calls thin hides nothing, and the smallest that answers
    for it is met first. Calls that are short by design and declared as such are left out, and so are those that came
    in, stayed inside, or were made in an emergency. A fault of a line, of ours or of a machine that answers is nobody's
    strike.
    """

    number = "19"
    title = "Unanswered and short calls"
    unheard = (
        (Kind.ANY & ~Kind.CALL, "It is about calls that are answered; fax calls and ringless voice mail are none."),
    )
    rests_on = (
        "Why calls end early rests on release causes, and where those are silent on a person. Whether a machine "
        "answered is a guess by cadence. That a trunk is at fault is told by several customers who fail on it at once "
        "and of whom half are known to do well elsewhere: "
        "of a trunk that one customer uses alone, or newcomers, only causes tell."
    )

    short_seconds: int = figure(12, "the policy's own figure", "seconds")
    shortest_seconds: int = figure(6, "rulebook 19.2: what carriers charge for", "seconds")
    least_answered: int = figure(100, "rulebook 19.3, default", "answered calls a day")
    least_attempts: int = figure(200, "rulebook 19.3, default", "attempts a day")
    shortest_share_warn: float = figure(0.10, "rulebook 19.3, default", "share of answered calls")
    shortest_share_throttle: float = figure(0.15, "rulebook 19.3, default", "share of answered calls")
    shortest_share_suspend: float = figure(0.25, "rulebook 19.3, default", "share of answered calls")
    short_share_warn: float = figure(0.25, "rulebook 19.3, default", "share of answered calls")
    short_share_throttle: float = figure(0.35, "rulebook 19.3, default", "share of answered calls")
    short_share_suspend: float = figure(0.50, "rulebook 19.3, default", "share of answered calls")
    asr_warn: float = figure(0.40, "rulebook 19.3, default", "share of attempts")
    asr_throttle: float = figure(0.30, "rulebook 19.3, default", "share of attempts")
    asr_suspend: float = figure(0.20, "rulebook 19.3, default", "share of attempts")
    unallocated_warn: float = figure(0.05, "rulebook 19.3, default", "share of attempts")
    unallocated_throttle: float = figure(0.10, "rulebook 19.3, default", "share of attempts")
    suspend_days: int = figure(2, "rulebook 19.3, default: twice in 7 days", "days of seven")
    machine_share: float = figure(0.25, "rulebook 19.4, default: as of short calls", "share of answered calls")
    fault_customers: int = figure(3, "rulebook 19.4: many customers on one route, the number a default", "customers")
    fault_calls: int = figure(5, "rulebook 19.4, default", "calls of a customer on a trunk in a quarter of an hour")
    fault_known: int = figure(
        20, "rulebook 19.4, default", "calls of a customer elsewhere, or on a day before, by which it is known"
    )
    fault_share: float = figure(0.50, "rulebook 19.4, default", "share of a customer's calls on a trunk")
    pace_left: float = figure(
        0.25, "rulebook 19, ladder: pacing, the share a default", "share of the busiest quarter of an hour's calls"
    )
    least_left: float = figure(1.0, "rulebook 19, default: a person may go on calling", "calls a minute")

    # While counts are unknown nothing follows: they heal by themselves, and what ended can't be undone.
    @rule("19.3", "calls in masses are answered, and last", needs=(DayOfCalls,), about=DayOfCalls,
          when_unknown=Verdict.ALLOW, kinds=Kind.CALL, moments=Moment.OUTCOME)  # fmt: skip
    def lasting(self, case: Case) -> Rulings:
        for unit in case[DayOfCalls].units:
            level, why = self._of_unit(unit, self._measured)
            if level == _SUSPEND and self._bad_days(unit) < self.suspend_days:
                level = _THROTTLE
            reason = f"too many calls of this {_NAMES[unit.scope]} {why}"
            remedy = (
                "call those only who expect it, let it ring, and speak when somebody answers; what is short by design "
                "can be declared for its campaign"
            )
            if level:
                yield _step(level, case, reason, remedy, self._told(unit))

    @rule("19.3.1", "nobody dials numbers that are nobody's", needs=(DayOfCalls,), about=DayOfCalls,
          when_unknown=Verdict.ALLOW, kinds=Kind.CALL, moments=Moment.OUTCOME)  # fmt: skip
    def allocated(self, case: Case) -> Rulings:
        for unit in case[DayOfCalls].units:
            level, _ = self._of_unit(unit, self._dialled)
            reason = f"many of the numbers that this {_NAMES[unit.scope]} calls are nobody's"
            remedy = "call numbers that people gave you, and clean the list of those that are out of service"
            if level:
                yield _step(level, case, reason, remedy, self._told(unit))

    @rule("19.4", "machine detection that hangs up too much is tuned", needs=(DayOfCalls,), about=DayOfCalls,
          when_unknown=Verdict.ALLOW, kinds=Kind.CALL, moments=Moment.OUTCOME)  # fmt: skip
    def tuned(self, case: Case) -> Rulings:
        for unit in case[DayOfCalls].units:
            level, _ = self._of_unit(unit, self._on_machines)
            if level:
                yield flag(
                    f"many calls of this {_NAMES[unit.scope]} are hung up as soon as a machine seems to answer",
                    remedy="tune the detection of machines, or leave a message that may be left",
                    **self._told(unit),
                )

    # --- how bad a day was ----------------------------------------------------------------------------------------

    def _of_unit(self, unit: UnitDay, measure: Any) -> tuple[int, str]:
        """How bad its day was; where its largest part is to blame for it, without that part."""
        found: tuple[int, str] = measure(unit.day)
        if found[0] and unit.largest is not None and measure(unit.largest)[0]:
            return measure(unit.others)  # type: ignore[no-any-return]
        return found

    def _measured(self, day: CallDay) -> tuple[int, str]:
        """The worst of three: the shortest calls, short calls, answered calls."""
        found = [(_NONE, "")]
        if day.answered >= self.least_answered and day.persons >= self.least_answered:  # the first is known at once
            ends = "end within seconds"
            shortest = day.within(self.shortest_seconds) / day.persons
            steps = (self.shortest_share_warn, self.shortest_share_throttle, self.shortest_share_suspend)
            found.append((_reached(shortest, steps), ends))
            short = day.under(self.short_seconds) / day.persons
            steps = (self.short_share_warn, self.short_share_throttle, self.short_share_suspend)
            found.append((_reached(short, steps), ends))
        if day.attempts - day.failed >= self.least_attempts:
            missed = tuple(1.0 - each for each in (self.asr_warn, self.asr_throttle, self.asr_suspend))
            found.append((_reached(1.0 - day.asr, missed, more=True), "are answered by nobody"))
        return max(found, key=lambda each: each[0])

    def _dialled(self, day: CallDay) -> tuple[int, str]:
        if day.attempts < self.least_attempts:
            return _NONE, ""
        steps = (self.unallocated_warn, self.unallocated_throttle)
        return _reached(day.unallocated / day.attempts, steps, more=True), ""

    def _on_machines(self, day: CallDay) -> tuple[int, str]:
        if day.answered < self.least_answered:
            return _NONE, ""
        return _reached(day.by_machine(self.short_seconds) / day.answered, (self.machine_share,)), ""

    def _bad_days(self, unit: UnitDay) -> int:
        """On how many days of the week it was as bad as today."""
        return 1 + sum(self._measured(day)[0] == _SUSPEND for day in unit.before)

    def _left(self, day: CallDay) -> float:
        """Calls a minute that a throttle leaves: a share of what it placed, so that it bites whoever is small too."""
        return max(self.least_left, round(self.pace_left * day.busiest / _QUARTER_MINUTES, 2))

    def _told(self, unit: UnitDay) -> Mapping[str, Any]:
        """What shows it: the figures of the day with their causes."""
        day = unit.day
        ended = {name: sum(getattr(day.ends, name).values()) for name in day.ends.__struct_fields__}
        return {
            **unit.named, "attempts": day.attempts, "answered": day.answered,
            "answered_share": round(day.asr, 4), "seconds_a_call": round(day.acd, 1),
            "shortest": day.within(self.shortest_seconds), "short": day.under(self.short_seconds),
            "unallocated": day.unallocated, "failed": day.failed,
            "leaves_per_minute": self._left(day),
            "ended_early_by": {name: count for name, count in ended.items() if count},
        }  # fmt: skip


def _reached(share: float, steps: tuple[float, ...], *, more: bool = False) -> int:
    """How many of the steps a share has come to, or with `more`, exceeds."""
    share = round(share, 9)  # 0.1 is not less than 0.1 because it was 1 - 0.9
    return sum(share > round(step, 9) if more else share >= step for step in steps)


def _step(level: int, case: Case, reason: str, remedy: str, told: Mapping[str, Any]) -> Ruling:
    """Warn, throttle for a day, or propose to suspend."""
    if level == _WARN:
        return flag(reason, remedy=remedy, **told)
    if level == _THROTTLE:
        return delay(reason, until=case.subject.at + _DAY, remedy=remedy, code=20429, **told)
    return refuse(reason, remedy=remedy, code=_CODE, **told)
