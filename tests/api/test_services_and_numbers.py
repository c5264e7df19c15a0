"""Numbers are bought and given up, services send as them, campaigns are filed, people's wishes are told in bulk."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from masstransit.storage import consents, numbers
from tests.api.conformance import assert_conforms
from tests.api.house import Door

A, B, TOLL_FREE = "+14155550101", "+12125550102", "+18005550103"


def products(door: Door, sid: str = "", token: str = "") -> Client:
    client: Client = door.sdk(sid, token)
    for name in ("messaging", "lookups", "monitor", "accounts"):
        getattr(client, name).base_url = f"{door.url}/{name}"
    return client


async def stock(door: Door) -> None:
    rows = [{"number": A, "region": "US"}, {"number": B, "region": "US"}]
    rows.append({"number": TOLL_FREE, "region": "US", "type": "toll-free"})
    await door.database.write(lambda c: numbers.put(c, rows, door.clock.now()))


async def test_a_number_is_found_bought_changed_and_given_up_and_then_nobody_elses(door: Door) -> None:
    await stock(door)
    client = products(door)
    found = await asyncio.to_thread(lambda: client.available_phone_numbers("US").local.list(area_code=415))
    assert [each.phone_number for each in found] == [A]
    free = await asyncio.to_thread(lambda: client.available_phone_numbers("US").toll_free.list(contains="800555****"))
    assert [each.phone_number for each in free] == [TOLL_FREE]
    bought = await asyncio.to_thread(lambda: client.incoming_phone_numbers.create(phone_number=A))
    changed = await asyncio.to_thread(
        lambda: client.incoming_phone_numbers(bought.sid).update(friendly_name="Desk", sms_method="GET")
    )
    assert (changed.friendly_name, changed.sms_method, changed.status) == ("Desk", "GET", "in-use")
    answer = await door.ask("GET", f"/2010-04-01/Accounts/{door.sid}/IncomingPhoneNumbers.json")
    path = "/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json"
    assert_conforms("twilio_api_v2010", "GET", path, 200, answer.json())
    assert await asyncio.to_thread(client.incoming_phone_numbers(bought.sid).delete)
    other = products(door, *await door.account())
    with pytest.raises(TwilioRestException) as aging:
        await asyncio.to_thread(lambda: other.incoming_phone_numbers.create(phone_number=A))
    assert aging.value.code == 21422
    assert (await asyncio.to_thread(lambda: client.incoming_phone_numbers.create(phone_number=A))).phone_number == A


async def test_of_two_buyers_one_gets_the_number(door: Door) -> None:
    await stock(door)
    path = "/2010-04-01/Accounts/{}/IncomingPhoneNumbers.json"
    buyers = [await door.account(), await door.account()]
    answers = await asyncio.gather(
        *(door.ask("POST", path.format(b[0]), auth=b, data={"PhoneNumber": A}) for b in buyers)
    )
    assert sorted(answer.status_code for answer in answers) == [201, 400]
    assert {answer.json().get("code") for answer in answers} == {None, 21422}


async def test_a_service_has_numbers_and_a_campaign_that_waits_for_the_operator(door: Door) -> None:
    await stock(door)
    client = products(door)
    made = await asyncio.to_thread(
        lambda: client.messaging.v1.services.create(friendly_name="Shop", sticky_sender=False, validity_period=600)
    )
    assert (made.sticky_sender, made.validity_period) == (False, 600)
    bought = await asyncio.to_thread(lambda: client.incoming_phone_numbers.create(area_code="415"))
    service = client.messaging.v1.services(made.sid)
    await asyncio.to_thread(lambda: service.phone_numbers.create(phone_number_sid=bought.sid))
    assert [each.phone_number for each in await asyncio.to_thread(service.phone_numbers.list)] == [A]
    bundles = {"customer_profile_bundle_sid": "BU" + "1" * 32, "a2p_profile_bundle_sid": "BU" + "2" * 32}
    brand = await asyncio.to_thread(lambda: client.messaging.v1.brand_registrations.create(**bundles))
    wanted: dict[str, Any] = {
        "brand_registration_sid": brand.sid,
        "description": "Notices about orders to people who asked for them at checkout.",
        "message_flow": "People tick a box on the order page and confirm by texting START.",
        "message_samples": ["Your parcel comes on Tuesday.", "Your parcel is at the door now."],
        "us_app_to_person_usecase": "DELIVERY_NOTIFICATION",
        "has_embedded_links": False,
        "has_embedded_phone": False,
    }
    campaign = await asyncio.to_thread(lambda: service.us_app_to_person.create(**wanted))
    assert (brand.status, campaign.campaign_status, campaign.errors) == ("PENDING", "IN_PROGRESS", [])
    poor = await asyncio.to_thread(lambda: service.us_app_to_person.create(**wanted | {"description": "short"}))
    assert (poor.campaign_status, poor.errors[0]["error_code"]) == ("FAILED", 30886)
    for path, described in (
        ("", ""),
        (f"/{made.sid}", "/{Sid}"),
        (f"/{made.sid}/PhoneNumbers", "/{ServiceSid}/PhoneNumbers"),
        (f"/{made.sid}/Compliance/Usa2p", "/{MessagingServiceSid}/Compliance/Usa2p"),
    ):
        answer = await door.ask("GET", f"/messaging/v1/Services{path}")
        assert_conforms("twilio_messaging_v1", "GET", f"/v1/Services{described}", 200, answer.json())
    other = products(door, *await door.account())
    assert await asyncio.to_thread(other.messaging.v1.services.list) == []


@pytest.mark.parametrize("field", ["ScanMessageContent", "FallbackToLongCode", "Nonsense"])
async def test_a_field_that_would_have_no_effect_is_refused_by_name(door: Door, field: str) -> None:
    form = {"FriendlyName": "Shop", field: "true"}
    answer = await door.ask("POST", "/messaging/v1/Services", data=form)
    assert answer.status_code == 400
    assert field in answer.json()["message"]


async def test_wishes_places_and_countries_are_told_in_bulk(door: Door) -> None:
    await stock(door)
    client = products(door)
    await asyncio.to_thread(lambda: client.incoming_phone_numbers.create(phone_number=A))
    item = {"contact_id": B, "correlation_id": "c" * 32, "sender_id": A, "source": "website"}
    bulk = client.accounts.v1.bulk_consents
    codes = []
    for status in ("opt-in", "opt-out", "opt-in"):
        told = await asyncio.to_thread(bulk.create, [item | {"status": status}])
        codes.append(told.items[0]["error_code"])
    assert codes == [0, 0, 21610]
    place = {"contact_id": B, "correlation_id": "d" * 32, "country_iso_code": "US", "zip_code": "10001"}
    kept = await asyncio.to_thread(client.accounts.v1.bulk_contacts.create, [place])
    assert kept.items[0]["error_code"] == 0
    geo = client.accounts.v1.messaging_geopermissions
    await asyncio.to_thread(geo.update, [{"country_code": "FR", "type": "country", "enabled": False}])
    assert (await asyncio.to_thread(lambda: geo.fetch(country_code="FR"))).permissions[0]["enabled"] is False


@pytest.mark.parametrize(("source", "stays"), [("offline", False), ("opt-out-message", True)])
async def test_an_opt_out_told_in_bulk_takes_back_what_was_agreed_to_unless_it_was_a_stop(
    door: Door, source: str, stays: bool
) -> None:
    await stock(door)
    client = products(door)
    await asyncio.to_thread(lambda: client.incoming_phone_numbers.create(phone_number=A))
    item = {"contact_id": B, "correlation_id": "c" * 32, "sender_id": A}
    for about in ({"status": "opt-in", "source": "website"}, {"status": "opt-out", "source": source}):
        await asyncio.to_thread(client.accounts.v1.bulk_consents.create, [item | about])
    kept = await door.database.read(lambda c: consents.consents_of(c, [door.sid], [door.keys.person(B)]))
    assert {row.withdrawn_at is None for row in kept} == {stays}


async def test_lookups_usage_and_alerts_conform(door: Door) -> None:
    answer = await door.ask("GET", "/lookups/v2/PhoneNumbers/+12125550123?Fields=line_type_intelligence")
    assert_conforms("twilio_lookups_v2", "GET", "/v2/PhoneNumbers/{PhoneNumber}", 200, answer.json())
    assert answer.json()["time_zones"] == ["America/New_York"]
    assert answer.json()["line_type_intelligence"]["type"] is None  # landlines and mobiles share the plan
    french = (
        await door.ask("GET", "/lookups/v2/PhoneNumbers/0612345678?CountryCode=FR&Fields=line_type_intelligence")
    ).json()
    assert (french["phone_number"], french["line_type_intelligence"]["type"]) == ("+33612345678", "mobile")
    plain = (await door.ask("GET", "/lookups/v2/PhoneNumbers/+33612345678")).json()
    assert (plain["country_code"], plain["line_type_intelligence"]["type"]) == ("FR", None)
    refused = await door.ask("GET", "/lookups/v2/PhoneNumbers/+12125550123?Fields=caller_name")
    assert "caller_name" in refused.json()["message"]
    used = await door.ask("GET", f"/2010-04-01/Accounts/{door.sid}/Usage/Records/Today.json")
    path = "/2010-04-01/Accounts/{AccountSid}/Usage/Records/Today.json"
    assert_conforms("twilio_api_v2010", "GET", path, 200, used.json())
    heard = await door.ask("GET", "/monitor/v1/Alerts")
    assert_conforms("twilio_monitor_v1", "GET", "/v1/Alerts", 200, heard.json())
