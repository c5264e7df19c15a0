"""Which numbers reach nobody, as carriers told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from masstransit.clock import HandClock
from masstransit.facts.reachability import DayOfDead, DeadNumbers, LastHeard, ShutDown, ShutDownNumbers, Unreachable
from masstransit.model.communication import Direction
from masstransit.model.subject import Subject
from masstransit.storage import communications, reachability
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.makers import NOON, RECIPIENT, a_knock, an_outcome, an_sms
from tests.queries import asked_of, plan_of

EARLIER = NOON - timedelta(days=2)
OTHER = "AC" + "2" * 32


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def last(database: Database, keys: Keys, clock: HandClock) -> LastHeard:
    return LastHeard(database, keys, clock)


class Sent:
    """Puts messages on record, with what became of them."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self._keys = keys
        self._count = 0

    async def __call__(
        self,
        status: str,
        error: int | None = None,
        *,
        at: datetime = EARLIER,
        done: datetime | None = None,
        **more: Any,
    ) -> None:
        self._count += 1
        inbound = status == "received"
        if inbound:
            more |= {"direction": Direction.INBOUND, "sender": RECIPIENT, "recipient": "+14155550100"}
        sms = an_sms(**{"id": f"SM{self._count}", "at": at, **more})
        person = self._keys.person((sms.sender if inbound else sms.recipient).text)
        row = communications.row(sms, person=person, segments=1, status=status, decision="DE1")
        row |= {"error_code": error, "done_at": done or at}
        await self._database.write(lambda c: communications.add(c, [row]))


@pytest.fixture
def sent(database: Database, keys: Keys) -> Sent:
    return Sent(database, keys)


@pytest.mark.parametrize(
    ("status", "error"), [("failed", 30005), ("undelivered", 30005), ("undelivered", 30006), ("failed", 30006)]
)
async def test_a_number_that_nobody_has_is_remembered(sent: Sent, last: LastHeard, status: str, error: int) -> None:
    await sent(status, error)
    assert await last.learn([an_sms(id="SMnow")]) == [Unreachable(error=error, at=EARLIER)]


@pytest.mark.parametrize("error", [30003, 30004, 30007, 30008, 21614, None])
async def test_what_failed_otherwise_says_nothing_of_the_number(sent: Sent, last: LastHeard, error: int | None) -> None:
    for _ in range(3):
        await sent("undelivered", error)
    assert await last.learn([an_sms(id="SMnow")]) == [Unreachable()]


@pytest.mark.parametrize("status", ["delivered", "received"])
async def test_a_message_that_reached_them_or_that_they_wrote_lifts_it(
    sent: Sent, last: LastHeard, status: str
) -> None:
    await sent(status, at=EARLIER - timedelta(hours=1))
    await sent("failed", 30005)
    assert await last.learn([an_sms(id="SMnow")]) == [Unreachable(error=30005, at=EARLIER)]
    await sent(status, at=EARLIER + timedelta(hours=1))
    assert await last.learn([an_sms(id="SMnow")]) == [Unreachable()]


async def test_a_message_that_was_sent_before_and_arrives_later_lifts_it_too(sent: Sent, last: LastHeard) -> None:
    await sent("delivered", at=EARLIER - timedelta(hours=1), done=EARLIER + timedelta(hours=1))
    await sent("failed", 30005)
    assert await last.learn([an_sms(id="SMnow")]) == [Unreachable()]


async def test_the_last_failure_counts(sent: Sent, last: LastHeard) -> None:
    await sent("failed", 30006, at=EARLIER)
    await sent("failed", 30005, at=EARLIER + timedelta(hours=1))
    await sent("failed", 30005, at=EARLIER - timedelta(hours=1))
    assert await last.learn([an_sms(id="SMnow")]) == [Unreachable(error=30005, at=EARLIER + timedelta(hours=1))]


async def test_what_carriers_told_one_account_is_not_told_another(sent: Sent, last: LastHeard) -> None:
    await sent("failed", 30005, account=OTHER)
    assert await last.learn([an_sms(id="SMnow")]) == [Unreachable()]


async def test_others_in_the_batch_are_not_touched(sent: Sent, last: LastHeard) -> None:
    await sent("failed", 30005)
    batch: list[Subject] = [an_sms(id="SM1", recipient="+12125550124"), an_outcome(), an_sms(id="SM2"), a_knock()]
    assert [fact.error for fact in await last.learn(batch)] == [None, None, 30005, None]


