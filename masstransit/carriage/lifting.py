"""A person's word on a step of the ladder: one is put there, what was proposed is confirmed, or a step is lifted.

Each is written with its ledger entry, in one transaction, once. A step that is lifted stops acting and is no strike any
more; messages that waited for it alone are let out, and the gate is asked again before they are carried. Later steps
that climbed on it come down to what they would have been without it, unless a person stands behind them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.carriage.overturning import Word, let_out
from masstransit.carriage.standing import LADDER, LASTS, ORDERS, PEOPLE, put, step_for, steps_before
from masstransit.carriage.statements import LIFTED, of_step
from masstransit.errors import Conflict, NotFound
from masstransit.ledger import Ledger
from masstransit.model.decision import Decision, Finding, Mode, Verdict
from masstransit.model.sid import new_sid
from masstransit.storage import consents, decisions, reports, standing

SCOPES = ("number", "campaign", "end_user", "account")  #: what a step may be against
BLOCKS = "B7"  #: the rule by which messages wait for a step
_REMEDY = "mend what it is for, and tell the operator"


def standing_like(connection: Connection, clause: str, row: Mapping[str, Any], at: datetime) -> Row[Any] | None:
    """The step of a clause that stands, or waits for a person, against a unit as `place` is told of it."""
    of = (row["account"], row["scope"], row["target"])
    placed = standing.against(connection, *of, at - max(LASTS.values()))
    same = (each for each in placed if each.step == row["step"] and each.clause == clause and each.expires_at > at)
    return next(same, None)


def place(connection: Connection, ledger: Ledger, clause: str, row: Mapping[str, Any], word: Word) -> tuple[str, int]:
    """A person's own step against a unit (`account`, `scope`, `target`, `step`), for what they found proven; `silent`
    where its customer may not be told. The step, and how many more people have to confirm it before it acts.

    Raises `Conflict` where such a step stands, or waits for a person, already.
    """
    what = row["step"]
    if (same := standing_like(connection, clause, row, word.at)) is not None:
        raise Conflict(f"{same.step_id} is such a step already: {same.reason}")
    missing = max(0, PEOPLE.get(clause, 1) - 1) if what == "suspend" else 0
    made = {
        **row,
        "step_id": new_sid("ST"),
        "clause": clause,
        "rule": clause,
        "reason": word.because[:256],
        "remedy": _REMEDY,
        "silent": row.get("silent") or _sealed(connection, row["account"], clause, word),
        "decision": None,
        "since": word.at,
        "acts_from": None if missing else word.at,
        "confirmed_by": word.name,
        "expires_at": word.at + LASTS[what],
    }
    put(connection, ledger, made)
    return made["step_id"], missing


def _sealed(connection: Connection, account: str, clause: str, word: Word) -> str:
    """Why nobody may be told of a step under an authority's order, where one that is in force is sealed."""
    if clause != ORDERS:
        return ""
    orders = reports.standing_orders(connection, {account, consents.root_of(connection, account)}, word.at)
    return "gag" if any(order.gag for order in orders) else ""


def confirm(connection: Connection, ledger: Ledger, step: str, word: Word) -> int:
    """Say that a proposed step is right. Returns how many more people have to: with 0 it acts from now on.

    Raises `NotFound`, and `Conflict` where it acts already, was lifted or has lapsed, and where the same person said so
    before.
    """
    row = _found(connection, step)
    if row.undone_at is not None:
        raise Conflict(f"{step} was lifted by {row.undone_by}")
    if row.acts_from is not None:
        raise Conflict(f"{step} acts already: nobody has to confirm it")
    if row.expires_at <= word.at:
        raise Conflict(f"{step} was proposed too long ago, and has lapsed")
    said = row.confirmed_by.split(", ") if row.confirmed_by else []
    name = word.name
    if word.is_among(said):
        raise Conflict(f"{name} has confirmed {step} before: somebody else has to look at it too")
    missing = PEOPLE.get(row.clause, 1) - len(said) - 1
    acts = {} if missing > 0 else {"acts_from": word.at, "expires_at": word.at + LASTS[row.step]}
    if not standing.confirm(connection, step, ", ".join([*said, name]), row.confirmed_by, **acts):
        raise Conflict(f"somebody else has just said something of {step}: look at it again")
    kept = {"step": step, "by": name, "because": word.because, "acts": not missing}
    ledger.record(connection, row.account, "standing-confirmed", step, kept, word.at)
    if not missing:
        of_step(connection, ledger, row._asdict() | acts, row.step, word.at)
    return max(0, missing)


