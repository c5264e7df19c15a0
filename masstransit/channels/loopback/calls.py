"""Calls to and from the virtual phones. What would be heard is read: a prompt's words appear on the phone's screen, and
take as long as they would take to be said, so that keys can cut in."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Literal, Protocol, TypeAlias

from masstransit.carriage.voice.line import RATE, Cadence, Ending, Guess, Heard, Line, Silence, Spoken
from masstransit.carriage.voice.tasks import race
from masstransit.channels.loopback import Behaviour, Phones, ShownCall
from masstransit.clock import Clock
from masstransit.errors import Conflict, NotFound
from masstransit.model.address import dialled
from masstransit.model.call import AnsweredBy, Party
from masstransit.model.decision import Cleared, Decision, Verdict
from masstransit.model.sid import new_sid

_KEPT = 50  # calls that a phone remembers
_A_CHARACTER = 0.02  # seconds to say one: quick speech, for somebody who reads it
_TONE = {"w": 0.5, "W": 1.0}  # seconds; a digit takes none
_NOT_THERE, _OFF, _BUSY, _CARRIER_BUSY = 404, 480, 486, 503  # SIP statuses


class PhoneCall:
    """A call on one phone. Implements `carriage.voice.line.Line`; the other methods are the person's."""

    trunk = "loopback"
    sound = None  # what is said here are words

    def __init__(self, handsets: Handsets, number: str, shown: ShownCall) -> None:
        self.shown = shown
        self._handsets = handsets
        self._number = number
        self._keys: deque[str] = deque()
        self._pressed = asyncio.Event()
        self._taken = asyncio.Event()
        self._ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._answered_by = AnsweredBy.HUMAN
        self.others: set[PhoneCall] = set()  #: who hears what the person says

    @property
    def answered(self) -> bool:
        return self._taken.is_set()

    def change(self, state: Literal["ringing", "talking", "over"] | None = None, heard: str = "") -> None:
        """Show that it is at something else now, or that something was heard."""
        was = self.shown
        self.shown = ShownCall(
            id=was.id,
            sender=was.sender,
            recipient=was.recipient,
            at=was.at,
            direction=was.direction,
            state=state or was.state,
            heard=(*was.heard, heard) if heard else was.heard,
        )
        self._handsets.phones.tell(self._number, self.shown)

    def end(self, by: Party, status: int = 200) -> None:
        """It is over; nothing where it was."""
        if not self._ending.done():
            self._ending.set_result(Ending(at=self._handsets.clock.now(), by=by, status=status))
            self.change("over")

    # --- the house's side -----------------------------------------------------------------------------------------

    async def over(self) -> Ending:
        return await asyncio.shield(self._ending)

    async def answer(self) -> None:
        if not self.answered and not self._ending.done():
            self._taken.set()
            self.change("talking")

    async def ring(self) -> None:
        self.change(heard="(it rings)")

    async def play(self, heard: Heard) -> None:
        if isinstance(heard, Silence):
            await asyncio.sleep(heard.seconds)
        elif isinstance(heard, Spoken):
            self.change(heard=heard.text)
            await asyncio.sleep(len(heard.text) * _A_CHARACTER)
        else:
            self.change(heard=heard.text or f"(sound: {heard.url})")
            await asyncio.sleep(len(heard.pcm) / 2 / RATE)

    async def key(self) -> str:
        while not self._keys:
            self._pressed.clear()
            await self._pressed.wait()
        return self._keys.popleft()

    def forget_keys(self) -> None:
        self._keys.clear()

    async def send(self, digits: str) -> None:
        for digit in digits:
            await asyncio.sleep(_TONE.get(digit, 0.0))
        self.change(heard=f"(tones: {digits})")

    async def who_answered(self, cadence: Cadence) -> Guess:
        waited_for = cadence.to_the_end and self._answered_by is AnsweredBy.MACHINE
        return Guess(by=self._answered_by, end="beep" if waited_for else "")

    async def bridge(self, other: Line) -> None:
        if isinstance(other, PhoneCall):
            self._meet(other)
        try:
            await asyncio.Event().wait()
        finally:
            if isinstance(other, PhoneCall):
                self._part(other)

    async def confer(self, room: str, *, muted: bool, to: Line | None = None) -> None:
        inside = self._handsets.rooms.setdefault(room, {})
        inside[self] = None if not muted and to is None else [] if muted else [to]
        _arrange(inside)
        try:
            await asyncio.Event().wait()
        finally:
            del inside[self]
            self.others.clear()
            _arrange(inside)
            if not inside:
                self._handsets.rooms.pop(room, None)

    def _meet(self, other: PhoneCall) -> None:
        self.others.add(other)
        other.others.add(self)

    def _part(self, other: PhoneCall) -> None:
        self.others.discard(other)
        other.others.discard(self)

    async def hang_up(self, by: Party, status: int = 200) -> None:
        self.end(by, status)

    # --- the person's side ----------------------------------------------------------------------------------------

    def take(self, as_: AnsweredBy = AnsweredBy.HUMAN) -> None:
        """Answer it, or have an answering machine do so. Raises `Conflict`."""
        if self.shown.state != "ringing" or self.shown.direction != "received":
            raise Conflict("this call does not ring here")
        self._answered_by = as_
        self._taken.set()
        self.change("talking")

    def press(self, keys: str) -> None:
        """Press keys. Raises `Conflict`."""
        self._talking()
        self._keys.extend(keys)
        self._pressed.set()
        for other in self.others:
            other.change(heard=f"(tones: {keys})")

    def say(self, text: str) -> None:
        """Say something; who is joined with the person hears it. Raises `Conflict`."""
        self._talking()
        for other in self.others:
            other.change(heard=text)

    def drop(self) -> None:
        """Decline it, or hang up."""
        person = Party.CALLEE if self.shown.direction == "received" else Party.CALLER
        self.end(person, 200 if self.answered else _BUSY)

    def _talking(self) -> None:
        if self.shown.state != "talking":
            raise Conflict("nobody is on the line")

    async def rung_out(self) -> Ending | None:
        """Return when the person has answered (None) or won't."""
        await race(self._taken.wait(), self.over())
        return self._ending.result() if self._ending.done() else None


