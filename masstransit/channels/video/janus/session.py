"""One session with Janus over its WebSocket: what is asked is answered, what is said goes out in the order in which it
was said."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection

from masstransit.channels.video.janus.words import ENCODER, HEARD, PLUGIN, Heard, Refused

log = logging.getLogger("masstransit.video")

_ANSWERED_WITHIN = 10.0  # seconds
_ALIVE_EACH = 25.0  # seconds; Janus ends a session that is silent for 60


class Session:
    """`hears` is told what happens to handles; it returns at once."""

    def __init__(self, wire: ClientConnection, secret: str, hears: Callable[[Heard], None]) -> None:
        self._wire = wire
        self._secret = secret
        self._hears = hears
        self._id = 0
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[Heard]] = {}
        self._out: asyncio.Queue[bytes] = asyncio.Queue()

    async def begin(self) -> None:
        """Have it made; `run` is at work. Raises `Refused`."""
        made = (await self.ask("create")).data
        self._id = made.id if made is not None else 0

    async def run(self) -> None:
        """Serve until either side ends. Raises what ended it."""
        tasks = [asyncio.create_task(work) for work in (self._read(), self._write(), self._stay())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(Refused(0, "Janus is gone"))
        for task in done:
            task.result()

    async def _read(self) -> None:
        async for frame in self._wire:
            try:
                heard = HEARD.decode(frame)
            except msgspec.MsgspecError as strange:
                log.error("Janus said what nobody understands: %s", strange)  # noqa: TRY400 - what, not where
                continue
            if heard.janus == "timeout":
                return
            self._heard(heard)

    def _heard(self, heard: Heard) -> None:
        if heard.janus == "ack":
            return
        waiting = self._waiting.pop(heard.transaction, None)
        if waiting is None:
            if heard.error is not None or "error_code" in heard.told:
                log.warning("Janus did not do something: %s", refusal(heard))
            self._hears(heard)
        elif not waiting.done():
            waiting.set_result(heard)

    async def _write(self) -> None:
        while True:
            await self._wire.send(await self._out.get(), text=True)

    async def _stay(self) -> None:
        while True:
            await asyncio.sleep(_ALIVE_EACH)
            self.say("keepalive")

    # --- what is said to it ---------------------------------------------------------------------------------------

    def say(self, what: str, **told: Any) -> str:
        """Say something, and wait for nothing; by which transaction it is answered."""
        number = str(next(self._numbers))
        frame = {"janus": what, "transaction": number, **told}
        frame |= {"session_id": self._id} if self._id else {}
        frame |= {"apisecret": self._secret} if self._secret else {}
        self._out.put_nowait(ENCODER.encode(frame))
        return number

    async def ask(self, what: str, **told: Any) -> Heard:
        """Say something, and hear what came of it. Raises `Refused`."""
        number = self.say(what, **told)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(_ANSWERED_WITHIN):
                heard: Heard = await waiting
        except TimeoutError as silent:
            raise Refused(0, "Janus does not answer") from silent
        finally:
            self._waiting.pop(number, None)
        if heard.error is not None or "error_code" in heard.told:
            raise refusal(heard)
        return heard

    async def attach(self) -> int:
        """A handle of the plugin's. Raises `Refused`."""
        asked = asyncio.ensure_future(self.ask("attach", plugin=PLUGIN))
        try:
            return _made(await asyncio.shield(asked))
        except asyncio.CancelledError:  # nobody will ever have it
            asked.add_done_callback(self._let_go)
            raise

    def _let_go(self, asked: asyncio.Future[Heard]) -> None:
        if not asked.cancelled() and asked.exception() is None:
            self.detach(_made(asked.result()))

    def detach(self, handle: int) -> None:
        """A handle is done with, and so is its connection."""
        self.say("detach", handle_id=handle)

    async def message(self, handle: int, body: dict[str, Any], jsep: dict[str, str] | None = None) -> Heard:
        """A request to the plugin. Raises `Refused`."""
        return await self.ask("message", handle_id=handle, body=body, **({"jsep": jsep} if jsep else {}))


def _made(heard: Heard) -> int:
    if heard.data is None:
        raise Refused(0, "Janus made nothing")
    return heard.data.id


def refusal(heard: Heard) -> Refused:
    """What Janus says is in the way."""
    if heard.error is not None:
        return Refused(heard.error.code, heard.error.reason)
    return Refused(int(heard.told.get("error_code", 0)), str(heard.told.get("error", "")))
