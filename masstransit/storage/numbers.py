"""The inventory: every number and short code, who has it, and the life of each.

    available -> in-use -> released (its last owner may take it back) -> aging (silent) -> available
                        -> aging, where a provider had it reclaimed
                        -> ported-out -> port-in, where it comes back from another provider
      port-in -> in-use

A number that was given up is left alone before somebody else may have it, because people go on writing to it and what
they agreed to with its last owner is no consent to the next. The purchase itself asks for that rest, whatever the state
says. One that something holds (`number_holds`) stays where it is: nobody buys it, and it does not age.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, update

from masstransit.errors import Conflict, NotFound
from masstransit.storage.dialects import upsert
from masstransit.storage.number_holds import is_held
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import campaigns, numbers

RESTORABLE = timedelta(days=10)  #: how long the last owner may take a number back
LEAST_REST = timedelta(days=45)  #: no setting lets somebody else have it sooner (47 CFR 52.15(f)(1)(ii))

RESERVED = timedelta(minutes=15)  #: how long one that is for sale is kept for whoever reserved it
MOST_RESERVED = 10  #: of one account at once

_NOBODYS: Mapping[str, Any] = {"account": None, "sid": None}
_UNRESERVED: Mapping[str, Any] = {"reserved_by": None, "reserved_until": None}
_FREED: Mapping[str, Any] = {
    "service": None,
    "campaign": None,
    "verification": "",
    "sms_url": "",
    "sms_method": "POST",
    "sms_fallback_url": "",
    "sms_application": None,
    "voice_url": "",
    "receive_mode": "voice",
    "voice_method": "POST",
    "voice_fallback_url": "",
    "voice_fallback_method": "POST",
    "voice_application": None,
    "status_callback": "",
    "status_callback_method": "POST",
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


def _for_sale(now: datetime, to: str = "") -> ColumnElement[bool]:
    """What may be sold now: it rested, nothing holds it, and it is reserved by nobody but the account `to`."""
    n = numbers.c
    return and_(
        n.state == "available",
        or_(n.released_at.is_(None), n.released_at <= now - LEAST_REST),
        or_(n.reserved_until.is_(None), n.reserved_until <= now, n.reserved_by == to),
        ~is_held(),
    )


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
            free = and_(numbers.c.number == row["number"], _for_sale(now))
            connection.execute(update(numbers).where(free).values(owned))


def owners(connection: Connection, which: Sequence[str]) -> dict[str, str | None]:
    """The account that has each of these numbers; numbers that are not in the inventory are left out."""
    found = connection.execute(select(numbers.c.number, numbers.c.account).where(numbers.c.number.in_(which)))
    return {number: account for number, account in found}  # noqa: C416 - a row is a tuple only to us


def with_mms(connection: Connection, account: str, which: Collection[str]) -> list[str]:
    """Those of an account's numbers, out of these, that can send MMS."""
    n = numbers.c
    query = select(n.number).where(n.account == account, n.number.in_(which), n.mms.is_(True))
    return list(connection.execute(query).scalars())


def search(
    connection: Connection, wanted: Mapping[str, Any], part: Slice, *, now: datetime, contains: str = ""
) -> Sheet:
    """Numbers for sale by column (`region`, `type`, `sms` ...); `contains` is a LIKE pattern."""
    query = select(numbers).where(_for_sale(now), *(numbers.c[name] == value for name, value in wanted.items()))
    if contains:
        query = query.where(numbers.c.number.like(contains, escape="\\"))
    return sheet(connection, query, (numbers.c.number,), part, newest_first=False)


def regions(connection: Connection, now: datetime) -> list[tuple[str, str]]:
    """(region, type) of what is for sale."""
    found = connection.execute(
        select(numbers.c.region, numbers.c.type)
        .where(_for_sale(now), numbers.c.type != "short-code")
        .distinct()
        .order_by(numbers.c.region, numbers.c.type)
    )
    return [(region, kind) for region, kind in found]


