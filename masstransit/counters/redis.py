"""Counters of many processes, in a Redis 7 or Valkey, alone or as a cluster.

What is asked at the same time goes together: one script call for a tag, one pipeline for a node. In a cluster we route
by slot ourselves over redis-py's connections, because a dead node must cost its own tags a quarter of a second once,
not every batch the cluster client's patience. A slot that moves is found again by itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.crc import key_slot
from redis.exceptions import AskError, ClusterDownError, MovedError, NoScriptError, RedisError, TryAgainError

from masstransit.counters.operations import (
    Count,
    Distinct,
    Operation,
    Seen,
    Sums,
    Taken,
    Turned,
    Turns,
    milliseconds,
    sampled,
)
from masstransit.errors import CountersUnavailable

log = logging.getLogger("masstransit.counters")

Place: TypeAlias = tuple[str, int]  #: host and port

_SCRIPT = (Path(__file__).parent / "windows.lua").read_text()
_PATIENCE = 0.25  # seconds for a round, connecting included
_REST = 1.0  # seconds in which a node that failed is not asked again
_MOVED = (MovedError, AskError, TryAgainError, ClusterDownError)  # the map of slots is out of date
_GONE = (RedisError, OSError, TimeoutError)


class RedisCounters:
    """Windows in Redis. Nothing is connected before it is needed."""

    at_once: ClassVar[bool] = False

    def __init__(self, places: Sequence[Place], *, cluster: bool = False) -> None:
        self._places = tuple(places)
        self._nodes: dict[Place, _Node] = {}
        self._slots: _Slots | None = _Slots(self._places, self._node) if cluster else None
        self._asked: list[_Asked] = []
        self._rounds: set[asyncio.Task[None]] = set()
        self._channels = _Channels(self._places, self._node)

    async def ask(self, operations: Sequence[Operation], now: datetime) -> list[Any]:
        """Do all operations. Raises `CountersUnavailable` when a node that is needed can't be reached."""
        if not operations:
            return []
        asked = _Asked(operations, milliseconds(now), asyncio.get_running_loop().create_future())
        self._asked.append(asked)
        if len(self._asked) == 1:  # the others of this turn of the loop go with it
            asyncio.get_running_loop().call_soon(self._start)
        return await asked.answers

    async def publish(self, channel: str, text: str) -> None:
        """Tell every process; a message that can't be told is dropped."""
        for place in self._places:
            node = self._node(place)
            try:
                await node.command("PUBLISH", channel, text)
            except CountersUnavailable as gone:
                log.debug("not published on %s: %s", channel, gone)
            else:
                return

    def subscribe(self, channel: str, hear: Callable[[str], None]) -> Callable[[], None]:
        """Hear a channel; the connection is kept up in the background."""
        return self._channels.add(channel, hear)

    async def close(self) -> None:
        """Finish what is under way and disconnect."""
        await self._channels.close()
        await asyncio.gather(*self._rounds)
        await asyncio.gather(*(node.close() for node in self._nodes.values()))

    def _node(self, place: Place) -> _Node:
        if place not in self._nodes:
            self._nodes[place] = _Node(place)
        return self._nodes[place]

    def _start(self) -> None:
        together, self._asked = self._asked, []
        task = asyncio.get_running_loop().create_task(self._round(together))
        self._rounds.add(task)
        task.add_done_callback(self._rounds.discard)

    async def _round(self, together: Sequence[_Asked]) -> None:
        """Ask each tag's operations in one call, then hand the answers back to who asked."""
        calls: dict[str, _Call] = {}
        for asked in together:
            for index, operation in enumerate(asked.operations):
                call = calls.get(operation.tag)
                if call is None:
                    call = calls[operation.tag] = _Call(operation.tag, asked.now)
                call.add(operation, asked, index)
        try:
            await self._send(list(calls.values()))
            for call in calls.values():
                call.hand_over()
        except Exception as broken:  # whoever asked must hear of it, not wait
            log.exception("a round of counters failed")
            for asked in together:
                asked.fail(broken)
            return
        for asked in together:
            asked.finish()

    async def _send(self, calls: Sequence[_Call]) -> None:
        for last in (False, True):
            by_node = await self._by_node(calls)
            await asyncio.gather(*(node.run(group) for node, group in by_node.items()))
            if self._slots is None:
                return
            if any(isinstance(call.answer, CountersUnavailable) for call in calls):
                self._slots.doubt()  # another node may have taken over
            calls = [call for call in calls if isinstance(call.answer, _MOVED)]
            if not calls or last:
                return
            self._slots.forget()

    async def _by_node(self, calls: Sequence[_Call]) -> Mapping[_Node, list[_Call]]:
        if self._slots is None:
            return {self._node(self._places[0]): list(calls)}
        try:
            await self._slots.learn()
        except CountersUnavailable as gone:
            for call in calls:
                call.answer = gone
            return {}
        by_node: dict[_Node, list[_Call]] = defaultdict(list)
        for call in calls:
            node = self._slots.node(call.key)
            if node is None:
                call.answer = CountersUnavailable("no node has this slot")
            else:
                by_node[node].append(call)
        return by_node


