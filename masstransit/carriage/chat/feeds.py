"""Feeds: whoever follows a conversation hears what is said in it, in order, each message once.

A feed is one conversation, in one process. What this process posts is handed over here, and what others post is looked
for in the database, so that a feed is never more than a moment behind. Followers are handed chunks: messages that stand
next to each other, made once however many follow. A follower says which message it had last; whoever is behind a chunk
catches up from the database, and nothing is skipped or repeated.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, Row

from masstransit.clock import Clock
from masstransit.errors import StorageUnavailable
from masstransit.model.chat import Said
from masstransit.storage import conversations
from masstransit.storage.conversations import Key
from masstransit.storage.engine import Database

log = logging.getLogger("masstransit.chat")

_LOOK_EVERY = 0.5  # seconds: what other processes post is heard of within that
_TOGETHER = 0.05  # seconds for which messages are gathered while many come: a chunk costs a write for each follower
_PAGE = 500  # messages that are read at once
_OVERLAP = timedelta(seconds=5)  # clocks of processes differ; who was told of before is not told again


class Chunk:
    """Messages that stand next to each other, and what channels made of them for all who follow."""

    __slots__ = ("frames", "said", "withheld")

    def __init__(self, said: Sequence[Said]) -> None:
        self.said = said
        self.withheld = {each for one in said for each in one.withheld}  # participants who don't get all of it
        self.frames: dict[str, str] = {}

    @property
    def first(self) -> int:
        return self.said[0].index

    @property
    def last(self) -> int:
        return self.said[-1].index


class Follower(Protocol):
    """Who follows conversations: a socket. None of these may wait."""

    def said(self, key: Key, chunk: Chunk) -> None: ...

    def gone(self, key: Key, through: int) -> None:
        """What was said up to an index is not kept any more: it goes on after it."""
        ...

    def changed(self, key: Key, said: Said) -> None:
        """A message was removed, or has other attributes."""
        ...

    def moved(self, key: Key, participant: Row[Any]) -> None:
        """Somebody came, went or read."""
        ...

    def typing(self, key: Key, identity: str) -> None: ...

    def joined(self, account: str, conversation: str) -> None:
        """The person that follows takes part in one more conversation."""
        ...


class Feed:
    """One conversation that is followed here."""

    def __init__(self, key: Key, messages: int, version: int) -> None:
        self.key = key
        self.head = messages - 1  #: index of the last message that was handed out; -1: none
        self.version = version
        self.followers: set[Follower] = set()
        self.waiting: list[Said] = []  # to be handed out in a moment
        self.due: asyncio.Handle | None = None
        self.handed_at = 0.0  # loop time

    def hand_out(self) -> None:
        """Everything that waits, to everybody."""
        self.due = None
        said, self.waiting = self.waiting, []
        if not said:
            return
        self.handed_at = asyncio.get_running_loop().time()
        self.head = said[-1].index
        chunk = Chunk(said)
        for follower in tuple(self.followers):
            follower.said(self.key, chunk)


class Feeds:
    """The feeds of this process. `run` looks for what others do, until cancelled."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._feeds: dict[Key, Feed] = {}
        self._people: dict[Key, set[Follower]] = defaultdict(set)  # (account, identity) -> who is here
        self._work = asyncio.Event()
        self._stale: set[Key] = set()
        self._told: dict[str, datetime] = {}  # participants whose joining was told lately

    # --- who follows ----------------------------------------------------------------------------------------------

    def arrive(self, account: str, identity: str, follower: Follower) -> None:
        """A person is here."""
        self._people[account, identity].add(follower)

    def leave(self, account: str, identity: str, follower: Follower) -> None:
        """They are not any more."""
        here = self._people.get((account, identity), set())
        here.discard(follower)
        if not here:
            self._people.pop((account, identity), None)
        for key in [key for key, feed in self._feeds.items() if follower in feed.followers]:
            self.unfollow(key, follower)

    async def follow(self, key: Key, follower: Follower, after: int) -> int:
        """Hand a follower what was said after an index, and then whatever is said; the index it has then. Raises
        `StorageUnavailable`."""
        feed = self._feeds.get(key)
        if feed is None:
            heads = await self._database.read(lambda c: conversations.heads(c, [key]))
            feed = self._feeds.setdefault(key, Feed(key, *heads.get(key, (0, 0))))
        while after < feed.head:
            head = feed.head
            read = [said for said in await self._after(key, after) if said.index <= head]
            begins = read[0].index if read else head + 1
            if begins > after + 1:  # its time was over (`storage/retention.py`)
                follower.gone(key, begins - 1)
            if read:
                follower.said(key, Chunk(read))
            after = read[-1].index if read else head
        self._feeds.setdefault(key, feed).followers.add(follower)
        return after

    def unfollow(self, key: Key, follower: Follower) -> None:
        """A follower hears no more of a conversation."""
        feed = self._feeds.get(key)
        if feed is not None:
            feed.followers.discard(follower)
            if not feed.followers:
                del self._feeds[key]

    # --- what happens here ------------------------------------------------------------------------------------------

    def posted(self, said: Sequence[Said]) -> None:
        """These were just put on record, in this order."""
        now = asyncio.get_running_loop().time()
        for one in said:
            feed = self._feeds.get((one.account, one.conversation))
            if feed is None:
                continue
            last = feed.waiting[-1].index if feed.waiting else feed.head
            if one.index == last + 1:
                feed.waiting.append(one)
                if feed.due is None:
                    rest = max(0.0, feed.handed_at + _TOGETHER - now)
                    feed.due = asyncio.get_running_loop().call_later(rest, feed.hand_out)
            elif one.index > last:
                self.look(feed.key)  # another process posted in between

    def typing(self, key: Key, identity: str, by: Follower) -> None:
        """Somebody types: those are told who are connected to this process."""
        feed = self._feeds.get(key)
        for follower in tuple(feed.followers) if feed is not None else ():
            if follower is not by:
                follower.typing(key, identity)

    def look(self, key: Key) -> None:
        """Something changed in a conversation."""
        self._stale.add(key)
        self._work.set()

    def joins(self, account: str, identity: str, participant: str, conversation: str) -> None:
        """Somebody takes part in one more conversation."""
        self._told[participant] = self._clock.now()
        for follower in tuple(self._people.get((account, identity), ())):
            follower.joined(account, conversation)
        self.look((account, conversation))

    # --- what happens elsewhere -------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Look for what others do, until cancelled."""
        since, loop = self._clock.now(), asyncio.get_running_loop()
        looked_at = loop.time()
        while True:
            if not self._stale:
                await self._rest()
            stale, self._stale = self._stale, set()
            whole = loop.time() - looked_at >= _LOOK_EVERY
            try:
                await self._catch_up(set(self._feeds) if whole else stale & self._feeds.keys())
                if whole:
                    since, looked_at = await self._look_for_joined(since), loop.time()
            except StorageUnavailable as lost:
                self._stale |= stale
                log.warning("conversations can't be looked at: %s", lost)
                await asyncio.sleep(_LOOK_EVERY)

    async def _rest(self) -> None:
        """Until something changed here, or for a moment."""
        self._work.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_EVERY):
                await self._work.wait()

    async def _catch_up(self, keys: set[Key]) -> None:
        if not keys:
            return
        heads = await self._database.read(lambda c: conversations.heads(c, keys))
        for key, (messages, version) in heads.items():
            feed = self._feeds.get(key)
            if feed is None:
                continue
            if messages - 1 > (feed.waiting[-1].index if feed.waiting else feed.head):
                await self._read_on(feed)
            if version > feed.version:
                await self._changes(feed, version)

    async def _read_on(self, feed: Feed) -> None:
        """Hand out what was said since the head."""
        while True:
            feed.hand_out()
            head = feed.head
            read = await self._after(feed.key, head)
            if not read or feed.head != head or feed.waiting:  # what was posted here meanwhile goes first
                return
            feed.waiting = read
            if len(read) < _PAGE:
                feed.hand_out()
                return

    async def _after(self, key: Key, index: int) -> list[Said]:
        return await self._database.read(lambda c: conversations.after(c, *key, index, _PAGE))

    async def _changes(self, feed: Feed, version: int) -> None:
        known, feed.version = feed.version, version

        def look(connection: Connection) -> tuple[list[Row[Any]], list[Said]]:
            return (
                conversations.moved(connection, *feed.key, known),
                conversations.changed(connection, *feed.key, known),
            )

        people, messages = await self._database.read(look)
        for follower in tuple(feed.followers):
            for row in people:
                follower.moved(feed.key, row)
            for said in messages:
                follower.changed(feed.key, said)

    async def _look_for_joined(self, since: datetime) -> datetime:
        """Who is here and was put into a conversation by another process."""
        if not self._people:
            return self._clock.now()
        people, now = list(self._people), self._clock.now()
        rows = await self._database.read(lambda c: conversations.joined_since(c, people, since - _OVERLAP))
        for row in rows:
            if row.sid not in self._told:
                self.joins(row.account, row.identity, row.sid, row.conversation)
        self._told = {sid: at for sid, at in self._told.items() if at > now - 2 * _OVERLAP}
        return now
