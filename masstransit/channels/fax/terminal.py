"""A fax terminal (ITU-T T.30), as a state machine that is fed sound or packets and asked for what it has to say.

`SoundTerminal` talks by modem (V.21, V.27ter, V.29, V.17) in frames of linear samples, 8,000 a second;
`PacketTerminal` exchanges IFP packets (ITU-T T.38), which are numbered. Both send a TIFF file or take one, with error
correction (ECM), which makes what arrives exactly what was sent. Time passes for a terminal by what it is fed: twenty
milliseconds a frame. So a test runs it as fast as the machine can.

`turn`, `hang_up` and `close` may be called by any thread, at any moment; the rest by one at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import msgspec

from masstransit.channels.fax.spandsp import COMPRESSIONS, MODEMS, library

FRAME = 160  #: samples that are heard or said at once
_TYPE_OF_SAMPLES = "int16_t[160]"
_T4_TWO_DIMENSIONS = 2  # how pages are kept that come in: T.4 with two dimensions holds a damaged row best
_IDENT = 20  # characters of a terminal's own number (T.30 section 5.3.6.2.4)


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What a terminal is to do."""

    sends: Path | None = None  #: a TIFF file of fax pages
    takes: Path | None = None  #: where what comes in is kept, as TIFF
    ident: str = ""  #: its own number, which the other side is told
    most_pages: int = 0  #: that it takes; where more come it breaks off, a page or two later; 0: any number
    ecm: bool = True  #: with error correction, where the other side has it


