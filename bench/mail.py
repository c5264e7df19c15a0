"""How fast mail is taken in: so many connections that hand in small letters one after another, each to one reader or
more, with PIPELINING (RFC 2920) as programs do that send much. A mail is a letter to one reader.

    client -> MassTransit (whole policy, durable commit, DKIM by two keys) -> next server
    client -> Postfix (no policy, its queue synced to disk)                -> next server
    client -> aiosmtpd (no policy, keeps nothing, hands nothing on)

The client and the next server (`bench.next_server`) are processes of their own and are not counted.
"""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bench.processes import cpu, cpu_of_session, memory
from tests.stories.house import House
from tests.stories.kannel import free_port
from tests.stories.postfix import postfix

COLUMNS = (
    "through", "connections", "readers", "taken", "refused", "taken/s", "handed on/s", "CPU us a mail", "p50 ms",
    "p99 ms", "memory MiB",
)  # fmt: skip
_FROM = "ada@northwind.example"
_HEAD = (
    "From: Ada of Northwind <{sender}>\r\nTo: {to}\r\nSubject: Your order {n} has shipped\r\n"
    "Date: Thu, 26 Nov 2026 12:00:00 +0000\r\nMessage-ID: <{n}@northwind.example>\r\n"
    "X-Purpose: transactional\r\n"
)
_WORDS = (
    "Your order {n} has shipped and will arrive Tuesday between 9am and 1pm. The driver rings twice.\r\n"
    "Questions? Answer this mail, or call the number on your receipt, desk {desk}.\r\n"
)
_SIZE = 2000  # octets of a mail, or a little more
_LOOKED_ON = 60.0  # seconds for the last mails to reach the next server


class Load(msgspec.Struct, frozen=True):
    """What is handed in at once."""

    connections: int
    readers: int  #: of each letter


class Taking(msgspec.Struct, frozen=True, kw_only=True):
    """What it took to take mails in."""

    through: str
    load: Load
    taken: int  #: mails
    refused: Counter[str]
    per_second: float
    handed_on: float  #: a second, until the last one reached the next server; 0: none is handed on
    cpu_us: float
    p50_ms: float  #: until a letter was answered
    p99_ms: float
    memory: float  #: MiB

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        return (
            self.through, str(self.load.connections), str(self.load.readers), f"{self.taken:,}",
            f"{self.refused.total():,}", f"{self.per_second:,.0f}",
            f"{self.handed_on:,.0f}" if self.handed_on else "-", f"{self.cpu_us:,.0f}",
            f"{self.p50_ms:.0f}", f"{self.p99_ms:.0f}", f"{self.memory:.0f}",
        )  # fmt: skip


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """What mail is handed in to."""

    name: str
    port: int
    used: Callable[[], float]  #: seconds of processor time so far
    memory: Callable[[], float]
    login: tuple[str, str] | None = None
    hands_on: bool = True


class NextServer:
    """The server that mail is handed on to, in a process of its own; it writes how many it took into a file."""

    def __init__(self, folder: Path, *, plain: bool = False) -> None:
        self.port = free_port()
        self._stats = folder / f"mails-{self.port}.txt"
        told = [str(self.port), str(self._stats), *(["--aiosmtpd"] if plain else [])]
        self.process = subprocess.Popen([sys.executable, "-m", "bench.next_server", *told])
        while not self._stats.exists():
            time.sleep(0.05)

    def taken(self) -> int:
        return int(self._stats.read_text())

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def runs(loads: Sequence[Load], count: int, folder: Path) -> Iterator[Taking]:
    """So many mails to each server in turn, by each load."""
    following = NextServer(folder)
    try:
        for kind in (_ours, _postfix, _plain):
            with kind(folder, following) as server:
                if server is None:
                    print(f"{kind.__name__.strip('_')} is not installed here, or not for us to start", file=sys.stderr)
                    continue
                asyncio.run(_handed_in(server, Load(8, 1), 200, following, first=0))  # what is made once
                for place, load in enumerate(loads, 1):
                    yield asyncio.run(_handed_in(server, load, count, following, first=place * count))
    finally:
        following.stop()


@contextmanager
def _ours(folder: Path, following: NextServer) -> Iterator[Server | None]:
    config = f"""
log_level = "WARNING"
[[trunk]]
kind = "smtp"
name = "next"
host = "127.0.0.1"
port = {following.port}
"""
    with House(folder / "house", config=config, MASSTRANSIT_SMTP="127.0.0.1:0") as house:
        assert house.process is not None
        pid = house.process.pid
        yield Server(
            name="MassTransit",
            port=int(house.smtp.rpartition(":")[2]),
            used=lambda: cpu(pid),
            memory=lambda: memory(pid),
            login=(house.demo["account_sid"], house.demo["auth_token"]),
        )


