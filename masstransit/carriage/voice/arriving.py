"""Calls of people to customers' numbers: whose number it is, and what leads the call: a fax terminal, where the number
is one of faxes, the number's mailbox, or else its document."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from masstransit.carriage.fax.faxes import Webhook
from masstransit.carriage.fax.receiving import Terminal
from masstransit.carriage.voice.asking import Boxed, Where
from masstransit.carriage.voice.legs import Watch
from masstransit.carriage.voice.line import Line
from masstransit.carriage.voice.live import LiveCalls, Talk, Wish
from masstransit.clock import Clock
from masstransit.model.address import dialled
from masstransit.model.communication import Communication, Direction, Kind
from masstransit.model.decision import Decision
from masstransit.storage import ownership
from masstransit.storage.engine import Database


class Arriving:
    """Where wires bring calls that come in."""

    def __init__(self, live: LiveCalls, database: Database, clock: Clock, terminal: Terminal | None = None) -> None:
        self._live = live
        self._terminal = terminal
        self._database = database
        self._clock = clock

    async def receive(self, line: Line, sid: str, caller: str, called: str, *, channel: str) -> Decision | None:
        """Have a call led as its number's customer says. None: no document leads calls to this number. What the gate
        does not let in, and what nothing leads, is for the wire to turn away in its own words.

        Raises `BadAddress`, `StorageUnavailable`.
        """
        sender, recipient = dialled(caller), dialled(called)
        row = await self._row(recipient.text)
        if row is None:
            return None
        call = Communication(
            id=sid,
            account=row.account,
            kind=Kind.CALL,
            direction=Direction.INBOUND,
            channel=channel,
            sender=sender,
            recipient=recipient,
            at=self._clock.now(),
        )
        return await self._led(line, call, row)

    async def lead(self, line: Line, call: Communication, *, own: bool = False) -> Decision | None:
        """The same for a wire that knows whose call it is; `own`: the number's own phone calls it, which is led by a
        mailbox alone. Raises `StorageUnavailable`."""
        row = await self._row(call.recipient.text)
        if row is None or row.account != call.account or (own and (self._takes_faxes(row) or not row.mailbox)):
            return None
        return await self._led(line, call, row, own=own)

    async def boxed(self, number: str) -> bool:
        """Whether a number has a mailbox or is one of faxes, which then leads its calls whatever rings there. Raises
        `StorageUnavailable`."""
        row = await self._row(number)
        return row is not None and (bool(row.mailbox) or self._takes_faxes(row))

    async def _row(self, number: str) -> Row[Any] | None:
        row = await self._database.read(lambda c: ownership.led_by(c, number))
        return row if row is not None and (row.mailbox or row.voice_url or self._takes_faxes(row)) else None

    def _takes_faxes(self, row: Row[Any]) -> bool:
        """Whether a terminal takes the number's calls. Where there is none here, they are led as others are."""
        return row.receive_mode == "fax" and self._terminal is not None and not self._terminal.amiss()

    async def _led(self, line: Line, call: Communication, row: Row[Any], *, own: bool = False) -> Decision:
        document, watch = led_by(row)
        if self._terminal is not None and self._takes_faxes(row):
            talk = _taking(self._terminal, call, row)
            return await self._live.receive(call, line, Wish(source=talk, watch=watch))
        source = Boxed(row.mailbox, own) if row.mailbox else document
        return await self._live.receive(call, line, Wish(source=source, watch=watch))


def _taking(terminal: Terminal, call: Communication, row: Row[Any]) -> Talk:
    """What takes the fax that a call brings; its number's webhook hears of it."""
    webhook = Webhook(url=row.voice_url, method=row.voice_method) if row.voice_url else None

    async def take(line: Line) -> None:
        await terminal.take(call, line, webhook)

    return take


def led_by(row: Row[Any]) -> tuple[Where, Watch | None]:
    """What leads the calls of an application or a number, and where their events are told."""
    watch = None
    if row.status_callback:
        watch = Watch(url=row.status_callback, method=row.status_callback_method)
    return (
        Where(
            url=row.voice_url,
            method=row.voice_method,
            fallback=row.voice_fallback_url,
            fallback_method=row.voice_fallback_method,
        ),
        watch,
    )
