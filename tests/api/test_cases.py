"""A customer's cases over the API: it stops an end user, answers a copyright notice, sees nothing that is sealed."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from masstransit.carriage.business_days import BusinessDays
from masstransit.carriage.cases import acts
from masstransit.carriage.cases.infringement import ITEMS
from masstransit.carriage.overturning import Word
from masstransit.storage import tables
from tests.api.house import Door

COUNTER = {
    "Signature": "R. Roe", "Material": "the poem, in messages of May", "Mistake": "true",
    "Contact": "R. Roe, 1 Main St, Springfield, +14155550199", "Jurisdiction": "true",
}  # fmt: skip


async def opened(door: Door, kind: str, **told: str) -> str:
    word = Word(by="Ada", at=door.clock.now())
    told = {"account": door.sid} | told
    return await door.database.write(
        lambda c: acts.open_case(c, door.house.ledger, kind, told, word, calendar=BusinessDays())
    )


async def noticed(door: Door, has: str = ",".join(ITEMS)) -> str:
    return await opened(door, "copyright", holder="Acme Verlag", work="a poem", material="Roses are red", has=has)


async def answered(door: Door, sid: str, **form: str) -> Any:
    return await door.ask("POST", f"/policy/v1/Cases/{sid}", data=form)


async def listed(door: Door) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await door.ask("GET", "/policy/v1/Cases")).json()["cases"]
    return found


async def test_a_customer_stops_one_end_user(door: Door) -> None:
    answer = await door.ask("POST", "/policy/v1/Cases", data={"EndUser": "salon", "Harm": "phishing"})
    made = answer.json()
    assert (answer.status_code, made["kind"], made["end_user"], made["status"]) == (
        201, "end-user-stop", "salon", "stopped"
    )  # fmt: skip
    (user,) = (await door.ask("GET", "/policy/v1/EndUsers")).json()["end_users"]
    assert (user["end_user"], user["status"], user["reason"]) == ("salon", "stopped", "phishing")
    assert (await door.ask("GET", f"/policy/v1/Cases/{made['sid']}")).json() == made


async def test_what_a_call_lacks_is_said(door: Door) -> None:
    for form, field in (
        ({}, "EndUser"),
        ({"EndUser": "x" * 129}, "EndUser"),
        ({"EndUser": "x", "Harm": "noise"}, "Harm"),
    ):
        answer = await door.ask("POST", "/policy/v1/Cases", data=form)
        assert (answer.status_code, field in answer.json()["message"]) == (400, True)


async def test_a_copyright_notice_is_told_seen_and_answered_once(door: Door) -> None:
    sid = await noticed(door)
    (told,) = (await door.ask("GET", "/policy/v1/Notices")).json()["notices"]
    assert (told["kind"], told["clause"]) == ("material-taken-down", "15")
    assert f"POST /policy/v1/Cases/{sid}" in told["text"]
    (case,) = await listed(door)
    assert (case["sid"], case["from"], case["status"]) == (sid, "Acme Verlag", "open")
    answer = await answered(door, sid, **COUNTER)
    assert (answer.status_code, answer.json()["next"]) == (200, "send the counter-notice to who gave the notice")
    assert (await answered(door, sid, **COUNTER)).status_code == 409
    events = await door.database.read(lambda c: c.execute(select(tables.case_events)).all())
    assert "1 Main St" in next(row.said for row in events if row.what == "countered")


@pytest.mark.parametrize("lacks", COUNTER)
async def test_a_counter_notice_that_lacks_something_is_told_what(door: Door, lacks: str) -> None:
    sid = await noticed(door)
    answer = await answered(door, sid, **{name: said for name, said in COUNTER.items() if name != lacks})
    assert answer.status_code == 400
    assert "a counter-notice also has " in answer.json()["message"]
    assert (await listed(door))[0]["next"].startswith("its customer may answer")


async def test_nothing_is_seen_of_what_is_sealed_or_asked_by_authorities(door: Door) -> None:
    hidden = [
        await opened(door, "authority", authority="Bureau", reference="1", process="warrant", gag="yes"),
        await opened(door, "csam", known_by="a known hash", secured="vault 3"),
        await opened(door, "sanctions", list="a list", entry="1"),
        await opened(door, "blocking-notice", authority="The Commission", reference="1"),  # nobody verified it yet
    ]
    assert await listed(door) == []
    for sid in (*hidden, "CS" + "0" * 32):
        assert (await door.ask("GET", f"/policy/v1/Cases/{sid}")).status_code == 404
        assert (await answered(door, sid, **COUNTER)).status_code == 404
    assert (await door.ask("GET", "/policy/v1/Notices")).json()["notices"] == []


async def test_a_claim_is_seen_and_is_not_answered_by_a_counter_notice(door: Door) -> None:
    sid = await opened(door, "trademark", holder="Acme", right="the mark ACME")
    assert [case["sid"] for case in await listed(door)] == [sid]
    answer = await answered(door, sid, **COUNTER)
    assert (answer.status_code, "Only a copyright notice" in answer.json()["message"]) == (400, True)
