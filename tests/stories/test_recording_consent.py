"""A recording and those who talk: over RTP, with phones that are not ours, checked on the samples that were kept.

Everybody speaks at 440 Hz as long as what they say must not be kept, and at 880 Hz from when on it may be. The seam to
the signalling is SDP: a phone's description goes in, the leg's comes out.
"""

from __future__ import annotations

import asyncio
import hashlib
import struct
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from masstransit.carriage.exchange import Exchange
from masstransit.carriage.notices import Notices
from masstransit.carriage.recording import Asked, OnAir, Recordings, Ruled, State
from masstransit.carriage.registration import Registrations
from masstransit.channels.media import g711, wav
from masstransit.channels.media.leg import open_leg
from masstransit.channels.media.prompts import Prompts, of_the_house
from masstransit.channels.media.pulse import Pulse
from masstransit.channels.media.recorder import digest_of
from masstransit.channels.media.studio import Studio
from masstransit.clock import SystemClock
from masstransit.facts.calls.recording_law import Places, Whereabouts
from masstransit.facts.consent import Roots
from masstransit.gate import Gate, Learner
from masstransit.ledger import Ledger, verify
from masstransit.model.address import parse
from masstransit.model.change import Participant, Role
from masstransit.policy.clause_13_recording_without_consent import RecordingWithoutConsent
from masstransit.storage import recordings
from masstransit.storage.decisions import about
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.makers import ACCOUNT
from tests.stories.announcement import ANNOUNCED, short
from tests.stories.talker import LOUD, Talker, strength

pytestmark = pytest.mark.story
ONE_ENGINE = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)

SECRET, ALLOWED = 440, 880
NEW_YORK, TEXAS, CALIFORNIA, WASHINGTON = "+12125550123", "+12145550123", "+14155550123", "+12065550123"


class Call:
    """A call of some phones, with what may be done with it."""

    def __init__(self, recordings_: Recordings, pulse: Pulse, prompts: Prompts, folder: Path) -> None:
        self.recordings = recordings_
        self.folder = folder
        self.studio = Studio(pulse, prompts, folder)
        self.talkers: dict[int, Talker] = {}
        self.pulse = pulse
        self.on_air = OnAir(account=ACCOUNT, sid="CA1", participants={}, sound=self.studio)
        recordings_.began(self.on_air)

    async def phone(self, leg: int, number: str | None, role: Role = Role.PERSON) -> Participant:
        """Somebody picks up."""
        talker = self.talkers[leg] = await Talker.open(SECRET)
        end = await open_leg(self.pulse)
        end.hear(talker.description())
        talker.call(end.description())
        self.studio.add(leg, end)
        now = SystemClock().now()
        return Participant(leg=leg, role=role, address=parse(number) if number else None, since=now)

    async def enter(self, leg: int, number: str | None, role: Role = Role.PERSON) -> Talker:
        """Somebody is in the call from its begin on."""
        self.on_air.participants[leg] = await self.phone(leg, number, role)
        self.studio.connect(leg)
        return self.talkers[leg]

    def speak(self, pitch: float) -> None:
        for talker in self.talkers.values():
            talker.pitch = pitch

    async def ask(self, **asked: Any) -> Ruled:
        return await self.recordings.ask("CA1", Asked(**{"patience": 0.6, **asked}))

    def asking(self, **asked: Any) -> asyncio.Task[Ruled]:
        return asyncio.get_running_loop().create_task(self.ask(**asked))

    async def end(self) -> None:
        await self.recordings.ended("CA1")
        self.studio.close()
        for talker in self.talkers.values():
            talker.hang_up()

    def kept(self, ruled: Ruled, leg: int) -> np.ndarray[Any, Any]:
        """The samples of a leg's file, read by nobody's code but this."""
        content = (self.folder / ruled.sid / f"leg-{leg}.wav").read_bytes()
        (size,) = struct.unpack_from("<I", content, 40)
        assert content[:4] == b"RIFF"
        assert size == len(content) - 44
        return np.frombuffer(content[44:], "<i2").astype(np.int64)


class House:
    """The gate with clause 13, and its record."""

    def __init__(self, database: Database, keys: Keys, folder: Path) -> None:
        clock = SystemClock()
        self.database, self.keys, self.folder = database, keys, folder
        learners: dict[type, Learner] = {Whereabouts: Places(database, keys, Roots())}
        ledger = Ledger("p1")
        exchange = Exchange(
            gate=Gate((RecordingWithoutConsent(),), learners, clock),
            database=database,
            ledger=ledger,
            keys=keys,
            clock=clock,
            registrations=Registrations(database, clock, Roots()),
            notices=Notices(database, clock, "p1"),
        )
        self.recordings = Recordings(exchange=exchange, database=database, ledger=ledger, keys=keys, clock=clock)
        self.calls: list[Call] = []

    def call(self, prompts: Prompts | None = None) -> Call:
        made = Call(self.recordings, Pulse(), prompts or short(self.folder / "prompts"), self.folder / "recordings")
        self.calls.append(made)
        return made

    async def events(self, ruled: Ruled) -> list[tuple[str, int | None]]:
        rows = await self.database.read(lambda c: recordings.events(c, ACCOUNT, ruled.sid))
        return [(row.what, row.leg) for row in rows]

    async def row(self, ruled: Ruled) -> Any:
        return await self.database.read(lambda c: recordings.find(c, ACCOUNT, ruled.sid))


