"""Calls, with the SDK and without, on a virtual phone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from twilio.base.exceptions import TwilioRestException

from masstransit.carriage.recording import Asked
from masstransit.carriage.recording_events import EVENTS, Listener
from masstransit.carriage.voice.asking import Given, Where
from masstransit.carriage.voice.legs import Watch
from masstransit.carriage.voice.line import Cadence
from masstransit.carriage.voice.live import Detection
from masstransit.channels.loopback.calls import PhoneCall
from masstransit.model.call import Party
from masstransit.model.communication import Purpose, Voice
from masstransit.model.decision import Verdict
from masstransit.storage import calls
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.api.house import Door, finding
from tests.api.test_applications import an_application
from tests.makers import NOON, RECIPIENT, SENDER, a_call, a_record

HOOK, BACK, STATUS = (f"https://example.com/{name}" for name in ("voice", "again", "status"))
WAIT = '<Response><Pause length="60"/></Response>'
FORM = {"To": RECIPIENT, "From": SENDER, "Twiml": WAIT}


@pytest.fixture
async def door(sqlite_database: Database, keys: Keys) -> AsyncIterator[Door]:
    async with Door(sqlite_database, keys, allow_private=False) as running:
        yield running


async def make(door: Door, **fields: Any) -> dict[str, Any]:
    answer = await door.ask("POST", f"{door.calls}.json", data=FORM | fields)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def refused(door: Door, **fields: Any) -> tuple[int, int]:
    answer = await door.ask("POST", f"{door.calls}.json", data={k: v for k, v in (FORM | fields).items() if v})
    return answer.status_code, answer.json()["code"]


async def rings(door: Door) -> PhoneCall:
    async with asyncio.timeout(5):
        while not (found := [c for c in door.handsets.calls(RECIPIENT) if c.shown.state == "ringing"]):
            await asyncio.sleep(0.01)
    return found[0]


async def becomes(door: Door, sid: str, status: str) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    async with asyncio.timeout(5):
        while shown.get("status") != status:
            shown = (await door.ask("GET", f"{door.calls}/{sid}.json")).json()
    return shown


async def test_the_sdk_makes_fetches_ends_and_deletes_calls(door: Door) -> None:
    client = door.sdk()
    made = await asyncio.to_thread(client.calls.create, to=RECIPIENT, from_=SENDER, twiml=WAIT)
    assert (made.status, made.direction, made.to, made._from) == ("queued", "outbound-api", RECIPIENT, SENDER)
    (await rings(door)).take()
    await becomes(door, made.sid, "in-progress")
    with pytest.raises(TwilioRestException) as early:
        await asyncio.to_thread(client.calls(made.sid).delete)
    assert early.value.code == 20009
    ended = await asyncio.to_thread(client.calls(made.sid).update, status="completed")
    assert (ended.status, ended.duration, ended.price) == ("completed", "0", None)
    assert await asyncio.to_thread(client.calls(made.sid).delete)
    with pytest.raises(TwilioRestException) as gone:
        await asyncio.to_thread(client.calls(made.sid).fetch)
    assert gone.value.status == 404
    kept = await door.database.read(lambda c: calls.find(c, door.sid, made.sid))
    assert kept is not None  # what it counts for stays


async def test_a_call_is_taken_back_once(door: Door) -> None:
    sid = (await make(door))["sid"]
    await rings(door)
    path = f"{door.calls}/{sid}.json"
    assert (await door.ask("POST", path, data={"Status": "canceled"})).json()["status"] == "canceled"
    again = await door.ask("POST", path, data={"Status": "canceled"})
    assert (again.status_code, again.json()["code"]) == (400, 21220)


async def test_how_a_call_is_made_reaches_the_line(door: Door) -> None:
    form = {
        "To": RECIPIENT,
        "From": SENDER,
        "Url": HOOK,
        "Method": "GET",
        "FallbackUrl": BACK,
        "FallbackMethod": "GET",
        "StatusCallback": STATUS,
        "StatusCallbackEvent": ["ringing", "completed"],
        "StatusCallbackMethod": "GET",
        "Timeout": "20",
        "TimeLimit": "90",
        "SendDigits": "ww12#",
        "MachineDetection": "DetectMessageEnd",
        "MachineDetectionTimeout": "20",
        "MachineDetectionSpeechThreshold": "3000",
        "MachineDetectionSpeechEndThreshold": "900",
        "MachineDetectionSilenceTimeout": "4000",
        "AsyncAmd": "true",
        "AsyncAmdStatusCallback": STATUS,
        "AsyncAmdStatusCallbackMethod": "GET",
        "Purpose": "transactional",
        "Voice": "prerecorded",
        "EndUser": "shop-7",
        "Record": "true",
        "RecordingChannels": "dual",
        "RecordingTrack": "both",
        "RecordingStatusCallback": STATUS,
        "RecordingStatusCallbackEvent": "in-progress completed absent",
        "RecordingStatusCallbackMethod": "GET",
    }
    answer = await door.ask("POST", f"{door.calls}.json", data=form)
    assert answer.status_code == 201, answer.text
    ((call, wish),) = door.voice.made
    assert (call.recipient.text, call.sender.text, call.end_user) == (RECIPIENT, SENDER, "shop-7")
    assert (call.purpose, call.voice) == (Purpose.TRANSACTIONAL, Voice.PRERECORDED)
    assert call.source  # where a stolen credential would be used from
    assert wish.source == Where(url=HOOK, method="GET", fallback=BACK, fallback_method="GET")
    assert wish.watch == Watch(url=STATUS, method="GET", events=("ringing", "completed"))
    listener = Listener(url=STATUS, method="GET", events=EVENTS, base=door.url)
    assert wish.record == Asked(source="call", channels=2, listener=listener)
    assert (wish.rings, wish.longest, wish.digits) == (20, 90, "ww12#")
    cadence = Cadence(to_the_end=True, within=20.0, words=3.0, over=0.9, waits=0.9, nothing=4.0)
    assert wish.detect == Detection(cadence=cadence, beside=True, told=Watch(url=STATUS, method="GET"))


@pytest.mark.parametrize(
    ("verbs", "voice", "words"),
    [
        ("<Say>Hello</Say>", Voice.ARTIFICIAL, "Hello"),
        ("<Gather><Say>Press 9.</Say></Gather><Say>Bye</Say>", Voice.ARTIFICIAL, "Press 9.\nBye"),
        ("<Pause/><Gather><Play>https://shop.example/hello.wav</Play></Gather>", Voice.PRERECORDED, ""),
        ("<Dial>+14155550123</Dial><Say>Bye</Say>", Voice.LIVE, "Bye"),
    ],
)
async def test_what_speaks_is_what_the_document_says_and_else_what_is_stated(
    door: Door, verbs: str, voice: Voice, words: str
) -> None:
    form = {"To": RECIPIENT, "From": SENDER, "Twiml": f"<Response>{verbs}</Response>", "Voice": "live"}
    assert (await door.ask("POST", f"{door.calls}.json", data=form)).status_code == 201
    ((call, _),) = door.voice.made
    assert call.voice is voice
    assert (call.words, call.text) == (words, "")


async def test_a_caller_id_is_shown_instead(door: Door) -> None:
    assert (await make(door, CallerId="+14155550177"))["from"] == "+14155550177"


async def test_a_call_is_led_by_its_application(door: Door) -> None:
    sid = await an_application(door, VoiceUrl=HOOK, VoiceFallbackUrl=BACK, StatusCallback=STATUS)
    form = {"To": RECIPIENT, "From": SENDER, "ApplicationSid": sid}
    assert (await door.ask("POST", f"{door.calls}.json", data=form)).status_code == 201
    ((_, wish),) = door.voice.made
    assert wish.source == Where(url=HOOK, fallback=BACK)
    assert wish.watch == Watch(url=STATUS)


async def test_a_call_is_redirected(door: Door) -> None:
    sid = (await make(door))["sid"]
    path = f"{door.calls}/{sid}.json"
    early = await door.ask("POST", path, data={"Twiml": WAIT})
    assert early.json()["code"] == 21220
    phone = await rings(door)
    phone.take()
    await becomes(door, sid, "in-progress")
    said = "<Response><Say>Hello.</Say><Pause length='60'/></Response>"
    form = {"Url": HOOK, "Method": "GET", "FallbackUrl": BACK, "FallbackMethod": "GET"}
    for each in ({"Twiml": said}, form):
        assert (await door.ask("POST", path, data=each)).status_code == 200
        await asyncio.sleep(0.1)
    where = Where(url=HOOK, method="GET", fallback=BACK, fallback_method="GET")
    assert door.voice.redirected == [Given(said), where]
    assert phone.shown.heard[0] == "Hello."
    assert (await door.ask("POST", path, data={})).status_code == 400


async def test_calls_are_listed_by_what_they_are(door: Door) -> None:
    parent, leg, old = (f"CA{n:032x}" for n in (1, 2, 3))
    other, ago = "+13055550124", NOON - timedelta(days=3)
    rows = [
        a_call(id=parent, account=door.sid, channel="rest"),
        a_call(id=leg, account=door.sid, channel="twiml", recipient=other, parent=parent),
        a_call(id=old, account=door.sid, sender=other, at=ago),
    ]
    ended = msgspec.structs.replace(a_record(account=door.sid, offered_at=ago), id=old, released_by=Party.CALLEE)

    def keep(connection: Any) -> None:
        offered = [calls.offered(row, person="", status="queued", decision="", brief="") for row in rows]
        calls.add(connection, offered)
        calls.end(connection, [(ended, "completed")])

    await door.database.write(keep)
    list_, day = door.sdk().calls.list, timedelta(days=1)
    asked: list[tuple[dict[str, Any], list[str]]] = [
        ({}, [leg, parent, old]),
        ({"to": other}, [leg]),
        ({"from_": other}, [old]),
        ({"status": "completed"}, [old]),
        ({"parent_call_sid": parent}, [leg]),
        ({"start_time": ago.replace(hour=0)}, [old]),
        ({"start_time_before": NOON - day}, [old]),
        ({"start_time_after": NOON - day}, [leg, parent]),
        ({"end_time": ago.replace(hour=0)}, [old]),
        ({"end_time_before": NOON}, [old]),
        ({"end_time_after": NOON}, []),
    ]
    for filters, sids in asked:
        found = await asyncio.to_thread(list_, page_size=1, **filters)
        assert [call.sid for call in found] == sids, filters
    (told,) = await asyncio.to_thread(lambda: list_(status="completed"))
    assert (told.duration, told.direction) == ("45", "trunking-originating")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"To": ""}, 21201),
        ({"To": "nobody"}, 21217),
        ({"From": ""}, 21213),
        ({"From": "?"}, 21212),
        ({"Twiml": ""}, 21205),
        ({"Twiml": "", "Url": "http://10.0.0.1/"}, 21205),
        ({"Twiml": "", "Url": HOOK, "FallbackUrl": "ftp://example.com"}, 21205),
        ({"StatusCallback": "http://localhost/"}, 21609),
        ({"StatusCallback": STATUS, "StatusCallbackEvent": "sung"}, 20422),
        ({"ApplicationSid": "AP" + "0" * 32}, 21218),
        ({"Timeout": "601"}, 20422),
        ({"SendDigits": "12x"}, 20422),
        ({"Purpose": "fun"}, 20422),
        ({"Record": "maybe"}, 20422),
        ({"RecordingChannels": "dual"}, 20422),
        ({"MachineDetection": "Perhaps"}, 20422),
        ({"MachineDetectionTimeout": "20"}, 20422),
        ({"MachineDetection": "Enable", "MachineDetectionTimeout": "60"}, 20422),
        ({"MachineDetection": "Enable", "AsyncAmdStatusCallback": STATUS}, 20422),
        ({"IfMachine": "Hangup"}, 20422),
        ({"RecordingTrack": "inbound"}, 20422),
        ({"RecordingStatusCallback": STATUS, "RecordingStatusCallbackEvent": "sung"}, 20422),
    ],
)
async def test_what_can_not_be_called_is_said_in_the_sdks_codes(door: Door, fields: dict[str, str], code: int) -> None:
    assert await refused(door, **fields) == (400, code)
    assert door.voice.made == []


@pytest.mark.parametrize(
    ("verdict", "more", "told"),
    [
        (Verdict.REFUSE, {}, (400, 21216)),
        (Verdict.REFUSE, {"code": 21610}, (400, 21610)),
        (Verdict.REFUSE, {"code": 20005}, (403, 20005)),
        (Verdict.HOLD, {}, (400, 21216)),
        (Verdict.DELAY, {"until": NOON}, (400, 21216)),
        (Verdict.DELAY, {"until": NOON, "overload": True}, (429, 20429)),
    ],
)
async def test_what_is_not_let_out_is_refused_at_once_and_never_was_a_call(
    door: Door, verdict: Verdict, more: dict[str, Any], told: tuple[int, int]
) -> None:
    door.exchange.rule = finding(verdict, **more)
    answer = await door.ask("POST", f"{door.calls}.json", data=FORM)
    assert (answer.status_code, answer.json()["code"]) == told
    assert answer.json()["details"]["clause"] == "7"
    assert door.handsets.calls(RECIPIENT) == []
    assert (await door.ask("GET", f"{door.calls}.json")).json()["calls"] == []


async def test_a_call_in_quiet_hours_is_told_when_it_may_ring(door: Door) -> None:
    door.exchange.rule = finding(Verdict.DELAY, until=door.clock.now() + timedelta(hours=2))
    answer = await door.ask("POST", f"{door.calls}.json", data=FORM)
    assert (answer.status_code, answer.json()["code"]) == (400, 21216)
    assert 7100 < int(answer.headers["retry-after"]) <= 7200
    assert door.handsets.calls(RECIPIENT) == []


async def test_one_call_too_many_is_told_before_it_is_offered(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door.handsets, "crowded", lambda account, number, beside: "as many as may be")
    answer = await door.ask("POST", f"{door.calls}.json", data=FORM)
    assert (answer.status_code, answer.json()["code"]) == (429, 10004)
    assert answer.headers["retry-after"] == "10"
    assert door.voice.made == []


async def test_a_house_without_a_trunk_for_calls_says_so(sqlite_database: Database, keys: Keys) -> None:
    mute = Door(sqlite_database, keys)
    mute.house = msgspec.structs.replace(mute.house, voice=None)
    async with mute:
        assert await refused(mute) == (400, 21214)


async def test_a_call_of_another_account_is_not_found(door: Door) -> None:
    sid, other = (await make(door))["sid"], await door.account()
    answer = await door.ask("GET", f"/2010-04-01/Accounts/{other[0]}/Calls/{sid}.json", auth=other)
    assert answer.status_code == 404
