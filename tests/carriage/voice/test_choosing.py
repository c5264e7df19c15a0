"""By whom somebody is called."""

from __future__ import annotations

import asyncio

from masstransit.carriage.voice.choosing import Chosen
from masstransit.carriage.voice.line import Ending
from masstransit.channels.loopback import Phones
from masstransit.channels.loopback.calls import Handsets
from masstransit.model.decision import Cleared
from tests.carriage.voice.house import ANN, BEN, VoiceHouse, until
from tests.makers import a_call


async def test_who_is_known_is_called_here_and_everybody_else_by_the_other(house: VoiceHouse) -> None:
    own, others = Handsets(Phones([ANN]), house.clock), Handsets(Phones([BEN]), house.clock)
    chosen = Chosen(own, others)
    assert chosen.crowded("AC1", ANN) == chosen.crowded("AC1", BEN) == ""
    tasks = []
    for number in (ANN, BEN):
        call = a_call(id=f"CA{number}", recipient=number)
        cleared = Cleared(communication=call, decision=await house.calls.offer(call))
        tasks.append(asyncio.ensure_future(chosen.place(cleared, ringing=lambda: None)))
    await until(lambda: own.calls(ANN) and others.calls(BEN))
    (ann,), (ben,) = own.calls(ANN), others.calls(BEN)
    assert (ann.shown.state, ben.shown.state) == ("ringing", "ringing")
    ann.drop()
    ben.drop()
    assert all(isinstance(each, Ending) and each.status == 486 for each in await asyncio.gather(*tasks))
