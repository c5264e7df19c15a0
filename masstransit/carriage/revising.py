"""The policy's revisions on record: which figures and modes were in force from when on, and what became another.

A revision is a hash of every figure and mode, and every decision bears it. Here it is kept with what it stands for,
each time that another comes into force: with the settings of a start, or because a rule stepped down or was put back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec
from sqlalchemy import Connection

from masstransit.clause import Clause
from masstransit.ledger import Ledger
from masstransit.storage import revisions


class InForce(Protocol):
    """A policy and its revision: the gate's."""

    @property
    def policy(self) -> tuple[Clause, ...]: ...

    @property
    def revision(self) -> str: ...


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What is another in one revision than in another: a figure, or a clause's `mode` or `shadow`."""

    clause: str
    name: str
    before: str  #: as it is shown; "": it was not there
    after: str


def note(connection: Connection, ledger: Ledger, in_force: InForce, now: datetime) -> bool:
    """Keep the policy in force, where it is another than the last on record. Whether it was."""
    found = revisions.last(connection)
    if found is not None and found.revision == in_force.revision:
        return False
    told = shown(in_force.policy)
    revisions.add(connection, revision=in_force.revision, since=now, process=ledger.chain, told=told)
    ledger.record(connection, "", "revision", in_force.revision, {"revision": in_force.revision, "told": told}, now)
    return True


def shown(clauses: Sequence[Clause]) -> dict[str, dict[str, str]]:
    """Clause -> its figures, mode and rules in shadow, as people read them."""
    return {
        clause.number: {
            "mode": clause.mode.value,
            "shadow": ", ".join(sorted(clause.shadow)) or "none",
            **{figure.name: figure.shown for figure in clause.figures()},
        }
        for clause in clauses
    }


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    """What is another, in the order of the later one."""
    for clause in {**after, **before}:
        was, now = before.get(clause, {}), after.get(clause, {})
        for name in {**now, **was}:
            if was.get(name) != now.get(name):
                yield Difference(clause=clause, name=name, before=was.get(name, ""), after=now.get(name, ""))


def since(rows: Sequence[Any], clause: str, name: str) -> datetime | None:
    """Since when a figure is what it is in the newest of some revisions, which come newest first. None: for longer
    than those go back, or there are none."""
    if not rows:
        return None
    now, came = _value(rows[0], clause, name), rows[0].since
    for row in rows[1:]:
        if _value(row, clause, name) != now:
            return came  # type: ignore[no-any-return]
        came = row.since
    return None


def _value(row: Any, clause: str, name: str) -> Any:
    return row.told.get(clause, {}).get(name)