#: Who is in a room, and by whom they are heard there; None: by everybody.
Inside: TypeAlias = dict[PhoneCall, list[Line | None] | None]


def _arrange(inside: Inside) -> None:
    """Who is heard by whom, as soon as somebody came or went."""
    for speaker, heard_by in inside.items():
        speaker.others = {each for each in inside if each is not speaker and (heard_by is None or each in heard_by)}


class Arrivals(Protocol):
    """Who takes calls that come in: `carriage.voice.arriving.Arriving`."""

    async def receive(self, line: Line, sid: str, caller: str, called: str, *, channel: str) -> Decision | None: ...


class Handsets:
    """The phones as who can be called. Implements `carriage.voice.line.Dialler`."""

    def __init__(self, phones: Phones, clock: Clock) -> None:
        self.phones = phones
        self.clock = clock
        self.rooms: dict[str, Inside] = {}
        self._calls: dict[str, deque[PhoneCall]] = {}
        self._arrivals: Arrivals | None = None

    def knows(self, number: str) -> bool:
        """Whether one of the phones has that number."""
        return number in self.phones.all

    def crowded(self, account: str, number: str, beside: int = 0) -> str:
        """See `carriage.voice.line.Dialler`: phones are what limits calls here."""
        return ""

    async def place(self, cleared: Cleared, *, ringing: Callable[[], None]) -> Line | Ending:
        communication = cleared.communication
        number, now = communication.recipient.text, self.clock.now()
        phone = self.phones.all.get(number)
        if phone is None or phone.behaviour is Behaviour.UNKNOWN:
            return Ending(at=now, by=Party.NETWORK, status=_NOT_THERE)
        if phone.behaviour is Behaviour.BUSY:
            return Ending(at=now, by=Party.NETWORK, status=_CARRIER_BUSY)
        if phone.behaviour is Behaviour.SWITCHED_OFF:
            return Ending(at=now, by=Party.CALLEE, status=_OFF)
        if any(call.shown.state != "over" for call in self.calls(number)):
            return Ending(at=now, by=Party.CALLEE, status=_BUSY)
        call = self._ring(number, communication.id, communication.sender.text, number, "received")
        ringing()
        try:
            return await call.rung_out() or call
        except asyncio.CancelledError:
            call.end(Party.CALLER, 487)
            raise

    def connect(self, arrivals: Arrivals) -> None:
        """Where calls of the phones' people go."""
        self._arrivals = arrivals

    async def dial(self, number: str, to: str) -> PhoneCall:
        """The person at a phone calls somebody. Raises `NotFound`, `BadAddress`, `Conflict`, `StorageUnavailable`."""
        phone = self.phones.phone(number)
        if self._arrivals is None:
            raise NotFound("nobody takes calls here")
        if any(call.shown.state != "over" for call in self.calls(number)):
            raise Conflict("this phone is on a call")
        call = self._ring(phone.number, new_sid("CA"), number, dialled(to).text, "made")
        decision = await self._arrivals.receive(call, call.shown.id, number, to, channel="loopback")
        if decision is None or decision.verdict > Verdict.FLAG:
            call.change(heard="(the number can't be reached)")
            call.end(Party.NETWORK, _NOT_THERE)
        return call

    def _ring(
        self, number: str, sid: str, sender: str, recipient: str, direction: Literal["received", "made"]
    ) -> PhoneCall:
        shown = ShownCall(
            id=sid, sender=sender, recipient=recipient, at=self.clock.now(), direction=direction, state="ringing"
        )
        call = PhoneCall(self, number, shown)
        self._calls.setdefault(number, deque(maxlen=_KEPT)).append(call)
        call.change()
        return call

    def calls(self, number: str) -> list[PhoneCall]:
        """A phone's calls, the oldest first. Raises `NotFound`."""
        return list(self._calls.get(self.phones.phone(number).number, ()))

    def call(self, number: str, sid: str) -> PhoneCall:
        """One call of a phone. Raises `NotFound`."""
        found = next((call for call in self.calls(number) if call.shown.id == sid), None)
        if found is None:
            raise NotFound(f"phone {number} has no call {sid[:40]}")
        return found
