"""Facts about numbers that reach nobody: what carriers said of one, and how many of those an account writes to.

A number that nobody has, or a landline, is told by the errors 30005 and 30006. A handset that is switched off (30003)
is not such a number, however often it fails (rulebook 6.7).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection

from masstransit.clock import Clock
from masstransit.facts.accounts import Kept
from masstransit.facts.consent import About, people
from masstransit.model.communication import Communication, Subject
from masstransit.storage import reachability
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

_LOOKED_BACK = timedelta(days=180)
_DAY = timedelta(days=1)
_COUNTED_EVERY = 5.0  # seconds


class Unreachable(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a carrier last told this account of the recipient's number; nothing, where a message reached them or they
    wrote after that."""

    error: int | None = None  #: 30005: nobody has the number; 30006: a landline
    at: datetime | None = None


class DeadNumbers(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """To how many different people of whom carriers told so an account, and the campaign, wrote in 24 hours."""

    account_24h: int = 0
    campaign_24h: int = 0


_NOTHING = Unreachable()


class LastHeard:
    """Learns `Unreachable`: one query a batch, and a second one where it found any."""

    def __init__(self, database: Database, keys: Keys, clock: Clock) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Unreachable]:
        about = people([s for s in batch if isinstance(s, Communication)], self._keys)
        told = await self._database.read(lambda connection: self._look(connection, about))
        if not told:
            return [_NOTHING] * len(batch)
        of_offers = iter(about)
        return [self._of(told, next(of_offers)) if isinstance(s, Communication) else _NOTHING for s in batch]

    def _look(self, connection: Connection, about: Sequence[About | None]) -> dict[tuple[str, str], Unreachable]:
        since = self._clock.now() - _LOOKED_BACK
        accounts = {one.account for one in about if one is not None}
        persons = {one.person for one in about if one is not None}
        failed = sorted(reachability.failed(connection, accounts, persons, since), key=lambda row: row.at)
        if not failed:
            return {}
        found = {(row.account, row.person): Unreachable(error=row.error_code, at=row.at) for row in failed}
        for row in reachability.reached(connection, accounts, {row.person for row in failed}, since):
            key = (row.account, row.person)
            if key in found and row.at >= (found[key].at or row.at):
                del found[key]
        return found

    @staticmethod
    def _of(told: Mapping[tuple[str, str], Unreachable], one: About | None) -> Unreachable:
        return _NOTHING if one is None else told.get((one.account, one.person), _NOTHING)


class DayOfDead(Kept[str, Mapping[str, int]]):
    """Learns `DeadNumbers`, counted at most once in five seconds an account."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock, fresh_for=_COUNTED_EVERY)

    async def learn(self, batch: Sequence[Subject]) -> Sequence[DeadNumbers]:
        found = await self.of(subject.account for subject in batch)
        return [
            DeadNumbers(account_24h=sum(day.values()), campaign_24h=day.get(getattr(s, "campaign", None) or "", 0))
            for s in batch
            for day in (found[s.account],)
        ]

    def _look(self, connection: Connection, keys: Collection[str], now: datetime) -> Mapping[str, Mapping[str, int]]:
        days: dict[str, dict[str, int]] = {account: {} for account in keys}
        for row in reachability.died(connection, keys, now - _DAY):
            days[row.account][row.campaign or ""] = row.people
        return days
