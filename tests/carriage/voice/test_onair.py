"""Recordings that documents ask for, on lines with sound: phones that talk over RTP."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qsl

import numpy as np
from sqlalchemy import select

from masstransit.carriage.recording import Asked, State
from masstransit.carriage.recording_events import EVENTS, Listener
from masstransit.channels.media import wav
from masstransit.channels.media.shelf import Shelf
from masstransit.storage import recordings
from masstransit.storage.tables import notices
from tests.carriage.test_webhooks import Server
from tests.carriage.voice.house import ANN, BEN, VoiceHouse, until
from tests.carriage.voice.sounding import SoundLine
from tests.carriage.voice.test_flow import says
from tests.makers import SENDER
from tests.stories.talker import strength

SPOKEN = 440
RECORD_BEN = f'<Dial record="record-from-answer-dual" action="/done" callerId="{SENDER}">{BEN}</Dial>'


async def line_of(house: VoiceHouse, number: str = ANN) -> SoundLine:
    """The phone rings, and its person answers."""
    await house.takes(number)
    assert house.sounding is not None
    lines = house.sounding.lines
    return await until(lambda: lines.get(number))


async def states(house: VoiceHouse, sid: str) -> list[tuple[str, str, str]]:
    rows = await house.database.read(lambda c: recordings.of_call(c, house.account, sid))
    return [(row.sid, row.source, row.state) for row in rows]


async def becomes(house: VoiceHouse, sid: str, state: str) -> str:
    """The SID of the call's recording once it stands so."""
    async with asyncio.timeout(5):
        while True:
            for recording, _, now in await states(house, sid):
                if now == state:
                    return recording
            await asyncio.sleep(0.01)


def heard(house: VoiceHouse, sid: str, leg: int = 1) -> float:
    """How loud somebody is in a recording."""
    assert house.sounding is not None
    samples = wav.read(house.sounding.folder / sid / f"leg-{leg}.wav").astype(np.int64)
    return max((strength(samples[at : at + 400], SPOKEN) for at in range(0, len(samples), 400)), default=0.0)


def told(server: Server, path: str = "/done") -> dict[str, str]:
    """What an action heard."""
    return next(dict(parse_qsl(body.decode())) for _, target, _, body in server.asked if target == path)


async def test_a_message_is_recorded_after_the_tone_and_its_action_told(sounding: VoiceHouse, server: Server) -> None:
    says(server, "/done", "<Hangup/>")
    sid = await sounding.begin(says(server, "/first", '<Record action="/done" finishOnKey="#" timeout="5"/>'))
    line = await line_of(sounding)
    recording = await becomes(sounding, sid, "capturing")
    await asyncio.sleep(0.6)
    line.phone.press("1#")
    await sounding.over(sid)
    action = told(server)
    assert (action["RecordingSid"], action["Digits"]) == (recording, "#")
    assert action["RecordingUrl"].endswith(f"/Accounts/{sounding.account}/Recordings/{recording}")
    assert await states(sounding, sid) == [(recording, "record", "ended")]
    assert heard(sounding, recording) > 1000
    assert await sounding.alerts() == []


async def test_a_message_is_over_when_its_person_is_silent(sounding: VoiceHouse, server: Server) -> None:
    sid = await sounding.begin(says(server, "/first", '<Record action="/done" timeout="1"/>'))
    line = await line_of(sounding)
    recording = await becomes(sounding, sid, "capturing")
    await asyncio.sleep(0.6)
    line.talker.pitch = 0
    await sounding.over(sid)
    assert told(server)["RecordingDuration"] in {"1", "2"}
    assert heard(sounding, recording) > 1000


async def test_without_a_tone_its_person_is_told_and_has_to_agree(sounding: VoiceHouse, server: Server) -> None:
    sid = await sounding.begin(says(server, "/first", '<Record playBeep="false" finishOnKey="#" action="/done"/>'))
    line = await line_of(sounding)
    await until(lambda: line.leg.asks)
    await asyncio.sleep(0.1)
    await line.talker.press("2")
    row = await sounding.over(sid)
    assert row.status == "completed"
    ((code, why),) = await sounding.alerts()
    assert code == 13237
    assert "leg 1" in why
    assert [state for _, _, state in await states(sounding, sid)] == ["refused"]


