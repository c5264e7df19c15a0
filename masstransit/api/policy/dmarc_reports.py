"""What receivers report of the mail of an account's domains (DMARC aggregate reports, RFC 9990)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from masstransit.api.dialect import Answer, Request, Route, iso8601, page_v1, stamp, window
from masstransit.api.house import House
from masstransit.api.policy.openapi import MAYBE, TEXT, record, several, sheet
from masstransit.errors import NotFound
from masstransit.storage import dmarc_reports

_COUNT = {"type": "integer"}


def _report(row: Row[Any], request: Request) -> dict[str, Any]:
    return {
        "sid": row.sid,
        "account_sid": row.account,
        "domain": row.domain,
        "organisation": row.organisation,
        "reference": row.reference,
        "policy": row.policy or None,
        "date_begin": iso8601(row.begins_at),
        "date_end": iso8601(row.ends_at),
        "date_created": iso8601(row.arrived_at),
        "mails": row.mails,
        "failed": row.failed,
        "truncated": row.truncated,
        "links": {"self": f"{request.base}/v1/DmarcReports/{row.sid}"},
    }


async def read_reports(request: Request, house: House) -> Answer:
    asked, domain = window(request), request.query.get("Domain") or ""
    part = asked.slice()
    found = await house.database.read(lambda c: dmarc_reports.listed(c, request.account, part, domain=domain.lower()))
    return page_v1(
        request,
        asked,
        "dmarc_reports",
        found,
        lambda row: _report(row, request),
        lambda row: (stamp(row.arrived_at), row.sid),
    )


async def fetch(request: Request, house: House) -> Answer:
    """One report with its rows: where mail came from, how much of it, and what proved it."""
    sid = request.parts["sid"]
    row = await house.database.read(lambda c: dmarc_reports.find(c, request.account, sid))
    if row is None:
        raise NotFound(f"The report {sid[:34]} was not found")
    return Answer(200, _report(row, request) | {"rows": row.tallies})


_FIELDS = {
    "sid": TEXT, "account_sid": TEXT, "domain": TEXT, "organisation": TEXT, "reference": TEXT, "policy": MAYBE,
    "date_begin": MAYBE, "date_end": MAYBE, "date_created": MAYBE, "mails": _COUNT, "failed": _COUNT,
    "truncated": _COUNT, "links": {"type": "object"},
}  # fmt: skip

ROUTES = (
    Route(
        method="GET",
        product="policy",
        path="/v1/DmarcReports",
        endpoint=read_reports,
        fields=frozenset({"Domain"}),
        pages=True,
        shows=sheet("dmarc_reports", record(**_FIELDS)),
        summary="What receivers report of your domains' mail, the newest first; by Domain, of one",
    ),
    Route(
        method="GET",
        product="policy",
        path="/v1/DmarcReports/{sid}",
        endpoint=fetch,
        shows=record(**_FIELDS, rows=several({"type": "object"})),
        summary="A report with its rows: where mail came from, how much, and what proved it",
    ),
)
