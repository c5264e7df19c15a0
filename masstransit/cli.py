"""The command line: which command is meant, with which settings; what the commands do stands in `commands/`."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path

from masstransit import __version__, config
from masstransit.commands import ROOMS
from masstransit.commands.parsing import SETTINGS, STATUS, Commands
from masstransit.errors import Fault


def run(arguments: Sequence[str]) -> int:
    """Parse and run. A fault is told in a sentence, without a traceback."""
    parser = _parser(_rooms(arguments))
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return 2
    os.umask(0o077)  # what is written holds bodies and keys: it is for its owner only
    try:
        settings = config.load(
            Path(options.config) if options.config else None,
            data=options.data,
            http=options.http,
            smpp=options.smpp,
            sip=options.sip,
            smtp=options.smtp,
            database=options.database,
            counters=options.counters,
        )
        logging.basicConfig(
            level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr
        )
        for chatty in ("httpx", "alembic", "uvicorn"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
        return int(options.run(settings, options))
    except Fault as fault:
        print(f"masstransit: {fault}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # who read our output has enough
        with contextlib.suppress(OSError):
            sys.stdout.close()
        return 0


def _rooms(arguments: Sequence[str]) -> Iterable[str]:
    """The module of the command that is asked for; all of them where help is, or where there is no such command."""
    command = next((argument for argument in arguments if not argument.startswith("-")), None)
    return [room for room, commands in ROOMS.items() if command in commands] or ROOMS


def _parser(rooms: Iterable[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="masstransit",
        description="A communications platform whose acceptable use policy is code in the path of every communication.",
        epilog=STATUS,
    )
    parser.add_argument("--version", action="version", version=f"masstransit {__version__}")
    parser.set_defaults(**dict.fromkeys(SETTINGS))
    command = Commands(parser)
    for room in rooms:
        import_module(room).commands(command)
    return parser
