"""Another server that takes mail, of a program that we did not write, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.carriage.relay import Mailbox, listening


class Sink(Mailbox):
    """What it took, by whom and whole."""

    def __init__(self) -> None:
        super().__init__()
        self.whole: list[tuple[str, list[str], bytes]] = []  #: return path, recipients, the letter
        self.silent = False  #: it takes connections, and answers nothing
        self.asked = 0  #: how often it was

    async def handle_MAIL(self, *told):  # type: ignore[no-untyped-def] # noqa: N802
        self.asked += 1
        while self.silent:
            await asyncio.sleep(0.02)
        return await super().handle_MAIL(*told)

    async def handle_DATA(self, server, session, envelope):  # type: ignore[no-untyped-def] # noqa: N802
        answer = await super().handle_DATA(server, session, envelope)
        if answer.startswith("250"):
            self.whole.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
        return answer

    def to(self, address: str) -> list[bytes]:
        """The letters that went to somebody."""
        return [letter for _, recipients, letter in self.whole if address in recipients]


@contextmanager
def sink(port: int = 0) -> Iterator[Sink]:
    """It takes connections."""
    box, up, stop = Sink(), threading.Event(), threading.Event()

    async def serve() -> None:
        async with listening(box, port, enable_SMTPUTF8=True):
            up.set()
            while not stop.is_set():
                await asyncio.sleep(0.02)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert up.wait(10)
    try:
        yield box
    finally:
        stop.set()
        thread.join(10)
