"""Sanctions hits (rulebook 12.3): a name or a country that a list has. Most are somebody else of that name, so that a
person says whether it is the one before anything is stopped; what was blocked or rejected is reported to OFAC within
ten business days (31 CFR 501.603, 501.604), and kept for ten years."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row

from masstransit.carriage import lifting
from masstransit.carriage.cases import deadlines, docket
from masstransit.carriage.cases.docket import Act
from masstransit.carriage.cases.verifying import stoppable
from masstransit.errors import BadInput, Conflict
from masstransit.model.case import KINDS


class Hit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was found on a list."""

    account: str
    unit: str = ""  #: SCOPE:TARGET that it is about; "": the whole account
    list: str  #: which list, of whom
    entry: str  #: the list's own number of the entry


class Confirmed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """It is the one on the list."""

    shown_by: str  #: date of birth, papers, ownership ...: what tells it from others of that name


class Reported(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The report was taken."""

    report: str  #: OFAC's number of it


def opened(act: Act, told: Hit) -> str:
    """Put a hit on record; its case. Nothing is stopped by that. Raises `BadInput`, `NotFound` and `Conflict`."""
    if not told.list.strip() or not told.entry.strip():
        raise BadInput("say which list, and its own number of the entry", field="list")
    scope, target = stoppable(told.unit, told.account)
    opening = docket.Opening(
        kind="sanctions", account=told.account, about=f"{told.list[:128]}, entry {told.entry[:64]}",
        requester=told.list[:128], reference=f"{told.account} {told.entry[:64]}", scope=scope, target=target,
        silent="request", details={"list": told.list[:256], "entry": told.entry[:64]}, holds=True,
    )  # fmt: skip
    return docket.enter(act, opening)


def confirm(act: Act, case: Row[Any], told: Confirmed) -> dict[str, Any]:
    """A person says that it is the one: its unit is suspended, and a report is due. Raises `BadInput` and
    `Conflict`."""
    if not told.shown_by.strip():
        raise BadInput("say what tells it from others of that name", field="shown_by")
    if case.details.get("step"):
        raise Conflict(f"{case.sid} was confirmed before")
    row = {"account": case.account, "scope": case.scope, "target": case.target, "step": "suspend", "silent": ""}
    step, _ = lifting.place(act.connection, act.ledger, "12", row, act.word)
    report_ = deadlines.start(KINDS["sanctions"].deadline("report"), act.word.at, act.calendar)
    data = {"shown_by": told.shown_by[:256], "step": step}
    details = {**case.details, "step": step}
    docket.note(act, case, "confirmed", data=data, meets=("review",), starts=(report_,), details=details)
    return {"step": step}


def report(act: Act, case: Row[Any], told: Reported) -> dict[str, Any]:
    """OFAC has the report: the case ends, and what was stopped stays stopped. Raises `BadInput` and `Conflict`."""
    if not told.report.strip():
        raise BadInput("say OFAC's number of the report", field="report")
    if not case.details.get("step"):
        raise Conflict(f"{case.sid} is not confirmed: nothing was blocked that could be reported")
    case = docket.note(act, case, "reported", data={"report": told.report[:64]}, meets=("report",))
    docket.close(act, case, "reported")
    return {}


def closing(act: Act, case: Row[Any], outcome: str) -> None:
    """Before a hit's case ends as somebody else's: what was stopped may go again. Raises `Conflict` for a report that
    was not made."""
    if outcome == "reported":
        raise Conflict(f"{case.sid} is not reported: report says OFAC's number, and ends the case")
    if step := case.details.get("step"):
        lifting.lift(act.connection, act.ledger, step, act.word)
