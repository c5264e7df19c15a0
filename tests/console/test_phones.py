"""The page of virtual phones, over HTTP, with the real phones and the real loopback carrier."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import uvicorn
from playwright.async_api import Page
from starlette.applications import Starlette

from masstransit.carriage.channel import DeliveryReport, Inbound
from masstransit.carriage.voice.line import Ending, Line, Spoken
from masstransit.channels.loopback import Behaviour, LoopbackTrunk, Phones
from masstransit.channels.loopback.calls import Handsets, PhoneCall
from masstransit.clock import HandClock
from masstransit.console import phones as page
from masstransit.errors import StorageUnavailable
from masstransit.model.communication import Moment
from masstransit.model.decision import Cleared, Decision, Verdict
from tests.browser import chromium
from tests.makers import ACCOUNT, NOON, a_call, an_sms

ANN, BEN = "+12125550123", "+12125550124"
CUSTOMER, SECOND = "+14155550100", "+14155550101"
TOKEN = "0123456789abcdef0123456789abcdef"


class Kept:
    """Keeps what carriers bring; stands where the exchange stands."""

    def __init__(self) -> None:
        self.inbound: list[Inbound] = []
        self.reports: list[DeliveryReport] = []
        self.lost = False

    async def receive(self, inbound: Inbound) -> None:
        if self.lost:
            raise StorageUnavailable("the disk is full")
        self.inbound.append(inbound)

    async def report(self, report: DeliveryReport) -> None:
        self.reports.append(report)


@dataclass
class World:
    phones: Phones
    trunk: LoopbackTrunk
    handsets: Handsets
    kept: Kept
    base: str = ""
    complaints: list[tuple[str, str]] = field(default_factory=list)
    decisions: list[Mapping[str, Any]] = field(default_factory=list)
    stopping: bool = False
    _sent: int = 0

    async def complain(self, number: str, message: str) -> None:
        self.complaints.append((number, message))

    async def recent(self) -> Sequence[Mapping[str, Any]]:
        return self.decisions

    def kit(self) -> page.Kit:
        return page.Kit(base_url=self.base, account_sid=ACCOUNT, auth_token=TOKEN, numbers=(CUSTOMER, SECOND))

    async def deliver(self, text: str, *, to: str = ANN, sender: str = CUSTOMER) -> str:
        """The customer's message reaches a phone; its SID."""
        self._sent += 1
        sms = an_sms(id=f"SM{self._sent:032x}", text=text, recipient=to, sender=sender)
        decision = Decision(
            id="DE1",
            subject=sms.id,
            account=sms.account,
            moment=Moment.OFFER,
            attempt=0,
            at=NOON,
            verdict=Verdict.ALLOW,
            findings=(),
            facts={},
            revision="",
        )
        cleared = Cleared(communication=sms, decision=decision)
        await self.trunk.deliver(cleared)
        self.trunk.settled(cleared)
        return sms.id

    def call(self) -> asyncio.Task[Line | Ending]:
        """The customer calls a phone."""
        call = a_call(recipient=ANN, sender=CUSTOMER)
        decision = Decision(
            id="DE2", subject=call.id, account=call.account, moment=Moment.OFFER, attempt=0, at=NOON,
            verdict=Verdict.ALLOW, findings=(), facts={}, revision="",
        )  # fmt: skip
        cleared = Cleared(communication=call, decision=decision)
        return asyncio.create_task(self.handsets.place(cleared, ringing=lambda: None))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    phones = Phones([ANN, BEN])
    trunk = LoopbackTrunk(phones, HandClock(NOON))
    made = World(phones, trunk, Handsets(phones, HandClock(NOON)), Kept())
    trunk.connect(made.kept)
    app = Starlette(
        routes=page.routes(
            phones,
            trunk,
            handsets=made.handsets,
            kit=made.kit,
            complain=made.complain,
            recent=made.recent,
            stopping=lambda: made.stopping,
        )
    )
    listener = socket.create_server(("127.0.0.1", 0))
    made.base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(app, ws="none", lifespan="off", log_level="warning"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    yield made
    made.stopping = server.should_exit = True
    await serving
    listener.close()


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=world.base, timeout=5) as made:
        yield made


# --- the JSON ---------------------------------------------------------------------------------------------------------


