"""Mail that arrived, as it came: every byte, for who wants to read it with programs of their own.

It lies as a file beside those of other messages, under the same account and for as long as its mail's content: what is
redacted or erased takes it along (`storage.redaction`, `storage.media`).
"""

from __future__ import annotations

from masstransit.carriage.media.intake import Media
from masstransit.errors import Denied, NotFound
from masstransit.storage import media as media_of
from masstransit.storage.engine import Database

KIND = "message/rfc822"  #: its content type


class Sources:
    """Reads them."""

    def __init__(self, database: Database, media: Media) -> None:
        self._database = database
        self._media = media

    async def read(self, account: str, mail: str) -> bytes:
        """A mail of an account as it came. Raises `NotFound`, `Denied` where it may harm, `StorageUnavailable`."""
        file = await self._database.read(lambda c: media_of.source_of(c, account, mail))
        if file is None:
            raise NotFound(f"The source of {mail[:34]} is not kept")
        if (await self._media.find(account, file)).look.scan.kept_back:
            raise Denied("This mail is kept back: it may harm who opens it")
        return await self._media.read(account, file)
