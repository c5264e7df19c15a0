"""The pages, on each engine in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.console.house import Pages, opened


@pytest.fixture
async def pages(database: Database, keys: Keys) -> AsyncIterator[Pages]:
    async with opened(database, keys) as made:
        yield made
