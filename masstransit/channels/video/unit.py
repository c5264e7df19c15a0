"""What the unit does with what it is told: who is in which room, who is shown to whom, what is kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from masstransit.channels.video.peer import Peer
from masstransit.channels.video.talk import (
    Answer,
    Capture,
    Drop,
    Enter,
    Finish,
    Finished,
    Hush,
    Lost,
    Offer,
    Opened,
    Pause,
    Shown,
    Tells,
    Told,
    Unusable,
)
from masstransit.channels.video.tape import MARGIN, Tape
from masstransit.errors import BadInput

log = logging.getLogger("masstransit.video")

_CONNECTED_WITHIN = 30.0  #: seconds after an offer


class Unit:
    """All rooms of this process. `tell` says something to the house."""

    def __init__(self, settings: Opened, tell: Callable[[Tells], None]) -> None:
        self._settings = settings
        self._tell = tell
        self._peers: dict[str, Peer] = {}
        self._rooms: dict[str, dict[str, Peer]] = {}  # room -> its peers, in the order in which they came
        self._room_of: dict[str, str] = {}
        self._tapes: dict[str, tuple[str, Tape]] = {}  # recording -> its room, and it
        self._told: dict[str, Shown] = {}
        self._apart: set[frozenset[str]] = set()  # pairs who neither see nor hear each other
        self._hushed: dict[tuple[str, str], set[str]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def hear(self, said: Told) -> None:
        """The house said something."""
        match said:
            case Enter():
                self._enter(said)
            case Offer():
                self._spawn(self._offered(said))
            case Hush():
                self._hush(said)
            case Drop():
                self._drop(said.peer)
            case Capture():
                self._capture(said)
            case Pause() if said.sid in self._tapes:
                self._tapes[said.sid][1].pause()
            case Finish():
                self._spawn(self._finish(said))
            case _:
                log.warning("not to be followed here: %s", type(said).__name__)

    async def close(self) -> None:
        """Everybody is out."""
        for _, tape in self._tapes.values():
            tape.leave()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, *(peer.close() for peer in self._peers.values()), return_exceptions=True)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("something in a room broke", exc_info=task.exception())

    # --- coming and going -----------------------------------------------------------------------------------------

    def _enter(self, said: Enter) -> None:
        peer = self._peers[said.peer] = Peer(said.peer, said.leg, self._settings.shown, self._lost)
        self._room_of[said.peer] = said.room
        self._apart |= {frozenset((said.peer, other)) for other in said.apart}
        self._rooms.setdefault(said.room, {})[said.peer] = peer

    async def _offered(self, said: Offer) -> None:
        peer = self._peers.get(said.peer)
        if peer is None:
            return
        before = set(peer.sources.values())
        try:
            answer = await peer.answer(said.sdp, said.lines)
        except BadInput as wrong:
            self._tell(Unusable(peer=said.peer, why=str(wrong)))
            return
        if said.peer not in self._peers:
            return
        for source in set(peer.sources.values()) - before:
            source.muted |= self._hushed.get((peer.sid, source.name), set())
            for room, tape in self._tapes.values():
                if room == self._room_of[peer.sid]:
                    tape.add(peer.leg, source)
        self._tell(Answer(peer=said.peer, sdp=answer))
        self._arrange(self._room_of[said.peer])
        if not before:
            self._spawn(self._watch(peer))

    async def _watch(self, peer: Peer) -> None:
        """Whose packets never come is out."""
        await asyncio.sleep(_CONNECTED_WITHIN)
        if peer.state != "connected":
            self._lost(peer)

    def _lost(self, peer: Peer) -> None:
        if self._peers.get(peer.sid) is peer:
            self._tell(Lost(peer=peer.sid))

    def _drop(self, sid: str) -> None:
        peer, room = self._peers.pop(sid, None), self._room_of.pop(sid, "")
        if peer is None:
            return
        self._told.pop(sid, None)
        self._apart = {pair for pair in self._apart if sid not in pair}
        self._hushed = {key: by for key, by in self._hushed.items() if key[0] != sid}
        for source in peer.sources.values():
            source.muted.add("gone")  # in this instant, however long its connection takes to close
        inside = self._rooms[room]
        del inside[sid]
        if inside:
            self._arrange(room)
        else:
            del self._rooms[room]
        self._spawn(peer.close())

    def _hush(self, said: Hush) -> None:
        by = self._hushed.setdefault((said.peer, said.source), set())
        if said.muted:
            by.add(said.by)
        else:
            by.discard(said.by)
        peer = self._peers.get(said.peer)
        source = peer.source(said.source) if peer is not None else None
        if source is not None:
            source.muted = set(by)
        if peer is not None and said.source == "screen":
            self._arrange(self._room_of[said.peer])

    # --- who is shown to whom -------------------------------------------------------------------------------------

    def _arrange(self, room: str) -> None:
        """Everybody sees and hears everybody else, as far as they have lines."""
        peers = self._rooms[room]
        screens = [each for peer in peers.values() if (each := peer.source("screen")) is not None and not each.muted]
        for peer in peers.values():
            others = {sid: other for sid, other in peers.items() if other is not peer and self._meet(peer.sid, sid)}
            stages = [screen for screen in screens if screen.peer in others]
            peer.seat(others)
            peer.stage(stages)
            told = Shown(peer=peer.sid, lines=peer.shown(), seats=len(others), stages=len(stages))
            if self._told.get(peer.sid) != told:
                self._told[peer.sid] = told
                self._tell(told)

    def _meet(self, one: str, other: str) -> bool:
        return frozenset((one, other)) not in self._apart

    # --- what is kept ---------------------------------------------------------------------------------------------

    def _capture(self, said: Capture) -> None:
        if said.sid not in self._tapes:
            folder = Path(self._settings.folder) / said.sid
            tape = Tape(folder, asyncio.get_running_loop().time)
            self._tapes[said.sid] = (said.room, tape)
            for peer in self._rooms.get(said.room, {}).values():
                for source in peer.sources.values():
                    tape.add(peer.leg, source)
        tape = self._tapes[said.sid][1]
        tape.go_on()
        self._spawn(self._whole(tape))

    @staticmethod
    async def _whole(tape: Tape) -> None:
        """Have pictures begin anew once what was on its way has come in."""
        await asyncio.sleep(MARGIN + 0.05)
        now = asyncio.get_running_loop().time()
        for source in tape.whole_pictures():
            await source.ask_whole(now)

    async def _finish(self, said: Finish) -> None:
        found = self._tapes.pop(said.sid, None)
        if found is None:
            self._tell(Finished(sid=said.sid, seconds=0.0, digests={}))
            return
        found[1].pause()
        left = await asyncio.to_thread(found[1].finish, keep=said.keep)
        self._tell(Finished(sid=said.sid, seconds=left.seconds, digests=left.digests, whole=left.whole))
