"""The ASGI application: the dialect's resources first, without a layer between; pages and everything else behind."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request as PageRequest
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.routing import Route as PageRoute
from starlette.types import Lifespan, Message, Receive, Scope, Send

from masstransit.api import short_links
from masstransit.api.auth import Auth
from masstransit.api.dialect import (
    MAIL,
    PAGING,
    Answer,
    Problem,
    Request,
    Route,
    Stream,
    encode,
    parse_form,
    problem_of,
)
from masstransit.api.errors_table import page
from masstransit.api.house import House
from masstransit.api.routing import Place, Table
from masstransit.errors import BadInput, Denied, NotFound
from masstransit.model.sid import new_sid

log = logging.getLogger("masstransit.api")

_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_IN_THE_MAIL = "it stands in the mail itself"
_AT_ONCE = 65_536  # bytes of a form that is read on the loop; a mebibyte of escapes takes a third of a second
_DRAINED = 16  # times the limit that a client is heard out, so that it reads the answer and not a reset
_MOST_DRAINED = 64 * 1024 * 1024  # bytes, and no more beyond the limit
_TYPE = (b"content-type", b"application/json")


class Doors(Starlette):
    """Requests for a product go to its endpoints; the rest goes to Starlette."""

    def __init__(
        self, house: House, routes: Sequence[Route], also: Sequence[BaseRoute], lifespan: Lifespan[Any] | None
    ) -> None:
        self.house = house
        self.table = Table(routes, domain=house.settings.domain, base_url=house.settings.base_url)
        self.auth = Auth(house)
        super().__init__(
            routes=[PageRoute("/docs/errors/{code:int}", _error_page), *also, short_links.route(house)],
            exception_handlers={404: self._lost, 405: self._lost},
            lifespan=lifespan,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            place = self.table.place(scope)
            if place is not None:
                await self._serve(scope, receive, send, place)
                return
        await super().__call__(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, place: Place) -> None:
        """Answer one request. Whatever goes wrong is answered in the dialect."""
        request = Request(scope, place.product, place.path, place.base)
        try:
            answer = await self._answer(request, receive, place)
        except Exception as raised:
            problem = problem_of(raised)
            if problem is None:
                log.exception("%s %s:%s failed", request.method, place.product, place.path[:80])
                problem = Problem(500, 20500, "Something broke on our side; it is on record")
            answer = self._refusal(problem, request)
        await _send(answer, send)

    async def _answer(self, request: Request, receive: Receive, place: Place) -> Answer:
        method = "GET" if request.method == "HEAD" else request.method
        route, parts, methods = self.table.find(place, method)
        headers = request.headers
        client = request.scope.get("client")
        source = client[0] if client else ""
        request.caller = await self.auth.admit(
            headers.get(b"authorization"),
            parts.get("account"),
            source,
            changes=method != "GET",
            wants="accept" if route is not None and route.wants == "accept" else "login",
        )
        if route is None:
            raise _no_route(request, methods)
        request.parts = parts
        if route.wants == "lookup":
            await self.auth.looks_up(request.caller, place.path)
        request.body = await _read_body(receive, headers, *self._most(request, route))
        await _read_fields(request, route)
        try:
            answer = await route.endpoint(request, self.house)
        except NotFound:
            await self.auth.missed(request.caller, place.path)
            raise
        except Denied:
            await self.auth.overreached(request.caller, place.path)
            raise
        if route.rekeys:
            self.auth.forget()
        return answer

    def _most(self, request: Request, route: Route) -> tuple[int, str]:
        """How many bytes a body may have, and how more of them could come."""
        settings = self.house.settings
        if _is_mail(request, route):
            return settings.largest_mail, ""
        way = f": a whole mail ({MAIL}) may have {settings.largest_mail}" if route.mail else ""
        return route.raw or route.form or settings.largest_body, way

    def _refusal(self, problem: Problem, request: Request) -> Answer:
        base = self.house.settings.base_url.rstrip("/") or request.origin
        body: dict[str, Any] = {
            "code": problem.code,
            "message": str(problem),
            "more_info": f"{base}/docs/errors/{problem.code}",
            "status": problem.status,
        }
        if problem.details:
            body["details"] = problem.details
        headers: tuple[tuple[bytes, bytes], ...] = ()
        if problem.retry_after is not None:
            headers += ((b"retry-after", b"%d" % max(1, math.ceil(problem.retry_after))),)
        if problem.status == 401:
            headers += ((b"www-authenticate", b'Basic realm="MassTransit API"'),)
        if problem.status == 405 and problem.details:
            headers += ((b"allow", ", ".join(problem.details["allowed"]).encode()),)
        if problem.status == 413:
            headers += ((b"connection", b"close"),)
        return Answer(problem.status, body, headers)

    async def _lost(self, request: PageRequest, raised: Exception) -> Response:
        """What nobody serves, in the dialect too: a client with a wrong base URL should be able to read it."""
        status = raised.status_code if isinstance(raised, HTTPException) else 404
        problem = (
            Problem(405, 20004, f"Method {request.method} is not allowed here")
            if status == 405
            else Problem(404, 20404, f"The requested resource {request.url.path[:200]} was not found")
        )
        base = self.house.settings.base_url.rstrip("/") or str(request.base_url).rstrip("/")
        told = {"code": problem.code, "message": str(problem), "more_info": f"{base}/docs/errors/{problem.code}"}
        return JSONResponse(told | {"status": problem.status}, problem.status)


def _no_route(request: Request, methods: Sequence[str]) -> Problem:
    if methods:
        text = f"Method {request.method[:16]} is not allowed here; this resource knows {', '.join(methods)}"
        return Problem(405, 20004, text, details={"allowed": list(methods)})
    return Problem(404, 20404, f"The requested resource {request.path[:200]} was not found")


async def _read_body(receive: Receive, headers: Mapping[bytes, bytes], largest: int, way: str = "") -> bytes:
    """The whole body, if it is not too large. Raises `Problem`."""
    too_large = Problem(413, 20413, f"The request is larger than {largest} bytes{way}")
    declared = headers.get(b"content-length", b"0")
    heard_out = min(_DRAINED * largest, largest + _MOST_DRAINED)
    if not declared.isdigit() or int(declared) > heard_out:
        raise too_large
    chunks: list[bytes] = []
    size, more = 0, True
    while more and size <= heard_out:
        message = await receive()
        size += len(message.get("body", b""))
        if size <= largest:
            chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    if size > largest:
        raise too_large
    if message["type"] == "http.disconnect":
        raise BadInput("The request ended before its body was whole.", code=20001)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _is_mail(request: Request, route: Route) -> bool:
    return bool(route.mail) and request.kind == MAIL


async def _read_fields(request: Request, route: Route) -> None:
    """Read query and form, and refuse by name what the endpoint does not act on. Raises `BadInput`, `Problem`."""
    query: bytes = request.scope.get("query_string", b"")
    known = route.fields | PAGING if route.pages else route.fields
    whole = _is_mail(request, route)
    if query:
        request.query = parse_form(query, "query")
        if whole:
            request.query.only(route.mail, dict.fromkeys(route.fields - route.mail, _IN_THE_MAIL))
        else:
            asks = route.raw or route.method in {"GET", "DELETE"}
            request.query.only(known if asks else frozenset(), route.refused)
    if route.method == "GET" or route.raw or whole or not request.body:
        return
    if request.kind == _JSON and route.json:
        return
    if request.kind != _FORM:
        others = [*([_JSON] if route.json else []), *([MAIL] if route.mail else [])]
        raise Problem(415, 20415, f"The content type is not supported: send {' or '.join([_FORM, *others])}")
    at_once = len(request.body) <= _AT_ONCE
    request.form = (
        parse_form(request.body, "form") if at_once else await asyncio.to_thread(parse_form, request.body, "form")
    )
    request.form.only(known, route.refused)


async def _send(answer: Answer, send: Send) -> None:
    stream = answer.body if isinstance(answer.body, Stream) else None
    body = b"" if answer.body is None or stream is not None else encode(answer.body)
    headers = [
        (b"twilio-request-id", new_sid("RQ").encode()),
        (b"content-length", b"%d" % (len(body) if stream is None else stream.size)),
        *answer.headers,
    ]
    if stream is not None:
        headers.append((b"content-type", stream.kind.encode()))
    elif body:
        headers.append(_TYPE)
    start: Message = {"type": "http.response.start", "status": answer.status, "headers": headers}
    await send(start)
    if stream is not None:
        async for piece in stream.pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": body})


async def _error_page(request: PageRequest) -> Response:
    found = page(request.path_params["code"])
    if found is None:
        raise HTTPException(404)
    return HTMLResponse(found)
