"""Calls between SIPp on both sides, through whatever is to be measured: set-up time and CPU a call.

Set-up time is from the INVITE to its 200. Every call is answered at once, and ends after 300 ms. SIPp's own clock goes
in steps of 4 ms. All programs share the machine.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from bench.processes import cpu
from tests.stories.front import Front
from tests.stories.house import House
from tests.stories.sipp import CONTACT, SDP, free_port, request

COLUMNS = (
    "setting", "offered/s", "answered", "failed", "set-up p50 ms", "p99 ms", "signalling CPU us a call",
    "house CPU us a call",
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
    signalling_us: float  #: CPU a call of Kamailio, or of the switch
    house_us: float  #: 0: there is none

    @property
    def cpu_us(self) -> float:
        """Of all that carries a call."""
        return self.signalling_us + self.house_us

    def cells(self) -> tuple[str, ...]:
        """As a table shows it."""
        return (
            self.setting, str(self.rate), f"{self.answered:,}", str(self.failed), f"{self.p50_ms:.1f}",
            f"{self.p99_ms:.1f}", f"{self.signalling_us:.0f}", f"{self.house_us:.0f}" if self.house_us else "-",
        )  # fmt: skip


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What carries the calls: its port, and the processes whose CPU time counts."""

    setting: str
    port: int
    signalling: Sequence[int]
    house: Sequence[int] = ()
    number: str  #: that is called from


class Programs(msgspec.Struct, frozen=True):
    """Where they are."""

    sipp: str
    kamailio: str


def programs() -> Programs | None:
    """SIPp and Kamailio; None where one of them is not installed."""
    sipp, kamailio = shutil.which("sipp"), shutil.which("kamailio", path="/usr/sbin:/usr/bin")
    return None if sipp is None or kamailio is None else Programs(sipp, kamailio)


def plain_kamailio(program: str, folder: Path, carrier: int) -> Front:
    """Kamailio that keeps transactions, stays in the way (Record-Route), and does nothing else."""
    file = folder / "plain.cfg"
    file.write_text(_PLAIN)
    return Front(program, folder / "plain", {"CARRIER": f'"sip:127.0.0.1:{carrier}"'}, file=file, memory=512)


def a_house(folder: Path, carrier: int, server: str = "", **environment: str) -> House:
    """The demo's customer, let in by its address, and the carrier as a trunk; not started yet. `server`: lines of
    [sip_server]. The house observes: everything is judged and kept, and nothing is stopped, because one number that
    calls thousands in a minute is what the policy is there against."""
    config = f"""
log_level = "WARNING"
observe = true
[sip_server]
{server}
[[trunk]]
kind = "sip"
name = "carrier"
host = "127.0.0.1"
port = {carrier}
sources = ["127.0.0.9"]
"""
    house = House(folder, config=config, **environment)
    house.start()
    house.stop()
    with contextlib.closing(sqlite3.connect(folder / "masstransit.db")) as connection, connection:
        connection.execute("UPDATE sip_logins SET source = '127.0.0.1', at_once = 100000, a_second = 100000")
    return house