@pytest.fixture
async def house(database: Database, keys: Keys, tmp_path: Path) -> AsyncIterator[House]:
    made = House(database, keys, tmp_path)
    yield made
    for call in made.calls:
        await call.end()
    report = await database.survey(lambda c: verify(c, keys.public))
    assert report.whole, report.breaks


async def until(check: Callable[[], bool]) -> None:
    for _ in range(400):
        if check():
            return
        await asyncio.sleep(0.01)
    assert check()


async def after(seconds: float) -> None:
    """Let people talk for a while: time itself is what is waited for."""
    await asyncio.sleep(seconds)


def nothing_from_before(samples: np.ndarray[Any, Any]) -> bool:
    """Whether the secret pitch is in no twentieth of a second of it; silence has none."""
    pieces = [samples[at : at + 400] for at in range(0, len(samples) - 400, 400)]
    return all(strength(piece, SECRET) < LOUD / 20 for piece in pieces)


def talked(samples: np.ndarray[Any, Any]) -> float:
    """Seconds in which somebody is heard saying what may be kept."""
    pieces = [samples[at : at + 400] for at in range(0, len(samples) - 400, 400)]
    return 0.05 * sum(strength(piece, ALLOWED) > LOUD / 2 for piece in pieces)


@ONE_ENGINE
async def test_two_one_party_states_are_recorded_without_a_word(house: House) -> None:
    call = house.call()
    await call.enter(1, NEW_YORK, Role.STAFF)
    caller = await call.enter(2, TEXAS)
    await until(lambda: caller.hears(SECRET))
    call.speak(ALLOWED)
    ruled = await call.ask()
    assert ruled.state is State.CAPTURING
    await after(0.8)
    await call.end()
    for leg in (1, 2):
        samples = call.kept(ruled, leg)
        assert nothing_from_before(samples)
        assert talked(samples) > 0.4
    assert await house.events(ruled) == [("began", None), ("ended", None)]
    assert strength(np.frombuffer(bytes(caller.heard), np.uint8), ANNOUNCED) < 1


async def test_a_californian_is_recorded_from_when_they_have_agreed(house: House) -> None:
    call = house.call()
    agent = await call.enter(1, NEW_YORK, Role.STAFF)
    caller = await call.enter(2, CALIFORNIA)
    await until(lambda: caller.hears(SECRET))
    asking = call.asking()
    await until(lambda: caller.hears(ANNOUNCED))
    await until(lambda: not caller.hears(ANNOUNCED))
    assert list(call.folder.glob("RE*")) == []
    await caller.press("1")
    call.speak(ALLOWED)
    ruled = await asking
    assert ruled.state is State.CAPTURING
    assert agent.events == []  # the key was for us
    await after(0.9)
    await caller.press("5")
    await until(lambda: [event for _, event in agent.events] == [5])
    await call.end()
    for leg in (1, 2):
        samples = call.kept(ruled, leg)
        assert nothing_from_before(samples)
        assert talked(samples) > 0.4
    row = await house.row(ruled)
    assert row.digests == {f"leg-{leg}.wav": digest_of(call.folder / ruled.sid / f"leg-{leg}.wav") for leg in (1, 2)}
    assert await house.events(ruled) == [("told", 2), ("agreed", 2), ("began", None), ("ended", None)]
    (told, *_) = await house.database.read(lambda c: recordings.events(c, ACCOUNT, ruled.sid))
    announcement = wav.read(call.folder / "announcements" / f"{told.told['digest']}.wav")
    assert strength(announcement, ANNOUNCED) > LOUD / 2
    assert hashlib.sha256(g711.encode(g711.Law.PCMU, announcement)).hexdigest() == told.told["digest"]
    verdicts = [made.verdict.name for made in await house.database.read(lambda c: about(c, ruled.sid))]
    assert sorted(verdicts) == ["ALLOW", "REFUSE"]


@ONE_ENGINE
async def test_who_presses_two_is_not_recorded_and_talks_on(house: House) -> None:
    call = house.call()
    agent = await call.enter(1, NEW_YORK, Role.STAFF)
    caller = await call.enter(2, CALIFORNIA)
    asking = call.asking()
    await until(lambda: caller.hears(ANNOUNCED))
    await caller.press("2")
    ruled = await asking
    assert ruled.state is State.REFUSED
    assert any("said no" in reason for reason, _ in ruled.missing)
    assert not (call.folder / ruled.sid).exists()
    call.speak(ALLOWED)
    await until(lambda: agent.hears(ALLOWED) and caller.hears(ALLOWED))
    assert ("declined", 2) in await house.events(ruled)


