"""The webhook inspector: what is on its way to a customer's servers, what came of each call, and how it is signed.

    GET  /account/webhooks           under way, and the calls of seven days
    GET  /account/webhooks/alerts    the debugger's log
    GET  /account/webhooks/check     compute a signature, as a server should
    POST /account/webhooks/check
    GET  /account/webhooks/{notice}  one that is under way, as the request that we send

What a call said is not kept; a notice that is under way has it still. A signature is shown only to those who may see
the auth token: whoever has one can send that request in our name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hmac import compare_digest
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import msgspec
from sqlalchemy import Connection

from masstransit.carriage import callbacks, signing
from masstransit.console.asking import Answer, Asked, Page, Shown, act, instant, page
from masstransit.console.house import House
from masstransit.errors import BadInput, NotFound
from masstransit.model.user import Right
from masstransit.storage import accounts, alerts, notices, webhook_attempts

_UNDER_WAY = 50
_LONGEST_URL, _LONGEST_PARAMS = 4096, 32_000
_LEVELS = ("error", "warning", "notice", "debug")
_LINES, _BODY = "lines", "body"  # how parameters are written


class _Signer(msgspec.Struct, frozen=True):
    token: str
    algorithm: str


def _signer(connection: Connection, house: House, account: str) -> _Signer:
    """What an account's webhooks are signed with. Raises `NotFound`."""
    row = accounts.find(connection, account)
    token = accounts.token_of(connection, house.keys, account)
    if row is None or token is None:
        raise NotFound("the account is not there any more")
    return _Signer(token, row.attrs.get("webhook_algorithm", signing.SHA1))


# --- what goes on ---------------------------------------------------------------------------------------------------


async def listed(house: House, asked: Asked) -> Answer:
    """Under way, and the calls of the last days."""
    part, failed, account = asked.slice(instant, str), asked.query.get("failed") == "1", asked.who.account

    def look(connection: Connection) -> Mapping[str, Any]:
        return {
            "under_way": notices.under_way(connection, account, _UNDER_WAY),
            "sheet": webhook_attempts.listed(connection, account, part, failed=failed),
        }

    values = await house.database.survey(look)
    return Shown("customer/webhooks.html", {**values, "failed": failed, "seen": callbacks.as_seen, "most": _UNDER_WAY})


async def debugger(house: House, asked: Asked) -> Answer:
    """The alerts, the newest first."""
    part, level = asked.slice(instant, str), asked.query.get("level") or None
    if level is not None and level not in _LEVELS:
        raise BadInput(f"Level: one of {', '.join(_LEVELS)}", field="level")
    found = await house.database.read(lambda c: alerts.all_of(c, asked.who.account, part, level=level))
    return Shown("customer/alerts.html", {"sheet": found, "level": level, "levels": _LEVELS})


async def one(house: House, asked: Asked) -> Answer:
    """A request as we send it."""
    account, name = asked.who.account, asked.parts["notice"]

    def look(connection: Connection) -> tuple[Any, _Signer]:
        row = notices.find(connection, account, name)
        if row is None:
            raise NotFound(f"no notice {name[:40]} is under way to your servers: it was taken, or its time is over")
        return row, _signer(connection, house, account)

    row, signer = await house.database.read(look)
    params = callbacks.params(row) if "event" not in row.body else {}
    made = callbacks.made(row, row.target, str(row.body.get("method") or "POST"), params)
    may = asked.who.may(Right.KEEP_ACCOUNT)
    values = {
        "row": row,
        "made": made,
        "body": made.body.decode(),
        "signed": signing.signed(made.signed_url, made.params),
        "signature": made.signature(signer.token, account, signer.algorithm) if may else {},
        "algorithm": signer.algorithm,
    }
    return Shown("customer/webhook.html", values)


# --- a signature to compare ------------------------------------------------------------------------------------------


async def check_form(house: House, asked: Asked) -> Answer:
    """The form."""
    signer = await house.database.read(lambda c: _signer(c, house, asked.who.account))
    return _checked(asked, signer.algorithm)


