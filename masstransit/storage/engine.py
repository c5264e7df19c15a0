"""The database: SQLite by default, PostgreSQL for many, the same queries on both.

A query is a plain function of a SQLAlchemy connection; `read` and `write` run it off the event loop. Writes that come
together are committed together (group commit): each runs in its own savepoint, so that one that fails spoils no other,
and every caller is answered only after the commit is durable (`synchronous=FULL`; `synchronous_commit=on`).
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from masstransit.errors import ConfigError, StorageUnavailable

T = TypeVar("T")
_TOGETHER = 256  # writes in one transaction at most: bounds what a lost commit takes with it


class _Job:
    """A query on its way to a thread, and the future that waits for it."""

    __slots__ = ("answer", "failure", "future", "query")

    def __init__(self, query: Callable[[Connection], Any], future: asyncio.Future[Any]) -> None:
        self.query = query
        self.future = future
        self.answer: Any = None
        self.failure: BaseException | None = None


class Database:
    """One database, opened by URL: `sqlite:///PATH` or `postgresql://USER@HOST:PORT/NAME`."""

    def __init__(self, url: str, *, readers: int = 2) -> None:
        self.engine = _engine(url)
        self.dialect = self.engine.dialect.name
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._questions: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._run, args=(self._jobs, True), name="db-writer", daemon=True)]
        self._threads += [
            threading.Thread(target=self._run, args=(self._questions, False), name=f"db-reader-{i}", daemon=True)
            for i in range(readers)
        ]
        for thread in self._threads:
            thread.start()

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run a query that changes nothing. Raises `StorageUnavailable`."""
        return await self._ask(self._questions, query)

    async def write(self, change: Callable[[Connection], T]) -> T:
        """Run a change and return when it is durable. Raises `StorageUnavailable`, or what the change itself raises."""
        return await self._ask(self._jobs, change)

    async def close(self) -> None:
        """Finish what was begun and let go."""
        for thread in self._threads:
            (self._jobs if thread.name == "db-writer" else self._questions).put(None)
        await asyncio.gather(*(asyncio.to_thread(thread.join) for thread in self._threads))
        self.engine.dispose()

    async def _ask(self, line: queue.SimpleQueue[_Job | None], query: Callable[[Connection], T]) -> T:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        line.put(_Job(query, future))
        return cast("T", await future)

    def _run(self, line: queue.SimpleQueue[_Job | None], writes: bool) -> None:
        while True:
            first = line.get()
            if first is None:
                return
            jobs, stop = _drain(line, first)
            try:
                self._together(jobs, writes=writes)
            except Exception as lost:  # noqa: BLE001 - whatever broke, those who wait must hear of it
                for job in jobs:
                    job.failure = job.failure or _fault(lost)
            _answer(jobs)
            if stop:
                return

    def _together(self, jobs: Sequence[_Job], *, writes: bool) -> None:
        """All jobs in one transaction; a job that fails by its own fault is rolled back alone."""
        with self.engine.connect() as connection:
            connection.info["writes"] = writes
            with connection.begin():
                for job in jobs:
                    self._one(connection, job, alone=len(jobs) == 1 or not writes)

    def _one(self, connection: Connection, job: _Job, *, alone: bool) -> None:
        try:
            if alone:
                job.answer = job.query(connection)
            else:
                with connection.begin_nested():
                    job.answer = job.query(connection)
        except OperationalError:
            raise
        except Exception as failed:
            job.failure = _fault(failed)
            if alone:
                raise


def _drain(line: queue.SimpleQueue[_Job | None], first: _Job) -> tuple[list[_Job], bool]:
    """What waits in line, and whether the line is closed behind it."""
    jobs = [first]
    while len(jobs) < _TOGETHER:
        try:
            job = line.get_nowait()
        except queue.Empty:
            break
        if job is None:
            return jobs, True
        jobs.append(job)
    return jobs, False


def _answer(jobs: Sequence[_Job]) -> None:
    """Hand the answers to the loops that wait for them."""

    def hand_over() -> None:
        for job in jobs:
            if job.future.done():  # its caller was cancelled
                continue
            if job.failure is not None:
                job.future.set_exception(job.failure)
            else:
                job.future.set_result(job.answer)

    jobs[0].future.get_loop().call_soon_threadsafe(hand_over)


def _fault(raised: BaseException) -> BaseException:
    """The database's own trouble is `StorageUnavailable`; what a query raises on purpose stays what it is."""
    if isinstance(raised, DBAPIError) and not isinstance(raised, IntegrityError):
        return StorageUnavailable(f"the database can't be used: {raised.orig}")
    return raised


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.drivername == "postgresql":
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_size=6, pool_pre_ping=True)
    if parsed.drivername != "sqlite":
        raise ConfigError(f"database '{url}': the scheme is sqlite:///PATH or postgresql://USER@HOST:PORT/NAME")
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": 10, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver's guesses
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.info.get("writes", True) else "BEGIN")

    return engine
