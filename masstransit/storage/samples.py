"""Samples of texts that an authority called illegal: what tells texts that are substantially similar, never a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from masstransit.storage.tables import samples

s = samples.c


def add(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put samples on record, with the columns of `samples`."""
    connection.execute(insert(samples), [dict(row) for row in rows])


def in_force(connection: Connection, at: datetime, *, at_most: int = 2000) -> Sequence[Row[Any]]:
    """The samples that are blocked now, the newest first."""
    now = (s.since <= at, or_(s.until.is_(None), s.until > at))
    return connection.execute(select(samples).where(*now).order_by(s.since.desc(), s.sid).limit(at_most)).all()


def end(connection: Connection, sid: str, at: datetime) -> int:
    """The samples of a case block nothing from now on; how many there were."""
    mine = (s.sid == sid, or_(s.until.is_(None), s.until > at))
    return connection.execute(update(samples).where(*mine).values(until=at)).rowcount
