"""The door for an upstream's callbacks: signed with our token there, as its customers' SDKs would check it."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from masstransit.carriage import signing
from masstransit.carriage.channel import Arrivals, DeliveryReport, Inbound
from masstransit.carriage.webcalls import Unreachable
from masstransit.channels.rest.trunk import MESSAGES, STATUS, RestTrunk
from masstransit.errors import BadAddress, StorageUnavailable
from masstransit.model.address import parse

log = logging.getLogger("masstransit.rest")

_LARGEST = 65_536  # bytes of a callback
_REPORTED = {"delivered": "delivered", "undelivered": "failed", "failed": "failed", "sent": "accepted"}
_UNKNOWN_ERROR = 30008
_MOST_FILES = 10
_NO_ANSWER = '<?xml version="1.0" encoding="UTF-8"?><Response/>'  # the customer's own webhook answers, through us

_Take = Callable[[RestTrunk, Arrivals, Mapping[str, str]], Awaitable[None]]


def routes(trunks: Sequence[RestTrunk]) -> list[Route]:
    """Where the upstreams' callbacks come in."""
    named = {trunk.name: trunk for trunk in trunks}
    return [
        Route(f"/trunks/{{name}}/{STATUS}", _page(named, STATUS, _report), methods=["POST"]),
        Route(f"/trunks/{{name}}/{MESSAGES}", _page(named, MESSAGES, _receive), methods=["POST"]),
    ]


def _page(trunks: Mapping[str, RestTrunk], what: str, take: _Take) -> Callable[[Request], Awaitable[Response]]:
    async def page(request: Request) -> Response:
        trunk = trunks.get(request.path_params["name"])
        if trunk is None or trunk.arrivals is None:
            return Response(status_code=404)
        form = await _form(request)
        given = request.headers.get("x-twilio-signature", "")
        wanted = signing.signature(trunk.settings.auth_token, trunk.callback(what), form)
        if not hmac.compare_digest(given.encode(), wanted.encode()):
            log.warning("trunk %s: a callback that is not signed with our token for %s", trunk.name, what)
            return Response("not signed with this account's token for this URL\n", status_code=403)
        try:
            await take(trunk, trunk.arrivals, form)
        except KeyError as missing:
            return Response(f"the parameter {missing} is missing\n", status_code=400)
        except BadAddress as wrong:
            return Response(f"{wrong}\n", status_code=400)
        except StorageUnavailable:  # it brings it again
            return Response(status_code=503, headers={"Retry-After": "5"})
        return Response(_NO_ANSWER, media_type="text/xml")

    return page


async def _form(request: Request) -> dict[str, str]:
    """The parameters of a callback; none of one that is too large, so that its signature fits nothing."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            return {}
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


async def _report(trunk: RestTrunk, arrivals: Arrivals, form: Mapping[str, str]) -> None:
    """A message's status there."""
    state = _REPORTED.get(form["MessageStatus"])
    if state is None:  # queued, sending: on its way
        return
    code = form.get("ErrorCode", "")
    await arrivals.report(
        DeliveryReport(
            trunk=trunk.name,
            carrier_id=form["MessageSid"],
            state=state,
            error=(int(code) if code.isdigit() else _UNKNOWN_ERROR) if state == "failed" else None,
            carrier_code=code,
            at=trunk.clock.now(),
        )
    )


def _media(form: Mapping[str, str]) -> list[str]:
    """Where the files of a message are."""
    count = form.get("NumMedia", "0")
    most = min(int(count), _MOST_FILES) if count.isascii() and count.isdigit() else 0
    return [url for place in range(most) if (url := form.get(f"MediaUrl{place}"))]


async def _receive(trunk: RestTrunk, arrivals: Arrivals, form: Mapping[str, str]) -> None:
    """A person's message to one of the customer's numbers there; a file that can't be had stays as its link."""
    text, files = form.get("Body", ""), []
    for url in _media(form):
        try:
            files.append(await trunk.file(url))
        except Unreachable as lost:
            log.warning("trunk %s: a file of a person's message can't be had: %s", trunk.name, lost)
            text = f"{text}\n{url}".lstrip("\n")
    await arrivals.receive(
        Inbound(
            trunk=trunk.name,
            sender=parse(form["From"]),
            recipient=parse(form["To"]),
            text=text,
            files=tuple(files),
            at=trunk.clock.now(),
            carrier_id=form["MessageSid"],
            answered=trunk.settings.answers,
        )
    )
