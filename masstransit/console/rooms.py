"""The page that joins a video room from a browser: camera and microphone, the others, a shared screen, and whether one
may be recorded.

    GET  /rooms/{room}    the page. The access token stands behind a #, which no browser sends to anybody

What the page says to the house goes over the socket (`docs/video.md`). It loads nothing but our own script and style,
and of what a browser has it asks for camera, microphone and screen only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from masstransit.console.hardening import with_headers
from masstransit.console.rendering import templates
from masstransit.console.tongues import chosen, tongues

_LONGEST = 128  # characters of a room's name
_STATES = (
    "AK", "AL", "AR", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "HI", "IA", "ID", "IL", "IN", "KS",
    "KY", "LA", "MA", "MD", "ME", "MI", "MN", "MO", "MS", "MT", "NC", "ND", "NE", "NH", "NJ", "NM", "NV",
    "NY", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VT", "WA", "WI", "WV", "WY",
)  # fmt: skip

#: What a browser may do with the page: load our style and script, talk with our socket, show and play what it gets.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self)",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


def routes() -> Sequence[BaseRoute]:
    """The page, and what it loads."""
    hardened = [Middleware(_Hardened)]
    static = StaticFiles(directory=Path(__file__).parent / "static")
    return [
        Route("/rooms/{room}", _page, methods=["GET"], middleware=hardened),
        Mount("/rooms/static", static, middleware=hardened),
    ]


async def _page(request: Request) -> Response:
    name = request.path_params["room"][:_LONGEST]
    language = chosen(request.query_params.get("lang", ""), request.headers.get("accept-language", ""))
    said: Mapping[str, Any] = tongues()[language]["room"]
    html = (
        templates()
        .get_template("room.html")
        .render(room=name, language=language, t=said, words=msgspec.json.encode(said["words"]).decode(), states=_STATES)
    )
    return Response(html, media_type="text/html", headers={"Cache-Control": "no-store"})


class _Hardened:
    """ASGI middleware: answers carry the headers above."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, with_headers(send, _HEADERS))
