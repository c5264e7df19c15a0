"""`make bench`: side by side with programs that others made, in one run; and what a list of real size takes.

First a message through MassTransit and through Kannel, to the same carrier:

    SMPP client -> MassTransit (whole policy, durable commit) -> SMPP carrier
    HTTP client -> MassTransit (the same)                     -> SMPP carrier
    HTTP client -> Kannel (smsbox, bearerbox; no policy, nothing synced to disk) -> SMPP carrier

The carrier sends no delivery reports unless told to: Kannel asks for none here, MassTransit always does. CPU time a
message is the robust figure on a shared machine, and the ratio within one run the fair comparison.

Then the price of judging a text, beside rspamd (`bench.screening`), of a do-not-call list of real size (`bench.lists`),
of files that are looked through (`bench.files`),
of a day's records of calls (`bench.calls`), of calls that are recorded (`bench.recorded`) and of video rooms
(`bench.video`; those of Janus by `bench.janus` alone, which takes root), beside nothing; that of carrying a call
(`bench.switch`), and of deciding it behind Kamailio (`bench.redirect`), beside plain Kamailio; and what a busy
conversation takes (`bench.chat`).
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import uvloop

from bench import calls, chat, ends, files, lists, load, recorded, redirect, screening, switch, video
from bench.processes import cpu, memory, on_core, pace
from bench.screening import Cost
from tests.stories.house import House
from tests.stories.kannel import Kannel, free_port

_PARTS = ("carrying", "judging", "lists", "files", "calls", "recorded", "video", "switch", "redirect", "chat")
_EMBEDDED, _BEHIND_KAMAILIO = (50, 100, 150), (100, 300, 500)  # calls a second
_CHATTING = ((50, 250), (200, 500), (200, 1000))  # people, and lines a second between them
_RECORDED = (50, 100, 150)  # calls at once
_IN_A_ROOM = (2, 4, 8)  # people
_COLUMNS = ("setting", "answered/s", "end to end/s", "CPU us a message", "p50 ms", "p99 ms", "memory MiB")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One setting's figures."""

    setting: str
    accepted: float
    end_to_end: float
    cpu_us: dict[str, float]
    p50_ms: float
    p99_ms: float
    memory_mib: dict[str, float]
    refused: dict[str, int]

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        cpu = " + ".join(f"{value:.0f}" for value in self.cpu_us.values())
        memory = " + ".join(f"{value:.0f}" for value in self.memory_mib.values())
        return (
            self.setting,
            f"{self.accepted:,.0f}",
            f"{self.end_to_end:,.0f}",
            cpu,
            f"{self.p50_ms:.1f}",
            f"{self.p99_ms:.1f}",
            memory,
        )


class Carrier:
    """The SMSC of the tests in a process of its own; it writes how many messages it took into a file."""

    def __init__(self, folder: Path, *, reports: bool = False) -> None:
        self.port = free_port()
        self._stats = folder / f"carrier-{self.port}.txt"
        told = [str(self.port), str(self._stats), *(["--reports"] if reports else [])]
        self._process = subprocess.Popen([sys.executable, "-m", "bench.carrier", *told])

    def taken(self) -> int:
        """How many submit_sm it has answered."""
        try:
            return int(self._stats.read_text() or 0)
        except (OSError, ValueError):
            return 0

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


async def measure(setting: str, carrier: Carrier, pids: dict[str, int], count: int, work: object) -> Row:
    """Run the load; wait until the carrier has it all."""
    before, used = carrier.taken(), {name: cpu(pid) for name, pid in pids.items()}
    started = time.perf_counter()
    measured: load.Measured = await work  # type: ignore[misc]
    until = time.perf_counter() + 60
    while carrier.taken() - before < measured.answered and time.perf_counter() < until:
        await asyncio.sleep(0.05)
    took = time.perf_counter() - started
    arrived = carrier.taken() - before
    await asyncio.sleep(0.5)  # what is still being written down counts too
    return Row(
        setting=setting,
        accepted=measured.answered / measured.seconds,
        end_to_end=arrived / took,
        cpu_us={name: (cpu(pid) - used[name]) / max(arrived, 1) * 1e6 for name, pid in pids.items()},
        p50_ms=measured.p50_ms,
        p99_ms=measured.p99_ms,
        memory_mib={name: memory(pid) for name, pid in pids.items()},
        refused=measured.refused,
    )


def recipients(count: int) -> list[str]:
    """Valid numbers of people, none twice: fictional ones (555-01XX) of many area codes, then made-up ones in 212."""
    return [f"+1212{2_000_000 + n}" for n in range(count)]


