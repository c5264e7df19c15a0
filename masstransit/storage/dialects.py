"""What SQLite and PostgreSQL write differently: INSERT ... ON CONFLICT, and lists as one parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Dialect, Table, Text, TypeDecorator, bindparam, column, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import tuple_
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import TypeEngine


def upsert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`, for the engine of the connection."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def insert_or_ignore(
    connection: Connection, table: Table, rows: Mapping[str, Any] | Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows; those whose key is there already stay as they were."""
    connection.execute(upsert(connection, table).on_conflict_do_nothing(), rows)


class _Strings(TypeDecorator[Any]):
    """A list of strings as one parameter: an array, or a JSON document where there are no arrays."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        own = postgresql.ARRAY(Text) if dialect.name == "postgresql" else Text()
        return dialect.type_descriptor(own)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return list(value) if dialect.name == "postgresql" else msgspec.json.encode(list(value)).decode()


class _Each(FunctionElement[str]):
    """A list as a table of one column, which is called as the alias is."""

    inherit_cache = True


@compiles(_Each)
def _of_json(each: _Each, compiler: Any, **how: Any) -> str:
    return f"json_each({compiler.process(each.clauses, **how)})"


@compiles(_Each, "postgresql")
def _of_array(each: _Each, compiler: Any, **how: Any) -> str:
    return f"unnest({compiler.process(each.clauses, **how)})"


class _Rows(_Strings):
    """A list of short tuples as one parameter: each a JSON document."""

    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return super().process_bind_param([msgspec.json.encode(each).decode() for each in value], dialect)


class _Field(ColumnElement[Any]):
    """One field of such a tuple, of the type of the column that it is compared with."""

    inherit_cache = True
    _traverse_internals = [("place", InternalTraversal.dp_plain_obj), ("type", InternalTraversal.dp_type)]  # noqa: RUF012

    def __init__(self, place: int, type_: TypeEngine[Any]) -> None:
        self.place = place
        self.type = type_


@compiles(_Field)
def _field_of_json(field: _Field, compiler: Any, **how: Any) -> str:
    return f"json_extract(value, '$[{field.place}]')"


@compiles(_Field, "postgresql")
def _field_of_element(field: _Field, compiler: Any, **how: Any) -> str:
    of = compiler.dialect.type_compiler_instance.process(field.type)
    return f"CAST(CAST(value AS JSON) ->> {field.place} AS {of})"


def among(each: Column[str], name: str) -> ColumnElement[bool]:
    """Whether a column is one of the strings of the parameter `name`.

    SQLAlchemy's own `in_` writes the statement anew for each length of the list; this one is written once.
    """
    strings = _Each(bindparam(name, type_=_Strings())).alias("value")
    return each.in_(select(column("value")).select_from(strings))


def either(columns: Sequence[Column[Any]], name: str) -> ColumnElement[bool]:
    """Whether some columns, taken together, are one of the tuples of the parameter `name`; of strings and integers.

    SQLAlchemy's own `tuple_(...).in_` becomes `IN (VALUES ...)`, for which SQLite walks through the whole table.
    """
    rows = _Each(bindparam(name, type_=_Rows())).alias("value")
    fields = [_Field(place, each.type) for place, each in enumerate(columns)]
    return tuple_(*columns).in_(select(*fields).select_from(rows))
