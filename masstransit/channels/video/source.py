"""What one participant sends: its packets, taken before anything is decoded, and passed on to all who see or hear it.

aiortc keeps count of what came, asks again for what was lost (NACK), tells the sender what its line bears (REMB), and
unpacks what was sent again (RTX); then it would order the packets and decode them. A `Source` stands where that order
is made (`_RTCRtpReceiver__jitter_buffer`): it gets every packet once it was unpacked, and nothing is ever decoded.
These are private names of aiortc; its version is pinned, and the tests of this package fail where they are others.
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from aiortc.rtp import RtcpSrPacket, RtpPacket

from masstransit.channels.video.slot import Slot, ahead

#: Packets that are kept to be sent again: of a picture of 1.5 Mbit/s those of some three seconds.
KEPT = 512
_APART = 0.4  # seconds between two wishes for a whole picture


class Ear(Protocol):
    """Who keeps what a source sends."""

    def hear(self, packet: RtpPacket, now: float) -> None: ...


class Source:
    """A microphone, a camera or a screen of somebody."""

    def __init__(self, peer: str, name: str, transceiver: Any) -> None:
        receiver = transceiver.receiver
        self.peer = peer
        self.name = name
        self.kind: str = transceiver.kind
        self.slots: list[Slot] = []
        self.ears: list[Ear] = []
        self.muted: set[str] = set()  #: by whom: "self", "house"
        self._receiver = receiver
        self._kept: dict[int, RtpPacket] = {}
        self._came: list[RtpPacket] = []
        self._ssrc = 0
        self._asked = -_APART
        self._decodes = True
        self._take: Any = receiver._handle_rtp_packet
        self._reports: Any = receiver._handle_rtcp_packet
        receiver._handle_rtp_packet = self._on_packet
        receiver._handle_rtcp_packet = self._on_report
        receiver._RTCRtpReceiver__jitter_buffer = self

    def add(self, packet: RtpPacket) -> tuple[bool, None]:
        """A packet, whole and unpacked, as aiortc hands it to its jitter buffer: (whether a picture is lost, no
        frame)."""
        self._came.append(packet)
        return False, None

    async def _on_packet(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        if self._decodes:  # its decoder is a thread, which has nothing to do
            self._decodes = False
            self._receiver._RTCRtpReceiver__stop_decoder()
        await self._take(packet, arrival_time_ms)
        came, self._came = self._came, []
        for each in came:
            await self._pass_on(each)

    async def _pass_on(self, packet: RtpPacket) -> None:
        if self.muted or not packet.payload:
            return
        self._ssrc = packet.ssrc
        now = asyncio.get_running_loop().time()
        if self.kind == "video":
            self._kept[packet.sequence_number % KEPT] = packet
        for ear in self.ears:
            ear.hear(packet, now)
        waiting = False
        for slot in self.slots:
            await slot.send(packet, now)
            waiting |= slot.waits
        if waiting:
            await self.ask_whole(now)

    async def _on_report(self, packet: Any) -> None:
        """What a sender says of its clock goes on to those who hear it: by it sound and picture are put together."""
        await self._reports(packet)
        if isinstance(packet, RtcpSrPacket):
            for slot in self.slots:
                slot.clock(packet.sender_info.ntp_timestamp, packet.sender_info.rtp_timestamp)

    async def ask_whole(self, now: float) -> None:
        """Have the sender send a picture that needs none before it (RFC 4585 section 6.3.1: PLI)."""
        if self.kind == "video" and self._ssrc and now - self._asked >= _APART:
            self._asked = now
            await self._receiver._send_rtcp_pli(self._ssrc)

    def kept(self, sequence: int) -> RtpPacket | None:
        """A packet that was sent lately."""
        packet = self._kept.get(sequence % KEPT)
        return packet if packet is not None and ahead(packet.sequence_number, sequence, 16) == 0 else None
