"""The clock of sound: every twenty milliseconds all who send are asked for a frame, by one task for all of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

log = logging.getLogger("masstransit.media")

FRAME = 160  #: samples a frame
SECONDS = 0.02  #: a frame lasts
_MOST_BEHIND = 10  # frames: a loop that stood still longer than that does not send them all at once afterwards


class Pulse:
    """Beats while somebody listens."""

    def __init__(self) -> None:
        self._on: dict[object, Callable[[], None]] = {}
        self._beating: asyncio.Task[None] | None = None

    def join(self, who: object, beat: Callable[[], None]) -> None:
        """`beat` is called at every beat until `who` leaves."""
        self._on[who] = beat
        if self._beating is None or self._beating.done():
            self._beating = asyncio.get_running_loop().create_task(self._beat())

    def leave(self, who: object) -> None:
        """No more."""
        self._on.pop(who, None)

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while self._on:
            for beat in list(self._on.values()):
                try:
                    beat()
                except Exception:
                    log.exception("a beat failed")
            due = max(due + SECONDS, loop.time() - _MOST_BEHIND * SECONDS)
            await asyncio.sleep(max(0.0, due - loop.time()))