class Negotiated(msgspec.Struct, frozen=True, kw_only=True):
    """What two terminals agreed on."""

    rate: int  #: bit/s
    ecm: bool
    far: str  #: the other side's own number, as it says; "": it says none


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page went through."""

    sent: int
    received: int


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """How it ended."""

    code: int  #: spandsp's; 0: all pages went through
    words: str  #: the same in words
    sent: int = 0  #: pages that the other side confirmed
    received: int = 0  #: pages that came in
    of: int = 0  #: pages that there were to send
    rate: int = 0  #: bit/s
    ecm: bool = False
    far: str = ""  #: the other side's own number, as it says
    bad_rows: int = 0  #: that came in damaged, without error correction

    @property
    def well(self) -> bool:
        return self.code == 0


Event = Negotiated | Page | Result


class _Terminal:
    """What both have in common: T.30 itself."""

    def __init__(self, job: Job, told: Callable[[Event], None]) -> None:
        self._library = library()
        self._turns = threading.Lock()
        self._open_still = True
        self._most, self._too_many = job.most_pages, False
        self._told = told
        self.result: Result | None = None  #: once it is over
        ffi = self._library.ffi
        self._on_page = ffi.callback("page_handler", self._paged)
        self._on_negotiated = ffi.callback("page_handler", self._agreed)
        self._on_end = ffi.callback("end_handler", self._ended)
        self._t30: Any = self._open(sends=job.sends is not None)
        self._prepare(job)

    def _open(self, *, sends: bool) -> Any:
        raise NotImplementedError

    def _free(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """Give back what it holds. It may have been given up in the middle."""
        with self._turns:
            if self._open_still:
                self._open_still = False
                self._free()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _prepare(self, job: Job) -> None:
        call, null, t30 = self._library.call, self._library.ffi.NULL, self._t30
        call.t30_set_tx_ident(t30, job.ident[:_IDENT].encode("ascii", "replace"))
        call.t30_set_ecm_capability(t30, job.ecm)
        call.t30_set_supported_modems(t30, MODEMS)
        call.t30_set_supported_compressions(t30, COMPRESSIONS)
        call.t30_set_rx_encoding(t30, _T4_TWO_DIMENSIONS)
        if job.sends is not None:
            call.t30_set_tx_file(t30, str(job.sends).encode(), -1, -1)
        if job.takes is not None:
            call.t30_set_rx_file(t30, str(job.takes).encode(), -1)
        call.t30_set_phase_b_handler(t30, self._on_negotiated, null)
        call.t30_set_phase_d_handler(t30, self._on_page, null)
        call.t30_set_phase_e_handler(t30, self._on_end, null)

    def hang_up(self) -> None:
        """The call is over. It ends well where the other side had nothing left to say but goodbye."""
        with self._turns:
            if self.result is None and self._open_still:
                self._library.call.t30_terminate(self._t30)

    def _bound(self) -> None:
        """Break off where more comes than is taken; the library may not be asked to while it tells of a page."""
        if self._too_many and self.result is None:
            self._library.call.t30_terminate(self._t30)

    def _figures(self) -> Any:
        found = self._library.ffi.new("t30_stats_t *")
        self._library.call.t30_get_transfer_statistics(self._t30, found)
        return found

    @property
    def _far(self) -> str:
        return self._library.text(self._library.call.t30_get_rx_ident(self._t30))

    def _agreed(self, *_: object) -> int:
        found = self._figures()
        self._told(Negotiated(rate=found.bit_rate, ecm=bool(found.error_correcting_mode), far=self._far))
        return 0

    def _paged(self, *_: object) -> int:
        found = self._figures()
        self._too_many = bool(self._most) and found.pages_rx > self._most
        self._told(Page(sent=found.pages_tx, received=found.pages_rx))
        return 0

    def _ended(self, _: object, __: object, code: int) -> None:
        found = self._figures()
        self.result = Result(
            code=code,
            words=self._library.text(self._library.call.t30_completion_code_to_str(code)),
            sent=found.pages_tx,
            received=found.pages_rx,
            of=found.pages_in_file,
            rate=found.bit_rate,
            ecm=bool(found.error_correcting_mode),
            far=self._far,
            bad_rows=found.bad_rows,
        )
        self._told(self.result)


def _untold(_: Event) -> None:
    """Nobody asked."""


class SoundTerminal(_Terminal):
    """One that talks by modem."""

    def __init__(self, job: Job, told: Callable[[Event], None] = _untold) -> None:
        """Raises `FaxUnavailable`."""
        self._state: Any = None
        super().__init__(job, told)
        self._heard = self._library.ffi.new(_TYPE_OF_SAMPLES)
        self._said = self._library.ffi.new(_TYPE_OF_SAMPLES)

    def _open(self, *, sends: bool) -> Any:
        call = self._library.call
        self._state = call.fax_init(self._library.ffi.NULL, sends)
        call.fax_set_transmit_on_idle(self._state, 1)
        return call.fax_get_t30_state(self._state)

    def hear(self, samples: bytes) -> None:
        """A frame of sound: 16 bits a sample, as the machine has them."""
        self._library.ffi.memmove(self._heard, samples, 2 * FRAME)
        self._library.call.fax_rx(self._state, self._heard, FRAME)
        self._bound()

    def say(self) -> bytes:
        """The next frame of sound."""
        made = self._library.call.fax_tx(self._state, self._said, FRAME)
        return bytes(self._library.ffi.buffer(self._said, 2 * made)).ljust(2 * FRAME, b"\0")

    def turn(self, heard: Sequence[bytes], due: int) -> list[bytes]:
        """Hear these frames, and say so many; nothing once it is closed."""
        with self._turns:
            if not self._open_still:
                return []
            for frame in heard:
                self.hear(frame)
            return [self.say() for _ in range(due)]

    def _free(self) -> None:
        self._library.call.fax_free(self._state)


class Said(msgspec.Struct, frozen=True):
    """An IFP packet that goes out, and how often: what begins and ends something is said several times."""

    packet: bytes
    times: int


class PacketTerminal(_Terminal):
    """One that exchanges packets."""

    def __init__(self, job: Job, told: Callable[[Event], None] = _untold) -> None:
        """Raises `FaxUnavailable`."""
        self._state: Any = None
        self._said: list[Said] = []
        super().__init__(job, told)
        self._core: Any = self._library.call.t38_terminal_get_t38_core_state(self._state)

    def _open(self, *, sends: bool) -> Any:
        library, call = self._library, self._library.call
        self._on_packet = library.ffi.callback("packet_handler", self._packed)
        self._state = call.t38_terminal_init(library.ffi.NULL, sends, self._on_packet, library.ffi.NULL)
        return call.t38_terminal_get_t30_state(self._state)

    def _packed(self, _: object, __: object, packet: Any, length: int, count: int) -> int:
        self._said.append(Said(bytes(self._library.ffi.buffer(packet, length)), count))
        return 0

    def hear(self, sequence: int, packet: bytes) -> None:
        """An IFP packet by its number; those before it that did not come are lost."""
        self._library.call.t38_core_rx_ifp_packet(self._core, packet, len(packet), sequence & 0xFFFF)
        self._bound()

    def say(self) -> list[Said]:
        """Let twenty milliseconds pass: the packets that go out now."""
        self._library.call.t38_terminal_send_timeout(self._state, FRAME)
        said, self._said = self._said, []
        return said

    def turn(self, heard: Sequence[tuple[int, bytes]]) -> list[Said]:
        """Hear these packets by their numbers, and let twenty milliseconds pass; nothing once it is closed."""
        with self._turns:
            if not self._open_still:
                return []
            for sequence, packet in heard:
                self.hear(sequence, packet)
            return self.say()

    def _free(self) -> None:
        self._library.call.t38_terminal_free(self._state)
