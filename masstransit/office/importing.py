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
    settings: config.Settings,
    asked: importing.Asked,
    file: Path,
    progress: Callable[[int], None],
    report: Path | None = None,
) -> importing.Imported:
    """Take a CSV file over; bad lines go into the report. Raises `ConfigError` when the file can't be read or the
    report can't be written, `BadInput` for what it can't be."""
    async with opened(settings, asked.account or None) as (database, keys):
        whose = importing.whose_rows(asked, keys, SystemClock().now())
        ledger = Ledger(f"import-{secrets.token_hex(4)}")
        into = importing.Into(database=database, ledger=ledger, lists=settings.lists)
        with read(file) as source, _reporting(report) as bad:
            return await importing.import_csv(asked, source, whose, into, progress=progress, bad=bad)


@contextlib.contextmanager
def read(file: Path) -> Iterator[TextIO]:
    """A text file, open. Raises `ConfigError` where it can't be read, or is not in UTF-8."""
    try:
        source = file.open(encoding="utf-8", newline="")
    except OSError as unreadable:
        raise ConfigError(f"{file} can't be read: {unreadable.strerror}") from unreadable
    with source:
        try:
            yield source
        except UnicodeDecodeError as unreadable:
            raise ConfigError(f"{file} is not in UTF-8: save it so; what was taken before stays") from unreadable


def _reporting(report: Path | None) -> contextlib.AbstractContextManager[importing.BadRows | None]:
    return contextlib.closing(importing.BadRows(report)) if report is not None else contextlib.nullcontext()
