"""Overturns: decisions that a person found wrong. Rules are measured by them, and replays are joined to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select

from masstransit.storage.dialects import either, upsert
from masstransit.storage.tables import overturns

RELEASED, OVERTURNED = "released", "overturned"  #: ways: a hold was let go, or a person said that a stop was wrong


class Overturned(msgspec.Struct, frozen=True, kw_only=True):
    """How often people overturned what one rule had stopped."""

    subjects: int
    accounts: int  #: whose they were
    people: int  #: who overturned them


def add(connection: Connection, row: Mapping[str, Any]) -> bool:
    """Put an overturn on record, with the columns of `overturns`. False: this decision was overturned before."""
    new = upsert(connection, overturns).on_conflict_do_nothing().returning(overturns.c.decision)
    return connection.execute(new, dict(row)).first() is not None


def of_decisions(connection: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Row[Any]]:
    """Overturns by the (account, id) of their decisions."""
    if not keys:
        return {}
    o = overturns.c
    found = connection.execute(select(overturns).where(either((o.account, o.decision), "keys")), {"keys": keys})
    return {(row.account, row.decision): row for row in found}


def about(connection: Connection, subjects: Sequence[tuple[str, str]]) -> dict[tuple[str, str], list[Row[Any]]]:
    """Overturns by the (account, subject) of their decisions, in order of time."""
    if not subjects:
        return {}
    o, found = overturns.c, defaultdict[tuple[str, str], list[Row[Any]]](list)
    query = select(overturns).where(either((o.account, o.subject), "subjects")).order_by(o.at)
    for row in connection.execute(query, {"subjects": subjects}):
        found[row.account, row.subject].append(row)
    return found


def counted(connection: Connection, since: datetime, rule: str | None = None) -> dict[str, Overturned]:
    """Rule -> what people overturned of that which it has stopped since then; of all rules, or of one."""
    o = overturns.c
    counts = (o.subject, o.account, o.by)
    query = select(o.rule, *(func.count(column.distinct()) for column in counts)).where(o.decided_at >= since)
    if rule is not None:
        query = query.where(o.rule == rule)
    return {
        name: Overturned(subjects=subjects, accounts=accounts, people=people)
        for name, subjects, accounts, people in connection.execute(query.group_by(o.rule))
    }


def latest(connection: Connection) -> tuple[datetime, int] | None:
    """When the last overturn came, and how many came at that instant: another answer says that there are new ones."""
    at = overturns.c.at
    row = connection.execute(select(at, func.count()).group_by(at).order_by(at.desc()).limit(1)).first()
    return (row[0], row[1]) if row is not None else None
