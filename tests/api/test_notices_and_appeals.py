"""What a customer reads of steps against its senders, and its appeals: over the API, with the whole house behind it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from masstransit import demo
from masstransit.carriage import appeals
from masstransit.carriage.overturning import Word
from masstransit.carriage.standing import put
from masstransit.ledger import verify
from masstransit.model.outcome import OutcomeKind
from masstransit.model.sid import new_sid
from masstransit.storage import tables
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.statements import NOTICE_URL, url_of
from tests.api.gated import GatedDoor
from tests.api.house import Door
from tests.makers import an_outcome

FORM = {"From": demo.NUMBERS[0], "To": demo.PHONES[0], "Body": "Your table is ready."}
REASON = "a carrier complained about this traffic"


async def stands(door: Door, what: str = "suspend", **more: Any) -> str:
    """A step against the account; its name."""
    now, name = door.clock.now(), new_sid("ST")
    row = {
        "account": door.sid, "step_id": name, "scope": "account", "target": door.sid, "step": what, "clause": "6",
        "rule": "6.8", "reason": REASON, "remedy": "ask people before you write", "silent": "", "decision": None,
        "since": now, "acts_from": now, "confirmed_by": "Ada", "expires_at": now + timedelta(days=30),
    }  # fmt: skip
    await door.database.write(lambda c: put(c, door.house.ledger, row | more))
    return name


async def send(door: Door) -> Any:
    return await door.ask("POST", f"{door.messages}.json", data=FORM)


async def appeal(door: Door, **form: Any) -> Any:
    return await door.ask("POST", "/policy/v1/Appeals", data={"Text": "They asked for it."} | form)


async def decides(door: Door, sid: str, *, overturn: bool = True) -> None:
    word = Word(by="Cleo", because="they showed how people opted in", at=door.clock.now())
    await door.database.write(lambda c: appeals.decide(c, door.house.ledger, sid, word, overturn=overturn))


async def notices(door: Door, query: str = "", **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await door.ask("GET", f"/policy/v1/Notices{query}", **more)).json()["notices"]
    return found


async def test_a_notice_tells_all_that_a_customer_needs_to_put_it_right_or_to_appeal(gated: GatedDoor) -> None:
    step = await stands(gated, scope="campaign", target="QE1", decision="DE1")
    (told,) = await notices(gated)
    assert (told["kind"], told["step_sid"], told["decision_sids"]) == ("suspend", step, ["DE1"])
    assert (told["clause"], told["rule"], told["reason"]) == ("6", "6.8", REASON)
    assert (told["scope"], told["target"]) == ("campaign", "QE1")
    assert told["limits"] == "nothing that it sends goes out but warnings of danger"
    assert told["remedy"] == "ask people before you write"
    assert told["date_ends"] > told["date_created"]
    assert (told["appeal_path"], told["appeal_until"] > told["date_ends"]) == ("/policy/v1/Appeals", True)
    assert f"post StepSid={step} and Text to /policy/v1/Appeals" in told["text"]
    fetched = await gated.ask("GET", f"/policy/v1/Notices/{told['sid']}")
    assert fetched.json() == told
    (alert,) = (await gated.ask("GET", "/monitor/v1/Alerts")).json()["alerts"]
    assert (alert["alert_text"], alert["resource_sid"]) == (told["text"], step)


async def test_notices_are_read_by_page_by_kind_and_by_step(gated: GatedDoor) -> None:
    steps = [await stands(gated, "warn", target=f"QE{n}", scope="campaign") for n in range(3)]
    await stands(gated, "throttle")
    page = (await gated.ask("GET", "/policy/v1/Notices?PageSize=3")).json()
    following = await gated.ask("GET", page["meta"]["next_page_url"].removeprefix(gated.url))
    assert [len(page["notices"]), len(following.json()["notices"])] == [3, 1]
    assert {each["step_sid"] for each in await notices(gated, "?Kind=warn")} == set(steps)
    assert [each["step_sid"] for each in await notices(gated, f"?StepSid={steps[0]}")] == steps[:1]
    refused = await gated.ask("GET", "/policy/v1/Notices?Kind=gossip")
    assert (refused.status_code, refused.json()["details"]["field"]) == (400, "Kind")


async def test_an_owner_reads_what_its_subaccounts_were_told_where_it_asks_for_it(door: Door) -> None:
    own, sub, stranger = await stands(door), await door.account(parent=door.sid), await door.account()
    of_sub = await stands(door, "throttle", account=sub[0], target=sub[0])
    hidden = await stands(door, account=sub[0], target=sub[0], silent="gag")
    await stands(door, account=stranger[0], target=stranger[0])
    assert [each["step_sid"] for each in await notices(door)] == [own]
    whole = await notices(door, "?IncludeSubaccounts=true")
    assert {each["step_sid"]: each["account_sid"] for each in whole} == {own: door.sid, of_sub: sub[0]}
    assert hidden not in str(whole)
    assert [each["step_sid"] for each in await notices(door, "?IncludeSubaccounts=true&Kind=throttle")] == [of_sub]
    assert [each["step_sid"] for each in await notices(door, "?IncludeSubaccounts=true", auth=sub)] == [of_sub]
    page = (await door.ask("GET", "/policy/v1/Notices?IncludeSubaccounts=true&PageSize=1")).json()
    following = await door.ask("GET", page["meta"]["next_page_url"].removeprefix(door.url))
    found = [each["step_sid"] for each in page["notices"] + following.json()["notices"]]
    assert sorted(found) == sorted([own, of_sub])
    refused = await door.ask("GET", "/policy/v1/Notices?IncludeSubaccounts=all")
    assert (refused.status_code, refused.json()["details"]["field"]) == (400, "IncludeSubaccounts")


async def test_notices_and_appeals_are_the_accounts_own(door: Door) -> None:
    step, other = await stands(door), await door.account()
    filed, (told,) = (await appeal(door, StepSid=step)).json(), await notices(door, "?Kind=suspend")
    assert await notices(door, auth=other) == []
    assert (await door.ask("GET", "/policy/v1/Appeals", auth=other)).json()["appeals"] == []
    paths = [f"Notices/{told['sid']}", f"Notices/{told['sid']}/StatementOfReasons", f"Appeals/{filed['sid']}"]
    for path in paths:
        assert (await door.ask("GET", f"/policy/v1/{path}")).status_code == 200
        assert (await door.ask("GET", f"/policy/v1/{path}", auth=other)).status_code == 404
    theirs = await door.ask("POST", "/policy/v1/Appeals", data={"StepSid": step, "Text": "x"}, auth=other)
    assert (theirs.status_code, theirs.json()["code"]) == (404, 20404)


async def test_a_suspended_account_appeals_and_sends_again_when_it_is_right(gated: GatedDoor) -> None:
    step = await stands(gated)
    refused = (await send(gated)).json()
    assert refused["details"]["appeal"] == f"{gated.url}/policy/v1/Appeals"
    filed = await appeal(gated, DecisionSid=refused["details"]["decision"], Evidence=["https://example.com/form.png"])
    assert filed.status_code == 201
    body = filed.json()
    assert (body["step_sid"], body["decision_sid"]) == (step, None)  # the decision rests on the step
    assert (body["status"], body["evidence"]) == ("open", ["https://example.com/form.png"])
    assert body["date_created"] < body["date_due"]
    again = await appeal(gated, StepSid=step)
    assert (again.status_code, body["sid"] in again.json()["message"]) == (409, True)
    await decides(gated, body["sid"])
    decided = (await gated.ask("GET", f"/policy/v1/Appeals/{body['sid']}")).json()
    assert (decided["status"], decided["because"]) == ("overturned", "they showed how people opted in")
    await asyncio.sleep(0.6)  # standing is read twice a second
    assert (await send(gated)).status_code == 201
    kinds = sorted(each["kind"] for each in await notices(gated))
    assert kinds == ["appeal-overturned", "appeal-received", "lifted", "suspend"]
    assert (await gated.database.survey(lambda c: verify(c, gated.keys.public))).whole


async def test_of_appeals_that_are_filed_at_once_one_is_kept(gated: GatedDoor) -> None:
    step = await stands(gated)
    answers = await asyncio.gather(*(appeal(gated, StepSid=step) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert len((await gated.ask("GET", "/policy/v1/Appeals")).json()["appeals"]) == 1
    assert len(await notices(gated, "?Kind=appeal-received")) == 1


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({}, "StepSid"),
        ({"StepSid": "ST" + "1" * 32, "DecisionSid": "DE" + "1" * 32}, "StepSid"),
        ({"StepSid": "DE" + "1" * 32}, "StepSid"),
        ({"DecisionSid": "DE1"}, "DecisionSid"),
        ({"StepSid": "ST" + "1" * 32, "Text": ""}, "Text"),
        ({"StepSid": "ST" + "1" * 32, "Text": "x" * 8001}, "Text"),
        ({"StepSid": "ST" + "1" * 32, "Evidence": ["x"] * 11}, "Evidence"),
        ({"StepSid": "ST" + "1" * 32, "Evidence": "x" * 2049}, "Evidence"),
        ({"StepSid": "ST" + "1" * 32, "Urgency": "high"}, "Urgency"),
    ],
)
async def test_an_appeal_that_is_told_badly_is_refused_by_its_field(
    gated: GatedDoor, form: dict[str, Any], field: str
) -> None:
    told = await appeal(gated, **form)
    assert (told.status_code, told.json()["details"]["field"]) == (400, field)


async def test_what_nobody_may_be_told_of_is_nowhere_for_its_customer(gated: GatedDoor) -> None:
    step = await stands(gated, silent="gag", reason="the secret reason")
    refused = await send(gated)
    assert refused.json()["message"] == "This sender may not send at present"
    assert (await appeal(gated, StepSid=step)).status_code == 404
    about_the_decision = await appeal(gated, DecisionSid=refused.json()["details"]["decision"])
    assert about_the_decision.status_code == 201
    told = [await gated.ask("GET", path) for path in (
        "/policy/v1/Notices", "/policy/v1/Appeals", "/policy/v1/Decisions", "/monitor/v1/Alerts",
    )]  # fmt: skip
    assert not [answer.url for answer in told if step in answer.text or "secret" in answer.text]
    kept = await gated.database.read(lambda c: c.execute(select(tables.statements)).all())
    (row,) = [row for row in kept if row.silent]
    assert (row.step, row.silent) == (step, "gag")
    for path in (f"Notices/{row.sid}", f"Notices/{row.sid}/StatementOfReasons"):
        assert (await gated.ask("GET", f"/policy/v1/{path}")).status_code == 404


async def test_what_an_authority_asks_and_nobody_verified_is_nowhere_for_its_customer(gated: GatedDoor) -> None:
    outcome = an_outcome(OutcomeKind.AUTHORITY_REQUEST, account=gated.sid, campaign="QE1", at=gated.clock.now())
    made = await gated.parts.arrivals.outcome(outcome)
    other = an_outcome(OutcomeKind.CARRIER_COMPLAINT, id="OU2", account=gated.sid, campaign="QE1")
    complaint = await gated.parts.arrivals.outcome(other)
    assert [finding.rule for finding in made.findings] == ["14.4"]
    listed = (await gated.ask("GET", "/policy/v1/Decisions")).json()["decisions"]
    assert complaint.id in {each["sid"] for each in listed}
    assert made.id not in {each["sid"] for each in listed}
    assert (await gated.ask("GET", f"/policy/v1/Decisions/{complaint.id}")).status_code == 200
    assert (await gated.ask("GET", f"/policy/v1/Decisions/{made.id}")).status_code == 404
    assert [each["clause"] for each in await notices(gated)] == ["6"]
    kept = await gated.database.read(lambda c: c.execute(select(tables.statements)).all())
    assert sorted(row.silent for row in kept) == ["", "request"]


# --- the statement of reasons -----------------------------------------------------------------------------------------


async def test_a_statement_of_reasons_has_what_the_law_wants_in_it(gated: GatedDoor) -> None:
    await stands(gated, "block", scope="campaign", target="QE1", confirmed_by=None, decision="DE1")
    (told,) = await notices(gated)
    said = (await gated.ask("GET", f"/policy/v1/Notices/{told['sid']}/StatementOfReasons")).json()
    restriction, ground = said["restriction"], said["ground"]
    assert (restriction["kind"], restriction["scope"], restriction["target"]) == ("block", "campaign", "QE1")
    assert restriction["date_begins"] < restriction["date_ends"]
    assert said["facts_and_circumstances"]["reason"] == REASON
    assert (ground["clause"], ground["rule"]) == ("6", "6.8")
    assert ground["title"] == "Carrier complaints and industry rules"
    assert ground["rule_says"]
    assert said["automated_means"]["decided_by_a_machine"]
    assert "/policy/v1/Appeals" in said["redress"]["internal"]
    assert said["redress"]["until"] == told["appeal_until"]


async def test_a_statement_of_reasons_cites_the_law_that_a_rule_carries_out_and_the_person_who_decided(
    gated: GatedDoor,
) -> None:
    await stands(gated, clause="14", rule="14.1", decision=None)
    (told,) = await notices(gated)
    said = (await gated.ask("GET", f"/policy/v1/Notices/{told['sid']}/StatementOfReasons")).json()
    assert (said["ground"]["kind"], said["ground"]["law"]) == ("law and contract", "47 CFR 64.1200(n)(2)")
    machine = said["automated_means"]
    assert (machine["found_by_a_machine"], machine["decided_by_a_machine"]) == (False, False)


async def test_what_limits_nothing_has_no_statement_of_reasons(gated: GatedDoor) -> None:
    step = await stands(gated)
    await appeal(gated, StepSid=step)
    (told,) = await notices(gated, "?Kind=appeal-received")
    assert (await gated.ask("GET", f"/policy/v1/Notices/{told['sid']}/StatementOfReasons")).status_code == 404


# --- where it is told -------------------------------------------------------------------------------------------------


async def test_an_account_names_the_url_at_which_it_is_told_and_takes_it_back(gated: GatedDoor) -> None:
    assert (await gated.ask("GET", "/policy/v1/NoticeUrl")).json()["notice_url"] is None
    await stands(gated, "warn")
    told = await gated.ask("POST", "/policy/v1/NoticeUrl", data={"NoticeUrl": "https://example.com/standing?a=1"})
    assert told.json()["notice_url"] == "https://example.com/standing?a=1"
    await stands(gated, "throttle")
    rows = await gated.database.read(lambda c: c.execute(select(tables.notices)).all())
    assert [(row.way, row.target, row.body["event"]["kind"]) for row in rows] == [
        ("webhook", "https://example.com/standing?a=1", "throttle")
    ]
    (kept,) = await notices(gated, "?Kind=throttle")
    assert rows[0].body["event"] == {name: kept[name] for name in kept if name not in {"date_taken", "url"}}
    await gated.ask("POST", "/policy/v1/NoticeUrl", data={"NoticeUrl": ""})
    assert (await gated.ask("GET", "/policy/v1/NoticeUrl")).json()["notice_url"] is None


@pytest.mark.parametrize("url", ["http://127.0.0.1/x", "http://10.0.0.1/", "ftp://example.com/", "example.com"])
async def test_a_url_that_can_not_be_called_is_refused(sqlite_database: Database, keys: Keys, url: str) -> None:
    async with GatedDoor(sqlite_database, keys, allow_private=False) as strict:
        told = await strict.ask("POST", "/policy/v1/NoticeUrl", data={"NoticeUrl": url})
    assert (told.status_code, told.json()["details"]["field"]) == (400, "NoticeUrl")


async def test_a_subaccount_is_told_at_its_owners_url_where_it_names_none(gated: GatedDoor) -> None:
    sub = await gated.account(parent=gated.sid)
    await gated.ask("POST", "/policy/v1/NoticeUrl", data={"NoticeUrl": "https://example.com/owner"})
    for expected in ("https://example.com/owner", "https://example.com/own"):
        assert await gated.database.read(lambda c: url_of(c, sub[0])) == expected
        await gated.ask("POST", "/policy/v1/NoticeUrl", data={"NoticeUrl": "https://example.com/own"}, auth=sub)
    assert NOTICE_URL == "notice_url"
