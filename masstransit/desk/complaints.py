"""Carriers' complaints, by the command line: one, or a file of them. Standing follows at once."""

from __future__ import annotations

import argparse
import asyncio
import csv
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from masstransit import config
from masstransit.carriage.complaints import KINDS, FromCarrier
from masstransit.clock import SystemClock
from masstransit.commands.parsing import Commands, left_out, progress
from masstransit.errors import BadInput, ConfigError, NotFound
from masstransit.office.papers import day
from masstransit.office.record import hearing

_COLUMNS = ("reference", "kind", "message", "number", "said", "fine", "at")
_OTHERS = ", ".join(_COLUMNS[1:])
_MOST = 1e9  # USD


def commands(command: Commands) -> None:
    """Make the command known."""
    made = command("complaints", "Put carriers' complaints, reports to 7726 and fines on record.", _complaints)
    made.add_argument(
        "file",
        nargs="?",
        metavar="FILE",
        help=f"CSV with the columns reference, and of {', '.join(_COLUMNS[1:])} what is known",
    )
    made.add_argument("--carrier", metavar="NAME", help="who says so")
    made.add_argument("--by", metavar="NAME", help="who puts it on record")
    made.add_argument("--reference", metavar="TEXT", help="of the carrier; the same one twice counts once")
    made.add_argument("--kind", choices=tuple(KINDS), default="complaint", help="default: complaint")
    made.add_argument("--message", metavar="SM...", default="", help="what it is about")
    made.add_argument("--number", metavar="+1...", default="", help="or the number that sent it")
    made.add_argument("--said", metavar="TEXT", default="", help="the carrier's words")
    made.add_argument("--fine", metavar="USD", default="", help="what the carrier takes for it")


def _complaints(settings: config.Settings, options: argparse.Namespace) -> int:
    wanted = ("carrier", "by") if options.file else ("carrier", "by", "reference")
    if missing := left_out(options, wanted):
        print(f"masstransit: complaints needs {', '.join(f'--{name}' for name in missing)}", file=sys.stderr)
        return 2
    rows = list(_rows(Path(options.file))) if options.file else [(0, {n: getattr(options, n, "") for n in _COLUMNS})]
    good, repeated, bad = asyncio.run(_kept(settings, rows, options))
    for line, why in bad:
        print(f"line {line}: {why}" if line else f"masstransit: {why}", file=sys.stderr)
    print(f"{good:,} on record, {repeated:,} were before" + (f", {len(bad):,} could not be read" if bad else ""))
    return 1 if bad else 0


async def _kept(
    settings: config.Settings, rows: Sequence[tuple[int, Mapping[str, str]]], options: argparse.Namespace
) -> tuple[int, int, list[tuple[int, str]]]:
    """How many are on record now, how many were before, and which could not be read."""
    now, show = SystemClock().now(), progress("complaints")
    good, repeated = 0, 0
    bad: list[tuple[int, str]] = []
    async with hearing(settings) as complaints:
        for line, row in rows:
            try:
                new = await complaints.from_carrier(_read(row, options, now))
            except (BadInput, NotFound) as wrong:
                bad.append((line, str(wrong)))
                continue
            good, repeated = good + new, repeated + (not new)
            show(good + repeated)
    return good, repeated, bad


def _read(row: Mapping[str, str], options: argparse.Namespace, now: datetime) -> FromCarrier:
    """One row. Raises `BadInput`."""
    told = {name: (row.get(name) or "").strip() for name in _COLUMNS}
    try:
        fine = float(told["fine"] or 0)
    except ValueError as wrong:
        raise BadInput(f"fine '{told['fine'][:20]}': an amount in USD, such as 500") from wrong
    if not 0 <= fine < _MOST:
        raise BadInput(f"fine '{told['fine'][:20]}': an amount in USD, such as 500")
    return FromCarrier(
        carrier=options.carrier.strip(), reference=told["reference"], kind=told["kind"] or options.kind,
        message=told["message"], number=told["number"], said=told["said"], fine=fine,
        at=day(told["at"]) if told["at"] else now, by=options.by.strip(),
    )  # fmt: skip


def _rows(file: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Each row with its line. Raises `ConfigError` for what can't be read, `BadInput` for its header."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as source:
            reader = csv.DictReader(source)
            unknown = sorted(set(reader.fieldnames or ()) - set(_COLUMNS))
            if unknown or "reference" not in (reader.fieldnames or ()):
                raise BadInput(
                    f"{file.name}: the columns are reference, and of {', '.join(_COLUMNS[1:])} what is known"
                )
            for row in reader:
                yield reader.line_num, {name: value for name, value in row.items() if isinstance(value, str)}
    except (OSError, UnicodeDecodeError, csv.Error) as unreadable:
        raise ConfigError(f"{file} can't be read: {unreadable}") from unreadable
