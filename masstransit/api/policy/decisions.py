"""Decisions: what the gate said of each offer, and why. Facts and evidence stay with the operator (clause 3)."""

from __future__ import annotations

from typing import Any

from masstransit.api.dialect import Answer, Request, Route, iso8601, page_v1, stamp, window
from masstransit.api.house import House
from masstransit.api.policy.openapi import MAYBE, TEXT, WHOLE, record, several, sheet
from masstransit.errors import NotFound
from masstransit.model.decision import Decision, Verdict
from masstransit.storage import decisions, verdicts

_VERDICTS = tuple(v.name for v in Verdict)


def shown(decision: Decision, base: str) -> dict[str, Any]:
    """A decision as its account may see it."""
    return {
        "sid": decision.id,
        "account_sid": decision.account,
        "subject_sid": decision.subject,
        "moment": decision.moment.name,
        "attempt": decision.attempt,
        "verdict": decision.verdict.name,
        "until": iso8601(decision.until),
        "findings": [
            {
                "clause": finding.clause,
                "rule": finding.rule,
                "verdict": finding.verdict.name,
                "mode": finding.mode.value,
                "reason": finding.reason,
                "remedy": finding.remedy,
                "code": finding.code,
            }
            for finding in decision.findings
        ],
        "policy_revision": decision.revision,
        "date_created": iso8601(decision.at),
        "url": f"{base}/v1/Decisions/{decision.id}",
    }


async def read(request: Request, house: House) -> Answer:
    asked = window(request)
    subject, verdict = request.query.get("SubjectSid"), request.query.one_of("Verdict", _VERDICTS)
    part = asked.slice()
    sheet = await house.database.read(
        lambda c: verdicts.decisions_of(c, request.account, part, subject=subject, verdict=verdict)
    )
    return page_v1(
        request,
        asked,
        "decisions",
        sheet,
        lambda row: shown(decisions.read(row), request.base),
        lambda row: (stamp(row.at), row.id),
    )


async def fetch(request: Request, house: House) -> Answer:
    row = await house.database.read(lambda c: verdicts.decision(c, request.account, request.parts["sid"]))
    if row is None:
        raise NotFound("The requested decision was not found")
    return Answer(200, shown(decisions.read(row), request.base))


_FINDING = record(clause=TEXT, rule=TEXT, verdict=TEXT, mode=TEXT, reason=TEXT, remedy=TEXT, code=WHOLE)
KEPT = {
    "sid": TEXT,
    "account_sid": TEXT,
    "subject_sid": TEXT,
    "moment": TEXT,
    "attempt": {"type": "integer"},
    "verdict": {"type": "string", "enum": list(_VERDICTS)},
    "until": MAYBE,
    "findings": several(_FINDING),
    "policy_revision": TEXT,
    "date_created": MAYBE,
}
_SCHEMA = record(**KEPT, url=TEXT)


ROUTES = (
    Route(
        method="GET",
        product="policy",
        path="/v1/Decisions",
        endpoint=read,
        fields=frozenset({"SubjectSid", "Verdict"}),
        pages=True,
        shows=sheet("decisions", _SCHEMA),
        summary="List decisions, the newest first",
    ),
    Route(
        method="GET",
        product="policy",
        path="/v1/Decisions/{sid}",
        endpoint=fetch,
        shows=_SCHEMA,
        summary="One decision, with reasons",
    ),
)
