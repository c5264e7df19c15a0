"""A running API."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.api.house import Door


@pytest.fixture
async def door(sqlite_database: Database, keys: Keys) -> AsyncIterator[Door]:
    """The API over a real socket."""
    async with Door(sqlite_database, keys) as running:
        yield running
