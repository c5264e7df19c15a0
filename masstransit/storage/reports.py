"""What others say of an account: complaints, and orders of authorities."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, insert, or_, select, update

from masstransit.storage.dialects import among
from masstransit.storage.lookup import Lookup
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import authority_orders, complaints

_STANDING_ORDERS = Lookup(
    select(authority_orders).where(
        among(authority_orders.c.account, "accounts"),
        authority_orders.c.verified.is_(True),
        authority_orders.c.since <= bindparam("at"),
        or_(authority_orders.c.until.is_(None), authority_orders.c.until > bindparam("at")),
    )
)


def standing_orders(connection: Connection, of: Collection[str], at: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """The verified orders about some accounts that are in force."""
    return _STANDING_ORDERS.rows(connection, accounts=of, at=at)


def every_standing_order(
    connection: Connection, at: datetime, *, at_most: int = 200
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The verified orders in force about anybody, the newest first."""
    o = authority_orders.c
    in_force = (o.verified.is_(True), o.since <= at, or_(o.until.is_(None), o.until > at))
    return connection.execute(select(authority_orders).where(*in_force).order_by(o.since.desc()).limit(at_most)).all()


def record_order(connection: Connection, row: Mapping[str, Any]) -> None:
    """Put an order on record, with the columns of `authority_orders`."""
    connection.execute(insert(authority_orders), dict(row))


def end_order(connection: Connection, account: str, order: str, at: datetime) -> bool:
    """An order ends: it stops nothing from now on, and holds no record back. False: none such is in force."""
    o = authority_orders.c
    in_force = and_(o.account == account, o.order == order, or_(o.until.is_(None), o.until > at))
    return connection.execute(update(authority_orders).where(in_force).values(until=at)).rowcount == 1


def complaint_counts(connection: Connection, of: Collection[str], since: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """(account, kind, count) of complaints since then."""
    return connection.execute(
        select(complaints.c.account, complaints.c.kind, func.count().label("number"))
        .where(complaints.c.account.in_(of), complaints.c.at >= since)
        .group_by(complaints.c.account, complaints.c.kind)
    ).all()


def of_mails(connection: Connection, of: Collection[str], since: datetime) -> int:
    """How many complaints of some accounts' mails there were since then."""
    c = complaints.c
    mine = (c.account.in_(of), c.at >= since, c.kind == "spam-report", c.communication.startswith("EM"))
    return int(connection.execute(select(func.count()).select_from(complaints).where(*mine)).scalar_one())


def reporters(connection: Connection, of: Collection[tuple[str, str]], since: datetime) -> dict[tuple[str, str], int]:
    """How many people complained of each of some (account, end user) since then."""
    c = complaints.c
    found = connection.execute(
        select(c.account, c.end_user, func.count(c.person.distinct()).label("people"))
        .where(c.account.in_({account for account, _ in of}), c.end_user.in_({end_user for _, end_user in of}))
        .where(c.at >= since, c.kind == "spam-report")
        .group_by(c.account, c.end_user)
    )
    return {(row.account, row.end_user): row.people for row in found}


def complainants(
    connection: Connection, of: Collection[str], since: datetime, *, at_most: int = 50_000
) -> Sequence[Row[*tuple[Any, ...]]]:
    """(account, person, count) of those who complained of some accounts since then."""
    return connection.execute(
        select(complaints.c.account, complaints.c.person, func.count().label("number"))
        .where(complaints.c.account.in_(of), complaints.c.at >= since, complaints.c.person.is_not(None))
        .group_by(complaints.c.account, complaints.c.person)
        .limit(at_most)
    ).all()


def record_complaint(connection: Connection, row: Mapping[str, Any]) -> None:
    """Put a complaint on record, with the columns of `complaints`; `unheard_since` until the gate has heard it."""
    connection.execute(insert(complaints), {"attrs": {}, **row})


def hear_complaint(connection: Connection, account: str, complaint: str) -> None:
    """The gate has heard it, and what follows is on record."""
    mine = (complaints.c.account == account, complaints.c.complaint == complaint)
    connection.execute(update(complaints).where(*mine).values(unheard_since=None))


def unheard_complaints(connection: Connection, before: datetime, *, at_most: int = 1_000) -> Sequence[Row[Any]]:
    """Those that were kept before then and that the gate did not hear, the oldest first."""
    since = complaints.c.unheard_since
    query = select(complaints).where(since.is_not(None), since <= before)
    return connection.execute(query.order_by(since, complaints.c.complaint).limit(at_most)).all()


def find_complaint(connection: Connection, account: str, complaint: str) -> Row[Any] | None:
    """One complaint about an account."""
    mine = (complaints.c.account == account, complaints.c.complaint == complaint)
    return connection.execute(select(complaints).where(*mine)).one_or_none()


def complaints_of(
    connection: Connection, account: str, part: Slice, *, scope: str = "account", target: str = ""
) -> Sheet:
    """The complaints about an account, or about a number, a campaign or an end user of its, the newest first."""
    mine = select(complaints).where(complaints.c.account == account)
    if scope != "account":
        mine = mine.where(complaints.c["sender" if scope == "number" else scope] == target)
    return sheet(connection, mine, (complaints.c.at, complaints.c.complaint), part)


def complained(connection: Connection, account: str, communication: str, person: str) -> bool:
    """Whether a person has complained of a communication before."""
    said = select(complaints.c.complaint).where(
        complaints.c.account == account, complaints.c.communication == communication, complaints.c.person == person
    )
    return connection.execute(said.limit(1)).first() is not None
