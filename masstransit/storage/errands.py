"""Queries of errands: what the desk had done beside the traffic, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import errands

e = errands.c


def add(
    connection: Connection, errand: str, kind: str, *, at: datetime, user: str, name: str, asked: Mapping[str, Any]
) -> None:
    """Keep that one was begun, by whom and what was asked."""
    row = {"errand": errand, "kind": kind, "at": at, "user": user, "name": name[:128], "asked": dict(asked)}
    connection.execute(insert(errands).values(**row, failed=""))


def end(connection: Connection, errand: str, at: datetime, *, result: Any = None, failed: str = "") -> None:
    """Keep what came of it."""
    ended = update(errands).where(e.errand == errand, e.ended_at.is_(None))
    connection.execute(ended.values(ended_at=at, result=result, failed=failed[:512]))


def find(connection: Connection, kind: str, errand: str) -> Row[Any] | None:
    """One of a kind."""
    return connection.execute(select(errands).where(e.errand == errand, e.kind == kind)).first()


def listed(connection: Connection, kind: str, part: Slice) -> Sheet:
    """Those of a kind, the newest first; without what came of them."""
    query = select(e.errand, e.at, e.user, e.name, e.asked, e.ended_at, e.failed).where(e.kind == kind)
    return sheet(connection, query, (e.at, e.errand), part)


def done(connection: Connection, kind: str, at_most: int) -> Sequence[Row[Any]]:
    """The last of a kind of which something came, the newest first."""
    query = select(errands).where(e.kind == kind, e.result.is_not(None))
    return connection.execute(query.order_by(e.at.desc(), e.errand.desc()).limit(at_most)).all()
