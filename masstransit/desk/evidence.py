"""Evidence to hand on, by the command line: a file about one message, decision, step or person, that proves itself."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, Row

from masstransit import config
from masstransit.bundle import About, Bundle, gather, seal
from masstransit.clock import SystemClock
from masstransit.commands.parsing import Commands, left_out
from masstransit.errors import ConfigError, NotFound
from masstransit.ledger import Ledger, checkpoint
from masstransit.model.address import callable_address
from masstransit.model.sid import new_sid
from masstransit.office.record import on_record
from masstransit.storage import appeals, communications, consents, decisions, standing
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
    now = SystemClock().now()

    def take(connection: Connection, ledger: Ledger, keys: Keys) -> tuple[Bundle, bytes]:
        if options.person:
            about = _of_person(connection, keys, options.account, callable_address(options.person).text)
        else:
            about = _of_thing(connection, options.id)
        checkpoint(connection, keys, now)  # signs what the last one did not see yet
        bundle = gather(connection, about, now)
        if not bundle.pieces:
            raise NotFound(f"there is nothing on record about {about.what}")
        told = {"about": about.what, "by": options.by, "because": options.because, "entries": len(bundle.pieces)}
        for account in sorted(about.accounts):  # under a name of its own: who gets the next file learns nothing of it
            ledger.record(connection, account, "disclosure", new_sid("EV"), told, now)
        return bundle, seal(bundle, keys)

    return await on_record(settings, options.account, take)


# --- what belongs to it -----------------------------------------------------------------------------------------------


def _of_thing(connection: Connection, id_: str) -> About:
    """A message with its decisions, the steps that rest on them, and the appeals against those. A step of which nobody
    may be told is in its own evidence alone. Raises `NotFound`."""
    appeal = appeals.locate(connection, id_) if id_.startswith("AL") else None
    about = appeal.about if appeal is not None else id_
    step = standing.find(connection, about) if about.startswith("ST") else None
    decision = decisions.locate(connection, step.decision or "" if step is not None else about)
    subject = decision.subject if decision is not None else about
    row, made = communications.locate(connection, subject), decisions.about(connection, subject)
    account = next((each.account for each in (row, step, *made) if each is not None), None)
    if account is None:
        raise NotFound(
            f"there is nothing on record about {id_}: give a SID (SM...), a decision (DE...) or a step (ST...)"
        )
    steps = [each for each in standing.resting_on(connection, [d.id for d in made]) if not each.silent]
    things = {about, subject, *(each.id for each in made), *(each.step_id for each in steps)}
    against = [each.sid for thing in things for each in appeals.against(connection, account, thing)]
    beside = {"message": row._asdict()} if row is not None else {}
    return About(what=id_, accounts={account}, refs=things | {*against}, beside=beside)


def _of_person(connection: Connection, keys: Keys, account: str, number: str) -> About:
    """A person's wishes toward a customer and those whom it belongs to."""
    person, owners = keys.person(number), {account, consents.root_of(connection, account)}
    answers = consents.reassigned_of(connection, owners, [person])
    given = consents.consents_of(connection, owners, [person])
    beside = {
        "person": {"number": number, "ref": person},
        "consents": [row._asdict() for row in given],
        "reassigned": [row._asdict() for row in answers],
    }
    return About(
        what=person, accounts=owners, refs={person}, beside=beside, notes=tuple(_changed_hands(given, answers))
    )


def _changed_hands(given: Sequence[Row[Any]], answers: Sequence[Row[Any]]) -> Iterator[str]:
    """Which consents were another's: the number has a new owner since."""
    for answer in answers:
        for row in given:
            if answer.answer == "yes" and row.given_at <= answer.asked_at:
                yield (
                    f"the consent to {row.purpose} of {_day(row.given_at)} was given before the number changed hands: "
                    f"the Reassigned Numbers Database said so when it was asked on {_day(answer.asked_at)}"
                )


def _day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d}"
