"""The debugger's log: what went wrong for an account, for its engineers to read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import alerts


def all_of(
    connection: Connection,
    account: str,
    part: Slice,
    *,
    level: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Sheet:
    """An account's alerts, the newest first, from `since` to before `until`."""
    query = select(alerts).where(alerts.c.account == account)
    if level is not None:
        query = query.where(alerts.c.level == level)
    if since is not None:
        query = query.where(alerts.c.at >= since)
    if until is not None:
        query = query.where(alerts.c.at < until)
    return sheet(connection, query, (alerts.c.at, alerts.c.sid), part)


def find(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One alert."""
    return connection.execute(select(alerts).where(alerts.c.account == account, alerts.c.sid == sid)).one_or_none()
