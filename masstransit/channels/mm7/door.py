"""The door for MMS centres: people's messages (DeliverReq), and what became of ours (DeliveryReportReq)."""

from __future__ import annotations

import base64
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from masstransit.carriage.channel import Arrivals, DeliveryReport, File, Inbound
from masstransit.channels.mm7 import soap
from masstransit.channels.mm7.soap import Read
from masstransit.channels.mm7.trunk import Mm7Trunk
from masstransit.errors import BadAddress, BadInput, StorageUnavailable
from masstransit.model.address import parse

log = logging.getLogger("masstransit.mm7")

_LARGEST = 12 * 1024 * 1024  # bytes of a request: twice what any carrier takes for a message
#: MMStatus (TS 23.140, 8.7.8.1) -> state, and the SDKs' code of what failed. Deferred: it goes on trying.
_STATES: Mapping[str, tuple[str, int | None]] = {
    "Retrieved": ("delivered", None),
    "Forwarded": ("accepted", None),
    "Deferred": ("buffered", None),
    "Indeterminate": ("accepted", None),
    "Expired": ("failed", 30003),
    "Rejected": ("failed", 30006),
    "Unrecognised": ("failed", 30008),
    "System rejected": ("failed", 30007),
}
_OF_THE_FORM = ("application/smil",)  # how a phone lays the parts out; nothing is said in it
_TYPE = 'text/xml; charset="utf-8"'


def routes(trunks: Sequence[Mm7Trunk]) -> list[Route]:
    """Where the centres' requests come in: POST /trunks/NAME/mm7."""
    named = {trunk.name: trunk for trunk in trunks}

    async def page(request: Request) -> Response:
        trunk = named.get(request.path_params["name"])
        if trunk is None or trunk.arrivals is None:
            return Response(status_code=404)
        if not _is_the_centre(request, trunk):
            log.warning("trunk %s: somebody without its login came", trunk.name)
            return Response(status_code=401, headers={"WWW-Authenticate": 'Basic realm="MM7"'})
        body = await _body(request)
        if body is None:
            return Response(status_code=413)
        return await _served(trunk, trunk.arrivals, request.headers.get("content-type", "text/xml"), body)

    return [Route("/trunks/{name}/mm7", page, methods=["POST"])] if named else []


def _is_the_centre(request: Request, trunk: Mm7Trunk) -> bool:
    """Whether it logs in as its settings say; without any nobody does."""
    told = trunk.settings
    if not told.delivers_as or not told.delivers_with:
        return False
    wanted = f"Basic {base64.b64encode(f'{told.delivers_as}:{told.delivers_with}'.encode()).decode()}"
    return hmac.compare_digest(request.headers.get("authorization", "").encode(), wanted.encode())


async def _body(request: Request) -> bytes | None:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            return None
    return bytes(body)


async def _served(trunk: Mm7Trunk, arrivals: Arrivals, content_type: str, body: bytes) -> Response:
    """Answer one request in MM7's words; what could not be kept is brought again."""
    try:
        said = soap.read(content_type, body)
    except BadInput as broken:
        return _answer("VASPErrorRsp", "", soap.CORRUPT, str(broken))
    takes = _TAKERS.get(said.kind)
    if takes is None:
        return _answer("VASPErrorRsp", said.transaction, soap.CLIENT_ERROR, f"{said.kind[:64]} is not taken here")
    kind, take = takes
    try:
        await take(trunk, arrivals, said)
    except BadAddress as wrong:
        return _answer(kind, said.transaction, soap.BAD_ADDRESS, str(wrong))
    except BadInput as wrong:
        return _answer(kind, said.transaction, soap.CORRUPT, str(wrong))
    except StorageUnavailable:
        return _answer(kind, said.transaction, soap.SERVER_ERROR, "try again")
    return _answer(kind, said.transaction, soap.SUCCESS, "Success")


def _answer(kind: str, transaction: str, status: int, why: str) -> Response:
    return Response(soap.answer(kind, transaction, status, why), media_type=_TYPE)


async def _deliver(trunk: Mm7Trunk, arrivals: Arrivals, said: Read) -> None:
    """A person's message. Raises `BadInput`."""
    texts = [soap.words(part) for part in said.parts if part.content_type == "text/plain"]
    files = [
        File(data=part.data, name=part.name, content_type=part.content_type)
        for part in said.parts
        if part.content_type != "text/plain" and part.content_type not in _OF_THE_FORM and part.data
    ]
    subject = said.fields.get("Subject", "")
    lines = [line for line in (subject, *texts) if line]
    await arrivals.receive(
        Inbound(
            trunk=trunk.name,
            sender=parse(said.fields.get("Sender", "")),
            recipient=parse(said.fields.get("Recipients", "")),
            text="\n".join(dict.fromkeys(lines)),
            at=trunk.clock.now(),
            carrier_id=said.transaction,
            files=tuple(files),
            answered=trunk.settings.answers,
        )
    )


async def _report(trunk: Mm7Trunk, arrivals: Arrivals, said: Read) -> None:
    """What became of a message of ours. Raises `BadInput`."""
    name, status = said.fields.get("MessageID", ""), said.fields.get("MMStatus", "")
    if not name or status not in _STATES:
        raise BadInput(f"MessageID and MMStatus: '{status[:32]}' is none of {', '.join(_STATES)}")
    state, error = _STATES[status]
    await arrivals.report(
        DeliveryReport(
            trunk=trunk.name,
            carrier_id=name,
            state=state,
            error=error,
            carrier_code=status,
            at=trunk.clock.now(),
        )
    )


async def _read_reply(trunk: Mm7Trunk, arrivals: Arrivals, said: Read) -> None:
    """A person opened it: the SDKs know no such state of MMS."""


_Take = Callable[[Mm7Trunk, Arrivals, Read], Awaitable[None]]
_TAKERS: Mapping[str, tuple[str, _Take]] = {
    "DeliverReq": ("DeliverRsp", _deliver),
    "DeliveryReportReq": ("DeliveryReportRsp", _report),
    "ReadReplyReq": ("ReadReplyRsp", _read_reply),
}
