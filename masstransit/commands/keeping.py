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
    for folder, _, what in _folders(settings):
        if folder.is_dir() and any(folder.iterdir()):
            print(f"not in it: {what}. Copy {folder} too")
    return 0


def _restore(settings: config.Settings, options: argparse.Namespace) -> int:
    counts = restore(Path(options.file), settings.database_url, table_progress())
    print(f"restored {sum(counts.values())} rows of {len(counts)} tables")
    for folder, table, what in _folders(settings):
        if counts.get(table) and not folder.is_dir():
            print(f"not in it: {what}. They belong into {folder}")
    return 0


def _folders(settings: config.Settings) -> tuple[tuple[Path, str, str], ...]:
    """What is kept in folders beside the database, in which table each file has a row, and what it is."""
    return (
        (settings.lists, "registries", "the numbers of do-not-call lists, which can also be imported again"),
        (settings.files, "files", "the files of messages, mails and faxes"),
        (settings.recordings, "recordings", "the sounds of recorded calls"),
        (settings.faxes, "faxes", "the pages of faxes that are on their way"),
    )
