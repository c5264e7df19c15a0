"""What is written in the pictures of a message, and where their codes lead: read as if it stood in its text.

Text that was refused comes back in a picture, and a link in a QR code. What was seen in a file is on record since it
was taken in; here it is fetched once for a batch, before those read who read texts. It stays a note on the message
(`Communication.notes`): it is content, and no part of what is kept of a fact.
"""

from __future__ import annotations

from collections.abc import Sequence

from masstransit.model.communication import Communication
from masstransit.model.subject import Subject
from masstransit.storage import files
from masstransit.storage.engine import Database

_LONGEST = 4000  # characters of all files of a message that are read


class Written:
    """Fetches it. Without a database nothing is fetched: what is read again later is read from texts alone."""

    def __init__(self, database: Database | None = None) -> None:
        self._database = database

    async def note(self, batch: Sequence[Subject]) -> None:
        """Note it on each message of a batch that has files. Raises `StorageUnavailable`."""
        asked = [s for s in batch if isinstance(s, Communication) and s.attachments and Written not in s.notes]
        if not asked or self._database is None:
            return
        keys = {(each.account, file.sid) for each in asked for file in each.attachments}
        known = await self._database.read(lambda c: files.of_keys(c, keys))
        for each in asked:
            looks = [known[key].look for file in each.attachments if (key := (each.account, file.sid)) in known]
            lines = [line for look in looks for line in (look.text or "", *look.codes) if line]
            each.notes[Written] = "\n".join(lines)[:_LONGEST]


def is_settled(communication: Communication) -> bool:
    """Whether it is known what is written in its files, so that what is read of it holds."""
    return not communication.attachments or Written in communication.notes


def legible(communication: Communication) -> str:
    """The text of a message with what is written in its pictures, as far as that was noted."""
    written: str = communication.notes.get(Written, "")
    return f"{communication.text}\n{written}" if written and communication.text else written or communication.text
