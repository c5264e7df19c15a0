"""Where the bytes of files lie: a folder, a file each by its SID, in 256 folders by its first digits.

A file is whole or not there: it is written beside its place, synced, and put there by one rename. Every method blocks.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path


class Shelf:
    """The files of one folder. Processes that share a database share the folder as well."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, sid: str, data: bytes) -> None:
        """Keep them for good. Raises `OSError` where the disk takes no more."""
        place = self._place(sid)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = place.with_name(f".{sid}-{secrets.token_hex(4)}")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            beside.replace(place)
        except OSError:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def has(self, sid: str) -> bool:
        """Whether it is here."""
        return self._place(sid).is_file()

    def read(self, sid: str) -> bytes | None:
        """All of it; None: it is not here."""
        try:
            return self._place(sid).read_bytes()
        except FileNotFoundError:
            return None

    def erase(self, sid: str) -> None:
        """It goes. Nothing where it is gone."""
        self._place(sid).unlink(missing_ok=True)

    def _place(self, sid: str) -> Path:
        return self._folder / sid[2:4] / sid
