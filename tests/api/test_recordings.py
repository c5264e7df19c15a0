"""Recordings, with the SDK and without. The phones talk RTP and are not ours."""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select
from twilio.base.exceptions import TwilioRestException

from masstransit.carriage.recording import OnAir
from masstransit.channels.media import wav
from masstransit.channels.media.leg import open_leg
from masstransit.channels.media.pulse import Pulse
from masstransit.channels.media.studio import Studio
from masstransit.model.address import parse
from masstransit.model.change import Act, Answer, How, Participant, Role, Told
from masstransit.storage import calls, recordings
from masstransit.storage.tables import notices
from tests.api.house import Door
from tests.makers import NOON, a_call
from tests.stories.talker import Talker, strength

OURS, TEXAS, CALIFORNIA, GERMANY = "+12125550123", "+12145550123", "+14155550123", "+4930123456"
CALL = "CA" + "1" * 32
LOW, HIGH = 440, 880


def staff() -> Participant:
    return Participant(leg=1, role=Role.STAFF, address=parse(OURS), since=NOON)


def person(number: str, **more: Any) -> Participant:
    return Participant(leg=2, address=parse(number), since=NOON, **more)


def no() -> dict[str, Any]:
    """Was told, and declined."""
    told = Told(at=NOON, acts=(Act.RECORD,), way_out=True, language="en", digest="d")
    return {"told": told, "answer": Answer(at=NOON, agreed=False, how=How.KEY, acts=(Act.RECORD,), proof="key 2")}


@asynccontextmanager
async def talking(door: Door) -> AsyncIterator[OnAir]:
    """One of ours and somebody in Texas talk: 440 and 880 Hz."""
    on_air = await door.on_air(CALL, staff(), person(TEXAS))
    studio, pulse = on_air.sound, Pulse()
    assert isinstance(studio, Studio)
    talkers = [await Talker.open(pitch) for pitch in (LOW, HIGH)]
    for number, talker in enumerate(talkers, 1):
        leg = await open_leg(pulse)
        leg.hear(talker.description())
        talker.call(leg.description())
        studio.add(number, leg)
        studio.connect(number)
    yield on_air
    await door.recordings.ended(CALL)
    studio.close()
    for talker in talkers:
        talker.hang_up()


def of_a_call(door: Door, sid: str = "") -> str:
    return f"{door.calls}/{CALL}/Recordings{'/' + sid if sid else ''}.json"


def every(door: Door, name: str) -> str:
    return f"/2010-04-01/Accounts/{door.sid}/Recordings/{name}"


async def on_shelf(door: Door, sid: str, *legs: list[int], **more: Any) -> None:
    """A recording that has ended, with the samples of its legs."""
    row: dict[str, Any] = {
        "account": door.sid,
        "sid": sid,
        "call": CALL,
        "act": "record",
        "source": "api",
        "state": "ended",
    }
    row |= {"asked_at": NOON, "began_at": NOON, "ended_at": NOON, "seconds": 1.0, "digests": {"leg-1.wav": "d"}, **more}
    await door.database.write(lambda c: recordings.add(c, row))
    folder = door.folder / sid
    folder.mkdir()
    for number, samples in enumerate(legs, 1):
        sound = wav.header(len(samples)) + np.array(samples, "<i2").tobytes()
        (folder / f"leg-{number}.wav").write_bytes(sound)


def samples_of(content: bytes) -> tuple[int, list[int]]:
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getframerate(), file.getsampwidth()) == (8000, 2)
        return file.getnchannels(), np.frombuffer(file.readframes(file.getnframes()), "<i2").tolist()


async def test_a_call_is_recorded_paused_stopped_heard_and_deleted(door: Door) -> None:
    client = door.sdk()
    async with talking(door):
        mine = client.calls(CALL).recordings
        made = await asyncio.to_thread(mine.create)
        assert (made.status, made.source) == ("in-progress", "StartCallRecordingAPI")
        assert (made.channels, made.track) == (1, "both")
        await asyncio.sleep(0.6)
        paused = await asyncio.to_thread(mine("Twilio.CURRENT").update, status="paused")
        assert (paused.sid, paused.status) == (made.sid, "paused")
        early = await door.ask("GET", every(door, f"{made.sid}.wav"))
        assert early.status_code == 404
        again = await asyncio.to_thread(client.calls(CALL).recordings(made.sid).update, status="in-progress")
        assert again.status == "in-progress"
        done = await asyncio.to_thread(client.calls(CALL).recordings(made.sid).update, status="stopped")
        assert done.status == "completed"
    shown = await asyncio.to_thread(client.recordings(made.sid).fetch)
    assert (shown.call_sid, shown.duration, shown.start_time is not None) == (CALL, "1", True)
    heard = await door.ask("GET", shown.media_url.removeprefix(door.url))
    assert heard.headers["content-type"] == "audio/x-wav"
    channels, samples = samples_of(heard.content)
    assert channels == 1
    loud = np.array(samples[2400:4000])
    assert strength(loud, LOW) > 1000
    assert strength(loud, HIGH) > 1000
    assert await asyncio.to_thread(client.recordings(made.sid).delete)
    with pytest.raises(TwilioRestException) as gone:
        await asyncio.to_thread(client.recordings(made.sid).fetch)
    assert gone.value.status == 404
    kept = await asyncio.to_thread(lambda: client.recordings(made.sid).fetch(include_soft_deleted=True))
    assert kept.status == "deleted"
    assert door.shelf.sids() == []
    told = [row.what for row in await door.database.read(lambda c: recordings.events(c, door.sid, made.sid))]
    assert told == ["began", "paused", "resumed", "ended", "deleted", "erased"]
    row = await door.database.read(lambda c: recordings.find(c, door.sid, made.sid))
    assert row is not None
    assert row.digests  # by which a copy can be told


