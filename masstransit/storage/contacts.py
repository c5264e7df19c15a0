"""Queries of contacts: a customer's people who are told by mail, in the order in which they are told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from masstransit.storage import consents
from masstransit.storage.tables import account_contacts as table
from masstransit.storage.tables import accounts

c = table.c


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a contact, with the columns of `account_contacts`."""
    connection.execute(insert(table), dict(row))


def of_account(connection: Connection, account: str) -> Sequence[Row[Any]]:
    """An account's own contacts, in order."""
    return connection.execute(select(table).where(c.account == account).order_by(c.place, c.contact)).all()


def find(connection: Connection, account: str, contact: str) -> Row[Any] | None:
    """One of an account's own."""
    return connection.execute(select(table).where(c.account == account, c.contact == contact)).one_or_none()


def change(connection: Connection, account: str, contact: str, values: Mapping[str, Any]) -> None:
    """Change one."""
    connection.execute(update(table).where(c.account == account, c.contact == contact).values(**values))


def remove(connection: Connection, account: str, contact: str) -> bool:
    """Forget one. False: there was none."""
    return connection.execute(delete(table).where(c.account == account, c.contact == contact)).rowcount == 1


def named_for(connection: Connection, account: str, uses: Sequence[str]) -> list[Row[Any]]:
    """Who is told of an account's affairs, in order: of the first of these uses for which the account itself, or else
    its owner, named anybody."""
    owner = consents.root_of(connection, account)
    own = of_account(connection, account)
    owners = of_account(connection, owner) if owner != account else ()
    for use in uses:
        for rows in (own, owners):
            if named := [row for row in rows if use in row.uses]:
                return named
    return []


def refused(connection: Connection, account: str, address: str, at: datetime, answer: str) -> None:
    """A relay took no mail to an address, for good: of the account's own contacts, or its owner's."""
    whose = (account, consents.root_of(connection, account))
    mine = (c.account.in_(whose), c.address == address)
    connection.execute(update(table).where(*mine).values(refused_at=at, refusal=answer[:256]))


def reachable(connection: Connection, of: Collection[str]) -> frozenset[str]:
    """Those of some accounts that named somebody by mail whom no relay refused for good, or whose owner did."""
    a = accounts.c
    owned = connection.execute(select(a.account, a.parent).where(a.account.in_(of))).all()
    every = {row.account for row in owned} | {row.parent for row in owned if row.parent}
    having = set(connection.execute(select(c.account).where(c.account.in_(every), c.refused_at.is_(None))).scalars())
    return frozenset(row.account for row in owned if {row.account, row.parent} & having)
