"""Complaints: what carriers and recipients said of the account's messages. Who complained is told to nobody."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from masstransit.api.dialect import Answer, Request, Route, iso8601, page_v1, stamp, window
from masstransit.api.house import House
from masstransit.api.policy.openapi import MAYBE, TEXT, record, sheet
from masstransit.storage import reports

_NUMBER = {"type": "number"}


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "sid": row.complaint,
        "account_sid": row.account,
        "kind": row.kind,
        "from": row.sender,
        "message_sid": None if row.source == "recipient" else row.communication,  # it would tell who complained
        "campaign_sid": row.campaign,
        "end_user": row.end_user,
        "source": row.source,
        "reference": row.attrs.get("reference"),
        "said": row.attrs.get("said"),
        "fine_usd": row.attrs.get("fine_usd", 0.0),
        "date_created": iso8601(row.at),
    }


async def read(request: Request, house: House) -> Answer:
    asked = window(request)
    part = asked.slice()
    found = await house.database.read(lambda c: reports.complaints_of(c, request.account, part))
    return page_v1(request, asked, "complaints", found, _shown, lambda row: (stamp(row.at), row.complaint))


_SCHEMA = record(
    sid=TEXT,
    account_sid=TEXT,
    kind={"type": "string", "enum": ["spam-report", "carrier-complaint"]},
    message_sid=MAYBE,
    campaign_sid=MAYBE,
    end_user=MAYBE,
    source=TEXT,
    reference=MAYBE,
    said=MAYBE,
    fine_usd=_NUMBER,
    date_created=MAYBE,
    **{"from": TEXT},
)

ROUTES = (
    Route(
        method="GET",
        product="policy",
        path="/v1/Complaints",
        endpoint=read,
        pages=True,
        shows=sheet("complaints", _SCHEMA),
        summary="What carriers and recipients said of the account's messages, with fines, the newest first",
    ),
)
