"""A mailbox's owner hears its messages, by keys: 1 again, 2 keep, 3 delete, # the next one, 0 record a greeting."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from masstransit.carriage.voice.gathering import one_of
from masstransit.carriage.voice.legs import Leg
from masstransit.carriage.voice.line import Heard, Line, Silence, Sound
from masstransit.carriage.voice.onair import Unrecorded
from masstransit.carriage.voice.tasks import cancelled
from masstransit.carriage.voice.verbs import Record
from masstransit.carriage.voicemail.deposits import Deposits
from masstransit.carriage.voicemail.mailbox import Lock
from masstransit.carriage.voicemail.phrases import Phrase, Phrases, counted
from masstransit.storage import voicemails
from masstransit.storage.engine import Database

_AGAIN, _KEEP, _DELETE, _NEXT, _GREETING = "1", "2", "3", "#", "0"
_KEYS = _AGAIN + _KEEP + _DELETE + _NEXT + _GREETING
_TRIES = 3  # at the PIN in one call; default
_WAITS = 10.0  # seconds for a key; then the call is over
_BETWEEN = 5.0  # seconds between two digits of a PIN
_LONGEST_PIN = 10
_LONGEST_GREETING, _QUIET = 60, 4  # seconds
BY_PHONE = "phone"  #: who says in the ledger that a message was heard, kept or deleted


class Retrieving:
    """One call of the owner's."""

    def __init__(
        self,
        *,
        database: Database,
        deposits: Deposits,
        lock: Lock,
        phrases: Phrases,
        leg: Leg,
        line: Line,
        box: Row[Any],
    ) -> None:
        self._database = database
        self._deposits = deposits
        self._lock = lock
        self._phrases = phrases
        self._leg = leg
        self._line = line
        self._box = box

    async def run(self, *, ask: bool = False) -> None:
        """Lead it to its end; with `ask` who calls has to know the PIN."""
        self._line.forget_keys()
        if ask and not await self._let_in():
            return
        box = self._box
        rows = await self._database.read(lambda c: voicemails.of_mailbox(c, box.account, box.sid))
        new = sum(row.state == "new" for row in rows)
        told = [*self._counted(Phrase.NEW, new), *self._counted(Phrase.OLD, len(rows) - new)]
        await heard(self._line, told, _NEXT)
        for row in rows:
            if not await self._one(row):
                return
        await self._at_the_end()

    def _say(self, phrase: Phrase) -> Sound:
        return self._phrases.sound(phrase.value, self._box.language)

    def _counted(self, phrase: Phrase, count: int) -> Sequence[Sound]:
        return counted(self._phrases, phrase, count, self._box.language)

    # --- the PIN ----------------------------------------------------------------------------------------------------

    async def _let_in(self) -> bool:
        """Whether the PIN is known to them."""
        for _ in range(_TRIES):
            pin = await self._pin()
            if not pin:
                return False
            opened = await self._lock.opens(self._box, pin)
            if opened:
                return True
            await self._line.play(self._say(Phrase.LOCKED if opened is None else Phrase.WRONG_PIN))
            if opened is None:
                return False
        return False

    async def _pin(self) -> str:
        """Digits up to `#`; "" where none came in time."""
        pin = ""
        key = await heard(self._line, [self._say(Phrase.PIN), Silence(_WAITS)], "0123456789#")
        while key and key != _NEXT:
            pin += key
            if len(pin) > _LONGEST_PIN:
                break
            key = await heard(self._line, [Silence(_BETWEEN)], "0123456789#")
        return pin

    # --- messages ---------------------------------------------------------------------------------------------------

    async def _one(self, row: Row[Any]) -> bool:
        """A message, until the next one is wanted; False: no key came, and the call is over."""
        box, again = self._box, True
        pcm = await self._deposits.pcm(row)
        sound = self._say(Phrase.SILENT) if pcm is None else Sound(url="", pcm=pcm)
        key = ""
        while True:
            prompts: list[Heard] = [sound] if again else []
            key = await heard(self._line, [*prompts, self._say(Phrase.MENU), Silence(_WAITS)], _KEYS)
            if again and row.state == "new" and key not in (_KEEP, _DELETE):
                await self._deposits.mark(box.account, row.sid, "heard", BY_PHONE)
            again = key == _AGAIN
            if key == _KEEP:
                await self._deposits.mark(box.account, row.sid, "kept", BY_PHONE)
                await self._line.play(self._say(Phrase.KEPT))
                return True
            if key == _DELETE:
                await self._deposits.delete(box.account, row.sid, BY_PHONE)
                await self._line.play(self._say(Phrase.DELETED))
                return True
            if key == _GREETING:
                await self._record_greeting()
            elif key != _AGAIN:
                return key == _NEXT

    async def _at_the_end(self) -> None:
        while await heard(self._line, [self._say(Phrase.END), Silence(_WAITS)], _GREETING):
            await self._record_greeting()

    # --- the greeting -----------------------------------------------------------------------------------------------

    async def _record_greeting(self) -> None:
        """What they say after the tone is what callers hear from now on."""
        await self._line.play(self._say(Phrase.RECORD))
        self._line.forget_keys()
        record = Record(longest=_LONGEST_GREETING, timeout=_QUIET, finish_on=_NEXT)
        sid = await self._recorded(record)
        greeted = bool(sid) and await self._deposits.greet(self._box.account, self._box.sid, sid)
        await self._line.play(self._say(Phrase.GREETED if greeted else Phrase.NOTHING))

    async def _recorded(self, record: Record) -> str:
        """The SID of what they said; "": what is said on this line does not go through here, or is not to be kept."""
        if self._leg.air is None:
            return ""
        try:
            told = await self._leg.air.message(record, source="greeting")
        except Unrecorded:
            return ""
        return told["RecordingSid"]


async def heard(line: Line, sounds: Sequence[Heard], keys: str) -> str:
    """Play sounds until one of these keys is pressed; "": none was. Other keys are passed over."""
    playing = asyncio.create_task(_in_turn(line, sounds))
    pressed = asyncio.create_task(one_of(line, keys))
    try:
        await asyncio.wait({playing, pressed}, return_when=asyncio.FIRST_COMPLETED)
        if pressed.done():
            return pressed.result()
        playing.result()
        return ""
    finally:
        await cancelled(playing, pressed)


async def _in_turn(line: Line, sounds: Sequence[Heard]) -> None:
    for sound in sounds:
        await line.play(sound)