def consented(house: House, folder: Path, people: Sequence[str]) -> None:
    """Take over the consents of everybody who will be written to, as a customer does on the first day."""
    file = folder / "consents.csv"
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["number", "purpose", "kind", "given_at", "medium", "language", "proof"])
        for person in people:
            writer.writerow([person, "transactional", "express", "2026-01-05T12:00:00Z", "web-form", "en", "bench"])
    done = house.run("import", "consents", str(file), "--account", house.demo["account_sid"])
    if done.returncode != 0:
        raise SystemExit(f"the consents could not be imported: {done.stderr}")


@contextmanager
def masstransit(folder: Path, carrier: Carrier, people: Sequence[str]) -> Iterator[House]:
    """The demo's customer with the bench's carrier as a trunk."""
    config = f"""
log_level = "WARNING"
[[trunk]]
name = "carrier"
host = "127.0.0.1"
port = {carrier.port}
system_id = "bench"
password = "bench"
window = 500
"""
    house = House(folder, config=config)
    with house:
        house.stop()
        consented(house, folder, people)
        house.start()
        time.sleep(1.0)  # the trunk binds
        yield house


async def run(count: int, rounds: int, *, reports: bool) -> list[Row]:
    rows: list[Row] = []
    folder = Path(tempfile.mkdtemp(prefix="masstransit-bench-"))
    carrier = Carrier(folder, reports=reports)
    people = recipients(count * rounds * 2)
    try:
        with masstransit(folder / "house", carrier, people) as house:
            rows += await _ours(house, carrier, people, count, rounds)
        kannel = _kannel(folder, carrier)
        if kannel is None:
            print("Kannel is not installed here: nothing to compare with", file=sys.stderr)
            return rows
        with kannel:
            await asyncio.sleep(2.0)  # it binds
            names = dict(zip(("bearerbox", "smsbox"), kannel.pids, strict=True))
            for n in range(rounds):
                some = people[n * count : (n + 1) * count]
                requests = load.kannel_requests("+14155550100", some)
                work = load.http(("127.0.0.1", kannel.send_port), requests, connections=16, fine=b"HTTP/1.1 202")
                rows.append(await measure("HTTP -> Kannel", carrier, names, count, work))
    finally:
        carrier.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return rows


async def _ours(house: House, carrier: Carrier, people: Sequence[str], count: int, rounds: int) -> list[Row]:
    rows = []
    demo = house.demo
    pids = {"masstransit": house.process.pid if house.process else 0}
    address = (demo["smpp"]["host"], demo["smpp"]["port"])
    login = (demo["smpp"]["system_id"], demo["smpp"]["password"])
    host, _, port = demo["http"].removeprefix("http://").rpartition(":")
    for n in range(rounds):
        some = people[2 * n * count : (2 * n + 1) * count]
        work = load.smpp(address, login, demo["numbers"][0], some, window=200)
        rows.append(await measure("SMPP -> MassTransit", carrier, pids, count, work))
        some = people[(2 * n + 1) * count : (2 * n + 2) * count]
        requests = load.rest_requests(demo["account_sid"], demo["auth_token"], demo["numbers"][0], some)
        http = load.http((host, int(port)), requests, connections=16, fine=b"HTTP/1.1 201")
        rows.append(await measure("HTTP -> MassTransit", carrier, pids, count, http))
    return rows


def _kannel(folder: Path, carrier: Carrier) -> Kannel | None:
    path = f"{os.environ['PATH']}:/usr/sbin"
    programs = (shutil.which("bearerbox", path=path), shutil.which("smsbox", path=path))
    if programs[0] is None or programs[1] is None:
        return None
    return Kannel(
        folder / "kannel", (programs[0], programs[1]), ("127.0.0.1", carrier.port), "bench", "bench", log_level=4
    )


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(line[i]) for line in (columns, *rows)) for i in range(len(columns))]
    for line in (columns, *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)))


def show_costs(costs: Sequence[Cost]) -> None:
    """What judging a text costs, and the ratio that counts."""
    _table(screening.COLUMNS, [cost.cells() for cost in costs])
    theirs = {cost.texts: cost.cpu_us for cost in costs if cost.judge != "screen"}
    for cost in costs:
        if cost.judge == "screen" and cost.texts in theirs:
            print(f"screen, {cost.texts}: {cost.cpu_us / theirs[cost.texts]:.2f} of rspamd's CPU time a text")
    print(
        f"An empty loop of Python turns once in {pace():.0f} ns here just now: a shared machine's figures go with that."
    )


def show_list(numbers: int) -> None:
    """What a do-not-call list takes to import, and to look people up in."""
    with tempfile.TemporaryDirectory(prefix="masstransit-bench-") as folder:
        data = Path(folder)
        _table(lists.COLUMNS, [lists.imported(numbers, data).cells()])
        _table(lists.LOOKED_UP, [found.cells() for found in uvloop.run(lists.looked_up(data))])


