"""Video rooms: opened and ended, who comes in and goes, who is muted and put out, and who hears of all that.

Somebody comes in by the gate: their coming in is an offer of kind VIDEO from them to the room, and its decision is on
record before anybody sees them. What is recorded stops in the instant in which they come in, before a packet of theirs
is passed on, until the gate has said so of them too (`carriage/recording.py`).

A room is carried by one process; who wants to come in reaches that one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.carriage.access_tokens import Turned
from masstransit.carriage.callbacks import stamp
from masstransit.carriage.exchange import Exchange
from masstransit.carriage.notices import Notices, of_call
from masstransit.carriage.recording import Asked, Recordings, State
from masstransit.carriage.video import prompts
from masstransit.carriage.video.relays import Relays
from masstransit.carriage.video.seats import Coming, Room, Seat, Wire
from masstransit.carriage.video.sound import RoomSound
from masstransit.carriage.video.unit import Unit
from masstransit.carriage.voice.keeping import Keeping, until_stored
from masstransit.clock import Clock
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.model.address import E164, ChatHandle
from masstransit.model.communication import Communication, Kind, Purpose
from masstransit.model.decision import Decision, Verdict
from masstransit.model.sid import new_sid
from masstransit.storage import conversations, rooms
from masstransit.storage.engine import Database

log = logging.getLogger("masstransit.video")

UNUSED = 300.0  #: seconds in which a room has nobody in it until it is over
LONGEST = 4 * 3600.0  #: seconds that somebody stays
PATIENCE = 60.0  # seconds in which somebody answers whether they may be recorded
_SOURCE = "room"

# The SDKs' codes.
FULL, NOWHERE, OVER, EXISTS, NOBODY, MEDIA, ELSEWHERE, BLOCKED = 53105, 53106, 53118, 53113, 53204, 53405, 53104, 53103


class Rooms:
    """All that this process carries."""

    def __init__(
        self,
        *,
        units: Sequence[Unit],
        exchange: Exchange,
        recordings: Recordings,
        notices: Notices,
        database: Database,
        clock: Clock,
        process: str,
        relays: Relays,
    ) -> None:
        self._units = units  # for the smallest rooms first
        self._relays = relays
        self._exchange = exchange
        self._recordings = recordings
        self._notices = notices
        self._database = database
        self._clock = clock
        self._process = process
        self._keeping = Keeping()
        self._rooms: dict[tuple[str, str], Room] = {}
        self._at: dict[str, tuple[Room, Seat]] = {}  # by the SID of the participant
        self._tasks: set[asyncio.Task[None]] = set()
        for unit in units:
            unit.connect(self)

    @property
    def usual(self) -> int:
        """Participants of a room that does not say how many it is for."""
        return self._units[0].most

    @property
    def most(self) -> int:
        """Participants of a room at once, at the most."""
        return self._units[-1].most

    def _unit_for(self, most: int) -> Unit:
        """What forwards a room of so many."""
        return next((unit for unit in self._units if most <= unit.most), self._units[-1])

    # --- rooms ----------------------------------------------------------------------------------------------------

    async def create(self, row: Mapping[str, Any]) -> Row[Any]:
        """Open a room; `row` has what the customer chose (the columns of `video_rooms`). Raises `BadInput` where it
        can't be recorded as they chose, `Conflict` where one of that name goes on, `StorageUnavailable`."""
        if row["records"] and self._unit_for(row["most"]).tapes is None:
            raise BadInput(self._unrecorded(), field="RecordParticipantsOnConnect")
        now, sid = self._clock.now(), new_sid("RM")
        whole: dict[str, Any] = {
            "sid": sid,
            "created_at": now,
            "updated_at": now,
            "process": self._process,
            "status": "in-progress",
        }
        whole |= {**row, "name": row["name"] or sid}

        def keep(connection: Connection) -> Row[Any]:
            if rooms.find(connection, whole["account"], whole["name"]) is not None:
                raise Conflict(f"A room '{whole['name'][:40]}' goes on already", code=EXISTS)
            rooms.add(connection, whole)
            return _found(connection, whole["account"], sid)

        made = await self._database.write(keep)
        self._moved(self._opened(made), "room-created")
        return made

    async def room(self, account: str, name: str) -> Room:
        """A room that goes on, by its SID or name. Raises `NotFound`; `Conflict` where another process carries it."""

        def look(connection: Connection) -> tuple[Row[Any], bool, int]:
            row = _found(connection, account, name)
            mine = row.process == self._process or not rooms.is_alive(connection, row.process)
            return row, mine, rooms.last_number(connection, account, row.sid)

        row, mine, last = await self._database.read(look)
        if row.ended_at is not None:
            raise Conflict("The room is over", code=OVER)
        if not mine:
            raise Conflict("another process of the house carries this room: go there", code=ELSEWHERE)
        room = self._opened(row, last)
        if row.process != self._process:  # it was another's, which is gone
            self._moved(room, "", process=self._process)
        return room

    def here(self, account: str, sid: str) -> Room | None:
        """A room, where this process has it open."""
        return self._rooms.get((account, sid))

    def _opened(self, row: Row[Any], last: int = 0) -> Room:
        known = self._rooms.get((row.account, row.sid))
        if known is not None:
            return known
        unit = self._unit_for(row.most)
        sound = RoomSound(unit.tapes, self._recorded) if unit.tapes is not None else None
        room = self._rooms[row.account, row.sid] = Room(row, unit, sound)
        room.last = last
        if sound is not None and room.air is not None:
            sound.of(room)
            self._recordings.began(room.air)
        self._wait(room)
        return room

    def _wait(self, room: Room) -> None:
        """Nobody is in it: it is over if that stays so."""
        room.unused = asyncio.get_running_loop().call_later(UNUSED, self._left_unused, room)

    def _left_unused(self, room: Room) -> None:
        if not room.seats and not room.over:
            self._spawn(self.complete(room))

    async def complete(self, room: Room) -> None:
        """It is over, and everybody is out of it."""
        if room.over:
            return
        room.over = True
        for seat in list(room.seats.values()):
            self._out(room, seat, "ended", "the room is over")
        await self._recordings.ended(room.sid)
        now = self._clock.now()
        self._moved(room, "room-ended", status="completed", ended_at=now)
        self._rooms.pop((room.account, room.sid), None)
        if room.unused is not None:
            room.unused.cancel()
        await self._keeping.drained()

    # --- coming and going -----------------------------------------------------------------------------------------

    async def join(self, who: Coming, name: str, wire: Wire) -> tuple[Room, Seat] | Turned:
        """Somebody comes in. Raises `StorageUnavailable`."""
        try:
            room = await self.room(who.account, name)
        except NotFound:
            return Turned(code=NOWHERE, reason="there is no such room", remedy="ask who invited you for its name")
        except Conflict as over:
            return Turned(code=over.code, reason=str(over))
        turned = self._no_place(room, who)
        if turned is not None:
            return turned
        sid, now, blocks = new_sid("PA"), self._clock.now(), await self._blocks(room.account, who.identity)
        decision, number = await self._offered(room, sid, who, now)
        if decision.verdict > Verdict.FLAG:
            return _turned(decision)
        turned = self._no_place(room, who)
        if turned is not None:  # while the gate was asked somebody else took it
            self._keep(room, lambda c: rooms.gone(c, room.account, sid, now, gone="ended", reason=turned.reason))
            return turned
        again = room.seat(who.identity)
        if again is not None:
            self._out(room, again, "again", "you came in again from elsewhere")
        return room, await self._seated(room, Seat(sid, number, who, wire, now), blocks)

    def _no_place(self, room: Room, who: Coming) -> Turned | None:
        """Why there is none for somebody just now; None: there is."""
        if room.over:
            return Turned(code=OVER, reason="the room is over")
        if room.seat(who.identity) is None and len(room.seats) >= room.most:
            return Turned(code=FULL, reason="the room is full", remedy="wait until somebody leaves", retry_after=5.0)
        if not room.unit.up:
            return Turned(
                code=MEDIA, reason="no picture can be passed on just now", remedy="try again", retry_after=5.0
            )
        return None

    async def _offered(self, room: Room, sid: str, who: Coming, now: datetime) -> tuple[Decision, int]:
        """The gate's word about it, on record; and by which number they are known in the room."""
        offer = Communication(
            id=sid,
            account=room.account,
            kind=Kind.VIDEO,
            channel="video",
            sender=who.address,
            recipient=ChatHandle(room.sid),
            at=now,
            purpose=Purpose.CONVERSATION,
            end_user=room.end_user or (None if isinstance(who.address, E164) else who.identity[:64]),
            principal=who.principal,
        )
        (decision,) = await self._exchange.gate.decide([offer])
        let_in = decision.verdict <= Verdict.FLAG
        number = room.number()
        row = {
            "number": number,
            "account": room.account,
            "sid": sid,
            "room": room.sid,
            "identity": who.identity,
            "status": "connected" if let_in else "refused",
            "country": who.country,
            "state": who.state,
            "joined_at": now,
            "updated_at": now,
            "decision": decision.id,
        }
        try:
            await self._exchange.keep_decisions([decision], lambda connection: rooms.let_in(connection, row))
        except Exception:
            await self._exchange.gate.release([offer])
            raise
        return decision, number

    async def _seated(self, room: Room, seat: Seat, blocks: set[str]) -> Seat:
        sid, wire = seat.sid, seat.wire
        self._spawn(self._heard_of(room, seat))
        await asyncio.sleep(0)  # by now what was recorded is paused: that is what it does first
        apart = [other.sid for other in room.seats.values() if other.who.identity in blocks]
        room.seats[sid] = seat
        self._at[sid] = (room, seat)
        room.unit.enter(room.sid, sid, seat.number, apart)
        if room.unused is not None:
            room.unused.cancel()
        seat.leaving = asyncio.get_running_loop().call_later(LONGEST, self._stayed, room, seat)
        wire.tell(
            "joined",
            room={"sid": room.sid, "name": room.name},
            you=sid,
            participants=[other.as_others_see() for other in room.seats.values() if other is not seat],
            recording=room.captures,
            watch=room.unit.viewing is not None,
            ice_servers=self._relays.lent(sid, seat.since, timedelta(seconds=LONGEST)),
        )
        self._tell_others(room, seat, "participant-connected", participant=seat.as_others_see())
        self._moved(room, "participant-connected", seat)
        if room.records:
            self._record_as_settled(room)
        return seat

    def _record_as_settled(self, room: Room) -> None:
        try:
            self.record(room)
        except Conflict as never:
            self._not_recorded(room, str(never))

    async def _blocks(self, account: str, identity: str) -> set[str]:
        """Who blocked somebody, and whom they blocked."""

        def look(connection: Connection) -> set[str]:
            theirs = conversations.blockers(connection, {(account, identity)}).get((account, identity), set())
            return theirs | set(conversations.blocked_by(connection, account, identity))

        return await self._database.read(look)

    async def _heard_of(self, room: Room, seat: Seat) -> None:
        """Clause 13 hears of who came in."""
        if room.air is None:
            return
        for ruled in await self._recordings.joined(room.sid, seat.participant()):
            if ruled.state is not State.CAPTURING:
                log.info("%s of room %s stays paused", ruled.sid, room.sid)

    def _stayed(self, room: Room, seat: Seat) -> None:
        self._out(room, seat, "ended", "this was the longest that somebody stays in a room: come in again")

    def leave(self, seat: Seat, gone: str = "left") -> None:
        """Somebody goes, or is lost. Nothing where they are out."""
        found = self._at.get(seat.sid)
        if found is not None:
            self._out(found[0], seat, gone, "")

    def remove(self, room: Room, seat: Seat, reason: str) -> None:
        """Somebody is put out, and told why. In this instant nothing of theirs is passed on any more."""
        self._out(room, seat, "removed", reason)

    def _out(self, room: Room, seat: Seat, gone: str, reason: str) -> None:
        if room.seats.pop(seat.sid, None) is None:
            return
        del self._at[seat.sid]
        room.unit.drop(seat.sid)
        if seat.leaving is not None:
            seat.leaving.cancel()
        if seat.shown is not None and not seat.shown.done():
            seat.shown.set_result(False)
        if gone != "left":
            seat.wire.tell("removed" if gone == "removed" else "ended", why=gone, reason=reason)
        seat.wire.close()
        now = self._clock.now()
        self._tell_others(room, seat, "participant-disconnected", participant={"sid": seat.sid}, why=gone)
        more = {"ParticipantDuration": str(int((now - seat.since).total_seconds())), "Reason": reason, "Gone": gone}
        self._keep(room, lambda c: rooms.gone(c, room.account, seat.sid, now, gone=gone, reason=reason[:256]))
        self._moved(room, "participant-disconnected", seat, more)
        if room.over:
            return
        if room.air is not None:
            self._recordings.left(room.sid, seat.number)
        if not room.seats:
            self._wait(room)
            self._spawn(self._end_recording(room))
        elif room.recording and not room.captures:
            self._spawn(self._resumed(room))

    async def _resumed(self, room: Room) -> None:
        """Who was in the way of the recording may be gone: the gate is asked again."""
        with contextlib.suppress(NotFound, Conflict):
            await self._recordings.resume(room.recording)

    # --- what goes on inside --------------------------------------------------------------------------------------

    def offer(self, seat: Seat, sdp: str, lines: Mapping[str, str]) -> None:
        """What their browser offers."""
        found = self._at.get(seat.sid)
        if found is None:
            return
        found[0].unit.offer(seat.sid, sdp, lines)
        fresh = {use for use in lines.values() if use in seat.muted} - seat.sends
        seat.sends |= fresh
        for name in sorted(fresh):
            self._tell_others(found[0], seat, "source", participant=seat.sid, source=name)

    def watched(self, seat: Seat, sdp: str) -> None:
        """Their answer to what the house offered. Raises `BadInput`."""
        found = self._at.get(seat.sid)
        if found is None:
            return
        viewing = found[0].unit.viewing
        if viewing is None:
            raise BadInput("in this room you alone offer: there is nothing to answer")
        viewing.watched(seat.sid, sdp)

    def mute(self, seat: Seat, source: str, *, muted: bool, by: str) -> None:
        """Nothing of a source of theirs is passed on; or it is again, where nobody else muted it. Raises `BadInput`."""
        if source not in seat.muted:
            raise BadInput(f"what is muted is one of {', '.join(seat.muted)}", field="source")
        found = self._at.get(seat.sid)
        if found is None or (by in seat.muted[source]) is muted:
            return
        (seat.muted[source].add if muted else seat.muted[source].discard)(by)
        found[0].unit.hush(seat.sid, source, muted=muted, by=by)
        quiet = bool(seat.muted[source])
        self._tell_others(found[0], seat, "muted", participant=seat.sid, source=source, muted=quiet, by=by)
        if by != "self":
            seat.wire.tell("muted", participant=seat.sid, source=source, muted=quiet, by=by)

    def saw(self, seat: Seat) -> None:
        """What they were asked stands before them, whole."""
        if seat.shown is not None and not seat.shown.done():
            seat.shown.set_result(True)

    def answer(self, seat: Seat, *, agreed: bool) -> None:
        """What they answered."""
        seat.keys.put_nowait(prompts.AGREE if agreed else prompts.DECLINE)

    # --- recording ------------------------------------------------------------------------------------------------

    def record(self, room: Room) -> None:
        """Have it recorded, where the gate allows it: everybody who has to be asked is asked. Raises `Conflict` where
        what forwards the room keeps nothing."""
        if room.air is None:
            raise Conflict(self._unrecorded())
        if room.asking is None and not room.recording and not room.over:
            room.asking = self._spawn(self._record(room))

    async def _record(self, room: Room) -> None:
        asked = Asked(source=_SOURCE, basis=room.basis, patience=PATIENCE)
        try:
            ruled = await self._recordings.ask(room.sid, asked)
        except NotFound:  # it was over before that
            return
        finally:
            if room.asking is asyncio.current_task():
                room.asking = None
        if ruled.state is State.CAPTURING:
            return
        self._not_recorded(room, "; ".join(reason for reason, _ in ruled.missing), ruled.sid)

    def _not_recorded(self, room: Room, reason: str, sid: str = "") -> None:
        self._tell_all(room, "recording", state="refused", reason=reason)
        self._moved(room, "recording-failed", None, {"RecordingSid": sid, "Reason": reason})

    def _unrecorded(self) -> str:
        """Why a room is not recorded, and what to do about it."""
        why = "This room is forwarded by Janus, which would keep what was said before everybody had agreed"
        small = self._units[0]
        if small.tapes is None:
            return f"{why}: rooms that are recorded take an address at [video] hosts"
        return f"{why}: a room for at most {small.most} people ('MaxParticipants') can be recorded"

    async def stop_recording(self, room: Room) -> None:
        """End it, and ask no more for it. Nothing where there is none."""
        room.records = False
        await self._end_recording(room)

    async def _end_recording(self, room: Room) -> None:
        sid, room.recording = room.recording, ""
        asking, room.asking = room.asking, None
        if asking is not None:
            asking.cancel()
            await asyncio.wait({asking})
        if sid:
            with contextlib.suppress(NotFound):
                await self._recordings.stop(sid)

    def _recorded(self, room: Room, sid: str, state: str) -> None:
        """What is recorded begins, pauses, goes on or ends in this instant."""
        room.captures = state in {"started", "resumed"}
        if room.captures:
            room.recording = sid
        self._tell_all(room, "recording", state=state)
        self._moved(room, f"recording-{state}", None, {"RecordingSid": sid})

    # --- what the unit says ---------------------------------------------------------------------------------------

    def answered(self, peer: str, sdp: str) -> None:
        self._to(peer, "answer", sdp=sdp)

    def unusable(self, peer: str, why: str) -> None:
        self._to(peer, "error", code=53403, reason=why, remedy="see docs/video.md for what is offered")

    def shown(self, peer: str, lines: Mapping[str, tuple[str, str]], seats: int, stages: int) -> None:
        told = {mid: {"participant": who, "source": source} for mid, (who, source) in lines.items()}
        self._to(peer, "lines", lines=told, seats=seats, stages=stages)

    def lost(self, peer: str) -> None:
        found = self._at.get(peer)
        if found is not None:
            self._out(*found, "lost", "nothing of you arrives here any more")

    def watch(self, peer: str, sdp: str) -> None:
        self._to(peer, "watch", sdp=sdp)

    def down(self, unit: Unit) -> None:
        for room, seat in [(room, seat) for room, seat in self._at.values() if room.unit is unit]:
            self._out(room, seat, "lost", "what passes pictures on has to begin anew: come in again")

    def _to(self, peer: str, what: str, **told: Any) -> None:
        found = self._at.get(peer)
        if found is not None:
            found[1].wire.tell(what, **told)

    # --- who hears of it ------------------------------------------------------------------------------------------

    @staticmethod
    def _tell_others(room: Room, seat: Seat, what: str, **told: Any) -> None:
        for other in room.seats.values():
            if other is not seat:
                other.wire.tell(what, **told)

    @staticmethod
    def _tell_all(room: Room, what: str, **told: Any) -> None:
        for seat in room.seats.values():
            seat.wire.tell(what, **told)

    def _moved(
        self, room: Room, event: str, seat: Seat | None = None, more: Mapping[str, str] | None = None, **values: Any
    ) -> None:
        """Keep it, and have the customer's server told of the event; "": it is none."""
        now = self._clock.now()
        notes = _notes(room, event, seat, more or {}, now)

        def keep(connection: Connection) -> None:
            rooms.mark(connection, room.account, room.sid, now, **values)
            self._notices.add(connection, notes)

        self._keep(room, keep)

    def _keep(self, room: Room, keep: Callable[[Connection], None]) -> None:
        async def written() -> None:
            await until_stored(lambda: self._database.write(keep))
            self._notices.nudge()

        self._keeping.keep(room, written())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("something in a room broke", exc_info=task.exception())

    # --- its beginning and end ------------------------------------------------------------------------------------

    async def open(self) -> None:
        """At the start: who was in rooms of this process's last life is not any more; the rooms wait for somebody as
        new ones do. Raises `StorageUnavailable`."""
        now = self._clock.now()

        def look(connection: Connection) -> list[tuple[Row[Any], int]]:
            rooms.end_orphans(connection, self._process, now)
            return [
                (row, rooms.last_number(connection, row.account, row.sid))
                for row in rooms.going(connection, self._process)
            ]

        for row, last in await self._database.write(look):
            self._opened(row, last)

    async def drained(self) -> None:
        """Return when everything that is to be kept is."""
        await self._keeping.drained()

    async def close(self) -> None:
        """Everybody is out; what is recorded ends. The rooms are there again when the house is."""
        for room in list(self._rooms.values()):
            for seat in list(room.seats.values()):
                self._out(room, seat, "ended", "the house closes: come in again in a moment")
            await self._recordings.ended(room.sid)
            if room.unused is not None:
                room.unused.cancel()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._keeping.drained()


