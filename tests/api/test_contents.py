"""Content templates: written once with the SDK, sent with variables, judged as they read when filled."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest.content.v1.content import ContentList

from tests.api.house import Door
from tests.makers import RECIPIENT, SENDER

CONTENT = "/content/v1/Content"
HELLO = "Hi {{name}}, your parcel {{1}} is here."
CAT = "https://example.com/{{1}}.png"


def sdk(door: Door) -> Any:
    client = door.sdk()
    client.content.base_url = f"{door.url}/content"
    return client.content.v1.contents


def asked(body: str = HELLO, **more: Any) -> dict[str, Any]:
    return {"language": "en", "types": {"twilio/text": {"body": body}}} | more


async def a_template(door: Door, **more: Any) -> str:
    answer = await door.ask("POST", CONTENT, json=asked(**more))
    assert answer.status_code == 201, answer.text
    sid: str = answer.json()["sid"]
    return sid


async def send(door: Door, **fields: Any) -> Any:
    return await door.ask("POST", f"{door.messages}.json", data={"To": RECIPIENT, "From": SENDER} | fields)


async def test_the_sdk_makes_lists_fetches_and_deletes_templates(door: Door) -> None:
    contents = sdk(door)
    request = ContentList.ContentCreateRequest(
        asked(friendly_name="parcel", variables={"name": "friend"}, language="en_US")
    )
    made = await asyncio.to_thread(contents.create, request)
    assert (made.sid[:2], made.account_sid, made.friendly_name, made.language) == ("HX", door.sid, "parcel", "en_US")
    assert (made.types, made.variables) == ({"twilio/text": {"body": HELLO}}, {"name": "friend"})
    assert made.url == f"{door.url}/content{CONTENT.removeprefix('/content')}/{made.sid}"
    assert made.date_created.tzinfo is not None
    other = await a_template(door)
    listed = await asyncio.to_thread(lambda: contents.list(page_size=1))
    assert [each.sid for each in listed] == [other, made.sid]
    assert (await asyncio.to_thread(contents(made.sid).fetch)).types == made.types
    assert await asyncio.to_thread(contents(made.sid).delete)
    for ask in (contents(made.sid).fetch, contents(made.sid).delete):
        with pytest.raises(TwilioRestException) as gone:
            await asyncio.to_thread(ask)
        assert (gone.value.status, gone.value.code) == (404, 20404)


@pytest.mark.parametrize("header", ["content.masstransit.example", "content.twilio.com"])
async def test_templates_are_reached_by_host_too(door: Door, header: str) -> None:
    await a_template(door)
    answer = await door.ask("GET", "/v1/Content", headers={"Host": header})
    assert len(answer.json()["contents"]) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (asked(language="English"), "language"),
        (asked(friendly_name="x" * 65), "friendly_name"),
        (asked(types={"twilio/quick-reply": {"body": "x", "actions": []}}), "types"),
        (asked(types={"twilio/text": {"body": "x"}, "twilio/media": {"media": ["https://example.com/x"]}}), "types"),
        (asked(types={}), "types"),
        (asked(types={"twilio/text": None}), "types"),
        (asked(types={"twilio/text": {}}), "types"),
        (asked(types={"twilio/text": {"body": "x", "colour": "red"}}), "types"),
        (asked(types={"twilio/text": {"body": "x", "media": ["https://example.com/x"]}}), "types"),
        (asked(types={"twilio/media": {"body": "x"}}), "types"),
        (asked(types={"twilio/media": {"media": ["ftp://example.com/x"]}}), "types"),
        (asked(types={"twilio/media": {"media": ["https://example.com/{{1}}"] * 11}}), "types"),
        (asked("Hi {{your name}}"), "types"),
        (asked("x" * 1601), "types"),
        (asked(" ".join(f"{{{{{n}}}}}" for n in range(101))), "types"),
        (asked(variables={"2": "nobody asks"}), "variables"),
        (asked(variables={"1": ""}), "variables"),
        (asked(variables={"1": "x" * 1601}), "variables"),
    ],
)
async def test_a_template_that_could_not_be_sent_is_not_kept(door: Door, body: dict[str, Any], field: str) -> None:
    answer = await door.ask("POST", CONTENT, json=body)
    assert (answer.status_code, answer.json()["details"]["field"]) == (400, field), answer.text
    assert (await door.ask("GET", CONTENT)).json()["contents"] == []


@pytest.mark.parametrize("body", ["", "[]", "{", '{"types": {}}', '{"language": "en", "types": {}, "colour": "red"}'])
async def test_a_body_that_is_no_template_is_told(door: Door, body: str) -> None:
    answer = await door.ask("POST", CONTENT, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


# --- sending --------------------------------------------------------------------------------------------------------


async def test_a_message_says_what_its_template_and_variables_say(door: Door) -> None:
    sid = await a_template(door, variables={"name": "friend"})
    sent = await asyncio.to_thread(
        door.sdk().messages.create, to=RECIPIENT, from_=SENDER, content_sid=sid,
        content_variables=json.dumps({"1": "{{name}}", "name": "Ana"}),
    )  # fmt: skip
    await send(door, ContentSid=sid, ContentVariables='{"1": "4711"}')
    said = [offer.text for offer in door.exchange.offers]
    assert said == ["Hi Ana, your parcel {{name}} is here.", "Hi friend, your parcel 4711 is here."]
    assert (await asyncio.to_thread(door.sdk().messages(sent.sid).fetch)).body == said[0]
    await door.ask("DELETE", f"{CONTENT}/{sid}")
    assert (await asyncio.to_thread(door.sdk().messages(sent.sid).fetch)).body == said[0]


async def test_a_template_of_media_sends_them_as_a_message_does(door: Door) -> None:
    types = {"twilio/media": {"body": "Look, {{2}}", "media": [CAT, "https://example.com/dog.png"]}}
    sid = await a_template(door, types=types)
    sent = await send(door, ContentSid=sid, ContentVariables='{"1": "cat", "2": "Ana"}')
    urls = ("https://example.com/cat.png", "https://example.com/dog.png")
    assert (sent.json()["num_media"], door.exchange.offers[0].media) == ("2", urls)
    assert door.exchange.offers[0].text == "\n".join(("Look, Ana", *urls))
    bad = await send(door, ContentSid=sid, ContentVariables='{"1": " ", "2": "Ana"}')
    assert bad.json()["code"] == 21620


@pytest.mark.parametrize(
    "variables",
    [None, "{}", "{", "[]", '{"1": 4711}', '{"1": null}', '{"1": ""}', '{"1": "x", "2": "nobody asks"}', '{"2": "x"}'],
)
async def test_variables_that_do_not_fit_are_told_by_their_code(door: Door, variables: str | None) -> None:
    sid = await a_template(door, body="Your parcel {{1}} is here.")
    answer = await send(door, ContentSid=sid, **({} if variables is None else {"ContentVariables": variables}))
    assert (answer.status_code, answer.json()["code"]) == (400, 21656)
    assert answer.json()["details"]["field"] == "ContentVariables"
    assert door.exchange.offers == []


async def test_a_template_is_the_accounts_own_and_says_it_all(door: Door) -> None:
    other, mine = await door.account(), await a_template(door, body="x")
    theirs = (await door.ask("POST", CONTENT, json=asked("x"), auth=other)).json()["sid"]
    assert (await door.ask("GET", f"{CONTENT}/{theirs}")).status_code == 404
    assert (await door.ask("DELETE", f"{CONTENT}/{theirs}")).status_code == 404
    for sid in (theirs, "HX" + "0" * 32, "nonsense"):
        assert (await send(door, ContentSid=sid)).json()["code"] == 21655
    assert (await send(door, Body="x", ContentVariables="{}")).json()["code"] == 21654
    for field, value in (("Body", "Hello"), ("MediaUrl", "https://example.com/cat.png")):
        answer = await send(door, ContentSid=mine, **{field: value})
        assert (answer.status_code, answer.json()["details"]["field"]) == (400, field)
    assert (await send(door, ContentSid=mine)).status_code == 201


async def test_a_text_that_grew_too_long_is_told(door: Door) -> None:
    sid = await a_template(door, body="{{1}} {{1}}")
    answer = await send(door, ContentSid=sid, ContentVariables=json.dumps({"1": "x" * 800}))
    assert (answer.status_code, answer.json()["code"]) == (400, 21617)
