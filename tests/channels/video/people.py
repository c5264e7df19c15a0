"""People in a room without a browser: connections of aiortc that send packets encoded beforehand, and count what they
get. Nothing is encoded or decoded while they talk, so that of a bench only the server is measured."""

from __future__ import annotations

import asyncio
import fractions
from collections import Counter
from functools import lru_cache
from typing import Any

import av
import numpy as np
from aioice import ice
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack

ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]

_SECOND = 90_000


@lru_cache(maxsize=4)
def pictures(count: int = 60, width: int = 320, height: int = 240, bits: int = 500_000) -> tuple[bytes, ...]:
    """Two seconds of a moving picture in VP8; every thirtieth needs none before it."""
    codec: Any = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
    codec.time_base, codec.bit_rate = fractions.Fraction(1, 30), bits
    codec.options = {"deadline": "realtime", "cpu-used": "16", "g": "30", "keyint_min": "30", "lag-in-frames": "0"}
    rng = np.random.default_rng(7)
    made: list[bytes] = []
    for number in range(count):
        seen = np.zeros((height, width, 3), np.uint8)
        seen[: height // 2] = rng.integers(0, 255, (height // 2, width, 1), dtype=np.uint8)
        seen[:, (number * 8) % width :] |= 64
        frame = av.VideoFrame.from_ndarray(seen, format="rgb24")
        frame.pts = number
        made += [bytes(packet) for packet in codec.encode(frame)]
    return tuple(made)


class Sends(MediaStreamTrack):  # type: ignore[misc]  # aiortc is read without its types
    """Pictures, thirty a second, or silence, fifty packets a second, as a microphone's or a camera's."""

    def __init__(self, kind: str, apart: float, encoded: tuple[bytes, ...], ticks: int) -> None:
        super().__init__()
        self.kind = kind
        self._apart, self._encoded, self._ticks = apart, encoded, ticks
        self._number = 0
        self._begun: float | None = None

    async def recv(self) -> Any:
        loop = asyncio.get_running_loop()
        self._begun = loop.time() if self._begun is None else self._begun
        wait = self._begun + self._number * self._apart - loop.time()
        await asyncio.sleep(max(wait, 0))
        packet = av.Packet(self._encoded[self._number % len(self._encoded)])
        packet.pts = self._number * self._ticks
        packet.time_base = fractions.Fraction(1, _SECOND if self.kind == "video" else 48_000)
        self._number += 1
        return packet


def camera() -> Sends:
    return Sends("video", 1 / 30, pictures(), _SECOND // 30)


def microphone() -> Sends:
    return Sends("audio", 0.02, (b"\xf8\xff\xfe" + bytes(60),), 960)  # RFC 6716: a packet of 20 ms


class Person:
    """Somebody at a browser of their own. `got` counts packets by the line that they came on."""

    def __init__(self) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self.got: Counter[str] = Counter()
        self.came: dict[str, list[Any]] = {}  #: of each line its packets
        self.keeps = False  #: the packets themselves
        self.reached = 0  #: packets on any line, where they are only counted
        self._lines: list[tuple[Any, str]] = []

    def sends(self, track: MediaStreamTrack, use: str) -> None:
        """A line of their own."""
        self._lines.append((self.connection.addTransceiver(track, direction="sendonly"), use))

    def gets(self, kind: str, use: str = "seat") -> None:
        """A line on which they see or hear somebody."""
        line = self.connection.addTransceiver(kind, direction="recvonly")
        self._lines.append((line, use))
        taken = line.receiver._handle_rtp_packet

        async def count(packet: Any, arrival_time_ms: int) -> None:
            self.got[line.mid] += 1
            if self.keeps:
                self.came.setdefault(line.mid, []).append(packet)
            line.receiver._RTCRtpReceiver__stop_decoder()
            await taken(packet, arrival_time_ms)

        line.receiver._handle_rtp_packet = count
        line.receiver._RTCRtpReceiver__jitter_buffer = _Nowhere()

    def only_counts(self) -> None:
        """Packets are counted as they come out of their encryption, and looked into no further."""
        transport = self.connection.getTransceivers()[0].receiver.transport

        async def count(data: bytes, arrival_time_ms: int) -> None:
            self.reached += 1

        transport._handle_rtp_data = count

    def hush(self) -> None:
        """They send nothing any more."""
        for line, _ in self._lines:
            line.sender._enabled = False

    @property
    def sent(self) -> int:
        """Packets that they sent."""
        return sum(line.sender._RTCRtpSender__packet_count for line, use in self._lines if use not in {"seat", "stage"})

    async def offer(self) -> tuple[str, dict[str, str]]:
        """What they offer, and what each line of it is for."""
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp, {line.mid: use for line, use in self._lines}

    async def hear(self, sdp: str) -> None:
        """The answer."""
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))

    async def close(self) -> None:
        await self.connection.close()


class _Nowhere:
    def add(self, _: Any) -> tuple[bool, None]:
        return False, None
