"""What a modem hears of a leg: every sample in its place, whatever the network does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import uvloop

from masstransit.channels.media import g711, rtp
from masstransit.channels.media.g711 import Law
from masstransit.channels.media.leg import open_leg
from masstransit.channels.media.modem import SILENT, Ear, talk
from masstransit.channels.media.pulse import SECONDS, Pulse

LEG: Any = SimpleNamespace(law=Law.PCMU)


def packet(number: int, *, source: int = 1, size: int = 160) -> rtp.Packet:
    """One whose sound tells its number."""
    sound = g711.encode(Law.PCMU, np.full(size, 100 * (number % 60 + 1), np.int16))
    return rtp.Packet(0, bool(number < 0), number & 0xFFFF, number * size, source, sound)


def numbers(frames: list[bytes]) -> list[int]:
    """The numbers of frames; 0 for silence."""
    return [round(np.frombuffer(frame, "<i2")[0] / 100) for frame in frames]


def heard(ear: Ear, *packets: rtp.Packet) -> list[int]:
    for each in packets:
        ear.hear(each, 0.0)
    return numbers(ear.frames())


def test_packets_are_heard_in_order_and_once() -> None:
    ear = Ear(LEG)
    assert heard(ear, packet(0), packet(2), packet(1), packet(2)) == [1, 2, 3]
    assert heard(ear, packet(1)) == []  # late: its place is taken


def test_a_late_packet_is_waited_for_and_a_lost_one_is_silence_of_its_length() -> None:
    ear = Ear(LEG)
    assert heard(ear, packet(0)) == [1]
    assert heard(ear, packet(2), packet(3)) == []
    assert heard(ear, packet(1)) == [2, 3, 4]
    assert heard(ear, packet(5), packet(6), packet(7), packet(8)) == []
    assert heard(ear, packet(9)) == [0, 6, 7, 8, 9, 10]


def test_packets_of_other_lengths_are_cut_into_frames() -> None:
    ear = Ear(LEG)
    assert len(heard(ear, packet(0, size=240), packet(1, size=240))) == 3


def test_where_nothing_comes_time_goes_on_in_silence() -> None:
    ear = Ear(LEG)
    assert [heard(ear) for _ in range(SILENT + 2)] == [*([[]] * SILENT), [0], [0]]
    assert heard(ear, packet(0)) == [1]
    assert heard(ear) == []


def test_a_modem_takes_one_turn_a_frame_on_a_loop_that_counts_in_milliseconds() -> None:
    turns: list[tuple[int, int]] = []

    class Counting:
        async def turn(self, heard: Sequence[bytes], due: int) -> Sequence[bytes]:
            turns.append((len(heard), due))
            return [bytes(320)] * due

    async def talks() -> None:
        leg = await open_leg(Pulse())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(talk(leg, Counting()), 0.4)
        leg.close()

    uvloop.run(talks())
    assert 1 <= len(turns) <= 0.4 / SECONDS + 1
    assert all(due >= 1 for _, due in turns)
    assert sum(heard for heard, _ in turns) == 0  # less than half a second of nothing is no silence yet


def test_who_begins_anew_is_heard_from_there() -> None:
    ear = Ear(LEG)
    assert heard(ear, packet(0), packet(1)) == [1, 2]
    assert heard(ear, packet(190, source=2), packet(191, source=2)) == [11, 12]
    assert heard(ear, packet(5, source=2)) == [6]  # far back: its counter began again


def test_numbers_begin_again_at_zero() -> None:
    ear = Ear(LEG)
    assert heard(ear, packet(0xFFFE), packet(0xFFFF), packet(0x10000)) == [
        0xFFFE % 60 + 1, 0xFFFF % 60 + 1, 0x10000 % 60 + 1,
    ]  # fmt: skip
