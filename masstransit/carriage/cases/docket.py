"""The docket: every case from its opening to its end.

Each word is an entry in the case's record and in the ledger, in the transaction of what it does. Nothing in a record
is changed or taken away. Two who act on a case at once do not both: the second is told to look again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage.business_days import BusinessDays
from masstransit.carriage.cases import deadlines
from masstransit.carriage.overturning import Word
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.ledger import Ledger
from masstransit.model.case import KINDS, Running
from masstransit.model.sid import new_sid
from masstransit.storage import accounts, cases
from masstransit.storage.paging import Sheet, Slice


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One act at the desk: on which record, by whose word, by which calendar."""

    connection: Connection
    ledger: Ledger
    word: Word
    calendar: BusinessDays


class Nothing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an act is told that needs no more than who does it and why."""


SCOPES = ("number", "campaign", "end_user", "account", "message")


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """A case as it comes in."""

    kind: str  #: one of `KINDS`
    account: str = ""  #: that it concerns; "": nobody's alone
    about: str  #: in a sentence, without content and without whole numbers
    requester: str = ""
    reference: str = ""  #: by which the requester knows it; said twice while it is open, it is refused
    scope: str = ""  #: one of `SCOPES`, with its target; "": no unit
    target: str = ""
    silent: str = ""  #: why its customer may not be told; a reason of `statements.SILENT`
    details: Mapping[str, Any] = {}  #: what its kind needs to know; never content
    starts: Sequence[str] | None = None  #: deadlines that count from now; None: those of its kind that do
    due: Mapping[str, datetime] = {}  #: by when, where whoever asks has set the day
    holds: bool = False  #: nothing of the account is erased meanwhile


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """A case as whoever works it has to see it."""

    case: Row[Any]
    running: tuple[Running, ...]
    history: Sequence[Row[Any]]


def enter(act: Act, opened: Opening) -> str:
    """Open a case; its name. Raises `NotFound` for an account that is not there, `BadInput` for a unit that can't be,
    and `Conflict` where the same request is open already."""
    connection, word = act.connection, act.word
    kind = KINDS[opened.kind]
    if opened.account and accounts.find(connection, opened.account) is None:
        raise NotFound(f"there is no account {opened.account[:40]}")
    if opened.scope and (opened.scope not in SCOPES or not opened.target or not opened.account):
        raise BadInput(f"unit '{opened.scope}': one of {', '.join(SCOPES)}, a colon and which one, of an account")
    if opened.reference and (same := cases.named(connection, kind.name, opened.requester, opened.reference)):
        raise Conflict(f"{same.sid} is open about {opened.reference[:64]} already")
    names = [each.name for each in kind.deadlines if each.at_opening] if opened.starts is None else opened.starts
    run = [
        deadlines.start(kind.deadline(name), word.at, act.calendar, due=_checked(opened.due.get(name), word.at))
        for name in names
    ]
    row = {
        "account": opened.account, "sid": new_sid("CS"), "kind": kind.name, "about": opened.about[:1024],
        "requester": opened.requester[:256], "reference": opened.reference[:256], "scope": opened.scope,
        "target": opened.target[:128], "silent": opened.silent, "details": dict(opened.details),
        **deadlines.kept(run), "holds": opened.holds, "holds_until": None, "entries": 1, "opened_by": word.name,
        "opened_at": word.at, "outcome": "", "because": "", "closed_by": "", "closed_at": None,
    }  # fmt: skip
    cases.add(connection, row)
    _log(act, (row["account"], row["sid"], 1), "opened", {})
    act.ledger.record(connection, opened.account, "case", row["sid"], row, word.at)
    return str(row["sid"])


def _checked(due: datetime | None, now: datetime) -> datetime | None:
    if due is not None and due <= now:
        raise BadInput(f"due {due:%Y-%m-%d %H:%M}: a time to come")
    return due


def found(connection: Connection, sid: str, *kinds: str, account: str | None = None) -> Row[Any]:
    """An open case of one of some kinds, or of any. Raises `NotFound`, and `Conflict` where it is closed."""
    case = cases.find(connection, sid, account)
    if case is None or (kinds and case.kind not in kinds):
        what = f" of the kind {' or '.join(kinds)}" if kinds else ""
        raise NotFound(f"there is no case {sid[:40]}{what}: masstransit cases list shows those that are open")
    if case.closed_at is not None:
        raise Conflict(f"{sid} is closed: {case.outcome}, by {case.closed_by}")
    return case


def note(
    act: Act,
    case: Row[Any],
    what: str,
    *,
    data: Mapping[str, Any] | None = None,
    meets: Collection[str] = (),
    starts: Sequence[Running] = (),
    **values: Any,
) -> Row[Any]:
    """Put on record what was said or done in a case: which deadlines it meets, which it starts, and what else changes
    of its row. The case as it is then. Raises `Conflict` where somebody else was faster."""
    connection, word = act.connection, act.word
    run = deadlines.with_new(deadlines.met(deadlines.running(case), meets, word.at), starts)
    if not cases.change(connection, case, **deadlines.kept(run), **values):
        raise Conflict(f"somebody else has just done something in {case.sid}: look at it again")
    _log(act, (case.account, case.sid, case.entries + 1), what, data or {})
    told = {"did": what, "by": word.name, "because": word.because[:512], "met": sorted(meets), **(data or {})}
    act.ledger.record(connection, case.account, "case-entry", case.sid, told, word.at)
    again = cases.find(connection, case.sid, case.account)
    if again is None:
        raise NotFound(f"there is no case {case.sid}")
    return again


def close(act: Act, case: Row[Any], outcome: str, *, holds: bool = False) -> Row[Any]:
    """End a case: nothing of it is due any more, and it holds nothing unless `holds` says so. Raises `BadInput` for an
    outcome that its kind does not know, and `Conflict` where somebody else was faster."""
    if outcome not in KINDS[case.kind].outcomes:
        raise BadInput(f"outcome '{outcome[:32]}': one of {', '.join(KINDS[case.kind].outcomes)}")
    still = [each.name for each in deadlines.running(case)]
    word = act.word
    ends: dict[str, Any] = {
        "outcome": outcome,
        "because": word.because[:512],
        "closed_by": word.name,
        "closed_at": word.at,
    }
    ends |= {} if holds else {"holds": False}
    return note(act, case, "closed", data={"outcome": outcome}, meets=still, **ends)


def reopen(act: Act, sid: str, ended_as: str) -> None:
    """A case that ended in one way goes on, because of what came in late; any other is left as it is."""
    case = cases.find(act.connection, sid)
    if case is None or case.closed_at is None or case.outcome != ended_as:
        return
    if cases.reopen(act.connection, case):
        _log(act, (case.account, case.sid, case.entries + 1), "reopened", {})
        act.ledger.record(act.connection, case.account, "case-entry", sid, {"did": "reopened"}, act.word.at)


def open_cases(
    connection: Connection, part: Slice | None = None, *, account: str | None = None, kind: str | None = None
) -> Sheet:
    """The open cases, a sheet at a time; those first that are due first, so that what is overdue stands before all."""
    return cases.open_ones(connection, part or Slice(), account=account, kind=kind)


def whole(connection: Connection, sid: str, *, account: str | None = None) -> Whole:
    """One case with all that was said and done in it, whether or not it is closed. Raises `NotFound`."""
    case = cases.find(connection, sid, account)
    if case is None:
        raise NotFound(f"there is no case {sid[:40]}: masstransit cases list shows those that are open")
    return Whole(case=case, running=deadlines.running(case), history=cases.history(connection, case.account, case.sid))


def _log(act: Act, key: tuple[str, str, int], what: str, data: Mapping[str, Any]) -> None:
    """One more entry: of which account, in which case, and in which place."""
    account, sid, seq = key
    row = {"account": account, "sid": sid, "seq": seq, "at": act.word.at, "by": act.word.name}
    cases.log(act.connection, row | {"what": what, "said": act.word.because[:1024], "data": dict(data)})
