"""Delivery: takes what is queued to the carriers.

A row is claimed, looked at again by the gate if it waited (a STOP may have come, quiet hours may have begun), handed
to a trunk, and taken out when the carrier's answer is durably on record. Only then its place in the trunk's window is
free: so a crash sends at most the open window twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Connection

from masstransit.carriage.backlog import Backlog
from masstransit.carriage.batch import Batch
from masstransit.carriage.channel import Carried, NotSent, Sent, Trunk
from masstransit.carriage.exchange import Exchange, Offered, binding, delayed_until, hold_row, segments_of
from masstransit.carriage.notices import Notices
from masstransit.carriage.reviewing import end_failed
from masstransit.carriage.routing import Budget, Routing
from masstransit.clock import Clock
from masstransit.errors import StorageUnavailable, TrunkDown
from masstransit.gate import let_go
from masstransit.model.communication import Communication, Kind
from masstransit.model.decision import Cleared, Decision, Verdict
from masstransit.storage import communications, decisions, queue
from masstransit.storage.engine import Database

log = logging.getLogger("masstransit.delivery")

_AT_ONCE = 256
_TRIES = 50  # of carriers, each with a question to the gate before it; with the pauses below: about a day
_STEADY_TRIES = 3  # at the carrier's own pace; then each pause is twice the one before
_LONGEST_PAUSE = 3600.0
_LINK_PAUSE = 0.2
_ASTRAY = timedelta(minutes=1)  # what this process claimed so long ago and does not know of is nobody's
_ASK_OFTEN = 6  # times that the gate is asked again about what was accepted, while it only can't learn its facts
_ASK_LATER = timedelta(seconds=5)
_SILENCE = timedelta(seconds=15)  # a process not heard of for so long has lost what it had claimed
_EXPIRED = 30036
_BACKLOG = 5000  # what one process takes on at most; more stays in the queue for whoever has room
_TRUNK_PAUSE = timedelta(seconds=0.5)  # for what only a trunk serves that is down: another process's may be up
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

    item: Waiting
    trunk: Trunk | None
    carried: Carried | TrunkDown  #: the latter: the link was lost before the answer, nobody knows
    at: datetime


_NO_ROUTE = NotSent(reason="no carrier serves this number", permanent=True, code=21612)
_TOO_DEAR = NotSent(
    reason="every carrier that serves this number takes more than 'MaxPrice'", permanent=True, code=30010
)
_MILLIONTHS = 1_000_000  # of a USD, as prices are stored


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
        self._backlog: Backlog[Waiting] = Backlog(lambda item: item.communication.kind)
        self._queued = True  # whether the queue may hold something for us
        self._look_again_at = clock.now()
        self._in_hand: dict[str, Waiting] = {}  # sid -> what this round is busy with
        self._failed_at: dict[str, str] = {}  # sid -> the trunk that could not take it, so that another is tried
        self._under_way: set[asyncio.Task[None]] = set()
        self._ends: Batch[Tried, None] = Batch(self._settle)

    # --- what the exchange hands over -------------------------------------------------------------------------------

    def claims(self, count: int) -> str | None:
        """Take on what may go at once, as long as not too much waits here already."""
        return self._process if len(self._backlog) + count <= _BACKLOG else None

    def take(self, offered: Sequence[Offered]) -> None:
        """These are on record, claimed by this process."""
        self._backlog.add(Waiting(o.communication, o.decision, o.decision.at, 0) for o in offered)
        self._work.set()

    def nudge(self) -> None:
        """There is something in the queue."""
        self._queued = True
        self._work.set()

    async def run(self) -> None:
        """Deliver until cancelled, then finish what is with the carriers."""

        def begin(connection: Connection) -> None:
            queue.release_own(connection, self._process)  # an earlier life's claims
            queue.alive(connection, self._process, self._clock.now())

        await self._database.write(begin)
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
        """Send on its way what the trunks have places for. False: nothing could be moved."""
        places = self._routing.places()
        room = min(sum(places.values()), _AT_ONCE)
        if room <= 0:
            return False
        now = self._clock.now()
        try:
            for item in self._backlog.take(room, lambda kind: self._room_for(kind, places)):
                self._take_up(item)
            more = room - len(self._in_hand) - len(self._backlog)
            if more > 0 and (self._queued or now >= self._look_again_at):
                for item in await self._claim(more, now):
                    self._take_up(item)
            return await self._move(list(self._in_hand.values()), places, now)
        finally:  # what the database could not be told of stays ours
            self._backlog.put_back(list(self._in_hand.values()))
            self._in_hand.clear()

    def _room_for(self, kind: Kind, places: dict[str, int]) -> int:
        """How many of a kind are looked at: as many as there are places for. Where no trunk for it is up, that is what
        there is to find out."""
        room = self._routing.room_for(kind, places)
        return _AT_ONCE if room is None else room

    def _take_up(self, item: Waiting) -> None:
        self._in_hand[item.communication.id] = item

    async def _move(self, taken: Sequence[Waiting], places: dict[str, int], now: datetime) -> bool:
        """To the trunks with what has a place there, back into the queue with what waits for a trunk that is down.

        What only waits for a place stays in hand: it is next. False: nothing could be moved.
        """
        trunks: dict[str, Trunk] = {}
        unserved: list[tuple[Waiting, NotSent]] = []
        stuck: list[Waiting] = []
        for item in taken:
            sid, recipient, kind = item.communication.id, item.communication.recipient, item.communication.kind
            budget = _budget(item.communication)
            trunk = self._routing.choose(recipient, places, kind=kind, tried=self._tried(sid), budget=budget)
            if trunk is not None:
                trunks[sid] = trunk
            elif not self._routing.serves(recipient, budget, kind=kind):
                unserved.append((item, _TOO_DEAR if self._routing.serves(recipient, kind=kind) else _NO_ROUTE))
            elif not self._routing.up_for(recipient, budget, kind=kind):
                stuck.append(item)
        if stuck:
            await self._put_back(stuck, now + _TRUNK_PAUSE)
        for item in await self._clear([i for i in taken if i.communication.id in trunks], now):
            self._spawn(item, self._carry(item, trunks[item.communication.id]))
        for item, why in unserved:
            self._spawn(item, self._end(Tried(item, None, why, now)))
        await asyncio.sleep(0)  # what was sent on its way takes its places in the windows before we look again
        return bool(trunks or unserved)

    async def _claim(self, room: int, now: datetime) -> list[Waiting]:
        """Rows of the queue that nobody else has: scheduled ones, those of other processes, those put back."""
        self._queued = False
        claimed, items = await self._database.write(lambda c: _claim(c, self._process, now, room))
        if claimed == room:
            self._queued = True
        else:
            self._look_again_at = now + _LOOK_EVERY
        return items

    async def _put_back(self, items: Sequence[Waiting], ready_at: datetime) -> None:
        rows = [
            queue.again(i.communication.account, i.communication.id, ready_at, i.decided_at, tried=False) for i in items
        ]
        await self._database.write(lambda c: queue.put_back(c, rows))
        for item in items:
            del self._in_hand[item.communication.id]

    def _tried(self, sid: str) -> tuple[str, ...]:
        failed = self._failed_at.get(sid)
        return (failed,) if failed else ()

    def _spawn(self, item: Waiting, work: Coroutine[Any, Any, None]) -> None:
        del self._in_hand[item.communication.id]
        task = asyncio.create_task(work, name=item.communication.id)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _carry(self, item: Waiting, trunk: Trunk) -> None:
        cleared = item.cleared
        carried = await _handed_to(trunk, cleared)
        await self._end(Tried(item, trunk, carried, self._clock.now()))
        trunk.settled(cleared)
        self._work.set()

    async def _end(self, tried: Tried) -> None:
        """Store what came of it, however long the database takes: the carrier may have it already."""
        while True:
            try:
                await self._ends.add(tried)
                return
            except StorageUnavailable as lost:
                log.warning("%s: its state waits to be stored: %s", tried.item.communication.id, lost)
                await asyncio.sleep(1.0)

    # --- a second look --------------------------------------------------------------------------------------------

    async def _clear(self, items: Sequence[Waiting], now: datetime) -> list[Waiting]:
        """What may be carried. What waited is asked about again; what expired or was refused ends here."""
        expired = [i for i in items if i.communication.expires_at is not None and i.communication.expires_at <= now]
        if expired:
            await self._end_expired([i.communication for i in expired], now)
            items = [i for i in items if i.communication.id in self._in_hand]
        fresh = [i for i in items if self._is_fresh(i, now)]
        if len(fresh) == len(items):
            return fresh
        return fresh + await self._ask_again([i for i in items if not self._is_fresh(i, now)], now)

    def _is_fresh(self, item: Waiting, now: datetime) -> bool:
        """Whether its decision still counts. One that delayed or held it never clears it, however young."""
        favourable = item.decision is not None and item.decision.verdict <= Verdict.FLAG
        return favourable and now - item.decided_at <= self._fresh_for

    async def _ask_again(self, items: Sequence[Waiting], now: datetime) -> list[Waiting]:
        subjects = [msgspec.structs.replace(i.communication, attempt=i.tries + 1) for i in items]
        made = await self._looked_at(await self._exchange.gate.decide(subjects))
        for item, subject in zip(items, subjects, strict=True):  # should this be lost, no attempt has its number twice
            self._take_up(Waiting(item.communication, None, item.decided_at, subject.attempt))
        fine: list[Waiting] = []
        later: list[dict[str, Any]] = []
        held: list[dict[str, Any]] = []
        changes: list[dict[str, Any]] = []
        told: list[dict[str, Any]] = []
        for subject, decision in zip(subjects, made, strict=True):
            if decision.verdict <= Verdict.FLAG:
                fine.append(Waiting(subject, decision, now, subject.attempt))
            elif subject.attempt <= _ASK_OFTEN and all(f.unknown for f in binding(decision)):
                later.append(queue.again(subject.account, subject.id, now + _ASK_LATER, queue.NEVER, tried=False))
            elif decision.verdict is Verdict.DELAY:
                until = delayed_until(decision, now)
                later.append(queue.again(subject.account, subject.id, until, queue.NEVER, tried=False))
            elif decision.verdict is Verdict.HOLD:
                held.append(hold_row(Offered(subject, decision), now))
                changes.append(communications.change(subject.account, subject.id, "accepted", now))
            else:
                error, why = _refusal(decision)
                changes.append(
                    communications.change(subject.account, subject.id, "failed", now, error=error, why=why, done_at=now)
                )
                told += self._notices.of_status(subject, "failed", error, now)

        asked = [_asked(subject, now) for subject in subjects]

        def keep(connection: Connection) -> None:
            queue.asked(connection, asked)
            queue.put_back(connection, later)
            queue.drop(connection, [(change["b_account"], change["b_sid"]) for change in changes])
            queue.hold(connection, held)
            communications.mark(connection, changes)
            self._notices.add(connection, told)

        await self._exchange.keep_decisions(made, keep)
        for subject in subjects:
            del self._in_hand[subject.id]
        for item in fine:
            self._take_up(item)
        if told:
            self._notices.nudge()
        return fine

    async def _looked_at(self, made: Sequence[Decision]) -> list[Decision]:
        """What a person has looked at and let go is not held again for the same reason."""
        held = [(d.account, d.subject) for d in made if d.verdict is Verdict.HOLD]
        if not held:
            return list(made)
        rules = await self._database.read(lambda c: queue.let_go(c, held))
        return [let_go(decision, rules.get((decision.account, decision.subject))) for decision in made]

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
        for c in expired:
            del self._in_hand[c.id]
        if told:
            self._notices.nudge()

    # --- what the carriers answered ---------------------------------------------------------------------------------

    async def _settle(self, batch: Sequence[Tried]) -> list[Exception | None]:
        now = self._clock.now()
        changes, names, done, again, told = [], [], [], [], []
        for tried in batch:
            c = tried.item.communication
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
                    price=_price(c, tried.trunk) if error is None else None,
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
            self._failed_at[tried.item.communication.id] = tried.trunk.name
        pause = _LINK_PAUSE
        if isinstance(tried.carried, NotSent):
            pause = min(tried.carried.retry_after * 2 ** max(0, tried.item.tries // 2 - _STEADY_TRIES), _LONGEST_PAUSE)
        c = tried.item.communication
        return queue.again(c.account, c.id, now + timedelta(seconds=pause), tried.item.decided_at, tried=True)

    # --- housekeeping -----------------------------------------------------------------------------------------------

    async def _heartbeat(self) -> None:
        """Say that this process serves, and take over what silent ones had claimed."""
        steady_since = self._clock.now() - _SILENCE
        while True:
            now = self._clock.now()
            try:
                await self._beat(now, steady=now - steady_since >= _SILENCE)
            except StorageUnavailable as lost:
                log.warning("heartbeat: %s", lost)
                steady_since = self._clock.now()  # the others were cut off as well: they are not silent
            await asyncio.sleep(_SILENCE.total_seconds() / 5)

    async def _beat(self, now: datetime, *, steady: bool) -> None:
        mine = {i.communication.id for i in (*self._backlog.items(), *self._in_hand.values())}
        mine |= {task.get_name() for task in self._under_way}

        def beat(connection: Connection) -> tuple[bool, int]:
            listed = queue.alive(connection, self._process, now)
            freed = queue.release_silent(connection, now, _SILENCE) if steady else 0
            return listed, freed + queue.release_strays(connection, self._process, now - _ASTRAY, mine)

        listed, freed = await self._database.write(beat)
        if not listed:
            log.warning("this process was silent for too long: others took over what it had claimed")
            self._backlog.clear()
        if freed or not listed:
            log.warning("%d queued messages of a process that fell silent are free again", freed)
            self.nudge()

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
                row = communications.find(connection, held.account, held.sid)
                if row is not None:
                    why = f"nobody looked at it in time (clause {held.clause}, {held.rule})"
                    end_failed(connection, self._notices, row, why, now)

        await self._database.write(keep)
        self._notices.nudge()


async def _handed_to(trunk: Trunk, cleared: Cleared) -> Carried | TrunkDown:
    """What a trunk says of a message. One that breaks on it is asked again later: another may do better."""
    try:
        return await trunk.deliver(cleared)
    except TrunkDown as down:
        return down
    except Exception:
        log.exception("trunk %s broke on %s", trunk.name, cleared.communication.id)
        return NotSent(reason="the carrier link broke on it", permanent=False, retry_after=30.0)


def _claim(connection: Connection, process: str, now: datetime, room: int) -> tuple[int, list[Waiting]]:
    """Claim rows of the queue; how many, and what they stand for. What was deleted meanwhile is dropped."""
    rows = queue.claim(connection, process, now, room)
    if not rows:
        return 0, []
    stored = communications.of_keys(connection, [(row.account, row.sid) for row in rows])
    made = decisions.by_ids(connection, [(r.account, r.decision) for r in stored.values() if r.decision])
    queue.drop(connection, [(row.account, row.sid) for row in rows if (row.account, row.sid) not in stored])
    return len(rows), [
        Waiting(
            communications.read(stored[row.account, row.sid], attempt=row.attempts),
            made.get((row.account, stored[row.account, row.sid].decision)),
            row.decided_at,
            row.attempts,
        )
        for row in rows
        if (row.account, row.sid) in stored
    ]


def _budget(communication: Communication) -> Budget | None:
    """What it may cost at most; None: whatever it costs."""
    most = communication.max_price
    return None if most is None else Budget(Decimal(most), segments_of(communication))


def _price(communication: Communication, trunk: Trunk | None) -> int | None:
    """What a trunk takes for it, in millionths of a USD; None where that is not known."""
    if trunk is None or trunk.price is None:
        return None
    return int(trunk.price * segments_of(communication) * _MILLIONTHS)


def _asked(subject: Communication, now: datetime) -> dict[str, Any]:
    return {
        "b_account": subject.account,
        "b_sid": subject.id,
        "b_attempts": subject.attempt,
        "b_decided_at": now,
    }


def _ending(tried: Tried) -> tuple[str, int | None, str | None] | None:
    """Status, error and reason in which an attempt ends a communication; None: it is tried again."""
    carried = tried.carried
    if isinstance(carried, Sent):
        return ("sent", None, None)
    if isinstance(carried, TrunkDown):
        return None
    if carried.permanent:
        return ("failed", carried.code, carried.reason)
    if tried.item.tries >= _TRIES:
        return ("failed", 30008, f"given up after many tries: {carried.reason}")
    return None


def _refusal(decision: Decision) -> tuple[int, str]:
    finding = decision.deciding
    return (finding.code or 30007, finding.reason) if finding else (30007, "refused")
