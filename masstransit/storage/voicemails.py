"""Queries of messages that people left in mailboxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, and_, exists, func, insert, or_, select, update

from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import mailboxes, recordings, voicemails

v = voicemails.c
HELD = ("new", "heard", "kept")  #: the states of a message that its owner has
GONE = ("refused", "nothing", "deleted")  #: of one whose sound goes
_MOST = 500


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Which messages a list asks for; None: any."""

    mailbox: str | None = None
    state: str | None = None


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """A message that is being left."""
    connection.execute(insert(voicemails), dict(row))


def find(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One message of an account, whatever became of it."""
    return connection.execute(select(voicemails).where(v.account == account, v.sid == sid)).one_or_none()


def held(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One that its owner has."""
    row = find(connection, account, sid)
    return row if row is not None and row.state in HELD else None


def settle(connection: Connection, account: str, sid: str, was: Sequence[str], state: str, **values: Any) -> bool:
    """A message becomes something else, if it still is what it was; whether it was."""
    mine = update(voicemails).where(v.account == account, v.sid == sid, v.state.in_(was))
    return connection.execute(mine.values(state=state, **values)).rowcount > 0


def of_mailbox(connection: Connection, account: str, mailbox: str) -> Sequence[Row[Any]]:
    """What is in a mailbox, new messages first, each kind the oldest first."""
    inside = (v.account == account, v.mailbox == mailbox, v.state.in_(HELD))
    rows = connection.execute(select(voicemails).where(*inside).order_by(v.left_at, v.sid)).all()
    return sorted(rows, key=lambda row: row.state != "new")


def waiting(connection: Connection, account: str) -> dict[str, int]:
    """Mailbox -> how many new messages are in it."""
    new = select(v.mailbox, func.count()).where(v.account == account, v.state == "new").group_by(v.mailbox)
    return {str(mailbox): int(count) for mailbox, count in connection.execute(new)}


def page(connection: Connection, account: str, filters: Filters, part: Slice) -> Sheet:
    """An account's messages, the newest first."""
    query = select(voicemails).where(v.account == account)
    query = query.where(v.state.in_(HELD) if filters.state is None else v.state == filters.state)
    if filters.mailbox is not None:
        query = query.where(v.mailbox == filters.mailbox)
    return sheet(connection, query, (v.left_at, v.sid), part)


def empty(connection: Connection, account: str, mailbox: str, now: datetime) -> None:
    """Everything in a mailbox is deleted."""
    inside = (v.account == account, v.mailbox == mailbox, v.state.in_(HELD))
    connection.execute(update(voicemails).where(*inside).values(state="deleted", gone_at=now))


def expire(connection: Connection, now: datetime) -> int:
    """Delete messages whose time in their mailbox is over; how many."""
    terms = [days for (days,) in connection.execute(select(mailboxes.c.keep_days).distinct())]
    gone = 0
    for days in terms:
        inside = exists().where(
            mailboxes.c.account == v.account, mailboxes.c.sid == v.mailbox, mailboxes.c.keep_days == days
        )
        over = update(voicemails).where(v.state.in_(HELD), v.left_at < now - timedelta(days=days), inside)
        gone += connection.execute(over.values(state="deleted", gone_at=now)).rowcount
    return gone


# --- what a killed process left -----------------------------------------------------------------------------------

_SOURCES = ("voicemail", "greeting")
_SETTLED = timedelta(minutes=10)  # what is younger may yet be made a message or a greeting
_SOUND = and_(recordings.c.account == v.account, recordings.c.sid == v.recording)


def unsettled(connection: Connection) -> Sequence[Row[Any]]:
    """Messages that are at their end and still count as being left."""
    ended = select(voicemails).join(recordings, _SOUND).where(v.state == "arriving", recordings.c.ended_at.is_not(None))
    return connection.execute(ended.limit(_MOST)).all()


def unerased(connection: Connection, now: datetime) -> Sequence[Row[str, str]]:
    """`account` and `recording` of sound that is to go: its message is gone, or there never was one; of a greeting it
    was kept elsewhere, or its call broke off."""
    r = recordings.c
    mine = (r.source.in_(_SOURCES), r.ended_at.is_not(None), r.deleted_at.is_(None), r.erased_at.is_(None))
    sound = select(r.account, r.sid.label("recording")).outerjoin(voicemails, _SOUND).where(*mine)
    nobodys = and_(v.sid.is_(None), r.ended_at < now - _SETTLED)
    return connection.execute(sound.where(or_(nobodys, v.state.in_(GONE))).limit(_MOST)).all()
