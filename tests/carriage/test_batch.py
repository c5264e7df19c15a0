"""Batches: what arrives together is handled together, in order, and one failure spoils no other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from masstransit.carriage.batch import Batch


async def test_what_arrives_together_is_handled_together() -> None:
    seen: list[list[int]] = []

    async def double(items: Sequence[int]) -> list[int | Exception]:
        seen.append(list(items))
        return [item * 2 for item in items]

    batch: Batch[int, int] = Batch(double)
    assert await asyncio.gather(*(batch.add(n) for n in range(5))) == [0, 2, 4, 6, 8]
    assert seen == [[0, 1, 2, 3, 4]]


async def test_what_arrives_meanwhile_waits_for_the_next_batch() -> None:
    seen: list[int] = []
    gate = asyncio.Event()

    async def slow(items: Sequence[int]) -> list[int | Exception]:
        seen.append(len(items))
        await gate.wait()
        return list(items)

    batch: Batch[int, int] = Batch(slow, limit=10, overlap=1)
    futures = [batch.add(0)]
    await asyncio.sleep(0.01)
    futures += [batch.add(n) for n in range(25)]
    await asyncio.sleep(0.01)
    gate.set()
    await asyncio.gather(*futures)
    assert seen == [1, 10, 10, 5]


async def test_a_failure_as_a_value_concerns_one_item_and_a_raised_one_all() -> None:
    async def picky(items: Sequence[int]) -> list[int | Exception]:
        if 13 in items:
            raise ConnectionError("gone")
        return [ValueError("odd") if item % 2 else item for item in items]

    batch: Batch[int, int] = Batch(picky)
    even, odd = batch.add(2), batch.add(3)
    assert await even == 2
    with pytest.raises(ValueError, match="odd"):
        await odd
    both = [batch.add(13), batch.add(14)]
    for future in both:
        with pytest.raises(ConnectionError):
            await future


async def test_a_caller_that_went_away_spoils_nothing() -> None:
    async def echo(items: Sequence[int]) -> list[int | Exception]:
        await asyncio.sleep(0.01)
        return list(items)

    batch: Batch[int, int] = Batch(echo)
    gone, stays = batch.add(1), batch.add(2)
    gone.cancel()
    assert await stays == 2
    await batch.drained()


async def test_who_can_wait_waits_for_others_but_not_once_there_are_enough() -> None:
    seen: list[tuple[int, float]] = []
    loop = asyncio.get_running_loop()

    async def note(items: Sequence[int]) -> list[int | Exception]:
        seen.append((len(items), loop.time()))
        return list(items)

    batch: Batch[int, int] = Batch(note, limit=4, linger=0.1)
    begun = loop.time()
    first = batch.add(0)
    await asyncio.sleep(0.02)
    await asyncio.gather(first, batch.add(1))
    assert [count for count, _ in seen] == [2]
    assert seen[0][1] - begun >= 0.09
    begun = loop.time()
    rest = [batch.add(n) for n in range(6)]
    await asyncio.gather(*rest[:4])
    assert [count for count, _ in seen] == [2, 4]
    assert seen[1][1] - begun < 0.09
    await batch.drained()
    assert [count for count, _ in seen] == [2, 4, 2]
    assert all(future.done() for future in rest)
