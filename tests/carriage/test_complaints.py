"""A complaint is on record once, about the message that is meant, and heard even where a process ends in between."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from masstransit.carriage.complaints import FromCarrier
from masstransit.errors import BadInput, NotFound
from masstransit.model.outcome import Outcome, OutcomeKind
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import complaints, standing
from tests.carriage.house import House
from tests.makers import NOON, RECIPIENT, SENDER

SID = f"SM{0:032x}"


@pytest.fixture
async def house(database: Database, keys: Keys) -> House:
    """One that owns the sender's number, and has sent a message to the recipient."""
    made = House(database, keys)
    await made.owns()
    async with made.delivering():
        await made.offer(0, campaign="QE7")
        await made.becomes(0, "sent")
    made.wishes.all = "flag"
    return made


def told(**more: Any) -> FromCarrier:
    said: dict[str, Any] = {"carrier": "Carrier", "reference": "r1", "number": SENDER, "at": NOON, "by": "Ada"}
    return FromCarrier(**said | more)


async def test_who_complains_tells_which_message_of_the_number_is_meant(house: House) -> None:
    assert await house.complaints.from_carrier(told(kind="7726", recipient=RECIPIENT))
    (kept,) = await house._all(complaints)
    assert (kept.communication, kept.campaign, kept.person) == (SID, "QE7", house.keys.person(RECIPIENT))
    (heard,) = house.wishes.outcomes
    assert (heard.what, heard.communication, heard.campaign) == (OutcomeKind.SPAM_REPORT, SID, "QE7")
    assert await house.verified()


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"recipient": "+12125550199"}, "no message went from"),
        ({"recipient": RECIPIENT, "at": NOON - timedelta(minutes=6)}, "before the time"),
        ({"number": "+14155550199"}, "nobody here has"),
        ({"message": SID, "number": "+14155550199"}, "was not sent by"),
    ],
)
async def test_what_contradicts_the_record_is_not_put_beside_it(house: House, more: dict[str, Any], why: str) -> None:
    with pytest.raises((BadInput, NotFound), match=why):
        await house.complaints.from_carrier(told(**more))
    assert await house._all(complaints) == []


async def test_a_carriers_clock_may_be_some_minutes_behind(house: House) -> None:
    assert await house.complaints.from_carrier(told(recipient=RECIPIENT, at=NOON - timedelta(minutes=4)))


async def test_what_was_kept_and_not_heard_is_heard_again_and_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """The process ends."""

    async def killed(_: object) -> None:
        raise Killed

    with monkeypatch.context() as ending:
        ending.setattr(house.arrivals, "outcome", killed)
        with pytest.raises(Killed):
            await house.complaints.from_carrier(told(recipient=RECIPIENT))
    assert len(await house._all(complaints)) == 1
    assert await house._all(standing) == []
    assert await house.complaints.hear_again(waiting=timedelta(seconds=30)) == 0, "another process may be about to"
    await house.clock.move(timedelta(seconds=30))
    assert await house.complaints.hear_again(waiting=timedelta(seconds=30)) == 1
    (step,) = await house._all(standing)
    assert step.step == "warn"
    assert [heard.recipient.text for heard in house.wishes.outcomes if heard.recipient] == [RECIPIENT]
    assert await house.complaints.hear_again() == 0
    assert not await house.complaints.from_carrier(told(recipient=RECIPIENT))


async def test_one_that_can_not_be_heard_holds_up_no_other(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.complaints.from_carrier(told(recipient=RECIPIENT))
    await house.complaints.from_carrier(told(recipient=RECIPIENT, reference="r2"))
    await house.database.write(lambda c: c.execute(complaints.update().values(unheard_since=NOON)))
    whole = house.arrivals.outcome

    async def broken_once(outcome: Outcome) -> object:
        monkeypatch.setattr(house.arrivals, "outcome", whole)
        raise ValueError(outcome.id)

    monkeypatch.setattr(house.arrivals, "outcome", broken_once)
    assert await house.complaints.hear_again() == 1
    assert await house.complaints.hear_again() == 1
    assert await house.complaints.hear_again() == 0


async def test_what_is_heard_twice_is_no_second_step(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.complaints.from_carrier(told(recipient=RECIPIENT))
    await house.database.write(lambda c: c.execute(complaints.update().values(unheard_since=NOON)))
    assert await house.complaints.hear_again() == 1
    assert len(await house._all(standing)) == 1
