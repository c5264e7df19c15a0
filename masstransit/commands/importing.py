"""Taking over files."""

from __future__ import annotations

import argparse
import asyncio
import sys
import textwrap
from pathlib import Path

from masstransit import config
from masstransit.carriage import importing
from masstransit.commands.parsing import Commands, progress
from masstransit.commands.reading import reading, reading_options
from masstransit.errors import BadInput
from masstransit.office.importing import import_file

_IMPORT = """\
Take over a CSV file: a customer's own, or a list that the whole house goes by. The first line names the columns; times
are ISO 8601. Bad lines are told with their number on stderr (--bad: in a file) and passed over. An import that was
killed goes on where it ended when it is asked for again in the same words; a file may be imported again."""
_IMPORT_ENDS = """\
A file with columns of its own names, dates and numbers is read so, and what it has beside them is passed over:
  --map given_at="Opt-in date" --set purpose=marketing --set kind=written --dates %d/%m/%Y --country US
--dry-run shows how its first lines are read.

do-not-call also needs --registry NAME and --region REGION. Its file may be the registry's own, without names of columns
(202,5550123 or 2025550123 a line); else columns that are not named here are passed over. It takes the place of the
registry's last one as a whole: until its last line is in, the old list holds. /dev/stdin reads from a pipe."""
_IN = " " * 6  # how far columns are indented


def commands(command: Commands) -> None:
    """Make these commands known."""
    made = command("import", "Take over a CSV file: a customer's own, or a list that the whole house goes by.", _import)
    made.description = "\n".join(
        (_IMPORT, "", *_kinds(of_account=True), "", *_kinds(of_account=False), "", _IMPORT_ENDS)
    )
    made.add_argument("kind", choices=tuple(importing.KINDS), metavar="KIND", help=", ".join(importing.KINDS))
    made.add_argument("file", metavar="FILE")
    made.add_argument("--account", default="", metavar="AC...", help="the account whose they are")
    made.add_argument("--registry", default="", metavar="NAME", help="do-not-call: the list, such as us-national")
    made.add_argument("--region", default="", metavar="REGION", help="do-not-call: where it holds, such as US or US-TX")
    reading_options(made)
    made.add_argument("--bad", metavar="FILE", help="where bad lines are written: line, why, remedy")
    made.add_argument("--dry-run", action="store_true", help="show how it is read and what is bad; keep nothing")


def _kinds(*, of_account: bool) -> list[str]:
    """What can be imported, with its columns; those in brackets may be left out."""
    lines = ["of an account (--account AC...):" if of_account else "of the whole house:"]
    for name, kind in importing.KINDS.items():
        if kind.of_account is of_account:
            columns = ", ".join((*kind.must, *(f"[{column}]" for column in kind.may)))
            lines += [f"  {name}: {kind.what}", *textwrap.wrap(columns, 100, initial_indent=_IN, subsequent_indent=_IN)]
    return lines


def _import(settings: config.Settings, options: argparse.Namespace) -> int:
    try:
        asked = _asked(options)
        importing.check(asked)
    except BadInput as misuse:
        print(f"masstransit import: {misuse}", file=sys.stderr)
        return 2
    report = Path(options.bad) if options.bad else None
    imported = asyncio.run(import_file(settings, asked, Path(options.file), progress("rows"), report))
    _tell_bad(imported, report)
    for line, said in imported.shown:
        print(f"line {line}: {said}" if line else said)
    if imported.unread:
        print(f"columns that are passed over: {', '.join(imported.unread)}")
    print(f"{imported.good} {'fine' if asked.dry_run else 'taken over'}, {imported.passed_over} bad")
    if imported.resumed:
        print(f"{imported.resumed} of them were done by an import that was killed")
    if asked.dry_run:
        print("nothing was kept (--dry-run)")
    return 1 if imported.passed_over else 0


def _asked(options: argparse.Namespace) -> importing.Asked:
    """Raises `BadInput`."""
    return importing.Asked(
        kind=options.kind,
        account=options.account,
        registry=options.registry,
        region=options.region,
        dry_run=options.dry_run,
        how=reading(options),
    )


def _tell_bad(imported: importing.Imported, report: Path | None) -> None:
    if report is not None:
        print(f"bad lines are in {report}", file=sys.stderr)
        return
    for line, why in imported.bad:
        print(f"line {line}: {why}", file=sys.stderr)
    if untold := imported.passed_over - len(imported.bad):
        print(f"and {untold} more bad lines", file=sys.stderr)
