"""The desk of each test, on each engine."""

from __future__ import annotations

import pytest

from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.carriage.cases.desk import Desk, furnished


@pytest.fixture
async def desk(database: Database, keys: Keys) -> Desk:
    return await furnished(database, keys)
