"""Conferences that are recorded: who is told before, what is kept of whom, and what is on record, on lines with sound.

Florida and California ask everybody, so that nothing begins before the last has agreed.
"""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from masstransit.channels.media import wav
from masstransit.errors import NotFound
from masstransit.storage import recordings
from masstransit.storage.tables import notices
from tests.carriage.voice.house import ANN, BEN, CAT, VoiceHouse, until
from tests.carriage.voice.sounding import SoundLine
from tests.carriage.voice.test_conferences import agrees, enters, seat_of
from tests.carriage.voice.test_onair import becomes, states
from tests.stories.talker import strength

SPOKEN, SECRET = 440, 2100  # far apart: where a tone is cut off, some of it is heard beside its pitch
TOLD = (
    'recordingStatusCallback="https://shop.example/taped" recordingStatusCallbackEvent="in-progress completed absent"'
)
RECORD = f'record="record-from-start" startConferenceOnEnter="false" {TOLD}'


async def meets(house: VoiceHouse) -> tuple[str, str, SoundLine, SoundLine]:
    """Two are in a conference that is to be recorded; its SID, and the first one's call."""
    sid, ann = await enters(house, ANN, RECORD)
    _, ben = await enters(house, BEN)
    seat = await until(lambda: seat_of(house, sid))
    return seat.room.sid, sid, ann, ben


async def recorded(house: VoiceHouse) -> tuple[str, str, str, SoundLine, SoundLine]:
    """The same, with the recording that both agreed to."""
    room, sid, ann, ben = await meets(house)
    await asyncio.gather(agrees(ann), agrees(ben))
    return await becomes(house, room, "capturing"), room, sid, ann, ben


def loud(house: VoiceHouse, sid: str, leg: int, pitch: int) -> float:
    """How loud a pitch is at its loudest in what was kept of somebody."""
    assert house.sounding is not None
    samples = wav.read(house.sounding.folder / sid / f"leg-{leg}.wav").astype(np.int64)
    return max((strength(samples[at : at + 400], pitch) for at in range(0, len(samples), 400)), default=0.0)


async def told(house: VoiceHouse, recording: str) -> dict[str, dict[str, Any]]:
    """What its listener hears, by what it is of."""
    query = select(notices).where(notices.c.about == recording)
    rows = await house.database.read(lambda c: c.execute(query).all())
    return {row.body["params"]["RecordingStatus"]: row.body["params"] for row in rows}


async def ends(house: VoiceHouse, *lines: SoundLine) -> None:
    """They hang up, and what was kept of their conference is on record."""
    for line in lines:
        line.phone.drop()
    await until(lambda: not goes_on(house))
    await house.parts.conferences.drained()


def goes_on(house: VoiceHouse) -> bool:
    try:
        return bool(house.parts.conferences.room(house.account, "all"))
    except NotFound:
        return False


async def test_it_is_recorded_from_when_on_everybody_agreed_to_its_end(sounding: VoiceHouse) -> None:
    room, _, ann, ben = await meets(sounding)
    await agrees(ann)
    await asyncio.sleep(0.2)
    assert [state for _, _, state in await states(sounding, room)] != ["capturing"]
    ann.talker.pitch = ben.talker.pitch = SECRET
    await asyncio.sleep(0.2)
    await agrees(ben)
    recording = await becomes(sounding, room, "capturing")
    ann.talker.pitch = ben.talker.pitch = SPOKEN
    await asyncio.sleep(0.8)
    await ends(sounding, ann, ben)
    assert await states(sounding, room) == [(recording, "conference", "ended")]
    assert [loud(sounding, recording, leg, SPOKEN) > 1000 for leg in (1, 2)] == [True, True]
    events = await told(sounding, recording)
    assert {status: each["RecordingSource"] for status, each in events.items()} == {
        "in-progress": "Conference", "completed": "Conference",
    }  # fmt: skip
    assert {each["ConferenceSid"] for each in events.values()} == {room}
    assert not any("CallSid" in each for each in events.values())


