"""The debugger's log: what went wrong for an account, for its engineers to read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

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


def add(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep alerts, whole as the table has them."""
    if rows:
        connection.execute(insert(alerts), list(rows))


def told_about(connection: Connection, sids: Collection[str], code: int) -> set[str]:
    """Those of some messages about which there is an alert with this code."""
    asked = select(alerts.c.about).where(alerts.c.about.in_(sids), alerts.c.error_code == code)
    return {row.about for row in connection.execute(asked)}


def find(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One alert."""
    return connection.execute(select(alerts).where(alerts.c.account == account, alerts.c.sid == sid)).one_or_none()
