"""Connections are bounded: oversize, slow and idle ones are answered and closed, and the others never notice."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from masstransit.api import Connection
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.api.house import Door
from tests.api.test_bad_requests import a_request, raw


class Quick(Connection):
    """The same with bounds that a test can wait for."""

    largest_head = 8_192
    arrives_within = 0.5
    read_within = 0.5
    most = 5


@pytest.fixture
async def door(sqlite_database: Database, keys: Keys) -> AsyncIterator[Door]:
    made = Door(sqlite_database, keys)
    made.connection = Quick
    async with made as running:
        yield running


class Peer:
    """A client that has its own pace."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def answered(self) -> int:
        """Status of the next answer."""
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 10)
        length = next(int(h[15:]) for h in head.lower().split(b"\r\n") if h.startswith(b"content-length:"))
        await self.reader.readexactly(length)
        return int(head.split(b" ")[1])

    @classmethod
    async def of(cls, door: Door) -> Peer:
        where = urlsplit(door.url)
        return cls(*await asyncio.open_connection(where.hostname, where.port, limit=1 << 24))

    async def told(self) -> tuple[int, int]:
        """Status and code of what it is told, once the connection is closed."""
        answer = await asyncio.wait_for(self.reader.read(), 10)
        head, _, body = answer.partition(b"\r\n\r\n")
        self.writer.close()
        return int(head.split(b" ")[1]), json.loads(body)["code"]


async def test_who_says_nothing_is_closed(door: Door) -> None:
    assert await (await Peer.of(door)).told() == (408, 20408)


@pytest.mark.parametrize("part", [b"POST / HT", b"POST / HTTP/1.1\r\nhost: x\r\n", b"whole head"])
async def test_a_request_that_stops_half_way_is_closed(door: Door, part: bytes) -> None:
    peer = await Peer.of(door)
    peer.writer.write(a_request(door, body=b"x" * 100)[:-50] if part == b"whole head" else part)
    assert await peer.told() == (408, 20408)


async def test_a_request_that_trickles_in_has_no_more_time_than_another(door: Door) -> None:
    peer = await Peer.of(door)
    telling = asyncio.create_task(peer.told())
    for octet in a_request(door, body=b"To=1"):
        if telling.done():
            break
        peer.writer.write(bytes((octet,)))
        await asyncio.sleep(0.02)
    assert await telling == (408, 20408)


async def test_a_head_that_does_not_end_is_cut_off(door: Door) -> None:
    peer = await Peer.of(door)
    peer.writer.write(b"GET / HTTP/1.1\r\nx: " + b"a" * 20_000)
    assert await peer.told() == (431, 20431)


async def test_one_connection_has_a_request_after_the_other_at_leisure(door: Door) -> None:
    peer = await Peer.of(door)
    for _ in range(3):
        peer.writer.write(a_request(door, b"GET", more=b""))
        assert await peer.answered() == 200
        await asyncio.sleep(0.6)  # longer than a request may take: between two there is no hurry
    peer.writer.close()


async def test_pipelined_requests_are_answered_in_order(door: Door) -> None:
    peer = await Peer.of(door)
    peer.writer.write(a_request(door, b"GET", more=b"") * 3)
    assert [await peer.answered() for _ in range(3)] == [200, 200, 200]
    peer.writer.close()


class Unread(Quick):
    arrives_within = 30.0


async def test_who_leaves_answers_unread_is_closed(sqlite_database: Database, keys: Keys) -> None:
    door = Door(sqlite_database, keys)
    door.connection = Unread
    async with door:
        where = urlsplit(door.url)
        loop = asyncio.get_running_loop()
        with socket.socket() as silent:
            silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            silent.settimeout(0)
            await loop.sock_connect(silent, (where.hostname, where.port))
            asked = a_request(door, b"GET", b"/policy/v1/openapi", more=b"") * 1_000  # more answers than buffers hold
            await loop.sock_sendall(silent, asked)
            async with asyncio.timeout(20):
                while not door.open_connections:
                    await asyncio.sleep(0.05)
                while door.open_connections:
                    await asyncio.sleep(0.05)
        assert (await door.ask("GET", f"{door.messages}.json")).status_code == 200


async def test_more_connections_than_there_may_be_are_told_so(door: Door) -> None:
    peers = [await Peer.of(door) for _ in range(Quick.most)]
    await asyncio.sleep(0.05)
    assert await (await Peer.of(door)).told() == (503, 20503)
    for peer in peers:
        peer.writer.close()
    await asyncio.sleep(0.05)
    assert (await door.ask("GET", f"{door.messages}.json")).status_code == 200


async def test_noise_is_answered_in_the_dialect(door: Door) -> None:
    for noise in (b"\x00\x01\x02\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"FOO / HTTP/1.1\r\n\r\n"):
        status, body = await raw(door, noise)
        assert (status, json.loads(body)["code"]) == (400, 20001), noise
