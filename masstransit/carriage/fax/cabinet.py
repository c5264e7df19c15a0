"""Where pages are kept: files in a folder an account, each named by its SID. Every method of the folder blocks."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from pathlib import Path
from typing import Protocol

from masstransit.errors import NotFound, StorageUnavailable
from masstransit.model.media import Attachment
from masstransit.model.sid import new_sid

TIFF = "image/tiff"
_NAMED = re.compile(r"[A-Z]{2}[0-9A-Za-z]{1,62}")


class Files(Protocol):
    """Who keeps files for customers."""

    async def take_in(self, account: str, data: bytes, name: str = "", *, as_is: bool = False) -> Attachment:
        """Keep a file; with `as_is` its bytes stay as they are. Raises `StorageUnavailable`."""
        ...

    async def read(self, account: str, sid: str) -> bytes:
        """A file. Raises `NotFound`."""
        ...


class Cabinet:
    """Keeps what the house itself drew: it is looked through by nobody. Implements `Files`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def take_in(self, account: str, data: bytes, name: str = "", *, as_is: bool = False) -> Attachment:
        """See there; what is kept here always stays as it is."""
        sid = new_sid("ME")
        try:
            await asyncio.to_thread(self._write, self._place(account, sid), data)
        except OSError as full:
            raise StorageUnavailable(f"a fax's pages can't be kept: {full.strerror}") from full
        digest = hashlib.sha256(data).hexdigest()
        return Attachment(sid=sid, name=name, content_type=TIFF, size=len(data), digest=digest)

    async def read(self, account: str, sid: str) -> bytes:
        """See there."""
        try:
            return await asyncio.to_thread(self._place(account, sid).read_bytes)
        except FileNotFoundError:
            raise NotFound(f"The requested media {sid[:34]} was not found") from None

    async def erase(self, account: str, sid: str) -> None:
        """They go; nothing where they are gone."""
        await asyncio.to_thread(self._place(account, sid).unlink, missing_ok=True)

    def _place(self, account: str, sid: str) -> Path:
        if not _NAMED.fullmatch(account) or not _NAMED.fullmatch(sid):
            raise NotFound(f"The requested media {sid[:34]} was not found")
        return self._folder / account / sid

    @staticmethod
    def _write(place: Path, data: bytes) -> None:
        """Whole or not at all, and only for the house's own user."""
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = place.with_suffix(".new")
        with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        made.rename(place)
