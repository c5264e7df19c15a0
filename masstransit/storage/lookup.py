"""Queries that are asked for each message and each call.

To ask a SQLite file takes ten microseconds, and SQLAlchemy's way of asking it a hundred. Here a query is compiled once,
and its parameters go to the driver as it wants them. Rows come as they would have, and so do faults.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Dialect, Row, Select
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.exc import DBAPIError

_Convert = Callable[[Any], Any] | None


class _Prepared(msgspec.Struct, frozen=True):
    """A query in SQLite's words."""

    sql: str
    parameters: tuple[tuple[str, Any, _Convert], ...]  #: in order: name, value where none is told, how it is stored
    names: SimpleResultMetaData  #: of the columns
    read: tuple[tuple[int, Callable[[Any], Any]], ...]  #: the columns that are not as they are stored


class Lookup:
    """A query. Lists are told by `dialects.among` and `dialects.either`, so that its words are always the same."""

    def __init__(self, query: Select[Any]) -> None:
        self._query = query
        self._prepared: _Prepared | None = None

    def rows(self, connection: Connection, **told: Any) -> list[Row[Any]]:
        """All rows. Raises what `Connection.execute` does."""
        begun = connection.in_transaction() or connection.info.get("statement_by_statement")
        if connection.dialect.name != "sqlite" or not begun:
            return list(connection.execute(self._query, told))
        prepared = self._prepared or self._prepare(connection.dialect)
        values = [
            convert(told.get(name, usual)) if convert is not None else told.get(name, usual)
            for name, usual, convert in prepared.parameters
        ]
        try:
            found = connection.connection.driver_connection.execute(prepared.sql, values).fetchall()  # type: ignore[union-attr]
        except sqlite3.Error as failed:
            raise DBAPIError.instance(prepared.sql, None, failed, sqlite3.Error, dialect=connection.dialect) from failed
        return _as_rows(found, prepared) if found else []

    def first(self, connection: Connection, **told: Any) -> Row[Any] | None:
        """The first row. Raises what `Connection.execute` does."""
        return next(iter(self.rows(connection, **told)), None)

    def _prepare(self, dialect: Dialect) -> _Prepared:
        compiled: Any = self._query.compile(dialect=dialect)
        binds = [compiled.binds[name] for name in compiled.positiontup]
        columns = [(str(each.key), each.type.dialect_impl(dialect)) for each in self._query.selected_columns]
        readers = [kind.result_processor(dialect, None) for _, kind in columns]
        self._prepared = _Prepared(
            compiled.string,
            tuple(
                (name, bind.value, bind.type.dialect_impl(dialect).bind_processor(dialect))
                for name, bind in zip(compiled.positiontup, binds, strict=True)
            ),
            SimpleResultMetaData([name for name, _ in columns]),
            tuple((place, reader) for place, reader in enumerate(readers) if reader is not None),
        )
        return self._prepared


def _as_rows(found: Sequence[tuple[Any, ...]], prepared: _Prepared) -> list[Row[Any]]:
    if prepared.read:
        found = [_read(row, prepared) for row in found]
    return list(IteratorResult(prepared.names, iter(found)))


def _read(row: tuple[Any, ...], prepared: _Prepared) -> tuple[Any, ...]:
    values = list(row)
    for place, reader in prepared.read:
        values[place] = reader(values[place])
    return tuple(values)
