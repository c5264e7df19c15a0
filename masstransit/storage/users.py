"""Queries of who may sign in at the pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from masstransit.errors import Conflict
from masstransit.model.sid import new_sid
from masstransit.model.user import Role
from masstransit.storage.dialects import insert_or_ignore
from masstransit.storage.tables import passkeys, sessions, users

u = users.c


def create(
    connection: Connection,
    account: str,
    login: str,
    *,
    name: str,
    role: Role,
    password_hash: str,
    now: datetime,
    must_change: bool = True,
) -> str:
    """Let somebody sign in; their id. Raises `Conflict` where the login is taken."""
    login, user = login.strip().casefold(), new_sid("US")
    row = {
        "account": account,
        "user": user,
        "login": login,
        "name": name,
        "role": role.value,
        "password_hash": password_hash,
        "must_change": must_change,
        "created_at": now,
    }
    if find(connection, login) is not None:
        raise Conflict(f"somebody signs in as {login} already")
    connection.execute(insert(users).values(**row))
    return user


def find(connection: Connection, login: str) -> Row[Any] | None:
    """Who signs in by this name."""
    return connection.execute(select(users).where(u.login == login.strip().casefold())).one_or_none()


def get(connection: Connection, account: str, user: str) -> Row[Any] | None:
    """One user."""
    return connection.execute(select(users).where(u.account == account, u.user == user)).one_or_none()


def of_account(connection: Connection, account: str) -> Sequence[Row[Any]]:
    """Everybody of an account ("": the desk), by name."""
    return connection.execute(select(users).where(u.account == account).order_by(u.disabled_at, u.name, u.user)).all()


def change(connection: Connection, account: str, user: str, values: Mapping[str, Any]) -> bool:
    """Change a user. False: there is none such."""
    done = connection.execute(update(users).where(u.account == account, u.user == user).values(**values))
    return done.rowcount > 0


def start_over(connection: Connection, account: str, user: str, password_hash: str) -> None:
    """A password to begin with, no second factor and no session: somebody lost what they sign in with."""
    fresh = {"password_hash": password_hash, "must_change": True, "totp_sealed": None, "recovery": [], "failed": 0}
    change(connection, account, user, {**fresh, "shut_until": None})
    connection.execute(delete(passkeys).where(passkeys.c.account == account, passkeys.c.user == user))
    end_sessions(connection, account, user)


def opened_by(connection: Connection, account: str, user: str, step: int) -> bool:
    """Take a time step of the second factor: False where it, or a later one, has opened before (RFC 6238, 5.2)."""
    taken = connection.execute(
        update(users).where(u.account == account, u.user == user, u.totp_step < step).values(totp_step=step)
    )
    return taken.rowcount > 0


def admins(connection: Connection, account: str, role: Role) -> int:
    """How many of an account have this role and may sign in."""
    query = select(func.count()).where(u.account == account, u.role == role.value, u.disabled_at.is_(None))
    return int(connection.execute(query).scalar_one())


# --- passkeys -------------------------------------------------------------------------------------------------------


def add_passkey(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a passkey; one that is kept already stays as it is."""
    insert_or_ignore(connection, passkeys, dict(row))


def passkeys_of(connection: Connection, account: str, user: str) -> Sequence[Row[Any]]:
    """A user's passkeys, the oldest first."""
    p = passkeys.c
    mine = select(passkeys).where(p.account == account, p.user == user)
    return connection.execute(mine.order_by(p.created_at)).all()


def passkey(connection: Connection, name: str) -> Row[Any] | None:
    """A passkey by its credential id, whoever has it."""
    return connection.execute(select(passkeys).where(passkeys.c.passkey == name)).one_or_none()


def drop_passkey(connection: Connection, account: str, user: str, name: str) -> None:
    """Forget a passkey."""
    p = passkeys.c
    connection.execute(delete(passkeys).where(p.account == account, p.user == user, p.passkey == name))


# --- sessions -------------------------------------------------------------------------------------------------------


def open_session(connection: Connection, row: Mapping[str, Any]) -> None:
    """Begin a session: `account`, `token_hash`, `user`, `csrf`, `proven`, `started_at`, `seen_at`."""
    connection.execute(insert(sessions).values(**row))


def session(connection: Connection, token_hash: str) -> tuple[Row[Any], Row[Any]] | None:
    """A session, and whose it is."""
    found = connection.execute(select(sessions).where(sessions.c.token_hash == token_hash)).one_or_none()
    user = get(connection, found.account, found.user) if found is not None else None
    return (found, user) if found is not None and user is not None else None


def change_session(connection: Connection, token_hash: str, values: Mapping[str, Any]) -> None:
    """Change a session."""
    connection.execute(update(sessions).where(sessions.c.token_hash == token_hash).values(**values))


def end_session(connection: Connection, token_hash: str) -> None:
    """End one session."""
    connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))


def end_sessions(connection: Connection, account: str, user: str, but: str = "") -> None:
    """End a user's sessions, but for one."""
    s = sessions.c
    connection.execute(delete(sessions).where(s.account == account, s.user == user, s.token_hash != but))
