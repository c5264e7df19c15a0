"""The inventory: every number and short code, who has it, and the life of each.

    available -> in-use -> released (its last owner may take it back) -> aging (silent) -> available
                        -> aging, where a provider had it reclaimed

A number that was given up is left alone before somebody else may have it, because people go on writing to it and what
they agreed to with its last owner is no consent to the next. One that is `locked` (a hold, a port under way, quarantine
after abuse) stays where it is: nobody buys it, and it does not age.
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

RESTORABLE = timedelta(days=10)  #: how long the last owner may take a number back
LEAST_REST = timedelta(days=45)  #: no setting lets somebody else have it sooner (47 CFR 52.15(f)(1)(ii))

_FOR_SALE = and_(numbers.c.state == "available", numbers.c.locked == "")
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
    "provider": "",
    "business": True,
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
        name: fresh[name] for name in ("type", "region", "sms", "mms", "voice", "fax", "business", "updated_at")
    }
    changes["provider"] = func.coalesce(func.nullif(fresh.provider, ""), numbers.c.provider)
    changes["verification"] = func.coalesce(func.nullif(fresh.verification, ""), numbers.c.verification)
    connection.execute(statement.on_conflict_do_update(index_elements=["number"], set_=changes), whole)
    for row in whole:
        if row["account"] is not None:
            owned = {name: row[name] for name in ("account", "sid", "state", "acquired_at", "friendly_name")}
            free = and_(numbers.c.number == row["number"], _FOR_SALE)
            connection.execute(update(numbers).where(free).values(owned))


def owners(connection: Connection, which: Sequence[str]) -> dict[str, str | None]:
    """The account that has each of these numbers; numbers that are not in the inventory are left out."""
    found = connection.execute(select(numbers.c.number, numbers.c.account).where(numbers.c.number.in_(which)))
    return {number: account for number, account in found}  # noqa: C416 - a row is a tuple only to us


def search(connection: Connection, wanted: Mapping[str, Any], part: Slice, *, contains: str = "") -> Sheet:
    """Numbers for sale by column (`region`, `type`, `sms` ...); `contains` is a LIKE pattern."""
    query = select(numbers).where(_FOR_SALE, *(numbers.c[name] == value for name, value in wanted.items()))
    if contains:
        query = query.where(numbers.c.number.like(contains, escape="\\"))
    return sheet(connection, query, (numbers.c.number,), part, newest_first=False)


def regions(connection: Connection) -> list[tuple[str, str]]:
    """(region, type) of what is for sale."""
    found = connection.execute(
        select(numbers.c.region, numbers.c.type)
        .where(_FOR_SALE, numbers.c.type != "short-code")
        .distinct()
        .order_by(numbers.c.region, numbers.c.type)
    )
    return [(region, kind) for region, kind in found]


def first_of(connection: Connection, prefix: str) -> str | None:
    """A number for sale that begins so."""
    return connection.execute(
        select(numbers.c.number)
        .where(_FOR_SALE, numbers.c.type == "local", numbers.c.number.like(f"{prefix}%"))
        .order_by(numbers.c.number)
        .limit(1)
    ).scalar_one_or_none()


def buy(  # noqa: PLR0917 - the fields of one purchase
    connection: Connection, account: str, number: str, sid: str, now: datetime, values: Mapping[str, Any]
) -> Row[Any]:
    """Take a number that is for sale, or one's own that was released a moment ago. Raises `Conflict` (21422).

    One statement decides: of two buyers one finds the row as it has to be, the other does not.
    """
    fresh = (numbers.c.account == account, numbers.c.released_at > now - RESTORABLE)
    mine_again = and_(numbers.c.state == "released", numbers.c.locked == "", *fresh)
    taken = connection.execute(
        update(numbers)
        .where(numbers.c.number == number, or_(_FOR_SALE, mine_again))
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
    """Give a number up. Raises `NotFound`, and `Conflict` for one that is locked."""
    row = find(connection, account, sid)
    if row is not None and row.locked:
        raise Conflict(f"The number {row.number} is locked ({row.locked}) and can't be given up; ask the operator")
    change(connection, account, sid, now, {**_FREED, "state": "released", "released_at": now})


def age(connection: Connection, now: datetime, rest: timedelta) -> int:
    """Move released numbers on: to `aging` when their owner can't have them back, to `available` when nobody had them
    for `rest`. How many came back on sale."""
    nobodys = {"account": None, "sid": None, "updated_at": now}
    free = numbers.c.locked == ""
    connection.execute(
        update(numbers)
        .where(numbers.c.state == "released", free, numbers.c.released_at <= now - RESTORABLE)
        .values(state="aging", **nobodys)
    )
    return connection.execute(
        update(numbers)
        .where(numbers.c.state == "aging", free, numbers.c.released_at <= now - rest)
        .values(state="available", released_at=None, **nobodys)
    ).rowcount


def resting(connection: Connection) -> list[Row[*tuple[Any, ...]]]:
    """Numbers that were given up and are not on sale again: `number`, `type`, `released_at`, `business`."""
    kept = (numbers.c.state.in_(("released", "aging")), numbers.c.released_at.is_not(None))
    found = select(numbers.c.number, numbers.c.type, numbers.c.released_at, numbers.c.business).where(*kept)
    return list(connection.execute(found.order_by(numbers.c.number)))


def look_up(connection: Connection, number: str) -> Row[Any] | None:
    """One number, whoever has it: for the operator."""
    return connection.execute(select(numbers).where(numbers.c.number == number)).one_or_none()


def mark(connection: Connection, number: str, now: datetime, **values: Any) -> bool:
    """Lock a number, say what it serves, or the like. False: there is none."""
    changed = update(numbers).where(numbers.c.number == number).values(**values, updated_at=now)
    return connection.execute(changed).rowcount == 1


def locked(connection: Connection) -> list[Row[*tuple[Any, ...]]]:
    """Numbers that are locked or kept, in order."""
    kept = or_(numbers.c.locked != "", numbers.c.kept_for != "")
    return list(connection.execute(select(numbers).where(kept).order_by(numbers.c.number)))


def reclaim(connection: Connection, number: str, account: str, now: datetime) -> Mapping[str, Any] | None:
    """Take a number from its holder, into aging; it as it was. None: it is not theirs any more, or is locked."""
    theirs = and_(
        numbers.c.number == number, numbers.c.account == account, numbers.c.state == "in-use", numbers.c.locked == ""
    )
    row = connection.execute(select(numbers).where(theirs)).one_or_none()
    if row is None:
        return None
    nobodys = {"account": None, "sid": None, "state": "aging", "released_at": now, "updated_at": now}
    connection.execute(update(numbers).where(theirs).values(**_FREED, **nobodys))
    return {name: getattr(row, name) for name in ("account", "sid", *_FREED)}


def restore(
    connection: Connection, number: str, before: Mapping[str, Any], *, reclaimed_at: datetime, now: datetime
) -> bool:
    """Give a number back to whom it was reclaimed from, as it was. False: it does not rest any more since then."""
    rests = and_(
        numbers.c.number == number, numbers.c.state == "aging", numbers.c.released_at == reclaimed_at,
        numbers.c.locked != "quarantine",
    )  # fmt: skip
    theirs = {**before, "state": "in-use", "released_at": None, "updated_at": now}
    return connection.execute(update(numbers).where(rests).values(**theirs)).rowcount == 1


def in_service(connection: Connection, account: str, service: str, *, short: bool, part: Slice) -> Sheet:
    """The numbers, or with `short` the short codes, of a messaging service."""
    kind = numbers.c.type == "short-code" if short else numbers.c.type != "short-code"
    query = select(numbers).where(
        numbers.c.account == account, numbers.c.service == service, numbers.c.state == "in-use", kind
    )
    return sheet(connection, query, (numbers.c.number,), part, newest_first=False)
