"""The page on which people see who writes to them, stop it, and complain.

    GET  /me              asks for a number; to who proved that it is theirs it shows what is on record about them
    POST /me/code         number: a code goes to it. 303 to /me/code
    GET  /me/code         asks for the code
    POST /me/proof        code: a session begins. 303 to /me
    POST /me/leave        it ends
    POST /me/wish         writer, wish: marketing | all | person | start
    POST /me/record       writer: what was agreed to and taken back, as a signed file
    GET  /me/complaint    ?line=MARK: asks what is wrong
    POST /me/complaint    line, message, reason

Every GET takes `?lang=en`, which is remembered. Forms carry a mark of the visitor's own token and, once there is one,
of their session, so that no other site can send them. The page works without JavaScript, and the browser is told to
load nothing but our style. It answers under any name: it shows nothing before a code has proved whose it is.
"""

from __future__ import annotations

import hmac
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from masstransit.carriage.codes import TooOften
from masstransit.carriage.possession import Possession, Session
from masstransit.carriage.recipients import WISHES, Recipients
from masstransit.console.hardening import body_of, is_foreign, with_headers
from masstransit.console.rendering import templates
from masstransit.console.tongues import chosen, day, tongues
from masstransit.errors import BadInput, Denied, NotFound, StorageUnavailable
from masstransit.storage.keys import Keys

log = logging.getLogger("masstransit.console")
Form: TypeAlias = Mapping[str, str]

_LARGEST_BODY = 4096  # bytes of a form
_MOST_FIELDS = 10
_VISIT, _SESSION, _LANGUAGE = "me_visit", "me_session", "me_language"
_TOKEN = re.compile(r"[A-Za-z0-9_\-]{20,64}")
_YEAR = 365 * 24 * 3600
REASONS = ("never-agreed", "stopped", "fraud", "offensive", "other")

#: What a browser may do with these pages: load our style, and send forms to us.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with "no-referrer" browsers would send no Origin with our own forms
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


def routes(possession: Possession, recipients: Recipients, *, keys: Keys, base_url: str = "") -> Sequence[BaseRoute]:
    """The page. `base_url` is how people reach it where a proxy stands before it ("": as each request came in)."""
    page = _Page(possession, recipients, keys, base_url)
    static = StaticFiles(directory=Path(__file__).parent / "static")
    return [
        Route("/me", page.serve(page.mine), methods=["GET"]),
        Route("/me/code", page.serve(page.enter_code), methods=["GET"]),
        Route("/me/code", page.serve(page.ask), methods=["POST"]),
        Route("/me/proof", page.serve(page.prove), methods=["POST"]),
        Route("/me/leave", page.serve(page.leave), methods=["POST"]),
        Route("/me/wish", page.serve(page.wish), methods=["POST"]),
        Route("/me/record", page.serve(page.record), methods=["POST"]),
        Route("/me/complaint", page.serve(page.complaint), methods=["GET"]),
        Route("/me/complaint", page.serve(page.complain), methods=["POST"]),
        Mount("/me/static", _hardened(static)),
    ]


class _Visit:
    """A request with what its cookies say."""

    def __init__(self, request: Request, keys: Keys, session: Session | None) -> None:
        cookies = request.cookies
        self.request = request
        self.session = session
        self.token = _known(cookies.get(_VISIT, "")) or secrets.token_urlsafe(24)
        self.session_token = _known(cookies.get(_SESSION, "")) if session else ""
        asked = [request.query_params.get("lang", ""), cookies.get(_LANGUAGE, "")]
        known = [code for code in asked if code in tongues()]
        self.language = chosen(known[0] if known else "", request.headers.get("accept-language", ""))
        self.form_mark = keys.mark("form", self.token, self.session_token)

    @property
    def sentences(self) -> Mapping[str, Any]:
        return tongues()[self.language]


_Endpoint: TypeAlias = Callable[[_Visit, Form], Awaitable[Response]]


