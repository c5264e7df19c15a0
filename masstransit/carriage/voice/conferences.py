"""Conferences: who is inside, what is changed while they go on, what is on record of them, and who hears of it.

Who is inside is known to the process that carries the calls, and to no other. A recording, and somebody who whispers (a
coach, heard by one participant alone), are asked about: the gate decides by clause 13 before they begin, and who has to
be told is told first; who comes in meanwhile stops both until the gate has said so of them too. Of a conference is
recorded what everybody hears: nobody who is muted, on hold or whispers.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import Any, TypeAlias

import msgspec

from masstransit.carriage.callbacks import API_VERSION, stamp
from masstransit.carriage.notices import Notices, of_call
from masstransit.carriage.recording import Announcement, Asked, OnAir, Recordings, Ruled, State, Tape
from masstransit.carriage.recording_events import UNRECORDED
from masstransit.carriage.voice.asking import Where
from masstransit.carriage.voice.keeping import Keeping, until_stored
from masstransit.carriage.voice.legs import Leg, Watch
from masstransit.carriage.voice.line import CallSound, Line, Sound
from masstransit.carriage.voice.onair import beep
from masstransit.carriage.voice.tasks import cancelled
from masstransit.carriage.voice.verbs import Conference
from masstransit.clock import Clock
from masstransit.errors import BadInput, Conflict, Fault, NotFound
from masstransit.model.change import Act, Participant, Role
from masstransit.model.communication import Direction
from masstransit.model.sid import new_sid
from masstransit.storage import conferences
from masstransit.storage.engine import Database

log = logging.getLogger("masstransit.voice")

#: What a document or a request can ask to be told -> the events that this is.
EVENTS = {
    "start": ("conference-start",),
    "end": ("conference-end",),
    "join": ("participant-join",),
    "leave": ("participant-leave",),
    "mute": ("participant-mute", "participant-unmute"),
    "hold": ("participant-hold", "participant-unhold"),
    "announcement": ("announcement-end",),
}
#: Why one ended, in the SDKs' words; who was put out of it was "kicked".
BY_API, LAST, ENDER = "conference-ended-via-api", "last-participant", "participant-with-end-conference-on-exit"
LEFT, KICKED = "-left", "-kicked"
_WORD_OF = {event: word for word, events in EVENTS.items() for event in events}
_Name: TypeAlias = tuple[str, str]  #: account, name


class Seat:
    """Somebody in a conference, or about to be."""

    def __init__(self, room: Room, leg: Leg, line: Line, asked: Conference, number: int) -> None:
        self.room = room
        self.leg = leg
        self.line = line
        self.asked = asked
        self.number = number  #: in the conference, by which clause 13 speaks of them
        self.since: datetime = leg.call.at
        self.muted = asked.muted
        self.on_hold = False
        self.music: Where | None = None  #: what is heard on hold; None: nothing
        self.ends = asked.ends  #: the conference is over when they leave
        self.beeps_out = asked.beep in {"true", "onExit"}  #: the others hear a tone when they leave
        self.coached: Seat | None = None  #: whom alone they speak to
        self.coaching = ""  #: RE...: the change that the gate has allowed
        self.silenced = False  #: they neither hear nor speak: the gate has to say so again
        self.entered = False  #: the others hear them
        self.changed = asyncio.Event()
        self.removed = asyncio.Event()
        self.asides: asyncio.Queue[Where | Sound] = asyncio.Queue()  #: what they alone are to hear

    @property
    def sid(self) -> str:
        """CA...: of their call."""
        return self.leg.call.id

    @property
    def heard(self) -> bool:
        """Whether everybody hears them."""
        return not (self.muted or self.on_hold or self.silenced or self.coached is not None)

    def moved(self) -> None:
        """Something else is to be done with what they hear and say."""
        self.room.sound.hush(self)
        self.changed.set()

    def participant(self, role: Role = Role.PERSON) -> Participant:
        """As clause 13 hears of them."""
        call = self.leg.call
        address = call.sender if call.direction is Direction.INBOUND else call.recipient
        return Participant(leg=self.number, role=role, address=address, since=self.since)


class Wanted(msgspec.Struct, frozen=True):
    """How a conference is to be recorded."""

    asked: Asked
    refused: Callable[[str], Awaitable[None]]  #: is told why it is not


class Room:
    """A conference: it begins with the first participant that begins it, and is over when one that ends it leaves."""

    def __init__(self, account: str, name: str) -> None:
        self.account = account
        self.name = name
        self.sid = new_sid("CF")
        self.key = f"{account}/{self.sid}"
        self.seats: dict[str, Seat] = {}  #: by the SID of the call
        self.begun = asyncio.Event()
        self.over = asyncio.Event()
        self.reason = ""
        self.watch: Watch | None = None  #: who hears of it: as the first said who named anybody
        self.told = 0  #: how many events were
        self.last = 0  #: number of a seat
        self.kept: asyncio.Task[None] | None = None
        self.sound = _RoomSound(self)
        self.air = OnAir(account=account, sid=self.sid, participants={}, sound=self.sound)
        self.recorded: Wanted | None = None  #: how, if it is to be: as the first asked whose document says so
        self.recording: asyncio.Task[None] | None = None  #: what asks for that, once


class _RoomSound:
    """The sound of a conference: those whose sound is here, by the numbers of their seats. Implements
    `recording.Sound`."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._legs: CallSound | None = None  # until somebody's sound is here

    def admit(self, seat: Seat) -> None:
        """They can be told, and recorded. Nobody hears them yet."""
        if seat.line.sound is None:
            return
        if self._legs is None:
            self._legs = seat.line.sound.apart()
        self._legs.admit(seat.number, seat.line)
        self.hush(seat)

    def dismiss(self, seat: Seat) -> None:
        """They are out of it, and their line goes on."""
        if self._legs is not None:
            self._legs.dismiss(seat.number)

    def hush(self, seat: Seat) -> None:
        """What they say is recorded as long as everybody hears it."""
        if self._legs is not None:
            self._legs.hush(seat.number, hushed=not seat.heard)

    def announcement(self, acts: frozenset[Act], language: str) -> Announcement:
        if self._legs is None:
            raise BadInput(
                "nobody here can be told: what is said in this conference does not go through here", code=UNRECORDED
            )
        return self._legs.announcement(acts, language)

    async def announce(self, number: int, what: Announcement) -> bool:
        return self._legs is not None and await self._legs.announce(number, what)

    async def key(self, number: int, within: float) -> str | None:
        return None if self._legs is None else await self._legs.key(number, within)

    def asked(self, number: int) -> None:
        if self._legs is not None:
            self._legs.asked(number)

    def capture(self, sid: str) -> None:
        if self._legs is not None:
            self._legs.capture(sid)

    def pause(self, sid: str) -> None:
        """Who whispers by it is out of the conference for now."""
        for seat in self._room.seats.values():
            if seat.coaching == sid:
                seat.silenced = True
                seat.moved()
        if self._legs is not None:
            self._legs.pause(sid)

    async def finish(self, sid: str) -> Tape | None:
        self.pause(sid)
        return None if self._legs is None else await self._legs.finish(sid)

    async def discard(self, sid: str) -> None:
        self.pause(sid)
        if self._legs is not None:
            await self._legs.discard(sid)