class _Asked:
    """One `ask` on its way."""

    __slots__ = ("answers", "found", "now", "operations")

    def __init__(self, operations: Sequence[Operation], now: float, answers: asyncio.Future[list[Any]]) -> None:
        self.operations = operations
        self.now = now
        self.answers = answers
        self.found: list[Any] = [None] * len(operations)

    def fail(self, broken: Exception) -> None:
        if not self.answers.done():
            self.answers.set_exception(CountersUnavailable(f"the answer can't be read: {broken}"))

    def finish(self) -> None:
        if self.answers.done():  # its caller was cancelled
            return
        gone = next((found for found in self.found if isinstance(found, Exception)), None)
        if gone is None:
            self.answers.set_result(self.found)
        else:
            self.answers.set_exception(CountersUnavailable(str(gone)))


class _Call:
    """One script call: everything that is asked of one tag in a round."""

    __slots__ = ("answer", "body", "key", "places")

    def __init__(self, tag: str, now: float) -> None:
        self.key = f"{{{tag or '-'}}}"  # an empty hash tag would not bind keys to one slot
        self.body: list[Any] = [now]
        self.places: list[tuple[Operation, _Asked, int]] = []
        self.answer: Any = None  # bytes, or what went wrong

    def add(self, operation: Operation, asked: _Asked, index: int) -> None:
        self.body.append(_written(operation))
        self.places.append((operation, asked, index))

    def hand_over(self) -> None:
        """Give each operation its answer, or what went wrong."""
        if not isinstance(self.answer, bytes):
            gone = CountersUnavailable(str(self.answer))
            for _, asked, index in self.places:
                asked.found[index] = gone
            return
        values = iter(msgspec.msgpack.decode(self.answer, type=list[float | int]))
        for operation, asked, index in self.places:
            asked.found[index] = _read(operation, values)


def _written(operation: Operation) -> tuple[Any, ...]:
    """An operation as the script reads it."""
    if isinstance(operation, Count):
        return (operation.code, operation.key, operation.window * 1000, operation.add)
    if isinstance(operation, Turns):
        window, keep = operation.window * 1000, operation.keep * 1000
        return (operation.code, operation.key, operation.side, window, keep, operation.add)
    if isinstance(operation, Distinct):
        members, drop = [sampled(m) for m in operation.members], [sampled(m) for m in operation.drop]
        return (operation.code, operation.key, operation.window * 1000, members, drop)
    if isinstance(operation, Sums):
        return (operation.code, operation.key, operation.keep * 1000, operation.add)
    return (operation.code, operation.key, operation.rate, operation.burst, operation.want)


def _read(operation: Operation, values: Iterator[float | int]) -> Any:
    """An operation's answer out of the script's flat list."""
    if isinstance(operation, Count):
        return int(next(values))
    if isinstance(operation, Turns):
        return Turned(int(next(values)), int(next(values)), next(values) == 1)
    if isinstance(operation, Distinct):
        count, fresh = int(next(values)), int(next(values))
        return Seen(count, tuple(int(next(values)) for _ in range(fresh)))
    if isinstance(operation, Sums):
        return {int(next(values)): int(next(values)) for _ in range(int(next(values)))}
    return Taken(int(next(values)), next(values) / 1000)


