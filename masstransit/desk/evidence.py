"""Evidence to hand on, by the command line: a file about one message, decision, step or person, that proves itself."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeAlias

from sqlalchemy import Connection

from masstransit import config
from masstransit.bundle import Bundle, TakenOut, hand_out
from masstransit.carriage.evidence import of_thing
from masstransit.carriage.proofs import prove, whose
from masstransit.clock import SystemClock
from masstransit.commands.parsing import Commands, left_out
from masstransit.errors import ConfigError
from masstransit.ledger import Ledger
from masstransit.model.address import e164
from masstransit.office.record import on_record
from masstransit.storage.keys import Keys

_Take: TypeAlias = Callable[[Connection, Ledger, Keys], tuple[Bundle, bytes]]


def commands(command: Commands) -> None:
    """Make the commands known."""
    evidence = command("evidence", "Write what is on record about one thing into a file that proves itself.", _evidence)
    evidence.add_argument("id", metavar="ID", help="a message (SM..., MM...), a decision (DE...), a step (ST...)")
    proof = command(
        "proof", "Write a person's consents, STOPs and blocks toward a customer into a file that proves itself.", _proof
    )
    proof.add_argument("account", metavar="AC...", help="toward which customer")
    proof.add_argument("number", metavar="+1...", help="the person's")
    for made in (evidence, proof):
        made.add_argument("--out", metavar="FILE", help="where to; it must not be there yet")
        made.add_argument("--by", metavar="NAME", help="who takes it out: that goes on record")
        made.add_argument("--because", default="", metavar="TEXT", help="for whom and why: that too")


def _evidence(settings: config.Settings, options: argparse.Namespace) -> int:
    def take(connection: Connection, ledger: Ledger, keys: Keys) -> tuple[Bundle, bytes]:
        return hand_out(connection, ledger, keys, of_thing(connection, options.id), _taken(options))

    return _written(settings, options, take)


def _proof(settings: config.Settings, options: argparse.Namespace) -> int:
    number = e164(options.number)

    def take(connection: Connection, ledger: Ledger, keys: Keys) -> tuple[Bundle, bytes]:
        return prove(connection, ledger, keys, whose(keys, options.account, number), _taken(options))

    return _written(settings, options, take, options.account)


def _taken(options: argparse.Namespace) -> TakenOut:
    return TakenOut(by=options.by, because=options.because, at=SystemClock().now())


def _written(settings: config.Settings, options: argparse.Namespace, take: _Take, account: str | None = None) -> int:
    """Write the file that is taken out of the record."""
    if missing := left_out(options, ("out", "by")):
        print(f"masstransit: {options.command} needs {', '.join(f'--{name}' for name in missing)}", file=sys.stderr)
        return 2
    with _made(Path(options.out)) as out:
        bundle, sealed = asyncio.run(on_record(settings, account, take))
        out.write(sealed)
    print(f"written to {options.out}: {len(bundle.pieces)} entries about {bundle.about}")
    for note in bundle.notes:
        print(f"note: {note}")
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
