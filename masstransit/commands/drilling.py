"""Rehearsing abuse, and the lawful traffic that looks like it."""

from __future__ import annotations

import argparse
import secrets
import sys
from typing import Any

import msgspec

from masstransit import config
from masstransit.commands.parsing import Commands
from masstransit.drills.drill import chosen
from masstransit.drills.reckoning import Result
from masstransit.drills.rehearsal import rehearse
from masstransit.drills.report import as_json, as_told, listed, table
from masstransit.errors import BadInput

_DRILL = """\
Play abuse, and the lawful traffic that looks like it, through the whole house on a simulated clock, and say what
leaked before each attack was stopped, how soon that was, by which rule, and which lawful messages were hindered.

The policy is yours ([policy] of the settings); nothing else of yours is touched: each drill has a database of its own
in a temporary folder, and its phones are virtual. The seed draws people, words and times; it is printed, and --seed
repeats a run exactly."""


def commands(command: Commands) -> None:
    """Make these commands known."""
    drill = command(
        "drill",
        "Rehearse abuse and lawful look-alikes: what leaks, how soon it is stopped, who is hindered.",
        _drill,
        "Exit status: 0 every drill is ok, 1 some are not, 2 usage.",
    )
    drill.description = _DRILL
    drill.add_argument("name", nargs="?", default="all", metavar="NAME", help="a drill, a clause's number, or all")
    drill.add_argument("--seed", type=int, metavar="N", help="repeat the run of this seed; else one is drawn")
    drill.add_argument("--json", action="store_true", help="a JSON array, an object a drill")
    drill.add_argument(
        "--list",
        action="store_true",
        help="name the drills, with a sentence each, and play none; with --json as an array",
    )


def _drill(settings: config.Settings, options: argparse.Namespace) -> int:
    try:
        picked = chosen(options.name)
    except BadInput as unknown:
        print(f"masstransit: {unknown}", file=sys.stderr)
        return 2
    if options.list:
        print(_json([as_told(drill) for drill in picked]) if options.json else "\n".join(listed(picked)))
        return 0
    seed = secrets.randbelow(2**31) if options.seed is None else options.seed
    print(f"{len(picked)} drills, seed {seed}", file=sys.stderr)
    done = 0

    def told(result: Result, took: float) -> None:
        nonlocal done
        done += 1
        verdict = "ok" if result.ok else "NOT OK"
        print(f"{done:>4} {result.drill.name:<40} {took:5.1f} s  {verdict}", file=sys.stderr)

    results = rehearse(picked, seed, settings, told)
    if options.json:
        print(_json([as_json(result) for result in results]))
    else:
        print("\n".join(table(results, seed)))
    return 0 if all(result.ok for result in results) else 1


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value)).decode()
