"""Delivery: what is queued reaches a carrier once, is asked about again when it waited, and outlives every loss."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, update

from masstransit.carriage import delivery
from masstransit.carriage.channel import Carried, DeliveryReport, NotSent, Sent
from masstransit.errors import StorageUnavailable, TrunkDown, Unknown
from masstransit.model.communication import Purpose
from masstransit.model.decision import Cleared
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import carrier_ids, processes, queue
from tests.carriage.house import BUSY, LATER, House, Link, until
from tests.makers import ACCOUNT, NOON, RECIPIENT

LONDON = "+447911123456"


@pytest.fixture
async def house(database: Database, keys: Keys) -> House:
    return House(database, keys)


@pytest.fixture
async def running(house: House) -> AsyncIterator[House]:
    async with house.delivering():
        yield house


async def test_what_is_carried_is_sent_named_and_out_of_the_queue(running: House) -> None:
    await running.offer(status_callback="http://127.0.0.1/told")
    await running.becomes(0, "sent")
    assert await running.queued() == []
    (name,) = await running._all(carrier_ids)
    assert (name.trunk, name.sid) == ("link", f"SM{0:032x}")
    assert [n.body["status"] for n in await running.told()] == ["sent"]
    await until(lambda: not running.links[0].open)
    assert len(running.links[0].took) == 1


async def test_a_thousand_messages_go_out_once_each_through_a_small_window(database: Database, keys: Keys) -> None:
    house = House(database, keys, Link(room=7), Link("other", room=3))
    async with house.delivering():
        await asyncio.gather(*(house.offer(n) for n in range(300)))
        for n in range(300):
            await house.becomes(n, "sent")
    took = [c.id for link in house.links for c in link.took]
    assert sorted(took) == [f"SM{n:032x}" for n in range(300)]


async def test_what_was_queued_before_this_life_is_carried(house: House) -> None:
    await house.offer()
    again = House(house.database, house.keys)
    async with again.delivering():
        await again.becomes(0, "sent")


async def test_what_an_earlier_life_had_claimed_is_carried(house: House) -> None:
    house.exchange.connect(house.delivery)
    await house.offer()
    assert (await house.queued())[0].claimed_by == "p1"
    again = House(house.database, house.keys)
    async with again.delivering():
        await again.becomes(0, "sent")


async def test_a_scheduled_one_goes_when_its_time_has_come_after_the_gate_was_asked_again(running: House) -> None:
    await running.offer(send_at=NOON + timedelta(hours=1))
    await asyncio.sleep(0.05)
    assert running.links[0].took == []
    await running.move(hours=1)
    await running.becomes(0, "sent")
    assert len(await running.decided()) == 2
    assert await running.verified()


async def test_a_text_with_short_links_is_judged_as_written_and_carried_as_shortened_also_later(
    running: House,
) -> None:
    long, short = "See https://example.com/" + "x" * 200, "See https://go.example.com/0"
    await running.offer(text=long, shortened=short, send_at=NOON + timedelta(hours=1))
    await running.move(hours=1)
    await running.becomes(0, "sent")
    (took,) = running.links[0].took
    assert (took.text, took.on_air) == (long, short)
    assert (await running.row(f"SM{0:032x}")).segments == 1


async def test_a_stop_that_came_while_it_waited_stops_it(running: House) -> None:
    await running.offer(send_at=NOON + timedelta(hours=1), receipt=True, principal="esme")
    running.wishes.all = "refuse"
    await running.move(hours=1)
    await running.becomes(0, "failed", 21610)
    assert (running.links[0].took, await running.queued()) == ([], [])
    assert [n.body["state"] for n in await running.told()] == ["failed"]


async def test_quiet_hours_that_began_while_it_waited_delay_it(running: House) -> None:
    await running.offer(send_at=NOON + timedelta(hours=1))
    running.wishes.all = "delay"
    await running.move(hours=1)
    await until(lambda: len(running.counting.counted) == 2)
    running.wishes.all = "carry"
    await running.move(hours=LATER.total_seconds() / 3600)
    await running.becomes(0, "sent")


@pytest.mark.parametrize("word", ["delay", "delay-past"])
async def test_a_delayed_offer_never_goes_on_the_decision_that_delayed_it(running: House, word: str) -> None:
    running.wishes.all = word
    await running.offer()
    await running.move(hours=6, seconds=1)
    await asyncio.sleep(0.05)
    assert running.links[0].took == []
    running.wishes.all = "carry"
    await running.move(hours=7)
    await running.becomes(0, "sent")


async def test_one_that_was_delayed_and_then_met_a_busy_carrier_is_carried(running: House) -> None:
    running.wishes.all = "delay"
    await running.offer()
    running.wishes.all = "carry"
    answers: list[Carried] = [Sent(("c1",)), BUSY]
    running.links[0].answer = lambda _: answers.pop()
    await running.move(hours=7)
    await until(lambda: len(running.links[0].took) == 1)
    await asyncio.sleep(0.05)
    await running.move(seconds=1.5)  # the decision of a second ago would be young enough, the delaying one is not
    await running.becomes(0, "sent")


async def test_one_held_at_the_second_look_waits_for_a_person_and_is_not_held_again(running: House) -> None:
    await running.offer(send_at=NOON + timedelta(hours=1))
    running.wishes.all = "hold"
    await running.move(hours=1)
    await running.becomes(0, "accepted")
    assert await running.queued() == []
    await running.exchange.release(ACCOUNT, f"SM{0:032x}", "dana")
    await running.becomes(0, "sent")
    assert await running.verified()


async def test_one_let_go_is_still_refused_where_a_stop_came(running: House) -> None:
    running.wishes.all = "hold"
    await running.offer()
    running.wishes.all = "refuse"
    await running.exchange.release(ACCOUNT, f"SM{0:032x}", "dana")
    await running.becomes(0, "failed", 21610)


async def test_facts_that_are_silent_for_a_moment_do_not_hold_what_was_accepted(running: House) -> None:
    await running.offer(send_at=NOON + timedelta(hours=1))
    running.wishes.all = Unknown("the database blinked")
    await running.move(hours=1)
    await until(lambda: len(running.counting.counted) == 2)
    running.wishes.all = "carry"
    await asyncio.sleep(0.05)
    await running.move(seconds=6)
    await running.becomes(0, "sent")


async def test_what_can_not_be_sent_in_its_validity_fails_so(running: House) -> None:
    running.links[0].up = False
    await running.offer(expires_at=NOON + timedelta(minutes=5), status_callback="http://127.0.0.1/told")
    await running.move(minutes=6)
    running.links[0].up = True
    await running.becomes(0, "failed", 30036)
    assert (running.links[0].took, len(await running.told())) == ([], 1)


async def test_a_carrier_that_is_busy_is_tried_again(running: House) -> None:
    answers: list[Carried] = [Sent(("c1",)), BUSY, BUSY]
    running.links[0].answer = lambda _: answers.pop()
    await running.offer()
    for took in (1, 2, 3):
        await until(lambda took=took: len(running.links[0].took) == took)  # type: ignore[misc]
        await asyncio.sleep(0.05)
        await running.move(seconds=10)
    await running.becomes(0, "sent")
    assert await running.verified()


async def test_another_carrier_is_tried_where_one_failed(database: Database, keys: Keys) -> None:
    first, second = Link("first", ("+1212",)), Link("second", ("+1",))
    first.answer = lambda _: BUSY
    house = House(database, keys, first, second)
    async with house.delivering():
        await house.offer()
        await until(lambda: len(first.took) == 1)
        await asyncio.sleep(0.05)
        await house.move(seconds=2)
        await house.becomes(0, "sent")
        assert (await house.row(f"SM{0:032x}")).trunk == "second"


async def test_what_a_carrier_refuses_for_good_fails_with_its_code(running: House) -> None:
    running.links[0].answer = lambda _: NotSent(reason="no such handset", permanent=True, code=30005)
    await running.offer()
    await running.becomes(0, "failed", 30005)
    assert await running.queued() == []


async def test_where_no_carrier_goes_it_fails_so(database: Database, keys: Keys) -> None:
    house = House(database, keys, Link("america", ("+1",)))
    async with house.delivering():
        await house.offer(recipient=LONDON)
        await house.becomes(0, "failed", 21612)


async def test_a_message_costs_what_its_carrier_takes_for_its_segments(database: Database, keys: Keys) -> None:
    house = House(database, keys, Link(price=Decimal("0.0075")))
    async with house.delivering():
        await house.offer(text="x" * 161)
        await house.becomes(0, "sent")
        sid = f"SM{0:032x}"
        report = DeliveryReport(trunk="link", carrier_id=f"link-{sid}", state="delivered", at=house.clock.now())
        await house.arrivals.report(report)
        await house.becomes(0, "delivered")
    assert (await house.row(sid)).price == 15_000


async def test_what_every_carrier_takes_too_much_for_fails_so(database: Database, keys: Keys) -> None:
    dear, fair = Link("dear", ("+1212",), price=Decimal("0.02")), Link("fair", ("+1",), price=Decimal("0.01"))
    house = House(database, keys, dear, fair)
    async with house.delivering():
        await house.offer(0, max_price="0.01")
        await house.becomes(0, "sent")
        await house.offer(1, max_price="0.01", text="x" * 161)
        await house.becomes(1, "failed", 30010)
        await house.offer(2, max_price="0.04", text="x" * 161)
        await house.becomes(2, "sent")
        fair.up = False
        await house.offer(3, max_price="0.01")  # it waits for the one that it can afford
        await asyncio.sleep(0.05)
        assert await house.status(3) == ("queued", None)
    assert [c.id[-1] for c in fair.took] == ["0"]
    assert [c.id[-1] for c in dear.took] == ["2"]
    row = await house.row(f"SM{1:032x}")
    assert (row.price, "MaxPrice" in row.error_message, await house.queued() == []) == (None, True, False)


async def test_what_only_a_link_that_is_down_serves_waits_for_it_and_loses_no_tries(
    database: Database, keys: Keys
) -> None:
    abroad = Link("abroad", ("+44",))
    abroad.up = False
    house = House(database, keys, abroad, Link("america", ("+1",)))
    async with house.delivering():
        await house.offer(0, recipient=LONDON)
        await house.offer(1)
        await house.becomes(1, "sent")
        for _ in range(5):
            await house.move(seconds=3)
            await asyncio.sleep(0.03)
        assert (await house.queued())[0].attempts == 0
        abroad.up = True
        await house.move(seconds=3)
        await house.becomes(0, "sent")


async def test_a_link_lost_before_the_answer_is_tried_again(running: House) -> None:
    lost = [True]

    def answer(_: Cleared) -> Carried:
        if lost:
            lost.pop()
            raise TrunkDown("gone")
        return Sent(("c1",))

    running.links[0].answer = answer
    await running.offer()
    await until(lambda: len(running.links[0].took) == 1)
    await asyncio.sleep(0.05)
    await running.move(seconds=1)
    await running.becomes(0, "sent")


async def test_a_link_that_breaks_on_one_message_takes_the_next(running: House) -> None:
    def answer(cleared: Cleared) -> Carried:
        if cleared.communication.id.endswith("0"):
            raise ValueError("a bug")
        return Sent((cleared.communication.id,))

    running.links[0].answer = answer
    await running.offer(0)
    await running.offer(1)
    await running.becomes(1, "sent")
    await until(lambda: not running.links[0].open)
    assert (await running.queued())[0].claimed_by is None


class Outage:
    """A database that is gone for writers, as long as a test says."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.on = False
        self.met = 0
        write = database.write

        async def gone(change: Any) -> Any:
            if self.on:
                self.met += 1
                raise StorageUnavailable("gone")
            return await write(change)

        monkeypatch.setattr(database, "write", gone)


