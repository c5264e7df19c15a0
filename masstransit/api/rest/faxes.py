"""Faxes: send, list, fetch, cancel, delete, and their pages. The product `fax` (v1) and the 2010 edition have them.

A document is fetched where 'MediaUrl' says and drawn as black and white pages before the fax is offered, so that what
can't be faxed is told at once. Its pages are a resource of their own: as PDF, or with `.tif` as they go over the line,
or with `.png` and 'Page' one of them, small.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from masstransit.api.dialect import (
    V2010,
    Answer,
    Form,
    Problem,
    Request,
    Route,
    Stream,
    dollars,
    is_sid,
    iso8601,
    page_2010,
    page_v1,
    window,
)
from masstransit.api.house import House
from masstransit.api.verdict import status_of
from masstransit.carriage.callbacks import FAX_VERSION
from masstransit.carriage.fax import pages
from masstransit.carriage.fax.faxes import Faxes
from masstransit.carriage.fax.words import word_of
from masstransit.carriage.outside import check_url
from masstransit.errors import BadAddress, BadInput, Conflict, NotFound
from masstransit.model.address import E164, e164
from masstransit.model.communication import Communication, Kind, Purpose
from masstransit.model.sid import new_sid
from masstransit.storage import faxes
from masstransit.storage.faxes import Filters

_PURPOSES = tuple(each.value for each in Purpose)
_QUALITIES = tuple(pages.QUALITIES)
_LONGEST_WAIT = 10_080  # minutes: a week
_USUAL_WAIT = 1440
_PDF, _TIFF, _PNG = "application/pdf", "image/tiff", "image/png"
_UNSENT = frozenset({"queued"})
_UNDER_WAY = frozenset({"queued", "processing", "sending", "receiving"})
_ABSENT = 34005

FIELDS = frozenset({
    "To", "From", "MediaUrl", "Quality", "StatusCallback", "StoreMedia", "Ttl", "Purpose", "EndUser",
})  # fmt: skip
_REFUSED = dict.fromkeys(("SipAuthUsername", "SipAuthPassword"), "a fax goes by the operator's trunks, which log in")


# --- sending --------------------------------------------------------------------------------------------------------


async def create(request: Request, house: House) -> Answer:
    """Send a fax."""
    form, now = request.form, house.clock.now()
    fax, url = _asked_for(request, house, now)
    quality = form.one_of("Quality", _QUALITIES) or "fine"
    if request.caller.test:
        return Answer(201, _new(request, fax, quality, "", "queued"))
    if missing := house.no_fax():
        raise Problem(400, _ABSENT, f"{missing[:1].upper()}{missing[1:]}. Nothing was sent.")
    document = await kept(house).draw(await kept(house).fetch(url, "MediaUrl"), quality)
    offered = await kept(house).offer(fax, document, quality)
    made = offered.communication
    status_of(made, offered.decision, now, house.settings.base_url.rstrip("/") or request.origin)
    if offered.repeated and (row := await _row(house, request.account, made.id)) is not None:
        return Answer(201, shown(request, row))
    return Answer(201, _new(request, made, quality, made.attachments[0].sid, "queued"))


def _asked_for(request: Request, house: House, now: datetime) -> tuple[Communication, str]:
    """The fax that a form asks for, without its document, and where that is. Raises `BadInput`."""
    form = request.form
    url = form.need("MediaUrl", code=21620)
    check_url(url, field="MediaUrl", allow_private=house.settings.allow_private, code=21620)
    callback = form.get("StatusCallback") or None
    if callback:
        check_url(callback, field="StatusCallback", allow_private=house.settings.allow_private)
    purpose = form.one_of("Purpose", _PURPOSES)
    wait = form.number("Ttl", 1, _LONGEST_WAIT) or _USUAL_WAIT
    fax = Communication(
        id=new_sid("FX"),
        account=request.account,
        kind=Kind.FAX,
        channel="rest",
        sender=_number(form, "From", 21212),
        recipient=_number(form, "To", 21211),
        at=now,
        purpose=Purpose(purpose) if purpose else None,
        end_user=form.text("EndUser", 128) or None,
        idempotency_key=_idempotency(request),
        expires_at=now + timedelta(minutes=wait),
        status_callback=callback,
        principal=request.caller.principal,
        discard=form.flag("StoreMedia") is False,
    )
    return fax, url


def kept(house: House) -> Faxes:
    """Who keeps faxes. Raises `Problem` where nobody does."""
    if house.faxes is None:
        raise Problem(400, _ABSENT, "Faxes are not carried here.")
    return house.faxes


def _number(form: Form, field: str, code: int) -> E164:
    try:
        return e164(form.need(field, code=code), code=code)
    except BadAddress as wrong:
        raise BadInput(str(wrong), field=field, code=code) from wrong


def _idempotency(request: Request) -> str | None:
    key = request.header("idempotency-key") or request.header("i-twilio-idempotency-token")
    if key is not None and len(key) > 256:
        raise BadInput("The idempotency key has more than 256 characters.", field="Idempotency-Key")
    return key or None


# --- showing --------------------------------------------------------------------------------------------------------


def shown(request: Request, row: Row[Any]) -> dict[str, Any]:
    """A fax as it is on record."""
    ended = row.state == "over"
    return _fields(request, row.account, row.sid, row.media) | {
        "from": row.sender,
        "to": row.recipient,
        "quality": row.quality,
        "num_pages": row.pages,
        "duration": round(row.seconds) if ended else None,
        "status": word_of(row.status, row.error_code, state=row.state),
        "direction": row.direction,
        "price": None if row.price is None else f"-{dollars(row.price)}",
        "date_created": iso8601(row.created_at),
        "date_updated": iso8601(max(row.updated_at, row.done_at or row.updated_at)),
        "error_code": row.error_code,
        "error_message": row.error_message,
        "remote_station_id": row.far or None,
        "bit_rate": row.rate or None,
    }


def _new(request: Request, fax: Communication, quality: str, media: str, status: str) -> dict[str, Any]:
    return _fields(request, fax.account, fax.id, media) | {
        "from": fax.sender.text,
        "to": fax.recipient.text,
        "quality": quality,
        "num_pages": fax.pages or None,
        "duration": None,
        "status": status,
        "direction": "outbound",
        "price": None,
        "date_created": iso8601(fax.at),
        "date_updated": iso8601(fax.at),
        "error_code": None,
        "error_message": None,
        "remote_station_id": None,
        "bit_rate": None,
    }


def _fields(request: Request, account: str, sid: str, media: str) -> dict[str, Any]:
    """What all faxes have in common."""
    url = f"{request.base}{_base(request, account)}/{sid}"
    return {
        "sid": sid,
        "account_sid": account,
        "api_version": FAX_VERSION,
        "price_unit": "USD",
        "media_sid": media or None,
        "media_url": f"{url}/Media/{media}" if media else None,
        "url": url,
        "links": {"media": f"{url}/Media"},
    }


def _base(request: Request, account: str) -> str:
    return f"/{V2010}/Accounts/{account}/Faxes" if request.product == "api" else "/v1/Faxes"


# --- reading and changing -------------------------------------------------------------------------------------------


async def read(request: Request, house: House) -> Answer:
    """List faxes, the newest first."""
    query, asked = request.query, window(request)
    filters = Filters(
        to=query.get("To") or None,
        sender=query.get("From") or None,
        created_from=query.instant("DateCreatedAfter"),
        created_before=query.instant("DateCreatedOnOrBefore"),
    )
    part = asked.slice()
    sheet = await house.database.read(lambda c: faxes.page(c, request.account, filters, part))
    page = page_2010 if request.product == "api" else page_v1
    return page(request, asked, "faxes", sheet, lambda row: shown(request, row))


async def fetch(request: Request, house: House) -> Answer:
    return Answer(200, shown(request, await _find(request, house)))


async def update(request: Request, house: House) -> Answer:
    """Take back with Status=canceled what is not on its way."""
    row, status = await _find(request, house), request.form.one_of("Status", ("canceled",))
    word = word_of(row.status, row.error_code, state=row.state)
    if status == "canceled" and (word not in _UNSENT or not await house.exchange.cancel(request.account, row.sid)):
        raise Conflict(f"The fax is {word}: it can't be canceled any more", code=30409)
    return Answer(200, shown(request, await _find(request, house)))


async def delete(request: Request, house: House) -> Answer:
    row = await _find(request, house)
    word = word_of(row.status, row.error_code, state=row.state)
    if word in _UNDER_WAY:
        raise Conflict(f"The fax is {word}: it can be deleted once it is done", code=20009)
    await kept(house).forget(request.account, row.sid)
    return Answer(204)


async def _find(request: Request, house: House) -> Row[Any]:
    row = await _row(house, request.account, request.parts["sid"])
    if row is None:
        raise NotFound(f"The requested fax {request.parts['sid'][:34]} was not found")
    return row


async def _row(house: House, account: str, sid: str) -> Row[Any] | None:
    if not is_sid(sid, "FX"):
        return None
    return await house.database.read(lambda c: faxes.whole(c, account, sid))


# --- pages ----------------------------------------------------------------------------------------------------------


def _medium(request: Request, row: Row[Any]) -> dict[str, Any]:
    url = f"{request.base}{_base(request, row.account)}/{row.sid}/Media/{row.media}"
    return {
        "sid": row.media,
        "fax_sid": row.sid,
        "account_sid": row.account,
        "content_type": _PDF,
        "date_created": iso8601(row.created_at),
        "date_updated": iso8601(row.updated_at),
        "url": url,
    }


async def media(request: Request, house: House) -> Answer:
    """A fax has one medium, or none any more."""
    row = await _find(request, house)
    asked = window(request)
    sheet = faxes.one(row if row.media else None)
    page = page_2010 if request.product == "api" else page_v1
    return page(request, asked, "media", sheet, lambda each: _medium(request, each))


async def medium(request: Request, house: House) -> Answer:
    """With `.json`, or without anything where JSON is asked for, what it is; else its pages."""
    row, named = await _find(request, house), request.parts["media"]
    sid, _, kind = named.partition(".")
    if not row.media or sid != row.media:
        raise NotFound(f"The requested media {sid[:34]} was not found")
    as_json = request.path.endswith(".json") or "application/json" in (request.header("accept") or "")
    if as_json and not kind.removesuffix("json"):
        return Answer(200, _medium(request, row))
    tiff = await kept(house).pages(request.account, row.sid)
    if kind == "tif":
        return _file(tiff, _TIFF)
    if kind == "png":
        page = request.query.number("Page", 1, pages.MOST_PAGES) or 1
        return _file(await asyncio.to_thread(pages.preview, tiff, page), _PNG)
    return _file(await asyncio.to_thread(pages.pdf_of, tiff), _PDF)


def _file(data: bytes, kind: str) -> Answer:
    async def whole() -> AsyncIterator[bytes]:
        yield data

    return Answer(200, Stream(kind=kind, size=len(data), pieces=whole()))


async def forget(request: Request, house: House) -> Answer:
    """Erase a fax's pages; that it was stays on record."""
    row = await _find(request, house)
    if word_of(row.status, row.error_code, state=row.state) in _UNDER_WAY:
        raise Conflict("The fax is still on its way: its pages are needed", code=20009)
    if row.media != request.parts["media"] or not await kept(house).forget_pages(request.account, row.sid):
        raise NotFound(f"The requested media {request.parts['media'][:34]} was not found")
    return Answer(204)


def _routes(product: str, every: str) -> tuple[Route, ...]:
    one, files = f"{every}/{{sid}}", f"{every}/{{sid}}/Media"
    listed = frozenset({"To", "From", "DateCreatedAfter", "DateCreatedOnOrBefore"})
    return (
        Route(product=product, method="POST", path=every, endpoint=create, fields=FIELDS, refused=_REFUSED),
        Route(product=product, method="GET", path=every, endpoint=read, fields=listed, pages=True),
        Route(product=product, method="GET", path=one, endpoint=fetch),
        Route(product=product, method="POST", path=one, endpoint=update, fields=frozenset({"Status"})),
        Route(product=product, method="DELETE", path=one, endpoint=delete),
        Route(product=product, method="GET", path=files, endpoint=media, pages=True),
        Route(product=product, method="GET", path=f"{files}/{{media}}", endpoint=medium, fields=frozenset({"Page"})),
        Route(product=product, method="DELETE", path=f"{files}/{{media}}", endpoint=forget),
    )


ROUTES = (*_routes("fax", "/v1/Faxes"), *_routes("api", "/2010-04-01/Accounts/{account}/Faxes"))
