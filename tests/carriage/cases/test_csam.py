"""Abuse of children: stopped silently, seen by two at most, reported within the hour, kept for a year."""

from __future__ import annotations

from datetime import timedelta

import pytest

from masstransit.errors import BadInput, Conflict
from masstransit.storage import tables
from tests.carriage.cases.desk import Desk
from tests.makers import ACCOUNT, NOON, RECIPIENT

FOUND = {"account": ACCOUNT, "known_by": "a known hash", "secured": "vault 3"}


async def test_it_is_stopped_at_once_and_nobody_of_the_customers_hears_of_it(desk: Desk) -> None:
    sid = await desk.open("csam", **FOUND)
    (step,) = await desk.rows(tables.standing)
    assert (step.step, step.scope, step.target, step.silent, step.acts_from) == (
        "suspend", "account", ACCOUNT, "csam", NOON
    )  # fmt: skip
    assert await desk.rows(tables.alerts) == []
    assert (await desk.case(sid)).case.due_at == NOON + timedelta(hours=1)
    assert await desk.held() == {ACCOUNT}


async def test_two_people_may_look_and_each_look_is_on_record(desk: Desk) -> None:
    sid = await desk.open("csam", **FOUND)
    for name in ("Ada", "Bob", " ada "):
        assert await desk.act(sid, "look", by=name, why="to grade it") == {"secured": "vault 3"}
    with pytest.raises(Conflict, match="2 people have looked already"):
        await desk.act(sid, "look", by="Cleo", why="to see")
    with pytest.raises(BadInput, match="say why"):
        await desk.act(sid, "look", why="")
    assert [e.by for e in (await desk.case(sid)).history if e.what == "looked"] == ["Ada", "Bob", "ada"]


async def test_what_is_handed_off_has_the_way_of_the_message_and_no_content(desk: Desk) -> None:
    message = await desk.sent(1, "not to be seen")
    sid = await desk.open("csam", **FOUND, message=message)
    made = await desk.act(sid, "hand-off")
    assert [row["recipient"] for row in made["messages"]] == [RECIPIENT]
    assert made["subscriber"]["friendly_name"] == "Northwind"
    assert "not to be seen" not in repr(made)


async def test_the_report_ends_the_case_and_all_is_kept_for_a_year(desk: Desk) -> None:
    sid = await desk.open("csam", **FOUND)
    with pytest.raises(Conflict, match="is not reported"):
        await desk.close(sid, "reported")
    desk.later(minutes=50)
    await desk.act(sid, "report", report="NCMEC 77")
    assert await desk.ended(sid) == "reported"
    desk.later(days=365, hours=23)
    await desk.watched()
    assert await desk.held() == {ACCOUNT}
    desk.later(hours=1)
    assert await desk.held() == frozenset()
    assert await desk.verified()


async def test_what_turns_out_to_be_none_may_go_again(desk: Desk) -> None:
    sid = await desk.open("csam", **FOUND, unit="end_user:salon")
    assert (await desk.rows(tables.standing))[0].target == "salon"
    await desk.close(sid, "not-csam")
    assert (await desk.rows(tables.standing))[0].undone_by == "Ada"
    assert await desk.held() == frozenset()
