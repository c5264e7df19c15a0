"""Who may sign in, and as what: the desk's people at /desk/users, a customer's at /account/users.

    GET   {where}                    everybody, and a form for one more
    POST  {where}                    one more, with a password to begin with
    POST  {where}/{user}/role        another role
    POST  {where}/{user}/reset       another password to begin with, and no second factor
    POST  {where}/{user}/disable     shut out, with their sessions
    POST  {where}/{user}/enable

Nobody changes themselves here, and the last of those who keep users stays.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row
from starlette.concurrency import run_in_threadpool

from masstransit.console.acting import act as did
from masstransit.console.asking import Answer, Asked, Page, Shown, Went, act, page
from masstransit.console.house import House
from masstransit.errors import Conflict, NotFound
from masstransit.model.user import DESK, Right, Role
from masstransit.storage import users

_ROLES: Mapping[bool, Sequence[Role]] = {
    True: [role for role in Role if role.of_desk],
    False: [role for role in Role if not role.of_desk],
}


def _where(asked: Asked) -> str:
    return "/desk/users" if asked.who.account == DESK else "/account/users"


def _roles(asked: Asked) -> Sequence[Role]:
    return _ROLES[asked.who.account == DESK]


async def listed(house: House, asked: Asked) -> Answer:
    """Everybody."""
    return await _listed(house, asked)


async def _listed(house: House, asked: Asked, begins: str = "", login: str = "") -> Shown:
    everybody = await house.database.read(lambda c: users.of_account(c, asked.who.account))
    values = {"users": everybody, "roles": _roles(asked), "where": _where(asked), "begins": begins, "login": login}
    return Shown("users.html", values)


async def create(house: House, asked: Asked) -> Answer:
    """One more; the password to begin with is shown once."""
    login = asked.form.need("login", "Login", longest=254)
    name = asked.form.need("name", "Name", longest=128)
    role = Role(asked.form.one_of("role", [each.value for each in _roles(asked)], "Role"))
    begins = secrets.token_urlsafe(12)
    hashed = await run_in_threadpool(house.keys.password_hash, begins)

    def keep(connection: Connection) -> None:
        users.create(connection, asked.who.account, login, name=name, role=role, password_hash=hashed, now=asked.now)

    await did(house, asked, "user-made", login[:128], keep, told={"role": role.value})
    return await _listed(house, asked, begins, login)


def _other(connection: Connection, asked: Asked) -> Row[Any]:
    """Somebody else of the same account. Raises `NotFound` and `Conflict`."""
    user = users.get(connection, asked.who.account, asked.parts["user"])
    if user is None:
        raise NotFound("there is nobody such here")
    if user.user == asked.who.user:
        raise Conflict("nobody changes themselves here: ask somebody else")
    return user


def _spare_last(connection: Connection, user: Row[Any]) -> None:
    """Raises `Conflict` where nobody else keeps users."""
    role = Role(user.role)
    if role.rights & (Right.KEEP_STAFF | Right.KEEP_USERS) and users.admins(connection, user.account, role) < 2:
        raise Conflict(f"{user.name} is the last {role.value}: make another first")


async def change_role(house: House, asked: Asked) -> Answer:
    """Another role."""
    role = Role(asked.form.one_of("role", [each.value for each in _roles(asked)], "Role"))

    def keep(connection: Connection) -> str:
        user = _other(connection, asked)
        if role is not Role(user.role):
            _spare_last(connection, user)
        users.change(connection, user.account, user.user, {"role": role.value})
        return str(user.name)

    name = await did(house, asked, "user-role", asked.parts["user"], keep, told={"role": role.value})
    return Went(_where(asked), f"{name} is {role.value} now.")


async def reset(house: House, asked: Asked) -> Answer:
    """Somebody lost what they sign in with."""
    begins = secrets.token_urlsafe(12)
    hashed = await run_in_threadpool(house.keys.password_hash, begins)

    def keep(connection: Connection) -> str:
        user = _other(connection, asked)
        users.start_over(connection, user.account, user.user, hashed)
        return str(user.login)

    login = await did(house, asked, "user-reset", asked.parts["user"], keep)
    return await _listed(house, asked, begins, login)


async def disable(house: House, asked: Asked) -> Answer:
    """Shut somebody out, at once."""

    def keep(connection: Connection) -> str:
        user = _other(connection, asked)
        _spare_last(connection, user)
        users.change(connection, user.account, user.user, {"disabled_at": asked.now})
        users.end_sessions(connection, user.account, user.user)
        return str(user.name)

    name = await did(house, asked, "user-disabled", asked.parts["user"], keep)
    return Went(_where(asked), f"{name} can't sign in any more; their sessions are ended.")


async def enable(house: House, asked: Asked) -> Answer:
    """Let somebody in again."""

    def keep(connection: Connection) -> str:
        user = _other(connection, asked)
        users.change(connection, user.account, user.user, {"disabled_at": None, "failed": 0, "shut_until": None})
        return str(user.name)

    name = await did(house, asked, "user-enabled", asked.parts["user"], keep)
    return Went(_where(asked), f"{name} can sign in again.")


PAGES: Sequence[Page] = tuple(
    each
    for where, right in (("/desk/users", Right.KEEP_STAFF), ("/account/users", Right.KEEP_USERS))
    for each in (
        page(where, right, listed),
        act(where, right, create),
        act(where + "/{user}/role", right, change_role),
        act(where + "/{user}/reset", right, reset),
        act(where + "/{user}/disable", right, disable),
        act(where + "/{user}/enable", right, enable),
    )
)
