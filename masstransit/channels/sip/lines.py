"""Calls by SIP that the house leads, as lines that customers' documents lead: `carriage.voice.line` over the switch.

The switch does the signalling and says how a call goes; the sound is a `Sound` of our own, whose session description
goes out by the switch. The line of a call ends at once when either side says so.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Protocol, Self

from masstransit.carriage.fax.line import Modem
from masstransit.carriage.voice.line import Cadence, CallSound, Ending, Guess, Heard, Line, Silence, Spoken
from masstransit.carriage.voice.tasks import race
from masstransit.channels.sip.places import Limits, Places
from masstransit.channels.sip.talk import Accept, Change, Dial, FromHouse, HangUp, Invite, Progress, Ring
from masstransit.channels.sip.ways import Ways
from masstransit.clock import Clock
from masstransit.errors import BadInput
from masstransit.model.call import HELP, Party
from masstransit.model.communication import Communication
from masstransit.model.decision import Cleared, Decision, Verdict
from masstransit.model.signalling import CALLEE, Step

log = logging.getLogger("masstransit.sip.lines")

_NO_ROUTE, _NOT_ACCEPTABLE, _GAVE_UP, _NO_SWITCH, _BROKE = 480, 488, 487, 503, 500
_FULL = 503  # as many as may be, for now
_USUAL = Limits()
_NO_ROUTE_CAUSE = 3  # Q.850
_OFFERS, _OFFERS_AGAIN = 2, 1.0  # how often, and after how many seconds: RFC 3261 section 14.1 has up to 4


class Sound(Protocol):
    """The sound of one call: `channels.media.headset.Headset`. What waits can be cancelled."""

    @property
    def studio(self) -> CallSound:
        """Where it is announced and recorded."""
        ...

    @property
    def voice(self) -> object:
        """What the sound of a carried call admits."""
        ...

    def hear(self, description: str, home: str = "") -> None:
        """The other side's session description; where it can be only, if that is known. Raises `BadInput`."""
        ...

    def description(self) -> str: ...

    def offer(self) -> str:
        """Ours, whatever was agreed on before."""
        ...

    async def play(self, pcm: bytes) -> None: ...

    async def key(self) -> str: ...

    def forget_keys(self) -> None: ...

    async def send(self, digits: str) -> None: ...

    async def who_answered(self, cadence: Cadence) -> Guess: ...

    def ring(self) -> None:
        """Let it be heard that it rings elsewhere, until something else is."""
        ...

    def stop_ringing(self) -> None: ...

    async def modem(self, modem: Modem) -> None: ...

    async def bridge(self, other: Self) -> None: ...

    async def confer(self, room: str, *, muted: bool, to: Self | None = None) -> None: ...

    def close(self) -> None: ...


