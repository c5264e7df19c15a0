"""What is said to Debian's Janus, on loopback: what it refuses, and that it dies. In which packets pass is
`tests/stories/test_video_rooms_with_janus.py`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from masstransit.channels.video.janus import gateway as janus_gateway
from masstransit.errors import ConfigError
from tests.channels.video.janus.around import ROOM, Around, Somebody, settings_of
from tests.channels.video.janus.beside import KEY, SECRET, Janus, a_janus
from tests.channels.video.people import microphone
from tests.channels.video.test_unit import until

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(scope="module")
def janus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Janus]:
    with a_janus(tmp_path_factory.mktemp("janus")) as running:
        yield running


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


async def test_of_a_house_that_stops_no_room_stays_there(janus: Janus) -> None:
    first, second = Around(settings_of(janus)), Around(settings_of(janus))
    await first.gateway.open()
    await second.gateway.open()
    for sid, room in (("PA1", ROOM), ("PA2", ROOM), ("PA3", "RM2")):
        first.people[sid] = Somebody(sid)
        first.gateway.enter(room, sid, 1, ())
    assert await first.gateway._rooms[ROOM].made()
    assert await first.gateway._rooms["RM2"].made()
    assert len(await second.rooms()) == 2
    await first.close()  # while they are inside
    assert await second.rooms() == []
    await second.close()


@pytest.mark.parametrize(
    ("secret", "key", "said"),
    [("wrong", KEY, "janus_secret"), (SECRET, "wrong", "janus_key"), (SECRET, "", "janus_key")],
)
async def test_settings_that_janus_refuses_are_said_at_the_start(
    janus: Janus, secret: str, key: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        await Around(settings_of(janus, secret=secret, key=key)).gateway.open()


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
