"""The door of the pages: who is signed in, what they may, and that a form is ours.

Every page is declared with the right that it asks for (`asking.Page`), and comes through here: nothing else answers a
browser. A form carries its session's token, and has to come from a page of ours. What goes wrong is told as a page.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from hmac import compare_digest
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import msgspec
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from masstransit.carriage.archive import part_of
from masstransit.console.asking import (
    Answer,
    Asked,
    File,
    Form,
    Live,
    Page,
    Shown,
    Sound,
    Told,
    Upload,
    Visitor,
    Went,
    parts_of,
)
from masstransit.console.hardening import body_of, is_foreign
from masstransit.console.house import House
from masstransit.console.rendering import Renderer
from masstransit.errors import BadInput, Conflict, Denied, Fault, NotFound, StorageUnavailable
from masstransit.model.user import Right, Role, may
from masstransit.storage import users

log = logging.getLogger("masstransit.console")

IDLE, LONGEST = timedelta(hours=1), timedelta(hours=12)  #: how long a session lasts unused, and at most: defaults
SESSION, SAID = "session", "said"  #: cookies
_SEEN_EVERY = timedelta(minutes=1)
_LARGEST_FORM = 64 * 1024
_OWN_PASSWORD = "/security/password"  # noqa: S105 - a path
_WATCHING = 64  # event streams at once
_BEATS_BETWEEN_COMMENTS = 5

#: What a browser may do with these pages: load what we serve, send forms to us, and nothing else.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Door:
    """Lets visitors in, and answers them."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._renderer = Renderer()
        self._watching = 0

    def routes(self, pages: Sequence[Page]) -> list[BaseRoute]:
        """The pages, and the files that they load."""
        static = StaticFiles(directory=Path(__file__).parent / "static")
        return [
            *(Route(each.path, self._endpoint(each), methods=[each.method]) for each in pages),
            Mount("/console/static", static),
        ]

    def _endpoint(self, page: Page) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            asked = Asked(path=request.url.path, now=self._house.clock.now())
            try:
                asked = await self._asked(request, page)
                if elsewhere := self._elsewhere(page, asked):
                    return self._response(elsewhere, asked)
                return self._response(await page.show(self._house, asked), asked)
            except Fault as fault:
                return self._response(_told(fault, asked), asked)

        return answer

    # --- who asks -----------------------------------------------------------------------------------------------------

    async def _asked(self, request: Request, page: Page) -> Asked:
        now = self._house.clock.now()
        visitor = await self._visitor(request.cookies.get(SESSION, ""))
        form, file = await _sent(request, page.takes if visitor is not None else 0)
        asked = Asked(
            path=request.url.path,
            parts={name: str(value) for name, value in request.path_params.items()},
            query=Form.of(request.url.query),
            form=form,
            file=file,
            visitor=visitor,
            now=now,
            source=request.client.host if request.client else "",
            origin=self._house.settings.base_url or f"{request.url.scheme}://{request.headers.get('host', '')}",
            cookies=request.cookies,
            part=request.headers.get("range"),
        )
        if request.method == "POST":
            _is_ours(request, asked)
        return asked

    async def _visitor(self, token: str) -> Visitor | None:
        """Whose session a cookie opens. One that was unused for long is over, and so is one of somebody disabled."""
        if not token:
            return None
        house, now = self._house, self._house.clock.now()
        hashed = house.keys.token_hash(token)
        found = await house.database.read(lambda connection: users.session(connection, hashed))
        if found is None:
            return None
        session, user = found
        over = now > session.seen_at + IDLE or now > session.started_at + LONGEST or user.disabled_at is not None
        if over:
            await house.database.write(lambda connection: users.end_session(connection, hashed))
            return None
        if now > session.seen_at + _SEEN_EVERY:
            await house.database.write(lambda c: users.change_session(c, hashed, {"seen_at": now}))
        return Visitor(
            account=user.account,
            user=user.user,
            login=user.login,
            name=user.name,
            role=Role(user.role),
            csrf=session.csrf,
            token_hash=hashed,
            proven=session.proven,
            must_change=user.must_change,
        )

    def _elsewhere(self, page: Page, asked: Asked) -> Went | Shown | None:
        """Where a visitor has to go first; or that they may not go there at all. None: they may."""
        if page.right is None:
            return None
        visitor = asked.visitor
        if visitor is None:
            return Went(f"/signin?next={quote(asked.path)}" if page.method == "GET" else "/signin")
        if not page.unproven:
            if not visitor.proven:
                return Went("/signin/second")
            if visitor.must_change and page.path != _OWN_PASSWORD:
                return Went(_OWN_PASSWORD, "Choose a password of your own first: somebody else knows this one.")
        if page.right in visitor.rights:
            return None
        sentence = f"You are signed in as {visitor.role.value}. This is for {may(page.right)}."
        return Shown("fault.html", {"title": "Not yours to see", "sentence": sentence}, 403)

    # --- what is answered ---------------------------------------------------------------------------------------------

    def _response(self, answer: Answer, asked: Asked) -> Response:
        if isinstance(answer, Shown):
            said = unquote(asked.cookies.get(SAID, ""))
            html = self._renderer.render(answer.template, asked, {"said": said, **answer.values})
            response = Response(html, answer.status, media_type="text/html")
            if said:
                response.delete_cookie(SAID)
        elif isinstance(answer, Live):
            response = self._live(answer, asked)
        elif isinstance(answer, Sound):
            response = _sound(answer, asked)
        elif isinstance(answer, Told):
            response = Response(msgspec.json.encode(answer.value), answer.status, media_type="application/json")
            self._set(response, answer.cookies, asked)
        elif isinstance(answer, File):
            named = {"Content-Disposition": f'attachment; filename="{answer.name}"'}
            response = Response(answer.content, media_type=answer.media_type, headers=named)
        else:
            response = Response(status_code=303, headers={"Location": answer.to})
            sentence = {SAID: quote(answer.said[:500])} if answer.said else {}
            self._set(response, {**sentence, **answer.cookies}, asked)
        response.headers.update(HEADERS)
        return response

    def _set(self, response: Response, cookies: Mapping[str, str], asked: Asked) -> None:
        for name, value in cookies.items():
            if not value:
                response.delete_cookie(name)
                continue
            response.set_cookie(
                name, value, httponly=True, samesite="lax" if name == SESSION else "strict",
                secure=asked.origin.startswith("https:"), path="/",
            )  # fmt: skip

    def _live(self, live: Live, asked: Asked) -> Response:
        if self._watching >= _WATCHING:
            return Response("too many pages are watching; close one\n", 503, media_type="text/plain")
        return StreamingResponse(self._stream(live, asked), media_type="text/event-stream")

    async def _stream(self, live: Live, asked: Asked) -> AsyncIterator[bytes]:
        """HTML whenever it has changed, for as long as the session lasts."""
        self._watching += 1
        last, beats = "", 0
        try:
            yield b"retry: 2000\n\n"
            while not self._house.stopping() and await self._is_open(asked):
                html = self._renderer.render(live.template, asked, await live.look())
                if html != last:
                    last, beats = html, 0
                    yield "".join(f"data: {line}\n" for line in html.splitlines() if line.strip()).encode() + b"\n"
                elif beats % _BEATS_BETWEEN_COMMENTS == 0:
                    yield b": still here\n\n"
                beats += 1
                await asyncio.sleep(live.every)
        except StorageUnavailable:
            return  # the browser comes back by itself
        finally:
            self._watching -= 1

    async def _is_open(self, asked: Asked) -> bool:
        hashed = asked.who.token_hash

        def look(connection: Connection) -> bool:
            found = users.session(connection, hashed)
            return found is not None and found[1].disabled_at is None

        return await self._house.database.read(look)


