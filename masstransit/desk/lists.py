"""How old do-not-call lists are, by the command line: what is too old holds advertising, and is told before it is."""

from __future__ import annotations

import argparse
import asyncio
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from masstransit import config
from masstransit.clock import SystemClock
from masstransit.commands.parsing import STATUS, Commands
from masstransit.edition import clauses_of
from masstransit.office.record import surveyed
from masstransit.policy.clause_07_unsolicited_marketing import UnsolicitedMarketing
from masstransit.storage import do_not_call

_SOON = timedelta(days=7)


def commands(command: Commands) -> None:
    """Make the command known."""
    made = command("lists", "Tell which do-not-call lists are in force, and until when each may be relied on.", _lists)
    made.epilog = f"{STATUS} A list that is too old is wrong."


def _lists(settings: config.Settings, options: argparse.Namespace) -> int:
    house, _ = clauses_of(settings)
    clause = next(each for each in house if isinstance(each, UnsolicitedMarketing))
    rows, now = asyncio.run(surveyed(settings, do_not_call.registries_all)), SystemClock().now()
    for row in rows:
        print(told(row, clause.oldest(row.registry), now))
    if not rows:
        print("no do-not-call list is loaded: masstransit import do-not-call FILE --registry NAME --region REGION")
    return 1 if any(now > _until(row, clause.oldest(row.registry)) for row in rows) else 0


def told(row: Row[Any], most_days: int, now: datetime) -> str:
    """A list in a line: its age, and what is to be done about it."""
    until, age = _until(row, most_days), now - row.loaded_at
    if now > until:
        state = "TOO OLD, advertising is held: load it anew"
    elif now > until - _SOON:
        state = f"load it anew before {until:%Y-%m-%d %H:%M} UTC"
    else:
        state = f"fresh until {until:%Y-%m-%d}"
    return f"{row.registry:<16} {row.region:<6} {row.numbers:>13,} numbers  {age.days:>3} days old  {state}"


def _until(row: Row[Any], most_days: int) -> datetime:
    loaded: datetime = row.loaded_at
    return loaded + timedelta(days=most_days)
