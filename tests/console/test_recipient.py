"""The recipients' page over a real socket with the whole house behind it, and in a browser without JavaScript."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import uvicorn
from playwright.async_api import Page
from starlette.applications import Starlette

from masstransit import app, config, demo
from masstransit.bundle import check
from masstransit.channels.loopback import LoopbackTrunk, Phones
from masstransit.clock import SystemClock
from masstransit.console import recipient as page
from masstransit.edition import edition_of
from masstransit.errors import StorageUnavailable
from masstransit.model.address import parse
from masstransit.model.communication import Communication, Kind, Purpose
from masstransit.model.decision import Verdict
from masstransit.model.sid import new_sid
from masstransit.storage import agreements
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.browser import chromium

ANN, BEN = demo.PHONES[:2]
SHOP, SECOND = demo.NUMBERS[:2]
STRANGER = "+12125550999"


class World:
    """The demo's house with its phones, and the page at work."""

    def __init__(self, parts: app.Parts, phones: Phones, trunk: LoopbackTrunk, customer: str) -> None:
        self.parts, self.phones, self.trunk, self.customer = parts, phones, trunk, customer
        self.base = ""

    async def sends(self, text: str, *, to: str = ANN, sender: str = SHOP, **more: Any) -> Verdict:
        """The customer writes to a person; when the message has arrived, if it may go."""
        made: dict[str, Any] = {"purpose": Purpose.TRANSACTIONAL, "channel": "rest", "principal": self.customer} | more
        offered = await self.parts.exchange.offer(
            Communication(
                id=new_sid("SM"),
                account=self.customer,
                kind=Kind.SMS,
                sender=parse(sender),
                recipient=parse(to),
                text=text,
                at=self.parts.clock.now(),
                **made,
            )
        )
        if offered.decision.verdict <= Verdict.FLAG:
            await self.arrived(to, text)
        return offered.decision.verdict

    async def arrived(self, number: str, text: str) -> str:
        """The whole text of a message on a phone, once it is there."""
        for _ in range(500):
            for message in reversed(self.phones.phone(number).messages):
                if text in message.text:
                    return message.text
            await asyncio.sleep(0.01)
        raise AssertionError(f"nothing with {text!r} came")

    async def code(self, number: str = ANN, says: str = "is your code") -> str:
        await self.parts.possession.drained()
        found = re.search(r"\b\d{6}\b", await self.arrived(number, says))
        assert found is not None
        return found[0]


@pytest.fixture
async def world(sqlite_database: Database, keys: Keys) -> AsyncIterator[World]:
    now, told = SystemClock().now(), edition_of(config.Settings())
    edition = demo.Edition(told.digest, told.dated)

    def seed(connection: Any) -> tuple[str, str]:
        agreements.publish_edition(
            connection, digest=told.digest, dated=told.dated, source=told.source, current_from=now
        )
        operator = demo.seed_operator(connection, keys, edition, now)
        return operator, demo.seed(connection, keys, edition, now, demo.Earlier()).account_sid

    operator, customer = await sqlite_database.write(seed)
    by = config.RecipientSettings(account=operator, sender=demo.OPERATOR_NUMBER)
    phones = Phones(demo.PHONES)
    trunk = LoopbackTrunk(phones, SystemClock())
    parts = app.join(config.Settings(recipients=by), sqlite_database, keys, (trunk,))
    made = World(parts, phones, trunk, customer)
    routes = list(page.routes(parts.possession, parts.recipients, keys=keys))
    listener = socket.create_server(("127.0.0.1", 0))
    made.base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), ws="none", lifespan="off", log_level="warning"))
    carrying = asyncio.create_task(parts.delivery.run())
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    yield made
    server.should_exit = True
    await serving
    listener.close()
    await parts.possession.drained()
    await parts.exchange.drained()
    carrying.cancel()
    await asyncio.wait([carrying])
    await parts.delivery.stop()
    await parts.counters.close()


