"""Facts about what was stopped: how many of a sender's messages were stopped for fraud lately.

Who tries out fraud sends it in many wordings, and some of them are too faint to be held by themselves. The record tells
what became of the others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from masstransit.clock import Clock
from masstransit.facts.accounts import Kept
from masstransit.facts.fact import Fact
from masstransit.model.communication import Communication
from masstransit.model.subject import Subject
from masstransit.storage import stopped
from masstransit.storage.engine import Database

_FRAUD = "10"  # the clause
_WITHIN = timedelta(hours=24)
_FRESH_FOR = 2.0  # seconds
_MOST = 100  # refused messages of a day that are looked at


class StoppedForFraud(Fact, frozen=True, kw_only=True):
    """What of the sender's was refused or held for fraud in 24 hours: of the end user where one is named, else of the
    account. What a person looked at and let go counts no more."""

    messages_24h: int = 0


_NONE = StoppedForFraud()


class FraudRecord(Kept[str, Mapping[str | None, int]]):
    """Learns `StoppedForFraud`, looked up for an account at most every two seconds."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock, fresh_for=_FRESH_FOR)

    async def learn(self, batch: Sequence[Subject]) -> Sequence[StoppedForFraud]:
        found = await self.of(subject.account for subject in batch)
        if not any(found.values()):
            return [_NONE] * len(batch)
        return [_of(found[subject.account], subject) for subject in batch]

    def _look(
        self, connection: Connection, keys: Collection[str], now: datetime
    ) -> Mapping[str, Mapping[str | None, int]]:
        counted = stopped.stopped_by(connection, keys, _FRAUD, now - _WITHIN, at_most=_MOST)
        found: dict[str, dict[str | None, int]] = {account: {} for account in keys}
        for (account, end_user), number in counted.items():
            found[account][end_user] = number
        return found


def _of(counts: Mapping[str | None, int], subject: Subject) -> StoppedForFraud:
    if not counts or not isinstance(subject, Communication):
        return _NONE
    number = counts.get(subject.end_user, 0) if subject.end_user else sum(counts.values())
    return StoppedForFraud(messages_24h=number) if number else _NONE
