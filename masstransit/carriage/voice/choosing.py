"""By whom a person is called, where there is more than one way to call people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from masstransit.carriage.voice.line import Dialler, Ending, Line
from masstransit.model.decision import Cleared


class Local(Dialler, Protocol):
    """Calls people whom it knows itself."""

    def knows(self, number: str) -> bool:
        """Whether somebody of its own has that number."""
        ...


class Chosen:
    """Whom the local one knows it calls; everybody else is called by the other. Implements `line.Dialler`."""

    def __init__(self, local: Local, other: Dialler) -> None:
        self._local = local
        self._other = other

    def crowded(self, account: str, number: str, beside: int = 0) -> str:
        return (self._local if self._local.knows(number) else self._other).crowded(account, number, beside)

    async def place(self, cleared: Cleared, *, ringing: Callable[[], None]) -> Line | Ending:
        number = cleared.communication.recipient.text
        return await (self._local if self._local.knows(number) else self._other).place(cleared, ringing=ringing)
