"""Delivery: takes what is queued to the carriers.

A row is claimed, looked at again by the gate if it waited (a STOP may have come, quiet hours may have begun), handed
to a trunk, and taken out when the carrier's answer is durably on record. Only then its place in the trunk's window is
free: so a crash sends at most the open window twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage.batch import Batch
from masstransit.carriage.channel import Carried, NotSent, Sent, Trunk
from masstransit.carriage.exchange import Exchange, binding
from masstransit.carriage.notices import Notices
from masstransit.carriage.routing import Routing
from masstransit.clock import Clock
from masstransit.errors import StorageUnavailable, TrunkDown
from masstransit.model.communication import Communication
from masstransit.model.decision import Cleared, Decision, Verdict
from masstransit.storage import communications, decisions, queue
from masstransit.storage.engine import Database

log = logging.getLogger("masstransit.delivery")

_AT_ONCE = 256
_TRIES = 25  # with the pauses below: about a day
_LONGEST_PAUSE = 3600.0
_SILENCE = timedelta(seconds=15)  # a process not heard of for so long has lost what it had claimed
_NO_ROUTE = 21612


class Tried(msgspec.Struct, frozen=True):
    """A communication that was with a trunk, and what came of it."""

    cleared: Cleared
    trunk: Trunk | None
    tries: int
    carried: Carried
    at: datetime


class Delivery:
    """Drains the queue. One a process."""

    def __init__(
        self,
        *,
        database: Database,
        exchange: Exchange,
        routing: Routing,
        notices: Notices,
        clock: Clock,
        process: str,
        fresh_for: timedelta,
    ) -> None:
        self._database = database
        self._exchange = exchange
        self._routing = routing
        self._notices = notices
        self._clock = clock
        self._process = process
        self._fresh_for = fresh_for
        self._work = asyncio.Event()
        self._failed_at: dict[str, str] = {}  # sid -> the trunk that could not take it, so that another is tried
        self._under_way: set[asyncio.Task[None]] = set()
        self._ends: Batch[Tried, None] = Batch(self._settle)

    def nudge(self) -> None:
        """There is something in the queue."""
        self._work.set()

    async def run(self) -> None:
        """Deliver until cancelled, then finish what is with the carriers."""
        await self._database.write(lambda c: queue.alive(c, self._process, self._clock.now()))
        async with asyncio.TaskGroup() as group:
            group.create_task(self._heartbeat())
            group.create_task(self._expire_holds())
            group.create_task(self._drain())

    async def stop(self) -> None:
        """Let what is with the carriers be answered, and give back the rest."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=5)
        await self._ends.drained()
        await self._database.write(lambda c: queue.release_own(c, self._process))

    async def _drain(self) -> None:
        while True:
            self._work.clear()
            try:
                moved = await self._round()
            except StorageUnavailable as lost:
                log.warning("delivery waits: %s", lost)
                moved = False
                await asyncio.sleep(1.0)
            if not moved:
                await self._rest()

    async def _rest(self) -> None:
        """Until a nudge, or a moment: rows become ready by themselves, trunks come back, others queue too."""
        try:
            async with asyncio.timeout(0.5):
                await self._work.wait()
        except TimeoutError:
            return

    async def _round(self) -> bool:
        """Claim what the trunks have room for and send it on its way. False: nothing could be moved."""
        room = min(self._routing.room, _AT_ONCE)
        if room <= 0:
            return False
        now = self._clock.now()
        rows = await self._database.write(lambda c: queue.claim(c, self._process, now, room))
        if not rows:
            return False
        cleared = await self._clear(rows, now)
        stuck: list[dict[str, Any]] = []
        for item, row in cleared:
            trunk = self._routing.choose(item.communication.recipient, tried=self._tried(row.sid))
            if trunk is not None:
                self._spawn(item, trunk, row.tries)
            elif self._routing.serves(item.communication.recipient):
                stuck.append(queue.again(row.account, row.sid, now + timedelta(seconds=1), row.decided_at, tried=False))
            else:
                self._ends.add(
                    Tried(item, None, row.tries, NotSent(reason="no route", permanent=True, code=_NO_ROUTE), now)
                )
        if stuck:
            await self._database.write(lambda c: queue.put_back(c, stuck))
        return len(stuck) < len(rows)

    def _tried(self, sid: str) -> tuple[str, ...]:
        failed = self._failed_at.get(sid)
        return (failed,) if failed else ()

    def _spawn(self, cleared: Cleared, trunk: Trunk, tries: int) -> None:
        task = asyncio.create_task(self._carry(cleared, trunk, tries))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _carry(self, cleared: Cleared, trunk: Trunk, tries: int) -> None:
        try:
            carried = await trunk.deliver(cleared)
        except TrunkDown as down:
            carried = NotSent(reason=str(down), permanent=False, retry_after=0.2)
        tried = Tried(cleared, trunk, tries, carried, self._clock.now())
        while True:
            try:
                await self._ends.add(tried)
                break
            except StorageUnavailable as lost:  # the carrier has it: say so as soon as the database listens again
                log.warning("%s: its state waits to be stored: %s", cleared.communication.id, lost)
                await asyncio.sleep(1.0)
        trunk.settled(cleared)
        self._work.set()

    # --- a second look --------------------------------------------------------------------------------------------

    async def _clear(self, rows: Sequence[Row[Any]], now: datetime) -> list[tuple[Cleared, Row[Any]]]:
        """Stamp what may be carried. What waited is asked about again; what expired or was refused ends here."""
        alive = [row for row in rows if row.expires_at is None or row.expires_at > now]
        expired = [row for row in rows if row.expires_at is not None and row.expires_at <= now]
        waited = [row for row in alive if now - row.decided_at > self._fresh_for]
        fresh = [row for row in alive if now - row.decided_at <= self._fresh_for]
        if expired:
            await self._end_expired(expired, now)
        cleared = await self._from_record(fresh)
        if waited:
            cleared += await self._ask_again(waited, now)
        return cleared

    async def _from_record(self, rows: Sequence[Row[Any]]) -> list[tuple[Cleared, Row[Any]]]:
        """The stamp of a decision that is still fresh."""
        if not rows:
            return []
        made = await self._database.read(lambda c: decisions.by_ids(c, [(r.account, r.decision) for r in rows]))
        return [
            (Cleared(communication=communications.read(row), decision=made[row.account, row.decision]), row)
            for row in rows
        ]

    async def _ask_again(self, rows: Sequence[Row[Any]], now: datetime) -> list[tuple[Cleared, Row[Any]]]:
        subjects = [communications.read(row, attempt=row.tries + 1) for row in rows]
        made = await self._exchange.gate.decide(subjects)
        fine, later, ended, notices, holds = [], [], [], [], []
        for row, subject, decision in zip(rows, subjects, made, strict=True):
            if decision.verdict <= Verdict.FLAG:
                fine.append((Cleared(communication=subject, decision=decision), row))
            elif decision.verdict is Verdict.DELAY:
                until = decision.until or now + timedelta(seconds=1)
                later.append(queue.again(row.account, row.sid, until, now, tried=True))
            elif decision.verdict is Verdict.HOLD:
                holds.append(_hold(subject, decision, now))
                ended.append((row, "accepted", None, None))
            else:
                error, why = _refusal(decision)
                ended.append((row, "failed", error, why))
                notices += self._notices.of_status(subject, "failed", error, now)

        def keep(connection: Connection) -> None:
            queue.put_back(connection, later)
            queue.drop(connection, [(row.account, row.sid) for row, *_ in ended])
            queue.hold(connection, holds)
            communications.mark(
                connection,
                [
                    communications.change(
                        row.account, row.sid, status, now, error=error, why=why, done_at=now if error else None
                    )
                    for row, status, error, why in ended
                ],
            )
            self._notices.add(connection, notices)

        await self._exchange.keep_decisions(made, keep)
        if notices:
            self._notices.nudge()
        return fine

    async def _end_expired(self, rows: Sequence[Row[Any]], now: datetime) -> None:
        told: list[dict[str, Any]] = []
        for row in rows:
            told += self._notices.of_status(communications.read(row), "failed", 30036, now)

        def keep(connection: Connection) -> None:
            queue.drop(connection, [(row.account, row.sid) for row in rows])
            communications.mark(
                connection,
                [
                    communications.change(
                        row.account,
                        row.sid,
                        "failed",
                        now,
                        error=30036,
                        why="its validity period ended before it could be sent",
                        done_at=now,
                    )
                    for row in rows
                ],
            )
            self._notices.add(connection, told)

        await self._database.write(keep)
        if told:
            self._notices.nudge()

    # --- what the carriers answered ---------------------------------------------------------------------------------

    async def _settle(self, batch: Sequence[Tried]) -> list[Exception | None]:
        now = self._clock.now()
        changes, names, done, again, told = [], [], [], [], []
        for tried in batch:
            c = tried.cleared.communication
            ends = _ending(tried)
            if isinstance(tried.carried, Sent) and tried.trunk is not None:
                names += [
                    {"trunk": tried.trunk.name, "carrier_id": carrier_id, "account": c.account, "sid": c.id, "at": now}
                    for carrier_id in tried.carried.carrier_ids
                ]
            if ends is None:
                again.append(self._again(tried, now))
                continue
            status, error, why = ends
            self._failed_at.pop(c.id, None)
            done.append((c.account, c.id))
            changes.append(
                communications.change(
                    c.account,
                    c.id,
                    status,
                    now,
                    error=error,
                    why=why,
                    sent_at=tried.at if error is None else None,
                    done_at=now if error else None,
                    trunk=tried.trunk.name if tried.trunk else None,
                )
            )
            told += self._notices.of_status(c, status, error, now)

        def keep(connection: Connection) -> None:
            queue.drop(connection, done)
            queue.put_back(connection, again)
            queue.name(connection, names)
            communications.mark(connection, changes)
            self._notices.add(connection, told)

        await self._database.write(keep)
        if told:
            self._notices.nudge()
        return [None] * len(batch)

    def _again(self, tried: Tried, now: datetime) -> dict[str, Any]:
        """When to try again: soon elsewhere, or as the carrier said, a little longer each time."""
        carried = tried.carried
        if tried.trunk is not None:
            self._failed_at[tried.cleared.communication.id] = tried.trunk.name
        pause = carried.retry_after if isinstance(carried, NotSent) else 1.0
        pause = min(pause * 2 ** min(tried.tries, 12), _LONGEST_PAUSE)
        c = tried.cleared.communication
        return queue.again(c.account, c.id, now + timedelta(seconds=pause), tried.cleared.decision.at, tried=True)

    # --- housekeeping -----------------------------------------------------------------------------------------------

    async def _heartbeat(self) -> None:
        while True:
            now = self._clock.now()
            try:
                await self._database.write(lambda c, now=now: queue.alive(c, self._process, now))
                freed = await self._database.write(lambda c, now=now: queue.release_silent(c, now, _SILENCE))
                if freed:
                    log.warning("took over %d queued messages of a process that fell silent", freed)
                    self._work.set()
            except StorageUnavailable as lost:
                log.warning("heartbeat: %s", lost)
            await asyncio.sleep(_SILENCE.total_seconds() / 5)

    async def _expire_holds(self) -> None:
        """Nobody looked in time: what was held is refused, and its sender is told."""
        while True:
            try:
                await self._expire_round()
            except StorageUnavailable as lost:
                log.warning("holds: %s", lost)
            await asyncio.sleep(5.0)

    async def _expire_round(self) -> None:
        now = self._clock.now()
        rows = await self._database.read(lambda c: queue.expired_holds(c, now))
        if not rows:
            return

        def keep(connection: Connection) -> None:
            for held in rows:
                if not queue.end_hold(connection, held.account, held.sid, "expired", "deadline"):
                    continue
                why = f"nobody looked at it in time (clause {held.clause}, {held.rule})"
                communications.mark(
                    connection,
                    [communications.change(held.account, held.sid, "failed", now, error=30007, why=why, done_at=now)],
                )
                row = communications.find(connection, held.account, held.sid)
                if row is not None:
                    told = self._notices.of_status(communications.read(row), "failed", 30007, now)
                    self._notices.add(connection, told)

        await self._database.write(keep)
        self._notices.nudge()


def _ending(tried: Tried) -> tuple[str, int | None, str | None] | None:
    """Status, error and reason in which an attempt ends a communication; None: it is tried again."""
    carried = tried.carried
    if isinstance(carried, Sent):
        return ("sent", None, None)
    if carried.permanent:
        return ("failed", carried.code, carried.reason)
    if tried.tries >= _TRIES:
        return ("failed", 30008, f"given up after {tried.tries} tries: {carried.reason}")
    return None


def _refusal(decision: Decision) -> tuple[int, str]:
    finding = decision.deciding
    return (finding.code or 30007, finding.reason) if finding else (30007, "refused")


def _hold(subject: Communication, decision: Decision, now: datetime) -> dict[str, Any]:
    finding = next(iter(binding(decision)))
    return {
        "account": subject.account,
        "sid": subject.id,
        "since": now,
        "until": now + timedelta(hours=4),
        "clause": finding.clause,
        "rule": finding.rule,
        "reason": finding.reason,
    }
