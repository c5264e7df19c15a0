"""The way from a signed link to the file, for whoever has it: a carrier, a customer's server, a phone."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from masstransit.carriage.media.mms import Mms, shown_as
from masstransit.errors import NotFound, StorageUnavailable

#: What a browser may do with what somebody sent: show it, alone, and nothing else.
_HEADERS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "cache-control": "private, no-store",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex",
    "cross-origin-resource-policy": "cross-origin",
}


def route(mms: Mms) -> BaseRoute:
    """GET /media/...: the file; 404 where the link is none of ours, is over, or leads to what is gone, and 403 where
    it leads to what harms: who is refused a file to send is not given a place to keep it."""

    async def fetch(request: Request) -> Response:
        opened = mms.shared.opened(request.url.path)
        if opened is None:
            return _nowhere()
        try:
            found = await mms.media.find(*opened)
            if found.look.scan.kept_back:
                return PlainTextResponse("This file is kept back: it may harm who opens it.\n", 403, _HEADERS)
            file = found.attachment
            data = await mms.media.read(*opened)
        except NotFound:
            return _nowhere()
        except StorageUnavailable:
            return PlainTextResponse("Try again in a moment.\n", 503, _HEADERS | {"retry-after": "5"})
        kind = shown_as(file.content_type)
        way = "inline" if kind == file.content_type else "attachment"
        named = f"{way}; filename*=utf-8''{quote(file.name)}" if file.name else way
        return Response(data, 200, _HEADERS | {"content-disposition": named}, kind)

    return Route("/media/{account}/{sid}/{ticket}", fetch)


def _nowhere() -> Response:
    return PlainTextResponse("This link leads nowhere any more.\n", 404, _HEADERS)
