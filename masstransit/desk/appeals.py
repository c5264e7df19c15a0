"""Appeals, by the command line: which are open, what is said in one, and a person's word on it."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from masstransit import config
from masstransit.carriage.appeals import Case
from masstransit.carriage.statements import unit
from masstransit.commands.parsing import Commands, left_out
from masstransit.desk import answers
from masstransit.model.address import parse


def commands(command: Commands) -> None:
    """Make the command known."""
    made = command("appeals", "Show customers' appeals, the most urgent first; decide one.", _appeals)
    made.add_argument(
        "action",
        choices=("list", "show", "decide"),
        help="list: those that are open; show: what one says, and what it is against; decide: grant it or not",
    )
    made.add_argument("appeal", nargs="?", metavar="AL...", help="to show or decide: the appeal, as list names it")
    made.add_argument("--account", metavar="AC...", help="to list: of one account only")
    either = made.add_mutually_exclusive_group()
    either.add_argument("--uphold", action="store_true", help="to decide: the step or decision stands")
    either.add_argument("--overturn", action="store_true", help="to decide: it was wrong, and is undone")
    made.add_argument("--by", metavar="NAME", help="to decide: who says so; nobody who had a part in it before")
    made.add_argument("--because", "--why", default="", metavar="TEXT", help="to decide: why, as the customer is told")


def _appeals(settings: config.Settings, options: argparse.Namespace) -> int:
    if missing := _missing(options):
        print(f"masstransit: appeals {options.action} needs {missing}", file=sys.stderr)
        return 2
    return {"list": _list, "show": _show, "decide": _decide}[options.action](settings, options)


def _missing(options: argparse.Namespace) -> str:
    """What an action cannot do without; "" where all is told."""
    if options.action == "list":
        return ""
    if left_out(options, ("appeal",)):
        return "the appeal's name: masstransit appeals list shows it"
    if options.action == "show":
        return ""
    missing = [f"--{name}" for name in left_out(options, ("by", "because"))]
    return ", ".join(missing) or ("" if options.uphold or options.overturn else "--uphold or --overturn")


def _list(settings: config.Settings, options: argparse.Namespace) -> int:
    now, rows = asyncio.run(answers.undecided(settings, options.account))
    for row in rows:
        print(f"{row.sid}  against {row.about} of {row.account}: {_due(row, now)}")
    late = sum(1 for row in rows if row.due_at <= now)
    if late:
        print(f"{late:,} of {len(rows):,} open appeals are overdue", file=sys.stderr)
    if not rows:
        print("no appeal is open")
    return 0


def _due(row: Any, now: datetime) -> str:
    due = f"{row.due_at:%Y-%m-%d %H:%M} UTC"
    return f"OVERDUE since {due}" if row.due_at <= now else f"to be decided by {due}"


def _show(settings: config.Settings, options: argparse.Namespace) -> int:
    for line in _told(asyncio.run(answers.case(settings, options.appeal))):
        print(line)
    return 0


def _told(case: Case) -> Iterator[str]:
    row, step = case.appeal, case.step
    yield f"{row.sid}  against {row.about} of {row.account}"
    yield f"  filed     {row.filed_at:%Y-%m-%d %H:%M} UTC by {row.filed_by}"
    yield f"  due       {row.due_at:%Y-%m-%d %H:%M} UTC"
    if row.outcome:
        yield f"  decided   {row.outcome} by {row.decided_by}, {row.decided_at:%Y-%m-%d %H:%M} UTC: {row.because}"
    if step is not None:
        target = parse(step.target).masked if step.scope == "number" else step.target
        yield f"  step      {step.step} of {unit(step.scope, target)} under clause {step.clause}, rule {step.rule}"
        yield f"  found     {step.reason}"
    decision = step.decision if step is not None else row.about
    if decision:
        yield f"  decision  masstransit explain {decision}"
    if case.involved:
        yield f"  not by    {', '.join(case.involved)}: they had a part in it"
    yield f"  says      {_plain(row.text)}"
    for each in row.evidence:
        yield f"  evidence  {_plain(each)}"


def _plain(text: str) -> str:
    """A customer's words in one line, without what a terminal would act on."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _decide(settings: config.Settings, options: argparse.Namespace) -> int:
    done = asyncio.run(
        answers.decide(
            settings,
            options.appeal,
            overturn=options.overturn,
            by=options.by,
            because=options.because.strip(),
        )
    )
    stands = "what it was against is undone" if options.overturn else "what it was against stands"
    print(f"{options.appeal} is decided: {stands}; its customer is told")
    if done.freed:
        print(f"{done.freed:,} messages that waited are let go: the gate looks at each once more", file=sys.stderr)
    for sentence in done.told:
        print(sentence, file=sys.stderr)
    return 0
