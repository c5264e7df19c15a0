"""A fax machine behind a carrier: spandsp's terminal, and RTP and UDPTL written here anew, so that the house's own have
to agree with them by the standards alone."""

from __future__ import annotations

import contextlib
import random
import select
import socket
import struct
import threading
import time

import numpy as np

from masstransit.channels.fax.terminal import FRAME, Job, PacketTerminal, Result, SoundTerminal
from tests.stories.talker import linear, mu_law

_SECONDS = 0.02
_LATE = 10  # packets behind one that is missing, after which it is taken for lost


class FaxMachine:
    """Talks from `begin` until its terminal is done. It may lose a share of what it sends and hears by packets."""

    def __init__(self, job: Job, *, lose: float = 0.0) -> None:
        self._job = job
        self._lose = random.Random(7), lose
        self._socket = _bound()
        self._packets = _bound()
        self._to: tuple[str, int] | None = None
        self._packets_to: tuple[str, int] | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.result: Result | None = None
        self.by_packets = False
        self.lost = 0

    def description(self) -> str:
        return _sdp(self._socket, "m=audio {} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\n")

    def packets(self) -> str:
        """What it says of its packets: an offer, or an answer."""
        return _sdp(self._packets, "m=image {} udptl t38\r\na=T38FaxVersion:0\r\na=T38FaxUdpEC:t38UDPRedundancy\r\n")

    def call(self, description: str) -> None:
        """Where the other side hears."""
        self._to = _place(description, "m=audio")

    def switch(self, description: str) -> None:
        """Go on by packets."""
        self._packets_to = _place(description, "m=image")

    def begin(self) -> None:
        self._thread.start()

    def done(self, within: float = 30.0) -> Result:
        """Return how it went, once it has ended."""
        until = time.monotonic() + within
        while self.result is None and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(0.3)  # its last words are on their way
        self.close()
        assert self.result is not None, "the machine is not done"
        return self.result

    def close(self) -> None:
        self._stop.set()
        with contextlib.suppress(RuntimeError):
            self._thread.join()
        self._socket.close()
        self._packets.close()

    def _run(self) -> None:
        with SoundTerminal(self._job) as terminal:
            self._sound(terminal)
        if self._packets_to is not None:
            self.by_packets = True
            with PacketTerminal(self._job) as other:
                self._images(other)

    # --- sound --------------------------------------------------------------------------------------------------------

    def _sound(self, terminal: SoundTerminal) -> None:
        sequence, due, waiting = random.getrandbits(15), time.monotonic(), bytearray()
        heard: dict[int, bytes] = {}
        expected: int | None = None
        while not self._stop.is_set() and self._packets_to is None:
            for data in _came(self._socket):
                number = struct.unpack_from("!H", data, 2)[0]
                expected = number if expected is None else expected
                heard[number] = data[12:]
            if expected not in heard and len(heard) > _LATE:
                expected = min(heard)
            while expected in heard:
                waiting += linear(heard.pop(expected)).astype("<i2").tobytes()
                expected = (expected + 1) & 0xFFFF
            while len(waiting) >= 2 * FRAME:
                terminal.hear(bytes(waiting[: 2 * FRAME]))
                del waiting[: 2 * FRAME]
            samples = np.frombuffer(terminal.say(), "<i2").astype(np.float64)
            header = struct.pack("!BBHII", 128, 0, sequence & 0xFFFF, sequence * FRAME & 0xFFFFFFFF, 99)
            if self._to is not None:
                self._socket.sendto(header + mu_law(samples), self._to)
            self.result = self.result or terminal.result
            sequence, due = sequence + 1, due + _SECONDS
            time.sleep(max(0.0, due - time.monotonic()))

    # --- packets ------------------------------------------------------------------------------------------------------

    def _images(self, terminal: PacketTerminal) -> None:
        sequence, due, before, expected = 0, time.monotonic(), [b"", b""], 0
        while not self._stop.is_set():
            for data in _came(self._packets):
                if self._loses():
                    continue
                number, packets = _unpacked(data)
                if (number - expected) & 0xFFFF >= 0x8000:
                    continue
                for back in range(min(number - expected, len(packets) - 1), -1, -1):
                    terminal.hear(number - back, packets[back])
                expected = number + 1
            for said in terminal.say():
                datagram = struct.pack("!H", sequence) + b"".join((
                    _field(said.packet), b"\0", bytes((len(before),)), *map(_field, before),
                ))  # fmt: skip
                for _ in range(said.times):
                    if not self._loses() and self._packets_to is not None:
                        self._packets.sendto(datagram, self._packets_to)
                sequence, before = sequence + 1, [said.packet, before[0]]
            self.result = self.result or terminal.result
            due += _SECONDS
            time.sleep(max(0.0, due - time.monotonic()))

    def _loses(self) -> bool:
        source, share = self._lose
        lost = source.random() < share
        self.lost += lost
        return lost


def _field(packet: bytes) -> bytes:
    assert len(packet) < 128 or len(packet) < 16_384
    return (bytes((len(packet),)) if len(packet) < 128 else struct.pack("!H", 0x8000 + len(packet))) + packet


def _unpacked(data: bytes) -> tuple[int, list[bytes]]:
    """A datagram's number, its packet, and those before it, the nearest first."""
    at, found = 2, []

    def field() -> bytes:
        nonlocal at
        size, at = data[at], at + 1
        if size >= 128:
            size, at = (size & 63) << 8 | data[at], at + 1
        at += size
        return data[at - size : at]

    found.append(field())
    assert data[at] == 0, "this house repeats packets"
    count, at = data[at + 1], at + 2
    found += [field() for _ in range(count)]
    assert at == len(data)
    return int.from_bytes(data[:2], "big"), found


def _bound() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    return made


def _came(where: socket.socket) -> list[bytes]:
    found = []
    while select.select([where], [], [], 0)[0]:
        found.append(where.recv(4096))
    return found


def _sdp(where: socket.socket, stream: str) -> str:
    head = "v=0\r\no=- 5 5 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    return head + stream.format(where.getsockname()[1])


def _place(description: str, kind: str) -> tuple[str, int]:
    line = next(each for each in description.splitlines() if each.startswith(kind))
    return "127.0.0.1", int(line.split()[1])
