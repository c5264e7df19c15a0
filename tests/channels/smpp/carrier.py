"""A carrier for tests: an SMSC of its own, small and quick, that does as it is told.

It shares no code with the program. It answers, throttles, refuses, disconnects, reorders, reports and brings messages:

    carrier = Carrier(throttle_every=10)
    port = await carrier.start()

or as a process of its own, which prints what it counted as one line of JSON when it is told to stop:

    python -m tests.channels.smpp.carrier PORT [--reports] [--throttle-every N] [--disconnect-every N] [--reorder]
                                               [--keep]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import ssl
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

_HEADER = struct.Struct(">IIII")
_OK, _THROTTLED = 0x00, 0x58
_BINDS = {1: "receiver", 2: "transmitter", 9: "transceiver"}


@dataclass(frozen=True)
class Submitted:
    """A submit_sm as it came."""

    message_id: str
    source: str
    destination: str
    esm_class: int
    validity: str
    registered: int
    coding: int
    octets: bytes
    source_ton: int
    source_npi: int


class Carrier:
    """An SMSC. What it was told stands in its attributes and may be changed at any time."""

    def __init__(
        self,
        *,
        reports: bool = False,
        throttle_every: int = 0,
        disconnect_every: int = 0,
        reorder: bool = False,
        keep: bool = True,
        answers: Callable[[Submitted], int] | None = None,
        silent: bool = False,
        bind_status: int = 0,
    ) -> None:
        self.reports = reports  #: a receipt (DELIVRD) for each submit_sm that asked for one
        self.throttle_every = throttle_every
        self.disconnect_every = disconnect_every  #: before the answer to every so-manieth submit_sm
        self.reorder = reorder  #: the answers to one read go out backwards
        self.keep = keep
        self.answers = answers  #: the status for a submit_sm
        self.silent = silent  #: take submit_sm, say nothing
        self.bind_status = bind_status
        self.submitted: list[Submitted] = []
        self.counts = {"submits": 0, "accepted": 0, "throttled": 0, "refused": 0, "disconnects": 0}
        self.counts |= {"reports": 0, "reports_taken": 0, "most_unanswered": 0, "binds": 0}
        self.links: list[_Link] = []
        self.receipt = (
            "id:{id} sub:001 dlvrd:001 submit date:2606031200 done date:2606031201 stat:DELIVRD err:000 text:"
        )
        self._server: asyncio.Server | None = None

    async def start(self, port: int = 0, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> int:
        """Listen, and give the port."""
        self._server = await asyncio.get_running_loop().create_server(lambda: _Link(self), host, port, ssl=tls)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close everything."""
        if self._server is not None:
            self._server.close()
        for link in list(self.links):
            link.transport.abort()
        await asyncio.sleep(0)

    def drop(self) -> None:
        """Cut every link, as a cable would."""
        for link in list(self.links):
            link.transport.abort()

    async def bring(
        self, source: str, destination: str, octets: bytes, *, coding: int = 0, esm_class: int = 0, tlvs: bytes = b""
    ) -> int:
        """Bring a person's message (or, with esm_class 4, a receipt) over the first link that receives; its status."""
        link = next(link for link in self.links if link.mode in ("receiver", "transceiver"))
        return await link.bring(source, destination, octets, coding, esm_class, tlvs)


