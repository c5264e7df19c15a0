"""Notices for ESMEs: brought to who is bound, kept until they took it, told once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from masstransit.carriage.notices import Note
from masstransit.errors import StorageUnavailable
from masstransit.storage import queue
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.carriage.house import House, until
from tests.makers import NOON


class Esmes:
    """The bound ESMEs, which take what they are told to take."""

    def __init__(self, *bound: str) -> None:
        self.names = list(bound)
        self.took: list[tuple[str, Note]] = []
        self.willing = True

    def bound(self) -> Sequence[str]:
        return self.names

    async def push(self, system_id: str, note: Note) -> bool:
        if self.willing:
            self.took.append((system_id, note))
        return self.willing


@pytest.fixture
async def house(database: Database, keys: Keys) -> House:
    return House(database, keys)


async def told(house: House, principal: str = "esme", n: int = 0) -> None:
    """A report that the ESME asked for."""
    message = house.message(n, receipt=True, principal=principal, status_callback="http://127.0.0.1/told")
    rows = house.notices.of_status(message, "delivered", None, NOON)
    await house.database.write(lambda c: house.notices.add(c, rows))
    house.notices.nudge()


async def test_a_status_that_nobody_asked_for_is_not_told(house: House) -> None:
    assert house.notices.of_status(house.message(), "delivered", None, NOON) == []


async def test_an_esme_hears_of_ends_only_and_a_callback_of_every_step(house: House) -> None:
    message = house.message(receipt=True, principal="esme", status_callback="http://127.0.0.1/told")
    ways = {s: [r["way"] for r in house.notices.of_status(message, s, None, NOON)] for s in ("sent", "delivered")}
    assert ways == {"sent": ["webhook"], "delivered": ["webhook", "smpp"]}


async def test_what_an_esme_took_is_told_once_and_forgotten(house: House) -> None:
    esmes = Esmes("esme")
    await told(house)
    assert await house.notices._round(esmes) == 1
    assert await house.notices._round(esmes) == 0
    ((name, note),) = esmes.took
    assert (name, note.state, note.mo, note.sid) == ("esme", "delivered", False, f"SM{0:032x}")
    assert [n.way for n in await house.told()] == ["webhook"]


async def test_who_is_not_bound_hears_when_it_is(house: House) -> None:
    esmes = Esmes("another")
    await told(house)
    assert await house.notices._round(esmes) == 0
    esmes.names = ["esme"]
    assert await house.notices._round(esmes) == 1


async def test_what_an_esme_did_not_take_is_brought_again_later(house: House) -> None:
    esmes = Esmes("esme")
    esmes.willing = False
    await told(house)
    assert await house.notices._round(esmes) == 0
    esmes.willing = True
    assert await house.notices._round(esmes) == 0  # not at once
    await house.move(seconds=6)
    assert await house.notices._round(esmes) == 1


async def test_what_was_taken_while_the_database_was_lost_is_not_brought_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    esmes, write, lost = Esmes("esme"), house.database.write, [True]
    await told(house)

    async def gone_after_the_claim(change: Any) -> Any:
        if esmes.took and lost:
            lost.pop()
            raise StorageUnavailable("gone")
        return await write(change)

    monkeypatch.setattr(house.database, "write", gone_after_the_claim)
    assert await house.notices._round(esmes) == 1
    assert await house.notices._round(esmes) == 0
    assert len(esmes.took) == 1


async def test_what_an_earlier_life_of_this_process_had_claimed_is_brought(house: House) -> None:
    await told(house)
    await house.database.write(lambda c: queue.alive(c, "p1", NOON))

    class Silent(Esmes):
        async def push(self, system_id: str, note: Note) -> bool:
            self.took.append((system_id, note))
            await asyncio.Event().wait()
            return False

    silent = Silent("esme")
    killed = asyncio.create_task(house.notices._round(silent))
    await until(lambda: len(silent.took) == 1)
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    again, esmes = House(house.database, house.keys), Esmes("esme")
    async with again.delivering():
        running = asyncio.create_task(again.notices.run(esmes))
        await until(lambda: len(esmes.took) == 1)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_two_processes_bring_each_notice_once(house: House) -> None:
    other = House(house.database, house.keys, process="p2")
    for name in ("p1", "p2"):
        await house.database.write(lambda c, name=name: queue.alive(c, name, NOON))  # type: ignore[misc]
    for n in range(20):
        await told(house, n=n)
    esmes = Esmes("esme")
    await asyncio.gather(house.notices._round(esmes), other.notices._round(esmes))
    assert len(esmes.took) == len({note.sid for _, note in esmes.took}) == 20
