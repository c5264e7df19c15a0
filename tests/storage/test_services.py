"""Messaging services on both engines."""

from __future__ import annotations

from datetime import datetime

import pytest

from masstransit.errors import Conflict
from masstransit.storage import services
from masstransit.storage.engine import Database
from tests.makers import ACCOUNT, NOON


async def ask_for(database: Database, service: str, sid: str, now: datetime = NOON) -> str:
    row = await database.write(lambda c: services.add_alpha(c, ACCOUNT, service, "Northwind", sid, "pending", now))
    return str(row.sid)


async def test_a_service_has_a_sender_name_once(database: Database) -> None:
    assert await ask_for(database, "MG1", "AI1") == "AI1"
    with pytest.raises(Conflict) as taken:
        await ask_for(database, "MG1", "AI2")
    assert taken.value.code == 21714
    assert await ask_for(database, "MG2", "AI3") == "AI3"


async def test_a_name_is_decided_on_in_every_service_that_asked_for_it(database: Database) -> None:
    await ask_for(database, "MG1", "AI1")
    await ask_for(database, "MG2", "AI2")
    assert await database.write(lambda c: services.decide_alpha(c, ACCOUNT, "Northwind", "registered"))
    assert not await database.write(lambda c: services.decide_alpha(c, ACCOUNT, "Southwind", "registered"))
    found = await database.read(lambda c: services.find_alpha(c, ACCOUNT, "MG2", "AI2"))
    assert found is not None
    assert found.status == "registered"
