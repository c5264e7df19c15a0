"""How an account's calls went, rolled up: by campaign, end user, number, trunk and first digits, and day by day.

Accounts, campaigns, end users and numbers are told as the counters have them: by the very sums that clause 19 judges,
with the calls of routes at fault taken out. Trunks and first digits are counted by nobody; they are reckoned in the
same way out of the day's last records. The lines in the charts are the figures of the clauses in force.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection

from masstransit.carriage.calls import is_theirs
from masstransit.clause import Clause
from masstransit.console.house import House
from masstransit.errors import BadInput, CountersUnavailable
from masstransit.facts.calls.abandoned import Abandoned, abandoned_of
from masstransit.facts.calls.call_day import CallDay, day_of_calls
from masstransit.facts.calls.days import DAYS_BEFORE, days_of
from masstransit.model.address import parse
from masstransit.model.call import CallRecord
from masstransit.storage import accounts, calls, standing

WAYS: Mapping[str, str] = {
    "campaign": "Campaign", "end_user": "End user", "number": "Number", "trunk": "Trunk", "prefix": "First digits",
}  # fmt: skip
LOOKED_AT = 5000  #: records of a day from which units are found
_MOST = 12  # units of a chart
_DIGITS = 5  # of a number, with its plus: as masked numbers show it
_DAY = timedelta(days=1)
_STANDS: Mapping[str, str] = {
    "warn": "warned", "throttle": "limited", "block": "stopped", "suspend": "stopped",
}  # fmt: skip
_LABEL, _AREA, _VALUE, _BAR = 150, 260, 130, 26  # units of a chart
_LONGEST = 15  # letters beside a bar
_NOTHING = CallDay()


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """One of those whose calls are counted for themselves, or a day."""

    called: str
    day: CallDay
    stands: str = ""  #: fine | warned | limited | stopped; "": nobody judges it
    abandoned: Abandoned | None = None


class Bar(msgspec.Struct, frozen=True):
    """A unit in a chart."""

    called: str  #: short enough to stand beside it
    wide: float
    value: str
    level: str  #: fine | warn | limit | stop | few | none
    y: int


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """Bars side by side, with the lines that they are held to."""

    name: str
    says: str
    bars: Sequence[Bar]
    lines: Sequence[tuple[float, str]]  #: where, and what it is
    left: int = _LABEL
    width: int = _LABEL + _AREA + _VALUE

    @property
    def height(self) -> int:
        return _BAR * len(self.bars) + 24


class Rolled(msgspec.Struct, frozen=True, kw_only=True):
    """What a page shows."""

    day: date
    days: Sequence[date]
    by: str
    whole: Unit
    week: Sequence[Unit]
    units: Sequence[Unit]
    charts: Sequence[Chart]
    weekly: Sequence[Chart]
    shortest: int  #: seconds of the shortest calls, as clause 19 has them
    short: int  #: ... and of short ones
    cut: bool  #: there are more records of the day than were looked at
    counted: bool  #: False: the counters can't be asked just now


async def rolled(house: House, account: str, by: str, day: str, now: datetime, *, masked: bool) -> Rolled:
    """An account's calls of a day. Raises `BadInput`."""
    days = [now.astimezone(UTC).date() - _DAY * back for back in range(DAYS_BEFORE + 1)]
    chosen = _chosen(day, days)
    begins = datetime.combine(chosen, time(), UTC)
    if by not in WAYS:
        raise BadInput(f"By: one of {', '.join(WAYS)}", field="by")

    def look(connection: Connection) -> tuple[str, Sequence[CallRecord], Mapping[tuple[str, str], str]]:
        row = accounts.find(connection, account)
        root = row.parent or account if row is not None else account
        records = calls.ended_between(connection, account, begins, begins + _DAY, at_most=LOOKED_AT)
        return root, records, _standing(connection, account, now)

    root, records, steps = await house.database.survey(look)
    figures = Figures.of(house, account)
    groups = _grouped(records, by)
    if by in ("trunk", "prefix"):
        asked: list[tuple[str, str]] = []
    else:
        asked = [(by, target) for target in groups if target]
    try:
        told = await days_of(house.counters, root, [("account", account), *asked], now)
        alone = await abandoned_of(house.counters, root, account, list(groups), now) if by == "campaign" else {}
        counted = True
    except CountersUnavailable:
        told, alone, counted = {}, {}, False
    at = days.index(chosen)
    week = told.get(("account", account), [_NOTHING] * len(days))
    units = [
        Unit(
            called=_called(target, by, masked=masked),
            day=told[by, target][at] if (by, target) in told else day_of_calls(of),
            stands=steps.get((by, target), "fine") if (by, target) in told else "",
            abandoned=alone.get(target),
        )
        for target, of in groups.items()
    ]
    weekly = [Unit(called=f"{each:%a %d %b}", day=one) for each, one in zip(days, week, strict=True)]
    return Rolled(
        day=chosen,
        days=days,
        by=by,
        whole=Unit(called=account, day=week[at], stands=steps.get(("account", account), "fine")),
        week=weekly,
        units=units,
        charts=[*figures.charts(units), *figures.abandonment(units)],
        weekly=figures.charts(weekly),
        shortest=figures.brief.shortest_seconds,
        short=figures.brief.short_seconds,
        cut=len(records) == LOOKED_AT,
        counted=counted,
    )


