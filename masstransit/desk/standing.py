"""Steps of the ladder, by the command line: which stand, and a person's word on one; and rules that are snoozed."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Any

from masstransit import config
from masstransit.carriage.standing import LADDER
from masstransit.carriage.statements import SILENT, unit
from masstransit.commands.parsing import Commands, left_out
from masstransit.desk import steps
from masstransit.model.address import masked
from masstransit.office import papers


def commands(command: Commands) -> None:
    """Make the command known."""
    made = command("standing", "Show the steps that stand against senders; confirm one, or lift it.", _standing)
    made.add_argument(
        "action",
        choices=tuple(_NEEDS),
        help="list: those that stand or wait for a person, and what is snoozed; put: a step of your own; confirm: a "
        "proposed one is right; lift: undo one; snooze: what a rule finds of a unit binds nothing for a while; wake: "
        "end that",
    )
    made.add_argument(
        "step",
        nargs="?",
        metavar="ST...",
        help="the step as list names it; to snooze: a rule, such as 6.8; to wake: SZ...",
    )
    made.add_argument("--account", metavar="AC...", help="to list: of one account only; to put or snooze: whose")
    made.add_argument("--what", choices=LADDER, help="to put: the step")
    made.add_argument(
        "--unit", metavar="SCOPE:TARGET", help="to put or snooze: number:+1..., campaign:QE..., end_user:NAME, account"
    )
    made.add_argument("--until", metavar="DATE", help="to snooze: a date, or a date and time, within 90 days")
    made.add_argument("--clause", metavar="N", help="to put: of the policy")
    made.add_argument(
        "--silent",
        choices=sorted(SILENT),
        default="",
        help="to put: its customer may not be told, because " + "; ".join(f"{k}: {v}" for k, v in SILENT.items()),
    )
    made.add_argument("--by", metavar="NAME", help="who says so")
    made.add_argument("--because", "--why", default="", metavar="TEXT", help="why")


def _standing(settings: config.Settings, options: argparse.Namespace) -> int:
    if missing := _missing(options):
        print(f"masstransit: standing {options.action} needs {missing}", file=sys.stderr)
        return 2
    work = {"list": _list, "put": _put, "confirm": _confirm, "lift": _lift, "snooze": _snooze, "wake": _wake}
    return work[options.action](settings, options)


_NEEDS = {
    "list": (),
    "put": ("account", "what", "unit", "clause", "by", "because"),
    "confirm": ("step", "by"),
    "lift": ("step", "by", "because"),
    "snooze": ("step", "account", "unit", "until", "by", "because"),
    "wake": ("step", "by", "because"),
}


def _missing(options: argparse.Namespace) -> str:
    """What an action cannot do without; "" where all is told."""
    missing = left_out(options, _NEEDS[options.action])
    if "step" in missing:
        named = {
            "snooze": "the rule's number: masstransit rules",
            "wake": "the snooze's name: masstransit standing list",
        }
        return named.get(options.action, "the step's name: masstransit standing list") + " shows it"
    return ", ".join(f"--{name}" for name in missing)


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
    for row in found.steps:
        for line in _told(row):
            print(line)
    for row in found.snoozes:
        unit_ = unit(row.scope, _shown(row))
        print(f"{row.snooze}  rule {row.rule} binds nothing of {unit_} until {row.until:%Y-%m-%d %H:%M} UTC")
        print(f"  account   {row.account}")
        print(f"  said by   {row.by}: {row.because}")
    if not found.steps and not found.snoozes:
        print("nothing stands")
    return 0


def _shown(row: Any) -> str:
    """Which one a step or snooze is about; a number is masked."""
    return masked(row.target) if row.scope == "number" else str(row.target)


def _told(row: Any) -> tuple[str, ...]:
    state = "stands" if row.acts_from is not None else "proposed: a person has to confirm it"
    if row.acts_from is None and row.confirmed_by:
        state = f"proposed, and confirmed by {row.confirmed_by}: one more person has to"
    return (
        f"{row.step_id}  {row.step} of {unit(row.scope, _shown(row))}: {state}",
        f"  account   {row.account}",
        f"  clause    {row.clause}, rule {row.rule}: {row.reason}",
        f"  since     {row.since:%Y-%m-%d %H:%M} UTC, until {row.expires_at:%Y-%m-%d %H:%M} UTC",
        f"  decision  {row.decision or '-'}",
        *((f"  leaves    {row.per_minute:g} calls a minute",) if row.step == "throttle" and row.per_minute else ()),
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


def _snooze(settings: config.Settings, options: argparse.Namespace) -> int:
    name = asyncio.run(
        steps.snooze(
            settings,
            options.account,
            options.step,
            options.unit,
            until=papers.day(options.until),
            by=options.by,
            because=options.because.strip(),
        )
    )
    print(f"on record as {name}: within seconds what rule {options.step} finds of it is recorded and binds nothing")
    return 0


def _wake(settings: config.Settings, options: argparse.Namespace) -> int:
    asyncio.run(steps.wake(settings, options.step, by=options.by, because=options.because.strip()))
    print(f"{options.step} ends within seconds: the rule binds again")
    return 0
