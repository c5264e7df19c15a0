"""Queries of cases, and of the record of what was said and done in each, to which is only ever added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import case_events, cases

c, e = cases.c, case_events.c


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Put a case on record, with the columns of `cases`."""
    connection.execute(insert(cases), dict(row))


def find(connection: Connection, sid: str, account: str | None = None) -> Row[Any] | None:
    """A case: of one account, or of any for the operator."""
    query = select(cases).where(c.sid == sid)
    return connection.execute(query if account is None else query.where(c.account == account)).first()


def named(connection: Connection, kind: str, requester: str, reference: str) -> Row[Any] | None:
    """The open case that somebody brought by their own reference."""
    same = (c.kind == kind, func.lower(c.requester) == requester.lower(), c.reference == reference)
    return connection.execute(select(cases).where(*same, c.closed_at.is_(None))).first()


def of_kind(connection: Connection, account: str, kind: str) -> Sequence[Row[Any]]:
    """An account's cases of a kind, open and closed."""
    return connection.execute(select(cases).where(c.account == account, c.kind == kind)).all()


def change(connection: Connection, case: Row[Any], **values: Any) -> bool:
    """Change a case that is open and as it was read, with one more entry. False: it is not any more."""
    same = (c.account == case.account, c.sid == case.sid, c.entries == case.entries, c.closed_at.is_(None))
    statement = update(cases).where(*same).values(entries=case.entries + 1, **values)
    return connection.execute(statement).rowcount == 1


def reopen(connection: Connection, case: Row[Any]) -> bool:
    """A closed case goes on, with one more entry. False: it is not as it was read any more."""
    same = (c.account == case.account, c.sid == case.sid, c.entries == case.entries, c.closed_at.is_not(None))
    values = {"closed_at": None, "closed_by": "", "outcome": "", "because": "", "entries": case.entries + 1}
    return connection.execute(update(cases).where(*same).values(**values)).rowcount == 1


def log(connection: Connection, row: Mapping[str, Any]) -> None:
    """One more entry of a case's record, with the columns of `case_events`."""
    connection.execute(insert(case_events), {"data": {}, **row})


def history(connection: Connection, account: str, sid: str) -> Sequence[Row[Any]]:
    """What was said and done in a case, in order."""
    mine = select(case_events).where(e.account == account, e.sid == sid)
    return connection.execute(mine.order_by(e.seq)).all()


def entries(connection: Connection, account: str, sid: str, what: str) -> Sequence[Row[Any]]:
    """The entries of one sort in a case, in order."""
    mine = select(case_events).where(e.account == account, e.sid == sid, e.what == what)
    return connection.execute(mine.order_by(e.seq)).all()


def open_ones(connection: Connection, part: Slice, *, account: str | None = None, kind: str | None = None) -> Sheet:
    """The open cases, those first that are due first: what is overdue comes before all."""
    query = select(cases).where(c.closed_at.is_(None))
    query = query if account is None else query.where(c.account == account)
    query = query if kind is None else query.where(c.kind == kind)
    return sheet(connection, query, (c.due_at, c.sid), part, newest_first=False)


def overdue(connection: Connection, at: datetime) -> Sequence[tuple[str, int]]:
    """(kind, how many) of the open cases whose time has passed."""
    late = (c.closed_at.is_(None), c.due_at < at)
    query = select(c.kind, func.count()).where(*late).group_by(c.kind).order_by(c.kind)
    return [(kind, number) for kind, number in connection.execute(query)]


def open_of(connection: Connection, kinds: Sequence[str], *, after: str = "", at_most: int = 200) -> Sequence[Row[Any]]:
    """The open cases of some kinds by name, from `after` on."""
    mine = (c.closed_at.is_(None), c.kind.in_(kinds), c.sid > after)
    return connection.execute(select(cases).where(*mine).order_by(c.sid).limit(at_most)).all()


def shown_to(connection: Connection, account: str, kinds: Sequence[str], part: Slice) -> Sheet:
    """An account's cases of the kinds that it may see, the newest first; what is sealed is left out."""
    mine = select(cases).where(c.account == account, c.kind.in_(kinds), c.silent == "")
    return sheet(connection, mine, (c.opened_at, c.sid), part)


def closed_as(connection: Connection, account: str, kind: str, outcome: str, since: datetime) -> Sequence[Row[Any]]:
    """An account's cases of a kind that ended in one way, of those opened since then."""
    mine = (c.account == account, c.kind == kind, c.outcome == outcome, c.opened_at >= since)
    return connection.execute(select(cases).where(*mine).order_by(c.opened_at, c.sid)).all()


def release_holds(connection: Connection, at: datetime) -> int:
    """Legal holds whose time is over hold nothing any more; how many there were."""
    over = (c.holds.is_(True), c.holds_until <= at)
    return connection.execute(update(cases).where(*over).values(holds=False)).rowcount


def set_hold(connection: Connection, case: Row[Any], *, holds: bool, until: datetime | None) -> None:
    """Say whether a case keeps its account's records, whether or not it is open."""
    mine = (c.account == case.account, c.sid == case.sid)
    connection.execute(update(cases).where(*mine).values(holds=holds, holds_until=until))
