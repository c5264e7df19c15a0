"""What is on record about senders and about where an account may send; read for a batch at once."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select

from masstransit.storage.dialects import among, upsert
from masstransit.storage.lookup import Lookup
from masstransit.storage.tables import alpha_senders, geo_permissions, never_originate, numbers

_NUMBERS_OF = Lookup(
    select(
        numbers.c.number,
        numbers.c.account,
        numbers.c.type,
        numbers.c.region,
        numbers.c.state,
        numbers.c.sms,
        numbers.c.voice,
        numbers.c.campaign,
        numbers.c.verification,
    ).where(among(numbers.c.number, "numbers"))
)
_NEVER_ORIGINATING = Lookup(
    select(never_originate.c.number, never_originate.c.source).where(among(never_originate.c.number, "numbers"))
)
_GEO_PERMISSIONS_OF = Lookup(
    select(geo_permissions).where(
        among(geo_permissions.c.account, "accounts"), among(geo_permissions.c.region, "regions")
    )
)


def numbers_of(connection: Connection, texts: Collection[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    """The inventory's entries for some numbers and short codes, whoever has them."""
    return _NUMBERS_OF.rows(connection, numbers=texts)


def alpha_senders_of(
    connection: Connection, of: Collection[str], names: Collection[str]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Sender names that some accounts have asked for."""
    return connection.execute(
        select(alpha_senders.c.account, alpha_senders.c.sender, alpha_senders.c.status).where(
            alpha_senders.c.account.in_(of), alpha_senders.c.sender.in_(names)
        )
    ).all()


def never_originating(connection: Connection, texts: Collection[str]) -> dict[str, str]:
    """Which of some numbers only receive: number -> who said so."""
    return {r.number: r.source for r in _NEVER_ORIGINATING.rows(connection, numbers=texts)}


def never_originate_put(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Record numbers that only receive: `number`, `source` (who said so), `listed_at`.

    With `listed` false a number leaves, where that source had listed it. Rows count one after the other.
    """
    at = never_originate.c
    for listed, some in itertools.groupby(rows, lambda row: bool(row.get("listed", True))):
        told = [{name: row[name] for name in ("number", "source", "listed_at")} for row in some]
        if listed:
            statement = upsert(connection, never_originate)
            changes = {name: statement.excluded[name] for name in ("source", "listed_at")}
            connection.execute(statement.on_conflict_do_update(index_elements=["number"], set_=changes), told)
        else:
            left = (at.number == bindparam("gone"), at.source == bindparam("by"))
            connection.execute(
                delete(never_originate).where(*left), [{"gone": r["number"], "by": r["source"]} for r in told]
            )


def geo_permissions_of(
    connection: Connection, of: Collection[str], regions: Collection[str]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """(account, region, enabled) where an account has said so."""
    return _GEO_PERMISSIONS_OF.rows(connection, accounts=of, regions=regions)
