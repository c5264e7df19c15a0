"""Facts about the files that go with a message, as they were seen when they were taken in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from masstransit.clock import Clock
from masstransit.errors import Unknown
from masstransit.facts.fact import Fact
from masstransit.facts.known_media import HashLists, Known
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
    claimed: str = ""  #: the type that its sender named, where it is of another family; a lie
    known: tuple[Known, ...] = ()  #: entries of lists that it meets


class Attachments(Fact, frozen=True, kw_only=True):
    """The files of a message, in their order."""

    files: tuple[Attached, ...] = ()

    def in_state(self, state: str) -> tuple[Attached, ...]:
        """Those that are clean, found to harm, or not scanned."""
        return tuple(file for file in self.files if file.scan.state == state)

    def listed(self, tier: str) -> tuple[Known, ...]:
        """What lists of a tier say of them."""
        return tuple(known for file in self.files for known in file.known if known.tier == tier)


_NO_FILES = Attachments()


class FileRecords:
    """Learns `Attachments`, out of what is on record of files and on lists."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._lists = HashLists(database, clock)

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Attachments | Unknown]:
        keys = {(s.account, file.sid) for s in batch if isinstance(s, Communication) for file in s.attachments}
        if not keys:
            return [_NO_FILES] * len(batch)
        known = await self._database.read(lambda c: files.of_keys(c, keys))
        met = await self._lists.met_by(known.items())
        return [_attachments(s, known, met) if isinstance(s, Communication) else _NO_FILES for s in batch]


def attached(medium: Medium, known: tuple[Known, ...] = ()) -> Attached:
    """What is told of a file that was taken in."""
    of = medium.attachment
    return Attached(
        sid=of.sid,
        content_type=of.content_type,
        size=of.size,
        digest=of.digest,
        scan=_scan(medium, known),
        claimed=medium.look.claimed,
        known=known,
    )


def _scan(medium: Medium, known: Sequence[Known]) -> Scan:
    """What came of the look through a file: what was listed as malware since then was found too."""
    listed = tuple(each.source for each in known if each.tier == "malware")
    return Scan(state="found", names=listed) if listed else medium.look.scan


def _attachments(
    communication: Communication,
    known: Mapping[tuple[str, str], Medium],
    met: Mapping[tuple[str, str], tuple[Known, ...]],
) -> Attachments | Unknown:
    keys = [(communication.account, file.sid) for file in communication.attachments]
    if any(key not in known for key in keys):
        return Unknown("one of its files is not here")
    return Attachments(files=tuple(attached(known[key], met[key]) for key in keys))
