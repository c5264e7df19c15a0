"""Notices of those who hold rights, and the answers of the accounts that they concern."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from masstransit.storage.dialects import among
from masstransit.storage.lookup import Lookup
from masstransit.storage.tables import rights_notices

_AGAINST = Lookup(
    select(rights_notices).where(among(rights_notices.c.account, "accounts"), rights_notices.c.withdrawn_at.is_(None))
)


def record_notice(connection: Connection, row: Mapping[str, Any]) -> None:
    """Put a notice on record, with the columns of `rights_notices`."""
    connection.execute(insert(rights_notices), dict(row))


def answer_notice(connection: Connection, account: str, notice: str, values: Mapping[str, datetime | bool]) -> bool:
    """What became of a notice: `countered_at`, `suit`, `withdrawn_at`. False where there is no such notice."""
    one = (rights_notices.c.account == account, rights_notices.c.notice == notice)
    return connection.execute(update(rights_notices).where(*one).values(dict(values))).rowcount > 0


def notices_against(connection: Connection, of: Collection[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    """The notices about what some accounts send, those that were withdrawn left out."""
    return _AGAINST.rows(connection, accounts=of)
