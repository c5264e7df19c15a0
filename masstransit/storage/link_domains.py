"""Domains that short links are on. One belongs to one root account; its subaccounts' links are on it too."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, select

from masstransit.errors import Conflict, NotFound
from masstransit.storage.dialects import upsert
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import link_domains


def claim(connection: Connection, account: str, domain: str, now: datetime) -> tuple[Row[Any], bool]:
    """Take a domain; whether it was not the account's before. Raises `Conflict` where it is another's."""
    row = {"domain": domain, "account": account, "created_at": now}
    new = connection.execute(upsert(connection, link_domains).values(row).on_conflict_do_nothing()).rowcount == 1
    kept = connection.execute(select(link_domains).where(link_domains.c.domain == domain)).one()
    if kept.account != account:
        raise Conflict(f"The domain {domain} is another account's: if it is yours, ask the operator")
    return kept, new


def all_of(connection: Connection, account: str, part: Slice) -> Sheet:
    """A root account's domains, the newest first."""
    query = select(link_domains).where(link_domains.c.account == account)
    return sheet(connection, query, (link_domains.c.created_at, link_domains.c.domain), part)


def current(connection: Connection, account: str) -> str | None:
    """The domain that a root account's new links are on: the one it took last."""
    return connection.execute(
        select(link_domains.c.domain)
        .where(link_domains.c.account == account)
        .order_by(link_domains.c.created_at.desc(), link_domains.c.domain.desc())
        .limit(1)
    ).scalar_one_or_none()


def give_up(connection: Connection, account: str, domain: str) -> None:
    """Give a domain up; until it is taken again, links on it lead nowhere. Raises `NotFound`."""
    mine = and_(link_domains.c.account == account, link_domains.c.domain == domain)
    if connection.execute(delete(link_domains).where(mine)).rowcount != 1:
        raise NotFound(f"The link domain {domain[:64]} was not found")
