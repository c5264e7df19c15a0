"""Customers, opened and changed: accounts, what they are allowed, their logins, their end users."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit import config
from masstransit.carriage import contacts
from masstransit.carriage.bounces import bounced
from masstransit.carriage.overturning import Word
from masstransit.clock import SystemClock
from masstransit.errors import BadInput, Conflict
from masstransit.ledger import Ledger
from masstransit.model.address import e164
from masstransit.office.record import on_record, opened
from masstransit.storage import accounts, agreements, end_users, sip_logins
from masstransit.storage import contacts as stored_contacts
from masstransit.storage.keys import Keys

_LONGEST_SYSTEM_ID = 15
_LOGIN = re.compile(r"[A-Za-z0-9\-_.!~*'()&=+$]{1,64}")


class Created(msgspec.Struct, frozen=True):
    """A new account's credentials."""

    account_sid: str
    auth_token: str


async def create_account(
    settings: config.Settings, name: str, *, test: bool = False, like: tuple[str, str] | None = None
) -> Created:
    """Open a customer's account; one with test credentials sends nothing and is answered by the magic numbers. `like`
    are the SID and token that its programs have already. Raises `Conflict`."""
    now = SystemClock().now()
    async with opened(settings) as (database, keys):
        row = await database.write(
            lambda connection: accounts.create(
                connection, keys, friendly_name=name, now=now, brand=name, test=test, like=like
            )
        )
        return Created(row.account, keys.unseal(row.token_sealed).decode())


