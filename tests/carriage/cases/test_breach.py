"""Breaches: which notices are due to whom, and that a case ends when all were given."""

from __future__ import annotations

import pytest

from masstransit.errors import BadInput, Conflict
from tests.carriage.cases.desk import Desk

BREACH = {"what": "a disk was lost", "customers": "499", "harm": "no"}


@pytest.mark.parametrize(
    ("told", "due"),
    [
        ({}, set()),
        ({"customers": "500"}, {"agencies"}),
        ({"harm": "yes"}, {"agencies", "customers"}),
        ({"harm": "yes", "proprietary": "no"}, set()),
        ({"personal": "yes"}, {"data-authority"}),
        ({"health": "yes"}, {"covered-entities"}),
        (
            {"customers": "9000", "harm": "yes", "personal": "yes", "health": "yes"},
            {"agencies", "customers", "data-authority", "covered-entities"},
        ),
    ],
)
async def test_what_was_reached_says_who_is_notified(desk: Desk, told: dict[str, str], due: set[str]) -> None:
    sid = await desk.open("breach", **BREACH | told)
    assert {run.name for run in (await desk.case(sid)).running} == due


async def test_a_case_ends_when_every_notice_was_given(desk: Desk) -> None:
    sid = await desk.open("breach", **BREACH | {"harm": "yes"})
    with pytest.raises(Conflict, match="agencies, customers were not notified yet"):
        await desk.close(sid, "notified")
    with pytest.raises(BadInput, match="whom 'data-authority': of agencies, customers"):
        await desk.act(sid, "notify", whom="data-authority", how="a letter")
    assert await desk.act(sid, "notify", whom="agencies", how="the portal, 12") == {"left": ["customers"]}
    assert (await desk.due(sid))[0] == "customers"
    await desk.act(sid, "notify", whom="customers", how="by mail")
    await desk.close(sid, "notified")
    assert await desk.ended(sid) == "notified"


async def test_what_happened_is_said(desk: Desk) -> None:
    for told in ({"what": " "}, {"customers": "-1"}):
        with pytest.raises(BadInput, match="say what happened"):
            await desk.open("breach", **BREACH | told)
    with pytest.raises(BadInput, match="customers"):
        await desk.open("breach", **BREACH | {"customers": "many"})