class SipLine:
    """One call. Implements `carriage.voice.line.Line`."""

    def __init__(self, lines: Lines, account: str, call: str, sound: Sound, *, link: str = "") -> None:
        self.account = account
        self.call = call
        self.trunk = link
        self.headset = sound
        self.incoming = bool(link)  #: only a trunk brings calls that we lead
        self.ringing: Callable[[], None] = lambda: None
        self.steps: tuple[Step, ...] = ()  #: what went over the wire so far
        self._lines = lines
        self._taken = asyncio.Event()
        self._described = asyncio.Event()  # the other side has said where it hears
        self._answers: Callable[[str, str], str] | None = None  # who answers offers of something else than sound
        self._offer: asyncio.Future[str | None] | None = None  # ours of that, while it is not answered
        self._ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()

    @property
    def sound(self) -> CallSound:
        return self.headset.studio

    @property
    def answered(self) -> bool:
        return self._taken.is_set()

    async def over(self) -> Ending:
        return await asyncio.shield(self._ending)

    async def answer(self) -> None:
        if not self.answered and not self._ending.done():
            self._taken.set()
            self._lines.say(Accept(self.call, self.headset.description()))
            await self._described.wait()  # who made no offer answers ours with ACK

    async def ring(self) -> None:
        if self.answered:
            self.headset.ring()
        elif not self._ending.done():
            self._lines.say(Ring(self.call))

    async def play(self, heard: Heard) -> None:
        if isinstance(heard, Silence):
            self.headset.stop_ringing()
            await asyncio.sleep(heard.seconds)
        else:
            await self.headset.play(await self._lines.speak(heard) if isinstance(heard, Spoken) else heard.pcm)

    async def key(self) -> str:
        return await self.headset.key()

    def forget_keys(self) -> None:
        self.headset.forget_keys()

    async def send(self, digits: str) -> None:
        await self.headset.send(digits)

    async def who_answered(self, cadence: Cadence) -> Guess:
        return await self.headset.who_answered(cadence)

    async def modem(self, modem: Modem) -> None:
        """See `carriage.fax.line.FaxLine`."""
        await self.headset.modem(modem)

    def answer_offers(self, answers: Callable[[str, str], str]) -> None:
        """See there."""
        self._answers = answers

    async def offer(self, description: str) -> str | None:
        """See there. Whoever has an offer of their own just now declines ours, and it is asked about once more."""
        for _ in range(_OFFERS):
            self._offer = asyncio.get_running_loop().create_future()
            if not self._lines.say(Change(self.call, description)):
                return None
            answer = await self._offer
            if answer is not None:
                return answer
            await asyncio.sleep(_OFFERS_AGAIN)
        return None

    async def bridge(self, other: Line) -> None:
        if isinstance(other, SipLine):
            await self.headset.bridge(other.headset)
        self.headset.stop_ringing()
        await asyncio.Event().wait()  # a line on another wire has no sound that this one could hear

    async def confer(self, room: str, *, muted: bool, to: Line | None = None) -> None:
        there = to.headset if isinstance(to, SipLine) else None
        out_of_reach = to is not None and there is None  # on another wire: then nobody hears this one
        await self.headset.confer(room, muted=muted or out_of_reach, to=there)

    async def hang_up(self, by: Party, status: int = 200) -> None:
        self.end(by, status)

    # --- what the switch says -----------------------------------------------------------------------------------------

    def hear(self, told: Progress) -> None:
        """How the call goes."""
        self.trunk, self.steps = told.link or self.trunk, told.steps or self.steps
        match told.what:
            case "ringing":
                self.ringing()
            case "answered":
                self._answered(told.body, told.host)
            case "changed":
                self._changed(told.body, told.host)
            case "agreed" | "declined":
                if self._offer is not None and not self._offer.done():
                    self._offer.set_result(told.body if told.what == "agreed" else None)
            case "over":
                self.finish(Party(told.by), told.status, told.cause)

    def describe(self, body: str, host: str = "") -> None:
        """The other side's session description; where it can be only, if that is known. Raises `BadInput`."""
        self.headset.hear(body, host)
        self._described.set()

    def _answered(self, body: str, host: str) -> None:
        try:
            self.describe(body, host)
        except BadInput as strange:
            log.warning("call %s was answered with sound that is not spoken here: %s", self.call, strange)
            self.end(Party.HOUSE, _NOT_ACCEPTABLE)
        else:
            self._taken.set()

    def _changed(self, body: str, host: str) -> None:
        if not body and self._described.is_set():
            self._lines.say(Accept(self.call, self.headset.offer()))
            return
        if self._answers is not None and "m=image" in body:
            self._lines.say(Accept(self.call, self._image(self._answers, body, host)))
            return
        try:
            self.describe(body, host)
        except BadInput:
            if self._described.is_set():
                self._lines.say(Accept(self.call, ""))
            else:
                self.end(Party.HOUSE, _NOT_ACCEPTABLE)
        else:
            self._lines.say(Accept(self.call, self.headset.description()))

    def _image(self, answers: Callable[[str, str], str], body: str, host: str) -> str:
        """The answer to an offer of fax packets; "" where it is declined."""
        try:
            return answers(body, host)
        except BadInput as strange:
            log.info("call %s: %s", self.call, strange)
            return ""

    def end(self, by: Party, status: int) -> None:
        """End it from here."""
        if not self._ending.done():
            self._lines.say(HangUp(self.call, status))
            self.steps += (self._last(status),)
            self.finish(by, status)

    def _last(self, status: int) -> Step:
        """What the switch does with that: it is on record before it can tell."""
        what = "BYE" if self.answered else f"{status} INVITE" if self.incoming else "CANCEL"
        return Step.at_time(self._lines.clock.now(), self.steps[-1].leg if self.steps else self.trunk, "out", what)

    def finish(self, by: Party, status: int, cause: int | None = None) -> None:
        """It is over; nothing where it was."""
        if not self._ending.done():
            now = self._lines.clock.now()
            ending = Ending(at=now, by=by, status=status, cause=cause, trunk=self.trunk, steps=self.steps)
            self._ending.set_result(ending)
            self.headset.close()
            self._lines.forget(self.call)

    async def rung_out(self) -> Ending | None:
        """Return when the person has answered (None) or won't."""
        await race(self._taken.wait(), self.over())
        return self._ending.result() if self._ending.done() else None


class Arrivals(Protocol):
    """Who takes calls that come in: `carriage.voice.arriving.Arriving`."""

    async def lead(self, line: Line, call: Communication, *, own: bool = False) -> Decision | None: ...

    async def boxed(self, number: str) -> bool: ...


