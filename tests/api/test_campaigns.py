"""Brands and campaigns are filed as they are told, reviewed at once, and act on what is sent and answered."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from masstransit.storage import campaigns, numbers
from masstransit.storage import tables as t
from tests.api.house import Door, snake

BRANDS = "/messaging/v1/a2p/BrandRegistrations"
BUNDLES = {"CustomerProfileBundleSid": "BU" + "1" * 32, "A2PProfileBundleSid": "BU" + "2" * 32}
GOOD: dict[str, Any] = {
    "Description": "Notices about orders to people who asked for them at checkout.",
    "MessageFlow": "People tick a box on the order page and confirm by texting START.",
    "MessageSamples": ["Your parcel comes on Tuesday.", "Your parcel is at the door now."],
    "HasEmbeddedLinks": "false",
    "HasEmbeddedPhone": "false",
}
SHORT = "Too short"


async def a_place(door: Door) -> tuple[str, str]:
    """The path of a service's campaigns, and a brand."""
    service = (await door.ask("POST", "/messaging/v1/Services", data={"FriendlyName": "x"})).json()["sid"]
    brand = (await door.ask("POST", BRANDS, data=BUNDLES)).json()["sid"]
    return f"/messaging/v1/Services/{service}/Compliance/Usa2p", brand


async def file(door: Door, **more: Any) -> Any:
    path, brand = await a_place(door)
    form = GOOD | {"BrandRegistrationSid": brand, "UsAppToPersonUsecase": "MIXED"} | more
    return await door.ask("POST", path, data={k: v for k, v in form.items() if v is not None})


async def test_a_brand_is_filed_under_its_profiles_and_waits(door: Door) -> None:
    made = (await door.ask("POST", BRANDS, data=BUNDLES | {"BrandType": "SOLE_PROPRIETOR"})).json()
    assert made["customer_profile_bundle_sid"] == BUNDLES["CustomerProfileBundleSid"]
    assert made["a2p_profile_bundle_sid"] == BUNDLES["A2PProfileBundleSid"]
    assert (made["brand_type"], made["status"], made["identity_status"]) == (
        "SOLE_PROPRIETOR", "PENDING", "SELF_DECLARED",
    )  # fmt: skip
    for form in ({}, BUNDLES | {"BrandType": "HUGE"}, BUNDLES | {"CustomerProfileBundleSid": "BU1"}):
        assert (await door.ask("POST", BRANDS, data=form)).status_code == 400


async def test_a_brand_that_failed_is_filed_again(door: Door) -> None:
    sid = (await door.ask("POST", BRANDS, data=BUNDLES)).json()["sid"]
    await door.database.write(lambda c: c.execute(t.brands.update().values(status="FAILED")))
    again = await door.ask("POST", f"{BRANDS}/{sid}")
    assert (again.status_code, again.json()["status"]) == (202, "PENDING")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Description", "Other notices about orders to people who asked for them."),
        ("MessageFlow", "People ask for it at the counter, and sign the form there."),
        ("OptInMessage", "Welcome"),
        ("OptOutMessage", "Bye"),
        ("HelpMessage", "Call us"),
        ("PrivacyPolicyUrl", "https://example.com/privacy"),
        ("TermsAndConditionsUrl", "https://example.com/terms"),
        ("MessageSamples", ["Another sample of ours.", "And another sample of it."]),
        ("OptInKeywords", ["JOIN"]),
        ("OptOutKeywords", ["STOP", "LEAVE"]),
        ("HelpKeywords", ["INFO"]),
        ("HasEmbeddedLinks", True),
        ("HasEmbeddedPhone", True),
        ("AgeGated", True),
        ("DirectLending", True),
        ("SubscriberOptIn", True),
        ("UsAppToPersonUsecase", "POLLING_VOTING"),
    ],
)
async def test_what_a_campaign_says_of_itself_is_on_file(door: Door, field: str, value: Any) -> None:
    before, after = (await file(door)).json(), (await file(door, **{field: value})).json()
    assert (before[snake(field)] != value, after[snake(field)]) == (True, value)
    assert after["campaign_status"] == "IN_PROGRESS"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"Description": SHORT}, 30886),
        ({"MessageFlow": SHORT}, 30891),
        ({"MessageSamples": [SHORT, SHORT]}, 30892),
        ({"MessageSamples": [GOOD["MessageSamples"][0]]}, 30892),
        ({"MessageSamples": ["Look at https://example.com/1", "Look at https://example.com/2"]}, 30893),
        ({"OptOutKeywords": ["LEAVE"]}, 30894),
    ],
)
async def test_a_campaign_that_no_registry_takes_fails_at_once_and_passes_when_mended(
    door: Door, more: dict[str, Any], code: int
) -> None:
    poor = (await file(door, **more)).json()
    assert (poor["campaign_status"], [each["error_code"] for each in poor["errors"]]) == ("FAILED", [code])
    mended = GOOD | {"HasEmbeddedLinks": "true", "AgeGated": "true", "PrivacyPolicyUrl": "https://example.com/p"}
    answer = await door.ask("POST", poor["url"].removeprefix(door.url), data=mended)
    told = answer.json()
    still = code == 30894  # its keywords can't be changed by this operation
    assert told["campaign_status"] == ("FAILED" if still else "IN_PROGRESS")
    assert (told["has_embedded_links"], told["age_gated"]) == (True, True)
    assert told["privacy_policy_url"] == "https://example.com/p"


