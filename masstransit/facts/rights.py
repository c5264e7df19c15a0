"""Facts about the rights of others: notices that stand against what an account sends (17 USC 512)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.clock import Clock
from masstransit.facts.complaints import KeptAgainst
from masstransit.facts.consent import Roots
from masstransit.facts.fact import Fact
from masstransit.facts.links import links_of
from masstransit.facts.traffic import cluster_of
from masstransit.model.communication import Communication
from masstransit.model.subject import Subject
from masstransit.storage import rights
from masstransit.storage.engine import Database


class Notice(Fact, frozen=True, kw_only=True):
    """One notice that is about this very material."""

    notice: str
    kind: str  #: text | domain
    holder: str
    work: str
    complete: bool  #: it has the six things that the law asks of it
    since: datetime
    countered_at: datetime | None = None
    suit: bool = False  #: the holder went to court after the answer


class RightsNotices(Fact, frozen=True, kw_only=True):
    """The notices that this text, or a domain that it leads to, is named in."""

    standing: tuple[Notice, ...] = ()


_NO_NOTICES = RightsNotices()


class NoticeBook(KeptAgainst):
    """Learns `RightsNotices`. A notice against an owner reaches its subaccounts."""

    def __init__(self, database: Database, clock: Clock, roots: Roots) -> None:
        super().__init__(database, clock, roots, fresh_for=1.0)

    async def learn(self, batch: Sequence[Subject]) -> Sequence[RightsNotices]:
        found = await self.of(subject.account for subject in batch)
        return [_about(subject, found[subject.account]) for subject in batch]

    def _rows(self, connection: Connection, of: Collection[str], now: datetime) -> Sequence[Row[Any]]:
        return rights.notices_against(connection, of)


def material_of(kind: str, told: str) -> str:
    """What is compared of material that a notice names: a text's cluster, which is not the text, or a domain."""
    return cluster_of(told) if kind == "text" else told.strip().casefold().rstrip(".")


def _about(subject: Subject, rows: Sequence[Row[Any]]) -> RightsNotices:
    if not rows or not isinstance(subject, Communication):
        return _NO_NOTICES
    mine = {("text", cluster_of(subject.text))}
    mine |= {("domain", name) for link in links_of(subject) for name in (link.host, link.domain)}
    found = tuple(_notice(row) for row in rows if (row.kind, row.target) in mine)
    return RightsNotices(standing=found) if found else _NO_NOTICES


def _notice(row: Row[Any]) -> Notice:
    return Notice(
        notice=row.notice,
        kind=row.kind,
        holder=row.holder,
        work=row.work,
        complete=row.complete,
        since=row.since,
        countered_at=row.countered_at,
        suit=row.suit,
    )
