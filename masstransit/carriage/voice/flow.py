"""A document carried out on a call, verb by verb, and the next one asked for, until the call is over.

Who runs a flow cancels it when the line is over: whatever it waits for then, legs that it dialled are ended. Numbers
that a document dials are offered to the gate first, each a call of its own; what the gate does not let out is not
dialled, and an alert says why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from masstransit.carriage.fax.faxes import Webhook
from masstransit.carriage.recording import Asked
from masstransit.carriage.recording_events import UNRECORDED
from masstransit.carriage.twiml import Complaint, Redirect
from masstransit.carriage.voice import gathering
from masstransit.carriage.voice.asking import Source, Where, absolute
from masstransit.carriage.voice.joining import SOUNDLESS, Ended, Joining, Parts, listens
from masstransit.carriage.voice.legs import Leg
from masstransit.carriage.voice.line import Heard, Line, Silence, Spoken, Unspoken
from masstransit.carriage.voice.onair import Unrecorded, dialled, wants
from masstransit.carriage.voice.verbs import (
    ENDLESS,
    Dial,
    Enqueue,
    Gather,
    Hangup,
    Leave,
    Pause,
    Play,
    Prompt,
    Receive,
    Record,
    Reject,
    Say,
    Verb,
)

MOST_DOCUMENTS = 500  # of one call: who redirects in a circle comes to an end
MOST_VERBS = 5000
_DECLINED, _BUSY = 603, 486  # RFC 3261 sections 21.6.2, 21.4.24
_ASIDE = frozenset({Say, Play, Pause, Gather, Hangup, Redirect, Leave})


class _Stop(msgspec.Struct, frozen=True):
    """The document ends here."""

    how: Ended = Ended.HUNG_UP


_Next: TypeAlias = Where | _Stop | None  #: another document; the end; or the next verb


class Budget:
    """What one call may still do."""

    def __init__(self) -> None:
        self.documents = MOST_DOCUMENTS
        self.verbs = MOST_VERBS


class Flow:
    """Leads one leg. `only`: the verbs that may be carried out; None: all."""

    def __init__(
        self,
        parts: Parts,
        leg: Leg,
        line: Line,
        *,
        budget: Budget | None = None,
        only: frozenset[type] | None = None,
    ) -> None:
        self._parts = parts
        self._leg = leg
        self._line = line
        self._budget = budget or Budget()
        self._only = only
        self._base = ""
        self._verbs: Mapping[type, Callable[[Any], Coroutine[Any, Any, _Next]]] = {
            Say: self._prompt,
            Play: self._prompt,
            Pause: self._prompt,
            Gather: self._gather,
            Record: self._record,
            Dial: self._dial,
            Reject: self._reject,
            Hangup: self._hang_up,
            Redirect: self._redirect,
            Enqueue: self._enqueue,
            Leave: self._leave,
            Receive: self._receive,
        }

    async def run(self, source: Source) -> Ended:
        """Carry documents out until one ends, or leads on to none."""
        following: Source = source
        while True:
            if self._budget.documents <= 0:
                await self._complain(12100, f"A call can be led by {MOST_DOCUMENTS} documents at the most")
                return Ended.HUNG_UP
            self._budget.documents -= 1
            found = await self._parts.asking.document(self._leg, following)
            if found is None:
                return Ended.HUNG_UP
            document, self._base = found
            then = await self._document(document.verbs)
            if then is None:
                return Ended.DONE
            if isinstance(then, _Stop):
                return then.how
            following = then

    async def _document(self, verbs: Sequence[Verb]) -> _Next:
        for verb in verbs:
            self._budget.verbs -= 1
            if self._budget.verbs < 0:
                await self._complain(12100, f"A call can carry out {MOST_VERBS} verbs at the most")
                return _Stop()
            if self._only is not None and type(verb) not in self._only:
                await self._complain(12200, f"<{type(verb).__name__}> can't be said here; it was passed over")
                continue
            then = await self._verbs[type(verb)](verb)
            if then is not None:
                return then
        return None

    async def _complain(self, code: int, sentence: str) -> None:
        await self._parts.asking.complain(self._leg, [Complaint(code, sentence)], self._base)

    def _onward(self, action: str, method: str, more: Mapping[str, str]) -> Where | None:
        """Where an action leads, seen from the document; None: a document without a URL has none to come back to."""
        url = absolute(self._base, action)
        return Where(url=url, method=method, more=more) if url else None

    # --- what is heard and pressed --------------------------------------------------------------------------------

    async def _answered(self) -> None:
        await self._line.answer()
        self._parts.legs.answered(self._leg, self._line)

    async def _prompt(self, prompt: Prompt) -> None:
        """Play it; keys that are pressed meanwhile are not listened for."""
        if not isinstance(prompt, Pause):
            await self._answered()
        await self._play(prompt)
        self._line.forget_keys()

    async def _play(self, prompt: Prompt) -> None:
        if isinstance(prompt, Play) and prompt.digits:
            await self._line.send(prompt.digits)
        heard = await self._heard(prompt)
        if heard is None:
            return
        loop = 1 if isinstance(prompt, Pause) else prompt.loop
        played = 0
        while loop == ENDLESS or played < loop:
            played += 1
            try:
                await self._line.play(heard)
            except Unspoken as unspoken:
                await self._complain(13512, f"A prompt was not heard: {unspoken}")
                return
            await asyncio.sleep(0)  # what takes no time must not keep the house from everything else

    async def _heard(self, prompt: Prompt) -> Heard | None:
        if isinstance(prompt, Say):
            return Spoken(text=prompt.text, voice=prompt.voice, language=prompt.language)
        if isinstance(prompt, Pause):
            return Silence(prompt.length)
        if not prompt.url:
            return None
        return await self._parts.asking.sound(self._leg, absolute(self._base, prompt.url))

    async def _gather(self, gather: Gather) -> _Next:
        await self._answered()
        self._line.forget_keys()
        keys, finished = await gathering.keys(self._line, gather, self._in_turn(gather.prompts))
        if not keys and not gather.on_empty:
            return None
        more = {"Digits": keys, "FinishedOnKey": gather.finish_on if finished else ""}
        return self._onward(gather.action, gather.method, more)

    async def _in_turn(self, prompts: Sequence[Prompt]) -> None:
        for prompt in prompts:
            await self._play(prompt)

    async def _record(self, record: Record) -> _Next:
        await self._answered()
        listener = listens(self._parts, self._base, record.told)
        if self._leg.air is None:
            await self._soundless(Asked(source="record", listener=listener))
            return None
        self._line.forget_keys()
        try:
            told = await self._leg.air.message(record, listener=listener)
        except Unrecorded as why:
            await self._complain(UNRECORDED, str(why))
            return None
        return self._onward(record.action, record.method, told)

    async def _soundless(self, asked: Asked) -> None:
        call = self._leg.call
        await self._parts.recordings.absent(call.account, call.id, asked)
        await self._complain(UNRECORDED, SOUNDLESS)

    # --- where the call goes --------------------------------------------------------------------------------------

    async def _hang_up(self, _: Hangup) -> _Next:
        return _Stop()

    async def _reject(self, reject: Reject) -> _Next:
        await self._parts.legs.hang_up(self._leg, self._line, _BUSY if reject.busy else _DECLINED)
        return _Stop()

    async def _receive(self, receive: Receive) -> _Next:
        terminal = self._parts.terminal
        if missing := "no faxes are taken here" if terminal is None else terminal.amiss():
            await self._complain(34005, f"A fax could not be taken: {missing}")
            return _Stop()
        if terminal is not None:
            await self._answered()
            url = absolute(self._base, receive.action) if receive.action else ""
            webhook = Webhook(url=url, method=receive.method) if url else None
            await terminal.take(self._leg.call, self._line, webhook)
        return _Stop()

    async def _leave(self, _: Leave) -> _Next:
        return _Stop(Ended.LEFT)

    async def _redirect(self, redirect: Redirect) -> _Next:
        onward = self._onward(redirect.url, redirect.method, {})
        if onward is None:
            await self._complain(11100, "A <Redirect> without a URL leads nowhere")
            return _Stop()
        return onward

    # --- somebody else --------------------------------------------------------------------------------------------

    async def _dial(self, dial: Dial) -> _Next:
        if wants(dial) and (self._leg.air is None or not dial.targets):
            await self._soundless(dialled(dial, listens(self._parts, self._base, dial.told)))
        if not dial.answer_on_bridge:
            await self._answered()
        told = await self._joining().dial(dial)
        return self._onward(dial.action, dial.method, told) if dial.action else None

    async def _enqueue(self, enqueue: Enqueue) -> _Next:
        await self._answered()
        told = await self._joining().wait(enqueue)
        if told["QueueResult"] == "hangup":
            return _Stop(Ended.HUNG_UP)
        return self._onward(enqueue.action, enqueue.method, told) if enqueue.action else None

    def _joining(self) -> Joining:
        return Joining(self._parts, self._leg, self._line, self._base, self._aside)

    async def _aside(self, leg: Leg, line: Line, source: Where, more: Mapping[str, str]) -> Ended:
        """Another document beside this one: for somebody who is about to be joined, or waits to be."""
        flow = Flow(self._parts, leg, line, budget=self._budget, only=_ASIDE)
        return await flow.run(msgspec.structs.replace(source, more={**more, **source.more}))
