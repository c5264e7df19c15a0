"""Files that a customer brings itself, to be sent by their links: a picture need not lie on a server of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from masstransit.api.dialect import Answer, Request, Route, iso8601
from masstransit.api.house import House
from masstransit.api.policy.openapi import MAYBE, TEXT, record
from masstransit.carriage.media.intake import LARGEST
from masstransit.carriage.media.mms import Mms
from masstransit.carriage.media.sharing import LASTS
from masstransit.carriage.media.unlocking import Unlocking
from masstransit.errors import NotFound
from masstransit.model.media import Medium


async def bring(request: Request, house: House) -> Answer:
    """Take a file in, and say the link by which it is sent: as a message's 'MediaUrl', within a day."""
    mms = _here(house)
    claimed = request.header("content-type") or ""
    name = request.query.text("Name", 255) or ""
    file = await mms.media.take_in(request.account, request.body, name, claimed=claimed, field="body")
    return Answer(201, _shown(await mms.media.find(request.account, file.sid), request, house, mms))


async def fetch(request: Request, house: House) -> Answer:
    mms = _here(house)
    found = await mms.media.find(request.account, request.parts["sid"])
    return Answer(200, _shown(found, request, house, mms))


async def unlock(request: Request, house: House) -> Answer:
    mms = _here(house)
    sid, password = request.parts["sid"], request.form.need("Password")
    await Unlocking(mms.media, house.database, house.ledger, house.clock).unlock(
        request.account, sid, password, field="Password"
    )
    found = await mms.media.find(request.account, sid)
    return Answer(200, _shown(found, request, house, mms))


def _here(house: House) -> Mms:
    if house.mms is None:
        raise NotFound("No files are taken in here")
    return house.mms


def _shown(found: Medium, request: Request, house: House, mms: Mms) -> dict[str, Any]:
    file, scan = found.attachment, found.look.scan
    base = mms.shared.base_url or request.origin
    return {
        "sid": file.sid,
        "account_sid": request.account,
        "name": file.name,
        "content_type": file.content_type,
        "size": file.size,
        "sha256": file.digest,
        "scan": scan.state,
        "scan_reason": scan.why or None,
        "media_url": f"{base}{mms.shared.path(request.account, file.sid)}",
        "date_expires": iso8601(house.clock.now() + LASTS - timedelta(seconds=1)),
        "url": f"{request.base}/v1/Media/{file.sid}",
    }


_MEDIUM = record(
    sid=TEXT,
    account_sid=TEXT,
    name=TEXT,
    content_type=TEXT,
    size={"type": "integer"},
    sha256=TEXT,
    scan={"type": "string", "enum": ["clean", "found", "unscanned"]},
    scan_reason=MAYBE,
    media_url=TEXT,
    date_expires=TEXT,
    url=TEXT,
)

ROUTES = (
    Route(
        method="POST",
        product="policy",
        path="/v1/Media",
        endpoint=bring,
        fields=frozenset({"Name"}),
        raw=LARGEST,
        status=201,
        shows=_MEDIUM,
        summary="Bring a file, as the body; its media_url is what a message's MediaUrl takes",
    ),
    Route(
        method="GET",
        product="policy",
        path="/v1/Media/{sid}",
        endpoint=fetch,
        shows=_MEDIUM,
        summary="A file that you brought, or that went with a message of yours",
    ),
    Route(
        method="POST",
        product="policy",
        path="/v1/Media/{sid}/Unlock",
        endpoint=unlock,
        fields=frozenset({"Password"}),
        shows=_MEDIUM,
        summary="Give a locked file's password: it is looked through, and what waited for that is let go",
    ),
)
