"""The forwarding unit, with people of aiortc around it: who sees and hears whom, and what is kept of it."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import av
import pytest
from aiortc.rtp import RTCP_RTPFB_NACK, RtcpRtpfbPacket

from masstransit.channels.video.remains import MARK, recover
from masstransit.channels.video.talk import (
    Answer,
    Capture,
    Drop,
    Enter,
    Finish,
    Finished,
    Hush,
    Lost,
    Offer,
    Opened,
    Pause,
    Shown,
    Tells,
    Unusable,
)
from masstransit.channels.video.tape import MARGIN
from masstransit.channels.video.unit import Unit
from tests.channels.video.people import Person, Sends, camera, microphone

ROOM = "RM1"


class Around:
    """A unit in this process, and the people around it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[Tells] = []
        self.people: dict[str, Person] = {}
        self.unit = Unit(Opened(hosts=("127.0.0.1",), folder=str(folder)), self.said.append)

    async def enter(self, sid: str, *, others: int = 1, apart: tuple[str, ...] = (), sound: Any = None) -> Person:
        """Somebody comes in, with lines for so many others."""
        person = self.people[sid] = Person()
        person.sends(sound or microphone(), "microphone")
        person.sends(camera(), "camera")
        for _ in range(others):
            person.gets("audio")
            person.gets("video")
        self.unit.hear(Enter(room=ROOM, peer=sid, leg=len(self.people), apart=apart))
        await self.offers(sid)
        return person

    async def offers(self, sid: str) -> None:
        """Their offer, and its answer."""
        sdp, lines = await self.people[sid].offer()
        before = len(self.said)
        self.unit.hear(Offer(peer=sid, sdp=sdp, lines=lines))
        answer = await self.hears(lambda said: isinstance(said, Answer) and said.peer == sid, before)
        await self.people[sid].hear(answer.sdp)

    async def hears(self, wanted: Callable[[Tells], bool], since: int = 0) -> Any:
        """The first that the unit says of what is waited for."""
        await until(lambda: any(wanted(said) for said in self.said[since:]))
        return next(said for said in self.said[since:] if wanted(said))

    def shown(self, sid: str) -> Shown:
        """What somebody was last told of their lines."""
        return next(s for s in reversed(self.said) if isinstance(s, Shown) and s.peer == sid)


async def until(done: Callable[[], bool], within: float = 10.0) -> None:
    end = time.monotonic() + within
    while not done():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.02)


@pytest.fixture
async def around(tmp_path: Path) -> AsyncIterator[Around]:
    made = Around(tmp_path)
    yield made
    for person in made.people.values():
        await person.close()
    await made.unit.close()


async def test_everybody_sees_and_hears_everybody_and_a_free_line_shows_who_comes_next(around: Around) -> None:
    ada = await around.enter("PA1")
    ada.keeps = True
    await around.enter("PA2")
    await until(lambda: ada.got["2"] > 10 and ada.got["3"] > 10 and around.people["PA2"].got["3"] > 10)
    assert around.shown("PA1").lines == {"2": ("PA2", "microphone"), "3": ("PA2", "camera")}
    around.unit.hear(Drop(peer="PA2"))
    await until(lambda: around.shown("PA1").lines == {})
    await around.enter("PA3")
    before = {mid: len(ada.came[mid]) for mid in ("2", "3")}
    await until(lambda: all(len(ada.came[mid]) > before[mid] + 10 for mid in before))
    for mid in before:  # for who looks on it is one stream, though it was two people's
        numbers = [packet.sequence_number for packet in ada.came[mid]]
        assert len({packet.ssrc for packet in ada.came[mid]}) == 1
        assert sorted(numbers) == list(range(min(numbers), min(numbers) + len(numbers)))
        stamps = [packet.timestamp for packet in ada.came[mid]]
        assert stamps == sorted(stamps)


async def test_more_lines_are_told_of_and_offered_later(around: Around) -> None:
    ada = await around.enter("PA1", others=0)
    await around.enter("PA2")
    assert (around.shown("PA1").lines, around.shown("PA1").seats) == ({}, 1)
    ada.gets("audio")
    ada.gets("video")
    await around.offers("PA1")
    await until(lambda: ada.got["2"] > 5 and ada.got["3"] > 5)


