"""How many people in a room a core of Janus carries.

Debian's Janus runs on one core in a network namespace, which takes root; the people, all of them in this process on
another, are those of `bench.video`, each with one connection on which they send and one on which they see the others.

    python -m bench.janus --people 2 4 8 12 --seconds 8
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from aioice import ice

from bench.processes import cpu, memory, on_core
from bench.video import COLUMNS, Row
from tests.channels.video.janus.around import Around, Somebody, settings_of
from tests.channels.video.janus.beside import Janus, a_janus_that_forwards

_SETTLED = 3.0  # seconds from when everybody is on a line of everybody
_ON_THEIR_WAY = 0.5  # seconds


async def _measured(janus: Janus, people: int, seconds: float) -> Row:
    around = Around(settings_of(janus, most=people))
    await around.gateway.open()
    inside = [await around.enter(f"PA{number}") for number in range(people)]
    while any(len(one.lines) < 2 * (people - 1) for one in inside):
        await asyncio.sleep(0.1)
    for one in inside:
        one.only_counts()
    await asyncio.sleep(_SETTLED)
    pid = janus.process.pid if janus.process is not None else 0
    used, begun, before = cpu(pid), time.monotonic(), _counts(inside)
    await asyncio.sleep(seconds)
    took, share = time.monotonic() - begun, cpu(pid) - used
    for one in inside:
        one.person.hush()
    await asyncio.sleep(_ON_THEIR_WAY)
    after, most = _counts(inside), memory(pid)
    await around.close()
    sent, got = after[0] - before[0], after[1] - before[1]
    return Row.of(people, sent / took, got / took, share / took, most)


def _counts(inside: Sequence[Somebody]) -> tuple[int, int]:
    """Packets that all sent, and that reached all."""
    return sum(one.person.sent for one in inside), sum(sum(one.got.values()) for one in inside)


def measured(people: int, seconds: float) -> Row:
    """So many people for so long."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as beside:
        with on_core(0):
            janus = beside.enter_context(a_janus_that_forwards(Path(folder)))
        here = janus.cables.here if janus.cables is not None else "127.0.0.1"
        ice.get_host_addresses = lambda use_ipv4, use_ipv6: [here]
        with on_core(1):
            return asyncio.run(_measured(janus, people, seconds))


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="+", default=[2, 4, 8, 12])
    parser.add_argument("--seconds", type=float, default=8.0)
    told = parser.parse_args()
    for people in told.people:
        cells = zip(COLUMNS[:-1], measured(people, told.seconds).cells(), strict=False)
        print(", ".join(f"{name} {cell}" for name, cell in cells), flush=True)


if __name__ == "__main__":
    main()
