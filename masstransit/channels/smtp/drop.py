"""The demo's way out for mail: each goes into a folder as a file that any mail program opens."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

from masstransit.carriage.channel import Arrivals, Carried, NotSent, Sent
from masstransit.channels.smtp.trunk import Letters
from masstransit.errors import NotFound
from masstransit.model.communication import Kind
from masstransit.model.decision import Cleared

_ROOM = 100


class MailDrop:
    """Implements `channel.Trunk`. The files are named by the communications, and readable by their owner alone."""

    name = "maildrop"
    kinds = Kind.EMAIL
    prefixes: tuple[str, ...] = ()
    price: Decimal | None = None
    up = True

    def __init__(self, folder: Path, letters: Letters) -> None:
        self._folder = folder
        self._letters = letters
        self._busy = 0

    @property
    def room(self) -> int:
        return _ROOM - self._busy

    def connect(self, arrivals: Arrivals) -> None:
        """Nothing comes back."""

    async def run(self) -> None:
        """Until cancelled."""
        await asyncio.Event().wait()

    async def deliver(self, cleared: Cleared) -> Carried:
        """Write a mail."""
        self._busy += 1
        try:
            outgoing = await self._letters.outgoing(cleared.communication)
        except NotFound as gone:
            return NotSent(reason=str(gone), permanent=True)
        sid, recipient = cleared.communication.id, cleared.communication.recipient.text
        head = f"Return-Path: <{outgoing.return_path}>\r\nX-Original-To: {recipient}\r\n".encode()
        await asyncio.to_thread(self._write, f"{sid}.eml", head + outgoing.source)
        return Sent((sid,))

    def _write(self, name: str, data: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._folder / f".{name}"
        draft.write_bytes(data)
        draft.chmod(0o600)
        draft.rename(self._folder / name)

    def settled(self, cleared: Cleared) -> None:
        """Its place is free."""
        self._busy -= 1
