"""Chat, with the SDK on the customer's side and a WebSocket client on its people's."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from twilio.rest import Client

from tests.stories.chatter import Chatter, Customer
from tests.stories.house import House, eventually


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One demo for all of this page: each story has conversations and people of its own."""
    with House(tmp_path_factory.mktemp("chat") / "house") as running:
        yield running


def client_of(house: House) -> Any:
    demo = house.demo
    client = Client(demo["account_sid"], demo["auth_token"])
    client.api.base_url = house.http
    client.conversations.base_url = f"{house.http}/conversations"
    return client


def customer_of(house: House, client: Any) -> Customer:
    key = client.new_keys.create(friendly_name="chat")
    return Customer(house.http, house.demo["account_sid"], key.sid, key.secret)


def conversation(client: Any, *people: str, **more: Any) -> Any:
    made = client.conversations.v1.conversations.create(friendly_name="Standup", **more)
    for person in people:
        made.participants.create(identity=person)
    return made


async def test_people_chat_in_order_and_go_on_where_they_were(house: House) -> None:
    client = client_of(house)
    customer = customer_of(house, client)
    room = await asyncio.to_thread(conversation, client, "ada", "ben", "cleo")
    async with customer.person("ada") as ada, customer.person("ben") as ben:
        cleo = customer.person("cleo")
        await cleo.arrive()
        for number in range(5):
            await ada.ask("message", id=number, conversation=room.sid, body=f"line {number}")
            assert (await ada.frame("ack", id=number))["index"] == number
        assert await cleo.said(5) == [f"line {n}" for n in range(5)]
        await cleo.go()

        await ben.ask("typing", conversation=room.sid)
        assert (await ada.frame("typing"))["identity"] == "ben"
        saying = [ben.ask("message", id=n, conversation=room.sid, body=f"line {n}", key=str(n)) for n in range(5, 25)]
        for each in saying:
            await each
        await asyncio.to_thread(room.messages.create, author="system", body="from the server")
        assert len(await ada.said(26)) == 26
        await ben.ask("message", id="again", conversation=room.sid, body="line 7", key="7")
        assert (await ben.frame("ack", id="again"))["index"] == (await ben.frame("ack", id=7))["index"]

        last = cleo.heard[-1]["index"]
        await cleo.arrive({room.sid: last})
        await cleo.said(26)
        await cleo.ask("read", id="read", conversation=room.sid, index=25)
        await cleo.frame("ack", id="read")
        assert (await ben.frame("participant"))["participant"]["read_index"] == 25
        await cleo.go()
        assert [one["index"] for one in cleo.heard] == list(range(26))
        assert [one["body"] for one in cleo.heard] == [one["body"] for one in ada.heard]
    listed = await asyncio.to_thread(room.messages.list)
    assert [one.body for one in listed] == [one["body"] for one in cleo.heard]
    assert [one.index for one in listed] == list(range(26))


async def test_a_crowd_is_heard_in_one_order_by_everybody_and_by_who_comes_and_goes(house: House) -> None:
    client = client_of(house)
    customer = customer_of(house, client)
    names, lines = [f"person {number}" for number in range(12)], 20
    room = await asyncio.to_thread(conversation, client, *names, "restless")
    people = [customer.person(name) for name in names]
    await asyncio.gather(*(person.arrive() for person in people))
    restless = customer.person("restless")

    async def come_and_go() -> None:
        """Connect, hear some, and be cut off, again and again."""
        while len(restless.heard) < lines * len(names):
            await restless.arrive({room.sid: len(restless.heard) - 1})
            with contextlib.suppress(TimeoutError):
                await restless.said(len(restless.heard) + 40, within=5)
            await restless.go()

    async def talk(person: Chatter) -> None:
        for number in range(lines):
            await person.ask("message", id=number, conversation=room.sid, body=f"{person.identity}, line {number}")

    coming = asyncio.create_task(come_and_go())
    await asyncio.gather(*(talk(person) for person in people))
    for person in people:
        await person.said(lines * len(names))
    async with asyncio.timeout(20):
        await coming
    await asyncio.gather(*(person.go() for person in people))
    said = [one["body"] for one in people[0].heard]
    for who in (*people, restless):
        assert [one["index"] for one in who.heard] == list(range(lines * len(names)))
        assert [one["body"] for one in who.heard] == said
    for name in names:  # what one person said stands in the order in which they said it
        assert [body for body in said if body.startswith(f"{name},")] == [f"{name}, line {n}" for n in range(lines)]


