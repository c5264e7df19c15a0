"""The exchange: every offer is decided, kept in one transaction, and answered as it was kept."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from masstransit.errors import NotFound, StorageUnavailable, Unknown
from masstransit.model.communication import Purpose, ShortLink
from masstransit.model.decision import Verdict
from masstransit.storage import decisions
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.carriage.house import LATER, House
from tests.makers import NOON, RECIPIENT, a_knock

OTHER = "+12125550199"


@pytest.fixture
async def house(database: Database, keys: Keys) -> House:
    return House(database, keys)


async def test_an_offer_is_on_record_with_its_decision_and_a_ledger_that_holds(house: House) -> None:
    offered = await house.offer()
    assert offered.decision.verdict is Verdict.ALLOW
    assert await house.status() == ("queued", None)
    (row,) = await house.queued()
    assert (row.ready_at, row.claimed_by) == (NOON, None)
    (kept,) = await house.decided()
    assert decisions.read(kept).facts == {"Wish": {"word": "carry"}, "Count": {"counted": 1}}
    assert await house.verified()


async def test_what_is_attached_is_on_record_with_its_message(house: House) -> None:
    urls = ("https://example.com/cat.png", "https://example.com/dog")
    await asyncio.gather(house.offer(0, media=urls), house.offer(1), house.offer(2, media=urls[:1]))
    kept = sorted((row.message, row.place, row.url, row.content_type) for row in await house.attached())
    assert kept == [
        (f"SM{0:032x}", 0, urls[0], "image/png"),
        (f"SM{0:032x}", 1, urls[1], "application/octet-stream"),
        (f"SM{2:032x}", 0, urls[0], "image/png"),
    ]


async def test_short_links_are_on_record_unless_their_message_was_refused(house: House) -> None:
    for n, word in enumerate(("carry", "refuse", "content", "hold")):
        house.wishes.all = word
        link = ShortLink(domain="go.example.com", code=f"{n}", target="https://example.com/a")
        later = NOON + timedelta(days=1)
        await house.offer(n, short_links=(link,), shortened="see", send_at=later if word == "hold" else None)
    kept = {row.code: (row.message, row.target, row.expires_at - NOON) for row in await house.shortened()}
    assert kept == {
        "0": (f"SM{0:032x}", "https://example.com/a", timedelta(days=90)),
        "3": (f"SM{3:032x}", "https://example.com/a", timedelta(days=91)),
    }


async def test_a_key_that_is_used_twice_is_one_offer_also_after_a_restart(house: House) -> None:
    first, second = await asyncio.gather(house.offer(1, idempotency_key="k"), house.offer(2, idempotency_key="k"))
    assert (first.communication.id, first.repeated) == (second.communication.id, False)
    assert second.repeated
    restarted = House(house.database, house.keys)
    third = await restarted.offer(3, idempotency_key="k")
    assert (third.communication.id, third.repeated) == (first.communication.id, True)
    assert (third.decision.id, third.decision.at) == (first.decision.id, first.decision.at)
    assert len(await house.queued()) == len(await house.decided()) == 1


async def test_a_key_used_in_two_processes_at_once_is_one_offer_and_spoils_no_other(house: House) -> None:
    other = House(house.database, house.keys, process="p2")
    offers = [h.offer(10 * i + n, idempotency_key=f"k{n}") for i, h in enumerate((house, other)) for n in range(4)]
    answers = await asyncio.gather(*offers)
    assert [a.communication.id for a in answers[:4]] == [a.communication.id for a in answers[4:]]
    assert len(await house.queued()) == 4
    assert await house.verified()


async def test_what_is_known_at_once_to_be_refused_is_kept_as_refused_and_never_queued(house: House) -> None:
    house.wishes.all = "refuse"
    offered = await house.offer(status_callback="http://127.0.0.1/told")
    assert offered.decision.verdict is Verdict.REFUSE
    assert await house.status() == ("refused", 21610)
    assert (await house.queued(), await house.told()) == ([], [])


async def test_what_is_refused_for_its_content_fails_afterwards_and_its_sender_is_told(house: House) -> None:
    house.wishes.all = "content"
    await house.offer(status_callback="http://127.0.0.1/told", receipt=True, principal="esme")
    assert await house.status() == ("failed", 30007)
    assert sorted((n.way, n.target) for n in await house.told()) == [
        ("smpp", "esme"),
        ("webhook", "http://127.0.0.1/told"),
    ]


@pytest.mark.parametrize(
    ("purpose", "hours"),
    [(Purpose.MARKETING, 24), (Purpose.CONVERSATION, 4), (Purpose.TRANSACTIONAL, 1), (Purpose.EMERGENCY, 0.25)],
)
async def test_a_hold_has_a_deadline_by_purpose(house: House, purpose: Purpose, hours: float) -> None:
    house.wishes.all = "hold"
    await house.offer(purpose=purpose)
    assert await house.status() == ("accepted", None)
    (held,) = await house.held()
    assert (held.until - held.since, held.rule) == (timedelta(hours=hours), "1.1")
    assert await house.queued() == []


async def test_a_one_time_code_is_not_held_but_failed(house: House) -> None:
    house.wishes.all = "hold"
    await house.offer(purpose=Purpose.OTP)
    assert await house.status() == ("failed", 30007)
    assert await house.held() == []


async def test_a_delay_for_the_recipient_is_scheduled(house: House) -> None:
    house.wishes.all = "delay"
    await house.offer()
    assert await house.status() == ("scheduled", None)
    (row,) = await house.queued()
    assert row.ready_at == NOON + LATER


async def test_a_send_at_after_the_delay_counts(house: House) -> None:
    house.wishes.all = "delay"
    await house.offer(send_at=NOON + timedelta(days=1))
    (row,) = await house.queued()
    assert row.ready_at == NOON + timedelta(days=1)


async def test_an_overload_stores_nothing_but_the_decision_and_the_next_try_is_decided_anew(house: House) -> None:
    house.wishes.all = "overload"
    await house.offer(1, idempotency_key="k")
    assert (await house.status(1), await house.queued()) == (None, [])
    assert len(await house.decided()) == 1
    assert house.counting.counted == []
    await house.offer(2, idempotency_key="k")
    house.wishes.all = "carry"
    offered = await house.offer(3, idempotency_key="k")
    assert (offered.repeated, await house.status(3)) == (False, ("queued", None))
    assert await house.verified()


async def test_a_fact_that_is_silent_is_answered_by_the_rule(house: House) -> None:
    house.wishes.all = Unknown("silent")
    offered = await house.offer()
    assert (offered.decision.verdict, await house.status()) == (Verdict.HOLD, ("accepted", None))


async def test_when_nothing_can_be_stored_nothing_is_accepted_and_counts_are_given_back(
    sqlite_database: Database, keys: Keys
) -> None:
    house = House(sqlite_database, keys)
    broken = True

    @event.listens_for(sqlite_database.engine, "before_cursor_execute")
    def full(_: Any, cursor: Any, statement: str, *__: Any) -> None:
        if broken and statement.startswith("INSERT INTO communications"):
            cursor.execute("PRAGMA max_page_count=1")
            cursor.execute("CREATE TABLE full_disk AS SELECT randomblob(1000000)")

    answers = await asyncio.gather(*(house.offer(n) for n in range(3)), return_exceptions=True)
    assert all(isinstance(answer, StorageUnavailable) for answer in answers), answers
    assert (await house.status(0), await house.queued(), await house.decided()) == (None, [], [])
    assert house.counting.counted == []
    broken = False
    await sqlite_database.write(lambda c: c.exec_driver_sql("PRAGMA max_page_count=1073741823"))
    await house.offer(0)
    assert await house.status(0) == ("queued", None)
    assert await house.verified()


async def test_what_is_not_on_its_way_is_canceled_and_its_sender_is_told(house: House) -> None:
    sid = (await house.offer(status_callback="http://127.0.0.1/told")).communication.id
    account = house.message().account
    assert await house.exchange.cancel(account, sid)
    assert (await house.status(), await house.queued()) == (("canceled", None), [])
    assert [notice.body["status"] for notice in await house.told()] == ["canceled"]
    assert not await house.exchange.cancel(account, sid)
    assert not await house.exchange.cancel("AC" + "9" * 32, sid)


async def test_a_held_one_is_canceled_and_can_not_be_let_go_then(house: House) -> None:
    house.wishes.all = "hold"
    sid = (await house.offer()).communication.id
    assert await house.exchange.cancel(house.message().account, sid)
    with pytest.raises(NotFound):
        await house.exchange.release(house.message().account, sid, "dana")


async def test_a_person_lets_a_held_one_go_once(house: House) -> None:
    house.wishes.all = "hold"
    sid = (await house.offer()).communication.id
    released = await house.exchange.release(house.message().account, sid, "dana")
    assert released.id == sid
    assert await house.status() == ("queued", None)
    with pytest.raises(NotFound):
        await house.exchange.release(house.message().account, sid, "dana")
    assert await house.verified()


async def test_a_rehearsal_keeps_and_counts_nothing(house: House) -> None:
    house.wishes.all = "refuse"
    assert (await house.exchange.rehearse(house.message())).verdict is Verdict.REFUSE
    assert (await house.decided(), house.counting.counted) == ([], [])


async def test_one_that_is_refused_does_not_spoil_the_batch(house: House) -> None:
    house.wishes.of[OTHER] = "refuse"
    answers = await asyncio.gather(*(house.offer(n, recipient=OTHER if n % 2 else RECIPIENT) for n in range(6)))
    assert [a.decision.verdict for a in answers] == [Verdict.ALLOW, Verdict.REFUSE] * 3
    assert sorted(house.counting.counted) == [f"SM{n:032x}" for n in (0, 2, 4)]


async def test_of_those_who_knock_only_the_refused_are_kept(house: House) -> None:
    assert (await house.exchange.admit(a_knock())).verdict is Verdict.ALLOW
    assert await house.decided() == []
