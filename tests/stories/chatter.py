"""A person who chats: a WebSocket client that we did not write, with a token that the SDK made."""

from __future__ import annotations

import asyncio
import json
from types import TracebackType
from typing import Any

from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import ChatGrant
from websockets.asyncio.client import ClientConnection, connect


class Customer:
    """The customer's own server: it has an API key, and gives its people tokens."""

    def __init__(self, http: str, account: str, key: str, secret: str) -> None:
        self.http, self.account, self.key, self.secret = http, account, key, secret

    def token(self, identity: str, **more: Any) -> str:
        """An access token, as the SDK makes it."""
        made = AccessToken(self.account, self.key, self.secret, identity=identity, grants=[ChatGrant()], **more)
        return str(made.to_jwt())

    def person(self, identity: str) -> Chatter:
        return Chatter(f"{self.http.replace('http', 'ws', 1)}/chat/v1/socket?token={self.token(identity)}", identity)


class Chatter:
    """One person at one socket."""

    def __init__(self, url: str, identity: str) -> None:
        self.url, self.identity = url, identity
        self.socket: ClientConnection | None = None
        self.heard: list[dict[str, Any]] = []  # every message, in the order in which it came
        self.frames: list[dict[str, Any]] = []  # everything else
        self._news = asyncio.Event()
        self._listening: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Chatter:
        await self.arrive()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, raised: Any, trace: TracebackType | None) -> None:
        await self.go()

    async def arrive(
        self, after: dict[str, int] | None = None, versions: dict[str, int] | None = None
    ) -> dict[str, Any]:
        """Connect, and follow everything: what is new, or what was said `after`, and changed since `versions`; how it
        is followed then."""
        self.socket = await connect(self.url, compression=None, max_size=None, proxy=None)
        self._listening = asyncio.create_task(self._listen(self.socket))
        await self.frame("hello")
        await self.ask("resume", id="resume", after=after or {}, versions=versions or {})
        return await self.frame("following")

    async def go(self) -> None:
        """Disconnect."""
        if self.socket is not None:
            await self.socket.close()
        if self._listening is not None:
            await asyncio.wait([self._listening])

    async def _listen(self, socket: ClientConnection) -> None:
        async for text in socket:
            frame = json.loads(text)
            if frame["type"] == "messages":
                self.heard += [one | {"conversation": frame["conversation"]} for one in frame["messages"]]
            else:
                self.frames.append(frame)
            self._news.set()

    async def ask(self, kind: str, **told: Any) -> None:
        assert self.socket is not None
        await self.socket.send(json.dumps({"type": kind, **told}))

    async def frame(self, kind: str, within: float = 10.0, **like: Any) -> dict[str, Any]:
        """The next frame of a kind that is like this; it is taken off the list."""
        try:
            return await self._frame(kind, within, like)
        except TimeoutError:
            raise AssertionError(f"{self.identity} got no {kind} {like}, but {self.frames}") from None

    async def _frame(self, kind: str, within: float, like: dict[str, Any]) -> dict[str, Any]:
        async with asyncio.timeout(within):
            while True:
                for frame in self.frames:
                    if frame["type"] == kind and all(frame.get(name) == value for name, value in like.items()):
                        self.frames.remove(frame)
                        return frame
                self._news.clear()
                await self._news.wait()

    async def said(self, count: int, within: float = 15.0) -> list[str]:
        """The bodies of what was heard, once there are so many."""
        async with asyncio.timeout(within):
            while len(self.heard) < count:
                self._news.clear()
                await self._news.wait()
        return [one["body"] for one in self.heard]
