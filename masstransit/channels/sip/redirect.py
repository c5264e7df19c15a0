"""The same decision for a Kamailio in front: a SIP redirect server (RFC 3261 section 8.3), in the house's own process.

What an operator sees
- An INVITE is answered 302 with where the call goes and what it goes on with, or refused in the words that the switch
  would use; a REGISTER is answered as there. Media and everything after the 302 is Kamailio's.
- Only Kamailio is answered (`kamailio`); what others send is dropped, and counted in the log once a minute.
- One decision a transaction: a request that comes again has the same answer.
- No 100 Trying: Kamailio takes silence for a gate that is down, after half a second, and answers 503. So does the gate
  where the house does not decide within `within`, or its database is lost. Calls for help go on even then.
- A record of a call that is over (PUBLISH) is answered 200 when it is durable, and 503 when it is to come again. Nobody
  waits for a record as somebody does for a call: records are read a few at a time, between calls.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import socket
from collections import OrderedDict, deque
from collections.abc import Coroutine, Mapping
from datetime import datetime
from typing import Any, Protocol

import msgspec

from masstransit.channels.sip import emergency, kamailio, message
from masstransit.channels.sip.kamailio import Routes, Strange
from masstransit.channels.sip.message import Header, Message, Unreadable
from masstransit.channels.sip.talk import MARK, READ, Answer, Carry, Ended, Invite, Question, Register, Take
from masstransit.clock import Clock
from masstransit.errors import StorageUnavailable

log = logging.getLogger("masstransit.sip.redirect")

ALLOWED = ("INVITE", "ACK", "OPTIONS", "REGISTER", "PUBLISH")
_ALLOW = Header("Allow", ", ".join(ALLOWED))
_AGAIN = Header("Retry-After", "5")
_LONGEST = 65_535  # bytes: a datagram
_BUFFER = 4 << 20  # bytes that wait to be read: what comes in while a large batch is decided
_A_TURN = 64  # datagrams that are read before the loop turns to others
_REST = 0.004  # seconds after a turn: what is read together is decided together, which costs half as much
_RECORDS_A_TURN = 4  # that are taken before calls are looked for again: Kamailio hands over those of a moment at once
_TOLD_EVERY = 60.0  # seconds between lines of the log about strangers
_UNAVAILABLE = (503, "Service Unavailable")


class RedirectSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of the redirect server. Times are seconds. No authority sets them; they are defaults."""

    kamailio: frozenset[str]  #: the IP addresses that are answered
    routes: Routes
    sources: Mapping[str, str] = {}  #: IP address -> the trunk that calls from there
    emergency: frozenset[str] = frozenset()  #: numbers that are put through even where the house can't be asked
    within: float = 0.4  #: the house's decision: before Kamailio gives up at 0.5
    kept_for: float = 8.0  #: an answer, for requests that come again: Kamailio has long given up by then
    at_once: int = 100  #: requests that are decided; more wait for what comes too late, and are 503 at once
    most: int = 50_000  #: answers that are kept, and requests under way


class House(Protocol):
    """Who decides (`door.Door`). Both raise `StorageUnavailable` where nothing can be kept or known."""

    async def ask(self, asked: Question) -> Answer | Carry | Take: ...

    async def keep(self, told: Ended) -> None: ...


class _Kept(msgspec.Struct):
    """A transaction: its answer, b"" until there is one, and when it is forgotten."""

    until: float
    call: str  #: as Kamailio calls it, of an INVITE
    answer: bytes = b""
    begun: Ended | None = None  #: the call that was let go on by it
    unheard: bool = False  #: Kamailio gave up before the answer came


