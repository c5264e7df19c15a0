"""The Python SDK, unmodified, by its base URL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client
from twilio.rest.content.v1.content import ContentList

from tests.stories.gallery import gallery
from tests.stories.house import House, eventually, only_receives

pytestmark = pytest.mark.story


def client_of(house: House) -> Any:
    """The SDK's client, pointed at the house."""
    demo = house.demo
    client = Client(demo["account_sid"], demo["auth_token"])
    for product in ("api", "messaging", "lookups", "monitor", "accounts", "content"):
        getattr(client, product).base_url = demo["http"] if product == "api" else f"{demo['http']}/{product}"
    return client


def test_a_message_from_the_sdk_rings_a_phone(house: House) -> None:
    client, phone = client_of(house), house.phone()
    sent = client.messages.create(from_=house.demo["numbers"][0], to=phone["number"], body="Your table is ready.")
    assert sent.sid.startswith("SM")
    assert sent.status == "queued"
    (shown,) = eventually(lambda: house.received(phone))
    assert shown["text"] == "Your table is ready."
    assert shown["from"] == house.demo["numbers"][0]
    eventually(lambda: client.messages(sent.sid).fetch().status == "delivered")


def test_a_template_with_a_picture_rings_a_phone(house: House) -> None:
    client, phone = client_of(house), house.phone()
    with gallery() as url:
        template = client.content.v1.contents.create(
            ContentList.ContentCreateRequest(
                {
                    "friendly_name": "parcel",
                    "language": "en",
                    "variables": {"1": "parcel"},
                    "types": {"twilio/media": {"body": "Your {{1}} is here.", "media": [f"{url}/{{{{2}}}}.png"]}},
                }
            )
        )
        sent = client.messages.create(
            from_=house.demo["numbers"][0],
            to=phone["number"],
            content_sid=template.sid,
            content_variables='{"2": "door"}',
            persistent_action=["geo:37.78,-122.39|Our shop"],
        )
    (shown,) = eventually(lambda: house.received(phone))
    assert shown["text"] == "Your parcel is here.\nOur shop geo:37.78,-122.39"
    assert [each["content_type"] for each in shown["media"]] == ["image/jpeg"]
    (picture,) = client.messages(sent.sid).media.list()
    assert picture.content_type == "image/jpeg"


def test_messages_are_listed_page_by_page(house: House) -> None:
    client, phone = client_of(house), house.phone()
    sids = [
        client.messages.create(from_=house.demo["numbers"][0], to=phone["number"], body=f"Ticket {n} is called.").sid
        for n in range(7)
    ]
    listed = [message.sid for message in client.messages.list(to=phone["number"], page_size=3)]
    assert listed == sids[::-1]
    first = client.messages.page(to=phone["number"], page_size=3)
    second = first.next_page()
    assert [message.sid for message in second] == sids[3:0:-1]
    assert [message.sid for message in second.previous_page()] == sids[:3:-1]


def test_a_scheduled_message_is_canceled(house: House) -> None:
    client, phone = client_of(house), house.phone()
    service = client.messaging.v1.services.create(friendly_name="Reminders")
    service.phone_numbers.create(
        phone_number_sid=client.incoming_phone_numbers.list(phone_number=house.demo["numbers"][0])[0].sid
    )
    later = client.messages.create(
        messaging_service_sid=service.sid,
        to=phone["number"],
        body="See you tomorrow.",
        send_at=datetime.now(UTC) + timedelta(hours=1),
        schedule_type="fixed",
    )
    assert later.status == "scheduled"
    assert client.messages(later.sid).update(status="canceled").status == "canceled"
    assert client.messages(later.sid).fetch().status == "canceled"
    assert house.received(phone) == []


def test_a_message_is_redacted_and_deleted(house: House) -> None:
    client, phone = client_of(house), house.phone()
    sent = client.messages.create(
        from_=house.demo["numbers"][0], to=phone["number"], body="Your parcel is at the desk."
    )
    eventually(lambda: client.messages(sent.sid).fetch().status == "delivered")
    assert client.messages(sent.sid).update(body="").body == ""
    assert client.messages(sent.sid).delete()
    with pytest.raises(TwilioRestException) as gone:
        client.messages(sent.sid).fetch()
    assert gone.value.code == 20404


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "not a number", "body": "x"}, 21211),
        ({"to": "+12125550123"}, 21602),
        ({"to": "+12125550123", "body": "x", "from_": "+14155559999"}, 21659),
        ({"to": "+12125550123", "body": "x" * 1601}, 21617),
    ],
)
def test_the_documented_errors_come_back(house: House, fields: dict[str, Any], code: int) -> None:
    client = client_of(house)
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(**({"from_": house.demo["numbers"][0]} | fields))
    assert refused.value.code == code
    assert refused.value.status == 400


def test_a_phone_that_said_stop_and_a_number_that_only_receives_are_told_apart(house: House, tmp_path: Path) -> None:
    client, number, phone = client_of(house), house.demo["numbers"][0], house.phone()
    house.answer(phone, number, "STOP")
    silent = only_receives(house, tmp_path)
    told = {}
    for sender, to in ((number, phone["number"]), (silent, house.phone(1)["number"])):
        with pytest.raises(TwilioRestException) as refused:
            client.messages.create(from_=sender, to=to, body="Hello.")
        told[refused.value.code] = (refused.value.status, refused.value.details["clause"])
    assert told == {21610: (400, "7"), 21606: (400, "18")}


def test_a_message_that_is_not_there_is_told_so(house: House) -> None:
    with pytest.raises(TwilioRestException) as missing:
        client_of(house).messages("SM" + "0" * 32).fetch()
    assert (missing.value.status, missing.value.code) == (404, 20404)


def test_a_wrong_token_is_told_so(house: House) -> None:
    client = Client(house.demo["account_sid"], "0" * 32)
    client.api.base_url = house.demo["http"]
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(from_=house.demo["numbers"][0], to=house.phone()["number"], body="x")
    assert (refused.value.status, refused.value.code) == (401, 20003)
