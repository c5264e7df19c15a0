"""Delivery: takes what is queued to the carriers.

A row is claimed, looked at again by the gate if it waited (a STOP may have come, quiet hours may have begun), handed
to a trunk, and taken out when the carrier's answer is durably on record. Only then its place in the trunk's window is
free: so a crash sends at most the open window twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection

from masstransit.carriage.batch import Batch
from masstransit.carriage.channel import Carried, NotSent, Sent, Trunk
from masstransit.carriage.exchange import Exchange, Offered, hold_row
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
_STEADY_TRIES = 3  # at the carrier's own pace; then each pause is twice the one before
_LONGEST_PAUSE = 3600.0
_LINK_PAUSE = 0.2
_SILENCE = timedelta(seconds=15)  # a process not heard of for so long has lost what it had claimed
_NO_ROUTE = 21612
_EXPIRED = 30036
_BACKLOG = 5000  # what one process takes on at most; more stays in the queue for whoever has room
_TRUNK_PAUSE = timedelta(seconds=2)  # for what only a trunk serves that is down or full
_LOOK_EVERY = timedelta(seconds=0.5)  # rows become ready by themselves, and other processes queue too


class Waiting(msgspec.Struct, frozen=True):
    """A communication that this process has taken on, and when the gate was last asked about it."""

    communication: Communication
    decision: Decision | None
    decided_at: datetime
    tries: int

    @property
    def cleared(self) -> Cleared:
        """Its stamp. Raises `ValueError` where its decision does not allow one."""
        if self.decision is None:
            raise ValueError("nobody has decided about it")
        return Cleared(communication=self.communication, decision=self.decision)


class Tried(msgspec.Struct, frozen=True):
    """A communication that was with a trunk, and what came of it."""

    cleared: Cleared
    trunk: Trunk | None
    tries: int
    carried: Carried | TrunkDown  #: the latter: the link was lost before the answer, nobody knows
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
        self._backlog: deque[Waiting] = deque()
        self._queued = True  # whether the queue may hold something for us
        self._look_again_at = clock.now()
        self._failed_at: dict[str, str] = {}  # sid -> the trunk that could not take it, so that another is tried
        self._under_way: set[asyncio.Task[None]] = set()
        self._ends: Batch[Tried, None] = Batch(self._settle)

    # --- what the exchange hands over -------------------------------------------------------------------------------

    def claims(self, count: int) -> str | None:
        """Take on what may go at once, as long as not too much waits here already."""
        return self._process if len(self._backlog) + count <= _BACKLOG else None

    def take(self, offered: Sequence[Offered]) -> None:
        """These are on record, claimed by this process."""
        self._backlog.extend(Waiting(o.communication, o.decision, o.decision.at, 0) for o in offered)
        self._work.set()

    def nudge(self) -> None:
        """There is something in the queue."""
        self._queued = True
        self._work.set()

    async def run(self) -> None:
        """Deliver until cancelled, then finish what is with the carriers."""
        await self._database.write(lambda c: queue.release_own(c, self._process))  # an earlier life's claims
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
        """Send on its way what the trunks have room for. False: nothing could be moved."""
        room = min(self._routing.room, _AT_ONCE)
        if room <= 0:
            return False
        now = self._clock.now()
        taken = [self._backlog.popleft() for _ in range(min(room, len(self._backlog)))]
        if len(taken) < room and (self._queued or now >= self._look_again_at):
            taken += await self._claim(room - len(taken), now)
        if not taken:
            return False
        able = [item for item in taken if self._trunk(item) is not None or not self._served(item)]
        stuck = [item for item in taken if item not in able]
        for item in await self._clear(able, now):
            trunk = self._trunk(item)
            if trunk is not None:
                self._spawn(item, trunk)
            elif self._served(item):  # its trunk filled up, or went down, while the gate looked
                stuck.append(item)
            else:
                no_route = NotSent(reason="no carrier serves this number", permanent=True, code=_NO_ROUTE)
                self._ends.add(Tried(item.cleared, None, item.tries, no_route, now))
        if stuck:
            await self._put_back(stuck, now + _TRUNK_PAUSE)
        return len(stuck) < len(taken)

    def _trunk(self, item: Waiting) -> Trunk | None:
        return self._routing.choose(item.communication.recipient, tried=self._tried(item.communication.id))

    def _served(self, item: Waiting) -> bool:
        return self._routing.serves(item.communication.recipient)

    async def _claim(self, room: int, now: datetime) -> list[Waiting]:
        """Rows of the queue that nobody else has: scheduled ones, those of other processes, those put back."""
        self._queued = False
        rows = await self._database.write(lambda c: queue.claim(c, self._process, now, room))
        if len(rows) == room:
            self._queued = True
        else:
            self._look_again_at = now + _LOOK_EVERY
        if not rows:
            return []
        keys = [(row.account, row.sid) for row in rows]
        stored = await self._database.read(lambda c: communications.of_keys(c, keys))
        made = await self._database.read(
            lambda c: decisions.by_ids(c, [(r.account, r.decision) for r in stored.values() if r.decision])
        )
        return [
            Waiting(
                communications.read(stored[row.account, row.sid], attempt=row.attempts),
                made.get((row.account, stored[row.account, row.sid].decision)),
                row.decided_at,
                row.attempts,
            )
            for row in rows
            if (row.account, row.sid) in stored
        ]

    async def _put_back(self, items: Sequence[Waiting], ready_at: datetime) -> None:
        rows = [
            queue.again(
                i.communication.account,
                i.communication.id,
                ready_at,
                i.decided_at,
                tried=i.decided_at > i.communication.at,
            )
            for i in items
        ]
        await self._database.write(lambda c: queue.put_back(c, rows))

    def _tried(self, sid: str) -> tuple[str, ...]:
        failed = self._failed_at.get(sid)
        return (failed,) if failed else ()

    def _spawn(self, item: Waiting, trunk: Trunk) -> None:
        task = asyncio.create_task(self._carry(item.cleared, trunk, item.tries))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _carry(self, cleared: Cleared, trunk: Trunk, tries: int) -> None:
        carried: Carried | TrunkDown
        try:
            carried = await trunk.deliver(cleared)
        except TrunkDown as down:
            carried = down
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

    async def _clear(self, items: Sequence[Waiting], now: datetime) -> list[Waiting]:
        """What may be carried. What waited is asked about again; what expired or was refused ends here."""
        expired = [i for i in items if i.communication.expires_at is not None and i.communication.expires_at <= now]
        if expired:
            await self._end_expired([i.communication for i in expired], now)
            items = [i for i in items if i not in expired]
        waited = [i for i in items if i.decision is None or now - i.decided_at > self._fresh_for]
        if not waited:
            return list(items)
        fresh = [i for i in items if i.decision is not None and now - i.decided_at <= self._fresh_for]
        return fresh + await self._ask_again(waited, now)

    async def _ask_again(self, items: Sequence[Waiting], now: datetime) -> list[Waiting]:
        subjects = [msgspec.structs.replace(i.communication, attempt=i.tries + 1) for i in items]
        made = await self._exchange.gate.decide(subjects)
        fine: list[Waiting] = []
        later: list[dict[str, Any]] = []
        held: list[dict[str, Any]] = []
        changes: list[dict[str, Any]] = []
        told: list[dict[str, Any]] = []
        for item, subject, decision in zip(items, subjects, made, strict=True):
            if decision.verdict <= Verdict.FLAG:
                fine.append(Waiting(subject, decision, now, item.tries))
            elif decision.verdict is Verdict.DELAY:
                until = decision.until or now + timedelta(seconds=1)
                later.append(queue.again(subject.account, subject.id, until, now, tried=True))
            elif decision.verdict is Verdict.HOLD:
                held.append(hold_row(Offered(subject, decision), now))
                changes.append(communications.change(subject.account, subject.id, "accepted", now))
            else:
                error, why = _refusal(decision)
                changes.append(
                    communications.change(subject.account, subject.id, "failed", now, error=error, why=why, done_at=now)
                )
                told += self._notices.of_status(subject, "failed", error, now)

        def keep(connection: Connection) -> None:
            queue.put_back(connection, later)
            queue.drop(connection, [(change["b_account"], change["b_sid"]) for change in changes])
            queue.hold(connection, held)
            communications.mark(connection, changes)
            self._notices.add(connection, told)

        await self._exchange.keep_decisions(made, keep)
        if told:
            self._notices.nudge()
        return fine

    async def _end_expired(self, expired: Sequence[Communication], now: datetime) -> None:
        why = "its validity period ended before it could be sent"
        changes = [
            communications.change(c.account, c.id, "failed", now, error=_EXPIRED, why=why, done_at=now) for c in expired
        ]
        told = [notice for c in expired for notice in self._notices.of_status(c, "failed", _EXPIRED, now)]

        def keep(connection: Connection) -> None:
            queue.drop(connection, [(c.account, c.id) for c in expired])
            communications.mark(connection, changes)
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
        """When to try again: at once elsewhere when a link was lost; else as the carrier said, and ever later."""
        if tried.trunk is not None:
            self._failed_at[tried.cleared.communication.id] = tried.trunk.name
        pause = _LINK_PAUSE
        if isinstance(tried.carried, NotSent):
            pause = min(tried.carried.retry_after * 2 ** max(0, tried.tries - _STEADY_TRIES), _LONGEST_PAUSE)
        c = tried.cleared.communication
        return queue.again(c.account, c.id, now + timedelta(seconds=pause), tried.cleared.decision.at, tried=True)

    # --- housekeeping -----------------------------------------------------------------------------------------------

    async def _heartbeat(self) -> None:
        """Say that this process serves, and take over what silent ones had claimed."""

        def beat(connection: Connection) -> int:
            now = self._clock.now()
            queue.alive(connection, self._process, now)
            return queue.release_silent(connection, now, _SILENCE)

        while True:
            try:
                freed = await self._database.write(beat)
            except StorageUnavailable as lost:
                log.warning("heartbeat: %s", lost)
                freed = 0
            if freed:
                log.warning("took over %d queued messages of a process that fell silent", freed)
                self.nudge()
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
    if isinstance(carried, TrunkDown):
        return None
    if carried.permanent:
        return ("failed", carried.code, carried.reason)
    if tried.tries >= _TRIES:
        return ("failed", 30008, f"given up after {tried.tries} tries: {carried.reason}")
    return None


def _refusal(decision: Decision) -> tuple[int, str]:
    finding = decision.deciding
    return (finding.code or 30007, finding.reason) if finding else (30007, "refused")
