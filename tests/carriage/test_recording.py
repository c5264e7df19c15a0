"""Recordings as they are kept on record, on both engines: papers, monitoring, messages left, and a process that died.

The sound itself is in `tests/stories/test_recording_consent.py`; here is a call whose legs are not needed.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from masstransit.carriage.recording import Asked, OnAir, Recordings, State, Tape
from masstransit.carriage.recording_events import EVENTS, Listener
from masstransit.channels.media.prompts import of_the_house
from masstransit.channels.media.pulse import Pulse
from masstransit.channels.media.studio import Studio
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.facts.calls.recording_law import Places, Whereabouts
from masstransit.facts.consent import Roots
from masstransit.gate import Gate
from masstransit.ledger import verify
from masstransit.model.address import parse
from masstransit.model.change import Act, Participant, Role
from masstransit.model.communication import Kind
from masstransit.policy.clause_13_recording_without_consent import RecordingWithoutConsent
from masstransit.storage import recordings, retention
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import notices
from masstransit.story import story_of, tell
from tests.carriage.house import House
from tests.makers import ACCOUNT, NOON

NEW_YORK, TEXAS, CALIFORNIA = "+12125550123", "+12145550123", "+14155550123"
YEAR = timedelta(days=366)
HEARS = Listener(url="https://shop.example/recorded", events=EVENTS)


class Room:
    """A house that records, and one call in it."""

    def __init__(self, database: Database, keys: Keys, folder: Path, *numbers: str, **call: Any) -> None:
        self.house = House(database, keys)
        self.house.exchange.gate = Gate(
            (RecordingWithoutConsent(),), {Whereabouts: Places(database, keys, Roots())}, self.house.clock
        )
        self.recordings = Recordings(
            exchange=self.house.exchange,
            database=database,
            ledger=self.house.ledger,
            keys=keys,
            clock=self.house.clock,
        )
        staff = Participant(leg=1, role=Role.STAFF, address=parse(NEW_YORK), since=NOON)
        others = [Participant(leg=at, address=parse(number), since=NOON) for at, number in enumerate(numbers, 2)]
        self.call = OnAir(
            account=ACCOUNT,
            sid="CA1",
            participants={each.leg: each for each in ([] if call else [staff]) + others},
            sound=Studio(Pulse(), of_the_house(), folder / "sound"),
            **call,
        )
        self.recordings.began(self.call)

    async def ask(self, **asked: Any) -> Any:
        return await self.recordings.ask("CA1", Asked(**asked))

    async def row(self, sid: str) -> Any:
        return await self.house.database.read(lambda c: recordings.find(c, ACCOUNT, sid))

    async def heard(self, sid: str) -> list[dict[str, str]]:
        """What its listener is told, by status."""
        query = select(notices).where(notices.c.about == sid)
        rows = await self.house.database.read(lambda c: c.execute(query).all())
        return sorted((row.body["params"] for row in rows), key=lambda params: str(params["RecordingStatus"]))

    async def told(self, sid: str) -> list[Any]:
        return [(r.what, r.leg) for r in await self.house.database.read(lambda c: recordings.events(c, ACCOUNT, sid))]


async def test_a_paper_lets_it_begin_at_once_and_is_on_record(database: Database, keys: Keys, tmp_path: Path) -> None:
    room = Room(database, keys, tmp_path, CALIFORNIA)
    ruled = await room.ask(papers={2: "contract 17"}, announce=False)
    assert ruled.state is State.CAPTURING
    assert await room.told(ruled.sid) == [("agreed", 2), ("began", None)]
    (agreed, _) = await database.read(lambda c: recordings.events(c, ACCOUNT, ruled.sid))
    assert agreed.told == {"how": "stated", "proof": "contract 17", "to": ["record"]}
    assert agreed.person == keys.person(CALIFORNIA)
    await room.recordings.ended("CA1")
    row = await room.row(ruled.sid)
    assert (row.state, row.began_at, row.ended_at, row.erased_at) == ("ended", NOON, NOON, None)
    assert (await database.survey(lambda c: verify(c, keys.public))).whole


async def test_who_is_heard_and_not_recorded_is_asked_about_too(database: Database, keys: Keys, tmp_path: Path) -> None:
    room = Room(database, keys, tmp_path, TEXAS)
    listening = await room.ask(what=Act.LISTEN)
    assert listening.state is State.CAPTURING
    room.call.participants[3] = Participant(leg=3, address=parse(CALIFORNIA), since=NOON)
    refused = await room.ask(what=Act.BARGE, announce=False)
    assert refused.state is State.REFUSED
    assert not (tmp_path / "sound").exists()


async def test_a_message_that_somebody_leaves_is_recorded(database: Database, keys: Keys, tmp_path: Path) -> None:
    room = Room(database, keys, tmp_path, CALIFORNIA, kind=Kind.VOICEMAIL, self_recorded=True)
    assert (await room.ask(announce=False)).state is State.CAPTURING


async def test_a_refusal_keeps_no_sound_and_says_what_is_missing(
    database: Database, keys: Keys, tmp_path: Path
) -> None:
    room = Room(database, keys, tmp_path, CALIFORNIA)
    ruled = await room.ask(announce=False)
    assert ruled.state is State.REFUSED
    assert any("leg 2" in remedy for _, remedy in ruled.missing)
    row = await room.row(ruled.sid)
    assert (row.state, row.began_at, row.erased_at) == ("refused", None, NOON)
    told = "\n".join(tell(await database.read(lambda c: story_of(c, ruled.sid))))
    assert "it does not begin, and the call goes on" in told
    assert "13.2" in told


async def test_its_listener_hears_that_it_goes_on_and_is_complete(
    database: Database, keys: Keys, tmp_path: Path
) -> None:
    room = Room(database, keys, tmp_path, TEXAS)
    ruled = await room.ask(listener=HEARS)
    await room.recordings.pause(ruled.sid)
    await room.recordings.resume(ruled.sid)
    assert [each["RecordingStatus"] for each in await room.heard(ruled.sid)] == ["in-progress"]
    await room.recordings.stop(ruled.sid)
    assert [each["RecordingStatus"] for each in await room.heard(ruled.sid)] == ["completed", "in-progress"]


async def test_its_listener_hears_that_a_refused_one_is_absent(database: Database, keys: Keys, tmp_path: Path) -> None:
    room = Room(database, keys, tmp_path, CALIFORNIA)
    ruled = await room.ask(announce=False, listener=HEARS)
    (told,) = await room.heard(ruled.sid)
    assert (told["RecordingStatus"], told["ErrorCode"]) == ("absent", "13237")


async def test_what_has_no_sound_here_is_on_record_and_absent(database: Database, keys: Keys, tmp_path: Path) -> None:
    room = Room(database, keys, tmp_path, TEXAS)
    sid = await room.recordings.absent(ACCOUNT, "CA2", Asked(source="call", listener=HEARS))
    row = await room.row(sid)
    assert (row.call, row.state, row.source, row.erased_at) == ("CA2", "refused", "call", NOON)
    assert [each["CallSid"] for each in await room.heard(sid)] == ["CA2"]
    assert "soundless" in "\n".join(tell(await database.read(lambda c: story_of(c, sid))))


async def test_what_is_not_under_way_is_told_so(database: Database, keys: Keys, tmp_path: Path) -> None:
    room = Room(database, keys, tmp_path, TEXAS)
    ruled = await room.ask()
    with pytest.raises(Conflict, match="is capturing"):
        await room.recordings.resume(ruled.sid)
    await room.recordings.pause(ruled.sid)
    with pytest.raises(Conflict, match="is paused"):
        await room.recordings.pause(ruled.sid)
    assert (await room.recordings.resume(ruled.sid)).state is State.CAPTURING
    await room.recordings.stop(ruled.sid)
    for asking in (room.recordings.stop(ruled.sid), room.recordings.ask("CA9", Asked())):
        with pytest.raises(NotFound, match="under way"):
            await asking
    room.call.participants[2] = Participant(leg=2, address=parse(CALIFORNIA), since=NOON)
    with pytest.raises(BadInput, match="no announcement tells of this: transcribe"):
        await room.ask(what=Act.TRANSCRIBE)
    rows = await database.read(lambda c: recordings.of_call(c, ACCOUNT, "CA1"))
    assert sorted((row.act, row.state) for row in rows) == [("record", "ended"), ("transcribe", "refused")]


async def test_a_recording_whose_process_died_ends_where_it_came_to(
    database: Database, keys: Keys, tmp_path: Path
) -> None:
    room = Room(database, keys, tmp_path, TEXAS)
    ruled = await room.ask()
    again = Room(database, keys, tmp_path).recordings  # after the restart
    tapes = {ruled.sid: Tape(seconds=3.5, digests={"leg-1.wav": "d"}), "RE0": Tape(seconds=1.0, digests={})}
    assert await again.mend(tapes) == [ruled.sid]
    assert await again.mend(tapes) == []
    row = await room.row(ruled.sid)
    assert (row.state, row.seconds, row.digests) == ("ended", 3.5, {"leg-1.wav": "d"})
    assert (await room.told(ruled.sid))[-1] == ("cut off", None)


async def test_what_was_answered_is_kept_four_years_longer_than_the_sound(
    database: Database, keys: Keys, tmp_path: Path
) -> None:
    room = Room(database, keys, tmp_path, CALIFORNIA)
    ruled = await room.ask(papers={2: "contract 17"}, announce=False)
    await room.recordings.ended("CA1")

    async def swept(years: float) -> bool:
        await retention.sweep_all(database, room.house.ledger, NOON + years * YEAR)
        return not await room.told(ruled.sid)

    assert not await swept(30)
    erased = NOON + 30 * YEAR
    await database.write(lambda c: recordings.change(c, ACCOUNT, ruled.sid, erased_at=erased))
    assert not await swept(33.9)
    assert await swept(34.1)
