"""Two terminals exchange documents, dot for dot, faster than time: by sound under both laws, and by packets."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from masstransit.carriage.fax import pages
from masstransit.channels.fax import spandsp
from masstransit.channels.fax.spandsp import FaxUnavailable
from masstransit.channels.fax.terminal import Event, Job, Negotiated, PacketTerminal, Page, Result, SoundTerminal
from masstransit.channels.fax.udptl import Receiving, Sending
from masstransit.channels.media.g711 import Law, decode, encode
from masstransit.drawing import documents
from tests.fax_documents import a_tiff, same

pytestmark = pytest.mark.skipif(bool(spandsp.amiss()), reason="libspandsp2 is not installed")

OURS, THEIRS = "+12025550101", "+12025550102"
_TEN_MINUTES = 50 * 600  # frames


def jobs(folder: Path, tiff: bytes, **more: object) -> tuple[Job, Job, Path]:
    (folder / "sent.tif").write_bytes(tiff)
    there = folder / "received.tif"
    return (
        Job(sends=folder / "sent.tif", ident=OURS, **more),  # type: ignore[arg-type]
        Job(takes=there, ident=THEIRS, **more),  # type: ignore[arg-type]
        there,
    )


def through(law: Law, frame: bytes) -> bytes:
    return decode(law, encode(law, np.frombuffer(frame, "<i2").astype(np.int16))).tobytes()


def by_sound(near: SoundTerminal, far: SoundTerminal, law: Law, frames: int = _TEN_MINUTES) -> None:
    for _ in range(frames):
        if near.result is not None and far.result is not None:
            return
        said, answered = near.say(), far.say()
        near.hear(through(law, answered))
        far.hear(through(law, said))


def by_packets(near: PacketTerminal, far: PacketTerminal, *, lose: float = 0.0, repeats: int = 3) -> tuple[int, int]:
    """How many packets were mended, and how many were lost for good."""
    source = random.Random(3)
    ways = [(near, Sending(repeats=repeats), far, Receiving()), (far, Sending(repeats=repeats), near, Receiving())]
    for _ in range(_TEN_MINUTES):
        if near.result is not None and far.result is not None:
            break
        for one, sending, other, receiving in ways:
            for said in one.say():
                datagram = sending.pack(said.packet)
                for _ in range(said.times):
                    if source.random() >= lose:
                        for number, packet in receiving.unpack(datagram):
                            other.hear(number, packet)
    return sum(way[3].mended for way in ways), sum(way[3].lost for way in ways)


@pytest.mark.parametrize("law", Law)
def test_ten_pages_by_sound_are_the_same_dot_for_dot(tmp_path: Path, law: Law) -> None:
    tiff = a_tiff("ten pages", 10, rows=2287)
    sends, takes, there = jobs(tmp_path, tiff)
    with SoundTerminal(sends) as near, SoundTerminal(takes) as far:
        by_sound(near, far, law)
        assert near.result == Result(code=0, words="OK", sent=10, of=10, rate=14_400, ecm=True, far=THEIRS)
        assert far.result is not None
        assert (far.result.well, far.result.received, far.result.far) == (True, 10, OURS)
    assert same(there.read_bytes(), tiff)


@pytest.mark.parametrize("lose", [0.0, 0.02])
def test_ten_pages_by_packets_are_the_same_though_some_are_lost(tmp_path: Path, lose: float) -> None:
    tiff = a_tiff("ten pages", 10, rows=2287)
    sends, takes, there = jobs(tmp_path, tiff)
    with PacketTerminal(sends) as near, PacketTerminal(takes) as far:
        mended, lost = by_packets(near, far, lose=lose)
        assert near.result is not None
        assert (near.result.well, near.result.sent) == (True, 10)
    assert same(there.read_bytes(), tiff)
    assert (mended > 20 if lose else mended == 0, lost) == (True, 0)


def test_without_repetition_loss_breaks_a_fax_off(tmp_path: Path) -> None:
    sends, takes, _ = jobs(tmp_path, a_tiff("lost", 3, rows=2287))
    with PacketTerminal(sends) as near, PacketTerminal(takes) as far:
        assert by_packets(near, far, lose=0.05, repeats=0)[1] > 0
        assert near.result is not None
        assert not near.result.well


def test_it_is_told_what_was_agreed_on_and_each_page(tmp_path: Path) -> None:
    heard: list[Event] = []
    sends, takes, _ = jobs(tmp_path, a_tiff("two pages", 2))
    with SoundTerminal(sends, heard.append) as near, SoundTerminal(takes) as far:
        by_sound(near, far, Law.PCMU)
    assert heard[0] == Negotiated(rate=14_400, ecm=True, far=THEIRS)
    assert [each.sent for each in heard if isinstance(each, Page)] == [1, 2]
    assert heard[-1] == near.result


def test_without_error_correction_a_document_goes_through_as_well(tmp_path: Path) -> None:
    tiff = a_tiff("plain")
    sends, takes, there = jobs(tmp_path, tiff, ecm=False)
    with SoundTerminal(sends) as near, SoundTerminal(takes) as far:
        by_sound(near, far, Law.PCMU)
        assert near.result is not None
        assert (near.result.well, near.result.ecm) == (True, False)
    assert same(there.read_bytes(), tiff)


@pytest.mark.parametrize("quality", pages.QUALITIES)
def test_every_quality_goes_through(tmp_path: Path, quality: str) -> None:
    tiff = documents.read(a_tiff("each"), quality).tiff
    sends, takes, there = jobs(tmp_path, tiff)
    with SoundTerminal(sends) as near, SoundTerminal(takes) as far:
        by_sound(near, far, Law.PCMU)
    assert same(there.read_bytes(), tiff)


def test_who_talks_to_nobody_gives_up(tmp_path: Path) -> None:
    sends, _, _ = jobs(tmp_path, a_tiff("nobody"))
    with SoundTerminal(sends) as near:
        for _ in range(50 * 90):
            near.say()
            near.hear(bytes(320))
            if near.result is not None:
                break
        assert near.result is not None
        assert (near.result.well, near.result.sent) == (False, 0)
        assert near.result.words == "Timed out waiting for initial communication"


@pytest.mark.parametrize(("most", "well"), [(3, True), (1, False)])
def test_who_sends_more_pages_than_are_taken_is_cut_off(tmp_path: Path, most: int, *, well: bool) -> None:
    sends, takes, there = jobs(tmp_path, a_tiff("many", 5 if most == 1 else 3))
    with SoundTerminal(sends) as near, SoundTerminal(Job(takes=takes.takes, most_pages=most)) as far:
        by_sound(near, far, Law.PCMU)
        assert far.result is not None
        assert far.result.well is well
    assert pages.count_of(there) <= most + 2


def test_a_call_that_drops_in_the_middle_ends_it(tmp_path: Path) -> None:
    sends, takes, _ = jobs(tmp_path, a_tiff("cut off", 2, rows=2287))
    with SoundTerminal(sends) as near, SoundTerminal(takes) as far:
        by_sound(near, far, Law.PCMU, frames=50 * 12)
        for terminal in (near, far):
            before = terminal.result
            terminal.hang_up()
            assert (before, terminal.result and terminal.result.words) == (None, "The call dropped prematurely")


def test_what_is_closed_says_nothing(tmp_path: Path) -> None:
    sends, _, _ = jobs(tmp_path, a_tiff("closed"))
    sound, packets = SoundTerminal(sends), PacketTerminal(sends)
    for terminal in (sound, packets):
        terminal.close()
        terminal.close()
        terminal.hang_up()
    assert (sound.turn([bytes(320)], 1), packets.turn([])) == ([], [])


def test_where_the_library_is_absent_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spandsp, "_NAMES", ("libnothing.so.9",))
    monkeypatch.setattr("ctypes.util.find_library", lambda _: None)
    spandsp.library.cache_clear()
    try:
        assert "libspandsp2" in spandsp.amiss()
        with pytest.raises(FaxUnavailable, match="libspandsp2"):
            SoundTerminal(Job())
    finally:
        spandsp.library.cache_clear()
