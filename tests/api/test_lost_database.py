"""A PostgreSQL server that goes away: nothing is accepted, everybody is told to come again, and it comes back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import metadata
from tests import postgres
from tests.api.house import Door

FORM = {"To": "+12125550123", "From": "+14155550100", "Body": "x"}


@pytest.fixture
def server(postgres_server: postgres.Server) -> Iterator[postgres.Server]:
    """A server that the test may stop; where the shared one can't be started, it is not run for the same reason."""
    folder = postgres.a_folder()
    made = postgres.Server.made(folder)
    yield made
    made.stop()
    shutil.rmtree(folder)


async def test_a_lost_database_accepts_nothing_and_recovers(server: postgres.Server, keys: Keys) -> None:
    database = Database(server.create("api"))
    await database.write(metadata.create_all)
    async with Door(database, keys) as door:
        assert (await door.ask("POST", f"{door.messages}.json", data=FORM)).status_code == 201
        server.stop()
        for method, data in (("POST", FORM), ("GET", None)):
            answer = await door.ask(method, f"{door.messages}.json", data=data)
            assert (answer.status_code, answer.json()["code"]) == (503, 20503)
            assert int(answer.headers["retry-after"]) > 0
        server.start()
        assert (await door.ask("POST", f"{door.messages}.json", data=FORM)).status_code == 201
        kept = (await door.ask("GET", f"{door.messages}.json")).json()["messages"]
        assert len(kept) == 2
    await database.close()
