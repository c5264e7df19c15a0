"""Calls: decided before they ring, kept when they are over, and told as a story."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from masstransit.model.call import CallRecord, Party
from masstransit.model.communication import Direction
from masstransit.model.decision import Verdict
from masstransit.model.outcome import OutcomeKind
from masstransit.storage import calls
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.retention import sweep_all
from masstransit.storage.tables import campaigns, standing
from masstransit.story import story_of, tell
from tests.carriage.house import House
from tests.makers import ACCOUNT, NOON, RECIPIENT, SENDER, a_call, a_record

A = "CA" + "0" * 32
HELP = "911"


@pytest.fixture
async def house(database: Database, keys: Keys) -> House:
    return House(database, keys)


async def kept(house: House, sid: str = A) -> Any:
    return await house.database.read(lambda c: calls.find(c, ACCOUNT, sid))


async def told(house: House, name: str = A) -> str:
    return "\n".join(tell(await house.database.survey(lambda c: story_of(c, name))))


# --- offers -------------------------------------------------------------------------------------------------------


async def test_a_call_is_on_record_with_its_decision_and_a_ledger_that_holds(house: House) -> None:
    decision = await house.call()
    row = await kept(house)
    assert (decision.verdict, row.status, row.decision, row.ended_at) == (Verdict.ALLOW, "queued", decision.id, None)
    assert [made.id for made in await house.decided()] == [decision.id]
    assert await house.verified()


@pytest.mark.parametrize("word", ["refuse", "hold", "delay", "overload"])
async def test_what_is_not_let_out_never_waits_in_the_queue_and_is_on_record_with_its_reason(
    house: House, word: str
) -> None:
    house.wishes.all = word
    decision = await house.call()
    row = await kept(house)
    assert decision.verdict > Verdict.FLAG
    assert (row.status, row.error_message) == ("refused", decision.findings[0].reason)
    assert await house.queued() == []
    assert await house.held() == []


async def test_what_was_refused_gives_back_what_it_counted(house: House) -> None:
    house.wishes.all = "refuse"
    await house.call()
    assert house.counting.counted == []


async def test_the_same_call_offered_again_has_its_earlier_decision_whatever_is_thought_of_it_now(house: House) -> None:
    first = await house.call()
    house.wishes.all = "refuse"
    again = await house.call()
    assert again.id == first.id
    assert again.verdict is Verdict.ALLOW


async def test_calls_that_arrive_together_are_decided_together(house: House) -> None:
    house.wishes.of = {RECIPIENT: "refuse"}
    made = await asyncio.gather(*(house.call(n, recipient=f"+1212555{n:04}") for n in range(40)), house.call(99))
    assert [d.verdict for d in made] == [Verdict.ALLOW] * 40 + [Verdict.REFUSE]
    assert len(await house.decided()) == 41


async def test_a_call_for_help_is_stopped_by_nothing(house: House) -> None:
    house.wishes.all = "refuse"
    decision = await house.call(recipient=HELP)
    assert decision.verdict is Verdict.ALLOW
    assert (await kept(house)).exemption == "emergency service"


async def test_a_call_to_a_sip_address_is_kept_as_any(house: House) -> None:
    await house.call(recipient="sip:anna@pbx.example.com")
    await house.calls.ended(a_record(recipient="sip:anna@pbx.example.com"))
    assert (await kept(house)).status == "completed"


@pytest.mark.parametrize(
    ("word", "said", "stopped"),
    [
        ("carry", "", False),
        ("flag", "", False),
        ("refuse", "", True),
        ("delay", "", True),
        ("delay-past", "", False),
        ("overload", "", False),
        ("hold", "", False),
        ("hold", "Hello", True),
    ],
)
async def test_of_a_call_to_come_what_will_stop_it_is_foreseen_and_on_record(
    house: House, word: str, said: str, stopped: bool
) -> None:
    house.wishes.all = word
    now = house.clock.now()
    decision = await house.calls.foresee(a_call(id=A, at=now, send_at=now + timedelta(hours=1), words=said))
    assert (decision.verdict > Verdict.FLAG) is stopped
    assert house.counting.counted == []
    assert [made.id for made in await house.decided()] == ([decision.id] if stopped else [])
    row = await kept(house)
    assert (row.status if row else "") == ("refused" if stopped else "")
    assert await house.verified()


async def test_a_call_for_help_can_be_scheduled(house: House) -> None:
    house.wishes.all = "refuse"
    now = house.clock.now()
    decision = await house.calls.foresee(a_call(recipient="911", at=now, send_at=now + timedelta(hours=1)))
    assert decision.verdict <= Verdict.FLAG


# --- records ------------------------------------------------------------------------------------------------------


async def test_the_record_of_a_call_is_kept_and_reads_as_it_was_brought(house: House) -> None:
    await house.call()
    record = a_record(cause=16, trunk="west", released_by=Party.CALLEE)
    await house.calls.ended(record)
    assert calls.read(await kept(house)) == record
    assert (await kept(house)).status == "completed"


@pytest.mark.parametrize(
    ("response", "status"),
    [(486, "busy"), (600, "busy"), (480, "no-answer"), (408, "no-answer"), (487, "canceled"), (404, "failed")],
)
async def test_a_call_that_nobody_answered_has_the_sdks_word_for_why(house: House, response: int, status: str) -> None:
    await house.call()
    await house.calls.ended(a_record(talked=None, status=response))
    assert (await kept(house)).status == status


async def test_a_record_that_is_brought_twice_counts_once_and_stays_as_it_was(house: House) -> None:
    await house.call()
    first = a_record(talked=3)
    await asyncio.gather(house.calls.ended(first), house.calls.ended(first))
    await house.calls.ended(a_record(talked=300))
    assert calls.read(await kept(house)).talked == 3
    assert [o.what for o in house.wishes.outcomes] == [OutcomeKind.CALL_ENDED]


async def test_a_record_of_a_call_that_was_never_offered_here_is_kept_all_the_same(house: House) -> None:
    await asyncio.gather(*(house.calls.ended(a_record(id=f"CA{n:032x}")) for n in range(5)))
    rows = await house.database.read(calls.every)
    assert [(row.status, row.decision) for row in rows] == [("completed", None)] * 5


async def test_what_the_house_itself_turned_away_is_nobodys_unanswered_call(house: House) -> None:
    house.wishes.all = "refuse"
    await house.call()
    await house.calls.ended(a_record(talked=None, status=403, released_by=Party.HOUSE))
    assert (await kept(house)).status == "refused"
    assert house.wishes.outcomes == []


async def test_the_outcome_says_who_answers_for_the_call_as_it_was_settled_when_it_was_offered(house: House) -> None:
    await house.call(campaign="QE1", end_user="bakery")
    await house.calls.ended(a_record(campaign=None, end_user="somebody else", brief="otp"))
    (heard,) = house.wishes.outcomes
    assert (heard.campaign, heard.end_user) == ("QE1", "bakery")
    assert heard.record is not None
    assert heard.record.brief == ""


async def test_short_by_design_are_calls_whose_campaign_declared_it(house: House) -> None:
    await house.owns(campaign="QE7")
    row = {"account": ACCOUNT, "sid": "QE7", "use_case": "2FA", "created_at": NOON, "updated_at": NOON}

    def declare(connection: Connection) -> None:
        connection.execute(insert(campaigns), [row | {"attrs": {"short_calls": "otp"}}])

    await house.database.write(declare)
    await house.call(0)
    await house.calls.ended(a_record())
    await house.calls.ended(a_record(id="CA" + "7" * 32))  # never offered here
    heard = [o.record for o in house.wishes.outcomes if o.record is not None]
    assert [(r.campaign, r.brief) for r in heard] == [("QE7", "otp")] * 2


async def test_what_is_found_of_an_ended_call_is_on_record_and_standing_follows(house: House) -> None:
    await house.call()
    house.wishes.all = "flag"
    await house.calls.ended(a_record())
    assert [row.step for row in await house._all(standing)] == ["warn"]
    assert len(await house.decided()) == 2
    assert await house.verified()


async def test_a_persons_call_to_a_customer_is_kept_under_the_person(house: House) -> None:
    await house.call(sender=RECIPIENT, recipient=SENDER, direction=Direction.INBOUND)
    assert (await kept(house)).person == house.keys.person(RECIPIENT)


# --- the story ----------------------------------------------------------------------------------------------------


async def test_a_call_is_told_from_its_offer_to_its_end_with_what_was_found_and_no_whole_number(house: House) -> None:
    await house.call()
    house.wishes.all = "flag"
    await house.calls.ended(a_record(talked=3.4, cause=16, trunk="west"))
    story = await told(house)
    for line in (
        f"{A}  CALL outbound by sip",
        "offered   2026-06-03 17:00:00 UTC by trunk west",
        "rang      2026-06-03 17:00:01 UTC",
        "ended     2026-06-03 17:00:12 UTC by the caller",
        "result    200 (SIP), cause 16 (Q.850), 3 s after the answer",
        "status    completed",
        "ALLOW at OFFER, attempt 0: it goes out",
        "FLAG at OUTCOME, attempt 0",
    ):
        assert line in story
    assert RECIPIENT not in story


async def test_a_refused_call_is_told_with_its_reason(house: House) -> None:
    house.wishes.all = "hold"
    decision = await house.call()
    assert "status    refused (no code: somebody should look at it)" in await told(house)
    assert "status    refused" in await told(house, decision.id)


async def test_calls_are_kept_as_long_as_the_law_asks_for_call_detail(house: House) -> None:
    async def left(after: timedelta) -> list[CallRecord]:
        await sweep_all(house.database, house.ledger, NOON + after)
        return [calls.read(row) for row in await house.database.read(calls.every)]

    await house.calls.ended(a_record())
    assert len(await left(timedelta(days=5 * 365))) == 1
    assert await left(timedelta(days=5 * 366 + 1)) == []
