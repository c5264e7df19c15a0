"""The inventory: every number and short code, who has it, and the life of each.

    available -> in-use -> released (its last owner may take it back) -> aging (silent) -> available

A number that was given up is left alone before somebody else may have it, because people go on writing to it and what
they agreed to with its last owner is no consent to the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select, update

from masstransit.errors import Conflict, NotFound
from masstransit.storage.dialects import upsert
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import numbers

#: How long the last owner may take a number back, and how long after its release nobody else gets it: the rule for
#: North American operators is 45 days at least (47 CFR 52.15(f)(1)(ii) allows up to 90).
RESTORABLE = timedelta(days=10)
AGING = timedelta(days=45)

_FREED: Mapping[str, Any] = {
    "service": None,
    "campaign": None,
    "verification": "",
    "sms_url": "",
    "sms_method": "POST",
    "sms_fallback_url": "",
    "sms_application": None,
    "status_callback": "",
}
_INVENTORY: Mapping[str, Any] = {
    "account": None,
    "sid": None,
    "type": "local",
    "region": "",
    "state": "available",
    "sms": True,
    "mms": False,
    "voice": False,
    "fax": False,
    "verification": "",
    "friendly_name": "",
    "acquired_at": None,
    "attrs": {},
}


def put(connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Add to the inventory: `number`, and `type`, `region`, `sms` ..., `account` and `sid` where somebody has it.

    A number that is there keeps its SID and whatever its owner set; one that somebody else has stays theirs. So does a
    verification where none is told.
    """
    if not rows:
        return
    whole = [{**_INVENTORY, **row, "updated_at": now} for row in rows]
    statement = upsert(connection, numbers)
    fresh = statement.excluded
    changes: dict[str, Any] = {
        name: fresh[name] for name in ("type", "region", "sms", "mms", "voice", "fax", "updated_at")
    }
    changes["verification"] = func.coalesce(func.nullif(fresh.verification, ""), numbers.c.verification)
    connection.execute(statement.on_conflict_do_update(index_elements=["number"], set_=changes), whole)
    for row in whole:
        if row["account"] is not None:
            owned = {name: row[name] for name in ("account", "sid", "state", "acquired_at", "friendly_name")}
            free = and_(numbers.c.number == row["number"], numbers.c.state == "available")
            connection.execute(update(numbers).where(free).values(owned))


def owners(connection: Connection, which: Sequence[str]) -> dict[str, str | None]:
    """The account that has each of these numbers; numbers that are not in the inventory are left out."""
    found = connection.execute(select(numbers.c.number, numbers.c.account).where(numbers.c.number.in_(which)))
    return {number: account for number, account in found}  # noqa: C416 - a row is a tuple only to us


def search(connection: Connection, wanted: Mapping[str, Any], part: Slice, *, contains: str = "") -> Sheet:
    """Numbers for sale by column (`region`, `type`, `sms` ...); `contains` is a LIKE pattern."""
    query = select(numbers).where(
        numbers.c.state == "available", *(numbers.c[name] == value for name, value in wanted.items())
    )
    if contains:
        query = query.where(numbers.c.number.like(contains, escape="\\"))
    return sheet(connection, query, (numbers.c.number,), part, newest_first=False)


def regions(connection: Connection) -> list[tuple[str, str]]:
    """(region, type) of what is for sale."""
    found = connection.execute(
        select(numbers.c.region, numbers.c.type)
        .where(numbers.c.state == "available", numbers.c.type != "short-code")
        .distinct()
        .order_by(numbers.c.region, numbers.c.type)
    )
    return [(region, kind) for region, kind in found]


def first_of(connection: Connection, prefix: str) -> str | None:
    """A number for sale that begins so."""
    return connection.execute(
        select(numbers.c.number)
        .where(numbers.c.state == "available", numbers.c.type == "local", numbers.c.number.like(f"{prefix}%"))
        .order_by(numbers.c.number)
        .limit(1)
    ).scalar_one_or_none()


