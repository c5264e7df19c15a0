"""Queries of recordings, and of what each leg was told and answered before, to which is only ever added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, func, insert, or_, select, update

from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import recording_events, recordings

r, e = recordings.c, recording_events.c


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is asked for; None: everything. Times are half-open."""

    call: str | None = None
    asked_from: datetime | None = None
    asked_before: datetime | None = None
    soundless: bool = False  #: those too whose sound is gone, or never was


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Put a recording on record, with the columns of `recordings`."""
    connection.execute(insert(recordings), dict(row))


def change(connection: Connection, account: str, sid: str, **values: Any) -> None:
    """What became of it."""
    connection.execute(update(recordings).where(r.account == account, r.sid == sid).values(**values))


def find(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One recording of an account."""
    return connection.execute(select(recordings).where(r.account == account, r.sid == sid)).one_or_none()


def locate(connection: Connection, sid: str) -> Row[Any] | None:
    """A recording, whosever it is: for the operator."""
    return connection.execute(select(recordings).where(r.sid == sid)).one_or_none()


def of_call(connection: Connection, account: str, call: str) -> Sequence[Row[Any]]:
    """The recordings of a call, in the order in which they were asked for."""
    return of_calls(connection, account, [call])


def of_calls(connection: Connection, account: str, calls: Sequence[str]) -> Sequence[Row[Any]]:
    """The same of several: of calls or of conferences."""
    mine = select(recordings).where(r.account == account, r.call.in_(calls))
    return connection.execute(mine.order_by(r.asked_at, r.sid)).all()


def page(connection: Connection, account: str, filters: Filters, part: Slice) -> Sheet:
    """An account's recordings, the newest first; nothing of what was listened to or written down, and
    nothing of video rooms, which list their own."""
    query = select(recordings).where(r.account == account, r.act == "record", r.source != "room")
    if not filters.soundless:
        query = query.where(r.deleted_at.is_(None), r.erased_at.is_(None))
    if filters.call is not None:
        query = query.where(r.call == filters.call)
    if filters.asked_from is not None:
        query = query.where(r.asked_at >= filters.asked_from)
    if filters.asked_before is not None:
        query = query.where(r.asked_at < filters.asked_before)
    return sheet(connection, query, (r.asked_at, r.sid), part)


def to_erase(
    connection: Connection, sids: Sequence[str], ended_before: datetime | None, spared: frozenset[str]
) -> Sequence[Row[Any]]:
    """Of some recordings those whose sound is to go: they were deleted, or ended before an instant."""
    due: ColumnElement[bool] = r.deleted_at.is_not(None)
    if ended_before is not None:
        due = or_(due, r.ended_at < ended_before)
    kept = select(recordings).where(r.sid.in_(sids), r.ended_at.is_not(None), r.erased_at.is_(None))
    return connection.execute(kept.where(r.account.not_in(spared), due)).all()


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
