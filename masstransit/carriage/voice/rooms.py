"""Queues, in which calls of one account wait: who waited longest is next."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TypeAlias

from masstransit.carriage.voice.legs import Leg
from masstransit.carriage.voice.line import Line
from masstransit.model.sid import new_sid

_Name: TypeAlias = tuple[str, str]  #: account, name
LONGEST_QUEUE = 100  #: as the SDKs document its default


class Waiting:
    """Somebody in a queue."""

    def __init__(self, leg: Leg, line: Line, queue: WaitingRoom) -> None:
        self.leg = leg
        self.line = line
        self.queue = queue
        self.ready = asyncio.Event()  #: they hear nothing else any more
        self.fetched = asyncio.Event()  #: somebody came for them, and joins the two
        self.released = asyncio.Event()  #: they are not joined any more


class WaitingRoom:
    """A queue."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.sid = new_sid("QU")
        self.waiting: deque[Waiting] = deque()
        self.came = asyncio.Condition()
        self.fetching = 0  #: who waits for somebody to come


class Rooms:
    """All that there are in this process. They are there while somebody waits."""

    def __init__(self) -> None:
        self._queues: dict[_Name, WaitingRoom] = {}

    async def wait(self, leg: Leg, line: Line, name: str) -> Waiting | None:
        """Go to the end of a queue; None: it is full."""
        queue = self._queue(leg.call.account, name)
        if len(queue.waiting) >= LONGEST_QUEUE:
            return None
        waiting = Waiting(leg, line, queue)
        queue.waiting.append(waiting)
        async with queue.came:
            queue.came.notify()
        return waiting

    def leave(self, waiting: Waiting) -> None:
        """Out of the queue, if it is not fetched: nothing where it is."""
        if waiting in waiting.queue.waiting:
            waiting.queue.waiting.remove(waiting)
        self._tidy(waiting.leg.call.account, waiting.queue)

    async def fetch(self, account: str, name: str) -> Waiting:
        """Who waits longest, when there is somebody."""
        queue = self._queue(account, name)
        queue.fetching += 1
        try:
            async with queue.came:
                await queue.came.wait_for(lambda: queue.waiting)
                waiting = queue.waiting.popleft()
        finally:
            queue.fetching -= 1
            self._tidy(account, queue)
        waiting.fetched.set()
        return waiting

    def _queue(self, account: str, name: str) -> WaitingRoom:
        return self._queues.setdefault((account, name), WaitingRoom(name))

    def _tidy(self, account: str, queue: WaitingRoom) -> None:
        """Forget a queue in which nobody is, and to which nobody looks."""
        if not queue.waiting and not queue.fetching and self._queues.get((account, queue.name)) is queue:
            del self._queues[account, queue.name]
