"""Counters of all three sorts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from masstransit.counters import Counters, open_counters
from tests.counters import servers


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with servers.one(_folder(tmp_path_factory)) as server:
        yield f"redis://{server.place}"


@pytest.fixture(scope="session")
def cluster_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with servers.three(_folder(tmp_path_factory)) as three:
        yield "redis+cluster://" + ",".join(server.place for server in three)


def _folder(factory: pytest.TempPathFactory) -> Path:
    return factory.mktemp("redis")


@pytest.fixture(params=["memory", "redis", "cluster"])
def counters_url(request: pytest.FixtureRequest) -> str:
    if request.param == "memory":
        return "memory://"
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest_asyncio.fixture
async def counters(counters_url: str) -> AsyncIterator[Counters]:
    """Memory, one Redis, and a cluster of three in turn. Tests take tags of their own: the servers are shared."""
    opened = open_counters(counters_url)
    yield opened
    await opened.close()
