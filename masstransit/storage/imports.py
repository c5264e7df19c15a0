"""How far imports are that were begun and not finished: a killed one goes on there; a finished one has no row."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, select, update

from masstransit.errors import Conflict
from masstransit.storage.dialects import insert_or_ignore
from masstransit.storage.tables import imports


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A batch of an import that is done, together with the transaction that notes it."""

    account: str
    name: str
    before: int  #: rows that were done before it
    rows: int  #: that it has
    line: int  #: of the file, its last one


def begin(connection: Connection, account: str, name: str, *, kind: str, at: datetime) -> Row[Any]:
    """The import under this name, with `rows` of which `good` are taken up to `line`: all 0 for one that is new."""
    fresh = {"account": account, "name": name, "kind": kind, "begun_at": at, "rows": 0, "good": 0, "line": 0}
    insert_or_ignore(connection, imports, fresh)
    mine = (imports.c.account == account, imports.c.name == name)
    return connection.execute(select(imports).where(*mine)).one()


def advance(connection: Connection, step: Step, *, good: int) -> None:
    """Note a batch as done. Raises `Conflict`, which takes the batch back, where another process did it too."""
    at = imports.c
    moved = connection.execute(
        update(imports)
        .where(at.account == step.account, at.name == step.name, at.rows == step.before)
        .values(rows=at.rows + step.rows, good=at.good + good, line=step.line)
    )
    if moved.rowcount != 1:
        raise Conflict("another process takes this very file over: let it end, or end it and try again")


def finish(connection: Connection, account: str, name: str) -> None:
    """The last line is in."""
    connection.execute(delete(imports).where(imports.c.account == account, imports.c.name == name))
