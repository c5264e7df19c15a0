"""A house with a mailbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.carriage.voicemail.house import BoxHouse


@pytest.fixture
async def house(sqlite_database: Database, keys: Keys, tmp_path: Path) -> AsyncIterator[BoxHouse]:
    made = BoxHouse(sqlite_database, keys, tmp_path)
    await made.open()
    yield made
    await made.close()
