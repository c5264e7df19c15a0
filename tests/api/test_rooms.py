"""Video rooms by the SDK: opened, listed, changed, ended; who is in them; what is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from twilio.base.exceptions import TwilioRestException

from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import recordings, video_participants, video_rooms
from tests.api.conformance import faults
from tests.api.gated import GatedDoor
from tests.channels.video.hall import Hall, a_hall

HOOK = "https://shop.example/rooms"


@pytest.fixture
async def hall(sqlite_database: Database, keys: Keys) -> AsyncIterator[Hall]:
    async with a_hall(GatedDoor(sqlite_database, keys)) as made:
        yield made


async def video(hall: Hall, ask: Any) -> Any:
    """What the SDK is answered."""
    client = hall.door.sdk()
    client.video.base_url = f"{hall.door.url}/video"
    return await asyncio.to_thread(ask, client.video.v1)


async def refused(hall: Hall, **told: Any) -> int:
    """The code with which a room is not opened."""
    with pytest.raises(TwilioRestException) as said:
        await video(hall, lambda v: v.rooms.create(**told))
    return int(said.value.code)


async def test_the_sdk_opens_shows_and_ends_a_room(hall: Hall) -> None:
    told = {"unique_name": "standup", "max_participants": 3, "status_callback": HOOK, "status_callback_method": "GET"}
    made = await video(hall, lambda v: v.rooms.create(type="group", **told))
    assert made.sid.startswith("RM")
    assert {name: getattr(made, name) for name in told} == told
    assert (made.status, made.type, made.end_time, made.record_participants_on_connect) == (
        "in-progress", "group", None, False,
    )  # fmt: skip
    for name in (made.sid, "standup"):
        assert (await video(hall, lambda v, name=name: v.rooms(name).fetch())).sid == made.sid
    assert await refused(hall, unique_name="standup") == 53113
    ended = await video(hall, lambda v: v.rooms(made.sid).update(status="completed"))
    assert (ended.status, ended.duration) == ("completed", 0)
    assert (await video(hall, lambda v: v.rooms(made.sid).update(status="completed"))).status == "completed"
    unnamed = await video(hall, lambda v: v.rooms.create())
    assert unnamed.unique_name == unnamed.sid


async def test_what_a_room_can_not_have_is_refused_with_the_codes_of_the_sdk(hall: Hall) -> None:
    assert await refused(hall, max_participants=5) == 53107
    assert await refused(hall, unique_name="x" * 129) == 53100
    assert await refused(hall, unique_name=" x") == 53100
    assert await refused(hall, status_callback="ftp://shop.example") == 53111
    assert await refused(hall, status_callback=HOOK, status_callback_method="PUT") == 53110
    assert await refused(hall, type="peer-to-peer") == 20422
    assert await refused(hall, enable_turn=False) == 20422
    assert await refused(hall, audio_only=True) == 20422
    for sid in ("RM" + "0" * 32, "nobody"):
        with pytest.raises(TwilioRestException) as said:
            await video(hall, lambda v, sid=sid: v.rooms(sid).fetch())
        assert (said.value.status, said.value.code) == (404, 53106)
    room = await video(hall, lambda v: v.rooms.create())
    with pytest.raises(TwilioRestException) as said:
        await video(hall, lambda v: v.rooms(room.sid).update(status="in-progress"))
    assert said.value.code == 53112


async def test_our_own_fields_of_a_room_are_kept(hall: Hall) -> None:
    sid = await hall.room(EndUser="acme", RecordingBasis="consent", RecordParticipantsOnConnect="true")
    (row,) = await hall.door.database.read(lambda c: c.execute(select(video_rooms)).all())
    assert (row.sid, row.end_user, row.basis, row.records) == (sid, "acme", "consent", True)
    answer = await hall.ask("POST", "/video/v1/Rooms", RecordingBasis="because")
    assert answer.status_code == 400


async def test_rooms_are_listed_by_what_they_are(hall: Hall) -> None:
    first, second, third = [await hall.room(name) for name in ("a", "b", "c")]
    await hall.ask("POST", f"/video/v1/Rooms/{third}", Status="completed")
    now = hall.door.clock.now()
    old = update(video_rooms).where(video_rooms.c.sid == first).values(created_at=now - timedelta(days=2))
    await hall.door.database.write(lambda c: c.execute(old))
    yesterday = now - timedelta(days=1)
    for asked, found in (
        ({}, [second, first]),
        ({"status": "completed"}, [third]),
        ({"unique_name": "a"}, [first]),
        ({"date_created_after": yesterday}, [second]),
        ({"date_created_before": yesterday}, [first]),
    ):
        listed = await video(hall, lambda v, asked=asked: v.rooms.list(**asked))
        assert [room.sid for room in listed] == found, asked
    one = await video(hall, lambda v: v.rooms.page(page_size=1))
    assert [room.sid for room in one] == [second]
    assert [room.sid for room in await asyncio.to_thread(one.next_page)] == [first]


async def test_the_sdk_lists_who_is_in_a_room_and_puts_somebody_out(hall: Hall) -> None:
    sid = await hall.room()
    await hall.enters("Ada")
    ben = await hall.enters("Ben")
    people = await video(hall, lambda v: v.rooms(sid).participants.list())
    assert [(each.identity, each.status) for each in people] == [("Ben", "connected"), ("Ada", "connected")]
    gone = await video(hall, lambda v: v.rooms(sid).participants("Ben").update(status="disconnected"))
    assert (gone.sid, gone.status, gone.duration) == (people[0].sid, "disconnected", 0)
    assert (await ben.hears("removed"))["reason"] == "you were put out of the room"
    for asked, found in (({"status": "connected"}, ["Ada"]), ({"identity": "Ben"}, ["Ben"])):
        listed = await video(hall, lambda v, asked=asked: v.rooms(sid).participants.list(**asked))
        assert [each.identity for each in listed] == found
    assert (await video(hall, lambda v: v.rooms(sid).participants(gone.sid).fetch())).identity == "Ben"
    for ask in (
        lambda v: v.rooms(sid).participants("Ben").update(status="disconnected"),
        lambda v: v.rooms(sid).participants("Dan").fetch(),
    ):
        with pytest.raises(TwilioRestException) as said:
            await video(hall, ask)
        assert (said.value.status, said.value.code) == (404, 53204)
    assert (await hall.ask("GET", f"/video/v1/Rooms/{sid}/Participants", Status="lost")).status_code == 400


async def test_our_own_fields_put_out_with_a_reason_and_mute(hall: Hall) -> None:
    await hall.room()
    ada = await hall.enters("Ada")
    url = "/video/v1/Rooms/standup/Participants/Ada"
    assert (await hall.ask("POST", url, Muted="true", Source="camera")).json()["muted"] == ["camera"]
    assert (await hall.ask("POST", url, Muted="true", Source="nose")).status_code == 400
    assert (await hall.ask("POST", url)).status_code == 400
    assert (await hall.ask("POST", url, Muted="true", Reason="noise")).status_code == 400
    assert (await hall.ask("POST", url, Status="connected")).json()["code"] == 53112
    answer = await hall.ask("POST", url, Status="disconnected", Reason="it is late")
    assert answer.json()["reason"] == "it is late"
    assert (await ada.hears("removed"))["reason"] == "it is late"


async def test_recording_rules_are_all_or_nothing(hall: Hall) -> None:
    sid = await hall.room()
    rules = await video(hall, lambda v: v.rooms(sid).recording_rules.fetch())
    assert [(rule["type"], rule["all"]) for rule in rules.rules] == [("exclude", True)]
    asked = await video(hall, lambda v: v.rooms(sid).recording_rules.update(rules=[{"type": "include", "all": True}]))
    assert [(rule["type"], rule["all"]) for rule in asked.rules] == [("include", True)]
    url = f"/video/v1/Rooms/{sid}/RecordingRules"
    for told in ("[]", "{", '[{"type": "include", "kind": "audio"}]', '[{"type": "include"}]'):
        assert (await hall.ask("POST", url, Rules=told)).status_code == 400


async def test_another_tenant_sees_nothing_of_a_room(hall: Hall) -> None:
    sid = await hall.room()
    await hall.enters("Ada")
    other = await hall.door.account()
    for path in ("", "/Participants", "/Participants/Ada", "/Recordings", "/RecordingRules"):
        answer = await hall.door.ask("GET", f"/video/v1/Rooms/{sid}{path}", auth=other)
        assert answer.status_code in {403, 404}, path
    (row,) = await hall.door.database.read(lambda c: c.execute(select(video_participants)).all())
    assert row.status == "connected"
    assert await hall.door.database.read(lambda c: c.execute(select(recordings)).all()) == []


async def test_every_answer_has_all_that_the_contract_says(hall: Hall) -> None:
    sid = await hall.room()
    await hall.enters("Ada")
    one, somebody, rules = (
        "/v1/Rooms/{Sid}",
        "/v1/Rooms/{RoomSid}/Participants/{Sid}",
        "/v1/Rooms/{RoomSid}/RecordingRules",
    )
    include = '[{"type": "include", "all": true}]'
    asked: list[tuple[str, str, str, dict[str, str]]] = [
        ("POST", "/v1/Rooms", "/v1/Rooms", {"UniqueName": "other"}),
        ("GET", "/v1/Rooms", "/v1/Rooms", {}),
        ("GET", one, f"/v1/Rooms/{sid}", {}),
        ("GET", "/v1/Rooms/{RoomSid}/Participants", f"/v1/Rooms/{sid}/Participants", {}),
        ("GET", somebody, f"/v1/Rooms/{sid}/Participants/Ada", {}),
        ("GET", rules, f"/v1/Rooms/{sid}/RecordingRules", {}),
        ("POST", rules, f"/v1/Rooms/{sid}/RecordingRules", {"Rules": include}),
        ("POST", somebody, f"/v1/Rooms/{sid}/Participants/Ada", {"Status": "disconnected"}),
        ("GET", "/v1/Rooms/{RoomSid}/Recordings", f"/v1/Rooms/{sid}/Recordings", {}),
        ("POST", one, f"/v1/Rooms/{sid}", {"Status": "completed"}),
    ]
    found = []
    for method, path, at, told in asked:
        answer = await hall.ask(method, f"/video{at}", **told)
        wrong = faults("twilio_video_v1", method, path, answer.status_code, answer.json())
        found += [f"{method} {path} -> {answer.status_code}: {each}" for each in wrong]
    assert not found, "\n".join(found)
