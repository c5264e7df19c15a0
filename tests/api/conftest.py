"""A running API."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.api.gated import GatedDoor
from tests.api.house import Door


@pytest.fixture
async def door(sqlite_database: Database, keys: Keys) -> AsyncIterator[Door]:
    """The API over a real socket."""
    async with Door(sqlite_database, keys) as running:
        yield running


@pytest.fixture
async def gated(sqlite_database: Database, keys: Keys) -> AsyncIterator[GatedDoor]:
    """The same with the real gate behind it, and an account that may send."""
    async with GatedDoor(sqlite_database, keys) as running:
        yield running
