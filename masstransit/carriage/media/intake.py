"""Files are taken in once, looked at, and kept: whoever sends one afterwards names what was made of it.

    data -> type by content -> a picture is made anew and looked at -> looked through for malicious code -> kept

What is taken in twice by the same customer is the same file, so that a picture that goes to ten thousand people is
decoded, looked through and stored once. A file that no message goes with any more is erased by `sweep`, its bytes
before its row, so that a process that is killed meanwhile leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection, Row

from masstransit.carriage.media import content_types, pictures
from masstransit.carriage.media.reading import Reader
from masstransit.carriage.media.scanning import NoScanner, Scanner
from masstransit.carriage.media.shelf import Shelf
from masstransit.clock import Clock
from masstransit.errors import BadInput, NotFound, StorageUnavailable
from masstransit.model.media import Attachment, Look, Medium, Scan
from masstransit.model.sid import new_sid
from masstransit.storage import files, retention
from masstransit.storage.engine import Database

log = logging.getLogger("masstransit.media")

#: Bytes of one file: what mail takes at most in practice (25 MB); MMS takes much less. A default.
LARGEST = 25 * 1024 * 1024
_AT_ONCE = 2  # pictures that are decoded at once: each may take 200 MB for a moment
_BATCH = 200
_TOO_LARGE = 30019  # "content size exceeds the carrier's limit", as the SDKs know it
_EVERY = 60.0  # seconds between sweeps


class Media:
    """Everything that was taken in. One for the life of a process."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        shelf: Shelf,
        scanner: Scanner | None = None,
        reader: Reader | None = None,
        samples: timedelta = timedelta(days=90),
    ) -> None:
        """`samples` is how long what harms is kept at the most, since it was last taken in."""
        self._samples = samples
        self._database = database
        self._clock = clock
        self._shelf = shelf
        self._scanner = scanner or NoScanner()
        self._reader = reader
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def take_in(
        self, account: str, data: bytes, name: str = "", *, claimed: str = "", as_is: bool = False, field: str = ""
    ) -> Attachment:
        """Look at a file and keep it; when this returns, it is kept for good. `claimed` is the Content-Type that it
        came with. With `as_is` its bytes are left as they are, as in signed mail and faxes, and a picture that can't be
        decoded is taken in all the same. Raises `BadInput` naming `field`, `StorageUnavailable`."""
        if not data:
            raise BadInput("The file is empty.", field=field, code=12300)
        if len(data) > LARGEST:
            raise BadInput(f"The file has {len(data)} bytes; {LARGEST} are the most.", field=field, code=_TOO_LARGE)
        name = content_types.plain_name(name)
        source = (await asyncio.to_thread(hashlib.sha256, data)).hexdigest()
        known = await self._again(account, source, name, as_is=as_is)
        if known is not None and await asyncio.to_thread(self._shelf.has, known.sid):
            return files.attachment(known)
        try:
            kept, medium = await self._looked_at(data, source, name, claimed, as_is=as_is)
        except BadInput as wrong:
            raise BadInput(str(wrong), field=field, code=wrong.code) from wrong
        new = files.row(account, medium, source=source, as_is=as_is, at=self._clock.now())
        await self._database.write(partial(files.add, new=new))
        try:
            await asyncio.to_thread(self._shelf.put, medium.attachment.sid, kept)
        except OSError as full:
            raise StorageUnavailable(f"a file could not be kept: {full.strerror}") from full
        return medium.attachment

    async def look_through(self, data: bytes) -> Scan:
        """Look through what comes without a name and is kept elsewhere, such as the page that a mail is."""
        return await self._scanner.scan(data, "", content_types.of_content(data))

    async def read(self, account: str, sid: str) -> bytes:
        """The bytes of a file. Raises `NotFound`; also where they are not those that were kept."""
        row = await self._row(account, sid)
        data = await asyncio.to_thread(self._shelf.read, sid)
        if data is None or hashlib.sha256(data).hexdigest() != row.digest:
            log.error("%s %s: its bytes are %s", account, sid, "not here" if data is None else "not those that came")
            raise NotFound(f"The requested media {sid[:34]} was not found")
        return data

    async def find(self, account: str, sid: str) -> Medium:
        """A file with what was seen in it. Raises `NotFound`."""
        return files.medium(await self._row(account, sid))

    async def look_again(self, account: str, sid: str, passwords: Sequence[str] = ()) -> Scan:
        """Look through a file that is kept once more, with passwords for what is locked in it; what came of it is kept,
        and the passwords are not. Raises `NotFound`, `StorageUnavailable`."""
        file = (await self.find(account, sid)).attachment
        scan = await self._scanner.scan(await self.read(account, sid), file.name, file.content_type, passwords)
        await self._database.write(lambda c: files.looked_again(c, account, sid, scan))
        return scan

    async def harms_by_now(self, account: str, sid: str) -> bool:
        """Look through a file that is kept by what is known now: whether it is found to harm, and was not before; then
        that is kept. A file that was opened by a password stays as it was found. Raises `NotFound`,
        `StorageUnavailable`."""
        known = await self.find(account, sid)
        if known.look.scan.state == "found":
            return False
        file = known.attachment
        scan = await self._scanner.scan(await self.read(account, sid), file.name, file.content_type)
        if scan.state != "found":
            return False
        await self._database.write(lambda c: files.looked_again(c, account, sid, scan))
        return True

    async def sweep(self) -> int:
        """Erase files that no message goes with any more; how many."""
        erased = 0
        while True:
            due = await self._database.write(self._due)
            for _, sid in due:
                await asyncio.to_thread(self._shelf.erase, sid)
            await self._database.write(partial(files.forget, keys=due))
            erased += len(due)
            if len(due) < _BATCH:
                return erased

    async def run(self) -> None:
        """Sweep once a minute until cancelled."""
        while True:
            await self._clock.sleep(_EVERY)
            try:
                erased = await self.sweep()
            except StorageUnavailable as lost:
                log.warning("files wait to be erased: %s", lost)
                continue
            if erased:
                log.info("files erased that no message goes with any more: %d", erased)

    async def _again(self, account: str, source: str, name: str, *, as_is: bool) -> Row[tuple[object, ...]] | None:
        now = self._clock.now()
        same = partial(files.again, account=account, source=source, name=name, at=now, as_is=as_is)
        return await self._database.write(same)

    async def _row(self, account: str, sid: str) -> Row[tuple[object, ...]]:
        row = await self._database.read(lambda c: files.find(c, account, sid))
        if row is None:
            raise NotFound(f"The requested media {sid[:34]} was not found")
        return row

    async def _looked_at(
        self, data: bytes, source: str, name: str, claimed: str, *, as_is: bool
    ) -> tuple[bytes, Medium]:
        """What is kept of a file, and what was seen in it."""
        found = content_types.of_content(data)
        picture = await self._picture(data, found, as_is=as_is)
        scan = await self._scanner.scan(data, name, found)  # what came, not what was made of it
        text = await self._reader.read(picture.readable) if self._reader and picture else None
        kept = picture.data if picture else data
        attachment = Attachment(
            sid=new_sid("ME"),
            name=name,
            content_type=picture.content_type if picture else found,
            size=len(kept),
            digest=(await asyncio.to_thread(hashlib.sha256, kept)).hexdigest(),
        )
        look = Look(
            source=source,
            claimed=content_types.claimed(name, claimed, found),
            pictures=picture.hashes if picture else (),
            codes=picture.codes if picture else (),
            text=text,
            scan=scan,
        )
        return kept, Medium(attachment=attachment, look=look)

    async def _picture(self, data: bytes, found: str, *, as_is: bool) -> pictures.Picture | None:
        if not pictures.is_picture(found):
            return None
        wanted = partial(pictures.anew, data, found, as_is=as_is, readable=self._reader is not None)
        async with self._room:
            try:
                return await asyncio.to_thread(wanted)
            except BadInput:
                if as_is:
                    return None
                raise

    def _due(self, connection: Connection) -> list[tuple[str, str]]:
        now = self._clock.now()
        return files.to_erase(connection, now, retention.held(connection, now), _BATCH, samples=self._samples)
