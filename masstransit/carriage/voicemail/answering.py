"""Leads a call to a number with a mailbox.

The number's own phones ring first, as a leg of this call that is offered like any other. Whoever takes it talks; where
nobody does, is busy, or none is registered, the caller hears the greeting and the tone, and what they say then is kept.
Nothing is kept of before the tone. During the greeting `#` goes straight to the tone, and `*` asks the owner's PIN.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Row

from masstransit.carriage.recording_events import UNRECORDED
from masstransit.carriage.twiml import Complaint
from masstransit.carriage.voice.asking import Asking, Boxed
from masstransit.carriage.voice.joining import SOUNDLESS
from masstransit.carriage.voice.legs import LED, Leg, Legs
from masstransit.carriage.voice.line import Ending, Line, Sound
from masstransit.carriage.voice.onair import Air, Unrecorded
from masstransit.carriage.voice.tasks import race
from masstransit.carriage.voice.verbs import Record
from masstransit.carriage.voicemail.deposits import SOURCE, Deposits
from masstransit.carriage.voicemail.mailbox import Lock
from masstransit.carriage.voicemail.phrases import Phrase, Phrases
from masstransit.carriage.voicemail.retrieving import Retrieving, heard
from masstransit.clock import Clock
from masstransit.model.decision import Verdict
from masstransit.model.sid import new_sid
from masstransit.storage import mailboxes, sip_logins
from masstransit.storage.engine import Database

QUIET = 5  #: seconds of silence after which a message is over, default
_SKIP, _OWNER = "#", "*"


class Answering:
    """Implements `voice.live.Boxes`."""

    def __init__(
        self,
        *,
        database: Database,
        legs: Legs,
        asking: Asking,
        deposits: Deposits,
        lock: Lock,
        phrases: Phrases,
        clock: Clock,
    ) -> None:
        self._database = database
        self._legs = legs
        self._asking = asking
        self._deposits = deposits
        self._lock = lock
        self._phrases = phrases
        self._clock = clock

    async def lead(self, leg: Leg, line: Line, boxed: Boxed) -> None:
        """Until the call is to be over. Cancelled at any moment, whatever it was at ends."""
        box = await self._database.read(lambda c: mailboxes.find(c, leg.call.account, boxed.mailbox))
        if box is None:  # it was taken away just now
            return
        if boxed.own:
            await self._answer(leg, line)
            await self._retrieving(leg, line, box).run()
        elif not await self._taken(leg, line, box):
            await self._greeted(leg, line, box)

    async def drained(self) -> None:
        """Return when every message is settled."""
        await self._deposits.drained()

    async def _answer(self, leg: Leg, line: Line) -> None:
        await line.answer()
        self._legs.answered(leg, line)

    def _retrieving(self, leg: Leg, line: Line, box: Row[Any]) -> Retrieving:
        return Retrieving(
            database=self._database, deposits=self._deposits, lock=self._lock, phrases=self._phrases, leg=leg,
            line=line, box=box,
        )  # fmt: skip

    # --- the number's own phones ------------------------------------------------------------------------------------

    async def _taken(self, leg: Leg, line: Line, box: Row[Any]) -> bool:
        """Ring the number's phones; whether somebody took the call, and it is over."""
        call, now = leg.call, self._clock.now()
        if not await self._database.read(lambda c: sip_logins.rings(c, call.account, box.number, now)):
            return False
        own = Leg(replace(call, id=new_sid("CA"), parent=call.id, channel=LED, at=now))
        decision = await self._legs.offer(own)
        if decision.verdict > Verdict.FLAG:
            return False
        await line.ring()
        taken = await self._legs.dial(own, decision, box.rings)
        if isinstance(taken, Ending):
            return False
        try:
            await self._talk(leg, line, taken)
        finally:
            await self._legs.hang_up(own, taken)
        return True

    async def _talk(self, leg: Leg, line: Line, other: Line) -> None:
        await self._answer(leg, line)
        if leg.air is None:
            await race(line.bridge(other), other.over())
            return
        async with leg.air.off():  # the owner was asked nothing: what they say is not recorded
            await race(line.bridge(other), other.over())

    # --- the message ------------------------------------------------------------------------------------------------

    async def _greeted(self, leg: Leg, line: Line, box: Row[Any]) -> None:
        await self._answer(leg, line)
        if leg.air is None:
            await self._unable(leg, line, box, SOUNDLESS)
            return
        line.forget_keys()
        pressed = await heard(line, await self._greeting(leg, box), _SKIP + _OWNER)
        if pressed == _OWNER:
            await self._retrieving(leg, line, box).run(ask=True)
        else:
            await self._message(leg, line, box, leg.air)

    async def _greeting(self, leg: Leg, box: Row[Any]) -> Sequence[Sound]:
        """What its owner recorded, or has at a URL, or the house's own."""
        pcm = await self._database.read(lambda c: mailboxes.greeting(c, box.account, box.sid))
        if pcm is not None:
            return [Sound(url="", pcm=pcm)]
        if box.greeting_url and (found := await self._asking.sound(leg, box.greeting_url)) is not None:
            return [found]
        return [self._phrases.sound(Phrase.GREETING.value, box.language)]

    async def _message(self, leg: Leg, line: Line, box: Row[Any], air: Air) -> None:
        """Take a message: it is on record while it is left, and settled when it is over, however that comes about."""
        begun: list[str] = []

        async def began(recording: str) -> None:
            begun.append(await self._deposits.began(leg.call, box.sid, recording))

        settling: list[asyncio.Task[str]] = []
        try:
            record = Record(longest=box.longest, timeout=QUIET, finish_on=_SKIP)
            await air.message(record, source=SOURCE, began=began)
        except Unrecorded as why:
            await self._unable(leg, line, box, str(why))
            return
        finally:
            settling += [self._deposits.ended(leg.call.account, sid) for sid in begun]
        states = [await asyncio.shield(each) for each in settling]
        phrase = Phrase.NOTHING if "nothing" in states else Phrase.SAVED
        await line.play(self._phrases.sound(phrase.value, box.language))

    async def _unable(self, leg: Leg, line: Line, box: Row[Any], why: str) -> None:
        await self._asking.complain(leg, [Complaint(UNRECORDED, f"No message was taken: {why}")], "")
        await line.play(self._phrases.sound(Phrase.UNABLE.value, box.language))
