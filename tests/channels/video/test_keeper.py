"""The house's side of the forwarding unit: a process that is started, talked with, and started again."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest

from masstransit.carriage.video.unit import Unit
from masstransit.channels.video.keeper import Keeper
from masstransit.channels.video.talk import Opened
from masstransit.errors import ConfigError
from tests.channels.video.people import Person, microphone


class Heard:
    """What the unit said. Implements `carriage.video.unit.Hears`."""

    def __init__(self) -> None:
        self.answers: asyncio.Queue[str] = asyncio.Queue()
        self.died = asyncio.Event()

    def answered(self, peer: str, sdp: str) -> None:
        self.answers.put_nowait(sdp)

    def unusable(self, peer: str, why: str) -> None:
        self.answers.put_nowait(why)

    def shown(self, peer: str, lines: Mapping[str, tuple[str, str]], seats: int, stages: int) -> None:
        return

    def watch(self, peer: str, sdp: str) -> None:
        return

    def lost(self, peer: str) -> None:
        return

    def down(self, unit: Unit) -> None:
        self.died.set()


def serves(keeper: Keeper) -> bool:
    return keeper.up


async def test_a_unit_that_dies_is_started_again_and_what_it_had_kept_is_gone(tmp_path: Path) -> None:
    keeper, heard = Keeper(Opened(hosts=("127.0.0.1",), folder=str(tmp_path)), most=8), Heard()
    keeper.connect(heard)
    keeper.pause("RE0")  # before it is there nothing is said to it
    await keeper.open()
    person = Person()
    person.sends(microphone(), "microphone")
    keeper.enter("RM1", "PA1", 1, ())
    keeper.offer("PA1", *(await person.offer()))
    assert "a=recvonly" in await heard.answers.get()
    keeper.offer("PA1", "v=0", {})
    assert "1 to 64 lines" in await heard.answers.get()
    assert await keeper.finish("RE9", keep=True) is None  # of which it never heard
    keeper.capture("RE1", "RM1")

    first = keeper.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await asyncio.wait_for(heard.died.wait(), 10)
    assert serves(keeper) is False
    (tmp_path / "RE1").mkdir(exist_ok=True)
    (tmp_path / "RE1" / "leg-1-microphone.ogg").write_bytes(b"OggS")
    assert await keeper.finish("RE1", keep=True) is None
    assert not (tmp_path / "RE1").exists()

    async with asyncio.timeout(20):
        while not serves(keeper):
            await asyncio.sleep(0.05)
    assert keeper.pid != first
    keeper.enter("RM1", "PA1", 1, ())
    keeper.offer("PA1", *(await person.offer()))
    assert "a=recvonly" in await heard.answers.get()
    await person.close()
    await keeper.close()
    assert not serves(keeper)


async def test_settings_that_the_unit_can_not_read_are_said_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    keeper = Keeper(Opened(hosts=("127.0.0.1",), folder=str(tmp_path)), most=8)
    with pytest.raises(ConfigError, match="did not start"):
        await keeper.open()