async def _sent(request: Request, takes: int) -> tuple[Form, Upload | None]:
    """The form that came, and the file with it, of so many bytes at the most. Raises `BadInput`."""
    if request.method != "POST":
        return Form(), None
    body = await body_of(request, _LARGEST_FORM + takes, "form")
    kind = request.headers.get("content-type", "")
    if takes and kind.lower().startswith("multipart/form-data"):
        return parts_of(body, kind)
    return Form.of(body), None


def _is_ours(request: Request, asked: Asked) -> None:
    """Whether a form comes from a page of ours. Raises `Denied`."""
    if is_foreign(request.headers, {urlsplit(asked.origin).netloc}):
        raise Denied("this form was sent from another site's page: open ours, and send it from there")
    if asked.visitor is not None and not compare_digest(asked.form.get("csrf"), asked.visitor.csrf):
        raise Denied("this form is from an earlier session: go back, load the page anew and send it again")


def _sound(answer: Sound, asked: Asked) -> Response:
    """The part that the browser asks for: who listens may go back and forth."""
    part = part_of(asked.part, answer.size)
    if part is None:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{answer.size}"})
    start, stop, partly = part
    headers = {"Accept-Ranges": "bytes", "Content-Length": str(stop - start)}
    if partly:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{answer.size}"
    pieces = answer.read(start, stop)
    return StreamingResponse(pieces, 206 if partly else 200, headers=headers, media_type=answer.media_type)


def _told(fault: Fault, asked: Asked) -> Shown:
    """A fault, as a page."""
    if isinstance(fault, NotFound):
        status, title = 404, "Not there"
    elif isinstance(fault, BadInput):
        status, title = 400, "That can't be used"
    elif isinstance(fault, Conflict):
        status, title = 409, "Not any more"
    elif isinstance(fault, Denied):
        status, title = 403, "Not possible"
    elif isinstance(fault, StorageUnavailable):
        return Shown("fault.html", {"title": "Just a moment", "sentence": "The record can't be used just now."}, 503)
    else:
        log.error("the page %s failed: %s", asked.path, type(fault).__name__)
        return Shown("fault.html", {"title": "This went wrong", "sentence": "This could not be done."}, 500)
    sentence = str(fault)
    return Shown("fault.html", {"title": title, "sentence": sentence[:1].upper() + sentence[1:]}, status)


#: Every right that somebody who is signed in may have: for pages that are everybody's own.
ANYBODY = Right.NONE
