"""Voice mail over SIP: signalling by hand, phones that talk RTP and are not ours."""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
import sqlite3
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from twilio.request_validator import RequestValidator

from tests.stories.house import House, eventually
from tests.stories.sip_by_hand import Hand
from tests.stories.sipp import Carrier
from tests.stories.talker import LOUD, RATE, Talker, linear, strength
from tests.stories.test_led_sip_calls import a_tone, hears
from tests.stories.test_webhooks import Listener, listener

__all__ = ["listener"]
pytestmark = pytest.mark.story

PERSON = "+12125550188"
BEFORE, MESSAGE, GREETING, TONE = 600, 440, 880, 1000  # pitches; the greeting's is that of `a_tone`
OWNER = "reception"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, dict[str, str]]]:
    """A house with a carrier, and the login of the phone of the demo's first number."""
    carrier = Carrier()
    config = f"[webhooks]\nallow_private = true\n{carrier.trunk}"
    with House(tmp_path_factory.mktemp("voicemail") / "house", config=config, MASSTRANSIT_SIP="127.0.0.1:0") as house:
        demo = house.demo
        made = house.run("sip-login", demo["account_sid"], OWNER, "--number", demo["numbers"][0])
        assert made.returncode == 0, made.stderr
        password = re.search(r"password = (\S+)", made.stdout)
        assert password is not None
        yield house, {"username": OWNER, "password": password[1]}
    carrier.close()


@pytest.fixture
async def api(served: tuple[House, Any]) -> Any:
    """The policy's API, as the demo's customer."""
    house, _ = served
    async with httpx.AsyncClient(
        base_url=f"{house.http}/policy/v1", auth=(house.demo["account_sid"], house.demo["auth_token"])
    ) as client:
        yield client


def register(phone: Hand, login: dict[str, str]) -> None:
    """The owner's phone is there."""
    registrar, to = f"sip:{phone.server[0]}:{phone.server[1]}", f"<sip:{OWNER}@127.0.0.1>"
    phone.say(phone.request("REGISTER", registrar, sender=OWNER, to=to))
    proof = phone.proof(phone.hear(401), login, "REGISTER", registrar)
    phone.say(phone.request("REGISTER", registrar, proof, sender=OWNER, to=to))
    phone.hear(200)


async def calls(outside: Hand, number: str) -> Talker:
    """A person calls by the carrier."""
    phone = await Talker.open(BEFORE)
    outside.say(outside.request("INVITE", outside.uri(number), sender=PERSON, body=phone.description()))
    return phone


async def speaks_after_the_tone(phone: Talker, outside: Hand, number: str) -> None:
    """The mailbox answers, and they hear its greeting and its tone."""
    answered = await asyncio.to_thread(outside.hear, 200)
    outside.ack(answered, number, PERSON)
    phone.call(answered.body)
    await hears(phone, GREETING)
    await hears(phone, TONE)
    phone.pitch = MESSAGE