def buy(  # noqa: PLR0917 - the fields of one purchase
    connection: Connection, account: str, number: str, sid: str, now: datetime, values: Mapping[str, Any]
) -> Row[Any]:
    """Take a number that is for sale, or one's own that was released a moment ago. Raises `Conflict` (21422).

    One statement decides: of two buyers one finds the row as it has to be, the other does not.
    """
    mine_again = and_(
        numbers.c.state == "released", numbers.c.account == account, numbers.c.released_at > now - RESTORABLE
    )
    taken = connection.execute(
        update(numbers)
        .where(numbers.c.number == number, or_(numbers.c.state == "available", mine_again))
        .values(
            {
                "account": account,
                "sid": sid,
                "state": "in-use",
                "friendly_name": number,
                "acquired_at": now,
                "released_at": None,
                "updated_at": now,
                **values,
            }
        )
    )
    if taken.rowcount != 1:
        raise Conflict(f"The number {number} is not available", code=21422)
    return connection.execute(select(numbers).where(numbers.c.number == number)).one()


def find(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """A number of an account."""
    return connection.execute(
        select(numbers).where(numbers.c.account == account, numbers.c.sid == sid, numbers.c.state == "in-use")
    ).one_or_none()


def owned(connection: Connection, account: str, part: Slice, wanted: Mapping[str, Any]) -> Sheet:
    """An account's numbers, the newest first; short codes are none."""
    query = select(numbers).where(
        numbers.c.account == account,
        numbers.c.state == "in-use",
        numbers.c.type != "short-code",
        *(numbers.c[name] == value for name, value in wanted.items()),
    )
    return sheet(connection, query, (numbers.c.acquired_at, numbers.c.sid), part)


def change(connection: Connection, account: str, sid: str, now: datetime, values: Mapping[str, Any]) -> Row[Any]:
    """Change an owned number. Raises `NotFound`."""
    mine = and_(numbers.c.account == account, numbers.c.sid == sid, numbers.c.state == "in-use")
    if connection.execute(update(numbers).where(mine).values(**values, updated_at=now)).rowcount != 1:
        raise NotFound(f"The number {sid} was not found")
    return connection.execute(select(numbers).where(numbers.c.sid == sid)).one()


def transfer(connection: Connection, account: str, sid: str, to: str, now: datetime) -> Row[Any]:
    """Give a number to another account of the family; its service, campaign and application stay behind.

    Raises `NotFound`.
    """
    left = {"service": None, "campaign": None, "sms_application": None}
    return change(connection, account, sid, now, left | {"account": to})


def release(connection: Connection, account: str, sid: str, now: datetime) -> None:
    """Give a number up. Raises `NotFound`."""
    change(connection, account, sid, now, {**_FREED, "state": "released", "released_at": now})


def age(connection: Connection, now: datetime) -> int:
    """Move released numbers on: to `aging` when their owner can't have them back, to `available` when they are cold.

    How many came back on sale.
    """
    nobodys = {"account": None, "sid": None, "updated_at": now}
    connection.execute(
        update(numbers)
        .where(numbers.c.state == "released", numbers.c.released_at <= now - RESTORABLE)
        .values(state="aging", **nobodys)
    )
    return connection.execute(
        update(numbers)
        .where(numbers.c.state == "aging", numbers.c.released_at <= now - AGING)
        .values(state="available", released_at=None, **nobodys)
    ).rowcount


def in_service(connection: Connection, account: str, service: str, *, short: bool, part: Slice) -> Sheet:
    """The numbers, or with `short` the short codes, of a messaging service."""
    kind = numbers.c.type == "short-code" if short else numbers.c.type != "short-code"
    query = select(numbers).where(
        numbers.c.account == account, numbers.c.service == service, numbers.c.state == "in-use", kind
    )
    return sheet(connection, query, (numbers.c.number,), part, newest_first=False)
