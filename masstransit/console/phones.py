"""The demo's page of virtual phones, and the JSON that stands behind it.

    GET  /  /phones                       the page; it can be read without JavaScript
    GET  /phones/events                   server-sent events: `message` {number, message}, `call` {number, call}
    GET  /phones/decisions                the last decisions, newest first
    GET  /phones/{number}/messages        what the phone received; ?all=1 also what it sent
    POST /phones/{number}/messages        {to, text, media: [{data (base64), name, content_type}]}: the person writes.
                                          201
    POST /phones/{number}/complaints      {message}: the person complains about a message received. 201
    POST /phones/{number}/behaviour       {behaviour}: receives, switched-off, unknown, busy
    GET  /phones/{number}/calls           its calls, with what was heard
    POST /phones/{number}/calls           {to}: the person calls somebody. 201
    POST /phones/{number}/calls/{call}    {act}: answer (`as`: human, machine, fax), press (`keys`), say (`text`),
                                          hang-up

The page shows the demo's credentials, so it answers only to the names of this machine (no DNS rebinding), takes JSON
only, and nothing that another site's page sent (`Guard`). Errors are `{"error": sentence}`.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, TypeVar
from urllib.parse import urlsplit

import msgspec
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from masstransit.carriage.channel import File
from masstransit.channels.loopback import Behaviour, LoopbackTrunk, Phone, Phones, Shown, ShownCall
from masstransit.channels.loopback.calls import Handsets
from masstransit.console.hardening import body_of, is_foreign, with_headers
from masstransit.console.rendering import templates
from masstransit.errors import BadInput, Conflict, Fault, NotFound, StorageUnavailable
from masstransit.model.call import AnsweredBy

log = logging.getLogger("masstransit.console")
T = TypeVar("T")

_LARGEST_BODY = 16 * 1024  # bytes of JSON; a text of 1600 characters needs 9600 at most
_LARGEST_MESSAGE = 8 * 1024 * 1024  # ... with pictures, which are a third larger in JSON
_MOST_FILES = 10
_LONGEST_TEXT = 1600  # characters, as the SDKs know it (error 21617)
_PAGES_WATCHING = 64  # event streams at once
_BEAT = 1.0  # seconds between looks at `stopping`
_BEATS_BETWEEN_COMMENTS = 15  # proxies cut a stream that is silent for long

#: What a browser may do with these pages: load what we serve, and nothing else.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_BEHAVIOURS = {
    Behaviour.RECEIVES: "Receives",
    Behaviour.SWITCHED_OFF: "Switched off",
    Behaviour.UNKNOWN: "Unknown number",
    Behaviour.BUSY: "Carrier busy",
}

Complain: TypeAlias = Callable[[str, str], Awaitable[None]]
Recent: TypeAlias = Callable[[], Awaitable[Sequence[Mapping[str, Any]]]]


class Kit(msgspec.Struct, frozen=True, kw_only=True):
    """What a developer needs to send from the demo's customer."""

    base_url: str
    account_sid: str
    auth_token: str
    numbers: tuple[str, ...]  #: the customer's


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    data: bytes  # base64, as JSON has bytes
    name: Annotated[str, msgspec.Meta(max_length=255)] = ""
    content_type: Annotated[str, msgspec.Meta(max_length=128)] = ""


class _Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    to: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    text: Annotated[str, msgspec.Meta(max_length=_LONGEST_TEXT)] = ""
    media: Annotated[tuple[_File, ...], msgspec.Meta(max_length=_MOST_FILES)] = ()


class _Complaint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    message: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class _Dials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    to: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]


class _Does(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"as_": "as"}):
    act: Literal["answer", "press", "say", "hang-up"]
    as_: AnsweredBy = AnsweredBy.HUMAN
    keys: Annotated[str, msgspec.Meta(pattern="^[0-9*#]{1,64}$")] = "#"
    text: Annotated[str, msgspec.Meta(max_length=_LONGEST_TEXT)] = ""


