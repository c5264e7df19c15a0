"""Statements that are run for many rows at once.

SQLAlchemy's own way of many rows gathers and converts the parameters row by row and name by name, which takes longer
than SQLite takes to store them. Here a statement is compiled once for each kind of database; rows are converted column
by column with the columns' own types, and go to the driver as it wants them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Delete, Dialect, Insert, Table, Update


class _Parameter(msgspec.Struct, frozen=True):
    """A parameter of a statement."""

    name: str
    usual: Any  #: for rows that don't have it
    convert: Callable[[Any], Any] | None


class _Prepared(msgspec.Struct, frozen=True):
    """A statement in the words of one kind of database."""

    sql: str
    parameters: tuple[_Parameter, ...]  #: in the order in which they stand there
    by_place: bool  #: whether the driver takes them by their place, or by name


class Bulk:
    """A statement for many rows. A row of an INSERT may leave out columns that have a default or may be empty; one of
    an UPDATE or DELETE has all bound names."""

    def __init__(self, statement: Insert | Update | Delete) -> None:
        self._statement = statement
        self._prepared: dict[str, _Prepared] = {}

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it for each row, in order. Raises what `Connection.execute` does."""
        if not rows:
            return
        dialect = connection.dialect
        prepared = self._prepared.get(dialect.name) or self._prepare(dialect)
        columns = [_column(parameter, rows) for parameter in prepared.parameters]
        if prepared.by_place:
            connection.exec_driver_sql(prepared.sql, list(zip(*columns, strict=True)))
            return
        names = [parameter.name for parameter in prepared.parameters]
        connection.exec_driver_sql(
            prepared.sql, [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
        )

    def _prepare(self, dialect: Dialect) -> _Prepared:
        usual = _usual(self._statement.table) if isinstance(self._statement, Insert) else {}
        compiled: Any = self._statement.compile(dialect=dialect, column_keys=list(usual) or None)
        by_place = bool(compiled.positional)
        parameters = tuple(
            _Parameter(name, usual.get(name), compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in (compiled.positiontup if by_place else compiled.binds)
        )
        self._prepared[dialect.name] = _Prepared(compiled.string, parameters, by_place)
        return self._prepared[dialect.name]


def _usual(table: Any) -> dict[str, Any]:
    """What each column holds where a row says nothing of it: its default, or nothing."""
    if not isinstance(table, Table):
        raise TypeError("only tables have rows")
    return {
        column.name: column.default.arg if column.default is not None and column.default.is_scalar else None
        for column in table.columns
    }


def _column(parameter: _Parameter, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    values = [row.get(parameter.name, parameter.usual) for row in rows]
    return values if parameter.convert is None else [parameter.convert(value) for value in values]
