"""Facts about the files that go with a message, as they were seen when they were taken in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from masstransit.errors import Unknown
from masstransit.facts.fact import Fact
from masstransit.model.communication import Communication
from masstransit.model.media import Medium, Scan
from masstransit.model.subject import Subject
from masstransit.storage import files
from masstransit.storage.engine import Database


class Attached(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file, and what came of the look for what harms in it. Its name stays with the file: it is content."""

    sid: str
    content_type: str  #: by what it contains
    size: int  #: bytes
    digest: str  #: SHA-256 of its bytes, in hex
    scan: Scan


class Attachments(Fact, frozen=True, kw_only=True):
    """The files of a message, in their order."""

    files: tuple[Attached, ...] = ()

    def in_state(self, state: str) -> tuple[Attached, ...]:
        """Those that are clean, found to harm, or not scanned."""
        return tuple(file for file in self.files if file.scan.state == state)


_NO_FILES = Attachments()


class FileRecords:
    """Learns `Attachments`, out of what is on record of files."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Attachments | Unknown]:
        keys = {(s.account, file.sid) for s in batch if isinstance(s, Communication) for file in s.attachments}
        if not keys:
            return [_NO_FILES] * len(batch)
        known = await self._database.read(lambda c: files.of_keys(c, keys))
        return [_attachments(s, known) if isinstance(s, Communication) else _NO_FILES for s in batch]


def attached(medium: Medium) -> Attached:
    """What is told of a file that was taken in."""
    of = medium.attachment
    return Attached(sid=of.sid, content_type=of.content_type, size=of.size, digest=of.digest, scan=medium.look.scan)


def _attachments(communication: Communication, known: Mapping[tuple[str, str], Medium]) -> Attachments | Unknown:
    found = [known.get((communication.account, file.sid)) for file in communication.attachments]
    if None in found:
        return Unknown("one of its files is not here")
    return Attachments(files=tuple(attached(medium) for medium in found if medium is not None))
