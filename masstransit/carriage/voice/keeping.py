"""What is to be kept of calls and conferences: each thing behind the one before it, however long that takes. Whoever
stops waiting for it does not stop it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol, TypeVar

from masstransit.errors import StorageUnavailable

T = TypeVar("T")

log = logging.getLogger("masstransit.voice")

_AGAIN = 1.0  # seconds until storage is tried again


class Kept(Protocol):
    """Something of which things are kept in order."""

    kept: asyncio.Task[None] | None  #: the last that is to be kept


class Keeping:
    """Keeps."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def keep(self, of: Kept, work: Coroutine[Any, Any, None]) -> None:
        """Do it behind what is being kept of the same thing."""
        task = asyncio.get_running_loop().create_task(_behind(of.kept, work))
        of.kept = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drained(self) -> None:
        """Return when everything that is to be kept is."""
        while self._tasks:
            await asyncio.wait(self._tasks)


async def _behind(earlier: asyncio.Task[None] | None, work: Coroutine[Any, Any, None]) -> None:
    if earlier is not None:
        await asyncio.wait({earlier})
    await work


async def until_stored(store: Callable[[], Awaitable[T]]) -> T:
    """Try until the database takes it."""
    while True:
        try:
            return await store()
        except StorageUnavailable as lost:
            log.warning("what is known of a call waits to be stored: %s", lost)
            await asyncio.sleep(_AGAIN)
