"""Calls that customers' documents lead, over a carrier's trunk: signalling by hand, and the sound of a real phone."""

from __future__ import annotations

import asyncio
import contextlib
import io
import sqlite3
import wave
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import numpy as np
import pytest

from tests.stories.conftest import needed
from tests.stories.house import House, eventually
from tests.stories.sip_by_hand import Hand
from tests.stories.sipp import SHORT_CALLS, Carrier
from tests.stories.talker import LOUD, RATE, Talker, linear, strength
from tests.stories.test_carriers import consent
from tests.stories.test_python_sdk import client_of
from tests.stories.test_webhooks import Listener, listener

__all__ = ["listener"]

PERSON, OTHER = "+12125550188", "+13055550189"  # none of the demo's phones
OURS, THEIRS = 880, 440  # pitches


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Carrier]]:
    carrier = Carrier()
    config = f"{SHORT_CALLS}[webhooks]\nallow_private = true\n{carrier.trunk}"
    folder = tmp_path_factory.mktemp("led") / "house"
    with House(folder, config=config, MASSTRANSIT_SIP="127.0.0.1:0") as house:
        house.stop()
        consent(house, folder, [PERSON, OTHER])  # a voice that is no person's calls nobody without it (rule 7.1.2)
        house.start()
        yield house, carrier
    carrier.close()


@pytest.fixture
def far(served: tuple[House, Carrier]) -> Iterator[Hand]:
    """The called person's side, behind the carrier."""
    hand = Hand()
    served[1].plays = hand.port
    yield hand
    hand.close()


def a_tone(seconds: float) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(RATE)
        times = np.arange(int(seconds * RATE)) / RATE
        made.writeframes((LOUD * np.sin(2 * np.pi * OURS * times)).astype("<i2").tobytes())
    return file.getvalue()


