"""Queries of the safe list: people whose one-time codes a customer vouches for, never to be taken for pumped traffic.

`person` is `Keys.person` of the number: the list is compared with and never shown as a whole.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, select

from masstransit.model.sid import new_sid
from masstransit.storage.dialects import among, insert_or_ignore
from masstransit.storage.lookup import Lookup
from masstransit.storage.tables import safe_numbers

_SAFE = Lookup(
    select(safe_numbers.c.account, safe_numbers.c.person).where(
        among(safe_numbers.c.account, "accounts"), among(safe_numbers.c.person, "persons")
    )
)


def find(connection: Connection, account: str, person: str) -> str | None:
    """The SID (GN...) of an entry."""
    c = safe_numbers.c
    return connection.scalar(select(c.sid).where(c.account == account, c.person == person))


def add(connection: Connection, account: str, person: str, at: datetime) -> str:
    """Put somebody on the list; the SID of the entry, an earlier one where they were on it."""
    sid = new_sid("GN")
    row = {"account": account, "person": person, "sid": sid, "added_at": at}
    insert_or_ignore(connection, safe_numbers, row)
    return find(connection, account, person) or sid


def remove(connection: Connection, account: str, person: str) -> bool:
    """Take somebody off the list. False: they were not on it."""
    c = safe_numbers.c
    return connection.execute(delete(safe_numbers).where(c.account == account, c.person == person)).rowcount > 0


def safe(connection: Connection, accounts: Collection[str], persons: Collection[str]) -> set[tuple[str, str]]:
    """(account, person) of those who are on the lists of these accounts."""
    rows = _SAFE.rows(connection, accounts=accounts, persons=persons)
    return {(row.account, row.person) for row in rows}
