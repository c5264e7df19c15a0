"""Rooms that Debian's Janus forwards, with people of aiortc in them: who sees and hears whom, who is muted, who is out.
Where no network namespace can be made, those in which packets pass are skipped by name."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from aioice import ice

from masstransit.channels.video.janus import gateway as janus_gateway
from masstransit.errors import ConfigError
from tests.channels.video.janus.around import ROOM, Around, Somebody, settings_of
from tests.channels.video.janus.beside import KEY, SECRET, Janus, a_janus, a_janus_that_forwards
from tests.channels.video.people import camera, microphone
from tests.channels.video.test_unit import until

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(scope="module")
def janus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Janus]:
    with a_janus(tmp_path_factory.mktemp("janus")) as running:
        yield running


@pytest.fixture(scope="module")
def forwards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Janus]:
    with a_janus_that_forwards(tmp_path_factory.mktemp("janus")) as running:
        yield running


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
    (room,) = await rooms_of(around)
    assert (room["record"], room["lock_record"], room["pin_required"]) == (False, True, True)
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
    await asyncio.wait(around.gateway._ending)
    assert await rooms_of(around) == []


async def rooms_of(around: Around) -> list[dict[str, Any]]:
    """What Janus has, of those too that nobody finds in a list."""
    session, desk = around.gateway._session, around.gateway._desk
    assert session is not None
    told = await session.message(desk, {"request": "list", "admin_key": KEY})
    found: list[dict[str, Any]] = told.told["list"]
    return found


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
