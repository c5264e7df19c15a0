"""Recording and monitoring of calls: who asks is answered by the gate, and nothing begins before it has said yes.

    asked -> announcing -> capturing -> ended
                  |           |   ^
                  v           v   |
               refused      paused (somebody joins, a card is read out, the customer says so)

The gate is asked at once: where one party is enough, it begins. Else everybody who has to be told is played the
announcement, all at the same time; each answers with a key; then the gate is asked again, with what each was told to
its end and what each answered. What it refuses is refused for this recording, and the call goes on.

Somebody who joins stops it in the same instant, before they can be heard; it goes on when the gate has said so of them
too. What was told and answered is on record before a sample is kept, in the transaction that keeps the decision.
"""

from __future__ import annotations

import asyncio
import enum
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Protocol, TypeAlias

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, Row

from masstransit.carriage.exchange import Exchange
from masstransit.carriage.recording_events import Listener, Recorded, notes
from masstransit.clock import Clock
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.ledger import Ledger
from masstransit.model.address import E164
from masstransit.model.change import Act, Answer, Change, How, Participant, Role, Told
from masstransit.model.communication import Direction, Kind
from masstransit.model.decision import Decision, Verdict
from masstransit.model.sid import new_sid
from masstransit.storage import notices, recordings
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

log = logging.getLogger("masstransit.recording")

#: Seconds that a leg has for its answer after the announcement has ended.
PATIENCE = 5.0


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to be played, and the keys that it names."""

    language: str
    acts: tuple[Act, ...]  #: what it says will be done
    text: str
    digest: str  #: SHA-256 of its sound
    agree: str = ""  #: the key by which somebody agrees; "": it names none
    decline: str = ""  #: the key by which the call goes on without


class Tape(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a recording that has ended."""

    seconds: float
    digests: dict[str, str]  #: file name -> SHA-256 of its content
    whole: bool = True  #: False: the disk was full before the end


class Sound(Protocol):
    """The sound of one call (`channels/media/studio.py`)."""

    def announcement(self, acts: frozenset[Act], language: str) -> Announcement:
        """What there is to be played about these acts. Raises `BadInput`."""
        ...

    async def announce(self, number: int, what: Announcement) -> bool:
        """Play it to a leg; whether it was heard to its end."""
        ...

    async def key(self, number: int, within: float) -> str | None:
        """The key that a leg answers with."""
        ...

    def asked(self, number: int) -> None:
        """A leg's keys are no answers any more."""
        ...

    def capture(self, sid: str) -> None:
        """Keep what is said from this instant on, at first or again."""
        ...

    def pause(self, sid: str) -> None:
        """Keep nothing of what is said from this instant on."""
        ...

    async def finish(self, sid: str) -> Tape | None:
        """End a recording; None: nothing was ever kept."""
        ...

    async def discard(self, sid: str) -> None:
        """End a recording and keep nothing of it."""
        ...


Keep: TypeAlias = Callable[[Callable[[Connection], None]], Awaitable[None]]  # what runs a transaction


class State(enum.Enum):
    """Where a recording stands."""

    ASKED = "asked"
    ANNOUNCING = "announcing"
    CAPTURING = "capturing"
    PAUSED = "paused"
    ENDED = "ended"
    REFUSED = "refused"


