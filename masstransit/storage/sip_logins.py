"""What customers' user agents and exchanges call with, and where they are registered just now."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from masstransit.storage.dialects import among, upsert
from masstransit.storage.keys import Keys
from masstransit.storage.lookup import Lookup
from masstransit.storage.tables import accounts, numbers, sip_contacts, sip_logins


def _with_status() -> Any:
    return select(sip_logins, accounts.c.status.label("account_status")).join(
        accounts, accounts.c.account == sip_logins.c.account
    )


#: Asked for every call, for those that come together at once.
_OF_SOURCES = Lookup(_with_status().where(among(sip_logins.c.source, "sources"), sip_logins.c.enabled))
_OWNERS = Lookup(
    select(numbers.c.number, numbers.c.account).where(among(numbers.c.number, "numbers"), numbers.c.state == "in-use")
)


class Secret(msgspec.Struct, frozen=True):
    """H(login:realm:password) by each algorithm of RFC 8760 that we answer to, in hex."""

    md5: str
    sha256: str

    def __repr__(self) -> str:
        return "Secret(...)"  # it is as good as the password, in its realm


def secret(login: str, realm: str, password: str) -> Secret:
    """What is kept of a password (RFC 8760 section 2.2)."""
    told = f"{login}:{realm}:{password}".encode()
    return Secret(md5=hashlib.md5(told, usedforsecurity=False).hexdigest(), sha256=hashlib.sha256(told).hexdigest())


def find(connection: Connection, login: str) -> Row[Any] | None:
    """A login, with its account's standing (`account_status`)."""
    return connection.execute(_with_status().where(sip_logins.c.login == login)).one_or_none()


def of_sources(connection: Connection, sources: Collection[str]) -> dict[str, Row[Any]]:
    """The logins that some IP addresses are let in by without a password, by address."""
    return {row.source: row for row in _OF_SOURCES.rows(connection, sources=sources)}


def of_source(connection: Connection, source: str) -> Row[Any] | None:
    """The login that an IP address is let in by without a password."""
    return of_sources(connection, [source]).get(source)


def of_account(connection: Connection, account: str) -> Sequence[Row[*tuple[Any, ...]]]:
    """An account's logins, by name."""
    return connection.execute(
        select(sip_logins).where(sip_logins.c.account == account).order_by(sip_logins.c.login)
    ).all()


def put(
    connection: Connection,
    keys: Keys,
    account: str,
    login: str,
    now: datetime,
    *,
    realm: str,
    kept: Secret,
    **told: Any,
) -> None:
    """Give an account a login, or one that it has a new password. `told`: source, number, end_user, enabled, at_once,
    a_second."""
    sealed = keys.seal(msgspec.json.encode(kept))
    values = told | {"realm": realm, "ha1_sealed": sealed}
    its = (sip_logins.c.account == account, sip_logins.c.login == login)
    if connection.execute(update(sip_logins).where(*its).values(values)).rowcount == 0:
        connection.execute(
            insert(sip_logins).values(account=account, login=login, created_at=now, enabled=True, **values)
        )


def secret_of(keys: Keys, row: Row[Any]) -> Secret:
    """What answers to a challenge are compared with. Raises `ConfigError` where other keys sealed it."""
    return msgspec.json.decode(keys.unseal(row.ha1_sealed), type=Secret)


def register(connection: Connection, account: str, login: str, rows: Sequence[dict[str, Any]]) -> None:
    """Put contacts of a login in place; one that is there is renewed."""
    if not rows:
        return
    put_in = upsert(connection, sip_contacts)
    renewed = {name: put_in.excluded[name] for name in ("host", "port", "user", "registered_at", "expires_at")}
    key = [sip_contacts.c.account, sip_contacts.c.login, sip_contacts.c.contact]
    known = [{"account": account, "login": login} | row for row in rows]
    connection.execute(put_in.on_conflict_do_update(index_elements=key, set_=renewed), known)


def unregister(connection: Connection, account: str, login: str, contacts: Sequence[str] | None, now: datetime) -> None:
    """Forget contacts of a login, None: all of them; and with them whatever has run out."""
    its = (sip_contacts.c.account == account, sip_contacts.c.login == login)
    gone = sip_contacts.c.expires_at <= now
    if contacts is None:
        connection.execute(delete(sip_contacts).where(*its))
    else:
        connection.execute(delete(sip_contacts).where(*its, or_(gone, sip_contacts.c.contact.in_(contacts))))


def contacts(connection: Connection, account: str, login: str, now: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """Where a login is registered, the newest first."""
    c = sip_contacts.c
    its = (c.account == account, c.login == login, c.expires_at > now)
    return connection.execute(select(sip_contacts).where(*its).order_by(c.registered_at.desc(), c.contact)).all()


def rings(connection: Connection, account: str, number: str, now: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """The contacts at which calls to a number of the account ring, the newest first: those of the logins that name it,
    or else of logins that name no number."""
    c, login = sip_contacts.c, sip_logins.c
    rows = connection.execute(
        select(sip_contacts, login.number)
        .join(sip_logins, (login.account == c.account) & (login.login == c.login))
        .where(
            c.account == account,
            c.expires_at > now,
            login.enabled,
            or_(login.number == number, login.number.is_(None)),
        )
        .order_by(c.registered_at.desc(), c.contact)
    ).all()
    named = [row for row in rows if row.number is not None]
    return named or rows


def owners_of(connection: Connection, some: Collection[str]) -> dict[str, str]:
    """The accounts that numbers of ours are in use by, by number."""
    return {row.number: row.account for row in _OWNERS.rows(connection, numbers=some)}


def owner_of(connection: Connection, number: str) -> str | None:
    """The account that a number of ours is in use by."""
    return owners_of(connection, [number]).get(number)


def near(connection: Connection, source: str, now: datetime) -> str | None:
    """The account of a login that is let in by an IP address, or is registered from it and from no other's."""
    trusted = of_source(connection, source)
    if trusted is not None:
        return str(trusted.account)
    c = sip_contacts.c
    found = connection.execute(select(c.account).distinct().where(c.host == source, c.expires_at > now)).scalars().all()
    return str(found[0]) if len(found) == 1 else None
