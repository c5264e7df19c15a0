"""Monitor: the debugger's log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from masstransit.api.dialect import Answer, Request, Route, iso8601, page_v1, read_day, stamp, window
from masstransit.api.house import House
from masstransit.errors import NotFound
from masstransit.storage import alerts

_LEVELS = ("error", "warning", "notice", "debug")


def _shown(row: Any, request: Request) -> dict[str, Any]:
    attrs = row.attrs
    return {
        "account_sid": row.account,
        "alert_text": row.text,
        "api_version": "2010-04-01",
        "date_created": iso8601(row.at),
        "date_generated": iso8601(row.at),
        "date_updated": iso8601(row.at),
        "error_code": str(row.error_code),
        "log_level": row.level,
        "more_info": f"{request.base.removesuffix('/monitor')}/docs/errors/{row.error_code}",
        "request_method": attrs.get("request_method"),
        "request_url": attrs.get("request_url"),
        "resource_sid": row.about,
        "sid": row.sid,
        "url": f"{request.base}/v1/Alerts/{row.sid}",
        "service_sid": attrs.get("service_sid"),
    }


def _bound(request: Request, name: str) -> tuple[datetime, datetime] | None:
    value = request.query.get(name)
    return read_day(name, value) if value else None


async def read(request: Request, house: House) -> Answer:
    asked, level = window(request), request.query.one_of("LogLevel", _LEVELS)
    start, end = _bound(request, "StartDate"), _bound(request, "EndDate")
    part = asked.slice()
    sheet = await house.database.read(
        lambda c: alerts.all_of(
            c, request.account, part, level=level, since=start[0] if start else None, until=end[1] if end else None
        )
    )
    return page_v1(
        request, asked, "alerts", sheet, lambda row: _shown(row, request), lambda row: (stamp(row.at), row.sid)
    )


async def fetch(request: Request, house: House) -> Answer:
    row = await house.database.read(lambda c: alerts.find(c, request.account, request.parts["sid"]))
    if row is None:
        raise NotFound("The requested alert was not found")
    more = {name: row.attrs.get(name) for name in ("request_variables", "request_headers")}
    heard = {name: row.attrs.get(name) for name in ("response_body", "response_headers")}
    return Answer(200, {**_shown(row, request), **more, **heard})


_FIELDS = frozenset({"LogLevel", "StartDate", "EndDate"})
ROUTES = (
    Route(product="monitor", method="GET", path="/v1/Alerts", endpoint=read, fields=_FIELDS, pages=True),
    Route(product="monitor", method="GET", path="/v1/Alerts/{sid}", endpoint=fetch),
)