class RedirectServer:
    """Listens to Kamailio, on a socket of its own: what came together is read together, and so it is decided together.
    The loop's own transports read one datagram a turn, and look the address up for each that they send."""

    def __init__(self, settings: RedirectSettings, house: House, clock: Clock) -> None:
        self._settings = settings
        self._house = house
        self._clock = clock
        self._helpers = tuple(link.name for link in settings.routes.links.values() if link.emergency)
        self._loop = asyncio.get_running_loop()
        self._socket: socket.socket | None = None
        self._rests: asyncio.TimerHandle | None = None
        self._transactions: OrderedDict[tuple[Any, ...], _Kept] = OrderedDict()
        self._recent: dict[str, _Kept] = {}  # those of INVITEs, by call
        self._records: deque[tuple[bytes, tuple[Any, ...]]] = deque()  # that wait to be read
        self._tasks: set[asyncio.Task[None]] = set()
        self._count = 0
        self._strangers = 0
        self._told_at = -_TOLD_EVERY

    # --- life -----------------------------------------------------------------------------------------------------

    async def listen(self, host: str, port: int) -> int:
        """Open the socket, and give its port (port 0: any free one). Raises `OSError`."""
        found = await self._loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE)
        family, kind, _, _, address = found[0]
        opened = socket.socket(family, kind)
        opened.settimeout(0)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        try:
            opened.bind(address)
        except OSError:
            opened.close()
            raise
        self._socket = opened
        self._listen(opened)
        return int(opened.getsockname()[1])

    async def close(self) -> None:
        """Take no more, and answer what is under way."""
        if self._socket is None:
            return
        self._loop.remove_reader(self._socket)
        if self._rests is not None:
            self._rests.cancel()
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=self._settings.within * 2)
        self._socket.close()
        self._socket = None

    # --- datagrams ------------------------------------------------------------------------------------------------

    def _listen(self, opened: socket.socket) -> None:
        self._loop.add_reader(opened, self._readable, opened)

    def _readable(self, opened: socket.socket) -> None:
        """All that has come is read, and then there is a rest; some turns are left to others, whatever comes."""
        for _ in range(_A_TURN):
            try:
                raw, address = opened.recvfrom(_LONGEST)
            except BlockingIOError:
                self._loop.remove_reader(opened)
                self._rests = self._loop.call_later(_REST, self._listen, opened)
                return
            except OSError as lost:  # such as that an answer reached nobody (ICMP)
                log.debug("the socket says: %s", lost)
                return
            self._received(raw, address)

    def _received(self, raw: bytes, address: tuple[Any, ...]) -> None:
        if address[0] not in self._settings.kamailio:
            self._stranger()
            return
        if raw.startswith(b"ACK "):
            return
        if raw.startswith(b"PUBLISH "):
            self._put_aside(raw, address)
            return
        self._taken(raw, address)

    def _put_aside(self, raw: bytes, address: tuple[Any, ...]) -> None:
        if len(self._records) >= self._settings.most:  # it comes again
            return
        if not self._records:
            self._loop.call_soon(self._take_records)
        self._records.append((raw, address))

    def _take_records(self) -> None:
        for _ in range(min(_RECORDS_A_TURN, len(self._records))):
            self._taken(*self._records.popleft())
        if self._records:
            self._loop.call_soon(self._take_records)

    def _taken(self, raw: bytes, address: tuple[Any, ...]) -> None:
        try:
            self._take(raw, address)
        except Exception:  # nothing that is in a datagram may end the server
            log.exception("a datagram could not be taken")

    def _take(self, raw: bytes, address: tuple[Any, ...]) -> None:
        key = (*address, hashlib.blake2b(raw, digest_size=16).digest())  # a request comes again as it came
        self._forget(self._loop.time())
        known = self._transactions.get(key)
        if known is not None:
            if known.answer:
                self._send(known.answer, address)
            return
        try:
            read = message.read(raw, ALLOWED)
        except Unreadable as wrong:
            if wrong.answer:
                self._send(wrong.answer, address)
            return
        if read is not None and read.method:
            self._requested(read, address, key)

    def _stranger(self) -> None:
        self._strangers += 1
        now = self._loop.time()
        if now - self._told_at >= _TOLD_EVERY:
            log.warning("%d datagrams from addresses that are no Kamailio of ours were dropped", self._strangers)
            self._told_at, self._strangers = now, 0

    def _requested(self, read: Message, address: tuple[Any, ...], key: tuple[Any, ...]) -> None:
        if read.method == "OPTIONS":
            self._send(_answered(read, 200, "OK", _ALLOW), address)
        elif self._too_many(read):
            self._send(_answered(read, *_UNAVAILABLE, _AGAIN), address)
        else:
            kept = _Kept(self._loop.time() + self._settings.kept_for, _call(read) if read.method == "INVITE" else "")
            self._transactions[key] = kept
            if kept.call:
                self._recent[kept.call] = kept
            self._start(self._serve(read, address, kept))

    def _too_many(self, read: Message) -> bool:
        """Whether a request would be decided too late. Records of calls can wait, and calls for help are taken on."""
        if len(self._transactions) >= self._settings.most:
            return True
        waits = read.method == "PUBLISH" or message.uri(read.uri).user in self._settings.emergency
        return not waits and len(self._tasks) >= self._settings.at_once

    def _forget(self, now: float) -> None:
        """The oldest first: all are kept for as long."""
        while self._transactions:
            key, kept = next(iter(self._transactions.items()))
            if kept.until > now:
                return
            del self._transactions[key]
            if self._recent.get(kept.call) is kept:
                del self._recent[kept.call]

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _send(self, answer: bytes, address: tuple[Any, ...]) -> None:
        if self._socket is None:
            return
        host, *rest = address
        try:
            self._socket.sendto(answer, (host.encode(), *rest))  # as bytes it is not taken for a name to look up
        except OSError as lost:  # a full buffer: Kamailio asks again, and the answer is kept
            log.warning("an answer could not be sent: %s", lost)

    # --- requests -------------------------------------------------------------------------------------------------

    async def _serve(self, read: Message, address: tuple[Any, ...], kept: _Kept) -> None:
        try:
            answer = await self._answer(read, address, kept)
        except Strange as wrong:
            log.warning("%s: %s", address[0], wrong)
            answer = _answered(read, 400, str(wrong))
        except StorageUnavailable:
            answer = _answered(read, *_UNAVAILABLE, _AGAIN)
        except Exception:
            log.exception("a request broke")
            answer = _answered(read, 500, "Server Internal Error")
        self._say(answer, address, kept)

    def _say(self, answer: bytes, address: tuple[Any, ...], kept: _Kept) -> None:
        """The first answer to a request is the one that stays."""
        if not kept.answer:
            kept.answer = answer
            self._send(answer, address)

    async def _answer(self, read: Message, address: tuple[Any, ...], kept: _Kept) -> bytes:
        if read.method == "PUBLISH":
            await self._told(kamailio.told(read.body))
            return _answered(read, 200, "OK", Header("SIP-ETag", "kept"), Header("Expires", "0"))  # RFC 3903
        if read.hops == 0:
            return _answered(read, 483, "Too Many Hops")
        if read.value(MARK) == self._settings.routes.mark:
            log.warning("a call came back: 482")
            return _answered(read, 482, "Loop Detected")
        return await self._decided(read, self._asked(read), address, kept)

    async def _told(self, told: Mapping[str, str]) -> None:
        """A call is over, or Kamailio did not hear our answer in time. Raises `Strange`."""
        if not told["unheard"]:
            await self._house.keep(kamailio.record(told, self._settings.routes.links.values()))
            return
        kept = self._recent.get(told["unheard"])
        if kept is not None and not kept.unheard:
            kept.unheard = True
            if kept.begun is not None:
                await self._never(kept.begun)

    def _asked(self, read: Message) -> Question:
        """What the house is shown. Raises `Strange`."""
        self._count += 1
        host, port = kamailio.source(read)
        return (Invite if read.method == "INVITE" else Register)(
            n=self._count,
            source=host,
            port=port,
            link=self._settings.sources.get(host, ""),
            uri=read.uri,
            headers=tuple(each for each in read.headers if each.name in READ),
        )

    async def _decided(self, read: Message, asked: Question, address: tuple[Any, ...], kept: _Kept) -> bytes:
        at = self._clock.now()

        def overdue() -> None:
            log.warning("%s was not decided within %.1f s", read.method, self._settings.within)
            self._say(self._without_house(read, asked, at, kept), address, kept)

        due = self._loop.call_later(self._settings.within, overdue)
        try:
            decided = await self._house.ask(asked)
        except StorageUnavailable:
            return kept.answer or self._without_house(read, asked, at, kept)
        finally:
            due.cancel()
        if kept.answer:  # nobody waits any more: a call that may go on only now has its record all the same
            if isinstance(decided, Carry):
                await self._never(decided.begun(at, asked.source))
            return kept.answer
        if isinstance(decided, Answer):
            return _written(read, decided)
        if isinstance(decided, Take):  # not without the sound that it offers, which Kamailio does not tell
            return _answered(read, 488, "Not Acceptable Here")
        return self._moved(read, decided, decided.begun(at, asked.source), kept)

    def _moved(self, read: Message, carry: Carry, begun: Ended, kept: _Kept) -> bytes:
        headers = kamailio.moved(carry, begun, self._settings.routes)
        if not headers or kept.unheard:
            self._start(self._never(begun))
            return _answered(read, 480, "No Trunk Answers", _AGAIN)
        kept.begun = begun
        return _answered(read, 302, "Moved Temporarily", *headers)

    def _without_house(self, read: Message, asked: Question, at: datetime, kept: _Kept) -> bytes:
        """The house does not answer: fail closed, but for those who call for help."""
        called = message.uri(read.uri).user
        if read.method != "INVITE" or called not in self._settings.emergency or not self._helpers:
            return _answered(read, *_UNAVAILABLE, _AGAIN)
        log.warning("the house can't be asked; a call to %s goes out all the same", called)
        # Kamailio has the request itself: where the caller is goes on with it
        carry = msgspec.structs.replace(emergency.carried(read, called, self._helpers), name="", headers=())
        return self._moved(read, carry, carry.begun(at, asked.source), kept)

    async def _never(self, begun: Ended) -> None:
        try:
            await self._house.keep(msgspec.structs.replace(begun, ended_at=self._clock.now()))
        except StorageUnavailable as lost:
            log.warning("the record of %s, which never rang, is lost: %s", begun.id, lost)


def _call(read: Message) -> str:
    """What Kamailio calls a request: the number of its CSeq, and its Call-ID."""
    return f"{read.value('cseq').split()[0]} {read.value('call-id')}"


def _written(read: Message, told: Answer) -> bytes:
    return _answered(read, told.status, told.phrase, *told.headers)


def _answered(read: Message, status: int, phrase: str, *more: Header) -> bytes:
    return message.answer(read.headers, status, phrase, more)
