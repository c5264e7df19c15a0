"""What arrives together is handled together: one gate decision, one durable commit for many."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Batch(Generic[T, R]):
    """Collects items for one call of `handle`, which answers in order (an exception as a value fails that item alone).

    Nothing waits on a timer: a batch is what arrived while the one before was being handled. Up to `overlap` batches
    are handled at once; one alone makes the largest batches, and a batch costs much the same whatever its size.
    """

    def __init__(
        self,
        handle: Callable[[Sequence[T]], Awaitable[Sequence[R | Exception]]],
        *,
        limit: int = 256,
        overlap: int = 1,
    ) -> None:
        self._handle = handle
        self._limit = limit
        self._overlap = overlap
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._running: set[asyncio.Task[None]] = set()
        self._scheduled = False

    def add(self, item: T) -> asyncio.Future[R]:
        """Put an item in; the future has its answer."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        self._waiting.append((item, future))
        if not self._scheduled and len(self._running) < self._overlap:
            self._scheduled = True
            loop.call_soon(self._start)
        return future

    async def drained(self) -> None:
        """Return when nothing is under way."""
        while self._running or self._waiting:
            await asyncio.gather(*self._running)
            await asyncio.sleep(0)

    def _start(self) -> None:
        self._scheduled = False
        if not self._waiting:
            return
        taken, self._waiting = self._waiting[: self._limit], self._waiting[self._limit :]
        task = asyncio.get_running_loop().create_task(self._run(taken))
        self._running.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if self._waiting and not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._start)

    async def _run(self, taken: Sequence[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            answers = await self._handle([item for item, _ in taken])
        except Exception as broken:  # noqa: BLE001 - every caller must hear what happened to its item
            answers = [broken] * len(taken)
        for (_, future), answer in zip(taken, answers, strict=True):
            if future.done():  # its caller went away
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
