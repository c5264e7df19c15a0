"""Migrations make what the tables say, on both engines."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text

from masstransit.errors import ConfigError, StorageUnavailable
from masstransit.storage import migrations
from masstransit.storage.engine import Database, open_engine
from masstransit.storage.tables import metadata


@pytest.fixture
def empty(empty_url: str) -> Iterator[Engine]:
    """A database without any table."""
    engine = open_engine(empty_url)
    yield engine
    engine.dispose()


def test_a_migrated_database_has_what_the_tables_say(empty: Engine, empty_url: str) -> None:
    applied = migrations.migrate(empty_url)
    assert applied[0] == "0001"
    assert migrations.current(empty_url) == applied[-1]
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_twice_changes_nothing(empty_url: str) -> None:
    assert migrations.current(empty_url) is None
    assert migrations.migrate(empty_url)
    assert migrations.migrate(empty_url) == []


async def test_two_who_migrate_at_once_wait_for_each_other(empty_url: str) -> None:
    came = await asyncio.gather(*(asyncio.to_thread(migrations.migrate, empty_url) for _ in range(2)))
    assert sorted(came, key=len)[0] == []


def test_a_newer_schema_is_refused(empty: Engine, empty_url: str) -> None:
    migrations.migrate(empty_url)
    with empty.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match="9999, newer than this program"):
        migrations.migrate(empty_url)


async def test_a_database_that_is_not_migrated_is_not_served(empty_url: str) -> None:
    database = Database(empty_url)
    with pytest.raises(ConfigError, match="run: masstransit migrate"):
        await migrations.check(database)
    await asyncio.to_thread(migrations.migrate, empty_url)
    await migrations.check(database)
    await database.close()


def test_a_database_that_is_not_there_is_told() -> None:
    with pytest.raises(StorageUnavailable):
        migrations.migrate("postgresql://postgres@127.0.0.1:1/none")
    with pytest.raises(StorageUnavailable):
        migrations.current("postgresql://postgres@127.0.0.1:1/none")
