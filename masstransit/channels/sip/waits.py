"""The waits of one call, each under a name: a new one takes the place of the old."""

from __future__ import annotations

from collections.abc import Callable

from masstransit.channels.sip.stack import Stack


class Waits:
    """See above."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._on: dict[str, Callable[[], None]] = {}

    def begin(self, name: str, seconds: float, do: Callable[[], None]) -> None:
        """Wait so long, then do it."""
        self.end(name)
        self._on[name] = self._stack.later(seconds, do)

    def end(self, name: str) -> None:
        """It need not be waited for any more."""
        waiting = self._on.pop(name, None)
        if waiting is not None:
            waiting()

    def end_all(self) -> None:
        """Nothing is waited for."""
        for name in tuple(self._on):
            self.end(name)
