"""What is left of recordings of rooms: known by their digests, and found again where their process was killed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from masstransit.carriage.recording import Tape

MARK = "unfinished"  #: a file that stands in the folder of a recording for as long as it goes on


def digest_of(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as held:
        return hashlib.file_digest(held, "sha256").hexdigest()


def recover(folder: Path) -> dict[str, Tape]:
    """The recordings of rooms that a killed process left, at start: SID -> what there is of each. How long they are
    their files don't say before they are played: from their first byte to their last change."""
    return {mark.parent.name: _found(mark) for mark in sorted(folder.glob(f"RE*/{MARK}"))}


def _found(mark: Path) -> Tape:
    files = sorted(mark.parent.glob("leg-*"))
    last = max((file.stat().st_mtime for file in files), default=0.0)
    seconds = max(last - mark.stat().st_mtime, 0.0)
    mark.unlink()
    return Tape(seconds=seconds, digests={file.name: digest_of(file) for file in files}, whole=False)