class OnAir(msgspec.Struct, kw_only=True):
    """A call that is under way."""

    account: str
    sid: str  #: CA...
    kind: Kind = Kind.CALL
    direction: Direction = Direction.OUTBOUND
    end_user: str | None = None
    participants: dict[int, Participant]
    sound: Sound
    card_data: bool = False  #: a card is being read out
    self_recorded: bool = False  #: somebody leaves a message with a machine that said it would record
    over: bool = False
    announcing: asyncio.Lock = msgspec.field(default_factory=asyncio.Lock)  # one announcement at a time


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants done with a call."""

    what: Act = Act.RECORD
    announce: bool = True  #: False: who asks has told everybody, and only what is on record counts
    basis: str = ""  #: of the GDPR's article 6
    papers: Mapping[int, str] = {}  #: leg -> where the consent is that they gave before
    patience: float = PATIENCE
    source: str = "api"  #: what asks: api | call | dial | record
    channels: int = 1  #: of its sound as it is heard; 2: who called apart from everybody else
    listener: Listener | None = None  #: who hears that it began, that it ended, or that there is none


class Ruled(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    sid: str  #: RE...
    state: State
    decision: Decision

    @property
    def missing(self) -> tuple[tuple[str, str], ...]:
        """(reason, remedy) of each thing that is in the way."""
        binding = [f for f in self.decision.findings if f.verdict == self.decision.verdict > Verdict.FLAG]
        return tuple((finding.reason, finding.remedy) for finding in binding)

    @property
    def why_not(self) -> str:
        """The same in a sentence, where it is not done; nothing is missing where it was over before that."""
        why = "; ".join(f"{reason} (remedy: {remedy})" for reason, remedy in self.missing) or "it was over before that"
        return f"{why}; decision {self.decision.id}"


class _Recording:
    """One that is under way, as this process knows it."""

    def __init__(self, sid: str, call: OnAir, asked: Asked, now: datetime) -> None:
        self.sid = sid
        self.call = call
        self.asked = asked
        self.state = State.ASKED
        self.at = now
        self.began: datetime | None = None
        self.interrupted: datetime | None = None  # since when it is paused: then everybody is told anew
        self.attempt = 0
        self.told: list[dict[str, Any]] = []  # events that are not on record yet
        self.notes: list[dict[str, Any]] = []  # and what its listener is to hear

    def tell(self, event: str, now: datetime, seconds: float = 0.0) -> None:
        """Have its listener hear of it, as soon as it is on record."""
        told = Recorded(
            account=self.call.account,
            sid=self.sid,
            call=self.call.sid,
            source=self.asked.source,
            channels=self.asked.channels,
            began_at=self.began,
            seconds=seconds,
        )
        self.notes += notes(self.asked.listener, event, told, now)


class Recordings:
    """All calls under way in this process, and what is done with them."""

    def __init__(self, *, exchange: Exchange, database: Database, ledger: Ledger, keys: Keys, clock: Clock) -> None:
        self._exchange = exchange
        self._database = database
        self._ledger = ledger
        self._keys = keys
        self._clock = clock
        self._calls: dict[str, OnAir] = {}
        self._recordings: dict[str, _Recording] = {}

    # --- calls ----------------------------------------------------------------------------------------------------

    def began(self, call: OnAir) -> None:
        """A call is under way."""
        self._calls[call.sid] = call

    async def ended(self, call_sid: str) -> None:
        """A call is over, and so is what was done with it."""
        call = self._calls.pop(call_sid, None)
        if call is None:
            return
        call.over = True
        for one in self._of(call):
            await self._end(one)

    async def joined(
        self, call_sid: str, who: Participant, *, what: Act = Act.JOIN, announce: bool = True
    ) -> list[Ruled]:
        """Somebody comes in (JOIN), or takes another's place (TRANSFER). What is under way stops in this instant; it
        goes on if the gate says so of them too. Put them through to the others after this was called, not before.
        Raises `NotFound`."""
        call = self._call(call_sid)
        running = [one for one in self._of(call) if one.state is State.CAPTURING]
        for one in running:
            self._pause(one, "joined", who.leg)
        call.participants[who.leg] = who
        return [await self._pass(one, what, announce=announce) for one in running]

    def left(self, call_sid: str, leg: int) -> None:
        """Somebody hung up."""
        self._call(call_sid).participants.pop(leg, None)

    def has_sound(self, call_sid: str) -> bool:
        """Whether what is said in a call that is under way goes through this process, and could be recorded."""
        return call_sid in self._calls

    # --- what is done with them -----------------------------------------------------------------------------------

    async def ask(self, call_sid: str, asked: Asked) -> Ruled:
        """Something is to be done with a call. Raises `NotFound`; `BadInput` where no announcement tells of it."""
        call = self._call(call_sid)
        now = self._clock.now()
        one = _Recording(new_sid("RE"), call, asked, now)
        self._recordings[one.sid] = one
        for leg, proof in asked.papers.items():
            if leg in call.participants:
                self._answered(one, leg, Answer(at=now, agreed=True, how=How.STATED, acts=(asked.what,), proof=proof))
        try:
            return await self._pass(one, asked.what, announce=asked.announce)
        except asyncio.CancelledError:  # who asked waits for it no more
            await self._end(one)
            raise
        except Exception:
            self._recordings.pop(one.sid, None)
            await call.sound.discard(one.sid)
            raise

    async def absent(self, account: str, call_sid: str, asked: Asked) -> str:
        """Put on record that something can't be done with a call at all, because its sound is not here; its SID."""
        sid, now = new_sid("RE"), self._clock.now()
        row = _row(account, call_sid, sid, asked, now) | {"state": State.REFUSED.value, "ended_at": now}
        told = Recorded(account=account, sid=sid, call=call_sid, source=asked.source, channels=asked.channels)

        def keep(connection: Connection) -> None:
            recordings.add(connection, row | {"erased_at": now})
            event = {"account": account, "sid": sid, "at": now, "what": "soundless"}
            recordings.note(connection, [event])
            self._ledger.record(connection, account, "recording", sid, event, now)
            notices.add(connection, notes(asked.listener, "absent", told, now))

        await self._database.write(keep)
        return sid

    async def pause(self, sid: str, *, because: str = "") -> None:
        """Keep nothing for now. Raises `NotFound`, `Conflict`."""
        one = self._recording(sid)
        if one.state is not State.CAPTURING:
            raise Conflict(f"this recording is {one.state.value}: only one that runs is paused")
        self._pause(one, "paused", None, because=because)
        one.interrupted = self._clock.now()
        await self._write(one)

    async def resume(self, sid: str, *, announce: bool = True) -> Ruled:
        """Keep again what is said: everybody is told again before. Raises `NotFound`, `Conflict`."""
        one = self._recording(sid)
        if one.state is not State.PAUSED:
            raise Conflict(f"this recording is {one.state.value}: only one that is paused goes on")
        return await self._pass(one, Act.RESUME, announce=announce)

    async def card(self, call_sid: str, *, read_out: bool) -> None:
        """A card is read out from now on, or no more. What is recorded pauses; it goes on by `resume`."""
        call = self._call(call_sid)
        call.card_data = read_out
        for one in self._of(call):
            if read_out and one.state is State.CAPTURING:
                await self.pause(one.sid, because="a card is read out")

    async def mend(self, tapes: Mapping[str, Tape]) -> list[str]:
        """Recordings whose process was killed end as far as they came: SID -> what was found of them, at start. Which
        of them are on record as under way."""
        now = self._clock.now()

        def end(connection: Connection) -> list[str]:
            left = recordings.unfinished(connection, list(tapes))
            for row in left:
                tape = tapes[row.sid]
                values = {"state": "ended", "ended_at": now, "seconds": tape.seconds, "digests": tape.digests}
                recordings.change(connection, row.account, row.sid, **values)
                event = {"account": row.account, "sid": row.sid, "at": now, "what": "cut off"}
                recordings.note(connection, [event])
                notices.add(connection, _cut_off(row, tape, now))
                self._ledger.record(connection, row.account, "recording", row.sid, event, now)
            return [row.sid for row in left]

        return await self._database.write(end)

    async def stop(self, sid: str) -> float:
        """End a recording; how many seconds it has. Raises `NotFound`."""
        return await self._end(self._recording(sid))

    # --- asking the gate --------------------------------------------------------------------------------------------

    async def _pass(self, one: _Recording, what: Act, *, announce: bool) -> Ruled:
        """Ask the gate; where it says no and somebody can be told, tell them and ask again."""
        asked: set[int] = set()
        decision = await self._decide(one, what)
        while announce and decision.verdict > Verdict.FLAG and (due := set(self._due(one, what)) - asked):
            asked |= due
            try:
                await self._tell_all(one, what, due)
            except BadInput as silent:  # nothing tells of this
                if one.began is None:
                    await self._refuse(one)
                    raise
                log.warning("%s stays paused: %s", one.sid, silent)
                break
            decision = await self._decide(one, what)
        allowed = decision.verdict <= Verdict.FLAG and not one.call.over
        if allowed:
            await self._begin(one)
        elif one.began is not None:
            one.state = State.PAUSED
        else:
            await self._refuse(one)
        return Ruled(sid=one.sid, state=one.state, decision=decision)

    async def _decide(self, one: _Recording, what: Act) -> Decision:
        """What the gate says of those who are in the call when its word is on record: whoever comes in meanwhile is
        asked about too."""
        while True:
            change = self._change(one, what)
            (decision,) = await self._exchange.gate.decide([change])
            one.attempt += 1
            keep = partial(self._exchange.keep_decisions, [decision])
            await self._kept(one, keep, decision=decision.id)
            if decision.verdict > Verdict.FLAG or set(one.call.participants) == {p.leg for p in change.participants}:
                return decision

    def _change(self, one: _Recording, what: Act) -> Change:
        call, new = one.call, what is one.asked.what
        return Change(
            id=one.sid,
            account=call.account,
            kind=call.kind,
            direction=call.direction,
            what=what,
            carries_on=() if new else (one.asked.what,),
            at=self._clock.now(),
            communication=call.sid,
            participants=tuple(self._as_of(one, who, what) for who in call.participants.values()),
            basis=one.asked.basis,
            card_data=call.card_data,
            self_recorded=call.self_recorded,
            end_user=call.end_user,
            attempt=one.attempt,
        )

    @staticmethod
    def _as_of(one: _Recording, who: Participant, what: Act) -> Participant:
        """Somebody, as of when they have to be told anew."""
        if what is Act.RESUME and one.interrupted is not None:
            return replace(who, since=max(who.since, one.interrupted))
        return who

    def _due(self, one: _Recording, what: Act) -> list[int]:
        """The legs that were not told since they came in or it was interrupted, or have not answered."""
        persons = [self._as_of(one, who, what) for who in one.call.participants.values() if who.role is Role.PERSON]
        return [
            who.leg
            for who in persons
            if who.told is None or who.told.at < who.since or one.asked.what not in who.told.acts or who.answer is None
        ]

    async def _tell_all(self, one: _Recording, what: Act, due: set[int]) -> None:
        """Tell legs, all at the same time. Raises `BadInput` where no announcement tells of this."""
        sound, participants = one.call.sound, one.call.participants
        for leg in due & set(participants):
            sound.announcement(frozenset((one.asked.what,)), participants[leg].language)
        async with one.call.announcing:
            one.state = State.ANNOUNCING
            await asyncio.gather(*(self._tell(one, leg) for leg in due & set(self._due(one, what))))

    async def _tell(self, one: _Recording, leg: int) -> None:
        """Play a leg the announcement, and hear its answer."""
        call, who = one.call, one.call.participants[leg]
        what = call.sound.announcement(frozenset((one.asked.what,)), who.language)
        try:
            heard = await call.sound.announce(leg, what)
            now = self._clock.now()
            shown = {"digest": what.digest, "language": what.language}
            self._note(one, "told" if heard else "unheard", leg, now, **shown)
            if not heard or leg not in call.participants:
                return
            told = Told(at=now, acts=what.acts, way_out=bool(what.decline), language=what.language, digest=what.digest)
            call.participants[leg] = replace(call.participants[leg], told=told)
            if who.answer is None:
                await self._hear(one, leg, what)
        finally:
            call.sound.asked(leg)

    async def _hear(self, one: _Recording, leg: int, what: Announcement) -> None:
        """A leg's answer: the first key that the announcement named; any other is passed over."""
        until = asyncio.get_running_loop().time() + one.asked.patience
        key: str | None = ""
        while key is not None and (not key or key not in (what.agree, what.decline)):
            key = await one.call.sound.key(leg, max(0.0, until - asyncio.get_running_loop().time()))
        now = self._clock.now()
        if key is None:
            self._note(one, "silent", leg, now)
        elif leg in one.call.participants:
            agreed = key == what.agree
            self._answered(one, leg, Answer(at=now, agreed=agreed, how=How.KEY, acts=what.acts, proof=f"key {key}"))

    def _answered(self, one: _Recording, leg: int, answer: Answer) -> None:
        one.call.participants[leg] = replace(one.call.participants[leg], answer=answer)
        said = {"how": answer.how.value, "proof": answer.proof, "to": [act.value for act in answer.acts]}
        self._note(one, "agreed" if answer.agreed else "declined", leg, answer.at, **said)

    # --- what follows -----------------------------------------------------------------------------------------------

    async def _begin(self, one: _Recording) -> None:
        """The gate said yes, and it is on record: from this instant on."""
        if one.state is State.CAPTURING:
            return
        if one.asked.what is Act.RECORD:
            one.call.sound.capture(one.sid)
        now = self._clock.now()
        first = one.began is None
        self._note(one, "began" if first else "resumed", None, now)
        one.began, one.interrupted, one.state = one.began or now, None, State.CAPTURING
        if first:
            one.tell("in-progress", now)
        await self._write(one)

    def _pause(self, one: _Recording, what: str, leg: int | None, **told: str) -> None:
        one.call.sound.pause(one.sid)
        one.state = State.PAUSED
        self._note(one, what, leg, self._clock.now(), **told)

    async def _refuse(self, one: _Recording) -> None:
        await one.call.sound.discard(one.sid)
        await self._close(one, State.REFUSED, None)

    async def _end(self, one: _Recording) -> float:
        tape = await one.call.sound.finish(one.sid)
        await self._close(one, State.ENDED, tape)
        return tape.seconds if tape else 0.0

    async def _close(self, one: _Recording, state: State, tape: Tape | None) -> None:
        now = self._clock.now()
        one.state = state
        self._recordings.pop(one.sid, None)
        self._note(one, state.value, None, now)
        left: dict[str, Any] = {"ended_at": now, "seconds": tape.seconds if tape else 0.0}
        left |= {"digests": tape.digests if tape else {}, "erased_at": None if tape else now}
        one.tell("completed" if tape else "absent", now, tape.seconds if tape else 0.0)
        await self._write(one, **left)
        log.info("%s of call %s: %s", one.sid, one.call.sid, state.value)

    # --- the record -------------------------------------------------------------------------------------------------

    def _note(self, one: _Recording, what: str, leg: int | None, at: datetime, **told: Any) -> None:
        who = one.call.participants.get(leg) if leg is not None else None
        person = self._keys.person(who.address.text) if who and isinstance(who.address, E164) else None
        row = {"account": one.call.account, "sid": one.sid, "at": at, "what": what, "leg": leg, "person": person}
        one.told.append(row | {"told": told})

    async def _write(self, one: _Recording, **values: Any) -> None:
        await self._kept(one, self._database.write, **values)

    async def _kept(self, one: _Recording, keep: Keep, **values: Any) -> None:
        """Keep a recording as it stands, and all events that are not on record yet."""
        told, one.told = one.told, []
        heard, one.notes = one.notes, []
        values |= {"state": one.state.value, "began_at": one.began}
        try:
            await keep(lambda connection: self._keep(connection, one, told, heard, values))
        except Exception:
            one.told, one.notes = told + one.told, heard + one.notes
            raise

    def _keep(
        self,
        connection: Connection,
        one: _Recording,
        told: list[dict[str, Any]],
        heard: list[dict[str, Any]],
        values: Mapping[str, Any],
    ) -> None:
        call = one.call
        if recordings.find(connection, call.account, one.sid) is None:
            recordings.add(connection, {**_row(call.account, call.sid, one.sid, one.asked, one.at), **values})
        else:
            recordings.change(connection, call.account, one.sid, **values)
        recordings.note(connection, told)
        notices.add(connection, heard)
        events = [(call.account, "recording", one.sid, row) for row in told]
        self._ledger.record_all(connection, events, self._clock.now())

    def _of(self, call: OnAir) -> Iterable[_Recording]:
        return [one for one in self._recordings.values() if one.call is call]

    def _call(self, sid: str) -> OnAir:
        if sid not in self._calls:
            raise NotFound(f"no call {sid} is under way")
        return self._calls[sid]

    def _recording(self, sid: str) -> _Recording:
        if sid not in self._recordings:
            raise NotFound(f"no recording {sid} is under way")
        return self._recordings[sid]


def _row(account: str, call: str, sid: str, asked: Asked, at: datetime) -> dict[str, Any]:
    """What was asked for, with the columns of its table."""
    return {
        "account": account,
        "sid": sid,
        "call": call,
        "act": asked.what.value,
        "source": asked.source,
        "channels": asked.channels,
        "basis": asked.basis,
        "asked_at": at,
        "listener": {} if asked.listener is None else msgspec.to_builtins(asked.listener),
    }


def _cut_off(row: Row[Any], tape: Tape, now: datetime) -> list[dict[str, Any]]:
    """What the listener of a recording is told that ended with its process."""
    listener = msgspec.convert(row.listener, Listener) if row.listener else None
    told = Recorded(
        account=row.account,
        sid=row.sid,
        call=row.call,
        source=row.source,
        channels=row.channels,
        began_at=row.began_at,
        seconds=tape.seconds,
    )
    return notes(listener, "completed" if tape.digests else "absent", told, now)
