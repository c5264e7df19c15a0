"""One participant as the unit has it: a connection of aiortc that only answers.

The participant's browser offers its lines, each once: what it sends (microphone, camera, screen), and lines on which it
sees and hears others (a seat is a pair of sound and picture, a stage a screen). It offers again, with more of them,
when the unit says that there are more to be seen; nothing is ever offered from here, so that offers never meet.

Candidates of the participant are left out of what it offers, and none is taken later: the unit answers whoever knocks
with the secret of this connection (ICE, RFC 8445 section 7.3), and never writes first to an address that somebody
named.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack
from aiortc.sdp import SessionDescription

from masstransit.channels.video.slot import Slot
from masstransit.channels.video.source import Source
from masstransit.errors import BadInput

log = logging.getLogger("masstransit.video")

SENDS = {"microphone": "audio", "camera": "video", "screen": "video"}
GETS = ("seat", "stage")
MOST_LINES = 64  #: of a description
_CODECS = {"audio": "audio/opus", "video": "video/VP8"}
_CANDIDATE = re.compile(r"^a=(candidate:.*|end-of-candidates)\r?\n", re.MULTILINE)


class _Nothing(MediaStreamTrack):  # type: ignore[misc]  # aiortc is read without its types
    """What a line sends by itself: nothing. Packets are written to it by its `Slot`."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    async def recv(self) -> Any:
        return await asyncio.get_running_loop().create_future()  # until the line's task is cancelled


class Peer:
    """See above. `sources` and `slots` are by the mids of their lines."""

    def __init__(self, sid: str, leg: int, shown: str, on_lost: Callable[[Peer], None]) -> None:
        self.sid = sid
        self.leg = leg
        self.sources: dict[str, Source] = {}
        self.slots: dict[str, Slot] = {}
        self._shown = shown
        self._places: dict[str, int] = {}  # participant -> the number of their seat
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self._one_by_one = asyncio.Lock()

        def changed() -> None:
            if self._connection.connectionState in {"failed", "closed"}:
                on_lost(self)

        self._connection.on("connectionstatechange", changed)

    @property
    def state(self) -> str:
        """As WebRTC has it: new, connecting, connected, failed, closed."""
        return str(self._connection.connectionState)

    async def answer(self, offered: str, lines: dict[str, str]) -> str:
        """Our description for theirs. Raises `BadInput`."""
        async with self._one_by_one:
            try:
                return await self._answer(_CANDIDATE.sub("", offered), lines)
            except BadInput:
                raise
            except Exception as wrong:  # aiortc has no error of its own for what it can't read
                log.info("an offer can't be used: %r", wrong)
                raise BadInput(f"the offer can't be used: {str(wrong)[:200] or type(wrong).__name__}") from wrong

    async def _answer(self, offered: str, lines: dict[str, str]) -> str:
        connection = self._connection
        known = {each.mid for each in connection.getTransceivers()}
        fresh = [media for media in _read(offered, lines) if media.rtp.muxId not in known]
        made = [(media.rtp.muxId, self._line(media.kind, lines[media.rtp.muxId])) for media in fresh]
        await connection.setRemoteDescription(RTCSessionDescription(offered, "offer"))
        for mid, transceiver in made:
            use = lines[mid]
            if use in GETS:
                self.slots[mid] = Slot(mid, use, transceiver)
            else:
                self.sources[mid] = Source(self.sid, use, transceiver)
        self._pair()
        await connection.setLocalDescription(await connection.createAnswer())
        answer = str(connection.localDescription.sdp)
        if not self._shown:
            return answer
        return re.sub(r"^(a=candidate:\S+ \S+ \S+ \S+ )\S+", rf"\g<1>{self._shown}", answer, flags=re.MULTILINE)

    def _line(self, kind: str, use: str) -> Any:
        gets = use in GETS
        line = self._connection.addTransceiver(kind, direction="sendonly" if gets else "recvonly")
        offered = RTCRtpSender.getCapabilities(kind).codecs
        line.setCodecPreferences([each for each in offered if each.mimeType in {_CODECS[kind], f"{kind}/rtx"}])
        if gets:
            line.sender.replaceTrack(_Nothing(kind))
        return line

    def _pair(self) -> None:
        """Sound and picture of a seat are of one stream, so that a browser puts them together in time."""
        for kind in SENDS.values():
            for number, slot in enumerate(self.seats(kind)):
                slot.belongs_to(f"seat-{number}")

    def seats(self, kind: str) -> list[Slot]:
        """Its lines for others' sound or picture, in order."""
        return [slot for slot in self.slots.values() if slot.use == "seat" and slot.kind == kind]

    def seat(self, others: Mapping[str, Peer]) -> None:
        """Show these on its seats; who has one keeps it."""
        self._places = {sid: place for sid, place in self._places.items() if sid in others}
        for sid in others:
            if sid not in self._places:
                self._places[sid] = next(n for n in itertools.count() if n not in self._places.values())
        at = {place: others[sid] for sid, place in self._places.items()}
        for kind, name in (("audio", "microphone"), ("video", "camera")):
            for number, slot in enumerate(self.seats(kind)):
                slot.show(at[number].source(name) if number in at else None)

    def stage(self, screens: Sequence[Source]) -> None:
        """Show these screens on its stages; what is on one stays on it."""
        stages = [slot for slot in self.slots.values() if slot.use == "stage"]
        waiting = [screen for screen in screens if screen not in [slot.source for slot in stages]]
        for slot in stages:
            if slot.source not in screens:
                slot.show(waiting.pop(0) if waiting else None)

    def shown(self) -> dict[str, tuple[str, str]]:
        """Whom each of its lines shows, and what of theirs."""
        return {
            mid: (slot.source.peer, slot.source.name) for mid, slot in self.slots.items() if slot.source is not None
        }

    def source(self, name: str) -> Source | None:
        """What it sends by a name."""
        return next((source for source in self.sources.values() if source.name == name), None)

    async def close(self) -> None:
        """It is out, and nothing goes to it any more."""
        for slot in self.slots.values():
            slot.show(None)
        await self._connection.close()


def _read(offered: str, lines: dict[str, str]) -> list[Any]:
    """The lines of an offer, each said what for. Raises `BadInput`."""
    media: list[Any] = SessionDescription.parse(offered).media
    if not 0 < len(media) <= MOST_LINES:
        raise BadInput(f"an offer has 1 to {MOST_LINES} lines, not {len(media)}")
    used: set[str] = set()
    for each in media:
        use = lines.get(each.rtp.muxId, "")
        kind = SENDS.get(use) or ("video" if use == "stage" else each.kind)
        if use not in {*SENDS, *GETS} or each.kind != kind:
            raise BadInput(f"say what line {each.rtp.muxId!r} ({each.kind}) is for: {', '.join((*SENDS, *GETS))}")
        if use in used and use in SENDS:
            raise BadInput(f"one {use} is the most that a participant sends")
        if each.direction not in {"inactive", "recvonly" if use in GETS else "sendonly"}:
            raise BadInput(
                f"line {each.rtp.muxId!r} goes one way: offer it {'recvonly' if use in GETS else 'sendonly'}"
            )
        used.add(use)
    return media
