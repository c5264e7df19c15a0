"""As much of VP8 and of Ogg as is read and written here, beside what FFmpeg makes of them."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from masstransit.channels.video import ogg
from masstransit.channels.video.vp8 import begins_anew, body_of, size_of
from tests.channels.video.people import pictures


@pytest.mark.parametrize(
    ("head", "begins"),
    [
        (b"\x10", True),  # the plainest descriptor of all
        (b"\x90\x80\x11", True),  # a number of the picture, in seven bits
        (b"\x90\x80\x91\x22", True),  # in fifteen
        (b"\x90\xe0\x91\x22\x33\x44", True),  # with a number of the layer and the layer
        (b"\x80\x80\x11", False),  # the middle of a picture
        (b"\x11", False),  # a later partition of it
        (b"\x12", False),
    ],
)
def test_where_a_picture_begins_is_told_by_the_descriptor(head: bytes, begins: bool) -> None:
    whole, later = pictures()[0], pictures()[1]
    assert body_of(head + whole) == (begins, whole)
    assert begins_anew(head + whole) is begins
    assert not begins_anew(head + later)


@pytest.mark.parametrize("payload", [b"", b"\x10", b"\x90", b"\x90\x80", b"\x90\x80\x91"])
def test_a_packet_that_is_cut_off_begins_nothing(payload: bytes) -> None:
    assert not begins_anew(payload)


def test_the_size_stands_in_a_picture_that_needs_none_before_it() -> None:
    assert size_of(pictures()[0]) == (320, 240)
    assert size_of(pictures()[1]) is None
    assert size_of(b"") is None


def test_ffmpeg_plays_the_sound_that_is_written_and_the_gap_in_it(tmp_path: Path) -> None:
    file, encoder = tmp_path / "a.ogg", av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48_000, "stereo", "s16"
    frame = av.AudioFrame(format="s16", layout="stereo", samples=960)
    frame.sample_rate = 48_000
    packets = [bytes(packet) for _ in range(50) for packet in encoder.encode(frame)]
    out = ogg.OpusFile(file)
    for number, packet in enumerate(packets):
        out.write(packet, (number + (100 if number >= 25 else 0)) * 960)  # a pause of two seconds in the middle
    out.close()
    with av.open(file) as container:
        times = [packet.pts for packet in container.demux(audio=0) if packet.pts is not None]
        assert container.duration is not None
        assert container.duration / av.time_base == pytest.approx((len(packets) + 100) * 0.02, abs=0.02)
    assert len(times) == len(packets)
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("toc", "samples"),
    [(0x00, 480), (0x18, 2880), (0x60, 480), (0x80, 120), (0xF8, 960), (0xF9, 1920), (0xFA, 1920)],
)
def test_how_long_a_packet_is_stands_in_its_first_octet(toc: int, samples: int) -> None:
    assert ogg.samples_of(bytes([toc])) == samples
    assert ogg.samples_of(bytes([toc | 3, 3])) in {samples * 3, samples // 2 * 3}
    assert ogg.samples_of(b"") == 0