async def test_a_shared_screen_takes_a_stage_and_leaves_it(around: Around) -> None:
    ada, ben = await around.enter("PA1"), await around.enter("PA2")
    ben.sends(camera(), "screen")
    await around.offers("PA2")
    await until(lambda: around.shown("PA1").stages == 1)
    ada.gets("video", "stage")
    await around.offers("PA1")
    await until(lambda: ada.got["4"] > 5)
    assert around.shown("PA1").lines["4"] == ("PA2", "screen")
    around.unit.hear(Hush(peer="PA2", source="screen", muted=True))
    assert around.shown("PA1").stages == 0


async def test_who_is_muted_is_not_heard_until_all_who_muted_them_take_it_back(around: Around) -> None:
    ada = await around.enter("PA1")
    await around.enter("PA2")
    await until(lambda: ada.got["2"] > 5 and ada.got["3"] > 5)
    for by in ("self", "house"):
        around.unit.hear(Hush(peer="PA2", source="microphone", muted=True, by=by))
    await asyncio.sleep(0.1)  # what was on its way
    silent, seen = ada.got["2"], ada.got["3"]
    around.unit.hear(Hush(peer="PA2", source="microphone", muted=False, by="self"))
    await until(lambda: ada.got["3"] > seen + 5)
    assert ada.got["2"] == silent
    around.unit.hear(Hush(peer="PA2", source="microphone", muted=False, by="house"))
    await until(lambda: ada.got["2"] > silent + 5)


async def test_who_blocked_each_other_are_not_shown_to_each_other(around: Around) -> None:
    ada = await around.enter("PA1", others=2)
    await around.enter("PA2", others=2, apart=("PA1",))
    await around.enter("PA3", others=2)
    await until(lambda: ada.got["2"] > 5)
    assert {who for who, _ in around.shown("PA1").lines.values()} == {"PA3"}
    assert {who for who, _ in around.shown("PA2").lines.values()} == {"PA3"}
    assert {who for who, _ in around.shown("PA3").lines.values()} == {"PA1", "PA2"}


async def test_a_packet_that_was_lost_is_sent_again(around: Around) -> None:
    ada = await around.enter("PA1")
    ada.keeps = True
    await around.enter("PA2")
    await until(lambda: ada.got["3"] > 20)
    slot = around.unit._peers["PA1"].slots["3"]
    lost = ada.came["3"][5]
    ask = RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=1, media_ssrc=slot._sender._ssrc, lost=[lost.sequence_number])
    await slot._on_feedback(ask)
    await until(lambda: any(p.ssrc == slot._sender._rtx_ssrc for p in ada.came["3"]))
    again = next(p for p in ada.came["3"] if p.ssrc == slot._sender._rtx_ssrc)
    assert again.payload == lost.sequence_number.to_bytes(2, "big") + lost.payload
    assert again.timestamp == lost.timestamp


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda sdp, lines: ("v=0", lines), "1 to 64 lines"),
        (lambda sdp, lines: ("what is this", lines), "1 to 64 lines"),
        (lambda sdp, lines: (sdp, {}), "say what line"),
        (lambda sdp, lines: (sdp, {"0": "camera", "1": "microphone"}), "say what line"),
        (lambda sdp, lines: (sdp.replace("a=sendonly", "a=sendrecv"), lines), "goes one way"),
        (lambda sdp, lines: (sdp.replace("a=rtpmap:97 VP8", "a=rtpmap:97 AV1"), lines), "can't be used"),
    ],
)
async def test_an_offer_that_can_not_be_meant_is_answered_with_why(around: Around, change: Any, said: str) -> None:
    around.unit.hear(Enter(room=ROOM, peer="PA1", leg=1))
    person = around.people["PA1"] = Person()
    person.sends(microphone(), "microphone")
    person.sends(camera(), "camera")
    sdp, lines = change(*(await person.offer()))
    around.unit.hear(Offer(peer="PA1", sdp=sdp, lines=lines))
    told = await around.hears(lambda each: isinstance(each, Unusable | Answer))
    assert isinstance(told, Unusable), told
    assert said in told.why


async def test_the_unit_never_writes_to_an_address_that_an_offer_names(around: Around) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(0)
        await offers_itself_at(around, listening.getsockname()[1])
        with pytest.raises(BlockingIOError):
            listening.recv(2000)


async def offers_itself_at(around: Around, port: int) -> None:
    """Somebody who says that they are to be found at a port."""
    person = around.people["PA1"] = Person()
    person.sends(microphone(), "microphone")
    sdp, lines = await person.offer()
    named = f"a=candidate:1 1 udp 2130706431 127.0.0.1 {port} typ host\r\na=mid:0"
    around.unit.hear(Enter(room=ROOM, peer="PA1", leg=1))
    around.unit.hear(Offer(peer="PA1", sdp=sdp.replace("a=mid:0", named), lines=lines))
    await around.hears(lambda said: isinstance(said, Answer))
    await asyncio.sleep(0.3)  # checks would go out every twentieth of a second


