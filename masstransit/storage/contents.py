"""Content templates: texts that are written once and sent with variables filled in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, insert, select

from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import contents


def create(connection: Connection, account: str, sid: str, now: datetime, values: Mapping[str, Any]) -> Row[Any]:
    """Keep a template."""
    row = {**values, "account": account, "sid": sid, "created_at": now, "updated_at": now}
    connection.execute(insert(contents).values(row))
    return connection.execute(select(contents).where(_one(account, sid))).one()


def find(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One template of an account."""
    return connection.execute(select(contents).where(_one(account, sid))).one_or_none()


def all_of(connection: Connection, account: str, part: Slice) -> Sheet:
    """An account's templates, the newest first."""
    query = select(contents).where(contents.c.account == account)
    return sheet(connection, query, (contents.c.created_at, contents.c.sid), part)


def remove(connection: Connection, account: str, sid: str) -> bool:
    """Forget a template; what was sent with it stays as it was. False: there was none."""
    return connection.execute(delete(contents).where(_one(account, sid))).rowcount > 0


def _one(account: str, sid: str) -> Any:
    return and_(contents.c.account == account, contents.c.sid == sid)
