"""Facts about what others say of an account: orders of authorities, and complaints on record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.clock import Clock
from masstransit.facts.accounts import Kept
from masstransit.facts.consent import Roots, people
from masstransit.facts.fact import Fact
from masstransit.model.change import Change
from masstransit.model.communication import Knock
from masstransit.model.outcome import Outcome, OutcomeKind
from masstransit.model.subject import Subject
from masstransit.storage import reports
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

_MONTH = timedelta(days=30)


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order of an authority that was verified and is in force."""

    order: str
    scope: str  #: account | number | campaign | end_user
    authority: str
    reference: str
    gag: bool  #: the customer may not be told
    since: datetime


class Orders(Fact, frozen=True, kw_only=True):
    """The orders that reach this subject."""

    of_parties = True

    standing: tuple[Order, ...] = ()


_NO_ORDERS = Orders()


class Reports(Fact, frozen=True, kw_only=True):
    """Complaints on record about the account within 30 days."""

    spam_30d: int = 0
    carrier_30d: int = 0


class Complained(Fact, frozen=True, kw_only=True):
    """Whether this person complained of the account within 30 days."""

    by_person_30d: int = 0


_NO_COMPLAINT = Complained()


class KeptAgainst(Kept[str, tuple[Row[Any], ...]]):
    """What stands against accounts, as rows with an `account`: against an owner it is against its subaccounts too."""

    def __init__(self, database: Database, clock: Clock, roots: Roots, **kept: float) -> None:
        super().__init__(database, clock, **kept)
        self._roots = roots

    def _look(self, connection: Connection, keys: Collection[str], now: datetime) -> Mapping[str, tuple[Row[Any], ...]]:
        owners = self._roots.owners(connection, keys)
        rows = self._rows(connection, {owner for each in owners.values() for owner in each}, now)
        return {account: tuple(r for r in rows if r.account in owners[account]) for account in keys}

    def _rows(self, connection: Connection, of: Collection[str], now: datetime) -> Sequence[Row[Any]]:
        """Those of these accounts alone."""
        raise NotImplementedError


class OrderBook(KeptAgainst):
    """Learns `Orders`. An order against an owner reaches its subaccounts; a new one bites within half a second."""

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Orders]:
        found = await self.of(subject.account for subject in batch)
        if not any(found.values()):
            return [_NO_ORDERS] * len(batch)
        return [
            Orders(standing=tuple(_order(r) for r in found[s.account] if reaches(r, s, self._roots.of(s.account))))
            for s in batch
        ]

    def _rows(self, connection: Connection, of: Collection[str], now: datetime) -> Sequence[Row[Any]]:
        return reports.standing_orders(connection, of, now)


def reaches(row: Row[Any], subject: Subject, owner: str) -> bool:
    """Whether what stands against a unit (`scope`, `target`) of an account or its owner is about this subject."""
    if row.scope == "account":
        return row.target in ("", subject.account, owner)
    if isinstance(subject, Knock | Change):
        return False
    if row.scope == "number":
        return subject.sender is not None and row.target == subject.sender.text
    about = subject.campaign if row.scope == "campaign" else subject.end_user
    return about is not None and row.target == about


def _order(row: Row[Any]) -> Order:
    return Order(
        order=row.order,
        scope=row.scope,
        authority=row.authority,
        reference=row.reference,
        gag=row.gag,
        since=row.since,
    )


class ReportBook:
    """Learns `Reports`, for carriers' complaints: of other subjects no rule asks how many there were."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Reports]:
        accounts = {s.account for s in batch if isinstance(s, Outcome) and s.what is OutcomeKind.CARRIER_COMPLAINT}
        if not accounts:
            return [Reports()] * len(batch)
        since = self._clock.now() - _MONTH
        rows = await self._database.read(lambda c: reports.complaint_counts(c, accounts, since))
        counts = {(row.account, row.kind): row.number for row in rows}
        return [
            Reports(
                spam_30d=counts.get((s.account, "spam-report"), 0),
                carrier_30d=counts.get((s.account, "carrier-complaint"), 0),
            )
            for s in batch
        ]


class Complainants(Kept[str, Mapping[str, int]]):
    """Learns `Complained`: who complained of an account, looked up for an account at most twice a minute."""

    def __init__(self, database: Database, keys: Keys, clock: Clock, roots: Roots) -> None:
        super().__init__(database, clock, fresh_for=30.0)
        self._keys = keys
        self._roots = roots

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Complained]:
        found = await self.of(subject.account for subject in batch)
        if not any(found.values()):
            return [_NO_COMPLAINT] * len(batch)
        about = people(batch, self._keys)
        times = [found[s.account].get(one.person, 0) if one else 0 for s, one in zip(batch, about, strict=True)]
        return [Complained(by_person_30d=number) if number else _NO_COMPLAINT for number in times]

    def _look(self, connection: Connection, keys: Collection[str], now: datetime) -> Mapping[str, Mapping[str, int]]:
        owners = self._roots.owners(connection, keys)
        every = {owner for each in owners.values() for owner in each}
        found: dict[str, Counter[str]] = {account: Counter() for account in keys}
        for row in reports.complainants(connection, every, now - _MONTH):
            for account in keys:
                if row.account in owners[account]:
                    found[account][row.person] += row.number
        return found