def _chosen(day: str, days: Sequence[date]) -> date:
    try:
        chosen = date.fromisoformat(day) if day else days[0]
    except ValueError:
        chosen = date.min
    if chosen not in days:
        raise BadInput("Day: one of the last seven, as 2026-01-31", field="day")
    return chosen


def _standing(connection: Connection, account: str, now: datetime) -> Mapping[tuple[str, str], str]:
    """(scope, target) -> how it stands for what its calls came to."""
    found: dict[tuple[str, str], str] = {}
    for step in reversed(standing.all_of(connection, now, account)):
        if step.clause in ("7", "19") and not step.silent:
            said = _STANDS.get(step.step, step.step)
            found[step.scope, step.target] = said if step.acts_from else f"to be {said}: a person decides"
    return found


def _grouped(records: Iterable[CallRecord], by: str) -> Mapping[str, Sequence[CallRecord]]:
    """The units with the most calls, each with those that were looked at."""
    groups: dict[str, list[CallRecord]] = {}
    for record in filter(is_theirs, records):
        groups.setdefault(_unit(record, by), []).append(record)
    most = Counter({target: len(of) for target, of in groups.items() if target or by == "campaign"})
    return {target: groups[target] for target, _ in most.most_common(_MOST)}


def _unit(record: CallRecord, by: str) -> str:
    if by == "prefix":
        return record.recipient.text[:_DIGITS]
    if by == "number":
        return record.sender.text
    return {"campaign": record.campaign, "end_user": record.end_user, "trunk": record.trunk}[by] or ""


def _called(target: str, by: str, *, masked: bool) -> str:
    if not target:
        return "without one"
    return parse(target).masked if by == "number" and masked else target


