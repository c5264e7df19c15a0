"""What counters are asked, and what they answer.

All of it is about *windows*: how many within a time, how many different ones, whether there is room. Operations are
values, so that a whole batch of them travels in one go. Every operation names a `tag` (the account; in a cluster all
of a tag's counters live on one node) and a `key` of its own below it. A count forgets by itself when its window has
passed, and what was counted can be given back.

Time comes from the caller, so that tests own it. Several processes count into the same windows by their own clocks: a
skew of a second shifts a window by a second, and a limit by a second's worth; keep NTP running and it does not matter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol, TypeAlias

import msgspec

#: Buckets in a window. A count covers its window and up to one bucket more: it forgets up to 1/24 late, never early.
BUCKETS = 24

#: Distinct counts are exact up to this many. Past it every second, fourth ... member is kept as a sample (by hash, so
#: that it is always the same ones): the standard error is about 1/sqrt(SAMPLE/2), 2.2 %. Memory stays bounded.
SAMPLE = 4096

#: Turns and unanswered messages are counted up to this many.
LONGEST_EXCHANGE = 32


class Take(msgspec.Struct, frozen=True, gc=False):
    """Reserve `want` places under a rate (GCRA, ITU-T I.371): `rate` a second, `burst` at once after a rest.

    Answer: `Taken`. The first places are given in order; the rest are refused. A negative `want` gives places back.
    """

    code: ClassVar[int] = 1

    tag: str
    key: str
    rate: float
    burst: int
    want: int = 1


class Taken(msgspec.Struct, frozen=True, gc=False):
    """How many of the wanted places were given, and in how many seconds there is the next one (0: all were given)."""

    allowed: int
    retry_after: float = 0.0


class Count(msgspec.Struct, frozen=True, gc=False):
    """Count `add` events in a window of `window` seconds. Answer: how many there were before (int).

    `add=0` only looks; a negative `add` gives back the newest.
    """

    code: ClassVar[int] = 2

    tag: str
    key: str
    window: float
    add: int = 1


class Distinct(msgspec.Struct, frozen=True, gc=False):
    """Count how many different `members` were seen within `window` seconds. Answer: `Seen`.

    No members: only look. `drop` takes members out again.
    """

    code: ClassVar[int] = 3

    tag: str
    key: str
    window: float
    members: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


class Seen(msgspec.Struct, frozen=True, gc=False):
    """How many different members there are now, and which of those asked about were new (as positions)."""

    count: int
    fresh: tuple[int, ...] = ()


class Turns(msgspec.Struct, frozen=True, gc=False):
    """Note that one side of an exchange ("a" or "b") spoke `add` times. Answer: `Turned`.

    `window` is for the turns, `keep` for what is unanswered and for the whole, both in seconds. `add=0` only looks;
    a negative `add` takes back what the side said last.
    """

    code: ClassVar[int] = 4

    tag: str
    key: str
    side: str
    window: float
    keep: float
    add: int = 1


class Turned(msgspec.Struct, frozen=True, gc=False):
    """How an exchange stands."""

    turns: int  #: how often the word went over to the other side within the window, this time included
    unanswered: int  #: how often this side had spoken since the other side did, before this time
    answered: bool  #: whether the other side spoke at all


class Sums(msgspec.Struct, frozen=True, gc=False):
    """Add to a set of sums that belong together (a day's figures of one number), each named by a small whole number.
    Answer: all of the set afterwards, those that are not 0, as a dict.

    They are forgotten together, `keep` seconds after the last was added. Nothing to add: only look. A negative part
    gives back.
    """

    code: ClassVar[int] = 5

    tag: str
    key: str
    keep: float
    add: tuple[tuple[int, int], ...] = ()  #: (which, how much)


Operation: TypeAlias = Take | Count | Distinct | Turns | Sums
Answer: TypeAlias = Taken | int | Seen | Turned | dict[int, int]


class Counters(Protocol):
    """Counters, in memory or in Redis."""

    at_once: ClassVar[bool]  #: they answer without a wait: nothing is won by asking side by side

    async def ask(self, operations: Sequence[Operation], now: datetime) -> list[Any]:
        """Do all operations, in order, and answer each. Operations of one tag are done atomically.

        Raises `CountersUnavailable` soon (a quarter of a second at most, nothing while they are known to be gone).
        """
        ...

    async def publish(self, channel: str, text: str) -> None:
        """Tell every process that listens. It may be lost, which may cost its hearers time and nothing else."""
        ...

    def subscribe(self, channel: str, hear: Callable[[str], None]) -> Callable[[], None]:
        """Hear what any process publishes, from soon on. Returns how to stop hearing it."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


def milliseconds(now: datetime) -> float:
    """An instant as counters reckon it."""
    return now.timestamp() * 1000


def sampled(member: str) -> int:
    """A member as 48 bits: evenly spread, the same in every process."""
    return int.from_bytes(hashlib.blake2b(member.encode(), digest_size=6).digest(), "big")
