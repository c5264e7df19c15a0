"""Commands of ours that run beside the house: what they are told, how they end, that none outlives the house."""

from __future__ import annotations

import os

import pytest

from masstransit.clock import SystemClock
from masstransit.console.errands import Errands
from masstransit.errors import Conflict, Fault
from masstransit.storage import errands as stored
from masstransit.storage.engine import Database
from tests.makers import NOON


def of(database: Database, settings: str = "") -> Errands:
    return Errands(database, SystemClock(), settings, dict(os.environ))


async def begun(errands: Errands, database: Database, *arguments: str, errand: str = "ER1", user: str = "US1") -> None:
    told = {"errand": errand, "kind": "drill", "at": NOON, "user": user, "name": "Olga", "asked": {}}
    await database.write(lambda c: stored.add(c, **told))  # type: ignore[arg-type]
    errands.begin(errand, "drill", user, arguments)


async def ended(database: Database, errand: str = "ER1") -> tuple[object, str]:
    row = await database.read(lambda c: stored.find(c, "drill", errand))
    assert row is not None
    assert row.ended_at is not None
    return row.result, row.failed


async def test_what_a_command_tells_in_json_is_kept(sqlite_database: Database) -> None:
    errands = of(sqlite_database)
    await begun(errands, sqlite_database, "drill", "1", "--list", "--json")
    await errands.finished("ER1")
    result, failed = await ended(sqlite_database)
    assert isinstance(result, list)
    assert {each["clause"] for each in result} == {"1"}
    assert failed == ""


async def test_a_command_goes_by_the_settings_that_it_is_told_and_says_what_is_wrong(
    sqlite_database: Database,
) -> None:
    errands = of(sqlite_database, "[policy.8]\nnone = 2\n")
    await begun(errands, sqlite_database, "drill", "1", "--json", "--seed", "1")
    await errands.finished("ER1")
    result, failed = await ended(sqlite_database)
    assert result is None
    assert "[policy.8] none: clause 8 has" in failed
    with pytest.raises(Fault, match="told nothing"):
        await of(sqlite_database, "nonsense").told("drill", "--list", "--json")


async def test_one_that_is_stopped_while_it_begins_ends_too(sqlite_database: Database) -> None:
    errands = of(sqlite_database)
    await begun(errands, sqlite_database, "drill", "all", "--json", "--seed", "1")
    await errands.stop("ER1", "Olga stopped it")
    assert await ended(sqlite_database) == (None, "Olga stopped it")
    assert errands.running("ER1") is None


async def test_none_outlives_the_house(sqlite_database: Database) -> None:
    errands = of(sqlite_database)
    await begun(errands, sqlite_database, "drill", "all", "--json", "--seed", "1")
    with pytest.raises(Conflict, match="one of yours runs already"):
        errands.check("replay", "US1")
    with pytest.raises(Conflict, match="one at a time"):
        errands.check("drill", "US2")
    errands.check("replay", "US2")
    running = errands.running("ER1")
    assert running is not None
    while running.process is None:
        await SystemClock().sleep(0.01)
    await errands.close()
    assert running.process.returncode is not None
    assert await ended(sqlite_database) == (None, "the house stopped")
