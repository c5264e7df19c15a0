"""Mailboxes and what people left in them, over the API."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from masstransit.channels.media import wav
from masstransit.storage import licences, numbers, recordings, voicemails
from masstransit.storage.tables import ledger, mailboxes
from masstransit.storage.tables import numbers as owned
from tests.api.gated import GatedDoor
from tests.api.house import Door
from tests.makers import NOON

NUMBER, PERSON = "+14155550142", "+12125550123"
BOXES, MESSAGES = "/policy/v1/Mailboxes", "/policy/v1/Voicemails"
TOLD = {"FriendlyName": "Front desk", "Language": "es", "RingSeconds": "25", "MaxLength": "60", "KeepDays": "7",
        "Pin": "4711", "NotifyUrl": "https://example.com/left"}  # fmt: skip


async def owns(door: Door, number: str = NUMBER, account: str = "") -> None:
    row = {"number": number, "region": "US", "account": account or door.sid, "sid": "PN1", "state": "in-use"}
    await door.database.write(lambda c: numbers.put(c, [row], NOON))


async def made(door: Door, **told: str) -> dict[str, Any]:
    answer = await door.ask("POST", BOXES, data={"PhoneNumber": NUMBER} | told)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def left(door: Door, box: str, n: int = 1, *, state: str = "new") -> str:
    """A second of somebody's voice is in a mailbox."""
    sid, recording = f"VM{n:032x}", f"RE{n:032x}"
    (door.folder / recording).mkdir()
    samples = np.full(8000, 1000 + n, "<i2")
    (door.folder / recording / "leg-1.wav").write_bytes(wav.header(8000) + samples.tobytes())
    sound = {"account": door.sid, "sid": recording, "call": "CA1", "act": "record", "source": "voicemail",
             "state": "ended", "asked_at": NOON, "began_at": NOON, "ended_at": NOON, "seconds": 1.0,
             "digests": {"leg-1.wav": "d"}}  # fmt: skip
    row = {"account": door.sid, "sid": sid, "mailbox": box, "call": "CA1", "recording": recording, "channel": "sip",
           "sender": PERSON, "recipient": NUMBER, "state": state, "seconds": 1.0, "left_at": NOON}  # fmt: skip

    def keep(connection: Any) -> None:
        recordings.add(connection, sound)
        voicemails.add(connection, row)

    await door.database.write(keep)
    return sid


async def test_a_mailbox_is_made_shown_changed_and_taken_away(door: Door) -> None:
    await owns(door)
    box = await made(door, **TOLD)
    assert {name: box[name] for name in ("friendly_name", "language", "ring_seconds", "max_length", "keep_days")} == {
        "friendly_name": "Front desk", "language": "es", "ring_seconds": 25, "max_length": 60, "keep_days": 7,
    }  # fmt: skip
    assert (box["has_pin"], box["transcription"], box["new_messages"]) == (True, None, 0)
    path = f"{BOXES}/{box['sid']}"
    changed = (await door.ask("POST", path, data={"Pin": "", "FriendlyName": "Desk"})).json()
    assert (changed["has_pin"], changed["friendly_name"], changed["keep_days"]) == (False, "Desk", 7)
    (listed,) = (await door.ask("GET", BOXES)).json()["mailboxes"]
    assert listed == (await door.ask("GET", path)).json() == changed
    assert (await door.ask("DELETE", path)).status_code == 204
    assert (await door.ask("GET", path)).status_code == 404


async def test_a_mailbox_has_defaults(door: Door) -> None:
    await owns(door)
    box = await made(door)
    assert (box["ring_seconds"], box["max_length"], box["keep_days"], box["language"]) == (20, 180, 30, "en")


