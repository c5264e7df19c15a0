"""Queries of video rooms and of who was in them. Who is inside just now only the process knows that carries one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, tuple_, update

from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import processes, video_participants, video_rooms

r, p = video_rooms.c, video_participants.c


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Which rooms a list asks for; times are half-open."""

    name: str | None = None
    status: str | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Put a room on record, with the columns of its table."""
    connection.execute(insert(video_rooms), dict(row))


def mark(connection: Connection, account: str, sid: str, at: datetime, **values: Any) -> None:
    """What it is at now; one that is over stays as it was."""
    mine = (r.account == account, r.sid == sid, r.ended_at.is_(None))
    connection.execute(update(video_rooms).where(*mine).values(updated_at=at, **values))


def find(connection: Connection, account: str, name: str) -> Row[Any] | None:
    """A room of an account, by its SID, or by its name while it goes on."""
    mine = select(video_rooms).where(r.account == account)
    known = connection.execute(mine.where(r.sid == name)).one_or_none()
    if known is not None:
        return known
    latest = mine.where(r.name == name, r.ended_at.is_(None)).order_by(r.created_at.desc()).limit(1)
    return connection.execute(latest).one_or_none()


def page(connection: Connection, account: str, filters: Filters, part: Slice) -> Sheet:
    """An account's rooms, the newest first."""
    query = select(video_rooms).where(r.account == account)
    for column, value in ((r.name, filters.name), (r.status, filters.status)):
        query = query if value is None else query.where(column == value)
    if filters.created_from is not None:
        query = query.where(r.created_at >= filters.created_from)
    if filters.created_before is not None:
        query = query.where(r.created_at < filters.created_before)
    return sheet(connection, query, (r.created_at, r.sid), part)


def going(connection: Connection, process: str) -> Sequence[Row[Any]]:
    """The rooms of a process that are not over."""
    mine = select(video_rooms).where(r.process == process, r.ended_at.is_(None))
    return connection.execute(mine.order_by(r.created_at)).all()


def is_alive(connection: Connection, process: str) -> bool:
    """Whether a process says that it serves."""
    return connection.execute(select(processes.c.process).where(processes.c.process == process)).first() is not None


# --- who is in one ----------------------------------------------------------------------------------------------------


def let_in(connection: Connection, row: Mapping[str, Any]) -> None:
    """Somebody was let into a room, or was not, with the columns of `video_participants`."""
    connection.execute(insert(video_participants), dict(row))


def gone(connection: Connection, account: str, sid: str, at: datetime, *, gone: str, reason: str) -> None:
    """Somebody is out of it."""
    mine = (p.account == account, p.sid == sid, p.left_at.is_(None))
    values = {"status": "disconnected", "left_at": at, "updated_at": at, "gone": gone, "reason": reason}
    connection.execute(update(video_participants).where(*mine).values(**values))


def participant(connection: Connection, account: str, room: str, name: str) -> Row[Any] | None:
    """Somebody who was let in, by their SID or by their identity: the latest of these."""
    mine = select(video_participants).where(p.account == account, p.room == room, p.status != "refused")
    latest = mine.where((p.sid == name) | (p.identity == name)).order_by(p.joined_at.desc()).limit(1)
    return connection.execute(latest).one_or_none()


def participants(
    connection: Connection, account: str, room: str, part: Slice, *, status: str | None = None, name: str | None = None
) -> Sheet:
    """Who was let in, the latest first."""
    query = select(video_participants).where(p.account == account, p.room == room, p.status != "refused")
    query = query if status is None else query.where(p.status == status)
    query = query if name is None else query.where(p.identity == name)
    return sheet(connection, query, (p.joined_at, p.sid), part)


def everybody(connection: Connection, account: str, room: str) -> Sequence[Row[Any]]:
    """All who were ever let into a room, in the order in which they came."""
    mine = select(video_participants).where(p.account == account, p.room == room, p.status != "refused")
    return connection.execute(mine.order_by(p.joined_at, p.sid)).all()


def last_number(connection: Connection, account: str, room: str) -> int:
    """The highest number that somebody had in a room; 0: nobody was in it."""
    asked = select(func.max(p.number)).where(p.account == account, p.room == room)
    return connection.execute(asked).scalar() or 0


def inside(connection: Connection, rooms: Collection[tuple[str, str]]) -> Sequence[Row[Any]]:
    """Who is in some rooms, by account and SID."""
    asked = tuple_(p.account, p.room).in_(list(rooms))
    return connection.execute(select(video_participants).where(asked, p.status == "connected")).all()


def removed(connection: Connection, rooms: Collection[tuple[str, str]]) -> set[tuple[str, str, str]]:
    """Who was put out of some rooms: account, room, identity."""
    asked = tuple_(p.account, p.room).in_(list(rooms))
    rows = connection.execute(select(p.account, p.room, p.identity).where(asked, p.gone == "removed"))
    return {(row.account, row.room, row.identity) for row in rows}


def end_orphans(connection: Connection, process: str, at: datetime) -> int:
    """At the start of a process: who was in rooms of its last life, or of a process that is gone, is not any more; how
    many. The rooms are there still."""
    lost = (r.process == process) | r.process.not_in(select(processes.c.process))
    rooms = select(r.sid).where(r.ended_at.is_(None), lost)
    left = update(video_participants).where(p.status == "connected", p.room.in_(rooms))
    values = {"status": "disconnected", "left_at": at, "updated_at": at, "gone": "lost"}
    return connection.execute(left.values(**values)).rowcount
