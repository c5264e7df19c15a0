"""Facts about what others say of an account: orders of authorities, and complaints on record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.clock import Clock
from masstransit.model.communication import Knock, Subject
from masstransit.storage import agreements, reports
from masstransit.storage.engine import Database

_MONTH = timedelta(days=30)


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order of an authority that was verified and is in force."""

    order: str
    scope: str  #: account | number | campaign | end_user
    authority: str
    reference: str
    gag: bool  #: the customer may not be told
    since: datetime


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """The orders that reach this subject."""

    standing: tuple[Order, ...] = ()


class Reports(msgspec.Struct, frozen=True, kw_only=True):
    """Complaints on record about the account within 30 days."""

    spam_30d: int = 0
    carrier_30d: int = 0


class OrderBook:
    """Learns `Orders`. An order against an owner reaches its subaccounts."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Orders]:
        accounts = {subject.account for subject in batch}
        now = self._clock.now()

        def look(connection: Connection) -> list[Orders]:
            owners = {row.account: row.parent for row in agreements.accounts_of(connection, accounts)}
            every = accounts | {owner for owner in owners.values() if owner}
            rows = reports.standing_orders(connection, every, now)
            return [
                Orders(standing=tuple(_order(r) for r in rows if _reaches(r, s, owners.get(s.account)))) for s in batch
            ]

        return await self._database.read(look)


def _reaches(row: Row[Any], subject: Subject, owner: str | None) -> bool:
    if row.account not in (subject.account, owner):
        return False
    if row.scope == "account":
        return row.target in ("", subject.account, owner)
    if isinstance(subject, Knock):
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
    """Learns `Reports`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Reports]:
        accounts = {subject.account for subject in batch}
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
