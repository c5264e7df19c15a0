"""What the gate adds to a call behind Kamailio: plain Kamailio, and the same with the configuration that ships, in one
run, from SIPp to SIPp.

    SIPp -> Kamailio (transactions, Record-Route)                                     -> SIPp
    SIPp -> Kamailio (and the gate: whole policy, durable commit, record of the call) -> SIPp
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.ends import Ends, Measured, Programs, Run, a_house, plain_kamailio
from tests.stories.front import Front
from tests.stories.sipp import free_port


def runs(programs: Programs, rates: Sequence[int], seconds: float, folder: Path) -> list[Run]:
    """Plain Kamailio and Kamailio with the gate, by turns at each rate."""
    ends, gate = Ends(programs.sipp, folder), free_port()
    house = a_house(folder / "house", ends.carrier, f'redirect = "127.0.0.1:{gate}"\nkamailio = ["127.0.0.1"]')
    with (
        ends.answering(),
        house,
        plain_kamailio(programs.kamailio, folder, ends.carrier) as alone,
        Front(programs.kamailio, folder / "gated", {"GATE": f'"sip:127.0.0.1:{gate}"'}, memory=512) as gated,
    ):
        number, pid = str(house.demo["numbers"][0]), house.process.pid if house.process else 0
        plain = Measured(setting="plain Kamailio", port=alone.port, signalling=alone.pids, number=number)
        asking = Measured(
            setting="Kamailio + gate", port=gated.port, signalling=gated.pids, house=(pid,), number=number
        )
        ends.call(msgspec.structs.replace(asking, setting="warm"), 20, 2)
        return [ends.call(through, rate, seconds) for rate in rates for through in (plain, asking)]


def added(found: Sequence[Run]) -> list[str]:
    """What the gate adds at each rate, a sentence each."""
    return [
        f"at {plain.rate} calls/s the gate adds {gated.p50_ms - plain.p50_ms:.1f} ms (p50), "
        f"{gated.p99_ms - plain.p99_ms:.1f} ms (p99) to the set-up; {gated.cpu_us / plain.cpu_us:.1f} of plain "
        "Kamailio's CPU time a call"
        for plain, gated in zip(found[::2], found[1::2], strict=True)
    ]
