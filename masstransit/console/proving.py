"""Proving the ledger while the house serves: one walk at a time, in a thread of its own, with breaths for the others.

What came of it is kept until the next one, or until the process ends: it is a look, and the ledger is the record.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime

from masstransit.errors import Conflict, Fault
from masstransit.ledger import Report, verify
from masstransit.storage import ledger as stored
from masstransit.storage.engine import Database

_BREATH = 0.005  # seconds in which the interpreter is left to who serves, after each thousand entries


class _Ended(Exception):
    """Nobody waits for it any more."""


class Proving:
    """The last walk over the ledger, or the one under way."""

    def __init__(self) -> None:
        self.by = ""
        self.began: datetime | None = None
        self.ended: datetime | None = None
        self.entries = 0  #: in the ledger when it began
        self.done = 0
        self.report: Report | None = None
        self.failed = ""  #: why there is no report
        self._task: asyncio.Task[None] | None = None
        self._stop = False

    @property
    def runs(self) -> bool:
        return self._task is not None and not self._task.done()

    def begin(self, database: Database, public: bytes, by: str, now: Callable[[], datetime]) -> None:
        """Begin. Raises `Conflict` while another is under way."""
        if self.runs:
            raise Conflict(f"the ledger is being proven already, for {self.by}: wait for that, or stop it")
        self.by, self.began, self.ended = by, now(), None
        self.entries, self.done, self.report, self.failed, self._stop = 0, 0, None, "", False
        self._task = asyncio.create_task(self._run(database, public, now))

    def stop(self) -> None:
        """End it before its end."""
        self._stop = True

    async def finished(self) -> None:
        """Wait for the end of the one under way."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self, database: Database, public: bytes, now: Callable[[], datetime]) -> None:
        try:
            heads = await database.survey(stored.heads)
            self.entries = sum(seq for seq, _ in heads.values())
            self.report = await database.survey(lambda connection: verify(connection, public, self._heard))
        except _Ended:
            self.failed = "it was stopped before its end"
        except Fault as fault:
            self.failed = str(fault)
        finally:
            self.ended = now()

    def _heard(self, done: int) -> None:
        """In the thread of the walk."""
        self.done = done
        if self._stop:
            raise _Ended
        time.sleep(_BREATH)
