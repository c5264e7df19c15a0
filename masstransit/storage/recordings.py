"""Queries of recordings, and of what each leg was told and answered before, to which is only ever added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from masstransit.storage.tables import recording_events, recordings

r, e = recordings.c, recording_events.c


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Put a recording on record, with the columns of `recordings`."""
    connection.execute(insert(recordings), dict(row))


def change(connection: Connection, account: str, sid: str, **values: Any) -> None:
    """What became of it."""
    connection.execute(update(recordings).where(r.account == account, r.sid == sid).values(**values))


def find(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One recording of an account."""
    return connection.execute(select(recordings).where(r.account == account, r.sid == sid)).one_or_none()


def of_call(connection: Connection, account: str, call: str) -> Sequence[Row[Any]]:
    """The recordings of a call, in the order in which they were asked for."""
    mine = select(recordings).where(r.account == account, r.call == call)
    return connection.execute(mine.order_by(r.asked_at, r.sid)).all()


def note(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """What legs were told and answered: the columns of `recording_events` but for `number`, which counts on."""
    for row in rows:
        mine = (e.account == row["account"], e.sid == row["sid"])
        last = connection.execute(select(func.max(e.number)).where(*mine)).scalar()
        connection.execute(
            insert(recording_events), {"told": {}, "leg": None, "person": None, **row, "number": (last or 0) + 1}
        )


def events(connection: Connection, account: str, sid: str) -> Sequence[Row[Any]]:
    """What was told and answered, in order."""
    mine = select(recording_events).where(e.account == account, e.sid == sid)
    return connection.execute(mine.order_by(e.number)).all()


def unfinished(connection: Connection, sids: Sequence[str]) -> Sequence[Row[Any]]:
    """Those of some recordings that have not ended by the record."""
    return connection.execute(select(recordings).where(r.sid.in_(sids), r.ended_at.is_(None))).all()
