"""Queries of which policy was in force from when on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import revisions

r = revisions.c


def add(connection: Connection, *, revision: str, since: datetime, process: str, told: Mapping[str, Any]) -> None:
    """Keep that another policy is in force from then on."""
    connection.execute(insert(revisions).values(revision=revision, since=since, process=process, told=dict(told)))


def last(connection: Connection) -> Row[Any] | None:
    """The one in force."""
    return connection.execute(select(revisions).order_by(r.since.desc(), r.revision.desc()).limit(1)).first()


def find(connection: Connection, revision: str) -> Row[Any] | None:
    """A revision, as it came into force last."""
    query = select(revisions).where(r.revision == revision).order_by(r.since.desc())
    return connection.execute(query.limit(1)).first()


def before(connection: Connection, since: datetime) -> Row[Any] | None:
    """The one that was in force until then."""
    query = select(revisions).where(r.since < since).order_by(r.since.desc(), r.revision.desc())
    return connection.execute(query.limit(1)).first()


def listed(connection: Connection, part: Slice) -> Sheet:
    """All, the newest first."""
    return sheet(connection, select(revisions), (r.since, r.revision), part)
