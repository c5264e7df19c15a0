"""Video rooms over WebSocket: `GET /video/v1/socket?token=...`, a person with an access token at the other end.

The socket is the person's presence: when it ends, they are out of the room. What they send is handled in order; what
they do not read piles up here to a bound, and then they are out.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any

import msgspec
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from masstransit.carriage.access_tokens import AccessToken, AccessTokens, Turned
from masstransit.carriage.outlet import Outlet, Pace
from masstransit.carriage.video.rooms import Rooms
from masstransit.carriage.video.seats import Coming, Seat
from masstransit.channels.video import frames
from masstransit.errors import BadInput, Conflict, NotFound, StorageUnavailable
from masstransit.model.address import chat_handle

log = logging.getLogger("masstransit.video")

PATH = "/video/v1/socket"
_A_SECOND, _BURST = 10.0, 60.0  # frames that a client may send
_TOO_MANY = 100  # frames that came too early, after which it is not the client that was meant
_PILE = 1 << 20  # characters that wait for a client
_JOINED_WITHIN = 30.0  # seconds until the first frame
_UNREADABLE = 53003  # the SDKs': a message that can't be read

# Why a connection was closed: RFC 6455 section 7.4.2 leaves 4000 to 4999 to applications.
UNAUTHORISED, FORBIDDEN, LATE, SLOW, FLOOD, TRY_AGAIN = 4001, 4003, 4004, 4008, 4029, 1013


class Sockets(msgspec.Struct, frozen=True, kw_only=True):
    """What sockets need of the house."""

    tokens: AccessTokens
    rooms: Rooms

    def route(self) -> WebSocketRoute:
        """Where clients connect."""
        return WebSocketRoute(PATH, self._serve)

    async def _serve(self, socket: WebSocket) -> None:
        await socket.accept()
        source = socket.client.host if socket.client is not None else ""
        try:
            token = await self.tokens.admit(socket.query_params.get("token", ""), door="video", source=source)
        except StorageUnavailable:
            await socket.close(TRY_AGAIN, "nothing can be read just now")
            return
        if isinstance(token, AccessToken) and token.video is None:
            token = Turned(code=20106, reason="the access token does not open video", remedy="give it a VideoGrant")
        if isinstance(token, Turned):
            await socket.send_text(_turned(token))
            await socket.close(UNAUTHORISED if token.retry_after is None else TRY_AGAIN, token.reason[:120])
            return
        await Connection(self.rooms, socket, token).run()


class Connection:
    """One client. Implements `carriage.video.seats.Wire`."""

    def __init__(self, rooms: Rooms, socket: WebSocket, token: AccessToken) -> None:
        self._rooms = rooms
        self._socket = socket
        self._token = token
        self._seat: Seat | None = None
        self._out = Outlet(socket, most=_PILE, slow=(SLOW, "you read too slowly"))
        self._pace = Pace(a_second=_A_SECOND, burst=_BURST)
        self._too_early = 0

    async def run(self) -> None:
        """Serve until either side closes."""
        writing = asyncio.create_task(self._out.run())
        late = asyncio.get_running_loop().call_later(_JOINED_WITHIN, self._late)
        try:
            await self._hear()
        finally:
            late.cancel()
            if self._seat is not None:
                self._rooms.leave(self._seat)
            self._out.close(1000, "")
            with contextlib.suppress(WebSocketDisconnect, RuntimeError, OSError):
                await writing

    def _late(self) -> None:
        if self._seat is None:
            self._out.close(LATE, "nobody said into which room")

    async def _hear(self) -> None:
        while not self._out.closing:
            try:
                said = await self._socket.receive()
            except WebSocketDisconnect:
                return
            if said["type"] == "websocket.disconnect":
                return
            await self._handle(said.get("text") or said.get("bytes") or "")

    async def _handle(self, text: str | bytes) -> None:
        if not self._in_time():
            return
        try:
            frame = frames.read(text)
        except (msgspec.MsgspecError, RecursionError, UnicodeError) as wrong:
            self._refuse(_UNREADABLE, f"the frame can't be read: {wrong}"[:300], "see docs/video.md for the frames")
            return
        try:
            await self._do(frame)
        except BadInput as wrong:
            self._refuse(wrong.code, str(wrong), "put it right and send it again")
        except StorageUnavailable:
            self._refuse(20503, "nothing can be stored just now, and nothing was accepted", "try again in a moment")

    async def _do(self, frame: frames.Frame) -> None:
        seat = self._seat
        if isinstance(frame, frames.Leave):
            self._out.close(1000, "left")
        elif isinstance(frame, frames.Join):
            if seat is not None:
                raise BadInput("you are in a room already: another one takes another connection")
            await self._join(frame)
        elif seat is None:
            raise BadInput('first say into which room: {"type": "join", "room": ...}')
        elif isinstance(frame, frames.Offer):
            self._rooms.offer(seat, frame.sdp, frame.lines)
        elif isinstance(frame, frames.Watching):
            self._rooms.watched(seat, frame.sdp)
        elif isinstance(frame, frames.Mute):
            self._rooms.mute(seat, frame.source, muted=frame.muted, by="self")
        elif isinstance(frame, frames.Seen):
            self._rooms.saw(seat)
        else:
            self._rooms.answer(seat, agreed=frame.agreed)

    async def _join(self, asked: frames.Join) -> None:
        token = self._token
        name = await self._named(asked.room)
        if name is None:
            turned = Turned(code=53104, reason="the access token is for another room", remedy="ask for one for this")
            self.tell_turned(turned)
            return
        address = chat_handle(token.identity)
        who = Coming(
            account=token.account,
            principal=token.key,
            identity=address.text,
            address=address,
            country=asked.country or ("US" if asked.state else ""),
            state=asked.state,
            language=asked.language,
        )
        found = await self._rooms.join(who, name, self)
        if isinstance(found, Turned):
            self.tell_turned(found)
        else:
            self._seat = found[1]

    async def _named(self, asked: str) -> str | None:
        """The room that is meant. None: the token does not open it."""
        grant = self._token.video.room if self._token.video is not None else ""
        if not grant or asked in {"", grant}:
            return asked or grant
        with contextlib.suppress(NotFound, Conflict):
            room = await self._rooms.room(self._token.account, grant)
            return grant if asked in {room.sid, room.name} else None
        return None

    def _in_time(self) -> bool:
        """Whether one more frame may be handled now."""
        if not self._pace.wait():
            return True
        self._too_early += 1
        if self._too_early > _TOO_MANY:
            self._out.close(FLOOD, "far too many frames")
        self._refuse(20429, "too many frames", "send more slowly")
        return False

    # --- what goes out --------------------------------------------------------------------------------------------

    def tell(self, what: str, **told: Any) -> None:
        if not self._out.closing:
            self._out.send(frames.made(what, **told))

    def tell_turned(self, turned: Turned) -> None:
        """They are not let in, and why; that was it."""
        self._out.send(_turned(turned))
        self._out.close(FORBIDDEN if turned.retry_after is None else TRY_AGAIN, turned.reason[:120])

    def close(self) -> None:
        self._out.close(FORBIDDEN, "out of the room")

    def _refuse(self, code: int, reason: str, remedy: str) -> None:
        self.tell("error", code=code, reason=reason, remedy=remedy)


def _turned(turned: Turned) -> str:
    told = {name: getattr(turned, name) for name in ("code", "reason", "remedy", "clause", "decision", "retry_after")}
    return frames.made("refused", **told)