class _Node:
    """One server, with a breaker: after a failure it is not asked for a second, then by one round on trial."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._client = Redis(
            host=place[0],
            port=place[1],
            socket_timeout=_PATIENCE,
            socket_connect_timeout=_PATIENCE,
            retry=Retry(NoBackoff(), 0),
        )
        self._script = self._client.register_script(_SCRIPT)
        self._broken = False
        self._rests_until = 0.0

    async def command(self, *words: Any) -> Any:
        """One command. Raises `CountersUnavailable`."""
        return await self._guarded(lambda: self._client.execute_command(*words))  # type: ignore[no-untyped-call]

    async def run(self, calls: Sequence[_Call]) -> None:
        """Make the calls in one pipeline and note each one's answer, which may be what went wrong."""
        try:
            answers = await self._guarded(lambda: self._pipeline(calls))
        except CountersUnavailable as gone:
            answers = [gone] * len(calls)
        for call, answer in zip(calls, answers, strict=True):
            call.answer = answer

    async def close(self) -> None:
        await self._client.aclose()

    def listener(self) -> Any:
        """A connection for subscriptions."""
        return self._client.pubsub()

    async def _pipeline(self, calls: Sequence[_Call]) -> list[Any]:
        answers = await self._evaluate(calls)
        missing = [i for i, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        if missing:  # the server is new to us, or was restarted: a script that was not there did nothing
            await self._client.script_load(_SCRIPT)
            for i, answer in zip(missing, await self._evaluate([calls[i] for i in missing]), strict=True):
                answers[i] = answer
        return answers

    async def _evaluate(self, calls: Sequence[_Call]) -> list[Any]:
        pipeline = self._client.pipeline(transaction=False)
        for call in calls:
            pipeline.execute_command("EVALSHA", self._script.sha, 1, call.key, msgspec.msgpack.encode(call.body))
        return await pipeline.execute(raise_on_error=False)

    async def _guarded(self, attempt: Callable[[], Awaitable[Any]]) -> Any:
        now = asyncio.get_running_loop().time()
        if now < self._rests_until:
            raise CountersUnavailable(f"counters at {self._name} are gone")
        if self._broken:
            self._rests_until = now + _REST  # this round is the trial; the others wait for its outcome
        try:
            async with asyncio.timeout(_PATIENCE):
                answer = await attempt()
        except _GONE as gone:
            self._fail(gone)
            raise CountersUnavailable(f"counters at {self._name} are gone: {gone}") from gone
        if self._broken:
            log.info("counters at %s are back", self._name)
        self._broken, self._rests_until = False, 0.0
        return answer

    def _fail(self, gone: Exception) -> None:
        if not self._broken:
            log.warning("counters at %s are gone: %s", self._name, gone or type(gone).__name__)
        self._broken = True
        self._rests_until = asyncio.get_running_loop().time() + _REST

    @property
    def _name(self) -> str:
        return f"{self.place[0]}:{self.place[1]}"


class _Slots:
    """Which node has which of the cluster's 16,384 slots."""

    def __init__(self, places: Sequence[Place], node: Callable[[Place], _Node]) -> None:
        self._places = list(places)
        self._node = node
        self._ranges: list[tuple[int, int, Place]] = []
        self._nodes: dict[str, _Node] = {}
        self._learning = asyncio.Lock()
        self._stale = True
        self._learned_at = 0.0

    def forget(self) -> None:
        """The map is out of date."""
        self._stale = True

    def doubt(self) -> None:
        """The map may be out of date; it is looked at again, but not before a second has passed."""
        if asyncio.get_running_loop().time() >= self._learned_at + _REST:
            self._stale = True

    def node(self, key: str) -> _Node | None:
        """The primary that has a key's slot."""
        known = self._nodes.get(key)
        if known is not None:
            return known
        slot = key_slot(key.encode())
        place = next((place for first, last, place in self._ranges if first <= slot <= last), None)
        if place is None:
            return None
        if len(self._nodes) >= 65_536:
            self._nodes.clear()
        self._nodes[key] = self._node(place)
        return self._nodes[key]

    async def learn(self) -> None:
        """Ask any node for the map, where it is stale. Raises `CountersUnavailable`."""
        if not self._stale:
            return
        async with self._learning:
            if self._stale:
                self._ranges = await self._asked_of_any()
                self._nodes.clear()
                self._learned_at = asyncio.get_running_loop().time()
                self._stale = False

    async def _asked_of_any(self) -> list[tuple[int, int, Place]]:
        gone = CountersUnavailable("the cluster has no nodes")
        for place in dict.fromkeys([*self._places, *(known for _, _, known in self._ranges)]):
            try:
                found = await self._node(place).command("CLUSTER SLOTS")
            except CountersUnavailable as silent:
                gone = silent
                continue
            return [
                (first, last, (primary[0].decode() if primary[0] else place[0], primary[1]))
                for first, last, primary, *_ in found
            ]
        raise gone


class _Channels:
    """Subscriptions, over one connection that comes back by itself."""

    def __init__(self, places: Sequence[Place], node: Callable[[Place], _Node]) -> None:
        self._places = places
        self._node = node
        self._hearers: dict[str, list[Callable[[str], None]]] = defaultdict(list)
        self._task: asyncio.Task[None] | None = None

    def add(self, channel: str, hear: Callable[[str], None]) -> Callable[[], None]:
        self._hearers[channel].append(hear)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._listen())
        return lambda: self._hearers[channel].remove(hear)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _listen(self) -> None:
        turn = 0
        while True:
            listener = self._node(self._places[turn % len(self._places)]).listener()
            try:
                await self._hear(listener)
            except _GONE as gone:
                log.debug("the counters' channels are gone: %s", gone)
                turn += 1
                await asyncio.sleep(_REST)
            finally:
                await listener.aclose()

    async def _hear(self, listener: Any) -> None:
        known: set[str] = set()
        while True:
            new = [channel for channel in self._hearers if channel not in known]
            if new:
                await listener.subscribe(*new)
                known.update(new)
            message = await listener.get_message(ignore_subscribe_messages=True, timeout=_PATIENCE)
            if message is not None:
                self._tell(message["channel"].decode(), message["data"].decode())

    def _tell(self, channel: str, text: str) -> None:
        for hear in tuple(self._hearers[channel]):
            try:
                hear(text)
            except Exception:  # one hearer's fault must not deafen the others
                log.exception("a hearer of %s failed", channel)
