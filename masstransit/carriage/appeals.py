"""Appeals (rulebook 0.4): a customer's word against a step, or against a decision that held or refused something.

Each is acknowledged at once, with the day by which it is decided; a person decides it who has not decided of the same
before. One that is granted undoes what it is against by the ways that there are (`lifting`, `overturning`), once. Every
word is written with its ledger entry and what the customer is told of it, in one transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage import lifting, overturning, statements
from masstransit.carriage.overturning import Word
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.ledger import Ledger
from masstransit.model.decision import Decision, Finding
from masstransit.model.sid import new_sid
from masstransit.storage import alerts, appeals, decisions, overturns, queue, standing, verdicts

log = logging.getLogger("masstransit.appeals")

UPHELD, OVERTURNED = "upheld", "overturned"  #: what an appeal is against stands, or is undone
LONGEST = 8000  #: characters of a text
MOST_EVIDENCE, LONGEST_EVIDENCE = 10, 2048  #: pieces of evidence, each as long as a URL may be


class Filed(msgspec.Struct, frozen=True, kw_only=True):
    """An appeal as its customer files it."""

    account: str
    about: str  #: ST... | DE...
    text: str
    evidence: tuple[str, ...] = ()  #: what it points to, in words or by links; nothing of it is fetched
    by: str  #: AC... | SK... | US...
    at: datetime


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """An appeal as whoever decides it has to see it."""

    appeal: Row[Any]
    step: Row[Any] | None  #: that it is against; None: it is against a decision
    involved: tuple[str, ...]  #: who may not decide it


def case(connection: Connection, sid: str) -> Case:
    """One appeal. Raises `NotFound`."""
    row = appeals.locate(connection, sid)
    if row is None:
        raise NotFound(f"there is no appeal {sid}: masstransit appeals list shows those that are open")
    step = standing.find(connection, row.about, row.account)
    return Case(appeal=row, step=step, involved=tuple(involved(connection, row)))


def file(connection: Connection, ledger: Ledger, filed: Filed, due: datetime) -> dict[str, Any]:
    """Put an appeal on record, to be decided by `due`; its row. One against a decision that rests on a step of the same
    account is one against that step.

    Raises `NotFound` for what is not the account's (or nobody may be told of), `BadInput` for what stopped nothing, and
    `Conflict` where it is too late, undone already, or appealed against.
    """
    against = _against(connection, filed.account, filed.about)
    if against["undone"]:
        raise Conflict(f"{against['name']} is undone already: there is nothing left to appeal against")
    within = statements.APPEAL_WITHIN
    if filed.at > against["told_at"] + within:
        raise Conflict(f"{against['name']} is older than {within.days} days: it can't be appealed against any more")
    row = {
        "account": filed.account,
        "sid": new_sid("AL"),
        "about": against["name"],
        "text": filed.text,
        "evidence": list(filed.evidence),
        "filed_by": filed.by,
        "filed_at": filed.at,
        "due_at": due,
        "outcome": None,
        "decided_by": None,
        "because": None,
        "decided_at": None,
    }
    if not appeals.add(connection, row):
        (opened,) = (each for each in appeals.against(connection, filed.account, row["about"]) if each.outcome is None)
        raise Conflict(f"{opened.sid} against {opened.about} is open: it is decided by {opened.due_at:%Y-%m-%d}")
    ledger.record(connection, filed.account, "appeal", row["sid"], row, filed.at)
    statements.of_appeal(connection, ledger, row, against, statements.RECEIVED)
    return row


def decide(connection: Connection, ledger: Ledger, sid: str, word: Word, *, overturn: bool) -> int:
    """A person's word on an appeal: what it is against is undone, or stands. How many messages are let out by that.

    Raises `NotFound`, and `Conflict` where it was decided before (nothing is changed then), and where this person had
    decided of the same before.
    """
    row = case(connection, sid).appeal
    if row.outcome is not None:
        raise Conflict(f"{sid} was {row.outcome} before, by {row.decided_by}: nothing is changed")
    if word.is_among(involved(connection, row)):
        raise Conflict(f"{word.name} had a part in {row.about}: somebody else has to decide the appeal against it")
    told = {
        "outcome": OVERTURNED if overturn else UPHELD,
        "decided_by": word.name,
        "because": word.because[:512],
        "decided_at": word.at,
    }
    if not appeals.decide(connection, row.account, sid, told):
        raise Conflict(f"somebody else has just decided {sid}: nothing is changed")
    ledger.record(connection, row.account, "appeal-decided", sid, told, word.at)
    against = _against(connection, row.account, row.about)
    freed = _undo(connection, ledger, row, word) if overturn and not against["undone"] else 0
    what = statements.OVERTURNED if overturn else statements.UPHELD
    statements.of_appeal(connection, ledger, row._asdict() | told, against, what)
    return freed


def remind(connection: Connection, now: datetime) -> int:
    """Alert the operator of appeals that nobody decided in time, once each. How many."""
    late = [row for row in appeals.undecided(connection) if row.due_at <= now]
    new = [row for row in late if not alerts.warned_operator(connection, row.sid, row.filed_at)]
    for row in new:
        told = f"the appeal {row.sid} against {row.about} was to be decided by {row.due_at:%Y-%m-%d %H:%M} UTC"
        alerts.warn_operator(connection, row.sid, f"{told}: masstransit appeals list shows it", now)
        log.warning("%s", told)
    return len(new)


def involved(connection: Connection, appeal: Row[Any]) -> Sequence[str]:
    """Who may not decide an appeal: who put or confirmed the step, let the message go, or decided of it before."""
    return list(dict.fromkeys(_involved(connection, appeal)))


def _involved(connection: Connection, appeal: Row[Any]) -> Iterator[str]:
    step = standing.find(connection, appeal.about, appeal.account)
    if step is not None and step.confirmed_by:
        yield from step.confirmed_by.split(", ")
    decision = decisions.by_ids(connection, [(appeal.account, appeal.about)]).get((appeal.account, appeal.about))
    if decision is not None and (looked := queue.looked_at(connection, appeal.account, decision.subject)):
        yield looked
    for earlier in appeals.against(connection, appeal.account, appeal.about):
        if earlier.decided_by:
            yield earlier.decided_by


def _undo(connection: Connection, ledger: Ledger, appeal: Row[Any], word: Word) -> int:
    if appeal.about.startswith("ST"):
        return lifting.lift(connection, ledger, appeal.about, word)
    decision = decisions.by_ids(connection, [(appeal.account, appeal.about)])[appeal.account, appeal.about]
    if not queue.is_held(connection, appeal.account, decision.subject):
        overturning.overturn(connection, ledger, decision, word)
        return 0
    overturning.release(connection, ledger, appeal.account, decision.subject, word)
    return 1


def _against(connection: Connection, account: str, about: str) -> dict[str, Any]:
    """What an appeal is against, in a step's words; its `name`, when it was `told_at`, and whether it is `undone`."""
    if step := _told_step(connection, account, about):
        return _of_step(step)
    kept = verdicts.decision(connection, account, about) if about.startswith("DE") else None
    if kept is None:
        raise NotFound(f"there is neither a step nor a decision {about[:40]} of this account")
    decision = decisions.read(kept)
    finding = decision.deciding
    if decision.stopped_by is None or finding is None:
        raise BadInput(f"{about} is {decision.verdict.name}: it neither held nor refused anything")
    if step := _told_step(connection, account, str(finding.evidence.get("step", ""))):
        return _of_step(step)
    return _of_decision(decision, finding) | {"undone": bool(overturns.of_decisions(connection, [(account, about)]))}


def _told_step(connection: Connection, account: str, name: str) -> Row[Any] | None:
    """A step of this account that it may know of."""
    step = standing.find(connection, name, account) if name.startswith("ST") else None
    return step if step is not None and not step.silent else None


def _of_step(step: Row[Any]) -> dict[str, Any]:
    told_at = step.acts_from or step.since
    return {**step._asdict(), "name": step.step_id, "told_at": told_at, "undone": step.undone_at is not None}


def _of_decision(decision: Decision, finding: Finding) -> dict[str, Any]:
    found = {"clause": finding.clause, "rule": finding.rule, "reason": finding.reason, "decision": decision.id}
    named = {"step_id": None, "scope": "message", "target": decision.subject}
    return {**found, **named, "name": decision.id, "told_at": decision.at}
