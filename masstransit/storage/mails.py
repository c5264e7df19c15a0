"""Queries of mails: what went to a customer's contacts, and what came of it. What is under way is in `notices` too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from masstransit.storage.tables import mails as table

m = table.c
WAITS, TAKEN = "waits", "taken"
REFUSED, LATE, UNSENT = "refused", "late", "unsent"  #: by the relay; given up; there is no relay


def add(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep mails, with the columns of `mails`."""
    if rows:
        connection.execute(insert(table), [dict(row) for row in rows])


def find(connection: Connection, account: str, mail: str) -> Row[Any] | None:
    """One."""
    return connection.execute(select(table).where(m.account == account, m.mail == mail)).one_or_none()


def change(connection: Connection, account: str, mail: str, **values: Any) -> None:
    """Note what became of one."""
    connection.execute(update(table).where(m.account == account, m.mail == mail).values(**values))


def of_statement(connection: Connection, account: str, statement: str) -> Sequence[Row[Any]]:
    """To whom a statement went, in order."""
    mine = (m.account == account, m.statement == statement)
    return connection.execute(select(table).where(*mine).order_by(m.at, m.mail)).all()


def about(connection: Connection, account: str, subject: str) -> Sequence[Row[Any]]:
    """What went about a case, a step or an appeal, in order."""
    mine = (m.account == account, m.about == subject)
    return connection.execute(select(table).where(*mine).order_by(m.at, m.mail)).all()


def taken_by(connection: Connection, account: str, address: str, since: datetime) -> Sequence[Row[Any]]:
    """What the relay took for an address since then."""
    mine = (m.account == account, m.address == address, m.state == TAKEN, m.at >= since)
    return connection.execute(select(table).where(*mine).order_by(m.at, m.mail)).all()
