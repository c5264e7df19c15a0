"""The database: durable, fair to those who share a transaction, and back by itself after trouble."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from masstransit.errors import ConfigError, StorageUnavailable
from masstransit.storage import engine
from masstransit.storage.engine import Database
from masstransit.storage.tables import metadata, never_originate
from tests import postgres
from tests.makers import NOON


def add(name: str, at: datetime = NOON) -> Callable[[Connection], str]:
    """A change that adds a row."""

    def change(connection: Connection) -> str:
        connection.execute(insert(never_originate).values(number=name, source="test", listed_at=at))
        return name

    return change


def names(connection: Connection) -> list[str]:
    return list(connection.execute(select(never_originate.c.number).order_by(never_originate.c.number)).scalars())


def failing(connection: Connection) -> None:
    add("unwanted")(connection)
    raise KeyError("on purpose")


@contextlib.contextmanager
def held_up(database: Database) -> Iterator[None]:
    """The writer waits meanwhile, so that what comes is committed together."""
    begun, end = threading.Event(), threading.Event()

    def wait(_: Connection) -> None:
        begun.set()
        end.wait(10)

    database._jobs.put(engine._Job(wait, asyncio.get_running_loop()))
    assert begun.wait(10)
    yield
    end.set()


async def together(database: Database, *changes: Callable[[Connection], object]) -> list[object]:
    """What changes come to that are committed in one transaction."""
    with held_up(database):
        tasks = [asyncio.ensure_future(database.write(change)) for change in changes]
        await asyncio.sleep(0)
    return list(await asyncio.gather(*tasks, return_exceptions=True))


async def test_what_is_written_is_there_for_the_next_process(database: Database, database_url: str) -> None:
    assert await database.write(add("+1")) == "+1"
    other = Database(database_url)
    assert await other.read(names) == ["+1"]
    await other.close()


async def test_a_change_that_fails_alone_leaves_nothing(database: Database) -> None:
    with pytest.raises(KeyError, match="on purpose"):
        await database.write(failing)
    assert await database.read(names) == []
    await database.write(add("+1"))


async def test_one_that_fails_in_a_group_spoils_no_other(database: Database) -> None:
    came = await together(database, add("+1"), failing, add("+2"), add("+1"), add("+3"), lambda c: c.execute(text("x")))
    assert came[0] == "+1"
    assert isinstance(came[1], KeyError)
    assert came[2] == "+2"
    assert isinstance(came[3], IntegrityError)
    assert came[4] == "+3"
    assert isinstance(came[5], SQLAlchemyError | StorageUnavailable)
    assert await database.read(names) == ["+1", "+2", "+3"]


async def test_what_means_something_else_to_a_loop_is_a_plain_failure(database: Database) -> None:
    def stop(_: Connection) -> None:
        raise StopIteration

    def cancel(_: Connection) -> None:
        raise asyncio.CancelledError

    for failed in await together(database, stop, cancel, add("+1")):
        assert failed == "+1" or isinstance(failed, RuntimeError)
    with pytest.raises(RuntimeError):
        await database.write(cancel)
    with pytest.raises(RuntimeError):
        await database.read(stop)
    assert await database.read(names) == ["+1"]


async def test_a_query_s_own_failure_is_no_other_s(database: Database) -> None:
    def bad(_: Connection) -> None:
        raise KeyError("on purpose")

    came = await asyncio.gather(*(database.read(q) for q in (bad, names, bad, names)), return_exceptions=True)
    assert [type(each) for each in came] == [KeyError, list, KeyError, list]


async def test_a_thousand_writes_and_reads_at_once(database: Database) -> None:
    wanted = [f"+{i:04}" for i in range(1000)]
    assert list(await asyncio.gather(*(database.write(add(name)) for name in wanted))) == wanted
    counts = await asyncio.gather(*(database.read(names) for _ in range(20)))
    assert all(count == wanted for count in counts)


async def test_a_cancelled_caller_stops_nobody(database: Database) -> None:
    with held_up(database):
        tasks = [asyncio.ensure_future(database.write(add(f"+{i}"))) for i in range(3)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.sleep(0)
    came = await asyncio.gather(*tasks, return_exceptions=True)
    assert [came[0], type(came[1]), came[2]] == ["+0", asyncio.CancelledError, "+2"]
    assert await database.read(names) == ["+0", "+2"]


async def test_what_a_reader_writes_is_not_kept_on_sqlite(sqlite_database: Database) -> None:
    await sqlite_database.read(add("+1"))
    assert await sqlite_database.read(names) == []


async def test_a_full_line_is_told_at_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_WAITING", 5)
    with held_up(database):
        tasks = [asyncio.ensure_future(database.write(add(f"+{i}"))) for i in range(6)]
        await asyncio.sleep(0)
        with pytest.raises(StorageUnavailable, match="wait for the database already"):
            await tasks[5]
    await asyncio.gather(*tasks[:5])
    await database.write(add("+9"))


async def test_closing_finishes_what_was_begun(database: Database, database_url: str) -> None:
    tasks = [asyncio.ensure_future(database.write(add(f"+{i:03}"))) for i in range(600)]
    await asyncio.sleep(0)
    await database.close()
    assert len(await asyncio.gather(*tasks)) == 600
    with pytest.raises(StorageUnavailable, match="closed"):
        await database.read(names)
    await database.close()
    other = Database(database_url)
    assert len(await other.read(names)) == 600
    await other.close()


async def test_a_survey_sees_one_moment(database: Database) -> None:
    await database.write(add("+1"))
    begun, go_on = threading.Event(), threading.Event()

    def survey(connection: Connection) -> tuple[list[str], list[str]]:
        before = names(connection)
        begun.set()
        assert go_on.wait(10)
        return before, names(connection)

    task = asyncio.ensure_future(database.survey(survey))
    await asyncio.to_thread(begun.wait, 10)
    await database.write(add("+2"))
    go_on.set()
    assert await task == (["+1"], ["+1"])
    assert await database.read(names) == ["+1", "+2"]


async def test_a_loop_that_is_gone_takes_no_writer_with_it(database: Database) -> None:
    def elsewhere() -> None:
        async def forgotten() -> None:
            asyncio.ensure_future(database.write(add("+1"))).add_done_callback(lambda t: t.cancelled())
            await asyncio.sleep(0)

        asyncio.run(forgotten())

    with held_up(database):
        await asyncio.to_thread(elsewhere)
    await database.write(add("+2"))
    assert "+2" in await database.read(names)


# --- trouble --------------------------------------------------------------------------------------------------------


async def test_a_full_disk_is_told_and_room_is_enough_to_go_on(sqlite_database: Database) -> None:
    database = sqlite_database
    await database.write(add("+1"))

    def room(pages: int) -> Callable[[Connection], None]:
        """As little as a disk with so many pages left."""

        def limit(connection: Connection) -> None:
            used = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count={used + pages}")

        return limit

    def much(name: str) -> Callable[[Connection], None]:
        def change(connection: Connection) -> None:
            row = {"number": name, "source": "x" * 100_000, "listed_at": NOON}
            connection.execute(insert(never_originate), row)

        return change

    await database.write(room(2))
    with pytest.raises(StorageUnavailable, match="full"):
        await database.write(much("+2"))
    came = await together(database, add("+3"), much("+4"), add("+5"))
    assert isinstance(came[1], StorageUnavailable)
    kept = ["+1", *(name for name in came if isinstance(name, str))]
    assert await database.read(names) == kept  # whoever was answered is there, and nobody else
    await database.write(room(10_000))
    await database.write(much("+6"))
    assert await database.read(names) == [*kept, "+6"]


async def test_a_locked_file_is_told_and_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_PATIENCE", 0.05)
    file = tmp_path / "masstransit.db"
    database = Database(f"sqlite:///{file}")
    await database.write(metadata.create_all)
    await database.write(add("+1"))
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageUnavailable, match="locked"):
            await database.write(add("+2"))
        assert await database.read(names) == ["+1"]
        other.execute("ROLLBACK")
    await database.write(add("+3"))
    assert await database.read(names) == ["+1", "+3"]
    await database.close()


@pytest.fixture
async def own_server(postgres_server: postgres.Server) -> AsyncIterator[postgres.Server]:
    """A server that a test may stop; where the shared one can't be started, the test is not run for the same reason."""
    folder = postgres.a_folder()
    server = await asyncio.to_thread(postgres.Server.made, folder)
    yield server
    await asyncio.to_thread(server.stop)
    shutil.rmtree(folder)


