"""Applications: one set of webhooks for many numbers and messages."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select
from twilio.base.exceptions import TwilioRestException

from masstransit import demo
from masstransit.carriage.channel import Inbound
from masstransit.model.address import e164
from masstransit.storage import numbers, ownership
from masstransit.storage.tables import notices
from tests.api.gated import GatedDoor
from tests.api.house import Door, snake
from tests.makers import RECIPIENT, SENDER

HOOK, BACK, OWN, OLD = (f"https://example.com/{name}" for name in ("in", "again", "own", "old"))
FORM = {"To": RECIPIENT, "From": SENDER, "Body": "Your parcel is here."}


def path(door: Door) -> str:
    return f"/2010-04-01/Accounts/{door.sid}/Applications"


async def an_application(door: Door, **fields: str) -> str:
    answer = await door.ask("POST", f"{path(door)}.json", data=fields)
    assert answer.status_code == 201, answer.text
    sid: str = answer.json()["sid"]
    return sid


async def test_the_sdk_makes_lists_renames_and_deletes_applications(door: Door) -> None:
    applications = door.sdk().applications
    made = await asyncio.to_thread(applications.create, friendly_name="Shop", message_status_callback=HOOK)
    await asyncio.to_thread(applications.create, friendly_name="Desk")
    assert (made.message_status_callback, made.api_version, made.sms_url) == (HOOK, "2010-04-01", None)
    listed = await asyncio.to_thread(lambda: applications.list(page_size=1))
    assert [each.friendly_name for each in listed] == ["Desk", "Shop"]
    named = await asyncio.to_thread(lambda: applications.list(friendly_name="Shop"))
    assert [each.sid for each in named] == [made.sid]
    renamed = await asyncio.to_thread(applications(made.sid).update, friendly_name="Store")
    assert (renamed.friendly_name, renamed.message_status_callback) == ("Store", HOOK)
    assert await asyncio.to_thread(applications(made.sid).delete)
    for ask in (applications(made.sid).fetch, applications(made.sid).delete, applications(made.sid).update):
        with pytest.raises(TwilioRestException) as gone:
            await asyncio.to_thread(ask)
        assert (gone.value.status, gone.value.code) == (404, 20404)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("FriendlyName", "Desk"),
        ("SmsUrl", HOOK),
        ("SmsMethod", "GET"),
        ("SmsFallbackUrl", BACK),
        ("SmsStatusCallback", HOOK),
        ("MessageStatusCallback", HOOK),
        ("VoiceUrl", HOOK),
        ("VoiceMethod", "GET"),
        ("VoiceFallbackUrl", BACK),
        ("VoiceFallbackMethod", "GET"),
        ("StatusCallback", HOOK),
        ("StatusCallbackMethod", "GET"),
    ],
)
async def test_an_application_is_set_when_it_is_made_and_later(door: Door, field: str, value: str) -> None:
    made, later = await an_application(door, **{field: value}), await an_application(door)
    assert (await door.ask("GET", f"{path(door)}/{made}.json")).json()[snake(field)] == value
    before = (await door.ask("GET", f"{path(door)}/{later}.json")).json()[snake(field)]
    answer = await door.ask("POST", f"{path(door)}/{later}.json", data={field: value})
    assert (before != value, answer.json()[snake(field)]) == (True, value)


@pytest.mark.parametrize("field", ["SmsUrl", "SmsFallbackUrl", "SmsStatusCallback", "MessageStatusCallback", "VoiceUrl",
                                   "VoiceFallbackUrl", "StatusCallback"])  # fmt: skip
async def test_a_webhook_of_an_application_does_not_reach_what_is_ours(door: Door, field: str) -> None:
    answer = await door.ask("POST", f"{path(door)}.json", data={field: "http://169.254.169.254/"})
    assert (answer.status_code, answer.json()["code"], answer.json()["details"]["field"]) == (400, 21609, field)


# --- what it does for messages --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of_application", "of_message", "told"),
    [
        ({"MessageStatusCallback": HOOK, "SmsStatusCallback": OLD}, {}, HOOK),
        ({"SmsStatusCallback": OLD}, {}, OLD),
        ({"MessageStatusCallback": HOOK}, {"StatusCallback": OWN}, OWN),
        ({}, {}, None),
    ],
)
async def test_a_messages_statuses_are_told_where_its_application_says(
    door: Door, of_application: dict[str, str], of_message: dict[str, str], told: str | None
) -> None:
    sid = await an_application(door, **of_application)
    answer = await door.ask("POST", f"{door.messages}.json", data=FORM | {"ApplicationSid": sid} | of_message)
    assert answer.status_code == 201, answer.text
    assert [offer.status_callback for offer in door.exchange.offers] == [told]


async def test_an_application_goes_before_the_messages_service(door: Door) -> None:
    made = await door.ask("POST", "/messaging/v1/Services", data={"FriendlyName": "Shop", "StatusCallback": BACK})
    form = FORM | {"MessagingServiceSid": made.json()["sid"]}
    for sid, told in (
        (await an_application(door, MessageStatusCallback=HOOK), HOOK),
        (await an_application(door), BACK),
    ):
        await door.ask("POST", f"{door.messages}.json", data=form | {"ApplicationSid": sid})
        assert door.exchange.offers[-1].status_callback == told


async def test_an_application_that_is_nobodys_or_anothers_is_told_by_its_code(door: Door) -> None:
    other = await door.account()
    theirs = await door.ask("POST", f"/2010-04-01/Accounts/{other[0]}/Applications.json", auth=other)
    for sid in (theirs.json()["sid"], "AP" + "0" * 32, "nonsense"):
        answer = await door.ask("POST", f"{door.messages}.json", data=FORM | {"ApplicationSid": sid})
        assert (answer.status_code, answer.json()["code"]) == (400, 21218)
        assert answer.json()["details"]["field"] == "ApplicationSid"
        assert (await door.ask("GET", f"{path(door)}/{sid}.json")).status_code == 404
    assert door.exchange.offers == []


# --- what it does for numbers ---------------------------------------------------------------------------------------


async def bought(door: Door, number: str = SENDER, **form: str) -> Any:
    await door.database.write(lambda c: numbers.put(c, [{"number": number, "region": "US"}], door.clock.now()))
    where = f"/2010-04-01/Accounts/{door.sid}/IncomingPhoneNumbers.json"
    return await door.ask("POST", where, data={"PhoneNumber": number} | form)


async def test_a_number_names_an_application_of_its_own_account_only(door: Door) -> None:
    sid = await an_application(door)
    for unknown in ("AP" + "0" * 32, "nonsense"):
        refused = await bought(door, SmsApplicationSid=unknown)
        assert (refused.status_code, refused.json()["code"]) == (400, 22108)
    made = await bought(door, SmsApplicationSid=sid)
    assert made.json()["sms_application_sid"] == sid
    where = f"/2010-04-01/Accounts/{door.sid}/IncomingPhoneNumbers/{made.json()['sid']}.json"
    assert (await door.ask("POST", where, data={"SmsApplicationSid": ""})).json()["sms_application_sid"] is None
    assert (await door.ask("POST", where, data={"SmsApplicationSid": sid})).json()["sms_application_sid"] == sid
    assert (await door.ask("POST", where, data={"FriendlyName": "x"})).json()["sms_application_sid"] == sid
    sub, _ = await door.account(parent=door.sid)
    assert (await door.ask("POST", where, data={"AccountSid": sub})).json()["sms_application_sid"] is None


async def test_a_number_that_was_given_up_has_no_application_left(door: Door) -> None:
    made = await bought(door, SmsApplicationSid=await an_application(door))
    where = f"/2010-04-01/Accounts/{door.sid}/IncomingPhoneNumbers/{made.json()['sid']}.json"
    assert (await door.ask("DELETE", where)).status_code == 204
    assert (await bought(door)).json()["sms_application_sid"] is None


async def heard(gated: GatedDoor) -> list[tuple[str, str, str | None]]:
    """Where a person's message is brought: URL, method, fallback."""
    inbound = Inbound(
        trunk="loopback",
        sender=e164(demo.PHONES[0]),
        recipient=e164(demo.NUMBERS[0]),
        text="When do you open?",
        at=gated.parts.clock.now(),
    )
    await gated.parts.arrivals.receive(inbound)
    rows = await gated.database.read(lambda c: c.execute(select(notices).where(notices.c.way == "webhook")).all())
    await gated.database.write(lambda c: c.execute(notices.delete()))
    return [(row.target, row.body["method"], row.body.get("fallback") or None) for row in rows]


