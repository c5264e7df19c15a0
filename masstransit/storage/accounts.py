"""Queries of accounts and their credentials: tokens, API keys, and what ESMEs bind with.

A token is kept twice: as a hash, by which it is recognised, and sealed, because webhooks are signed with it. To change
it without a gap, an account gets a secondary token, which opens as well as the first; promoted, it takes its place.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, update

from masstransit.errors import Conflict, NotFound
from masstransit.model.sid import new_sid
from masstransit.storage.keys import Keys
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import accounts, binds, keys

_ACTIVE = "active"
ALLOWED = ("status", "rate", "queue_quota", "stores_content", "proven")  #: what an operator allows an account


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """What a login is checked against, and what it opens."""

    principal: str  #: AC... or SK...
    account: str
    parent: str | None
    secret_hashes: tuple[str, ...]  #: of the secrets that open it
    status: str  #: the strictest of the account's own and its parent's
    test: bool


_OWNER = accounts.alias("owner")
_ACCOUNT = (
    select(
        accounts.c.account,
        accounts.c.parent,
        accounts.c.token_hash,
        accounts.c.secondary_hash,
        accounts.c.status,
        accounts.c.test,
        _OWNER.c.status.label("owner_status"),
    )
    .select_from(accounts)
    .outerjoin(_OWNER, _OWNER.c.account == accounts.c.parent)
)
_KEY = (
    select(
        keys.c.sid,
        keys.c.secret_hash,
        accounts.c.account,
        accounts.c.parent,
        accounts.c.status,
        accounts.c.test,
        _OWNER.c.status.label("owner_status"),
    )
    .select_from(keys)
    .join(accounts, accounts.c.account == keys.c.account)
    .outerjoin(_OWNER, _OWNER.c.account == accounts.c.parent)
)


def credential(connection: Connection, principal: str) -> Credential | None:
    """What belongs to the name that somebody logs in with: an account's SID or a key's."""
    row: Any
    secrets_of: tuple[str, ...]
    if principal.startswith("SK"):
        row = connection.execute(_KEY.where(keys.c.sid == principal)).one_or_none()
        secrets_of = (row.secret_hash,) if row else ()
    else:
        row = connection.execute(_ACCOUNT.where(accounts.c.account == principal)).one_or_none()
        secrets_of = tuple(filter(None, (row.token_hash, row.secondary_hash))) if row else ()
    if row is None:
        return None
    return Credential(
        principal=principal,
        account=row.account,
        parent=row.parent,
        secret_hashes=secrets_of,
        status=_strictest(row.status, row.owner_status),
        test=row.test,
    )


def _strictest(own: str, owner: str | None) -> str:
    order = ("active", "suspended", "closed")
    return max((own, owner or _ACTIVE), key=lambda s: order.index(s) if s in order else 1)


def create(
    connection: Connection,
    seals: Keys,
    *,
    friendly_name: str,
    now: datetime,
    parent: str | None = None,
    test: bool = False,
    type: str = "Full",  # noqa: A002 - the SDKs' word
    brand: str = "",
    like: tuple[str, str] | None = None,
) -> Row[Any]:
    """Open an account; a subaccount where `parent` is given. Its token is in the row, sealed. `like` are the SID and
    token that its customer's programs have already, from another platform. Raises `Conflict` for a SID that is taken.
    """
    account, token = like or (new_sid("AC"), secrets.token_hex(16))
    if like is not None and find(connection, account) is not None:
        raise Conflict(f"there is an account {account} already")
    connection.execute(
        insert(accounts).values(
            account=account,
            parent=parent,
            friendly_name=friendly_name,
            type=type,
            token_hash=seals.token_hash(token),
            token_sealed=seals.seal(token.encode()),
            test=test,
            brand=brand,
            created_at=now,
            updated_at=now,
            attrs={},
        )
    )
    return connection.execute(select(accounts).where(accounts.c.account == account)).one()


def find(connection: Connection, account: str) -> Row[Any] | None:
    """One account."""
    return connection.execute(select(accounts).where(accounts.c.account == account)).one_or_none()


def shown_name(connection: Connection, account: str) -> str:
    """The name that people know an account by: its brand or its own name, or those of who owns it; "": it has none."""
    row = find(connection, account)
    named = row is None or row.brand or row.friendly_name
    owner = find(connection, row.parent) if row is not None and not named and row.parent else row
    return "" if owner is None else str(owner.brand or owner.friendly_name)


def family(
    connection: Connection, account: str, part: Slice, *, friendly_name: str | None = None, status: str | None = None
) -> Sheet:
    """An account and its subaccounts, the newest first."""
    query = select(accounts).where(or_(accounts.c.account == account, accounts.c.parent == account))
    if friendly_name is not None:
        query = query.where(accounts.c.friendly_name == friendly_name)
    if status is not None:
        query = query.where(accounts.c.status == status)
    return sheet(connection, query, (accounts.c.created_at, accounts.c.account), part)


def every(connection: Connection, part: Slice) -> Sheet:
    """Every account, the newest first: for the operator."""
    return sheet(connection, select(accounts), (accounts.c.created_at, accounts.c.account), part)


def called(connection: Connection, words: str, *, at_most: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """Accounts with some words in their name or their brand, in any case, by name: for the operator."""
    a, low = accounts.c, words.lower()
    there = or_(*(func.lower(name).contains(low, autoescape=True) for name in (a.friendly_name, a.brand)))
    return connection.execute(select(accounts).where(there).order_by(a.friendly_name, a.account).limit(at_most)).all()


def subaccounts(connection: Connection, account: str, part: Slice) -> Sheet:
    """An account's subaccounts, the newest first."""
    mine = select(accounts).where(accounts.c.parent == account)
    return sheet(connection, mine, (accounts.c.created_at, accounts.c.account), part)


