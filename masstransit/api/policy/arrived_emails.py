"""Mail that arrived for the account, and each as it came. What became of it at once, its webhook said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import Row

from masstransit.api.dialect import Answer, Request, Route, Stream, is_sid, iso8601, page_v1, stamp, window
from masstransit.api.house import House
from masstransit.api.policy.emails import post_of
from masstransit.api.policy.openapi import MAYBE, TEXT, WHOLE, record, several, sheet
from masstransit.carriage.mailroom.sources import KIND
from masstransit.errors import NotFound
from masstransit.model.address import mailbox
from masstransit.storage import arrived_mails


def _shown(row: Row[Any], request: Request) -> dict[str, Any]:
    letter, proof = row.attrs.get("letter") or {}, row.attrs.get("authentication") or {}
    here = f"{request.base}/v1/ArrivedEmails/{row.sid}"
    return {
        "sid": row.sid,
        "account_sid": row.account,
        "from": row.sender,
        "from_name": letter.get("name") or None,
        "to": row.recipient,
        "subject": letter.get("subject", ""),
        "text": row.body,
        "message_id": letter.get("message_id") or None,
        "size": letter.get("size"),
        "spf": proof.get("spf", "none"),
        "dkim": proof.get("dkim", "none"),
        "dmarc": proof.get("dmarc", "none"),
        "media": [each["sid"] for each in row.attrs.get("attachments", ())],
        "date_created": iso8601(row.created_at),
        "url": here,
        "source_url": f"{here}/Source" if row.source else None,
    }


async def read(request: Request, house: House) -> Answer:
    asked, to = window(request), request.query.get("To")
    part, address = asked.slice(), mailbox(to).text if to else ""
    found = await house.database.read(lambda c: arrived_mails.listed(c, request.account, part, to=address))
    show, key_of = lambda row: _shown(row, request), lambda row: (stamp(row.created_at), row.sid)
    return page_v1(request, asked, "arrived_emails", found, show, key_of)


async def fetch(request: Request, house: House) -> Answer:
    return Answer(200, _shown(await _found(request, house), request))


async def source(request: Request, house: House) -> Answer:
    """All of it as it came, its header first."""
    row = await _found(request, house)
    data = await post_of(house).sources.read(request.account, row.sid)

    async def whole() -> AsyncIterator[bytes]:
        yield data

    named = (b"content-disposition", f'attachment; filename="{row.sid}.eml"'.encode())
    headers = (named, (b"cache-control", b"private, no-store"), (b"x-content-type-options", b"nosniff"))
    return Answer(200, Stream(kind=KIND, size=len(data), pieces=whole()), headers)


async def _found(request: Request, house: House) -> Row[Any]:
    """Raises `NotFound`."""
    sid = request.parts["sid"]
    row = (
        await house.database.read(lambda c: arrived_mails.find(c, request.account, sid)) if is_sid(sid, "EM") else None
    )
    if row is None:
        raise NotFound(f"The mail {sid[:34]} was not found")
    return row


_SCHEMA = record(
    **{"from": TEXT},
    sid=TEXT,
    account_sid=TEXT,
    from_name=MAYBE,
    to=TEXT,
    subject=TEXT,
    text=MAYBE,
    message_id=MAYBE,
    size=WHOLE,
    spf=TEXT,
    dkim=TEXT,
    dmarc=TEXT,
    media=several(TEXT),
    date_created=TEXT,
    url=TEXT,
    source_url=MAYBE,
)
_ONE = "/v1/ArrivedEmails/{sid}"

ROUTES = (
    Route(
        method="GET",
        product="policy",
        path="/v1/ArrivedEmails",
        endpoint=read,
        fields=frozenset({"To"}),
        pages=True,
        shows=sheet("arrived_emails", _SCHEMA),
        summary="Mail that arrived for your addresses, the newest first; by To, for one of them",
    ),
    Route(method="GET", product="policy", path=_ONE, endpoint=fetch, shows=_SCHEMA, summary="One mail that arrived"),
    Route(
        method="GET",
        product="policy",
        path=f"{_ONE}/Source",
        endpoint=source,
        shows={"type": "string", "contentMediaType": KIND},
        summary="A mail as it came, byte for byte",
    ),
)
