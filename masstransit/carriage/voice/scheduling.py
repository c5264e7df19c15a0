"""Calls that are to be made later: kept until they are due, and offered to the gate then as any call is.

The gate is asked twice. When a call is scheduled it is asked by rehearsal, for the moment at which it is due: what
will stand in the way then is told at once, and that alone is on record. When it is due it decides.

A call rings once. It is claimed by one process; what a process had claimed that is gone is free again, and where
`calls` has a row of it by then it was offered, and is not offered a second time.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage.voice.asking import Source
from masstransit.carriage.voice.legs import Leg, Legs
from masstransit.carriage.voice.live import Wish
from masstransit.carriage.voice.plans import Plan, kept, plan_of, read
from masstransit.carriage.voice.tasks import race
from masstransit.carriage.voice.verbs import Document
from masstransit.clock import Clock
from masstransit.errors import Conflict, StorageUnavailable
from masstransit.model.communication import Communication
from masstransit.model.decision import Decision, Verdict
from masstransit.model.sid import new_sid
from masstransit.storage import alerts, calls, scheduled_calls
from masstransit.storage.engine import Database

log = logging.getLogger("masstransit.voice")

#: How late a call may be made: somebody who asked for nine o'clock does not want it at noon. A default.
LATE = timedelta(minutes=15)
_AGAIN = timedelta(
    seconds=10
)  # until what was in the way is looked at again: an account without a call free; a default
_LOOKS_EVERY = 60.0  # seconds; sooner where something is due, or is scheduled here
_AT_ONCE = 100  # calls that are claimed together
_SETTLES_WITHIN = timedelta(minutes=1)  # until what was claimed is on record; a default
_BLOCKED, _EXPIRED, _CROWDED = 21216, 30036, 10004  # the SDKs' codes


class Foresees(Protocol):
    """Who says what the gate will say: `carriage.calls.Calls`."""

    async def foresee(self, call: Communication) -> Decision: ...


class Rings(Protocol):
    """Who makes calls: `carriage.voice.live.LiveCalls`."""

    def full(self, account: str, number: str) -> str: ...

    async def call(self, call: Communication, wish: Wish) -> Decision: ...


class Scheduling:
    """Keeps them, and makes them when they are due."""

    def __init__(
        self, *, offers: Foresees, voice: Rings, legs: Legs, database: Database, clock: Clock, process: str
    ) -> None:
        self._offers = offers
        self._voice = voice
        self._legs = legs
        self._database = database
        self._clock = clock
        self._process = process
        self._sooner = asyncio.Event()
        self._looks_at: datetime | None = None  # None: it looks just now
        self._turn = asyncio.Lock()
        self._closed = False

    # --- for the API ------------------------------------------------------------------------------------------------

    async def schedule(self, call: Communication, wish: Wish) -> Decision:
        """Keep a call until its `send_at`, where nothing that the gate foresees is in its way. Raises
        `StorageUnavailable`: then it will not be made."""
        decision = await self._offers.foresee(call)
        if decision.verdict <= Verdict.FLAG:
            row = {
                "account": call.account,
                "sid": call.id,
                "sender": call.sender.text,
                "recipient": call.recipient.text,
                "due_at": call.send_at,
                "created_at": call.at,
                "plan": kept(plan_of(call, wish)),
            }
            await self._database.write(lambda c: scheduled_calls.add(c, row))
            if self._looks_at is None or (call.send_at or call.at) < self._looks_at:
                self._sooner.set()
        return decision

    async def redirect(self, row: Row[Any], source: Source, document: Document | None) -> Decision:
        """Have another document lead a call that waits, where nothing is foreseen against that. What was to speak is
        taken to speak on, unless the new document says. Raises `Conflict`, `StorageUnavailable`."""
        plan, now = read(row.plan), self._clock.now()
        before = plan.call(new_sid("CA"), row.account, now, send_at=row.due_at)  # what is stopped has a name of its own
        call = msgspec.structs.replace(
            before,
            voice=(document.speaks if document is not None else None) or before.voice,
            words=document.words if document is not None else "",
        )
        decision = await self._offers.foresee(call)
        if decision.verdict > Verdict.FLAG:
            return decision
        made = kept(plan_of(call, msgspec.structs.replace(plan.wish(), source=source)))
        if not await self._database.write(lambda c: scheduled_calls.change(c, row.account, row.sid, made, now)):
            raise Conflict("The call is being made: it can't be changed just now", code=21220)
        return decision

    async def take_back(self, row: Row[Any], also: Callable[[Connection], None] = lambda _: None) -> None:
        """A call that waits is not to be made; whoever watches it hears that, and `also` is kept with it. Raises
        `Conflict`, `StorageUnavailable`."""
        if row.status != scheduled_calls.WAITS:
            raise Conflict("The call does not wait any more: it was taken back, or not made", code=21220)
        leg, now = self._leg(row, read(row.plan)), self._clock.now()

        def end(connection: Connection) -> bool:
            taken = scheduled_calls.take_back(connection, row.account, row.sid, now)
            if taken:
                also(connection)
            return taken

        if not await self._legs.never_made(leg, "canceled", end):
            raise Conflict("The call is being made: it can't be taken back as one that waits", code=21220)

    # --- when they are due ------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until cancelled, make calls that are due."""
        while not self._closed:
            self._sooner.clear()
            self._looks_at = None
            try:
                await self.look()
                wait = await self._until_next()
            except StorageUnavailable as silent:
                log.warning("calls that are due wait: %s", silent)
                wait = _AGAIN.total_seconds()
            self._looks_at = self._clock.now() + timedelta(seconds=wait)
            await race(self._clock.sleep(wait), self._sooner.wait())

    async def look(self) -> None:
        """Make the calls that are due by now. Raises `StorageUnavailable`."""
        async with self._turn:
            before = self._clock.now() - _SETTLES_WITHIN
            await self._database.write(lambda c: scheduled_calls.release(c, self._process, before))
            while not self._closed and (rows := await self._claimed()):
                mine = defaultdict(list)
                for row in rows:
                    mine[row.account].append(row)
                await asyncio.gather(*(self._in_turn(of) for of in mine.values()))

    async def close(self) -> None:
        """Make no more of them; returns when those that were begun are on record."""
        self._closed = True
        self._sooner.set()
        async with self._turn:
            return

    async def _claimed(self) -> list[Row[*tuple[Any, ...]]]:
        now = self._clock.now()
        return await self._database.write(lambda c: scheduled_calls.claim(c, self._process, now, _AT_ONCE))

    async def _until_next(self) -> float:
        """Seconds until a call is to be looked at."""
        at = await self._database.read(scheduled_calls.next_at)
        left = _LOOKS_EVERY if at is None else (at - self._clock.now()).total_seconds()
        return min(max(left, 0.0), _LOOKS_EVERY)

    async def _in_turn(self, rows: Sequence[Row[Any]]) -> None:
        """An account's calls one after the other: each counts before the next is begun. One that breaks or can't be
        stored stays claimed, and is looked at again."""
        for row in rows:
            try:
                await self._due(row)
            except StorageUnavailable as silent:
                log.warning("call %s that is due waits: %s", row.sid, silent)
            except Exception:
                log.exception("call %s that is due broke", row.sid)

    async def _due(self, row: Row[Any]) -> None:
        now = self._clock.now()
        offered = await self._database.read(lambda c: calls.find(c, row.account, row.sid))
        if offered is not None:
            await self._was_offered(row, offered)
        elif now - row.due_at > LATE:
            code = _CROWDED if row.ready_at > row.due_at else _EXPIRED
            await self._failed(row, code, f"it could not be made within {LATE // timedelta(minutes=1)} minutes")
        elif self._voice.full(row.account, row.recipient):
            await self._database.write(lambda c: scheduled_calls.put_back(c, row.account, row.sid, now + _AGAIN))
        else:
            await self._made(row, now)

    async def _made(self, row: Row[Any], now: datetime) -> None:
        plan = read(row.plan)
        decision = await self._voice.call(plan.call(row.sid, row.account, now), plan.wish())
        if decision.verdict <= Verdict.FLAG:
            await self._database.write(lambda c: scheduled_calls.made(c, row.account, row.sid))
            return
        finding = decision.deciding
        reason = finding.reason if finding else "the policy does not allow it"
        code = finding.code if finding and finding.code else _BLOCKED
        await self._failed(row, code, f"{reason} (decision {decision.id})")

    async def _was_offered(self, row: Row[Any], offered: Row[Any]) -> None:
        """A process offered it and was gone before it said so here: it does not ring again."""
        if offered.status == calls.REFUSED:
            reason = offered.error_message or "the policy does not allow it"
            await self._failed(row, offered.error_code or _BLOCKED, f"{reason} (decision {offered.decision})")
            return
        await self._database.write(lambda c: scheduled_calls.made(c, row.account, row.sid))

    async def _failed(self, row: Row[Any], code: int, why: str) -> None:
        """It was not made: the customer finds it failed, an alert says why, and whoever watches it hears of it."""
        leg, now = self._leg(row, read(row.plan)), self._clock.now()
        said = f"{leg.call.recipient.masked} was not called: {why}"
        alert = alerts.alert(row.account, code, said, now, about=row.sid, level="error")

        def fail(connection: Connection) -> bool:
            scheduled_calls.fail(connection, row.account, row.sid, now)
            alerts.add(connection, [alert])
            return True

        await self._legs.never_made(leg, "failed", fail)
        log.info("call %s that was due was not made (%d)", row.sid, code)

    def _leg(self, row: Row[Any], plan: Plan) -> Leg:
        return Leg(plan.call(row.sid, row.account, self._clock.now()), plan.watch)
