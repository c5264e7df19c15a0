"""Counters of one process, in memory. The same answers as Redis gives, and the same bound on what they remember."""

from __future__ import annotations

import asyncio
import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from masstransit.counters.operations import (
    BUCKETS,
    LONGEST_EXCHANGE,
    SAMPLE,
    Count,
    Distinct,
    Operation,
    Seen,
    Sums,
    Take,
    Taken,
    Turned,
    Turns,
    milliseconds,
    sampled,
)

_NONE_SEEN = Seen(0)
_SELDOM = 200  # questions after which it is looked for what has expired


class _Sample:
    """Members of a distinct count with the time each was last seen; every 2**level-th by hash is kept."""

    __slots__ = ("level", "seen")

    def __init__(self) -> None:
        self.level = 0
        self.seen: dict[int, float] = {}  # longest unseen first

    def see(self, member: int, now: float) -> bool:
        """Note a member if it belongs to the sample. True when it was not there."""
        if member % 2**self.level:
            return False
        fresh = self.seen.pop(member, None) is None
        self.seen[member] = now
        return fresh

    def forget(self, until: float) -> None:
        while self.seen:
            member = next(iter(self.seen))
            if self.seen[member] > until:
                return
            del self.seen[member]


class _Exchange:
    """Who spoke last and when (since it had the word), when the other side did, and when the word went over."""

    __slots__ = ("other", "said", "side", "turns")

    def __init__(self) -> None:
        self.side = ""
        self.said: list[float] = []
        self.other = 0.0
        self.turns: list[float] = []

    def speak(self, side: str, times: int, now: float) -> None:
        if self.side != side:
            if self.said:
                self.turns = [*self.turns, now][-LONGEST_EXCHANGE:]
            self.other = self.said[-1] if self.said else 0.0
            self.said = []
        self.side = side
        self.said = (self.said + [now] * times)[-LONGEST_EXCHANGE:]

    def take_back(self, times: int) -> None:
        self.said = self.said[: max(0, len(self.said) - times)]
        if self.said or not self.other:
            return
        self.side = "b" if self.side == "a" else "a"  # the word is where it was
        self.said, self.other = [self.other], 0.0
        self.turns = self.turns[:-1]


