"""Caller IDs by call: the SDK is told a code, a phone rings, and what its person types decides."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
import pytest
from sqlalchemy import select
from twilio.base.exceptions import TwilioRestException

from masstransit.carriage import callbacks
from masstransit.carriage.caller_ids import CALL_TRIES, LEFT_ALONE, CallerIds
from masstransit.carriage.code_calls import CodeCalls
from masstransit.carriage.codes import LIMITS, operator_of
from masstransit.channels.loopback.calls import PhoneCall
from masstransit.model.communication import Purpose, Voice
from masstransit.model.decision import Verdict
from masstransit.storage import caller_ids
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import caller_id_claims, calls, notices
from tests.api.house import Door, finding
from tests.carriage.voice.house import until

CLINIC, LANDLINE = "+12125550143", "+442079460000"
HOOK = "https://example.com/callerid"
CLAIMS = "/policy/v1/CallerIds"
OPERATOR = "AC" + "0" * 32


@pytest.fixture
async def door(sqlite_database: Database, keys: Keys) -> AsyncIterator[Door]:
    made = Door(sqlite_database, keys)
    for number in (CLINIC, LANDLINE):
        made.handsets.phones.add(number)
    ids = CallerIds(
        exchange=made.exchange, database=made.database, keys=keys, clock=made.clock, ledger=made.house.ledger,
        operator=operator_of(OPERATOR, "+14155550100"), calls=CodeCalls(made.voice),
    )  # fmt: skip
    made.house = msgspec.structs.replace(made.house, caller_ids=ids)
    async with made:
        yield made
        await made.voice.close()
        await ids.close()


async def asks(door: Door, number: str = CLINIC, **more: Any) -> Any:
    return await asyncio.to_thread(door.sdk().validation_requests.create, number, **more)


async def takes(door: Door, number: str = CLINIC) -> PhoneCall:
    """The phone rings, and its person answers and listens."""
    call = await until(lambda: next((c for c in door.handsets.calls(number) if c.shown.state == "ringing"), None))
    call.take()
    await until(lambda: call.shown.heard)
    return call


async def claim(door: Door) -> dict[str, Any]:
    """The newest claim, as the API shows it, once it is decided."""
    async with asyncio.timeout(5):
        while True:
            newest: dict[str, Any] = (await door.ask("GET", CLAIMS)).json()["caller_ids"][0]
            if newest["status"] != "pending":
                return newest
            await asyncio.sleep(0.02)


async def right(door: Door, number: str = CLINIC) -> str:
    key, now = (door.sid, number), door.clock.now()
    return (await door.database.read(lambda c: caller_ids.proven(c, [key], now))).get(key, "")


async def told(door: Door) -> list[dict[str, str]]:
    rows = await door.database.read(lambda c: c.execute(select(notices)).all())
    return [callbacks.params(row) for row in rows]


def failed(phone: PhoneCall, times: int) -> bool:
    return sum(text.startswith("That was not") for text in phone.shown.heard) == times


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


async def test_the_code_of_the_answer_typed_at_the_phone_proves_its_number(door: Door) -> None:
    asked = await asks(door, friendly_name="Clinic", status_callback=HOOK)
    assert (asked.phone_number, asked.friendly_name, len(asked.validation_code)) == (CLINIC, "Clinic", 6)
    assert asked.call_sid.startswith("CA")
    phone = await takes(door)
    assert phone.shown.id == asked.call_sid
    assert asked.validation_code not in "".join(phone.shown.heard)  # who only listens learns nothing
    phone.press(asked.validation_code)
    assert (await claim(door))["grounds"] == "call"
    assert await right(door) == "call"
    await until(lambda: phone.shown.state == "over")
    assert phone.shown.heard[-1].startswith("Thank you.")
    (mine,) = await asyncio.to_thread(door.sdk().outgoing_caller_ids.list, phone_number=CLINIC)
    (heard,) = await told(door)
    assert heard["VerificationStatus"] == "success"
    assert (heard["OutgoingCallerIdSid"], heard["CallSid"], heard["To"]) == (mine.sid, asked.call_sid, CLINIC)


async def test_the_call_is_the_operators_and_says_to_the_gate_what_it_is(door: Door) -> None:
    await asks(door)
    ((call, wish),) = door.voice.made
    assert (call.account, call.sender.text, call.purpose, call.voice) == (
        OPERATOR, "+14155550100", Purpose.OTP, Voice.ARTIFICIAL,
    )  # fmt: skip
    assert (wish.delay, wish.digits) == (0, "")
    assert (await door.ask("GET", f"{door.calls}.json")).json()["calls"] == []  # the customer made none
    kept = await door.database.read(lambda c: c.execute(select(calls)).one())
    assert kept.account == OPERATOR


async def test_the_third_wrong_code_ends_it(door: Door) -> None:
    asked = await asks(door, status_callback=HOOK)
    phone = await takes(door)
    for n in range(CALL_TRIES):
        assert failed(phone, n)
        phone.press(wrong(asked.validation_code))
        await until(partial(failed, phone, n + 1))
    await until(lambda: phone.shown.state == "over")
    assert (await claim(door))["status"] == "failed"
    assert await right(door) == ""
    assert [each["VerificationStatus"] for each in await told(door)] == ["failed"]


async def test_a_second_try_is_as_good_as_the_first_and_the_star_takes_digits_back(door: Door) -> None:
    asked = await asks(door)
    phone = await takes(door)
    phone.press(wrong(asked.validation_code))
    await until(lambda: phone.shown.heard[-1].startswith("That was not"))
    phone.press("12*")
    await until(lambda: len(phone.shown.heard) == 3)
    phone.press(asked.validation_code)
    assert (await claim(door))["status"] == "proven"


async def test_who_hangs_up_has_proven_nothing(door: Door) -> None:
    await asks(door, status_callback=HOOK)
    (await takes(door)).drop()
    assert (await claim(door))["status"] == "failed"
    assert [each["VerificationStatus"] for each in await told(door)] == ["failed"]


async def test_the_code_is_worth_nothing_when_the_customer_brings_it_itself(door: Door) -> None:
    asked = await asks(door)
    answer = await door.ask("POST", f"{CLAIMS}/Code", data={"PhoneNumber": CLINIC, "Code": asked.validation_code})
    assert answer.status_code == 404
    assert await right(door) == ""


async def test_who_presses_the_star_is_not_asked_again_for_half_a_year(door: Door) -> None:
    await asks(door)
    phone = await takes(door)
    phone.press("*")
    assert (await claim(door))["status"] == "declined"
    other = await door.account()
    path = f"/2010-04-01/Accounts/{other[0]}/OutgoingCallerIds.json"
    for form in ({"PhoneNumber": CLINIC}, {"PhoneNumber": CLINIC, "Channel": "sms"}):
        answer = await door.ask("POST", path, data=form, auth=other)
        assert (answer.status_code, "does not want" in answer.json()["message"]) == (409, True)
    assert len(door.handsets.calls(CLINIC)) == 1
    await until(lambda: phone.shown.state == "over")
    ago = door.clock.now() - LEFT_ALONE - timedelta(seconds=1)
    await door.database.write(lambda c: c.execute(caller_id_claims.update().values(filed_at=ago)))
    await asks(door)
    await takes(door)


async def test_a_number_is_rung_three_times_a_day_whoever_asks(door: Door) -> None:
    for _ in range(LIMITS.calls_day):
        await asks(door)
        (await takes(door)).drop()
        await claim(door)
    earlier = door.clock.now() - timedelta(hours=2)
    await door.database.write(lambda c: c.execute(caller_id_claims.update().values(filed_at=earlier)))
    other = await door.account()
    path = f"/2010-04-01/Accounts/{other[0]}/OutgoingCallerIds.json"
    answer = await door.ask("POST", path, data={"PhoneNumber": CLINIC}, auth=other)
    assert (answer.status_code, answer.json()["code"]) == (429, 20429)
    with pytest.raises(TwilioRestException):
        await asks(door)
    assert len(door.handsets.calls(CLINIC)) == LIMITS.calls_day


async def test_a_landline_can_be_called_with_a_delay_and_an_extension(door: Door) -> None:
    asked = await asks(door, LANDLINE, call_delay=1, extension="12w3")
    assert door.handsets.calls(LANDLINE) == []
    phone = await takes(door, LANDLINE)
    assert phone.shown.heard[0] == "(tones: 12w3)"
    phone.press(asked.validation_code)
    assert (await claim(door))["status"] == "proven"


async def test_a_text_can_be_asked_for_and_then_the_answer_holds_no_code(door: Door) -> None:
    path = f"/2010-04-01/Accounts/{door.sid}/OutgoingCallerIds.json"
    answer = await door.ask("POST", path, data={"PhoneNumber": CLINIC, "Channel": "sms"})
    assert (answer.status_code, answer.json()["validation_code"]) == (200, None)
    assert door.exchange.offers[-1].recipient.text == CLINIC


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"CallDelay": "61"}, 20422),
        ({"Extension": "12x"}, 20422),
        ({"Channel": "fax"}, 20422),
        ({"PhoneNumber": "+19005550100"}, 21211),
        ({"Channel": "sms", "Extension": "12"}, 20422),
    ],
)
async def test_what_can_not_be_asked_for_is_said(door: Door, fields: dict[str, str], code: int) -> None:
    path = f"/2010-04-01/Accounts/{door.sid}/OutgoingCallerIds.json"
    answer = await door.ask("POST", path, data={"PhoneNumber": CLINIC} | fields)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert door.voice.made == []


async def test_a_call_that_the_gate_stops_never_rings(door: Door) -> None:
    door.exchange.rule = finding(Verdict.REFUSE)
    with pytest.raises(TwilioRestException) as refused:
        await asks(door)
    assert refused.value.status == 409
    assert door.handsets.calls(CLINIC) == []
    assert (await claim(door))["status"] == "unsent"


async def test_no_code_is_kept_in_the_clear_nor_after_its_call(door: Door) -> None:
    asked = await asks(door)
    kept = await door.database.read(lambda c: c.execute(select(caller_id_claims)).one())
    assert kept.hash
    assert asked.validation_code not in str(kept)
    (await takes(door)).drop()
    await claim(door)
    assert (await door.database.read(lambda c: c.execute(select(caller_id_claims)).one())).hash == ""
