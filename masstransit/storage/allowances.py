"""What an account may offer at once, and what it has waiting."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, func, select

from masstransit.storage.dialects import among
from masstransit.storage.lookup import Lookup
from masstransit.storage.tables import accounts, queue

_ALLOWANCES = Lookup(
    select(accounts.c.account, accounts.c.parent, accounts.c.rate, accounts.c.queue_quota).where(
        among(accounts.c.account, "accounts")
    )
)


def allowances(connection: Connection, of: Iterable[str]) -> dict[str, Row[*tuple[Any, ...]]]:
    """account -> its `parent`, `rate` and `queue_quota` (None where it has none of its own)."""
    return {r.account: r for r in _ALLOWANCES.rows(connection, accounts=of)}


def waiting(connection: Connection, of: Iterable[str]) -> dict[str, int]:
    """account -> how many of its communications are queued; accounts without any are left out."""
    found = connection.execute(
        select(queue.c.account, func.count()).where(queue.c.account.in_(list(of))).group_by(queue.c.account)
    )
    return {r[0]: r[1] for r in found}
