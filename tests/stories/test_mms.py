"""MMS by the Python SDK, unmodified: pictures go out, come in, are fetched and deleted."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.carriage.media import drawn
from tests.channels.mm7.centre import Centre, delivered, report
from tests.stories.gallery import gallery
from tests.stories.house import House, eventually
from tests.stories.test_python_sdk import client_of
from tests.stories.test_webhooks import Listener

pytestmark = pytest.mark.story

MM7 = """
[[trunk]]
kind = "mm7"
name = "mms"
url = "{url}"
vasp = "12345"
delivers_as = "centre"
delivers_with = "its secret"
prefixes = ["+1"]
"""


@pytest.fixture(scope="module")
def centre() -> Iterator[Centre]:
    made = Centre()
    yield made
    made.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, centre: Centre) -> Iterator[House]:
    """One demo for all of these, with a carrier's MMS centre beside its phones."""
    with House(tmp_path_factory.mktemp("mms"), config=MM7.format(url=centre.url)) as running:
        yield running


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


def picture(house: House, path: str) -> Image.Image:
    """What a phone shows, as its page has it."""
    answer = httpx.get(house.http + path)
    assert (answer.status_code, answer.headers["x-content-type-options"]) == (200, "nosniff")
    return Image.open(io.BytesIO(answer.content))


def test_pictures_go_to_a_phone_and_are_fetched_and_deleted_by_the_sdk(house: House, listener: Listener) -> None:
    client, phone, number = client_of(house), house.phone(), house.demo["numbers"][0]
    login = (house.demo["account_sid"], house.demo["auth_token"])
    brought = httpx.post(f"{house.http}/policy/v1/Media?Name=door.png", auth=login, content=drawn.jpeg(drawn.scene(1)))
    assert brought.status_code == 201
    with gallery() as url:
        sent = client.messages.create(
            from_=number,
            to=phone["number"],
            body="Your parcel is here.",
            media_url=[f"{url}/moved/parcel.jpg", brought.json()["media_url"]],
        )
        assert (sent.sid[:2], sent.num_media, sent.num_segments, sent.body) == ("MM", "2", "1", "Your parcel is here.")
        failed = client.messages.create(
            from_=number,
            to=phone["number"],
            media_url=[f"{url}/nothing"],
            status_callback=f"{listener.url}/status",
        )
    (shown,) = eventually(lambda: house.received(phone))
    assert shown["text"] == "Your parcel is here."
    assert [each["content_type"] for each in shown["media"]] == ["image/jpeg", "image/jpeg"]
    assert [picture(house, each["path"]).size for each in shown["media"]] == [(960, 540), (960, 540)]
    eventually(lambda: client.messages(sent.sid).fetch().status == "delivered")

    first, second = client.messages(sent.sid).media.list()
    assert (first.content_type, second.sid) == ("image/jpeg", brought.json()["sid"])
    way = httpx.get(house.http + first.uri.removesuffix(".json"), auth=login, follow_redirects=True)
    assert Image.open(io.BytesIO(way.content)).size == (960, 540)
    assert client.messages(sent.sid).media(first.sid).delete()
    assert client.messages(sent.sid).fetch().num_media == "1"

    (told,) = eventually(lambda: listener.told("/status"))
    assert (told["MessageSid"], told["MessageStatus"], told["ErrorCode"]) == (failed.sid, "failed", "11200")
    assert "404" in client.messages(failed.sid).fetch().error_message


def test_a_persons_picture_reaches_the_customers_server_and_is_answered_with_one(
    house: House, listener: Listener
) -> None:
    client, phone, number = client_of(house), house.phone(1), house.demo["numbers"][0]
    (owned,) = client.incoming_phone_numbers.list(phone_number=number)
    owned.update(sms_url=f"{listener.url}/sms")
    with gallery() as url:
        listener.answers["/sms"] = f"<Response><Message>Thanks<Media>{url}/map.png</Media></Message></Response>"
        medium = {"data": base64.b64encode(drawn.jpeg()).decode(), "name": "door.jpg", "content_type": "image/jpeg"}
        said: dict[str, Any] = {"to": number, "text": "Here it is", "media": [medium]}
        assert httpx.post(f"{phone['url']}/messages", json=said).status_code == 201
        (told,) = eventually(lambda: listener.told("/sms"))
        assert (told["NumMedia"], told["MediaContentType0"], told["Body"]) == ("1", "image/jpeg", "Here it is")
        assert Image.open(io.BytesIO(httpx.get(told["MediaUrl0"]).content)).size == (960, 540)
        answered = eventually(lambda: house.received(phone))[-1]
    assert (answered["text"], len(answered["media"])) == ("Thanks", 1)
    inbound = client.messages(told["MessageSid"]).fetch()
    assert (inbound.num_media, inbound.direction, inbound.sid[:2]) == ("1", "inbound", "MM")


def test_a_picture_comes_from_a_carriers_centre_and_goes_there(house: House, centre: Centre) -> None:
    person = "+12125550177"
    client, number = client_of(house), house.demo["numbers"][1]
    door, login = f"{house.http}/trunks/mms/mm7", ("centre", "its secret")
    kind, body = delivered(person, number, "t1", ("text/plain", b"This one?"), ("image/jpeg", drawn.jpeg()))
    for _ in range(2):  # it brings it again, and it is the same message
        answer = httpx.post(door, content=body, headers={"Content-Type": kind}, auth=login)
        assert "<StatusCode>1000</StatusCode>" in answer.text
    (inbound,) = client.messages.list(from_=person)
    assert (inbound.num_media, inbound.body) == ("1", "For you\nThis one?")
    with gallery() as url:
        sent = client.messages.create(from_=number, to=person, body="Yes, this.", media_url=[f"{url}/door.jpg"])
    eventually(lambda: client.messages(sent.sid).fetch().status == "sent")
    (took,) = centre.took
    assert [content_type for content_type, _ in took.parts] == ["text/plain", "image/jpeg"]
    httpx.post(door, content=report("mms-1", person, "Retrieved"), headers={"Content-Type": "text/xml"}, auth=login)
    eventually(lambda: client.messages(sent.sid).fetch().status == "delivered")