class Conferences:
    """All that there are in this process. They are there while somebody is inside."""

    def __init__(
        self, *, recordings: Recordings, notices: Notices, database: Database, clock: Clock, process: str
    ) -> None:
        self._recordings = recordings
        self._notices = notices
        self._database = database
        self._clock = clock
        self._process = process
        self._keeping = Keeping()
        self._rooms: dict[_Name, Room] = {}

    # --- coming and going -----------------------------------------------------------------------------------------

    def enter(
        self, leg: Leg, line: Line, asked: Conference, watch: Watch | None, recorded: Wanted | None = None
    ) -> Seat | None:
        """Into a conference; None: it is full. They are heard once `admitted` has returned."""
        name = (leg.call.account, asked.name)
        room = self._rooms.get(name)
        if room is None:
            room = self._rooms[name] = self._opened(*name)
        if len(room.seats) >= asked.most:
            return None
        room.watch = room.watch or watch
        room.recorded = room.recorded or recorded
        room.last += 1
        seat = room.seats[leg.call.id] = Seat(room, leg, line, asked, room.last)
        seat.since = self._clock.now()
        if asked.begins and not room.begun.is_set():
            room.begun.set()
            self._moved(room, "conference-start", status="in-progress", begun_at=seat.since)
        return seat

    def _opened(self, account: str, name: str) -> Room:
        room, now = Room(account, name), self._clock.now()
        self._recordings.began(room.air)
        row: dict[str, Any] = {"account": account, "sid": room.sid, "name": name, "process": self._process}
        row |= {"created_at": now, "updated_at": now}
        self._keep(room, lambda connection: conferences.add(connection, row))
        return room

    async def admitted(self, seat: Seat) -> None:
        """Everybody hears them from now on; what is recorded and whispered here has stopped, until the gate has said so
        of them too."""
        room = seat.room
        room.sound.admit(seat)
        for ruled in await self._recordings.joined(room.sid, seat.participant()):
            for other in room.seats.values():
                if other.coaching == ruled.sid and ruled.state is State.CAPTURING:
                    other.silenced = False
                    other.moved()
        seat.entered = True
        if room.recorded is not None and room.recording is None:
            room.recording = asyncio.create_task(self._record(room, room.recorded))
        if seat.asked.beep in {"true", "onEnter"}:
            self._beep(room, seat)
        self._moved(room, "participant-join", seat)

    def exit(self, seat: Seat) -> None:
        """Out of it. Nothing where they are out."""
        room = seat.room
        if room.seats.pop(seat.sid, None) is None:
            return
        room.sound.dismiss(seat)
        if not room.over.is_set():
            self._recordings.left(room.sid, seat.number)
        for other in room.seats.values():
            if other.coached is seat:  # they are not to be heard by everybody all at once
                other.silenced = True
                other.moved()
        if seat.coaching:
            self._keeping.keep(room, self._stopped(seat.coaching))
        self._left(seat)
        if seat.beeps_out:
            self._beep(room, seat)
        if seat.ends or not room.seats:
            why = ENDER if seat.ends and room.seats else LAST
            self._over(room, why + (KICKED if seat.removed.is_set() else LEFT), seat)

    def _left(self, seat: Seat) -> None:
        if seat.entered:
            seat.entered = False
            self._moved(seat.room, "participant-leave", seat)

    def _over(self, room: Room, reason: str, seat: Seat | None = None) -> None:
        if room.over.is_set():
            return
        room.over.set()
        if self._rooms.get((room.account, room.name)) is room:
            del self._rooms[room.account, room.name]
        for left in room.seats.values():
            self._left(left)
        by = seat.sid if seat is not None else ""
        more = {"ReasonConferenceEnded": reason} | ({"CallSidEndingConference": by} if by else {})
        values = {"status": "completed", "ended_at": self._clock.now(), "reason": reason, "ended_by": by}
        self._moved(room, "conference-end", None, more, **values)
        self._keeping.keep(room, self._unrecorded(room))

    async def _record(self, room: Room, recorded: Wanted) -> None:
        """Record it from when on everybody agrees, to its end. What does not begin is refused for the conference."""
        try:
            ruled = await self._recordings.ask(room.sid, recorded.asked)
            why = "" if ruled.state is State.CAPTURING else ruled.why_not
        except Fault as amiss:
            why = str(amiss)
        if why:
            await recorded.refused(f"The conference is not recorded: {why}")

    async def _unrecorded(self, room: Room) -> None:
        if room.recording is not None:
            await cancelled(room.recording)
        await self._recordings.ended(room.sid)

    async def _stopped(self, sid: str) -> None:
        with contextlib.suppress(NotFound):
            await self._recordings.stop(sid)

    # --- what the API asks for ------------------------------------------------------------------------------------

    def room(self, account: str, sid: str) -> Room:
        """A conference that goes on here, by its SID or its name. Raises `NotFound`."""
        for room in self._rooms.values():
            if room.account == account and sid in {room.sid, room.name}:
                return room
        raise NotFound(f"The requested conference {sid[:40]} does not go on here")

    def seat(self, account: str, sid: str, call: str) -> Seat:
        """Somebody in one, by the SID of their call or their label. Raises `NotFound`."""
        for seat in self.room(account, sid).seats.values():
            if call in {seat.sid, seat.asked.label or seat.sid}:
                return seat
        raise NotFound(f"The requested participant {call[:40]} is not in this conference")

    def end(self, room: Room) -> None:
        """It is over, and everybody is out of it."""
        self._over(room, BY_API)

    def remove(self, seat: Seat) -> None:
        """One of them is out of it."""
        seat.removed.set()

    def announce(self, seats: list[Seat], where: Where) -> None:
        """Some are to hear a document."""
        for seat in seats:
            seat.asides.put_nowait(where)

    def announced(self, seat: Seat) -> None:
        """One of them has heard it."""
        self._moved(seat.room, "announcement-end", seat)

    def mute(self, seat: Seat, *, muted: bool) -> None:
        """Nobody hears them; or they are heard again."""
        if seat.muted is not muted:
            seat.muted = muted
            self._changed(seat, "participant-mute" if muted else "participant-unmute")

    def hold(self, seat: Seat, music: Where | None, *, on_hold: bool) -> None:
        """They neither hear nor are heard; or do again."""
        seat.music = music
        if seat.on_hold is not on_hold:
            seat.on_hold = on_hold
            self._changed(seat, "participant-hold" if on_hold else "participant-unhold")

    async def coach(self, seat: Seat, call: str) -> Ruled:
        """They are to be heard by one participant alone, where the gate allows it. Raises `NotFound`, `Conflict`,
        `BadInput` where nobody can be told, `StorageUnavailable`."""
        target = self.seat(seat.room.account, seat.room.sid, call)
        if target is seat:
            raise BadInput("Nobody coaches themselves.", field="CallSidToCoach")
        ruled = await self._asked(seat, Act.WHISPER)
        if ruled.state is State.CAPTURING:
            seat.coached, seat.silenced = target, False
            seat.moved()
        return ruled

    async def barge(self, seat: Seat) -> Ruled | None:
        """Who was coaching is to be heard by everybody. None: they were not. Raises like `coach`."""
        if not seat.coaching:
            return None
        ruled = await self._asked(seat, Act.BARGE)
        if ruled.state is State.CAPTURING:
            seat.coached, seat.silenced = None, False
            seat.moved()
        return ruled

    async def _asked(self, seat: Seat, what: Act) -> Ruled:
        """The gate's word about somebody who listens in; the one before it counts no more where this one is yes."""
        room = seat.room
        if not seat.entered or room.over.is_set():
            raise Conflict("They are not in the conference yet", code=21220)
        room.air.participants[seat.number] = seat.participant(Role.STAFF)
        ruled = await self._recordings.ask(room.sid, Asked(what=what))
        if ruled.state is State.CAPTURING:
            before, seat.coaching = seat.coaching, ruled.sid
            if before:
                await self._stopped(before)
        elif not seat.coaching and seat.number in room.air.participants:
            room.air.participants[seat.number] = seat.participant()
        return ruled

    def _changed(self, seat: Seat, event: str) -> None:
        seat.moved()
        self._moved(seat.room, event, seat)

    def _beep(self, room: Room, seat: Seat) -> None:
        for other in room.seats.values():
            if other is not seat and other.entered:
                other.asides.put_nowait(Sound(url="", pcm=beep()))

    # --- the record -----------------------------------------------------------------------------------------------

    async def end_orphans(self, *, at_start: bool) -> int:
        """Put those on record as over whose process is gone. Raises `StorageUnavailable`."""
        now = self._clock.now()
        return await self._database.write(
            lambda c: conferences.end_orphans(c, self._process, now, LAST + LEFT, at_start=at_start)
        )

    async def drained(self) -> None:
        """Return when everything that is to be kept is."""
        await self._keeping.drained()

    def _moved(
        self, room: Room, event: str, seat: Seat | None = None, more: dict[str, str] | None = None, **values: Any
    ) -> None:
        now = self._clock.now()
        notes = self._notes(room, event, seat, more or {}, now)

        def keep(connection: Any) -> None:
            conferences.mark(connection, room.account, room.sid, now, **values)
            self._notices.add(connection, notes)

        self._keep(room, keep)

    def _keep(self, room: Room, keep: Any) -> None:
        async def written() -> None:
            await until_stored(lambda: self._database.write(keep))
            self._notices.nudge()

        work: Coroutine[Any, Any, None] = written()
        self._keeping.keep(room, work)

    def _notes(
        self, room: Room, event: str, seat: Seat | None, more: dict[str, str], now: datetime
    ) -> list[dict[str, Any]]:
        """What the conference's watcher is to be told; nothing where it did not ask for this event."""
        watch = room.watch
        if watch is None or _WORD_OF[event] not in watch.events:
            return []
        params = {
            "ConferenceSid": room.sid,
            "FriendlyName": room.name,
            "AccountSid": room.account,
            "ApiVersion": API_VERSION,
            "StatusCallbackEvent": event,
            "SequenceNumber": str(room.told),
            "Timestamp": stamp(now),
            **(_of_seat(seat) if seat is not None else {}),
            **more,
        }
        room.told += 1
        return [of_call(now, account=room.account, url=watch.url, method=watch.method, params=params, about=room.sid)]


def _of_seat(seat: Seat) -> dict[str, str]:
    flags = {
        "Muted": seat.muted,
        "Hold": seat.on_hold,
        "Coaching": seat.coached is not None,
        "EndConferenceOnExit": seat.ends,
        "StartConferenceOnEnter": seat.asked.begins,
    }
    told = {"CallSid": seat.sid} | {name: str(value).lower() for name, value in flags.items()}
    if seat.asked.label:
        told["ParticipantLabel"] = seat.asked.label
    if seat.coached is not None:
        told["CallSidToCoach"] = seat.coached.sid
    return told