async def test_what_people_write_goes_to_the_numbers_application(gated: GatedDoor) -> None:
    where = f"/2010-04-01/Accounts/{gated.sid}/IncomingPhoneNumbers"
    owned = (await gated.ask("GET", f"{where}.json")).json()["incoming_phone_numbers"]
    number = next(each["sid"] for each in owned if each["phone_number"] == demo.NUMBERS[0])
    full = await an_application(gated, SmsUrl=HOOK, SmsMethod="GET", SmsFallbackUrl=BACK)
    silent = await an_application(gated)
    told = {"SmsUrl": OWN, "SmsApplicationSid": full}
    assert (await gated.ask("POST", f"{where}/{number}.json", data=told)).status_code == 200
    assert await heard(gated) == [(HOOK, "GET", BACK)]
    await gated.ask("POST", f"{where}/{number}.json", data={"SmsApplicationSid": silent})
    assert await heard(gated) == []  # an application's webhooks count, also where it has none
    assert (await gated.ask("DELETE", f"{path(gated)}/{silent}.json")).status_code == 204
    shown = await gated.ask("GET", f"{where}/{number}.json")
    assert shown.json()["sms_application_sid"] is None
    assert await heard(gated) == [(OWN, "POST", None)]


# --- what it does for calls -----------------------------------------------------------------------------------------


async def test_calls_to_a_number_are_led_by_its_application(gated: GatedDoor) -> None:
    sid = await an_application(gated, VoiceUrl=HOOK, VoiceMethod="GET")
    owned = f"/2010-04-01/Accounts/{gated.sid}/IncomingPhoneNumbers"
    number = (await gated.ask("GET", f"{owned}.json")).json()["incoming_phone_numbers"][0]
    wrong = await gated.ask("POST", f"{owned}/{number['sid']}.json", data={"VoiceApplicationSid": "AP" + "0" * 32})
    assert (wrong.status_code, wrong.json()["code"]) == (400, 22108)
    form = {"VoiceApplicationSid": sid, "VoiceUrl": OWN}
    answer = await gated.ask("POST", f"{owned}/{number['sid']}.json", data=form)
    assert answer.json()["voice_application_sid"] == sid

    async def led() -> tuple[str, str]:
        row = await gated.database.read(lambda c: ownership.led_by(c, number["phone_number"]))
        assert row is not None
        return row.voice_url, row.voice_method

    assert await led() == (HOOK, "GET")
    assert (await gated.ask("DELETE", f"{path(gated)}/{sid}.json")).status_code == 204
    assert await led() == (OWN, "POST")
