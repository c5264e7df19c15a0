"""Queries of what people did at the pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from masstransit.model.sid import new_sid
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import acts

a = acts.c


def add(
    connection: Connection, *, account: str, at: datetime, user: str, name: str, what: str, about: str,
    told: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """Keep an act; its row."""
    row = {
        "account": account,
        "act": new_sid("AE"),
        "at": at,
        "user": user,
        "name": name[:128],
        "what": what[:48],
        "about": about[:128],
        "told": dict(told),
    }
    connection.execute(insert(acts).values(**row))
    return row


def listed(
    connection: Connection,
    part: Slice,
    *,
    account: str | None = None,
    user: str | None = None,
    about: str | None = None,
) -> Sheet:
    """Acts, the newest first: all, of an account, by a user, or about something."""
    query = select(acts)
    for column, value in ((a.account, account), (a.user, user), (a.about, about)):
        if value is not None:
            query = query.where(column == value)
    return sheet(connection, query, (a.at, a.act), part)


def count(connection: Connection, user: str, what: str, since: datetime) -> int:
    """How often a user did something since then."""
    query = select(func.count()).where(a.user == user, a.what == what, a.at >= since)
    return int(connection.execute(query).scalar_one())


def has(connection: Connection, user: str, what: str, about: str) -> bool:
    """Whether a user did something about something."""
    query = select(a.act).where(a.user == user, a.what == what, a.about == about)
    return connection.execute(query.limit(1)).first() is not None