def of_root(connection: Connection, root: str) -> Sequence[Row[*tuple[Any, ...]]]:
    """(account, brand, friendly_name, created_at) of a customer's account and its subaccounts."""
    a = accounts.c
    columns = select(a.account, a.brand, a.friendly_name, a.created_at)
    return connection.execute(columns.where(or_(a.account == root, a.parent == root))).all()


def change(connection: Connection, account: str, now: datetime, values: Mapping[str, Any]) -> Row[Any] | None:
    """Change some columns; the account as it is then."""
    connection.execute(update(accounts).where(accounts.c.account == account).values(**values, updated_at=now))
    return find(connection, account)


_NO_SECONDARY: Mapping[str, Any] = {"secondary_hash": None, "secondary_sealed": None, "secondary_at": None}


def rotate(connection: Connection, seals: Keys, account: str, now: datetime) -> str:
    """Give an account a new token at once; neither the old one nor a secondary opens anything from now on."""
    token = secrets.token_hex(16)
    values = {"token_hash": seals.token_hash(token), "token_sealed": seals.seal(token.encode())}
    change(connection, account, now, {**values, **_NO_SECONDARY})
    return token


def add_secondary(connection: Connection, seals: Keys, account: str, now: datetime) -> str:
    """Give an account a second token beside its first. Raises `Conflict` where it has one."""
    token = secrets.token_hex(16)
    without = and_(accounts.c.account == account, accounts.c.secondary_hash.is_(None))
    values = {
        "secondary_hash": seals.token_hash(token),
        "secondary_sealed": seals.seal(token.encode()),
        "secondary_at": now,
    }
    if connection.execute(update(accounts).where(without).values(**values, updated_at=now)).rowcount != 1:
        raise Conflict("The account has a secondary auth token: promote it, or delete it before you make another")
    return token


def drop_secondary(connection: Connection, account: str, now: datetime) -> bool:
    """Forget the secondary token: it opens nothing from now on. False where there is none."""
    kept = and_(accounts.c.account == account, accounts.c.secondary_hash.is_not(None))
    return connection.execute(update(accounts).where(kept).values(**_NO_SECONDARY, updated_at=now)).rowcount == 1


def promote_secondary(connection: Connection, account: str, now: datetime) -> bool:
    """The secondary token takes the first one's place, which opens nothing from now on. False where there is none."""
    kept = and_(accounts.c.account == account, accounts.c.secondary_hash.is_not(None))
    values = {"token_hash": accounts.c.secondary_hash, "token_sealed": accounts.c.secondary_sealed}
    changed = update(accounts).where(kept).values({**values, **_NO_SECONDARY, "updated_at": now})
    return connection.execute(changed).rowcount == 1


