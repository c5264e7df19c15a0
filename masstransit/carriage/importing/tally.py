"""What became of a file's lines: counted, the first bad ones told, all of them written to a report where one is asked
for."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from masstransit.carriage.rows import Row
from masstransit.errors import ConfigError
from masstransit.model.address import E164

_MOST_TOLD = 1_000  # bad rows that are told one by one
_MOST_SHOWN = 5
_HEADER = ("line", "why", "remedy")
_LONGEST_HEADER = 64  # characters
_REMEDY = "correct the line and import the file again: what was taken before is not taken twice"
_UNSHOWN = frozenset({"account", "person", "sid"})  # no help to who looks whether columns are read as they are meant


class Imported(msgspec.Struct, frozen=True):
    """What became of a file."""

    good: int
    bad: list[tuple[int, str]]  #: (line, why), the first thousand of this run
    passed_over: int = 0  #: how many rows were bad in all
    resumed: int = 0  #: rows that an earlier run of the same import had done
    shown: list[tuple[int, str]] = []  #: (line, how it was read), the first of a dry run
    unread: tuple[str, ...] = ()  #: columns of the file that mean nothing here


class BadRows:
    """A report of bad lines, as CSV: line, why, remedy. It is written before the batch is on record."""

    def __init__(self, path: Path) -> None:
        """Raises `ConfigError` for a file that can't be written, or is no such report: nobody's file is overwritten."""
        try:
            opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as failed:
            raise ConfigError(f"{path} can't be written: {failed.strerror}") from failed
        self._file = os.fdopen(opened, "r+", encoding="utf-8", errors="replace", newline="")
        before = self._file.readline(_LONGEST_HEADER)
        if before and before.strip() != ",".join(_HEADER):
            self._file.close()
            raise ConfigError(f"{path} is there already and is no report of bad lines: name another file with --bad")

    def go_on_after(self, line: int) -> None:
        """Keep what was reported up to a line, which is on record; 0 begins anew."""
        self._file.seek(0)
        kept = [row for row in csv.reader(self._file) if line and row[:1] and row[0].isdigit() and int(row[0]) <= line]
        self._file.seek(0)
        self._file.truncate()
        csv.writer(self._file).writerows([_HEADER, *kept])
        self._file.flush()

    def add(self, bad: Iterable[tuple[int, str]]) -> None:
        """Write lines down, for good."""
        written = io.StringIO()
        csv.writer(written).writerows((line, *_why_and_remedy(why)) for line, why in bad)
        if text := written.getvalue():
            self._file.write(text)
            self._file.flush()

    def close(self) -> None:
        """Let the file go."""
        self._file.close()


def _why_and_remedy(told: str) -> tuple[str, str]:
    """A sentence of a fault says why, and after a colon what to do; where it says no more, the line is to be mended."""
    why, _, remedy = told.partition(": ")
    return why, remedy or _REMEDY


class Tally:
    """Counts rows, remembers the first bad ones, and says how far it is."""

    def __init__(self, progress: Callable[[int], None], report: BadRows | None = None) -> None:
        self.good = self.passed_over = self.resumed = 0
        self.shown: list[tuple[int, str]] = []
        self.unread: tuple[str, ...] = ()
        self._bad: list[tuple[int, str]] = []
        self._progress = progress
        self._report = report

    def begin(self, *, good: int = 0, bad: int = 0, line: int = 0) -> None:
        """Go on from what an earlier run had done; from nothing by default."""
        self.good, self.passed_over, self.resumed = good, bad, good + bad
        if self._report is not None:
            self._report.go_on_after(line)

    def report(self, bad: Iterable[tuple[int, str]]) -> None:
        """Write bad lines down before they count as done."""
        if self._report is not None:
            self._report.add(bad)

    def add(self, good: int, bad: Sequence[tuple[int, str]]) -> None:
        """Some rows are done."""
        self.good += good
        self.passed_over += len(bad)
        self._bad += bad[: _MOST_TOLD - len(self._bad)]
        self._progress(self.good + self.passed_over)

    def show(self, line: int, row: Row | int) -> None:
        """Remember how the first rows are read."""
        if len(self.shown) < _MOST_SHOWN:
            self.shown.append((line, _in_words(row)))

    def told(self) -> Imported:
        """What became of them."""
        return Imported(self.good, sorted(self._bad), self.passed_over, self.resumed, self.shown, self.unread)


def _in_words(row: Row | int) -> str:
    """A row as it was read; the person as a masked number."""
    if isinstance(row, int):
        return E164(f"+{row}", "", valid=True).masked
    said = {"number" if name == "masked" else name: value for name, value in row.items() if name not in _UNSHOWN}
    return ", ".join(f"{name} {_word(value)}" for name, value in said.items() if value not in ("", None, [], {}))


def _word(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
