"""An HTTP connection with bounds: on its headers, on how long a request may take to arrive, and on how many there are.

Uvicorn bounds neither under httptools: whoever opens a connection and says nothing, or a header a minute, would keep it
for ever. What is wrong with a request itself, whatever it is for, is answered in the dialect too.
"""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import Any, ClassVar

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

log = logging.getLogger("masstransit.api")


class Connection(HttpToolsProtocol):
    """One connection of a client."""

    largest_head: ClassVar[int] = 65_536  #: bytes of a request's line and headers
    arrives_within: ClassVar[float] = 30.0  #: seconds in which a request, its body included, has to be here
    read_within: ClassVar[float] = 60.0  #: seconds for which a client may leave an answer unread
    heard_out: ClassVar[float] = 1.0  #: seconds in which who is turned away may still send: it reads the answer then
    most: ClassVar[int] = 2_000  #: connections in all

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head: int | None = 0  # bytes of the head that is arriving; None: its body is, or nothing
        self._due: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._turned_away = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.most:
            log.warning("too many HTTP connections")
            self._turn_away(503, 20503, "Too many connections are open; try again in a moment")
            self.transport.close()  # at once: a flood of them may not linger
            return
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        self.resume_writing()
        super().connection_lost(exc)

    # --- a request arrives ----------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self._turned_away:
            return
        if self._head is not None:
            self._head += len(data)
        super().data_received(data)
        if self._head is not None and self._head > self.largest_head and not self._over():
            self._turn_away(431, 20431, f"The request's headers are larger than {self.largest_head} bytes")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head = self._head or 0
        self._expect()

    def on_headers_complete(self) -> None:
        self._head = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._arrived()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._arrived()
        super().handle_websocket_upgrade()

    def _expect(self) -> None:
        """A request is due."""
        if self._due is None:
            self._due = self.loop.call_later(self.arrives_within, self._late)

    def _arrived(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _late(self) -> None:
        self._due = None
        if self._over():
            return
        if self.cycle is not None and not self.cycle.response_complete and self.cycle.response_started:
            self.transport.close()  # it was answered before its body was whole
            return
        self._turn_away(408, 20408, f"The request was not here within {self.arrives_within:g} seconds")

    # --- an answer leaves -----------------------------------------------------------------------------------------

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self._unread or self.loop.call_later(self.read_within, self.transport.abort)

    def resume_writing(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        self._turn_away(400, 20001, msg)

    def _over(self) -> bool:
        return self._turned_away or self.transport.is_closing()

    def _turn_away(self, status: int, code: int, why: str) -> None:
        """Answer in the dialect, and close: our side at once, the other a moment later. A socket that is closed while
        its peer still sends is reset, and a reset takes the answer from it (RFC 9112 section 9.6)."""
        if self._over():
            return
        told = {"code": code, "message": why, "more_info": f"/docs/errors/{code}", "status": status}
        body = msgspec.json.encode(told)
        head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: application/json\r\n"
        head += f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        self.transport.write(head.encode("ascii") + body)
        self._turned_away = True
        self.transport.write_eof()
        self.loop.call_later(self.heard_out, self.transport.close)
