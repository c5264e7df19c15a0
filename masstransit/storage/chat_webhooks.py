"""Queries of the webhooks of conversations: whom a customer wants to be told of what happens in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from masstransit.storage.dialects import either
from masstransit.storage.lookup import Lookup
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import chat_webhooks

c = chat_webhooks.c
ALL = ""  #: the conversation of a webhook that hears of all
_OF_KEYS = Lookup(select(chat_webhooks).where(either((c.account, c.conversation), "keys"), c.url != ""))


def of_keys(connection: Connection, keys: Sequence[tuple[str, str]]) -> list[Row[Any]]:
    """The webhooks of (account, conversation) pairs."""
    return _OF_KEYS.rows(connection, keys=keys)


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """One more, with the columns of its table."""
    connection.execute(insert(chat_webhooks).values(**row))


def find(connection: Connection, account: str, conversation: str, sid: str | None = None) -> Row[Any] | None:
    """One webhook of a conversation; without `sid` the first, which is the only one of all conversations."""
    query = select(chat_webhooks).where(c.account == account, c.conversation == conversation)
    return connection.execute(query if sid is None else query.where(c.sid == sid)).first()


def how_many(connection: Connection, account: str, conversation: str) -> int:
    """How many a conversation has."""
    query = select(func.count()).where(c.account == account, c.conversation == conversation)
    return int(connection.execute(query).scalar_one())


def change(connection: Connection, account: str, sid: str, values: Mapping[str, Any], at: datetime) -> None:
    """Change one."""
    mine = update(chat_webhooks).where(c.account == account, c.sid == sid)
    connection.execute(mine.values(updated_at=at, **values))


def remove(connection: Connection, account: str, conversation: str, sid: str) -> bool:
    """Forget one. False: there was none."""
    mine = (c.account == account, c.conversation == conversation, c.sid == sid)
    return connection.execute(delete(chat_webhooks).where(*mine)).rowcount > 0


def page(connection: Connection, account: str, conversation: str, part: Slice) -> Sheet:
    """Those of a conversation, the newest first."""
    query = select(chat_webhooks).where(c.account == account, c.conversation == conversation)
    return sheet(connection, query, (c.created_at, c.sid), part)
