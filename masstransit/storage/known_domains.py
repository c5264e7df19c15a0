"""What is known of domains that texts lead to: which are blocked, and since when they are registered."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from masstransit.storage.dialects import upsert
from masstransit.storage.tables import known_domains


def list_domains(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put domains or hosts on record, with the columns of `known_domains`; what was known of them is written over."""
    if not rows:
        return
    entered = upsert(connection, known_domains)
    columns = ("blocked", "source", "registered_at", "listed_at")
    connection.execute(
        entered.on_conflict_do_update(
            index_elements=["domain"], set_={name: entered.excluded[name] for name in columns}
        ),
        [{"blocked": True, "source": "", "registered_at": None, **row} for row in rows],
    )


def blocked_since(connection: Connection, since: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """Domains and hosts that were blocked since then."""
    c = known_domains.c
    return connection.execute(select(c.domain).where(c.blocked.is_(True), c.listed_at > since)).all()


def known(connection: Connection, names: Collection[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    """What is on record of some domains and hosts."""
    return connection.execute(select(known_domains).where(known_domains.c.domain.in_(names))).all()
