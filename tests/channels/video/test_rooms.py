"""Rooms over real sockets, with the whole policy behind them: who comes in, who is put out, who is recorded."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from masstransit.carriage.video import rooms as carriage
from masstransit.channels.video import frames, socket
from masstransit.serving import LARGEST_FRAME
from masstransit.storage import conversations, recordings, tables
from tests.channels.video.hall import Guest, Hall
from tests.channels.video.people import Person, microphone

HOOK = "https://shop.example/rooms"


async def rows(hall: Hall, query: Any) -> list[Any]:
    return list(await hall.door.database.read(lambda c: c.execute(query).all()))


async def told(hall: Hall) -> list[dict[str, str]]:
    """What the customer's server is told, in order."""
    await hall.rooms.drained()
    found = await rows(hall, select(tables.notices).where(tables.notices.c.target == HOOK))
    return sorted((row.body["params"] for row in found), key=lambda params: int(params["SequenceNumber"]))


# --- tokens and joining -----------------------------------------------------------------------------------------------


async def test_who_has_no_token_for_video_is_told_why_and_closed(hall: Hall) -> None:
    for token, code in (("", 20101), (hall.token("Ada", grants=False), 20106)):
        guest = await hall.arrives(token)
        assert (await guest.hears("refused"))["code"] == code
        assert await guest.out() == socket.UNAUTHORISED


async def test_a_token_for_one_room_opens_no_other(hall: Hall) -> None:
    sid = await hall.room("one")
    await hall.room("other")
    guest = await hall.arrives(hall.token("Ada", "one"))
    await guest.say("join", room="other")
    assert (await guest.hears("refused"))["reason"] == "the access token is for another room"
    for asked in ("", "one", sid):
        guest = await hall.arrives(hall.token("Ada", "one"))
        await guest.say("join", room=asked)
        assert (await guest.hears("joined"))["room"] == {"sid": sid, "name": "one"}


async def test_those_inside_hear_who_comes_and_goes_and_so_does_the_customers_server(hall: Hall) -> None:
    await hall.room(StatusCallback=HOOK)
    ada = await hall.enters("Ada")
    ben = await hall.enters("Ben")
    came = await ada.hears("participant-connected")
    assert came["participant"]["identity"] == "Ben"
    await ben.say("leave")
    assert await ben.out() == 1000
    gone = await ada.hears("participant-disconnected")
    assert gone == {"type": gone["type"], "participant": {"sid": came["participant"]["sid"]}, "why": "left"}
    heard = [(t["StatusCallbackEvent"], t.get("ParticipantIdentity"), t.get("Gone")) for t in await told(hall)]
    assert heard == [
        ("room-created", None, None),
        ("participant-connected", "Ada", None),
        ("participant-connected", "Ben", None),
        ("participant-disconnected", "Ben", "left"),
    ]


async def test_a_room_is_full_over_or_not_there(hall: Hall) -> None:
    assert (await hall.refused("Ada", "nowhere"))["code"] == carriage.NOWHERE
    sid = await hall.room(MaxParticipants="1")
    await hall.enters("Ada")
    refused = await hall.refused("Ben")
    assert (refused["code"], refused["retry_after"]) == (carriage.FULL, 5.0)
    await hall.ask("POST", f"/video/v1/Rooms/{sid}", Status="completed")
    assert (await hall.refused("Ben", sid))["code"] == carriage.OVER
    assert (await hall.refused("Ben"))["code"] == carriage.NOWHERE  # the name is free again
    await hall.room()
    hall.unit.up = False
    assert (await hall.refused("Ben"))["code"] == carriage.MEDIA


async def test_who_comes_in_again_takes_their_own_place(hall: Hall) -> None:
    await hall.room(MaxParticipants="1")
    first = await hall.enters("Ada")
    second = await hall.enters("Ada")
    assert (await first.hears("ended"))["why"] == "again"
    assert await first.out() == socket.FORBIDDEN
    assert second.closed is None


async def test_the_standing_of_account_and_end_user_counts_at_the_door(hall: Hall) -> None:
    await hall.room()
    stopped: dict[str, Any] = {"account": hall.door.sid, "end_user": "Ben", "status": "stopped", "reason": "threats"}
    stopped |= {"first_seen_at": datetime.now(UTC)}
    await hall.door.database.write(lambda c: c.execute(tables.end_users.insert().values(stopped)))
    refused = await hall.refused("Ben")
    assert (refused["clause"], refused["reason"]) == ("B", "this end user was stopped")
    (decision,) = await rows(hall, select(tables.decisions).where(tables.decisions.c.id == refused["decision"]))
    assert decision.account == hall.door.sid
    (kept,) = await rows(hall, select(tables.video_participants))
    assert (kept.identity, kept.status, kept.decision) == ("Ben", "refused", refused["decision"])
    assert (await hall.ask("GET", "/video/v1/Rooms/standup/Participants")).json()["participants"] == []
    await hall.enters("Ada")  # and nobody else is touched


