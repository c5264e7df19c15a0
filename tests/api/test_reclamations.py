"""The account's numbers that a provider wants back, over the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from masstransit.carriage import reclamation
from masstransit.carriage.overturning import Word
from masstransit.storage import numbers
from tests.api.house import Door

SF = "+14155550111"


async def wanted_back(door: Door) -> str:
    """A number of the account's that carrier-a wants back; the case."""
    now = door.clock.now()
    row = {"number": SF, "account": door.sid, "sid": "PN" + "7" * 32, "state": "in-use", "region": "US"}
    await door.database.write(lambda c: numbers.put(c, [row | {"acquired_at": now, "friendly_name": SF}], now))
    word, deadline = Word(by="Ada", because="their letter of May 30", at=now), (now + timedelta(days=30)).date()
    return await door.database.write(
        lambda c: reclamation.determine(c, door.house.ledger, SF, word, provider="carrier-a", deadline=deadline)
    )


async def contested(door: Door, sid: str, **form: str) -> Any:
    return await door.ask("POST", f"/policy/v1/Reclamations/{sid}", data=form)


async def test_a_holder_sees_the_case_and_contests_it_once(door: Door) -> None:
    sid = await wanted_back(door)
    (listed,) = (await door.ask("GET", "/policy/v1/Reclamations")).json()["reclamations"]
    assert (listed["sid"], listed["phone_number"], listed["status"]) == (sid, SF, "open")
    assert listed["reason"] == "their letter of May 30"
    answer = await contested(door, sid, Contest="our fire alarm calls it")
    assert (answer.status_code, answer.json()["status"]) == (200, "contested")
    assert (await contested(door, sid, Contest="again")).status_code == 409
    shown = (await door.ask("GET", f"/policy/v1/Reclamations/{sid}")).json()
    assert shown["contest"] == "our fire alarm calls it"


async def test_what_is_missing_too_long_or_nobodys_is_said(door: Door) -> None:
    sid = await wanted_back(door)
    assert "Contest" in (await contested(door, sid)).json()["message"]
    assert (await contested(door, sid, Contest="x" * 8001)).status_code == 400
    nobodys = "RC" + "0" * 32
    assert (await door.ask("GET", f"/policy/v1/Reclamations/{nobodys}")).status_code == 404
    assert (await contested(door, nobodys, Contest="mine")).status_code == 404
