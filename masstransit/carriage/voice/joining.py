"""A leg joined with somebody: with whom it calls, with who waits in a queue, or with everybody in a conference."""

from __future__ import annotations

import asyncio
import enum
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeAlias

import msgspec

from masstransit.carriage.fax.receiving import Terminal
from masstransit.carriage.outside import check_url
from masstransit.carriage.recording import Asked, Recordings
from masstransit.carriage.recording_events import UNRECORDED, Listener
from masstransit.carriage.twiml import Complaint
from masstransit.carriage.voice.asking import Asking, Where, absolute
from masstransit.carriage.voice.conferences import Conferences, Wanted
from masstransit.carriage.voice.conferring import Stay
from masstransit.carriage.voice.legs import LED, Leg, Legs, Watch
from masstransit.carriage.voice.line import Ending, Line
from masstransit.carriage.voice.onair import wants
from masstransit.carriage.voice.rooms import Rooms
from masstransit.carriage.voice.tasks import cancelled, race
from masstransit.carriage.voice.verbs import Conference, Dial, Enqueue, Number, Queue, Sip, Told
from masstransit.clock import Clock
from masstransit.errors import BadInput
from masstransit.model.address import dialled
from masstransit.model.communication import Communication, Direction, Kind
from masstransit.model.decision import Decision, Verdict
from masstransit.model.sid import new_sid

log = logging.getLogger("masstransit.voice")

_BLOCKED = 13225  # "Dial: call blocked", where a finding has no code of its own
SOUNDLESS = (
    "Nothing is recorded: what is said on this line does not go through here. Lead the call without recording it, or "
    "over a trunk whose sound goes through here"
)
_ROUND = 1.0  # seconds that a document for who waits takes at least
_BUSY = (486, 600)
_NO_ANSWER = (408, 480, 487)
_WORDS = ("no-answer", "busy", "failed")  # of several that were tried, the first of these tells best


class Ended(enum.Enum):
    """How a flow came to its end."""

    DONE = "done"  #: the last document had no more to say
    HUNG_UP = "hangup"  #: the call is to be over
    LEFT = "leave"  #: by `Leave`

    @property
    def joins(self) -> bool:
        """Whether the leg is to be joined with somebody now."""
        return self is Ended.DONE


Aside: TypeAlias = Callable[[Leg, Line, Where, Mapping[str, str]], Awaitable[Ended]]


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What all flows work with."""

    legs: Legs
    asking: Asking
    rooms: Rooms
    conferences: Conferences
    clock: Clock
    recordings: Recordings
    terminal: Terminal | None = None  #: takes faxes; None: none are taken here
    base_url: str = ""  #: of the house as its customers see it; "": it is not known, and no recording's URL is told
    allow_private: bool = False  #: whether callbacks may go to private addresses


def listens(parts: Parts, base: str, told: Told | None) -> Listener | None:
    """Who hears of a recording, seen from the document's URL; None: nobody, or nobody who may be called."""
    if told is None:
        return None
    url = absolute(base, told.url)
    try:
        check_url(url, field="recordingStatusCallback", allow_private=parts.allow_private)
    except BadInput as wrong:
        log.info("a recording's events are told to nobody: %s", wrong)
        return None
    return Listener(url=url, method=told.method, events=told.events, base=parts.base_url)


class _Try(msgspec.Struct, frozen=True):
    """Somebody who may be dialled."""

    target: Number | Sip
    leg: Leg
    decision: Decision