async def change_allowance(settings: config.Settings, account: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Change what an account is allowed, and tell it as it is then. Raises `NotFound`, and `Conflict` for one that is
    closed: closed is closed."""
    now = SystemClock().now()

    def change(connection: Connection, ledger: Ledger, _: Keys) -> Mapping[str, Any]:
        row = accounts.find(connection, account)
        if row is not None and row.status == "closed" and values:
            raise Conflict(f"{account} is closed, and that is for good; open another")
        if values:
            ledger.record(connection, account, "account", account, dict(values), now)
            row = accounts.change(connection, account, now, values)
        return {name: getattr(row, name) for name in accounts.ALLOWED}

    return await on_record(settings, account, change)


async def rotate_token(settings: config.Settings, account: str) -> str:
    """Give an account a new token in place of its old one, at once. Raises `NotFound` for one that is not there."""
    now = SystemClock().now()

    def rotate(connection: Connection, ledger: Ledger, keys: Keys) -> str:
        ledger.record(connection, account, "credentials", account, {"token": "rotated"}, now)
        return accounts.rotate(connection, keys, account, now)

    return await on_record(settings, account, rotate)


async def create_bind(
    settings: config.Settings, account: str, system_id: str, *, reasons: bool, end_user: str | None
) -> str:
    """Give an account an SMPP login; its password, which nobody can read again. Raises `BadInput` and `Conflict`."""
    if not 0 < len(system_id) <= _LONGEST_SYSTEM_ID or not system_id.isascii() or not system_id.isprintable():
        raise BadInput(f"a system_id has 1 to {_LONGEST_SYSTEM_ID} ASCII characters (SMPP 3.4 section 5.2.1)")
    now, password = SystemClock().now(), secrets.token_hex(4)  # eight characters: section 5.2.2

    def keep(connection: Connection, ledger: Ledger, keys: Keys) -> None:
        held = accounts.find_bind(connection, system_id)
        if held is not None and held.account != account:
            raise Conflict(f"the system_id {system_id} belongs to another account")
        hashed = keys.password_hash(password)
        accounts.set_bind(connection, account, system_id, hashed, now, reasons=reasons, end_user=end_user)
        ledger.record(connection, account, "bind", system_id, {"system_id": system_id, "end_user": end_user}, now)

    await on_record(settings, account, keep)
    return password


class OfContact(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done about the contacts of an account: one of the first four, or nothing."""

    add: str | None = None  #: an address
    change: str | None = None  #: CT...
    remove: str | None = None
    bounced: str | None = None
    said: Mapping[str, Any] = {}  #: `name`, `address`, `uses`, `first`
    because: str = ""
    by: str


async def contact(settings: config.Settings, account: str, asked: OfContact) -> tuple[Sequence[Row[Any]], int | None]:
    """Do it; the contacts as they are then, in order, and how many mails had gone to one that bounces. Raises
    `BadInput`, `NotFound` and `Conflict`."""
    now = SystemClock().now()

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> tuple[Sequence[Row[Any]], int | None]:
        again = None
        if asked.add is not None:
            fresh = {"name": "", "uses": list(contacts.USES), **asked.said, "address": asked.add}
            contacts.add(connection, ledger, account, fresh, now, asked.by)
        elif asked.change is not None:
            contacts.change(connection, ledger, account, asked.change, asked.said, now, asked.by)
        elif asked.remove is not None:
            contacts.remove(connection, ledger, account, asked.remove, now, asked.by)
        elif asked.bounced is not None:
            again = bounced(
                connection, ledger, account, asked.bounced, Word(by=asked.by, because=asked.because, at=now)
            )
        return stored_contacts.of_account(connection, account), again

    return await on_record(settings, account, keep)


async def create_login(
    settings: config.Settings,
    account: str,
    login: str,
    *,
    number: str | None,
    source: str | None,
    end_user: str | None,
    at_once: int | None,
    a_second: float | None,
) -> str:
    """Give an account a login for calls; its password, which nobody can read again. Raises `BadInput` and
    `Conflict`."""
    if _LOGIN.fullmatch(login) is None:
        raise BadInput("a login has 1 to 64 letters, digits and -_.!~*'()&=+$")  # RFC 3261 section 25.1: user
    if source is not None and not config.is_ip(source):
        raise BadInput(f"--source {source}: an IP address")
    if (at_once is not None and at_once < 1) or (a_second is not None and a_second <= 0):
        raise BadInput("--calls and --rate: more than nothing")
    called = e164(number).text if number else None
    now, password = SystemClock().now(), secrets.token_urlsafe(18)
    realm = settings.sip_server.realm or settings.domain

    def keep(connection: Connection, ledger: Ledger, keys: Keys) -> None:
        held = sip_logins.find(connection, login)
        trusted = sip_logins.of_source(connection, source) if source else None
        if held is not None and held.account != account:
            raise Conflict(f"the login {login} belongs to another account")
        if trusted is not None and (trusted.account, trusted.login) != (account, login):
            raise Conflict(f"calls from {source} are let in by another login")
        if called is not None and sip_logins.owner_of(connection, called) != account:
            raise BadInput(f"--number {called}: no number of this account")
        ledger.record(connection, account, "credentials", account, {"sip_login": login}, now)
        sip_logins.put(
            connection, keys, account, login, now, realm=realm, kept=sip_logins.secret(login, realm, password),
            number=called, source=source, end_user=end_user, at_once=at_once, a_second=a_second,
        )  # fmt: skip

    await on_record(settings, account, keep)
    return password


class EndUser(msgspec.Struct, frozen=True):
    """An end user as it is on record."""

    status: str  #: active | stopped
    terms_accepted: bool


async def end_user(
    settings: config.Settings, account: str, name: str, *, terms_accepted: bool, stop: str | None, allow: bool
) -> EndUser:
    """Put an end user on record, stop it (for a reason), or let it go on."""
    now = SystemClock().now()

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> EndUser:
        row = end_users.put(connection, account, name, now, terms_accepted=terms_accepted)
        if stop is not None:
            row = end_users.stop(connection, account, name, stop, now)
        if allow:
            row = end_users.let_go_on(connection, account, name)
        said = {"end_user": name, "terms_accepted": terms_accepted, "stopped": stop, "allowed": allow}
        ledger.record(connection, account, "end-user", name[:64], said, now)
        return EndUser(row.status, row.terms_accepted_at is not None)

    return await on_record(settings, account, keep)


async def guideline(settings: config.Settings, account: str, document: str, version: str, *, recipient: str) -> None:
    """Put on record that a guideline went out in writing (A4)."""
    now = SystemClock().now()
    row = {"document": document, "version": version, "recipient": recipient, "sent_at": now}

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> None:
        agreements.record_guideline(
            connection, account, document=document, version=version, recipient=recipient, at=now
        )
        ledger.record(connection, account, "guideline", f"{document}@{version}"[:64], row, now)

    await on_record(settings, account, keep)
