"""A hall with rooms."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.api.gated import GatedDoor
from tests.channels.video.hall import Hall, a_hall


@pytest.fixture
async def hall(sqlite_database: Database, keys: Keys) -> AsyncIterator[Hall]:
    async with a_hall(GatedDoor(sqlite_database, keys)) as made:
        yield made
