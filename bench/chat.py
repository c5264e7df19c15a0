"""A busy conversation: so many people at sockets of their own, each of whom says some lines a second, and each of whom
has to hear every line of all of them, in order and once.

The house judges each line by the whole policy, keeps it durably in SQLite, and hands it to everybody. The people are
one other process.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path

import msgspec
from twilio.rest import Client
from websockets.asyncio.client import ClientConnection, connect

from bench.processes import cpu, memory
from tests.stories.chatter import Customer
from tests.stories.house import House

COLUMNS = (
    "people", "asked/s", "lines", "acknowledged/s", "heard by all/s", "out of order", "CPU us a line", "p50 ms",
    "p99 ms", "memory MiB",
)  # fmt: skip
_LINES = (
    "shall we look at the second half of the plan before lunch",
    "I moved the meeting with the printers to Thursday morning",
    "the draft is in the shared folder, section four is new",
    "could somebody bring the blue chairs up from the cellar",
    "that works for me, I will tell the others on the train",
)


class _Said(msgspec.Struct):
    index: int
    author: str


class _Frame(msgspec.Struct):
    """As much of a frame as is looked at."""

    type: str
    messages: list[_Said] = []
    id: int | str | None = None


_READ = msgspec.json.Decoder(_Frame)
_MADE = msgspec.json.Encoder()


class Busy(msgspec.Struct, frozen=True, kw_only=True):
    """What a busy conversation took."""

    people: int
    asked: int  #: lines a second
    lines: int
    acknowledged: float  #: a second
    heard: float  #: lines a second, until the last of the people had the last of them
    astray: int  #: lines that somebody missed, had twice, or had in another order
    cpu_us: float
    p50_ms: float
    p99_ms: float
    memory: float

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        return (
            str(self.people), f"{self.asked:,}", f"{self.lines:,}", f"{self.acknowledged:,.0f}", f"{self.heard:,.0f}",
            str(self.astray), f"{self.cpu_us:.0f}", f"{self.p50_ms:.0f}", f"{self.p99_ms:.0f}", f"{self.memory:.0f}",
        )  # fmt: skip


class _Person:
    """One of the people."""

    def __init__(self, socket: ClientConnection, conversation: str, number: int) -> None:
        self._socket = socket
        self._conversation = conversation
        self._number = number
        self._asked: dict[int, float] = {}
        self.waits: list[float] = []  # seconds until a line of theirs was acknowledged
        self.refused = 0
        self.head = -1
        self.astray = 0
        self.heard_at = 0.0

    async def listen(self) -> None:
        async for text in self._socket:
            frame = _READ.decode(text)
            if frame.type == "messages":
                for said in frame.messages:
                    self.astray += said.index != self.head + 1
                    self.head = said.index
                self.heard_at = time.perf_counter()
            elif isinstance(frame.id, int) and frame.type == "ack":
                self.waits.append(time.perf_counter() - self._asked.pop(frame.id))
            elif isinstance(frame.id, int):
                self.refused += 1

    async def talk(self, lines: int, pause: float) -> None:
        await asyncio.sleep(pause * self._number / 200)
        due = time.perf_counter()
        for number in range(lines):
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            due += pause
            body = f"{_LINES[(number + self._number) % len(_LINES)]} ({self._number}/{number})"
            self._asked[number] = time.perf_counter()
            frame = {"type": "message", "id": number, "conversation": self._conversation, "body": body}
            await self._socket.send(_MADE.encode(frame).decode())


async def measured(people: int, a_second: int, seconds: float, folder: Path) -> Busy:
    """Let so many people say so many lines a second between them."""
    with House(folder / "house") as house:
        customer, conversation = await asyncio.to_thread(_prepared, house, people)
        url = f"{house.http.replace('http', 'ws', 1)}/chat/v1/socket?token="
        sockets = [
            await connect(url + customer.token(f"person {n}"), compression=None, max_size=None, proxy=None)
            for n in range(people)
        ]
        for socket in sockets:
            await socket.send(_MADE.encode({"type": "resume"}).decode())
        who = [_Person(socket, conversation, number) for number, socket in enumerate(sockets)]
        listening = [asyncio.create_task(each.listen()) for each in who]
        await asyncio.sleep(1.0)
        assert house.process is not None
        before, begun = cpu(house.process.pid), time.perf_counter()
        lines = int(a_second * seconds / people)
        await asyncio.gather(*(each.talk(lines, people / a_second) for each in who))
        until = time.perf_counter() + 60
        while any(each.head + 1 < lines * people for each in who) and time.perf_counter() < until:
            await asyncio.sleep(0.05)
        used = cpu(house.process.pid) - before
        for socket in sockets:
            await socket.close()
        await asyncio.wait(listening)
        waits = sorted(wait for each in who for wait in each.waits)
        total, took = lines * people, max(each.heard_at for each in who) - begun
        short = sum(max(0, total - 1 - each.head) for each in who)
        return Busy(
            people=people,
            asked=a_second,
            lines=total,
            acknowledged=len(waits) / took,
            heard=(min(each.head for each in who) + 1) / took,
            astray=sum(each.astray for each in who) + short,
            cpu_us=used / total * 1e6,
            p50_ms=statistics.median(waits) * 1e3 if waits else 0.0,
            p99_ms=waits[int(len(waits) * 0.99)] * 1e3 if waits else 0.0,
            memory=memory(house.process.pid),
        )


def _prepared(house: House, people: int) -> tuple[Customer, str]:
    """A conversation with so many people in it."""
    demo = house.demo
    client = Client(demo["account_sid"], demo["auth_token"])
    client.api.base_url = house.http
    client.conversations.base_url = f"{house.http}/conversations"
    key = client.new_keys.create()
    room = client.conversations.v1.conversations.create(friendly_name="bench")
    for number in range(people):
        room.participants.create(identity=f"person {number}")
    return Customer(house.http, demo["account_sid"], key.sid, key.secret), str(room.sid)