async def test_who_comes_later_is_told_first_and_nothing_is_kept_meanwhile(sounding: VoiceHouse) -> None:
    recording, room, _, ann, ben = await recorded(sounding)
    ann.talker.pitch = SPOKEN
    await asyncio.sleep(0.5)
    ann.talker.pitch = SECRET
    _, cat = await enters(sounding, CAT)
    cat.talker.pitch = SECRET
    await becomes(sounding, room, "paused")
    await asyncio.sleep(0.4)
    await agrees(cat)
    await becomes(sounding, room, "capturing")
    ann.talker.pitch = cat.talker.pitch = SPOKEN
    await asyncio.sleep(0.8)
    await ends(sounding, ann, ben, cat)
    assert loud(sounding, recording, 3, SPOKEN) > 1000
    assert loud(sounding, recording, 3, SECRET) < 300
    rows = await sounding.database.read(lambda c: recordings.events(c, sounding.account, recording))
    assert [(row.what, row.leg) for row in rows if row.what in {"began", "joined", "resumed", "ended"}] == [
        ("began", None), ("joined", 3), ("resumed", None), ("ended", None),
    ]  # fmt: skip


async def test_where_somebody_declines_it_is_refused_and_goes_on(sounding: VoiceHouse) -> None:
    room, sid, ann, ben = await meets(sounding)
    await agrees(ann)
    await until(lambda: ben.leg.asks)
    await asyncio.sleep(0.1)
    await ben.talker.press("2")
    await becomes(sounding, room, "refused")
    ((code, why),) = await until_alerts(sounding)
    assert (code, "The conference is not recorded" in why, "leg 2" in why) == (13237, True, True)
    assert seat_of(sounding, sid) is not None
    _, cat = await enters(sounding, CAT)
    await asyncio.sleep(0.3)
    assert not cat.leg.asks  # it was asked about once
    await ends(sounding, ann, ben, cat)
    assert [state for _, _, state in await states(sounding, room)] == ["refused"]


async def until_alerts(house: VoiceHouse) -> list[tuple[int, str]]:
    async with asyncio.timeout(5):
        while not (found := await house.alerts()):
            await asyncio.sleep(0.01)
    return found


@pytest.mark.parametrize("apart", ["muted", "held", "out"])
async def test_whom_nobody_hears_is_not_recorded(sounding: VoiceHouse, apart: str) -> None:
    recording, _, sid, ann, ben = await recorded(sounding)
    met, seat = sounding.parts.conferences, seat_of(sounding, sid)
    assert seat is not None
    await asyncio.sleep(0.6)
    ann.talker.pitch = ben.talker.pitch = SECRET
    match apart:
        case "muted":
            met.mute(seat, muted=True)
        case "held":
            met.hold(seat, None, on_hold=True)
        case _:
            met.remove(seat)
    await asyncio.sleep(0.6)
    if apart == "muted":
        ann.talker.pitch = SPOKEN
        met.mute(seat, muted=False)
        await asyncio.sleep(0.6)
    await ends(sounding, ann, ben)
    assert loud(sounding, recording, 1, SPOKEN) > 1000
    assert loud(sounding, recording, 1, SECRET) < 300
    assert loud(sounding, recording, 2, SECRET) > 1000  # whom the others hear all the time


async def test_when_all_leave_before_it_is_settled_nothing_is_kept(sounding: VoiceHouse) -> None:
    room, _, ann, ben = await meets(sounding)
    await until(lambda: ann.leg.asks)
    await ends(sounding, ann, ben)
    ((recording, _, state),) = await states(sounding, room)
    assert (state, list(await told(sounding, recording))) == ("ended", ["absent"])
    assert sounding.sounding is not None
    assert not (sounding.sounding.folder / recording).exists()


async def test_a_conference_without_sound_here_is_not_recorded(house: VoiceHouse) -> None:
    sid = await house.begin("<Dial><Conference record='record-from-start'>all</Conference></Dial>", ANN)
    await house.takes(ANN)
    await until(lambda: seat_of(house, sid))
    ((code, why),) = await until_alerts(house)
    assert (code, "not recorded" in why) == (13237, True)
