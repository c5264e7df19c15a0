"""Caller IDs by the SDK: a number from elsewhere is proven by the code that was texted to it, or by a letter."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, select
from twilio.base.exceptions import TwilioRestException

from masstransit.carriage import callbacks
from masstransit.carriage import caller_ids as deeds
from masstransit.carriage.caller_ids import GOOD, MOST_LETTERS, RENEWABLE, CallerIds
from masstransit.carriage.code_calls import CodeCalls
from masstransit.carriage.codes import GOOD_FOR, LIMITS, TRIES, operator_of
from masstransit.carriage.overturning import Word
from masstransit.clock import HandClock
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.model.communication import Purpose
from masstransit.model.decision import Verdict
from masstransit.storage import caller_ids, numbers, reachability
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import caller_id_claims, notices
from tests.api.house import Door, finding
from tests.makers import NOON

CLINIC, OTHER, LANDLINE = "+12125550143", "+12125550144", "+442079460000"
HOOK = "https://example.com/callerid"
CLAIMS = "/policy/v1/CallerIds"
DIGEST = sha256(b"We allow Northwind to show our number.").hexdigest()
LETTER = {
    "Grounds": "loa", "PhoneNumber": CLINIC, "Holder": "St. Mary's Clinic", "Reference": "LOA 2026/17",
    "SignedOn": f"{NOON:%Y-%m-%d}", "DocumentSha256": DIGEST,
}  # fmt: skip


@pytest.fixture
async def office(sqlite_database: Database, keys: Keys) -> AsyncIterator[Door]:
    """The API with a clock that is moved by hand."""
    async with Door(sqlite_database, keys, clock=HandClock(NOON)) as door:
        yield door


async def asks(door: Door, number: str = CLINIC, **more: Any) -> Any:
    return await asyncio.to_thread(door.sdk().validation_requests.create, number, **more)


def in_the_text(door: Door) -> str:
    """The code that stands in the newest text."""
    found = re.search(r"\b\d{6}\b", door.exchange.offers[-1].text)
    assert found is not None
    return found[0]


async def brings(door: Door, code: str, number: str = CLINIC, **more: Any) -> Any:
    return await door.ask("POST", f"{CLAIMS}/Code", data={"PhoneNumber": number, "Code": code}, **more)


async def proven(door: Door, number: str = CLINIC, **more: str) -> str:
    """A number that is proven by a code; its SID."""
    await asks(door, number, **more)
    answer = await brings(door, in_the_text(door), number)
    assert answer.status_code == 201
    return str(answer.json()["sid"])


async def right(door: Door, number: str = CLINIC) -> str:
    """How the account proved that it may show a number; "" where it did not."""
    key, now = (door.sid, number), door.clock.now()
    return (await door.database.read(lambda c: caller_ids.proven(c, [key], now))).get(key, "")


async def passes(door: Door, span: timedelta) -> None:
    assert isinstance(door.clock, HandClock)
    await door.clock.move(span)


async def told(door: Door) -> list[dict[str, str]]:
    """What the customer's server hears."""
    rows = await door.database.read(lambda c: c.execute(select(notices)).all())
    return [callbacks.params(row) for row in rows]


async def send(door: Door, **fields: str) -> Any:
    return await door.ask("POST", CLAIMS, data=LETTER | fields)


async def decides(door: Door, deed: Any, sid: str, because: str = "the clinic says so", **more: Any) -> Any:
    """Somebody at the desk."""
    word = Word(by="Ada", because=because, at=door.clock.now())
    return await door.database.write(lambda c: deed(c, door.house.ledger, sid, word, **more))


# --- by code ---------------------------------------------------------------------------------------------------------


