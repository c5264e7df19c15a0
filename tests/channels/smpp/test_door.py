"""The door for ESMEs: who may bind, said in SMPP's words, and no word about which names there are."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from masstransit import policy
from masstransit.carriage.exchange import Exchange
from masstransit.carriage.notices import Notices
from masstransit.carriage.registration import Registrations
from masstransit.channels.smpp.door import Door
from masstransit.channels.smpp.pdu import Status
from masstransit.channels.smpp.server import BoundAs, Refusal
from masstransit.clock import HandClock
from masstransit.counters import MemoryCounters
from masstransit.facts.consent import Roots
from masstransit.gate import Gate
from masstransit.learning import learners
from masstransit.ledger import Ledger
from masstransit.policy.clause_02_security_bypass import SecurityBypass
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import accounts, binds
from tests.makers import ACCOUNT, NOON, an_sms


class Entrance:
    """A door with clause 2 behind it, and a bind named `esme`."""

    def __init__(self, database: Database, keys: Keys, lists: Path) -> None:
        self.clock = HandClock(NOON)
        self.database = database
        learned = learners(
            [room() for room in policy.AUP],
            database=database,
            keys=keys,
            clock=self.clock,
            counters=MemoryCounters(),
            roots=Roots(),
            lists=lists,
        )
        gate = Gate((SecurityBypass(),), learned, self.clock)
        self.exchange = Exchange(
            gate=gate,
            database=database,
            ledger=Ledger("test"),
            keys=keys,
            clock=self.clock,
            registrations=Registrations(database, self.clock, Roots()),
            notices=Notices(database, self.clock, "test"),
        )
        self.door = Door(exchange=self.exchange, database=database, keys=keys)
        self.hash = keys.password_hash("secret")

    async def with_a_bind(self, **more: Any) -> None:
        row = {"account": ACCOUNT, "system_id": "esme", "password_hash": self.hash, "created_at": NOON}
        account = {"account": ACCOUNT, "token_sealed": b"", "created_at": NOON, "updated_at": NOON, "attrs": {}}

        def add(connection: Any) -> None:
            connection.execute(insert(accounts), [account])
            connection.execute(insert(binds), [row | more])

        await self.database.write(add)

    async def bind(self, name: str = "esme", password: str = "secret", source: str = "192.0.2.7") -> BoundAs | Refusal:
        self.clock.set(self.clock.now() + timedelta(milliseconds=10))
        return await self.door.bind(name, password, source, self.clock.now())


@pytest.fixture
async def entrance(sqlite_database: Database, keys: Keys, tmp_path: Path) -> Entrance:
    return Entrance(sqlite_database, keys, tmp_path / "lists")


async def test_who_has_the_password_is_bound_as_the_account_with_its_terms(entrance: Entrance) -> None:
    await entrance.with_a_bind(window=5, sessions=2, rate=7.5, end_user="u1", reasons=False)
    assert await entrance.bind() == BoundAs(
        account=ACCOUNT, system_id="esme", window=5, sessions=2, rate=7.5, end_user="u1", reasons=False
    )


@pytest.mark.parametrize(("name", "password"), [("esme", "wrong"), ("nobody", "secret"), ("", "")])
async def test_a_wrong_password_and_an_unknown_name_are_answered_alike(
    entrance: Entrance, name: str, password: str
) -> None:
    await entrance.with_a_bind()
    assert await entrance.bind(name, password) == Refusal(Status.ESME_RINVPASWD)


async def test_a_closed_bind_is_as_if_it_was_not_there(entrance: Entrance) -> None:
    await entrance.with_a_bind()
    await entrance.database.write(lambda c: c.execute(update(binds).values(enabled=False)))
    assert await entrance.bind() == Refusal(Status.ESME_RINVPASWD)


async def test_a_closed_account_does_not_bind(entrance: Entrance) -> None:
    await entrance.with_a_bind()
    await entrance.database.write(lambda c: c.execute(update(accounts).values(status="closed")))
    assert await entrance.bind() == Refusal(Status.ESME_RBINDFAIL)


async def test_an_unknown_name_takes_as_long_as_a_wrong_password(entrance: Entrance) -> None:
    await entrance.with_a_bind()
    took: dict[str, list[float]] = {"esme": [], "nobody": []}
    for n in range(5):
        for name, times in took.items():
            began = time.perf_counter()
            await entrance.bind(name, "wrong", source=f"192.0.2.{n}")
            times.append(time.perf_counter() - began)
    assert min(took["nobody"]) > min(took["esme"]) / 2


async def test_a_credential_that_is_being_guessed_is_locked_also_for_the_right_password(entrance: Entrance) -> None:
    await entrance.with_a_bind()
    for _ in range(20):
        await entrance.bind(password="wrong")
    assert await entrance.bind() == Refusal(Status.ESME_RBINDFAIL)
    entrance.clock.set(entrance.clock.now() + timedelta(minutes=30))
    assert isinstance(await entrance.bind(), BoundAs)


async def test_a_message_is_found_by_its_own_account_only(entrance: Entrance) -> None:
    offered = await entrance.door.offer(an_sms())
    state = await entrance.door.query(ACCOUNT, offered.communication.id)
    assert state is not None
    assert state.state == "queued"
    assert await entrance.door.query("AC" + "9" * 32, offered.communication.id) is None
    assert not await entrance.door.cancel("AC" + "9" * 32, offered.communication.id)
    assert await entrance.door.cancel(ACCOUNT, offered.communication.id)