async def test_a_pin_is_kept_as_its_hash_and_never_told(door: Door) -> None:
    await owns(door)
    await made(door, Pin="4711")
    (row,) = await door.database.read(lambda c: c.execute(select(mailboxes)).all())
    assert row.pin_hash.startswith("scrypt$")
    entries = await door.database.read(lambda c: c.execute(select(ledger)).all())
    assert "4711" not in repr(entries)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("RingSeconds", "14"),  # below it a ring is no ring
        ("RingSeconds", "61"),
        ("MaxLength", "9"),
        ("KeepDays", "0"),
        ("KeepDays", "366"),
        ("Language", "xx"),
        ("Pin", "123"),
        ("Pin", "12a4"),
        ("Pin", "0000"),
        ("Pin", "2345"),
        ("Pin", "9876"),
        ("Pin", "0142"),  # how the number ends
        ("NotifyUrl", "http://127.0.0.1/"),
        ("GreetingUrl", "ftp://example.com/a.wav"),
        ("NotifyMethod", "PUT"),
        ("Transcription", "yes"),
        ("Voice", "alice"),
    ],
)
async def test_what_a_mailbox_can_not_be_told_is_refused_by_name(door: Door, field: str, value: str) -> None:
    await owns(door)
    answer = await door.ask("POST", BOXES, data={"PhoneNumber": NUMBER, field: value})
    assert (answer.status_code, answer.json()["details"]["field"]) == (400, field)
    assert (await door.ask("GET", BOXES)).json()["mailboxes"] == []


@pytest.mark.parametrize("value", ["15", "60"])
async def test_a_ring_within_its_bounds_is_taken(door: Door, value: str) -> None:
    await owns(door)
    assert (await made(door, RingSeconds=value))["ring_seconds"] == int(value)


async def test_a_number_has_one_mailbox_and_it_is_its_owners(door: Door) -> None:
    other = await door.account()
    assert (await door.ask("POST", BOXES, data={"PhoneNumber": NUMBER})).status_code == 404
    await owns(door)
    assert (await door.ask("POST", BOXES, data={"PhoneNumber": NUMBER}, auth=other)).status_code == 404
    await made(door)
    assert (await door.ask("POST", BOXES, data={"PhoneNumber": NUMBER})).status_code == 409


async def test_messages_are_listed_marked_heard_and_deleted(door: Door) -> None:
    await owns(door)
    box = await made(door)
    one, two = await left(door, box["sid"], 1), await left(door, box["sid"], 2)
    await left(door, box["sid"], 3, state="refused")
    await left(door, box["sid"], 4, state="arriving")
    listed = (await door.ask("GET", MESSAGES, params={"Mailbox": box["sid"]})).json()["voicemails"]
    assert [(each["sid"], each["status"], each["from"]) for each in listed] == [
        (two, "new", PERSON),
        (one, "new", PERSON),
    ]
    assert (await door.ask("GET", f"{BOXES}/{box['sid']}")).json()["new_messages"] == 2
    heard = (await door.ask("POST", f"{MESSAGES}/{one}", data={"Status": "heard"})).json()
    assert (heard["status"], heard["date_heard"] is not None) == ("heard", True)
    (new,) = (await door.ask("GET", MESSAGES, params={"Status": "new"})).json()["voicemails"]
    assert new["sid"] == two
    assert (await door.ask("DELETE", f"{MESSAGES}/{one}")).status_code == 204
    assert (await door.ask("GET", f"{MESSAGES}/{one}")).status_code == 404
    assert (await door.ask("DELETE", f"{MESSAGES}/{one}")).status_code == 404
    assert not (door.folder / f"RE{1:032x}").exists()


async def test_the_sound_of_a_message_is_a_wav_file_in_whole_or_in_part(door: Door) -> None:
    await owns(door)
    sid = await left(door, (await made(door))["sid"])
    url = f"{MESSAGES}/{sid}/Audio"
    whole = await door.ask("GET", url)
    assert (whole.status_code, whole.headers["content-type"], whole.content[:4]) == (200, "audio/x-wav", b"RIFF")
    assert len(whole.content) == 44 + 16_000
    part = await door.ask("GET", url, headers={"Range": "bytes=44-47"})
    assert (part.status_code, part.content) == (206, whole.content[44:48])


