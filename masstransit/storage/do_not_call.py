"""Do-not-call lists: which there are, how old they are, and which file of each is in force.

The numbers are in files (`storage/number_file.py`); a list takes the place of the one before in one transaction, which
names another file. Until then the new file is there and means nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from masstransit.storage.dialects import upsert
from masstransit.storage.ledger import Recorder
from masstransit.storage.number_file import Written
from masstransit.storage.tables import registries


def put_in_force(
    connection: Connection, ledger: Recorder, registry: str, written: Written, *, region: str, loaded_at: datetime
) -> bool:
    """From now on the registry is this file; False where a load that began later is in force already.

    `region` is "US", or "US-TX" for a state's own list. How many it lists goes into the ledger: that the list was
    fetched in time is what its user has to prove (47 CFR 64.1200(c)(2)(i)(D)).
    """
    told = {"region": region, "digest": written.digest, "numbers": written.numbers, "loaded_at": loaded_at}
    statement = upsert(connection, registries).values(registry=registry, **told)
    put = connection.execute(
        statement.on_conflict_do_update(
            index_elements=["registry"],
            set_={name: statement.excluded[name] for name in told},
            where=registries.c.loaded_at < statement.excluded.loaded_at,
        ).returning(registries.c.registry)
    )
    if put.first() is None:
        return False
    ledger.record_all(connection, [("", "do-not-call", registry, {"registry": registry} | told)], loaded_at)
    return True


def registries_all(connection: Connection) -> Sequence[Row[Any]]:
    """Every registry, with its region, its file's digest, how many numbers that has, and when it was loaded."""
    return connection.execute(select(registries)).all()
