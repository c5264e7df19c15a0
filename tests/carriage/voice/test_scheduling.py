"""Calls that are to be made later, on phones of the loopback carrier; the hand is moved to when they are due."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from masstransit.carriage.voice.asking import Given
from masstransit.carriage.voice.legs import Watch
from masstransit.carriage.voice.live import Wish
from masstransit.carriage.voice.scheduling import LATE
from masstransit.errors import Conflict, StorageUnavailable
from masstransit.model.decision import Verdict
from masstransit.storage import scheduled_calls
from masstransit.storage import tables as t
from masstransit.storage.calls import Led
from masstransit.story import story_of, tell
from tests.carriage.voice.house import ANN, BEN, VoiceHouse, until
from tests.makers import a_call

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
WATCH = Watch(url="https://example.com/status", events=("initiated", "completed"))


async def due(house: VoiceHouse, by: timedelta = HOUR) -> None:
    """Time passes, and those that are due are made."""
    await house.clock.move(by)
    await house.scheduling.look()


async def told(house: VoiceHouse, sid: str) -> list[tuple[str, str]]:
    """Which events of a call wait to be told: what its status was in each, and the event's number."""
    await house.parts.legs.drained()
    return [(event["CallStatus"], event["SequenceNumber"]) for event in await house.events(sid)]


async def waiting(house: VoiceHouse, sid: str) -> Any:
    row = await house.database.read(lambda c: scheduled_calls.fetch(c, house.account, sid))
    assert row is not None
    return row


@asynccontextmanager
async def running(house: VoiceHouse) -> AsyncIterator[None]:
    """Somebody looks for calls that are due meanwhile."""
    task = asyncio.create_task(house.scheduling.run())
    try:
        yield
    finally:
        task.cancel()
        ended = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(ended[0], asyncio.CancelledError), ended[0]


async def test_a_call_rings_when_it_is_due_and_its_watcher_hears_as_ever(house: VoiceHouse) -> None:
    sid = await house.schedule(HOUR, watch=WATCH)
    assert house.handsets.calls(ANN) == [] == await house.decided()  # it was asked by rehearsal, and nothing counted
    assert house.counting.counted == []
    await due(house)
    (await house.rings()).drop()
    row = await house.over(sid)
    assert (row.status, row.offered_at) == ("busy", house.clock.now())
    assert await house.scheduled() == {}
    assert await told(house, sid) == [("queued", "0"), ("busy", "1")]