def show_files() -> None:
    """What files take to look through."""
    with on_core(0):
        _table(files.COLUMNS, [each.cells() for each in uvloop.run(files.looked_through())])


def show_calls(records: int) -> None:
    """What a day's records of calls take to keep, count and judge."""
    with on_core(0), tempfile.TemporaryDirectory(prefix="masstransit-bench-") as folder:  # the database's threads too
        _table(calls.COLUMNS, [uvloop.run(calls.judged(records, Path(folder))).cells()])


def show_recorded(seconds: int) -> None:
    """How many calls are relayed and recorded on one core."""
    _table(recorded.COLUMNS, [recorded.measured(count, seconds).cells() for count in _RECORDED])


def show_video(seconds: int) -> None:
    """How many people in a room one core carries, and records."""
    rows = [video.measured(count, seconds, recorded=kept) for count in _IN_A_ROOM for kept in (False, True)]
    _table(video.COLUMNS, [row.cells() for row in rows])


def show_switch(programs: ends.Programs, seconds: int) -> None:
    """What the house's own switch carries."""
    with tempfile.TemporaryDirectory(prefix="masstransit-bench-") as folder:
        _table(ends.COLUMNS, [run.cells() for run in switch.runs(programs, _EMBEDDED, seconds, Path(folder))])


def show_redirect(programs: ends.Programs, seconds: int) -> None:
    """What the gate adds to calls behind Kamailio."""
    with tempfile.TemporaryDirectory(prefix="masstransit-bench-") as folder:
        found = redirect.runs(programs, _BEHIND_KAMAILIO, seconds, Path(folder))
    _table(ends.COLUMNS, [run.cells() for run in found])
    print("\n".join(redirect.added(found)))


def show_chat(seconds: int) -> None:
    """What a busy conversation takes."""
    runs = []
    for people, a_second in _CHATTING:
        with tempfile.TemporaryDirectory(prefix="masstransit-bench-") as folder:
            runs.append(uvloop.run(chat.measured(people, a_second, seconds, Path(folder))))
    _table(chat.COLUMNS, [run.cells() for run in runs])


def show(rows: Sequence[Row]) -> None:
    """The table, and the ratio that counts."""
    _table(_COLUMNS, [row.cells() for row in rows])
    for row in rows:
        if row.refused:
            print(f"refused in '{row.setting}': {row.refused}")
    best = {row.setting: min(sum(r.cpu_us.values()) for r in rows if r.setting == row.setting) for row in rows}
    kannel = best.get("HTTP -> Kannel")
    if kannel:
        for setting, figure in best.items():
            print(f"{setting}: {figure / kannel:.2f} of Kannel's CPU time a message")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=5000, help="messages a round (at most 50,000)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds (at most 10)")
    parser.add_argument("--reports", action="store_true", help="the carrier reports on every message that asks for it")
    parser.add_argument(
        "--numbers", type=int, default=250_000_000, help="of the do-not-call list (at most 2.5 billion)"
    )
    parser.add_argument(
        "--only",
        choices=_PARTS,
        nargs="+",
        default=_PARTS,
        help="the comparison with Kannel, with rspamd, the list, files, the records of calls, calls that are recorded, "
        "video rooms, calls that the house's own switch carries, those behind Kamailio, or a conversation",
    )
    parser.add_argument("--records", type=int, default=1_000_000, help="of a day's calls")
    parser.add_argument("--seconds", type=int, default=10, help="of calls at each rate (at most 20)")
    options = parser.parse_args()
    count, rounds = min(options.count, 50_000), min(options.rounds, 10)
    if "carrying" in options.only:
        show(uvloop.run(run(count, rounds, reports=options.reports)))
    if "judging" in options.only:
        with tempfile.TemporaryDirectory(prefix="masstransit-bench-") as folder:
            show_costs(uvloop.run(screening.costs(count, Path(folder), rounds=rounds)))
    if "lists" in options.only:
        show_list(min(options.numbers, 2_500_000_000))
    if "files" in options.only:
        show_files()
    if "calls" in options.only:
        show_calls(options.records)
    if "recorded" in options.only:
        show_recorded(min(options.seconds, 20))
    if "video" in options.only:
        show_video(min(options.seconds, 20))
    carried = [part for part in ("switch", "redirect") if part in options.only]
    programs = ends.programs() if carried else None
    if programs is not None:
        for part in carried:
            (show_switch if part == "switch" else show_redirect)(programs, min(options.seconds, 20))
    if "chat" in options.only:
        show_chat(min(options.seconds, 20))
    if carried and programs is None:
        print("SIPp or Kamailio is not installed here: nothing to measure calls with", file=sys.stderr)


if __name__ == "__main__":
    main()
