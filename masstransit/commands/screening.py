"""Judging lines of JSON."""

from __future__ import annotations

import argparse
import asyncio
import io
import sys
from pathlib import Path
from typing import TextIO

from masstransit import config
from masstransit.clock import SystemClock
from masstransit.commands.parsing import Commands
from masstransit.edition import clauses_of, edition_of
from masstransit.filing import scanner_of
from masstransit.garbage import collect_seldom
from masstransit.screening import Screen

_SCREEN = """\
Judge communications given as JSON, one object a line; print one decision a line.

A line in: kind (sms mms call voicemail fax chat video email), from, to, and as it has them id (default: the line
number), text, subject, media, at (ISO 8601; default now), purpose, account, campaign, headers, transcript,
consent {given_at, kind, proof}.
A line out: id, verdict, findings [{clause, rule, verdict, reason, evidence}], labels, policy; or id and error for a
line that can't be read, which is passed over.
media are paths of files, relative to the working folder: they are looked through for what harms.
Labels say what the text looks like, each from 0 to 1, and positive from 0.5 on; what follows from that stands in the
findings.
Nothing is stored, nothing is sent, and lines do not affect each other."""


def commands(command: Commands) -> None:
    """Make these commands known."""
    screen = command(
        "screen",
        "Judge communications given as JSON, one object a line; print one decision a line.",
        _screen,
        "Exit status: 0 no line was bad, 1 some were (their count on stderr), 2 usage.",
    )
    screen.description = _SCREEN
    screen.add_argument("file", nargs="?", default="-", metavar="FILE", help="JSON lines; - or nothing: standard input")
    screen.add_argument(
        "--profile",
        choices=("strict", "open"),
        default="strict",
        help="open: consent, registration and sender rights are taken as proven and the hour as lawful",
    )


def _screen(settings: config.Settings, options: argparse.Namespace) -> int:
    clauses, _ = clauses_of(settings)
    scanner = scanner_of(settings)
    screen = Screen(clauses, SystemClock(), options.profile, edition_of(settings).dated, scanner)

    async def run(source: TextIO) -> int:
        try:
            return await screen.run(source, sys.stdout)
        finally:
            await scanner.stop()

    for stream in (sys.stdin, sys.stdout):  # JSON lines are UTF-8 wherever this runs
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")
    collect_seldom()
    if options.file == "-":
        bad = asyncio.run(run(sys.stdin))
    else:
        try:
            with Path(options.file).open(encoding="utf-8", errors="surrogateescape") as source:
                bad = asyncio.run(run(source))
        except OSError as unreadable:
            print(f"masstransit: {options.file} can't be read: {unreadable.strerror}", file=sys.stderr)
            return 2
    if bad:
        print(f"{bad} bad line{'s' if bad > 1 else ''}", file=sys.stderr)
    return 1 if bad else 0