class MemoryCounters:
    """Windows in a dict. `limit` keys at most: beyond it those that were not counted for longest are forgotten."""

    at_once: ClassVar[bool] = True

    def __init__(self, limit: int = 300_000) -> None:
        self._limit = limit
        self._kept: dict[str, tuple[float, Any]] = {}  # name -> (when it expires, state), oldest count first
        self._asked = 0
        self._ways: dict[type, Callable[[str, Any, Any, float], Any]] = {
            Count: self._count,
            Turns: self._turn,
            Distinct: self._distinct,
            Take: self._take,
            Sums: self._add,
        }
        self._hearers: dict[str, list[Callable[[str], None]]] = defaultdict(list)

    async def ask(self, operations: Sequence[Operation], now: datetime) -> list[Any]:
        """Do all operations in order. Never unavailable."""
        at = milliseconds(now)
        answers = [self._do(operation, at) for operation in operations]
        self._forget(at)
        return answers

    async def publish(self, channel: str, text: str) -> None:
        """Call every hearer, a moment later."""
        loop = asyncio.get_running_loop()
        for hear in self._hearers[channel]:
            loop.call_soon(hear, text)

    def subscribe(self, channel: str, hear: Callable[[str], None]) -> Callable[[], None]:
        """Hear a channel of this process."""
        self._hearers[channel].append(hear)
        return lambda: self._hearers[channel].remove(hear)

    async def close(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._hearers.clear()

    def __len__(self) -> int:
        return len(self._kept)

    def _do(self, operation: Operation, now: float) -> Any:
        name = f"{operation.tag} {operation.key}"
        kept = self._kept.get(name)
        state = kept[1] if kept is not None and kept[0] > now else None
        return self._ways[type(operation)](name, state, operation, now)

    def _keep(self, name: str, state: Any, expires: float) -> None:
        self._kept.pop(name, None)  # so that it goes to the end: the front is what nobody counted for longest
        self._kept[name] = (expires, state)

    def _forget(self, now: float) -> None:
        """Drop what has expired, now and then: nobody is told of it meanwhile. Too many are made a sixteenth fewer."""
        self._asked += 1
        if len(self._kept) <= self._limit and self._asked % _SELDOM:
            return
        too_many = len(self._kept) - self._limit * 15 // 16 if len(self._kept) > self._limit else 0
        gone: list[str] = []
        for name, (expires, _) in self._kept.items():
            if expires > now and len(gone) >= too_many:
                break
            gone.append(name)
        for name in gone:
            del self._kept[name]

    def _take(self, name: str, tat: float | None, operation: Take, now: float) -> Taken:
        """GCRA: `tat` is the theoretical arrival time, when the bucket will be full again."""
        interval = 1000 / operation.rate
        tat = now if tat is None else max(tat, now)
        room = math.floor((now - tat) / interval + operation.burst + 0.001)
        allowed = min(operation.want, max(room, 0))
        tat += allowed * interval
        self._keep(name, tat, tat + interval)
        if allowed == operation.want or operation.want < 0:
            return Taken(max(allowed, 0))
        return Taken(allowed, max(tat + interval - operation.burst * interval - now, 1.0) / 1000)

    def _count(self, name: str, buckets: dict[int, int] | None, operation: Count, now: float) -> int:
        step = operation.window * 1000 / BUCKETS
        current = int(now // step)
        before = 0
        if buckets:
            for bucket in [bucket for bucket in buckets if bucket < current - BUCKETS]:
                del buckets[bucket]
            before = sum(buckets.values())
        if operation.add > 0:
            buckets = {} if buckets is None else buckets
            buckets[current] = buckets.get(current, 0) + operation.add
            self._keep(name, buckets, now + operation.window * 1000 + step)
        elif operation.add < 0 and buckets:
            _take_back(buckets, -operation.add)
        return before

    def _distinct(self, name: str, sample: _Sample | None, operation: Distinct, now: float) -> Seen:
        if sample is None:
            if not operation.members:
                return _NONE_SEEN
            sample = _Sample()
        sample.forget(now - operation.window * 1000)
        for member in operation.drop:
            sample.seen.pop(sampled(member), None)
        fresh = [position for position, member in enumerate(operation.members) if sample.see(sampled(member), now)]
        while len(sample.seen) > SAMPLE:
            sample.level += 1
            sample.seen = {m: at for m, at in sample.seen.items() if m % 2**sample.level == 0}
        if operation.members:
            self._keep(name, sample, now + operation.window * 1000)
        return Seen(len(sample.seen) * 2**sample.level, tuple(fresh))

    def _add(self, name: str, sums: dict[int, int] | None, operation: Sums, now: float) -> dict[int, int]:
        sums = {} if sums is None else sums
        for which, much in operation.add:
            sums[which] = sums.get(which, 0) + much
            if not sums[which]:
                del sums[which]
        if operation.add:
            self._keep(name, sums, now + operation.keep * 1000)
        return sums.copy()

    def _turn(self, name: str, exchange: _Exchange | None, operation: Turns, now: float) -> Turned:
        exchange = _Exchange() if exchange is None else exchange
        exchange.turns = [at for at in exchange.turns if at > now - operation.window * 1000]
        exchange.said = [at for at in exchange.said if at > now - operation.keep * 1000]
        same = exchange.side == operation.side
        unanswered = len(exchange.said) if same else 0
        answered = exchange.other > now - operation.keep * 1000 if same else bool(exchange.said)
        if operation.add > 0:
            exchange.speak(operation.side, operation.add, now)
            self._keep(name, exchange, now + operation.keep * 1000)
        elif operation.add < 0 and same:
            exchange.take_back(-operation.add)
        return Turned(len(exchange.turns), unanswered, answered)


def _take_back(buckets: dict[int, int], events: int) -> None:
    for bucket in sorted(buckets, reverse=True):
        taken = min(events, buckets[bucket])
        buckets[bucket] -= taken
        events -= taken