class Joining:
    """One leg's. `aside` carries out a document for somebody else, or while this leg waits."""

    def __init__(self, parts: Parts, leg: Leg, line: Line, base: str, aside: Aside) -> None:
        self._parts = parts
        self._leg = leg
        self._line = line
        self._base = base
        self._aside = aside

    async def dial(self, dial: Dial) -> dict[str, str]:
        """What came of it, as its action hears it."""
        if dial.conference is not None:
            return await self._confer(dial, dial.conference)
        if dial.queue is not None:
            return await self._fetch(dial, dial.queue)
        return await self._call(dial)

    async def _complain(self, code: int, sentence: str) -> None:
        await self._parts.asking.complain(self._leg, [Complaint(code, sentence)], self._base)

    # --- numbers --------------------------------------------------------------------------------------------------

    async def _call(self, dial: Dial) -> dict[str, str]:
        """Call the targets, all at once; the first that answers is joined with this leg, the others stop to ring."""
        tries = list[_Try]()
        try:
            for target in dial.targets:
                if (offered := await self._offered(dial, target)) is not None:
                    tries.append(offered)
            if not tries:
                return {"DialCallStatus": "failed", "DialCallDuration": "0"}
            await self._line.ring()
            return await self._tried(dial, tries)
        finally:
            for each in tries:
                self._parts.legs.give_up(each.leg)  # what was let out and not called yet

    async def _tried(self, dial: Dial, tries: Sequence[_Try]) -> dict[str, str]:
        tasks = {asyncio.create_task(self._try(dial, each)): each.leg for each in tries}
        try:
            won = await _first(tasks)
            if won is None:
                endings = [task.result() for task in tasks]
                return {"DialCallStatus": _word(endings), "DialCallDuration": "0", "DialCallSid": tries[0].leg.call.id}
            task, line = won
            await self._all_over({each: leg for each, leg in tasks.items() if each is not task})
            return await self._joined(dial, tasks[task], line)
        finally:
            await self._all_over(tasks)

    async def _joined(self, dial: Dial, leg: Leg, line: Line) -> dict[str, str]:
        await self._line.answer()
        self._parts.legs.answered(self._leg, self._line)
        told = await self._recorded(dial, leg, line)
        await self._parts.legs.hang_up(leg, line)
        return {
            **told,
            "DialCallStatus": "completed",
            "DialCallSid": leg.call.id,
            "DialCallDuration": str(leg.talked),
            "DialBridged": "true",
        }

    async def _recorded(self, dial: Dial, leg: Leg, line: Line) -> dict[str, str]:
        """The two talk; what its action hears of what was recorded of it."""
        air, refused = self._leg.air, list[str]()
        told: dict[str, str] = {}
        if air is None:
            await self._talk(dial, line)
            return told
        async with air.joined(leg, line):
            if wants(dial):
                async with air.recorded(dial, listens(self._parts, self._base, dial.told), refused) as told:
                    await self._talk(dial, line)
            else:
                await self._talk(dial, line)
        for why in refused:
            await self._complain(UNRECORDED, why)
        return told

    async def _talk(self, dial: Dial, other: Line) -> None:
        """The two talk until the other hangs up, the time is over, or `*` is pressed where that ends it."""
        works = [self._line.bridge(other), other.over()]
        if dial.hangup_on_star:
            works.append(self._star())
        await race(*works, within=dial.time_limit)

    async def _star(self) -> None:
        while await self._line.key() != "*":
            pass

    async def _try(self, dial: Dial, each: _Try) -> Line | Ending:
        """Call somebody, and have them hear what is meant for them alone. Cancelled, their leg ends."""
        target, leg, legs = each.target, each.leg, self._parts.legs
        line = await legs.dial(leg, each.decision, dial.timeout)
        if isinstance(line, Ending):
            return line
        try:
            if isinstance(target, Number) and target.digits:
                await race(line.send(target.digits), line.over())
            if target.url and not await self._told_aside(leg, line, Where(url=target.url, method=target.method), {}):
                return await legs.hang_up(leg, line)
        except BaseException:
            await legs.hang_up(leg, line)
            raise
        return line

    async def _told_aside(self, leg: Leg, line: Line, source: Where, more: Mapping[str, str]) -> bool:
        """Whether they heard it to its end, and may be joined."""
        where = msgspec.structs.replace(source, url=absolute(self._base, source.url))
        went: list[Ended] = []

        async def tell() -> None:
            went.append(await self._aside(leg, line, where, more))

        await race(tell(), line.over())
        return bool(went) and went[0].joins

    async def _all_over(self, tasks: Mapping[asyncio.Task[Line | Ending], Leg]) -> None:
        await cancelled(*tasks)
        for task, leg in tasks.items():
            if task.cancelled() or task.exception() is not None:
                continue
            line = task.result()
            if not isinstance(line, Ending):
                await self._parts.legs.hang_up(leg, line)

    async def _offered(self, dial: Dial, target: Number | Sip) -> _Try | None:
        """A target as the gate lets it out; None: it does not, or it can't be called at all. An alert says why."""
        try:
            leg = self._leg_to(dial, target)
        except BadInput as wrong:
            await self._complain(13223, f"A <Dial> was not carried out: {wrong}")
            return None
        decision = await self._parts.legs.offer(leg)
        if decision.verdict <= Verdict.FLAG:
            return _Try(target, leg, decision)
        finding = decision.deciding
        reason = finding.reason if finding else "the policy does not allow it"
        code = finding.code if finding and finding.code else _BLOCKED
        await self._complain(code, f"{leg.call.recipient.masked} was not dialled: {reason} (decision {decision.id})")
        return None

    def _leg_to(self, dial: Dial, target: Number | Sip) -> Leg:
        """Raises `BadInput`."""
        parent = self._leg.call
        watch = None
        if target.status_callback:
            url = absolute(self._base, target.status_callback)
            check_url(url, field="statusCallback", allow_private=self._parts.allow_private)
            watch = Watch(url=url, method=target.status_method, events=target.events)
        sender = dialled(dial.caller_id) if dial.caller_id else parent.sender
        sent_on = parent.direction is Direction.INBOUND and sender == parent.sender  # it keeps who called
        call = Communication(
            id=new_sid("CA"),
            account=parent.account,
            kind=Kind.CALL,
            channel=LED,
            sender=sender,
            diverted_by=parent.recipient if sent_on else None,
            recipient=dialled(target.number if isinstance(target, Number) else target.uri),
            at=self._parts.clock.now(),
            purpose=parent.purpose,
            end_user=parent.end_user,
            principal=parent.principal,
            parent=parent.id,
        )
        return Leg(call, watch)

    # --- queues ---------------------------------------------------------------------------------------------------

    async def _fetch(self, dial: Dial, queue: Queue) -> dict[str, str]:
        """Join who waits longest, or who comes within the time."""
        fetching = asyncio.create_task(self._parts.rooms.fetch(self._leg.call.account, queue.name))
        try:
            await asyncio.wait({fetching}, timeout=dial.timeout)
            if not fetching.done():
                return {"DialCallStatus": "no-answer", "DialCallDuration": "0"}
            waiting, began = fetching.result(), self._parts.clock.now()
            await race(waiting.ready.wait(), waiting.line.over())
            if queue.url:
                await self._told_aside(waiting.leg, waiting.line, Where(url=queue.url, method=queue.method), {})
            await self._line.answer()
            self._parts.legs.answered(self._leg, self._line)
            async with _off_air(self._leg), _off_air(waiting.leg):
                await self._talk(dial, waiting.line)
            seconds = round((self._parts.clock.now() - began).total_seconds())
            told = {"DialCallStatus": "completed", "DialCallSid": waiting.leg.call.id, "DialBridged": "true"}
            return {**told, "DialCallDuration": str(seconds)}
        finally:
            await cancelled(fetching)
            if not fetching.cancelled() and fetching.exception() is None:
                fetching.result().released.set()

    async def wait(self, enqueue: Enqueue) -> dict[str, str]:
        """Wait until somebody came and the two have talked, or the document that is heard meanwhile says `Leave`."""
        rooms, since = self._parts.rooms, self._parts.clock.now()
        waiting = await rooms.wait(self._leg, self._line, enqueue.name)
        if waiting is None:
            return {"QueueResult": "queue-full", "QueueTime": "0"}
        told = {"QueueSid": waiting.queue.sid}
        hearing = asyncio.create_task(self._meanwhile(enqueue, told))
        fetched = asyncio.create_task(waiting.fetched.wait())
        try:
            await asyncio.wait({hearing, fetched}, return_when=asyncio.FIRST_COMPLETED)
            seconds = round((self._parts.clock.now() - since).total_seconds())
            if waiting.fetched.is_set():
                await cancelled(hearing)
                waiting.ready.set()
                await waiting.released.wait()
            result = "bridged" if waiting.fetched.is_set() else hearing.result()
            return {**told, "QueueResult": result, "QueueTime": str(seconds)}
        finally:
            rooms.leave(waiting)
            await cancelled(hearing, fetched)

    async def _meanwhile(self, enqueue: Enqueue, told: Mapping[str, str]) -> str:
        """The document for who waits, over and over. Returns what became of the waiting."""
        if not enqueue.wait_url:
            await asyncio.Event().wait()
        where = Where(url=absolute(self._base, enqueue.wait_url), method=enqueue.wait_method)
        while True:
            round_, _ = await asyncio.gather(self._aside(self._leg, self._line, where, told), asyncio.sleep(_ROUND))
            if not round_.joins:
                return round_.value

    # --- conferences ----------------------------------------------------------------------------------------------

    async def _confer(self, dial: Dial, conference: Conference) -> dict[str, str]:
        await self._line.answer()
        self._parts.legs.answered(self._leg, self._line)
        recorded = self._recorded_with(conference)
        watch = await self._watch(conference)
        seat = self._parts.conferences.enter(self._leg, self._line, conference, watch, recorded)
        if seat is None:
            await self._complain(13227, f"The conference is full: {conference.most} are in it")
            return {"DialCallStatus": "failed", "DialCallDuration": "0"}
        stay = Stay(self._parts.conferences, seat, lambda where: self._aside(self._leg, self._line, where, {}))
        star = [self._star()] if dial.hangup_on_star else []
        if refused := await stay.run(_off_air(self._leg), *star, within=dial.time_limit):
            await self._complain(UNRECORDED, refused)
        return {"DialCallStatus": "failed" if refused else "answered", "ConferenceSid": seat.room.sid}

    def _recorded_with(self, conference: Conference) -> Wanted | None:
        """How it is to be recorded, if it is."""
        if not conference.record:
            return None
        listener = listens(self._parts, self._base, conference.told)
        return Wanted(Asked(source="conference", listener=listener), partial(self._complain, UNRECORDED))

    async def _watch(self, conference: Conference) -> Watch | None:
        """Who hears of the conference, if it is the first that names anybody."""
        if not conference.status_callback:
            return None
        url = absolute(self._base, conference.status_callback)
        try:
            check_url(url, field="statusCallback", allow_private=self._parts.allow_private)
        except BadInput as wrong:
            await self._complain(13223, f"A conference's events are told to nobody: {wrong}")
            return None
        return Watch(url=url, method=conference.status_method, events=conference.events)


@asynccontextmanager
async def _off_air(leg: Leg) -> AsyncIterator[None]:
    """Nothing of a leg is recorded meanwhile."""
    if leg.air is None:
        yield
        return
    async with leg.air.off():
        yield


async def _first(
    tasks: Mapping[asyncio.Task[Line | Ending], Leg],
) -> tuple[asyncio.Task[Line | Ending], Line] | None:
    """The first that answered; None: nobody did."""
    waiting = set(tasks)
    while waiting:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            placed = task.result()
            if not isinstance(placed, Ending):
                return task, placed
    return None


def _word(endings: Sequence[Line | Ending]) -> str:
    """What became of those who were called, in the SDKs' words."""
    words = {_word_of(ending.status) for ending in endings if isinstance(ending, Ending)}
    return next(word for word in (*_WORDS, "failed") if word in words)


def _word_of(status: int) -> str:
    if status in _BUSY:
        return "busy"
    return "no-answer" if status in _NO_ANSWER else "failed"