async def test_a_blocked_person_reaches_no_one_who_blocked_them_and_a_reported_one_is_stopped(house: House) -> None:
    client = client_of(house)
    customer = customer_of(house, client)
    room = await asyncio.to_thread(conversation, client, "ada", "mallory", "ben")
    pair = await asyncio.to_thread(conversation, client, "ada", "mallory")
    async with customer.person("ada") as ada, customer.person("mallory") as mallory, customer.person("ben") as ben:
        await ada.ask("block", id="b", identity="mallory")
        await ada.frame("ack", id="b")
        await mallory.ask("message", id=1, conversation=room.sid, body="hello all")
        sid = (await mallory.frame("ack", id=1))["sid"]
        await mallory.ask("message", id=2, conversation=pair.sid, body="hello you")
        refused = await mallory.frame("error", id=2)
        assert (refused["clause"], refused["code"]) == ("8", 21610)
        assert refused["remedy"]
        assert await ben.said(1) == ["hello all"]
        await ben.ask("message", id=1, conversation=room.sid, body="hi")
        await ben.frame("ack", id=1)
        assert await ada.said(1) == ["hi"]
        await ada.ask("history", id="h", conversation=room.sid)
        assert [one["body"] for one in (await ada.frame("history"))["messages"]] == ["hi"]
        receipts = await asyncio.to_thread(room.messages(sid).delivery_receipts.list)
        assert [(r.status, r.error_code) for r in receipts] == [("undelivered", 21610)]

        await ben.ask("report", id="r", conversation=room.sid, index=0, reason="insults")
        await ben.frame("ack", id="r")


async def test_a_phone_takes_part_by_text_and_its_stop_is_obeyed(house: House) -> None:
    client = client_of(house)
    customer = customer_of(house, client)
    room = await asyncio.to_thread(conversation, client, "ada")
    phone, number = house.phone(), house.demo["numbers"][0]
    await asyncio.to_thread(
        lambda: room.participants.create(
            messaging_binding_address=phone["number"], messaging_binding_proxy_address=number
        )
    )
    async with customer.person("ada") as ada:
        await ada.ask("message", id=1, conversation=room.sid, body="Your table is ready.")
        sid = (await ada.frame("ack", id=1))["sid"]
        await asyncio.to_thread(eventually, lambda: "Your table is ready." in str(house.received(phone)))
        await asyncio.to_thread(house.answer, phone, number, "On my way")
        assert (await ada.said(2))[-1] == "On my way"
        assert ada.heard[-1]["author"] == phone["number"]
        receipts = await asyncio.to_thread(room.messages(sid).delivery_receipts.list)
        assert [r.status for r in receipts] in (["sent"], ["delivered"])

        await asyncio.to_thread(house.answer, phone, number, "STOP")
        await ada.ask("message", id=2, conversation=room.sid, body="See you.")
        sid = (await ada.frame("ack", id=2))["sid"]
        receipts = await asyncio.to_thread(eventually, room.messages(sid).delivery_receipts.list)
        assert [(r.status, r.error_code) for r in receipts] == [("undelivered", 21610)]
        assert "STOP" not in [one["body"] for one in ada.heard]


async def test_the_demos_page_gives_its_people_seats_and_nobody_else(house: House) -> None:
    async with httpx.AsyncClient(base_url=house.http, trust_env=False) as client:
        page = await client.get("/chat")
        assert page.text.count('class="seat"') == 3
        assert "connect-src 'self'" in page.headers["content-security-policy"]
        for name, status in (("ada", 201), ("mallory", 400), ("", 400)):
            assert (await client.post("/chat/tokens", json={"identity": name})).status_code == status
        rebound = {"host": "evil.example"}
        assert (await client.post("/chat/tokens", json={"identity": "ada"}, headers=rebound)).status_code == 421
        foreign = {"origin": "https://evil.example"}
        assert (await client.post("/chat/tokens", json={"identity": "ada"}, headers=foreign)).status_code == 403
        seats = [(await client.post("/chat/tokens", json={"identity": name})).json() for name in ("ada", "ben")]
    url = f"{house.http.replace('http', 'ws', 1)}/chat/v1/socket?token="
    async with Chatter(url + seats[0]["token"], "ada") as ada, Chatter(url + seats[1]["token"], "ben") as ben:
        await ada.ask("message", id=1, conversation=seats[0]["conversation"], body="Hello from the page")
        assert await ben.said(1) == ["Hello from the page"]
