"""Cases, by the command line: what is due next, one case whole, and every act in one."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from masstransit import config
from masstransit.carriage.cases import deadlines
from masstransit.carriage.cases.acts import ACTS, OPENS
from masstransit.carriage.cases.docket import Whole
from masstransit.carriage.statements import SILENT, unit
from masstransit.commands.parsing import Commands, left_out
from masstransit.desk import docket
from masstransit.desk.sending import Sent
from masstransit.errors import BadInput
from masstransit.model.address import parse
from masstransit.model.case import KINDS, NEVER

_TAKEN = 200  # cases of one list
_ABOUT = """\
Work the cases of the desk: notices of rights, requests of authorities, tracebacks, reports ... each with its deadlines.

  masstransit cases list                                          what is due next, the overdue first
  masstransit cases kinds                                         what can be opened and done, and with which words
  masstransit cases open traceback requester=ITG reference=7/26 sender=+14155550100 at=2026-11-26T08:30 --by Ada
  masstransit cases do CS... answer "known_by=their portal" --out record.csv --by Ada
  masstransit cases show CS...
  masstransit cases note CS... --by Ada --because "they asked for two days more"
  masstransit cases close CS... nothing-found --by Ada --because "no such number is ours"
"""


def commands(command: Commands) -> None:
    """Make the command known."""
    made = command("cases", "Show the desk's cases, what is due first; open, work and close them.", _cases)
    made.description = _ABOUT
    made.add_argument("action", choices=tuple(_WORK), help="see above")
    made.add_argument("what", nargs="?", metavar="CASE|KIND", help="the case (CS...); to open: of which kind")
    made.add_argument("told", nargs="*", metavar="ACT|OUTCOME|NAME=VALUE", help="which act, which outcome, and what")
    made.add_argument("--account", metavar="AC...", help="to list: of one account only")
    made.add_argument("--kind", choices=sorted(KINDS), help="to list: of one kind only")
    made.add_argument("--out", metavar="FILE", help="to do: where to what is sent goes; .csv or .json, not there yet")
    made.add_argument("--by", metavar="NAME", help="who says so")
    made.add_argument("--because", "--why", default="", metavar="TEXT", help="why, as the record keeps it")


def _cases(settings: config.Settings, options: argparse.Namespace) -> int:
    missing = [f"--{name}" for name in left_out(options, ("by",))] if options.action in _SAID else []
    if options.action not in {"list", "kinds"} and not options.what:
        missing.append("the case's name: masstransit cases list shows it" if options.action != "open" else "a kind")
    if options.action in {"do", "close"} and not options.told:
        missing.append("an act" if options.action == "do" else "an outcome")
    if missing:
        print(f"masstransit: cases {options.action} needs {', '.join(missing)}", file=sys.stderr)
        return 2
    return _WORK[options.action](settings, options)


def _list(settings: config.Settings, options: argparse.Namespace) -> int:
    now, found = asyncio.run(docket.listed(settings, options.account, options.kind, at_most=_TAKEN))
    for row in found.rows:
        print(f"{row.sid}  {KINDS[row.kind].title}{f' of {row.account}' if row.account else ''}: {_due(row, now)}")
        print(f"  {_plain(row.about)}")
    late = sum(1 for row in found.rows if row.due_at < now)
    if late:
        print(f"{late:,} of {len(found.rows):,} cases are overdue", file=sys.stderr)
    if found.behind:
        print(f"more are open than these {_TAKEN}: --kind and --account show fewer", file=sys.stderr)
    if not found.rows:
        print("no case is open")
    return 0


def _due(row: Any, now: datetime) -> str:
    if row.due_at == NEVER:
        return "nothing is due"
    by, says = f"{row.due_at:%Y-%m-%d %H:%M} UTC", deadlines.says(row.kind, row.due)
    return f"OVERDUE since {by}: {says}" if row.due_at < now else f"by {by}: {says}"


def _kinds(settings: config.Settings, options: argparse.Namespace) -> int:
    del settings, options
    for name, opens in sorted(OPENS.items()):
        kind = KINDS[name]
        print(f"{name}  {kind.title}, clause {kind.clause}")
        print(f"  open      {_fields(opens.reads)}")
        for act, does in ACTS.get(name, {}).items():
            print(f"  {act:<9} {does.says}: {_fields(does.reads) or 'nothing more'}")
        for each in kind.deadlines:
            least = f", not before {each.least}" if each.least else ""
            print(f"  deadline  {each.name}: {each.says}, {each.count} {each.unit}{least} ({each.source})")
        print(f"  close     {', '.join(kind.outcomes)}")
    return 0


def _fields(struct: type[msgspec.Struct]) -> str:
    """What has to be told, and in brackets what may be."""
    return " ".join(
        f"{field.name}=" if field.required else f"[{field.name}=]" for field in msgspec.structs.fields(struct)
    )


def _show(settings: config.Settings, options: argparse.Namespace) -> int:
    for line in _told(asyncio.run(docket.whole(settings, options.what))):
        print(line)
    return 0


def _told(found: Whole) -> Iterator[str]:
    case = found.case
    yield f"{case.sid}  {KINDS[case.kind].title}{f' of {case.account}' if case.account else ''}"
    yield f"  about     {_plain(case.about)}"
    if case.requester:
        yield f"  from      {_plain(case.requester)}{f', reference {_plain(case.reference)}' if case.reference else ''}"
    if case.scope:
        yield f"  unit      {unit(case.scope, _masked(case.scope, case.target))}"
    yield f"  opened    {case.opened_at:%Y-%m-%d %H:%M} UTC by {case.opened_by}"
    for each in found.running:
        after = f", not before {each.not_before:%Y-%m-%d %H:%M} UTC" if each.not_before else ""
        state = f"done {each.met:%Y-%m-%d %H:%M} UTC" if each.met else f"by {each.due:%Y-%m-%d %H:%M} UTC{after}"
        yield f"  {each.name:<9} {state}: {deadlines.says(case.kind, each.name)}"
    if case.silent:
        yield f"  told      nobody of the customer's: {SILENT[case.silent]}"
    if case.holds:
        yield f"  holds     nothing of the account is erased{_until(case.holds_until)}"
    for entry in found.history:
        said = f": {_plain(entry.said)}" if entry.said else ""
        yield f"  {entry.at:%Y-%m-%d %H:%M} UTC  {entry.what} by {entry.by}{said}"
    if case.closed_at is not None:
        yield f"  closed    {case.outcome}"


def _until(at: datetime | None) -> str:
    return f" until {at:%Y-%m-%d %H:%M} UTC" if at is not None else ""


def _masked(scope: str, target: str) -> str:
    return parse(target).masked if scope == "number" else target


def _plain(text: str) -> str:
    """Somebody's words in one line, without what a terminal would act on."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _open(settings: config.Settings, options: argparse.Namespace) -> int:
    told = _pairs(options.told)
    sid = asyncio.run(docket.opened(settings, options.what, told, by=options.by, because=options.because.strip()))
    print(f"on record as {sid}")
    return _list_one(settings, sid)


