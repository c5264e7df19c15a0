"""A video room that Debian's Janus forwards, with Chromium: the page and what people see are those of every room. Where
no network namespace can be made this is skipped by name."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import expect
from twilio.base.exceptions import TwilioRestException

from tests.browser import chromium
from tests.channels.video.janus.beside import KEY, SECRET, a_janus_that_forwards
from tests.stories.house import House
from tests.stories.test_python_sdk import client_of
from tests.stories.test_video_rooms import FLAGS, GOES, HEARD, _put_out, comes_in, sees

pytestmark = [pytest.mark.story, pytest.mark.timeout(120)]


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("video")
    with a_janus_that_forwards(folder / "janus") as janus:
        config = f'[video]\njanus = "{janus.url}"\njanus_secret = "{SECRET}"\njanus_key = "{KEY}"\n'
        with House(folder / "house", config=config) as running:
            yield running


async def test_people_meet_in_a_room_of_janus_and_one_is_put_out(house: House) -> None:
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
        dan = await comes_in(browser, house, key, "Dan", "standup")  # on the lines that fell free
        await asyncio.gather(sees(ada, "Ben", "Dan"), sees(dan, "Ada", "Ben"))

        with pytest.raises(TwilioRestException, match="forwarded by Janus"):
            sdk.video.v1.rooms(room.sid).recording_rules.update(rules=[{"type": "include", "all": True}])

        await ada.evaluate(GOES)
        began = time.time()
        await asyncio.to_thread(_put_out, house, room.sid, {"status": "disconnected", "reason": "you shouted at Ada"})
        assert await ada.evaluate("window.goes") / 1000 - began < 1.0
        await expect(ben.locator("#said")).to_have_text("You were removed because: you shouted at Ada")
        await sees(ada, "Dan")
