"""What a process has taken on and not sent on its way yet. First come, first served; but what waits for a full window
is passed over with all of its kind: it holds up nothing else, and is not looked at again for each that goes."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from masstransit.model.communication import Kind

T = TypeVar("T")


class Backlog(Generic[T]):
    """Items in the order in which they came, each of a kind that `kind_of` tells."""

    def __init__(self, kind_of: Callable[[T], Kind]) -> None:
        self._kind_of = kind_of
        self._waiting: dict[Kind, deque[tuple[int, T]]] = defaultdict(deque)
        self._first, self._next = 0, 0  # the places in line before the first and after the last

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def items(self) -> list[T]:
        """All, kind by kind."""
        return [item for line in self._waiting.values() for _, item in line]

    def add(self, items: Iterable[T]) -> None:
        """Behind all others."""
        for item in items:
            self._waiting[self._kind_of(item)].append((self._next, item))
            self._next += 1

    def put_back(self, items: Sequence[T]) -> None:
        """Before all others, in their order."""
        for item in reversed(items):
            self._first -= 1
            self._waiting[self._kind_of(item)].appendleft((self._first, item))

    def take(self, most: int, room_for: Callable[[Kind], int]) -> list[T]:
        """The first ones, so many at most and no more of a kind than there is room for."""
        lines = {kind: line for kind, line in self._waiting.items() if line}
        room = {kind: room_for(kind) for kind in lines}
        taken: list[T] = []
        while len(taken) < most:
            able = [kind for kind, line in lines.items() if line and room[kind] > 0]
            if not able:
                break
            kind = min(able, key=lambda each: lines[each][0][0])
            taken.append(lines[kind].popleft()[1])
            room[kind] -= 1
        return taken

    def clear(self) -> None:
        """Forget all."""
        self._waiting.clear()