def _list_one(settings: config.Settings, sid: str) -> int:
    found = asyncio.run(docket.whole(settings, sid))
    if found.case.closed_at is not None:
        print(f"it is closed: {found.case.outcome}")
    elif found.case.due:
        print(f"by {found.case.due_at:%Y-%m-%d %H:%M} UTC: {deadlines.says(found.case.kind, found.case.due)}")
    return 0


def _do(settings: config.Settings, options: argparse.Namespace) -> int:
    name, *pairs = options.told
    does = asyncio.run(docket.act_of(settings, options.what, name))
    if does.sends and not options.out:
        print(f"masstransit: cases do {name} needs --out: a file for what is sent", file=sys.stderr)
        return 2
    out = Sent(Path(options.out)) if does.sends else None
    made = asyncio.run(
        docket.done(
            settings, options.what, name, _pairs(pairs), by=options.by, because=options.because.strip(),
            before=out.take if out is not None else None,
        )
    )  # fmt: skip
    if out is not None:
        print(f"written to {options.out}")
    else:
        for told, value in made.items():
            print(f"{told.replace('_', ' ')}: {', '.join(map(str, value)) if isinstance(value, list) else value}")
    return _list_one(settings, options.what)


def _note(settings: config.Settings, options: argparse.Namespace) -> int:
    asyncio.run(docket.noted(settings, options.what, by=options.by, because=options.because.strip()))
    print("on record")
    return 0


def _close(settings: config.Settings, options: argparse.Namespace) -> int:
    outcome, because = options.told[0], options.because.strip()
    asyncio.run(docket.closed(settings, options.what, outcome, by=options.by, because=because))
    print(f"{options.what} is closed: {outcome}")
    return 0


def _pairs(told: Sequence[str]) -> dict[str, str]:
    """NAME=VALUE, each. Raises `BadInput`."""
    pairs = [each.partition("=") for each in told]
    if wrong := next((name for name, equals, _ in pairs if not equals), None):
        raise BadInput(f"'{wrong[:40]}': write it as NAME=VALUE; masstransit cases kinds shows which there are")
    return {name.strip(): value for name, _, value in pairs}


_WORK = {
    "list": _list, "kinds": _kinds, "show": _show, "open": _open, "do": _do, "note": _note, "close": _close,
}  # fmt: skip
_SAID = frozenset({"open", "do", "note", "close"})
