"""An import says how far it is, in the transaction of each batch, and goes on from there."""

from __future__ import annotations

import io
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from masstransit.carriage.importing import Asked, BadRows, Imported, Into, Reading, import_csv, whose_rows
from masstransit.carriage.importing import kinds as known
from masstransit.errors import ConfigError, Conflict
from masstransit.ledger import Ledger
from masstransit.storage import imports
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import ledger
from tests.makers import ACCOUNT, NOON

ROWS = 2_500  # two batches and a half
TEXT = "number\n" + "".join("nobody\n" if n == 1_500 else f"+1{2_120_000_000 + n}\n" for n in range(ROWS))


async def taken(database: Database, keys: Keys, text: str = TEXT, bad: BadRows | None = None, **how: Any) -> Imported:
    asked = Asked(kind="opt-outs", account=ACCOUNT, how=Reading(**how))
    into = Into(database=database, ledger=Ledger("test"), lists=Path("lists"))
    file = io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8", newline="")
    return await import_csv(asked, file, whose_rows(asked, keys, NOON), into, bad=bad)


async def entries(database: Database) -> int:
    return int(await database.read(lambda c: c.execute(select(func.count()).select_from(ledger)).scalar_one()))


class Broken(Exception):
    """The process ends here."""


def broken_at(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept from this batch on."""
    advance, calls = imports.advance, iter(range(1, 100))

    def until(*told: Any, **more: Any) -> None:
        if next(calls) >= batch:
            raise Broken
        advance(*told, **more)

    monkeypatch.setattr("masstransit.carriage.importing.taking.imports.advance", until)


async def test_a_batch_is_done_with_what_says_so_or_not_at_all(
    database: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as broken:
        broken_at(2, broken)
        with closing(BadRows(tmp_path / "bad.csv")) as report, pytest.raises(Broken):
            await taken(database, keys, bad=report)
    assert await entries(database) == 1_000
    with closing(BadRows(tmp_path / "bad.csv")) as report:
        found = await taken(database, keys, bad=report)
    assert (found.good, found.passed_over, found.resumed) == (ROWS - 1, 1, 1_000)
    assert await entries(database) == ROWS - 1
    assert [line.split(",")[0] for line in (tmp_path / "bad.csv").read_text().splitlines()] == ["line", "1502"]


async def test_another_file_or_another_reading_of_it_begins_at_its_own_beginning(
    sqlite_database: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken_at(2, broken)
        with pytest.raises(Broken):
            await taken(sqlite_database, keys)
    assert (await taken(sqlite_database, keys, TEXT + "+12139990000\n")).resumed == 0
    assert (await taken(sqlite_database, keys, constants={"via": "letters"})).resumed == 0
    assert (await taken(sqlite_database, keys)).resumed == 1_000
    assert (await taken(sqlite_database, keys)).resumed == 0, "what is finished may be taken over again"


async def test_two_processes_do_not_take_one_file_over_at_once(
    database: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = imports.begin

    def behind(*told: Any, **more: Any) -> Any:
        row = begin(*told, **more)
        step = imports.Step(account=ACCOUNT, name=row.name, before=0, rows=1_000, line=1_001)
        imports.advance(told[0], step, good=1_000)  # the other process is faster
        return row

    monkeypatch.setattr("masstransit.carriage.importing.taking.imports.begin", behind)
    with pytest.raises(Conflict, match="another process"):
        await taken(database, keys)
    assert await entries(database) == 0, "its batch is taken back"


def test_a_report_takes_no_other_files_place(tmp_path: Path) -> None:
    theirs = tmp_path / "customers.csv"
    theirs.write_text("number\n+12125550123\n")
    with pytest.raises(ConfigError, match="no report of bad lines"):
        BadRows(theirs)
    assert theirs.read_text() == "number\n+12125550123\n"
    with pytest.raises(ConfigError, match="can't be written"):
        BadRows(tmp_path / "nowhere" / "bad.csv")


def test_bad_lines_are_reported_with_a_remedy(tmp_path: Path) -> None:
    with closing(BadRows(tmp_path / "bad.csv")) as report:
        report.go_on_after(0)
        report.add([(3, "the thing is odd: mend it, please"), (4, "it, too, is odd")])
    rows = (tmp_path / "bad.csv").read_text().splitlines()
    assert rows[:2] == ["line,why,remedy", '3,the thing is odd,"mend it, please"']
    assert rows[2].startswith('4,"it, too, is odd",correct the line')


def test_every_kind_has_columns_that_are_named_once() -> None:
    for name, kind in known.KINDS.items():
        assert len(set(kind.columns)) == len(kind.columns), name