class Visitor:
    """A browser with its cookies, which sends the forms that it was shown."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.shown = ""

    async def gets(self, path: str = "/me", **more: Any) -> httpx.Response:
        return self._seen(await self.client.get(path, **more))

    async def posts(self, path: str, *, headers: Any = None, **fields: str) -> httpx.Response:
        found = re.search(r'name="form" value="(\w+)"', self.shown)
        form = {"form": found[1] if found else ""} | fields
        return self._seen(await self.client.post(path, data=form, headers=headers))

    def _seen(self, answer: httpx.Response) -> httpx.Response:
        self.shown = answer.text
        return answer

    async def proves(self, world: World, number: str = ANN) -> None:
        await self.gets()
        await self.posts("/me/code", number=number)
        await self.posts("/me/proof", code=await world.code(number))
        assert "Messages to" in self.shown

    def mark_of(self, name: str) -> str:
        """The mark of a brand on the page."""
        found = re.search(rf'<h2 id="n(\w+)">{name}</h2>', self.shown)
        assert found is not None, f"{name} is not on the page"
        return found[1]


@pytest.fixture
async def ann(world: World) -> AsyncIterator[Visitor]:
    async with httpx.AsyncClient(base_url=world.base, timeout=10, follow_redirects=True) as client:
        yield Visitor(client)


@pytest.fixture
async def ben(world: World) -> AsyncIterator[Visitor]:
    async with httpx.AsyncClient(base_url=world.base, timeout=10, follow_redirects=True) as client:
        yield Visitor(client)


# --- proof ------------------------------------------------------------------------------------------------------------


async def test_nothing_of_a_number_is_shown_before_it_is_proven(world: World, ann: Visitor) -> None:
    await world.sends("Your parcel is here.")
    for path in ("/me", "/me/code", "/me/complaint?line=x"):
        assert "Northwind" not in (await ann.gets(path)).text
    await ann.gets()
    assert (await ann.posts("/me/wish", writer="x", wish="all")).url.path == "/me"
    await ann.proves(world)
    assert "Northwind" in ann.shown
    assert ANN not in ann.shown  # over somebody's shoulder it is only recognised
    assert "Your parcel is here." not in ann.shown


async def test_a_known_and_an_unknown_number_get_the_same_answer(world: World, ann: Visitor, ben: Visitor) -> None:
    await ann.gets()
    await ben.gets()
    known = await ann.posts("/me/code", number=ANN)
    unknown = await ben.posts("/me/code", number=STRANGER)

    def without_marks(answer: httpx.Response) -> str:
        return re.sub(r'value="\w{32}"', "", answer.text)

    assert (known.status_code, without_marks(known)) == (unknown.status_code, without_marks(unknown))
    known, unknown = await ann.posts("/me/proof", code="12"), await ben.posts("/me/proof", code="12")
    assert (known.status_code, without_marks(known)) == (unknown.status_code, without_marks(unknown))
    assert known.status_code == 400


async def test_a_wrong_code_may_be_tried_again_and_a_used_up_one_not(world: World, ann: Visitor) -> None:
    await ann.gets()
    await ann.posts("/me/code", number=ANN)
    right = await world.code()
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _ in range(5):
        answer = await ann.posts("/me/proof", code=wrong)
        assert "This is not the code" in answer.text
    assert "does not work any more" in (await ann.posts("/me/proof", code=right)).text
    assert "Messages to" not in (await ann.gets()).text


async def test_a_code_that_was_used_opens_nothing_again(world: World, ann: Visitor) -> None:
    await ann.gets()
    await ann.posts("/me/code", number=ANN)
    code = await world.code()
    await ann.posts("/me/proof", code=code)
    await ann.posts("/me/leave")
    assert "Show that the number is yours" in ann.shown
    assert "does not work any more" in (await ann.posts("/me/proof", code=code)).text


async def test_too_many_codes_and_what_is_no_number_are_said_so(ann: Visitor) -> None:
    await ann.gets()
    answer = await ann.posts("/me/code", number="555 0123")
    assert (answer.status_code, 'aria-invalid="true"' in answer.text, 'value="555 0123"' in answer.text) == (
        400, True, True,
    )  # fmt: skip
    for _ in range(3):
        await ann.gets()
        await ann.posts("/me/code", number=STRANGER)
    await ann.gets()
    answer = await ann.posts("/me/code", number=STRANGER)
    assert (answer.status_code, "too often" in answer.text) == (429, True)


async def test_without_an_operators_account_the_page_says_what_is_missing(
    sqlite_database: Database, keys: Keys
) -> None:
    parts = app.join(config.Settings(), sqlite_database, keys, ())
    asgi = httpx.ASGITransport(Starlette(routes=list(page.routes(parts.possession, parts.recipients, keys=keys))))
    async with httpx.AsyncClient(transport=asgi, base_url="http://me.example") as client:
        visitor = Visitor(client)
        shown = await visitor.gets()
        assert "[recipients]" in shown.text
        assert 'name="number"' not in shown.text
    await parts.counters.close()


# --- what a person does -----------------------------------------------------------------------------------------------


async def test_two_people_never_see_or_change_what_is_the_others(world: World, ann: Visitor, ben: Visitor) -> None:
    await world.sends("Your parcel is here.", sender=SHOP)
    await world.sends("Your table is ready.", to=BEN, sender=SECOND)
    await ann.proves(world, ANN)
    await ben.proves(world, BEN)
    assert (SHOP in ann.shown, SECOND in ann.shown) == (True, False)
    assert (SHOP in ben.shown, SECOND in ben.shown) == (False, True)
    anns = ann.mark_of("Northwind")
    answer = await ben.posts("/me/wish", writer=anns, wish="all")
    assert answer.status_code == 404
    assert await world.sends("Your parcel comes on Tuesday.") <= Verdict.FLAG
    line = re.search(r"line=(\w+)", ann.shown)
    assert line is not None
    assert (await ben.gets(f"/me/complaint?line={line[1]}")).status_code == 404


async def test_a_stop_stops_the_next_message_and_a_start_by_text_lets_it_go(world: World, ann: Visitor) -> None:
    assert await world.sends("Your parcel is on its way.") <= Verdict.FLAG
    await ann.proves(world)
    await ann.posts("/me/wish", writer=ann.mark_of("Northwind"), wish="all")
    assert "Done: no more messages from Northwind." in ann.shown
    assert await world.sends("Your parcel comes on Tuesday.") is Verdict.REFUSE
    assert await world.sends("Your table is ready.", sender=SECOND) is Verdict.REFUSE
    await world.trunk.answer(ANN, SHOP, "START")
    assert await world.sends("Your parcel comes on Friday.") <= Verdict.FLAG
    assert "You stopped everything" not in (await ann.gets()).text


async def test_marketing_stops_and_notices_go_on(world: World, ann: Visitor) -> None:
    await world.sends("Your parcel is on its way.")
    await ann.proves(world)
    await ann.posts("/me/wish", writer=ann.mark_of("Northwind"), wish="marketing")
    advert = "Northwind: 20% off all shoes this week. Reply STOP to opt out."
    assert await world.sends(advert, purpose=Purpose.MARKETING) is Verdict.REFUSE
    assert await world.sends("Your parcel comes on Tuesday.") <= Verdict.FLAG


async def test_a_complaint_is_brought_and_followed(world: World, ann: Visitor) -> None:
    await world.sends("Your parcel is on its way.")
    await ann.proves(world)
    line = re.search(r'line=(\w+)" aria-label="Complain about ' + re.escape(SHOP), ann.shown)
    assert line is not None
    await ann.gets(f"/me/complaint?line={line[1]}")
    sid = re.search(r'name="message" value="(SM\w+)"', ann.shown)
    assert sid is not None
    answer = await ann.posts("/me/complaint", message=sid[1], reason="never-agreed")
    assert "Your complaint is on record" in answer.text
    assert f"about {SHOP} (Northwind)" in answer.text
    assert "I never agreed to get it" in answer.text
    assert "Nothing was done about the sender since" in answer.text
    again = await ann.posts("/me/complaint", message=sid[1], reason="fraud")
    assert "You had complained of this message already" in again.text
    assert (await ann.posts("/me/complaint", message="SM" + "9" * 32, reason="fraud")).status_code == 404


async def test_a_person_takes_along_what_they_agreed_to_and_anybody_can_prove_it(
    world: World, ann: Visitor, ben: Visitor
) -> None:
    await world.sends("Your parcel is here.")
    await ann.proves(world)
    await ann.posts("/me/wish", writer=ann.mark_of("Northwind"), wish="all")
    mark = ann.mark_of("Northwind")
    sealed = (await ann.posts("/me/record", writer=mark)).content
    report = check(sealed, world.parts.keys.public)
    assert report.whole, report.breaks
    assert "opt-out" in [piece.kind for piece in report.bundle.pieces]
    assert ANN.encode() not in sealed
    assert not check(sealed.replace(b"opt-out", b"opt-aut", 1), world.parts.keys.public).whole
    await ben.proves(world, BEN)
    assert (await ben.posts("/me/record", writer=mark)).status_code == 404


# --- who may send forms -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
async def test_another_sites_page_can_not_send_a_form(world: World, ann: Visitor, headers: dict[str, str]) -> None:
    await world.sends("Your parcel is on its way.")
    await ann.proves(world)
    answer = await ann.posts("/me/wish", headers=headers, writer=ann.mark_of("Northwind"), wish="all")
    assert answer.status_code == 403
    assert await world.sends("Your parcel comes on Tuesday.") <= Verdict.FLAG


async def test_a_form_without_its_mark_or_with_another_visitors_does_nothing(
    world: World, ann: Visitor, ben: Visitor
) -> None:
    await world.sends("Your parcel is on its way.")
    await ann.proves(world)
    await ben.gets()
    mark = ann.mark_of("Northwind")
    bens = re.search(r'name="form" value="(\w+)"', ben.shown)
    assert bens is not None
    for form in ("", "0" * 32, bens[1], "é"):
        assert (await ann.posts("/me/wish", form=form, writer=mark, wish="all")).status_code == 403
    answer = await ann.client.post("/me/leave", content=b"form=%ff", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 404
    assert await world.sends("Your parcel comes on Tuesday.") <= Verdict.FLAG


async def test_a_form_that_is_too_large_or_has_too_many_fields_is_not_read(ann: Visitor) -> None:
    await ann.gets()
    assert (await ann.posts("/me/code", number="1" * 5000)).status_code == 404
    assert (await ann.posts("/me/code", **{f"n{n}": "1" for n in range(20)})).status_code == 404


async def test_cookies_are_for_the_page_alone_and_safe_behind_tls(world: World) -> None:
    parts = world.parts
    routes = page.routes(parts.possession, parts.recipients, keys=parts.keys, base_url="https://me.example")
    asgi = httpx.ASGITransport(Starlette(routes=list(routes)))
    async with httpx.AsyncClient(transport=asgi, base_url="http://inside.example") as client:
        said = (await client.get("/me")).headers["set-cookie"].lower()
        assert all(part in said for part in ("path=/me", "httponly", "samesite=lax", "secure"))
    async with httpx.AsyncClient(base_url=world.base) as client:
        assert "secure" not in (await client.get("/me")).headers["set-cookie"].lower()


async def test_the_browser_is_told_to_load_and_keep_nothing(ann: Visitor) -> None:
    for path in ("/me", "/me/code", "/me/static/recipient.css"):
        headers = (await ann.gets(path)).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
    shown = await ann.gets()
    assert shown.headers["cache-control"] == "no-store"
    assert "<script" not in shown.text
    assert " style=" not in shown.text


async def test_names_are_text_and_never_markup(world: World, ann: Visitor) -> None:
    await world.sends("Your parcel is on its way.", end_user="<b>shop</b>")
    await ann.proves(world)
    assert "<b>shop</b>" not in ann.shown
    assert "&lt;b&gt;shop&lt;/b&gt;" in ann.shown


async def test_a_lost_database_is_said_so_and_nothing_is_lost(
    world: World, ann: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ann.proves(world)

    async def gone(*_: Any) -> Any:
        raise StorageUnavailable("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(world.parts.database, "write", gone)
        answer = await ann.posts("/me/wish", writer=ann.mark_of("Northwind"), wish="all")
    assert (answer.status_code, "Nothing was changed" in answer.text) == (503, True)
    assert "Messages to" in (await ann.gets()).text


# --- languages --------------------------------------------------------------------------------------------------------


async def test_the_page_speaks_the_browsers_language_until_another_is_chosen(ann: Visitor) -> None:
    german = await ann.gets(headers={"Accept-Language": "de-CH, en;q=0.5"})
    assert '<html lang="de">' in german.text
    assert "Wer schreibt mir?" in german.text
    french = await ann.gets("/me?lang=fr", headers={"Accept-Language": "de"})
    assert '<html lang="fr">' in french.text
    kept = await ann.gets(headers={"Accept-Language": "de"})
    assert '<html lang="fr">' in kept.text
    assert '<html lang="fr">' in (await ann.gets("/me?lang=xx")).text


# --- in a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(params=[("light", 1000), ("dark", 390)], ids=["desk", "phone"])
async def browser_page(world: World, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """A page in which no script runs, in both themes."""
    scheme, width = request.param
    async with chromium() as browser:
        context = await browser.new_context(
            viewport={"width": width, "height": 844}, color_scheme=scheme, java_script_enabled=False, locale="en-US"
        )
        opened = await context.new_page()
        said: list[str] = []
        opened.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        yield opened
        await browser.close()
        assert [text for text in said if "400" not in text] == []  # a wrong code is answered with it


async def test_in_a_browser_a_person_proves_stops_complains_and_leaves(world: World, browser_page: Page) -> None:
    there = browser_page
    await world.sends("Your parcel is on its way.")
    await there.goto(f"{world.base}/me")
    await there.get_by_label("Your phone number").fill("+1 (212) 555-0123")
    await there.get_by_role("button", name="Send me a code").click()
    code = await world.code()
    await there.get_by_label("Code of 6 digits").fill(f"{(int(code) + 1) % 1_000_000:06d}")
    await there.get_by_role("button", name="Continue").click()
    await there.get_by_role("alert").get_by_text("This is not the code").wait_for()
    await there.get_by_label("Code of 6 digits").fill(code)
    await there.get_by_role("button", name="Continue").click()
    await there.get_by_role("heading", name="Messages to +1212***23").wait_for()
    wide = await there.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]  # nothing has to be scrolled for sideways
    northwind = there.get_by_role("region", name="Northwind")
    await northwind.get_by_text("advertising: agreed in writing").wait_for()
    await northwind.get_by_role("link", name=f"Complain about {SHOP}").click()
    await there.get_by_label("It wants to cheat me").check()
    await there.get_by_role("button", name="Send the complaint").click()
    await there.get_by_role("region", name="Your complaints").get_by_text("It wants to cheat me").wait_for()
    await northwind.get_by_role("button", name="Stop everything").click()
    await there.get_by_role("status").get_by_text("no more messages from Northwind").wait_for()
    assert await world.sends("Your parcel comes on Tuesday.") is Verdict.REFUSE
    await there.get_by_role("link", name="Deutsch").click()
    await northwind.get_by_role("button", name="Nachrichten wieder erlauben").click()
    await there.get_by_role("status").get_by_text("darf Ihnen wieder schreiben").wait_for()
    assert await world.sends("Your parcel comes on Friday.") <= Verdict.FLAG
    await there.get_by_role("button", name="Abmelden").click()
    await there.get_by_label("Ihre Telefonnummer").wait_for()


async def test_in_a_browser_every_text_can_be_read(world: World, browser_page: Page) -> None:
    """Contrast of 4.5 and more (WCAG 2.2, 1.4.3), of the colours that the browser itself computed."""
    await world.sends("Your parcel is on its way.")
    await browser_page.goto(f"{world.base}/me")
    worst = await contrast(browser_page)
    await browser_page.get_by_label("Your phone number").fill("nonsense")
    await browser_page.get_by_role("button", name="Send me a code").click()
    await browser_page.get_by_role("alert").wait_for()
    worst |= await contrast(browser_page)
    await browser_page.get_by_label("Your phone number").fill(ANN)
    await browser_page.get_by_role("button", name="Send me a code").click()
    await browser_page.get_by_label("Code of 6 digits").fill(await world.code())
    await browser_page.get_by_role("button", name="Continue").click()
    await browser_page.get_by_role("button", name="Stop everything").first.click()
    await browser_page.get_by_role("status").wait_for()
    worst |= await contrast(browser_page)
    assert {text: ratio for text, ratio in worst.items() if ratio < 4.5} == {}
    assert len(worst) > 20


_COLOURS = """() => {
  const found = [];
  for (const each of document.querySelectorAll('body *')) {
    const said = [...each.childNodes].filter(n => n.nodeType === 3).map(n => n.textContent.trim()).join('');
    if (!said || each.classList.contains('skip')) continue;
    let behind = each, ground = 'rgba(0, 0, 0, 0)';
    while (behind && ground === 'rgba(0, 0, 0, 0)') {
      ground = getComputedStyle(behind).backgroundColor;
      behind = behind.parentElement;
    }
    found.push([said.slice(0, 60), getComputedStyle(each).color, ground]);
  }
  return found;
}"""


async def contrast(shown: Page) -> dict[str, float]:
    """Every text of a page with its contrast. Playwright may run a script where the page itself may not."""
    found: list[tuple[str, str, str]] = await shown.evaluate(_COLOURS)
    return {text: ratio_of(ink, ground) for text, ink, ground in found}


def ratio_of(ink: str, ground: str) -> float:
    """Contrast of two colours as `rgb(r, g, b)` (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((luminance(ink), luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
