"""Conferences as they are on record: when each began and ended, and why. Who is inside only its process knows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select, update

from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import conferences, processes

c = conferences.c


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Which conferences a list asks for; times are half-open."""

    name: str | None = None
    status: str | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    updated_from: datetime | None = None
    updated_before: datetime | None = None


def add(connection: Connection, row: dict[str, Any]) -> None:
    """Put a conference on record, with the columns of its table."""
    connection.execute(insert(conferences).values(row))


def mark(connection: Connection, account: str, sid: str, at: datetime, **values: Any) -> None:
    """What it is at now; one that is over stays as it was."""
    mine = (c.account == account, c.sid == sid, c.ended_at.is_(None))
    connection.execute(update(conferences).where(*mine).values(updated_at=at, **values))


def find(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One conference of an account."""
    return connection.execute(select(conferences).where(c.account == account, c.sid == sid)).one_or_none()


def page(connection: Connection, account: str, filters: Filters, part: Slice) -> Sheet:
    """An account's conferences, the newest first."""
    query = select(conferences).where(c.account == account)
    for column, value in ((c.name, filters.name), (c.status, filters.status)):
        query = query if value is None else query.where(column == value)
    for column, since, until in (
        (c.created_at, filters.created_from, filters.created_before),
        (c.updated_at, filters.updated_from, filters.updated_before),
    ):
        query = query if since is None else query.where(column >= since)
        query = query if until is None else query.where(column < until)
    return sheet(connection, query, (c.created_at, c.sid), part)


def end_orphans(connection: Connection, process: str, at: datetime, reason: str, *, at_start: bool) -> int:
    """End those whose process is gone; how many. `at_start` of a process its own of its last life are over too."""
    gone = c.process.not_in(select(processes.c.process)) & (c.process != process)
    whose = (c.process == process) | gone if at_start else gone
    ended = update(conferences).where(c.ended_at.is_(None), whose)
    return connection.execute(ended.values(status="completed", ended_at=at, updated_at=at, reason=reason)).rowcount
