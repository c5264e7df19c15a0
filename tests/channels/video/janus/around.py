"""People of aiortc in rooms that Janus forwards: each with a connection on which they send, and one on which they
see."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from masstransit.carriage.video.unit import Unit
from masstransit.channels.video.janus.gateway import Gateway, Settings
from tests.channels.video.janus.beside import KEY, SECRET, Janus
from tests.channels.video.people import Person, camera, microphone
from tests.channels.video.test_unit import until

ROOM = "RM1"


def settings_of(janus: Janus, *, secret: str = SECRET, key: str = KEY, most: int = 12) -> Settings:
    return Settings(url=janus.url, secret=secret, key=key, most=most)


class Somebody:
    """In a room: what they send, and a second connection on which they see others."""

    def __init__(self, sid: str) -> None:
        self.sid = sid
        self.person = Person()
        self.views = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self.got: Counter[str] = Counter()  #: packets by the line that they came on
        self.lines: Mapping[str, tuple[str, str]] = {}
        self.answers: asyncio.Queue[str] = asyncio.Queue()
        self.offers: asyncio.Queue[str] = asyncio.Queue()
        self._counted: set[Any] = set()

    async def see(self, offered: str) -> str:
        """Their answer to what the house offers."""
        await self.views.setRemoteDescription(RTCSessionDescription(offered, "offer"))
        for line in self.views.getTransceivers():
            if line not in self._counted:
                self._counted.add(line)
                self._count(line)
        await self.views.setLocalDescription(await self.views.createAnswer())
        return str(self.views.localDescription.sdp)

    def _count(self, line: Any) -> None:
        async def count(packet: Any, arrival_time_ms: int) -> None:  # and nothing is decoded
            self.got[line.mid] += 1

        line.receiver._handle_rtp_packet = count

    def only_counts(self) -> None:
        """Packets are counted as they come out of their encryption, and looked into no further."""
        transport = self.views.getTransceivers()[0].receiver.transport

        async def count(data: bytes, arrival_time_ms: int) -> None:
            self.got[""] += 1

        transport._handle_rtp_data = count

    def line(self, sid: str, source: str) -> str:
        """On which of their lines something of somebody is; "": on none."""
        return next((mid for mid, what in self.lines.items() if what == (sid, source)), "")

    async def close(self) -> None:
        await self.person.close()
        await self.views.close()


class Around:
    """A gateway, and the people around it. Implements `carriage.video.unit.Hears`."""

    def __init__(self, settings: Settings) -> None:
        self.gateway = Gateway(settings)
        self.gateway.connect(self)
        self.people: dict[str, Somebody] = {}
        self.unusables: list[tuple[str, str]] = []
        self.losses: list[str] = []
        self.died = asyncio.Event()
        self._seeing: set[asyncio.Task[None]] = set()

    def answered(self, peer: str, sdp: str) -> None:
        self.people[peer].answers.put_nowait(sdp)

    def unusable(self, peer: str, why: str) -> None:
        self.unusables.append((peer, why))

    def shown(self, peer: str, lines: Mapping[str, tuple[str, str]], seats: int, stages: int) -> None:
        assert (seats, stages) == (0, 0)  # nobody offers lines for others here
        self.people[peer].lines = lines

    def watch(self, peer: str, sdp: str) -> None:
        self._seeing.add(asyncio.create_task(self._see(peer, sdp)))

    async def _see(self, peer: str, sdp: str) -> None:
        self.gateway.watched(peer, await self.people[peer].see(sdp))

    def lost(self, peer: str) -> None:
        self.losses.append(peer)

    def down(self, unit: Unit) -> None:
        assert unit is self.gateway
        self.died.set()

    async def enter(self, sid: str, *, apart: tuple[str, ...] = (), muted: str = "") -> Somebody:
        """Somebody comes in, and sends sound and picture."""
        one = self.people[sid] = Somebody(sid)
        one.person.sends(microphone(), "microphone")
        one.person.sends(camera(), "camera")
        self.gateway.enter(ROOM, sid, len(self.people), apart)
        if muted:
            self.gateway.hush(sid, muted, muted=True, by="house")
        await self.offers(one)
        return one

    async def offers(self, one: Somebody) -> None:
        self.gateway.offer(one.sid, *(await one.person.offer()))
        await one.person.hear(await asyncio.wait_for(one.answers.get(), 10))

    async def sees(self, one: Somebody, sid: str, *sources: str) -> None:
        """They get packets of these."""
        await until(lambda: all(one.line(sid, source) for source in sources))
        lines = [one.line(sid, source) for source in sources]
        before = Counter(one.got)
        await until(lambda: all(one.got[line] > before[line] + 5 for line in lines))

    async def rooms(self) -> list[dict[str, Any]]:
        """What Janus has, of those too that nobody finds in a list."""
        session, desk = self.gateway._session, self.gateway._desk
        assert session is not None
        told = await session.message(desk, {"request": "list", "admin_key": KEY})
        found: list[dict[str, Any]] = told.told["list"]
        return found

    async def close(self) -> None:
        await self.gateway.close()
        await asyncio.gather(*self._seeing)
        for one in self.people.values():
            await one.close()
