"""Rooms that Debian's Janus forwards: people of aiortc, by the packet, and people of Chromium through the whole house,
one of them by a relay. Janus sends nothing over loopback: where no network namespace can be made all of this is
skipped, by this name."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

import pytest
from aioice import ice
from playwright.async_api import expect
from twilio.base.exceptions import TwilioRestException

from tests.browser import chromium
from tests.channels.video.coturn import SECRET as RELAY_SECRET
from tests.channels.video.coturn import Coturn, a_coturn
from tests.channels.video.janus.around import Around, settings_of
from tests.channels.video.janus.beside import KEY, SECRET, Janus, a_janus_that_forwards, never_forwards
from tests.channels.video.people import camera
from tests.channels.video.test_unit import until
from tests.stories.house import House
from tests.stories.test_python_sdk import client_of
from tests.stories.test_video_rooms import FLAGS, GOES, HEARD, _put_out, comes_in, sees
from tests.stories.test_video_rooms_over_a_relay import BEHIND_A_FIREWALL

if WHY_NOT := never_forwards():
    pytest.skip(WHY_NOT, allow_module_level=True)

pytestmark = [pytest.mark.story, pytest.mark.usefixtures("in_turn"), pytest.mark.timeout(240)]


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
    (room,) = await around.rooms()
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
    assert await around.rooms() == []


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


# --- through the house ------------------------------------------------------------------------------------------------


class Beside(NamedTuple):
    """A house, and the TURN server beside it."""

    house: House
    coturn: Coturn


@pytest.fixture
def beside(forwards: Janus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    folder = tmp_path_factory.mktemp("video")
    assert forwards.cables is not None
    with a_coturn(folder / "coturn", host=forwards.cables.here, peer=forwards.cables.there) as coturn:
        config = (
            f'[video]\njanus = "{forwards.url}"\njanus_secret = "{SECRET}"\njanus_key = "{KEY}"\n'
            f'relays = ["{coturn.url}"]\nrelay_secret = "{RELAY_SECRET}"\n'
        )
        with House(folder / "house", config=config) as house:
            yield Beside(house, coturn)


async def test_people_meet_in_a_room_of_janus_and_one_is_put_out(beside: Beside) -> None:
    house, coturn = beside
    sdk: Any = client_of(house)
    sdk.video.base_url = f"{house.demo['http']}/video"
    key = sdk.new_keys.create(friendly_name="rooms")
    room = sdk.video.v1.rooms.create(unique_name="standup", max_participants=30)
    async with chromium(*FLAGS) as browser:
        ada = await comes_in(browser, house, key, "Ada", "standup")
        ben = await comes_in(browser, house, key, "Ben", "standup")
        await asyncio.gather(sees(ada, "Ben"), sees(ben, "Ada"))
        for page in (ada, ben):
            energy, frames = await page.evaluate(HEARD)
            await page.wait_for_function(f"async () => (await ({HEARD})())[0] > {energy}")
            assert frames > 0
        cleo = await comes_in(browser, house, key, "Cleo", "standup")
        await asyncio.gather(sees(cleo, "Ada", "Ben"), sees(ada, "Ben", "Cleo"))
        await ben.get_by_role("button", name="Share your screen").click()
        await sees(ada, "Ben", "Cleo", "screen of Ben")
        await ben.get_by_role("button", name="Stop sharing").click()
        await sees(ada, "Ben", "Cleo")
        await cleo.get_by_role("button", name="Leave").click()
        await sees(ada, "Ben")
        dan = await comes_in(browser, house, key, "Dan", "standup", script=BEHIND_A_FIREWALL)  # on lines that fell free
        await asyncio.gather(sees(ada, "Ben", "Dan"), sees(dan, "Ada", "Ben"))
        (sid,) = {each.sid for each in sdk.video.v1.rooms("standup").participants.list() if each.identity == "Dan"}
        assert sid in coturn.users()

        with pytest.raises(TwilioRestException, match="forwarded by Janus"):
            sdk.video.v1.rooms(room.sid).recording_rules.update(rules=[{"type": "include", "all": True}])

        await ada.evaluate(GOES)
        began = time.time()
        await asyncio.to_thread(_put_out, house, room.sid, {"status": "disconnected", "reason": "you shouted at Ada"})
        assert await ada.evaluate("window.goes") / 1000 - began < 1.0
        await expect(ben.locator("#said")).to_have_text("You were removed because: you shouted at Ada")
        await sees(ada, "Dan")