class Ends:
    """SIPp, on both sides."""

    def __init__(self, program: str, folder: Path) -> None:
        self.carrier = free_port()
        self._program = program
        self._folder = folder

    @contextlib.contextmanager
    def answering(self) -> Iterator[None]:
        """The carrier answers every call, and says that it is there (OPTIONS)."""
        head = "[last_Via:]\n[last_From:]\n[last_To:];tag=[pid]b[call_number]\n[last_Call-ID:]\n[last_CSeq:]\n"
        contact = "Contact: <sip:carrier@[local_ip]:[local_port]>\n"
        ringing = f"SIP/2.0 180 Ringing\n{head}[last_Record-Route:]\n{contact}Content-Length: 0\n\n"
        answer = (
            f"SIP/2.0 200 OK\n{head}[last_Record-Route:]\n{contact}Content-Type: application/sdp\n"
            f"Content-Length: [len]\n\n{SDP.lstrip()}"
        )
        here = f"SIP/2.0 200 OK\n{head}Content-Length: 0\n\n"
        over = f"SIP/2.0 200 OK\n{head.replace(';tag=[pid]b[call_number]', '')}Content-Length: 0\n\n"
        steps = (
            '<recv request="OPTIONS" optional="true" next="1"></recv>', '<recv request="INVITE"></recv>',
            _send(ringing), _send(answer, 'retrans="500"'), '<recv request="ACK"></recv>',
            '<recv request="BYE"></recv>', _send(over, 'next="2"'), '<label id="1"/>', _send(here), '<label id="2"/>',
        )  # fmt: skip
        process = self._start("carrier", steps, "-p", str(self.carrier))
        try:
            yield
        finally:
            process.kill()
            process.wait()

    def call(self, through: Measured, rate: int, seconds: float) -> Run:
        """So many calls a second, for so long."""
        count = round(rate * seconds)
        name = f"{through.setting.replace(' ', '-')}-{rate}"
        people = self._folder / f"{name}.csv"
        people.write_text("SEQUENTIAL\n" + "".join(f"{2_000_000 + n};\n" for n in range(count)))
        before = _used(through)
        calling = self._start(
            name, _calling(through.number), "-inf", str(people), "-r", str(rate), "-m", str(count), "-l", "20000",
            "-trace_rtt", "-rtt_freq", "1", "-timer_resol", "1", f"127.0.0.1:{through.port}",
        )  # fmt: skip
        try:
            calling.wait(seconds + _LINGERS)
        except subprocess.TimeoutExpired:  # some calls never ended; those that were answered count
            calling.kill()
            calling.wait()
        time.sleep(1.0)  # the records of the last calls
        used = {who: more - before[who] for who, more in _used(through).items()}
        times = sorted(self._times(name))
        if not times:
            raise SystemExit(f"{through.setting}: no call was answered")
        return Run(
            setting=through.setting,
            rate=rate,
            answered=len(times),
            failed=count - len(times),
            p50_ms=times[len(times) // 2],
            p99_ms=times[len(times) * 99 // 100],
            signalling_us=used["signalling"] / len(times) * 1e6,
            house_us=used["house"] / len(times) * 1e6,
        )

    def _times(self, name: str) -> list[float]:
        """Milliseconds of every set-up, as SIPp wrote them."""
        lines = [line for file in self._folder.glob(f"{name}_*_rtt.csv") for line in file.read_text().splitlines()[1:]]
        return [float(line.split(";")[1]) for line in lines if line.count(";") >= 2]

    def _start(self, name: str, steps: Sequence[str], *options: str) -> subprocess.Popen[bytes]:
        scenario = self._folder / f"{name}.xml"
        text = "\n".join(steps)
        scenario.write_text(
            f'<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="{name}">\n{text}\n</scenario>\n'
        )
        with (self._folder / f"{name}.out").open("wb") as out:
            return subprocess.Popen(
                [self._program, "-sf", str(scenario), "-i", "127.0.0.1", "-nostdin", *options],
                cwd=self._folder, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            )  # fmt: skip


def _used(through: Measured) -> Mapping[str, float]:
    return {"signalling": sum(map(cpu, through.signalling)), "house": sum(map(cpu, through.house))}


def _calling(number: str) -> Sequence[str]:
    inside = (
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n[routes]\n"
        f"From: <sip:{number}@[local_ip]>;tag=[pid]a[call_number]\n[last_To:]\nCall-ID: [call_id]\nMax-Forwards: 70\n"
    )
    invite = request("INVITE", headers=CONTACT, body=SDP.lstrip()).replace("[service]", "+1212[field0]")
    return (
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


def _send(text: str, how: str = "") -> str:
    return f"<send {how}><![CDATA[\n{text}\n\n]]></send>"
