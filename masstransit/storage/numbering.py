"""Which blocks of the numbering plans were given to somebody, as their administrators tell it day by day.

A block is the beginning of a number in E.164 form: "+1212555" is an exchange of New York, "+12125551" a thousands-block
of it. The longest block that a number begins with tells about it; a number that begins with none is not told about.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, case, func, select

from masstransit.storage.dialects import among, upsert
from masstransit.storage.tables import allocations

_BATCH = 10_000  # rows a statement
_BLOCKS = select(allocations).where(among(allocations.c.prefix, "prefixes"))
_LENGTHS = select(func.length(allocations.c.prefix)).distinct()


def allocations_put(connection: Connection, rows: Sequence[Mapping[str, Any]], at: datetime) -> None:
    """Record blocks: `prefix` ("+" and digits), `status` (allocated | unallocated), and `as_of`, the day that the
    administrator's data is of (`at`, where it is not told). Of two rows for one block the later `as_of` stays."""
    for start in range(0, len(rows), _BATCH):
        _put(connection, [{"as_of": at, **row} for row in rows[start : start + _BATCH]])


def _put(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    statement = upsert(connection, allocations)
    fresh, old = statement.excluded, allocations.c
    later = fresh.as_of >= old.as_of
    changes = {name: case((later, fresh[name]), else_=old[name]) for name in ("status", "as_of")}
    connection.execute(statement.on_conflict_do_update(index_elements=["prefix"], set_=changes), rows)


def block_lengths(connection: Connection) -> tuple[int, ...]:
    """How long the blocks on record are, plus sign included, the longest first."""
    return tuple(sorted(connection.scalars(_LENGTHS), reverse=True))


def blocks(connection: Connection, prefixes: Collection[str]) -> list[Row[Any]]:
    """The blocks (prefix, status, as_of) that are on record for some beginnings of numbers."""
    return list(connection.execute(_BLOCKS, {"prefixes": list(prefixes)})) if prefixes else []
