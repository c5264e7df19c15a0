"""The debugger's log: what went wrong for an account, for its engineers to read; what went wrong in the house itself,
under no account, for the operator."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from masstransit.model.sid import new_sid
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import alerts

OPERATOR = ""  #: the account of alerts that are the operator's: nobody's own


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


def alert(
    account: str,
    code: int,
    text: str,
    at: datetime,
    *,
    about: str | None,
    level: str = "warning",
    attrs: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A row for `add`."""
    return {
        "account": account,
        "sid": new_sid("NO"),
        "at": at,
        "level": level,
        "error_code": code,
        "about": about,
        "text": text,
        "attrs": dict(attrs or {}),
    }


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


def warn_operator(connection: Connection, about: str, text: str, at: datetime) -> None:
    """Leave the operator an alert."""
    add(connection, [alert(OPERATOR, 0, text, at, about=about)])


def warned_operator(connection: Connection, about: str, since: datetime) -> bool:
    """Whether the operator was alerted about something since then."""
    a = alerts.c
    query = select(a.sid).where(a.account == OPERATOR, a.at >= since, a.about == about)
    return connection.execute(query.limit(1)).first() is not None


def for_operator(connection: Connection, since: datetime, *, at_most: int = 50) -> Sequence[Row[*tuple[Any, ...]]]:
    """The operator's alerts since then, the newest first."""
    a = alerts.c
    query = select(alerts).where(a.account == OPERATOR, a.at >= since).order_by(a.at.desc())
    return connection.execute(query.limit(at_most)).all()