@pytest.mark.parametrize(
    "field", ["Description", "MessageFlow", "MessageSamples", "HasEmbeddedLinks", "HasEmbeddedPhone"]
)
async def test_what_a_campaign_must_say_is_asked_for_by_name(door: Door, field: str) -> None:
    answer = await file(door, **{field: None})
    assert (answer.status_code, answer.json()["details"]["field"]) == (400, field)


@pytest.mark.parametrize(
    ("field", "value"),
    [("DirectLending", "true"), ("TermsAndConditionsUrl", "https://example.com/t"), ("HasEmbeddedPhone", "true")],
)
async def test_a_campaign_is_changed(door: Door, field: str, value: str) -> None:
    made = (await file(door)).json()
    changed = await door.ask("POST", made["url"].removeprefix(door.url), data=GOOD | {field: value})
    assert changed.json()[snake(field)] == (True if value == "true" else value)


async def test_the_numbers_of_its_service_are_in_the_campaign(door: Door) -> None:
    path, brand = await a_place(door)
    await door.database.write(lambda c: numbers.put(c, [{"number": "+14155550101", "region": "US"}], door.clock.now()))
    owned = f"/2010-04-01/Accounts/{door.sid}/IncomingPhoneNumbers.json"
    sid = (await door.ask("POST", owned, data={"PhoneNumber": "+14155550101"})).json()["sid"]
    await door.ask("POST", path.replace("Compliance/Usa2p", "PhoneNumbers"), data={"PhoneNumberSid": sid})
    form = GOOD | {"BrandRegistrationSid": brand, "UsAppToPersonUsecase": "MIXED"}
    campaign = (await door.ask("POST", path, data=form)).json()

    async def covered() -> str | None:
        return await door.database.read(lambda c: c.execute(select(t.numbers.c.campaign)).scalar())

    assert await covered() == campaign["sid"]
    assert (await door.ask("DELETE", campaign["url"].removeprefix(door.url))).status_code == 204
    assert await covered() is None


async def test_an_approved_campaign_shows_on_its_service(door: Door) -> None:
    made = (await file(door)).json()
    service = f"/messaging/v1/Services/{made['messaging_service_sid']}"
    assert (await door.ask("GET", service)).json()["us_app_to_person_registered"] is False
    key = (door.sid, made["messaging_service_sid"], made["sid"])
    await door.database.write(lambda c: campaigns.change(c, *key, door.clock.now(), {"status": "VERIFIED"}))
    assert (await door.ask("GET", service)).json()["us_app_to_person_registered"] is True
