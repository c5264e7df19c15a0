"""The command line: one function a command, each returns its exit status."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from masstransit import __version__, config
from masstransit.errors import Fault

_STATUS = "Exit status: 0 fine, 1 something was wrong (said on stderr), 2 the command was misused."


def run(arguments: Sequence[str]) -> int:
    """Parse and run. A fault is told in a sentence, without a traceback."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return 2
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
        logging.getLogger("httpx").setLevel(logging.WARNING)
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


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    place = shared.add_argument_group("settings (else the environment, MASSTRANSIT_..., else the file, else defaults)")
    place.add_argument("--config", metavar="FILE", help="TOML file, see config.example.toml")
    place.add_argument("--data", metavar="FOLDER", help="where the SQLite file and demo.json are (MASSTRANSIT_DATA)")
    place.add_argument("--http", metavar="HOST:PORT", help="REST, webhooks' console (MASSTRANSIT_HTTP); port 0: any")
    place.add_argument("--smpp", metavar="HOST:PORT", help="customers' SMPP binds (MASSTRANSIT_SMPP)")
    place.add_argument("--sip", metavar="HOST:PORT", help="not served yet (MASSTRANSIT_SIP)")
    place.add_argument("--smtp", metavar="HOST:PORT", help="not served yet (MASSTRANSIT_SMTP)")
    place.add_argument(
        "--database", metavar="URL", help="sqlite:///PATH or postgresql://USER@HOST:PORT/NAME (MASSTRANSIT_DATABASE)"
    )
    place.add_argument(
        "--counters", metavar="URL", help="memory://, redis://HOST:PORT, redis+cluster://... (MASSTRANSIT_COUNTERS)"
    )
    parser = argparse.ArgumentParser(
        prog="masstransit",
        description="A communications platform whose acceptable use policy is code in the path of every communication.",
        epilog=_STATUS,
    )
    parser.add_argument("--version", action="version", version=f"masstransit {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    parser.set_defaults(config=None, data=None, http=None, smpp=None, sip=None, smtp=None, database=None, counters=None)

    def command(name: str, help: str, work: object, epilog: str = _STATUS) -> argparse.ArgumentParser:  # noqa: A002
        made = commands.add_parser(name, help=help, description=help, epilog=epilog, parents=[shared])
        made.set_defaults(run=work)
        return made

    command("serve", "Serve customers and carriers until stopped.", _serve)
    command("demo", "Serve one machine: a loopback carrier with virtual phones and a demo customer.", _demo)
    screen = command(
        "screen",
        "Judge communications given as JSON, one object a line; print one decision a line.",
        _screen,
        "Exit status: 0 no line was bad, 1 some were (their count on stderr), 2 usage.",
    )
    screen.add_argument("file", nargs="?", default="-", metavar="FILE", help="JSON lines; - or nothing: standard input")
    screen.add_argument(
        "--profile",
        choices=("strict", "open"),
        default="strict",
        help="open: consent, registration and sender rights are taken as proven and the hour as lawful",
    )
    explain = command("explain", "Tell the whole story of a message or a decision.", _explain)
    explain.add_argument("id", metavar="ID", help="SM..., or DE...")
    explain.add_argument("--json", action="store_true", help="as JSON")
    ledger = command("ledger", "Check the hash-chained record of decisions.", _ledger)
    ledger.add_argument("action", choices=("verify",), help="verify: 0 whole, 1 broken and where")
    command("migrate", "Bring the database to this version's schema.", _migrate)
    command("check-config", "Read the settings and say what is wrong with them.", _check_config)
    backup = command("backup", "Write the whole database, with its ledger, into one file.", _backup)
    backup.add_argument("file", metavar="FILE")
    restore = command("restore", "Fill an empty database from a backup.", _restore)
    restore.add_argument("file", metavar="FILE")
    importing = command("import", "Take over numbers, registrations, opt-outs or consents from CSV.", _import)
    importing.add_argument("kind", choices=("numbers", "registrations", "opt-outs", "consents"))
    importing.add_argument("file", metavar="FILE")
    importing.add_argument("--account", required=True, metavar="AC...", help="the account that they belong to")
    return parser


def _serve(settings: config.Settings, _: argparse.Namespace) -> int:
    from masstransit import app

    return _with_uvloop(app.serve(settings))


def _demo(settings: config.Settings, _: argparse.Namespace) -> int:
    from masstransit import app

    return _with_uvloop(app.demo(settings))


def _with_uvloop(work: object) -> int:
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)  # type: ignore[arg-type]
    return 0
