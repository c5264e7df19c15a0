"""Lines of a CSV file, each with its number, read by the columns that are asked for."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TextIO

from masstransit.carriage.importing.columns import Columns, Reading
from masstransit.carriage.rows import trimmed
from masstransit.errors import BadInput


class Lines:
    """A file, to be gone through once."""

    def __init__(self, file: TextIO, what: str, must: Sequence[str], may: Sequence[str], how: Reading) -> None:
        """Raises `BadInput` for a header that can't be used."""
        reader = csv.DictReader(_plain(file), strict=True)
        try:
            header = reader.fieldnames
        except csv.Error as wrong:
            raise BadInput(f"the first line, which names the columns, can't be read: {wrong}") from wrong
        self.columns = Columns(what, header, must, may, how)
        self._reader = reader

    def __iter__(self) -> Iterator[tuple[int, Mapping[Any, Any]]]:
        """(line, values as the file has them), blank lines left out; one that can't be read has too many values."""
        while True:
            try:
                row = next(self._reader)
            except StopIteration:
                return
            except csv.Error as wrong:
                yield self._reader.line_num, {None: str(wrong)}
                continue
            yield self._reader.line_num, row

    def read(self, values: Mapping[Any, Any]) -> dict[str, str]:
        """A line's values by our columns. Raises `BadInput`."""
        return self.columns.read(trimmed(values))


def _plain(file: TextIO) -> Iterable[str]:
    """Without the byte order mark that spreadsheets write, and without NULs, which no database keeps."""
    for i, line in enumerate(file):
        yield (line.removeprefix("\ufeff") if i == 0 else line).replace("\x00", "")
