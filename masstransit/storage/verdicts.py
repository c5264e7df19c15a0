"""Queries of decisions and opt-outs as their account may read them.

What an authority asks about an account (clause 14, at the moment of an outcome) is not the account's to read: nobody
has verified it yet, and it may be sealed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from masstransit.model.communication import Moment
from masstransit.storage import consents
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import decisions, opt_outs

d = decisions.c
#: Its record is the exact JSON of its findings (`decisions.record`), each of which begins with its clause.
_READABLE = or_(d.moment != Moment.OUTCOME.name, d.record.not_like('%{"clause":"14",%'))


def decision(connection: Connection, account: str, id: str) -> Row[Any] | None:  # noqa: A002
    """One decision of an account."""
    return connection.execute(select(decisions).where(d.account == account, d.id == id, _READABLE)).one_or_none()


def decisions_of(
    connection: Connection, account: str, part: Slice, *, subject: str | None = None, verdict: str | None = None
) -> Sheet:
    """An account's decisions, the newest first."""
    query = select(decisions).where(d.account == account, _READABLE)
    if subject is not None:
        query = query.where(d.subject == subject)
    if verdict is not None:
        query = query.where(d.verdict == verdict)
    return sheet(connection, query, (d.at, d.id), part)


def about(connection: Connection, account: str, subject: str) -> Sequence[Row[Any]]:
    """An account's decisions about one subject, the newest first: a few."""
    query = select(decisions).where(d.account == account, d.subject == subject, _READABLE)
    return list(connection.execute(query.order_by(d.at.desc(), d.id.desc())))


def opt_outs_of(connection: Connection, account: str, part: Slice, *, person: str | None = None) -> Sheet:
    """Who asked the account's senders to stop, the newest first; those who came back included."""
    query = select(opt_outs).where(opt_outs.c.account == consents.root_of(connection, account))
    if person is not None:
        query = query.where(opt_outs.c.person == person)
    key = [column for column in opt_outs.primary_key.columns if column.name != "account"]
    return sheet(connection, query, (opt_outs.c.since, *key), part)
