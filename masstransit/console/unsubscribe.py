"""The page that a mail's List-Unsubscribe leads to.

    GET  /u/TOKEN    asks what to stop; nothing is stopped by it: programs follow links before people do
    POST /u/TOKEN    List-Unsubscribe=One-Click (RFC 8058): no more advertising
                     wish: marketing | all, as the page sends it

The token is what proves who asks: it stands in that one mail. So there are no cookies and no log-in, and a form that
another site sends does no more than its reader could.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from masstransit.carriage.mailing.outgoing import PATH
from masstransit.carriage.mailing.unsubscribing import Subscription, Unsubscribes
from masstransit.console.hardening import body_of
from masstransit.console.recipient import HEADERS
from masstransit.console.rendering import templates
from masstransit.console.tongues import chosen, tongues
from masstransit.errors import BadInput, NotFound, StorageUnavailable

log = logging.getLogger("masstransit.console")
_LARGEST_BODY = 4096  # bytes of a form
_LARGEST_FIELDS = 10
_TRY_AGAIN = {"Retry-After": "30"}


def routes(unsubscribes: Unsubscribes) -> Sequence[BaseRoute]:
    """The page."""
    page = _Page(unsubscribes)
    return [
        Route(PATH + "{token}", page.ask, methods=["GET"]),
        Route(PATH + "{token}", page.do, methods=["POST"]),
    ]


class _Page:
    """The endpoints."""

    def __init__(self, unsubscribes: Unsubscribes) -> None:
        self._unsubscribes = unsubscribes
        self._jinja = templates()

    async def ask(self, request: Request) -> Response:
        """What is there to stop."""
        try:
            subscription = await self._unsubscribes.look(request.path_params["token"])
        except NotFound:
            return self._show(request, 404)
        except StorageUnavailable:
            return self._show(request, 503, busy=True)
        return self._show(request, subscription=subscription)

    async def do(self, request: Request) -> Response:
        """Stop it. A mail program wants no page, and tries again where it is told that this failed."""
        token = request.path_params["token"]
        try:
            form = dict(
                parse_qsl((await body_of(request, _LARGEST_BODY, "form")).decode(), max_num_fields=_LARGEST_FIELDS)
            )
        except (BadInput, ValueError):
            return PlainTextResponse("The form can't be read.\n", 400)
        everything = form.get("wish") == "all"
        by_program = form.get("List-Unsubscribe") == "One-Click"
        if not by_program and form.get("wish") not in {"marketing", "all"}:
            return PlainTextResponse("Say List-Unsubscribe=One-Click (RFC 8058).\n", 400)
        try:
            said = "one click" if by_program else "unsubscribe"
            subscription = await self._unsubscribes.by_token(token, everything=everything, said=said)
        except NotFound:
            return PlainTextResponse("This is no link of ours.\n", 404) if by_program else self._show(request, 404)
        except StorageUnavailable as lost:
            log.warning("unsubscribing waits: %s", lost)
            if by_program:
                return PlainTextResponse("Try again in a moment.\n", 503, _TRY_AGAIN)
            return self._show(request, 503, busy=True)
        if by_program:
            return PlainTextResponse("Unsubscribed.\n")
        return self._show(request, subscription=subscription, done="all" if everything else "marketing")

    def _show(
        self,
        request: Request,
        status: int = 200,
        *,
        subscription: Subscription | None = None,
        **told: Any,
    ) -> Response:
        language = chosen(request.query_params.get("lang", ""), request.headers.get("accept-language", ""))
        html = self._jinja.get_template("recipient/unsubscribe.html").render(
            t=tongues()[language],
            language=language,
            languages={code: each["name"] for code, each in tongues().items()},
            here=f"{request.url.path}?lang=",
            path=request.url.path,
            session=None,
            subscription=subscription,
            **{"busy": False, "done": "", **told},
        )
        return Response(html, status, media_type="text/html", headers={"Cache-Control": "no-store"} | HEADERS)