def _checked(asked: Asked, algorithm: str, **computed: Any) -> Shown:
    fields = {name: asked.form.get(name) for name in ("url", "params", "written", "given")}
    told = {"signed": "", "signature": "", "same": None, "likely": "", **computed}
    choices = {"algorithm": algorithm, "algorithms": (signing.SHA1, signing.SHA256)}
    return Shown("customer/webhook_check.html", {"fields": fields, **choices, **told})


async def check(house: House, asked: Asked) -> Answer:
    """The signature of a request, with the account's token; and whether it is the one that came."""
    form, account = asked.form, asked.who.account
    url = _url(form.need("url", "URL", longest=_LONGEST_URL))
    params = _params(form.get("params"), form.get("written") or _LINES)
    algorithm = form.one_of("algorithm", (signing.SHA1, signing.SHA256), "Algorithm")
    signer = await house.database.read(lambda c: _signer(c, house, account))
    made, given = signing.signature(signer.token, url, params, algorithm), form.get("given")
    same = compare_digest(made.encode(), given.encode()) if given else None
    return _checked(
        asked,
        algorithm,
        signed=signing.signed(url, params),
        signature=made,
        same=same,
        likely=_likely(signer.token, url, params, algorithm, given) if same is False else "",
    )


def _url(text: str) -> str:
    """Raises `BadInput` for one that no request could have had."""
    try:
        _ = urlsplit(text).port
    except ValueError as wrong:
        raise BadInput(f"URL: it can't be read ({wrong})", field="url") from wrong
    return text


def _params(text: str, written: str) -> Mapping[str, str]:
    """A form's parameters, as `name=value` a line or as the body that came. Raises `BadInput`."""
    if len(text) > _LONGEST_PARAMS:
        raise BadInput(f"Parameters: at most {_LONGEST_PARAMS} characters", field="params")
    if written == _BODY:
        return dict(parse_qsl(text.strip(), keep_blank_values=True))
    params: dict[str, str] = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals:
            params[name.strip()] = value
        elif line.strip():
            raise BadInput(f"Parameters: '{line[:40]}' is not name=value; write one a line", field="params")
    return params


def _likely(token: str, url: str, params: Mapping[str, str], algorithm: str, given: str) -> str:
    """Why a signature that came may be another: which usual mistake would explain it; "": none of them."""
    for why, other, how in _mistakes(url, algorithm):
        if compare_digest(signing.signature(token, other, params, how).encode(), given.encode()):
            return why
    if compare_digest(signing.signature(token, url, {}, algorithm).encode(), given.encode()):
        return "it is that of the URL alone: the parameters belong to it, or the body was JSON"
    return ""


def _mistakes(url: str, algorithm: str) -> Iterator[tuple[str, str, str]]:
    """What often differs between a request and what a server behind a proxy sees of it."""
    read = urlsplit(url)
    for scheme in ("https", "http"):
        if scheme != read.scheme:
            yield (
                f"it is that of {scheme}://: a proxy before your server ends TLS",
                _with(url, scheme=scheme),
                algorithm,
            )
    if read.port is not None and read.hostname:
        yield "it is that of the URL without its port", _with(url, netloc=read.hostname), algorithm
    port = {"https": 443, "http": 80}.get(read.scheme)
    if read.port is None and port is not None:
        yield f"it is that of the URL with port {port}", _with(url, netloc=f"{read.netloc}:{port}"), algorithm
    slashed = read.path.rstrip("/") if read.path.endswith("/") else f"{read.path}/"
    yield "it differs in the slash at the end of the path", _with(url, path=slashed), algorithm
    if read.query:
        yield "it is that of the URL without its query", _with(url, query=""), algorithm
    other = signing.SHA256 if algorithm == signing.SHA1 else signing.SHA1
    yield f"it was made by {other}", url, other


def _with(url: str, **parts: str) -> str:
    return urlunsplit(urlsplit(url)._replace(**parts))


PAGES: Sequence[Page] = (
    page("/account/webhooks", Right.READ_LOG, listed),
    page("/account/webhooks/alerts", Right.READ_LOG, debugger),
    page("/account/webhooks/check", Right.KEEP_ACCOUNT, check_form),
    act("/account/webhooks/check", Right.KEEP_ACCOUNT, check),
    page("/account/webhooks/{notice}", Right.READ_LOG, one),
)
