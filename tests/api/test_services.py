"""What a messaging service is set to is what happens to its messages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from masstransit import demo
from masstransit.carriage.channel import Inbound
from masstransit.model.address import e164
from masstransit.storage import numbers
from masstransit.storage.tables import alpha_senders, notices
from tests.api.gated import GatedDoor
from tests.api.house import Door, snake
from tests.makers import RECIPIENT

NEAR, FAR, CODE = "+12125550199", "+14155550101", "55512"
SERVICES = "/messaging/v1/Services"
HOOK, BACK, OWN = "https://example.com/in", "https://example.com/again", "https://example.com/own"


async def a_service(door: Door, **fields: Any) -> str:
    answer = await door.ask("POST", SERVICES, data={"FriendlyName": "Shop"} | fields)
    assert answer.status_code == 201, answer.text
    sid: str = answer.json()["sid"]
    return sid


async def own(door: Door, service: str, *which: str) -> None:
    """Buy numbers and put them into a service."""
    rows = [{"number": number, "region": "US"} for number in which]
    await door.database.write(lambda c: numbers.put(c, rows, door.clock.now()))
    for number in which:
        path = f"/2010-04-01/Accounts/{door.sid}/IncomingPhoneNumbers.json"
        sid = (await door.ask("POST", path, data={"PhoneNumber": number})).json()["sid"]
        await join(door, service, "PhoneNumbers", PhoneNumberSid=sid)


async def join(door: Door, service: str, kind: str, **form: str) -> None:
    answer = await door.ask("POST", f"{SERVICES}/{service}/{kind}", data=form)
    assert answer.status_code == 201, answer.text


async def send(door: Door, service: str, **fields: str) -> Any:
    form = {"To": RECIPIENT, "Body": "Hello", "MessagingServiceSid": service} | fields
    return await door.ask("POST", f"{door.messages}.json", data=form)


async def sender_for(door: Door, service: str, recipient: str) -> str:
    answer = await send(door, service, To=recipient)
    assert answer.status_code == 201, answer.text
    return door.exchange.offers[-1].sender.text


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("FriendlyName", "Desk", "Desk"),
        ("Usecase", "marketing", "marketing"),
        ("InboundMethod", "GET", "GET"),
        ("InboundRequestUrl", HOOK, HOOK),
        ("FallbackUrl", BACK, BACK),
        ("StatusCallback", HOOK, HOOK),
        ("StickySender", "false", False),
        ("SmartEncoding", "false", False),
        ("MmsConverter", "false", False),
        ("AreaCodeGeomatch", "false", False),
        ("UseInboundWebhookOnNumber", "true", True),
        ("ValidityPeriod", "60", 60),
    ],
)
async def test_a_setting_is_made_changed_and_shown(door: Door, field: str, value: str, shown: Any) -> None:
    column = snake(field)
    made = await a_service(door, **{field: value})
    assert (await door.ask("GET", f"{SERVICES}/{made}")).json()[column] == shown
    changed = await a_service(door)
    before = (await door.ask("GET", f"{SERVICES}/{changed}")).json()[column]
    answer = await door.ask("POST", f"{SERVICES}/{changed}", data={field: value})
    assert (before != shown, answer.json()[column]) == (True, shown)


async def test_a_setting_that_has_no_meaning_is_refused_by_name(door: Door) -> None:
    for field, value in (
        ("ValidityPeriod", "0"), ("StickySender", "yes"), ("InboundMethod", "PUT"), ("Usecase", "fun"),
    ):  # fmt: skip
        answer = await door.ask("POST", SERVICES, data={"FriendlyName": "Shop", field: value})
        assert (answer.status_code, answer.json()["details"]["field"]) == (400, field)


async def test_messages_take_what_their_service_says(door: Door) -> None:
    text = "“" + "x" * 100
    set_up = {"StatusCallback": HOOK, "ValidityPeriod": "60", "SmartEncoding": "true"}
    service, plain = await a_service(door, **set_up), await a_service(door, SmartEncoding="false")
    await own(door, service, NEAR)
    await own(door, plain, FAR)
    answer = await send(door, service, Body=text)
    offer = door.exchange.offers[-1]
    assert (offer.status_callback, offer.expires_at) == (HOOK, offer.at + timedelta(seconds=60))
    assert answer.json()["num_segments"] == "1"
    assert (await send(door, plain, Body=text)).json()["num_segments"] == "2"
    assert door.exchange.offers[-1].status_callback is None
    await send(door, service, StatusCallback=BACK, ValidityPeriod="30", SmartEncoded="false")
    offer = door.exchange.offers[-1]
    assert (offer.status_callback, offer.expires_at) == (BACK, offer.at + timedelta(seconds=30))


@pytest.mark.parametrize(("sticky", "kept"), [("true", FAR), ("false", NEAR)])
async def test_a_sticky_sender_stays_though_a_better_one_joins(door: Door, sticky: str, kept: str) -> None:
    service = await a_service(door, StickySender=sticky)
    await own(door, service, FAR)
    assert await sender_for(door, service, RECIPIENT) == FAR
    await own(door, service, NEAR)
    assert await sender_for(door, service, RECIPIENT) == kept
    assert await sender_for(door, service, "+12125550188") == NEAR


@pytest.mark.parametrize(("geomatch", "used"), [("true", {NEAR}), ("false", {NEAR, FAR})])
async def test_without_geomatch_the_area_code_does_not_count(door: Door, geomatch: str, used: set[str]) -> None:
    service = await a_service(door, AreaCodeGeomatch=geomatch, StickySender="false")
    await own(door, service, NEAR, FAR)
    people = [f"+1212555{n:04}" for n in range(100, 112)]
    assert {await sender_for(door, service, person) for person in people} == used


async def test_a_short_code_and_a_name_serve_the_countries_that_carry_them(door: Door) -> None:
    service, now = await a_service(door), door.clock.now()
    leased = {"account": door.sid, "sid": "SC" + "1" * 32, "state": "in-use", "acquired_at": now}
    row = {"number": CODE, "region": "US", "type": "short-code", **leased}
    await door.database.write(lambda c: numbers.put(c, [row], now))
    await join(door, service, "ShortCodes", ShortCodeSid="SC" + "1" * 32)
    await join(door, service, "AlphaSenders", AlphaSender="Test")
    assert await sender_for(door, service, RECIPIENT) == CODE
    assert await sender_for(door, service, "+33612345678") == "Test"
    canada = await send(door, service, To="+14165550127")
    assert (canada.status_code, canada.json()["code"]) == (400, 21704)
    numbers_only = await door.ask("GET", f"{SERVICES}/{service}/PhoneNumbers")
    assert numbers_only.json()["phone_numbers"] == []


async def test_a_name_that_is_not_the_customers_waits_for_the_operator(door: Door) -> None:
    service = await a_service(door)
    await join(door, service, "AlphaSenders", AlphaSender="BigBank")
    empty = await send(door, service, To="+33612345678")
    assert empty.json()["code"] == 21703
    await door.database.write(lambda c: c.execute(alpha_senders.update().values(status="registered")))
    assert await sender_for(door, service, "+33612345678") == "BigBank"
    again = await door.ask("POST", f"{SERVICES}/{service}/AlphaSenders", data={"AlphaSender": "BigBank"})
    assert again.json()["code"] == 21714
    digits = await door.ask("POST", f"{SERVICES}/{service}/AlphaSenders", data={"AlphaSender": "12345"})
    assert digits.json()["code"] == 21709


async def test_a_number_is_in_one_service_at_a_time(door: Door) -> None:
    first, second = await a_service(door), await a_service(door)
    await own(door, first, NEAR)
    (member,) = (await door.ask("GET", f"{SERVICES}/{first}/PhoneNumbers")).json()["phone_numbers"]
    for service, code in ((first, 21710), (second, 21712)):
        path = f"{SERVICES}/{service}/PhoneNumbers"
        assert (await door.ask("POST", path, data={"PhoneNumberSid": member["sid"]})).json()["code"] == code
    assert (await door.ask("DELETE", f"{SERVICES}/{first}/PhoneNumbers/{member['sid']}")).status_code == 204
    await join(door, second, "PhoneNumbers", PhoneNumberSid=member["sid"])


# --- what people write ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of_service", "of_number", "told"),
    [
        ({"InboundRequestUrl": HOOK, "FallbackUrl": BACK}, {"SmsUrl": OWN}, (HOOK, "POST", BACK)),
        ({"InboundRequestUrl": HOOK, "InboundMethod": "GET"}, {}, (HOOK, "GET", None)),
        (
            {"InboundRequestUrl": HOOK, "UseInboundWebhookOnNumber": "true"},
            {"SmsUrl": OWN, "SmsMethod": "GET", "SmsFallbackUrl": BACK},
            (OWN, "GET", BACK),
        ),
        ({}, {"SmsUrl": OWN}, (OWN, "POST", None)),
    ],
)
async def test_an_answer_is_brought_where_the_service_or_its_number_says(
    gated: GatedDoor, of_service: dict[str, str], of_number: dict[str, str], told: tuple[str, str, str | None]
) -> None:
    service, path = await a_service(gated, **of_service), f"/2010-04-01/Accounts/{gated.sid}/IncomingPhoneNumbers"
    owned = (await gated.ask("GET", f"{path}.json")).json()["incoming_phone_numbers"]
    sid = next(each["sid"] for each in owned if each["phone_number"] == demo.NUMBERS[0])
    assert (await gated.ask("POST", f"{path}/{sid}.json", data=of_number or {"FriendlyName": "x"})).status_code == 200
    await join(gated, service, "PhoneNumbers", PhoneNumberSid=sid)
    inbound = Inbound(
        trunk="loopback",
        sender=e164(demo.PHONES[0]),
        recipient=e164(demo.NUMBERS[0]),
        text="When do you open?",
        at=gated.parts.clock.now(),
    )
    await gated.parts.arrivals.receive(inbound)
    rows = await gated.database.read(lambda c: c.execute(select(notices).where(notices.c.way == "webhook")).all())
    (notice,) = rows
    assert (notice.target, notice.body["method"], notice.body.get("fallback") or None) == told
