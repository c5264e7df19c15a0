"""A customer's own records, taken over from a file."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from masstransit import config
from masstransit.carriage import importing
from masstransit.clock import SystemClock
from masstransit.errors import ConfigError
from masstransit.ledger import Ledger
from masstransit.office.record import opened


async def import_file(
    settings: config.Settings, asked: importing.Asked, file: Path, progress: Callable[[int], None]
) -> importing.Imported:
    """Take a CSV file over. Raises `ConfigError` when the file can't be read, `BadInput` for what it can't be."""
    ledger = Ledger(f"import-{secrets.token_hex(4)}")
    async with opened(settings, asked.account or None) as (database, keys):
        whose = importing.whose_rows(asked, keys, SystemClock().now())
        with _read(file) as source:
            return await importing.import_csv(
                asked, source, whose, database=database, ledger=ledger, lists=settings.lists, progress=progress
            )


@contextlib.contextmanager
def _read(file: Path) -> Iterator[TextIO]:
    try:
        source = file.open(encoding="utf-8", newline="")
    except OSError as unreadable:
        raise ConfigError(f"{file} can't be read: {unreadable.strerror}") from unreadable
    with source:
        yield source
