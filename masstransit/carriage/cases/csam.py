"""Sexual abuse of children (18 USC 2258A; rulebook 17.2): stopped at once, reported to NCMEC as soon as can be, kept
for a year under lock, seen by as few as can be, and told to nobody of the customer's.

The case has no content and shows none. Who looks at the material where it is secured says so here first; two people may
(a default), and each look is on record.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import Row

from masstransit.carriage import lifting
from masstransit.carriage.cases import docket
from masstransit.carriage.cases.docket import Act, Nothing
from masstransit.carriage.cases.verifying import stoppable
from masstransit.errors import BadInput, Conflict
from masstransit.model.case import KINDS
from masstransit.storage import cases, communications, standing, ways

VIEWERS = 2  #: people who may look (rulebook 17.2 'minimal viewers', default)


class Found(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What came to be known."""

    account: str
    unit: str = ""  #: SCOPE:TARGET that is stopped; "": the whole account
    message: str = ""  #: SM... or MM... that bears it
    known_by: str  #: a known hash, a person's report, a carrier ...
    secured: str  #: where the material is under lock


class Look(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody has to look at the material."""

    why: str


class Reported(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The report was taken."""

    report: str  #: NCMEC's number of it


def opened(act: Act, told: Found) -> str:
    """Put it on record: its unit is suspended, silently, and nothing of the account is erased. Raises `BadInput`,
    `NotFound` and `Conflict`."""
    if not told.known_by.strip() or not told.secured.strip():
        raise BadInput("say how it came to be known, and where the material is secured", field="known_by")
    scope, target = stoppable(told.unit, told.account)
    sid, details = _entered(act, told, scope, target)
    row = {"account": told.account, "scope": scope, "target": target, "step": "suspend", "silent": "csam"}
    step, _ = lifting.place(act.connection, act.ledger, "17", row, act.word)
    case = docket.found(act.connection, sid)
    docket.note(act, case, "stopped", data={"step": step}, details={**details, "step": step})
    return sid


def met(act: Act, told: Found) -> str:
    """The same for what a list of hashes knew. Without a unit nothing is suspended, as where a person sent it, and
    neither where that is suspended for it already."""
    if not told.unit:
        return _entered(act, told)[0]
    scope, target = stoppable(told.unit, told.account)
    unit = {"account": told.account, "scope": scope, "target": target, "step": "suspend"}
    stopped = lifting.standing_like(act.connection, "17", unit, act.word.at)
    return _entered(act, told)[0] if stopped is not None else opened(act, told)


def _entered(act: Act, told: Found, scope: str = "", target: str = "") -> tuple[str, dict[str, str]]:
    details = {"message": told.message, "known_by": told.known_by[:256], "secured": told.secured[:256]}
    opening = docket.Opening(
        kind="csam", account=told.account, about="material that has to be reported", scope=scope, target=target,
        silent="csam", details=details, holds=True,
    )  # fmt: skip
    return docket.enter(act, opening), details


def look(act: Act, case: Row[Any], told: Look) -> dict[str, Any]:
    """Somebody is about to look; where the material is. Raises `BadInput`, and `Conflict` for one too many."""
    if not told.why.strip():
        raise BadInput("say why somebody has to look", field="why")
    seen = {each.by for each in cases.entries(act.connection, case.account, case.sid, "looked")}
    if not act.word.is_among(seen) and len(seen) >= VIEWERS:
        raise Conflict(f"{VIEWERS} people have looked already: ask one of them")
    docket.note(act, case, "looked", data={"why": told.why[:256]})
    return {"secured": case.details["secured"]}


def hand_off(act: Act, case: Row[Any], told: Nothing) -> dict[str, Any]:
    """What goes to NCMEC beside the material itself: who the subscriber is and the way of the message, no content."""
    del told
    sid = case.details["message"]
    row = communications.find(act.connection, case.account, sid) if sid else None
    unit_, messages = ("message", sid), []
    if row is not None:
        span = (row.created_at, row.created_at + timedelta(seconds=1))
        found = ways.of_unit(act.connection, [case.account], unit_, span, at_most=1)
        messages = [each._asdict() for each in found]
    docket.note(act, case, "handed-off", data={"messages": len(messages)})
    return {
        "case": case.sid, "subscriber": ways.subscriber(act.connection, case.account), "messages": messages,
        "known_by": case.details["known_by"], "secured": case.details["secured"],
    }  # fmt: skip


def report(act: Act, case: Row[Any], told: Reported) -> dict[str, Any]:
    """NCMEC has the report: the case ends, and all is kept for a year from now."""
    if not told.report.strip():
        raise BadInput("say the number that NCMEC gave the report", field="report")
    until = act.word.at + timedelta(days=KINDS["csam"].deadline("preserve").count)
    case = docket.note(act, case, "reported", data={"report": told.report[:64]}, meets=("report",))
    case = docket.close(act, case, "reported", holds=True)
    cases.set_hold(act.connection, case, holds=True, until=until)
    return {"kept_until": until.isoformat()}


def closing(act: Act, case: Row[Any], outcome: str) -> None:
    """Before a case ends as none: what was stopped may go again. Raises `Conflict` for a report that was not made."""
    if outcome == "reported":
        raise Conflict(f"{case.sid} is not reported: report says NCMEC's number, and ends the case")
    placed = case.details.get("step")
    step = standing.find(act.connection, placed, case.account) if placed else None
    if step is not None and step.undone_at is None:
        lifting.lift(act.connection, act.ledger, step.step_id, act.word)
