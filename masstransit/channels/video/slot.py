"""A line on which a participant sees or hears somebody, and later somebody else: its numbers and its clock go on
without a break, whoever is on it."""

from __future__ import annotations

import random
import struct
from typing import TYPE_CHECKING, Any

from aiortc.rtp import RTCP_PSFB_FIR, RTCP_PSFB_PLI, RTCP_RTPFB_NACK, RtcpPsfbPacket, RtcpRtpfbPacket, RtpPacket

from masstransit.channels.video.vp8 import begins_anew

if TYPE_CHECKING:
    from masstransit.channels.video.source import Source

_HEAD = struct.Struct("!BBHLL")  # RFC 3550 section 5.1
RATES = {"audio": 48_000, "video": 90_000}  #: ticks of a timestamp a second: RFC 7587 section 4.1, RFC 7741 section 4.1


def ahead(one: int, other: int, bits: int) -> int:
    """By how much a counter that wraps is ahead of another; less than nothing: behind it."""
    half = 1 << (bits - 1)
    return (one - other + half) % (1 << bits) - half


class Slot:
    """One line of one participant's. `use` is "seat", for a person, or "stage", for a screen."""

    def __init__(self, mid: str, use: str, transceiver: Any) -> None:
        self.mid = mid
        self.use = use
        self.kind: str = transceiver.kind
        self.source: Source | None = None
        self.waits = False  #: for a picture that needs none before it
        self._transceiver = transceiver
        self._sender = transceiver.sender
        self._next = random.randrange(1 << 15)  # the lower half: RFC 3711 section 3.3.1 has the wrap estimated
        self._stamp = random.randrange(1 << 31)
        self._sent = 0.0  # when the last packet was
        self._first: int | None = None  # of the source's numbers
        self._by, self._shift = 0, 0  # what is added to its numbers and timestamps
        self._again = random.randrange(1 << 15)
        self._count = self._octets = 0
        self._reports: Any = self._sender._handle_rtcp_packet
        self._sender._handle_rtcp_packet = self._on_feedback

    def belongs_to(self, stream: str) -> None:
        """Of which stream it is, by the name in the description (RFC 8830)."""
        self._sender._stream_id = stream

    def show(self, source: Source | None) -> None:
        """Somebody is on it from now on; or nobody. Nothing changes for who is on it already."""
        if source is self.source:
            return
        if self.source is not None and self in self.source.slots:
            self.source.slots.remove(self)
        self.source, self._first = source, None
        self.waits = source is not None and self.kind == "video"
        if source is not None:
            source.slots.append(self)

    async def send(self, packet: RtpPacket, now: float) -> None:
        """A packet of its source goes out."""
        if self.waits and not begins_anew(packet.payload):
            return
        self.waits = False
        if self._first is None:
            self._begin(packet, now)
        elif ahead(packet.sequence_number, self._first, 16) < 0:
            return  # from before it was shown
        number = (packet.sequence_number + self._by) & 0xFFFF
        stamp = (packet.timestamp + self._shift) & 0xFFFFFFFF
        if ahead(number, self._next, 16) >= 0:
            self._next, self._stamp, self._sent = (number + 1) & 0xFFFF, stamp, now
            self._first = (packet.sequence_number - 1000) & 0xFFFF if self._far(packet) else self._first
        self._count += 1
        self._octets += len(packet.payload)
        kind = packet.marker << 7 | self._transceiver._codecs[0].payloadType
        await self._write(_HEAD.pack(0x80, kind, number, stamp, self._sender._ssrc) + packet.payload)

    def _begin(self, packet: RtpPacket, now: float) -> None:
        """The first of a source: its numbers follow on those of whoever was here before, its clock goes on."""
        self._first = packet.sequence_number
        since = int((now - self._sent) * RATES[self.kind]) if self._sent else 0
        self._by = self._next - packet.sequence_number
        self._shift = self._stamp + max(since, 1) - packet.timestamp

    def _far(self, packet: RtpPacket) -> bool:
        """Whether the source's numbers are so far on that its first says nothing of order any more."""
        return self._first is not None and ahead(packet.sequence_number, self._first, 16) > 1 << 14

    async def _write(self, packet: bytes) -> None:
        try:
            await self._sender.transport._send_rtp(packet)
        except ConnectionError:
            return  # not connected yet, or not any more

    def clock(self, ntp: int, stamp: int) -> None:
        """What the source says of its clock: the sender's own reports say it on."""
        if self._first is None:
            return
        self._sender._RTCRtpSender__ntp_timestamp = ntp
        self._sender._RTCRtpSender__rtp_timestamp = (stamp + self._shift) & 0xFFFFFFFF
        self._sender._RTCRtpSender__packet_count = self._count
        self._sender._RTCRtpSender__octet_count = self._octets

    async def _on_feedback(self, packet: Any) -> None:
        """Who looks on lost something: it is sent again, or the sender is asked for a whole picture."""
        source = self.source
        if source is not None and isinstance(packet, RtcpRtpfbPacket) and packet.fmt == RTCP_RTPFB_NACK:
            for number in packet.lost:
                await self._resend(source, number)
        elif source is not None and isinstance(packet, RtcpPsfbPacket) and packet.fmt in {RTCP_PSFB_PLI, RTCP_PSFB_FIR}:
            await source.ask_whole(self._sent)
        else:
            await self._reports(packet)

    async def _resend(self, source: Source, number: int) -> None:
        packet = source.kept((number - self._by) & 0xFFFF)
        kind = self._sender._RTCRtpSender__rtx_payload_type
        if packet is None or self._first is None or kind is None:
            return
        if ahead(packet.sequence_number, self._first, 16) < 0:
            return  # it was somebody else's number
        stamp = (packet.timestamp + self._shift) & 0xFFFFFFFF
        self._again = (self._again + 1) & 0xFFFF
        original = number.to_bytes(2, "big")  # RFC 4588 section 4
        head = _HEAD.pack(0x80, packet.marker << 7 | kind, self._again, stamp, self._sender._rtx_ssrc)
        await self._write(head + original + packet.payload)
