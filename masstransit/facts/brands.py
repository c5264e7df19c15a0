"""Facts about brands: whose brand the customer's is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.clock import Clock
from masstransit.facts.accounts import Kept
from masstransit.facts.consent import Roots
from masstransit.facts.fact import Fact
from masstransit.facts.imitation import bears, domains_of, names, same_brand, within
from masstransit.facts.links import Link, links_in
from masstransit.model.subject import Subject
from masstransit.storage import registrations
from masstransit.storage.engine import Database


class Brands(Fact, frozen=True, kw_only=True):
    """The brands on record for the customer, its owner's among them."""

    names: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()  #: those that it told, and those of the well-known brand that it is

    @property
    def on_record(self) -> bool:
        """Whether there is any brand to compare a claim with."""
        return bool(self.names)

    def own(self, claimed: str) -> bool:
        """Whether a name that a text speaks for is the customer's."""
        return bool(claimed) and any(same_brand(claimed, name) for name in self.names)

    def home(self, links: Collection[Link]) -> bool:
        """Whether all of some links lead to the customer: to a domain on record, or to one that bears its very name."""
        return all(
            any(within(link.host, domain) for domain in self.domains)
            or any(bears(link.domain, name) for name in self.names)
            for link in links
        )

    def signs(self, text: str, links: Collection[Link]) -> bool:
        """Whether a text says that the customer sends it: by a name, or by a link that leads to it."""
        return any(names(text, name) for name in self.names) or (bool(links) and self.home(links))


_NO_BRANDS = Brands()


class BrandBook(Kept[str, Brands]):
    """Learns `Brands`, from registrations that were approved and from the accounts' own names."""

    def __init__(self, database: Database, clock: Clock, roots: Roots) -> None:
        super().__init__(database, clock, fresh_for=10.0)
        self._roots = roots

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Brands]:
        found = await self.of(subject.account for subject in batch)
        return [found[subject.account] for subject in batch]

    def _look(self, connection: Connection, keys: Collection[str], now: datetime) -> Mapping[str, Brands]:
        owners = self._roots.owners(connection, keys)
        rows = registrations.brands_of(connection, {owner for each in owners.values() for owner in each})
        return {account: brands_of([r for r in rows if r.account in owners[account]]) for account in keys}


def brands_of(rows: Sequence[Row[Any]]) -> Brands:
    """What rows (name, attrs) say."""
    names = tuple(dict.fromkeys(row.name for row in rows if row.name))
    told = [domain for row in rows for domain in _told(row.attrs or {})]
    theirs = [domain for name in names for domain in domains_of(name)]
    return Brands(names=names, domains=tuple(dict.fromkeys([*told, *theirs]))) if names else _NO_BRANDS


def _told(attrs: Mapping[str, Any]) -> list[str]:
    """The domains that a registration tells: `website`, one or several, as a URL or a domain."""
    sites = attrs.get("website") or ()
    sites = (sites,) if isinstance(sites, str) else sites
    return [link.domain for site in sites if isinstance(site, str) for link in links_in(site)]
