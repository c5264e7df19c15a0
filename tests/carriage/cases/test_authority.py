"""Requests of authorities: forged ones get nothing, each process gets what it reaches, and nothing is erased."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from masstransit.carriage.cases.authority import PROCESSES
from masstransit.errors import BadInput, Conflict
from masstransit.storage import tables
from tests.carriage.cases.desk import CALLED, OTHER, Desk, there
from tests.makers import ACCOUNT, NOON, SENDER

REACH = {
    "suspension": set(), "subpoena": {"subscriber"}, "nsl": {"subscriber"}, "court-order": {"subscriber", "records"},
    "warrant": {"subscriber", "records", "content"}, "emergency": {"subscriber", "records", "content"},
    "preservation": set(), "pen-trap": set(), "wiretap": set(), "foreign": set(), "informal": set(),
}  # fmt: skip


async def asked(desk: Desk, process: str, **more: str) -> str:
    told = {"account": ACCOUNT, "authority": "The Bureau", "reference": "7/26", "process": process}
    return await desk.open("authority", **told | more)


@pytest.mark.parametrize("process", PROCESSES)
async def test_a_process_discloses_what_it_reaches_and_no_more(desk: Desk, process: str) -> None:
    await desk.sent(1, "The code is in the letter.")
    desk.later(minutes=1)
    sid = await asked(desk, process)
    await desk.act(sid, "verify", **CALLED)
    for what in ("subscriber", "records", "content"):
        if what in REACH[process]:
            made = await desk.act(sid, "disclose", what=what)
            assert ("The code is in the letter." in repr(made)) == (what == "content")
            assert (SENDER in repr(made.get("messages", ""))) == (what != "subscriber")
        else:
            with pytest.raises(BadInput, match=f"does not reach {what}; it reaches "):
                await desk.act(sid, "disclose", what=what)
            with pytest.raises(BadInput, match="does not reach"):
                await desk.act(sid, "disclose", what=f"subscriber,{what}")


async def test_nothing_is_disclosed_before_the_authority_was_called_back(desk: Desk) -> None:
    sid = await asked(desk, "warrant", contact="+1 202 555 0199")
    with pytest.raises(Conflict, match="is not verified: call The Bureau back at a number that it publishes"):
        await desk.act(sid, "disclose", what="subscriber")
    with pytest.raises(BadInput, match="the number that was called came with the request"):
        await desk.act(sid, "verify", **CALLED | {"called": "+12025550199"})
    with pytest.raises(BadInput, match="say where the number is published"):
        await desk.act(sid, "verify", **CALLED | {"published": " "})
    with pytest.raises(BadInput, match="phone number"):
        await desk.act(sid, "verify", **CALLED | {"called": "their desk"})
    await desk.act(sid, "verify", **CALLED)
    made = await desk.act(sid, "disclose", what="subscriber")
    assert made["subscriber"]["friendly_name"] == "Northwind"
    assert [row["number"] for row in made["subscriber"]["numbers"]] == [SENDER]
    entry = (await desk.case(sid)).history[1]
    assert (entry.what, entry.at, entry.data["called"], entry.data["spoke_to"]) == (
        "verified", NOON, "+12025550110", "Officer Kim"
    )  # fmt: skip
    with pytest.raises(Conflict, match="is verified already"):
        await desk.act(sid, "verify", **CALLED)


async def test_a_forged_request_ends_and_stops_discloses_and_holds_nothing(desk: Desk) -> None:
    for process in ("emergency", "suspension", "preservation"):
        sid = await asked(desk, process, reference=process)
        assert await desk.held() == {ACCOUNT}
        await desk.act(sid, "verify", **CALLED | {"genuine": "no"})
        assert await desk.ended(sid) == "forged"
        with pytest.raises(Conflict, match="is closed: forged"):
            await desk.act(sid, "disclose", what="subscriber")
        assert await desk.held() == frozenset()
    assert await desk.rows(tables.authority_orders) == []
    assert await desk.rows(tables.standing) == []


@pytest.mark.parametrize(("gag", "told"), [("no", 1), ("yes", 0)])
async def test_a_verified_suspension_stops_its_unit_and_tells_where_it_may(desk: Desk, gag: str, told: int) -> None:
    sid = await asked(desk, "suspension", unit=f"number:{SENDER}", gag=gag)
    assert await desk.orders() == []
    done = await desk.act(sid, "verify", **CALLED)
    (order,) = await desk.orders()
    (step,) = await desk.rows(tables.standing)
    assert (order.order, order.scope, order.target, order.gag) == (done["order"], "number", SENDER, gag == "yes")
    assert (step.step_id, step.step, step.scope, step.target, step.acts_from) == (
        done["step"], "suspend", "number", SENDER, NOON
    )  # fmt: skip
    assert len(await desk.rows(tables.alerts)) == told
    assert {row.silent for row in await desk.rows(tables.statements)} == {"gag" if gag == "yes" else ""}
    await desk.close(sid, "ended")
    assert await desk.orders() == []
    assert (await desk.rows(tables.standing))[0].undone_by == "Ada"
    assert await desk.verified()


async def test_an_order_that_was_lifted_by_other_hands_does_not_keep_its_case_open(desk: Desk) -> None:
    sid = await asked(desk, "suspension")
    await desk.act(sid, "verify", **CALLED)
    await desk.does(lambda c: c.execute(update(tables.authority_orders).values(until=NOON)))
    await desk.does(lambda c: c.execute(update(tables.standing).values(undone_at=NOON, undone_by="Bob")))
    await desk.close(sid, "withdrawn")
    assert await desk.ended(sid) == "withdrawn"


async def test_an_answer_is_of_the_unit_and_the_time_that_the_process_names(desk: Desk) -> None:
    early = await desk.sent(1)
    desk.later(days=2)
    late = await desk.sent(2)
    other = await desk.sent(3, account=OTHER)
    desk.later(days=1)
    whole = await asked(desk, "court-order", reference="1")
    part = await asked(desk, "court-order", reference="2", since="2026-06-04", until="2026-06-06")
    narrow = await asked(desk, "court-order", reference="3", unit="end_user:nobody")
    found = {}
    for sid in (whole, part, narrow):
        await desk.act(sid, "verify", **CALLED)
        found[sid] = [row["sid"] for row in (await desk.act(sid, "disclose", what="records"))["messages"]]
    assert found == {whole: [early, late], part: [late], narrow: []}
    assert other not in repr(found)


async def test_what_was_disclosed_is_on_record_without_what_it_said(desk: Desk) -> None:
    await desk.sent(1, "The code is in the letter.")
    desk.later(minutes=1)
    sid = await asked(desk, "warrant")
    await desk.act(sid, "verify", **CALLED)
    await desk.act(sid, "disclose", by="Bob", what="content")
    last = (await desk.case(sid)).history[-1]
    assert (last.what, last.by, last.data["what"], last.data["messages"]) == ("disclosed", "Bob", ["content"], 1)
    assert len(last.data["sha256"]) == 64
    assert "letter" not in repr([row.data for row in await desk.rows(tables.case_events)])
    await desk.close(sid, "answered")
    assert await desk.held() == frozenset()


async def test_a_case_is_not_answered_by_saying_so(desk: Desk) -> None:
    sid = await asked(desk, "subpoena")
    with pytest.raises(Conflict, match="was not answered"):
        await desk.close(sid, "answered")
    assert (await desk.case(sid)).case.closed_at is None
    assert await desk.held() == {ACCOUNT}


@pytest.mark.parametrize(
    ("process", "due"),
    [
        ("emergency", ("review", "2026-06-06 11:00")),  # a Saturday
        ("suspension", ("suspend", "2026-06-06 14:00")),
        ("subpoena", ("answer", "2026-06-23 00:00")),  # ten business days, over Juneteenth
        ("preservation", ("preserve", "2026-09-04 10:00")),
        ("informal", ("answer", "2026-06-23 00:00")),
    ],
)
async def test_each_process_has_its_time(desk: Desk, process: str, due: tuple[str, str]) -> None:
    desk.at(there("2026-06-06"))
    sid = await asked(desk, process)
    assert await desk.due(sid) == due


async def test_the_day_that_the_process_sets_counts(desk: Desk) -> None:
    sid = await asked(desk, "subpoena", by_when="2026-06-05T21:00")
    assert await desk.due(sid) == ("answer", "2026-06-05 17:00")
    with pytest.raises(BadInput, match="a time to come"):
        await asked(desk, "subpoena", reference="2", by_when="2026-06-01")


async def test_a_preservation_holds_for_ninety_days_and_once_for_ninety_more(desk: Desk) -> None:
    sid = await asked(desk, "preservation")
    with pytest.raises(Conflict, match="is not verified"):
        await desk.act(sid, "renew")
    await desk.act(sid, "verify", **CALLED)
    desk.later(days=89)
    assert await desk.held() == {ACCOUNT}
    renewed = await desk.act(sid, "renew")
    assert datetime.fromisoformat(renewed["until"]) == NOON + timedelta(days=180)
    with pytest.raises(Conflict, match="is so once"):
        await desk.act(sid, "renew")
    desk.later(days=90)
    assert await desk.held() == {ACCOUNT}
    desk.later(days=1, seconds=1)
    assert await desk.held() == frozenset()
    await desk.watched()
    assert not (await desk.case(sid)).case.holds


async def test_one_that_is_not_renewed_holds_no_longer(desk: Desk) -> None:
    await asked(desk, "preservation")
    desk.later(days=90)
    assert await desk.held() == frozenset()
    subpoena = await asked(desk, "subpoena", reference="2")
    with pytest.raises(Conflict, match="is no preservation"):
        await desk.act(subpoena, "renew")


async def test_a_message_can_be_asked_about_and_not_suspended(desk: Desk) -> None:
    with pytest.raises(BadInput, match="a message can't be stopped"):
        await asked(desk, "suspension", unit="message:SM1")
    message = await desk.sent(1)
    await desk.sent(2)
    desk.later(minutes=1)
    sid = await asked(desk, "court-order", unit=f"message:{message}")
    await desk.act(sid, "verify", **CALLED)
    assert [row["sid"] for row in (await desk.act(sid, "disclose", what="records"))["messages"]] == [message]


async def test_a_request_holds_the_subaccounts_too(desk: Desk) -> None:
    await desk.does(lambda c: c.execute(update(tables.accounts).where(_is(OTHER)).values(parent=ACCOUNT)))
    await asked(desk, "informal")
    assert await desk.held() == {ACCOUNT, OTHER}


def _is(account: str) -> Any:
    return tables.accounts.c.account == account