async def test_a_failure_of_half_a_year_ago_is_forgotten(sent: Sent, last: LastHeard) -> None:
    await sent("failed", 30005, at=NOON - timedelta(days=181))
    assert await last.learn([an_sms(id="SMnow")]) == [Unreachable()]


async def test_a_batch_is_one_query_by_the_index_of_dead_numbers(
    sqlite_database: Database, keys: Keys, clock: HandClock
) -> None:
    await Sent(sqlite_database, keys)("failed", 30003)
    asked = await asked_of(sqlite_database)
    learned = await LastHeard(sqlite_database, keys, clock).learn(
        [an_sms(id=f"SM{i}", recipient=f"+1212555{i:04}") for i in range(200)]
    )
    assert learned == [Unreachable()] * 200
    (statement,) = [each for each in asked if "error_code" in each]
    assert "ix_communications_dead" in await plan_of(sqlite_database, statement)


async def test_a_days_dead_numbers_are_counted_by_people_campaign_and_end_user(
    sent: Sent, database: Database, clock: HandClock
) -> None:
    fresh = NOON - timedelta(hours=1)
    for n in range(3):
        await sent("failed", 30005, at=fresh, recipient=f"+1212555000{n % 2}", campaign="QE1")
    await sent("undelivered", 30006, at=fresh, recipient="+12125550009")
    await sent("undelivered", 30003, at=fresh, recipient="+12125550008")
    await sent("undelivered", 30005, at=NOON - timedelta(hours=25), recipient="+12125550007")
    await sent("undelivered", 30005, at=fresh, account=OTHER)
    counted = DayOfDead(database, clock)
    await sent("failed", 30005, at=fresh, recipient="+12125550006", campaign="QE1", end_user="u1")
    batch = [
        an_sms(id="SMa", campaign="QE1"),
        an_sms(id="SMb"),
        an_sms(id="SMc", account=OTHER, campaign="QE9"),
        an_sms(id="SMd", campaign="QE1", end_user="u1"),
        an_sms(id="SMe", end_user="u2"),
    ]
    assert await counted.learn(batch) == [
        DeadNumbers(account_24h=4, campaign_24h=3, end_user_24h=3),
        DeadNumbers(account_24h=4, campaign_24h=1, end_user_24h=3),
        DeadNumbers(account_24h=1, campaign_24h=0, end_user_24h=1),
        DeadNumbers(account_24h=4, campaign_24h=3, end_user_24h=1),
        DeadNumbers(account_24h=4, campaign_24h=1, end_user_24h=0),
    ]


async def test_they_are_counted_anew_every_few_seconds(sent: Sent, database: Database, clock: HandClock) -> None:
    counted = DayOfDead(database, clock)
    await counted.learn([an_sms()])
    await sent("failed", 30005, at=NOON)
    assert await counted.learn([an_sms()]) == [DeadNumbers()]
    await clock.move(timedelta(seconds=6))
    assert await counted.learn([an_sms()]) == [DeadNumbers(account_24h=1, campaign_24h=1, end_user_24h=1)]


# --- numbers that were shut down --------------------------------------------------------------------------------------


async def shut(database: Database, keys: Keys, number: str, at: datetime) -> None:
    row = {"person": keys.person(number), "at": at}
    await database.write(lambda c: reachability.shut_down_put(c, [row]))


async def test_a_number_that_a_carrier_shut_down_is_told_with_its_last_day(
    database: Database, keys: Keys, clock: HandClock
) -> None:
    for days in (3, 1, 2):
        await shut(database, keys, RECIPIENT, NOON - timedelta(days=days))
    batch: list[Subject] = [an_sms(), an_sms(recipient="+12125550124"), a_knock()]
    learned = await ShutDownNumbers(database, keys, clock).learn(batch)
    assert learned == [ShutDown(at=NOON - timedelta(days=1)), ShutDown(), ShutDown()]


async def test_the_first_file_of_a_carrier_is_heard_of_within_a_minute(
    sqlite_database: Database, keys: Keys, clock: HandClock
) -> None:
    numbers = ShutDownNumbers(sqlite_database, keys, clock)
    assert await numbers.learn([an_sms()]) == [ShutDown()]
    await shut(sqlite_database, keys, RECIPIENT, NOON)
    assert await numbers.learn([an_sms()]) == [ShutDown()]
    await clock.move(timedelta(seconds=31))
    assert await numbers.learn([an_sms()]) == [ShutDown(at=NOON)]
