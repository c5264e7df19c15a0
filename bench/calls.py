"""A day of a busy house's calls: their records kept, counted and judged, in one process on one core.

Forty customers call from twenty-five numbers each, most as call centres do; one of them drops its calls after seconds,
and one makes its numbers up. The records come in order of the day, those of one instant together, through the whole
house: durable in SQLite, counted by number, campaign, end user and account, judged by the policy, steps taken. The
time that it takes to make the records up is left out.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from sqlalchemy import Connection, func, select

from masstransit import config, serving
from masstransit.channels.loopback import LoopbackTrunk, Phones
from masstransit.clock import HandClock
from masstransit.garbage import collect_seldom
from masstransit.model.address import e164
from masstransit.model.call import CallRecord, Party
from masstransit.model.communication import Direction, Purpose
from masstransit.storage.tables import calls, decisions, standing

COLUMNS = ("records", "seconds", "CPU s", "us a record", "records/s", "findings on record", "steps", "MiB on disk")
_DAY = datetime(2026, 6, 3, tzinfo=UTC)
_TOGETHER = 256
_CUSTOMERS, _NUMBERS = 40, 25
_DROPS, _MAKES_UP = 7, 23  # which customers are no call centres


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What a day of records took."""

    records: int
    seconds: float
    cpu_s: float
    findings: int  #: decisions about outcomes that are on record
    steps: dict[str, int]  #: by their kind
    disk: int  #: bytes

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        steps = ", ".join(f"{count} {what}" for what, count in sorted(self.steps.items()))
        return (
            f"{self.records:,}", f"{self.seconds:.1f}", f"{self.cpu_s:.1f}",
            f"{self.cpu_s / self.records * 1e6:.0f}", f"{self.records / self.seconds:,.0f}",
            f"{self.findings:,}", steps or "none", f"{self.disk / (1 << 20):,.0f}",
        )  # fmt: skip


async def judged(count: int, folder: Path) -> Judged:
    """Bring a day of so many records."""
    collect_seldom()  # as whoever serves does
    clock = HandClock(_DAY)
    settings = config.Settings(data=str(folder), database=f"sqlite:///{folder / 'calls.db'}")
    async with serving.at_work(settings, (LoopbackTrunk(Phones(()), clock, rest=clock.sleep),), clock) as parts:
        seconds = cpu = 0.0
        for batch in _day(count):
            await clock.move(max(batch[-1].ended_at - clock.now(), timedelta(0)))
            started, used = time.perf_counter(), time.process_time()
            await asyncio.gather(*(parts.calls.ended(record) for record in batch))
            seconds, cpu = seconds + time.perf_counter() - started, cpu + time.process_time() - used
        kept, findings, steps = await parts.database.read(_on_record)
    if kept != count:
        raise SystemExit(f"{count - kept} records are not there")
    disk = sum(file.stat().st_size for file in folder.glob("calls.db*"))
    return Judged(records=count, seconds=seconds, cpu_s=cpu, findings=findings, steps=steps, disk=disk)


def _on_record(connection: Connection) -> tuple[int, int, dict[str, int]]:
    kept = connection.execute(select(func.count()).select_from(calls)).scalar_one()
    found = connection.execute(select(func.count()).select_from(decisions)).scalar_one()
    return kept, found, dict(Counter(connection.execute(select(standing.c.step)).scalars()))


def _day(count: int) -> Iterator[list[CallRecord]]:
    chance = random.Random(19)
    batch: list[CallRecord] = []
    for place in range(count):
        at = _DAY + timedelta(seconds=place * 86_000 / count)
        batch.append(_record(chance, place, at))
        if len(batch) == _TOGETHER:
            yield batch
            batch = []
    if batch:
        yield batch


def _record(chance: random.Random, place: int, at: datetime) -> CallRecord:
    customer, number = chance.randrange(_CUSTOMERS), chance.randrange(_NUMBERS)
    answered, talked, status, by = _course(chance, customer)
    ringing = at + timedelta(seconds=1)
    answer = ringing + timedelta(seconds=chance.uniform(3, 20))
    return CallRecord(
        id=f"CA{place:032x}", account=f"AC{customer:032x}", direction=Direction.OUTBOUND,
        sender=e164(f"+1415555{customer * _NUMBERS + number:04d}"),
        recipient=e164(f"+1212{2_000_000 + place % 5_000}"),
        purpose=Purpose.MARKETING if customer % 2 else Purpose.TRANSACTIONAL, campaign=f"QE{customer:032x}",
        end_user=f"user {number % 3}" if customer % 5 == 0 else None, trunk=f"trunk {place % 3}",
        offered_at=at, ringing_at=None if status == 404 else ringing, answered_at=answer if answered else None,
        ended_at=answer + timedelta(seconds=talked), status=status, released_by=by, agent_after=0.5,
    )  # fmt: skip


def _course(chance: random.Random, customer: int) -> tuple[bool, float, int, Party]:
    """Whether a call is answered, how many seconds it lasts then, its SIP status, and who ends it."""
    luck = chance.random()
    if customer == _MAKES_UP and luck < 0.22:
        return False, 0.0, 404, Party.NETWORK
    if luck < 0.42:
        return False, 0.0, chance.choice((480, 486, 487)), Party.NETWORK
    if customer == _DROPS or luck < 0.44:
        return True, chance.uniform(2, 6), 200, Party.CALLER
    return True, chance.expovariate(1 / 90) + 12, 200, Party.CALLEE
