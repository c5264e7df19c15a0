"""Video rooms with Chromium: people see and hear each other, are recorded only as the law of their places lets them be,
and whoever is put out is gone at once and knows why."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Iterator
from typing import Any

import av
import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VideoGrant

from tests.browser import chromium
from tests.stories.house import House
from tests.stories.test_python_sdk import client_of

pytestmark = [pytest.mark.story, pytest.mark.usefixtures("in_turn"), pytest.mark.timeout(240)]

FLAGS = (
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--use-fake-device-for-media-stream=fps=8",
    "--use-fake-ui-for-media-stream",
    "--auto-select-desktop-capture-source=Entire screen",
    "--auto-accept-this-tab-capture",
)
#: Every connection of a page, where a test finds it.
WATCHED = (
    "window.pcs = []; const Real = RTCPeerConnection;"
    "window.RTCPeerConnection = class extends Real { constructor(...a) { super(...a); window.pcs.push(this); } };"
)
#: When somebody's picture is gone from a page, by the clock of the machine.
GOES = """() => { window.goes = new Promise((done) => new MutationObserver((seen) => {
  if (seen.some((each) => each.removedNodes.length)) done(Date.now());
}).observe(document.getElementById('tiles'), { childList: true })); }"""
HEARD = """async () => {
  let energy = 0, frames = 0;
  for (const pc of window.pcs) for (const one of (await pc.getStats()).values()) {
    if (one.type !== 'inbound-rtp') continue;
    energy += one.totalAudioEnergy || 0; frames += one.framesDecoded || 0;
  }
  return [energy, frames];
}"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("video")
    with House(folder, config='[video]\nhosts = ["127.0.0.1"]\n') as running:
        yield running


@pytest.fixture(scope="module")
def sdk(house: House) -> Any:
    client = client_of(house)
    client.video.base_url = f"{house.demo['http']}/video"
    return client


@pytest.fixture(scope="module")
def key(sdk: Any) -> Any:
    return sdk.new_keys.create(friendly_name="rooms")


def token_of(house: House, key: Any, identity: str, room: str) -> str:
    token = AccessToken(house.demo["account_sid"], key.sid, key.secret, identity=identity, ttl=600)
    token.add_grant(VideoGrant(room=room))
    return str(token.to_jwt())


async def comes_in(
    browser: Browser, house: House, key: Any, identity: str, room: str, state: str = "", *, script: str = WATCHED
) -> Page:
    """Somebody opens the page and comes in."""
    context = await browser.new_context(viewport={"width": 900, "height": 700}, locale="en-US")
    page = await context.new_page()
    await page.add_init_script(script)
    await page.goto(f"{house.http}/rooms/{room}#token={token_of(house, key, identity, room)}")
    await page.get_by_label("State of the United States").select_option(state)
    await page.get_by_role("button", name="Come in").click()
    return page


async def sees(page: Page, *names: str) -> None:
    """Pictures of these go on, and nobody else's is there."""
    await expect(page.locator("figure:not([data-id=mine])")).to_have_count(len(names), timeout=10_000)
    for name in names:
        video = page.get_by_label(name, exact=True)
        await video.wait_for()
        handle = await video.element_handle()
        before = await page.evaluate("v => v.currentTime", handle)
        await page.wait_for_function("([v, t]) => v.videoWidth > 0 && v.currentTime > t + 0.3", arg=[handle, before])