def first_of(connection: Connection, prefix: str, now: datetime) -> str | None:
    """A number for sale that begins so."""
    return connection.execute(
        select(numbers.c.number)
        .where(_for_sale(now), numbers.c.type == "local", numbers.c.number.like(f"{prefix}%"))
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
    mine_again = and_(numbers.c.state == "released", ~is_held(), *fresh)
    taken = connection.execute(
        update(numbers)
        .where(numbers.c.number == number, or_(_for_sale(now, account), mine_again))
        .values(
            {
                "account": account,
                "sid": sid,
                "state": "in-use",
                "friendly_name": number,
                "acquired_at": now,
                "released_at": None,
                "updated_at": now,
                **_UNRESERVED,
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


def listed(connection: Connection, account: str, part: Slice) -> Sheet:
    """All that an account has or may still take back, short codes too, by number; each with its campaign's `use_case`
    and `campaign_status`."""
    n, k = numbers.c, campaigns.c
    query = (
        select(numbers, k.use_case, k.status.label("campaign_status"))
        .outerjoin(campaigns, and_(k.account == n.account, k.sid == n.campaign))
        .where(n.account == account)
    )
    return sheet(connection, query, (n.number,), part, newest_first=False)


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
    left = {"service": None, "campaign": None, "sms_application": None, "voice_application": None}
    return change(connection, account, sid, now, left | {"account": to})


def release(connection: Connection, account: str, sid: str, now: datetime) -> None:
    """Give a number up. Raises `NotFound`."""
    change(connection, account, sid, now, {**_FREED, "state": "released", "released_at": now})


def age(connection: Connection, now: datetime, rest: timedelta) -> int:
    """Move released numbers on: to `aging` when their owner can't have them back, to `available` when nobody had them
    for `rest`. How many came back on sale."""
    nobodys, free = {**_NOBODYS, "updated_at": now}, ~is_held()
    connection.execute(
        update(numbers)
        .where(numbers.c.state == "released", free, numbers.c.released_at <= now - RESTORABLE)
        .values(state="aging", **nobodys)
    )
    return connection.execute(
        update(numbers)
        .where(numbers.c.state == "aging", free, numbers.c.released_at <= now - rest)
        .values(state="available", **nobodys)
    ).rowcount


def resting(connection: Connection) -> list[Row[*tuple[Any, ...]]]:
    """Numbers that were given up and are not on sale again: `number`, `type`, `released_at`, `business`."""
    kept = (numbers.c.state.in_(("released", "aging")), numbers.c.released_at.is_not(None))
    found = select(numbers.c.number, numbers.c.type, numbers.c.released_at, numbers.c.business).where(*kept)
    return list(connection.execute(found.order_by(numbers.c.number)))


def look_up(connection: Connection, number: str) -> Row[Any] | None:
    """One number, whoever has it: for the operator."""
    return connection.execute(select(numbers).where(numbers.c.number == number)).one_or_none()


def had(connection: Connection, account: str | None = None) -> list[Row[*tuple[Any, ...]]]:
    """The numbers that somebody has, or one account, short codes left out: `number`, `account`, `acquired_at`, in
    order."""
    n = numbers.c
    query = select(n.number, n.account, n.acquired_at).where(
        n.state == "in-use", n.type != "short-code", n.acquired_at.is_not(None)
    )
    query = query if account is None else query.where(n.account == account)
    return list(connection.execute(query.order_by(n.number)))


def inventory(
    connection: Connection, part: Slice, *, begins: str = "", held: bool = False, **wanted: str | None
) -> Sheet:
    """The inventory by number, whoever has it: all, those that begin so, that something holds, or by column (`state`,
    `provider`, `account` ...); for the operator."""
    query = select(numbers).where(*(numbers.c[name] == value for name, value in wanted.items() if value))
    if begins:
        query = query.where(numbers.c.number >= begins, numbers.c.number < begins + ":")  # behind every digit
    if held:
        query = query.where(is_held())
    return sheet(connection, query, (numbers.c.number,), part, newest_first=False)


def states(connection: Connection) -> Sequence[Row[*tuple[Any, ...]]]:
    """(state, total) of the inventory: how many numbers are in which state."""
    query = select(numbers.c.state, func.count().label("total")).group_by(numbers.c.state)
    return connection.execute(query.order_by(numbers.c.state)).all()


def by_sid(connection: Connection, sid: str) -> Row[Any] | None:
    """A number that somebody has or had a moment ago, by its SID: for the operator."""
    return connection.execute(select(numbers).where(numbers.c.sid == sid)).first()


def mark(connection: Connection, number: str, now: datetime, **values: Any) -> bool:
    """Say what a number serves, or the like. False: there is none."""
    changed = update(numbers).where(numbers.c.number == number).values(**values, updated_at=now)
    return connection.execute(changed).rowcount == 1


def kept(connection: Connection) -> list[Row[*tuple[Any, ...]]]:
    """Numbers that are never reclaimed because of what they serve, in order."""
    return list(connection.execute(select(numbers).where(numbers.c.kept_for != "").order_by(numbers.c.number)))


def reclaim(connection: Connection, number: str, account: str, now: datetime) -> Mapping[str, Any] | None:
    """Take a number from its holder, into aging; it as it was. None: it is not theirs any more, or is held."""
    theirs = and_(numbers.c.number == number, numbers.c.account == account, numbers.c.state == "in-use", ~is_held())
    row = connection.execute(select(numbers).where(theirs)).one_or_none()
    if row is None:
        return None
    nobodys = {**_NOBODYS, "state": "aging", "released_at": now, "updated_at": now}
    connection.execute(update(numbers).where(theirs).values(**_FREED, **nobodys))
    return {name: getattr(row, name) for name in ("account", "sid", *_FREED)}


def restore(
    connection: Connection, number: str, before: Mapping[str, Any], *, reclaimed_at: datetime, now: datetime
) -> bool:
    """Give a number back to whom it was reclaimed from, as it was. False: it does not rest any more since then, or is
    held."""
    rests = and_(
        numbers.c.number == number, numbers.c.state == "aging", numbers.c.released_at == reclaimed_at, ~is_held()
    )
    theirs = {**before, "state": "in-use", "released_at": None, "updated_at": now}
    return connection.execute(update(numbers).where(rests).values(**theirs)).rowcount == 1


# --- reserved -----------------------------------------------------------------------------------------------------


def reserve(connection: Connection, account: str, number: str, now: datetime) -> Row[Any]:
    """Keep a number that is for sale for an account, for a while; one that it had reserved already, anew. Raises
    `Conflict` (21422) where it is not for sale."""
    mine = and_(numbers.c.number == number, numbers.c.type != "short-code", _for_sale(now, account))
    values = {"reserved_by": account, "reserved_until": now + RESERVED}
    if connection.execute(update(numbers).where(mine).values(**values)).rowcount != 1:
        raise Conflict(f"The number {number} is not available", code=21422)
    return connection.execute(select(numbers).where(numbers.c.number == number)).one()


def reserved(connection: Connection, account: str, now: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """What is kept for an account now, by number."""
    mine = (numbers.c.reserved_by == account, numbers.c.reserved_until > now)
    return connection.execute(select(numbers).where(*mine).order_by(numbers.c.number)).all()


def let_go(connection: Connection, account: str, number: str, now: datetime) -> bool:
    """End a reservation. False: the account has none of this number."""
    mine = (numbers.c.number == number, numbers.c.reserved_by == account, numbers.c.reserved_until > now)
    return connection.execute(update(numbers).where(*mine).values(**_UNRESERVED)).rowcount == 1


# --- ported -------------------------------------------------------------------------------------------------------


def port_in(connection: Connection, row: Mapping[str, Any], now: datetime) -> bool:
    """A number is on its way here from another provider, for an account (`number`, `account`, `sid`, `region`,
    `type`). False: the inventory has it, and it was not ported out."""
    whole = {**_INVENTORY, **row, "state": "port-in", "friendly_name": row["number"], "updated_at": now}
    statement = upsert(connection, numbers)
    again = {**_FREED, **{name: whole[name] for name in ("account", "sid", "state", "friendly_name", "updated_at")}}
    left = statement.on_conflict_do_update(
        index_elements=["number"], set_={**again, "released_at": None}, where=numbers.c.state == "ported-out"
    )
    return connection.execute(left.returning(numbers.c.number), whole).first() is not None


def arrived(connection: Connection, number: str, now: datetime) -> bool:
    """It was ported in, and is its account's from now on. False: no such port is under way."""
    values = {"state": "in-use", "acquired_at": now, "updated_at": now}
    return _moves(connection, number, "port-in", values)


def gone(connection: Connection, number: str, was: str, now: datetime) -> bool:
    """It is another provider's: it was ported out (`was` in-use), or never came (`was` port-in). Nobody here has it,
    and it is not for sale. False: it was otherwise."""
    return _moves(connection, number, was, {**_FREED, **_NOBODYS, "state": "ported-out", "updated_at": now})


def _moves(connection: Connection, number: str, was: str, values: Mapping[str, Any]) -> bool:
    mine = (numbers.c.number == number, numbers.c.state == was)
    return connection.execute(update(numbers).where(*mine).values(**values)).rowcount == 1


def in_service(connection: Connection, account: str, service: str, *, short: bool, part: Slice) -> Sheet:
    """The numbers, or with `short` the short codes, of a messaging service."""
    kind = numbers.c.type == "short-code" if short else numbers.c.type != "short-code"
    query = select(numbers).where(
        numbers.c.account == account, numbers.c.service == service, numbers.c.state == "in-use", kind
    )
    return sheet(connection, query, (numbers.c.number,), part, newest_first=False)