async def heard_words(phone: Talker, seconds: float) -> None:
    """Something was said for so long in all."""
    async with asyncio.timeout(8):
        while True:
            heard = linear(bytes(phone.heard))
            frames = heard[: len(heard) // 160 * 160].reshape(-1, 160)
            if np.count_nonzero(frames.std(axis=1) > 500) * 0.02 >= seconds:
                return
            await asyncio.sleep(0.02)


def samples_of(content: bytes) -> Any:
    with wave.open(io.BytesIO(content)) as sound:
        assert (sound.getnchannels(), sound.getframerate()) == (1, RATE)
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(float)


def on_record(house: House, query: str, *values: str) -> list[dict[str, Any]]:
    with contextlib.closing(sqlite3.connect(f"file:{house.data}/masstransit.db?mode=ro", uri=True)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(query, values)]


def sounds(house: House) -> set[str]:
    """The recordings whose sound is there."""
    return {each.parent.name for each in Path(house.data).glob("recordings/RE*/leg-*.wav")}


async def test_a_message_is_left_told_heard_by_keys_and_deleted(
    served: tuple[House, dict[str, str]], api: httpx.AsyncClient, listener: Listener
) -> None:
    house, login = served
    number = house.demo["numbers"][0]
    listener.sounds["/hello.wav"] = a_tone(0.5)
    told = {"NotifyUrl": f"{listener.url}/left", "GreetingUrl": f"{listener.url}/hello.wav", "FriendlyName": "Front"}
    made = await api.post("/Mailboxes", data={"PhoneNumber": number, **told})
    assert made.status_code == 201, made.text
    box = made.json()

    # the number's own phone rings first; nobody has time
    owner = Hand(house.sip)
    await asyncio.to_thread(register, owner, login)
    outside = Hand(house.sip, host="127.0.0.9")
    caller = await calls(outside, number)
    ringing = await asyncio.to_thread(owner.hear, "INVITE")
    assert f"sip:{PERSON}@" in ringing.value("from")
    await asyncio.to_thread(outside.hear, 180)
    owner.respond(ringing, 486, "Busy Here")
    await speaks_after_the_tone(caller, outside, number)
    await asyncio.sleep(2.0)
    await caller.press("#")
    outside.respond(await asyncio.to_thread(outside.hear, "BYE", within=6.0), 200, "OK")
    caller.hang_up()

    # told, and there by the API
    (left,) = await asyncio.to_thread(eventually, lambda: listener.told("/left"))
    assert (left["From"], left["To"], left["MailboxSid"], left["VoicemailStatus"]) == (
        PERSON,
        number,
        box["sid"],
        "new",
    )
    assert "TranscriptionBasis" not in left
    params, signature = next((p, s) for path, p, s in listener.heard if path == "/left")
    assert RequestValidator(house.demo["auth_token"]).validate(f"{listener.url}/left", params, signature)
    (message,) = (await api.get("/Voicemails", params={"Mailbox": box["sid"]})).json()["voicemails"]
    assert (message["sid"], message["status"], message["from"]) == (left["VoicemailSid"], "new", PERSON)
    sound = await api.get(left["RecordingUrl"])
    kept = samples_of(sound.content)
    assert 1.0 < len(kept) / RATE < 3.5
    assert strength(kept[:RATE], MESSAGE) > LOUD / 2
    assert strength(kept, BEFORE) < LOUD / 50
    assert strength(kept, TONE) < LOUD / 50
    both = "SELECT status, parent FROM calls WHERE ended_at IS NOT NULL AND (sid = ? OR parent = ?) ORDER BY sid"
    legs = await asyncio.to_thread(
        eventually, lambda: (rows := on_record(house, both, left["CallSid"], left["CallSid"]))[1:] and rows
    )
    assert [tuple(row.values()) for row in legs] == [("completed", None), ("busy", left["CallSid"])]
    (decided,) = on_record(house, "SELECT * FROM decisions WHERE subject = ?", message["sid"])
    assert decided["verdict"] == "ALLOW"

    # the owner's phone calls its own number
    phone = await Talker.open(BEFORE)
    await asyncio.to_thread(owner.invite, number, login, number, body=phone.description())
    answered = await asyncio.to_thread(owner.hear, 200)
    owner.ack(answered, number, number)
    phone.call(answered.body)
    await heard_words(phone, 0.3)  # how many there are; cut short
    await phone.press("#")
    await hears(phone, MESSAGE)
    await phone.press("3")
    gone = f"/Voicemails/{message['sid']}"
    async with asyncio.timeout(5):
        while (await api.get(gone)).status_code != 404:
            await asyncio.sleep(0.05)
    assert (await api.get(f"{gone}/Audio")).status_code == 404
    await asyncio.to_thread(eventually, lambda: left["RecordingSid"] not in sounds(house))
    owner.bye(answered, number, number)
    await asyncio.to_thread(owner.hear, 200)
    phone.hang_up()
    assert (await api.delete(f"/Mailboxes/{box['sid']}")).status_code == 204
    owner.close()
    outside.close()


async def test_a_message_that_a_kill_cuts_off_is_there_and_told_once(
    served: tuple[House, dict[str, str]], listener: Listener
) -> None:
    house, _ = served
    number, auth = house.demo["numbers"][1], (house.demo["account_sid"], house.demo["auth_token"])
    listener.sounds["/hello.wav"] = a_tone(0.5)
    told = {"NotifyUrl": f"{listener.url}/left", "GreetingUrl": f"{listener.url}/hello.wav", "PhoneNumber": number}
    made = httpx.post(f"{house.http}/policy/v1/Mailboxes", data=told, auth=auth)
    outside = Hand(house.sip, host="127.0.0.9")
    caller = await calls(outside, number)
    await speaks_after_the_tone(caller, outside, number)
    await asyncio.sleep(2.0)
    assert listener.told("/left") == []
    house.kill()
    caller.hang_up()
    outside.close()
    await asyncio.to_thread(house.start)
    (left,) = await asyncio.to_thread(eventually, lambda: listener.told("/left"))
    assert left["MailboxSid"] == made.json()["sid"]
    sound = httpx.get(f"{house.http}/policy/v1/Voicemails/{left['VoicemailSid']}/Audio", auth=auth)
    kept = samples_of(sound.content)
    assert len(kept) / RATE > 1.0
    assert strength(kept, MESSAGE) > LOUD / 2
    states = on_record(house, "SELECT state FROM voicemails WHERE mailbox = ?", left["MailboxSid"])
    assert [row["state"] for row in states] == ["new"]
    assert len(listener.told("/left")) == 1