class _Behaves(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    behaviour: Behaviour


def routes(
    phones: Phones,
    trunk: LoopbackTrunk,
    *,
    handsets: Handsets | None = None,
    kit: Callable[[], Kit | None] = lambda: None,
    complain: Complain | None = None,
    recent: Recent | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> list[BaseRoute]:
    """The page and its JSON.

    `kit` is asked at each page, since the port is known late. `complain(number, message_id)` hears complaints;
    `recent()` gives the last decisions, newest first: mappings with `id`, `at` (aware UTC), `verdict`, `clause`,
    `reason`, `from`, `to`. `handsets` are the phones as who can be called.
    Without them those parts of the page are left out. Event streams end soon after
    `stopping()` turns true, so that a server need not wait for open pages.
    """
    pages = _Pages(phones, trunk, handsets, kit=kit, complain=complain, recent=recent, stopping=stopping)
    guarded = [Middleware(Guard, names=lambda: _names(kit()))]

    def route(path: str, endpoint: Callable[[Request], Awaitable[Response]], method: str = "GET") -> Route:
        return Route(path, endpoint, methods=[method], middleware=guarded)

    return [
        route("/", pages.page),
        route("/phones", pages.page),
        route("/phones/events", pages.events),
        route("/phones/decisions", pages.decisions),
        route("/phones/{number}/messages", pages.messages),
        route("/phones/{number}/messages", pages.answer, "POST"),
        route("/phones/{number}/complaints", pages.complain, "POST"),
        route("/phones/{number}/behaviour", pages.behave, "POST"),
        route("/phones/{number}/calls", pages.calls),
        route("/phones/{number}/calls", pages.dial, "POST"),
        route("/phones/{number}/calls/{call}", pages.on_call, "POST"),
        Mount("/console/static", StaticFiles(directory=Path(__file__).parent / "static"), middleware=guarded),
    ]


class Guard:
    """ASGI middleware: this machine's names only, no other site's posts, and faults as JSON.

    `names` gives host names that are ours beside `localhost` and IP addresses. A page that reached us under another
    name has been rebound to us by somebody's DNS, and would read the token.
    """

    def __init__(self, app: ASGIApp, names: Callable[[], frozenset[str]]) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        refused = self._refused(scope["method"], headers)
        sending = with_headers(send, _HEADERS)
        if refused is not None:
            await refused(scope, receive, sending)
            return
        try:
            await self._app(scope, receive, sending)
        except Fault as fault:
            await _told(fault)(scope, receive, sending)

    def _refused(self, method: str, headers: Headers) -> Response | None:
        host = headers.get("host", "")
        if not _is_ours(host, self._names()):
            return _error(421, "this page answers only to this machine's own names")
        if method in ("GET", "HEAD"):
            return None
        if is_foreign(headers, {host}):
            return _error(403, "another site's page may not use the phones")
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return _error(415, "send JSON, with Content-Type: application/json")
        return None


class _Pages:
    """The endpoints."""

    def __init__(
        self,
        phones: Phones,
        trunk: LoopbackTrunk,
        handsets: Handsets | None,
        *,
        kit: Callable[[], Kit | None],
        complain: Complain | None,
        recent: Recent | None,
        stopping: Callable[[], bool],
    ) -> None:
        self._phones = phones
        self._trunk = trunk
        self._handsets = handsets
        self._kit = kit
        self._complain = complain
        self._recent = recent
        self._stopping = stopping
        self._watching = 0
        self._complained: set[tuple[str, str]] = set()
        self._template = templates().get_template("phones.html")

    async def page(self, _: Request) -> Response:
        kit = self._kit()
        html = self._template.render(
            phones=self._phones.all.values(),
            behaviours=_BEHAVIOURS,
            kit=kit,
            numbers=kit.numbers if kit else (),
            complains=self._complain is not None,
            complained=self._complained,
            decisions=await self._recent() if self._recent else None,
            longest=_LONGEST_TEXT,
        )
        return Response(html, media_type="text/html", headers={"Cache-Control": "no-store"})

    async def messages(self, request: Request) -> Response:
        phone = self._phone(request)
        everything = request.query_params.get("all") == "1"
        return _json([m for m in phone.messages if everything or m.direction == "received"])

    async def answer(self, request: Request) -> Response:
        phone = self._phone(request)
        said = await _read(request, _Answer, _LARGEST_MESSAGE)
        if "\0" in said.text:
            raise BadInput("a text message can't hold a NUL character", field="text")
        if not said.text and not said.media:
            raise BadInput("a message has a text, or a picture", field="text")
        files = [File(data=each.data, name=each.name, content_type=each.content_type) for each in said.media]
        return _json(await self._trunk.answer(phone.number, said.to, said.text, files), 201)

    async def complain(self, request: Request) -> Response:
        phone = self._phone(request)
        about = (await _read(request, _Complaint)).message
        if not any(m.id == about and m.direction == "received" for m in phone.messages):
            raise NotFound(f"phone {phone.number} has received no message {about}")
        if self._complain is None:
            raise NotFound("nobody takes complaints here")
        if (phone.number, about) not in self._complained:  # a second click is no second complaint
            await self._complain(phone.number, about)
            self._complained.add((phone.number, about))
        return _json({"number": phone.number, "message": about}, 201)

    async def behave(self, request: Request) -> Response:
        phone = self._phone(request)
        phone.behaviour = (await _read(request, _Behaves)).behaviour
        return _json({"number": phone.number, "behaviour": phone.behaviour})

    async def calls(self, request: Request) -> Response:
        phone = self._phone(request)
        return _json([call.shown for call in self._handsets.calls(phone.number)] if self._handsets else [])

    async def dial(self, request: Request) -> Response:
        phone = self._phone(request)
        if self._handsets is None:
            raise NotFound("these phones can't call")
        return _json((await self._handsets.dial(phone.number, (await _read(request, _Dials)).to)).shown, 201)

    async def on_call(self, request: Request) -> Response:
        phone = self._phone(request)
        if self._handsets is None:
            raise NotFound("these phones can't be called")
        call = self._handsets.call(phone.number, request.path_params["call"])
        does = await _read(request, _Does)
        if does.act == "answer":
            call.take(does.as_)
        elif does.act == "press":
            call.press(does.keys)
        elif does.act == "say":
            call.say(does.text)
        else:
            call.drop()
        return _json(call.shown)

    async def decisions(self, _: Request) -> Response:
        return _json(list(await self._recent()) if self._recent else [])

    async def events(self, _: Request) -> Response:
        if self._watching >= _PAGES_WATCHING:
            return _error(503, "too many pages are watching; close one")
        return StreamingResponse(self._stream(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    async def _stream(self) -> AsyncIterator[bytes]:
        """Messages as server-sent events. The watch is on before the first byte is out: who then reads the lists
        misses nothing."""
        self._watching += 1
        watch = self._phones.watch()
        coming = asyncio.ensure_future(anext(watch))
        try:
            await asyncio.sleep(0)
            yield b"retry: 1000\n\n"
            beats = 0
            while not self._stopping():
                done, _ = await asyncio.wait({coming}, timeout=_BEAT)
                if done:
                    yield _event(*coming.result())
                    coming = asyncio.ensure_future(anext(watch))
                    continue
                beats += 1
                if beats % _BEATS_BETWEEN_COMMENTS == 0:
                    yield b": still here\n\n"
        finally:
            self._watching -= 1
            coming.cancel()

    def _phone(self, request: Request) -> Phone:
        return self._phones.phone(request.path_params["number"])


def _event(number: str, what: Shown | ShownCall) -> bytes:
    name = "message" if isinstance(what, Shown) else "call"
    data = msgspec.json.encode({"number": number, name: what})  # one line: JSON escapes line ends
    return f"event: {name}\ndata: ".encode() + data + b"\n\n"


async def _read(request: Request, kind: type[T], largest: int = _LARGEST_BODY) -> T:
    """The body as `kind`. Raises `BadInput`."""
    body = await body_of(request, largest, "body")
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise BadInput(f"the body can't be used: {wrong}") from wrong


def _names(kit: Kit | None) -> frozenset[str]:
    """The host name by which customers know us."""
    return frozenset() if kit is None else frozenset({urlsplit(kit.base_url).hostname or ""})


def _is_ours(host: str, names: frozenset[str]) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name == "localhost" or name in names:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _told(fault: Fault) -> Response:
    if isinstance(fault, NotFound):
        return _error(404, str(fault))
    if isinstance(fault, BadInput):
        return _error(400, str(fault))
    if isinstance(fault, Conflict):
        return _error(409, str(fault))
    if isinstance(fault, StorageUnavailable):
        return _error(503, "the records can't be written just now; try again")
    log.error("the phones page failed: %s", type(fault).__name__)
    return _error(500, "this could not be done")


def _error(status: int, sentence: str) -> Response:
    return _json({"error": sentence}, status)


def _json(value: Any, status: int = 200) -> Response:
    return Response(
        msgspec.json.encode(value),
        status,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
