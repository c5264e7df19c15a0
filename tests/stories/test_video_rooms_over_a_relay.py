"""A video room whose people get out by a TURN server only: Debian's coturn, with a name that the house lent each."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from playwright.async_api import Browser, Page

from tests.browser import chromium
from tests.channels.video.coturn import SECRET, Coturn, a_coturn
from tests.stories.house import House
from tests.stories.test_python_sdk import client_of
from tests.stories.test_video_rooms import FLAGS, sees, token_of

pytestmark = [pytest.mark.story, pytest.mark.timeout(120)]

#: A browser that has nothing but its relays.
BEHIND_A_FIREWALL = (
    "window.pcs = []; const Real = RTCPeerConnection; window.RTCPeerConnection = class extends Real {"
    "constructor(told) { super({ ...told, iceTransportPolicy: 'relay' }); window.pcs.push(this); } };"
)


class Beside(NamedTuple):
    """A house, and the TURN server beside it."""

    house: House
    coturn: Coturn


@pytest.fixture
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    folder = tmp_path_factory.mktemp("video")
    with a_coturn(folder / "coturn") as coturn:
        config = f'[video]\nhosts = ["127.0.0.1"]\nrelays = ["{coturn.url}"]\nrelay_secret = "{SECRET}"\n'
        with House(folder / "house", config=config) as house:
            yield Beside(house, coturn)


async def comes_in(browser: Browser, house: House, key: Any, identity: str) -> Page:
    page = await (await browser.new_context(locale="en-US")).new_page()
    await page.add_init_script(BEHIND_A_FIREWALL)
    await page.goto(f"{house.http}/rooms/standup#token={token_of(house, key, identity, 'standup')}")
    await page.get_by_role("button", name="Come in").click()
    return page


async def test_people_behind_firewalls_meet_by_the_relay(beside: Beside) -> None:
    house, coturn = beside
    sdk: Any = client_of(house)
    sdk.video.base_url = f"{house.demo['http']}/video"
    key = sdk.new_keys.create(friendly_name="rooms")
    sdk.video.v1.rooms.create(unique_name="standup")
    async with chromium(*FLAGS) as browser:
        ada, ben = [await comes_in(browser, house, key, name) for name in ("Ada", "Ben")]
        await asyncio.gather(sees(ada, "Ben"), sees(ben, "Ada"))
        people = {each.sid for each in sdk.video.v1.rooms("standup").participants.list()}
    assert set(re.findall(r"user <\d+:(PA[0-9a-f]{32})>", coturn.log)) == people
