"""Queries of what receivers report of a domain's mail (DMARC)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from masstransit.storage.dialects import upsert
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import dmarc_reports, mail_domains

r, d = dmarc_reports.c, mail_domains.c


def concerned(connection: Connection, domain: str) -> Sequence[str]:
    """The accounts that proved a domain, or one below it."""
    theirs = or_(d.domain == domain, d.domain.endswith(f".{domain}", autoescape=True))
    found = select(d.account).where(d.proven_at.is_not(None), theirs).distinct().order_by(d.account)
    return connection.execute(found).scalars().all()


def add(connection: Connection, row: Mapping[str, Any]) -> bool:
    """Keep a report, with the columns of `dmarc_reports`. False: it came before."""
    entered = upsert(connection, dmarc_reports).values(dict(row)).on_conflict_do_nothing().returning(r.sid)
    return connection.execute(entered).first() is not None


def listed(connection: Connection, account: str, part: Slice, *, domain: str = "") -> Sheet:
    """An account's reports without their tallies, the newest first; of one domain, where that is told."""
    columns = [column for column in r if column.name != "tallies"]
    query = select(*columns).where(r.account == account)
    if domain:
        query = query.where(r.domain == domain)
    return sheet(connection, query, (r.arrived_at, r.sid), part)


def find(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One report, whole."""
    return connection.execute(select(dmarc_reports).where(r.account == account, r.sid == sid)).one_or_none()


def domains(connection: Connection, account: str, at_most: int) -> Sequence[str]:
    """The domains that reports of an account are of."""
    found = select(r.domain).where(r.account == account).distinct().order_by(r.domain).limit(at_most)
    return connection.execute(found).scalars().all()


def since(connection: Connection, account: str, begin: datetime, *, domain: str = "") -> Iterator[Row[Any]]:
    """Reports that arrived since then, whole, the newest first; each is read as it is asked for."""
    query = select(dmarc_reports).where(r.account == account, r.arrived_at >= begin)
    if domain:
        query = query.where(r.domain == domain)
    yield from connection.execute(query.order_by(r.arrived_at.desc(), r.sid.desc()))
