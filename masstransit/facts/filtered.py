"""Facts about texts that carriers filtered: whether one is offered again that reads nearly the same.

Alike are texts with some four words in five in common, links cut out and numbers folded (`variants.bands`). Texts of
accounts that store no content can't be compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy import Connection

from masstransit.clock import Clock
from masstransit.facts.accounts import Kept
from masstransit.facts.fact import Fact
from masstransit.facts.variants import bands
from masstransit.model.communication import Communication
from masstransit.model.subject import Subject
from masstransit.storage import communications
from masstransit.storage.engine import Database

_DAY = timedelta(hours=24)
_READ_EVERY = 5.0  # seconds
_MOST = 200  # filtered texts of an account that are compared, the newest

#: band -> (number of the text, its sender) of filtered texts
Filtrate: TypeAlias = Mapping[str, Sequence[tuple[int, str]]]


class Filtered(Fact, frozen=True, kw_only=True):
    """Messages of the account that carriers filtered in 24 hours for what they say, and that read nearly as this."""

    alike_24h: int = 0
    elsewhere_24h: int = 0  #: those of them that came from other senders than this one


_NOTHING = Filtered()


class FilteredTexts(Kept[str, Filtrate]):
    """Learns `Filtered`. Texts are compared only for accounts of which a carrier filtered any."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock, fresh_for=_READ_EVERY)

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Filtered]:
        found = await self.of(subject.account for subject in batch)
        return [
            _compared(subject, found[subject.account])
            if isinstance(subject, Communication) and found[subject.account]
            else _NOTHING
            for subject in batch
        ]

    def _look(self, connection: Connection, keys: Collection[str], now: datetime) -> Mapping[str, Filtrate]:
        texts: dict[str, dict[str, list[tuple[int, str]]]] = {account: defaultdict(list) for account in keys}
        for number, row in enumerate(communications.filtered(connection, keys, now - _DAY, at_most=_MOST)):
            for band in bands(row.body.lower()):
                texts[row.account][band].append((number, row.sender))
        return texts


def _compared(subject: Communication, filtered: Filtrate) -> Filtered:
    alike = {text for band in bands(subject.text.lower()) for text in filtered.get(band, ())}
    return Filtered(alike_24h=len(alike), elsewhere_24h=sum(sender != subject.sender.text for _, sender in alike))
