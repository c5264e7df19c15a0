"""Queries of calls to customers' servers: when, where and what came of it, for some days (`retention`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from masstransit.storage.bulk import Bulk
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import webhook_attempts

w = webhook_attempts.c
_ADD = Bulk(insert(webhook_attempts))


def add(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep calls, with the columns of `webhook_attempts`."""
    _ADD.run(connection, rows)


def listed(connection: Connection, account: str, part: Slice, *, failed: bool = False) -> Sheet:
    """Calls to an account's servers, the newest first: all, or those that were not taken."""
    query = select(webhook_attempts).where(w.account == account)
    if failed:
        query = query.where(w.error != "")
    return sheet(connection, query, (w.at, w.attempt), part)


def about(connection: Connection, account: str, sid: str, at_most: int) -> Sequence[Row[Any]]:
    """Calls about one message, the newest first."""
    query = select(webhook_attempts).where(w.account == account, w.about == sid)
    return connection.execute(query.order_by(w.at.desc(), w.attempt).limit(at_most)).all()
