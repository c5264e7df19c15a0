"""Queries of second looks at what one reviewer decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from masstransit.storage.dialects import insert_or_ignore
from masstransit.storage.tables import second_reviews

r = second_reviews.c


def ask_second(connection: Connection, row: Mapping[str, Any]) -> None:
    """Ask somebody else to look too: `account`, `sid`, `rule`, `first`, `first_by`, `first_at`."""
    insert_or_ignore(connection, second_reviews, dict(row))


def asked(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """What is asked of a message."""
    return connection.execute(select(second_reviews).where(r.account == account, r.sid == sid)).one_or_none()


def waiting(connection: Connection, not_by: str, at_most: int) -> Sequence[Row[Any]]:
    """Those that nobody has looked at a second time, the oldest first; those left out that this person decided."""
    query = select(second_reviews).where(r.second.is_(None), r.first_by != not_by)
    return connection.execute(query.order_by(r.first_at).limit(at_most)).all()


def answer(connection: Connection, account: str, sid: str, said: Mapping[str, Any]) -> bool:
    """Keep the second word: `second`, `second_by`, `second_at`. False: it was said before."""
    kept = update(second_reviews).where(r.account == account, r.sid == sid, r.second.is_(None)).values(**said)
    return connection.execute(kept).rowcount > 0


def since(connection: Connection, then: datetime) -> Sequence[Row[Any]]:
    """Those asked for since then, the newest first."""
    return connection.execute(select(second_reviews).where(r.first_at >= then).order_by(r.first_at.desc())).all()
