"""A backup is whole, of one moment, and at home on either engine."""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select

from masstransit.errors import ConfigError, StorageUnavailable
from masstransit.ledger import checkpoint, verify
from masstransit.storage import keys as keyring
from masstransit.storage import migrations
from masstransit.storage import tables as t
from masstransit.storage.backup import backup, restore
from masstransit.storage.engine import Database, open_engine
from masstransit.storage.keys import Keys
from tests import postgres
from tests.makers import NOON
from tests.storage.test_redaction import LEDGER
from tests.storage.test_retention import old


@pytest.fixture
def house_url(empty_url: str) -> str:
    """Of a migrated database with one of everything."""

    migrations.migrate(empty_url)
    engine = open_engine(empty_url)
    with engine.begin() as connection:
        keys = Keys(keyring._from_database(connection))
        old(connection)
        checkpoint(connection, keys, NOON)
    engine.dispose()
    return empty_url


@pytest.fixture(params=["sqlite", "postgresql"])
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty database on each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'other.db'}"
    server: postgres.Server = request.getfixturevalue("postgres_server")
    return server.create(f"other_{request.getfixturevalue('worker')}")


def everything(connection: Connection) -> dict[str, set[str]]:
    return {
        each.name: {repr(tuple(row)) for row in connection.execute(select(each))} for each in t.metadata.sorted_tables
    }


async def test_what_is_restored_is_what_was_backed_up(house_url: str, other_url: str, tmp_path: Path) -> None:
    heard: list[tuple[str, int]] = []
    file = await asyncio.to_thread(backup, house_url, tmp_path, NOON, lambda *said: heard.append(said))
    assert file.name == "masstransit-20260603T170000Z.backup"
    assert file.stat().st_mode & 0o777 == 0o600
    assert ("decisions", 2) in heard
    counts = await asyncio.to_thread(restore, file, other_url)
    assert counts["decisions"] == 2
    first, second = Database(house_url), Database(other_url)
    assert await first.survey(everything) == await second.survey(everything)
    await migrations.check(second)
    keys = await keyring.load(second)
    assert keys.fingerprint == (await keyring.load(first)).fingerprint
    assert (await second.survey(lambda c: verify(c, keys.public))).whole
    await second.write(lambda c: LEDGER.record(c, "", "standing", "later", {}, NOON))
    assert (await second.survey(lambda c: verify(c, keys.public))).whole
    await asyncio.gather(first.close(), second.close())


async def test_a_backup_shows_one_moment_while_others_write(house_url: str, tmp_path: Path) -> None:
    database = Database(house_url)
    loop = asyncio.get_running_loop()

    def more(connection: Connection) -> None:
        late = {"registry": "late", "region": "US", "digest": "0" * 16, "numbers": 1, "loaded_at": NOON}
        connection.execute(insert(t.registries), late)

    def write_meanwhile(table: str, _: int) -> None:
        if table == "accounts":  # an early one; `registries` is read later
            asyncio.run_coroutine_threadsafe(database.write(more), loop).result(10)

    file = await asyncio.to_thread(backup, house_url, tmp_path, NOON, write_meanwhile)
    assert (await asyncio.to_thread(restore, file, f"sqlite:///{tmp_path / 'b.db'}"))["registries"] == 0
    assert await database.read(lambda c: len(c.execute(select(t.registries)).all())) == 1
    await database.close()


def test_a_restore_is_into_an_empty_database_only(house_url: str, tmp_path: Path) -> None:
    file = backup(house_url, tmp_path / "b", NOON)
    with pytest.raises(ConfigError, match="not empty"):
        restore(file, house_url)


def test_a_backup_overwrites_nothing(house_url: str, tmp_path: Path) -> None:
    file = backup(house_url, tmp_path / "b", NOON)
    with pytest.raises(ConfigError, match="there already"):
        backup(house_url, file, NOON)
    with pytest.raises(ConfigError, match="can't be written"):
        backup(house_url, tmp_path / "none" / "b", NOON)


def test_a_damaged_file_restores_nothing(house_url: str, other_url: str, tmp_path: Path) -> None:
    clear = gzip.decompress(backup(house_url, tmp_path / "b", NOON).read_bytes())
    packed = gzip.compress(clear)
    at = clear.index(b"looks like a code")
    damaged = {
        "cut": packed[:-100],
        "flipped": packed[:200] + bytes([packed[200] ^ 1]) + packed[201:],
        "changed": gzip.compress(clear[:at] + b"L" + clear[at + 1 :]),
        "without end": gzip.compress(clear[: clear.rindex(b"\x92\xa3end") - 4]),
        "something else": b"hello",
        "something else, packed": gzip.compress(b"hello"),
        "nothing": b"",
    }
    for name, raw in damaged.items():
        file = tmp_path / name
        file.write_bytes(raw)
        with pytest.raises(ConfigError, match="damaged"):
            restore(file, other_url)
        assert migrations.current(other_url) is None
    with pytest.raises(ConfigError, match="can't be read"):
        restore(tmp_path / "missing", other_url)


def test_a_database_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable):
        backup("postgresql://postgres@127.0.0.1:1/none", tmp_path / "b", NOON)
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_was_never_migrated_is_not_backed_up(empty_url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="masstransit migrate"):
        backup(empty_url, tmp_path / "b", NOON)
