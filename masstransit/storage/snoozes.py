"""Snoozes: rules that bind nothing of one unit for a while, because a person said so."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from masstransit.storage.dialects import among
from masstransit.storage.lookup import Lookup
from masstransit.storage.tables import snoozes

z = snoozes.c


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Put a snooze on record, with the columns of `snoozes`."""
    connection.execute(insert(snoozes), dict(row))


_LASTING = (
    select(snoozes)
    .where(
        z.since <= bindparam("at", type_=z.since.type),
        z.until > bindparam("at", type_=z.since.type),
        z.ended_at.is_(None),
    )
    .order_by(z.since, z.snooze)
)
_LASTING_OF = Lookup(_LASTING.where(among(z.account, "accounts")))


def lasting(connection: Connection, at: datetime, of: Collection[str] | None = None) -> Sequence[Row[*tuple[Any, ...]]]:
    """The snoozes that last, the oldest first: of some accounts, or all."""
    if of is not None:
        return _LASTING_OF.rows(connection, accounts=of, at=at)
    return connection.execute(_LASTING, {"at": at}).all()


def find(connection: Connection, snooze: str) -> Row[Any] | None:
    """A snooze by its name."""
    return connection.execute(select(snoozes).where(z.snooze == snooze)).first()


def end(connection: Connection, snooze: str, at: datetime, by: str) -> bool:
    """A snooze ends before its time. False: it had ended."""
    lasts = (z.snooze == snooze, z.ended_at.is_(None), z.until > at)
    return connection.execute(update(snoozes).where(*lasts).values(ended_at=at, ended_by=by)).rowcount == 1