async def test_a_phone_lists_what_it_received(world: World, client: httpx.AsyncClient) -> None:
    sid = await world.deliver("Your parcel is here.")
    listed = (await client.get(f"/phones/{ANN}/messages")).json()
    assert listed == [
        {
            "id": sid,
            "from": CUSTOMER,
            "to": ANN,
            "text": "Your parcel is here.",
            "at": "2026-06-03T17:00:00Z",
            "direction": "received",
            "media": [],
        }
    ]
    assert (await client.get(f"/phones/{BEN}/messages")).json() == []


async def test_a_number_may_be_written_with_its_plus_escaped(world: World, client: httpx.AsyncClient) -> None:
    await world.deliver("hello")
    assert len((await client.get("/phones/%2B12125550123/messages")).json()) == 1


async def test_an_answer_reaches_the_carrier_and_is_listed_only_when_asked_for(
    world: World, client: httpx.AsyncClient
) -> None:
    answered = await client.post(f"/phones/{ANN}/messages", json={"to": CUSTOMER, "text": "STOP"})
    assert answered.status_code == 201
    assert answered.json()["direction"] == "sent"
    assert [(i.sender.text, i.recipient.text, i.text) for i in world.kept.inbound] == [(ANN, CUSTOMER, "STOP")]
    assert (await client.get(f"/phones/{ANN}/messages")).json() == []
    assert [m["text"] for m in (await client.get(f"/phones/{ANN}/messages?all=1")).json()] == ["STOP"]


async def test_a_phone_that_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    listed = await client.get("/phones/+15005550000/messages")
    written = await client.post("/phones/+15005550000/messages", json={"to": CUSTOMER, "text": "hello"})
    assert (listed.status_code, written.status_code) == (404, 404)
    assert listed.json() == {"error": "there is no phone +15005550000 here"}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "can't be used"),
        (b"", "can't be used"),
        (b"\xff\xfe", "can't be used"),
        (b'{"to": "+14155550100", "text": "\xff"}', "can't be used"),
        (b"[]", "can't be used"),
        (b'{"to": "+14155550100"}', "text"),
        (b'{"to": "+14155550100", "text": 5}', "text"),
        (b'{"to": "+14155550100", "text": ""}', "text"),
        (b'{"to": "+14155550100", "text": "a", "more": 1}', "more"),
        (b'{"to": "?", "text": "a"}', "not a number"),
        (b'{"to": "+14155550100", "text": "a\\u0000b"}', "NUL"),
        (b'{"to": "+14155550100", "text": "\\ud800"}', "can't be used"),
        (b'{"to": "+14155550100", "text": "' + b"a" * 1601 + b'"}', "1600"),
        (b'{"to": "+14155550100", "text": "' + b"a" * 9_000_000 + b'"}', "larger"),
        (b'{"to": "+14155550100", "media": [{"data": "?"}]}', "media"),
        (b'{"to": "+14155550100", "media": [' + b'{"data": ""},' * 10 + b'{"data": ""}]}', "media"),
    ],
)
async def test_a_bad_body_is_answered_in_clear_words(
    world: World, client: httpx.AsyncClient, body: bytes, says: str
) -> None:
    answered = await client.post(f"/phones/{ANN}/messages", content=body, headers={"Content-Type": "application/json"})
    assert answered.status_code == 400
    assert says in answered.json()["error"]
    assert not world.kept.inbound


async def test_an_answer_is_not_acknowledged_when_it_can_not_be_recorded(
    world: World, client: httpx.AsyncClient
) -> None:
    world.kept.lost = True
    answered = await client.post(f"/phones/{ANN}/messages", json={"to": CUSTOMER, "text": "STOP"})
    assert answered.status_code == 503


async def test_a_complaint_is_told_once_and_only_about_a_message_received(
    world: World, client: httpx.AsyncClient
) -> None:
    sid = await world.deliver("Buy now")
    first = await client.post(f"/phones/{ANN}/complaints", json={"message": sid})
    again = await client.post(f"/phones/{ANN}/complaints", json={"message": sid})
    other = await client.post(f"/phones/{BEN}/complaints", json={"message": sid})
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 404)
    assert world.complaints == [(ANN, sid)]


async def test_a_phone_fails_when_it_is_told_to(world: World, client: httpx.AsyncClient) -> None:
    set_off = await client.post(f"/phones/{ANN}/behaviour", json={"behaviour": "switched-off"})
    assert set_off.json() == {"number": ANN, "behaviour": "switched-off"}
    await world.deliver("nobody hears this")
    assert not world.phones.phone(ANN).messages
    assert world.phones.phone(ANN).behaviour is Behaviour.SWITCHED_OFF
    wrong = await client.post(f"/phones/{ANN}/behaviour", json={"behaviour": "asleep"})
    assert wrong.status_code == 400


