"""Queries of decisions and opt-outs as their account may read them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from masstransit.storage import consents
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import decisions, opt_outs


def decision(connection: Connection, account: str, id: str) -> Row[Any] | None:  # noqa: A002
    """One decision of an account."""
    return connection.execute(
        select(decisions).where(decisions.c.account == account, decisions.c.id == id)
    ).one_or_none()


def decisions_of(
    connection: Connection, account: str, part: Slice, *, subject: str | None = None, verdict: str | None = None
) -> Sheet:
    """An account's decisions, the newest first."""
    query = select(decisions).where(decisions.c.account == account)
    if subject is not None:
        query = query.where(decisions.c.subject == subject)
    if verdict is not None:
        query = query.where(decisions.c.verdict == verdict)
    return sheet(connection, query, (decisions.c.at, decisions.c.id), part)


def opt_outs_of(connection: Connection, account: str, part: Slice, *, person: str | None = None) -> Sheet:
    """Who asked the account's senders to stop, the newest first; those who came back included."""
    query = select(opt_outs).where(opt_outs.c.account == consents.root_of(connection, account))
    if person is not None:
        query = query.where(opt_outs.c.person == person)
    key = [column for column in opt_outs.primary_key.columns if column.name != "account"]
    return sheet(connection, query, (opt_outs.c.since, *key), part)
