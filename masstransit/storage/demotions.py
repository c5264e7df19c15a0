"""Demotions: rules that are in shadow because people overturned too much of what they stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select, update

from masstransit.storage.dialects import upsert
from masstransit.storage.tables import demotions


def add(connection: Connection, row: Mapping[str, Any]) -> bool:
    """Put a demotion on record, with the columns of `demotions`. False: the rule is demoted already."""
    new = upsert(connection, demotions).on_conflict_do_nothing().returning(demotions.c.rule)
    return connection.execute(new, dict(row)).first() is not None


def in_force(connection: Connection, at: datetime | None = None) -> Sequence[Row[*tuple[Any, ...]]]:
    """The demotions in force, now or at another time."""
    d = demotions.c
    stands = d.ended_at.is_(None) if at is None else (d.since <= at) & or_(d.ended_at.is_(None), d.ended_at > at)
    return connection.execute(select(demotions).where(stands).order_by(d.rule)).all()


def of_rule(connection: Connection, rule: str, at_most: int = 20) -> Sequence[Row[*tuple[Any, ...]]]:
    """When a rule stepped down, the last time first."""
    d = demotions.c
    return connection.execute(select(demotions).where(d.rule == rule).order_by(d.since.desc()).limit(at_most)).all()


def told(demotion: Row[Any]) -> str:
    """Why a rule is in shadow, in a clause of a sentence."""
    return (
        f"in shadow since {demotion.since:%Y-%m-%d %H:%M} UTC: people overturned {demotion.overturned} of "
        f"{demotion.stopped} that it stopped, more than {demotion.budget:.1%}"
    )


def end(connection: Connection, rule: str, at: datetime, by: str) -> bool:
    """The operator puts a rule back. False: it is not demoted."""
    d = demotions.c
    ended = update(demotions).where(d.rule == rule, d.ended_at.is_(None)).values(ended_at=at, ended_by=by)
    return connection.execute(ended).rowcount == 1


def put_back(connection: Connection) -> dict[str, datetime]:
    """Rule -> when the operator last put it back: what it stopped before counts no more."""
    d = demotions.c
    query = select(d.rule, func.max(d.ended_at).label("at")).where(d.ended_at.is_not(None)).group_by(d.rule)
    return {row.rule: row.at for row in connection.execute(query)}
