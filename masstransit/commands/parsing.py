"""What all commands have in common: the settings' options, the look of their help, and progress on the terminal."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

from masstransit.errors import BadInput

SETTINGS = ("config", "data", "http", "smpp", "sip", "smtp", "database", "counters")
STATUS = "Exit status: 0 fine, 1 something was wrong (said on stderr), 2 the command was misused."


class Commands:
    """The commands of a parser, each with the settings' options."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
        self._shared = _settings_options()

    def __call__(self, name: str, help: str, work: object, epilog: str = STATUS) -> argparse.ArgumentParser:  # noqa: A002
        made = self._commands.add_parser(
            name, help=help, description=help, epilog=epilog, parents=[self._shared], formatter_class=_Help
        )
        made.set_defaults(run=work)
        return made


class _Help(argparse.RawDescriptionHelpFormatter):
    """Usage without the settings, which every command has and which are listed below it."""

    def add_usage(self, usage: str | None, actions: Iterable[argparse.Action], *more: Any, **named: Any) -> None:
        own = [action for action in actions if action.dest not in SETTINGS]
        super().add_usage(usage, own, *more, **named)


def _settings_options() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    place = shared.add_argument_group("settings (else the environment, MASSTRANSIT_..., else the file, else defaults)")
    place.add_argument("--config", metavar="FILE", help="TOML file, see config.example.toml; -: standard input")
    place.add_argument("--data", metavar="FOLDER", help="where the SQLite file and demo.json are (MASSTRANSIT_DATA)")
    place.add_argument("--http", metavar="HOST:PORT", help="REST and web pages (MASSTRANSIT_HTTP); port 0: any")
    place.add_argument("--smpp", metavar="HOST:PORT", help="customers' SMPP binds (MASSTRANSIT_SMPP)")
    place.add_argument("--sip", metavar="HOST:PORT", help="not served yet (MASSTRANSIT_SIP)")
    place.add_argument("--smtp", metavar="HOST:PORT", help="not served yet (MASSTRANSIT_SMTP)")
    place.add_argument(
        "--database", metavar="URL", help="sqlite:///PATH or postgresql://USER@HOST:PORT/NAME (MASSTRANSIT_DATABASE)"
    )
    place.add_argument(
        "--counters", metavar="URL", help="memory://, redis://HOST:PORT, redis+cluster://... (MASSTRANSIT_COUNTERS)"
    )
    return shared


def left_out(options: argparse.Namespace, wanted: Iterable[str]) -> list[str]:
    """Which of the options that an action cannot do without were not given, or are blank."""
    return [name for name in wanted if not str(getattr(options, name) or "").strip()]


def pairs(option: str, given: Iterable[str]) -> dict[str, str]:
    """What an option that is given as NAME=VALUE, again and again, says. Raises `BadInput`."""
    found: dict[str, str] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name or not value:
            raise BadInput(f"{option} {each[:60]}: write it as COLUMN=VALUE")
        if name in found:
            raise BadInput(f"{option} {name} is there twice: leave one out")
        found[name] = value
    return found


def progress(what: str, *, lines: bool = False) -> Callable[[int], None]:
    """Counts on the last line, with how many a second; silent where stderr is no terminal, unless a line each
    is asked for."""
    if lines:
        return lambda done: print(f"{done:,} {what}", file=sys.stderr, flush=True)
    if not sys.stderr.isatty():
        return lambda _: None
    begun = time.monotonic()
    before: list[int] = []  # what was done at the first call, by this run or by one that was killed

    def show(done: int) -> None:
        before[:] = before or [done]
        rate = (done - before[0]) / (time.monotonic() - begun)
        print(f"\r{done:,} {what}, {rate:,.0f}/s ", end="", file=sys.stderr, flush=True)

    return show


def table_progress() -> Callable[[str, int], None]:
    """The same for tables, each with its rows."""
    if not sys.stderr.isatty():
        return lambda _, __: None
    return lambda table, done: print(f"\r{table:<20} {done:>12,} rows", end="", file=sys.stderr, flush=True)