class _Page:
    """The endpoints."""

    def __init__(self, possession: Possession, recipients: Recipients, keys: Keys, base_url: str) -> None:
        self._possession = possession
        self._recipients = recipients
        self._keys = keys
        self._outside = urlsplit(base_url)
        self._jinja = templates()

    def serve(self, endpoint: _Endpoint) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint with what all have in common: the session, the form, what goes wrong, cookies and headers."""

        async def serving(request: Request) -> Response:
            visit = _Visit(request, self._keys, None)
            try:
                visit = _Visit(request, self._keys, await self._session(request))
                form = await self._form(visit) if request.method == "POST" else {}
                answer = await endpoint(visit, form)
            except Denied:
                answer = self._fault(visit, "stale", 403)
            except (NotFound, BadInput):
                answer = self._fault(visit, "gone", 404)
            except StorageUnavailable as lost:
                log.warning("the recipients' page waits: %s", lost)
                answer = self._fault(visit, "busy", 503)
            self._remember(visit, answer)
            return answer

        return serving

    # --- proof ----------------------------------------------------------------------------------------------------

    async def mine(self, visit: _Visit, _: Form) -> Response:
        if visit.session is None:
            return self._show(visit, "enter", fault="", number="")
        overview = await self._recipients.overview(visit.session)
        done, mark = visit.request.query_params.get("done", ""), visit.request.query_params.get("of", "")
        about = next((writer for writer in overview.writers if writer.mark == mark), None)
        return self._show(
            visit,
            "mine",
            overview=overview,
            done=done if done in visit.sentences["done"] else "",
            done_about=about,
        )

    async def enter_code(self, visit: _Visit, _: Form) -> Response:
        return self._show(visit, "code", fault="")

    async def ask(self, visit: _Visit, form: Form) -> Response:
        number, client = form.get("number", "")[:32], visit.request.client
        if self._possession.operator is None:
            return self._show(visit, "enter", 503, fault="", number=number)
        try:
            await self._possession.ask(
                number, visit=visit.token, client=client.host if client else "", language=visit.language
            )
        except BadInput:
            return self._show(visit, "enter", 400, fault="bad_number", number=number)
        except TooOften:
            return self._show(visit, "enter", 429, fault="too_often", number=number)
        return _see("/me/code")

    async def prove(self, visit: _Visit, form: Form) -> Response:
        proof = await self._possession.prove(form.get("code", "")[:32], visit=visit.token)
        if proof.found == "wrong":
            return self._show(visit, "code", 400, fault="wrong")
        if proof.found == "spent":
            return self._show(visit, "enter", 400, fault="spent", number="")
        answer = _see("/me")
        self._set(visit, answer, _SESSION, proof.token, None)
        return answer

    async def leave(self, visit: _Visit, _: Form) -> Response:
        await self._possession.leave(visit.session_token)
        answer = _see("/me")
        answer.delete_cookie(_SESSION, path="/me")
        return answer

    # --- what a person does -----------------------------------------------------------------------------------------

    async def wish(self, visit: _Visit, form: Form) -> Response:
        if visit.session is None:
            return _see("/me")
        wish = form.get("wish", "")
        if wish not in WISHES:
            raise NotFound("there is no such wish")
        writer = await self._recipients.wish(visit.session, form.get("writer", ""), wish)
        done = "end_user" if wish == "person" and form.get("writer") != writer.mark else wish
        return _see(f"/me?done={done}&of={writer.mark}")

    async def record(self, visit: _Visit, form: Form) -> Response:
        if visit.session is None:
            return _see("/me")
        sealed = await self._recipients.proof(visit.session, form.get("writer", ""))
        headers = {
            "Content-Disposition": 'attachment; filename="agreed-and-stopped.jsonl"',
            "Cache-Control": "no-store",
        }
        return Response(sealed, media_type="application/x-ndjson", headers=headers)

    async def complaint(self, visit: _Visit, _: Form) -> Response:
        if visit.session is None:
            return _see("/me")
        mark = visit.request.query_params.get("line", "")
        writer, line, messages = await self._recipients.received(visit.session, mark)
        return self._show(visit, "complaint", writer=writer, line=line, messages=messages, reasons=REASONS)

    async def complain(self, visit: _Visit, form: Form) -> Response:
        if visit.session is None:
            return _see("/me")
        said = form.get("reason", "")
        try:
            new = await self._recipients.complain(
                visit.session, form.get("message", ""), said if said in REASONS else "other"
            )
        except TooOften:
            return self._fault(visit, "too_many_complaints", 429)
        return _see(f"/me?done={'complaint' if new else 'again'}#complaints")

    # --- what all have in common --------------------------------------------------------------------------------------

    async def _session(self, request: Request) -> Session | None:
        token = _known(request.cookies.get(_SESSION, ""))
        return await self._possession.session(token) if token else None

    async def _form(self, visit: _Visit) -> Form:
        """The fields of a form that this page made. Raises `Denied` for one that another site made, or that is not
        this visitor's."""
        headers = visit.request.headers
        if is_foreign(headers, {headers.get("host", ""), self._outside.netloc} - {""}):
            raise Denied("another site's page may not send this form")
        body = await body_of(visit.request, _LARGEST_BODY, "form")
        try:
            fields = dict(parse_qsl(body.decode("utf-8"), max_num_fields=_MOST_FIELDS, errors="strict"))
        except ValueError as wrong:  # not UTF-8, or too many fields
            raise BadInput("the form can't be read") from wrong
        given = fields.get("form", "").encode("utf-8", "replace")
        if not visit.request.cookies.get(_VISIT) or not hmac.compare_digest(given, visit.form_mark.encode()):
            raise Denied("the form is not this visitor's")
        return fields

    def _show(self, visit: _Visit, name: str, status: int = 200, **told: Any) -> Response:
        operator = self._possession.operator
        html = self._jinja.get_template(f"recipient/{name}.html").render(
            t=visit.sentences,
            language=visit.language,
            languages={code: each["name"] for code, each in tongues().items()},
            here=_with_language(visit.request),
            form_mark=visit.form_mark,
            session=visit.session,
            sender=operator.sender.text if operator else "",
            day=lambda at: day(at, visit.sentences),
            **told,
        )
        return Response(html, status, media_type="text/html", headers={"Cache-Control": "no-store"} | HEADERS)

    def _fault(self, visit: _Visit, fault: str, status: int) -> Response:
        return self._show(visit, "fault", status, fault=fault)

    def _remember(self, visit: _Visit, answer: Response) -> None:
        """The visitor's token, and the language that they chose."""
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        if visit.request.cookies.get(_VISIT) != visit.token:
            self._set(visit, answer, _VISIT, visit.token, None)
        if visit.request.query_params.get("lang") in tongues():
            self._set(visit, answer, _LANGUAGE, visit.language, _YEAR)

    def _set(self, visit: _Visit, answer: Response, name: str, value: str, lasts: int | None) -> None:
        safe = visit.request.url.scheme == "https" or self._outside.scheme == "https"
        answer.set_cookie(name, value, max_age=lasts, path="/me", secure=safe, httponly=True, samesite="lax")


def _known(token: str) -> str:
    """A token as we make them; "" for anything else."""
    return token if _TOKEN.fullmatch(token) else ""


def _with_language(request: Request) -> str:
    """Where the links of the language switch lead, but for the language: a page that can be asked for."""
    path = request.url.path if request.method == "GET" else {"/me/proof": "/me/code"}.get(request.url.path, "/me")
    line = request.query_params.get("line", "")[:64]
    return f"{path}?line={quote(line)}&lang=" if line and request.method == "GET" else f"{path}?lang="


def _see(path: str) -> Response:
    """303: the browser asks for another page, so that a reload repeats nothing."""
    return RedirectResponse(path, 303, {"Cache-Control": "no-store"})


def _hardened(app: StaticFiles) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """Static files with the same headers."""

    async def serving(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, with_headers(send, HEADERS))

    return serving
