"""Notices of suspected illegal traffic (47 CFR 64.1200(n)(2); rulebook 14.3): verified, investigated, reported, and the
traffic blocked with what is substantially similar, whoever sends it.

Samples are texts that the notice calls illegal. Of each only what tells near ones is kept; clause 14 stops what reads
like one, from the verification on. They stay blocked when the case has ended as `blocked`, because the duty goes on.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row

from masstransit.carriage.cases import docket, orders
from masstransit.carriage.cases.docket import Act
from masstransit.carriage.cases.verifying import CallBack, checked, stoppable
from masstransit.errors import BadInput, Conflict
from masstransit.facts.samples import sample_of, tells_strangers_apart
from masstransit.model.case import KINDS
from masstransit.storage import cases, samples


class Notice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A notice as it came in."""

    authority: str
    reference: str
    contact: str = ""  #: the number that the notice gives; it is not the one to call back
    account: str = ""  #: of ours, where it names one
    unit: str = ""  #: and what of it: SCOPE:TARGET; "": the whole account
    samples: tuple[str, ...] = ()  #: texts that it calls illegal
    by_when: datetime | None = None  #: the day that it sets for the report


class Reported(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was reported to the authority."""

    found: str  #: what the investigation found, and what was done


def opened(act: Act, told: Notice) -> str:
    """Put a notice on record; its case. Raises `BadInput` for samples that anybody could write, `NotFound` and
    `Conflict`."""
    if not told.authority.strip() or not told.reference.strip():
        raise BadInput("a notice has the authority's name and its reference", field="authority")
    if not told.account and not told.samples:
        raise BadInput("say whose traffic it is about, or give samples of it", field="samples")
    for n, text in enumerate(told.samples, 1):
        if not tells_strangers_apart(text):
            raise BadInput(
                f"sample {n} says what anybody could: it has a link of its own, or 40 characters", field="samples"
            )
    least = act.word.at + timedelta(days=KINDS["blocking-notice"].deadline("report").count)
    if told.by_when is not None and told.by_when < least:
        raise BadInput(f"by_when {told.by_when:%Y-%m-%d}: a notice leaves 14 days at least", field="by_when")
    scope, target = stoppable(told.unit, told.account) if told.account else ("", "")
    kept = [{"cluster": each.cluster, "alike": sorted(each.alike)} for each in map(sample_of, told.samples)]
    return docket.enter(
        act,
        docket.Opening(
            kind="blocking-notice",
            account=told.account,
            about=f"suspected illegal traffic, with {len(kept)} samples",
            requester=told.authority.strip(),
            reference=told.reference.strip(),
            scope=scope,
            target=target,
            silent="request",
            details={"contact": told.contact, "samples": kept},
            due={"report": told.by_when} if told.by_when else {},
            holds=bool(told.account),
        ),
    )


def verify(act: Act, case: Row[Any], told: CallBack) -> dict[str, Any]:
    """The authority was called back: what the notice names is stopped, and what reads like its samples; a forged one
    ends the case. What was done. Raises `BadInput` and `Conflict`."""
    verified = {**checked(case, told), "by": act.word.name, "at": act.word.at.isoformat()}
    if not told.genuine:
        case = docket.note(act, case, "call-back", data=verified | {"genuine": False})
        docket.close(act, case, "forged")
        return {"closed": "forged"}
    done: dict[str, Any] = orders.carry_out(act, case, gag=False) if case.account else {}
    rows = [
        {"sid": case.sid, "seq": n, "since": act.word.at, "until": None, **each}
        for n, each in enumerate(case.details["samples"])
    ]
    if rows:
        samples.add(act.connection, rows)
        act.ledger.record(act.connection, case.account, "samples", case.sid, {"samples": rows}, act.word.at)
    details = {**case.details, "verified": verified, **done}
    data = verified | done | {"samples": len(rows)}
    docket.note(act, case, "blocked", data=data, meets=("block",), details=details, silent="")
    return {**done, "samples": len(rows)}


def report(act: Act, case: Row[Any], told: Reported) -> dict[str, Any]:
    """The authority was told what was found and done. Raises `BadInput` and `Conflict`."""
    if not told.found.strip():
        raise BadInput("say what was found, and what was done", field="found")
    if not case.details.get("verified"):
        raise Conflict(f"{case.sid} is not verified: call {case.requester} back at a number that it publishes")
    docket.note(act, case, "reported", data={"found": told.found[:1024]}, meets=("report",))
    return {}


def closing(act: Act, case: Row[Any], outcome: str) -> None:
    """Before a notice's case ends. As `blocked` all stays blocked; else it may go again. Raises `Conflict` where
    nothing was blocked or reported."""
    if outcome == "blocked":
        if not cases.entries(act.connection, case.account, case.sid, "reported"):
            raise Conflict(f"{case.sid} was not reported: verify it, and report what was found")
        return
    samples.end(act.connection, case.sid, act.word.at)
    orders.take_back(act, case)
