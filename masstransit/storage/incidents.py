"""Incidents: harm that was done to the platform, as the operator put it on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select

from masstransit.storage.tables import incidents


def record_incident(connection: Connection, row: Mapping[str, Any]) -> None:
    """Put an incident on record, with the columns of `incidents`."""
    connection.execute(insert(incidents), dict(row))


def incidents_since(connection: Connection, since: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """Those that ended after a time, or go on."""
    return connection.execute(
        select(incidents).where(or_(incidents.c.until.is_(None), incidents.c.until > since)).order_by(incidents.c.since)
    ).all()
