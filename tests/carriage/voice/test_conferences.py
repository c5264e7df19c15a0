"""Conferences: who is heard by whom, what is on record of them, and who is told before somebody whispers."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import select

from masstransit.carriage.recording import State
from masstransit.carriage.voice.conferences import Conferences, Room, Seat
from masstransit.errors import NotFound
from masstransit.storage import conferences, recordings
from masstransit.storage.tables import notices
from tests.carriage.test_webhooks import Server
from tests.carriage.voice.house import ANN, BEN, CAT, VoiceHouse, until
from tests.carriage.voice.sounding import SoundLine
from tests.carriage.voice.test_onair import line_of

CALLBACK = 'statusCallback="https://shop.example/met" statusCallbackEvent="start end join leave mute hold"'


def seat_of(house: VoiceHouse, sid: str) -> Seat | None:
    try:
        seat = house.parts.conferences.seat(house.account, "all", sid)
    except NotFound:
        return None
    return seat if seat.entered else None


async def joins(house: VoiceHouse, number: str, attributes: str = "") -> Seat:
    """Somebody is in the conference."""
    sid = await house.begin(f"<Dial><Conference {attributes}>all</Conference></Dial>", number)
    await house.takes(number)
    return await until(lambda: seat_of(house, sid))


async def enters(house: VoiceHouse, number: str, attributes: str = "") -> tuple[str, SoundLine]:
    """The same on a line with sound; their call, which may not be let in yet."""
    sid = await house.begin(f"<Dial><Conference {attributes}>all</Conference></Dial>", number)
    return sid, await line_of(house, number)


async def kept(house: VoiceHouse, room: Room) -> Any:
    await house.parts.conferences.drained()
    return await house.database.read(lambda c: conferences.find(c, house.account, room.sid))


async def told(house: VoiceHouse, room: Room) -> list[dict[str, str]]:
    await house.parts.conferences.drained()
    rows = await house.database.read(lambda c: c.execute(select(notices).where(notices.c.about == room.sid)).all())
    return sorted((row.body["params"] for row in rows), key=lambda params: int(params["SequenceNumber"]))


async def agrees(line: SoundLine) -> None:
    """They are asked, and press the key by which they agree."""
    await until(lambda: line.leg.asks)
    await asyncio.sleep(0.1)
    await line.talker.press("1")


async def test_it_is_on_record_from_its_first_to_its_last_and_every_step_is_told(house: VoiceHouse) -> None:
    ann = await joins(house, ANN, CALLBACK + ' participantLabel="ann"')
    ben = await joins(house, BEN)
    room = ann.room
    assert ((await kept(house, room)).status, (await kept(house, room)).ended_at) == ("in-progress", None)
    house.parts.conferences.mute(ann, muted=True)
    house.parts.conferences.mute(ann, muted=True)  # they are already
    house.parts.conferences.hold(ben, None, on_hold=True)
    house.parts.conferences.hold(ben, None, on_hold=False)
    for seat in (ann, ben):
        house.handsets.call(seat.leg.call.recipient.text, seat.sid).drop()
        await house.over(seat.sid)
    row = await kept(house, room)
    assert (row.status, row.reason, row.ended_by) == ("completed", "last-participant-left", ben.sid)
    assert [(each["StatusCallbackEvent"], each.get("CallSid")) for each in await told(house, room)] == [
        ("conference-start", None),
        ("participant-join", ann.sid),
        ("participant-join", ben.sid),
        ("participant-mute", ann.sid),
        ("participant-hold", ben.sid),
        ("participant-unhold", ben.sid),
        ("participant-leave", ann.sid),
        ("participant-leave", ben.sid),
        ("conference-end", None),
    ]


async def test_who_is_muted_is_heard_by_nobody_who_comes_later_either(house: VoiceHouse) -> None:
    ann = await joins(house, ANN, 'muted="true"')
    ben = await joins(house, BEN)
    phones = [house.handsets.call(seat.leg.call.recipient.text, seat.sid) for seat in (ann, ben)]
    await until(lambda: phones[1].others)
    assert (phones[0].others, phones[1].others) == (set(), {phones[0]})


async def test_a_tone_sounds_to_the_others_where_it_is_asked_for(house: VoiceHouse) -> None:
    ann = await joins(house, ANN)
    ben = await joins(house, BEN, 'beep="onEnter"')
    cat = await joins(house, CAT, 'beep="onExit"')

    def heard(seat: Seat) -> tuple[str, ...]:
        return house.handsets.call(seat.leg.call.recipient.text, seat.sid).shown.heard

    await until(lambda: heard(ann))
    assert (len(heard(ann)), len(heard(ben)), len(heard(cat))) == (1, 0, 0)
    house.parts.conferences.remove(cat)
    await until(lambda: len(heard(ann)) == 2 and len(heard(ben)) == 1)


async def test_who_whispers_is_let_in_once_everybody_was_told_and_agreed(sounding: VoiceHouse) -> None:
    (agent, at_agent), (_, customer) = await enters(sounding, ANN), await enters(sounding, BEN)
    await until(lambda: seat_of(sounding, agent))
    coach, line = await enters(sounding, CAT, f'coach="{agent}"')
    seat = await until(lambda: seat_of(sounding, coach))
    await until(lambda: at_agent.leg.asks and customer.leg.asks)
    assert line.phone.others == set()
    assert all(line.phone not in each.phone.others for each in (at_agent, customer))
    await agrees(at_agent)
    assert seat.coached is None
    await agrees(customer)
    await until(lambda: line.phone.others == {at_agent.phone})  # heard by the agent alone
    assert all(line.phone in each.phone.others for each in (at_agent, customer))  # and hears everybody
    (row,) = await sounding.database.read(lambda c: recordings.of_call(c, sounding.account, seat.room.sid))
    assert (row.act, row.state, row.digests) == ("whisper", "capturing", {})
    ruled = await sounding.parts.conferences.barge(seat)
    assert ruled is not None
    assert ruled.state is State.CAPTURING
    await until(lambda: line.phone.others == {at_agent.phone, customer.phone})


async def test_who_declines_is_whispered_to_by_nobody(sounding: VoiceHouse) -> None:
    (agent, at_agent), (_, customer) = await enters(sounding, ANN), await enters(sounding, BEN)
    await until(lambda: seat_of(sounding, agent))
    coach, line = await enters(sounding, CAT, f'coach="{agent}"')
    await agrees(at_agent)
    await until(lambda: customer.leg.asks)
    await asyncio.sleep(0.1)
    await customer.talker.press("2")
    await sounding.over(coach)
    assert line.phone.shown.heard == ()
    ((code, why),) = await sounding.alerts()
    assert (code, "Nobody is coached" in why) == (13237, True)


async def test_who_comes_in_while_somebody_whispers_is_told_first(sounding: VoiceHouse) -> None:
    agent, at_agent = await enters(sounding, ANN)
    await until(lambda: seat_of(sounding, agent))
    coach, line = await enters(sounding, CAT, f'coach="{agent}"')
    await agrees(at_agent)
    await until(lambda: line.phone.others == {at_agent.phone})
    _, customer = await enters(sounding, BEN)
    await until(lambda: customer.leg.asks)
    assert line.phone.others == set()
    assert line.phone not in at_agent.phone.others
    await agrees(customer)
    await until(lambda: line.phone.others == {at_agent.phone})
    assert seat_of(sounding, coach) is not None


async def test_when_the_coached_leaves_the_coach_is_not_heard_by_the_rest(sounding: VoiceHouse) -> None:
    (agent, at_agent), (_, customer) = await enters(sounding, ANN), await enters(sounding, BEN)
    await until(lambda: seat_of(sounding, agent))
    _, line = await enters(sounding, CAT, f'coach="{agent}"')
    await agrees(at_agent)
    await agrees(customer)
    await until(lambda: line.phone.others == {at_agent.phone})
    at_agent.phone.drop()
    await until(lambda: not line.phone.others and line.phone not in customer.phone.others)


async def test_what_a_killed_process_carried_is_over_on_record(house: VoiceHouse) -> None:
    ann = await joins(house, ANN)
    await house.parts.conferences.drained()
    born_again = Conferences(
        recordings=house.recordings, notices=house.notices, database=house.database, clock=house.clock, process="p1"
    )
    assert await born_again.end_orphans(at_start=False) == 0
    assert await born_again.end_orphans(at_start=True) == 1
    row = await kept(house, ann.room)
    assert (row.status, row.reason) == ("completed", "last-participant-left")


async def test_a_callback_to_a_forbidden_address_is_told_in_an_alert(house: VoiceHouse, server: Server) -> None:
    ann = await joins(house, ANN, 'statusCallback="ftp://shop.example/"')
    assert ann.room.watch is None
    assert [code for code, _ in await house.alerts()] == [13223]
