"""Facts about the domains that a text leads to, out of the operator's records: blocked ones, and very young ones.

Nothing is fetched and nobody is asked: what no record tells is not known, and says nothing against a domain.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.clock import Clock
from masstransit.facts.accounts import Kept
from masstransit.facts.fact import Fact
from masstransit.facts.links import Link, links_of
from masstransit.facts.written import Written
from masstransit.model.communication import Communication
from masstransit.model.subject import Subject
from masstransit.storage import known_domains
from masstransit.storage.engine import Database


class Domains(Fact, frozen=True, kw_only=True):
    """What is on record of the domains and hosts of a text."""

    of_words = True

    blocked: tuple[str, ...] = ()  #: hosts that are blocked, or whose domain is
    sources: tuple[str, ...] = ()  #: who says so
    youngest: str = ""  #: the domain that was registered last
    age_days: float | None = None  #: of that one; None: of none it is known


_NOTHING = Domains()


class DomainRecords(Kept[str, "Row[Any] | None"]):
    """Learns `Domains`. A change is heard within half a minute."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock, fresh_for=30.0)
        self._written = Written(database)

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Domains]:
        await self._written.note(batch)
        links = [links_of(s) if isinstance(s, Communication) else () for s in batch]
        names = {name for found in links for link in found for name in (link.host, link.domain)}
        if not names:
            return [_NOTHING] * len(batch)
        rows = await self.of(names)
        return [_domains(found, rows, s.at) if found else _NOTHING for s, found in zip(batch, links, strict=True)]

    def _look(self, connection: Connection, keys: Collection[str], now: datetime) -> Mapping[str, Row[Any] | None]:
        rows = {row.domain: row for row in known_domains.known(connection, keys)}
        return {name: rows.get(name) for name in keys}


def _domains(links: Sequence[Link], rows: Mapping[str, Row[Any] | None], at: datetime) -> Domains:
    found = [(link, row) for link in links for name in (link.host, link.domain) if (row := rows[name]) is not None]
    if not found:
        return _NOTHING
    ages = [(row.registered_at, link.domain) for link, row in found if row.registered_at is not None]
    registered, youngest = max(ages, default=(None, ""))
    blocked = [(link.host, row.source) for link, row in found if row.blocked]
    return Domains(
        blocked=tuple(dict.fromkeys(host for host, _ in blocked)),
        sources=tuple(dict.fromkeys(source for _, source in blocked if source)),
        youngest=youngest,
        age_days=None if registered is None else round((at - registered).total_seconds() / 86_400, 2),
    )