class _Link(asyncio.Protocol):
    def __init__(self, carrier: Carrier) -> None:
        self.carrier = carrier
        self.mode = ""
        self._buffer = b""
        self._out: list[bytes] = []
        self._sequence = 0
        self._waiting: dict[int, asyncio.Future[int]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.carrier.links.append(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.carrier.links.remove(self)
        for future in self._waiting.values():
            future.cancel()

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data
        at, submits = 0, 0
        answers: list[bytes] = []
        while len(buffer) - at >= 16:
            length, command, status, sequence = _HEADER.unpack_from(buffer, at)
            if len(buffer) - at < length:
                break
            submits += command == 4
            answer = self._answer(buffer[at : at + length], command, status, sequence)
            if self.transport.is_closing():
                return
            if answer:
                answers.append(answer)
            at += length
        self._buffer = buffer[at:]
        self.carrier.counts["most_unanswered"] = max(self.carrier.counts["most_unanswered"], submits)
        if self.carrier.reorder:
            answers.reverse()
        self.transport.write(b"".join(answers + self._out))
        self._out.clear()

    def _answer(self, frame: bytes, command: int, status: int, sequence: int) -> bytes:
        if command == 4:
            return self._submit(frame, sequence)
        if command & 0x80000000:
            self.carrier.counts["reports_taken"] += command == 0x80000005 and status == 0
            waiting = self._waiting.pop(sequence, None)
            if waiting is not None:
                waiting.set_result(status)
            return b""
        if command in _BINDS:
            return self._bind(command, sequence)
        if command in (6, 0x15):
            return _HEADER.pack(16, command | 0x80000000, 0, sequence)
        return _HEADER.pack(16, 0x80000000, 3, sequence)

    def _bind(self, command: int, sequence: int) -> bytes:
        self.carrier.counts["binds"] += 1
        if self.carrier.bind_status:
            return _HEADER.pack(16, command | 0x80000000, self.carrier.bind_status, sequence)
        self.mode = _BINDS[command]
        return _HEADER.pack(24, command | 0x80000000, 0, sequence) + b"carrier\0"

    def _submit(self, frame: bytes, sequence: int) -> bytes:
        carrier, counts = self.carrier, self.carrier.counts
        counts["submits"] += 1
        number = counts["submits"]
        if carrier.disconnect_every and number % carrier.disconnect_every == 0:
            counts["disconnects"] += 1
            self.transport.abort()
            return b""
        status = _THROTTLED if carrier.throttle_every and number % carrier.throttle_every == 0 else _OK
        submitted = _read(frame, f"C{number:09d}")
        if carrier.answers is not None:
            status = carrier.answers(submitted)
        if status:
            counts["throttled" if status == _THROTTLED else "refused"] += 1
            return _HEADER.pack(16, 0x80000004, status, sequence)
        if carrier.keep:
            carrier.submitted.append(submitted)
        counts["accepted"] += 1
        if carrier.silent:
            return b""
        if carrier.reports and submitted.registered & 1:
            self._report(submitted)
        name = submitted.message_id.encode() + b"\0"
        return _HEADER.pack(16 + len(name), 0x80000004, 0, sequence) + name

    def _report(self, submitted: Submitted) -> None:
        counts = self.carrier.counts
        counts["reports"] += 1
        text = self.carrier.receipt.format(id=submitted.message_id).encode()
        self._sequence += 1
        self._out.append(_deliver(submitted.destination, submitted.source, text, 0, 4, b"", self._sequence))

    async def bring(
        self, source: str, destination: str, octets: bytes, coding: int, esm_class: int, tlvs: bytes
    ) -> int:
        self._sequence += 1
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting[self._sequence] = future
        self.transport.write(_deliver(source, destination, octets, coding, esm_class, tlvs, self._sequence))
        return await future


def _deliver(
    source: str, destination: str, octets: bytes, coding: int, esm_class: int, tlvs: bytes, sequence: int
) -> bytes:
    body = b"\0\1\1%b\0\1\1%b\0%c\0\0\0\0\0\0%c\0%c%b%b" % (
        source.lstrip("+").encode(),
        destination.lstrip("+").encode(),
        esm_class,
        coding,
        len(octets),
        octets,
        tlvs,
    )
    return _HEADER.pack(16 + len(body), 5, 0, sequence) + body


def _read(frame: bytes, message_id: str) -> Submitted:
    at = frame.index(0, 16) + 1
    end = frame.index(0, at + 2)
    to = frame.index(0, end + 3)
    scheduled = frame.index(0, to + 4)
    valid = frame.index(0, scheduled + 1)
    length = frame[valid + 5]
    return Submitted(
        message_id=message_id,
        source=frame[at + 2 : end].decode(),
        destination=frame[end + 3 : to].decode(),
        esm_class=frame[to + 1],
        validity=frame[scheduled + 1 : valid].decode(),
        registered=frame[valid + 1],
        coding=frame[valid + 3],
        octets=frame[valid + 6 : valid + 6 + length],
        source_ton=frame[at],
        source_npi=frame[at + 1],
    )


async def _main() -> None:
    parser = argparse.ArgumentParser(description="a carrier for tests")
    parser.add_argument("port", type=int)
    parser.add_argument("--reports", action="store_true")
    parser.add_argument("--throttle-every", type=int, default=0)
    parser.add_argument("--disconnect-every", type=int, default=0)
    parser.add_argument("--reorder", action="store_true")
    parser.add_argument("--keep", action="store_true", help="remember what came, and list the destinations at the end")
    told = vars(parser.parse_args())
    port = told.pop("port")
    carrier = Carrier(**told)
    print(f"listening {await carrier.start(port)}", flush=True)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await stop.wait()
    found = dict(carrier.counts)
    if carrier.keep:
        found["distinct"] = len({(s.destination, s.octets) for s in carrier.submitted})
    print(json.dumps(found), flush=True)
    await carrier.stop()


if __name__ == "__main__":
    asyncio.run(_main())
