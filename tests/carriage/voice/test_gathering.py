"""Keys that are waited for while something is heard."""

from __future__ import annotations

import asyncio

import pytest

from masstransit.carriage.voice import gathering
from masstransit.carriage.voice.line import Unspoken
from masstransit.carriage.voice.verbs import Gather
from tests.carriage.voice.house import VoiceHouse, until


@pytest.mark.parametrize(
    ("pressed", "asked", "found"),
    [
        ("123456", Gather(digits=6), ("123456", False)),
        ("12*", Gather(digits=6, finish_on="*"), ("12", True)),
        ("*", Gather(digits=6, finish_on="*"), ("", True)),
        ("12", Gather(timeout=1), ("12", False)),
    ],
)
async def test_keys_are_complete_by_number_by_key_or_by_time(
    house: VoiceHouse, pressed: str, asked: Gather, found: tuple[str, bool]
) -> None:
    await house.begin("<Pause length='60'/>")
    call = await house.takes()
    call.press(pressed)
    assert await gathering.keys(call, asked, asyncio.sleep(0)) == found


async def test_the_first_key_cuts_short_what_is_heard(house: VoiceHouse) -> None:
    await house.begin("<Pause length='60'/>")
    call, heard = await house.takes(), list[str]()

    async def long() -> None:
        heard.append("began")
        await asyncio.sleep(60)
        heard.append("ended")

    waiting = asyncio.create_task(gathering.keys(call, Gather(digits=1), long()))
    await until(lambda: heard)
    call.press("7")
    assert await waiting == ("7", False)
    assert heard == ["began"]


async def test_what_can_not_be_heard_is_told_to_who_asked(house: VoiceHouse) -> None:
    await house.begin("<Pause length='60'/>")
    call = await house.takes()

    async def mute() -> None:
        raise Unspoken("no voice")

    with pytest.raises(Unspoken):
        await gathering.keys(call, Gather(), mute())
