"""Queries of an account's log as its people read it at the pages: what was refused on the spot is in it as well.

A whole log, a day and one person's number are found by an index. What no index finds (a status, a verdict, a number of
the account's own) is looked for within a day: `Wanted.needs_day`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, Table, and_, or_, select

from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import calls, communications, decisions

d = decisions.c


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a log is asked for; times are half-open."""

    person: str | None = None  #: `Keys.person` of somebody's number: what went to them and came from them
    own: str | None = None  #: a sender of the account's
    status: str | None = None
    verdict: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def needs_day(self) -> bool:
        return bool(self.status or self.verdict or self.own)


def messages_of(connection: Connection, account: str, wanted: Wanted, part: Slice) -> Sheet:
    """An account's messages, the newest first, each with the `verdict` of its last decision."""
    return _listed(connection, communications, communications.c.created_at, account, wanted, part)


def calls_of(connection: Connection, account: str, wanted: Wanted, part: Slice) -> Sheet:
    """The same of its calls."""
    return _listed(connection, calls, calls.c.offered_at, account, wanted, part)


def _listed(  # noqa: PLR0917 - a table, and what is wanted of it
    connection: Connection, table: Table, at: Column[Any], account: str, wanted: Wanted, part: Slice
) -> Sheet:
    c = table.c
    mine = and_(d.account == c.account, d.id == c.decision)
    query = select(table, d.verdict).outerjoin(decisions, mine).where(c.account == account)
    if wanted.own is not None:
        query = query.where(or_(c.sender == wanted.own, c.recipient == wanted.own))
    for column, value in ((c.person, wanted.person), (c.status, wanted.status), (d.verdict, wanted.verdict)):
        if value is not None:
            query = query.where(column == value)
    if wanted.since is not None:
        query = query.where(at >= wanted.since)
    if wanted.until is not None:
        query = query.where(at < wanted.until)
    return sheet(connection, query, (at, c.sid), part)