async def test_who_hangs_up_ends_their_message_and_it_is_kept(sounding: VoiceHouse, server: Server) -> None:
    sid = await sounding.begin(says(server, "/first", '<Record action="/done"/>'))
    line = await line_of(sounding)
    recording = await becomes(sounding, sid, "capturing")
    await asyncio.sleep(0.5)
    line.phone.drop()
    await sounding.over(sid)
    assert await states(sounding, sid) == [(recording, "record", "ended")]
    assert heard(sounding, recording) > 1000


async def test_a_joined_call_is_recorded_once_both_have_agreed(sounding: VoiceHouse, server: Server) -> None:
    sid = await sounding.begin(says(server, "/first", RECORD_BEN))
    ann, ben = await line_of(sounding, ANN), await line_of(sounding, BEN)
    await until(lambda: ann.leg.asks and ben.leg.asks)
    await asyncio.sleep(0.1)
    await ann.talker.press("1")
    assert [state for *_, state in await states(sounding, sid)] != ["capturing"]
    await ben.talker.press("1")
    recording = await becomes(sounding, sid, "capturing")
    await asyncio.sleep(0.6)
    ben.phone.drop()
    await sounding.over(sid)
    assert told(server)["RecordingSid"] == recording
    assert min(heard(sounding, recording, 1), heard(sounding, recording, 2)) > 1000
    assert sounding.sounding is not None
    assert Shelf(sounding.sounding.folder).size(recording, 2) is not None
    row = await sounding.database.read(lambda c: recordings.find(c, sounding.account, recording))
    assert row is not None
    assert (row.source, row.channels, sorted(row.digests)) == ("dial", 2, ["leg-1.wav", "leg-2.wav"])


async def test_who_declines_is_not_recorded_and_the_two_talk_all_the_same(sounding: VoiceHouse, server: Server) -> None:
    sid = await sounding.begin(says(server, "/first", RECORD_BEN))
    ann, ben = await line_of(sounding, ANN), await line_of(sounding, BEN)
    await until(lambda: ann.leg.asks and ben.leg.asks)
    await asyncio.sleep(0.1)
    await ann.talker.press("1")
    await ben.talker.press("2")
    await becomes(sounding, sid, "refused")
    ann.phone.say("Hello.")
    assert ben.phone.shown.heard == ("Hello.",)
    ben.phone.drop()
    await sounding.over(sid)
    ((code, why),) = await sounding.alerts()
    assert (code, "leg 2 did not agree" in why) == (13237, True)
    assert "RecordingSid" not in told(server)


LISTENER = Listener(url="https://shop.example/recorded", events=EVENTS)


async def heard_of(house: VoiceHouse, recording: str) -> list[str]:
    """What its listener is told of a recording."""
    query = select(notices).where(notices.c.about == recording)
    rows = await house.database.read(lambda c: c.execute(query).all())
    return sorted(row.body["params"]["RecordingStatus"] for row in rows)


async def test_a_call_that_is_recorded_from_its_start_is_told_of_before_its_document_speaks(
    sounding: VoiceHouse,
) -> None:
    asked = Asked(source="call", channels=2, listener=LISTENER)
    sid = await sounding.begin("<Say>Hello.</Say><Pause length='60'/>", record=asked)
    line = await line_of(sounding)
    await until(lambda: line.leg.asks)
    assert line.phone.shown.heard == ()
    await asyncio.sleep(0.1)
    await line.talker.press("1")
    recording = await becomes(sounding, sid, "capturing")
    await until(lambda: line.phone.shown.heard == ("Hello.",))
    await asyncio.sleep(0.4)
    line.phone.drop()
    await sounding.over(sid)
    assert await states(sounding, sid) == [(recording, "call", "ended")]
    assert heard(sounding, recording) > 1000
    assert await heard_of(sounding, recording) == ["completed", "in-progress"]