async def test_its_channels_are_one_or_two(door: Door) -> None:
    sid = "RE" + "1" * 32
    await on_shelf(door, sid, [1, 2, 3], [10, 20, 30], [100, 200, 32767], channels=2)
    two = await door.ask("GET", every(door, f"{sid}.wav"))
    assert samples_of(two.content) == (2, [1, 110, 2, 220, 3, 32767])  # what is too loud is cut off
    one = await door.ask("GET", every(door, sid), params={"RequestedChannels": "1"})
    assert samples_of(one.content) == (1, [111, 222, 32767])
    await door.on_air(CALL, staff())
    made = await door.ask("POST", of_a_call(door), data={"RecordingChannels": "dual"})
    assert made.json()["channels"] == 2


async def test_a_part_of_the_sound_can_be_asked_for(door: Door) -> None:
    sid = "RE" + "1" * 32
    await on_shelf(door, sid, list(range(30_000)), list(range(20_000)))
    whole = (await door.ask("GET", every(door, f"{sid}.wav"))).content
    for asked, start, stop in (
        ("bytes=0-9", 0, 10),
        ("bytes=40-51", 40, 52),
        ("bytes=45-45", 45, 46),
        ("bytes=101-", 101, len(whole)),
        ("bytes=-7", len(whole) - 7, len(whole)),
        ("bytes=10-9999999", 10, len(whole)),
    ):
        part = await door.ask("GET", every(door, f"{sid}.wav"), headers={"range": asked})
        assert (part.status_code, part.content) == (206, whole[start:stop]), asked
        assert part.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(whole)}"
    for odd in ("bytes=1-2,4-5", "lines=1-2", "bytes=-"):
        assert (await door.ask("GET", every(door, f"{sid}.wav"), headers={"range": odd})).content == whole
    behind = await door.ask("GET", every(door, f"{sid}.wav"), headers={"range": f"bytes={len(whole)}-"})
    assert (behind.status_code, behind.json()["code"]) == (416, 20416)
    head = await door.ask("HEAD", every(door, f"{sid}.wav"))
    assert (head.headers["content-length"], head.content) == (str(len(whole)), b"")


async def test_recordings_are_listed_by_call_and_day(door: Door) -> None:
    one, two, old, gone = (f"RE{n:032x}" for n in (1, 2, 3, 4))
    ago, day = NOON - timedelta(days=3), timedelta(days=1)
    await on_shelf(door, one)
    await on_shelf(door, two, call="CA" + "2" * 32)
    await on_shelf(door, old, asked_at=ago)
    await on_shelf(door, gone, digests={}, state="refused", began_at=None, erased_at=NOON)
    await on_shelf(door, "RE" + "5" * 32, act="listen")
    list_ = door.sdk().recordings.list
    asked: list[tuple[dict[str, Any], list[str]]] = [
        ({}, [two, one, old]),
        ({"call_sid": CALL}, [one, old]),
        ({"date_created": ago.replace(hour=0)}, [old]),
        ({"date_created_before": NOON - day}, [old]),
        ({"date_created_after": NOON - day}, [two, one]),
        ({"include_soft_deleted": True}, [gone, two, one, old]),
    ]
    for filters, sids in asked:
        found = await asyncio.to_thread(list_, page_size=1, **filters)
        assert [each.sid for each in found] == sids, filters
    refused = (await asyncio.to_thread(lambda: list_(include_soft_deleted=True)))[0]
    assert (refused.status, refused.error_code) == ("absent", 13237)
    await door.database.write(lambda c: calls.add(c, [calls.offered(
        a_call(id=CALL, account=door.sid), person="", status="completed", decision="", brief="")]))  # fmt: skip
    mine = await asyncio.to_thread(door.sdk().calls(CALL).recordings.list, page_size=1)
    assert [each.sid for each in mine] == [one, old]


