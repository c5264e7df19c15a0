"""What is learned about blocks of numbers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from masstransit.clock import HandClock
from masstransit.facts.allocation import AllocatedBlocks, Allocation, Block
from masstransit.storage import numbering
from masstransit.storage.engine import Database
from tests.makers import NOON, a_knock, an_outcome, an_sms
from tests.queries import asked_of


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


def block(prefix: str, *, allocated: bool) -> Block:
    return Block(prefix=prefix, allocated=allocated, as_of=NOON)


async def load(database: Database, **statuses: str) -> None:
    rows = [{"prefix": prefix.replace("n", "+"), "status": status} for prefix, status in statuses.items()]
    await database.write(lambda c: numbering.allocations_put(c, rows, NOON))


async def test_each_end_is_told_of(database: Database, clock: HandClock) -> None:
    await load(database, n1415555="allocated", n1212555="unallocated")
    (learned,) = await AllocatedBlocks(database, clock).learn([an_sms()])
    assert learned == Allocation(sender=block("+1415555", allocated=True), recipient=block("+1212555", allocated=False))


async def test_the_smallest_block_tells(database: Database, clock: HandClock) -> None:
    await load(database, n1212555="unallocated", n12125550="allocated", n1="allocated")
    in_block, in_rest = await AllocatedBlocks(database, clock).learn(
        [an_sms(recipient="+12125550123"), an_sms(id="SM2", recipient="+12125551123")]
    )
    assert in_block.recipient == block("+12125550", allocated=True)
    assert in_rest.recipient == block("+1212555", allocated=False)


async def test_what_is_on_no_list_is_not_told_of(database: Database, clock: HandClock) -> None:
    await load(database, n1212556="unallocated")
    short, number = await AllocatedBlocks(database, clock).learn([an_sms(sender="72345"), an_sms(id="SM2")])
    assert (short, number) == (Allocation(), Allocation())


async def test_outcomes_and_knocks_have_no_blocks(database: Database, clock: HandClock) -> None:
    await load(database, n1212555="unallocated")
    assert await AllocatedBlocks(database, clock).learn([an_outcome(), a_knock()]) == [Allocation(), Allocation()]


async def test_a_file_that_is_loaded_while_we_serve_is_heard_of(database: Database, clock: HandClock) -> None:
    blocks = AllocatedBlocks(database, clock)
    assert await blocks.learn([an_sms()]) == [Allocation()]
    await load(database, n1212555="unallocated")
    await clock.move(timedelta(seconds=31))
    (learned,) = await blocks.learn([an_sms()])
    assert learned.recipient is not None


async def test_a_batch_is_one_query(sqlite_database: Database, clock: HandClock) -> None:
    await load(sqlite_database, n1212555="unallocated", n12125550="allocated")
    blocks = AllocatedBlocks(sqlite_database, clock)
    await blocks.learn([an_sms()])
    asked = await asked_of(sqlite_database)
    await blocks.learn([an_sms(id=f"SM{i}", recipient=f"+1212556{i:04}") for i in range(300)])
    assert len([statement for statement in asked if "allocations" in statement]) == 1
