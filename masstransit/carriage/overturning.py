"""A person's word against a decision: what was held is let go, or what was refused was refused wrongly.

Each is an overturn on record, by which the rule that had stopped the message is measured (`budget`), and an entry in
the ledger. A hold that nobody looked at in time is none: nobody said that it was wrong. Nor is the end of an
authority's order: what it stopped was stopped rightly as long as it stood.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.errors import Conflict, NotFound
from masstransit.ledger import Ledger
from masstransit.model.decision import Decision, Verdict
from masstransit.storage import communications, decisions, overturns, queue


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """Who says so, when and why."""

    by: str  #: a person's name, as the operator knows them
    because: str = ""
    at: datetime

    @property
    def name(self) -> str:
        """Who, as it is kept beside others' names."""
        return self.by.strip().replace(",", " ")[:100]

    def is_among(self, names: Iterable[str]) -> bool:
        """Whether one of these people says it, however the name is spelt."""
        return self.name.casefold() in {name.casefold() for name in names}


def release(connection: Connection, ledger: Ledger, account: str, sid: str, word: Word) -> Row[Any]:
    """Let a held message go: it was held wrongly. Its row, as it was. Raises `NotFound` where it is not held."""
    row = let_out(connection, ledger, account, sid, word)
    held = decisions.last_hold(connection, account, sid)
    if held is not None:
        overturns.add(connection, _row(held, overturns.RELEASED, word))
    return row


def let_out(connection: Connection, ledger: Ledger, account: str, sid: str, word: Word) -> Row[Any]:
    """A held message is queued, and the gate is asked again before it is carried. Its row, as it was.

    Raises `NotFound` where it is not held.
    """
    row = communications.find(connection, account, sid)
    if row is None or not queue.end_hold(connection, account, sid, "released", word.by):
        raise NotFound(f"{sid} is not held")
    asked = decisions.last_attempt(connection, account, sid)
    again = {"account": account, "sid": sid, "ready_at": word.at, "decided_at": queue.NEVER, "attempts": asked}
    queue.add(connection, [again])
    communications.mark(connection, [communications.change(account, sid, "queued", word.at)])
    ledger.record(connection, account, "release", sid, {"sid": sid, "by": word.by, "because": word.because}, word.at)
    return row


def overturn(connection: Connection, ledger: Ledger, decision: Decision, word: Word) -> None:
    """Say that a message was stopped wrongly. It is not sent by that: its sender may offer it again.

    Raises `Conflict` where the decision stopped nothing, where the message is still held, and where it was said before.
    """
    if decision.stopped_by is None:
        raise Conflict(f"{decision.id} is {decision.verdict.name}: it neither held nor refused anything")
    if decision.verdict is Verdict.HOLD and queue.is_held(connection, decision.account, decision.subject):
        raise Conflict(f"{decision.subject} is still held: let it go with masstransit release {decision.subject}")
    row = _row(decision, overturns.OVERTURNED, word)
    if not overturns.add(connection, row):
        raise Conflict(f"{decision.id} was overturned before")
    ledger.record(connection, decision.account, "overturn", decision.id, row, word.at)


def _row(decision: Decision, way: str, word: Word) -> dict[str, Any]:
    return {
        "account": decision.account,
        "decision": decision.id,
        "subject": decision.subject,
        "rule": decision.stopped_by or "",
        "way": way,
        "by": word.by[:128],
        "because": word.because[:512],
        "decided_at": decision.at,
        "at": word.at,
    }
