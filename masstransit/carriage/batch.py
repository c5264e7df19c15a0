"""What arrives together is handled together: one gate decision, one durable commit for many."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Batch(Generic[T, R]):
    """Collects items for one call of `handle`, which answers in order (an exception as a value fails that item alone).

    A batch is what arrived while the one before was being handled, and nothing waits on a timer; but for `linger`:
    seconds that the first of a batch waits for more, where nobody is kept waiting by it. Up to `overlap` batches are
    handled at once; one alone makes the largest batches, and a batch costs much the same whatever its size.
    """

    def __init__(
        self,
        handle: Callable[[Sequence[T]], Awaitable[Sequence[R | Exception]]],
        *,
        limit: int = 256,
        overlap: int = 1,
        linger: float = 0.0,
    ) -> None:
        self._handle = handle
        self._limit = limit
        self._overlap = overlap
        self._linger = linger
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._running: set[asyncio.Task[None]] = set()
        self._scheduled: asyncio.Handle | None = None
        self._lingers = False  # whether what is scheduled waits for more

    def add(self, item: T) -> asyncio.Future[R]:
        """Put an item in; the future has its answer."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        self._waiting.append((item, future))
        self._schedule()
        return future

    async def drained(self) -> None:
        """Return when nothing is under way."""
        while self._running or self._waiting:
            await asyncio.gather(*self._running)
            await asyncio.sleep(self._linger)

    def _schedule(self) -> None:
        """See to it that what waits is taken: when it may, or at once where it is a whole batch."""
        if not self._waiting or len(self._running) >= self._overlap:
            return
        loop, full = asyncio.get_running_loop(), len(self._waiting) >= self._limit
        if self._scheduled is not None and self._lingers and full:
            self._scheduled.cancel()
            self._scheduled = None
        if self._scheduled is None:
            self._lingers = self._linger > 0 and not full
            self._scheduled = (
                loop.call_later(self._linger, self._start) if self._lingers else loop.call_soon(self._start)
            )

    def _start(self) -> None:
        self._scheduled = None
        if not self._waiting:
            return
        taken, self._waiting = self._waiting[: self._limit], self._waiting[self._limit :]
        task = asyncio.get_running_loop().create_task(self._run(taken))
        self._running.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._schedule()

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
