"""The way from a short link to where it leads, for whoever follows it.

The host of the request is a link domain, its path a code; only what is on record is led to. There is nobody to
authenticate, and nothing about the person is kept: how often a link was followed, and when last.
"""

from __future__ import annotations

import logging
from typing import Any

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from masstransit.api.house import House
from masstransit.api.routing import host_of
from masstransit.carriage.shortening import CODE
from masstransit.errors import StorageUnavailable
from masstransit.storage import short_links

log = logging.getLogger("masstransit.api")

#: Not kept by anybody on the way, not told to the target, not found by search engines.
_HEADERS = {"cache-control": "no-store", "referrer-policy": "no-referrer", "x-robots-tag": "noindex"}
_NOWHERE = "This link leads nowhere any more.\n"


class _Code(Convertor[str]):
    """A path's segment that can be the code of a short link."""

    regex = CODE

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("short_link", _Code())


def route(house: House) -> BaseRoute:
    """GET /CODE: 302 to where it leads, 404 where it leads nowhere."""

    async def lead(request: Request) -> Response:
        domain = host_of(request.scope)[0].partition(":")[0].lower()
        code, now = request.path_params["code"], house.clock.now()
        try:
            target = await house.database.read(lambda c: short_links.target(c, domain, code, now))
        except StorageUnavailable:
            return PlainTextResponse("Try again in a moment.\n", 503, _HEADERS | {"retry-after": "5"})
        if target is None:
            return PlainTextResponse(_NOWHERE, 404, _HEADERS)
        if request.method == "GET":
            await _count(house, domain, code, now)
        return RedirectResponse(target, 302, _HEADERS)

    return Route("/{code:short_link}", lead)


async def _count(house: House, domain: str, code: str, now: Any) -> None:
    """Count it; a count that can't be stored keeps nobody from going on."""
    try:
        await house.database.write(lambda c: short_links.followed(c, domain, code, now))
    except StorageUnavailable as lost:
        log.warning("a short link's count could not be stored: %s", lost)
