"""The sound of recordings that have ended: heard again, deleted by its customer, and erased when its time is over.

Sound lies in files of the process that recorded it; the record of who was told and agreed is in the database and
outlives it by four years. What a customer deletes is not theirs to hear any more in the same instant; its files go then
too, unless the account's evidence is on hold: then they go when the hold has ended. What is to be erased and lies with
another process is left to that one.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from sqlalchemy import Connection, Row

from masstransit.clock import Clock
from masstransit.errors import Conflict, NotFound
from masstransit.ledger import Ledger
from masstransit.storage import recordings, retention
from masstransit.storage.engine import Database

_CHUNK = 1 << 16  # bytes that are read at once
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_BATCH = 500  # recordings that are looked up at once


class Shelf(Protocol):
    """Where the sound is (`channels/media/shelf.py`). Every method blocks."""

    def sids(self) -> list[str]:
        """The recordings whose sound is here."""
        ...

    def size(self, sid: str, channels: int) -> int | None:
        """Bytes of a recording as a WAV file; None: its sound is not here."""
        ...

    def read(self, sid: str, channels: int, start: int, stop: int) -> bytes:
        """Some of these bytes."""
        ...

    def peaks(self, sid: str, columns: int) -> list[list[float]]:
        """How loud each leg is in each of so many equal parts: 0 to 1. Nothing where its sound is not here."""
        ...

    def track_size(self, sid: str, name: str) -> int | None:
        """Bytes of one file of a recording of a video room; None: it is not here."""
        ...

    def read_track(self, sid: str, name: str, start: int, stop: int) -> bytes:
        """Some of these bytes."""
        ...

    def erase(self, sid: str) -> None:
        """Its sound goes; its place stays, until `clear`. Nothing where it is gone."""
        ...

    def clear(self, sid: str) -> None:
        """The place of what was erased goes."""
        ...


def part_of(asked: str | None, size: int) -> tuple[int, int, bool] | None:
    """Which bytes of so many a `Range` header asks for, and whether it is one that counts; several at once are answered
    with the whole (RFC 9110 section 14.2). None: there is nothing in it."""
    found = _RANGE.fullmatch(asked.strip()) if asked else None
    if found is None or found[1] == found[2] == "":
        return 0, size, False
    first, last = found[1], found[2]
    start = int(first) if first else max(size - int(last), 0)
    stop = min(int(last) + 1, size) if first and last else size
    return (start, stop, True) if start < stop else None


class Archive:
    """See above. `keep` is how long sound is kept at the most; None: until its customer deletes it."""

    def __init__(
        self, *, database: Database, ledger: Ledger, clock: Clock, shelf: Shelf, keep: timedelta | None = None
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._clock = clock
        self._shelf = shelf
        self._keep = keep

    async def size(self, sid: str, channels: int) -> int | None:
        """Bytes of a recording as a WAV file; None: its sound is not here."""
        return await asyncio.to_thread(self._shelf.size, sid, channels)

    async def read(self, sid: str, channels: int, start: int, stop: int) -> AsyncIterator[bytes]:
        """Those bytes, piece by piece."""
        for at in range(start, stop, _CHUNK):
            yield await asyncio.to_thread(self._shelf.read, sid, channels, at, min(at + _CHUNK, stop))

    async def track_size(self, sid: str, name: str) -> int | None:
        """Bytes of one file of a recording of a video room; None: it is not here."""
        return await asyncio.to_thread(self._shelf.track_size, sid, name)

    async def read_track(self, sid: str, name: str, start: int, stop: int) -> AsyncIterator[bytes]:
        """Those bytes, piece by piece."""
        for at in range(start, stop, _CHUNK):
            yield await asyncio.to_thread(self._shelf.read_track, sid, name, at, min(at + _CHUNK, stop))

    async def peaks(self, sid: str, columns: int) -> list[list[float]]:
        """How loud each leg is in each of so many equal parts, to be drawn. Nothing where its sound is not here."""
        return await asyncio.to_thread(self._shelf.peaks, sid, columns)

    async def delete(self, account: str, sid: str) -> None:
        """Its customer wants it gone. Raises `NotFound`; `Conflict` while it goes on."""
        now = self._clock.now()

        def mark(connection: Connection) -> bool:
            row = recordings.find(connection, account, sid)
            if row is None or row.deleted_at is not None or row.erased_at is not None:
                raise NotFound(f"The requested recording {sid[:34]} was not found")
            if row.ended_at is None:
                raise Conflict(f"The recording is {row.state}: stop it, then delete it", code=20009)
            recordings.change(connection, account, sid, deleted_at=now)
            self._note(connection, account, sid, "deleted", now)
            return account in retention.held(connection, now)

        if not await self._database.write(mark) and await self.size(sid, 1) is not None:
            await self._erase(account, sid)

    async def sweep(self) -> int:
        """Erase what was deleted or is past its time, of the sound that is here; how many recordings."""
        now = self._clock.now()
        before = now - self._keep if self._keep is not None else None
        here = await asyncio.to_thread(self._shelf.sids)
        erased = 0
        for at in range(0, len(here), _BATCH):
            asked = partial(_due, sids=here[at : at + _BATCH], before=before, now=now)
            for row in await self._database.read(asked):
                await self._erase(row.account, row.sid)
                erased += 1
        return erased

    async def _erase(self, account: str, sid: str) -> None:
        """The record says so once it is true. A process that is killed between the two leaves the place, by which the
        sweep finds it."""
        await asyncio.to_thread(self._shelf.erase, sid)
        now = self._clock.now()

        def mark(connection: Connection) -> None:
            recordings.change(connection, account, sid, erased_at=now)
            self._note(connection, account, sid, "erased", now)

        await self._database.write(mark)
        await asyncio.to_thread(self._shelf.clear, sid)

    def _note(self, connection: Connection, account: str, sid: str, what: str, now: datetime) -> None:
        event = {"account": account, "sid": sid, "at": now, "what": what}
        recordings.note(connection, [event])
        self._ledger.record(connection, account, "recording", sid, event, now)


def _due(connection: Connection, *, sids: Sequence[str], before: datetime | None, now: datetime) -> Sequence[Row[Any]]:
    return recordings.to_erase(connection, sids, before, retention.held(connection, now))
