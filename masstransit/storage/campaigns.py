"""Brands and campaigns as customers file them; whoever decides on them is the operator."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, select, update

from masstransit.storage.dialects import upsert
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import brands, campaigns, numbers

_CAMPAIGN: Mapping[str, Any] = {
    "brand": None,
    "service": None,
    "age_gated": False,
    "embedded_links": False,
    "embedded_phones": False,
    "direct_lending": False,
    "attrs": {},
}


def create_brand(connection: Connection, account: str, sid: str, now: datetime, values: Mapping[str, Any]) -> Row[Any]:
    """File a brand."""
    connection.execute(insert(brands).values(account=account, sid=sid, created_at=now, updated_at=now, **values))
    return connection.execute(select(brands).where(brands.c.account == account, brands.c.sid == sid)).one()


def find_brand(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One brand."""
    return connection.execute(select(brands).where(brands.c.account == account, brands.c.sid == sid)).one_or_none()


def brands_of(connection: Connection, account: str, part: Slice) -> Sheet:
    """An account's brands, the newest first."""
    return sheet(
        connection, select(brands).where(brands.c.account == account), (brands.c.created_at, brands.c.sid), part
    )


def brands_of_all(connection: Connection, of: Collection[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    """The brands of some accounts."""
    return connection.execute(select(brands).where(brands.c.account.in_(of))).all()


def brands_called(connection: Connection, names: Collection[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    """(account, name) of the brands that are called so, in any case, whosever they are: for the operator."""
    low = {name.lower() for name in names if name}
    query = select(brands.c.account, brands.c.name).where(func.lower(brands.c.name).in_(low))
    return connection.execute(query.order_by(brands.c.account, brands.c.sid)).all()


def resubmit_brand(connection: Connection, account: str, sid: str, now: datetime) -> Row[Any] | None:
    """A brand that failed waits for the operator again; any other stays as it is."""
    failed = and_(brands.c.account == account, brands.c.sid == sid, brands.c.status == "FAILED")
    connection.execute(update(brands).where(failed).values(status="PENDING", updated_at=now))
    return find_brand(connection, account, sid)


def create(connection: Connection, account: str, sid: str, now: datetime, values: Mapping[str, Any]) -> Row[Any]:
    """File a campaign; the numbers of its service are in it from now on."""
    row = {**_CAMPAIGN, **values, "account": account, "sid": sid, "created_at": now, "updated_at": now}
    connection.execute(insert(campaigns).values(row))
    connection.execute(
        update(numbers)
        .where(numbers.c.account == account, numbers.c.service == row["service"], numbers.c.campaign.is_(None))
        .values(campaign=sid)
    )
    return connection.execute(select(campaigns).where(campaigns.c.account == account, campaigns.c.sid == sid)).one()


def find(connection: Connection, account: str, service: str, sid: str) -> Row[Any] | None:
    """One campaign of a service."""
    return connection.execute(
        select(campaigns).where(campaigns.c.account == account, campaigns.c.service == service, campaigns.c.sid == sid)
    ).one_or_none()


def of_service(connection: Connection, account: str, service: str, part: Slice) -> Sheet:
    """The campaigns of a service, the newest first."""
    query = select(campaigns).where(campaigns.c.account == account, campaigns.c.service == service)
    return sheet(connection, query, (campaigns.c.created_at, campaigns.c.sid), part)


def of_account(connection: Connection, account: str, part: Slice) -> Sheet:
    """An account's campaigns, the newest first."""
    mine = select(campaigns).where(campaigns.c.account == account)
    return sheet(connection, mine, (campaigns.c.created_at, campaigns.c.sid), part)


def locate(connection: Connection, sid: str, account: str | None = None) -> Row[Any] | None:
    """A campaign by its name: of one account, or of any for the operator."""
    query = select(campaigns).where(campaigns.c.sid == sid)
    return connection.execute(query if account is None else query.where(campaigns.c.account == account)).first()


def change(  # noqa: PLR0917 - a key of three, then the change
    connection: Connection, account: str, service: str, sid: str, now: datetime, values: Mapping[str, Any]
) -> Row[Any] | None:
    """Change a campaign; as it is then."""
    mine = and_(campaigns.c.account == account, campaigns.c.service == service, campaigns.c.sid == sid)
    connection.execute(update(campaigns).where(mine).values(**values, updated_at=now))
    return find(connection, account, service, sid)


def remove(connection: Connection, account: str, service: str, sid: str) -> bool:
    """Take a campaign back; its numbers are in none then. False: there was none."""
    connection.execute(
        update(numbers).where(numbers.c.account == account, numbers.c.campaign == sid).values(campaign=None)
    )
    mine = and_(campaigns.c.account == account, campaigns.c.service == service, campaigns.c.sid == sid)
    return connection.execute(delete(campaigns).where(mine)).rowcount > 0


def put(connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """What the operator knows of registrations: `account`, `brand`, `brand_name`, `sid`, `use_case`, `status` ...

    `numbers` are those of the account that the campaign covers, `vertical` is the brand's trade. What its customer
    filed of a campaign stays where nothing else is said, so that a campaign can be approved by its SID.
    """
    for row in rows:
        account, stamps = row["account"], {"created_at": now, "updated_at": now}
        brand = {
            "account": account,
            "sid": row["brand"],
            "name": row["brand_name"],
            "status": row.get("brand_status", "APPROVED"),
        }
        brand["attrs"] = {"vertical": row["vertical"]} if row.get("vertical") else {}
        changed = ("name", "status", "updated_at", *(("attrs",) if brand["attrs"] else ()))
        filed = upsert(connection, brands).values({**brand, **stamps})
        connection.execute(
            filed.on_conflict_do_update(
                index_elements=["account", "sid"],
                set_={name: filed.excluded[name] for name in changed},
            )
        )
        known = {name: row[name] for name in ("account", "sid", "brand", "use_case", "status")}
        mine = and_(campaigns.c.account == account, campaigns.c.sid == row["sid"])
        before = connection.execute(select(campaigns.c.attrs).where(mine)).scalar_one_or_none() or {}
        attrs = {"attrs": before | row["attrs"]}
        entered = upsert(connection, campaigns).values({**_CAMPAIGN, **known, **attrs, **stamps})
        connection.execute(
            entered.on_conflict_do_update(
                index_elements=["account", "sid"],
                set_={name: entered.excluded[name] for name in ("brand", "use_case", "status", "attrs", "updated_at")},
            )
        )
        covered = and_(numbers.c.account == account, numbers.c.number.in_(row["numbers"]))
        connection.execute(update(numbers).where(covered).values(campaign=row["sid"]))
