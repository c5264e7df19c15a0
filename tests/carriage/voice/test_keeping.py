"""What is kept of a call is kept in order, however long that takes."""

from __future__ import annotations

import asyncio

import pytest

from masstransit.carriage.voice import keeping
from masstransit.carriage.voice.keeping import Keeping, until_stored
from masstransit.errors import StorageUnavailable


class Thing:
    """Something of which things are kept."""

    kept: asyncio.Task[None] | None = None


async def test_each_thing_waits_for_the_one_before_it_and_others_do_not() -> None:
    kept, done = Keeping(), list[str]()
    first, other = Thing(), Thing()
    gate = asyncio.Event()

    async def slow() -> None:
        await gate.wait()
        done.append("slow")

    async def quick(name: str) -> None:
        done.append(name)

    kept.keep(first, slow())
    kept.keep(first, quick("behind it"))
    kept.keep(other, quick("beside it"))
    await asyncio.sleep(0.01)
    assert done == ["beside it"]
    gate.set()
    await kept.drained()
    assert done == ["beside it", "slow", "behind it"]


async def test_one_that_breaks_does_not_hold_up_the_next(caplog: pytest.LogCaptureFixture) -> None:
    kept, thing, done = Keeping(), Thing(), list[str]()

    async def breaks() -> None:
        raise ValueError("broken")

    async def next_one() -> None:
        done.append("next")

    kept.keep(thing, breaks())
    broken = thing.kept
    kept.keep(thing, next_one())
    await kept.drained()
    assert done == ["next"]
    assert broken is not None
    assert isinstance(broken.exception(), ValueError)


async def test_what_the_database_does_not_take_is_brought_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_AGAIN", 0.0)
    asked = list[int]()

    async def store() -> str:
        asked.append(1)
        if len(asked) < 3:
            raise StorageUnavailable("not now")
        return "stored"

    assert await until_stored(store) == "stored"
    assert len(asked) == 3
