"""Carriers' complaints, by the command line: one, a file of them, or the mail of a feedback loop. Standing follows."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path

from masstransit import config
from masstransit.carriage.complaints import KINDS
from masstransit.clock import SystemClock
from masstransit.commands.parsing import Commands, left_out, progress
from masstransit.commands.reading import reading, reading_options
from masstransit.errors import BadInput, NotFound
from masstransit.office.complaints import MAY, MUST, Given, Told, of_lines, of_mails, of_row
from masstransit.office.record import hearing


def commands(command: Commands) -> None:
    """Make the command known."""
    made = command("complaints", "Put carriers' complaints, reports to 7726 and fines on record.", _complaints)
    made.add_argument(
        "file",
        nargs="?",
        metavar="FILE",
        help=f"CSV with the columns {MUST[0]}, and of {', '.join(MAY)} what is known",
    )
    made.add_argument(
        "--mail",
        metavar="FILE",
        help="instead: a feedback loop's mail (RFC 5965), one or an mbox; - for a pipe",
    )
    made.add_argument("--carrier", metavar="NAME", help="who says so")
    made.add_argument("--by", metavar="NAME", help="who puts it on record")
    made.add_argument("--reference", metavar="TEXT", help="of the carrier; the same one twice counts once")
    made.add_argument("--kind", choices=tuple(KINDS), default="", help="default: complaint; of mail: 7726")
    made.add_argument("--message", metavar="SM...", default="", help="what it is about")
    made.add_argument("--number", metavar="+1...", default="", help="or the number that sent it")
    made.add_argument("--said", metavar="TEXT", default="", help="the carrier's words")
    made.add_argument("--fine", metavar="USD", default="", help="what the carrier takes for it")
    reading_options(made)


def _complaints(settings: config.Settings, options: argparse.Namespace) -> int:
    if misuse := _misuse(options):
        print(f"masstransit: complaints {misuse}", file=sys.stderr)
        return 2
    good, repeated, bad = asyncio.run(_kept(settings, _told(options)))
    for where, why in bad:
        print(f"{where}: {why}", file=sys.stderr)
    print(f"{good:,} on record, {repeated:,} were before" + (f", {len(bad):,} could not be read" if bad else ""))
    return 1 if bad else 0


def _misuse(options: argparse.Namespace) -> str:
    if options.file and options.mail:
        return "takes a file or --mail, not both"
    wanted = ("carrier", "by") if options.file or options.mail else ("carrier", "by", "reference")
    missing = left_out(options, wanted)
    return f"needs {', '.join(f'--{name}' for name in missing)}" if missing else ""


async def _kept(settings: config.Settings, told: Iterable[Told]) -> tuple[int, int, list[tuple[str, str]]]:
    """How many are on record now, how many were before, and which could not be read, each with where and why."""
    show = progress("complaints")
    good, repeated = 0, 0
    bad: list[tuple[str, str]] = []
    async with hearing(settings) as complaints:
        for where, each in told:
            if isinstance(each, BadInput):
                bad.append((where, str(each)))
                continue
            try:
                new = await complaints.from_carrier(each)
            except (BadInput, NotFound) as wrong:
                bad.append((where, str(wrong)))
                continue
            good, repeated = good + new, repeated + (not new)
            show(good + repeated)
    return good, repeated, bad


def _told(options: argparse.Namespace) -> Iterable[Told]:
    """What is told, one after the other. Raises `BadInput` for options that can't be meant."""
    given = Given(carrier=options.carrier.strip(), by=options.by.strip(), kind=options.kind, now=SystemClock().now())
    how = reading(options)
    how.check((*MUST, *MAY))
    if options.mail:
        return of_mails(Path(options.mail), how.country, given)
    if options.file:
        return of_lines(Path(options.file), how, given)
    return [("masstransit", of_row({name: getattr(options, name, "") for name in (*MUST, *MAY)}, given))]
