"""Pictures as they are kept: nothing before one that is whole."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import av
from aiortc.rtp import RtpPacket

from masstransit.channels.video.source import Source
from masstransit.channels.video.tape import MARGIN, Tape
from tests.channels.video.people import pictures


def packets(size: int = 400) -> list[tuple[RtpPacket, int]]:
    """The pictures as they are sent, with the number of the picture that each packet is of."""
    made: list[tuple[RtpPacket, int]] = []
    for number, picture in enumerate(pictures()):
        for at in range(0, len(picture), size):
            packet = RtpPacket(payload_type=97, sequence_number=len(made), timestamp=number * 3000, ssrc=1)
            packet._data = picture[at : at + size]
            packet.payload = b"\x10" + packet._data
            made.append((packet, number))
    return made


def frames_of(file: Path) -> int:
    with av.open(file) as container:
        return sum(1 for _ in container.decode(video=0))


def test_a_picture_whose_head_was_cut_off_by_the_margin_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    clock = [100.0]
    source: Any = SimpleNamespace(kind="video", name="camera", peer="PA1", ears=[])
    for late in range(1, 60, 11):  # wherever in the first picture it begins to be kept
        tape = Tape(tmp_path / f"RE{late}", lambda: clock[0])
        tape.add(1, cast("Source", source))
        tape.go_on()
        for packet, number in packets()[late:]:
            for ear in source.ears:
                ear.hear(packet, clock[0] + MARGIN + 0.033 * number)
        left = tape.finish(keep=True)
        assert left.whole
        assert list(left.digests) == ["leg-1-camera.webm"]
        assert 20 < frames_of(tmp_path / f"RE{late}" / "leg-1-camera.webm") <= 30, late  # from the next whole one on
