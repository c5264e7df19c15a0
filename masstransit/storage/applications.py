"""Applications: sets of webhooks that messages and numbers share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, insert, select, update

from masstransit.errors import NotFound
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import applications, numbers


def create(connection: Connection, account: str, sid: str, now: datetime, values: Mapping[str, Any]) -> Row[Any]:
    """Make an application."""
    row = {**values, "account": account, "sid": sid, "created_at": now, "updated_at": now}
    connection.execute(insert(applications).values(row))
    return connection.execute(select(applications).where(_one(account, sid))).one()


def find(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One application of an account."""
    return connection.execute(select(applications).where(_one(account, sid))).one_or_none()


def all_of(connection: Connection, account: str, part: Slice, *, name: str | None = None) -> Sheet:
    """An account's applications, the newest first; only those of a name where one is given."""
    query = select(applications).where(applications.c.account == account)
    if name is not None:
        query = query.where(applications.c.friendly_name == name)
    return sheet(connection, query, (applications.c.created_at, applications.c.sid), part)


def change(connection: Connection, account: str, sid: str, now: datetime, values: Mapping[str, Any]) -> Row[Any]:
    """Change some columns; the application as it is then. Raises `NotFound`."""
    statement = update(applications).where(_one(account, sid)).values(**values, updated_at=now)
    if connection.execute(statement).rowcount != 1:
        raise NotFound(f"The application {sid[:34]} was not found")
    return connection.execute(select(applications).where(_one(account, sid))).one()


def remove(connection: Connection, account: str, sid: str) -> None:
    """Forget an application; the numbers that named it go by their own webhooks again. Raises `NotFound`."""
    if connection.execute(delete(applications).where(_one(account, sid))).rowcount != 1:
        raise NotFound(f"The application {sid[:34]} was not found")
    for column in (numbers.c.sms_application, numbers.c.voice_application):
        named = and_(numbers.c.account == account, column == sid)
        connection.execute(update(numbers).where(named).values({column.name: None}))


def _one(account: str, sid: str) -> Any:
    return and_(applications.c.account == account, applications.c.sid == sid)
