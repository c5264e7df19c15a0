"""The database: SQLite by default, PostgreSQL for many, the same queries on both.

A query is a plain function of a SQLAlchemy connection; `read`, `write` and `survey` run it off the event loop. Writes
that come together are committed together (group commit): each runs in its own savepoint, so that one that fails spoils
no other, and every caller is answered only after the commit is durable (`synchronous=FULL`; `synchronous_commit=on`).

When the database is gone, full or locked, callers get `StorageUnavailable` and the next call tries again: nothing has
to be restarted. A change may be run again where the first try surely left nothing behind (the connection was lost
before the commit, two processes stood in each other's way), so it keeps no state of its own outside the database.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)

from masstransit.errors import ConfigError, StorageUnavailable
from masstransit.storage.sole import Sole

log = logging.getLogger("masstransit.storage")

T = TypeVar("T")
_TOGETHER = 256  # writes in one transaction at most: bounds what a lost commit takes with it
_ASKED_TOGETHER = 16  # questions that one reader takes at once
_WAITING = 20_000  # jobs in a line; more would only wait to be too late
_CACHE = 65_536  # KiB of pages that a connection to a SQLite file keeps: keys are random, so that rows go anywhere
_PATIENCE = 10  # seconds for a lock that another process holds
_TRIES = 3  # of a change, where two processes stood in each other's way
_OWN_FAULT = (IntegrityError, DataError, ProgrammingError, NotSupportedError)  # the query's, not the database's
_IN_THE_WAY = {"40001", "40P01"}  # SQLSTATE serialization_failure, deadlock_detected: whoever tries again gets through


class _Job:
    """A query on its way to a thread, and the future that waits for it."""

    __slots__ = ("answer", "failure", "future", "loop", "query")

    def __init__(self, query: Callable[[Connection], Any], loop: asyncio.AbstractEventLoop) -> None:
        self.query = query
        self.loop = loop
        self.future: asyncio.Future[Any] = loop.create_future()
        self.answer: Any = None
        self.failure: BaseException | None = None


_BUSY_HERE = 50  # ms that a read on the loop waits for a lock; in WAL mode readers meet none but at recovery
_Line = queue.SimpleQueue[_Job | None]  # None: nothing comes any more


class Database:
    """One database, opened by URL: `sqlite:///PATH` or `postgresql://USER@HOST:PORT/NAME`.

    With `exclusive` a SQLite file is locked against a second process that serves: `ConfigError` names the first.
    """

    def __init__(self, url: str, *, readers: int = 2, exclusive: bool = False) -> None:
        self.url = parse(url)
        self._sole = Sole(Path(self.url.database or "")) if exclusive and _is_file(self.url) else None
        self.engine = _engine(self.url)
        self.dialect = self.engine.dialect.name
        self._closed = False
        self._here: Connection | None = None  # the loop's own, for reading
        self._jobs: _Line = queue.SimpleQueue()
        self._questions: _Line = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write_on, name="db-writer", daemon=True)
        self._readers = [
            threading.Thread(target=self._read_on, name=f"db-reader-{i}", daemon=True) for i in range(readers)
        ]
        for thread in (self._writer, *self._readers):
            thread.start()

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run a query that changes nothing: what it writes is not kept. Raises `StorageUnavailable`.

        A SQLite file is read where the caller stands: an indexed look-up takes less time than handing it to a thread
        and waiting for the interpreter's lock. Long queries belong in `survey`; what meets a lock waits in a thread.
        """
        if self.dialect == "sqlite" and not self._closed:
            try:
                return self._look_here(query)
            except OperationalError:
                log.debug("the file is locked: the query waits in a thread")
        return await self._ask(self._questions, query)

    async def write(self, change: Callable[[Connection], T]) -> T:
        """Run a change and return when it is durable. Raises `StorageUnavailable`, or what the change itself raises."""
        return await self._ask(self._jobs, change)

    async def survey(self, query: Callable[[Connection], T]) -> T:
        """Run a long query that changes nothing, on one moment of the database, in nobody's way."""

        def run() -> T:
            with self.snapshot() as connection:
                return query(connection)

        return await asyncio.to_thread(run)

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection that shows one moment of the database for as long as it is open. For threads, not the loop."""
        with snapshot(self.engine) as connection:
            yield connection

    async def close(self) -> None:
        """Finish what was begun and let go. Whoever asks afterwards gets `StorageUnavailable`."""
        if self._closed:
            return
        self._closed = True
        self._jobs.put(None)
        for _ in self._readers:
            self._questions.put(None)
        await asyncio.gather(*(asyncio.to_thread(thread.join) for thread in (self._writer, *self._readers)))
        if self._here is not None:
            self._here.close()
        self.engine.dispose()
        if self._sole is not None:
            self._sole.release()

    async def _ask(self, line: _Line, query: Callable[[Connection], T]) -> T:
        if self._closed:
            raise StorageUnavailable("the database is closed")
        if line.qsize() >= _WAITING:
            raise StorageUnavailable(f"{_WAITING} queries wait for the database already")
        job = _Job(query, asyncio.get_running_loop())
        line.put(job)
        return cast("T", await job.future)

    def _look_here(self, query: Callable[[Connection], T]) -> T:
        """Read on the caller's own thread. Raises `OperationalError` when the file can't be read just now."""
        try:
            if self._here is None:
                self._here = self._opened_here()
            try:
                return query(self._here)
            finally:
                self._here.rollback()
        except OperationalError:
            raise
        except BaseException as failed:
            raise _fault(failed) from failed

    def _opened_here(self) -> Connection:
        connection = self.engine.connect()
        connection.info["statement_by_statement"] = True  # as PostgreSQL is asked: a transaction would cost more
        connection.exec_driver_sql(f"PRAGMA busy_timeout={_BUSY_HERE}")
        connection.exec_driver_sql("PRAGMA query_only=ON")
        connection.rollback()
        return connection

    # --- reading --------------------------------------------------------------------------------------------------

    def _read_on(self) -> None:
        stop = False
        while not stop:
            jobs, stop = _drain(self._questions, _ASKED_TOGETHER)
            if jobs:
                self._look(jobs)
                _answer(jobs)

    def _look(self, jobs: Sequence[_Job]) -> None:
        """Each on its own; they share a connection. One that was lost meanwhile is replaced once."""
        waiting = list(jobs)
        for again in (True, False):
            try:
                with self.engine.connect() as connection:
                    if self.dialect == "postgresql":  # a transaction would cost two messages more
                        connection.execution_options(isolation_level="AUTOCOMMIT")
                    connection.info["writes"] = False
                    while waiting:
                        _ask_one(connection, waiting[0])
                        waiting.pop(0)
                        connection.rollback()
                return
            except BaseException as failed:  # noqa: BLE001 - whatever broke, those who wait must hear of it
                if not (again and isinstance(failed, DBAPIError) and failed.connection_invalidated):
                    _fail(waiting, failed)
                    return

    # --- writing --------------------------------------------------------------------------------------------------

    def _write_on(self) -> None:
        stop = False
        while not stop:
            jobs, stop = _drain(self._jobs, _TOGETHER)
            if jobs:
                self._commit(jobs)
                _answer(jobs)

    def _commit(self, jobs: Sequence[_Job]) -> None:
        """Run jobs and make them durable. A connection that was lost before the commit is replaced once."""
        for again in (True, False):
            try:
                self._together(jobs)
                return
            except _CommitLost as lost:
                _fail(jobs, lost.__cause__ or lost)
                return
            except BaseException as failed:  # noqa: BLE001 - whatever broke, those who wait must hear of it
                if again and isinstance(failed, DBAPIError) and failed.connection_invalidated:
                    for job in jobs:
                        job.failure = None
                    continue
                _fail(jobs, failed)
                return

    def _together(self, jobs: Sequence[_Job]) -> None:
        """All jobs in one transaction; a job that fails by its own fault is rolled back alone."""
        with self.engine.connect() as connection:
            connection.info["writes"] = True
            transaction = connection.begin()
            if len(jobs) == 1:
                jobs[0].answer = jobs[0].query(connection)
            else:
                for job in jobs:
                    self._in_savepoint(connection, job)
            try:
                transaction.commit()
            except DBAPIError as lost:
                raise _CommitLost from lost  # whether it was kept or not is unknown: it is not tried again

    def _in_savepoint(self, connection: Connection, job: _Job) -> None:
        # by statement: SQLAlchemy's own nested transactions cost five times as much
        for tries_left in range(_TRIES - 1, -1, -1):
            connection.exec_driver_sql("SAVEPOINT job")
            try:
                job.answer = job.query(connection)
            except BaseException as failed:  # a job's failure is its caller's to hear
                if isinstance(failed, DBAPIError) and failed.connection_invalidated:
                    raise
                # fails, and with it the group, where the engine has rolled back everything (SQLite on a full disk)
                connection.exec_driver_sql("ROLLBACK TO SAVEPOINT job")
                if tries_left and _stood_in_the_way(failed):
                    continue
                job.failure = _fault(failed)
            connection.exec_driver_sql("RELEASE SAVEPOINT job")
            return


class _CommitLost(Exception):
    """The commit itself failed."""


def _ask_one(connection: Connection, job: _Job) -> None:
    """Run a question; what it raises is its caller's, except for the loss of the connection."""
    try:
        job.answer = job.query(connection)
    except BaseException as failed:
        if isinstance(failed, DBAPIError) and failed.connection_invalidated:
            raise
        job.failure = _fault(failed)


