"""Numbers: what is for sale is found, what is bought is set, handed on and listed, and what was given up grows cold."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from masstransit.errors import Conflict
from masstransit.storage import numbers
from masstransit.storage.engine import Database
from masstransit.storage.paging import Slice
from tests.api.house import Door, snake
from tests.makers import NOON

SF, NY, WORDS, VOICE = "+14155550101", "+12125550102", "+14155552255", "+14155550104"
OWNED = "/2010-04-01/Accounts/{}/IncomingPhoneNumbers"
FOR_SALE = "/2010-04-01/Accounts/{}/AvailablePhoneNumbers/US/Local.json"


async def stock(door: Door) -> None:
    rows: list[dict[str, Any]] = [{"number": number, "region": "US"} for number in (SF, NY, WORDS)]
    rows.append({"number": VOICE, "region": "US", "sms": False, "mms": True, "voice": True, "fax": True})
    await door.database.write(lambda c: numbers.put(c, rows, door.clock.now()))


async def buy(door: Door, **form: str) -> Any:
    answer = await door.ask("POST", f"{OWNED.format(door.sid)}.json", data=form)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"AreaCode": "212"}, {NY}),
        ({"Contains": "CALL"}, {WORDS}),
        ({"Contains": "555010*"}, {SF, NY, VOICE}),
        ({"Contains": "+1415"}, {SF, WORDS, VOICE}),
        ({"SmsEnabled": "false"}, {VOICE}),
        ({"MmsEnabled": "true"}, {VOICE}),
        ({"VoiceEnabled": "true"}, {VOICE}),
        ({"FaxEnabled": "false"}, {SF, NY, WORDS}),
    ],
)
async def test_numbers_for_sale_are_found_by_what_they_are(door: Door, query: dict[str, str], found: set[str]) -> None:
    await stock(door)
    answer = await door.ask("GET", FOR_SALE.format(door.sid), params=query)
    assert {each["phone_number"] for each in answer.json()["available_phone_numbers"]} == found


@pytest.mark.parametrize("query", [{"AreaCode": "x"}, {"Contains": "%"}, {"Contains": "1"}, {"SmsEnabled": "1"}])
async def test_a_search_that_means_nothing_is_refused_by_name(door: Door, query: dict[str, str]) -> None:
    answer = await door.ask("GET", FOR_SALE.format(door.sid), params=query)
    assert (answer.status_code, answer.json()["details"]["field"]) == (400, next(iter(query)))


async def test_a_number_is_bought_by_its_digits_or_its_area_and_named(door: Door) -> None:
    await stock(door)
    by_digits = await buy(door, PhoneNumber=SF, FriendlyName="Desk")
    by_area = await buy(door, AreaCode="212")
    assert (by_digits["friendly_name"], by_area["phone_number"]) == ("Desk", NY)
    for form, code in (
        ({"AreaCode": "212"}, 21452),
        ({"AreaCode": "1"}, 21451),
        ({}, 21421),
        ({"PhoneNumber": SF}, 21422),
    ):
        answer = await door.ask("POST", f"{OWNED.format(door.sid)}.json", data=form)
        assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_owned_numbers_are_listed_by_name_number_and_kind(door: Door) -> None:
    await stock(door)
    await buy(door, PhoneNumber=SF, FriendlyName="Desk")
    await buy(door, PhoneNumber=NY)
    for path, query, found in (
        (".json", {"FriendlyName": "Desk"}, [SF]), (".json", {"PhoneNumber": NY}, [NY]), ("/TollFree.json", {}, []),
    ):  # fmt: skip
        answer = await door.ask("GET", OWNED.format(door.sid) + path, params=query)
        assert [each["phone_number"] for each in answer.json()["incoming_phone_numbers"]] == found


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("FriendlyName", "Desk"),
        ("SmsUrl", "https://example.com/in"),
        ("SmsMethod", "GET"),
        ("SmsFallbackUrl", "https://example.com/again"),
        ("VoiceUrl", "https://example.com/in"),
        ("VoiceMethod", "GET"),
        ("VoiceFallbackUrl", "https://example.com/again"),
        ("VoiceFallbackMethod", "GET"),
        ("StatusCallback", "https://example.com/status"),
        ("StatusCallbackMethod", "GET"),
        ("VoiceReceiveMode", "fax"),
    ],
)
async def test_a_number_is_set_when_it_is_bought_and_later(door: Door, field: str, value: str) -> None:
    column = snake(field)
    await stock(door)
    assert (await buy(door, PhoneNumber=SF, **{field: value}))[column] == value
    later = await buy(door, PhoneNumber=NY)
    path = f"{OWNED.format(door.sid)}/{later['sid']}.json"
    answer = await door.ask("POST", path, data={field: value})
    assert (later[column] != value, answer.json()[column]) == (True, value)
    kind = await door.ask("POST", f"{OWNED.format(door.sid)}/Local.json", data={"PhoneNumber": WORDS, field: value})
    assert kind.json()[column] == value


async def test_a_number_is_handed_to_a_subaccount_and_leaves_its_service(door: Door) -> None:
    await stock(door)
    sub, _ = await door.account(parent=door.sid)
    stranger, _ = await door.account()
    bought = await buy(door, PhoneNumber=SF)
    service = (await door.ask("POST", "/messaging/v1/Services", data={"FriendlyName": "x"})).json()["sid"]
    members = f"/messaging/v1/Services/{service}/PhoneNumbers"
    await door.ask("POST", members, data={"PhoneNumberSid": bought["sid"]})
    path = f"{OWNED.format(door.sid)}/{bought['sid']}.json"
    refused = await door.ask("POST", path, data={"AccountSid": stranger})
    assert (refused.status_code, refused.json()["code"]) == (403, 20403)
    moved = await door.ask("POST", path, data={"AccountSid": sub})
    assert (moved.status_code, moved.json()["account_sid"]) == (200, sub)
    assert (await door.ask("GET", path)).status_code == 404
    assert (await door.ask("GET", members)).json()["phone_numbers"] == []
    assert (await door.ask("GET", f"{OWNED.format(sub)}/{bought['sid']}.json")).status_code == 200


async def test_a_number_is_not_bought_as_what_it_is_not(door: Door) -> None:
    await stock(door)
    answer = await door.ask("POST", f"{OWNED.format(door.sid)}/TollFree.json", data={"PhoneNumber": SF})
    assert (answer.status_code, answer.json()["code"]) == (400, 21421)
    assert (await buy(door, PhoneNumber=SF))["phone_number"] == SF


async def test_a_leased_short_code_is_not_given_up_like_a_number(door: Door) -> None:
    sid, now = "SC" + "1" * 32, door.clock.now()
    leased = {"account": door.sid, "sid": sid, "state": "in-use", "acquired_at": now}
    row = {"number": "55512", "region": "US", "type": "short-code", **leased}
    await door.database.write(lambda c: numbers.put(c, [row], now))
    for method in ("GET", "POST", "DELETE"):
        assert (await door.ask(method, f"{OWNED.format(door.sid)}/{sid}.json")).status_code == 404
    assert (await door.ask("GET", f"{OWNED.format(door.sid)}.json")).json()["incoming_phone_numbers"] == []
    assert await door.database.read(lambda c: numbers.find(c, door.sid, sid)) is not None


async def test_a_number_that_was_given_up_grows_cold_before_it_is_sold_again(database: Database) -> None:
    last, next_ = "AC" + "1" * 32, "AC" + "2" * 32

    async def state(at: datetime) -> str:
        rows = await database.read(lambda c: numbers.search(c, {"region": "US"}, Slice(size=5), now=at))
        return "available" if rows.rows else "cold"

    await database.write(lambda c: numbers.put(c, [{"number": SF, "region": "US"}], NOON))
    bought = await database.write(lambda c: numbers.buy(c, last, SF, "PN" + "1" * 32, NOON, {}))
    await database.write(lambda c: numbers.release(c, last, bought.sid, NOON))
    days = timedelta(days=1)
    for after in (timedelta(), 9 * days, 11 * days, 44 * days):
        assert await database.write(lambda c, at=NOON + after: numbers.age(c, at, 45 * days)) == 0  # type: ignore[misc]
        assert await state(NOON + after) == "cold"
        with pytest.raises(Conflict):
            await database.write(lambda c, at=NOON + after: numbers.buy(c, next_, SF, "PN" + "2" * 32, at, {}))  # type: ignore[misc]
    with pytest.raises(Conflict):  # its last owner's time is over too
        await database.write(lambda c: numbers.buy(c, last, SF, bought.sid, NOON + 44 * days, {}))
    assert await database.write(lambda c: numbers.age(c, NOON + 45 * days, 45 * days)) == 1
    assert await state(NOON + 45 * days) == "available"
    sold = await database.write(lambda c: numbers.buy(c, next_, SF, "PN" + "2" * 32, NOON + 46 * days, {}))
    assert (sold.account, sold.service, sold.sms_url) == (next_, None, "")


async def test_its_last_owner_may_take_a_number_back_for_a_while(database: Database) -> None:
    owner = "AC" + "1" * 32
    await database.write(lambda c: numbers.put(c, [{"number": SF, "region": "US"}], NOON))
    bought = await database.write(lambda c: numbers.buy(c, owner, SF, "PN" + "1" * 32, NOON, {}))
    await database.write(lambda c: numbers.release(c, owner, bought.sid, NOON))
    later = NOON + timedelta(days=9)
    await database.write(lambda c: numbers.age(c, later, timedelta(days=45)))
    again = await database.write(lambda c: numbers.buy(c, owner, SF, "PN" + "3" * 32, later, {}))
    assert (again.account, again.state, again.released_at) == (owner, "in-use", None)
