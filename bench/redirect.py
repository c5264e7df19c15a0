"""What the gate adds to a call behind Kamailio: plain Kamailio, and the same with the configuration that ships, in one
run, from SIPp to SIPp.

    SIPp -> Kamailio (transactions, Record-Route)                                   -> SIPp
    SIPp -> Kamailio (and the gate: whole policy, durable commit, record of the call) -> SIPp

Set-up time is from the INVITE to its 200. The house observes: everything is judged and kept, and nothing is stopped,
because one number that calls thousands in a minute is what the policy is there against. All programs share the machine.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.processes import cpu
from tests.stories.front import Front
from tests.stories.house import House
from tests.stories.sipp import CONTACT, SDP, free_port, request

COLUMNS = (
    "setting", "offered/s", "answered", "failed", "set-up p50 ms", "p99 ms", "Kamailio CPU us a call",
    "gate CPU us a call",
)  # fmt: skip
_TALKS = 300  # milliseconds
_LINGERS = 8.0  # seconds that the last calls have
_PLAIN = """
debug=0
log_stderror=yes
children=4
disable_tcp=yes
auto_aliases=no
listen=LISTEN
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "siputils.so"
loadmodule "textops.so"
request_route {
	if (!mf_process_maxfwd_header("70")) { sl_send_reply("483", "Too Many Hops"); exit; }
	if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
	if (has_totag()) { if (loose_route()) t_relay(); exit; }
	if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
	if (t_lookup_request()) exit;
	record_route();
	$du = CARRIER;
	if (!t_relay()) sl_reply_error();
}
"""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What calls at one rate came to."""

    setting: str
    rate: int
    answered: int
    failed: int
    p50_ms: float
    p99_ms: float
    kamailio_us: float
    gate_us: float  #: 0: there is none

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        return (
            self.setting, str(self.rate), f"{self.answered:,}", str(self.failed), f"{self.p50_ms:.1f}",
            f"{self.p99_ms:.1f}", f"{self.kamailio_us:.0f}", f"{self.gate_us:.0f}" if self.gate_us else "-",
        )  # fmt: skip


def runs(rates: Sequence[int], seconds: int, folder: Path) -> list[Run]:
    """Plain Kamailio and Kamailio with the gate, by turns at each rate; an empty list where a program is missing."""
    sipp, kamailio = shutil.which("sipp"), shutil.which("kamailio", path="/usr/sbin:/usr/bin")
    if sipp is None or kamailio is None:
        print("SIPp or Kamailio is not installed here: nothing to measure", file=sys.stderr)
        return []
    carrier, gate = free_port(), free_port()
    plain = folder / "plain.cfg"
    plain.write_text(_PLAIN)
    with (
        _answering(sipp, folder, carrier),
        _house(folder / "house", carrier, gate) as house,
        Front(kamailio, folder / "a", {"CARRIER": f'"sip:127.0.0.1:{carrier}"'}, file=plain, memory=512) as alone,
        Front(kamailio, folder / "b", {"GATE": f'"sip:127.0.0.1:{gate}"'}, memory=512) as gated,
    ):
        number = str(house.demo["numbers"][0])
        _measure(sipp, folder, "warm", gated, number, 20, 2, house)
        found = []
        for rate in rates:
            found.append(_measure(sipp, folder, "plain Kamailio", alone, number, rate, seconds, None))
            found.append(_measure(sipp, folder, "Kamailio + gate", gated, number, rate, seconds, house))
    return found


def added(found: Sequence[Run]) -> list[str]:
    """What the gate adds at each rate, a sentence each."""
    lines = []
    for plain, gated in zip(found[::2], found[1::2], strict=True):
        more = (gated.kamailio_us + gated.gate_us) / plain.kamailio_us
        lines.append(
            f"at {plain.rate} calls/s the gate adds {gated.p50_ms - plain.p50_ms:.1f} ms (p50), "
            f"{gated.p99_ms - plain.p99_ms:.1f} ms (p99) to the set-up; {more:.1f} of plain Kamailio's CPU time a call"
        )
    return lines


# --- the parts ------------------------------------------------------------------------------------------------------


def _house(folder: Path, carrier: int, gate: int) -> House:
    """The demo's customer, let in by its address; the house observes."""
    config = f"""
log_level = "WARNING"
observe = true
[sip_server]
redirect = "127.0.0.1:{gate}"
kamailio = ["127.0.0.1"]
[[trunk]]
kind = "sip"
name = "carrier"
host = "127.0.0.1"
port = {carrier}
sources = ["127.0.0.9"]
"""
    house = House(folder, config=config)
    house.start()
    house.stop()
    with contextlib.closing(sqlite3.connect(folder / "masstransit.db")) as connection, connection:
        connection.execute("UPDATE sip_logins SET source = '127.0.0.1', at_once = 100000, a_second = 100000")
    return house


