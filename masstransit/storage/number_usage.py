"""Queries of use: what came in and went out by number and day. Counted once a day is over, from the record; so nothing
is written for it while messages are carried, and it is there when the messages themselves are gone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, case, func, select

from masstransit.storage.dialects import upsert
from masstransit.storage.tables import accounts, communications, installation, number_usage

_COUNTED = "usage.counted"  # the last day that is counted
_DAY = timedelta(days=1)
_SCHEDULED = timedelta(days=36)  # a message is sent so long after it was accepted at most
_AT_ONCE = 500  # numbers a query


def counted_until(connection: Connection) -> date | None:
    """The last day that is counted; None: none is."""
    query = select(installation.c.value).where(installation.c.name == _COUNTED)
    kept = connection.execute(query).scalar_one_or_none()
    return None if kept is None else date.fromisoformat(kept)


def first_day(connection: Connection) -> date | None:
    """The day of the oldest message on record."""
    oldest = connection.execute(select(func.min(communications.c.created_at))).scalar_one_or_none()
    return None if oldest is None else oldest.astimezone(UTC).date()


def seen(connection: Connection, day: date) -> list[dict[str, Any]]:
    """What came in and went out on one day, a row a number. Messages that were never sent are no use."""
    begin = datetime.combine(day, time(), UTC)
    c, found = communications.c, dict[str, dict[str, Any]]()
    whose = c.account.in_(select(accounts.c.account))  # the index begins with it
    came = (c.direction == "inbound", c.status == "received", c.created_at >= begin, c.created_at < begin + _DAY)
    went = (
        c.direction == "outbound", c.sent_at >= begin, c.sent_at < begin + _DAY,
        c.created_at >= begin - _SCHEDULED, c.created_at < begin + _DAY,
    )  # fmt: skip
    for way, number, within in (("inbound", c.recipient, came), ("outbound", c.sender, went)):
        query = select(number.label("number"), func.count().label("times")).where(whose, *within).group_by(number)
        for row in connection.execute(query):
            nothing = {"number": row.number, "day": day.isoformat(), "inbound": 0, "outbound": 0}
            found.setdefault(row.number, nothing)[way] = row.times
    return list(found.values())


def keep(connection: Connection, rows: Sequence[Mapping[str, Any]], day: date, *, over: bool) -> None:
    """Keep what a day saw, in the place of what was counted of it before; with `over` it is not counted again."""
    if rows:
        statement = upsert(connection, number_usage)
        fresh = {"inbound": statement.excluded.inbound, "outbound": statement.excluded.outbound}
        connection.execute(statement.on_conflict_do_update(index_elements=["number", "day"], set_=fresh), list(rows))
    if over:
        marked = upsert(connection, installation)
        changed = marked.on_conflict_do_update(index_elements=["name"], set_={"value": marked.excluded.value})
        connection.execute(changed, {"name": _COUNTED, "value": day.isoformat()})


class Used(NamedTuple):
    """The last days on which a number was used."""

    at_all: date  #: on which anything came in or went out
    sent: date | None  #: on which anything went out


def last_used(connection: Connection, numbers: Collection[str]) -> dict[str, Used]:
    """Of those numbers that were ever used, when they were last."""
    wanted, found, u = list(numbers), dict[str, Used](), number_usage.c
    last, sent = func.max(u.day), func.max(case((u.outbound > 0, u.day)))
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(u.number, last, sent).where(u.number.in_(wanted[start : start + _AT_ONCE])).group_by(u.number)
        for number, day, out in connection.execute(query):
            found[number] = Used(date.fromisoformat(day), date.fromisoformat(out) if out else None)
    return found


def series(connection: Connection, number: str, since: date) -> Sequence[Row[*tuple[object, ...]]]:
    """A number's days of use since then: `day`, `inbound`, `outbound`, the oldest first."""
    u = number_usage.c
    query = select(u.day, u.inbound, u.outbound).where(u.number == number, u.day >= since.isoformat())
    return connection.execute(query.order_by(u.day)).all()
