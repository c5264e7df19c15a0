"""Legs of calls: each is offered to the gate before it is dialled, told of while it goes on, and recorded when it is
over. What is to be kept is kept in order, and whoever stops waiting for it does not stop it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage.callbacks import API_VERSION, stamp
from masstransit.carriage.notices import Notices, of_call
from masstransit.carriage.voice.keeping import Keeping, until_stored
from masstransit.carriage.voice.line import Dialler, Ending, Guess, Line
from masstransit.clock import Clock
from masstransit.errors import StorageUnavailable
from masstransit.model.address import callable_address
from masstransit.model.call import CallRecord, Party, record_of
from masstransit.model.communication import Communication, Direction, Kind, Purpose
from masstransit.model.decision import Cleared, Decision, Verdict
from masstransit.storage import calls
from masstransit.storage.engine import Database

if TYPE_CHECKING:
    from masstransit.carriage.voice.onair import Air

log = logging.getLogger("masstransit.voice")

_HANGS_UP_WITHIN = 5.0  # seconds
_NO_ANSWER, _GAVE_UP, _LOST = 408, 487, 500
LED = "twiml"  #: the channel of legs that a document asked for


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """Where the events of a call are told; `events` are the SDKs' words."""

    url: str
    method: str = "POST"
    events: tuple[str, ...] = ("completed",)


class Leg:
    """One call on its way, as far as it has come."""

    def __init__(self, call: Communication, watch: Watch | None = None) -> None:
        self.call = call
        self.watch = watch
        self.status = "queued"  #: in the SDKs' words
        self.ringing_at: datetime | None = None
        self.answered_at: datetime | None = None
        self.guess: Guess | None = None  #: who answered, where somebody asked
        self.ended_at: datetime | None = None
        self.ended_by: Party | None = None  #: None: by its customer, where nobody else ends it
        self.trunk = ""
        self.internal = False  #: between the customer's own lines
        self.air: Air | None = None  #: while it can be recorded
        self.told = 0  #: how many events were
        self.kept: asyncio.Task[None] | None = None  #: the last that is to be kept

    @property
    def direction(self) -> str:
        """As the SDKs have it."""
        if self.call.direction is Direction.INBOUND:
            return "inbound"
        return "outbound-dial" if self.call.channel == LED else "outbound-api"

    @property
    def talked(self) -> int:
        """Seconds since it was answered, whole."""
        if self.answered_at is None or self.ended_at is None:
            return 0
        return round((self.ended_at - self.answered_at).total_seconds())

    def params(self) -> dict[str, str]:
        """What a webhook hears of the call."""
        call = self.call
        told = {
            "CallSid": call.id,
            "AccountSid": call.account,
            "From": call.sender.text,
            "To": call.recipient.text,
            "Caller": call.sender.text,
            "Called": call.recipient.text,
            "CallStatus": self.status,
            "ApiVersion": API_VERSION,
            "Direction": self.direction,
            "ParentCallSid": call.parent,
            "AnsweredBy": self.guess.word if self.guess is not None else None,
        }
        return {name: value for name, value in told.items() if value is not None}


class Offers(Protocol):
    """The gate's door for calls, and the keeper of their records: `carriage.calls.Calls`."""

    async def offer(self, call: Communication, led: calls.Led) -> Decision: ...

    async def ended(self, record: CallRecord) -> None: ...


