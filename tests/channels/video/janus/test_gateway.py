"""Rooms that Debian's Janus forwards, with people of aiortc in them: who sees and hears whom, who is muted, who is out.
Where no network namespace can be made, those in which packets pass are skipped by name."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from aioice import ice
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from masstransit.carriage.video.unit import Unit
from masstransit.channels.video.janus import gateway as janus_gateway
from masstransit.channels.video.janus.gateway import Gateway, Settings
from masstransit.errors import ConfigError
from tests.channels.video.janus.beside import KEY, SECRET, Janus, a_janus, a_janus_that_forwards
from tests.channels.video.people import Person, camera, microphone
from tests.channels.video.test_unit import until

pytestmark = pytest.mark.timeout(60)
ROOM = "RM1"


@pytest.fixture(scope="module")
def janus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Janus]:
    with a_janus(tmp_path_factory.mktemp("janus")) as running:
        yield running


@pytest.fixture(scope="module")
def forwards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Janus]:
    with a_janus_that_forwards(tmp_path_factory.mktemp("janus")) as running:
        yield running


def settings_of(janus: Janus, *, secret: str = SECRET, key: str = KEY) -> Settings:
    return Settings(url=janus.url, secret=secret, key=key, most=12)


class Somebody:
    """In a room: what they send, and a second connection on which they see others."""

    def __init__(self, sid: str) -> None:
        self.sid = sid
        self.person = Person()
        self.views = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self.got: Counter[str] = Counter()  #: packets by the line that they came on
        self.lines: Mapping[str, tuple[str, str]] = {}
        self.answers: asyncio.Queue[str] = asyncio.Queue()
        self.offers: asyncio.Queue[str] = asyncio.Queue()
        self._counted: set[Any] = set()

    async def see(self, offered: str) -> str:
        """Their answer to what the house offers."""
        await self.views.setRemoteDescription(RTCSessionDescription(offered, "offer"))
        for line in self.views.getTransceivers():
            if line not in self._counted:
                self._counted.add(line)
                self._count(line)
        await self.views.setLocalDescription(await self.views.createAnswer())
        return str(self.views.localDescription.sdp)

    def _count(self, line: Any) -> None:
        taken = line.receiver._handle_rtp_packet

        async def count(packet: Any, arrival_time_ms: int) -> None:
            self.got[line.mid] += 1
            await taken(packet, arrival_time_ms)

        line.receiver._handle_rtp_packet = count

    def line(self, sid: str, source: str) -> str:
        """On which of their lines something of somebody is; "": on none."""
        return next((mid for mid, what in self.lines.items() if what == (sid, source)), "")

    async def close(self) -> None:
        await self.person.close()
        await self.views.close()


class Around:
    """A gateway, and the people around it. Implements `carriage.video.unit.Hears`."""

    def __init__(self, settings: Settings) -> None:
        self.gateway = Gateway(settings)
        self.gateway.connect(self)
        self.people: dict[str, Somebody] = {}
        self.unusables: list[tuple[str, str]] = []
        self.losses: list[str] = []
        self.died = asyncio.Event()
        self._seeing: set[asyncio.Task[None]] = set()

    def answered(self, peer: str, sdp: str) -> None:
        self.people[peer].answers.put_nowait(sdp)

    def unusable(self, peer: str, why: str) -> None:
        self.unusables.append((peer, why))

    def shown(self, peer: str, lines: Mapping[str, tuple[str, str]], seats: int, stages: int) -> None:
        assert (seats, stages) == (0, 0)  # nobody offers lines for others here
        self.people[peer].lines = lines

    def watch(self, peer: str, sdp: str) -> None:
        self._seeing.add(asyncio.create_task(self._see(peer, sdp)))

    async def _see(self, peer: str, sdp: str) -> None:
        self.gateway.watched(peer, await self.people[peer].see(sdp))

    def lost(self, peer: str) -> None:
        self.losses.append(peer)

    def down(self, unit: Unit) -> None:
        assert unit is self.gateway
        self.died.set()

    async def enter(self, sid: str, *, apart: tuple[str, ...] = (), muted: str = "") -> Somebody:
        """Somebody comes in, and sends sound and picture."""
        one = self.people[sid] = Somebody(sid)
        one.person.sends(microphone(), "microphone")
        one.person.sends(camera(), "camera")
        self.gateway.enter(ROOM, sid, len(self.people), apart)
        if muted:
            self.gateway.hush(sid, muted, muted=True, by="house")
        await self.offers(one)
        return one

    async def offers(self, one: Somebody) -> None:
        self.gateway.offer(one.sid, *(await one.person.offer()))
        await one.person.hear(await asyncio.wait_for(one.answers.get(), 10))

    async def sees(self, one: Somebody, sid: str, *sources: str) -> None:
        """They get packets of these."""
        await until(lambda: all(one.line(sid, source) for source in sources))
        lines = [one.line(sid, source) for source in sources]
        before = Counter(one.got)
        await until(lambda: all(one.got[line] > before[line] + 5 for line in lines))

    async def close(self) -> None:
        for one in self.people.values():
            await one.close()
        await self.gateway.close()


@pytest.fixture
async def around(forwards: Janus, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Around]:
    assert forwards.cables is not None
    here = forwards.cables.here
    monkeypatch.setattr(ice, "get_host_addresses", lambda use_ipv4, use_ipv6: [here])
    made = Around(settings_of(forwards))
    await made.gateway.open()
    yield made
    await made.close()


async def test_people_see_and_hear_each_other_through_janus_and_who_is_out_is_gone(around: Around) -> None:
    ada, ben = await around.enter("PA1"), await around.enter("PA2")
    await asyncio.gather(
        around.sees(ada, "PA2", "microphone", "camera"), around.sees(ben, "PA1", "microphone", "camera")
    )
    cleo = await around.enter("PA3")
    await asyncio.gather(
        around.sees(ada, "PA3", "microphone", "camera"),
        around.sees(cleo, "PA1", "microphone", "camera"),
        around.sees(cleo, "PA2", "microphone", "camera"),
    )
    lines = [ada.line("PA2", source) for source in ("microphone", "camera")]
    around.gateway.drop("PA2")
    assert "PA2" not in {sid for sid, _ in ada.lines.values()}  # in the same instant
    await asyncio.sleep(0.5)
    before = Counter(ada.got)
    await until(lambda: ben.person.connection.connectionState == "closed")
    await around.sees(ada, "PA3", "microphone", "camera")
    assert [ada.got[line] - before[line] for line in lines] == [0, 0]
    assert around.losses == []
    for sid in ("PA1", "PA3"):
        around.gateway.drop(sid)
    assert around.gateway._rooms == {}


async def test_who_is_muted_is_not_passed_on_even_from_the_first_packet_until_nobody_mutes_them(around: Around) -> None:
    ada, _ = await around.enter("PA1"), await around.enter("PA2", muted="microphone")
    await around.sees(ada, "PA2", "camera")
    line = ada.line("PA2", "microphone")
    assert ada.got[line] == 0
    around.gateway.hush("PA2", "microphone", muted=True, by="self")
    around.gateway.hush("PA2", "microphone", muted=False, by="house")  # they themselves are still for it
    await around.sees(ada, "PA2", "camera")
    assert ada.got[line] == 0
    around.gateway.hush("PA2", "microphone", muted=False, by="self")
    await around.sees(ada, "PA2", "microphone")


async def test_those_who_are_kept_apart_are_not_offered_each_other(around: Around) -> None:
    ada, ben = await around.enter("PA1"), await around.enter("PA2", apart=("PA1",))
    cleo = await around.enter("PA3")
    await asyncio.gather(
        around.sees(cleo, "PA1", "camera"),
        around.sees(cleo, "PA2", "camera"),
        around.sees(ada, "PA3", "camera"),
        around.sees(ben, "PA3", "camera"),
    )
    assert {sid for sid, _ in ada.lines.values()} == {sid for sid, _ in ben.lines.values()} == {"PA3"}


async def test_a_screen_is_added_hidden_and_shown_again(around: Around) -> None:
    ada, ben = await around.enter("PA1"), await around.enter("PA2")
    await around.sees(ada, "PA2", "camera")
    ben.person.sends(camera(), "screen")
    await around.offers(ben)
    await around.sees(ada, "PA2", "camera", "screen")
    around.gateway.hush("PA2", "screen", muted=True, by="self")
    assert ada.line("PA2", "screen") == ""
    around.gateway.hush("PA2", "screen", muted=False, by="self")
    await around.sees(ada, "PA2", "screen")


async def test_who_hangs_up_is_lost(around: Around) -> None:
    ada, ben = await around.enter("PA1"), await around.enter("PA2")
    await around.sees(ada, "PA2", "camera")
    await ben.person.connection.close()
    await until(lambda: "PA2" in around.losses)


# --- without packets ------------------------------------------------------------------------------------------------


async def test_an_offer_that_janus_can_not_use_is_told(janus: Janus) -> None:
    around = Around(settings_of(janus))
    await around.gateway.open()
    one = around.people["PA1"] = Somebody("PA1")
    around.gateway.enter(ROOM, "PA1", 1, ())
    around.gateway.watched("PA1", "v=0")
    one.person.sends(microphone(), "microphone")
    one.person.gets("audio")
    around.gateway.offer("PA1", *(await one.person.offer()))
    around.gateway.offer("PA1", "v=0\r\nm=audio 9 X 0\r\na=mid:0\r\na=sendonly\r\n", {"0": "microphone"})
    await until(lambda: len(around.unusables) == 3)
    told = [why for _, why in around.unusables]
    assert "nothing was offered" in told[0]
    assert "offer only what you send" in told[1]
    assert "Missing mandatory lines" in told[2]  # Janus's own words for it
    await around.close()


@pytest.mark.parametrize(
    ("other", "said"),
    [({"secret": "wrong"}, "janus_secret"), ({"key": "wrong"}, "janus_key"), ({"key": ""}, "janus_key")],
)
async def test_settings_that_janus_refuses_are_said_at_the_start(
    janus: Janus, other: dict[str, str], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        await Around(settings_of(janus, **other)).gateway.open()


async def test_a_janus_that_takes_names_for_numbers_is_told_of(tmp_path: Path) -> None:
    with a_janus(tmp_path / "numbers") as other:
        other.kill()
        strange = Janus(tmp_path / "names", string_ids=True)
        strange.start()
        try:
            with pytest.raises(ConfigError, match="string_ids"):
                await Around(settings_of(strange)).gateway.open()
        finally:
            strange.kill()


async def test_a_janus_that_dies_is_told_of_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(janus_gateway, "_FIRST", 0.05)
    with a_janus(tmp_path) as janus:
        janus.kill()
        around = Around(settings_of(janus))
        await around.gateway.open()  # it is not there yet, and that is no reason not to start
        assert not around.gateway.up
        around.gateway.enter(ROOM, "PA0", 1, ())
        around.gateway.drop("PA0")
        janus.start()
        await until(lambda: around.gateway.up)
        around.people["PA1"] = Somebody("PA1")
        around.gateway.enter(ROOM, "PA1", 1, ())
        janus.kill()
        await asyncio.wait_for(around.died.wait(), 10)
        assert around.gateway._rooms == {}
        janus.start()
        await until(lambda: around.gateway.up)
        await around.close()
