"""The way out to a client that may read slowly, and its pace."""

from __future__ import annotations

import asyncio

from masstransit.carriage.outlet import Outlet, Pace


class Client:
    """One that reads when it may."""

    def __init__(self) -> None:
        self.reads = asyncio.Event()
        self.heard: list[str] = []
        self.closed: tuple[int, str | None] | None = None

    async def send_text(self, data: str) -> None:
        await self.reads.wait()
        self.heard.append(data)

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        self.closed = code, reason


async def test_what_waits_is_read_in_order_before_the_end() -> None:
    client = Client()
    out = Outlet(client, most=100, slow=(4008, "slow"))
    for frame in ("a", "b"):
        out.send(frame)
    out.close(1000, "bye")
    out.close(4003, "later")
    out.send("too late")
    client.reads.set()
    await out.run()
    assert (client.heard, client.closed) == (["a", "b"], (1000, "bye"))


async def test_who_reads_too_slowly_is_closed_and_hears_nothing_more() -> None:
    client = Client()
    client.reads.set()
    out = Outlet(client, most=5, slow=(4008, "slow"))
    closing = []
    for frame in ("12345", "6"):
        out.send(frame)
        closing.append(out.closing)
    assert closing == [False, True]
    await out.run()
    assert (client.heard, client.closed) == ([], (4008, "slow"))


async def test_a_burst_is_handled_and_what_follows_at_once_comes_too_early() -> None:
    pace = Pace(a_second=10.0, burst=3.0)
    assert [pace.wait() for _ in range(3)] == [0.0, 0.0, 0.0]
    assert 0.0 < pace.wait() <= 0.1