class Lines:
    """Implements `carriage.voice.line.Dialler`, `placing.Voice` and `door.Led`."""

    def __init__(
        self,
        *,
        ways: Ways,
        clock: Clock,
        speak: Callable[[Spoken], Awaitable[bytes]],
        sounds: Callable[[], Awaitable[Sound]],
        places: Places,
        limits: Limits = _USUAL,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        """`places` counts them with the calls that are carried; `limits` are an account's. `speak`
        raises `Unspoken`, `sounds` raises `OSError` where no port is free."""
        self.clock = clock
        self.speak = speak
        self._ways = ways
        self._sounds = sounds
        self._places = places
        self._limits = limits
        self._tick = tick
        self._lines: dict[str, SipLine] = {}
        self._tell: Callable[[FromHouse], bool] = lambda _: False
        self._arrivals: Arrivals | None = None

    def reach(self, tell: Callable[[FromHouse], bool]) -> None:
        """How the switch is told something."""
        self._tell = tell

    def connect(self, arrivals: Arrivals) -> None:
        """Where calls that come in go."""
        self._arrivals = arrivals

    def say(self, told: FromHouse) -> bool:
        """Tell the switch. False: none serves, and no call goes on."""
        return self._tell(told)

    # --- calls that go out --------------------------------------------------------------------------------------------

    def crowded(self, account: str, number: str, beside: int = 0) -> str:
        """See `carriage.voice.line.Dialler`. A call for help is never one too many."""
        return "" if number in HELP else self._places.crowded(account, self._limits, beside)

    async def place(self, cleared: Cleared, *, ringing: Callable[[], None]) -> Line | Ending:
        call = cleared.communication
        if full := self.crowded(call.account, call.recipient.text):
            log.info("%s of %s: %s", call.id, call.account, full)
            return Ending(at=self.clock.now(), by=Party.HOUSE, status=_FULL)
        if call.recipient.text not in HELP:
            await self._turn(call.account)
        return await self.dial(cleared, ringing=ringing)

    async def dial(self, cleared: Cleared, *, ringing: Callable[[], None]) -> Line | Ending:
        """As `place`, for who has seen to the account's limits."""
        call = cleared.communication
        targets, internal = await self._ways.of(call)
        if not targets:
            return Ending(at=self.clock.now(), by=Party.NETWORK, status=_NO_ROUTE, cause=_NO_ROUTE_CAUSE)
        line = await self._open(call)
        if line is None:
            return Ending(at=self.clock.now(), by=Party.HOUSE, status=_NO_SWITCH)
        line.ringing = ringing
        dial = Dial(
            call=call.id,
            shown="anonymous" if call.anonymous else call.sender.text,
            name="Anonymous" if call.anonymous else call.caller_name,
            targets=targets,
            headers=self._ways.told(call, cleared.decision, internal=internal),
            body=line.headset.description(),
        )
        line.steps = (Step.at_time(self.clock.now(), targets[0].link or CALLEE, "out", "INVITE"),)
        try:
            if not self.say(dial):
                line.finish(Party.HOUSE, _NO_SWITCH)
            return await line.rung_out() or line
        except asyncio.CancelledError:
            line.end(Party.CALLER, _GAVE_UP)
            raise

    async def _turn(self, account: str) -> None:
        """Return when one more call of an account may begin: they wait for each other."""
        seconds = self._places.wait(account, self._limits, self._tick())
        while seconds > 0:
            await asyncio.sleep(seconds)
            seconds = self._places.wait(account, self._limits, self._tick())

    # --- calls that come in -------------------------------------------------------------------------------------------

    async def boxed(self, number: str) -> bool:
        """See `placing.Voice`."""
        return self._arrivals is not None and await self._arrivals.boxed(number)

    async def takes(self, call: Communication, asked: Invite, *, own: bool = False) -> Decision | None:
        """See `placing.Voice`. The switch hears of the call's line only after it has been told that we lead it: what
        leads it begins when `placing` has answered."""
        if self._arrivals is None:
            return None
        line = await self._open(call, asked.link)
        if line is None:
            return None
        led = False
        try:
            if asked.body or not asked.relays or not asked.link:
                line.describe(asked.body, "" if asked.link else asked.source)
            decision = await self._arrivals.lead(line, call, own=own)
            led = decision is not None and decision.verdict <= Verdict.FLAG
            return decision
        finally:
            if not led:
                line.finish(Party.HOUSE, _NO_ROUTE)

    async def _open(self, call: Communication, link: str = "") -> SipLine | None:
        """A line with sound of its own; None: no port is free for it."""
        try:
            sound = await self._sounds()
        except OSError as full:
            log.warning("call %s has no sound: %s", call.id, full)
            return None
        line = self._lines[call.id] = SipLine(self, call.account, call.id, sound, link=link)
        self._places.began(call.account, call.id)
        return line

    # --- what the switch says -----------------------------------------------------------------------------------------

    def hear(self, told: Progress) -> None:
        """How a call goes."""
        line = self._lines.get(told.call)
        if line is not None:  # else it is over here already
            line.hear(told)

    def lost(self) -> None:
        """The switch is gone: it took the calls with it."""
        for line in tuple(self._lines.values()):
            line.finish(Party.HOUSE, 200 if line.answered else _BROKE)

    def forget(self, call: str) -> None:
        """A call is over."""
        line = self._lines.pop(call, None)
        if line is not None:
            self._places.ended(line.account, call)