async def test_the_sdk_asks_and_the_code_that_came_by_text_proves_the_number(office: Door) -> None:
    asked = await asks(office, friendly_name="Clinic")
    assert (asked.phone_number, asked.friendly_name, asked.account_sid) == (CLINIC, "Clinic", office.sid)
    assert (asked.validation_code, asked.call_sid) == (None, None)  # who asks does not know what was texted
    text = office.exchange.offers[-1]
    assert (text.recipient.text, text.purpose, text.discard) == (CLINIC, Purpose.OTP, True)
    assert await right(office) == ""
    answer = await brings(office, in_the_text(office))
    assert (answer.status_code, answer.json()["phone_number"]) == (201, CLINIC)
    assert await right(office) == "code"
    await office.ask("DELETE", f"/2010-04-01/Accounts/{office.sid}/OutgoingCallerIds/{answer.json()['sid']}.json")
    assert await right(office) == ""


async def test_the_sdk_lists_fetches_renames_and_deletes_caller_ids(office: Door) -> None:
    first, second = await proven(office, friendly_name="Clinic"), await proven(office, OTHER)
    mine = office.sdk().outgoing_caller_ids
    listed = await asyncio.to_thread(lambda: mine.list(page_size=1))
    assert {each.sid for each in listed} == {first, second}
    assert all(sid.startswith("PN") for sid in (first, second))
    assert [each.sid for each in await asyncio.to_thread(mine.list, phone_number=OTHER)] == [second]
    assert [each.sid for each in await asyncio.to_thread(mine.list, friendly_name="Clinic")] == [first]
    renamed = await asyncio.to_thread(mine(first).update, friendly_name="Practice")
    assert (await asyncio.to_thread(mine(first).fetch)).friendly_name == renamed.friendly_name == "Practice"
    assert await asyncio.to_thread(mine(second).delete)
    with pytest.raises(TwilioRestException) as gone:
        await asyncio.to_thread(mine(second).fetch)
    assert gone.value.status == 404


async def test_another_code_is_refused_and_the_fifth_ends_it(office: Door) -> None:
    await asks(office, status_callback=HOOK)
    code = in_the_text(office)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    first = await brings(office, wrong)
    assert (first.status_code, first.json()["details"]["field"]) == (400, "Code")
    assert "4 tries are left" in first.json()["message"]
    for _ in range(TRIES - 1):
        last = await brings(office, wrong)
    assert "no try is left" in last.json()["message"]
    assert (await brings(office, code)).status_code == 409
    assert await right(office) == ""
    (heard,) = await told(office)
    assert (heard["VerificationStatus"], "OutgoingCallerIdSid" in heard) == ("failed", False)
    (claim,) = (await office.ask("GET", CLAIMS)).json()["caller_ids"]
    assert claim["status"] == "failed"


async def test_a_code_is_good_for_ten_minutes_and_once(office: Door) -> None:
    await asks(office)
    code = in_the_text(office)
    await passes(office, GOOD_FOR)
    assert (await brings(office, code)).status_code == 409
    assert (await office.ask("GET", CLAIMS)).json()["caller_ids"][0]["status"] == "expired"
    await asks(office)
    again = in_the_text(office)
    await passes(office, GOOD_FOR - timedelta(seconds=1))
    assert (await brings(office, again)).status_code == 201
    assert (await brings(office, again)).status_code == 409


async def test_the_newest_code_replaces_those_before(office: Door) -> None:
    await asks(office)
    old = in_the_text(office)
    await asks(office)
    new = in_the_text(office)
    assert old == new or (await brings(office, old)).status_code == 400
    assert (await brings(office, new)).status_code == 201


async def test_a_number_is_not_flooded_with_codes(office: Door) -> None:
    for _ in range(LIMITS.number_hour):
        await asks(office)
    with pytest.raises(TwilioRestException) as often:
        await asks(office)
    assert (often.value.status, often.value.code) == (429, 20429)
    other = await office.account()
    path = f"/2010-04-01/Accounts/{other[0]}/OutgoingCallerIds.json"
    assert (await office.ask("POST", path, data={"PhoneNumber": CLINIC}, auth=other)).status_code == 429
    assert len(office.exchange.offers) == LIMITS.number_hour


