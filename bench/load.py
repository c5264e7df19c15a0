"""Load, bounded in count and time: an SMPP client with a window, and HTTP clients that keep their connections.

Both give a `Measured`: how many were answered OK, how many not, in how long, and the latency of each answer.
"""

from __future__ import annotations

import asyncio
import base64
import collections
import struct
import time
from collections.abc import Sequence
from typing import cast
from urllib.parse import urlencode

import msgspec

_HEADER = struct.Struct(">IIII")
_SUBMIT, _SUBMIT_RESP, _BIND, _BIND_RESP, _ENQUIRE, _ENQUIRE_RESP = 4, 0x80000004, 9, 0x80000009, 0x15, 0x80000015
_DELIVER, _DELIVER_RESP = 5, 0x80000005
TEXT = (
    "Your order {n} has shipped and will arrive Tuesday between 9am and 1pm. The driver rings twice. "
    "Questions? Call the number on your receipt, desk {desk}."
)


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One run of load."""

    answered: int
    refused: dict[str, int]
    seconds: float
    p50_ms: float
    p99_ms: float


def text(n: int) -> str:
    """The n-th message: 150 characters or so, no two alike."""
    return TEXT.format(n=40_000 + n, desk=n % 97)


class SmppLoad(asyncio.Protocol):
    """A transceiver that keeps its window full."""

    def __init__(self, system_id: str, password: str, sender: str, recipients: Sequence[str], window: int) -> None:
        self._login = (system_id, password)
        self._sender = sender.removeprefix("+").encode()
        self._recipients = [r.removeprefix("+").encode() for r in recipients]
        self._window = window
        self._rest = b""
        self._sent = 0
        self._at: dict[int, float] = {}
        self.latency: list[float] = []
        self.statuses: collections.Counter[int] = collections.Counter()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.bound_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one without saying so
        system_id, password = self._login
        body = system_id.encode() + b"\0" + password.encode() + b"\0\0\x34\0\0\0"
        self._transport.write(_HEADER.pack(16 + len(body), _BIND, 0, 1) + body)

    def data_received(self, data: bytes) -> None:
        buffer, offset, now = self._rest + data, 0, time.perf_counter()
        while len(buffer) - offset >= 16:
            length, command, status, sequence = _HEADER.unpack_from(buffer, offset)
            if len(buffer) - offset < length:
                break
            self._heard(command, status, sequence, now)
            offset += length
        self._rest = buffer[offset:]
        if self.bound_at:
            self._fill(now)

    def _heard(self, command: int, status: int, sequence: int, now: float) -> None:
        if command == _BIND_RESP:
            if status:
                self.done.set_exception(ConnectionError(f"bind refused: {status:#x}"))
            self.bound_at = now
        elif command == _SUBMIT_RESP:
            self.statuses[status] += 1
            self.latency.append(now - self._at.pop(sequence))
            if len(self.latency) == len(self._recipients) and not self.done.done():
                self.done.set_result(None)
        elif command == _ENQUIRE:
            self._transport.write(_HEADER.pack(16, _ENQUIRE_RESP, 0, sequence))
        elif command == _DELIVER:
            self._transport.write(_HEADER.pack(17, _DELIVER_RESP, 0, sequence) + b"\0")

    def _fill(self, now: float) -> None:
        out = []
        while self._sent < len(self._recipients) and len(self._at) < self._window:
            n = self._sent
            self._sent += 1
            sequence = n + 2
            self._at[sequence] = now
            short = text(n).encode()
            body = b"\0\x01\x01%b\0\x01\x01%b\0\0\0\0\0\0\0\0\0\0%b%b" % (
                self._sender,
                self._recipients[n],
                bytes([len(short)]),
                short,
            )
            out.append(_HEADER.pack(16 + len(body), _SUBMIT, 0, sequence) + body)
        if out:
            self._transport.write(b"".join(out))

    def connection_lost(self, reason: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError(f"lost after {len(self.latency)} answers: {reason}"))


async def smpp(
    address: tuple[str, int],
    login: tuple[str, str],
    sender: str,
    recipients: Sequence[str],
    *,
    window: int,
    limit: float = 120.0,
) -> Measured:
    """Send one message to each recipient over one transceiver."""
    loop = asyncio.get_running_loop()
    transport, client = await loop.create_connection(lambda: SmppLoad(*login, sender, recipients, window), *address)
    async with asyncio.timeout(limit):
        await client.done
    took = time.perf_counter() - client.bound_at
    transport.close()
    refused = {f"{status:#x}": count for status, count in client.statuses.items() if status}
    return _measured(client.latency, client.statuses[0], refused, took)


async def http(
    address: tuple[str, int], requests: Sequence[bytes], *, connections: int, fine: bytes, limit: float = 120.0
) -> Measured:
    """Send ready-made requests over some connections that stay open; an answer is fine when it starts with `fine`."""
    waiting = collections.deque(requests)
    latency: list[float] = []
    refused: collections.Counter[str] = collections.Counter()

    async def client() -> None:
        reader, writer = await asyncio.open_connection(*address)
        while waiting:
            request = waiting.popleft()
            started = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            body = await _body(reader, head)
            latency.append(time.perf_counter() - started)
            if not head.startswith(fine):
                refused[f"{head[:40]!r} {body[:80]!r}"] += 1
            if b"connection: close" in head.lower():
                writer.close()
                reader, writer = await asyncio.open_connection(*address)
        writer.close()

    started = time.perf_counter()
    async with asyncio.timeout(limit):
        await asyncio.gather(*(client() for _ in range(connections)))
    took = time.perf_counter() - started
    return _measured(latency, len(latency) - sum(refused.values()), dict(refused), took)


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    lower = head.lower()
    if b"transfer-encoding: chunked" in lower:
        parts = []
        while size := int(await reader.readline(), 16):
            parts.append(await reader.readexactly(size))
            await reader.readline()
        await reader.readline()
        return b"".join(parts)
    at = lower.find(b"content-length:")
    return await reader.readexactly(int(lower[at + 15 : lower.index(b"\r", at)])) if at >= 0 else b""


def rest_requests(account: str, token: str, sender: str, recipients: Sequence[str]) -> list[bytes]:
    """POST Messages.json, one for each recipient."""
    login = base64.b64encode(f"{account}:{token}".encode()).decode()
    made = []
    for n, recipient in enumerate(recipients):
        body = urlencode({"From": sender, "To": recipient, "Body": text(n)})
        made.append(
            f"POST /2010-04-01/Accounts/{account}/Messages.json HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Basic {login}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
    return made


def kannel_requests(sender: str, recipients: Sequence[str]) -> list[bytes]:
    """GET sendsms, one for each recipient."""
    made = []
    for n, recipient in enumerate(recipients):
        query = urlencode({"username": "story", "password": "story", "from": sender, "to": recipient, "text": text(n)})
        made.append(f"GET /cgi-bin/sendsms?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    return made


def _measured(latency: list[float], answered: int, refused: dict[str, int], took: float) -> Measured:
    ordered = sorted(latency)
    return Measured(
        answered=answered,
        refused=refused,
        seconds=took,
        p50_ms=ordered[len(ordered) // 2] * 1e3,
        p99_ms=ordered[int(len(ordered) * 0.99)] * 1e3,
    )
