"""Every page in a browser: as each role that may see it, on a record of 100,000 messages, in light and dark.

The walk begins at the pages of the menu and follows one link of each kind. A page counts as seen when it answered 200,
said nothing on the browser's console, is no larger than a person can use, and axe finds nothing against it: names,
contrast, order of headings, keyboard.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from masstransit.console.pages import PAGES
from masstransit.model.user import Role
from tests.browser import chromium
from tests.stories import busy_day
from tests.stories.house import House

pytestmark = [pytest.mark.story, pytest.mark.timeout(600)]

MESSAGES = 100_000
LARGEST = 400_000  # bytes of HTML: what lists everything is larger
_ID = re.compile(r"/(?=[^/]*\d)[^/]+|/[A-Z](?=/|$)")  # of a message, a number, a rule, a clause
_ALIKE = 6  # pages of one room that are looked at, at most


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A demo with people of every role, and a day of traffic behind it."""
    house = House(tmp_path_factory.mktemp("pages"))
    asyncio.run(busy_day.lived(house, MESSAGES))
    house.start(http="localhost:0")  # by a name: passkeys need one
    yield house
    house.stop()


@asynccontextmanager
async def signed_in(browser: Browser, house: House, role: Role, scheme: Any = "light") -> AsyncIterator[Page]:
    """Somebody of a role at the pages; whatever the console says is a failure."""
    context = await browser.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    await busy_day.sign_in(page, house, role)
    yield page
    await context.close()
    assert [each for each in said if "403" not in each] == []  # the browser tells of every answer that is no 200


def _kind(path: str) -> str:
    """The kind of an address: ids left out."""
    return _ID.sub("/*", urlsplit(path).path)


async def _walk(page: Page, house: House, begin: list[str]) -> AsyncIterator[str]:
    """Go to pages, and from each to one of every kind that it links to."""
    open_, seen, rooms = list(begin), {_kind(path) for path in begin}, Counter[str]()
    while open_:
        path = open_.pop(0)
        answer = await page.goto(house.http + path)
        assert answer is not None
        assert answer.status == 200, f"{path} answered {answer.status}: {await page.inner_text('main')}"
        yield path
        links = await page.eval_on_selector_all(
            "a[href^='/']:not([download])", "all => all.map(each => each.getAttribute('href'))"
        )
        for link in links:
            kind = _kind(link)
            room = "/".join(kind.split("/")[:3])
            if kind not in seen and rooms[room] < _ALIKE and not link.startswith(("/me", "/signin", "/phones")):
                seen.add(kind)
                rooms[room] += 1
                open_.append(link)


def _of_menu(role: Role) -> list[str]:
    return ["/desk" if role.of_desk else "/account"]


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_walks_through_its_pages_and_is_refused_at_the_others(busy: House, role: Role) -> None:
    looked_at = [each for each in PAGES if each.method == "GET" and "{" not in each.path and each.right]
    async with chromium() as browser, signed_in(browser, busy, role) as page:
        walked = [path async for path in _walk(page, busy, _of_menu(role))]
        assert len((await page.content()).encode()) < LARGEST
        mine = {each.path for each in looked_at if each.right and each.right in role.rights}
        missed = {path for path in mine if _kind(path) not in {_kind(each) for each in walked}}
        assert {
            path for path in missed if not path.endswith(("/live", "/next", "/second", "/key"))
        } == set()  # no pages
        for each in looked_at:
            if each.right and each.right not in role.rights:
                answer = await page.goto(busy.http + each.path)
                assert answer is not None
                assert answer.status == 403, each.path


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OWNER])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_against_any_page(busy: House, role: Role, scheme: str) -> None:
    against: dict[str, list[str]] = {}
    async with chromium() as browser, signed_in(browser, busy, role, scheme) as page:
        async for path in _walk(page, busy, [*_of_menu(role), "/security"]):
            assert len((await page.content()).encode()) < LARGEST, path
            found = (await Axe().run(page)).response["violations"]
            if found:
                against[path] = [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]
    assert against == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_against_the_sign_in(busy: House, scheme: Any) -> None:
    async with chromium() as browser:
        page = await (await browser.new_context(color_scheme=scheme)).new_page()
        await page.goto(f"{busy.http}/signin")
        assert (await Axe().run(page)).response["violations"] == []


async def test_a_reviewer_decides_with_the_keyboard_alone(busy: House) -> None:
    async with chromium() as browser, signed_in(browser, busy, Role.REVIEWER) as page:
        await page.goto(f"{busy.http}/desk/review")
        await page.keyboard.press("n")
        await page.wait_for_url(re.compile(r"/desk/review/AC\w+/SM\w+"))
        first = page.url
        await page.keyboard.press("w")
        await page.keyboard.type("nonsense")
        await page.keyboard.press("Escape")
        await page.keyboard.press("x")
        await page.wait_for_url(lambda url: url != first and "/desk/review/AC" in url)
        assert "is refused." in await page.inner_text("[role=status]")
        focused = [await _tabbed(page) for _ in range(40)]
        assert "Skip to the page" in focused[0]
        assert any("Release" in each for each in focused)


async def _tabbed(page: Page) -> str:
    await page.keyboard.press("Tab")
    return str(await page.evaluate("document.activeElement.innerText || document.activeElement.name || ''"))


async def test_numbers_at_a_glance_change_by_themselves(busy: House) -> None:
    async with chromium() as browser, signed_in(browser, busy, Role.AUDITOR) as page:
        before = await page.locator(".tile strong").first.inner_text()
        busy_day.send(busy)
        await page.wait_for_function(
            "before => document.querySelector('.tile strong').innerText !== before", arg=before, timeout=20_000
        )


async def test_a_passkey_opens_alone(busy: House) -> None:
    async with chromium() as browser, signed_in(browser, busy, Role.DEVELOPER) as page:
        session = await page.context.new_cdp_session(page)
        await session.send("WebAuthn.enable")
        made = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
        await session.send("WebAuthn.addVirtualAuthenticator", {"options": made})
        await page.goto(f"{busy.http}/security")
        await page.get_by_label("Name of the device").fill("Laptop")
        await page.get_by_role("button", name="Add a passkey").click()
        await page.get_by_role("cell", name="Laptop", exact=True).wait_for()
        await page.get_by_role("button", name="Sign out").click()
        await page.wait_for_url("**/signin")
        await page.get_by_role("button", name="Sign in with a passkey").click()
        await page.wait_for_url("**/account")
