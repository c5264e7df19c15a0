"""Queries of how many decisions were made, by hour, account, moment, verdict and rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from masstransit.storage.dialects import upsert
from masstransit.storage.tables import tallies

t = tallies.c
KEY = ("account", "hour", "moment", "verdict", "rule")


def add(connection: Connection, counted: Mapping[tuple[Any, ...], int]) -> None:
    """Add counts to what is there already, by (account, hour, moment, verdict, rule)."""
    for key, count in sorted(counted.items()):  # in one order everywhere, so that processes don't wait in a ring
        row = upsert(connection, tallies).values(**dict(zip(KEY, key, strict=True)), count=count)
        connection.execute(
            row.on_conflict_do_update(index_elements=KEY, set_={"count": t["count"] + row.excluded["count"]})
        )


def summed(
    connection: Connection, since: datetime, until: datetime, *, account: str | None = None
) -> Sequence[Row[*tuple[Any, ...]]]:
    """(moment, verdict, rule, total) of a time: of an account, or of all."""
    total = func.sum(t["count"]).label("total")
    query = select(t.moment, t.verdict, t.rule, total).where(t.hour >= since, t.hour < until)
    if account is not None:
        query = query.where(t.account == account)
    return connection.execute(query.group_by(t.moment, t.verdict, t.rule)).all()


def of_rule(connection: Connection, rule: str, since: datetime) -> Mapping[str, int]:
    """Verdict -> decisions since then of which a rule's was the strictest finding."""
    total = func.sum(t["count"]).label("total")
    query = select(t.verdict, total).where(t.hour >= since, t.rule == rule).group_by(t.verdict)
    return {row.verdict: int(row.total) for row in connection.execute(query)}


def hourly(
    connection: Connection, since: datetime, until: datetime, *, moment: str, account: str | None = None
) -> Sequence[Row[*tuple[Any, ...]]]:
    """(hour, verdict, total) of a moment, in order of time: of an account, or of all."""
    total = func.sum(t["count"]).label("total")
    query = select(t.hour, t.verdict, total).where(t.hour >= since, t.hour < until, t.moment == moment)
    if account is not None:
        query = query.where(t.account == account)
    return connection.execute(query.group_by(t.hour, t.verdict).order_by(t.hour)).all()


def busiest(
    connection: Connection, since: datetime, verdicts: Sequence[str], at_most: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """(account, total) of those with the most decisions of these verdicts since then."""
    total = func.sum(t["count"]).label("total")
    query = select(t.account, total).where(t.hour >= since, t.verdict.in_(verdicts)).group_by(t.account)
    return connection.execute(query.order_by(total.desc(), t.account).limit(at_most)).all()
