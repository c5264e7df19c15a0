"""Queries of calls that are to be made later.

A row waits (`scheduled`) until it is due, and is claimed by the process that then makes the call. One that was let out
leaves this table, being a call like any other by then; one that was taken back, or was not made, stays as that.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, func, insert, or_, select, tuple_, update

from masstransit.storage.calls import REFUSED, Filters
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import calls, processes, scheduled_calls

WAITS = "scheduled"
c = scheduled_calls.c
_UNCLAIMED: dict[str, Any] = {"claimed_by": None, "claimed_at": None}
_FREE = (c.status == WAITS, c.claimed_by.is_(None))


def add(connection: Connection, row: dict[str, Any]) -> None:
    """Keep a call that is to be made: `account`, `sid`, `sender`, `recipient`, `due_at`, `created_at`, `plan`."""
    made = {"ready_at": row["due_at"], "updated_at": row["created_at"]}
    connection.execute(insert(scheduled_calls), made | row)


def claim(connection: Connection, process: str, now: datetime, limit: int) -> list[Row[*tuple[Any, ...]]]:
    """Take up to `limit` calls that are due, the oldest first."""
    ready = select(c.account, c.sid).where(*_FREE, c.ready_at <= now).order_by(c.ready_at).limit(limit)
    if connection.dialect.name == "postgresql":
        ready = ready.with_for_update(skip_locked=True)
    taken = connection.execute(
        update(scheduled_calls)
        .where(tuple_(c.account, c.sid).in_(ready))
        .values(claimed_by=process, claimed_at=now)
        .returning(*scheduled_calls.c)
    )
    return sorted(taken, key=lambda row: row.ready_at)


def release(connection: Connection, process: str, before: datetime) -> None:
    """Free what this process had claimed, which has none in hand just now, and what processes had claimed before then
    that are gone: one that has just begun is not listed yet."""
    gone = c.claimed_by.not_in(select(processes.c.process)) & (c.claimed_at < before)
    stray = (c.claimed_by.is_not(None), or_(c.claimed_by == process, gone))
    connection.execute(update(scheduled_calls).where(*stray).values(_UNCLAIMED))


def next_at(connection: Connection) -> datetime | None:
    """When the next of those that wait is to be looked at; None: none waits."""
    at: datetime | None = connection.execute(select(func.min(c.ready_at)).where(*_FREE)).scalar_one()
    return at


def put_back(connection: Connection, account: str, sid: str, ready_at: datetime) -> None:
    """Look at a call again then."""
    connection.execute(_one(account, sid).values({**_UNCLAIMED, "ready_at": ready_at}))


def change(connection: Connection, account: str, sid: str, plan: Any, now: datetime) -> bool:
    """Make a call that waits by another plan. False: it does not wait any more."""
    changed = connection.execute(_one(account, sid).where(*_FREE).values(plan=plan, updated_at=now))
    return changed.rowcount > 0


def take_back(connection: Connection, account: str, sid: str, now: datetime) -> bool:
    """It is not to be made. False: it does not wait any more."""
    return _end(connection, account, sid, "canceled", now, *_FREE)


def fail(connection: Connection, account: str, sid: str, now: datetime) -> None:
    """It was due and was not made."""
    _end(connection, account, sid, "failed", now)


def _end(
    connection: Connection, account: str, sid: str, status: str, now: datetime, *only: ColumnElement[bool]
) -> bool:
    values = {"status": status, "updated_at": now, "ended_at": now, "plan": {}, **_UNCLAIMED}
    return connection.execute(_one(account, sid).where(*only).values(values)).rowcount > 0


def _one(account: str, sid: str) -> Any:
    return update(scheduled_calls).where(c.account == account, c.sid == sid)


def made(connection: Connection, account: str, sid: str) -> None:
    """It is a call like any other from now on."""
    connection.execute(delete(scheduled_calls).where(c.account == account, c.sid == sid))


def take_off(connection: Connection, account: str, sid: str) -> None:
    """Show one that is over no more."""
    connection.execute(_one(account, sid).values(removed=True))


def fetch(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One that waits, was taken back or was not made, as its customer knows it."""
    return connection.execute(_listed(account).where(c.sid == sid)).one_or_none()


def locate(connection: Connection, sid: str) -> Row[Any] | None:
    """One by its SID alone, for the operator."""
    return connection.execute(select(scheduled_calls).where(c.sid == sid)).one_or_none()


def page(connection: Connection, account: str, filters: Filters, part: Slice) -> Sheet:
    """An account's, the newest first. They are nobody's legs, and neither began nor ended at any time."""
    others = (filters.parent, filters.started_from, filters.started_before, filters.ended_from, filters.ended_before)
    if any(each is not None for each in others):
        return Sheet((), before=False, behind=False)
    asked = ((c.recipient, filters.to), (c.sender, filters.sender), (c.status, filters.status))
    query = _listed(account).where(*(column == value for column, value in asked if value is not None))
    return sheet(connection, query, (c.created_at, c.sid), part)


def _listed(account: str) -> Select[Any]:
    """Those that are not in `calls` as calls: for a moment, and after a crash, one that was let out is in both. In a
    list of calls each stands where it was asked for: that is its `offered_at`."""
    k = calls.c
    called = select(k.sid).where(k.account == c.account, k.sid == c.sid, k.status != REFUSED).exists()
    columns = (*scheduled_calls.c, c.created_at.label("offered_at"))
    return select(*columns).where(c.account == account, c.removed.is_(False), ~called)
