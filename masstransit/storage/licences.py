"""Papers of a customer: licences for trades that need one, and business associate agreements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from masstransit.storage.dialects import upsert
from masstransit.storage.tables import associate_agreements, licences


def record_licence(connection: Connection, row: Mapping[str, Any]) -> None:
    """Put a licence on record, with the columns of `licences`; a newer one for the same trade and place replaces it."""
    entered = upsert(connection, licences).values(dict(row))
    columns = ("number", "authority", "valid_from", "valid_until")
    connection.execute(
        entered.on_conflict_do_update(
            index_elements=["account", "trade", "place"], set_={name: entered.excluded[name] for name in columns}
        )
    )


def licences_of(connection: Connection, of: Collection[str], at: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """The licences of some accounts that are valid at a time."""
    return connection.execute(
        select(licences).where(
            licences.c.account.in_(of),
            licences.c.valid_from <= at,
            or_(licences.c.valid_until.is_(None), licences.c.valid_until > at),
        )
    ).all()


def record_associate_agreement(connection: Connection, row: Mapping[str, Any]) -> None:
    """Put a signed agreement on record, with the columns of `associate_agreements`, or change its scope or end."""
    entered = upsert(connection, associate_agreements).values(dict(row))
    columns = ("scope", "signed_at", "ended_at")
    connection.execute(
        entered.on_conflict_do_update(
            index_elements=["account", "reference"], set_={name: entered.excluded[name] for name in columns}
        )
    )


def associate_agreements_of(connection: Connection, of: Collection[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    """The agreements of some accounts, those that ended among them."""
    return connection.execute(select(associate_agreements).where(associate_agreements.c.account.in_(of))).all()
