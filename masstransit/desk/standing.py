"""Steps of the ladder, by the command line: which stand, and a person's word on one."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Any

from masstransit import config
from masstransit.carriage.standing import LADDER
from masstransit.carriage.statements import SILENT, unit
from masstransit.commands.parsing import Commands
from masstransit.desk import steps
from masstransit.model.address import parse


def commands(command: Commands) -> None:
    """Make the command known."""
    made = command("standing", "Show the steps that stand against senders; confirm one, or lift it.", _standing)
    made.add_argument(
        "action",
        choices=("list", "put", "confirm", "lift"),
        help="list: those that stand or wait for a person; put: a step of your own; confirm: a proposed one is right; "
        "lift: undo one",
    )
    made.add_argument("step", nargs="?", metavar="ST...", help="to confirm or lift: the step, as list names it")
    made.add_argument("--account", metavar="AC...", help="to list: of one account only; to put: whose")
    made.add_argument("--what", choices=LADDER, help="to put: the step")
    made.add_argument(
        "--unit", metavar="SCOPE:TARGET", help="to put: number:+1..., campaign:QE..., end_user:NAME, account"
    )
    made.add_argument("--clause", metavar="N", help="to put: of the policy")
    made.add_argument(
        "--silent",
        choices=sorted(SILENT),
        default="",
        help="to put: its customer may not be told, because " + "; ".join(f"{k}: {v}" for k, v in SILENT.items()),
    )
    made.add_argument("--by", metavar="NAME", help="to put, confirm or lift: who says so")
    made.add_argument("--because", default="", metavar="TEXT", help="to put or lift: why")


def _standing(settings: config.Settings, options: argparse.Namespace) -> int:
    if missing := _missing(options):
        print(f"masstransit: standing {options.action} needs {missing}", file=sys.stderr)
        return 2
    return {"list": _list, "put": _put, "confirm": _confirm, "lift": _lift}[options.action](settings, options)


_NEEDS = {
    "list": (),
    "put": ("account", "what", "unit", "clause", "by", "because"),
    "confirm": ("step", "by"),
    "lift": ("step", "by", "because"),
}


def _missing(options: argparse.Namespace) -> str:
    """What an action cannot do without; "" where all is told."""
    left_out = [name for name in _NEEDS[options.action] if not (getattr(options, name) or "").strip()]
    if "step" in left_out:
        return "the step's name: masstransit standing list shows it"
    return ", ".join(f"--{name}" for name in left_out)


def _put(settings: config.Settings, options: argparse.Namespace) -> int:
    name, missing = asyncio.run(
        steps.place(
            settings,
            options.account,
            options.what,
            options.unit,
            clause=options.clause,
            by=options.by,
            because=options.because.strip(),
            silent=options.silent,
        )
    )
    if missing:
        print(f"on record as {name}; it acts when somebody else confirms it")
    else:
        told = "its customer is not told" if options.silent else "its customer is told"
        print(f"on record as {name}; it acts within a second, and {told}")
    return 0


def _list(settings: config.Settings, options: argparse.Namespace) -> int:
    found = asyncio.run(steps.listed(settings, options.account))
    for row in found:
        for line in _told(row):
            print(line)
    if not found:
        print("nothing stands")
    return 0


def _told(row: Any) -> tuple[str, ...]:
    target = parse(row.target).masked if row.scope == "number" else row.target
    state = "stands" if row.acts_from is not None else "proposed: a person has to confirm it"
    if row.acts_from is None and row.confirmed_by:
        state = f"proposed, and confirmed by {row.confirmed_by}: one more person has to"
    return (
        f"{row.step_id}  {row.step} of {unit(row.scope, target)}: {state}",
        f"  account   {row.account}",
        f"  clause    {row.clause}, rule {row.rule}: {row.reason}",
        f"  since     {row.since:%Y-%m-%d %H:%M} UTC, until {row.expires_at:%Y-%m-%d %H:%M} UTC",
        f"  decision  {row.decision or '-'}",
        *((f"  told      nobody of the customer's: {SILENT[row.silent]}",) if row.silent else ()),
    )


def _confirm(settings: config.Settings, options: argparse.Namespace) -> int:
    missing = asyncio.run(steps.confirm(settings, options.step, by=options.by, because=options.because))
    if missing:
        print(f"on record: {options.step} acts when {missing} more of you, by another name, confirms it")
    else:
        print(f"{options.step} acts within a second, and its customer is told where the law allows it")
    return 0


def _lift(settings: config.Settings, options: argparse.Namespace) -> int:
    freed = asyncio.run(steps.lift(settings, options.step, by=options.by, because=options.because))
    print(f"{options.step} is lifted within a second, and is no strike any more")
    if freed:
        print(f"{freed:,} messages that waited for it are let go: the gate looks at each once more", file=sys.stderr)
    return 0