async def test_one_that_comes_sooner_wakes_who_looks(house: VoiceHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("masstransit.carriage.voice.scheduling._LOOKS_EVERY", 1e9)
    async with running(house):
        await until(lambda: house.clock.sleepers)
        await house.schedule(timedelta(seconds=30))
        async with asyncio.timeout(10):
            while not house.handsets.calls(ANN):
                await house.clock.move(SECOND)
                await asyncio.sleep(0.01)


async def test_what_another_process_keeps_is_found_all_the_same(house: VoiceHouse) -> None:
    async with running(house):
        await until(lambda: house.clock.sleepers)
        here, house.scheduling = house.scheduling, house.scheduler("gone")
        await house.schedule(timedelta(seconds=30))
        house.scheduling = here
        await house.clock.move(timedelta(minutes=1))
        await house.rings()


async def test_a_stop_that_came_meanwhile_is_obeyed_and_told(house: VoiceHouse) -> None:
    sid = await house.schedule(HOUR, watch=WATCH)
    house.wishes.of[ANN] = "refuse"
    await due(house)
    assert house.handsets.calls(ANN) == []
    assert (await house.row(sid)).status == "refused"  # as every call that is not let out
    assert await house.scheduled() == {sid: "failed"}
    assert await told(house, sid) == [("failed", "0")]
    ((code, text),) = await house.alerts()
    (decision,) = await house.decided()
    assert code == 21610
    assert text == f"+1212***23 was not called: they asked you not to write (decision {decision.id})"
    assert (await waiting(house, sid)).plan == {}  # nothing that it was to say stays behind
    await due(house)
    assert len(await house.alerts()) == 1


async def test_what_will_stop_it_is_told_at_once_and_nothing_is_kept_to_be_made(house: VoiceHouse) -> None:
    house.wishes.all = "refuse"
    now = house.clock.now()
    call = a_call(account=house.account, at=now, send_at=now + HOUR)
    decision = await house.scheduling.schedule(call, Wish(source=Given("<Response/>")))
    assert decision.verdict is Verdict.REFUSE
    assert await house.scheduled() == {}
    assert (await house.row(call.id)).status == "refused"  # on record, so that it can be appealed


async def test_a_document_that_will_be_stopped_does_not_stop_the_call(house: VoiceHouse) -> None:
    sid = await house.schedule(HOUR)
    house.wishes.all = "refuse"
    decision = await house.scheduling.redirect(await waiting(house, sid), Given("<Response/>"), None)
    assert decision.verdict is Verdict.REFUSE
    assert decision.subject != sid
    house.wishes.all = "carry"
    await due(house)
    assert (await house.rings()).shown.id == sid


async def test_one_that_is_taken_back_does_not_ring_and_its_watcher_hears(house: VoiceHouse) -> None:
    sid = await house.schedule(HOUR, watch=WATCH)
    row = await waiting(house, sid)
    await house.scheduling.take_back(row)
    with pytest.raises(Conflict):
        await house.scheduling.take_back(row)
    await due(house)
    assert await house.rows() == []
    assert await told(house, sid) == [("canceled", "0")]


async def test_one_that_is_being_made_is_left_as_it_is(house: VoiceHouse) -> None:
    row = await waiting(house, await house.schedule(HOUR))
    await house.clock.move(HOUR)
    await house.database.write(lambda c: scheduled_calls.claim(c, "p2", house.clock.now(), 1))
    with pytest.raises(Conflict):
        await house.scheduling.take_back(row)
    with pytest.raises(Conflict):
        await house.scheduling.redirect(row, Given("<Response/>"), None)


# --- a house that was away ----------------------------------------------------------------------------------------


async def test_after_a_restart_it_rings_at_once_where_it_is_not_too_late(house: VoiceHouse) -> None:
    sid, early = await house.schedule(HOUR), await house.schedule(HOUR - SECOND, to=BEN, watch=WATCH)
    await house.clock.move(HOUR + LATE)
    await house.database.write(
        lambda c: scheduled_calls.claim(c, "p1", house.clock.now(), 10)
    )  # and then it was killed
    await house.scheduler().look()
    assert (await house.rings()).shown.id == sid
    assert await house.scheduled() == {early: "failed"}
    assert house.handsets.calls(BEN) == []
    assert await told(house, early) == [("failed", "0")]
    assert await house.alerts() == [(30036, "+1305***24 was not called: it could not be made within 15 minutes")]


async def test_one_that_was_offered_before_the_house_was_killed_does_not_ring_twice(house: VoiceHouse) -> None:
    sid = await house.schedule(HOUR)
    await house.clock.move(HOUR)
    await house.database.write(lambda c: scheduled_calls.claim(c, "p1", house.clock.now(), 10))
    await house.decide(sid, "<Pause/>", ANN)
    call = await house.rings()
    await house.scheduler().look()
    assert await house.scheduled() == {}
    assert [each.shown.id for each in house.handsets.calls(ANN)] == [sid]
    call.drop()


async def test_one_that_was_offered_and_not_begun_ends_on_the_record(house: VoiceHouse) -> None:
    sid = await house.schedule(HOUR)
    await house.clock.move(HOUR)
    call = a_call(id=sid, account=house.account, recipient=ANN, at=house.clock.now())
    await house.calls.offer(call, Led(process="gone"))
    await house.scheduling.look()
    assert await house.scheduled() == {}
    assert await house.parts.legs.end_orphans(at_start=False) == 1
    row = await house.row(sid)
    assert (row.status, row.released_by) == ("failed", "house")
    assert house.handsets.calls(ANN) == []


async def test_one_that_was_refused_before_the_house_was_killed_has_failed(house: VoiceHouse) -> None:
    sid = await house.schedule(HOUR, watch=WATCH)
    house.wishes.of[ANN] = "refuse"
    await house.clock.move(HOUR)
    await house.calls.offer(a_call(id=sid, account=house.account, recipient=ANN, at=house.clock.now()))
    await house.scheduling.look()
    assert await house.scheduled() == {sid: "failed"}
    assert await told(house, sid) == [("failed", "0")]
    assert [code for code, _ in await house.alerts()] == [21610]


async def test_of_several_processes_one_makes_it(house: VoiceHouse) -> None:
    sid = await house.schedule(HOUR)
    await house.clock.move(HOUR)
    await asyncio.gather(*(house.scheduler(process).look() for process in ("p1", "p2", "p3")))
    await house.rings()
    assert [each.shown.id for each in house.handsets.calls(ANN)] == [sid]


# --- what goes wrong ----------------------------------------------------------------------------------------------


async def test_calls_that_would_be_too_many_are_tried_again(house: VoiceHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    def crowded(account: str, number: str, beside: int) -> str:
        going_on = [call for each in (ANN, BEN) for call in house.handsets.calls(each) if call.shown.state != "over"]
        return "one at once" if len(going_on) + beside >= 1 else ""

    monkeypatch.setattr(house.handsets, "crowded", crowded)
    first, second = await house.schedule(HOUR), await house.schedule(HOUR, to=BEN)
    await due(house)
    call = await house.rings()
    assert (call.shown.id, await house.scheduled()) == (first, {second: "scheduled"})
    await due(house, timedelta(seconds=10))
    assert house.handsets.calls(BEN) == []
    call.drop()
    await house.over(first)
    await due(house, timedelta(seconds=10))
    assert (await house.rings(BEN)).shown.id == second


async def test_one_that_finds_no_place_for_too_long_has_failed(
    house: VoiceHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    sid = await house.schedule(HOUR)
    monkeypatch.setattr(house.handsets, "crowded", lambda account, number, beside: "none at once")
    await due(house)
    await due(house, LATE)
    assert await house.scheduled() == {sid: "scheduled"}
    await due(house, timedelta(seconds=10))
    assert await house.scheduled() == {sid: "failed"}
    assert [code for code, _ in await house.alerts()] == [10004]


async def test_one_that_can_not_be_read_stops_no_other(house: VoiceHouse) -> None:
    broken, sid = await house.schedule(HOUR), await house.schedule(HOUR, to=BEN)
    row = t.scheduled_calls.c.sid == broken
    await house.database.write(lambda c: c.execute(update(t.scheduled_calls).where(row).values(plan={})))
    await due(house)
    assert (await house.rings(BEN)).shown.id == sid
    assert await house.scheduled() == {broken: "scheduled"}


async def test_one_that_can_not_be_stored_is_made_when_it_can(
    house: VoiceHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(*_: object) -> None:
        raise StorageUnavailable("the database is away")

    sid = await house.schedule(HOUR)
    with monkeypatch.context() as away:
        away.setattr(house.calls, "offer", silent)
        await due(house)
    assert await house.scheduled() == {sid: "scheduled"}
    await house.scheduling.look()
    assert (await house.rings()).shown.id == sid


async def test_a_house_that_stops_begins_none(house: VoiceHouse) -> None:
    sid = await house.schedule(HOUR)
    await house.scheduling.close()
    await due(house)
    assert await house.scheduled() == {sid: "scheduled"}
    await asyncio.wait_for(house.scheduling.run(), 5)


async def test_its_story_is_told(house: VoiceHouse) -> None:
    sid = await house.schedule(HOUR)

    async def lines() -> list[str]:
        return await house.database.survey(lambda c: list(tell(story_of(c, sid))))

    told = await lines()
    assert told[0] == f"{sid}  CALL to be made later"
    assert told[-1] == "  status    scheduled"
    house.wishes.of[ANN] = "refuse"
    await due(house)
    told = await lines()
    assert "  status    failed" in told
    assert any("they asked you not to write" in line for line in told)
