"""A fact about rules: which of them bind nothing of a subject for a while, because a person said so."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.clock import Clock
from masstransit.facts.complaints import KeptAgainst, reaches
from masstransit.facts.consent import Roots
from masstransit.facts.fact import Fact
from masstransit.model.subject import Subject
from masstransit.storage import snoozes
from masstransit.storage.engine import Database

_FRESH_FOR = 2.0  # seconds


class Snooze(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that rests for one unit."""

    rule: str
    snooze: str  #: its name: SZ...
    until: datetime


class Snoozed(Fact, frozen=True, kw_only=True):
    """The snoozes that reach this subject. No rule needs it: the gate keeps what a snoozed rule finds in shadow."""

    of: tuple[Snooze, ...] = ()

    @property
    def rules(self) -> frozenset[str]:
        """The rules that bind nothing."""
        return frozenset(each.rule for each in self.of)


_AWAKE = Snoozed()


class SnoozeBook(KeptAgainst):
    """Learns `Snoozed`; a new one is heard of within two seconds."""

    def __init__(self, database: Database, clock: Clock, roots: Roots) -> None:
        super().__init__(database, clock, roots, fresh_for=_FRESH_FOR)

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Snoozed]:
        found = await self.of(subject.account for subject in batch)
        if not any(found.values()):
            return [_AWAKE] * len(batch)
        return [self._about(subject, found[subject.account]) for subject in batch]

    def _about(self, subject: Subject, rows: Sequence[Row[Any]]) -> Snoozed:
        now, owner = self._clock.now(), self._roots.of(subject.account)
        mine = tuple(
            Snooze(rule=row.rule, snooze=row.snooze, until=row.until)
            for row in rows
            if row.until > now and reaches(row, subject, owner)
        )
        return Snoozed(of=mine) if mine else _AWAKE

    def _rows(self, connection: Connection, of: Collection[str], now: datetime) -> Sequence[Row[Any]]:
        return snoozes.lasting(connection, now, of)
