"""Queries of faxes: what they have beside every communication."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, and_, delete, insert, or_, select, update

from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import communications, faxes

f, c = faxes.c, communications.c
_NEVER_WAS = "refused"  # on the spot: to its sender it never was a fax
_WHOLE = select(
    faxes, c.direction, c.sender, c.recipient, c.status, c.error_code, c.error_message, c.price, c.purpose, c.done_at
).join(communications, and_(c.account == f.account, c.sid == f.sid))
_ENDED = ("delivered", "undelivered", "failed", "canceled", "sent")
_MOST = 200


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Which faxes a list asks for; times are half-open."""

    to: str | None = None
    sender: str | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None


def one(row: Row[Any] | None) -> Sheet:
    """A list of one, or of none."""
    return Sheet(rows=[] if row is None else [row], before=False, behind=False)


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """A fax that is to be offered, or that came in."""
    connection.execute(insert(faxes), dict(row))


def find(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """A fax as it was put on record, whatever the gate made of it."""
    return connection.execute(select(faxes).where(f.account == account, f.sid == sid)).one_or_none()


def whole(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """A fax with the communication that it is."""
    mine = _WHOLE.where(f.account == account, f.sid == sid, c.status != _NEVER_WAS)
    return connection.execute(mine).one_or_none()


def page(connection: Connection, account: str, filters: Filters, part: Slice) -> Sheet:
    """An account's faxes, the newest first."""
    query = _WHOLE.where(f.account == account, c.status != _NEVER_WAS)
    if filters.to is not None:
        query = query.where(c.recipient == filters.to)
    if filters.sender is not None:
        query = query.where(c.sender == filters.sender)
    if filters.created_from is not None:
        query = query.where(f.created_at >= filters.created_from)
    if filters.created_before is not None:
        query = query.where(f.created_at < filters.created_before)
    return sheet(connection, query, (f.created_at, f.sid), part)


def change(connection: Connection, account: str, sid: str, **values: Any) -> None:
    """Something of it has changed."""
    connection.execute(update(faxes).where(f.account == account, f.sid == sid).values(**values))


def began(connection: Connection, account: str, sid: str, now: datetime) -> Row[Any] | None:
    """It is tried once more: as it is from now on. None: there is none."""
    mine = update(faxes).where(f.account == account, f.sid == sid)
    connection.execute(mine.values(tries=f.tries + 1, state="sending", updated_at=now))
    return find(connection, account, sid)


def broken_off(connection: Connection, now: datetime) -> None:
    """No fax is on its way: a process took those with it."""
    connection.execute(update(faxes).where(f.state == "sending").values(state="waiting", updated_at=now))


def remove(connection: Connection, account: str, sid: str) -> None:
    """Forget a fax, and the communication that it was."""
    connection.execute(delete(faxes).where(f.account == account, f.sid == sid))
    connection.execute(delete(communications).where(c.account == account, c.sid == sid))


def unkept(connection: Connection, before: datetime | None, *, unfetched: datetime) -> list[tuple[str, str, str]]:
    """(account, sid, media) of pages that are to go: of faxes that were sent and are not to be kept, of such that came
    in before `unfetched`, and of all that are older than `before`, where that is told."""
    ended = and_(c.direction == "outbound", or_(c.status.in_(_ENDED), f.state == "over"))
    conduit = and_(c.discard.is_(True), or_(ended, and_(c.direction == "inbound", f.created_at < unfetched)))
    due = conduit if before is None else or_(conduit, f.created_at < before)
    pages = select(f.account, f.sid, f.media).join(communications, and_(c.account == f.account, c.sid == f.sid))
    return [(r.account, r.sid, r.media) for r in connection.execute(pages.where(f.media != "", due).limit(_MOST))]
