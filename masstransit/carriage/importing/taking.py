"""Takes files over: line by line and a batch at a time, each in one transaction with how far it is.

An import that was killed goes on where it ended: what it had done is a row of `imports`, under a name that is made of
the file's content and how it is read. Once the last line is in, that row is gone, and the same file may be taken over
again from its beginning, which changes nothing but what was bad before. A pipe can't be read twice, so that it begins
anew.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TextIO

import msgspec
from sqlalchemy import Connection

from masstransit.carriage.importing.asked import Asked
from masstransit.carriage.importing.kinds import KINDS, OfRows
from masstransit.carriage.importing.lines import Lines
from masstransit.carriage.importing.tally import BadRows, Imported, Tally
from masstransit.carriage.number_list import NumberList
from masstransit.carriage.rows import Row, Whose
from masstransit.errors import BadInput
from masstransit.ledger import Ledger
from masstransit.storage import do_not_call, imports, number_file
from masstransit.storage.engine import Database
from masstransit.storage.number_file import Numbers

_PIECE = 1 << 20  # bytes that are digested at once


class Into(msgspec.Struct, frozen=True, kw_only=True):
    """Where an import goes."""

    database: Database
    ledger: Ledger
    lists: Path  #: the folder of number files


async def import_csv(
    asked: Asked,
    file: TextIO,
    whose: Whose,
    into: Into,
    *,
    progress: Callable[[int], None] = lambda _: None,
    bad: BadRows | None = None,
) -> Imported:
    """Take a file over; `progress` hears how many rows are done, and `bad` gets the lines that were passed over. Raises
    `BadInput` for its header, `Conflict` while another process takes the same file over."""
    kind, tally = KINDS[asked.kind], Tally(progress, bad)
    if isinstance(kind, OfRows):
        await _Rows(asked, kind, whose, tally, into).take(file)
        return tally.told()
    tally.begin()
    if asked.dry_run:
        _read_list(NumberList(file.buffer, whose, asked.how.mapped), tally, _showing(tally))
    else:
        await _import_list(asked, file.buffer, whose, tally, into)
    return tally.told()


# --- rows -----------------------------------------------------------------------------------------------------------


class _Rows:
    """An import of records."""

    def __init__(self, asked: Asked, kind: OfRows, whose: Whose, tally: Tally, into: Into) -> None:
        self._asked = asked
        self._kind = kind
        self._whose = whose
        self._tally = tally
        self._into = into

    async def take(self, file: TextIO) -> None:
        name = _name(self._asked, file) if file.seekable() and not self._asked.dry_run else None
        lines = Lines(file, self._asked.kind, self._kind.must, self._kind.may, self._asked.how)
        self._tally.unread = lines.columns.passed_over
        done = await self._begin(name)
        found = itertools.islice(lines, done, None)
        while batch := list(itertools.islice(found, self._kind.batch)):
            fit, bad = self._read(lines, batch)
            step = name and imports.Step(
                account=self._whose.account, name=name, before=done, rows=len(batch), line=batch[-1][0]
            )
            left = [] if self._asked.dry_run else await self._kept(fit, bad, step or None)
            self._tally.add(len(fit) - len(left), bad + left)
            done += len(batch)
        if name:
            await self._into.database.write(lambda c: imports.finish(c, self._whose.account, name))

    async def _begin(self, name: str | None) -> int:
        """How many rows of the file are done already."""
        if name is None:
            self._tally.begin()
            return 0
        account, kind, now = self._whose.account, self._asked.kind, self._whose.now
        at = await self._into.database.write(lambda c: imports.begin(c, account, name, kind=kind, at=now))
        self._tally.begin(good=at.good, bad=at.rows - at.good, line=at.line)
        return int(at.rows)

    def _read(
        self, lines: Lines, batch: Sequence[tuple[int, Mapping[Any, Any]]]
    ) -> tuple[list[tuple[int, Row]], list[tuple[int, str]]]:
        """The rows of a batch that can be read, and why others can't, each with its line."""
        fit: list[tuple[int, Row]] = []
        bad: list[tuple[int, str]] = []
        for line, values in batch:
            try:
                row = self._kind.read(lines.read(values), self._whose)
            except BadInput as wrong:
                bad.append((line, str(wrong)))
                continue
            fit.append((line, row))
            if self._asked.dry_run:
                self._tally.show(line, row)
        if self._asked.dry_run:
            self._tally.report(bad)
        return fit, bad

    async def _kept(
        self, fit: Sequence[tuple[int, Row]], bad: Iterable[tuple[int, str]], step: imports.Step | None
    ) -> list[tuple[int, str]]:
        """Keep a batch, and how far the file is with it. Which lines were not kept after all."""
        rows = [row for _, row in fit]

        def keep(connection: Connection) -> list[tuple[int, str]]:
            why = self._kind.keep(connection, self._into.ledger, rows, self._whose) if rows else {}
            left = [(fit[place][0], each) for place, each in why.items()]
            if step is not None:
                imports.advance(connection, step, good=len(fit) - len(left))
            self._tally.report(sorted([*bad, *left]))
            return left

        return await self._into.database.write(keep)


def _name(asked: Asked, file: TextIO) -> str:
    """The same for the same file, read in the same way."""
    content = hashlib.sha256()
    while piece := file.buffer.read(_PIECE):
        content.update(piece)
    file.seek(0)
    told = msgspec.json.encode((asked.kind, asked.account, asked.how, content.hexdigest()))
    return hashlib.sha256(told).hexdigest()[:32]


# --- lists of a registry --------------------------------------------------------------------------------------------


async def _import_list(asked: Asked, source: BinaryIO, whose: Whose, tally: Tally, into: Into) -> None:
    """Put a list in the place of its registry's last one. Until the database names the new file, it means nothing.

    The file that it replaces stays until the next import: others read it for up to a second, and where the folder is a
    network's they would fall over its removal.
    """
    registry, database = whose.registry, into.database
    with number_file.draft(into.lists, registry) as draft:
        named = await database.read(do_not_call.registries_all)
        number_file.clear_out(into.lists, registry, [row.digest for row in named if row.registry == registry])
        _read_list(NumberList(source, whose, asked.how.mapped), tally, draft.add)
        written = draft.finish()
        put = await database.write(
            lambda c: do_not_call.put_in_force(
                c, into.ledger, registry, written, region=whose.region, loaded_at=whose.now
            )
        )
    if not put:
        raise BadInput(f"a later import of {registry} was finished meanwhile: its list stays")


def _read_list(numbers: NumberList, tally: Tally, keep: Callable[[Numbers], None]) -> None:
    """Read a list to its end. Raises `BadInput` where nothing could be read of it."""
    for read in numbers:
        keep(read.numbers)
        tally.report(read.bad)
        tally.add(len(read.numbers), read.bad)
    if not tally.good:
        raise BadInput("not one number of the file could be read: the list on record stays as it is")


def _showing(tally: Tally) -> Callable[[Numbers], None]:
    """Keeps nothing; shows the first numbers."""

    def show(numbers: Numbers) -> None:
        for number in numbers[:10].tolist():
            tally.show(0, number)

    return show