async def test_who_is_put_out_is_told_why_and_does_not_come_in_again(hall: Hall) -> None:
    sid = await hall.room(StatusCallback=HOOK)
    ada, ben = await hall.enters("Ada"), await hall.enters("Ben")
    url = f"/video/v1/Rooms/{sid}/Participants/Ben"
    answer = await hall.ask("POST", url, Status="disconnected", Reason="you shouted at Ada")
    assert (answer.status_code, answer.json()["status"]) == (202, "disconnected")
    assert (await ben.hears("removed"))["reason"] == "you shouted at Ada"
    assert await ben.out() == socket.FORBIDDEN
    assert (await ada.hears("participant-disconnected"))["why"] == "removed"
    assert (await told(hall))[-1]["Reason"] == "you shouted at Ada"
    refused = await hall.refused("Ben")
    assert (refused["clause"], refused["reason"]) == ("8", "you were put out of this room")
    await hall.room("another")
    await hall.enters("Ben", "another")


async def test_who_blocked_somebody_does_not_meet_them(hall: Hall) -> None:
    await hall.room()
    now = datetime.now(UTC)
    await hall.door.database.write(lambda c: conversations.block(c, hall.door.sid, "Ada", "Ben", now))
    await hall.enters("Ada")
    assert (await hall.refused("Ben"))["reason"] == "who is in this room asked to be left alone by you"
    await hall.enters("Cleo")
    await hall.enters("Ben")  # one person's block locks nobody out of a meeting; the two are kept apart
    peers = {row.identity: row.sid for row in await rows(hall, select(tables.video_participants)) if not row.left_at}
    assert hall.unit.unit._apart == {frozenset((peers["Ada"], peers["Ben"]))}


async def test_who_is_muted_is_told_and_so_are_the_others(hall: Hall) -> None:
    await hall.room()
    ada, ben = await hall.enters("Ada"), await hall.enters("Ben")
    url = "/video/v1/Rooms/standup/Participants/Ben"
    assert (await hall.ask("POST", url, Muted="true")).json()["muted"] == ["microphone"]
    for guest in (ada, ben):
        assert (await guest.hears("muted"))["by"] == "house"
    await ben.say("mute", source="microphone", muted=False)  # it was not they who muted it
    await ben.say("mute", source="camera", muted=True)
    assert (await ada.hears("muted"))["source"] == "camera"
    assert (await hall.ask("GET", url)).json()["muted"] == ["camera", "microphone"]
    assert (await hall.ask("POST", url, Muted="false")).json()["muted"] == ["camera"]


async def test_the_end_of_a_connection_is_the_end_of_a_presence(hall: Hall) -> None:
    await hall.room()
    ada, ben = await hall.enters("Ada"), await hall.enters("Ben")
    await ben.go()
    assert (await ada.hears("participant-disconnected"))["why"] == "left"
    cleo = await hall.enters("Cleo")
    hall.rooms.down(hall.unit)  # the unit died
    for guest in (ada, cleo):
        assert (await guest.hears("ended"))["why"] == "lost"
    await hall.enters("Ada")


# --- frames -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "frame",
    ["{", "[]", '{"type": "sing"}', '{"type": "join", "state": "California"}', '{"type": "join", "surprise": 1}',
     '{"type": "mute", "source": "nose", "muted": true}', b"\xff".decode("latin-1")],
)  # fmt: skip
async def test_a_frame_that_can_not_be_read_is_answered_and_closes_nothing(hall: Hall, frame: str) -> None:
    await hall.room()
    ada = await hall.enters("Ada")
    await ada.client.send(frame)
    assert (await ada.hears("error"))["code"] == 53003
    await ada.say("leave")
    assert await ada.out() == 1000


async def test_a_frame_that_is_too_large_closes_the_connection(hall: Hall) -> None:
    await hall.room()
    ada, ben = await hall.enters("Ada"), await hall.enters("Ben")
    await ben.client.send("x" * (LARGEST_FRAME + 1))
    assert await ben.out() == 1009
    assert (await ada.hears("participant-disconnected"))["why"] == "left"


async def test_the_first_frame_says_into_which_room(hall: Hall) -> None:
    await hall.room()
    guest = await hall.arrives(hall.token("Ada"))
    await guest.say("mute", source="camera", muted=True)
    assert "first say into which room" in (await guest.hears("error"))["reason"]
    await guest.say("join", room="standup")
    await guest.hears("joined")
    await guest.say("join", room="standup")
    assert "in a room already" in (await guest.hears("error"))["reason"]


