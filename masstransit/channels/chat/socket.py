"""Chat over WebSocket: `GET /chat/v1/socket?token=...`, a person with an access token at the other end.

What one client sends is handled in the order in which it was sent; lines that it says are offered in that order, and
several may be on their way to their places at once. What a client does not read piles up here up to a
bound; then the connection is closed and the client resumes where it was, so that one slow reader costs nobody anything.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import Row
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from masstransit.carriage.access_tokens import AccessToken, AccessTokens, Turned
from masstransit.carriage.chat.feeds import Chunk, Feeds
from masstransit.carriage.chat.moderating import Asked, Moderating
from masstransit.carriage.chat.roles import CHANNEL_USER, SERVICE_USER, role_of, service_of
from masstransit.carriage.chat.speaking import Speaker, Speaking
from masstransit.carriage.media.sharing import Shared
from masstransit.carriage.outlet import Outlet, Pace
from masstransit.channels.chat import frames
from masstransit.clock import Clock
from masstransit.errors import BadInput, Conflict, Denied, NotFound, StorageUnavailable
from masstransit.model.chat import Said
from masstransit.model.decision import Verdict
from masstransit.storage import conversations
from masstransit.storage.conversations import Key
from masstransit.storage.engine import Database
from masstransit.storage.paging import Slice

log = logging.getLogger("masstransit.chat")

PATH = "/chat/v1/socket"
_A_SECOND, _BURST = 20.0, 60.0  # frames that a client may send
_TOO_MANY = 200  # frames that were turned away, after which it is not the client that was meant
_PILE = 1 << 20  # characters that wait for a client
_HISTORY = 100  # messages at most in an answer
_LOOKED_AT_WITHIN = timedelta(hours=1)  # a link to a file: a client asks for another one; a default
_AT_ONCE = 32  # lines of one client that are on their way to their places

# Why a connection was closed: RFC 6455 section 7.4.2 leaves 4000 to 4999 to applications.
UNAUTHORISED, FORBIDDEN, EXPIRED, SLOW, FLOOD, TRY_AGAIN = 4001, 4003, 4004, 4008, 4029, 1013


class Sockets(msgspec.Struct, frozen=True, kw_only=True):
    """What sockets need of the house."""

    tokens: AccessTokens
    speaking: Speaking
    moderating: Moderating
    feeds: Feeds
    shared: Shared  #: by what links files are looked at
    database: Database
    clock: Clock

    def route(self) -> WebSocketRoute:
        """Where clients connect."""
        return WebSocketRoute(PATH, self._serve)

    async def _serve(self, socket: WebSocket) -> None:
        await socket.accept()
        source = socket.client.host if socket.client is not None else ""
        try:
            token = await self.tokens.admit(socket.query_params.get("token", ""), door="chat", source=source)
        except StorageUnavailable:
            await socket.close(TRY_AGAIN, "nothing can be read just now")
            return
        if isinstance(token, AccessToken) and (token.chat is None or not _opens(token)):
            token = Turned(
                code=20106, reason="the access token does not open chat", remedy="give it a ChatGrant of your service"
            )
        if isinstance(token, Turned):
            told = {name: getattr(token, name) for name in ("code", "reason", "remedy", "clause", "decision")}
            await socket.send_text(frames.made("error", id=None, **told))
            await socket.close(UNAUTHORISED if token.retry_after is None else TRY_AGAIN, token.reason[:120])
            return
        await Connection(self, socket, token).run()


def _opens(token: AccessToken) -> bool:
    return token.chat is not None and token.chat.service_sid in ("", service_of(token.account))


class _Place(msgspec.Struct, kw_only=True):
    """One conversation as this client follows it."""

    participant: str
    role: str | None
    heard: int  #: index of the last message that was sent to the client


class Connection:
    """One client. Implements `feeds.Follower`."""

    def __init__(self, house: Sockets, socket: WebSocket, token: AccessToken) -> None:
        self._house = house
        self._socket = socket
        self._token = token
        self._account, self._identity = token.account, token.identity
        self._speaker = Speaker(account=token.account, author=token.identity, principal=token.key)
        self._places: dict[str, _Place] = {}
        self._out = Outlet(socket, most=_PILE, slow=(SLOW, "you read too slowly: connect again and resume"))
        self._pace = Pace(a_second=_A_SECOND, burst=_BURST)
        self._turned_away = 0
        self._on_the_way: set[asyncio.Task[None]] = set()
        self._doing: Mapping[type, Callable[[Any], Awaitable[str | None]]] = {
            frames.Resume: self._resume,
            frames.Say: self._say,
            frames.Typing: self._typing,
            frames.Read: self._read,
            frames.History: self._history,
            frames.Media: self._media,
            frames.People: self._people,
            frames.Invite: self._invite,
            frames.Leave: self._leave,
            frames.Expel: self._expel,
            frames.Edit: self._edit,
            frames.Remove: self._remove,
            frames.Report: self._report,
            frames.Block: self._block,
            frames.Unblock: self._unblock,
        }

    # --- the connection -------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until either side closes."""
        feeds = self._house.feeds
        feeds.arrive(self._account, self._identity, self)
        writing = asyncio.create_task(self._out.run())
        left = (self._token.expires_at - self._house.clock.now()).total_seconds()
        expiry = asyncio.get_running_loop().call_later(max(left, 0.0), self._out.close, EXPIRED, "the token is expired")
        try:
            self._out.send(await self._hello())
            await self._hear()
        except StorageUnavailable:
            self._out.close(TRY_AGAIN, "nothing can be read just now: resume in a moment")
        finally:
            expiry.cancel()
            if self._on_the_way:
                await asyncio.wait(self._on_the_way)
            feeds.leave(self._account, self._identity, self)
            self._out.close(1000, "")
            with contextlib.suppress(WebSocketDisconnect, RuntimeError, OSError):
                await writing

    async def _hear(self) -> None:
        while not self._out.closing:
            try:
                asked = await self._socket.receive()
            except WebSocketDisconnect:
                return
            if asked["type"] == "websocket.disconnect":
                return
            await self._handle(asked.get("text") or asked.get("bytes") or "")

    async def _handle(self, text: str | bytes) -> None:
        if len(text) > frames.LARGEST:
            self._refuse(None, 20413, f"a frame has {frames.LARGEST} octets at most", "say less at once")
            return
        try:
            frame = frames.read(text)
        except (msgspec.MsgspecError, RecursionError, UnicodeError) as wrong:
            self._refuse(None, 20001, f"the frame can't be read: {wrong}"[:300], "see the documentation of frames")
            return
        wait = self._pace.wait()
        if wait > 0:
            self._turned_away += 1
            if self._turned_away > _TOO_MANY:
                self._out.close(FLOOD, "far too many frames")
            self._out.send(
                frames.made("retry", id=frame.id, reason="too many frames", after=wait, remedy="send more slowly")
            )
            return
        if isinstance(frame, frames.Say) and frame.conversation in self._places:
            if len(self._on_the_way) >= _AT_ONCE:
                await asyncio.wait(self._on_the_way, return_when=asyncio.FIRST_COMPLETED)
            task = asyncio.create_task(self._do(frame))  # nothing is waited for in it before the line is offered
            self._on_the_way.add(task)
            task.add_done_callback(self._on_the_way.discard)
            return
        await self._do(frame)

    async def _do(self, frame: frames.Frame) -> None:
        """Do what a client asks, and answer it."""
        try:
            answer = await self._doing[type(frame)](frame)
        except BadInput as wrong:
            self._refuse(frame.id, wrong.code, str(wrong), "put it right and send it again")
        except (NotFound, Denied, Conflict) as wrong:
            code = wrong.code if isinstance(wrong, Conflict) else 20404 if isinstance(wrong, NotFound) else 20403
            self._refuse(frame.id, code, str(wrong), "look at what you take part in, and with which role")
        except StorageUnavailable as lost:
            self._out.send(frames.made("retry", id=frame.id, reason=str(lost), after=5.0, remedy="send it again"))
        except Exception:
            log.exception("a frame was not handled")
            self._refuse(frame.id, 20500, "something broke on our side", "try again")
        else:
            if answer is not None:
                self._out.send(answer)

    def _refuse(self, asked: str | int | None, code: int, reason: str, remedy: str) -> None:
        told = {"code": code, "reason": reason, "remedy": remedy, "clause": "", "decision": ""}
        self._out.send(frames.made("error", id=asked, **told))

    # --- what is heard of conversations (feeds.Follower) --------------------------------------------------------------

    def said(self, key: Key, chunk: Chunk) -> None:
        place = self._places.get(key[1])
        if place is None or chunk.last <= place.heard:
            return
        if place.participant in chunk.withheld or chunk.first <= place.heard:
            mine = [s for s in chunk.said if s.index > place.heard and place.participant not in s.withheld]
            frame = frames.messages(key[1], mine) if mine else None
        else:
            frame = chunk.frames.get("chat") or chunk.frames.setdefault("chat", frames.messages(key[1], chunk.said))
        place.heard = chunk.last
        if frame is not None:
            self._out.send(frame)

    def gone(self, key: Key, through: int) -> None:
        place = self._places.get(key[1])
        if place is not None and through > place.heard:
            place.heard = through
            self._out.send(frames.made("gone", conversation=key[1], through=through))

    def changed(self, key: Key, said: Said) -> None:
        place = self._places.get(key[1])
        if place is not None and place.participant not in said.withheld:
            told = frames.message(said)
            self._out.send(frames.made("changed", conversation=key[1], message=told, version=said.version))

    def moved(self, key: Key, participant: Row[Any]) -> None:
        place = self._places.get(key[1])
        if place is None:
            return
        told = frames.participant(participant)
        if participant.state == "out":
            self._out.send(frames.made("left", conversation=key[1], participant=told, how=participant.gone))
            if participant.sid == place.participant:
                del self._places[key[1]]
                self._house.feeds.unfollow(key, self)
        elif participant.state == "in":
            kind = "joined" if participant.joined_at == participant.updated_at else "participant"
            self._out.send(frames.made(kind, conversation=key[1], participant=told))

    def typing(self, key: Key, identity: str) -> None:
        if key[1] in self._places:
            self._out.send(frames.made("typing", conversation=key[1], identity=identity))

    def joined(self, account: str, conversation: str) -> None:
        if self._places and conversation not in self._places:
            task = asyncio.create_task(self._follow_new(conversation))
            task.add_done_callback(_heard_out)

    async def _follow_new(self, conversation: str) -> None:
        row = await self._followed(conversation)
        if row is not None and conversation not in self._places:
            self._out.send(frames.made("added", conversation=_shown(row)))
            await self._follow(row, row.messages - 1)

    # --- what clients ask -------------------------------------------------------------------------------------------

    async def _hello(self) -> str:
        rows = await self._house.database.read(lambda c: conversations.followed(c, self._account, self._identity))
        blocked = await self._house.database.read(lambda c: conversations.blocked_by(c, self._account, self._identity))
        return frames.made(
            "hello",
            identity=self._identity,
            conversations=[_shown(row) for row in rows],
            blocked=blocked,
            expires_at=self._token.expires_at,
            limits={"frame": frames.LARGEST, "a_second": _A_SECOND, "burst": _BURST},
        )

    async def _resume(self, asked: frames.Resume) -> str:
        rows = await self._house.database.read(lambda c: conversations.followed(c, self._account, self._identity))
        for row in rows:
            if row.sid not in self._places:
                await self._follow(row, max(-1, asked.after.get(row.sid, row.messages - 1)))
                await self._changes(row, asked.versions.get(row.sid))
        heard = {sid: place.heard for sid, place in self._places.items()}
        versions = {row.sid: row.version for row in rows}
        return frames.made("following", id=asked.id, heard=heard, versions=versions)

    async def _changes(self, row: Row[Any], known: int | None) -> None:
        """What was changed since a version that the client knows, of messages that it has. Once they are followed, so
        that nothing is missed; some are told twice."""
        if known is None or known >= row.version:
            return
        key = (self._account, row.sid)
        for said in await self._house.database.read(lambda c: conversations.changed(c, *key, known)):
            self.changed(key, said)

    async def _follow(self, row: Row[Any], after: int) -> None:
        self._places[row.sid] = _Place(participant=row.participant, role=row.role, heard=min(after, row.messages - 1))
        await self._house.feeds.follow((self._account, row.sid), self, self._places[row.sid].heard)

    async def _followed(self, conversation: str) -> Row[Any] | None:
        rows = await self._house.database.read(lambda c: conversations.followed(c, self._account, self._identity))
        return next((row for row in rows if row.sid == conversation), None)

    async def _place(self, conversation: str) -> _Place:
        """Where this person stands in a conversation. Raises `NotFound`."""
        place = self._places.get(conversation)
        if place is not None:
            return place
        row = await self._followed(conversation)
        if row is None:
            raise NotFound(f"you take part in no conversation {conversation[:40]}")
        return _Place(participant=row.participant, role=row.role, heard=-1)

    async def _may(self, conversation: str, permission: str) -> _Place:
        """The same, of somebody who may do something. Raises `Denied`, `NotFound`."""
        place = await self._place(conversation)
        if permission in role_of(self._account, place.role, CHANNEL_USER).permissions:
            return place
        user = await self._house.database.read(lambda c: conversations.find_user(c, self._account, self._identity))
        held = role_of(self._account, user.role if user is not None else None, SERVICE_USER)
        if permission not in held.permissions:
            raise Denied(f"your role does not let you do this ({permission})")
        return place

    async def _say(self, asked: frames.Say) -> str:
        await self._may(asked.conversation, "sendMessage")
        spoken = await self._house.speaking.say(
            self._speaker, asked.conversation, asked.body, asked.attributes, key=asked.key or None
        )
        if spoken.index is None and spoken.decision.verdict > Verdict.FLAG:
            return frames.refusal(spoken.decision, asked.id)
        return frames.made("ack", id=asked.id, key=asked.key or None, sid=spoken.sid, index=spoken.index)

    async def _typing(self, asked: frames.Typing) -> None:
        await self._place(asked.conversation)
        self._house.feeds.typing((self._account, asked.conversation), self._identity, self)

    async def _read(self, asked: frames.Read) -> str:
        place = await self._place(asked.conversation)
        await self._house.moderating.read(self._account, asked.conversation, place.participant, asked.index)
        return self._done(asked.id)

    async def _history(self, asked: frames.History) -> str:
        place = await self._place(asked.conversation)
        before = asked.before if asked.before is not None else 1 << 30
        limit = max(1, min(asked.limit, _HISTORY))
        said = await self._house.database.read(
            lambda c: conversations.before(c, self._account, asked.conversation, before, limit)
        )
        shown = [frames.message(one) for one in said if place.participant not in one.withheld]
        return frames.made(
            "history",
            id=asked.id,
            conversation=asked.conversation,
            messages=shown,
            more=len(said) == limit and said[0].index > 0,
        )

    async def _media(self, asked: frames.Media) -> str:
        said = conversations.said(await self._at(asked.conversation, asked.index))
        place = await self._place(asked.conversation)
        if place.participant in said.withheld:
            raise NotFound(f"there is no message {asked.index} in this conversation")
        shown = [
            frames.file(each) | {"path": self._house.shared.path(self._account, each.sid, _LOOKED_AT_WITHIN)}
            for each in said.attachments
        ]
        return frames.made("media", id=asked.id, conversation=asked.conversation, index=asked.index, media=shown)

    async def _people(self, asked: frames.People) -> str:
        await self._place(asked.conversation)
        sheet = await self._house.database.read(
            lambda c: conversations.participants(c, self._account, asked.conversation, Slice(size=1000))
        )
        shown = [frames.participant(row) for row in sheet.rows if row.state == "in"]
        return frames.made("participants", id=asked.id, conversation=asked.conversation, participants=shown)

    async def _invite(self, asked: frames.Invite) -> str:
        await self._may(asked.conversation, "addParticipant")
        invited = await self._house.moderating.invite(self._speaker, asked.conversation, Asked(identity=asked.identity))
        if invited.row is None or invited.row.state != "in":
            return frames.refusal(invited.decision, asked.id)
        return frames.made("ack", id=asked.id, participant=frames.participant(invited.row))

    async def _leave(self, asked: frames.Leave) -> str:
        place = await self._may(asked.conversation, "leaveConversation")
        await self._house.moderating.go(self._account, asked.conversation, place.participant, gone="left")
        return self._done(asked.id)

    async def _expel(self, asked: frames.Expel) -> str:
        await self._may(asked.conversation, "removeParticipant")
        await self._house.moderating.go(self._account, asked.conversation, asked.identity, gone="removed")
        return self._done(asked.id)

    async def _edit(self, asked: frames.Edit) -> str:
        row = await self._at(asked.conversation, asked.index)
        if row.author != self._identity:
            raise Denied("this message is somebody else's: only its author says it otherwise")
        await self._may(asked.conversation, "editOwnMessage")
        spoken = await self._house.speaking.edit(self._speaker, conversations.said(row), asked.body, asked.attributes)
        if spoken.index is None and spoken.decision.verdict > Verdict.FLAG:
            return frames.refusal(spoken.decision, asked.id)
        return frames.made("ack", id=asked.id, sid=row.sid, index=row.place)

    async def _remove(self, asked: frames.Remove) -> str:
        row = await self._at(asked.conversation, asked.index)
        own = row.author == self._identity
        await self._may(asked.conversation, "deleteOwnMessage" if own else "deleteAnyMessage")
        await self._house.moderating.remove(self._account, asked.conversation, row.sid, by=self._identity)
        return self._done(asked.id)

    async def _report(self, asked: frames.Report) -> str:
        row = await self._at(asked.conversation, asked.index)
        await self._house.moderating.report(self._account, self._identity, asked.conversation, row.sid, asked.reason)
        return self._done(asked.id)

    async def _block(self, asked: frames.Block) -> str:
        await self._house.moderating.block(self._account, self._identity, asked.identity)
        return self._done(asked.id)

    async def _unblock(self, asked: frames.Unblock) -> str:
        await self._house.moderating.unblock(self._account, self._identity, asked.identity)
        return self._done(asked.id)

    async def _at(self, conversation: str, index: int) -> Row[Any]:
        await self._place(conversation)
        row = await self._house.database.read(lambda c: conversations.at_index(c, self._account, conversation, index))
        if row is None:
            raise NotFound(f"there is no message {index} in this conversation")
        return row

    @staticmethod
    def _done(asked: str | int | None) -> str:
        return frames.made("ack", id=asked)


def _shown(row: Row[Any]) -> dict[str, Any]:
    """A conversation as clients see it."""
    return {
        "sid": row.sid,
        "unique_name": row.unique_name,
        "friendly_name": row.friendly_name,
        "state": row.state,
        "last_index": row.messages - 1,
        "read_index": row.read_index,
    }


def _heard_out(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.warning("a new conversation could not be followed: %s", task.exception())