def _drain(line: _Line, most: int) -> tuple[list[_Job], bool]:
    """What waits in line, and whether the line is closed behind it. Who was cancelled meanwhile is left out."""
    jobs: list[_Job] = []
    job = line.get()
    while job is not None:
        if not job.future.cancelled():
            jobs.append(job)
        if len(jobs) == most:
            return jobs, False
        try:
            job = line.get_nowait()
        except queue.Empty:
            return jobs, False
    return jobs, True


def _fail(jobs: Sequence[_Job], failed: BaseException) -> None:
    """All of them failed, each by its own fault or by this one."""
    for job in jobs:
        job.failure = job.failure or _fault(failed, alone=len(jobs) == 1)


def _answer(jobs: Sequence[_Job]) -> None:
    """Hand the answers to the loops that wait for them."""

    def hand_over(mine: Sequence[_Job]) -> None:
        for job in mine:
            if job.future.done():  # its caller was cancelled
                continue
            if job.failure is not None:
                job.future.set_exception(job.failure)
            else:
                job.future.set_result(job.answer)

    for loop in {job.loop for job in jobs}:
        try:
            loop.call_soon_threadsafe(hand_over, [job for job in jobs if job.loop is loop])
        except RuntimeError:
            log.warning("the event loop that waited for the database is closed; what was written stays written")


