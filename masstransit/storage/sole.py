"""One process at a time: a SQLite database is served by a single process.

Several can read the file (`ledger verify`, `backup`) and a command can write to it; but counters and sessions are in
the memory of the process that serves, and two of those would each know half.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from masstransit.errors import ConfigError


class Sole:
    """A lock beside a file, held until `release` or the end of the process, however that ends."""

    def __init__(self, file: Path) -> None:
        self._path = file.with_name(file.name + ".lock")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = self._path.open("a+")
        except OSError as failed:
            raise ConfigError(f"{self._path} can't be made: {failed.strerror}") from failed
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            self._lock.seek(0)
            holder = self._lock.read().strip() or "another process"
            self._lock.close()
            raise ConfigError(
                f"{file} is served by {holder} already; stop that one first, or set database = "
                "'postgresql://...' to run several"
            ) from taken
        self._lock.truncate(0)
        self._lock.write(f"process {os.getpid()}\n")
        self._lock.flush()

    def release(self) -> None:
        """Let another process have it. The file stays: to remove it could take the lock from one that waits."""
        self._lock.close()
