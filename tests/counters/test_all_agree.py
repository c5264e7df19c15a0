"""Whatever is asked, memory and Redis answer the same."""

from __future__ import annotations

import random
import secrets
from datetime import timedelta

import pytest

from masstransit.counters import Count, Distinct, MemoryCounters, Operation, Sums, Take, Turns, open_counters
from tests.makers import NOON


def anything(chance: random.Random, tag: str) -> Operation:
    """Some operation on one of a few keys."""
    key = str(chance.randrange(3))
    match chance.randrange(5):
        case 0:
            return Take(tag, f"t{key}", rate=5, burst=4, want=chance.choice([1, 1, 3, -1]))
        case 1:
            return Count(tag, f"c{key}", 240, chance.choice([0, 1, 1, 5, -1, -3]))
        case 2:
            names = tuple(chance.choices("abcdefghij", k=chance.randrange(4)))
            return Distinct(tag, f"d{key}", 60, names, drop=names[:1] if chance.random() < 0.2 else ())
        case 3:
            parts = tuple((chance.randrange(4), chance.choice([1, 1, 7, -1])) for _ in range(chance.randrange(3)))
            return Sums(tag, f"s{key}", 60, parts)
        case _:
            side, add = chance.choice("ab"), chance.choice([0, 1, 1, 1, 2, -1])
            return Turns(tag, f"x{key}", side, window=20, keep=90, add=add)


@pytest.mark.parametrize("seed", range(5))
async def test_memory_and_redis_give_the_same_answers(redis_url: str, seed: int) -> None:
    chance, tag = random.Random(seed), secrets.token_hex(8)
    memory, redis = MemoryCounters(), open_counters(redis_url)
    now = NOON
    asked: list[Operation] = []
    for _ in range(150):
        now += timedelta(milliseconds=chance.choice([0, 1, 250, 3000, 20_000]))
        asked = [anything(chance, tag) for _ in range(chance.randrange(1, 6))]
        for operation, ours, theirs in zip(
            asked, await memory.ask(asked, now), await redis.ask(asked, now), strict=True
        ):
            if isinstance(operation, Take):
                assert ours.allowed == theirs.allowed
                assert ours.retry_after == pytest.approx(theirs.retry_after, abs=0.001)
            else:
                assert ours == theirs, operation
    await redis.close()


async def test_memory_forgets_what_expired_and_never_grows_beyond_its_limit() -> None:
    memory = MemoryCounters(limit=100)
    await memory.ask([Count("a", f"k{i}", 60) for i in range(500)], NOON)
    assert 90 < len(memory) <= 100
    assert await memory.ask([Count("a", "k499", 60, 0), Count("a", "k0", 60, 0)], NOON) == [1, 0]
    for _ in range(250):  # it is looked for now and then
        await memory.ask([Count("a", "later", 60)], NOON + timedelta(minutes=5))
    assert len(memory) == 1
