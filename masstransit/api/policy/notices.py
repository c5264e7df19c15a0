"""Notices: what the account was told of its standing, and the URL at which it wants to be told."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from masstransit.api.dialect import Answer, Request, Route, iso8601, page_v1, stamp, window
from masstransit.api.house import House
from masstransit.api.policy.openapi import MAYBE, TEXT, record, several, sheet
from masstransit.carriage.outside import check_url
from masstransit.carriage.statements import KINDS, shown
from masstransit.errors import NotFound
from masstransit.storage import accounts, statements
from masstransit.storage.statements import NOTICE_URL


def _shown(row: Row[Any], base: str) -> dict[str, Any]:
    told = shown(row._asdict())
    return {**told, "date_taken": iso8601(row.taken_at), "url": f"{base}/v1/Notices/{row.sid}"}


async def read(request: Request, house: House) -> Answer:
    asked = window(request)
    kind, step = request.query.one_of("Kind", KINDS), request.query.get("StepSid")
    part, family = asked.slice(), request.query.flag("IncludeSubaccounts") or False
    found = await house.database.read(
        lambda c: statements.listed(c, request.account, part, what=kind, step=step, family=family)
    )
    return page_v1(
        request,
        asked,
        "notices",
        found,
        lambda row: _shown(row, request.base),
        lambda row: (stamp(row.at), row.sid),
    )


async def fetch(request: Request, house: House) -> Answer:
    row = await house.database.read(lambda c: statements.find(c, request.account, request.parts["sid"]))
    if row is None:
        raise NotFound("The requested notice was not found")
    return Answer(200, _shown(row, request.base))


def _place(row: Any, request: Request) -> dict[str, Any]:
    return {
        "account_sid": row.account,
        "notice_url": row.attrs.get(NOTICE_URL) or None,
        "url": f"{request.base}/v1/NoticeUrl",
    }


async def fetch_url(request: Request, house: House) -> Answer:
    row = await house.database.read(lambda c: accounts.find(c, request.account))
    if row is None:
        raise NotFound("The requested account was not found")
    return Answer(200, _place(row, request))


async def set_url(request: Request, house: House) -> Answer:
    """Name the URL; an empty one: none any more."""
    url, now = request.form.get("NoticeUrl") or "", house.clock.now()
    if url:
        check_url(url, field="NoticeUrl", allow_private=house.settings.allow_private)

    def change(connection: Connection) -> Any:
        row = accounts.find(connection, request.account)
        if row is None:
            raise NotFound("The requested account was not found")
        return accounts.change(connection, row.account, now, {"attrs": row.attrs | {NOTICE_URL: url}})

    return Answer(200, _place(await house.database.write(change), request))


_SCHEMA = record(
    sid=TEXT,
    account_sid=TEXT,
    kind={"type": "string", "enum": list(KINDS)},
    step_sid=MAYBE,
    appeal_sid=MAYBE,
    decision_sids=several(TEXT),
    scope=TEXT,
    target=TEXT,
    clause=TEXT,
    rule=TEXT,
    reason=TEXT,
    limits=TEXT,
    remedy=TEXT,
    because=TEXT,
    date_ends=MAYBE,
    appeal_path=TEXT,
    appeal_until=MAYBE,
    text=TEXT,
    date_created=MAYBE,
    date_taken=MAYBE,
    url=TEXT,
)
_URL_SCHEMA = record(account_sid=TEXT, notice_url=MAYBE, url=TEXT)


ROUTES = (
    Route(
        method="GET",
        product="policy",
        path="/v1/Notices",
        endpoint=read,
        fields=frozenset({"IncludeSubaccounts", "Kind", "StepSid"}),
        pages=True,
        shows=sheet("notices", _SCHEMA),
        summary="What the account was told of steps against its senders and of its appeals, the newest first; with "
        "IncludeSubaccounts=true what its subaccounts were told as well",
    ),
    Route(
        method="GET",
        product="policy",
        path="/v1/Notices/{sid}",
        endpoint=fetch,
        shows=_SCHEMA,
        summary="One notice: what was done and why, what it limits, how to put it right, and how to appeal",
    ),
    Route(
        method="GET",
        product="policy",
        path="/v1/NoticeUrl",
        endpoint=fetch_url,
        shows=_URL_SCHEMA,
        summary="Where notices are posted",
    ),
    Route(
        method="POST",
        product="policy",
        path="/v1/NoticeUrl",
        endpoint=set_url,
        fields=frozenset({"NoticeUrl"}),
        shows=_URL_SCHEMA,
        summary="Have notices posted to a URL, signed, as JSON; subaccounts without one of their own use their owner's",
    ),
)
