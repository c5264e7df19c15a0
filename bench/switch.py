"""What the house's own switch carries, without a Kamailio: beside plain Kamailio in one run, from SIPp to SIPp.

SIPp -> Kamailio (transactions, Record-Route; a proxy)                                       -> SIPp
SIPp -> switch and house (both legs; whole policy, durable commit, record of the call)       -> SIPp
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.ends import Ends, Measured, Programs, Run, a_house, plain_kamailio
from tests.stories.house import House


def runs(programs: Programs, rates: Sequence[int], seconds: float, folder: Path) -> list[Run]:
    """Plain Kamailio and the switch, by turns at each rate."""
    ends = Ends(programs.sipp, folder)
    house = a_house(folder / "house", ends.carrier, MASSTRANSIT_SIP="127.0.0.1:0")
    with ends.answering(), house, plain_kamailio(programs.kamailio, folder, ends.carrier) as alone:
        number = str(house.demo["numbers"][0])
        plain = Measured(setting="plain Kamailio", port=alone.port, signalling=alone.pids, number=number)
        ours = _ours(house, number)
        ends.call(msgspec.structs.replace(ours, setting="warm"), 20, 2)
        return [ends.call(through, rate, seconds) for rate in rates for through in (plain, ours)]


def _ours(house: House, number: str) -> Measured:
    pid = house.process.pid if house.process else 0
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    switch = next(int(c) for c in children if b"channels.sip" in Path(f"/proc/{c}/cmdline").read_bytes())
    port = int(house.sip.rpartition(":")[2])
    return Measured(setting="switch + house", port=port, signalling=(switch,), house=(pid,), number=number)
