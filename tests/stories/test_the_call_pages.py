"""The pages about calls in a browser: over a day of calls, in light and dark, on a narrow screen; and one is ended."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from masstransit import app
from masstransit.config import Settings
from masstransit.console.door import SESSION
from masstransit.model.user import Role
from masstransit.storage.keys import Keys
from tests.browser import chromium
from tests.console.busy_calls import RECORDING, REFUSED, TALKED, TURNED_AWAY, filled
from tests.console.house import Pages, opened
from tests.stories.house import House

pytestmark = [pytest.mark.story, pytest.mark.timeout(120)]

DESK = (
    "/desk/calls", f"/desk/messages/{TALKED}", f"/desk/messages/{TURNED_AWAY}", "/desk/entities/{account}/calls",
    f"/desk/calls/recordings/{RECORDING}", f"/desk/calls/recordings/{REFUSED}",
)  # fmt: skip
OWN = ("/account/log/calls/figures", f"/account/log/calls/{TALKED}", f"/account/log/recordings/{RECORDING}")
LOOKS: Sequence[tuple[Role, Sequence[str], Any, int]] = (
    (Role.OFFICER, DESK, "light", 1280),
    (Role.OWNER, OWN, "dark", 420),
    (Role.AUDITOR, DESK[:1], "dark", 420),
)


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[tuple[Pages, str]]:
    """The pages with a day of calls, and where they are."""
    told = Settings(data=str(folder))
    database, listener = await app.prepared(told), socket.socket()
    listener.bind(("127.0.0.1", 0))
    async with opened(database, Keys.for_tests(), told=told) as pages:
        await filled(pages)
        server = uvicorn.Server(uvicorn.Config(pages.asgi, log_level="warning"))
        serving = asyncio.create_task(server.serve([listener]))
        yield pages, f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await serving
    await database.close()


async def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(tmp_path: Path) -> None:
    against: dict[str, Any] = {}
    async with served(tmp_path) as (pages, http), chromium() as browser:
        for role, paths, scheme, width in LOOKS:
            token = (await pages.signed_in(role)).client.cookies[SESSION]
            context = await browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
            await context.add_cookies([{"name": SESSION, "value": token, "url": http}])
            page = await context.new_page()
            page.on("console", lambda said: against.update({said.text: said.type}) if said.type == "error" else None)
            for path in paths:
                await _look(page, http + path.format(account=pages.account), against)
            await context.close()
    assert against == {}


async def _look(page: Page, url: str, against: dict[str, Any]) -> None:
    answer = await page.goto(url)
    assert answer is not None
    assert answer.status == 200, url
    found = (await Axe().run(page)).response["violations"]
    if found:
        against[url] = [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]
    if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        against[url] = "it is wider than the screen"


# --- a call that goes on ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("calls"))
    with house:
        yield house


async def test_a_call_shows_up_by_itself_and_a_person_ends_it_with_a_reason_on_record(demo: House) -> None:
    told, key = demo.demo, demo.demo["desk"]
    async with chromium() as browser:
        page = await browser.new_page()
        await page.goto(f"{demo.http}/signin")
        await page.get_by_label("Login").fill(key["user"])
        await page.get_by_label("Password").fill(key["password"])
        await page.get_by_role("button", name="Sign in", exact=True).click()
        await page.wait_for_url("**/desk")
        await page.goto(f"{demo.http}/desk/calls")
        assert "No call goes on." in await page.inner_text("main")
        async with httpx.AsyncClient(auth=(told["account_sid"], told["auth_token"])) as client:
            calls = f"{demo.http}/2010-04-01/Accounts/{told['account_sid']}/Calls"
            asked = {"From": told["numbers"][0], "To": told["phones"][0]["number"], "Purpose": "transactional"}
            asked["Twiml"] = "<Response><Pause length='60'/></Response>"
            made = await client.post(f"{calls}.json", data=asked)
            assert made.status_code == 201, made.text
            sid = made.json()["sid"]
            await page.get_by_role("link", name=f"The story of {sid}").click()  # it came without a reload
            await page.get_by_label("Why it has to end").fill("it keeps somebody awake")
            await page.get_by_role("button", name="End the call").click()
            await page.get_by_text(f"On record: {sid} is ended.").wait_for()
            until = time.monotonic() + 10
            while (await client.get(f"{calls}/{sid}.json")).json()["status"] in ("queued", "ringing"):
                assert time.monotonic() < until, "it is not over"
                await asyncio.sleep(0.05)
        await page.reload()
        assert "by the house" in await page.inner_text("main")
        await page.goto(f"{demo.http}/desk/acts?about={sid}")
        assert "ended-call" in await page.inner_text("main")
        await page.goto(demo.http)  # the phones' page shows the decision about the call too
        assert "→" in await page.inner_text("#decisions")
