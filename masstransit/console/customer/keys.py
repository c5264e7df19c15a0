"""What a customer's programs log in with: API keys, the auth token and its successor, and binds.

    GET   /account/keys                 all of them; no secret
    POST  /account/keys                 one more key, whose secret is shown once
    POST  /account/keys/{sid}/revoke
    POST  /account/keys/token           show the auth token: an act on record
    POST  /account/keys/secondary       make the secondary token, which is shown once
    POST  /account/keys/secondary/promote   it takes the auth token's place
    POST  /account/keys/secondary/drop

An account that is suspended or closed gets nothing new; what it has can be taken away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection

from masstransit.carriage import credentials
from masstransit.console.acting import act as did
from masstransit.console.asking import Answer, Asked, Page, Shown, Went, act, instant, page
from masstransit.console.house import House
from masstransit.errors import Denied, NotFound
from masstransit.model.user import Right
from masstransit.storage import accounts

T = TypeVar("T")
_LONGEST = 64  # characters of a key's name, as over the API


async def listed(house: House, asked: Asked) -> Answer:
    """All of them."""
    return await _listed(house, asked)


async def _listed(house: House, asked: Asked, **shown: Any) -> Shown:
    """The page; `shown` has what is told this once."""
    part, account = asked.slice(instant, str), asked.who.account

    def look(connection: Connection) -> Mapping[str, Any]:
        row = accounts.find(connection, account)
        if row is None:
            raise NotFound("the account is not there any more")
        keys, binds = accounts.list_keys(connection, account, part), accounts.binds_of(connection, account)
        return {"account": row, "sheet": keys, "binds": binds}

    once = {"secret": "", "made": "", "token": "", "secondary": "", **shown}
    return Shown("customer/keys.html", {**await house.database.read(look), **once})


def _open(asked: Asked, change: Callable[[Connection], T]) -> Callable[[Connection], T]:
    """A change that only an account that is open may make. Raises `Denied`."""

    def keep(connection: Connection) -> T:
        found = accounts.credential(connection, asked.who.account)
        status = found.status if found is not None else "closed"
        if status != "active":
            raise Denied(f"the account is {status}: nothing of its credentials can be changed")
        return change(connection)

    return keep


async def create(house: House, asked: Asked) -> Answer:
    """One more key."""
    name, account = asked.form.need("name", "Name", longest=_LONGEST), asked.who.account

    def make(connection: Connection) -> tuple[Any, str]:
        return accounts.create_key(connection, house.keys, account, friendly_name=name, now=asked.now)

    row, secret = await did(house, asked, "key-made", name, _open(asked, make))
    return await _listed(house, asked, made=row.sid, secret=secret)


async def revoke(house: House, asked: Asked) -> Answer:
    """A key opens nothing any more."""
    account, sid = asked.who.account, asked.parts["sid"]

    def drop(connection: Connection) -> None:
        if not accounts.delete_key(connection, account, sid):
            raise NotFound(f"there is no key {sid[:40]} of yours")

    await did(house, asked, "key-revoked", sid, drop)
    return Went("/account/keys", f"{sid} opens nothing any more.")


async def show_token(house: House, asked: Asked) -> Answer:
    """The auth token, to somebody who means to see it."""
    account = asked.who.account

    def look(connection: Connection) -> str:
        return accounts.token_of(connection, house.keys, account) or ""

    return await _listed(house, asked, token=await did(house, asked, "token-shown", account, look))


async def add_secondary(house: House, asked: Asked) -> Answer:
    """The token that is to follow; both open until it is promoted."""
    account = asked.who.account

    def make(connection: Connection) -> str:
        return credentials.add_secondary(connection, house.ledger, house.keys, account, asked.now)

    token = await did(house, asked, "secondary-made", account, _open(asked, make))
    return await _listed(house, asked, secondary=token)


async def promote_secondary(house: House, asked: Asked) -> Answer:
    """It becomes the account's token."""
    account = asked.who.account

    def keep(connection: Connection) -> None:
        credentials.promote_secondary(connection, house.ledger, account, asked.now)

    await did(house, asked, "secondary-promoted", account, _open(asked, keep))
    return Went("/account/keys", "The secondary token is the account's now; the one before opens nothing any more.")


async def drop_secondary(house: House, asked: Asked) -> Answer:
    """It opens nothing any more."""
    account = asked.who.account

    def keep(connection: Connection) -> None:
        credentials.drop_secondary(connection, house.ledger, account, asked.now)

    await did(house, asked, "secondary-dropped", account, keep)
    return Went("/account/keys", "The secondary token opens nothing any more.")


PAGES: Sequence[Page] = (
    page("/account/keys", Right.READ_LOG, listed),
    act("/account/keys", Right.KEEP_ACCOUNT, create),
    act("/account/keys/token", Right.KEEP_ACCOUNT, show_token),
    act("/account/keys/secondary", Right.KEEP_ACCOUNT, add_secondary),
    act("/account/keys/secondary/promote", Right.KEEP_ACCOUNT, promote_secondary),
    act("/account/keys/secondary/drop", Right.KEEP_ACCOUNT, drop_secondary),
    act("/account/keys/{sid}/revoke", Right.KEEP_ACCOUNT, revoke),
)
