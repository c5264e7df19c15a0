"""Tracebacks: the way of a message within 24 hours, from whom to whom, and not a word of what it said."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from masstransit.errors import BadAddress, BadInput, Conflict
from masstransit.storage import tables
from tests.carriage.cases.desk import OTHER, Desk, there
from tests.makers import ACCOUNT, NOON, RECIPIENT, SENDER


async def traced(desk: Desk, **more: str) -> str:
    told = {"requester": "the traceback group", "reference": "7/26", "sender": SENDER, "at": "2026-06-03T17:05"}
    return await desk.open("traceback", **told | more)


async def test_a_saturday_night_has_its_day_too(desk: Desk) -> None:
    desk.at(there("2026-06-06", "02:00"))
    sid = await traced(desk)
    assert await desk.due(sid) == ("answer", "2026-06-07 02:00")


async def test_the_record_has_both_ends_of_the_way_and_no_content(desk: Desk) -> None:
    message = await desk.sent(1, "What it says is nobody's business.", end_user="salon", campaign="QE1")
    row = {"trunk": "north", "carrier_id": "n-77", "at": NOON, "account": ACCOUNT, "sid": message}
    await desk.does(lambda c: c.execute(insert(tables.carrier_ids).values(**row)))
    sid = await traced(desk)
    made = await desk.act(sid, "answer", known_by="their portal")
    (way,) = made["messages"]
    assert {name: way[name] for name in ("message", "from", "to", "upstream_account", "upstream_name", "end_user")} == {
        "message": message, "from": SENDER, "to": RECIPIENT, "upstream_account": ACCOUNT, "upstream_name": "Northwind",
        "end_user": "salon",
    }  # fmt: skip
    assert (way["downstream_carrier"], way["downstream_ids"], way["sent_at"]) == ("north", ["n-77"], NOON)
    assert "business" not in repr(made)
    found = await desk.case(sid)
    assert (found.case.outcome, found.history[1].data["messages"]) == ("answered", 1)
    assert found.history[1].data["known_by"] == "their portal"
    assert await desk.verified()


async def test_what_others_sent_and_what_went_at_other_times_is_not_told(desk: Desk) -> None:
    await desk.sent(1)
    desk.later(minutes=21)
    await desk.sent(2)
    await desk.sent(3, account=OTHER)
    sid = await traced(desk)
    assert [row["message"][-1] for row in (await desk.act(sid, "answer", known_by="portal"))["messages"]] == ["1"]


async def test_a_number_that_is_not_ours_is_looked_for_with_everybody_and_none_is_an_answer_too(desk: Desk) -> None:
    await desk.sent(1, account=OTHER)
    by_recipient = await traced(desk, sender="", recipient=RECIPIENT)
    assert len((await desk.act(by_recipient, "answer", known_by="portal"))["messages"]) == 1
    nobody = await traced(desk, sender="+14155550199", reference="8")
    assert (await desk.act(nobody, "answer", known_by="portal"))["messages"] == []
    assert await desk.ended(nobody) == "nothing-found"


async def test_who_asks_has_to_be_known(desk: Desk) -> None:
    sid = await traced(desk)
    with pytest.raises(BadInput, match="how the requester was found to be who it says"):
        await desk.act(sid, "answer", known_by=" ")
    with pytest.raises(Conflict, match="was not answered"):
        await desk.close(sid, "answered")
    await desk.close(sid, "forged")
    with pytest.raises(BadInput, match="the number that it came from, or the one that it came to"):
        await traced(desk, sender="", reference="9")
    with pytest.raises(BadAddress):
        await traced(desk, recipient="the neighbour", reference="9")