def record(house: House, sid: str) -> dict[str, Any]:
    """The call as it is on record, once it is over."""

    def over() -> dict[str, Any]:
        with contextlib.closing(sqlite3.connect(f"file:{house.data}/masstransit.db?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            row = db.execute("SELECT * FROM calls WHERE sid = ?", (sid,)).fetchone()
        return dict(row) if row is not None and row["ended_at"] else {}

    found: dict[str, Any] = eventually(over, within=5.0)
    return found


async def hears(phone: Talker, pitch: float) -> None:
    async with asyncio.timeout(5):
        while strength(linear(bytes(phone.heard[-1600:])), pitch) < LOUD / 2:
            await asyncio.sleep(0.02)


async def test_a_call_by_the_api_is_heard_and_its_keys_reach_the_webhook(
    served: tuple[House, Carrier], far: Hand, listener: Listener
) -> None:
    house, _ = served
    client, number = client_of(house), house.demo["numbers"][0]
    listener.sounds["/menu.wav"] = a_tone(6.0)
    listener.answers["/keys"] = '<Response><Pause length="20"/></Response>'
    menu = f'<Gather numDigits="2" action="{listener.url}/keys"><Play>{listener.url}/menu.wav</Play></Gather>'
    made = await asyncio.to_thread(
        lambda: client.calls.create(
            from_=number,
            to=PERSON,
            twiml=f"<Response>{menu}</Response>",
            status_callback=f"{listener.url}/status",
            status_callback_event=["initiated", "ringing", "answered", "completed"],
        )
    )
    asked = await asyncio.to_thread(far.hear, "INVITE")
    assert f"sip:{number}@" in asked.value("from")
    assert asked.value("p-asserted-identity").startswith(f"<sip:{number}@")
    far.respond(asked, 180, "Ringing")
    phone = await Talker.open(THEIRS)
    far.respond(asked, 200, "OK", body=phone.description())
    phone.call(asked.body)
    ack = await asyncio.to_thread(far.hear, "ACK")
    await hears(phone, OURS)
    for key in "4#2":
        await phone.press(key)
    (keys,) = await asyncio.to_thread(eventually, lambda: listener.told("/keys"))
    assert (keys["Digits"], keys["CallSid"], keys["To"]) == ("4", made.sid, PERSON)  # # ends what is gathered
    await asyncio.to_thread(far.hang_up, asked, ack)
    kept = await asyncio.to_thread(record, house, made.sid)
    assert (kept["status"], kept["response"], kept["released_by"], kept["trunk"]) == (
        "completed", 200, "callee", "carrier",
    )  # fmt: skip
    assert kept["answered_at"] >= kept["ringing_at"] >= kept["offered_at"]
    told = await asyncio.to_thread(eventually, lambda: (t := listener.told("/status"))[3:] and t)
    assert {t["CallStatus"] for t in told} == {"queued", "ringing", "in-progress", "completed"}
    phone.hang_up()


async def test_a_call_by_the_api_that_is_taken_back_stops_to_ring(served: tuple[House, Carrier], far: Hand) -> None:
    house, _ = served
    client, number = client_of(house), house.demo["numbers"][0]
    twiml = '<Response><Pause length="9"/></Response>'
    made = await asyncio.to_thread(lambda: client.calls.create(from_=number, to=PERSON, twiml=twiml))
    asked = await asyncio.to_thread(far.hear, "INVITE")
    far.respond(asked, 180, "Ringing")
    await asyncio.to_thread(eventually, lambda: client.calls(made.sid).fetch().status == "ringing")
    await asyncio.to_thread(lambda: client.calls(made.sid).update(status="canceled"))
    far.respond(await asyncio.to_thread(far.hear, "CANCEL"), 200, "OK")
    far.respond(asked, 487, "Request Terminated")
    assert (await asyncio.to_thread(record, house, made.sid))["status"] == "canceled"


async def test_a_busy_person_is_told_as_busy(served: tuple[House, Carrier], far: Hand) -> None:
    house, _ = served
    client, number = client_of(house), house.demo["numbers"][0]
    made = await asyncio.to_thread(lambda: client.calls.create(from_=number, to=PERSON, twiml="<Response/>"))
    far.respond(await asyncio.to_thread(far.hear, "INVITE"), 486, "Busy Here")
    kept = await asyncio.to_thread(record, house, made.sid)
    assert (kept["status"], kept["response"], kept["released_by"], kept["trunk"]) == ("busy", 486, "callee", "carrier")


async def test_words_are_spoken_and_the_call_ends_behind_them(served: tuple[House, Carrier], far: Hand) -> None:
    needed("espeak-ng")
    house, _ = served
    client, number = client_of(house), house.demo["numbers"][0]
    twiml = "<Response><Say>Your table is ready.</Say></Response>"
    made = await asyncio.to_thread(lambda: client.calls.create(from_=number, to=PERSON, twiml=twiml))
    asked, phone = await asyncio.to_thread(far.hear, "INVITE"), await Talker.open(THEIRS)
    far.respond(asked, 200, "OK", body=phone.description())
    phone.call(asked.body)
    far.respond(await asyncio.to_thread(far.hear, "BYE"), 200, "OK")
    heard = linear(bytes(phone.heard))
    loud = [part for part in np.array_split(heard, len(heard) // 160) if np.sqrt(np.mean(part**2)) > 500]
    assert len(loud) > 25  # half a second of speech
    kept = await asyncio.to_thread(record, house, made.sid)
    assert (kept["status"], kept["released_by"]) == ("completed", "caller")
    phone.hang_up()


async def test_two_people_whom_a_document_joins_hear_each_other_and_part_together(
    served: tuple[House, Carrier], far: Hand
) -> None:
    house, _ = served
    client, number = client_of(house), house.demo["numbers"][0]
    twiml = f'<Response><Dial callerId="{number}">{OTHER}</Dial></Response>'
    made = await asyncio.to_thread(lambda: client.calls.create(from_=number, to=PERSON, twiml=twiml))
    phones = [await Talker.open(THEIRS), await Talker.open(OURS)]
    legs = []
    for phone in phones:
        asked = await asyncio.to_thread(far.hear, "INVITE")
        far.respond(asked, 200, "OK", body=phone.description())
        phone.call(asked.body)
        legs.append((asked, await asyncio.to_thread(far.hear, "ACK")))
    assert [f"sip:{number}@" in asked.value("from") for asked, _ in legs] == [True, True]
    assert OTHER in legs[1][0].start
    await hears(phones[0], OURS)
    await hears(phones[1], THEIRS)
    await asyncio.to_thread(far.hang_up, *legs[0])
    bye = await asyncio.to_thread(far.hear, "BYE")
    assert OTHER in bye.value("to")
    far.respond(bye, 200, "OK")
    (second,) = await asyncio.to_thread(lambda: client.calls.list(parent_call_sid=made.sid))
    ends = [await asyncio.to_thread(record, house, sid) for sid in (made.sid, second.sid)]
    assert [(each["status"], each["released_by"]) for each in ends] == [
        ("completed", "callee"),
        ("completed", "caller"),
    ]
    for phone in phones:
        phone.hang_up()


async def test_a_call_from_a_carrier_is_led_by_its_numbers_document(
    served: tuple[House, Carrier], listener: Listener
) -> None:
    house, _ = served
    client, number = client_of(house), house.demo["numbers"][0]
    listener.sounds["/hello.wav"] = a_tone(0.5)
    play = f"<Play>{listener.url}/hello.wav</Play>"
    listener.answers["/in"] = f'<Response><Gather numDigits="1" action="/keys">{play}</Gather></Response>'
    listener.answers["/keys"] = "<Response><Hangup/></Response>"

    def lead() -> None:
        (owned,) = client.incoming_phone_numbers.list(phone_number=number)
        client.incoming_phone_numbers(owned.sid).update(voice_url=f"{listener.url}/in", voice_method="POST")

    await asyncio.to_thread(lead)
    outside = Hand(house.sip, host="127.0.0.9")  # the carrier's address for what comes in
    phone = await Talker.open(THEIRS)
    outside.say(outside.request("INVITE", outside.uri(number), sender=PERSON, body=phone.description()))
    answered = await asyncio.to_thread(outside.hear, 200)
    outside.ack(answered, number, PERSON)
    phone.call(answered.body)
    await hears(phone, OURS)
    await phone.press("6")
    outside.respond(await asyncio.to_thread(outside.hear, "BYE"), 200, "OK")
    (asked,) = listener.told("/in")
    assert (asked["From"], asked["To"], asked["Direction"]) == (PERSON, number, "inbound")
    assert [each["Digits"] for each in listener.told("/keys")] == ["6"]
    kept = await asyncio.to_thread(record, house, asked["CallSid"])
    assert (kept["status"], kept["direction"], kept["trunk"], kept["released_by"]) == (
        "completed", "inbound", "carrier", "callee",
    )  # fmt: skip
    phone.hang_up()
    outside.close()


async def test_what_somebody_says_after_the_tone_is_recorded_from_the_tone_on(
    served: tuple[House, Carrier], far: Hand
) -> None:
    house, _ = served
    client, number = client_of(house), house.demo["numbers"][0]
    twiml = '<Response><Record maxLength="2" timeout="9" finishOnKey="#"/></Response>'
    made = await asyncio.to_thread(lambda: client.calls.create(from_=number, to=PERSON, twiml=twiml))
    asked, phone = await asyncio.to_thread(far.hear, "INVITE"), await Talker.open(THEIRS)
    far.respond(asked, 200, "OK", body=phone.description())
    phone.call(asked.body)
    far.respond(await asyncio.to_thread(far.hear, "BYE"), 200, "OK")
    await asyncio.to_thread(record, house, made.sid)
    (kept,) = await asyncio.to_thread(lambda: client.recordings.list(call_sid=made.sid))
    assert (kept.status, kept.source) == ("completed", "RecordVerb")
    url = f"{house.http}/2010-04-01/Accounts/{kept.account_sid}/Recordings/{kept.sid}.wav"
    async with httpx.AsyncClient(auth=(house.demo["account_sid"], house.demo["auth_token"])) as reader:
        with wave.open(io.BytesIO((await reader.get(url)).content)) as sound:
            samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
    assert await asyncio.to_thread(lambda: client.recordings(kept.sid).fetch().duration) in {"1", "2"}
    assert await asyncio.to_thread(lambda: client.recordings(kept.sid).delete())
    assert await asyncio.to_thread(lambda: client.recordings.list(call_sid=made.sid)) == []
    assert 1.0 < len(samples) / RATE <= 2.5
    assert strength(samples.astype(float), THEIRS) > LOUD / 2
    assert strength(samples.astype(float), 1000) < LOUD / 20  # the tone itself came before
    phone.hang_up()


async def test_two_who_meet_are_recorded_once_both_have_agreed(
    served: tuple[House, Carrier], far: Hand, listener: Listener
) -> None:
    house, _ = served
    client, number = client_of(house), house.demo["numbers"][0]
    told = f'recordingStatusCallback="{listener.url}/taped" recordingStatusCallbackEvent="in-progress completed"'
    twiml = f'<Response><Dial><Conference record="record-from-start" {told}>all</Conference></Dial></Response>'
    phones, legs = [await Talker.open(THEIRS), await Talker.open(OURS)], []
    for phone, person in zip(phones, (PERSON, OTHER), strict=True):
        await asyncio.to_thread(partial(client.calls.create, from_=number, to=person, twiml=twiml))
        asked = await asyncio.to_thread(far.hear, "INVITE")
        far.respond(asked, 200, "OK", body=phone.description())
        phone.call(asked.body)
        legs.append((asked, await asyncio.to_thread(far.hear, "ACK")))
    (room,) = await asyncio.to_thread(eventually, lambda: client.conferences.list(friendly_name="all"))
    mine = room.recordings
    async with asyncio.timeout(40):
        while not listener.told("/taped"):  # each is told, one after the other, and agrees by a key
            for phone in phones:
                await phone.press("1")
            await asyncio.sleep(0.5)
    (begun,) = listener.told("/taped")
    assert (begun["RecordingStatus"], begun["ConferenceSid"], begun["RecordingSource"]) == (
        "in-progress", room.sid, "Conference",
    )  # fmt: skip
    await asyncio.sleep(1.0)
    for leg in legs:
        await asyncio.to_thread(far.hang_up, *leg)
    await asyncio.to_thread(eventually, lambda: listener.told("/taped")[1:])
    (kept,) = await asyncio.to_thread(mine.list)
    assert (kept.sid, kept.status, kept.conference_sid) == (begun["RecordingSid"], "completed", room.sid)
    url = f"{house.http}/2010-04-01/Accounts/{kept.account_sid}/Recordings/{kept.sid}.wav"
    async with httpx.AsyncClient(auth=(house.demo["account_sid"], house.demo["auth_token"])) as reader:
        with wave.open(io.BytesIO((await reader.get(url)).content)) as sound:
            samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(float)
    both = samples[RATE * 4 // 10 : RATE * 8 // 10]
    assert [strength(both, pitch) > LOUD / 4 for pitch in (THEIRS, OURS)] == [True, True]
    for phone in phones:
        phone.hang_up()
