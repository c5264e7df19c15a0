"""Queries of the domains by which customers send mail, and of the keys that sign it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, tuple_, update

from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import campaigns, mail_domains, mail_keys

d, k = mail_domains.c, mail_keys.c


def add(connection: Connection, row: Mapping[str, Any], keys: Sequence[Mapping[str, Any]]) -> bool:
    """Keep a domain that a customer claims, with its keys. False: it is there already, and stays as it is."""
    if of_name(connection, row["account"], row["domain"]) is not None:
        return False
    connection.execute(insert(mail_domains), dict(row))
    connection.execute(insert(mail_keys), [dict(key) for key in keys])
    return True


def count(connection: Connection, account: str) -> int:
    """How many domains an account has."""
    return int(
        connection.execute(select(func.count()).select_from(mail_domains).where(d.account == account)).scalar_one()
    )


def of_name(connection: Connection, account: str, domain: str) -> Row[Any] | None:
    """A domain of an account, by its name."""
    return connection.execute(select(mail_domains).where(d.account == account, d.domain == domain)).one_or_none()


def find(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """A domain of an account, by its SID."""
    return connection.execute(select(mail_domains).where(d.account == account, d.sid == sid)).one_or_none()


def listed(connection: Connection, account: str, part: Slice) -> Sheet:
    """An account's domains, the newest first."""
    return sheet(connection, select(mail_domains).where(d.account == account), (d.created_at, d.sid), part)


def change(connection: Connection, account: str, domain: str, values: Mapping[str, Any]) -> None:
    """Change a domain."""
    connection.execute(update(mail_domains).where(d.account == account, d.domain == domain).values(**values))


def remove(connection: Connection, account: str, domain: str) -> bool:
    """Forget a domain with its keys. False: there was none."""
    connection.execute(delete(mail_keys).where(k.account == account, k.domain == domain))
    gone = connection.execute(delete(mail_domains).where(d.account == account, d.domain == domain))
    return gone.rowcount == 1


def keys_of(connection: Connection, account: str, domain: str) -> Sequence[Row[Any]]:
    """What signs mail of a domain, in the order of the selectors."""
    return connection.execute(
        select(mail_keys).where(k.account == account, k.domain == domain).order_by(k.selector)
    ).all()


def of_names(connection: Connection, names: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], Row[Any]]:
    """Rows by (account, domain), of those that are on record."""
    if not names:
        return {}
    found = connection.execute(select(mail_domains).where(tuple_(d.account, d.domain).in_(list(names))))
    return {(row.account, row.domain): row for row in found}


def campaigns_of(
    connection: Connection, names: Collection[tuple[str, str]]
) -> Mapping[tuple[str, str], Row[*tuple[Any, ...]]]:
    """(account, domain) -> `sid`, `use_case` and `attrs` of the campaign that mail of a domain is on."""
    if not names:
        return {}
    found = connection.execute(
        select(d.account, d.domain, campaigns.c.sid, campaigns.c.use_case, campaigns.c.attrs)
        .join(campaigns, (campaigns.c.account == d.account) & (campaigns.c.sid == d.campaign))
        .where(tuple_(d.account, d.domain).in_(list(names)), d.proven_at.is_not(None))
    )
    return {(row.account, row.domain): row for row in found}


def prove(  # noqa: PLR0917 - what a look found
    connection: Connection,
    account: str,
    domain: str,
    at: datetime,
    wrong: str = "",
    zone: Sequence[Mapping[str, str]] = (),
) -> None:
    """What a look at its zone found: that it is the account's, or what is wrong; and each record with its state."""
    told: dict[str, Any] = {"checked_at": at, "found": wrong[:256], "zone": list(zone), "updated_at": at}
    change(connection, account, domain, told if wrong else told | {"proven_at": at})
