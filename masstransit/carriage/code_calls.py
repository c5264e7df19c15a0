"""Calls in which somebody types a code that a customer was told: whoever has the phone lets them show its number.

The call says who asks, and for what. The right six digits prove the number; the third wrong ones end it; the star says
that this person wants none of it. Who only listens - an answering machine - proves nothing: the code is never said.
"""

from __future__ import annotations

import asyncio
import logging

from masstransit.carriage.caller_ids import Heard, Typing
from masstransit.carriage.codes import DIGITS
from masstransit.carriage.voice import gathering
from masstransit.carriage.voice.keeping import until_stored
from masstransit.carriage.voice.line import Line, Spoken, Unspoken
from masstransit.carriage.voice.live import LiveCalls, Wish
from masstransit.carriage.voice.verbs import Gather
from masstransit.model.communication import Communication
from masstransit.model.decision import Decision, Verdict

log = logging.getLogger("masstransit.caller_ids")

_RINGS, _LONGEST = 30, 120  # seconds
_SILENT = 2  # times that nobody types anything
_NO = "*"
_TYPED = Gather(digits=DIGITS, timeout=8, finish_on=_NO)
_ASK = (
    "This is {brand}. {customer} asks to show your number when it calls. If you agree, type the six digits that "
    "{customer} gave you. If you do not, press star, and we will not call you about this again."
)
_WRONG = "That was not the code. Please type the six digits again."
_SPENT = "That was not the code. Your number will not be shown. Goodbye."
_RIGHT = "Thank you. {customer} can now show your number when it calls. Goodbye."
_DECLINED = "Your number will not be shown, and we will not call you about this again. Goodbye."


class CodeCalls:
    """Makes such calls. Implements `caller_ids.CodeCalls`."""

    def __init__(self, live: LiveCalls) -> None:
        self._live = live
        self._waiting: set[asyncio.Task[None]] = set()

    async def ring(self, call: Communication, typing: Typing) -> Decision:
        """See there."""
        wish = Wish(
            source=lambda line: _Dialogue(line, typing).run(),
            rings=_RINGS,
            longest=_LONGEST,
            digits=typing.dialled.extension,
            delay=typing.dialled.delay,
        )
        decision = await self._live.call(call, wish)
        if decision.verdict <= Verdict.FLAG:
            task = asyncio.get_running_loop().create_task(self._over(call, typing))
            self._waiting.add(task)
            task.add_done_callback(self._waiting.discard)
        return decision

    async def _over(self, call: Communication, typing: Typing) -> None:
        """However the call ended: what nobody proved by then is not proven."""
        await self._live.ended(call.account, call.id)
        await until_stored(typing.proof.over)

    async def close(self) -> None:
        """Return when what came of every call is on record; they are over by now."""
        if self._waiting:
            await asyncio.wait(self._waiting)


class _Dialogue:
    """What is said to one person, and typed by them."""

    def __init__(self, line: Line, typing: Typing) -> None:
        self._line = line
        self._typing = typing

    async def run(self) -> None:
        try:
            await self._say(await self._ask())
        except Unspoken as mute:
            log.warning("a number can't be asked for a code: %s", mute)

    async def _ask(self) -> str:
        """What is said in the end; "": nobody is there."""
        prompt, silent = _ASK, 0
        while silent < _SILENT:
            self._line.forget_keys()
            digits, star = await gathering.keys(self._line, _TYPED, self._say(prompt))
            if star and not digits:
                await self._typing.proof.declined()
                return _DECLINED
            if star or not digits:  # the star behind some digits takes them back
                silent += not star
                continue
            heard = await self._typing.proof.typed(digits)
            if heard.found == "proven":
                return _RIGHT
            if _is_over(heard):
                return _SPENT
            prompt = _WRONG
        return ""

    async def _say(self, words: str) -> None:
        told = self._typing
        if words:
            await self._line.play(Spoken(text=words.format(brand=told.brand, customer=told.customer)))


def _is_over(heard: Heard) -> bool:
    return heard.found == "spent" or heard.left <= 0
