"""What all pages are hardened by: forms that other sites made are known, bodies have an end, answers carry headers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import Message, Send

from masstransit.errors import BadInput


def is_foreign(headers: Headers, ours: Collection[str]) -> bool:
    """Whether another site's page made a request, by what the browser says of it (Origin, Fetch Metadata). `ours` are
    the hosts, with their ports, by which we are reached."""
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc not in ours:  # "null" has no host
        return True
    return headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")


async def body_of(request: Request, most: int, called: str) -> bytes:
    """A request's body. Raises `BadInput` for one of more than `most` bytes; `called` says what it is."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise BadInput(f"the {called} is larger than {most} bytes")
    return bytes(body)


def with_headers(send: Send, told: Mapping[str, str]) -> Send:
    """An answer goes out with these headers."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(told)
        await send(message)

    return sending