async def test_too_many_frames_are_turned_away_and_then_so_is_the_client(hall: Hall) -> None:
    await hall.room()
    ada = await hall.enters("Ada")
    for _ in range(300):
        await ada.client.send(json.dumps({"type": "seen"}))
    assert (await ada.hears("error"))["code"] == 20429
    assert await ada.out() == socket.FLOOD


def test_the_page_of_frames_names_them_all() -> None:
    page = (Path(__file__).parents[3] / "docs/video.md").read_text()
    asked = re.search(r"\| a client says(.*?)\n\n", page, re.DOTALL)
    said = re.search(r"\| the house says(.*?)\n\n", page, re.DOTALL)
    assert asked is not None
    assert said is not None
    known = {kind.__struct_config__.tag: kind.__struct_fields__ for kind in frames.Frame.__args__}
    assert set(re.findall(r"^\| `(\w+)` \|", asked[1], re.MULTILINE)) == set(known)
    for tag, fields in known.items():
        line = next(line for line in asked[1].splitlines() if line.startswith(f"| `{tag}` |"))
        assert [name for name in fields if f"`{name}`" not in line] == []
    code = "".join(file.read_text() for file in [*Path(carriage.__file__).parent.glob("*.py"), Path(socket.__file__)])
    told = set(re.findall(r'(?:tell|_tell_others|_tell_all|_to|made)\([^"()]*"([a-z-]+)"', code)) | {"ended"}
    lines = re.findall(r"^\| (`.*?`) \|", said[1], re.MULTILINE)
    assert {word for line in lines for word in re.findall(r"`([a-z-]+)`", line)} == told


# --- recording --------------------------------------------------------------------------------------------------------


async def records(hall: Hall, include: bool = True) -> Any:
    rules = json.dumps([{"type": "include" if include else "exclude", "all": True}])
    answer = await hall.ask("POST", "/video/v1/Rooms/standup/RecordingRules", Rules=rules)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def agrees(guest: Guest, agreed: bool = True) -> dict[str, Any]:
    """They are asked, see it, and answer."""
    asked = await guest.hears("asked")
    await guest.say("seen")
    await guest.say("answer", agreed=agreed)
    await guest.hears("unasked")
    return asked


async def talks(guest: Guest) -> Person:
    """Somebody's sound goes out."""
    person = Person()
    person.sends(microphone(), "microphone")
    sdp, lines = await person.offer()
    await guest.say("offer", sdp=sdp, lines=lines)
    await person.hear((await guest.hears("answer"))["sdp"])
    return person


async def test_a_late_comer_from_an_all_party_state_stops_it_until_they_agree(hall: Hall) -> None:
    await hall.room(StatusCallback=HOOK)
    ada = await hall.enters("Ada", state="NY", language="es")
    ben = await hall.enters("Ben", state="TX")
    people = [await talks(ada), await talks(ben)]
    assert (await records(hall))["state"] == "asking"
    asked: dict[str, Any] = (await asyncio.gather(agrees(ada), agrees(ben)))[0]
    assert (asked["language"], asked["acts"]) == ("es", ["record"])
    await ada.hears("recording", state="started")
    cleo = await hall.enters("Cleo", state="CA")
    await ada.hears("recording", state="paused")
    people.append(await talks(cleo))
    assert (await hall.ask("GET", "/video/v1/Rooms/standup/RecordingRules")).json()["state"] == "paused"
    await agrees(cleo)
    await ada.hears("recording", state="resumed")
    await asyncio.sleep(0.6)
    assert (await records(hall, include=False))["state"] == "none"
    await ada.hears("recording", state="completed")
    kept = (await hall.ask("GET", "/video/v1/Rooms/standup/Recordings")).json()["recordings"]
    assert [each["track_name"] for each in kept] == ["microphone"] * 3
    assert len({each["grouping_sids"]["participant_sid"] for each in kept}) == 3
    media = await hall.door.ask("GET", f"/video/v1/Rooms/standup/Recordings/{kept[0]['sid']}/Media")
    assert media.content.startswith(b"OggS")
    assert len(media.content) == kept[0]["size"]
    (row,) = await rows(hall, select(tables.recordings))
    events = await hall.door.database.read(lambda c: recordings.events(c, hall.door.sid, row.sid))
    what = [event.what for event in events]
    assert what.index("joined") < what.index("agreed", what.index("joined")) < what.index("resumed")
    heard = [t["StatusCallbackEvent"] for t in await told(hall) if t["StatusCallbackEvent"].startswith("recording")]
    assert heard == ["recording-started", "recording-paused", "recording-resumed", "recording-completed"]
    for person in people:
        await person.close()