async def test_a_server_that_was_stopped_and_started_again_is_used_again(
    own_server: postgres.Server,
) -> None:
    database = Database(own_server.url())
    await database.write(metadata.create_all)
    await database.write(add("+1"))
    assert await database.read(names) == ["+1"]
    own_server.stop()
    with pytest.raises(StorageUnavailable):
        await database.write(add("+2"))
    with pytest.raises(StorageUnavailable):
        await database.read(names)
    refused = await asyncio.gather(*(database.write(add(f"+{i}")) for i in range(9)), return_exceptions=True)
    assert all(isinstance(each, StorageUnavailable) for each in refused)
    own_server.start()
    assert await together(database, add("+5"), add("+6")) == ["+5", "+6"]
    assert await database.read(names) == ["+1", "+5", "+6"]
    own_server.stop()  # between two calls: the pool's connections are dead, and nobody has to hear of it
    own_server.start()
    assert await database.read(names) == ["+1", "+5", "+6"]
    await database.write(add("+7"))
    await database.close()


async def test_processes_that_stand_in_each_other_s_way_both_get_through(postgres_server: postgres.Server) -> None:
    url = postgres_server.create("deadlock")
    first, second = Database(url), Database(url)
    await first.write(metadata.create_all)
    await first.write(add("+1"))
    await first.write(add("+2"))
    both = threading.Barrier(2)
    turns = {"+1": 0, "+2": 0}

    def crossing(one: str, other: str) -> Callable[[Connection], None]:
        def touch(connection: Connection, name: str) -> None:
            connection.execute(
                never_originate.update().where(never_originate.c.number == name).values(source=f"by {one}")
            )

        def change(connection: Connection) -> None:
            turns[one] += 1
            touch(connection, one)
            if turns[one] == 1:
                both.wait(10)
            touch(connection, other)

        return change

    came = await asyncio.gather(
        together(first, crossing("+1", "+2"), add("+3")), together(second, crossing("+2", "+1"), add("+4"))
    )
    assert came[0] == [None, "+3"]
    assert came[1] == [None, "+4"]
    assert sum(turns.values()) >= 3  # one gave way; where it came back at once, the other had to as well
    assert await first.read(lambda c: c.execute(select(func.count()).select_from(never_originate)).scalar()) == 4
    await asyncio.gather(first.close(), second.close())
    postgres_server.drop("deadlock")


# --- opening --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["", "mysql://h/n", "sqlite://", "sqlite:///:memory:", "nonsense"])
async def test_a_url_that_can_t_be_used_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="sqlite:///PATH or postgresql:"):
        Database(url)


async def test_a_sqlite_file_is_served_by_one_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'masstransit.db'}"
    first = Database(url, exclusive=True)
    with pytest.raises(ConfigError, match=r"served by process \d+ already"):
        Database(url, exclusive=True)
    beside = Database(url)  # a command that looks into it
    await beside.close()
    await first.close()
    again = Database(url, exclusive=True)
    await again.close()


async def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    file = tmp_path / "masstransit.db"
    file.write_bytes(b"something else" * 1000)
    database = Database(f"sqlite:///{file}")
    with pytest.raises(StorageUnavailable):
        await database.read(names)
    await database.close()
