"""The house's end of the decision socket: what the switch asks is answered, and what it tells is kept.

The socket lies in the data folder and is open to the house's own user alone. The switch that was started last is the
one that is served.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Collection
from pathlib import Path
from typing import Protocol

import msgspec

from masstransit.channels.sip import talk
from masstransit.channels.sip.admission import Admission
from masstransit.channels.sip.line import within_reach
from masstransit.channels.sip.places import Places
from masstransit.channels.sip.placing import Calls, Placing
from masstransit.channels.sip.talk import (
    Answer,
    Carry,
    Described,
    Ended,
    FromHouse,
    Here,
    Invite,
    Kept,
    Links,
    Progress,
    Question,
    Refer,
    Register,
    Stands,
    Take,
)
from masstransit.errors import BadAddress, StorageUnavailable
from masstransit.model.address import Address, AlphaSender, parse
from masstransit.model.call import CallRecord, Party
from masstransit.model.communication import Direction, Purpose

log = logging.getLogger("masstransit.sip.door")

_AT_ONCE = 1000  # questions that are being answered


class Led(Protocol):
    """The calls that the house leads: `lines.Lines`."""

    def hear(self, told: Progress) -> None:
        """How one of them goes."""
        ...

    def lost(self) -> None:
        """The switch is gone, and all of them with it."""
        ...


class Carrying(Protocol):
    """The calls that are carried, and whose sound goes through the house: `carried.Carried`."""

    def hear(self, told: Described) -> None:
        """What a side says of its sound."""
        ...

    async def ended(self, call: str) -> None:
        """One is over."""
        ...

    async def keep(self, live: Collection[str]) -> None:
        """All others are."""
        ...


class Handing(Protocol):
    """Who hands calls on: `handing_on.HandingOn`."""

    def hear(self, asked: Refer) -> None:
        """A side of a carried call hands the other one on."""
        ...

    def over(self, call: str) -> None:
        """A carried call has ended."""
        ...

    def lost(self) -> None:
        """The switch is gone."""
        ...


class Door:
    """Serves the switch."""

    def __init__(
        self,
        *,
        placing: Placing,
        admission: Admission,
        calls: Calls,
        places: Places,
        led: Led,
        carried: Carrying,
        handing: Handing,
    ) -> None:
        self._placing = placing
        self._admission = admission
        self._calls = calls
        self._places = places
        self._led = led
        self._carried = carried
        self._handing = handing
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._path: Path | None = None
        self._writer: asyncio.StreamWriter | None = None
        self.here = asyncio.Event()  #: a switch serves
        self.address: tuple[str, int] | None = None  #: where
        self.links_down: tuple[str, ...] = ()  #: trunks that do not answer
        self.standing: dict[str, Stands] = {}  #: how far calls have come that go through, by their SIDs

    async def listen(self, path: Path) -> None:
        """Open the socket; one that a killed house left is taken away."""
        listener = await asyncio.to_thread(_listener, path)
        self._server = await asyncio.start_unix_server(self._serve, sock=listener, limit=talk.LONGEST_LINE)
        self._path = path

    async def close(self) -> None:
        """Answer what is asked, and close."""
        if self._server is not None:
            self._server.close()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5.0)
        if self._writer is not None:
            self._writer.close()
        if self._path is not None:
            await asyncio.to_thread(self._path.unlink, missing_ok=True)

    def tell(self, told: FromHouse) -> bool:
        """Tell the switch. False: none serves."""
        if self._writer is None or not self.here.is_set():
            return False
        return self._say(told, self._writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        try:
            while line := await reader.readline():
                await self._room.acquire()
                self._start(line, writer)
        except (ValueError, ConnectionError) as broken:
            log.warning("the switch broke off: %s", broken)
        finally:
            if self._writer is writer:
                self.here.clear()
                self._writer = None
                self._handing.lost()
                self._led.lost()
            writer.close()

    def _start(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._hear(line, writer))
        self._tasks.add(task)
        task.add_done_callback(self._heard)

    def _heard(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._room.release()

    async def _hear(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        try:
            told = talk.from_switch(line)
        except msgspec.MsgspecError as strange:
            log.warning("the switch said what is not understood here: %s", strange)
            return
        match told:
            case Here():
                self.address = (told.host, told.port)
                self._places.begin_with(told.live)
                self.standing = {call: Stands(call=call) for call in told.live}
                self.here.set()
                await self._carried.keep(told.live)
            case Progress():
                self._led.hear(told)
            case Stands() if told.call in self.standing:
                self.standing[told.call] = told
            case Refer():
                self._handing.hear(told)
            case Described():
                self._carried.hear(told)
            case Links():
                self.links_down = told.down
            case Ended():
                await self._ended(told, writer)
            case Invite() | Register():
                answer = await self._answer(told)
                if isinstance(answer, Carry):
                    self.standing[answer.call] = Stands(call=answer.call)
                await self._answered(answer, writer)

    async def ask(self, asked: Question) -> Answer | Carry | Take:
        """What is done with a request. Raises `StorageUnavailable`: then nothing is."""
        if isinstance(asked, Register):
            return await self._admission.register(asked)
        return await self._placing.place(asked)

    async def keep(self, told: Ended) -> None:
        """Keep a record; returns when it is durable. Raises `StorageUnavailable`: then bring it again."""
        self._places.ended(told.account, told.id)
        self.standing.pop(told.id, None)
        self._handing.over(told.id)
        await self._carried.ended(told.id)
        account = told.account or await self._admission.account_at(told.source)
        if account:
            await self._calls.ended(_record(told, account))
        else:  # an emergency call that nobody could be asked about, of nobody whom we know
            log.warning("%s, a call to %s from %s, is no account's", told.id, told.recipient, told.source)

    async def _answer(self, asked: Question) -> Answer | Carry | Take:
        try:
            return await self.ask(asked)
        except StorageUnavailable:
            return Answer(n=asked.n, status=503, phrase="Service Unavailable")
        except Exception:  # whatever broke, the caller is told and the door stays open
            log.exception("a request of %s could not be answered", asked.source)
            return Answer(n=asked.n, status=500, phrase="Server Internal Error")

    async def _answered(self, answer: Answer | Carry | Take, writer: asyncio.StreamWriter) -> None:
        """Tell the switch that asked; where it is gone, nobody will say that the call ended."""
        if not self._say(answer, writer) and isinstance(answer, Carry):
            await self._carried.ended(answer.call)

    async def _ended(self, told: Ended, writer: asyncio.StreamWriter) -> None:
        """Keep a record; the switch brings it again where that fails."""
        try:
            await self.keep(told)
        except StorageUnavailable as lost:
            log.warning("the record of %s waits: %s", told.id, lost)
        except Exception:
            log.exception("the record of %s can't be kept", told.id)
        else:
            self._say(Kept(told.id), writer)

    @staticmethod
    def _say(told: FromHouse, writer: asyncio.StreamWriter) -> bool:
        """False: nobody is there to hear it."""
        with contextlib.suppress(ConnectionError, RuntimeError):
            if not writer.is_closing():
                writer.write(talk.line(told))
                return True
        return False


def _listener(path: Path) -> socket.socket:
    """The socket, open to its owner alone."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    with within_reach(path) as short:
        listener.bind(short)
    path.chmod(0o600)
    return listener


def _record(told: Ended, account: str) -> CallRecord:
    return CallRecord(
        id=told.id,
        account=account,
        direction=Direction.INBOUND if told.inbound else Direction.OUTBOUND,
        sender=_address(told.sender),
        recipient=_address(told.recipient),
        purpose=Purpose(told.purpose) if told.purpose else None,
        campaign=told.campaign or None,
        end_user=told.end_user or None,
        trunk=told.trunk,
        offered_at=told.offered_at,
        ringing_at=told.ringing_at,
        answered_at=told.answered_at,
        ended_at=told.ended_at,
        status=told.status,
        cause=told.cause,
        released_by=Party(told.released_by),
        internal=told.internal,
        steps=told.steps,
    )


def _address(text: str) -> Address:
    try:
        return parse(text)
    except BadAddress:
        return AlphaSender("unknown")
