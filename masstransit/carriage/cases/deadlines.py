"""A case's deadlines: from when each counts, when it is due, and which comes next."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from masstransit.carriage.business_days import BusinessDays
from masstransit.model.case import KINDS, NEVER, Deadline, Running


def start(deadline: Deadline, since: datetime, calendar: BusinessDays, *, due: datetime | None = None) -> Running:
    """A deadline that counts from `since`; with `due`, one that whoever asks has set."""
    return Running(
        name=deadline.name,
        due=due or _after(deadline.count, deadline.unit, since, calendar),
        not_before=_after(deadline.least, deadline.unit, since, calendar) if deadline.least else None,
    )


def running(case: Any) -> tuple[Running, ...]:
    """The deadlines of a case (a row of `cases`)."""
    return msgspec.convert(case.deadlines, tuple[Running, ...])


def met(of: Sequence[Running], names: Collection[str], at: datetime) -> tuple[Running, ...]:
    """The same with some of them met; one that was met before stays as it was."""
    return tuple(
        msgspec.structs.replace(each, met=at) if each.name in names and each.met is None else each for each in of
    )


def with_new(of: Sequence[Running], new: Sequence[Running]) -> tuple[Running, ...]:
    """The same with others that begin; one of the same name is replaced."""
    fresh = {each.name for each in new}
    return (*(each for each in of if each.name not in fresh), *new)


def next_of(of: Sequence[Running]) -> tuple[str, datetime]:
    """Which comes next, and when it is due; one whose day is not before another's counts from there."""
    waiting = [each for each in of if each.met is None]
    if not waiting:
        return "", NEVER
    first = min(waiting, key=lambda each: (each.due, each.name))
    return first.name, first.due


def kept(of: Sequence[Running]) -> dict[str, Any]:
    """The columns of `cases` that say when it is due."""
    due, due_at = next_of(of)
    return {"deadlines": msgspec.to_builtins(of), "due": due, "due_at": due_at}


def says(kind: str, name: str) -> str:
    """What is to be done by a deadline."""
    return KINDS[kind].deadline(name).says if name else "nothing is due"


def _after(count: int, unit: str, since: datetime, calendar: BusinessDays) -> datetime:
    if unit == "business days":
        return calendar.after(since, count)
    return since + timedelta(hours=count if unit == "hours" else 24 * count)
