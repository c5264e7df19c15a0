"""Media: sent as links until MMS is carried, listed, shown the way to, and forgotten with their message."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from twilio.base.exceptions import TwilioRestException

from masstransit.storage import tables as t
from tests.api.house import Door
from tests.makers import RECIPIENT, SENDER

CAT, DOG, DOC = "https://example.com/cat.png", "https://example.com/dog.JPG?size=1", "https://example.com/terms"


async def send(door: Door, *urls: str, **fields: str) -> Any:
    form = {"To": RECIPIENT, "From": SENDER, "Body": "Look", "MediaUrl": list(urls)} | fields
    return await door.ask("POST", f"{door.messages}.json", data=form)


async def listed(door: Door, sid: str, **query: str) -> Any:
    return await door.ask("GET", f"{door.messages}/{sid}/Media.json", params=query)


async def test_the_sdk_sends_lists_fetches_and_deletes_media(door: Door) -> None:
    client = door.sdk()
    sent = await asyncio.to_thread(
        client.messages.create, to=RECIPIENT, from_=SENDER, body="Look", media_url=[CAT, DOG, DOC]
    )
    assert (sent.num_media, sent.body) == ("3", "\n".join(("Look", CAT, DOG, DOC)))
    assert (door.exchange.offers[0].text, door.exchange.offers[0].media) == (sent.body, (CAT, DOG, DOC))
    message = client.messages(sent.sid)
    found = await asyncio.to_thread(message.media.list)
    assert [each.content_type for each in found] == ["image/png", "image/jpeg", "application/octet-stream"]
    cat = await asyncio.to_thread(message.media(found[0].sid).fetch)
    assert (cat.sid[:2], cat.parent_sid, cat.account_sid) == ("ME", sent.sid, door.sid)
    assert await asyncio.to_thread(message.media(cat.sid).delete)
    with pytest.raises(TwilioRestException) as gone:
        await asyncio.to_thread(message.media(cat.sid).fetch)
    assert (gone.value.status, gone.value.code) == (404, 20404)
    assert (await asyncio.to_thread(message.fetch)).num_media == "2"


async def test_without_json_a_medium_is_the_way_to_its_file(door: Door) -> None:
    url = "https://example.com/ü%20x.png?a=1&b=ß"
    sid = (await send(door, url, Body="")).json()["sid"]
    (row,) = (await listed(door, sid)).json()["media_list"]
    answer = await door.ask("GET", row["uri"].removesuffix(".json"))
    assert (answer.status_code, answer.content) == (307, b"")
    assert answer.headers["location"] == "https://example.com/%C3%BC%20x.png?a=1&b=%C3%9F"
    assert door.exchange.offers[0].text == url


async def test_media_are_listed_in_their_order_page_by_page_and_by_day(door: Door) -> None:
    urls = [f"https://example.com/{n}.png" for n in range(10)]
    sent = await send(door, *urls)
    sids = [row["sid"] for row in (await listed(door, sent.json()["sid"])).json()["media_list"]]
    pages = [await listed(door, sent.json()["sid"], PageSize="4")]
    while following := pages[-1].json()["next_page_uri"]:
        pages.append(await door.ask("GET", following))
    assert [row["sid"] for page in pages for row in page.json()["media_list"]] == sids
    back = await door.ask("GET", pages[1].json()["previous_page_uri"])
    assert [row["sid"] for row in back.json()["media_list"]] == sids[:4]
    today = datetime.now(UTC).date()
    for query, found in (
        ({"DateCreated": str(today)}, 10),
        ({"DateCreated": str(today - timedelta(days=9))}, 0),
        ({"DateCreated>": str(today + timedelta(days=9))}, 0),
        ({"DateCreated<": str(today - timedelta(days=9))}, 0),
        ({"DateCreated<": str(today), "DateCreated>": str(today)}, 10),
    ):
        assert len((await listed(door, sent.json()["sid"], **query)).json()["media_list"]) == found
    strange = await listed(door, sent.json()["sid"], Page="1", PageToken="PTW2ZhbHNlLCJ4Il0")  # [false,"x"]
    assert (strange.status_code, strange.json()["code"]) == (400, 20001)


@pytest.mark.parametrize(
    ("urls", "code"),
    [
        (("cat.png",), 21620),
        (("ftp://example.com/cat.png",), 21620),
        (("https://127.0.0.1/cat.png",), 21620),
        ((CAT, "https://example.com/a cat.png"), 21620),
        ((CAT,) * 11, 21623),
        (tuple(f"https://example.com/{n}/{'x' * 200}" for n in range(8)), 21617),
    ],
)
async def test_media_that_can_not_be_sent_are_told_by_their_code(door: Door, urls: tuple[str, ...], code: int) -> None:
    answer = await send(door, *urls)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert door.exchange.offers == []


async def test_smart_encoding_leaves_a_link_as_it_is(door: Door) -> None:
    await send(door, "https://example.com/a–b.png", Body="“Look”", SmartEncoded="true")
    assert door.exchange.offers[0].text == '"Look"\nhttps://example.com/a–b.png'


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_media_go_when_their_message_is_redacted_or_deleted(door: Door, method: str) -> None:
    sid = (await send(door, CAT)).json()["sid"]
    kept = (await send(door, DOG)).json()["sid"]
    await door.exchange.finish(door.sid, sid)
    form = {"Body": ""} if method == "POST" else None
    assert (await door.ask(method, f"{door.messages}/{sid}.json", data=form)).status_code in {200, 204}
    left = await door.database.read(lambda c: c.execute(select(t.media.c.message)).scalars().all())
    assert left == [kept]


async def test_media_are_one_accounts_own(door: Door) -> None:
    sid, other = (await send(door, CAT)).json()["sid"], await door.account()
    (row,) = (await listed(door, sid)).json()["media_list"]
    theirs = row["uri"].replace(door.sid, other[0])
    for where in (theirs, theirs.removesuffix(".json")):
        for method in ("GET", "DELETE"):
            assert (await door.ask(method, where, auth=other)).status_code == 404
    assert len((await listed(door, sid)).json()["media_list"]) == 1
    assert (await listed(door, "SM" + "0" * 32)).status_code == 404