async def test_what_a_carrier_has_is_told_the_database_when_it_is_back_and_only_then_its_place_is_free(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    outage, link = Outage(house.database, monkeypatch), house.links[0]

    def answer(cleared: Cleared) -> Carried:
        outage.on = True
        return Sent((cleared.communication.id,))

    link.answer = answer
    async with house.delivering():
        await house.offer()
        await until(lambda: outage.met > 0)
        assert (len(link.open), await house.status()) == (1, ("queued", None))
        outage.on = False
        await house.becomes(0, "sent")
        await until(lambda: not link.open)
    assert len(link.took) == 1


async def test_what_was_in_hand_when_the_database_was_lost_is_carried_once_when_it_is_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    outage = Outage(house.database, monkeypatch)
    house.links[0].up = False
    async with house.delivering():
        for n in range(3):
            await house.offer(n)
        await house.clock.move(timedelta(seconds=10))  # so that the gate has to be asked again
        outage.on = True
        house.links[0].up = True
        await until(lambda: outage.met > 0)
        outage.on = False
        for n in range(3):
            await house.becomes(n, "sent")
    assert len(house.links[0].took) == 3
    assert await house.verified()


async def test_a_kill_between_the_second_look_and_the_carriers_answer_does_not_stand_in_its_way(house: House) -> None:
    stuck = asyncio.Event()

    class Silent(Link):
        async def deliver(self, cleared: Cleared) -> Carried:
            self.took.append(cleared.communication)
            await stuck.wait()
            return BUSY

    silent = Silent()
    first = House(house.database, house.keys, silent)
    first.exchange.connect(first.delivery)
    await first.offer(send_at=NOON + timedelta(hours=1))
    await first.clock.move(timedelta(hours=1))
    task = asyncio.create_task(first.delivery.run())
    await until(lambda: len(silent.took) == 1)
    task.cancel()  # and nothing is given back: as after kill -9
    await asyncio.gather(task, return_exceptions=True)
    second = House(house.database, house.keys)
    second.clock.set(NOON + timedelta(hours=2))
    async with second.delivering():
        await second.becomes(0, "sent")
    assert await second.verified()
    for carrying in first.delivery._under_way:
        carrying.cancel()


async def claimed_by(house: House, process: str, *, seen: timedelta) -> None:
    """As if another process had claimed everything and was last heard of so long ago."""
    row = {"process": process, "started_at": NOON - timedelta(hours=1), "seen_at": NOON - seen}
    claim = update(queue).values(claimed_by=process, claimed_at=NOON)
    await house.database.write(lambda c: (c.execute(insert(processes), [row]), c.execute(claim)))


async def test_what_a_silent_process_had_claimed_is_taken_over(house: House) -> None:
    await house.offer()
    await claimed_by(house, "gone", seen=timedelta(seconds=20))
    async with house.delivering():
        await house.becomes(0, "sent")


async def test_what_a_living_process_has_claimed_is_left_to_it(house: House) -> None:
    await house.offer()
    await claimed_by(house, "alive", seen=timedelta(seconds=5))
    async with house.delivering():
        await asyncio.sleep(0.1)
    assert house.links[0].took == []


async def test_who_could_not_be_heard_of_itself_takes_nobody_for_silent(house: House) -> None:
    await house.offer()
    await claimed_by(house, "cut-off-too", seen=timedelta(seconds=20))
    await house.delivery._beat(NOON, steady=False)
    assert (await house.queued())[0].claimed_by == "cut-off-too"


async def test_who_was_silent_for_too_long_leaves_its_claims_to_others(house: House) -> None:
    house.exchange.connect(house.delivery)
    await house.delivery._beat(NOON, steady=True)
    await house.offer()
    other = House(house.database, house.keys, process="p2")
    await other.delivery._beat(NOON + timedelta(seconds=20), steady=True)
    assert (await house.queued())[0].claimed_by is None
    await house.delivery._beat(NOON + timedelta(seconds=20), steady=True)
    assert not house.delivery._backlog


async def test_a_claim_that_this_process_does_not_know_of_is_freed(house: House) -> None:
    house.exchange.connect(house.delivery)
    await house.offer(0)
    house.delivery._backlog.clear()  # as if the answer to the commit had been lost
    await house.clock.move(timedelta(seconds=61))
    await house.offer(1)
    await house.delivery._beat(house.clock.now(), steady=True)
    assert [(row.sid[-1], row.claimed_by) for row in sorted(await house.queued(), key=lambda row: row.sid)] == [
        ("0", None),
        ("1", "p1"),
    ]


async def test_nobody_looked_in_time_and_the_held_one_fails(running: House) -> None:
    running.wishes.all = "hold"
    await running.offer(purpose=Purpose.TRANSACTIONAL, status_callback="http://127.0.0.1/told")
    await running.clock.move(timedelta(minutes=59))
    await running.delivery._expire_round()
    assert await running.status() == ("accepted", None)
    await running.clock.move(timedelta(minutes=2))
    await running.delivery._expire_round()
    assert await running.status() == ("failed", 30007)
    assert [h.outcome for h in await running.held()] == ["expired"]
    assert [n.body["error_code"] for n in await running.told()] == [30007]


async def test_a_full_backlog_leaves_the_rest_in_the_queue(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "_BACKLOG", 0)
    house.exchange.connect(house.delivery)
    await house.offer(recipient=RECIPIENT)
    assert (await house.queued())[0].claimed_by is None