async def test_an_account_asks_for_ten_codes_an_hour(office: Door) -> None:
    for n in range(LIMITS.client_hour):
        await asks(office, f"+121255501{n:02}")
    with pytest.raises(TwilioRestException) as often:
        await asks(office)
    assert often.value.status == 429


async def test_what_needs_no_proof_is_refused_by_its_code(office: Door) -> None:
    await proven(office)
    with pytest.raises(TwilioRestException) as again:
        await asks(office)
    assert (again.value.status, again.value.code) == (400, 21450)
    bought = {"number": OTHER, "account": office.sid, "sid": "PN" + "1" * 32, "state": "in-use", "acquired_at": NOON}
    await office.database.write(lambda c: numbers.put(c, [bought], NOON))
    with pytest.raises(TwilioRestException) as own:
        await asks(office, OTHER)
    assert own.value.code == 21450


async def test_a_landline_and_what_no_plan_knows_get_no_text(office: Door) -> None:
    for number, code in ((LANDLINE, 21614), ("+1212555", 21211), ("clinic", 21211)):
        with pytest.raises(TwilioRestException) as refused:
            await asks(office, number)
        assert (refused.value.status, refused.value.code) == (400, code)
    assert office.exchange.offers == []


async def test_where_calls_are_made_the_sdk_is_told_a_code_and_the_number_rings(
    sqlite_database: Database, keys: Keys
) -> None:
    door = Door(sqlite_database, keys)
    by_call = CallerIds(
        exchange=door.exchange, database=door.database, keys=keys, clock=door.clock, ledger=door.house.ledger,
        operator=operator_of("AC" + "0" * 32, "+14155550100"), calls=CodeCalls(door.voice),
    )  # fmt: skip
    door.house = msgspec.structs.replace(door.house, caller_ids=by_call)
    async with door:
        asked = await asks(door, call_delay=2, extension="12#")
        ((call, wish),) = door.voice.made
        assert (len(asked.validation_code), asked.call_sid, call.recipient.text) == (6, call.id, CLINIC)
        assert (wish.delay, wish.digits) == (2, "12#")
        path = f"/2010-04-01/Accounts/{door.sid}/OutgoingCallerIds.json"
        texted = await door.ask("POST", path, data={"PhoneNumber": OTHER, "Channel": "sms"})
        assert texted.json()["validation_code"] is None
        await door.voice.close()
        await by_call.close()


async def test_fields_of_a_call_are_refused_by_name(office: Door) -> None:
    for field in ({"call_delay": 5}, {"extension": "12"}):
        with pytest.raises(TwilioRestException) as refused:
            await asks(office, **field)
        assert "by text" in str(refused.value)


async def test_a_code_that_the_policy_stops_is_told_so(office: Door) -> None:
    office.exchange.rule = finding(Verdict.REFUSE)
    refused = await office.ask(
        "POST", f"/2010-04-01/Accounts/{office.sid}/OutgoingCallerIds.json", data={"PhoneNumber": CLINIC}
    )
    assert (refused.status_code, "letter of authorization" in refused.json()["message"]) == (409, True)
    assert (await office.ask("GET", CLAIMS)).json()["caller_ids"][0]["status"] == "unsent"
    assert (await brings(office, in_the_text(office))).status_code == 409


async def test_the_customers_server_hears_that_it_is_proven(office: Door) -> None:
    sid = await proven(office, status_callback=HOOK, status_callback_method="GET")
    (heard,) = await told(office)
    assert heard == {
        "AccountSid": office.sid, "ApiVersion": "2010-04-01", "To": CLINIC, "VerificationStatus": "success",
        "OutgoingCallerIdSid": sid,
    }  # fmt: skip
    (row,) = await office.database.read(lambda c: c.execute(select(notices)).all())
    assert (row.target, row.body["method"]) == (HOOK, "GET")


