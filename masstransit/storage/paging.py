"""Lists, a sheet at a time: by key, not by count, so that a list that grows at its head neither skips nor repeats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, literal, tuple_


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a list: `size` rows that follow the key `after`, or with `backwards` those that precede it."""

    size: int = 50
    after: tuple[Any, ...] | None = None
    backwards: bool = False


class Sheet(msgspec.Struct, frozen=True):
    """The rows of a slice, in the order of the list; whether the list goes on before and behind them."""

    rows: Sequence[Row[Any]]
    before: bool
    behind: bool


def sheet(
    connection: Connection,
    query: Select[Any],
    key: Sequence[ColumnElement[Any]],
    part: Slice,
    *,
    newest_first: bool = True,
) -> Sheet:
    """Run `query` for one slice, ordered by `key`: columns that together are unique."""
    descending = newest_first != part.backwards
    if part.after is not None:
        here: ColumnElement[Any] = tuple_(*key)
        there = tuple_(*(_bound(column, value) for column, value in zip(key, part.after, strict=True)))
        query = query.where(here < there if descending else here > there)
    ordered = query.order_by(*(column.desc() if descending else column.asc() for column in key))
    found = list(connection.execute(ordered.limit(part.size + 1)))
    more = len(found) > part.size
    rows = found[: part.size]
    if part.backwards:
        return Sheet(rows[::-1], before=more, behind=True)
    return Sheet(rows, before=part.after is not None, behind=more)


def _bound(column: ColumnElement[Any], value: Any) -> ColumnElement[Any]:
    return literal(value, type_=column.type)


def merged(first: Sheet, second: Sheet, key: Callable[[Row[Any]], Any], part: Slice) -> Sheet:
    """Two lists as one, the newest first: the sheets that both have of one slice, by the key that they share."""
    rows = sorted((*first.rows, *second.rows), key=key, reverse=True)
    more = len(rows) > part.size
    return Sheet(
        rows[-part.size :] if part.backwards else rows[: part.size],
        before=first.before or second.before or (more and part.backwards),
        behind=first.behind or second.behind or (more and not part.backwards),
    )