class Legs:
    """Offers, dials and records."""

    def __init__(
        self, *, offers: Offers, dialler: Dialler, notices: Notices, database: Database, clock: Clock, process: str
    ) -> None:
        self._offers = offers
        self._dialler = dialler
        self._notices = notices
        self._database = database
        self._clock = clock
        self._process = process
        self._keeping = Keeping()

    async def offer(self, leg: Leg) -> Decision:
        """Ask the gate; only what it lets out has begun. Cancelled, it is over as soon as that is on record. Raises
        `StorageUnavailable`."""
        led = calls.Led(process=self._process, attrs=_attrs(leg.watch))
        asked = asyncio.ensure_future(self._offers.offer(leg.call, led))
        try:
            decision = await asyncio.shield(asked)
        except asyncio.CancelledError:
            self._keeping.keep(leg, self._unheard(leg, asked))
            raise
        if decision.verdict <= Verdict.FLAG:
            self._moved(leg, "queued", "initiated")
        return decision

    async def _unheard(self, leg: Leg, asked: Awaitable[Decision]) -> None:
        """Nobody waits for what the gate says."""
        try:
            decision = await asked
        except StorageUnavailable:
            return  # it was not let out
        if decision.verdict <= Verdict.FLAG:
            self.give_up(leg)

    def give_up(self, leg: Leg) -> None:
        """A leg that was let out is called no more, unless it has ended."""
        self.end(leg, Ending(at=self._clock.now(), by=leg.ended_by or Party.CALLER, status=_GAVE_UP))

    def crowded(self, account: str, number: str, beside: int = 0) -> str:
        """Why one more call of an account would be too many at once; "" where it would not. `beside` are those that are
        about to be placed."""
        return self._dialler.crowded(account, number, beside)

    async def dial(
        self, leg: Leg, decision: Decision, within: float, *, rings: Callable[[], None] = lambda: None
    ) -> Line | Ending:
        """Call the person, for so many seconds; `rings` is called when it rings. Cancelled, the far end stops to ring.
        An `Ending` is on its way to the record; the end of a line that is returned is for `end`."""
        cleared = Cleared(communication=leg.call, decision=decision)

        def ringing() -> None:
            self._rings(leg)
            rings()

        try:
            async with asyncio.timeout(within):
                placed = await self._dialler.place(cleared, ringing=ringing)
        except TimeoutError:
            placed = Ending(at=self._clock.now(), by=Party.CALLER, status=_NO_ANSWER)
        except asyncio.CancelledError:
            self.give_up(leg)
            raise
        if isinstance(placed, Ending):
            self.end(leg, placed)
            return placed
        self.answered(leg, placed)
        return placed

    def answered(self, leg: Leg, line: Line) -> None:
        """The leg's person took the call; or we took it, where a person calls."""
        if leg.answered_at is None:
            leg.answered_at = self._clock.now()
            leg.trunk = line.trunk
            self._moved(leg, "in-progress", "answered", answered_at=leg.answered_at, trunk=leg.trunk)

    def guessed(self, leg: Leg, guess: Guess, began: datetime, *, told: Watch | None = None) -> None:
        """It was guessed what took the call; `told` hears of it by itself."""
        leg.guess = guess
        self._moved(leg, leg.status, "", answered_by=guess.by.value, attrs=_attrs(leg.watch, guess))
        if told is not None:
            took = round((self._clock.now() - began).total_seconds() * 1000)
            params = leg.params() | {"MachineDetectionDuration": str(took)}
            notes = [self._note(leg, told, params)]
            self._keeping.keep(leg, self._written(lambda c: self._notices.add(c, notes)))

    async def hang_up(self, leg: Leg, line: Line, status: int = 200) -> Ending:
        """End a leg in the customer's name, unless it has ended. It ends here whatever the wire has to say."""
        ours = Party.CALLEE if leg.call.direction is Direction.INBOUND else Party.CALLER
        by = leg.ended_by or ours
        try:
            async with asyncio.timeout(_HANGS_UP_WITHIN):
                await line.hang_up(by, status)
                ending = await line.over()
        except TimeoutError:
            log.warning("call %s did not hang up in time", leg.call.id)
            ending = Ending(at=self._clock.now(), by=by, status=status)
        self.end(leg, ending)
        return ending

    def end(self, leg: Leg, ending: Ending) -> None:
        """The leg is over: its record is kept, however long that takes. Once."""
        if leg.ended_at is not None:
            return
        leg.ended_at = ending.at
        call = leg.call
        record = record_of(
            call,
            trunk=leg.trunk or ending.trunk,
            ringing_at=leg.ringing_at,
            answered_at=leg.answered_at,
            ended_at=ending.at,
            status=ending.status,
            cause=ending.cause,
            released_by=ending.by,
            internal=leg.internal,
            steps=ending.steps,
            answered_by=leg.guess.by if leg.guess is not None else None,
        )
        self._keeping.keep(leg, self._recorded(leg, record))

    async def never_made(self, leg: Leg, status: str, keep: Callable[[Connection], bool]) -> bool:
        """A call that waited to be made is not: what `keep` keeps of that, and the word for whoever watches the call,
        are stored together. False: it does not wait any more, and nothing was stored. Raises `StorageUnavailable`."""
        leg.status = status
        notes = self._notes(leg, "completed", CallDuration="0")

        def store(connection: Connection) -> bool:
            kept = keep(connection)
            if kept:
                self._notices.add(connection, notes)
            return kept

        stored = await self._database.write(store)
        self._notices.nudge()
        return stored

    def lost(self, row: Row[Any]) -> None:
        """A call went with a process that is gone: it ends on the record."""
        self.end(_of_row(row), Ending(at=self._clock.now(), by=Party.HOUSE, status=_LOST))

    async def end_orphans(self, *, at_start: bool) -> int:
        """Put calls on record as ended whose lines went with a process that is gone; how many. Raises
        `StorageUnavailable`."""
        rows = await self._database.read(lambda c: calls.orphans(c, self._process, at_start=at_start))
        for row in rows:
            self.lost(row)
        await self.drained()
        return len(rows)

    async def drained(self) -> None:
        """Return when everything that is to be kept is."""
        await self._keeping.drained()

    # --- keeping --------------------------------------------------------------------------------------------------

    def _rings(self, leg: Leg) -> None:
        if leg.ringing_at is None and leg.ended_at is None:
            leg.ringing_at = self._clock.now()
            self._moved(leg, "ringing", "ringing", ringing_at=leg.ringing_at)

    def _moved(self, leg: Leg, status: str, event: str, **more: Any) -> None:
        leg.status = status
        notes = self._notes(leg, event)
        call = leg.call

        def keep(connection: Connection) -> None:
            calls.mark(connection, call.account, call.id, status, **more)
            self._notices.add(connection, notes)

        self._keeping.keep(leg, self._written(keep))

    async def _written(self, keep: Callable[[Connection], None]) -> None:
        await until_stored(lambda: self._database.write(keep))
        self._notices.nudge()

    async def _recorded(self, leg: Leg, record: CallRecord) -> None:
        await until_stored(lambda: self._offers.ended(record))
        call = leg.call
        kept = await until_stored(lambda: self._database.read(lambda c: calls.find(c, call.account, call.id)))
        leg.status = kept.status if kept is not None else "failed"
        notes = self._notes(leg, "completed", CallDuration=str(leg.talked), SipResponseCode=str(record.status))
        await self._written(lambda c: self._notices.add(c, notes))

    def _notes(self, leg: Leg, event: str, **more: str) -> list[dict[str, Any]]:
        """What the call's watcher is to be told; nothing where there is none, or it did not ask for this event."""
        watch = leg.watch
        if watch is None or event not in watch.events:
            return []
        now = self._clock.now()
        params = leg.params() | {
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(leg.told),
            "Timestamp": stamp(now),
            **more,
        }
        leg.told += 1
        return [self._note(leg, watch, params)]

    def _note(self, leg: Leg, watch: Watch, params: dict[str, str]) -> dict[str, Any]:
        call, now = leg.call, self._clock.now()
        return of_call(now, account=call.account, url=watch.url, method=watch.method, params=params, about=call.id)


def _attrs(watch: Watch | None, guess: Guess | None = None) -> dict[str, Any]:
    told = {} if watch is None else {"watch": msgspec.to_builtins(watch)}
    return told if guess is None else told | {"answered_by": guess.word}


def _of_row(row: Row[Any]) -> Leg:
    """A leg as it is on record, as far as it came."""
    call = Communication(
        id=row.sid,
        account=row.account,
        kind=Kind.CALL,
        direction=Direction(row.direction),
        channel=row.channel,
        sender=callable_address(row.sender),
        recipient=callable_address(row.recipient),
        at=row.offered_at,
        purpose=Purpose(row.purpose) if row.purpose else None,
        campaign=row.campaign,
        end_user=row.end_user,
        parent=row.parent,
    )
    watch = row.attrs.get("watch")
    leg = Leg(call, msgspec.convert(watch, Watch) if watch else None)
    leg.status, leg.trunk = row.status, row.trunk
    leg.ringing_at, leg.answered_at = row.ringing_at, row.answered_at
    return leg
