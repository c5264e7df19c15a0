"""The database's schema, step by step: `masstransit migrate` brings any older database to what the code needs.

A step is a file in `versions`, numbered, written out in full and never changed once it is released. To draft the next
one from what `tables.py` says now:

    python -m masstransit.storage.migrations 0002_what_it_does
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from masstransit.errors import ConfigError, StorageUnavailable
from masstransit.storage.engine import Database, open_engine

FOLDER = Path(__file__).parent
_ONE_AT_A_TIME = 0x6D617373  # of PostgreSQL's advisory locks: two `migrate` commands wait for each other


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's settings, without a file."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def migrate(url: str) -> list[str]:
    """Bring a database up to date, whole or not at all; the revisions that were applied, in order.

    Raises `ConfigError` when the schema is newer than this program, `StorageUnavailable` when it can't be reached.
    """
    engine = open_engine(url)
    try:
        with engine.begin() as connection:
            return upgrade(connection)
    except DBAPIError as failed:
        raise StorageUnavailable(f"the database can't be migrated: {str(failed.orig).strip()}") from failed
    finally:
        engine.dispose()


def upgrade(connection: Connection, to: str = "head") -> list[str]:
    """The same inside a transaction; up to a revision, where one is named."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ONE_AT_A_TIME})
    before = _known(revision_of(connection))
    after = head() if to == "head" else _known(to) or head()
    command.upgrade(configuration(connection), after)
    return [script.revision for script in _scripts().iterate_revisions(after, before or "base")][::-1]


def current(url: str) -> str | None:
    """The revision of a database's schema; None for an empty one."""
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            connection.info["writes"] = False
            return revision_of(connection)
    except DBAPIError as failed:
        raise StorageUnavailable(f"the database can't be read: {str(failed.orig).strip()}") from failed
    finally:
        engine.dispose()


async def check(database: Database) -> None:
    """Before serving: raise `ConfigError` unless the schema is the one that this program knows."""
    found = _known(await database.read(revision_of))
    if found != head():
        raise ConfigError(
            f"the database's schema is {found or 'not there yet'}, this program needs {head()}; "
            "run: masstransit migrate"
        )


def revision_of(connection: Connection) -> str | None:
    """The revision of the schema; None where there is none."""
    return MigrationContext.configure(connection).get_current_revision()


def _known(revision: str | None) -> str | None:
    if revision is not None and revision not in {script.revision for script in _scripts().walk_revisions()}:
        raise ConfigError(
            f"the database's schema is {revision}, newer than this program knows; install the version that made it"
        )
    return revision


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(configuration())


def head() -> str:
    """The revision that this program needs."""
    return str(_scripts().get_current_head())