def _found(connection: Connection, account: str, name: str) -> Row[Any]:
    """Raises `NotFound`."""
    row = rooms.find(connection, account, name)
    if row is None:
        raise NotFound(f"The requested room {name[:40]} was not found")
    return row


def _turned(decision: Decision) -> Turned:
    """Who the gate did not let in. What is held or delayed is turned away too: nobody waits before a door."""
    finding = decision.deciding
    wait = None
    if decision.verdict is Verdict.DELAY and decision.until is not None:
        wait = max((decision.until - decision.at).total_seconds(), 1.0)
    return Turned(
        code=(finding.code if finding else None) or BLOCKED,
        reason=finding.reason if finding else "the policy does not allow this",
        remedy=finding.remedy if finding else "",
        clause=finding.clause if finding else "",
        decision=decision.id,
        retry_after=wait,
    )


def _notes(room: Room, event: str, seat: Seat | None, more: Mapping[str, str], now: datetime) -> list[dict[str, Any]]:
    """What the customer's server is to be told."""
    if room.callback is None or not event:
        return []
    params = {
        "AccountSid": room.account,
        "RoomSid": room.sid,
        "RoomName": room.name,
        "RoomStatus": "completed" if room.over else "in-progress",
        "RoomType": "group",
        "StatusCallbackEvent": event,
        "SequenceNumber": str(room.told),
        "Timestamp": stamp(now),
    }
    if seat is not None:
        params |= {"ParticipantSid": seat.sid, "ParticipantIdentity": seat.who.identity}
        params["ParticipantStatus"] = "connected" if event == "participant-connected" else "disconnected"
    params |= {name: value for name, value in more.items() if value}
    room.told += 1
    told = room.callback
    return [of_call(now, account=room.account, url=told.url, method=told.method, params=params, about=room.sid)]