async def test_whoever_closes_is_told_of_as_lost(around: Around) -> None:
    ada = await around.enter("PA1")
    await until(lambda: ada.connection.connectionState == "connected")
    await ada.close()
    await around.hears(lambda said: said == Lost(peer="PA1"))


# --- what is kept -----------------------------------------------------------------------------------------------------


class Counts(Sends):
    """A microphone each of whose packets says when it was sent, in milliseconds of the loop's clock."""

    def __init__(self) -> None:
        super().__init__("audio", 0.02, (b"",), 960)

    async def recv(self) -> Any:
        packet = await super().recv()
        made = av.Packet(b"\xf8" + int(asyncio.get_running_loop().time() * 1000).to_bytes(8, "big"))
        made.pts, made.time_base = packet.pts, packet.time_base
        return made


def said_at(file: Path) -> list[float]:
    """When each packet of a file was sent."""
    with av.open(file) as container:
        packets = [bytes(packet) for packet in container.demux(audio=0) if packet.size]
    return [int.from_bytes(packet[1:], "big") / 1000 for packet in packets]


async def test_nothing_from_before_the_yes_or_from_a_pause_is_in_any_file(around: Around) -> None:
    loop = asyncio.get_running_loop()
    ada = await around.enter("PA1", sound=Counts())
    await around.enter("PA2", sound=Counts())
    await until(lambda: ada.got["2"] > 10 and ada.got["3"] > 10)
    allowed = loop.time()
    around.unit.hear(Capture(sid="RE1", room=ROOM))
    await asyncio.sleep(0.8)
    paused = loop.time()
    around.unit.hear(Pause(sid="RE1"))  # as somebody comes in
    await around.enter("PA3", sound=Counts())
    await asyncio.sleep(0.4)
    resumed = loop.time()
    around.unit.hear(Capture(sid="RE1", room=ROOM))
    await asyncio.sleep(0.8)
    assert list(tmp_marks(around.folder)) == ["RE1"]
    around.unit.hear(Finish(sid="RE1", keep=True))
    finished: Finished = await around.hears(lambda said: isinstance(said, Finished))
    assert set(finished.digests) == {f"leg-{n}-{s}" for n in (1, 2, 3) for s in ("camera.webm", "microphone.ogg")}
    assert finished.whole
    assert finished.seconds == pytest.approx(2.0, abs=0.5)
    for leg in (1, 2, 3):
        times = said_at(around.folder / "RE1" / f"leg-{leg}-microphone.ogg")
        spans = ((allowed + MARGIN - 0.05, paused), (resumed + MARGIN - 0.05, loop.time()))
        assert len(times) > (40 if leg < 3 else 15)
        assert [at for at in times if not any(since <= at <= till for since, till in spans)] == []
        assert min(times) > resumed or leg < 3  # of who came late nothing from before they were asked about
        with av.open(around.folder / "RE1" / f"leg-{leg}-camera.webm") as container:
            assert sum(1 for _ in container.decode(video=0)) > 0  # these people begin anew once a second only
    assert recover(around.folder) == {}


def tmp_marks(folder: Path) -> list[str]:
    """The recordings that go on, by their files."""
    return [mark.parent.name for mark in folder.glob(f"RE*/{MARK}")]


async def test_what_may_not_be_kept_after_all_is_gone(around: Around) -> None:
    ada = await around.enter("PA1")
    await around.enter("PA2")
    await until(lambda: ada.got["3"] > 5)
    around.unit.hear(Capture(sid="RE1", room=ROOM))
    await asyncio.sleep(0.6)
    assert (around.folder / "RE1").exists()
    around.unit.hear(Finish(sid="RE1", keep=False))
    assert await around.hears(lambda s: isinstance(s, Finished)) == Finished(sid="RE1", seconds=0.0, digests={})
    assert not (around.folder / "RE1").exists()


async def test_what_a_killed_unit_had_kept_is_found_again(around: Around) -> None:
    ada = await around.enter("PA1")
    await around.enter("PA2")
    await until(lambda: ada.got["3"] > 5)
    around.unit.hear(Capture(sid="RE1", room=ROOM))
    await asyncio.sleep(0.6)
    found = recover(around.folder)["RE1"]  # as at the start of the house after it was killed
    assert "leg-1-microphone.ogg" in found.digests
    assert not found.whole
    assert recover(around.folder) == {}
