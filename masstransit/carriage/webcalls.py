"""HTTP to customers' servers: only to checked addresses, bounded in time and size, and never where an answer points.

Every name is resolved here, every one of its addresses is checked, and the connection goes to one that was checked: a
name that answers differently a moment later (DNS rebinding) gains nothing. TLS still verifies the name.
"""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from collections.abc import Iterable, Mapping
from typing import Any, Protocol
from urllib.parse import unquote

import httpcore
import httpx
import msgspec

from masstransit.carriage.outside import is_public
from masstransit.errors import Fault

_AGENT = "MassTransit/0.1 (webhook)"


class Unreachable(Fault):
    """The server could not be asked, or gave no answer; the text says why."""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What a server answered; a body that is longer than allowed is cut off one byte behind the limit."""

    status: int
    content_type: str
    body: bytes
    location: str = ""  #: where a redirect points; nobody goes there by himself


class Resolver(Protocol):
    """Turns a host name into IP addresses. Raises `OSError`."""

    async def addresses(self, host: str) -> list[str]: ...


class SystemResolver:
    """The machine's own, in a thread."""

    async def addresses(self, host: str) -> list[str]:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(address[4][0]) for address in found))


class _Checked(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were checked."""

    def __init__(self, resolver: Resolver, *, allow_private: bool) -> None:
        self._resolver = resolver
        self._allow_private = allow_private
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                found = await self._resolver.addresses(host)
        except TimeoutError as late:
            raise httpcore.ConnectTimeout(f"{host} could not be resolved in time") from late
        except (OSError, UnicodeError) as lost:
            raise httpcore.ConnectError(f"{host} can't be resolved") from lost
        if not found:
            raise httpcore.ConnectError(f"{host} has no address")
        if not self._allow_private and not all(is_public(address) for address in found):
            raise httpcore.ConnectError(f"{host} is at a private or local address")
        return await self._inner.connect_tcp(found[0], port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface's
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise httpcore.ConnectError("webhooks don't go to sockets of this machine")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class WebCalls:
    """Makes requests; one for the life of a process."""

    def __init__(
        self,
        *,
        allow_private: bool = False,
        timeout: float = 15.0,
        largest: int = 65_536,
        resolver: Resolver | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._timeout = timeout
        self._largest = largest
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=200,
            max_keepalive_connections=50,
            keepalive_expiry=5.0,
            network_backend=_Checked(resolver or SystemResolver(), allow_private=allow_private),
        )

    async def call(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Heard:
        """One request. Redirects are answers like any other. Raises `Unreachable`."""
        try:
            read = httpx.URL(url)
            target = httpcore.URL(scheme=read.raw_scheme, host=read.raw_host, port=read.port, target=read.raw_path)
            sent = _headers(read, headers, body)
        except (httpx.InvalidURL, UnicodeError, TypeError) as wrong:
            raise Unreachable(f"not a URL that can be called: {wrong}") from wrong
        try:
            async with asyncio.timeout(self._timeout):
                async with self._pool.stream(method, target, headers=sent, content=body) as response:
                    return await self._read(response)
        except TimeoutError as late:
            raise Unreachable(f"no answer within {self._timeout:g} seconds") from late
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as lost:
            raise Unreachable(str(lost) or type(lost).__name__) from lost
        except (httpcore.UnsupportedProtocol, ssl.SSLError, OSError) as lost:
            raise Unreachable(str(lost) or type(lost).__name__) from lost

    async def _read(self, response: httpcore.Response) -> Heard:
        body = b""
        async for chunk in response.aiter_stream():
            body += chunk
            if len(body) > self._largest:
                body = body[: self._largest + 1]
                break
        told = {name.lower(): value.decode("latin-1") for name, value in reversed(response.headers)}
        kind, location = told.get(b"content-type", ""), told.get(b"location", "")
        return Heard(status=response.status, content_type=kind, body=body, location=location)

    async def close(self) -> None:
        """Let go of every connection."""
        await self._pool.aclose()


def _headers(url: httpx.URL, headers: Mapping[str, str], body: bytes) -> list[tuple[bytes, bytes]]:
    sent = {"Host": url.netloc.decode("ascii"), "User-Agent": _AGENT, "Accept": "*/*", "Connection": "keep-alive"}
    if url.userinfo:
        pair = unquote(url.userinfo.decode("ascii"))
        sent["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    if body:
        sent["Content-Length"] = str(len(body))
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in (sent | dict(headers)).items()]
