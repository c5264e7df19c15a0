"""One participant of a room that Janus forwards: a handle that takes what they send, and one that offers them what
others send. What is to be done for them is done one after the other; only their leaving waits for nothing."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from masstransit.channels.video.janus.description import lines_of, sources_of, without_candidates
from masstransit.channels.video.janus.words import Heard, Refused, described
from masstransit.errors import BadInput

if TYPE_CHECKING:
    from masstransit.channels.video.janus.room import Room

log = logging.getLogger("masstransit.video")

_CONNECTED_WITHIN = 30.0  # seconds after an offer was answered

Stream: TypeAlias = tuple[int, str]  # a feed, and the mid of one of its lines


class Seat:
    """See above. `sid` is the participant's, `feed` what Janus knows them by."""

    def __init__(self, sid: str, room: Room) -> None:
        self.sid = sid
        self.feed = secrets.randbits(52) + 1
        self.sends: dict[str, str] = {}  #: mid -> microphone, camera, screen
        self.live = False  #: their packets arrive
        self.muted: dict[str, set[str]] = {}  #: source -> by whom
        self.shown: dict[str, Stream] = {}  #: mid of a line of theirs -> what is on it
        self._room = room
        self._sending = self._viewing = 0  # handles
        self._waits = False  # for the answer to what was offered
        self._told: Mapping[str, tuple[str, str]] | None = None
        self._late: asyncio.TimerHandle | None = None
        self._jobs: asyncio.Queue[Callable[[], Coroutine[Any, Any, None]]] = asyncio.Queue()
        self._working = asyncio.create_task(self._work())

    async def _work(self) -> None:
        if not await self._room.made():
            self._room.tells.lost(self.sid)
            return
        while True:
            job = await self._jobs.get()
            try:
                await job()
            except (BadInput, Refused) as wrong:
                log.info("somebody in a room is told: %s", wrong)
                self._room.tells.unusable(self.sid, str(wrong))
            except Exception:
                log.exception("something in a room broke")

    def leave(self) -> None:
        """They are out: in this instant Janus is told to close both connections."""
        self._working.cancel()
        if self._late is not None:
            self._late.cancel()
        for handle in (self._sending, self._viewing):
            if handle:
                self._room.let_go(handle)

    async def _handle(self) -> int:
        handle = await self._room.session.attach()
        self._room.handles[handle] = self
        return handle

    # --- what they send -------------------------------------------------------------------------------------------

    def offer(self, sdp: str, uses: Mapping[str, str]) -> None:
        """What their browser offers."""
        self._jobs.put_nowait(lambda: self._publish(sdp, uses))

    async def _publish(self, sdp: str, uses: Mapping[str, str]) -> None:
        sends = sources_of(sdp, uses)
        offered = described("offer", without_candidates(sdp))
        if self._sending:
            heard = await self._room.session.message(self._sending, {"request": "configure"}, offered)
        else:
            heard = await self._join(offered)
        answer = heard.jsep.sdp if heard.jsep is not None else ""
        refused = {line.mid for line in lines_of(answer) if line.refused}
        before, self.sends = self.sends, {mid: use for mid, use in sends.items() if mid not in refused}
        for mid, use in self.sends.items():
            if mid not in before and self.muted.get(use):
                await self._moderate(mid, muted=True)
        self._room.tells.answered(self.sid, answer)
        for mid in sorted(refused):
            self._room.tells.unusable(self.sid, f"line {mid!r} can't be used: what passes is Opus and VP8")
        if self._late is None:
            self._late = asyncio.get_running_loop().call_later(_CONNECTED_WITHIN, self._never_came)
        self._room.arrange()

    async def _join(self, offered: dict[str, str]) -> Heard:
        handle = await self._handle()
        asked = self._room.entered("joinandconfigure") | {"ptype": "publisher", "id": self.feed}
        try:
            heard = await self._room.session.message(handle, asked, offered)
        except Refused:
            self._room.let_go(handle)
            raise
        self._sending = handle
        return heard

    def _never_came(self) -> None:
        if not self.live:
            self._room.tells.lost(self.sid)

    def hush(self, source: str, *, muted: bool, by: str) -> None:
        """Nothing of a source passes; or it does again, where nobody else muted it."""
        by_whom = self.muted.setdefault(source, set())
        before = bool(by_whom)
        (by_whom.add if muted else by_whom.discard)(by)
        if bool(by_whom) is before:
            return
        for mid, use in self.sends.items():
            if use == source:
                self._moderate(mid, muted=muted)

    def _moderate(self, mid: str, *, muted: bool) -> asyncio.Future[None]:
        return self._room.rule("moderate", id=self.feed, mid=mid, mute=muted)

    # --- what they see --------------------------------------------------------------------------------------------

    def view(self) -> None:
        """Others send more, or less."""
        self._jobs.put_nowait(self._view)
        self._tell()

    async def _view(self) -> None:
        """Have what others send offered to them, as far as it is not on a line of theirs yet."""
        fresh = sorted(self._room.seen_by(self) - set(self.shown.values()))
        if self._waits or not fresh:
            return
        streams = [{"feed": feed, "mid": mid} for feed, mid in fresh]
        try:
            self.offered(await self._subscribe(streams))
        except Refused as gone:  # who went meanwhile: their leaving has this done again
            log.info("somebody in a room is not shown something: %s", gone)

    async def _subscribe(self, streams: list[dict[str, Any]]) -> Heard:
        if self._viewing:
            return await self._room.session.message(self._viewing, {"request": "update", "subscribe": streams})
        handle = await self._handle()
        asked = self._room.entered("join") | {"ptype": "subscriber", "streams": streams}
        try:
            heard = await self._room.session.message(handle, asked)
        except Refused:
            self._room.let_go(handle)
            raise
        self._viewing = handle
        return heard

    def offered(self, heard: Heard) -> None:
        """Janus says what is on their lines; where it has to be agreed on, it offers."""
        streams = heard.told.get("streams")
        if streams is not None:
            self.shown = {
                str(each["mid"]): (int(each["feed_id"]), str(each["feed_mid"]))
                for each in streams
                if each.get("active") and "feed_id" in each
            }
        if heard.jsep is not None:
            self._waits = True
            self._room.tells.watch(self.sid, heard.jsep.sdp)
        self._tell()

    def answer(self, sdp: str) -> None:
        """Their answer to it."""
        self._jobs.put_nowait(lambda: self._agree(sdp))

    async def _agree(self, sdp: str) -> None:
        if not self._waits:
            raise BadInput("nothing was offered that this answers")
        answered = described("answer", without_candidates(sdp))
        self._waits = False  # before it is known: the next offer may come with what is said to this
        try:
            await self._room.session.message(self._viewing, {"request": "start"}, answered)
        except Refused:
            self._waits = True
            raise
        await self._view()

    def _tell(self) -> None:
        """Whom their lines show by now."""
        lines = self._room.lines_of(self)
        if lines != self._told:
            self._told = lines
            self._room.tells.shown(self.sid, lines, 0, 0)

    # --- what happens to them -------------------------------------------------------------------------------------

    def hear(self, heard: Heard) -> None:
        """Something happened to one of the handles."""
        if heard.janus == "webrtcup" and heard.sender == self._sending:
            self.live = True
            self._room.arrange()
        elif heard.janus in {"hangup", "detached"}:
            self._room.tells.lost(self.sid)
        elif heard.janus == "event" and heard.sender == self._viewing:
            self.offered(heard)
