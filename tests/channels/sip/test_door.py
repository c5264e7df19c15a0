"""The house's end of the decision socket: how far calls have come that go through, and that the house can end them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec

from masstransit.channels.sip import talk
from masstransit.channels.sip.carried import Carried
from masstransit.channels.sip.door import Door
from masstransit.channels.sip.handing_on import HandingOn
from masstransit.channels.sip.lines import Lines
from masstransit.channels.sip.service import Service
from masstransit.channels.sip.talk import Carry, HangUp, Here, Invite, Kept, Stands
from masstransit.model.signalling import Step
from masstransit.storage import calls
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.carriage.voice.house import VoiceHouse
from tests.channels.sip.entrance import REALM, Entrance
from tests.makers import ACCOUNT, NOON, SENDER

TRIED = Step(1_780_506_000_000, "america", "in", "INVITE")


async def _silent(*_: object) -> Any:
    raise OSError("these calls have no sound of ours")


class Switch:
    """One that is played by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def say(self, told: talk.FromSwitch) -> None:
        self._writer.write(talk.line(told))

    def close(self) -> None:
        self._writer.close()

    async def hear(self) -> talk.FromHouse:
        told: talk.FromHouse = talk.from_house(await asyncio.wait_for(self._reader.readline(), 5))
        return told


async def test_a_call_that_goes_through_is_known_until_its_record_is_kept(
    sqlite_database: Database, keys: Keys, tmp_path: Path
) -> None:
    house = VoiceHouse(sqlite_database, keys)
    entrance = Entrance(sqlite_database, keys, house=house)
    await entrance.opened()
    await entrance.registered()
    recordings, clock, places = house.recordings, entrance.clock, entrance.places
    lines = Lines(ways=entrance.ways, clock=clock, speak=_silent, sounds=_silent, places=places)
    carried = Carried(sounds=_silent, recordings=recordings, clock=clock)
    parts: dict[str, Any] = {"admission": entrance.admission, "places": places}
    own: dict[str, Any] = {"ways": entrance.ways, "lines": lines}
    handing = HandingOn(talks=carried.talk, recordings=recordings, clock=clock, domain=REALM, **own, **parts)
    parts |= {"placing": entrance.placing, "carried": carried, "handing": handing}
    door = Door(calls=entrance.house.calls, led=lines, **parts)
    service = Service(settings=None, door=door, lines=lines, handing=handing, clock=clock)  # type: ignore[arg-type]
    await door.listen(tmp_path / "s")
    switch = Switch(*await asyncio.open_unix_connection(str(tmp_path / "s")))
    try:
        switch.say(Here(host="127.0.0.1", port=5060, live={"CA-old": ACCOUNT}))
        asked: Invite = entrance.asked(Invite, f"sip:{SENDER}@house", link="america", sender="+12125550123")
        switch.say(asked)
        carry = await switch.hear()
        assert isinstance(carry, Carry)
        going = service.going(carry.call)
        assert going is not None
        assert going.answered_at is None
        assert service.going("CA-old") is not None  # the house was started anew, and the call went on
        switch.say(Stands(call=carry.call, trunk="america", answered_at=NOON))
        assert service.hang_up(carry.call)
        assert await switch.hear() == HangUp(carry.call)
        going = service.going(carry.call)
        assert going is not None
        assert (going.trunk, going.answered_at) == ("america", NOON)
        switch.say(msgspec.structs.replace(carry.begun(NOON), released_by="house", steps=(TRIED,)))
        assert await switch.hear() == Kept(carry.call)
        assert service.going(carry.call) is None
        assert not service.hang_up(carry.call)
        kept = await entrance.database.read(lambda c: calls.find(c, ACCOUNT, carry.call))
        assert kept is not None
        assert calls.read(kept).steps == (TRIED,)
    finally:
        switch.close()
        await door.close()


async def test_what_the_house_turns_away_is_on_record_with_what_it_answered(
    sqlite_database: Database, keys: Keys
) -> None:
    entrance = Entrance(sqlite_database, keys)
    await entrance.opened()
    await entrance.is_called()  # where nobody is registered
    (row,) = await entrance.database.read(calls.every)
    steps = calls.read(row).steps
    assert [(step.leg, step.way, step.what) for step in steps] == [
        ("america", "in", "INVITE"),
        ("america", "out", "480 INVITE"),
    ]
