"""The safe list, by the SDK: numbers whose codes are never blocked as pumped."""

from __future__ import annotations

import asyncio

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.api.house import Door
from tests.api.test_services_and_numbers import B, products

PATH = "/accounts/v1/SafeList/Numbers"


async def test_a_number_is_vouched_for_looked_up_and_taken_off(door: Door) -> None:
    safe = products(door).accounts.v1.safelist
    made = await asyncio.to_thread(lambda: safe.create(phone_number=B))
    assert (made.sid[:2], len(made.sid), made.phone_number) == ("GN", 34, B)
    assert (await asyncio.to_thread(lambda: safe.create(phone_number=B))).sid == made.sid
    assert (await asyncio.to_thread(lambda: safe.fetch(phone_number=B))).sid == made.sid
    assert await asyncio.to_thread(lambda: safe.delete(phone_number=B))
    for gone in (safe.fetch, safe.delete):
        with pytest.raises(TwilioRestException) as missing:
            await asyncio.to_thread(gone, phone_number=B)
        assert (missing.value.status, missing.value.code) == (404, 20404)


async def test_a_list_is_its_accounts_own(door: Door) -> None:
    await door.ask("POST", PATH, data={"PhoneNumber": B})
    other = await door.account()
    assert (await door.ask("GET", PATH, params={"PhoneNumber": B}, auth=other)).status_code == 404
    assert (await door.ask("DELETE", PATH, params={"PhoneNumber": B}, auth=other)).status_code == 404
    assert (await door.ask("GET", PATH, params={"PhoneNumber": B})).status_code == 200


@pytest.mark.parametrize("number", ["", "nobody", "+1415555", "+14155550"])
async def test_what_is_no_whole_number_is_refused_by_name(door: Door, number: str) -> None:
    for answer in (
        await door.ask("POST", PATH, data={"PhoneNumber": number}),
        await door.ask("GET", PATH, params={"PhoneNumber": number}),
    ):
        assert answer.status_code == 400
        assert "phone number" in answer.json()["message"] or "PhoneNumber" in answer.json()["message"]
