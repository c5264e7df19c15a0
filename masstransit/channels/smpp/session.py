"""One SMPP connection, as either end sees it: framing, sequence numbers, windows, keep-alive.

All PDUs of one TCP read are handled before anything is written, and all that is to be said in one turn of the loop goes
out in one write. Buffers are bounded: who does not read what we write is not read either, and a subclass that is
`busy` leaves the rest of a read undecoded until it calls `go_on`.

A malformed PDU is answered in the protocol's words and the connection lives on; only when framing itself is lost (a
length below 16 or above 64 KiB) nothing that follows can be understood: generic_nack, and the end.
"""

from __future__ import annotations

import asyncio
import logging
from typing import cast

import msgspec

from masstransit.channels.smpp.pdu import (
    ANSWERED,
    ENQUIRE_LINK,
    GENERIC_NACK,
    LONGEST,
    RESPONSE,
    UNBIND,
    Pdu,
    PduError,
    Status,
    decode,
    encode,
    status_name,
)
from masstransit.errors import TrunkDown

log = logging.getLogger("masstransit.smpp")

_LAST_SEQUENCE = 0x7FFF_FFFF  # section 3.2
_WRITE_HIGH = 1 << 18  # octets written but not read by the peer, above which we stop reading from it


class Timers(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds (section 7.2)."""

    answer_within: float = 30.0  #: response_timer: a request that is not answered by then has failed
    enquire_every: float = 30.0  #: enquire_link_timer: after so much silence we ask whether the peer lives
    idle: float = 120.0  #: inactivity_timer: after so much silence the connection is closed


class Session(asyncio.Protocol):
    """A connection. Subclasses say what a request means (`on_request`) and what its loss means (`on_lost`)."""

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._out: list[bytes] = []
        self._sequence = 0
        self._waiting: dict[int, tuple[asyncio.Future[Pdu], float]] = {}
        self._heard = self._loop.time()
        self._enquired = False
        self._slow_reader = False
        self._paused = False
        self._closing = False
        self._ticking: asyncio.TimerHandle | None = None
        self.peer = ""
        self.lost = self._loop.create_future()

    # --- what subclasses say --------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether no further request can be taken just now."""
        return False

    def on_request(self, pdu: Pdu) -> None:
        """A request other than enquire_link and unbind."""
        raise NotImplementedError

    def on_lost(self) -> None:
        """The connection is gone; requests that waited have failed already."""

    @property
    def alive(self) -> bool:
        """Whether it can still be spoken on."""
        return not self._closing

    # --- asyncio --------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=_WRITE_HIGH)
        peer = self._transport.get_extra_info("peername")
        self.peer = str(peer[0]) if isinstance(peer, tuple) else ""
        self._schedule_tick()

    def data_received(self, data: bytes) -> None:
        self._heard = self._loop.time()
        self._enquired = False
        self._buffer += data
        self._read()

    def connection_lost(self, exc: Exception | None) -> None:
        self._closing = True
        if self._ticking is not None:
            self._ticking.cancel()
        for future, _ in self._waiting.values():
            if not future.done():
                future.set_exception(TrunkDown("the connection was lost before the answer came"))
        self._waiting.clear()
        if not self.lost.done():
            self.lost.set_result(None)
        self.on_lost()

    def pause_writing(self) -> None:
        self._slow_reader = True
        self._pace()

    def resume_writing(self) -> None:
        self._slow_reader = False
        self.go_on()

    # --- reading --------------------------------------------------------------------------------------------------

    def go_on(self) -> None:
        """No longer busy: take up what was left unread."""
        if not self._closing:
            self._read()

    def _read(self) -> None:
        buffer, at = self._buffer, 0
        while len(buffer) - at >= 16 and not (self._closing or self._slow_reader or self.busy):
            length = int.from_bytes(buffer[at : at + 4], "big")
            if not 16 <= length <= LONGEST:
                self._framing_lost(int.from_bytes(buffer[at + 12 : at + 16], "big"))
                return
            if len(buffer) - at < length:
                break
            self._take(bytes(buffer[at : at + length]))
            at += length
        del buffer[:at]
        self._pace()

    def _pace(self) -> None:
        """Read from the socket only while what comes can be taken."""
        pause = self._slow_reader or self.busy
        if pause == self._paused or self._closing or self._transport.is_closing():
            return
        self._paused = pause
        if pause:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _framing_lost(self, sequence: int) -> None:
        log.warning("%s: framing lost, closing", self.peer)
        self.send(Pdu(command=GENERIC_NACK, status=Status.ESME_RINVCMDLEN, sequence=sequence))
        self.close()

    def _take(self, frame: bytes) -> None:
        try:
            pdu = decode(frame)
        except PduError as wrong:
            self._answer_wrong(wrong)
            return
        if pdu.command & RESPONSE:
            self._answered(pdu)
        elif pdu.command == ENQUIRE_LINK:
            self.send(Pdu(command=ENQUIRE_LINK | RESPONSE, sequence=pdu.sequence))
        elif pdu.command == UNBIND:
            self.send(Pdu(command=UNBIND | RESPONSE, sequence=pdu.sequence))
            self.on_unbind()
        else:
            self.on_request(pdu)

    def on_unbind(self) -> None:
        """The peer takes its leave; its unbind is answered."""
        self.close()

    def _answer_wrong(self, wrong: PduError) -> None:
        log.info("%s: %s", self.peer, wrong)
        if wrong.command & RESPONSE:
            waiting = self._waiting.pop(wrong.sequence, None)
            if waiting is not None and not waiting[0].done():
                waiting[0].set_exception(wrong)
            return
        command = wrong.command | RESPONSE if wrong.command in ANSWERED else GENERIC_NACK
        self.send(Pdu(command=command, status=wrong.status, sequence=wrong.sequence))

    def _answered(self, pdu: Pdu) -> None:
        """A response, or a generic_nack, to something that we asked; what nobody waits for is passed over."""
        waiting = self._waiting.pop(pdu.sequence, None)
        if waiting is None:
            if pdu.command == GENERIC_NACK:
                log.info("%s: generic_nack %s", self.peer, status_name(pdu.status))
        elif not waiting[0].done():
            waiting[0].set_result(pdu)

    # --- writing --------------------------------------------------------------------------------------------------

    def send(self, pdu: Pdu, sequence: int | None = None) -> None:
        """Write a PDU at the end of this turn of the loop."""
        if self._closing:
            return
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(encode(pdu, sequence))

    def _flush(self) -> None:
        if self._out and not self._transport.is_closing():
            self._transport.write(b"".join(self._out))
        self._out.clear()

    def request(self, pdu: Pdu) -> asyncio.Future[Pdu]:
        """Send a request under the next sequence number. The future has the response; it raises `TrunkDown` when the
        connection is lost or the answer does not come in time, `PduError` when the response can't be read."""
        future: asyncio.Future[Pdu] = self._loop.create_future()
        if self._closing:
            future.set_exception(TrunkDown("the connection is closed"))
            return future
        self._sequence = self._sequence % _LAST_SEQUENCE + 1
        self._waiting[self._sequence] = (future, self._loop.time() + self._timers.answer_within)
        self.send(pdu, self._sequence)
        return future

    @property
    def unanswered(self) -> int:
        """Requests of ours that wait for their response."""
        return len(self._waiting)

    async def unbind(self) -> None:
        """Take leave: unbind, wait for its answer, close."""
        if not self._closing:
            try:
                async with asyncio.timeout(min(self._timers.answer_within, 5.0)):
                    await self.request(Pdu(command=UNBIND))
            except (TrunkDown, PduError, TimeoutError) as unanswered:
                log.info("%s: unbind was not answered: %s", self.peer, unanswered)
        self.close()

    def close(self) -> None:
        """Write what is to be written, and close."""
        if self._closing:
            return
        self._flush()
        self._closing = True
        self._transport.close()
        self._loop.call_later(5.0, self._transport.abort)  # a peer that reads no more would keep it open for ever

    # --- keep-alive -----------------------------------------------------------------------------------------------

    def _schedule_tick(self) -> None:
        timers = self._timers
        pause = min(1.0, timers.answer_within / 4, timers.enquire_every / 4, timers.idle / 4)
        self._ticking = self._loop.call_later(pause, self._tick)

    def _tick(self) -> None:
        if self._closing:
            return
        now = self._loop.time()
        for sequence, (future, deadline) in list(self._waiting.items()):
            if deadline > now:
                break  # they were sent in this order
            del self._waiting[sequence]
            if not future.done():
                future.set_exception(TrunkDown("the peer did not answer in time"))
        self._keep_alive(now - self._heard)
        self._schedule_tick()

    def _keep_alive(self, silence: float) -> None:
        if self.busy:
            return  # it is we who don't read
        if silence >= self._timers.idle:
            log.info("%s: silent for %.0f s, closing", self.peer, silence)
            self._transport.abort()
        elif silence >= self._timers.enquire_every and not self._enquired:
            self._enquired = True
            self.request(Pdu(command=ENQUIRE_LINK)).add_done_callback(self._enquire_done)

    def _enquire_done(self, future: asyncio.Future[Pdu]) -> None:
        if not future.cancelled() and future.exception() is not None and not self._closing:
            log.warning("%s: enquire_link was not answered, closing", self.peer)
            self._transport.abort()
