"""Redis that is stopped, restarted, or loses a node: the counters say so soon, and come back by themselves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from masstransit.counters import Count, RedisCounters
from masstransit.errors import CountersUnavailable
from tests.counters import servers
from tests.makers import NOON


@pytest.fixture
async def server_and_counters(tmp_path: Path) -> AsyncIterator[tuple[servers.Server, RedisCounters]]:
    with servers.one(tmp_path) as server:
        counters = RedisCounters([("127.0.0.1", server.port)])
        yield server, counters
        await counters.close()


async def counted(counters: RedisCounters, tag: str = "a") -> int:
    (before,) = await counters.ask([Count(tag, "c", 3600)], NOON)
    return int(before)


async def until_back(counters: RedisCounters) -> int:
    async with asyncio.timeout(10):
        while True:
            try:
                return await counted(counters)
            except CountersUnavailable:
                await asyncio.sleep(0.05)


async def test_a_stopped_server_is_noticed_at_once_and_is_back_when_it_is_started(
    server_and_counters: tuple[servers.Server, RedisCounters],
) -> None:
    server, counters = server_and_counters
    assert await counted(counters) == 0
    server.stop()
    with pytest.raises(CountersUnavailable):
        await counted(counters)
    server.start()
    assert await until_back(counters) == 0  # the counts and the script are lost; the script is loaded again


async def test_a_frozen_server_costs_its_quarter_of_a_second_once(
    server_and_counters: tuple[servers.Server, RedisCounters],
) -> None:
    server, counters = server_and_counters
    await counted(counters)
    with server.frozen():
        began = time.monotonic()
        for _ in range(100):
            with pytest.raises(CountersUnavailable):
                await counted(counters)
        assert time.monotonic() - began < 0.9
    assert await until_back(counters) >= 1


async def test_a_server_that_was_never_there_is_unavailable_and_closes_well(unused_tcp_port: int) -> None:
    counters = RedisCounters([("127.0.0.1", unused_tcp_port)])
    with pytest.raises(CountersUnavailable):
        await counted(counters)
    await counters.publish("work", "there is some")  # is lost, and that is all
    await counters.close()


async def test_a_dead_node_of_a_cluster_costs_its_own_tags_only(tmp_path: Path) -> None:
    with servers.three(tmp_path) as three:
        counters = RedisCounters([("127.0.0.1", server.port) for server in three], cluster=True)
        tags = [f"t{i}" for i in range(30)]
        for tag in tags:
            assert await counted(counters, tag) == 0
        three[0].stop()
        answers = await asyncio.gather(*(counted(counters, tag) for tag in tags), return_exceptions=True)
        gone = [answer for answer in answers if isinstance(answer, CountersUnavailable)]
        assert 0 < len(gone) < len(tags)
        assert answers.count(1) == len(tags) - len(gone)
        await counters.close()


async def test_a_slot_that_moved_is_found_again(tmp_path: Path) -> None:
    with servers.three(tmp_path) as three:
        counters = RedisCounters([("127.0.0.1", server.port) for server in three], cluster=True)
        await counted(counters)
        servers.move_empty_slot(three, "{a}")
        assert await counted(counters) == 0
        await counters.close()
