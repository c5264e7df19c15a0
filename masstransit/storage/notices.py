"""Queries of notices: what a customer is to be told, until they took it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from masstransit.storage.bulk import Bulk
from masstransit.storage.dialects import either
from masstransit.storage.tables import notices, processes

_ADD = Bulk(insert(notices))


def add(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Keep notices."""
    _ADD.run(connection, rows)


_MINE = either((notices.c.account, notices.c.id), "keys")


def claim(
    connection: Connection,
    way: str,
    process: str,
    now: datetime,
    limit: int,
    *,
    targets: Sequence[str] | None = None,
) -> list[Row[Any]]:
    """Take up to `limit` notices of one way that are ready; what a process that fell silent had claimed is free."""
    living = select(processes.c.process)
    ready = (
        select(notices.c.account, notices.c.id)
        .where(
            notices.c.way == way,
            or_(notices.c.claimed_by.is_(None), notices.c.claimed_by.not_in(living)),
            notices.c.ready_at <= now,
        )
        .order_by(notices.c.ready_at)
        .limit(limit)
    )
    if targets is not None:
        ready = ready.where(notices.c.target.in_(targets))
    if connection.dialect.name == "postgresql":
        ready = ready.with_for_update(skip_locked=True)
    keys = [(r.account, r.id) for r in connection.execute(ready)]
    if not keys:
        return []
    taken = update(notices).where(_MINE).values(claimed_by=process, attempts=notices.c.attempts + 1)
    connection.execute(taken, {"keys": keys})
    return list(connection.execute(select(notices).where(_MINE).order_by(notices.c.ready_at), {"keys": keys}))


def put_back(
    connection: Connection, keys: Sequence[tuple[str, str]], ready_at: datetime, *, tried: bool = True
) -> None:
    """Unclaim notices that were not taken, to be tried at `ready_at`. Not `tried`: it was no attempt."""
    if keys:
        spent = {} if tried else {"attempts": notices.c.attempts - 1}
        back = update(notices).where(_MINE).values(claimed_by=None, ready_at=ready_at, **spent)
        connection.execute(back, {"keys": keys})


def drop(connection: Connection, keys: Sequence[tuple[str, str]]) -> None:
    """Forget notices that were taken, or whose time is over."""
    if keys:
        connection.execute(delete(notices).where(_MINE), {"keys": keys})


def under_way(connection: Connection, account: str, at_most: int, about: str | None = None) -> Sequence[Row[Any]]:
    """What an account's servers have not taken yet, in order of the next try: all, or about one message."""
    query = select(notices).where(notices.c.account == account, notices.c.way == "webhook")
    if about is not None:
        query = query.where(notices.c.about == about)
    return connection.execute(query.order_by(notices.c.ready_at, notices.c.id).limit(at_most)).all()


def find(connection: Connection, account: str, id: str) -> Row[Any] | None:  # noqa: A002
    """One notice that is under way to an account's server."""
    mine = (notices.c.account == account, notices.c.id == id, notices.c.way == "webhook")
    return connection.execute(select(notices).where(*mine)).one_or_none()