# --- charts -----------------------------------------------------------------------------------------------------------


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The lines, as the clauses in force have them for an account."""

    brief: Any  #: clause 19
    dialled: Any  #: clause 7

    @classmethod
    def of(cls, house: House, account: str) -> Figures:
        policy: Sequence[Clause] = house.in_force.own.get(account, house.in_force.policy)
        found = {clause.number: clause for clause in policy}
        return cls(brief=found["19"], dialled=found["7"])

    def charts(self, units: Sequence[Unit]) -> Sequence[Chart]:
        """What clause 19 looks at."""
        c = self.brief
        answered = [(u.day.asr if u.day.attempts else None, u.day.attempts - u.day.failed) for u in units]
        shortest = [(_part(u.day.within(c.shortest_seconds), u.day.persons), u.day.persons) for u in units]
        short = [(_part(u.day.under(c.short_seconds), u.day.persons), u.day.persons) for u in units]
        lasted = [(u.day.acd if u.day.answered else None, u.day.answered) for u in units]
        return [
            _chart(
                "Answered", f"share of attempts (ASR); fewer is worse; judged from {c.least_attempts} attempts a day",
                units, answered, (c.asr_warn, c.asr_throttle, c.asr_suspend), least=c.least_attempts, falling=True,
            ),
            _chart(
                f"Within {c.shortest_seconds} seconds",
                f"share of calls that a person answered; judged from {c.least_answered} a day", units, shortest,
                (c.shortest_share_warn, c.shortest_share_throttle, c.shortest_share_suspend), least=c.least_answered,
            ),
            _chart(
                f"Under {c.short_seconds} seconds",
                f"share of calls that a person answered; judged from {c.least_answered} a day", units, short,
                (c.short_share_warn, c.short_share_throttle, c.short_share_suspend), least=c.least_answered,
            ),
            _chart("Average duration", "seconds from the answer to the end (ACD)", units, lasted, (), seconds=True),
        ]  # fmt: skip

    def alone(self, found: Abandoned) -> int:
        """How many live answers of thirty days found nobody on the line."""
        return found.abandoned(self.dialled.agent_seconds, self.dialled.dropped_seconds)

    def abandonment(self, units: Sequence[Unit]) -> Sequence[Chart]:
        """What rule 7.8 looks at; nothing where no campaign advertises."""
        live = [unit for unit in units if unit.abandoned is not None and unit.abandoned.live_30d]
        if not live:
            return ()
        c = self.dialled
        found = [unit.abandoned for unit in live if unit.abandoned is not None]
        values = [(_part(self.alone(each), each.live_30d), each.live_30d) for each in found]
        says = f"share of live answers to calls that advertise, in 30 days (7.8); judged from {c.least_live}"
        steps = (c.abandoned_warn, c.abandoned_most)
        return (_chart("Nobody on the line", says, live, values, steps, least=c.least_live, more=True),)


_LEVELS = ("fine", "warn", "limit", "stop")
_WORDS: Mapping[str, str] = {"warn": ", warned", "limit": ", limited", "stop": ", stopped", "few": ", few"}


def _part(part: int, of: int) -> float | None:
    return part / of if of else None


def _chart(
    name: str, says: str, units: Sequence[Unit], values: Sequence[tuple[float | None, int]], steps: Sequence[float],
    *, least: int = 0, falling: bool = False, more: bool = False, seconds: bool = False,
) -> Chart:  # fmt: skip
    most = max([value or 0.0 for value, _ in values] + [1.15 * step for step in steps] + [0.01])
    most = 1.0 if falling else most
    bars = []
    for nth, (unit, (value, of)) in enumerate(zip(units, values, strict=True)):
        level = _level(value, steps, falling=falling, more=more) if of >= least else "few"
        level = "none" if value is None else level
        shown = "–" if value is None else f"{value:.0f} s" if seconds else f"{value:.1%}"
        wide = round(_AREA * (value or 0.0) / most, 1)
        called = unit.called if len(unit.called) <= _LONGEST else unit.called[: _LONGEST - 1] + "…"
        bars.append(Bar(called, wide, shown + _WORDS.get(level, ""), level, _BAR * nth))
    lines = [(round(_LABEL + _AREA * step / most, 1), f"{100 * step:g}") for step in steps]
    return Chart(name=name, says=says, bars=bars, lines=lines)


def _level(value: float | None, steps: Sequence[float], *, falling: bool, more: bool) -> str:
    """How many of the lines it has come to: from above where it is `falling`; with `more` it has to be beyond."""
    value = round(value or 0.0, 9)
    return _LEVELS[sum(value < step if falling else value > step or (value == step and not more) for step in steps)]
