"""Calls that are to be made later, with the SDK and without; time is the test's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from twilio.base.exceptions import TwilioRestException

from masstransit.carriage.voice.asking import Given, Where
from masstransit.clock import HandClock
from masstransit.model.communication import Voice
from masstransit.model.decision import Verdict
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.api.house import Door, finding
from tests.makers import NOON, RECIPIENT, SENDER

HOOK, STATUS = "https://example.com/voice", "https://example.com/status"
WAIT = '<Response><Pause length="60"/></Response>'
HOUR = timedelta(hours=1)
FORM = {"To": RECIPIENT, "From": SENDER, "Twiml": WAIT}
LATER = {"ScheduleType": "fixed", "SendAt": (NOON + HOUR).isoformat()}
FULL: dict[str, Any] = {
    "To": RECIPIENT,
    "From": SENDER,
    "Url": HOOK,
    "FallbackUrl": HOOK,
    "StatusCallback": STATUS,
    "StatusCallbackEvent": ["ringing", "completed"],
    "Timeout": "20",
    "TimeLimit": "90",
    "SendDigits": "ww12#",
    "MachineDetection": "Enable",
    "MachineDetectionTimeout": "20",
    "AsyncAmd": "true",
    "AsyncAmdStatusCallback": STATUS,
    "Purpose": "transactional",
    "Voice": "prerecorded",
    "EndUser": "shop-7",
    "Record": "true",
    "RecordingStatusCallback": STATUS,
}


@pytest.fixture
async def door(sqlite_database: Database, keys: Keys) -> AsyncIterator[Door]:
    async with Door(sqlite_database, keys, HandClock(NOON), allow_private=False) as running:
        yield running


def passes(door: Door, by: timedelta) -> None:
    """Let time pass; nobody sleeps."""
    assert isinstance(door.clock, HandClock)
    door.clock.set(door.clock.now() + by)


async def post(door: Door, sid: str = "", **fields: Any) -> Any:
    return await door.ask("POST", f"{door.calls}{sid and '/' + sid}.json", data=fields)


async def scheduled(door: Door, **fields: Any) -> str:
    answer = await post(door, **{**FORM, **LATER, **fields})
    assert (answer.status_code, answer.json()["status"]) == (201, "scheduled"), answer.text
    sid: str = answer.json()["sid"]
    return sid


async def fetched(door: Door, sid: str) -> dict[str, Any]:
    shown: dict[str, Any] = (await door.ask("GET", f"{door.calls}/{sid}.json")).json()
    return shown


async def test_a_call_is_scheduled_rings_when_it_is_due_and_is_a_call_like_any_other(door: Door) -> None:
    sid = await scheduled(door)
    shown = await fetched(door, sid)
    assert (shown["status"], shown["direction"], shown["start_time"]) == ("scheduled", "outbound-api", None)
    assert (shown["to"], shown["send_at"]) == (RECIPIENT, "Wed, 03 Jun 2026 18:00:00 +0000")
    passes(door, HOUR - timedelta(seconds=1))
    await door.scheduling.look()
    assert door.voice.made == []
    passes(door, timedelta(seconds=1))
    await door.scheduling.look()
    ((call, _),) = door.voice.made
    assert (call.id, call.at, call.send_at) == (sid, NOON + HOUR, None)
    shown = await fetched(door, sid)
    assert shown["status"] in {"queued", "ringing"}
    assert "send_at" not in shown
    assert (await post(door, sid, Status="canceled")).json()["status"] == "canceled"


async def test_it_is_made_as_it_would_have_been_made_at_once(door: Door) -> None:
    await scheduled(door, **FULL, Twiml="")
    assert (await post(door, **FULL)).status_code == 201
    passes(door, HOUR)
    await door.scheduling.look()
    (first, first_wish), (second, second_wish) = door.voice.made
    assert second_wish == first_wish
    assert second == msgspec.structs.replace(first, id=second.id, at=NOON + HOUR)


async def test_the_sdk_schedules_lists_takes_back_and_deletes(door: Door) -> None:
    client, sids = door.sdk(), [await scheduled(door) for _ in range(3)]
    assert (await post(door, **FORM)).status_code == 201
    waiting = await asyncio.to_thread(client.calls.list, status="scheduled", page_size=1)
    assert sorted(call.sid for call in waiting) == sorted(sids)
    assert len(await asyncio.to_thread(client.calls.list, page_size=1)) == 4
    one = client.calls(sids[0])
    with pytest.raises(TwilioRestException) as early:
        await asyncio.to_thread(one.delete)
    assert early.value.code == 20009
    taken = await asyncio.to_thread(one.update, status="canceled")
    assert (taken.status, taken.duration) == ("canceled", "0")
    with pytest.raises(TwilioRestException) as again:
        await asyncio.to_thread(one.update, status="canceled")
    assert again.value.code == 21220
    (found,) = await asyncio.to_thread(client.calls.list, status="canceled")
    assert found.sid == sids[0]
    assert await asyncio.to_thread(one.delete)
    assert await asyncio.to_thread(client.calls.list, status="canceled") == []
    passes(door, HOUR)
    await door.scheduling.look()
    assert sorted(call.id for call, _ in door.voice.made[1:]) == sorted(sids[1:])


async def test_another_document_leads_a_call_that_waits(door: Door) -> None:
    sid = await scheduled(door)
    said = "<Response><Say>Hello.</Say></Response>"
    assert (await post(door, sid, Twiml=said)).json()["status"] == "scheduled"
    other = await scheduled(door, Twiml=said)
    assert (await post(door, other, Url=HOOK, Method="GET")).status_code == 200
    for wrong in ({"Status": "completed"}, {}):
        assert (await post(door, sid, **wrong)).status_code == 400
    passes(door, HOUR)
    await door.scheduling.look()
    made = {call.id: (call, wish) for call, wish in door.voice.made}
    call, wish = made[sid]
    assert (call.voice, call.words, wish.source) == (Voice.ARTIFICIAL, "Hello.", Given(said))
    call, wish = made[other]
    assert (call.voice, call.words, wish.source) == (Voice.ARTIFICIAL, "", Where(url=HOOK, method="GET"))


async def test_a_document_that_may_not_be_said_does_not_lead_a_call_that_waits(door: Door) -> None:
    sid = await scheduled(door)
    door.exchange.rule = finding(Verdict.REFUSE)
    assert (await post(door, sid, Twiml="<Response><Say>Hello.</Say></Response>")).json()["code"] == 21216
    door.exchange.rule = lambda _: ()
    passes(door, HOUR)
    await door.scheduling.look()
    ((_, wish),) = door.voice.made
    assert wish.source == Given(WAIT)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"ScheduleType": "", "SendAt": LATER["SendAt"]}, "ScheduleType"),
        ({"SendAt": ""}, "SendAt"),
        ({"SendAt": "soon"}, "SendAt"),
        ({"SendAt": (NOON + timedelta(minutes=14)).isoformat()}, "SendAt"),
        ({"SendAt": (NOON + timedelta(days=36)).isoformat()}, "SendAt"),
        ({"ScheduleType": "daily"}, "ScheduleType"),
        ({"To": "nobody"}, "To"),
    ],
)
async def test_what_can_not_be_scheduled_is_refused_by_its_field(
    door: Door, fields: dict[str, str], field: str
) -> None:
    answer = await post(door, **(FORM | LATER | fields))
    assert (answer.status_code, answer.json()["details"]["field"]) == (400, field)
    assert (await door.ask("GET", f"{door.calls}.json")).json()["calls"] == []


@pytest.mark.parametrize(
    ("verdict", "more", "taken"),
    [
        (Verdict.REFUSE, {}, False),
        (Verdict.FLAG, {}, True),
        (Verdict.HOLD, {}, True),
        (Verdict.DELAY, {"until": NOON + HOUR}, True),
        (Verdict.DELAY, {"until": NOON + 2 * HOUR}, False),
        (Verdict.DELAY, {"until": NOON + timedelta(seconds=1), "overload": True}, True),
    ],
)
async def test_what_will_stand_in_its_way_is_told_at_once(
    door: Door, verdict: Verdict, more: dict[str, Any], taken: bool
) -> None:
    door.exchange.rule = finding(verdict, **more)
    answer = await post(door, **FORM, **LATER)
    assert answer.status_code == (201 if taken else 400)
    if not taken:
        assert answer.json()["details"]["clause"] == "7"
        assert (await door.ask("GET", f"{door.calls}.json")).json()["calls"] == []


async def test_a_hold_of_what_it_says_is_told_at_once(door: Door) -> None:
    door.exchange.rule = finding(Verdict.HOLD)
    said = "<Response><Say>Hello.</Say></Response>"
    assert (await post(door, **(FORM | LATER | {"Twiml": said}))).json()["code"] == 21216


async def test_one_that_is_not_let_out_when_it_is_due_has_failed(door: Door) -> None:
    sid = await scheduled(door)
    door.exchange.rule = finding(Verdict.REFUSE, code=21610)
    passes(door, HOUR)
    await door.scheduling.look()
    shown = await fetched(door, sid)
    assert (shown["status"], shown["end_time"]) == ("failed", "Wed, 03 Jun 2026 18:00:00 +0000")
    (alert,) = (await door.ask("GET", "/monitor/v1/Alerts")).json()["alerts"]
    assert (alert["error_code"], alert["resource_sid"]) == ("21610", sid)
    assert (await door.ask("DELETE", f"{door.calls}/{sid}.json")).status_code == 204
    assert (await door.ask("GET", f"{door.calls}/{sid}.json")).status_code == 404


async def test_test_credentials_are_answered_the_same_and_nothing_is_kept(door: Door) -> None:
    who = await door.account(test=True)
    path, form = f"/2010-04-01/Accounts/{who[0]}/Calls.json", FORM | LATER | {"From": "+15005550006"}
    answer = await door.ask("POST", path, data=form, auth=who)
    assert (answer.status_code, answer.json()["status"]) == (201, "scheduled")
    passes(door, HOUR)
    await door.scheduling.look()
    assert door.voice.made == []


async def test_a_house_without_a_trunk_for_calls_schedules_none(sqlite_database: Database, keys: Keys) -> None:
    mute = Door(sqlite_database, keys, HandClock(NOON))
    mute.house = msgspec.structs.replace(mute.house, voice=None, scheduling=None)
    async with mute:
        assert (await post(mute, **FORM, **LATER)).json()["code"] == 21214


async def test_one_of_another_account_is_not_found(door: Door) -> None:
    sid, other = await scheduled(door), await door.account()
    path = f"/2010-04-01/Accounts/{other[0]}/Calls/{sid}.json"
    for method, data in (("GET", {}), ("POST", {"Status": "canceled"}), ("DELETE", {})):
        assert (await door.ask(method, path, data=data, auth=other)).status_code == 404
