"""Time, so that tests own it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Wall time (aware, UTC) and waiting."""

    def now(self) -> datetime: ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time(), UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class HandClock:
    """A clock that moves only when it is moved; who sleeps on it wakes when the hand has passed."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._moved = asyncio.Condition()
        self.sleepers = 0  #: who sleeps just now

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        until = self._now + timedelta(seconds=seconds)
        async with self._moved:
            self.sleepers += 1
            try:
                await self._moved.wait_for(lambda: self._now >= until)
            finally:
                self.sleepers -= 1

    async def move(self, by: timedelta) -> None:
        """Move the hand on and wake the sleepers."""
        self._now += by
        async with self._moved:
            self._moved.notify_all()

    def set(self, now: datetime) -> None:
        """Put the hand somewhere; for tests in which nobody sleeps."""
        self._now = now
