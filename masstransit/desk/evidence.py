"""Evidence to hand on, by the command line: a file about one message, decision, step or person, that proves itself."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection

from masstransit import config
from masstransit.bundle import Bundle
from masstransit.carriage import evidence
from masstransit.carriage.overturning import Word
from masstransit.clock import SystemClock
from masstransit.commands.parsing import Commands, left_out
from masstransit.errors import ConfigError
from masstransit.ledger import Ledger
from masstransit.model.address import callable_address
from masstransit.office.record import on_record
from masstransit.storage.keys import Keys


def commands(command: Commands) -> None:
    """Make the command known."""
    made = command("evidence", "Write what is on record about one thing into a file that proves itself.", _evidence)
    made.add_argument(
        "id", nargs="?", metavar="ID", help="a message (SM..., MM...), a decision (DE...), a step (ST...)"
    )
    made.add_argument("--person", metavar="+1...", help="instead: a person's consents, opt-outs and blocks")
    made.add_argument("--account", metavar="AC...", help="with --person: toward which customer")
    made.add_argument("--out", metavar="FILE", help="where to; it must not be there yet")
    made.add_argument("--by", metavar="NAME", help="who takes it out: that goes on record")
    made.add_argument("--because", default="", metavar="TEXT", help="for whom and why: that too")


def _evidence(settings: config.Settings, options: argparse.Namespace) -> int:
    if missing := _missing(options):
        print(f"masstransit: evidence needs {missing}", file=sys.stderr)
        return 2
    with _made(Path(options.out)) as out:
        bundle, sealed = asyncio.run(_taken_out(settings, options))
        out.write(sealed)
    print(f"written to {options.out}: {len(bundle.pieces)} entries about {bundle.about}")
    print(f"whoever has it proves it by: masstransit ledger verify --bundle {options.out}")
    return 0


@contextlib.contextmanager
def _made(file: Path) -> Iterator[BinaryIO]:
    """A new file, readable by its owner alone because it has a customer's records; none where anything fails."""
    try:
        made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as failed:
        raise ConfigError(f"{file} can't be written: {failed.strerror}") from failed
    try:
        with os.fdopen(made, "wb") as out:
            yield out
    except BaseException:
        file.unlink()
        raise


def _missing(options: argparse.Namespace) -> str:
    if bool(options.id) == bool(options.person):
        return "an ID, or else --person and --account"
    wanted = ("account", "out", "by") if options.person else ("out", "by")
    return ", ".join(f"--{name}" for name in left_out(options, wanted))


async def _taken_out(settings: config.Settings, options: argparse.Namespace) -> tuple[Bundle, bytes]:
    """The bundle and its file. That it was taken out is on record, and everything in it signed."""
    word = Word(by=options.by, because=options.because, at=SystemClock().now())

    def take(connection: Connection, ledger: Ledger, keys: Keys) -> tuple[Bundle, bytes]:
        if options.person:
            number = callable_address(options.person).text
            about = evidence.of_person(connection, keys, options.account, number)
        else:
            about = evidence.of_thing(connection, options.id)
        return evidence.take_out(connection, ledger, keys, about, word)

    return await on_record(settings, options.account, take)
