"""Sanctions hits: nobody is stopped for a name; who is the one on the list is, and OFAC hears of it."""

from __future__ import annotations

import pytest

from masstransit.errors import BadInput, Conflict
from masstransit.storage import tables
from tests.carriage.cases.desk import Desk, there
from tests.makers import ACCOUNT

HIT = {"account": ACCOUNT, "list": "the specially designated nationals", "entry": "31337"}


async def test_a_name_stops_nobody_before_a_person_has_looked(desk: Desk) -> None:
    sid = await desk.open("sanctions", **HIT)
    assert await desk.rows(tables.standing) == []
    assert (await desk.due(sid))[0] == "review"
    with pytest.raises(Conflict, match="is not confirmed"):
        await desk.act(sid, "report", report="1")
    await desk.close(sid, "somebody-else")
    assert await desk.rows(tables.standing) == []
    assert await desk.held() == frozenset()


async def test_who_is_the_one_is_stopped_and_reported_within_ten_business_days(desk: Desk) -> None:
    desk.at(there("2027-01-14"))
    sid = await desk.open("sanctions", **HIT)
    with pytest.raises(BadInput, match="what tells it from others"):
        await desk.act(sid, "confirm", shown_by="")
    await desk.act(sid, "confirm", shown_by="date of birth and papers")
    (step,) = await desk.rows(tables.standing)
    assert (step.clause, step.step, step.scope) == ("12", "suspend", "account")
    assert await desk.due(sid) == ("report", "2027-01-29 10:00")  # over Martin Luther King Jr. Day
    with pytest.raises(Conflict, match="is not reported"):
        await desk.close(sid, "reported")
    await desk.act(sid, "report", report="B-2027-4")
    assert await desk.ended(sid) == "reported"
    assert (await desk.rows(tables.standing))[0].undone_at is None
    with pytest.raises(Conflict):
        await desk.act(sid, "confirm", shown_by="again")


async def test_one_that_was_confirmed_wrongly_may_go_again(desk: Desk) -> None:
    sid = await desk.open("sanctions", **HIT)
    await desk.act(sid, "confirm", shown_by="the name")
    with pytest.raises(Conflict, match="was confirmed before"):
        await desk.act(sid, "confirm", shown_by="the name")
    await desk.close(sid, "somebody-else")
    assert (await desk.rows(tables.standing))[0].undone_by == "Ada"