async def test_nobody_hears_or_changes_anothers(door: Door) -> None:
    await owns(door)
    box = await made(door)
    sid, other = await left(door, box["sid"]), await door.account()
    for method, path in (
        ("GET", f"{BOXES}/{box['sid']}"),
        ("POST", f"{BOXES}/{box['sid']}"),
        ("DELETE", f"{BOXES}/{box['sid']}"),
        ("GET", f"{MESSAGES}/{sid}"),
        ("POST", f"{MESSAGES}/{sid}"),
        ("DELETE", f"{MESSAGES}/{sid}"),
        ("GET", f"{MESSAGES}/{sid}/Audio"),
    ):
        data = {"data": {"Status": "heard"} if "Voice" in path else {"Pin": "4711"}} if method == "POST" else {}
        assert (await door.ask(method, path, auth=other, **data)).status_code == 404, (method, path)
    for path, key in ((BOXES, "mailboxes"), (MESSAGES, "voicemails")):
        assert (await door.ask("GET", path, auth=other)).json()[key] == []


async def test_a_mailbox_that_is_taken_away_takes_its_messages_along(door: Door) -> None:
    await owns(door)
    box = await made(door)
    sid = await left(door, box["sid"])
    await door.ask("DELETE", f"{BOXES}/{box['sid']}")
    assert (await door.ask("GET", f"{MESSAGES}/{sid}")).status_code == 404
    await door.house.deposits.sweep()
    assert not (door.folder / f"RE{1:032x}").exists()


# --- written down -------------------------------------------------------------------------------------------------


async def test_messages_are_written_down_by_consent_or_under_an_agreement(gated: GatedDoor) -> None:
    number = (await gated.database.read(lambda c: c.execute(select(owned.c.number)).scalars().all()))[0]
    refused = await gated.ask("POST", BOXES, data={"PhoneNumber": number, "Transcription": "baa"})
    assert refused.status_code == 400
    assert "neither an agreement that covers it nor the consent" in refused.json()["message"]
    assert "remedy" in repr(refused.json()["details"])
    assert (await gated.ask("GET", BOXES)).json()["mailboxes"] == []
    box = (await gated.ask("POST", BOXES, data={"PhoneNumber": number, "Transcription": "consent"})).json()
    assert box["transcription"] == "consent"
    off = await gated.ask("POST", f"{BOXES}/{box['sid']}", data={"Transcription": "off"})
    assert off.json()["transcription"] is None


async def test_a_customer_in_health_care_needs_the_agreement_and_consent_stands_for_none(gated: GatedDoor) -> None:
    number = (await gated.database.read(lambda c: c.execute(select(owned.c.number)).scalars().all()))[0]
    row = {"account": gated.sid, "reference": "BAA-1", "scope": ["sms"], "signed_at": NOON, "ended_at": None}
    await gated.database.write(lambda c: licences.record_associate_agreement(c, row))
    for told in ({"Transcription": "consent"}, {"Transcription": "baa"}, {}):  # a mailbox keeps what patients say
        refused = await gated.ask("POST", BOXES, data={"PhoneNumber": number} | told)
        assert (refused.status_code, "no business associate agreement covers" in refused.text) == (400, True)
    assert (await gated.ask("GET", BOXES)).json()["mailboxes"] == []


async def test_an_agreement_that_covers_voice_mail_allows_it(gated: GatedDoor) -> None:
    number = (await gated.database.read(lambda c: c.execute(select(owned.c.number)).scalars().all()))[0]
    row = {"account": gated.sid, "reference": "BAA-1", "scope": ["voicemail"], "signed_at": NOON, "ended_at": None}
    await gated.database.write(lambda c: licences.record_associate_agreement(c, row))
    made = await gated.ask("POST", BOXES, data={"PhoneNumber": number, "Transcription": "baa"})
    assert (made.status_code, made.json()["transcription"]) == (201, "baa")
