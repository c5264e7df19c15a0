"""Queries of communications as the SDKs list them. What was refused on the spot never was a message to its sender."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, func, select, update

from masstransit.storage import media, short_links
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import communications

_NOT_A_MESSAGE = "refused"
_MESSAGE = select(communications, media.COUNT).where(communications.c.kind.not_in(("FAX", "EMAIL")))
_SENT = func.coalesce(communications.c.sent_at, communications.c.created_at)


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Which messages a list asks for; times are half-open."""

    to: str | None = None
    sender: str | None = None
    sent_from: datetime | None = None
    sent_before: datetime | None = None


def fetch(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One message, with how many media it has (`media_count`)."""
    return connection.execute(
        _MESSAGE.where(
            communications.c.account == account,
            communications.c.sid == sid,
            communications.c.status != _NOT_A_MESSAGE,
        )
    ).one_or_none()


def page(connection: Connection, account: str, filters: Filters, part: Slice) -> Sheet:
    """An account's messages, the newest first."""
    c = communications.c
    query = _MESSAGE.where(c.account == account, c.status != _NOT_A_MESSAGE)
    if filters.to is not None:
        query = query.where(c.recipient == filters.to)
    if filters.sender is not None:
        query = query.where(c.sender == filters.sender)
    if filters.sent_from is not None:
        query = query.where(filters.sent_from <= _SENT)
    if filters.sent_before is not None:
        query = query.where(filters.sent_before > _SENT)
    return sheet(connection, query, (c.created_at, c.sid), part)


def remove(connection: Connection, account: str, sid: str) -> None:
    """Forget a message, and what was attached to it. The decisions about it stay."""
    media.forget(connection, [(account, sid)])
    short_links.forget(connection, [(account, sid)])
    connection.execute(delete(communications).where(communications.c.account == account, communications.c.sid == sid))


def note(connection: Connection, account: str, sid: str, attrs: Mapping[str, Any], now: datetime) -> None:
    """Keep what no rule reads beside a message."""
    connection.execute(
        update(communications)
        .where(communications.c.account == account, communications.c.sid == sid)
        .values(attrs=dict(attrs), updated_at=now)
    )
