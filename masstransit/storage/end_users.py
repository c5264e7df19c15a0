"""Queries of end users: for whom a customer sends, whether they took on its terms, and who was stopped."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select, update

from masstransit.storage.dialects import among, upsert
from masstransit.storage.lookup import Lookup
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import accounts, end_users

_HAVING_SOME = Lookup(select(end_users.c.account).where(among(end_users.c.account, "accounts")).distinct())


def put(connection: Connection, account: str, name: str, now: datetime, *, terms_accepted: bool) -> Row[Any]:
    """Put an end user on record, and that it took on the customer's terms. What is on record stays: when it was first
    seen, when it accepted, that it was stopped."""
    row = {"account": account, "end_user": name, "first_seen_at": now}
    statement = upsert(connection, end_users).values(**row, terms_accepted_at=now if terms_accepted else None)
    since = func.coalesce(end_users.c.terms_accepted_at, statement.excluded.terms_accepted_at)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["account", "end_user"], set_={"terms_accepted_at": since})
    )
    mine = and_(end_users.c.account == account, end_users.c.end_user == name)
    return connection.execute(select(end_users).where(mine)).one()


def stop(connection: Connection, account: str, name: str, reason: str, now: datetime) -> Row[Any]:
    """Stop an end user that is on record. The first reason stays."""
    return _change(connection, account, name, "active", {"status": "stopped", "reason": reason, "stopped_at": now})


def let_go_on(connection: Connection, account: str, name: str) -> Row[Any]:
    """A stopped end user may send again."""
    return _change(connection, account, name, "stopped", {"status": "active", "reason": "", "stopped_at": None})


def _change(connection: Connection, account: str, name: str, was: str, values: Mapping[str, Any]) -> Row[Any]:
    mine = and_(end_users.c.account == account, end_users.c.end_user == name)
    connection.execute(update(end_users).where(mine, end_users.c.status == was).values(**values))
    return connection.execute(select(end_users).where(mine)).one()


def listed(connection: Connection, account: str, part: Slice) -> Sheet:
    """An account's end users, by name."""
    query = select(end_users).where(end_users.c.account == account)
    return sheet(connection, query, (end_users.c.end_user,), part, newest_first=False)


def everywhere(connection: Connection, name: str, *, at_most: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """The end users of all accounts that are called so: for the operator."""
    query = select(end_users).where(end_users.c.end_user == name).order_by(end_users.c.account)
    return connection.execute(query.limit(at_most)).all()


def named(connection: Connection, of: Collection[str], names: Collection[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Some end users of some accounts, by name."""
    return connection.execute(
        select(end_users).where(end_users.c.account.in_(of), end_users.c.end_user.in_(names))
    ).all()


def stopped(connection: Connection, roots: Collection[str], since: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """(account, end_user, stopped_at) of the end users of some customers, subaccounts included, that were stopped since
    then and still are."""
    e = end_users.c
    own = select(accounts.c.account).where(accounts.c.parent.in_(roots))
    wanted = (or_(e.account.in_(roots), e.account.in_(own)), e.status == "stopped", e.stopped_at >= since)
    return connection.execute(select(e.account, e.end_user, e.stopped_at).where(*wanted)).all()


def there_before(connection: Connection, of: Collection[str], at: datetime) -> set[str]:
    """The names of the end users of some accounts that were there before a time."""
    e = end_users.c
    return set(connection.execute(select(e.end_user).where(e.account.in_(of), e.first_seen_at < at)).scalars())


def accounts_that_have_some(connection: Connection, of: Collection[str]) -> set[str]:
    """Which of some accounts have an end user on record."""
    return {row.account for row in _HAVING_SOME.rows(connection, accounts=of)}
