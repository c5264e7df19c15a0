"""What is written for each engine by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, insert, select, text
from sqlalchemy.dialects import sqlite

from masstransit.storage import verdicts
from masstransit.storage.dialects import either
from masstransit.storage.engine import Database
from masstransit.storage.paging import Slice
from masstransit.storage.tables import carrier_ids, ledger
from tests.makers import ACCOUNT, NOON

_ROWS = select(ledger.c.chain, ledger.c.seq).where(either((ledger.c.chain, ledger.c.seq), "keys"))


def a_row(chain: str, seq: int) -> dict[str, Any]:
    told = {"account": ACCOUNT, "kind": "decision", "ref": "DE1", "digest": b"", "hash": b""}
    return told | {"chain": chain, "seq": seq, "at": NOON}


async def test_rows_are_found_by_a_string_and_a_number_together(database: Database) -> None:
    there = [("a", 1), ("a", 2), ("b", 1), ('it\'s "b" {x}', 2**40)]
    await database.write(lambda c: c.execute(insert(ledger), [a_row(*key) for key in there]))

    async def found(asked: Sequence[tuple[str, int]]) -> set[tuple[str, int]]:
        rows = await database.read(lambda c: c.execute(_ROWS, {"keys": asked}).all())
        return {(row.chain, row.seq) for row in rows}

    assert await found([("a", 2), ("b", 1), ("b", 2)]) == {("a", 2), ("b", 1)}  # not each by itself
    assert await found([there[3]]) == {there[3]}
    assert await found([]) == set()


async def plan(database: Database, query: Select[Any], **parameters: Any) -> str:
    """How SQLite would go about it."""
    compiled = query.compile(dialect=sqlite.dialect())
    asked = text("EXPLAIN QUERY PLAN " + str(query.compile(dialect=sqlite.dialect(paramstyle="named"))))
    assert compiled.params.keys() == parameters.keys()
    rows = await database.read(lambda c: c.execute(asked, parameters).all())
    return "; ".join(row.detail for row in rows)


async def test_sqlite_goes_by_the_index(sqlite_database: Database) -> None:
    by = either((carrier_ids.c.trunk, carrier_ids.c.carrier_id), "keys")
    steps = await plan(sqlite_database, select(carrier_ids.c.sid).where(by), keys='[["a","1"],["a","2"]]')
    assert steps.startswith("SEARCH carrier_ids USING"), steps
    assert "trunk=? AND carrier_id=?" in steps


async def test_decisions_about_a_subject_are_found_by_it(sqlite_database: Database) -> None:
    asked: list[str] = []

    def look(connection: Connection) -> None:
        raw: Any = connection.connection.driver_connection
        raw.set_trace_callback(asked.append)
        verdicts.decisions_of(connection, ACCOUNT, Slice(size=20), subject="SM1")
        raw.set_trace_callback(None)
        (query,) = [each for each in asked if each.startswith("SELECT decisions")]
        steps = "; ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}"))
        assert "subject=?" in steps, steps

    await sqlite_database.read(look)