def lift(connection: Connection, ledger: Ledger, step: str, word: Word) -> int:
    """Undo a step. Returns how many messages that waited for it alone are let out.

    Raises `NotFound`, and `Conflict` where it was lifted before: nothing is changed then.
    """
    row = _found(connection, step)
    if not standing.undo(connection, step, word.at, word.by, word.because):
        raise Conflict(f"{step} was lifted before, by {row.undone_by}: nothing is changed")
    kept = {"step": step, "by": word.by, "because": word.because}
    ledger.record(connection, row.account, "standing-lifted", step, kept, word.at)
    of_step(connection, ledger, row._asdict(), LIFTED, word.at, why=word.because)
    _come_down(connection, ledger, row, word)
    if row.step != "block":
        return 0
    waiting = [key for key in standing.held_by(connection, row.account, BLOCKS) if _waits_for(connection, *key, step)]
    for account, sid in waiting:
        let_out(connection, ledger, account, sid, word)
    return len(waiting)


def _come_down(connection: Connection, ledger: Ledger, lifted: Row[Any], word: Word) -> None:
    """What climbed on a strike that is gone; the oldest first, because each weighs on the next."""
    unit = (lifted.account, lifted.scope, lifted.target)
    for row in standing.against(connection, *unit, lifted.since):
        finding = _finding_of(connection, row)
        if finding is None or row.confirmed_by or row.since == lifted.since:
            continue
        earlier = [each for each in steps_before(connection, *unit, row.since) if each.step_id != row.step_id]
        what, _ = step_for(finding, earlier, row.since)
        if LADDER.index(what) >= LADDER.index(row.step):
            continue
        because = f"it climbed on {lifted.step_id}, which was lifted"
        standing.undo(connection, row.step_id, word.at, word.by, because)
        kept = {"step": row.step_id, "by": word.by, "because": because}
        ledger.record(connection, row.account, "standing-lifted", row.step_id, kept, word.at)
        if row.expires_at > word.at:
            of_step(connection, ledger, row._asdict(), LIFTED, word.at, why=because)
        milder = {"step_id": new_sid("ST"), "step": what, "acts_from": row.since, "expires_at": row.since + LASTS[what]}
        nothing = {"undone_at": None, "undone_by": None, "undone_because": None}
        put(connection, ledger, row._asdict() | milder | nothing, at=word.at)


def _finding_of(connection: Connection, step: Row[Any]) -> Finding | None:
    """What a step was made for; None where a person made it, or the decision is gone."""
    key = (step.account, step.decision or "")
    decision = decisions.by_ids(connection, [key]).get(key)
    found = decision.findings if decision is not None else ()
    return next((each for each in found if each.rule == step.rule), None)


def _found(connection: Connection, step: str) -> Row[Any]:
    row = standing.find(connection, step)
    if row is None:
        raise NotFound(f"there is no step {step} on record: masstransit standing list shows those that stand")
    return row


def _waits_for(connection: Connection, account: str, sid: str, step: str) -> bool:
    """Whether a held message waits for this step alone."""
    held = decisions.last_hold(connection, account, sid)
    return held is not None and _held_for(held) == {step}


def _held_for(decision: Decision) -> set[str]:
    """The steps, or else the rules, that hold a message."""
    holding = (f for f in decision.findings if f.mode is Mode.ENFORCED and f.verdict is Verdict.HOLD)
    return {str(f.evidence.get("step", f.rule)) if f.rule == BLOCKS else f.rule for f in holding}