async def test_who_declines_is_left_alone_and_nothing_is_kept_while_they_are_there(hall: Hall) -> None:
    await hall.room(StatusCallback=HOOK)
    ada = await hall.enters("Ada", state="WA")
    person = await talks(ada)
    await records(hall)
    await agrees(ada)
    await ada.hears("recording", state="started")
    ben = await hall.enters("Ben")  # of whom nothing is known: the strictest law counts
    await ada.hears("recording", state="paused")
    await agrees(ben, agreed=False)
    await asyncio.sleep(0.2)
    assert not any(frame["type"] == "recording" for frame in ada.heard)
    await ben.say("leave")
    await ada.hears("recording", state="resumed")  # they were all that was in the way
    await person.close()


async def test_a_recording_that_is_refused_says_why_and_keeps_nothing(hall: Hall) -> None:
    await hall.room(StatusCallback=HOOK, RecordParticipantsOnConnect="true")
    ada = await hall.enters("Ada", state="CA")
    person = await talks(ada)
    await agrees(ada, agreed=False)
    assert "said no to this" in (await ada.hears("recording", state="refused"))["reason"]
    assert [t["StatusCallbackEvent"] for t in await told(hall)][-1] == "recording-failed"
    assert (await hall.ask("GET", "/video/v1/Rooms/standup/Recordings")).json()["recordings"] == []
    assert not list(hall.door.folder.glob("RE*"))
    await person.close()


async def test_who_leaves_while_they_are_asked_is_waited_for_no_more(hall: Hall) -> None:
    await hall.room()
    ada, ben = await hall.enters("Ada", state="CA"), await hall.enters("Ben", state="CA")
    await records(hall)
    await agrees(ada)
    await ben.hears("asked")
    await ben.say("leave")
    await ada.hears("recording", state="started")


async def test_a_request_for_a_recording_can_be_taken_back(hall: Hall) -> None:
    await hall.room()
    ada = await hall.enters("Ada", state="CA")
    await records(hall)
    await ada.hears("asked")
    assert (await records(hall, include=False))["state"] == "none"
    await ada.hears("unasked")
    assert [row.state for row in await rows(hall, select(tables.recordings))] == ["ended"]


# --- a start and an end ---------------------------------------------------------------------------------------------


async def test_who_was_inside_when_the_process_was_killed_is_not_any_more_and_the_room_is(hall: Hall) -> None:
    await hall.room()
    await hall.enters("Ada")
    await hall.door.database.write(
        lambda c: c.execute(update(tables.video_participants).values(joined_at=datetime(2026, 1, 1, tzinfo=UTC)))
    )
    hall.rooms._rooms.clear()
    await hall.rooms.open()
    assert [room.last for room in hall.rooms._rooms.values()] == [1]  # whoever comes has another number in recordings
    (row,) = await rows(hall, select(tables.video_participants))
    assert (row.status, row.gone) == ("disconnected", "lost")
    assert (await hall.ask("GET", "/video/v1/Rooms/standup")).json()["status"] == "in-progress"


async def test_a_room_of_a_process_that_is_gone_is_taken_over_and_one_of_another_is_left_alone(hall: Hall) -> None:
    await hall.room()
    hall.rooms._rooms.clear()
    await hall.door.database.write(lambda c: c.execute(update(tables.video_rooms).values(process="elsewhere")))
    alive = {"process": "elsewhere", "started_at": datetime.now(UTC), "seen_at": datetime.now(UTC)}
    await hall.door.database.write(lambda c: c.execute(tables.processes.insert().values(alive)))
    assert (await hall.refused("Ada"))["code"] == carriage.ELSEWHERE
    await hall.door.database.write(lambda c: c.execute(tables.processes.delete()))
    await hall.enters("Ada")
    await hall.rooms.drained()
    assert [row.process for row in await rows(hall, select(tables.video_rooms))] == ["sole"]


async def test_a_room_that_nobody_is_in_is_over_after_a_while(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carriage, "UNUSED", 0.2)
    await hall.room(StatusCallback=HOOK)
    ada = await hall.enters("Ada")
    await asyncio.sleep(0.3)
    assert (await hall.ask("GET", "/video/v1/Rooms/standup")).json()["status"] == "in-progress"
    await ada.say("leave")
    await ada.out()
    async with asyncio.timeout(5):
        while (await told(hall))[-1]["StatusCallbackEvent"] != "room-ended":
            await asyncio.sleep(0.05)
    (row,) = await rows(hall, select(tables.video_rooms))
    assert row.status == "completed"


async def test_who_stays_for_too_long_is_out(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carriage, "LONGEST", 0.2)
    await hall.room()
    ada = await hall.enters("Ada")
    assert "longest" in (await ada.hears("ended"))["reason"]
    await hall.enters("Ada")  # they were not put out
