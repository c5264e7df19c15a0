"""Rooms of a house that has a Janus beside it, over real sockets: which are forwarded by it, and what is refused in
them. Janus is on loopback, where it answers and no packet passes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from masstransit.carriage.video import rooms as carriage
from masstransit.channels.video.janus.gateway import Gateway, Settings
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.api.gated import GatedDoor
from tests.channels.video.hall import Hall, a_hall
from tests.channels.video.janus.beside import KEY, SECRET, Janus, a_janus
from tests.channels.video.people import Person, microphone
from tests.channels.video.test_unit import until

INCLUDE = json.dumps([{"type": "include", "all": True}])


class Beside:
    """A hall, and the Janus beside it."""

    def __init__(self, hall: Hall, janus: Janus, gateway: Gateway) -> None:
        self.hall, self.janus, self.gateway = hall, janus, gateway


@pytest.fixture
async def beside(sqlite_database: Database, keys: Keys, tmp_path: Path) -> AsyncIterator[Beside]:
    with a_janus(tmp_path / "janus") as janus:
        gateway = Gateway(Settings(url=janus.url, secret=SECRET, key=KEY, most=12))
        async with a_hall(GatedDoor(sqlite_database, keys), gateway) as hall:
            await gateway.open()
            yield Beside(hall, janus, gateway)
            await gateway.close()


async def test_larger_rooms_are_forwarded_by_janus_and_the_others_as_before(beside: Beside) -> None:
    hall = beside.hall
    shown = (await hall.ask("POST", "/video/v1/Rooms", UniqueName="small")).json()
    assert shown["max_participants"] == 4
    await hall.room("large", MaxParticipants="12")
    assert "53107" in (await hall.ask("POST", "/video/v1/Rooms", UniqueName="huge", MaxParticipants="13")).text
    for name, watch in (("small", False), ("large", True)):
        guest = await hall.arrives(hall.token("Ada"))
        await guest.say("join", room=name)
        assert (await guest.hears("joined"))["watch"] is watch
        await guest.say("watching", sdp="v=0")
        assert ("nothing" in (await guest.hears("error"))["reason"]) is True
        person = Person()
        person.sends(microphone(), "microphone")
        sdp, lines = await person.offer()
        await guest.say("offer", sdp=sdp, lines=lines)
        assert "a=recvonly" in (await guest.hears("answer"))["sdp"]
        await person.close()


async def test_what_janus_would_record_is_refused_in_plain_words(beside: Beside) -> None:
    hall = beside.hall
    told = {"UniqueName": "large", "MaxParticipants": "12"}
    refused = await hall.ask("POST", "/video/v1/Rooms", **told, RecordParticipantsOnConnect="true")
    assert refused.status_code == 400
    assert "a room for at most 4 people" in refused.json()["message"]
    await hall.room("large", MaxParticipants="12")
    ada = await hall.enters("Ada", "large")
    refused = await hall.ask("POST", "/video/v1/Rooms/large/RecordingRules", Rules=INCLUDE)
    assert refused.status_code == 409
    assert "forwarded by Janus" in refused.json()["message"]
    assert (await hall.ask("GET", "/video/v1/Rooms/large/RecordingRules")).json()["state"] == "none"
    ben = await hall.enters("Ben", "large")
    await ben.say("leave")
    assert (await ada.hears("participant-disconnected"))["why"] == "left"
    assert not any(frame["type"] == "asked" for frame in ada.heard)


async def test_a_room_that_was_to_be_recorded_and_has_come_to_janus_says_that_it_is_not(beside: Beside) -> None:
    hall = beside.hall
    await hall.room("standup", RecordParticipantsOnConnect="true")
    hall.rooms._rooms.clear()
    hall.unit.most = 2  # the operator has the house forward smaller rooms since
    ada = await hall.enters("Ada")
    assert "forwarded by Janus" in (await ada.hears("recording", state="refused"))["reason"]


async def test_when_janus_dies_its_rooms_are_told_and_no_other(beside: Beside) -> None:
    hall = beside.hall
    await hall.room("small")
    await hall.room("large", MaxParticipants="12")
    ada, ben = await hall.enters("Ada", "small"), await hall.enters("Ben", "large")
    beside.janus.kill()
    assert (await ben.hears("ended"))["why"] == "lost"
    assert (await hall.refused("Ben", "large"))["code"] == carriage.MEDIA
    beside.janus.start()
    await until(lambda: beside.gateway.up)
    await hall.enters("Ben", "large")
    assert ada.closed is None
