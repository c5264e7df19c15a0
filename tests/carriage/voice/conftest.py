"""Phones that can be called, and a customer's server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.carriage.test_webhooks import Server
from tests.carriage.voice.house import VoiceHouse


@pytest.fixture
async def house(sqlite_database: Database, keys: Keys) -> AsyncIterator[VoiceHouse]:
    made = VoiceHouse(sqlite_database, keys)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def sounding(sqlite_database: Database, keys: Keys, tmp_path: Path) -> AsyncIterator[VoiceHouse]:
    """The same, and its people talk."""
    made = VoiceHouse(sqlite_database, keys, tmp_path)
    await made.open()
    yield made
    await made.close()
    assert made.sounding is not None
    made.sounding.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    running = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}"
    yield made
    running.close()
    await running.wait_closed()
