"""Works off the notices of one way: webhooks, mail. What is ready is claimed, some loads of it are brought at once, and
what came of each is stored before it is let go.

Notices are rows that several processes claim; one that a process took and fell silent with is free again. A load is
what goes in one call; a customer whose server is slow holds up no other.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import Connection, Row

from masstransit.clock import Clock
from masstransit.errors import StorageUnavailable
from masstransit.storage import notices
from masstransit.storage.engine import Database

log = logging.getLogger("masstransit.rounds")

_FIRST_WAITS = (5.0, 30.0, 120.0, 300.0, 900.0, 1800.0)  # seconds; then every hour

Load: TypeAlias = Sequence[Row[Any]]


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """How much one process takes on. The figures are webhooks'."""

    at_once: int = 100  #: loads under way
    for_one: int = 25  #: of which for one account
    in_load: int = 1  #: notices that go in one call, at most about so many
    rest: float = 1.0  #: seconds after which it looks again: another process may have made one, or a retry is due


class Rounds:
    """The notices of one way; `bring` takes a load, and settles it by `settle`. Nothing may escape from it: a broken
    notice must not stop the others. `together` says which notices may go in one load."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        process: str,
        way: str,
        bring: Callable[[Load], Coroutine[Any, Any, None]],
        together: Callable[[Row[Any]], Any] = lambda row: row.id,
        bounds: Bounds | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._process = process
        self._way = way
        self._bring = bring
        self._together = together
        self._bounds = bounds or Bounds()
        self._work = asyncio.Event()
        self._running: dict[asyncio.Task[None], str] = {}

    @property
    def busy(self) -> bool:
        """Whether anything is under way."""
        return bool(self._running)

    def nudge(self) -> None:
        """There may be something to do."""
        self._work.set()

    async def run(self) -> None:
        """Bring notices until cancelled."""
        try:
            while True:
                self._work.clear()
                try:
                    begun = await self._claim()
                except StorageUnavailable as lost:
                    log.warning("notices by %s wait: %s", self._way, lost)
                    begun = 0
                if not begun:
                    await self._rest()
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def settle(self, settle: Callable[[Connection], None], what: str) -> None:
        """Store what came of a load, however long the database takes: what was taken is not brought again."""
        while True:
            try:
                return await self._database.write(settle)
            except StorageUnavailable as lost:
                log.warning("%s stays claimed until storage is back: %s", what, lost)
                await self._clock.sleep(1.0)

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self._bounds.rest):
                await self._work.wait()
        except TimeoutError:
            return

    async def _claim(self) -> int:
        """Take what there is room for, and begin to bring it. Returns how many loads were begun."""
        room = self._bounds.at_once - len(self._running)
        if room <= 0:
            return 0
        now, busy = self._clock.now(), Counter(self._running.values())

        def take(connection: Connection) -> list[Load]:
            rows = notices.claim(connection, self._way, self._process, now, room * self._bounds.in_load)
            begun: list[Load] = []
            wait: list[tuple[str, str]] = []
            for load in self._loads(rows):
                account = load[0].account
                busy[account] += 1
                if len(begun) < room and busy[account] <= self._bounds.for_one:
                    begun.append(load)
                else:
                    wait += [(row.account, row.id) for row in load]
            notices.put_back(connection, wait, now + timedelta(seconds=1), tried=False)
            return begun

        loads = await self._database.write(take)
        for load in loads:
            task = asyncio.get_running_loop().create_task(self._bring(load))
            self._running[task] = load[0].account
            task.add_done_callback(self._finished)
        return len(loads)

    def _loads(self, rows: Load) -> Sequence[Load]:
        """Rows that go together, in the order of their first ones."""
        loads: dict[Any, list[Row[Any]]] = {}
        for row in rows:
            loads.setdefault((row.account, self._together(row)), []).append(row)
        return list(loads.values())

    def _finished(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._work.set()


def waits(give_up_after: float, first: Sequence[float] = _FIRST_WAITS) -> tuple[float, ...]:
    """Seconds between tries: the first ones, then every hour, until `give_up_after` seconds are used up."""
    made: list[float] = []
    while sum(made) < give_up_after:
        made.append(first[len(made)] if len(made) < len(first) else 3600.0)
    return tuple(made)
