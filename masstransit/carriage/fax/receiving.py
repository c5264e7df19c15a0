"""What takes a fax that a call brings, seen from those who lead calls."""

from __future__ import annotations

from typing import Protocol

from masstransit.carriage.fax.faxes import Webhook
from masstransit.carriage.voice.line import Line
from masstransit.model.communication import Communication


class Terminal(Protocol):
    """A fax terminal for calls that come in: `channels.fax.reception.Reception`."""

    def amiss(self) -> str:
        """Why no fax can be taken here; "" where it can."""
        ...

    async def take(self, call: Communication, line: Line, webhook: Webhook | None) -> str | None:
        """Take the fax that a call brings, on a line that was answered: its SID once it is on record; None: none came.
        Cancelled, it goes on: the other side hangs up as soon as its last page is confirmed."""
        ...
