"""Tracebacks: the way of a message or call within 24 hours, from whom to whom, and not a word of what was said."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, insert, update

from masstransit.errors import BadAddress, BadInput, Conflict
from masstransit.facts.calls.callers import CallerRight, Verified, attested
from masstransit.model.caller import Attestation, Verification, Verstat
from masstransit.model.communication import Direction, Moment
from masstransit.model.decision import Decision, Verdict
from masstransit.storage import calls, decisions, tables
from tests.carriage.cases.desk import OTHER, Desk, there
from tests.makers import ACCOUNT, NOON, RECIPIENT, SENDER, a_record


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


async def called(desk: Desk, n: int, facts: dict[str, Any] | None = None, **differs: Any) -> str:
    """The n-th call, which is over; its SID."""
    record = a_record(id=f"CA{n:032x}", trunk="north", offered_at=desk.clock.now(), **differs)
    made = Decision(
        id=f"DE{n}", subject=record.id, account=record.account, moment=Moment.OFFER, attempt=0, at=NOON,
        verdict=Verdict.ALLOW, findings=(), facts=facts or {}, revision="1",
    )  # fmt: skip
    row = calls.over(record, person="p", status="completed") | {"decision": made.id, "principal": "pbx-1"}

    def keep(connection: Connection) -> None:
        decisions.add(connection, [(made, decisions.record(made), b"salt")])
        calls.add(connection, [row])

    await desk.does(keep)
    return record.id


async def test_a_calls_record_has_the_hops_and_how_far_it_was_vouched_for_and_why(desk: Desk) -> None:
    attestation, because = attested("owned")
    right = CallerRight(account=ACCOUNT, grounds="owned", attestation=attestation, because=because)
    call = await called(desk, 1, {"CallerRight": right}, end_user="salon", campaign="QE1")
    made = await desk.act(await traced(desk), "answer", known_by="their portal")
    (way,) = made["calls"]
    assert made["messages"] == []
    told = ("call", "upstream_account", "upstream_name", "upstream_credential", "end_user", "downstream_carrier")
    assert [way[name] for name in told] == [call, ACCOUNT, "Northwind", "pbx-1", "salon", "north"]
    assert (way["attestation"], way["attested_because"]) == ("A", because)
    assert (way["upstream_carrier"], way["downstream_account"]) == ("", "")


async def test_a_call_that_came_over_a_carrier_names_that_and_who_signed_it(desk: Desk) -> None:
    word = Verification(
        verstat=Verstat.PASSED, attestation=Attestation.PARTIAL, signer="709J", origin="their-mark", reason="it holds"
    )
    await called(
        desk, 1, {"Verified": Verified(verification=word)}, sender=RECIPIENT, recipient=SENDER,
        direction=Direction.INBOUND,
    )  # fmt: skip
    sid = await traced(desk, sender=RECIPIENT)
    (way,) = (await desk.act(sid, "answer", known_by="portal"))["calls"]
    assert (way["upstream_carrier"], way["upstream_account"], way["downstream_account"]) == ("north", "", ACCOUNT)
    assert (way["attestation"], way["signer"], way["origin_id"]) == ("B", "709J", "their-mark")


async def test_calls_with_a_number_that_another_customer_shows_are_told_and_those_turned_away_are_not(
    desk: Desk,
) -> None:
    await called(desk, 1, account=OTHER)
    refused = await called(desk, 2)
    await desk.does(
        lambda c: c.execute(update(tables.calls).where(tables.calls.c.sid == refused).values(status="refused"))
    )
    desk.later(minutes=21)
    await called(desk, 3)
    desk.later(minutes=-21)
    (way,) = (await desk.act(await traced(desk), "answer", known_by="portal"))["calls"]
    assert way["upstream_account"] == OTHER
    assert way["attestation"] == ""  # nothing was learned of it


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
