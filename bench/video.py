"""How many people in a room one core carries.

The forwarding unit runs in a process of its own on one core, as in the house. The people, all of them in this process
on another, are connections of aiortc that send a picture of some 1.1 Mbit/s, thirty a second, and sound, fifty packets
a second, encoded beforehand; what reaches them is decrypted and counted, never decoded.

    python -m bench.video --people 2 4 8 --seconds 8 --recorded
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from bench.processes import cpu, memory, on_core
from masstransit.carriage.video.unit import Unit
from masstransit.channels.video.keeper import Keeper
from masstransit.channels.video.talk import Opened
from tests.channels.video.people import Person, camera, microphone

COLUMNS = ("people in a room", "packets in/s", "out/s", "lost", "of a core", "memory MiB", "kept MiB")
_ROOM, _RECORDING = "RM0", "RE0"
_SETTLED = 2.0  # seconds until everybody sees everybody


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What so many people took."""

    people: int
    came: float  #: packets a second
    went: float
    lost: float  #: share
    cpu: float  #: share of one core
    memory_mib: float
    kept_mib: float

    @classmethod
    def of(cls, people: int, came: float, went: float, cpu: float, memory: float, kept: float = 0.0) -> Row:
        """Of what came each of the others is to have it."""
        lost = max(0.0, 1 - went / (came * (people - 1)))
        return cls(people=people, came=came, went=went, lost=lost, cpu=cpu, memory_mib=memory, kept_mib=kept)

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        return (
            str(self.people), f"{self.came:,.0f}", f"{self.went:,.0f}", f"{self.lost:.2%}", f"{self.cpu:.0%}",
            f"{self.memory_mib:.0f}", f"{self.kept_mib:.1f}",
        )  # fmt: skip


class _Answers:
    """What the unit says, as far as it is waited for. Implements `carriage.video.unit.Hears`."""

    def __init__(self) -> None:
        self.waiting: dict[str, asyncio.Future[str]] = {}

    def answered(self, peer: str, sdp: str) -> None:
        self.waiting[peer].set_result(sdp)

    def unusable(self, peer: str, why: str) -> None:
        self.waiting[peer].set_exception(ValueError(why))

    def shown(self, peer: str, lines: Mapping[str, tuple[str, str]], seats: int, stages: int) -> None:
        return

    def lost(self, peer: str) -> None:
        raise AssertionError(f"{peer} is lost")

    def watch(self, peer: str, sdp: str) -> None:
        raise AssertionError(f"{peer} is offered what nobody asked for")

    def down(self, unit: Unit) -> None:
        raise AssertionError("the unit died")


async def _measured(people: int, seconds: float, *, recorded: bool) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        unit, answers = Keeper(Opened(hosts=("127.0.0.1",), folder=folder), most=16), _Answers()
        unit.connect(answers)
        with on_core(0):
            await unit.open()
        pid = unit.pid or 0
        inside = [await _inside(unit, answers, number, people) for number in range(people)]
        if recorded:
            unit.capture(_RECORDING, _ROOM)
        while any(person.connection.connectionState != "connected" for person in inside):
            await asyncio.sleep(0.1)
        await asyncio.sleep(_SETTLED)
        used, begun, before = cpu(pid), time.monotonic(), _counts(inside)
        await asyncio.sleep(seconds)
        took, share = time.monotonic() - begun, cpu(pid) - used
        after = await _drained(inside)
        sent, got = after[0] - before[0], after[1] - before[1]
        most = memory(pid)
        if recorded:
            await unit.finish(_RECORDING, keep=True)
        kept = sum(file.stat().st_size for file in Path(folder).rglob("leg-*"))
        await unit.close()
        for person in inside:
            await person.close()
    return Row.of(people, sent / took, got / took, share / took, most, kept / 2**20)


async def _inside(unit: Keeper, answers: _Answers, number: int, people: int) -> Person:
    """Somebody who sees and hears all others."""
    person, sid = Person(), f"PA{number}"
    person.sends(microphone(), "microphone")
    person.sends(camera(), "camera")
    for _ in range(people - 1):
        person.gets("audio")
        person.gets("video")
    person.only_counts()
    unit.enter(_ROOM, sid, number + 1, ())
    answers.waiting[sid] = asyncio.get_running_loop().create_future()
    unit.offer(sid, *(await person.offer()))
    await person.hear(await answers.waiting[sid])
    return person


async def _drained(inside: list[Person]) -> tuple[int, int]:
    """The counts when nobody sends any more and nothing is on its way: what is late is not lost."""
    for person in inside:
        person.hush()
    before = (0, -1)
    while (now := _counts(inside)) != before:
        before = now
        await asyncio.sleep(0.5)
    return now


def _counts(inside: list[Person]) -> tuple[int, int]:
    """Packets that all sent, and that reached all."""
    return sum(person.sent for person in inside), sum(person.reached for person in inside)


def measured(people: int, seconds: float, *, recorded: bool = False) -> Row:
    """So many people for so long."""
    with on_core(1):
        return asyncio.run(_measured(people, seconds, recorded=recorded))


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="+", default=[2, 4, 8])
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--recorded", action="store_true")
    told = parser.parse_args()
    for people in told.people:
        row = measured(people, told.seconds, recorded=told.recorded)
        print(", ".join(f"{name} {cell}" for name, cell in zip(COLUMNS, row.cells(), strict=True)), flush=True)


if __name__ == "__main__":
    main()
