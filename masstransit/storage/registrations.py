"""Brands and campaigns as registered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, select, union

from masstransit.storage.dialects import among
from masstransit.storage.lookup import Lookup
from masstransit.storage.tables import accounts, brands, campaigns

_CAMPAIGNS_BY_SID = Lookup(
    select(
        campaigns.c.account,
        campaigns.c.sid,
        campaigns.c.use_case,
        campaigns.c.status,
        campaigns.c.age_gated,
        campaigns.c.embedded_links,
        campaigns.c.attrs,
        brands.c.status.label("brand_status"),
    )
    .outerjoin(brands, and_(brands.c.account == campaigns.c.account, brands.c.sid == campaigns.c.brand))
    .where(among(campaigns.c.sid, "sids"))
)


def campaigns_by_sid(connection: Connection, sids: Collection[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Some campaigns, each with the status of its brand (NULL where it names none)."""
    return _CAMPAIGNS_BY_SID.rows(connection, sids=sids)


def brand_names(connection: Connection, *, at_most: int = 100_000) -> Sequence[Row[*tuple[Any, ...]]]:
    """(root account, name) of every approved brand, and of every account that has told its brand."""
    owner = accounts.alias("owner")
    registered = (
        select(owner.c.account, owner.c.parent, brands.c.name)
        .join(brands, brands.c.account == owner.c.account)
        .where(brands.c.status == "APPROVED")
    )
    told = select(accounts.c.account, accounts.c.parent, accounts.c.brand).where(accounts.c.brand != "")
    return connection.execute(union(registered, told).limit(at_most)).all()


def brands_of(connection: Connection, of: Collection[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    """(account, name, attrs) of some accounts' approved brands, and of the brand that each account was opened with."""
    registered = select(brands.c.account, brands.c.name, brands.c.attrs)
    told = select(accounts.c.account, accounts.c.brand.label("name"), accounts.c.attrs)
    rows = connection.execute(registered.where(brands.c.account.in_(of), brands.c.status == "APPROVED")).all()
    return [*rows, *connection.execute(told.where(accounts.c.account.in_(of), accounts.c.brand != "")).all()]
