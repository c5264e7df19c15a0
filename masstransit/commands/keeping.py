"""Keeping the database: its schema, its backups."""

from __future__ import annotations

import argparse
from pathlib import Path

from masstransit import config
from masstransit.clock import SystemClock
from masstransit.commands.parsing import Commands, table_progress
from masstransit.storage import migrations
from masstransit.storage.backup import backup, restore


def commands(command: Commands) -> None:
    """Make these commands known."""
    command("migrate", "Bring the database to this version's schema.", _migrate)
    saved = command("backup", "Write the whole database, with its ledger, into one file.", _backup)
    saved.add_argument("file", metavar="FILE")
    filled = command("restore", "Fill an empty database from a backup.", _restore)
    filled.add_argument("file", metavar="FILE")


def _migrate(settings: config.Settings, _: argparse.Namespace) -> int:
    applied = migrations.migrate(settings.database_url)
    print(f"applied {', '.join(applied)}" if applied else "the schema is up to date")
    return 0


def _backup(settings: config.Settings, options: argparse.Namespace) -> int:
    made = backup(settings.database_url, Path(options.file), SystemClock().now(), table_progress())
    print(f"written to {made}")
    if any(settings.lists.glob("*.numbers")):
        print(f"do-not-call lists are not in it: copy {settings.lists} too, or import them again after a restore")
    return 0


def _restore(settings: config.Settings, options: argparse.Namespace) -> int:
    counts = restore(Path(options.file), settings.database_url, table_progress())
    print(f"restored {sum(counts.values())} rows of {len(counts)} tables")
    if counts.get("registries"):
        print(f"the files of the do-not-call lists belong into {settings.lists}: copy them there, or import them again")
    return 0
