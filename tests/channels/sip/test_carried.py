"""Calls that are carried, with the house's real parts and real sound, and what the switch would say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from masstransit.channels.media import sdp
from masstransit.channels.media.headset import Headsets
from masstransit.channels.media.pair import Pair
from masstransit.channels.media.prompts import of_the_house
from masstransit.channels.sip.carried import Carried
from masstransit.channels.sip.talk import Accept, Carry, Described, FromHouse, HangUp
from masstransit.model.address import parse
from masstransit.model.communication import Direction
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.carriage.voice.house import VoiceHouse, until
from tests.channels.sip.entrance import PERSON, Entrance
from tests.channels.sip.test_lines import G729
from tests.makers import SENDER
from tests.stories.talker import Talker

HERE = "127.0.0.1"


class Scene:
    """A house whose switch is played by the test, and phones."""

    def __init__(self, database: Database, keys: Keys, folder: Path) -> None:
        self.house = VoiceHouse(database, keys)
        self.headsets = Headsets(of_the_house(), folder, HERE)
        self.pairs: list[Pair] = []
        self.full = False
        self.carried = Carried(sounds=self.sound, recordings=self.house.recordings, clock=self.house.clock)
        self.carried.reach(self._hear)
        self.entrance = Entrance(database, keys, house=self.house, carried=self.carried)
        self.told: list[FromHouse] = []
        self.phones: list[Talker] = []

    async def sound(self) -> Pair:
        if self.full:
            raise OSError("none is free")
        self.pairs.append(await self.headsets.pair())
        return self.pairs[-1]

    def _hear(self, told: FromHouse) -> bool:
        self.told.append(told)
        return True

    async def phone(self, pitch: float = 440) -> Talker:
        self.phones.append(await Talker.open(pitch))
        return self.phones[-1]

    async def calls(self, body: str, number: str = PERSON, **more: Any) -> Carry:
        told = await self.entrance.calls(number, **{"source": HERE, "relays": True, "body": body, **more})
        assert isinstance(told, Carry)
        return told

    def says(self, carry: Carry, side: Any, what: Any, body: str, host: str = "") -> None:
        self.carried.hear(Described(call=carry.call, side=side, what=what, body=body, host=host))

    async def talks(self) -> tuple[Carry, Talker, Talker]:
        """Two are put through."""
        near, far = await self.phone(440), await self.phone(880)
        carry = await self.calls(near.description())
        near.call(carry.answer)
        far.call(carry.offer)
        self.says(carry, "far", "answered", far.description())
        await until(lambda: near.hears(880) and far.hears(440))
        return carry, near, far


@pytest.fixture
async def scene(sqlite_database: Database, keys: Keys, tmp_path: Path) -> AsyncIterator[Scene]:
    made = Scene(sqlite_database, keys, tmp_path)
    await made.entrance.opened()
    yield made
    await made.carried.keep(())
    for phone in made.phones:
        phone.hang_up()


def open_(pair: Pair) -> bool:
    return bool(pair.legs)


async def test_a_call_between_two_phones_has_sound_of_ours_until_it_is_over(scene: Scene) -> None:
    carry, *_ = await scene.talks()
    assert scene.house.recordings.has_sound(carry.call)
    await scene.carried.ended(carry.call)
    await scene.carried.ended(carry.call)
    assert not open_(scene.pairs[0])
    assert not scene.house.recordings.has_sound(carry.call)


async def test_who_called_is_the_first_leg_of_what_may_be_recorded(scene: Scene) -> None:
    carry, *_ = await scene.talks()
    on_air = scene.house.recordings._calls[carry.call]
    assert {leg: who.address for leg, who in on_air.participants.items()} == {1: parse(SENDER), 2: parse(PERSON)}
    assert (on_air.direction, on_air.account) == (Direction.OUTBOUND, carry.account)


@pytest.mark.parametrize(
    ("number", "body", "more"),
    [
        (PERSON, G729, {}),
        (PERSON, G729.replace("RTP/AVP 18", "RTP/SAVP 0"), {}),
        (PERSON, "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--\r\n", {}),
        ("911", "", {}),
        (PERSON, "", {"relays": False}),
    ],
)
async def test_what_is_not_spoken_here_and_calls_for_help_go_on_as_they_came(
    scene: Scene, number: str, body: str, more: dict[str, Any]
) -> None:
    carry = await scene.calls(body, number, **more)
    assert (carry.offer, carry.answer) == ("", "")
    assert not any(open_(pair) for pair in scene.pairs)


async def test_where_all_ports_are_taken_the_call_goes_on_without_us(scene: Scene) -> None:
    scene.full = True
    assert (await scene.calls((await scene.phone()).description())).offer == ""


async def test_a_caller_without_an_offer_has_one_of_ours_in_the_answer(scene: Scene) -> None:
    near, far = await scene.phone(440), await scene.phone(880)
    carry = await scene.calls("")
    assert len(sdp.read(carry.answer).laws) == 2
    far.call(carry.offer)
    scene.says(carry, "far", "answered", far.description())
    near.call(carry.answer)
    scene.says(carry, "near", "answered", near.description())
    await until(lambda: near.hears(880) and far.hears(440))


async def test_a_hold_is_agreed_to_and_what_is_not_spoken_here_is_not(scene: Scene) -> None:
    carry, near, _ = await scene.talks()
    scene.says(carry, "near", "changed", near.description().replace("sendrecv", "sendonly"))
    scene.says(carry, "near", "changed", G729)
    scene.says(carry, "near", "changed", "")
    held, refused, offered = scene.told
    assert isinstance(held, Accept)
    assert (held.side, "a=recvonly" in held.body) == ("near", True)
    assert refused == Accept(carry.call, "", "near")
    assert isinstance(offered, Accept)
    assert "a=sendrecv" in offered.body


async def test_a_called_side_that_answers_in_other_sound_is_hung_up_on(scene: Scene) -> None:
    carry = await scene.calls((await scene.phone()).description())
    scene.says(carry, "far", "early", G729)
    assert scene.told == []
    scene.says(carry, "far", "answered", G729)
    assert scene.told == [HangUp(carry.call, 488)]
    assert not scene.house.recordings.has_sound(carry.call)


async def test_an_answer_may_have_come_with_the_tones_before_it(scene: Scene) -> None:
    near, far = await scene.phone(440), await scene.phone(880)
    carry = await scene.calls(near.description())
    far.call(carry.offer)
    scene.says(carry, "far", "early", far.description())
    await until(lambda: near.hears(880))
    scene.says(carry, "far", "answered", "")
    assert scene.told == []


async def test_a_side_that_was_handed_on_changes_nothing_any_more(scene: Scene) -> None:
    carry, near, _ = await scene.talks()
    scene.pairs[0].leave("near")
    scene.says(carry, "near", "changed", near.description())
    scene.says(carry, "near", "changed", "")
    assert scene.told == [Accept(carry.call, "", "near")] * 2


async def test_a_call_of_which_a_new_switch_knows_nothing_is_over(scene: Scene) -> None:
    first, *_ = await scene.talks()
    second, *_ = await scene.talks()
    await scene.carried.keep({second.call: "AC1"})
    assert [open_(pair) for pair in scene.pairs] == [False, True]
    assert scene.house.recordings.has_sound(second.call)
    scene.says(first, "far", "changed", G729)
    assert scene.told == []


async def test_a_registered_phone_hears_where_it_registered_from(scene: Scene) -> None:
    near, far = await scene.phone(440), await scene.phone(880)
    carry = await scene.calls(near.description())
    elsewhere = far.description().replace("c=IN IP4 127.0.0.1", "c=IN IP4 192.0.2.99")
    scene.says(carry, "far", "answered", elsewhere, host=HERE)
    far.call(carry.offer)  # its first packet tells the port
    near.call(carry.answer)
    await until(lambda: far.hears(440) and near.hears(880))


async def test_a_carrier_may_name_other_hosts_of_its_own(scene: Scene) -> None:
    await scene.entrance.registered()
    near = await scene.phone(440)
    carry = await scene.entrance.is_called(body=near.description(), relays=True, source="192.0.2.1")
    assert isinstance(carry, Carry)
    scene.pairs[0].talk()
    await until(lambda: scene.pairs[0].legs[1].sent > 0)
