"""Snoozes: rules that bind nothing of one unit for a while, because a person said so."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from masstransit.storage.tables import snoozes

z = snoozes.c


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Put a snooze on record, with the columns of `snoozes`."""
    connection.execute(insert(snoozes), dict(row))


def lasting(connection: Connection, at: datetime, of: Collection[str] | None = None) -> Sequence[Row[*tuple[Any, ...]]]:
    """The snoozes that last, the oldest first: of some accounts, or all."""
    query = select(snoozes).where(z.since <= at, z.until > at, z.ended_at.is_(None))
    if of is not None:
        query = query.where(z.account.in_(of))
    return connection.execute(query.order_by(z.since, z.snooze)).all()


def find(connection: Connection, snooze: str) -> Row[Any] | None:
    """A snooze by its name."""
    return connection.execute(select(snoozes).where(z.snooze == snooze)).first()


def end(connection: Connection, snooze: str, at: datetime, by: str) -> bool:
    """A snooze ends before its time. False: it had ended."""
    lasts = (z.snooze == snooze, z.ended_at.is_(None), z.until > at)
    return connection.execute(update(snoozes).where(*lasts).values(ended_at=at, ended_by=by)).rowcount == 1
