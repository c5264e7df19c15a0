"""A person's word that one rule binds nothing of one unit until a date; what it finds meanwhile is on record.

For what is known to be right and looks wrong: a rehearsal that was announced, a rule that is being mended. What carries
out a law or an order, and what a person decided, is never snoozed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from masstransit.carriage.overturning import Word
from masstransit.carriage.standing import ORDERS
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.ledger import Ledger
from masstransit.model.sid import new_sid
from masstransit.storage import snoozes

LONGEST = timedelta(days=90)  # as long as a strike weighs, default: what is right for longer belongs into the terms


def snooze(
    connection: Connection, ledger: Ledger, row: Mapping[str, Any], word: Word, *, until: datetime, binds: str
) -> str:
    """A rule rests for a unit (`account`, `rule`, `scope`, `target`) until then; its name. `binds` says why the rule
    never rests; "": it may.

    Raises `BadInput` for a time that has passed or is too far, and `Conflict` where the rule never rests, or rests for
    this unit already.
    """
    rule = row["rule"]
    if binds or rule.partition(".")[0] == ORDERS:
        raise Conflict(f"rule {rule} is never snoozed: {binds or 'it is about what authorities order'}")
    if not word.at < until <= word.at + LONGEST:
        raise BadInput(f"--until {until:%Y-%m-%d %H:%M} UTC: a time to come, within {LONGEST.days} days")
    unit = (rule, row["scope"], row["target"])
    for each in snoozes.lasting(connection, word.at, [row["account"]]):
        if (each.rule, each.scope, each.target) == unit:
            raise Conflict(f"{each.snooze} is such a snooze already, until {each.until:%Y-%m-%d %H:%M} UTC")
    told = {"since": word.at, "until": until, "by": word.name, "because": word.because[:512]}
    made = {**row, "snooze": new_sid("SZ"), **told, "ended_at": None, "ended_by": None}
    snoozes.add(connection, made)
    ledger.record(connection, row["account"], "snooze", made["snooze"], made, word.at)
    return str(made["snooze"])


def wake(connection: Connection, ledger: Ledger, name: str, word: Word) -> None:
    """End a snooze before its time. Raises `NotFound`, and `Conflict` where it has ended."""
    row = snoozes.find(connection, name)
    if row is None:
        raise NotFound(f"there is no snooze {name} on record: masstransit standing list shows those that last")
    if not snoozes.end(connection, name, word.at, word.name):
        raise Conflict(f"{name} has ended before: nothing is changed")
    kept = {"snooze": name, "by": word.name, "because": word.because}
    ledger.record(connection, row.account, "snooze-ended", name, kept, word.at)