# --- who may use it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Host": "rebound.evil.example"}, 421),
    ],
)
async def test_another_sites_page_can_not_make_a_phone_write(
    world: World, client: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    answered = await client.post(
        f"/phones/{ANN}/messages",
        content=json.dumps({"to": CUSTOMER, "text": "STOP"}),
        headers={"Content-Type": "application/json"} | headers,
    )
    assert answered.status_code == status
    assert not world.kept.inbound


async def test_the_page_with_the_token_is_not_shown_under_a_strange_name(client: httpx.AsyncClient) -> None:
    answered = await client.get("/", headers={"Host": "rebound.evil.example"})
    assert answered.status_code == 421
    assert TOKEN not in answered.text


async def test_our_own_page_may_write(world: World, client: httpx.AsyncClient) -> None:
    answered = await client.post(
        f"/phones/{ANN}/messages", json={"to": CUSTOMER, "text": "hi"}, headers={"Origin": world.base}
    )
    assert answered.status_code == 201


# --- the page ---------------------------------------------------------------------------------------------------------


async def test_the_page_can_be_read_without_javascript(world: World, client: httpx.AsyncClient) -> None:
    await world.deliver("Your parcel is here.")
    world.decisions.append({"id": "DE7", "verdict": "REFUSE", "clause": "7", "reason": "no consent on record"})
    for path in ("/", "/phones"):
        html = (await client.get(path)).text
        assert "Your parcel is here." in html
        assert "no consent on record" in html
        assert ACCOUNT in html


async def test_the_page_does_with_nothing_but_phones() -> None:
    phones = Phones([])
    app = Starlette(routes=page.routes(phones, LoopbackTrunk(phones, HandClock(NOON))))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        html = (await client.get("/")).text
        assert (await client.get("/phones/decisions")).json() == []
    assert "There are no phones here." in html
    assert "Send with your SDK" not in html


async def test_what_a_message_says_is_text_and_never_markup(world: World, client: httpx.AsyncClient) -> None:
    await world.deliver("<script>alert(1)</script><img src=x onerror=alert(1)>")
    world.decisions.append({"reason": "<script>alert(2)</script>"})
    html = (await client.get("/")).text
    assert "<script>alert" not in html
    assert "<img" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


async def test_the_browser_is_told_to_load_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    answered = await client.get("/")
    policy = answered.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert " style=" not in answered.text
    assert " onclick=" not in answered.text
    for part in ("phones.css", "phones.js", "icon.svg"):
        assert (await client.get(f"/console/static/{part}")).status_code == 200
    assert (await client.get("/console/static/../phones.py")).status_code == 404


async def test_messages_are_told_live(world: World, client: httpx.AsyncClient) -> None:
    async with client.stream("GET", "/phones/events") as stream:
        lines = stream.aiter_lines()
        assert (await anext(lines)).startswith("retry:")
        await world.deliver("line one\nline two")
        told = [line async for line in _first(lines, 3)]
    assert told[:2] == ["", "event: message"]
    said = json.loads(told[2].removeprefix("data: "))
    assert said["number"] == ANN
    assert said["message"]["text"] == "line one\nline two"


async def test_a_page_that_goes_away_watches_no_longer(world: World, client: httpx.AsyncClient) -> None:
    async with client.stream("GET", "/phones/events") as stream:
        await anext(stream.aiter_lines())
        assert len(world.phones._watchers) == 1
    async with asyncio.timeout(5):
        while world.phones._watchers:
            await asyncio.sleep(0.02)


async def _first(lines: AsyncIterator[str], count: int) -> AsyncIterator[str]:
    for _ in range(count):
        yield await anext(lines)


# --- in a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture
async def browser_page(world: World) -> AsyncIterator[Page]:
    async with chromium() as browser:
        context = await browser.new_context(viewport={"width": 1280, "height": 900})
        opened = await context.new_page()
        said: list[str] = []
        opened.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        opened.on("pageerror", lambda error: said.append(str(error)))
        yield opened
    assert said == []


async def test_in_a_browser_a_message_arrives_and_is_answered_with_stop(world: World, browser_page: Page) -> None:
    await browser_page.goto(world.base)
    await browser_page.get_by_text("live", exact=True).wait_for()
    phone = browser_page.locator(f'[data-number="{ANN}"]')
    await world.deliver("Your parcel is <b>here</b>.", sender=SECOND)
    await phone.get_by_text("Your parcel is <b>here</b>.").wait_for()
    await phone.get_by_role("button", name="STOP").click()
    await phone.locator(".sent", has_text="STOP").wait_for()
    assert [(i.sender.text, i.recipient.text, i.text) for i in world.kept.inbound] == [(ANN, SECOND, "STOP")]
    assert await phone.locator(".bubble").count() == 2


async def test_in_a_browser_a_person_writes_complains_and_switches_off(world: World, browser_page: Page) -> None:
    sid = await world.deliver("Buy now")
    await browser_page.goto(world.base)
    phone = browser_page.locator(f'[data-number="{ANN}"]')
    await phone.get_by_label(f"Message from {ANN}").fill("who is this?")
    await phone.get_by_role("button", name="Send").click()
    await phone.locator(".sent", has_text="who is this?").wait_for()
    await phone.get_by_role("button", name="Complain").click()
    await phone.get_by_text("Complained").wait_for()
    await phone.locator(".behaviour").select_option("switched-off")
    await browser_page.locator(f'[data-number="{ANN}"][data-behaviour="switched-off"]').wait_for()
    assert world.complaints == [(ANN, sid)]
    assert world.phones.phone(ANN).behaviour is Behaviour.SWITCHED_OFF
    assert [i.text for i in world.kept.inbound] == ["who is this?"]


async def test_in_a_browser_the_token_is_hidden_until_it_is_asked_for(world: World, browser_page: Page) -> None:
    await browser_page.goto(world.base)
    assert not await browser_page.get_by_text(TOKEN).first.is_visible()
    await browser_page.locator("#token summary").click()
    await browser_page.locator("#token code", has_text=TOKEN).wait_for()
    await browser_page.locator(".sdk pre", has_text=TOKEN).first.wait_for()


async def test_in_a_browser_a_refusal_is_seen_though_no_phone_rings(world: World, browser_page: Page) -> None:
    await browser_page.goto(world.base)
    world.decisions.append({"id": "DE9", "verdict": "REFUSE", "clause": "7", "reason": "this person sent STOP"})
    await world.deliver("another", to=BEN)
    await browser_page.get_by_text("this person sent STOP").wait_for()


# --- calls ------------------------------------------------------------------------------------------------------------


async def test_a_call_is_answered_spoken_on_and_hung_up_over_http(world: World) -> None:
    calling = world.call()
    async with httpx.AsyncClient(base_url=f"{world.base}/phones/{ANN}") as client:
        while not (listed := (await client.get("calls")).json()):
            await asyncio.sleep(0.01)
        where = f"calls/{listed[0]['id']}"
        early = await client.post(where, json={"act": "press", "keys": "1"})
        assert (listed[0]["state"], early.status_code) == ("ringing", 409)
        assert (await client.post(where, json={"act": "answer"})).json()["state"] == "talking"
        line = await calling
        assert isinstance(line, PhoneCall)
        await line.play(Spoken(text="Hello."))
        assert (await client.get("calls")).json()[0]["heard"] == ["Hello."]
        assert (await client.post(where, json={"act": "press", "keys": "x"})).status_code == 400
        await client.post(where, json={"act": "press", "keys": "7"})
        assert await line.key() == "7"
        assert (await client.post(where, json={"act": "hang-up"})).json()["state"] == "over"
        assert (await line.over()).status == 200
        assert (await client.post("calls/CA0", json={"act": "hang-up"})).status_code == 404
        assert (await client.post("calls", json={"to": CUSTOMER})).status_code == 404  # nobody takes calls here


async def test_the_page_rings_takes_keys_and_shows_what_is_heard(world: World) -> None:
    async with chromium() as browser:
        tab = await browser.new_page()
        await tab.goto(f"{world.base}/phones")
        await tab.wait_for_selector(".link-state.on")
        calling = world.call()
        phone = tab.locator(f'.phone[data-number="{ANN}"]')
        await phone.get_by_role("button", name="Answer", exact=True).click()
        line = await calling
        assert isinstance(line, PhoneCall)
        await line.play(Spoken(text="Press one."))
        await phone.get_by_text("Press one.").wait_for()
        await phone.get_by_role("button", name="1", exact=True).click()
        assert await line.key() == "1"
        await phone.get_by_role("button", name="Hang up").click()
        assert (await line.over()).status == 200
        await phone.locator(".call").wait_for(state="hidden")
