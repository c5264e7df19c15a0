"""Two lists as one, in sheets."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from masstransit.storage.paging import Sheet, Slice, merged


def sheet(numbers: list[int], part: Slice) -> Sheet:
    """A list of numbers, the greatest first, as `paging.sheet` makes it."""
    after = part.after[0] if part.after else None
    wanted = [n for n in numbers if after is None or (n > after if part.backwards else n < after)]
    wanted.sort(reverse=not part.backwards)
    rows: Any = [SimpleNamespace(n=n) for n in wanted[: part.size]]
    more = len(wanted) > part.size
    if part.backwards:
        return Sheet(rows[::-1], before=more, behind=True)
    return Sheet(rows, before=after is not None, behind=more)


@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_two_lists_are_walked_through_as_one(size: int) -> None:
    first, second = [9, 7, 4, 3], [8, 2, 1]

    def at(after: int | None, *, backwards: bool = False) -> Sheet:
        part = Slice(size=size, after=None if after is None else (after,), backwards=backwards)
        return merged(sheet(first, part), sheet(second, part), lambda row: row.n, part)

    seen: list[int] = []
    page = at(None)
    assert not page.before
    while page.rows:
        seen += [row.n for row in page.rows]
        if not page.behind:
            break
        page = at(seen[-1])
    assert seen == [9, 8, 7, 4, 3, 2, 1]
    page = at(seen[-1], backwards=True)
    assert [row.n for row in page.rows] == seen[-1 - size : -1]
    assert page.before is (size < 6)
