"""Queries of where mail goes that arrives: by an address, or for whatever else a proven domain has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, insert, select

from masstransit.errors import Conflict, NotFound
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import mail_domains, mail_routes

r, d = mail_routes.c, mail_domains.c
_PROVEN = and_(d.account == r.account, d.domain == r.domain, d.proven_at.is_not(None))


def add(connection: Connection, row: Mapping[str, Any]) -> Row[Any]:
    """Keep a route, with the columns of `mail_routes`. Raises `Conflict` where the address has one."""
    mine = and_(r.account == row["account"], r.address == row["address"])
    if connection.execute(select(r.sid).where(mine)).first() is not None:
        raise Conflict(f"Mail to {row['address'][:320]} has a route already: remove that one first")
    connection.execute(insert(mail_routes), dict(row))
    return connection.execute(select(mail_routes).where(mine)).one()


def listed(connection: Connection, account: str, part: Slice) -> Sheet:
    """An account's routes, the newest first."""
    return sheet(connection, select(mail_routes).where(r.account == account), (r.created_at, r.sid), part)


def remove(connection: Connection, account: str, sid: str) -> None:
    """Forget a route: mail to its address is refused from now on. Raises `NotFound`."""
    if connection.execute(delete(mail_routes).where(r.account == account, r.sid == sid)).rowcount != 1:
        raise NotFound(f"The mail route {sid[:34]} was not found")


def owner_of(connection: Connection, address: str) -> Row[Any] | None:
    """Whose an address is: the account, the campaign of its domain, and where it wants mail to go. Its own route counts
    before its domain's, and of several who proved a domain the first. None: nobody's."""
    domain = f"@{address.rpartition('@')[2]}"
    query = (
        select(mail_routes, d.campaign)
        .join(mail_domains, _PROVEN)
        .where(r.address.in_((address.lower(), domain)))
        .order_by(r.address == domain, d.proven_at, r.account)
    )
    return connection.execute(query.limit(1)).one_or_none()
