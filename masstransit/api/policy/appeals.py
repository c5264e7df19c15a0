"""Appeals: a customer's word against a step, or against a decision that held or refused something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from masstransit.api.dialect import Answer, Request, Route, is_sid, iso8601, page_v1, stamp, window
from masstransit.api.house import House
from masstransit.api.policy.openapi import MAYBE, TEXT, record, several, sheet
from masstransit.carriage.appeals import (
    LONGEST,
    LONGEST_EVIDENCE,
    MOST_EVIDENCE,
    OVERTURNED,
    UPHELD,
    Filed,
    file,
)
from masstransit.errors import BadInput, NotFound
from masstransit.storage import appeals

_FIELDS = frozenset({"StepSid", "DecisionSid", "Text", "Evidence"})


def _shown(row: Mapping[str, Any], base: str) -> dict[str, Any]:
    about = row["about"]
    return {
        "sid": row["sid"],
        "account_sid": row["account"],
        "step_sid": about if about.startswith("ST") else None,
        "decision_sid": about if about.startswith("DE") else None,
        "text": row["text"],
        "evidence": row["evidence"],
        "status": row["outcome"] or "open",
        "because": row["because"],
        "date_created": iso8601(row["filed_at"]),
        "date_due": iso8601(row["due_at"]),
        "date_decided": iso8601(row["decided_at"]),
        "url": f"{base}/v1/Appeals/{row['sid']}",
    }


async def create(request: Request, house: House) -> Answer:
    """Appeal. It is acknowledged by the answer, with the day by which it is decided."""
    form, now = request.form, house.clock.now()
    about = _about(form.get("StepSid") or "", form.get("DecisionSid") or "")
    text = form.need("Text")
    form.text("Text", LONGEST)
    evidence = [each for each in form.all("Evidence") if each]
    if len(evidence) > MOST_EVIDENCE or any(len(each) > LONGEST_EVIDENCE for each in evidence):
        raise BadInput(
            f"'Evidence' is given {MOST_EVIDENCE} times at most, each of {LONGEST_EVIDENCE} characters at most.",
            field="Evidence",
        )
    filed = Filed(
        account=request.account,
        about=about,
        text=text,
        evidence=tuple(evidence),
        by=request.caller.principal,
        at=now,
    )
    due = house.business_days.due(now)

    def keep(connection: Connection) -> dict[str, Any]:
        return file(connection, house.ledger, filed, due)

    return Answer(201, _shown(await house.database.write(keep), request.base))


def _about(step: str, decision: str) -> str:
    """What it is against: one of the two. Raises `BadInput`."""
    if bool(step) == bool(decision):
        raise BadInput("Say what you appeal against: a 'StepSid', or else a 'DecisionSid'.", field="StepSid")
    field, sid, prefix = ("StepSid", step, "ST") if step else ("DecisionSid", decision, "DE")
    if not is_sid(sid, prefix):
        raise BadInput(f"'{field}' is {prefix} and 32 hex digits, as notices and refusals name it.", field=field)
    return sid


async def read(request: Request, house: House) -> Answer:
    asked = window(request)
    part = asked.slice()
    found = await house.database.read(lambda c: appeals.listed(c, request.account, part))
    return page_v1(
        request,
        asked,
        "appeals",
        found,
        lambda row: _shown(row._asdict(), request.base),
        lambda row: (stamp(row.filed_at), row.sid),
    )


async def fetch(request: Request, house: House) -> Answer:
    row = await house.database.read(lambda c: appeals.find(c, request.account, request.parts["sid"]))
    if row is None:
        raise NotFound("The requested appeal was not found")
    return Answer(200, _shown(row._asdict(), request.base))


_SCHEMA = record(
    sid=TEXT,
    account_sid=TEXT,
    step_sid=MAYBE,
    decision_sid=MAYBE,
    text=TEXT,
    evidence=several(TEXT),
    status={"type": "string", "enum": ["open", UPHELD, OVERTURNED]},
    because=MAYBE,
    date_created=MAYBE,
    date_due=MAYBE,
    date_decided=MAYBE,
    url=TEXT,
)


ROUTES = (
    Route(
        method="POST",
        product="policy",
        path="/v1/Appeals",
        endpoint=create,
        fields=_FIELDS,
        status=201,
        shows=_SCHEMA,
        summary="Appeal against a step (StepSid) or a decision (DecisionSid): Text says why, Evidence what shows it",
    ),
    Route(
        method="GET",
        product="policy",
        path="/v1/Appeals",
        endpoint=read,
        pages=True,
        shows=sheet("appeals", _SCHEMA),
        summary="The account's appeals, the newest first",
    ),
    Route(
        method="GET",
        product="policy",
        path="/v1/Appeals/{sid}",
        endpoint=fetch,
        shows=_SCHEMA,
        summary="One appeal: whether it is open, by when it is decided, or what was decided and why",
    ),
)
