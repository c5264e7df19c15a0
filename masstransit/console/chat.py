"""The demo's page of a conversation: three people side by side, each at a socket of their own.

    GET  /chat          the page
    POST /chat/tokens   {identity}: an access token for one of the demo's people. 201 {token, conversation}

It shows what a client has to do: take a token, connect, resume, say, and tell people what the policy made of it. Like
the page of phones it answers to this machine's names alone (`Guard`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

import msgspec
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from masstransit.console.hardening import body_of
from masstransit.console.phones import Guard
from masstransit.console.rendering import templates
from masstransit.errors import BadInput

_LARGEST = 1024  # bytes


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """What a client needs to come in."""

    token: str
    conversation: str


class _Who(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    identity: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]


def routes(
    people: Sequence[str], enter: Callable[[str], Awaitable[Seat]], names: Callable[[], frozenset[str]]
) -> list[BaseRoute]:
    """The page of these people; `enter` gives one of them a token, `names` are our host names."""
    guarded = [Middleware(Guard, names=names)]

    async def page(_: Request) -> Response:
        html = templates().get_template("chat.html").render(people=people)
        return Response(html, media_type="text/html", headers={"Cache-Control": "no-store"})

    async def tokens(request: Request) -> Response:
        body = await body_of(request, _LARGEST, "body")
        try:
            who = msgspec.json.decode(body, type=_Who).identity
        except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
            raise BadInput(f"the body can't be used: {wrong}") from wrong
        if who not in people:
            raise BadInput(f"the demo has no {who}; it has {', '.join(people)}")
        seat = await enter(who)
        return Response(msgspec.json.encode(seat), 201, media_type="application/json")

    return [
        Route("/chat", page, methods=["GET"], middleware=guarded),
        Route("/chat/tokens", tokens, methods=["POST"], middleware=guarded),
    ]
