"""Queries past SQLAlchemy tell what they tell through it, on both kinds of database."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, Row, bindparam, insert, select
from sqlalchemy.exc import OperationalError

from masstransit.errors import StorageUnavailable
from masstransit.storage.dialects import among, either
from masstransit.storage.engine import Database, open_engine
from masstransit.storage.lookup import Lookup
from masstransit.storage.tables import accounts, ledger
from tests.makers import ACCOUNT, NOON

_A = accounts.c
_QUERY = (
    select(accounts, accounts.c.friendly_name.label("called"))
    .where(
        among(accounts.c.account, "whose"), accounts.c.status == "active", accounts.c.created_at >= bindparam("since")
    )
    .order_by(accounts.c.account)
)
_ACCOUNTS = Lookup(_QUERY)
_LEDGER = Lookup(select(ledger.c.seq, ledger.c.hash).where(either((ledger.c.chain, ledger.c.seq), "keys")))


async def seed(database: Database) -> None:
    made = {"token_sealed": b"\0", "created_at": NOON, "updated_at": NOON, "attrs": {"a": [1, "é"]}}
    rows = [
        made | {"account": "AC1", "status": "active", "friendly_name": "it's"},
        made | {"account": "AC2", "status": "closed", "friendly_name": ""},
        made | {"account": "AC3", "status": "active", "friendly_name": "x", "created_at": NOON.replace(year=2020)},
    ]
    await database.write(lambda c: c.execute(insert(accounts), rows))


@pytest.mark.parametrize("whose", [[], ["AC1"], ["AC1", "AC2", "AC3"], {"AC1", "nobody"}])
async def test_rows_are_those_that_sqlalchemy_gives(database: Database, whose: list[str]) -> None:
    await seed(database)
    told = {"whose": whose, "since": NOON}
    quick = await database.read(lambda c: _ACCOUNTS.rows(c, **told))
    usual = await database.read(lambda c: list(c.execute(_QUERY, told)))
    assert quick == usual
    assert [row._mapping for row in quick] == [row._mapping for row in usual]
    assert [(row.account, row.called, row.created_at, row.attrs) for row in quick] == [
        ("AC1", "it's", NOON, {"a": [1, "é"]}) for _ in quick
    ]
    assert len(quick) == ("AC1" in whose)


async def test_it_sees_what_its_own_transaction_wrote(database: Database) -> None:
    row = {"chain": "c", "seq": 7, "at": NOON, "account": ACCOUNT, "kind": "decision", "ref": "DE1", "digest": b""}

    def change(connection: Connection) -> Row[Any] | None:
        connection.execute(insert(ledger), [row | {"hash": b"\1"}])
        return _LEDGER.first(connection, keys=[("c", 7)])

    found = await database.write(change)
    assert found is not None
    assert (found.seq, found.hash) == (7, b"\1")
    assert await database.read(lambda c: _LEDGER.first(c, keys=[("c", 8)])) is None


def test_outside_a_transaction_it_begins_one_as_any_query_does(sqlite_database: Database) -> None:
    engine = open_engine(sqlite_database.url.render_as_string(hide_password=False))
    with engine.connect() as connection:
        assert _LEDGER.rows(connection, keys=[]) == []
        assert connection.in_transaction()
        assert _LEDGER.rows(connection, keys=[]) == []
    engine.dispose()


async def test_a_fault_is_the_databases_as_everywhere(sqlite_database: Database) -> None:
    await sqlite_database.write(lambda c: c.exec_driver_sql("DROP TABLE ledger"))
    with pytest.raises(StorageUnavailable, match="no such table"):
        await sqlite_database.read(lambda c: _LEDGER.rows(c, keys=[("c", 1)]))
    engine = open_engine(sqlite_database.url.render_as_string(hide_password=False))
    with engine.begin() as connection, pytest.raises(OperationalError, match="no such table"):
        _LEDGER.rows(connection, keys=[("c", 1)])
    engine.dispose()
