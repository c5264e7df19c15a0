"""Queries of mail that arrived for an account, with the file that each came as (`source`; NULL: none is kept)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from masstransit.storage import media
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import communications

c = communications.c
_ARRIVED = select(communications, media.SOURCE).where(c.kind == "EMAIL", c.direction == "inbound", c.status != "failed")


def find(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One; none that was refused."""
    return connection.execute(_ARRIVED.where(c.account == account, c.sid == sid)).one_or_none()


def listed(connection: Connection, account: str, part: Slice, *, to: str = "") -> Sheet:
    """All that was taken, the newest first; what came to one address, where it is told."""
    query = _ARRIVED.where(c.account == account)
    return sheet(connection, query.where(c.recipient == to) if to else query, (c.created_at, c.sid), part)
