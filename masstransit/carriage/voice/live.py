"""The calls that go on in this process: begun here, changed while they go on, and ended. The one door for the API, and
for lines that come in."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeAlias

import msgspec

from masstransit.carriage.recording import Asked
from masstransit.carriage.recording_events import UNRECORDED
from masstransit.carriage.twiml import Complaint
from masstransit.carriage.voice.asking import Boxed, Source
from masstransit.carriage.voice.conferences import Conferences
from masstransit.carriage.voice.flow import Flow
from masstransit.carriage.voice.joining import SOUNDLESS, Parts
from masstransit.carriage.voice.legs import Leg, Watch
from masstransit.carriage.voice.line import Cadence, Ending, Guess, Line
from masstransit.carriage.voice.onair import Air, Unrecorded
from masstransit.carriage.voice.reading import LONGEST_CALL
from masstransit.carriage.voice.tasks import cancelled, race
from masstransit.errors import Conflict, StorageUnavailable
from masstransit.model.call import AnsweredBy, Party
from masstransit.model.communication import Communication
from masstransit.model.decision import Decision, Verdict

log = logging.getLogger("masstransit.voice")

_LOOKS_EVERY = 60.0  # seconds
_BROKE = 487  # where nothing else ended it
_LATE = 1.0  # seconds that a line may be late with its guess

Talk: TypeAlias = Callable[[Line], Coroutine[Any, Any, None]]  #: what the house itself says and hears, to its end
Lead: TypeAlias = Source | Boxed | Talk  #: what leads a call


class Detection(msgspec.Struct, frozen=True, kw_only=True):
    """How it is guessed who answered, and when that is told."""

    cadence: Cadence = Cadence()
    beside: bool = False  #: while the call is led already; else before anything is said
    told: Watch | None = None  #: where the guess is told


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """How a call is to be made."""

    source: Lead  #: what leads it once it is answered
    watch: Watch | None = None
    rings: int = 60  #: seconds until it is given up
    longest: int = LONGEST_CALL  #: seconds from the answer
    digits: str = ""  #: sent as tones when it is answered
    delay: int = 0  #: seconds until it is dialled
    record: Asked | None = None  #: how it is recorded, before anything is said; None: not
    detect: Detection | None = None  #: guess whether a person answered; None: nobody asks


class _Live:
    """A call that goes on."""

    def __init__(self, leg: Leg, wish: Wish) -> None:
        self.leg = leg
        self.wish = wish
        self.line: Line | None = None
        self.flow: asyncio.Task[None] | None = None
        self.task: asyncio.Task[None] | None = None
        self.next: Lead | None = None  #: what is to lead it instead of what leads it now


class Boxes(Protocol):
    """Who leads calls to mailboxes: `carriage.voicemail.answering.Answering`."""

    async def lead(self, leg: Leg, line: Line, boxed: Boxed) -> None:
        """Until the call is to be over; cancelled when it is."""
        ...

    async def drained(self) -> None:
        """Return when what was left in them is on record."""
        ...


class LiveCalls:
    """Begins calls, and knows those that go on."""

    def __init__(self, parts: Parts, boxes: Boxes | None = None) -> None:
        self._parts = parts
        self._boxes = boxes
        self._live: dict[tuple[str, str], _Live] = {}

    def crowded(self, account: str, number: str) -> str:
        """Why one more call of an account would be too many at once; "" where it would not."""
        return self._parts.legs.crowded(account, number)

    def full(self, account: str, number: str) -> str:
        """The same, for who can wait: calls that were let out and do not ring yet count beside those that have a line.
        Some count twice for a moment, and then it is said too early."""
        begun = sum(of == account and live.leg.status == "queued" for (of, _), live in self._live.items())
        return self._parts.legs.crowded(account, number, begun)

    async def call(self, call: Communication, wish: Wish) -> Decision:
        """Offer a call and, where the gate lets it out, begin it. Raises `StorageUnavailable`."""
        leg = Leg(call, wish.watch)
        decision = await self._parts.legs.offer(leg)
        if decision.verdict <= Verdict.FLAG:
            self._begin(_Live(leg, wish), lambda live: self._dialled(live, decision))
        return decision

    async def receive(self, call: Communication, line: Line, wish: Wish) -> Decision:
        """Somebody calls a customer's number: offer it, and let the customer's document lead it. Turned away by the
        gate it is not touched: the wire says so in its own words. Raises `StorageUnavailable`."""
        leg = Leg(call, wish.watch)
        decision = await self._parts.legs.offer(leg)
        if decision.verdict <= Verdict.FLAG:
            leg.status = "ringing"
            self._begin(_Live(leg, wish), lambda live: self._led(live, line))
        return decision

    @property
    def conferences(self) -> Conferences:
        """Where these calls meet."""
        return self._parts.conferences

    def redirect(self, account: str, sid: str, source: Source) -> None:
        """Have another document lead a call that was answered. Raises `Conflict`."""
        live = self._live.get((account, sid))
        if live is None or live.flow is None:
            raise Conflict("Call is not in-progress. Cannot redirect.", code=21220)
        live.next = source
        live.flow.cancel()

    def has(self, account: str, sid: str) -> bool:
        """Whether a call goes on here."""
        return (account, sid) in self._live

    def end(self, account: str, sid: str, *, unanswered_only: bool, by: Party | None = None) -> None:
        """End a call; with `unanswered_only` one that was answered is left. `by`: who ends it, if not its customer.
        Raises `Conflict`."""
        live = self._live.get((account, sid))
        if live is None or live.task is None or (unanswered_only and live.line is not None):
            raise Conflict("The call's state does not allow that: it is over, or goes on already.", code=21220)
        live.leg.ended_by = by
        live.task.cancel()

    async def ended(self, account: str, sid: str) -> None:
        """Return when a call is over, and on record."""
        live = self._live.get((account, sid))
        if live is None or live.task is None:
            return
        await asyncio.wait({live.task})
        if live.leg.kept is not None:
            await asyncio.wait({live.leg.kept})

    async def run(self) -> None:
        """Until cancelled, put on record what went with processes that are gone."""
        at_start = True
        while True:
            try:
                lost = await self._parts.legs.end_orphans(at_start=at_start)
                await self._parts.conferences.end_orphans(at_start=at_start)
                at_start = False
                if lost:
                    log.warning("calls that a process took with it: %d", lost)
            except StorageUnavailable as silent:
                log.warning("calls of processes that are gone wait: %s", silent)
            await self._parts.clock.sleep(_LOOKS_EVERY)

    async def close(self) -> None:
        """End every call, and return when all are on record."""
        await cancelled(*(live.task for live in list(self._live.values()) if live.task is not None))
        if self._boxes is not None:
            await self._boxes.drained()
        await self._parts.conferences.drained()
        await self._parts.legs.drained()
        await self._parts.asking.close()

    # --- one call -------------------------------------------------------------------------------------------------

    def _begin(self, live: _Live, work: Callable[[_Live], Coroutine[Any, Any, None]]) -> None:
        key = (live.leg.call.account, live.leg.call.id)
        self._live[key] = live
        live.task = asyncio.get_running_loop().create_task(work(live))

        def done(task: asyncio.Task[None]) -> None:
            del self._live[key]
            if not task.cancelled() and task.exception() is not None:
                log.error("call %s broke", live.leg.call.id, exc_info=task.exception())
            self._parts.legs.end(live.leg, Ending(at=self._parts.clock.now(), by=Party.HOUSE, status=_BROKE))

        live.task.add_done_callback(done)

    async def _dialled(self, live: _Live, decision: Decision) -> None:
        if live.wish.delay:
            await self._parts.clock.sleep(live.wish.delay)
        placed = await self._parts.legs.dial(live.leg, decision, live.wish.rings)
        if not isinstance(placed, Ending):
            await self._led(live, placed)

    async def _led(self, live: _Live, line: Line) -> None:
        """Lead a line until it is over. However that comes about, it is hung up and on record."""
        live.line = line
        if line.sound is not None:
            parts = self._parts
            live.leg.air = Air(parts.recordings, live.leg, line, line.sound, parts.clock, base_url=parts.base_url)
        try:
            await race(self._documents(live, line), line.over(), within=live.wish.longest)
        finally:
            if live.leg.air is not None:
                await live.leg.air.end()
            await self._parts.legs.hang_up(live.leg, line)

    async def _documents(self, live: _Live, line: Line) -> None:
        wish = live.wish
        if wish.digits:
            await line.send(wish.digits)
        if wish.detect is None:
            await self._led_on(live, line)
        elif wish.detect.beside:
            beside = asyncio.get_running_loop().create_task(self._guess(live, line, wish.detect))
            try:
                await self._led_on(live, line)
            finally:
                await cancelled(beside)
        else:
            await self._guess(live, line, wish.detect)
            await self._led_on(live, line)

    async def _led_on(self, live: _Live, line: Line) -> None:
        wish, leg = live.wish, live.leg
        if wish.record is not None:
            await self._record(live, wish.record)
        live.next = wish.source
        while live.next is not None:
            source, live.next = live.next, None
            live.flow = asyncio.get_running_loop().create_task(self._flow(leg, line, source))
            try:
                await asyncio.wait({live.flow})
            finally:
                await cancelled(live.flow)
            if not live.flow.cancelled():
                live.flow.result()

    async def _flow(self, leg: Leg, line: Line, source: Lead) -> None:
        if isinstance(source, Boxed):
            if self._boxes is not None:
                await self._boxes.lead(leg, line, source)
        elif callable(source):
            await line.answer()
            self._parts.legs.answered(leg, line)
            await source(line)
        else:
            await Flow(self._parts, leg, line).run(source)

    async def _record(self, live: _Live, asked: Asked) -> None:
        """Have the call recorded, where that may be; it goes on either way."""
        call, air, missing = live.leg.call, live.leg.air, ""
        if air is None:
            await self._parts.recordings.absent(call.account, call.id, asked)
            missing = SOUNDLESS
        else:
            try:
                await air.record(asked)
            except Unrecorded as why:
                missing = str(why)
        if missing:
            await self._parts.asking.complain(live.leg, [Complaint(UNRECORDED, missing)], "")

    async def _guess(self, live: _Live, line: Line, detection: Detection) -> None:
        """Who or what answered; who can't tell in time says so."""
        began, guess = self._parts.clock.now(), Guess(by=AnsweredBy.UNKNOWN)
        try:
            async with asyncio.timeout(detection.cadence.within + _LATE):
                guess = await line.who_answered(detection.cadence)
        except TimeoutError:
            log.info("call %s: nobody could tell who answered", live.leg.call.id)
        self._parts.legs.guessed(live.leg, guess, began, told=detection.told)