@ONE_ENGINE
async def test_whoever_may_be_anywhere_and_says_nothing_is_not_recorded(house: House) -> None:
    call = house.call()
    await call.enter(1, NEW_YORK, Role.STAFF)
    await call.enter(2, None)
    ruled = await call.ask(patience=0.2)
    assert ruled.state is State.REFUSED
    assert [remedy for _, remedy in ruled.missing] == [
        "play the announcement to leg 2 to its end and ask for a key, or show the consent"
    ]
    assert await house.events(ruled) == [("told", 2), ("silent", 2), ("refused", None)]


@ONE_ENGINE
async def test_a_program_that_starts_before_the_announcement_has_ended_is_refused(house: House) -> None:
    call = house.call()
    await call.enter(1, NEW_YORK, Role.STAFF)
    caller = await call.enter(2, WASHINGTON)
    asking = call.asking(patience=0.3)
    await until(lambda: caller.hears(ANNOUNCED, 0.05))
    early = await call.ask(announce=False)
    assert early.state is State.REFUSED
    assert any("had not heard the announcement" in reason for reason, _ in early.missing)
    assert not (call.folder / early.sid).exists()
    await until(lambda: not caller.hears(ANNOUNCED))
    call.speak(ALLOWED)
    ruled = await asking  # to be told is enough in Washington
    assert ruled.state is State.CAPTURING
    await after(0.6)
    await call.end()
    for leg in (1, 2):
        assert nothing_from_before(call.kept(ruled, leg))
        assert talked(call.kept(ruled, leg)) > 0.2


@ONE_ENGINE
async def test_a_late_joiner_stops_the_recording_until_they_were_told(house: House) -> None:
    call = house.call()
    first = await call.enter(1, NEW_YORK, Role.STAFF)
    await call.enter(2, TEXAS)
    call.speak(ALLOWED)
    ruled = await call.ask()
    await after(0.6)
    joiner = await call.phone(3, WASHINGTON)
    joining = asyncio.get_running_loop().create_task(call.recordings.joined("CA1", joiner))
    await asyncio.sleep(0)
    call.speak(SECRET)  # what is said now is not for the tape
    call.studio.connect(3)
    await until(lambda: call.talkers[3].hears(ANNOUNCED))
    await until(lambda: not call.talkers[3].hears(ANNOUNCED))
    await until(lambda: first.hears(SECRET, 0.2))
    (again,) = await joining
    call.speak(ALLOWED)
    assert (again.sid, again.state) == (ruled.sid, State.CAPTURING)
    await after(0.8)
    await call.end()
    samples = [call.kept(ruled, leg) for leg in (1, 2, 3)]
    assert all(map(nothing_from_before, samples))
    assert [talked(each) > 0.3 for each in samples] == [True] * 3
    assert len({len(each) for each in samples}) == 1
    began, joined, *told, resumed, ended = await house.events(ruled)
    assert (began, joined, resumed, ended) == (("began", None), ("joined", 3), ("resumed", None), ("ended", None))
    assert set(told) == {("told", 2), ("told", 3), ("silent", 2), ("silent", 3)}  # its law is now the law of the call


@ONE_ENGINE
async def test_a_joiner_who_says_no_ends_it_and_a_card_pauses_it(house: House) -> None:
    call = house.call()
    await call.enter(1, NEW_YORK, Role.STAFF)
    await call.enter(2, TEXAS)
    call.speak(ALLOWED)
    ruled = await call.ask()
    await after(0.5)
    await call.recordings.card("CA1", read_out=True)
    call.speak(SECRET)
    assert (await call.recordings.resume(ruled.sid, announce=False)).state is State.PAUSED
    await after(0.2)
    await call.recordings.card("CA1", read_out=False)
    assert (await call.recordings.resume(ruled.sid)).state is State.CAPTURING
    call.speak(ALLOWED)
    await after(0.4)
    joining = asyncio.get_running_loop().create_task(call.recordings.joined("CA1", await call.phone(3, CALIFORNIA)))
    await until(lambda: call.talkers[3].hears(ANNOUNCED))
    call.speak(SECRET)
    await call.talkers[3].press("2")
    (stopped,) = await joining
    assert stopped.state is State.PAUSED
    await after(0.2)
    await call.end()
    for leg in (1, 2):
        assert nothing_from_before(call.kept(ruled, leg))
        assert talked(call.kept(ruled, leg)) > 0.2
    assert talked(call.kept(ruled, 3)) == 0


@ONE_ENGINE
async def test_the_house_s_own_announcement_is_heard_and_can_be_hung_up_on(house: House) -> None:
    call = house.call(of_the_house())
    await call.enter(1, NEW_YORK, Role.STAFF)
    caller = await call.enter(2, CALIFORNIA)
    asking = call.asking()
    await until(lambda: len(caller.heard) > 8000)
    call.studio.remove(2)
    call.recordings.left("CA1", 2)
    ruled = await asking
    assert ruled.state is State.CAPTURING  # who is left is the staff alone, in a state of one party
    assert [what for what, _ in await house.events(ruled)] == ["unheard", "began"]
