"""What it costs to judge a text: `screen --profile open` beside rspamd, on the same texts, in processor time.

`screen` gets the texts as a file of JSON lines, and hears every rule with all text facts. rspamd gets each as a small
mail with nothing but a text, by HTTP to its scanning process (`/checkv2`), and hears its rules that need no network.
Both answer with what they found. They look for other things: `screen` for what an acceptable use policy forbids in a
text message, rspamd for the marks of mail spam. What is compared is the price of a message, not the judgement.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import TypeAlias

import msgspec

from bench import load
from bench.content.sets import TRAIN
from bench.content.written import written
from bench.evaluate import texts as texts_of
from bench.processes import cpu, memory
from bench.rspamd import Rspamd

Texts: TypeAlias = Sequence[str]

_UCI = TRAIN / "a_uci_sms" / "sms.csv"
_SENDER, _RECIPIENT = "+14155550100", "+12125550123"
_WARM = 300  # mails before it is measured
_CONNECTIONS = 4


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What one judge took for one set of texts."""

    judge: str
    texts: str
    count: int
    cpu_us: float  #: a text, in all its processes, without the start
    start_s: float  #: processor time of its start alone; 0: it was measured while it ran
    memory_mib: float  #: of its largest process

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        start = f"{self.start_s:.2f}" if self.start_s else "-"
        return (
            self.judge, self.texts, f"{self.count:,}", f"{self.cpu_us:.0f}", f"{1e6 / self.cpu_us:,.0f}", start,
            f"{self.memory_mib:.0f}",
        )  # fmt: skip


COLUMNS = ("judge", "texts", "texts judged", "CPU us a text", "texts/s on one core", "start, CPU s", "memory MiB")


def sets(count: int) -> dict[str, Texts]:
    """Our own texts, and those that people really wrote where they are here; `count` of each at most."""
    own = list(dict.fromkeys(example.text for example in written(1)))
    found: dict[str, Texts] = {"our own": own[:: max(1, len(own) // count)][:count]}
    if _UCI.exists():
        found["UCI SMS"] = list(texts_of(_UCI, "text", ""))[:count]
    return found


# --- screen ---------------------------------------------------------------------------------------------------------


def screen(name: str, texts: Texts, folder: Path, *, rounds: int) -> Cost:
    """The least of some rounds, each in a process of its own, less the least of starts with one text. One goes with the
    other, so that a busy moment of the machine meets both."""
    some, one = folder / "texts.jsonl", folder / "one.jsonl"
    some.write_text("".join(line(text) for text in texts), encoding="utf-8")
    one.write_text(line(texts[0]), encoding="utf-8")
    measured, starts = [], []
    for _ in range(rounds):
        starts.append(_spent(one)[0])
        measured.append(_spent(some))
    start = min(starts)
    return Cost(
        judge="screen",
        texts=name,
        count=len(texts),
        cpu_us=(min(used for used, _ in measured) - start) / max(1, len(texts) - 1) * 1e6,
        start_s=start,
        memory_mib=max(most for _, most in measured),
    )


def line(text: str) -> str:
    """A text as `screen` reads it."""
    told = {"kind": "sms", "from": _SENDER, "to": _RECIPIENT, "text": text, "purpose": "transactional"}
    return json.dumps(told, ensure_ascii=False) + "\n"


def _spent(file: Path) -> tuple[float, float]:
    """Processor time (s) and memory (MiB) of one `screen`."""
    command = [sys.executable, "-m", "masstransit", "screen", str(file), "--profile", "open"]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise SystemExit(f"screen left with {running.returncode}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


# --- rspamd ---------------------------------------------------------------------------------------------------------


def rspamd() -> AbstractContextManager[Rspamd] | None:
    """rspamd, where it is installed."""
    program = shutil.which("rspamd", path=f"{os.environ['PATH']}:/usr/sbin")
    return None if program is None else Rspamd(program)


async def scanned(name: str, texts: Texts, running: Rspamd, *, rounds: int) -> Cost:
    """The least of some rounds, in all its processes."""
    requests = [request(n, text) for n, text in enumerate(texts)]
    await _send(running, requests[:_WARM])
    pids = running.pids
    used = []
    for _ in range(rounds):
        before = sum(cpu(pid) for pid in pids.values())
        await _send(running, requests)
        used.append(sum(cpu(pid) for pid in pids.values()) - before)
    return Cost(
        judge="rspamd",
        texts=name,
        count=len(texts),
        cpu_us=min(used) / len(texts) * 1e6,
        start_s=0.0,
        memory_mib=max(memory(pid) for pid in pids.values()),
    )


async def _send(running: Rspamd, requests: Sequence[bytes]) -> None:
    address = ("127.0.0.1", running.port)
    done = await load.http(address, requests, connections=_CONNECTIONS, fine=b"HTTP/1.1 200", limit=300.0)
    if done.refused:
        raise SystemExit(f"rspamd refused: {done.refused}")


def request(n: int, text: str) -> bytes:
    """A text as a mail, in a request to scan it."""
    body = mail(n, text)
    head = f"POST /checkv2 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def mail(n: int, text: str) -> bytes:
    """A text as the smallest mail that is in order."""
    local, person = _SENDER.removeprefix("+"), _RECIPIENT.removeprefix("+")
    head = (
        f"From: Northwind <{local}@sms.invalid>",
        f"To: <{person}@sms.invalid>",
        "Subject: Message",
        f"Date: {format_datetime(datetime.now(UTC))}",
        f"Message-ID: <{n}@sms.invalid>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
    )
    lines = [*head, "", *text.splitlines(), ""]
    return "\r\n".join(lines).encode("utf-8", "replace")


# --- both -----------------------------------------------------------------------------------------------------------


async def costs(count: int, folder: Path, *, rounds: int) -> list[Cost]:
    """Both judges on each set of texts, one after the other; without rspamd ours alone, and it is said."""
    found = sets(count)
    made = [screen(name, texts, folder, rounds=rounds) for name, texts in found.items()]
    other = rspamd()
    if other is None:
        print("rspamd is not installed here: nothing to compare `screen` with", file=sys.stderr)
        return made
    with other as running:
        made += [await scanned(name, texts, running, rounds=rounds) for name, texts in found.items()]
        if asked := running.questions():
            print(f"rspamd asked {asked} questions for names, which nobody answered", file=sys.stderr)
    return made
