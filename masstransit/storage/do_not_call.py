"""Queries of do-not-call lists: millions of persons a registry, loaded as a whole in place of what was there.

A file is loaded piece by piece beside the list in force, under the moment at which its loading began. Until
`put_in_force` names that moment its rows count for nothing, so that a load that breaks off changes nothing, and no
transaction is long. What an earlier load left is then cleared out, a piece at a time too.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, func, select

from masstransit.storage.dialects import among, insert_or_ignore, upsert
from masstransit.storage.ledger import Recorder
from masstransit.storage.tables import do_not_call, registries

_IN_FORCE = select(registries.c.loaded_at).where(registries.c.registry == bindparam("registry")).scalar_subquery()
_LISTED = select(do_not_call.c.registry, do_not_call.c.person).where(
    do_not_call.c.registry == bindparam("registry"),
    do_not_call.c.listed_at == _IN_FORCE,
    among(do_not_call.c.person, "persons"),
)


def add(connection: Connection, registry: str, loaded_at: datetime, persons: Collection[str]) -> None:
    """Keep a piece of a load that began at `loaded_at`. Who stands in the file twice is kept once."""
    rows = [{"registry": registry, "listed_at": loaded_at, "person": person} for person in sorted(set(persons))]
    if rows:
        insert_or_ignore(connection, do_not_call, rows)


def put_in_force(connection: Connection, ledger: Recorder, registry: str, region: str, loaded_at: datetime) -> bool:
    """From now on the registry is what was loaded at `loaded_at`; False where a later load is in force already.

    `region` is "US", or "US-TX" for a state's own list. How many it lists goes into the ledger: that the list was
    fetched in time is what its user has to prove (47 CFR 64.1200(c)(2)(i)(D)).
    """
    statement = upsert(connection, registries).values(registry=registry, region=region, loaded_at=loaded_at)
    put = connection.execute(
        statement.on_conflict_do_update(
            index_elements=["registry"],
            set_={name: statement.excluded[name] for name in ("region", "loaded_at")},
            where=registries.c.loaded_at < statement.excluded.loaded_at,
        ).returning(registries.c.registry)
    )
    if put.first() is None:
        return False
    loaded = and_(do_not_call.c.registry == registry, do_not_call.c.listed_at == loaded_at)
    count = connection.execute(select(func.count()).select_from(do_not_call).where(loaded)).scalar_one()
    said = {"registry": registry, "region": region, "loaded_at": loaded_at, "persons": count}
    ledger.record_all(connection, [("", "do-not-call", registry, said)], loaded_at)
    return True


def clear_out(connection: Connection, registry: str, most: int = 10_000) -> bool:
    """Forget up to `most` rows that loads before the one in force left. False when there are none."""
    in_force = select(registries.c.loaded_at).where(registries.c.registry == registry).scalar_subquery()
    oldest = connection.execute(
        select(func.min(do_not_call.c.listed_at)).where(
            do_not_call.c.registry == registry, do_not_call.c.listed_at < in_force
        )
    ).scalar()
    if oldest is None:
        return False
    left = and_(do_not_call.c.registry == registry, do_not_call.c.listed_at == oldest)
    last = connection.execute(
        select(do_not_call.c.person).where(left).order_by(do_not_call.c.person).offset(most - 1).limit(1)
    ).scalar()
    connection.execute(delete(do_not_call).where(left if last is None else and_(left, do_not_call.c.person <= last)))
    return True


def listed(connection: Connection, names: Collection[str], persons: Collection[str]) -> list[Row[str, str]]:
    """(registry, person) for those of the persons who stand on a list in force of these registries.

    A query a registry, which is as many as there are lists; joined in one, SQLite walks along all of their rows.
    """
    asked = [{"registry": name, "persons": list(persons)} for name in names]
    return [row for each in asked for row in connection.execute(_LISTED, each)]


def registries_all(connection: Connection) -> list[Row[Any]]:
    """Every registry with its region and when it was loaded."""
    return list(connection.execute(select(registries)))
