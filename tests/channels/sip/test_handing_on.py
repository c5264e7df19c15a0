"""Handing calls on: the house's real parts and real sound, and what the switch would say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from masstransit.carriage.recording import Asked, State
from masstransit.carriage.voice.legs import Legs
from masstransit.channels.media.headset import Headsets
from masstransit.channels.media.prompts import of_the_house
from masstransit.channels.sip.carried import Carried
from masstransit.channels.sip.handing_on import HandingOn
from masstransit.channels.sip.lines import Lines
from masstransit.channels.sip.talk import (
    Accept,
    Answer,
    Described,
    Dial,
    FromHouse,
    HangUp,
    Invite,
    Progress,
    Refer,
    Side,
)
from masstransit.model.communication import Direction, Purpose
from masstransit.storage import recordings
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.carriage.voice.house import VoiceHouse, until
from tests.channels.sip.entrance import PERSON, REALM, Entrance
from tests.makers import SENDER, a_call
from tests.stories.talker import Talker

NEW, CALIFORNIAN, CALLED = "+12145550177", "+14155550177", "+14155550199"
ANA, BEN, CAT = 440, 880, 1320  # pitches: the transferor, who is held, who comes in


class Scene:
    """A customer's carried calls, whose switch and phones are played by the test."""

    def __init__(self, database: Database, keys: Keys, folder: Path) -> None:
        self.house = VoiceHouse(database, keys)
        self.entrance = Entrance(database, keys, house=self.house)
        heads = Headsets(of_the_house(), folder, "127.0.0.1")
        clock = self.house.clock
        self.carried = Carried(sounds=heads.pair, recordings=self.house.recordings, clock=clock)
        self.lines = Lines(
            ways=self.entrance.ways,
            clock=clock,
            speak=_nobody_speaks,
            sounds=heads.open,
            places=self.entrance.places,
        )
        self.handing = HandingOn(
            talks=self.carried.talk,
            recordings=self.house.recordings,
            admission=self.entrance.admission,
            places=self.entrance.places,
            ways=self.entrance.ways,
            lines=self.lines,
            clock=clock,
            domain=REALM,
        )
        self.legs = Legs(
            offers=self.house.calls, dialler=self.handing, notices=self.house.notices, database=database, clock=clock,
            process="p1",
        )  # fmt: skip
        self.handing.connect(self.legs)
        for each in (self.carried, self.lines, self.handing):
            each.reach(self._hear)
        self.told: list[FromHouse] = []
        self.phones: list[Talker] = []

    def _hear(self, told: FromHouse) -> bool:
        self.told.append(told)
        return True

    async def phone(self, pitch: float) -> Talker:
        self.phones.append(await Talker.open(pitch))
        return self.phones[-1]

    async def hears(self, kind: type[Any]) -> Any:
        """The next thing of a kind that the switch is told."""
        found = await until(lambda: next((each for each in self.told if isinstance(each, kind)), None))
        self.told.remove(found)
        return found

    async def talks(self, sid: str, near: Talker, far: Talker, **more: Any) -> None:
        """A call is carried, and was answered."""
        call = a_call(id=sid, **{"recipient": PERSON, "principal": "ana", **more})
        await self.house.calls.offer(call)
        asked = Invite(
            n=1, source="127.0.0.1", port=5060, uri=f"sip:{PERSON}@house", headers=(), body=near.description(),
            relays=True,
        )  # fmt: skip
        offer, answer = await self.carried.begin(call, asked)
        near.call(answer)
        far.call(offer)
        self.carried.hear(Described(call=sid, side="far", what="answered", body=far.description()))

    def refers(self, sid: str = "CA1", to: str = f"sip:{NEW}@house", by: Side = "near", **more: Any) -> None:
        """The customer hands the other side on."""
        told = {"n": 7, "source": "127.0.0.1", **more}
        self.handing.hear(Refer(call=sid, to=to, by=by, **told))

    async def rings(self, **more: Any) -> Dial:
        """The new person's phone rings."""
        self.refers(**more)
        dial: Dial = await self.hears(Dial)
        self.lines.hear(Progress(call=dial.call, what="ringing", link="world"))
        ringing: Answer = await self.hears(Answer)
        assert ringing.status == 180
        return dial

    async def takes(self, dial: Dial) -> Talker:
        """And they answer."""
        phone = await self.phone(CAT)
        phone.call(dial.body)
        self.lines.hear(Progress(call=dial.call, what="answered", link="world", body=phone.description()))
        return phone

    async def ends(self, sid: str) -> None:
        """The switch says that a carried call is over."""
        self.handing.over(sid)
        await self.carried.ended(sid)

    async def record(self, sid: str) -> Any:
        """The record of a new call, once it is over."""
        async with asyncio.timeout(5):
            while (row := await self.house.row(sid)).ended_at is None:
                await asyncio.sleep(0.01)
        return row

    async def close(self) -> None:
        await self.handing.close()
        self.lines.lost()
        for sid in ("CA1", "CA2"):
            await self.carried.ended(sid)
        await self.house.close()
        for phone in self.phones:
            phone.hang_up()


async def _nobody_speaks(_: object) -> bytes:
    raise AssertionError("nothing is said here")


@pytest.fixture
async def scene(sqlite_database: Database, keys: Keys, tmp_path: Path) -> AsyncIterator[Scene]:
    made = Scene(sqlite_database, keys, tmp_path)
    await made.entrance.opened()
    yield made
    await made.close()


async def test_who_is_handed_on_hears_that_it_rings_and_then_who_answers(scene: Scene) -> None:
    ana, ben = await scene.phone(ANA), await scene.phone(BEN)
    await scene.talks("CA1", ana, ben, purpose=Purpose.TRANSACTIONAL, end_user="clinic")
    await until(lambda: ben.hears(ANA))
    dial = await scene.rings()
    assert ([each.link for each in dial.targets], dial.shown) == (["america", "world"], SENDER)
    await until(lambda: not ben.hears(ANA))  # but a tone of ours
    cat = await scene.takes(dial)
    assert (await scene.hears(Answer)).status == 200
    await until(lambda: ben.hears(CAT) and cat.hears(BEN))
    assert scene.entrance.places.live == {a_call().account: 1}  # the switch counts the other one
    for body in ("", ana.description()):  # too late
        scene.carried.hear(Described(call="CA1", side="near", what="changed", body=body))
        assert await scene.hears(Accept) == Accept("CA1", "", "near")
    scene.lines.hear(Progress(call=dial.call, what="over", by="callee", cause=16))
    assert await scene.hears(HangUp) == HangUp("CA1")
    row = await scene.record(dial.call)
    assert (row.parent, row.sender, row.recipient, row.principal) == ("CA1", SENDER, NEW, "ana")
    assert (row.purpose, row.end_user, row.channel) == ("transactional", "clinic", "sip")
    assert (row.status, row.released_by, row.trunk) == ("completed", "callee", "world")
    assert row.answered_at is not None


async def test_when_who_is_handed_on_hangs_up_so_is_who_came_in(scene: Scene) -> None:
    await scene.talks("CA1", await scene.phone(ANA), await scene.phone(BEN))
    dial = await scene.rings()
    await scene.takes(dial)
    assert (await scene.hears(Answer)).status == 200
    await scene.ends("CA1")
    assert await scene.hears(HangUp) == HangUp(dial.call, 200)
    assert (await scene.record(dial.call)).released_by == "caller"
    assert scene.told == []


async def test_when_who_is_to_be_handed_on_hangs_up_first_it_stops_to_ring(scene: Scene) -> None:
    await scene.talks("CA1", await scene.phone(ANA), await scene.phone(BEN))
    dial = await scene.rings()
    await scene.ends("CA1")
    assert await scene.hears(HangUp) == HangUp(dial.call, 487)
    assert (await scene.record(dial.call)).status == "canceled"


@pytest.mark.parametrize(("word", "status"), [("refuse", 403), ("hold", 480), ("delay", 480)])
async def test_what_the_gate_stops_is_told_in_sips_words_and_the_call_goes_on(
    scene: Scene, word: str, status: int
) -> None:
    ana, ben = await scene.phone(ANA), await scene.phone(BEN)
    await scene.talks("CA1", ana, ben)
    scene.house.wishes.of[NEW] = word
    scene.refers()
    answer: Answer = await scene.hears(Answer)
    assert answer.status == status
    assert "clause 1:" in next(each.value for each in answer.headers if each.name == "reason")
    await until(lambda: ben.hears(ANA) and ana.hears(BEN))
    row = await until_over(scene)
    assert (row.status, row.response, row.released_by, row.parent) == ("refused", status, "house", "CA1")
    assert not any(isinstance(each, Dial) for each in scene.told)


async def until_over(scene: Scene) -> Any:
    """The record of the one new call."""
    await scene.legs.drained()
    return next(row for row in await scene.house.rows() if row.parent)


@pytest.mark.parametrize(("status", "word"), [(486, "busy"), (603, "failed"), (408, "no-answer")])
async def test_where_nobody_takes_it_the_call_goes_on(scene: Scene, status: int, word: str) -> None:
    ana, ben = await scene.phone(ANA), await scene.phone(BEN)
    await scene.talks("CA1", ana, ben)
    dial = await scene.rings()
    scene.lines.hear(Progress(call=dial.call, what="over", status=status, by="callee"))
    assert (await scene.hears(Answer)).status == status
    await until(lambda: ben.hears(ANA) and ana.hears(BEN))
    assert (await scene.record(dial.call)).status == word
    await scene.rings()  # and can be handed on again


@pytest.mark.parametrize(
    ("to", "status"), [("sip:alice@house", 404), ("tel:+12145550177x", 404), ("sip:+447911123456@house", 0)]
)
async def test_where_nobody_can_be_called_it_is_said(scene: Scene, to: str, status: int) -> None:
    await scene.talks("CA1", await scene.phone(ANA), await scene.phone(BEN))
    scene.refers(to=to)
    if status:
        assert (await scene.hears(Answer)).status == status
    else:
        assert (await scene.hears(Dial)).targets[0].link == "world"


async def test_a_customer_who_is_called_hands_on_from_the_number_that_was_called(scene: Scene) -> None:
    await scene.talks(
        "CA1", await scene.phone(BEN), await scene.phone(ANA), direction=Direction.INBOUND, sender=PERSON,
        recipient=SENDER, principal="america", anonymous=True,
    )  # fmt: skip
    dial = await scene.rings(by="far")
    assert dial.shown == SENDER
    await scene.takes(dial)
    await scene.ends("CA1")
    row = await scene.record(dial.call)
    assert (row.direction, row.sender, row.principal) == ("outbound", SENDER, "")


@pytest.mark.parametrize("takes", [True, False])
async def test_who_is_handed_on_to_a_colleague_stays_in_the_house(scene: Scene, takes: bool) -> None:
    await scene.house.owns(CALLED, sid="PN2")
    await scene.entrance.login("ben", number=CALLED)
    await scene.entrance.registered("ben")
    await scene.talks("CA1", await scene.phone(ANA), await scene.phone(BEN))
    dial = await scene.rings(to=f"sip:{CALLED}@house")
    assert [each.user for each in dial.targets] == ["ben"]
    if takes:
        await scene.takes(dial)
    scene.lines.hear(Progress(call=dial.call, what="over", status=200 if takes else 486, by="callee"))
    assert (await scene.record(dial.call)).internal


async def test_who_was_not_shown_is_not_shown_by_handing_on(scene: Scene) -> None:
    await scene.talks("CA1", await scene.phone(ANA), await scene.phone(BEN), anonymous=True)
    assert (await scene.rings()).shown == "anonymous"


async def test_limits_of_the_login_hold_for_handing_on(scene: Scene) -> None:
    await scene.entrance.login("ana", at_once=1)
    scene.entrance.places.began(a_call().account, "CA1")
    await scene.talks("CA1", await scene.phone(ANA), await scene.phone(BEN))
    scene.refers()
    answer: Answer = await scene.hears(Answer)
    assert (answer.status, "at once: 1" in answer.headers[-1].value) == (480, True)
    scene.refers(to="sip:911@house")  # which nothing stops
    assert (await scene.hears(Dial)).targets[0].link == "help"


async def test_a_call_whose_sound_does_not_go_through_here_stays_as_it_is(scene: Scene) -> None:
    scene.refers("CA9")
    assert (await scene.hears(Answer)).status == 603


async def test_who_came_in_hands_on_in_turn(scene: Scene) -> None:
    """A colleague, called at the customer's own number, who may hang up while the next one is called."""
    await scene.talks("CA1", await scene.phone(ANA), ben := await scene.phone(BEN))
    dial = await scene.rings()
    await scene.takes(dial)
    assert (await scene.hears(Answer)).status == 200
    again = await scene.rings(sid=dial.call, by="far", to=f"sip:{CALIFORNIAN}@house")
    assert again.shown == NEW
    scene.lines.hear(Progress(call=dial.call, what="over", by="callee"))
    dan = await scene.takes(again)
    assert (await scene.hears(Answer)).status == 200
    await until(lambda: dan.hears(BEN) and ben.hears(CAT))
    await scene.legs.drained()
    assert (await scene.house.row(dial.call)).status == "completed"
    await scene.ends("CA1")
    assert await scene.hears(HangUp) == HangUp(again.call, 200)
    row = await scene.record(again.call)
    assert (row.parent, row.sender, row.recipient) == (dial.call, NEW, CALIFORNIAN)
    assert scene.told == []


@pytest.mark.parametrize("stays", [True, False])
async def test_who_came_in_and_hands_on_in_vain_keeps_the_call_if_they_stay(scene: Scene, stays: bool) -> None:
    await scene.talks("CA1", await scene.phone(ANA), ben := await scene.phone(BEN))
    dial = await scene.rings()
    cat = await scene.takes(dial)
    assert (await scene.hears(Answer)).status == 200
    again = await scene.rings(sid=dial.call, by="far", to=f"sip:{CALIFORNIAN}@house")
    if not stays:
        scene.lines.hear(Progress(call=dial.call, what="over", by="callee"))
    scene.lines.hear(Progress(call=again.call, what="over", status=486, by="callee"))
    assert (await scene.hears(Answer)).status == 486
    if stays:
        await until(lambda: ben.hears(CAT) and cat.hears(BEN))
    else:
        assert await scene.hears(HangUp) == HangUp("CA1")


async def test_two_calls_become_one(scene: Scene) -> None:
    ana, ben = await scene.phone(ANA), await scene.phone(BEN)
    again, cat = await scene.phone(ANA), await scene.phone(CAT)
    await scene.talks("CA1", ana, ben)
    await scene.talks("CA2", again, cat, recipient=NEW)
    await until(lambda: ben.hears(ANA) and cat.hears(ANA))
    scene.refers(replaces="CA2", replaces_by="near")
    assert (await scene.hears(Answer)).status == 200
    await until(lambda: ben.hears(CAT) and cat.hears(BEN))
    await scene.ends("CA2")
    assert await scene.hears(HangUp) == HangUp("CA1")
    await scene.ends("CA1")
    await asyncio.sleep(0.05)
    assert scene.told == []


async def test_a_call_that_is_not_there_is_nobodys_place(scene: Scene) -> None:
    ana, ben = await scene.phone(ANA), await scene.phone(BEN)
    await scene.talks("CA1", ana, ben)
    for _ in range(2):  # the first one leaves it as it was
        scene.refers(replaces="CA2", replaces_by="near")
        assert (await scene.hears(Answer)).status == 481
    await until(lambda: ben.hears(ANA))


async def test_what_is_recorded_stops_before_the_new_person_is_heard_and_they_are_told(scene: Scene) -> None:
    ana, ben = await scene.phone(ANA), await scene.phone(BEN)
    await scene.talks("CA1", ana, ben)
    ruled = await scene.house.recordings.ask("CA1", Asked(papers={1: "c1", 2: "c2"}, announce=False))
    assert ruled.state is State.CAPTURING
    dial = await scene.rings(to=f"sip:{CALIFORNIAN}@house")  # where everybody has to agree
    cat = await scene.takes(dial)
    assert (await scene.hears(Answer)).status == 200
    await until(lambda: len(cat.heard) > 4000)  # what is going to be recorded is said
    assert not cat.hears(BEN)
    scene.lines.hear(Progress(call=dial.call, what="over", by="callee"))
    await scene.hears(HangUp)
    await scene.ends("CA1")
    rows = await scene.house.database.read(lambda c: recordings.events(c, a_call().account, ruled.sid))
    assert [(row.what, row.leg) for row in rows][3:5] == [("joined", 3), ("unheard", 3)]