def _fault(raised: BaseException, *, alone: bool = True) -> BaseException:
    """What the caller hears: the database's trouble as `StorageUnavailable`, the query's own as it is."""
    if isinstance(raised, _OWN_FAULT) and alone:
        return raised
    if isinstance(raised, DBAPIError) or not alone:
        reason = raised.orig if isinstance(raised, DBAPIError) else raised
        log.error("the database can't be used: %s", str(reason).strip())
        return StorageUnavailable(f"the database can't be used: {str(reason).strip()}")
    if isinstance(raised, StopIteration) or not isinstance(raised, Exception):
        return RuntimeError(f"a query ended with {raised!r}")  # these mean something else to who awaits
    return raised


def _stood_in_the_way(failed: BaseException) -> bool:
    return isinstance(failed, DBAPIError) and getattr(failed.orig, "sqlstate", None) in _IN_THE_WAY


# --- opening --------------------------------------------------------------------------------------------------------


def parse(url: str) -> URL:
    """A database URL, checked. Raises `ConfigError`."""
    forms = "say sqlite:///PATH or postgresql://USER@HOST:PORT/NAME"
    try:
        parsed = make_url(url)
    except ArgumentError as wrong:
        raise ConfigError(f"the database's URL can't be read: {forms}") from wrong
    if parsed.drivername == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername != "sqlite":
        raise ConfigError(f"database '{parsed.render_as_string()}': {forms}")
    if parsed.database in {None, "", ":memory:"}:
        raise ConfigError(f"database '{url}' would be lost with the process: {forms}")
    return parsed


def open_engine(url: str) -> Engine:
    """A plain engine for commands that need no event loop: `migrate`, `restore`. Raises `ConfigError`."""
    return _engine(parse(url))


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection that shows one moment of the database and keeps nothing. Raises `StorageUnavailable`."""
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            connection.info["writes"] = False
            with connection.begin():
                yield connection
    except _OWN_FAULT:
        raise
    except DBAPIError as failed:
        raise _fault(failed) from failed


def _is_file(url: URL) -> bool:
    return url.drivername == "sqlite"


def _engine(url: URL) -> Engine:
    return _sqlite(url) if _is_file(url) else _postgresql(url)


def _postgresql(url: URL) -> Engine:
    """Nothing waits for ever: not for a connection, not for a lock, not for a server whose cable was pulled."""
    options = f"-c synchronous_commit=on -c lock_timeout={_PATIENCE}s -c idle_in_transaction_session_timeout=60s"
    arguments: dict[str, Any] = {
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,
        "application_name": "masstransit",
        "options": options,
    }
    for name in url.query:
        arguments.pop(name, None)  # what the operator says in the URL counts
    return create_engine(url, connect_args=arguments, pool_size=8)


def _sqlite(url: URL) -> Engine:
    folder = Path(cast("str", url.database)).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failed:
        raise ConfigError(f"database '{url}': the folder can't be made: {failed.strerror}") from failed
    engine = create_engine(url, connect_args={"timeout": _PATIENCE, "check_same_thread": False}, pool_size=8)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver's guesses
        _in_wal_mode(connection)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA cache_size=-{_CACHE}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if not connection.info.get("statement_by_statement"):
            connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.info.get("writes", True) else "BEGIN")

    return engine


def _in_wal_mode(connection: Any) -> None:
    """The first who opens a file makes its WAL; then it is locked for all others, and SQLite tells them so at once
    (https://sqlite.org/wal.html, "Sometimes Queries Return SQLITE_BUSY In WAL Mode"). They wait as for any lock."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return