def token_of(connection: Connection, seals: Keys, account: str) -> str | None:
    """The token that an account's webhooks are signed with."""
    sealed = connection.execute(select(accounts.c.token_sealed).where(accounts.c.account == account)).scalar()
    return None if sealed is None else seals.unseal(sealed).decode()


# --- keys ---------------------------------------------------------------------------------------------------------


def tell(connection: Connection, account: str, told: Mapping[str, Any], now: datetime) -> None:
    """Note what an account says of itself among its attributes. Raises `NotFound`."""
    row = find(connection, account)
    if row is None:
        raise NotFound(f"there is no account {account}")
    attrs = {**(row.attrs or {}), **told}
    connection.execute(update(accounts).where(accounts.c.account == account).values(attrs=attrs, updated_at=now))


def create_key(
    connection: Connection, seals: Keys, account: str, *, friendly_name: str, now: datetime
) -> tuple[Row[Any], str]:
    """Make an API key: its row, and its secret, which is told this once and kept nowhere."""
    sid = new_sid("SK")
    secret = seals.key_secret(sid)
    connection.execute(
        insert(keys).values(
            account=account,
            sid=sid,
            friendly_name=friendly_name,
            secret_hash=seals.token_hash(secret),
            created_at=now,
            updated_at=now,
        )
    )
    return connection.execute(select(keys).where(keys.c.sid == sid)).one(), secret


def find_key(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One key of an account."""
    return connection.execute(select(keys).where(keys.c.account == account, keys.c.sid == sid)).one_or_none()


def list_keys(connection: Connection, account: str, part: Slice) -> Sheet:
    """An account's keys, the newest first."""
    return sheet(connection, select(keys).where(keys.c.account == account), (keys.c.created_at, keys.c.sid), part)


def rename_key(connection: Connection, account: str, sid: str, friendly_name: str, now: datetime) -> Row[Any] | None:
    """Change a key's name; the key as it is then."""
    mine = and_(keys.c.account == account, keys.c.sid == sid)
    connection.execute(update(keys).where(mine).values(friendly_name=friendly_name, updated_at=now))
    return find_key(connection, account, sid)


def delete_key(connection: Connection, account: str, sid: str) -> bool:
    """Forget a key. False: there was none."""
    return connection.execute(delete(keys).where(keys.c.account == account, keys.c.sid == sid)).rowcount > 0


# --- binds --------------------------------------------------------------------------------------------------------


def find_bind(connection: Connection, system_id: str) -> Row[Any] | None:
    """What an ESME logs in with, and the account's standing (`account_status`, `test`, `account_rate`)."""
    return connection.execute(
        select(
            binds,
            accounts.c.status.label("account_status"),
            accounts.c.test,
            accounts.c.rate.label("account_rate"),
        )
        .join(accounts, accounts.c.account == binds.c.account)
        .where(binds.c.system_id == system_id)
    ).one_or_none()


def binds_of(connection: Connection, account: str) -> Sequence[Row[*tuple[Any, ...]]]:
    """What an account's ESMEs log in with, by name."""
    return connection.execute(select(binds).where(binds.c.account == account).order_by(binds.c.system_id)).all()


def set_bind(
    connection: Connection, account: str, system_id: str, password_hash: str, now: datetime, **limits: Any
) -> None:
    """Give an account a bind, or an existing one a new password. `limits`: rate, window, sessions,
    end_user, enabled."""
    changed = connection.execute(
        update(binds)
        .where(binds.c.account == account, binds.c.system_id == system_id)
        .values(password_hash=password_hash, **limits)
    )
    if changed.rowcount == 0:
        connection.execute(
            insert(binds).values(
                account=account, system_id=system_id, password_hash=password_hash, created_at=now, **limits
            )
        )


def names(connection: Connection) -> list[str]:
    """Every account, for the operator."""
    return list(connection.execute(select(accounts.c.account).order_by(accounts.c.account)).scalars())