async def test_what_the_gate_refuses_is_answered_with_its_clause_and_remedy(door: Door) -> None:
    await door.on_air(CALL, staff(), person(CALIFORNIA, **no()))
    answer = await door.ask("POST", of_a_call(door))
    said = answer.json()
    assert (answer.status_code, said["code"]) == (400, 13237)
    assert said["details"]["clause"] == "13"
    assert "leg 2" in said["details"]["remedy"]
    assert (await door.ask("GET", of_a_call(door))).json()["recordings"] == []
    assert door.shelf.sids() == []


async def test_a_basis_of_the_gdpr_reaches_the_gate(door: Door) -> None:
    yes = {**no(), "answer": Answer(at=NOON, agreed=True, how=How.KEY, acts=(Act.RECORD,))}
    await door.on_air(CALL, staff(), person(GERMANY, **yes))
    without = await door.ask("POST", of_a_call(door))
    assert (without.status_code, without.json()["details"]["clause"]) == (400, "13")
    assert (await door.ask("POST", of_a_call(door), data={"Basis": "consent"})).status_code == 201


async def test_its_events_are_told_where_it_says(door: Door) -> None:
    hook = "https://shop.example/recorded"
    async with talking(door):
        made = await asyncio.to_thread(
            door.sdk().calls(CALL).recordings.create, recording_status_callback=hook,
            recording_status_callback_event=["in-progress", "completed"], recording_status_callback_method="GET",
        )  # fmt: skip
        await asyncio.sleep(0.4)
    rows = await door.database.read(lambda c: c.execute(select(notices).where(notices.c.about == made.sid)).all())
    assert {(row.target, row.body["method"]) for row in rows} == {(hook, "GET")}
    told = {row.body["params"]["RecordingStatus"]: row.body["params"] for row in rows}
    assert set(told) == {"in-progress", "completed"}
    assert told["in-progress"]["RecordingUrl"] == f"{door.url}/2010-04-01/Accounts/{door.sid}/Recordings/{made.sid}"


async def test_a_call_whose_sound_does_not_go_through_here_is_not_recorded_and_says_so(door: Door) -> None:
    await door.on_air(CALL, staff())
    await door.recordings.ended(CALL)  # as a call on a wire without sound: on record, and not on air
    answer = await door.ask("POST", of_a_call(door))
    assert (answer.status_code, answer.json()["code"]) == (400, 13237)
    assert "does not go through here" in answer.json()["message"]
    other = "CA" + "2" * 32
    rings = calls.offered(a_call(id=other, account=door.sid), person="", status="ringing", decision="", brief="")
    await door.database.write(lambda c: calls.add(c, [rings]))
    early = await door.ask("POST", of_a_call(door).replace(CALL, other))
    assert (early.status_code, early.json()["code"]) == (400, 21220)


async def test_what_can_not_be_done_with_a_recording_is_said(door: Door) -> None:
    await door.on_air(CALL, staff())
    assert (await door.ask("POST", of_a_call(door, "Twilio.CURRENT"), data={"Status": "paused"})).status_code == 404
    sid = (await door.ask("POST", of_a_call(door))).json()["sid"]
    for form, code in (({"Status": "in-progress"}, 21220), ({}, 20422), ({"Status": "sung"}, 20422)):
        answer = await door.ask("POST", of_a_call(door, sid), data=form)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    running = await door.ask("DELETE", of_a_call(door, sid))
    assert (running.status_code, running.json()["code"]) == (400, 20009)
    await door.ask("POST", of_a_call(door, sid), data={"Status": "stopped"})
    gone = await door.ask("POST", of_a_call(door, sid), data={"Status": "stopped"})
    assert (gone.status_code, gone.json()["code"]) == (400, 21220)
    assert (await door.ask("GET", every(door, f"{sid}.mp3"))).status_code == 404


async def test_another_account_neither_hears_nor_deletes_it(door: Door) -> None:
    sid, other = "RE" + "1" * 32, await door.account()
    await on_shelf(door, sid, [1, 2, 3])
    for of in (door.sid, other[0]):
        for method, name in (("GET", f"{sid}.wav"), ("GET", sid), ("GET", f"{sid}.json"), ("DELETE", f"{sid}.json")):
            where = f"/2010-04-01/Accounts/{of}/Recordings/{name}"
            assert (await door.ask(method, where, auth=other)).status_code == 404
    assert (await door.ask("GET", every(door, f"{sid}.wav"), auth=None)).status_code == 401
    assert door.shelf.size(sid, 1) == 50
