"""Facts about blocks of numbers: whether the administrators of the numbering plans gave them to anybody.

A number can have the right shape and still be nobody's: its block was never given out. Which blocks were is told by the
administrators day by day, and counts here as far as an operator has loaded it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection

from masstransit.clock import Clock
from masstransit.facts.accounts import Kept
from masstransit.facts.fact import Fact
from masstransit.model.address import E164, Address
from masstransit.model.communication import Communication
from masstransit.model.subject import Subject
from masstransit.storage import numbering
from masstransit.storage.engine import Database

_LENGTHS_FRESH_FOR = timedelta(seconds=30)


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of the smallest block that has a number."""

    prefix: str  #: how its numbers begin: "+1212555"
    allocated: bool
    as_of: datetime  #: the day that the administrator's data is of


class Allocation(Fact, frozen=True, kw_only=True):
    """The blocks of both ends; None where nothing is told of one, or it is no number."""

    sender: Block | None = None
    recipient: Block | None = None


_NOT_TOLD = Allocation()


class AllocatedBlocks(Kept[str, Block | None]):
    """Learns `Allocation`: one look-up a batch, and none while no blocks are loaded. How long the blocks are that are
    on record is looked up twice a minute."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock)
        self._lengths: tuple[int, ...] = ()
        self._lengths_until: datetime | None = None

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Allocation]:
        if not await self._block_lengths():
            return [_NOT_TOLD] * len(batch)
        offers = [subject for subject in batch if isinstance(subject, Communication)]
        found = await self.of(a.text for offer in offers for a in (offer.sender, offer.recipient) if _is_number(a))
        return [
            Allocation(sender=found.get(s.sender.text), recipient=found.get(s.recipient.text))
            if isinstance(s, Communication)
            else _NOT_TOLD
            for s in batch
        ]

    async def _block_lengths(self) -> tuple[int, ...]:
        now = self._clock.now()
        if self._lengths_until is None or self._lengths_until <= now:
            self._lengths = await self._database.read(numbering.block_lengths)
            self._lengths_until = now + _LENGTHS_FRESH_FOR
        return self._lengths

    def _look(self, connection: Connection, keys: Collection[str], now: datetime) -> Mapping[str, Block | None]:
        beginnings = {number[:length] for number in keys for length in self._lengths}
        blocks = {
            row.prefix: Block(prefix=row.prefix, allocated=row.status == "allocated", as_of=row.as_of)
            for row in numbering.blocks(connection, beginnings)
        }
        return {number: self._smallest(number, blocks) for number in keys}

    def _smallest(self, number: str, blocks: Mapping[str, Block]) -> Block | None:
        return next((blocks[number[:n]] for n in self._lengths if number[:n] in blocks), None)


def _is_number(address: Address) -> bool:
    return isinstance(address, E164)
