"""Handing on in the house (REFER): one side of a carried call, the transferor, lets the other one go to somebody else.

    to somebody new       a call of its own, with the transferor's number and the transferor's rights: the gate decides
                          it, it has a record, and the call that it came from is its `parent`
    to the other side of  both calls were decided when they began: the two that are left talk to each other
    another of its calls

When somebody has taken the transferor's place, the transferor is let go. The call goes on with the side that is held
and ends with it, the new one with whoever was called; when either hangs up, so is the other. So each record says how
long its own person was on the line.

What is recorded of a call stops before anybody else is heard in it, and goes on when the gate has said so of them too
(clause 13).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from masstransit.carriage.recording import Recordings
from masstransit.carriage.voice.legs import Leg, Legs
from masstransit.carriage.voice.line import Ending, Line
from masstransit.carriage.voice.tasks import cancelled, race
from masstransit.channels.sip import words
from masstransit.channels.sip.admission import Admission
from masstransit.channels.sip.carried import Talk
from masstransit.channels.sip.lines import Lines, SipLine
from masstransit.channels.sip.places import Places
from masstransit.channels.sip.placing import Declined, dialled
from masstransit.channels.sip.talk import Answer, FromHouse, HangUp, Refer, Side
from masstransit.channels.sip.ways import Ways
from masstransit.channels.sip.words import Said
from masstransit.clock import Clock
from masstransit.errors import NotFound, StorageUnavailable
from masstransit.model.address import Address
from masstransit.model.call import HELP, Party
from masstransit.model.change import Act, Participant
from masstransit.model.communication import Communication, Kind
from masstransit.model.decision import Cleared, Decision
from masstransit.model.sid import new_sid

T = TypeVar("T")

log = logging.getLogger("masstransit.sip.handing_on")

_NUMBERS: dict[Side, int] = {"near": 1, "far": 2}  # of legs
_OTHER: dict[Side, Side] = {"near": "far", "far": "near"}
_LONGEST = 3600.0  # seconds; the switch gives up much sooner who does not answer
_BROKE = 500
_NOT_THERE = 480  # also for one who took the call and was gone at once
_GONE = Said(487, "Request Terminated")
_PHRASES = {404: "Not Found", 408: "Request Timeout", 480: "Temporarily Unavailable", 486: "Busy Here", 603: "Decline"}


class _Held:
    """A call whose one side is handed on."""

    def __init__(self, talk: Talk, by: Side) -> None:
        self.call, self.sound, self.by = talk.call, talk.sound, by
        self.over = asyncio.Event()
        self._last = max(_NUMBERS.values())

    @property
    def held(self) -> Address:
        """The number of whoever stays."""
        return self.call.recipient if self.by == "near" else self.call.sender

    def number(self) -> int:
        """Of the leg of whoever comes in next."""
        self._last += 1
        return self._last


class _Seat:
    """The transferor's place, and who has it: the person of a new call, who may hand on in turn."""

    def __init__(self, held: _Held, leg: Leg, line: SipLine) -> None:
        self.held, self.leg, self.line = held, leg, line
        self.next: _Seat | None = None
        self.passed = asyncio.Event()
        self.asking: asyncio.Task[None] | None = None  # while it is seen who is next

    def pass_on(self, to: _Seat) -> None:
        """Somebody else has it now."""
        self.next = to
        self.passed.set()

    async def left(self) -> None:
        """Return when nobody has it any more, or somebody else. Its person may be gone while the next one is called."""
        await race(self.line.over(), self.passed.wait())
        if not self.passed.is_set() and self.asking is not None:
            await asyncio.wait({self.asking})


