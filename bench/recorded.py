"""How many calls one core relays and records without loss.

Each call has two legs; each leg's phone sends a packet every 20 ms, hears the other's, and is recorded into a file of
its own. The house runs in a process of its own on one core; the phones, all of them in this process, on another. They
count what they sent and what reached the other side. With `--unrecorded` the calls are only relayed, as those between
two phones are.

    python -m bench.recorded --calls 50 100 150 --seconds 8
"""

from __future__ import annotations

import argparse
import asyncio
import os
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import cast

import msgspec
import uvloop

from bench.processes import cpu, memory, on_core
from masstransit.channels.media import sdp
from masstransit.channels.media.bridge import Bridge
from masstransit.channels.media.g711 import Law
from masstransit.channels.media.leg import Leg, open_leg
from masstransit.channels.media.pulse import Pulse
from masstransit.channels.media.recorder import Recorder

COLUMNS = ("calls recorded", "packets", "lost", "of a core", "memory MiB", "kept MiB", "phones late ms")
_FRAME, _EVERY = 160, 0.02
_SOUND = bytes(range(_FRAME))


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What so many calls took."""

    calls: int
    sent: int
    lost: int
    cpu: float  #: share of one core
    memory_mib: float
    late_ms: float  #: by which the phones' own clock was late at most: above a frame, the phones are what is too slow
    kept_mib: float

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        return (
            str(self.calls), f"{self.sent:,}", str(self.lost), f"{self.cpu:.0%}", f"{self.memory_mib:.0f}",
            f"{self.kept_mib:.1f}", f"{self.late_ms:.1f}",
        )  # fmt: skip


class Phone(asyncio.DatagramProtocol):
    """Sends and counts."""

    def __init__(self) -> None:
        self.heard = 0
        self.sequence = 0
        self.to: tuple[str, int] = ("127.0.0.1", 0)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard += data.endswith(_SOUND)  # and not the silence that a quiet line is sent

    def send(self) -> None:
        header = struct.pack("!BBHII", 128, 0, self.sequence & 0xFFFF, self.sequence * _FRAME, self.port)
        self.transport.sendto(header + _SOUND, self.to)
        self.sequence += 1


async def serve(calls: int, folder: Path, *, recorded: bool) -> None:
    """The house: reads the phones' ports, tells its own, relays and records until its input ends."""
    loop = asyncio.get_running_loop()
    pulse, recorders = Pulse(), []
    ports = [int(port) for port in (await loop.run_in_executor(None, sys.stdin.readline)).split()]
    legs = [await _leg(pulse, port) for port in ports]
    for call in range(calls):
        bridge, recorder = Bridge(pulse), Recorder(folder / f"RE{call}")
        for number, leg in enumerate(legs[2 * call : 2 * call + 2], 1):
            bridge.add(leg)
            recorder.add(number, leg)
        if recorded:
            recorder.go_on()
        recorders.append(recorder)
    print(*(leg.port for leg in legs), flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    for recorder in recorders:
        recorder.pause()


async def _leg(pulse: Pulse, port: int) -> Leg:
    leg = await open_leg(pulse)
    leg.hear(sdp.write(sdp.Description(host="127.0.0.1", port=port, laws=(Law.PCMU,))))
    return leg


def measured(calls: int, seconds: float, *, recorded: bool = True) -> Row:
    """So many calls for so long."""
    core = min(os.sched_getaffinity(0))  # the house's
    with on_core(1):
        return uvloop.run(_measured(calls, seconds, core, recorded=recorded))


async def _measured(calls: int, seconds: float, core: int, *, recorded: bool) -> Row:
    loop = asyncio.get_running_loop()
    phones = [(await loop.create_datagram_endpoint(Phone, local_addr=("127.0.0.1", 0)))[1] for _ in range(2 * calls)]
    with tempfile.TemporaryDirectory() as folder:
        told = [sys.executable, "-m", "bench.recorded", "--serve", str(calls), "--folder", folder, "--core", str(core)]
        told += [] if recorded else ["--unrecorded"]
        with subprocess.Popen(told, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as house:
            assert house.stdin is not None
            assert house.stdout is not None
            house.stdin.write(" ".join(str(phone.port) for phone in phones) + "\n")
            house.stdin.flush()
            ports = (await loop.run_in_executor(None, house.stdout.readline)).split()
            for phone, port in zip(phones, ports, strict=True):
                phone.to = ("127.0.0.1", int(port))
            used, begun = cpu(house.pid), time.monotonic()
            late = await _talk(phones, seconds)
            share = (cpu(house.pid) - used) / (time.monotonic() - begun)
            await _drained(phones)
            most = memory(house.pid)
            house.stdin.close()
            house.wait()
        kept = sum(file.stat().st_blocks * 512 for file in Path(folder).glob("RE*/*.wav"))
    sent = sum(phone.sequence for phone in phones)
    heard = sum(phone.heard for phone in phones)
    for phone in phones:
        phone.transport.close()
    return Row(
        calls=calls,
        sent=sent,
        lost=sent - heard,
        cpu=share,
        memory_mib=most,
        late_ms=1000 * late,
        kept_mib=kept / 2**20,
    )


async def _drained(phones: list[Phone]) -> None:
    """Return when nothing comes any more: what is still in a queue is late, and not lost."""
    heard = -1
    while heard != (now := sum(phone.heard for phone in phones)):
        heard = now
        await asyncio.sleep(0.5)


async def _talk(phones: list[Phone], seconds: float) -> float:
    """All phones talk, spread over the frame as real ones are; by how much their clock was late at most."""
    loop = asyncio.get_running_loop()
    groups = [phones[at::10] for at in range(10)]
    begun, late = loop.time(), 0.0
    for tick in range(int(seconds / _EVERY) * 10):
        due = begun + tick * _EVERY / 10
        await asyncio.sleep(max(0.0, due - loop.time()))
        late = max(late, loop.time() - due)
        for phone in groups[tick % 10]:
            phone.send()
    return late


def main() -> None:
    """Serve for the measuring process, or measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, nargs="+", default=[50, 100, 150])
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--unrecorded", action="store_true")
    parser.add_argument("--serve", type=int)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--core", type=int, default=0)
    told = parser.parse_args()
    if told.serve is not None:
        os.sched_setaffinity(0, {told.core})
        uvloop.run(serve(told.serve, told.folder, recorded=not told.unrecorded))
        return
    for calls in told.calls:
        row = measured(calls, told.seconds, recorded=not told.unrecorded)
        print(", ".join(f"{name} {cell}" for name, cell in zip(COLUMNS, row.cells(), strict=True)), flush=True)


if __name__ == "__main__":
    main()