@contextmanager
def _postfix(_: Path, following: NextServer) -> Iterator[Server | None]:
    if shutil.which("postfix", path=f"{os.environ['PATH']}:/usr/sbin") is None or os.geteuid() != 0:
        yield None
        return
    with postfix(free_port(), following.port, "back.northwind.example") as server:
        master = int((server.folder / "queue/pid/master.pid").read_text())
        yield Server(
            name="Postfix", port=server.out, used=lambda: cpu_of_session(master), memory=lambda: memory(master)
        )


@contextmanager
def _plain(folder: Path, _: NextServer) -> Iterator[Server | None]:
    server = NextServer(folder, plain=True)
    pid = server.process.pid
    try:
        yield Server(
            name="aiosmtpd", port=server.port, used=lambda: cpu(pid), memory=lambda: memory(pid), hands_on=False
        )
    finally:
        server.stop()


async def _handed_in(server: Server, load: Load, count: int, following: NextServer, *, first: int) -> Taking:
    """Hand in so many mails, to readers `first` and on, and wait until the next server has them."""
    readers = range(first, first + count)
    waiting = deque(readers[place : place + load.readers] for place in range(0, count, load.readers))
    waits: list[float] = []
    refused: Counter[str] = Counter()
    clients = [_Client(server, waiting, waits, refused) for _ in range(load.connections)]
    for client in clients:
        await client.greet()
    before, used, begun = following.taken(), server.used(), time.perf_counter()
    await asyncio.gather(*(client.work() for client in clients))
    took = time.perf_counter() - begun
    taken = count - refused.total()
    while server.hands_on and following.taken() - before < taken and time.perf_counter() - begun - took < _LOOKED_ON:
        await asyncio.sleep(0.02)
    whole = time.perf_counter() - begun
    await asyncio.sleep(0.5)  # what is still being written down counts too
    waits.sort()
    if refused:
        print(f"{server.name} refused: {refused.most_common(3)}", file=sys.stderr)
    return Taking(
        through=server.name,
        load=load,
        taken=taken,
        refused=refused,
        per_second=taken / took,
        handed_on=(following.taken() - before) / whole if server.hands_on else 0.0,
        cpu_us=(server.used() - used) / max(taken, 1) * 1e6,
        p50_ms=waits[len(waits) // 2] * 1e3,
        p99_ms=waits[int(len(waits) * 0.99)] * 1e3,
        memory=server.memory(),
    )


class _Client:
    """One connection that hands in mails one after another."""

    def __init__(self, server: Server, waiting: deque[range], waits: list[float], refused: Counter[str]) -> None:
        self._server = server
        self._waiting = waiting
        self._waits = waits
        self._refused = refused

    async def greet(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._server.port)
        await self._heard()
        await self._said("EHLO client.test")
        if self._server.login is not None:
            plain = base64.b64encode("\0{}\0{}".format(*self._server.login).encode()).decode()
            assert (await self._said(f"AUTH PLAIN {plain}")).startswith("235")

    async def work(self) -> None:
        while self._waiting:
            readers = self._waiting.popleft()
            to, begun = [f"reader{n}@reader{n % 50}.test" for n in readers], time.perf_counter()
            answer = await self._handed_in(to, _letter(readers[0], to[0]))
            self._waits.append(time.perf_counter() - begun)
            if not answer.startswith("250"):
                self._refused[answer[:120]] += len(readers)
        await self._said("QUIT")
        self._writer.close()

    async def _handed_in(self, to: Sequence[str], letter: bytes) -> str:
        named = "".join(f"RCPT TO:<{each}>\r\n" for each in to)
        self._writer.write(f"MAIL FROM:<{_FROM}>\r\n{named}DATA\r\n".encode())
        answers = [await self._heard() for _ in range(2 + len(to))]
        if not answers[-1].startswith("354"):
            await self._said("RSET")
            return next(answer for answer in answers if not answer.startswith("250"))
        self._writer.write(letter)
        return await self._heard()

    async def _said(self, line: str) -> str:
        self._writer.write(f"{line}\r\n".encode())
        return await self._heard()

    async def _heard(self) -> str:
        while (line := (await self._reader.readline()).decode())[3:4] == "-":
            pass
        return line


def _letter(n: int, to: str) -> bytes:
    """The n-th mail, no two alike, with the dot that ends it."""
    head, words = _HEAD.format(sender=_FROM, to=to, n=n), _WORDS.format(n=n, desk=n % 97)
    times = -(-(_SIZE - len(head)) // len(words))
    return f"{head}\r\n{words * times}.\r\n".encode()