class HandingOn:
    """Implements `door.Handing`, and `carriage.voice.line.Dialler` for its own calls."""

    def __init__(
        self,
        *,
        talks: Callable[[str], Talk | None],
        recordings: Recordings,
        admission: Admission,
        places: Places,
        ways: Ways,
        lines: Lines,
        clock: Clock,
        domain: str,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        """`talks`: the carried call that goes on under a SID."""
        self._talks = talks
        self._recordings = recordings
        self._admission = admission
        self._places = places
        self._ways = ways
        self._lines = lines
        self._clock = clock
        self._domain = domain
        self._tick = tick
        self._legs: Legs | None = None
        self._tell: Callable[[FromHouse], bool] = lambda _: False
        self._held: dict[str, _Held] = {}
        self._seats: dict[str, _Seat] = {}  # by the new call
        self._tasks: set[asyncio.Task[None]] = set()

    def reach(self, tell: Callable[[FromHouse], bool]) -> None:
        """How the switch is told something."""
        self._tell = tell

    def connect(self, legs: Legs) -> None:
        """Who offers and records the new calls, and has them dialled here."""
        self._legs = legs

    def crowded(self, account: str, number: str, beside: int = 0) -> str:
        """See `carriage.voice.line.Dialler`. Never: what the login may was looked at before the gate was asked."""
        return ""

    async def place(self, cleared: Cleared, *, ringing: Callable[[], None]) -> Line | Ending:
        """Call somebody by SIP."""
        return await self._lines.dial(cleared, ringing=ringing)

    async def close(self) -> None:
        """Hang up, and keep the records."""
        await cancelled(*self._tasks)
        if self._legs is not None:
            await self._legs.drained()

    # --- what the switch says -----------------------------------------------------------------------------------------

    def hear(self, asked: Refer) -> None:
        """A side hands the other one on."""
        if (seat := self._seats.get(asked.call)) is not None:
            seat.asking = self._begin(asked, self._in_turn(asked, seat))
            return
        talk = self._talks(asked.call)
        if talk is None or asked.call in self._held:
            self._answer(asked, self._why_not("its sound does not go through here"))
            return
        held = self._held[asked.call] = _Held(talk, asked.by)
        self._begin(asked, self._to_another(asked, held) if asked.replaces else self._to_somebody(asked, held))

    def _begin(self, asked: Refer, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(self._hand_on(asked, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def over(self, call: str) -> None:
        """A carried call has ended."""
        held = self._held.pop(call, None)
        if held is not None:
            held.over.set()

    def lost(self) -> None:
        """The switch is gone: it took the calls with it."""
        for call in tuple(self._held):
            self.over(call)

    async def _hand_on(self, asked: Refer, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Declined as declined:
            self._answer(asked, declined.said)
        except StorageUnavailable:
            self._answer(asked, Said(503, "Service Unavailable"))
        except Exception:  # whatever broke, who asked is told, and the call goes on
            log.exception("%s could not be handed on", asked.call)
            self._answer(asked, Said(500, "Server Internal Error"))
        finally:
            self._held.pop(asked.call, None)

    # --- to somebody new ----------------------------------------------------------------------------------------------

    async def _to_somebody(self, asked: Refer, held: _Held) -> None:
        call, near = held.call, asked.by == "near"
        leg = await self._new(
            asked,
            call,
            sender=call.sender if near else call.recipient,
            principal=call.principal if near else "",
            hidden=near and call.anonymous,
        )
        seat: _Seat | None = await self._called(asked, held, leg)
        self._let_go(held)
        self._answer(asked, Said(200, "OK"))
        try:
            while seat is not None:
                seat = await self._sits(seat)
        finally:
            self._hang_up(held)

    async def _in_turn(self, asked: Refer, seat: _Seat) -> None:
        """Whoever has the place hands on in turn."""
        call = seat.leg.call
        new = await self._called(asked, seat.held, await self._new(asked, call, sender=call.recipient))
        if self._seats.get(call.id) is not seat:
            await self._vacated(new)
            raise Declined(_GONE)
        self._answer(asked, Said(200, "OK"))
        seat.pass_on(new)

    async def _sits(self, seat: _Seat) -> _Seat | None:
        """Somebody has the place, until either side hangs up; or until the next one has, who is returned."""
        held, call = seat.held, seat.leg.call
        self._seats[call.id] = seat
        try:
            joined = self._joined(held, call.recipient, seat.line.headset.voice)
            await race(seat.left(), held.over.wait(), joined)
            return seat.next
        finally:
            del self._seats[call.id]
            await self._vacated(seat)

    async def _vacated(self, seat: _Seat) -> None:
        """Its person's call is over."""
        await self._needed().hang_up(seat.leg, seat.line)

    def _needed(self) -> Legs:
        if self._legs is None:
            raise Declined(self._why_not("nobody can be called from here"))
        return self._legs

    # --- the new call -------------------------------------------------------------------------------------------------

    async def _new(
        self, asked: Refer, parent: Communication, *, sender: Address, principal: str = "", hidden: bool = False
    ) -> Leg:
        """The call that is asked for."""
        recipient = dialled(asked.to)
        if recipient.text not in HELP:
            limits = await self._admission.limits(principal)
            if full := self._places.full(parent.account, limits, self._tick()):
                raise Declined(words.busy(full, self._domain))
        call = Communication(
            id=new_sid("CA"),
            account=parent.account,
            kind=Kind.CALL,
            channel="sip",
            sender=sender,
            recipient=recipient,
            at=self._clock.now(),
            purpose=parent.purpose,
            campaign=parent.campaign,
            end_user=parent.end_user,
            anonymous=hidden,
            principal=principal,
            source=asked.source,
            parent=parent.id,
        )
        return Leg(call)

    async def _called(self, asked: Refer, held: _Held, leg: Leg) -> _Seat:
        """Have somebody called who may be, until they have answered. Raises `Declined`."""
        _, leg.internal = await self._ways.of(leg.call)
        decision = await self._offered(leg)
        try:
            seat = _Seat(held, leg, await self._dialled(asked, held, leg, decision))
        except BaseException:
            self._needed().end(leg, self._ending(_BROKE))  # where nothing has ended it yet
            raise
        if held.over.is_set():
            await self._vacated(seat)
            raise Declined(_GONE)
        return seat

    async def _offered(self, leg: Leg) -> Decision:
        """The gate's word. What it turns away is over at once."""
        legs = self._needed()
        decision = await legs.offer(leg)
        call = leg.call
        said = words.verdict(decision, call.at, self._domain) if call.recipient.text not in HELP else None
        if said is not None:
            log.info("%s, handed on from %s: %d", call.id, call.parent, said.status)
            legs.end(leg, self._ending(said.status))
            raise Declined(said)
        return decision

    async def _dialled(self, asked: Refer, held: _Held, leg: Leg, decision: Decision) -> SipLine:
        """The new person's line, once it is answered. While it rings, the held side hears that."""
        legs = self._needed()
        rings = asyncio.Event()
        ringing = asyncio.ensure_future(self._rings(asked, held, rings))
        try:
            dialling = legs.dial(leg, decision, _LONGEST, rings=rings.set)
            found = await self._unless_over(dialling, held, late=lambda placed: _hung_up(legs, leg, placed))
        finally:
            await cancelled(ringing)
        if isinstance(found, SipLine):
            return found
        status = found.status if isinstance(found, Ending) and found.status >= 300 else _NOT_THERE
        raise Declined(Said(status, _PHRASES.get(status, "Not Answered")))

    async def _rings(self, asked: Refer, held: _Held, rings: asyncio.Event) -> None:
        await rings.wait()
        self._answer(asked, Said(180, "Ringing"))
        await held.sound.ring(_OTHER[held.by])

    # --- to another call of the transferor's --------------------------------------------------------------------------

    async def _to_another(self, asked: Refer, held: _Held) -> None:
        talk = self._talks(asked.replaces)
        if held.over.is_set():
            raise Declined(_GONE)
        if talk is None or asked.replaces in self._held or talk.call.account != held.call.account:
            raise Declined(Said(481, "Call/Transaction Does Not Exist"))
        other = self._held[asked.replaces] = _Held(talk, asked.replaces_by)
        both = (held, other)
        voices = [each.sound.voice(_OTHER[each.by]) for each in both]
        for each in both:
            self._let_go(each)
        self._answer(asked, Said(200, "OK"))
        try:
            await race(*(each.over.wait() for each in both), self._both(held, other, voices))
        finally:
            for each in both:
                self._hang_up(each)

    async def _both(self, held: _Held, other: _Held, voices: Sequence[object]) -> None:
        """Those who are left of two calls hear each other until cancelled."""
        async with self._taking_part(other, held.held, voices[0]):
            await self._joined(held, other.held, voices[1])

    # --- both ---------------------------------------------------------------------------------------------------------

    async def _joined(self, held: _Held, who: Address, voice: object) -> None:
        """Somebody is heard in a call instead of the transferor until cancelled, once they were seen to."""
        async with self._taking_part(held, who, voice) as number:
            held.sound.join(number)
            await asyncio.Event().wait()

    @asynccontextmanager
    async def _taking_part(self, held: _Held, who: Address, voice: object) -> AsyncIterator[int]:
        """Somebody is a leg of a call, and takes part in what is recorded of it: it has stopped, and they were told."""
        number = held.number()
        person = Participant(leg=number, address=who, since=self._clock.now())
        held.sound.admit(number, voice)
        try:
            try:
                await self._recordings.joined(held.call.id, person, what=Act.TRANSFER)
            except (NotFound, StorageUnavailable) as lost:  # it is over; or what was recorded stays paused
                log.warning("%s is not recorded any more: %s", held.call.id, lost)
            yield number
        finally:
            held.sound.dismiss(number)
            with suppress(NotFound):
                self._recordings.left(held.call.id, number)

    def _let_go(self, held: _Held) -> None:
        """The transferor is no part of it any more."""
        held.sound.leave(held.by)
        with suppress(NotFound):
            self._recordings.left(held.call.id, _NUMBERS[held.by])

    def _hang_up(self, held: _Held) -> None:
        """Whoever took the transferor's place has hung up: so is the held side."""
        if not held.over.is_set():
            self._held.pop(held.call.id, None)
            self._tell(HangUp(held.call.id))

    @staticmethod
    async def _unless_over(work: Awaitable[T], held: _Held, *, late: Callable[[T], Awaitable[None]] | None = None) -> T:
        """What comes of something, while the held side is there. Raises `Declined` when it hangs up; `late` sees to
        what came of it all the same."""
        working = asyncio.ensure_future(work)
        gone = asyncio.ensure_future(held.over.wait())
        taken = False
        try:
            await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise Declined(_GONE)
            taken = True
            return working.result()
        finally:
            await cancelled(gone, working)
            if not taken and late is not None and not working.cancelled() and working.exception() is None:
                await late(working.result())

    def _ending(self, status: int) -> Ending:
        """How a call ends that was never carried."""
        return Ending(at=self._clock.now(), by=Party.HOUSE, status=status)

    def _why_not(self, why: str) -> Said:
        return Said(603, "Decline", (words.warning(why, self._domain),))

    def _answer(self, asked: Refer, said: Said) -> None:
        self._tell(Answer(n=asked.n, status=said.status, phrase=said.phrase, headers=said.headers))


async def _hung_up(legs: Legs, leg: Leg, placed: Line | Ending) -> None:
    """A line that came too late."""
    if not isinstance(placed, Ending):
        await legs.hang_up(leg, placed)