@contextlib.contextmanager
def _answering(sipp: str, folder: Path, port: int):  # type: ignore[no-untyped-def]
    """The carrier: it answers every call at once."""
    head = "[last_Via:]\n[last_From:]\n[last_To:];tag=[pid]b[call_number]\n[last_Call-ID:]\n[last_CSeq:]\n"
    contact = "Contact: <sip:carrier@[local_ip]:[local_port]>\n"
    ringing = f"SIP/2.0 180 Ringing\n{head}[last_Record-Route:]\n{contact}Content-Length: 0\n\n"
    answer = (
        f"SIP/2.0 200 OK\n{head}[last_Record-Route:]\n{contact}Content-Type: application/sdp\n"
        f"Content-Length: [len]\n\n{SDP.lstrip()}"
    )
    over = f"SIP/2.0 200 OK\n{head.replace(';tag=[pid]b[call_number]', '')}Content-Length: 0\n\n"
    steps = (
        '<recv request="INVITE"></recv>', _send(ringing), _send(answer, 'retrans="500"'), '<recv request="ACK"></recv>',
        '<recv request="BYE"></recv>', _send(over),
    )  # fmt: skip
    process = _sipp(sipp, folder, "carrier", steps, "-p", str(port))
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _measure(
    sipp: str, folder: Path, setting: str, front: Front, number: str, rate: int, seconds: int, house: House | None
) -> Run:
    inside = (
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n[routes]\n"
        f"From: <sip:{number}@[local_ip]>;tag=[pid]a[call_number]\n[last_To:]\nCall-ID: [call_id]\nMax-Forwards: 70\n"
    )
    invite = request("INVITE", headers=CONTACT, body=SDP.lstrip()).replace("[service]", "+1212[field0]")
    steps = (
        _send(
            invite.replace("[field0]@[local_ip]:[local_port]", f"{number}@[local_ip]"), 'retrans="500" start_rtd="1"'
        ),
        '<recv response="100" optional="true"></recv><recv response="180" optional="true"></recv>',
        '<recv response="200" rtd="1" rrs="true"></recv>',
        _send(f"ACK [next_url] SIP/2.0\n{inside}CSeq: 1 ACK\nContent-Length: 0\n\n"),
        f'<pause milliseconds="{_TALKS}"/>',
        _send(f"BYE [next_url] SIP/2.0\n{inside}CSeq: 2 BYE\nContent-Length: 0\n\n", 'retrans="500"'),
        '<recv response="200"></recv>',
    )
    name = f"{setting.replace(' ', '-')}-{rate}"
    people = folder / f"{name}.csv"
    people.write_text("SEQUENTIAL\n" + "".join(f"{2_000_000 + n};\n" for n in range(rate * seconds)))
    pids = {"kamailio": front.pids, "gate": [house.process.pid] if house is not None and house.process else []}
    before = {who: sum(map(cpu, some)) for who, some in pids.items()}
    calling = _sipp(
        sipp, folder, name, steps, "-inf", str(people), "-r", str(rate), "-m", str(rate * seconds), "-l", "20000",
        "-trace_rtt", "-rtt_freq", "1", "-timer_resol", "1", f"127.0.0.1:{front.port}",
    )  # fmt: skip
    try:
        calling.wait(seconds + _LINGERS)
    except subprocess.TimeoutExpired:  # some calls never ended; those that were answered count
        calling.kill()
        calling.wait()
    time.sleep(1.0)  # the records of the last calls
    used = {who: sum(map(cpu, some)) - before[who] for who, some in pids.items()}
    times = sorted(_times(folder, name))
    if not times:
        raise SystemExit(f"no call was answered:\n{front.log()}\n{house.log() if house else ''}")
    return Run(
        setting=setting,
        rate=rate,
        answered=len(times),
        failed=rate * seconds - len(times),
        p50_ms=times[len(times) // 2],
        p99_ms=times[len(times) * 99 // 100],
        kamailio_us=used["kamailio"] / len(times) * 1e6,
        gate_us=used["gate"] / len(times) * 1e6,
    )


def _times(folder: Path, name: str) -> list[float]:
    """Milliseconds of every set-up, as SIPp wrote them."""
    lines = [line for file in folder.glob(f"{name}_*_rtt.csv") for line in file.read_text().splitlines()[1:]]
    return [float(line.split(";")[1]) for line in lines if line.count(";") >= 2]


def _send(text: str, how: str = "") -> str:
    return f"<send {how}><![CDATA[\n{text}\n\n]]></send>"


def _sipp(sipp: str, folder: Path, name: str, steps: Sequence[str], *options: str) -> subprocess.Popen[bytes]:
    scenario = folder / f"{name}.xml"
    text = "\n".join(steps)
    scenario.write_text(
        f'<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="{name}">\n{text}\n</scenario>\n'
    )
    with (folder / f"{name}.out").open("wb") as out:
        return subprocess.Popen(
            [sipp, "-sf", str(scenario), "-i", "127.0.0.1", "-nostdin", *options],
            cwd=folder, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip
