"""Calls that are handed on, in the whole house: signalling by hand on both sides, with sound. Phones that we did
not write hand on in `test_sound_of_carried_calls.py`."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.stories.house import House, eventually
from tests.stories.sip_by_hand import Hand, Heard
from tests.stories.sipp import SHORT_CALLS, Carrier
from tests.stories.talker import Talker

PHONE, OTHER = "+12125550123", "+12125550188"
BARRED = "+5352123456"  # Cuba: no services without a licence (31 CFR part 515)
ANA, BEN, CAT = 440, 880, 1320  # pitches: who hands on, who is handed on, who comes in


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Carrier]]:
    carrier = Carrier()
    config = SHORT_CALLS + carrier.trunk
    folder = tmp_path_factory.mktemp("transfer") / "house"
    with House(folder, config=config, MASSTRANSIT_SIP="127.0.0.1:0") as house:
        yield house, carrier
    carrier.close()


class Side:
    """Somebody's phone in one call, by hand, with sound."""

    def __init__(self, hand: Hand, talker: Talker) -> None:
        self.hand, self.talker = hand, talker
        self.answered: Heard | None = None  # of who called
        self.asked: Heard | None = None  # of who was called
        self.acknowledged: Heard | None = None


class Scene:
    """A house, its customer, and the people behind its carrier."""

    def __init__(self, house: House, carrier: Carrier) -> None:
        self.house = house
        self.number, self.login = house.demo["numbers"][0], house.demo["sip_login"]
        self.far = Hand()
        carrier.plays = self.far.port
        self.hands = [self.far]
        self.talkers: list[Talker] = []

    async def phone(self, pitch: float) -> Talker:
        self.talkers.append(await Talker.open(pitch))
        return self.talkers[-1]

    async def calls(self, number: str = PHONE, pitch: float = BEN) -> tuple[Side, Side]:
        """The customer calls somebody, who answers; the two hear each other."""
        hand = Hand(self.house.sip)
        self.hands.append(hand)
        ana, other = Side(hand, await self.phone(ANA)), Side(self.far, await self.phone(pitch))
        await _soon(hand.invite, number, self.login, self.number, body=ana.talker.description())
        await self.answers(other, number)
        ana.answered = await _soon(hand.hear, 200)
        hand.ack(ana.answered, number, self.number)
        ana.talker.call(ana.answered.body)
        other.acknowledged = await _soon(self.far.hear, "ACK")
        await until(lambda: ana.talker.hears(pitch) and other.talker.hears(ANA))
        return ana, other

    async def answers(self, side: Side, number: str) -> None:
        side.asked = await self.invited(number)
        side.talker.call(side.asked.body)
        self.far.respond(side.asked, 200, "OK", body=side.talker.description())

    async def invited(self, number: str) -> Heard:
        asked: Heard = await _soon(self.far.hear, "INVITE")
        assert asked.start.startswith(f"INVITE sip:{number}@")
        assert self.number in asked.value("from")
        self.far.respond(asked, 180, "Ringing")
        return asked

    async def refers(self, ana: Side, to: str) -> None:
        assert ana.answered is not None
        asked = ana.hand.request(
            "REFER", ana.hand.uri(PHONE), f"Refer-To: <{to}>", sender=self.number, to=ana.answered.value("to")
        )
        ana.hand.say(asked)
        await _soon(ana.hand.hear, 202)

    @staticmethod
    async def told(ana: Side) -> list[str]:
        """What the NOTIFYs say, until the last."""
        found: list[str] = []
        state = "active"
        while state.startswith("active"):
            heard: Heard = await _soon(ana.hand.hear, "NOTIFY")
            ana.hand.respond(heard, 200, "OK")
            found.append(heard.body.partition("\r\n")[0].removeprefix("SIP/2.0 "))
            state = heard.value("subscription-state")
        return found

    async def record(self, parent: str | None, number: str) -> dict[str, Any]:
        """The record of the last call to a number, once it is over."""

        def over() -> dict[str, Any]:
            with contextlib.closing(sqlite3.connect(f"file:{self.house.data}/masstransit.db?mode=ro", uri=True)) as db:
                db.row_factory = sqlite3.Row
                query = "SELECT * FROM calls WHERE recipient = ? ORDER BY offered_at DESC LIMIT 1"
                row = db.execute(query, (number,)).fetchone()
            return dict(row) if row is not None and row["ended_at"] else {}

        found: dict[str, Any] = await _soon(eventually, over, within=5.0)
        assert found["parent"] == parent
        return found

    def close(self) -> None:
        for hand in self.hands:
            hand.close()
        for talker in self.talkers:
            talker.hang_up()


async def _soon(do: Any, *what: Any, **more: Any) -> Any:
    """What waits for the wire does so in a thread; the phones go on talking."""
    return await asyncio.to_thread(do, *what, **more)


async def until(holds: Any, within: float = 5.0) -> None:
    async with asyncio.timeout(within):
        while not holds():
            await asyncio.sleep(0.01)


@pytest.fixture
async def scene(served: tuple[House, Carrier]) -> AsyncIterator[Scene]:
    made = Scene(*served)
    yield made
    made.close()


async def test_who_is_handed_on_talks_to_somebody_new_and_each_call_has_its_record(scene: Scene) -> None:
    """The customer's phone hangs up as soon as it has been told that it is looked into, as many do."""
    ana, ben = await scene.calls()
    await scene.refers(ana, f"sip:{OTHER}@{scene.house.sip}")
    assert ana.answered is not None
    ana.hand.bye(ana.answered, PHONE, scene.number)
    cat = Side(scene.far, await scene.phone(CAT))
    await scene.answers(cat, OTHER)
    assert (await scene.told(ana))[-1] == "200 OK"
    await until(lambda: ben.talker.hears(CAT) and cat.talker.hears(BEN))
    cat.acknowledged = await _soon(scene.far.hear, "ACK")
    assert ben.asked is not None
    assert ben.acknowledged is not None
    await _soon(scene.far.hang_up, ben.asked, ben.acknowledged)
    scene.far.respond(await _soon(scene.far.hear, "BYE"), 200, "OK")
    first = await scene.record(None, PHONE)
    second = await scene.record(first["sid"], OTHER)
    assert (first["status"], first["released_by"]) == ("completed", "callee")
    assert (second["status"], second["released_by"], second["sender"]) == ("completed", "caller", scene.number)
    assert first["answered_at"] < second["answered_at"] < first["ended_at"]


async def test_who_may_not_be_called_is_not_reached_by_handing_on_and_the_call_goes_on(scene: Scene) -> None:
    ana, ben = await scene.calls()
    await scene.refers(ana, f"sip:{BARRED}@{scene.house.sip}")
    assert await scene.told(ana) == ["100 Trying", "403 Forbidden"]
    await until(lambda: ana.talker.hears(BEN) and ben.talker.hears(ANA))
    scene.far.silent("OPTIONS", within=0.2)
    assert ana.answered is not None
    ana.hand.bye(ana.answered, PHONE, scene.number)
    scene.far.respond(await _soon(scene.far.hear, "BYE"), 200, "OK")
    first = await scene.record(None, PHONE)
    assert (await scene.record(first["sid"], BARRED))["status"] == "refused"


async def test_a_busy_line_is_told_and_the_call_goes_on(scene: Scene) -> None:
    ana, ben = await scene.calls()
    await scene.refers(ana, f"sip:{OTHER}@{scene.house.sip}")
    asked = await scene.invited(OTHER)
    scene.far.respond(asked, 486, "Busy Here")
    assert (await scene.told(ana))[-1] == "486 Busy Here"
    await until(lambda: ana.talker.hears(BEN) and ben.talker.hears(ANA))
    assert ana.answered is not None
    ana.hand.bye(ana.answered, PHONE, scene.number)
    scene.far.respond(await _soon(scene.far.hear, "BYE"), 200, "OK")


async def test_two_calls_become_one(scene: Scene) -> None:
    ana, ben = await scene.calls()
    again, cat = await scene.calls(OTHER, CAT)
    assert again.answered is not None
    tag = again.answered.value("to").partition("tag=")[2]
    named = f"{again.hand.call_id}%3Bto-tag%3D{tag}%3Bfrom-tag%3D{again.hand.tag}"
    await scene.refers(ana, f"sip:{OTHER}@{scene.house.sip}?Replaces={named}")
    assert (await scene.told(ana))[-1] == "200 OK"
    for side in (ana, again):
        side.hand.respond(await _soon(side.hand.hear, "BYE"), 200, "OK")
    await until(lambda: ben.talker.hears(CAT) and cat.talker.hears(BEN))
    assert cat.asked is not None
    assert cat.acknowledged is not None
    await _soon(scene.far.hang_up, cat.asked, cat.acknowledged)
    scene.far.respond(await _soon(scene.far.hear, "BYE"), 200, "OK")
    assert (await scene.record(None, OTHER))["released_by"] == "callee"
    assert (await scene.record(None, PHONE))["released_by"] == "caller"