async def test_people_meet_and_are_recorded_with_their_consent_only(house: House, sdk: Any, key: Any) -> None:
    room = sdk.video.v1.rooms.create(unique_name="standup", max_participants=3)
    async with chromium(*FLAGS) as browser:
        ada = await comes_in(browser, house, key, "Ada", "standup", "NY")
        ben = await comes_in(browser, house, key, "Ben", "standup", "NY")
        await asyncio.gather(sees(ada, "Ben"), sees(ben, "Ada"))
        for page in (ada, ben):
            energy, frames = await page.evaluate(HEARD)
            await page.wait_for_function(f"async () => (await ({HEARD})())[0] > {energy}")
            assert frames > 2
        assert {p.identity for p in sdk.video.v1.rooms(room.sid).participants.list(status="connected")} == {
            "Ada",
            "Ben",
        }

        sdk.video.v1.rooms(room.sid).recording_rules.update(rules=[{"type": "include", "all": True}])
        for page in (ada, ben):
            await page.get_by_role("button", name="I agree").click()
        await expect(ben.locator("#recording")).to_have_text("This room is being recorded")

        cleo = await comes_in(browser, house, key, "Cleo", "standup", "CA")
        await expect(ada.locator("#recording")).to_have_text("The recording is paused")
        await asyncio.gather(sees(cleo, "Ada", "Ben"), sees(ada, "Ben", "Cleo"))
        await asyncio.sleep(0.5)
        assert await ada.locator("#recording").inner_text() == "The recording is paused"
        await cleo.get_by_role("button", name="I agree").click()
        await expect(cleo.locator("#recording")).to_have_text("This room is being recorded")
        await asyncio.sleep(1.0)

        for page in (ben, cleo):
            await page.evaluate(GOES)
        began = time.time()
        told = {"status": "disconnected", "reason": "you shouted at Ada"}
        await asyncio.to_thread(_put_out, house, room.sid, told)
        for page in (ben, cleo):
            assert await page.evaluate("window.goes") / 1000 - began < 1.0
        await expect(ben.locator("#said")).to_have_text("You were removed because: you shouted at Ada")
        await expect(cleo.get_by_label("Ben", exact=True)).to_have_count(0)
        refused = await comes_in(browser, house, key, "Ben", "standup", "NY")
        await expect(refused.locator("#said")).to_contain_text("You can't come in")
        await sees(cleo, "Ada")

        sdk.video.v1.rooms(room.sid).update(status="completed")
        await expect(ada.locator("#said")).to_contain_text("the room is over")
    _look_at(sdk.video.v1.rooms(room.sid).recordings.list(), house)


def _put_out(house: House, room: str, told: dict[str, str]) -> None:
    auth = (house.demo["account_sid"], house.demo["auth_token"])
    url = f"{house.http}/video/v1/Rooms/{room}/Participants/Ben"
    answer = httpx.post(url, data={name.title(): value for name, value in told.items()}, auth=auth)
    assert answer.status_code == 202, answer.text
    assert answer.json()["reason"] == "you shouted at Ada"


def _look_at(kept: list[Any], house: House) -> None:
    """A picture and a sound of each are kept, and can be played."""
    assert sorted(each.track_name for each in kept) == ["camera"] * 3 + ["microphone"] * 3
    auth = (house.demo["account_sid"], house.demo["auth_token"])
    for each in kept:
        url = f"{house.http}/video/v1/Rooms/{each.room_sid}/Recordings/{each.sid}/Media"
        content = httpx.get(url, auth=auth).content
        with av.open(io.BytesIO(content)) as container:
            assert sum(1 for _ in container.decode(container.streams[0])) > 5


async def test_a_screen_is_shared_a_camera_is_muted_and_the_page_reads_well(house: House, sdk: Any, key: Any) -> None:
    sdk.video.v1.rooms.create(unique_name="board")
    against: dict[str, Any] = {}
    async with chromium(*FLAGS) as browser:
        ada = await comes_in(browser, house, key, "Ada", "board")
        ada.on("console", lambda said: against.update({said.text: said.type}) if said.type == "error" else None)
        ben = await comes_in(browser, house, key, "Ben", "board")
        await sees(ada, "Ben")
        await ben.get_by_role("button", name="Share your screen").click()
        await sees(ada, "Ben", "screen of Ben")
        await ben.get_by_role("button", name="Stop sharing").click()
        await sees(ada, "Ben")
        for page, width in ((ada, 900), (ben, 420)):
            await page.set_viewport_size({"width": width, "height": 800})
            found = (await Axe().run(page)).response["violations"]
            against |= {each["id"]: each["nodes"][0]["html"][:200] for each in found}
            assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")
        await ben.get_by_role("button", name="Camera off").click()
        frames = (await ada.evaluate(HEARD))[1]
        await asyncio.sleep(0.5)
        assert (await ada.evaluate(HEARD))[1] - frames <= 3  # what was on its way
        await ben.get_by_role("button", name="Camera on").click()
        await sees(ada, "Ben")
        await ben.get_by_role("button", name="Leave").click()
        await sees(ada)
        lost = await browser.new_page()
        await lost.goto(f"{house.http}/rooms/board")
        await lost.get_by_role("button", name="Come in").click()
        await expect(lost.locator("#said")).to_contain_text("no access token")
    assert against == {}