async def test_no_code_is_kept_in_the_clear_nor_after_it_is_used(office: Door) -> None:
    await asks(office)
    code = in_the_text(office)
    kept = await office.database.read(lambda c: c.execute(select(caller_id_claims)).one())
    assert kept.hash
    assert not any(code in str(value) for value in (kept.hash, kept.letter, kept.because))
    await brings(office, code)
    assert (await office.database.read(lambda c: c.execute(select(caller_id_claims)).one())).hash == ""


# --- how long it holds -----------------------------------------------------------------------------------------------


async def test_a_proof_holds_for_a_year_and_is_renewed_under_its_sid(office: Door) -> None:
    sid = await proven(office, friendly_name="Clinic")
    await passes(office, GOOD - RENEWABLE)
    assert await proven(office) == sid
    assert (await office.ask("GET", f"{CLAIMS}?PhoneNumber=%2B{CLINIC[1:]}")).json()["caller_ids"][0][
        "status"
    ] == "proven"
    await passes(office, GOOD - timedelta(seconds=1))
    assert await right(office) == "code"
    await passes(office, timedelta(seconds=1))
    assert await right(office) == ""
    assert await asyncio.to_thread(office.sdk().outgoing_caller_ids.list) == []


async def test_a_number_that_changed_hands_here_is_not_proven_any_more(office: Door) -> None:
    await proven(office)
    stock = [{"number": CLINIC, "region": "US"}]
    await office.database.write(lambda c: numbers.put(c, stock, NOON))
    assert await right(office) == "code"  # it is for sale: nobody has it here
    await passes(office, timedelta(minutes=1))
    now, buyer = office.clock.now(), (await office.account())[0]
    await office.database.write(lambda c: numbers.buy(c, buyer, CLINIC, "PN" + "1" * 32, now, {}))
    assert await right(office) == ""
    await passes(office, timedelta(minutes=1))
    await proven(office)  # its new holder lets them show it
    assert await right(office) == "code"
    await passes(office, timedelta(minutes=1))
    await office.database.write(lambda c: numbers.release(c, buyer, "PN" + "1" * 32, office.clock.now()))
    assert await right(office) == ""


async def test_a_number_that_its_carrier_shut_down_is_not_proven_any_more(office: Door) -> None:
    await proven(office)
    person, later = office.keys.person(CLINIC), NOON + timedelta(days=3)

    def shut(connection: Connection) -> None:
        reachability.shut_down_put(connection, [{"person": person, "at": later}])

    await office.database.write(shut)
    assert await right(office) == ""


# --- by letter -------------------------------------------------------------------------------------------------------


async def test_a_letter_that_the_desk_confirms_proves_the_number(office: Door) -> None:
    sent = (await send(office, FriendlyName="Clinic", StatusCallback=HOOK)).json()
    assert (sent["status"], sent["grounds"], sent["holder"]) == ("pending", "loa", "St. Mary's Clinic")
    assert await right(office) == ""
    row = await decides(office, deeds.confirm, sent["sid"], digest=DIGEST.upper())
    assert (row.how, row.confirmed_by, row.friendly_name) == ("loa", "Ada", "Clinic")
    assert await right(office) == "loa"
    (shown,) = await asyncio.to_thread(office.sdk().outgoing_caller_ids.list)
    assert (shown.sid, shown.phone_number) == (row.sid, CLINIC)
    one = (await office.ask("GET", f"{CLAIMS}/{sent['sid']}")).json()
    assert (one["status"], one["date_decided"] is not None) == ("proven", True)
    assert [each["VerificationStatus"] for each in await told(office)] == ["success"]
    with pytest.raises(Conflict):
        await decides(office, deeds.refuse, sent["sid"])


async def test_a_letter_that_the_desk_refuses_proves_nothing_and_says_why(office: Door) -> None:
    sid = (await send(office)).json()["sid"]
    await decides(office, deeds.refuse, sid, "the clinic knows nothing of it")
    one = (await office.ask("GET", f"{CLAIMS}/{sid}")).json()
    assert (one["status"], one["because"]) == ("refused", "the clinic knows nothing of it")
    assert await right(office) == ""
    assert (await send(office)).status_code == 201  # another letter may be better


