"""Why numbers are left where they are: holds, disputes, ports under way and quarantine, several at once of one number.

One that is held is neither sold nor given up, does not age and is not reclaimed. Each is ended by itself: a lawsuit
that is over leaves the port that is under way. Who put and ended one, and when, is in the ledger.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, select

from masstransit.storage.dialects import upsert
from masstransit.storage.tables import number_holds, numbers

h = number_holds.c


def is_held() -> ColumnElement[bool]:
    """Whether something holds a number: of a query of `numbers`."""
    return select(h.number).where(h.number == numbers.c.number).exists()


def put(connection: Connection, number: str, kind: str, because: str, *, by: str, now: datetime) -> bool:
    """Hold a number. False: it is held so already, and the first reason stays."""
    row = {"number": number, "kind": kind, "because": because[:256], "by": by[:128], "since": now}
    new = upsert(connection, number_holds).on_conflict_do_nothing(index_elements=["number", "kind"])
    return connection.execute(new.returning(h.number), row).first() is not None


def end(connection: Connection, number: str, kind: str) -> bool:
    """End one. False: the number is not held so."""
    return connection.execute(delete(number_holds).where(h.number == number, h.kind == kind)).rowcount == 1


def end_all(connection: Connection, number: str) -> None:
    """End all of a number that is not ours any more."""
    connection.execute(delete(number_holds).where(h.number == number))


def of(connection: Connection, number: str) -> Sequence[Row[Any]]:
    """What holds a number: `kind`, `because`, `by`, `since`, the oldest first."""
    return on(connection, [number]).get(number, [])


def on(connection: Connection, which: Collection[str]) -> Mapping[str, Sequence[Row[Any]]]:
    """What holds some numbers; those that nothing holds are left out."""
    query = select(number_holds).where(h.number.in_(which)).order_by(h.number, h.since, h.kind)
    found: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(query):
        found.setdefault(row.number, []).append(row)
    return found


def every(connection: Connection) -> Sequence[Row[Any]]:
    """Everything that holds some number, with its `state` and `account`, by number."""
    query = select(number_holds, numbers.c.state, numbers.c.account).join(numbers, numbers.c.number == h.number)
    return connection.execute(query.order_by(h.number, h.since, h.kind)).all()