async def test_who_says_no_at_its_start_is_not_recorded_and_the_call_goes_on(sounding: VoiceHouse) -> None:
    sid = await sounding.begin("<Say>Hello.</Say>", record=Asked(source="call", listener=LISTENER))
    line = await line_of(sounding)
    await until(lambda: line.leg.asks)
    await asyncio.sleep(0.1)
    await line.talker.press("2")
    await sounding.over(sid)
    assert line.phone.shown.heard == ("Hello.",)
    ((recording, _, state),) = await states(sounding, sid)
    assert (state, await heard_of(sounding, recording)) == ("refused", ["absent"])
    assert [code for code, _ in await sounding.alerts()] == [13237]


async def test_a_documents_recordings_are_told_to_its_callback(sounding: VoiceHouse, server: Server) -> None:
    told_to = 'recordingStatusCallback="/recorded" recordingStatusCallbackEvent="in-progress completed"'
    sid = await sounding.begin(says(server, "/first", f'<Record action="/done" finishOnKey="#" {told_to}/>'))
    line = await line_of(sounding)
    recording = await becomes(sounding, sid, "capturing")
    line.phone.press("#")
    await sounding.over(sid)
    assert await heard_of(sounding, recording) == ["completed", "in-progress"]


async def test_who_hangs_up_while_both_are_told_leaves_no_recording_behind(
    sounding: VoiceHouse, server: Server
) -> None:
    says(server, "/done", '<Pause length="30"/>')
    sid = await sounding.begin(says(server, "/first", RECORD_BEN))
    ann, ben = await line_of(sounding, ANN), await line_of(sounding, BEN)
    await until(lambda: ann.leg.asks and ben.leg.asks)
    ben.phone.drop()
    recording = await becomes(sounding, sid, "ended")
    assert sounding.sounding is not None
    assert Shelf(sounding.sounding.folder).size(recording, 1) is None
    ann.phone.drop()
    await sounding.over(sid)


async def test_who_is_dialled_into_a_recorded_call_stops_it_before_they_are_put_through(
    sounding: VoiceHouse, server: Server
) -> None:
    dial = f'<Pause length="1"/><Dial callerId="{SENDER}">{BEN}</Dial>'
    sid = await sounding.begin(says(server, "/first", dial))
    ann = await line_of(sounding, ANN)
    asking = asyncio.create_task(sounding.recordings.ask(sid, Asked()))
    await until(lambda: ann.leg.asks)
    await asyncio.sleep(0.1)
    await ann.talker.press("1")
    ruled = await asking
    assert ruled.state is State.CAPTURING
    ben = await line_of(sounding, BEN)
    await until(lambda: ben.leg.asks)
    assert [state for *_, state in await states(sounding, sid)] == ["paused"]
    ann.phone.say("Too early.")
    assert ben.phone.shown.heard == ()
    await asyncio.sleep(0.1)
    await ben.talker.press("1")
    await until(lambda: ben.phone.others)
    events = await sounding.database.read(lambda c: recordings.events(c, sounding.account, ruled.sid))
    assert [row.what for row in events] == ["told", "agreed", "began", "joined", "told", "agreed", "resumed"]
    ben.phone.drop()
    await sounding.over(sid)


async def test_a_call_in_a_conference_is_off_the_air(sounding: VoiceHouse, server: Server) -> None:
    document = "<Pause length='1'/><Dial><Conference>room</Conference></Dial>"
    sid = await sounding.begin(says(server, "/first", document))
    line = await line_of(sounding)
    await until(lambda: sounding.recordings.has_sound(sid))
    await until(lambda: not sounding.recordings.has_sound(sid))
    line.phone.drop()
    await sounding.over(sid)
    assert not sounding.recordings.has_sound(sid)