async def test_another_document_than_the_one_that_was_told_of_is_not_confirmed(office: Door) -> None:
    sid = (await send(office)).json()["sid"]
    with pytest.raises(BadInput, match="another"):
        await decides(office, deeds.confirm, sid, digest="0" * 64)
    with pytest.raises(NotFound):
        await decides(office, deeds.confirm, "CV" + "0" * 32)
    assert await right(office) == ""


async def test_a_letter_holds_for_a_year_from_its_signature(office: Door) -> None:
    signed = NOON - GOOD + timedelta(days=1)
    sid = (await send(office, SignedOn=f"{signed:%Y-%m-%d}")).json()["sid"]
    row = await decides(office, deeds.confirm, sid)
    assert row.expires_at == signed.replace(hour=0, minute=0, second=0) + GOOD


async def test_a_letter_that_grew_too_old_at_the_desk_is_not_confirmed(office: Door) -> None:
    sid = (await send(office, SignedOn=f"{NOON - GOOD + timedelta(days=1):%Y-%m-%d}")).json()["sid"]
    await passes(office, timedelta(days=2))
    with pytest.raises(Conflict, match="too old"):
        await decides(office, deeds.confirm, sid)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Grounds", "code"), ("Grounds", ""), ("PhoneNumber", "+1212"), ("Holder", ""), ("Holder", "x" * 129),
        ("Reference", ""), ("Reference", "x" * 257), ("SignedOn", "last May"),
        ("SignedOn", f"{NOON + timedelta(days=2):%Y-%m-%d}"), ("SignedOn", f"{NOON - GOOD:%Y-%m-%d}"),
        ("DocumentSha256", "abc"), ("FriendlyName", "x" * 65), ("StatusCallback", "ftp://example.com"),
        ("StatusCallbackMethod", "PUT"),
    ],
)  # fmt: skip
async def test_a_letter_that_can_not_be_used_is_refused_by_the_fields_name(
    office: Door, field: str, value: str
) -> None:
    refused = await send(office, **{field: value})
    assert refused.status_code == 400
    assert refused.json().get("details", {"field": field})["field"] == field


async def test_one_letter_a_number_waits_and_fifty_an_account(office: Door) -> None:
    assert (await send(office)).status_code == 201
    assert (await send(office)).status_code == 409
    for n in range(1, MOST_LETTERS):
        assert (await send(office, PhoneNumber=f"+121255501{n:02}")).status_code == (201 if n != 43 else 409)
    assert (await send(office, PhoneNumber="+12125550198")).status_code == 201
    assert (await send(office, PhoneNumber="+12125550199")).status_code == 409


# --- whose it is -----------------------------------------------------------------------------------------------------


async def test_another_account_sees_and_ends_none_of_it(office: Door) -> None:
    sid, letter = await proven(office), (await send(office, PhoneNumber=OTHER)).json()["sid"]
    other = await office.account()
    path = f"/2010-04-01/Accounts/{other[0]}/OutgoingCallerIds"
    for method in ("GET", "POST", "DELETE"):
        assert (await office.ask(method, f"{path}/{sid}.json", auth=other)).status_code == 404
    assert (await office.ask("GET", f"{path}.json", auth=other)).json()["outgoing_caller_ids"] == []
    assert (await office.ask("GET", f"{CLAIMS}/{letter}", auth=other)).status_code == 404
    assert (await office.ask("GET", CLAIMS, auth=other)).json()["caller_ids"] == []
    await asks(office, "+12125550145")
    assert (await brings(office, in_the_text(office), "+12125550145", auth=other)).status_code == 404
    keys = [(other[0], CLINIC), (office.sid, CLINIC)]
    now = office.clock.now()
    found = await office.database.read(lambda c: caller_ids.proven(c, keys, now))
    assert found == {(office.sid, CLINIC): "code"}
