"""A worker as the house sees it: it answers, it dies, it is ended whatever it does."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import pytest

from masstransit.malware.orders import Greeting, Job, Orders, Report
from masstransit.workers.pipe import frame, read
from masstransit.workers.process import Died, start


async def test_it_is_asked_and_answers_and_is_gone_once_it_is_ended() -> None:
    worker = await start("masstransit.malware.worker")
    assert msgspec.msgpack.decode(await worker.ask(Orders()), type=Greeting) == Greeting()
    assert msgspec.msgpack.decode(await worker.ask(Job(data=b"hello")), type=Report) == Report()
    await worker.end()
    assert not Path(f"/proc/{worker.pid}").exists()
    with pytest.raises(Died):
        await worker.ask(Job(data=b"hello"))
    await worker.end()  # twice is no fault


async def test_one_that_can_not_even_begin_died() -> None:
    worker = await start("masstransit.no_such_module")
    with pytest.raises(Died):
        await worker.ask(Orders())
    await worker.end()


def test_values_go_over_a_pipe_one_after_the_other() -> None:
    pipe = io.BytesIO(frame(Greeting(fault="a")) + frame(Greeting()))
    assert [read(pipe, Greeting), read(pipe, Greeting), read(pipe, Greeting)] == [Greeting(fault="a"), Greeting(), None]
