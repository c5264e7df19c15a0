"""Facts about numbers that reach nobody: what carriers said of one, and how many of those an account writes to.

A number that nobody has, or a landline, is told by the errors 30005 and 30006. A handset that is switched off (30003)
is not such a number, however often it fails (rulebook 6.7).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy import Connection

from masstransit.clock import Clock
from masstransit.facts.accounts import Kept
from masstransit.facts.consent import About, people
from masstransit.facts.fact import Fact
from masstransit.model.communication import Communication
from masstransit.model.subject import Subject
from masstransit.storage import reachability
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

_LOOKED_BACK = timedelta(days=180)
_POOLED = 16  # dead numbers of one end user that count among others': of the least 200 recipients 8 %, a warning
_DAY = timedelta(days=1)
_COUNTED_EVERY = 5.0  # seconds
_LOADED_FRESH_FOR = timedelta(seconds=30)


class Unreachable(Fact, frozen=True, kw_only=True):
    """What a carrier last told this account of the recipient's number; nothing, where a message reached them or they
    wrote after that."""

    error: int | None = None  #: 30005: nobody has the number; 30006: a landline
    at: datetime | None = None


class ShutDown(Fact, frozen=True, kw_only=True):
    """When a carrier shut the recipient's number down, by its file of that day; None: no such file has it."""

    at: datetime | None = None


class DeadNumbers(Fact, frozen=True, kw_only=True):
    """To how many different people of whom carriers told so was written in 24 hours: by the account, and of those under
    the communication's campaign and for its end user. The account and the campaign count at most 16 of each end user,
    so that one bad list does not weigh on all others."""

    account_24h: int = 0
    campaign_24h: int = 0
    end_user_24h: int = 0


Unit: TypeAlias = tuple[str | None, str | None]  # campaign and end user of some messages
_NOTHING = Unreachable()
_NONE = DeadNumbers()
_IN_SERVICE = ShutDown()


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


class DayOfDead(Kept[str, Mapping[Unit, int]]):
    """Learns `DeadNumbers`, counted at most once in five seconds an account."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock, fresh_for=_COUNTED_EVERY)

    async def learn(self, batch: Sequence[Subject]) -> Sequence[DeadNumbers]:
        found = await self.of(subject.account for subject in batch)
        return [
            _dead(found[s.account], s.campaign, s.end_user) if isinstance(s, Communication) else _NONE for s in batch
        ]

    def _look(self, connection: Connection, keys: Collection[str], now: datetime) -> Mapping[str, Mapping[Unit, int]]:
        days: dict[str, dict[Unit, int]] = {account: {} for account in keys}
        for row in reachability.died(connection, keys, now - _DAY):
            days[row.account][row.campaign, row.end_user] = row.people
        return days


def _dead(day: Mapping[Unit, int], campaign: str | None, end_user: str | None) -> DeadNumbers:
    if not day:
        return _NONE
    return DeadNumbers(
        account_24h=_pooled(day),
        campaign_24h=_pooled({unit: people for unit, people in day.items() if unit[0] == campaign}),
        end_user_24h=sum(people for (_, each), people in day.items() if each == end_user),
    )


def _pooled(day: Mapping[Unit, int]) -> int:
    """Those of several end users together, a part of each, so that one bad list does not weigh on all others."""
    apart: Counter[str] = Counter()
    for (_, end_user), count in day.items():
        apart[end_user or ""] += count
    return sum(min(count, _POOLED) if end_user else count for end_user, count in apart.items())


class ShutDownNumbers:
    """Learns `ShutDown`: one query a batch, and none while no file of a carrier is loaded."""

    def __init__(self, database: Database, keys: Keys, clock: Clock) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._loaded = False
        self._loaded_until: datetime | None = None

    async def learn(self, batch: Sequence[Subject]) -> Sequence[ShutDown]:
        if not await self._any():
            return [_IN_SERVICE] * len(batch)
        about = people(batch, self._keys)
        persons = {one.person for one in about if one is not None}
        found = await self._database.read(lambda connection: reachability.shut_down(connection, persons))
        return [
            _IN_SERVICE if one is None or one.person not in found else ShutDown(at=found[one.person]) for one in about
        ]

    async def _any(self) -> bool:
        now = self._clock.now()
        if self._loaded_until is None or self._loaded_until <= now:
            self._loaded = await self._database.read(reachability.any_shut_down)
            self._loaded_until = now + _LOADED_FRESH_FOR
        return self._loaded
