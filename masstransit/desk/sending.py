"""What the desk sends to somebody outside: a file of JSON, or of CSV where it is a list of messages."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from masstransit.errors import BadInput, ConfigError


class Sent:
    """A new file for what goes to somebody outside, readable by its owner alone."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def take(self, made: Mapping[str, Any]) -> None:
        """Write it before anything is on record, so that nothing is said to be sent that is not there. Raises
        `ConfigError` for a file that can't be written, `BadInput` for a table that could not have all of it."""
        tables = [made[name] for name in ("messages", "calls") if made.get(name)]
        as_csv = self._file.suffix == ".csv"
        if as_csv and ("messages" not in made or "subscriber" in made):
            raise BadInput(f"a table such as {self._file.name} has messages alone: name a file that ends in .json")
        if as_csv and len(tables) > 1:
            raise BadInput(f"messages and calls are two tables: {self._file.name} has to end in .json")
        text = _csv(tables[0] if tables else ()) if as_csv else msgspec.json.format(msgspec.json.encode(made))
        try:
            handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as failed:
            raise ConfigError(f"{self._file} can't be written: {failed.strerror}") from failed
        with os.fdopen(handle, "wb") as out:
            out.write(text)


def _csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    if not rows:
        return b""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return out.getvalue().encode()


def _cell(value: Any) -> str:
    """A value as a cell; what a spreadsheet would take for a formula is text, but for a number's plus."""
    said = value.isoformat() if isinstance(value, datetime) else " ".join(value) if isinstance(value, list) else value
    text = "" if said is None else str(said)
    return (
        f"'{text}" if text.startswith(("=", "-", "@", "\t")) or (text[:1] == "+" and not text[1:].isdigit()) else text
    )
