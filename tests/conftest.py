"""What tests stand on: a database on each engine, fresh for every test, and keys that are always the same.

`database` runs a test twice, on SQLite and on PostgreSQL. Both begin with every table there and empty.

Where there is room, tests keep their files in memory: tens of thousands of commits would else wait for the disk, each
for milliseconds. Those that kill a process and look at what it left find the same: only the power is never cut here.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import metadata
from tests import postgres

_FOLDER = "MASSTRANSIT_TEST_POSTGRES"  # of the server that all workers of this test run share
_MEMORY = Path("/dev/shm")
_ROOM = 2 << 30  # bytes


def pytest_configure(config: pytest.Config) -> None:
    """The run's own folders; workers of pytest-xdist inherit their names."""
    if hasattr(config, "workerinput"):
        return
    if "TMPDIR" not in os.environ and _has_room(_MEMORY):
        os.environ["TMPDIR"] = str(_MEMORY)
        tempfile.tempdir = None  # it may have been found before
    os.environ[_FOLDER] = str(postgres.a_folder())


def _has_room(folder: Path) -> bool:
    """Whether tests can work there: PostgreSQL's programs may be copied to it, and are to be run."""
    if not os.access(folder, os.W_OK):
        return False
    told = os.statvfs(folder)
    return told.f_bavail * told.f_frsize >= _ROOM and not told.f_flag & os.ST_NOEXEC


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server, if any test started it."""
    if hasattr(config, "workerinput"):
        return
    folder = Path(os.environ[_FOLDER])
    if (folder / "port").exists():
        postgres.Server(folder).stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> postgres.Server:
    """The PostgreSQL server of this test run, started by the first who needs it."""
    folder = Path(os.environ[_FOLDER])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            return postgres.Server(folder) if (folder / "port").exists() else postgres.Server.made(folder)
        except postgres.NoPostgres as missing:
            if os.environ.get("CI") == "true":
                pytest.fail(f"PostgreSQL: {missing}")
            pytest.skip(f"PostgreSQL: {missing}")


@pytest.fixture(scope="session")
def worker() -> str:
    """The name of this worker of pytest-xdist, for what must not be shared."""
    return os.environ.get("PYTEST_XDIST_WORKER", "alone")


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "template.db"
    _create_tables(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def _postgres(postgres_server: postgres.Server, worker: str) -> Iterator[Engine]:
    """A database of this worker, with every table. A connection stays: making one costs more than clearing."""
    url = postgres_server.create(f"tables_{worker}").replace("postgresql:", "postgresql+psycopg:")
    _create_tables(url)
    engine = create_engine(url, pool_size=1, pool_pre_ping=True)
    yield engine
    engine.dispose()
    postgres_server.drop(f"tables_{worker}")


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Each engine in turn."""
    return str(request.param)


@pytest.fixture
def database_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database with every table and no row."""
    if engine_name == "sqlite":
        file = tmp_path / "masstransit.db"
        shutil.copyfile(request.getfixturevalue("_sqlite_template"), file)
        return f"sqlite:///{file}"
    engine: Engine = request.getfixturevalue("_postgres")
    with engine.begin() as connection:
        connection.exec_driver_sql("; ".join(f'DELETE FROM "{table}"' for table in metadata.tables))
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
def empty_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Of a database without any table."""
    if engine_name == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    name = f"empty_{request.getfixturevalue('worker')}"
    yield server.create(name)
    server.drop(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with every table and no row, on each engine in turn."""
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_database(_sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """The same on SQLite only, for tests that are about something else than storage."""
    file = tmp_path / "masstransit.db"
    shutil.copyfile(_sqlite_template, file)
    opened = Database(f"sqlite:///{file}")
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def keys() -> Keys:
    """Always the same keys."""
    return Keys.for_tests()


def _create_tables(url: str) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        metadata.create_all(connection)
