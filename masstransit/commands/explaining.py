"""What the record tells: the story of a message, and whether the record is whole."""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec

from masstransit import config
from masstransit.commands.parsing import Commands, progress
from masstransit.ledger import verify
from masstransit.storage.engine import open_engine, snapshot
from masstransit.storage.keys import public_key
from masstransit.story import story_of, tell


def commands(command: Commands) -> None:
    """Make these commands known."""
    explain = command("explain", "Tell the whole story of a message or a decision.", _explain)
    explain.add_argument("id", metavar="ID", help="SM..., or DE...")
    explain.add_argument("--json", action="store_true", help="as JSON")
    ledger = command("ledger", "Check the hash-chained record of decisions.", _ledger)
    ledger.add_argument("action", choices=("verify",), help="verify: 0 whole, 1 broken and where")


def _explain(settings: config.Settings, options: argparse.Namespace) -> int:
    engine = open_engine(settings.database_url)
    try:
        with snapshot(engine) as connection:
            story = story_of(connection, options.id)
    finally:
        engine.dispose()
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(story)).decode())
    else:
        print("\n".join(tell(story)))
    return 0


def _ledger(settings: config.Settings, _: argparse.Namespace) -> int:
    engine = open_engine(settings.database_url)
    try:
        with snapshot(engine) as connection:
            public = public_key(connection, Path(settings.keys) if settings.keys else None)
            report = verify(connection, public, progress("rows read"))
    finally:
        engine.dispose()
    print(report)
    return 0 if report.whole else 1
