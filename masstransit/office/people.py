"""Who signs in at the pages, by the command line: the first of them, and who lost everything."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row

from masstransit import config
from masstransit.clock import SystemClock
from masstransit.errors import BadInput, NotFound
from masstransit.ledger import Ledger
from masstransit.model.user import DESK, Role
from masstransit.office.record import on_record, surveyed
from masstransit.storage import users
from masstransit.storage.keys import Keys


async def add(settings: config.Settings, login: str, *, name: str, role: Role, account: str) -> str:
    """Let somebody sign in; the password to begin with. Raises `BadInput`, `NotFound` and `Conflict`."""
    if role.of_desk != (account == DESK):
        whose = "the desk's: leave --account out" if role.of_desk else "a customer's: say --account AC..."
        raise BadInput(f"{role.value} is {whose}")
    now, begins = SystemClock().now(), secrets.token_urlsafe(12)

    def keep(connection: Connection, ledger: Ledger, keys: Keys) -> None:
        hashed = keys.password_hash(begins)
        made = users.create(connection, account, login, name=name, role=role, password_hash=hashed, now=now)
        ledger.record(connection, account, "user", made, {"user": made, "role": role.value}, now)

    await on_record(settings, account or None, keep)
    return begins


async def reset(settings: config.Settings, login: str) -> str:
    """Another password to begin with, and no second factor. Raises `NotFound`."""
    now, begins = SystemClock().now(), secrets.token_urlsafe(12)

    def keep(connection: Connection, ledger: Ledger, keys: Keys) -> None:
        user = _found(connection, login)
        users.start_over(connection, user.account, user.user, keys.password_hash(begins))
        ledger.record(connection, user.account, "user", user.user, {"user": user.user, "reset": True}, now)

    await on_record(settings, None, keep)
    return begins


async def disable(settings: config.Settings, login: str) -> None:
    """Shut somebody out, with their sessions. Raises `NotFound`."""
    now = SystemClock().now()

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> None:
        user = _found(connection, login)
        users.change(connection, user.account, user.user, {"disabled_at": now})
        users.end_sessions(connection, user.account, user.user)
        ledger.record(connection, user.account, "user", user.user, {"user": user.user, "disabled": True}, now)

    await on_record(settings, None, keep)


def _found(connection: Connection, login: str) -> Row[Any]:
    user = users.find(connection, login)
    if user is None:
        raise NotFound(f"nobody signs in as {login}")
    return user


async def listed(settings: config.Settings, account: str) -> Sequence[Row[Any]]:
    """Everybody of an account; "": the desk's."""
    return await surveyed(settings, lambda connection: users.of_account(connection, account))
