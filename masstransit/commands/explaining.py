"""What the record tells: the story of a message, and whether the record, or evidence out of it, is whole."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
from sqlalchemy import Connection

from masstransit import config
from masstransit.bundle import check
from masstransit.commands.parsing import Commands, progress
from masstransit.errors import BadInput, ConfigError
from masstransit.ledger import verify
from masstransit.storage.engine import open_engine, snapshot
from masstransit.storage.keys import public_key
from masstransit.story import story_of, tell

T = TypeVar("T")


def commands(command: Commands) -> None:
    """Make these commands known."""
    explain = command("explain", "Tell the whole story of a message or a decision.", _explain)
    explain.add_argument("id", metavar="ID", help="SM..., or DE...")
    explain.add_argument("--json", action="store_true", help="as JSON")
    ledger = command("ledger", "Check the hash-chained record of decisions, or evidence out of it.", _ledger)
    ledger.add_argument(
        "action",
        choices=("verify", "key"),
        help="verify: 0 whole, 1 broken and where; key: the public key that proves it, to be published",
    )
    ledger.add_argument("--bundle", metavar="FILE", help="to verify: evidence from a file, without any database")
    ledger.add_argument("--key", metavar="HEX", help="to verify a bundle: the key that its maker published")


def _explain(settings: config.Settings, options: argparse.Namespace) -> int:
    story = _on_snapshot(settings, lambda connection: story_of(connection, options.id))
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(story)).decode())
    else:
        print("\n".join(tell(story)))
    return 0


def _ledger(settings: config.Settings, options: argparse.Namespace) -> int:
    if options.action == "key":
        print(_on_snapshot(settings, lambda connection: _key_of(connection, settings)).hex())
        return 0
    if options.bundle:
        return _bundle(Path(options.bundle), options.key)
    report = _on_snapshot(settings, lambda c: verify(c, _key_of(c, settings), progress("rows read")))
    print(report)
    return 0 if report.whole else 1


def _bundle(file: Path, key: str | None) -> int:
    """Prove evidence by its file alone."""
    try:
        known, sealed = bytes.fromhex(key) if key else None, file.read_bytes()
    except ValueError as wrong:
        raise BadInput("--key is 64 hex digits, as `masstransit ledger key` prints them at its maker's") from wrong
    except OSError as failed:
        raise ConfigError(f"{file} can't be read: {failed.strerror}") from failed
    found = check(sealed, known)
    print(found)
    return 0 if found.whole else 1


def _key_of(connection: Connection, settings: config.Settings) -> bytes:
    return public_key(connection, Path(settings.keys) if settings.keys else None)


def _on_snapshot(settings: config.Settings, look: Callable[[Connection], T]) -> T:
    """What is seen of the database at one moment."""
    engine = open_engine(settings.database_url)
    try:
        with snapshot(engine) as connection:
            return look(connection)
    finally:
        engine.dispose()
