"""The pictures of the pages in docs/pictures, made anew in both themes: `make pictures`.

They are of a demo with a day of made-up traffic, in Debian's Chromium; nothing on them is anybody's.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Page

from masstransit.console.door import SESSION
from masstransit.model.user import Role
from tests.browser import chromium
from tests.console.busy_calls import RECORDING, TALKED
from tests.stories import busy_day
from tests.stories import test_the_call_pages as call_pages
from tests.stories.house import House

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
THEMES = ("light", "dark")
MESSAGES = 20_000

#: Of whom it is, and where; then a key that is pressed there.
PAGES: Mapping[str, tuple[Role | None, str, str]] = {
    "phones": (None, "/", ""),
    "desk": (Role.ADMIN, "/desk", ""),
    "review": (Role.REVIEWER, "/desk/review", "n"),
    "sender": (Role.ADMIN, "/desk/entities/{account}", ""),
    "clause": (Role.ADMIN, "/desk/policy/10", ""),
    "cases": (Role.ADMIN, "/desk/cases", ""),
    "account": (Role.OWNER, "/account", ""),
    "log": (Role.OWNER, "/account/log", ""),
}
#: Cases that are open, as the command line takes them.
CASES = (
    ("blocking-notice", "authority=FCC Enforcement Bureau", "reference=DA-26-118", "account={account}"),
    ("end-user-stop", "account={account}", "end_user=eu-1142", "harm=phishing"),
    ("copyright", "account={account}", "holder=Ada Films", "work=The Long Tide", "material=https://films.example/7"),
    ("breach", "what=a laptop was stolen", "customers=12", "harm=no"),
)
LAWFUL = ("Your code is on its way by letter.", "See you on Friday at 5.", "Your order 1142 was sent.")
_CODE = re.compile(r"\b\d{6}\b")


#: Pages about calls, over a day of them.
CALLS: Mapping[str, tuple[Role, str]] = {
    "calls": (Role.ADMIN, "/desk/calls"),
    "call": (Role.ADMIN, f"/desk/messages/{TALKED}"),
    "figures": (Role.ADMIN, "/desk/entities/{account}/calls"),
    "recording": (Role.OWNER, f"/account/log/recordings/{RECORDING}"),
}


async def take() -> None:
    """All of them."""
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder))
        await busy_day.lived(house, MESSAGES, (*LAWFUL, *LAWFUL, *busy_day.SENT))
        _open_cases(house)
        with house:
            busy_day.send(house, LAWFUL)  # so that the phones have something to show
            for theme in THEMES:
                for name in PAGES:
                    async with at_the_pages(theme) as page:
                        await _of(house, page, name)
                        await _keep(page, f"{name}-{theme}")
            for theme in THEMES:
                async with at_the_pages(theme) as page:
                    await _of_a_recipient(house, page, theme)
    await _of_calls()


@asynccontextmanager
async def at_the_pages(theme: Any) -> AsyncIterator[Page]:
    """A browser in a theme, with nobody signed in."""
    async with chromium() as browser:
        context = await browser.new_context(color_scheme=theme, viewport={"width": 1280, "height": 860})
        yield await context.new_page()


def _open_cases(house: House) -> None:
    for kind, *words in CASES:
        said = [word.format(account=house.demo["account_sid"]) for word in words]
        opened = house.run("cases", "open", kind, *said, "--by", "Ada")
        assert opened.returncode == 0, opened.stderr


async def _of(house: House, page: Page, name: str) -> None:
    role, path, key = PAGES[name]
    if role is not None:
        await busy_day.sign_in(page, house, role)
    await page.goto(house.http + path.format(account=house.demo["account_sid"]))
    if key:
        before = page.url
        await page.keyboard.press(key)
        await page.wait_for_url(lambda url: url != before)


async def _of_calls() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with call_pages.served(Path(folder)) as (pages, http):
            for theme in THEMES:
                for name, (role, path) in CALLS.items():
                    token = (await pages.signed_in(role)).client.cookies[SESSION]
                    async with at_the_pages(theme) as page:
                        await page.context.add_cookies([{"name": SESSION, "value": token, "url": http}])
                        await page.goto(http + path.format(account=pages.account))
                        await _keep(page, f"{name}-{theme}")


async def _of_a_recipient(house: House, page: Page, theme: str) -> None:
    """What the person of the first phone sees who proved by a code that it is theirs."""
    phone = house.demo["phones"][0]
    await page.goto(f"{house.http}/me")
    await page.locator("[name=number]").fill(phone["number"])
    await page.locator("[name=number]").press("Enter")
    await page.locator("[name=code]").fill(await _code(phone["url"]))
    await page.locator("[name=code]").press("Enter")
    await page.locator("section.card").first.wait_for()
    await _keep(page, f"recipient-{theme}")


async def _code(phone: str) -> str:
    """The newest code on a phone, once it is there."""
    async with httpx.AsyncClient() as client:
        for _ in range(100):
            await asyncio.sleep(0.1)
            messages = (await client.get(f"{phone}/messages")).json()
            codes = [found[0] for each in messages if (found := _CODE.search(str(each)))]
            if codes:
                return codes[-1]
    raise AssertionError("no code came")


async def _keep(page: Page, name: str) -> None:
    await page.wait_for_timeout(500)  # what is told anew has come
    await page.screenshot(path=PICTURES / f"{name}.png")
    print(f"docs/pictures/{name}.png")


if __name__ == "__main__":
    asyncio.run(take())
