"""Our own resources."""

from __future__ import annotations

import json
from typing import Any

import pytest

from masstransit.model.decision import Verdict
from masstransit.storage import consents
from masstransit.storage.tables import opt_outs
from tests.api.house import Door, finding
from tests.makers import RECIPIENT, SENDER

FORM = {"To": RECIPIENT, "From": SENDER, "Body": "Hello"}


async def test_preflight_says_what_the_gate_would_and_sends_nothing(door: Door) -> None:
    door.exchange.rule = finding(Verdict.REFUSE, code=21610)
    answer = await door.ask("POST", "/policy/v1/Preflight", data=FORM)
    assert answer.status_code == 200
    assert (answer.json()["verdict"], answer.json()["kept"]) == ("REFUSE", False)
    assert answer.json()["findings"][0]["remedy"] == "ask first"
    assert door.exchange.offers == []
    assert (await door.ask("GET", "/policy/v1/Decisions")).json()["decisions"] == []


async def test_decisions_are_listed_and_fetched_without_evidence(door: Door) -> None:
    door.exchange.rule = finding(Verdict.REFUSE, code=21610, evidence={"threshold": 5})
    await door.ask("POST", f"{door.messages}.json", data=FORM)
    await door.ask("POST", f"{door.messages}.json", data=FORM)
    page = (await door.ask("GET", "/policy/v1/Decisions?PageSize=1&Verdict=REFUSE")).json()
    assert page["meta"]["key"] == "decisions"
    following = await door.ask("GET", page["meta"]["next_page_url"].removeprefix(door.url))
    assert following.json()["meta"]["next_page_url"] is None
    (shown,) = following.json()["decisions"]
    fetched = await door.ask("GET", shown["url"].removeprefix(door.url))
    assert fetched.json() == shown
    assert "threshold" not in fetched.text


async def test_opt_outs_are_read_by_number(door: Door) -> None:
    row = {"account": door.sid, "person": door.keys.person(RECIPIENT), "since": door.clock.now(), "masked": "+1212***"}
    await door.database.write(lambda c: c.execute(opt_outs.insert().values(row)))
    found = (await door.ask("GET", "/policy/v1/OptOuts", params={"PhoneNumber": RECIPIENT})).json()["opt_outs"]
    assert [each["in_force"] for each in found] == [True]
    none = await door.ask("GET", "/policy/v1/OptOuts", params={"PhoneNumber": SENDER})
    assert none.json()["opt_outs"] == []


async def test_a_person_who_said_stop_by_letter_is_opted_out_and_has_taken_their_consent_back(door: Door) -> None:
    person = door.keys.person(RECIPIENT)
    given = {"account": door.sid, "person": person, "kind": "written", "given_at": door.clock.now()}
    both = [given | {"purpose": purpose} for purpose in ("marketing", "transactional")]
    await door.database.write(lambda c: consents.give(c, door.house.ledger, both, door.clock.now()))
    form = {"PhoneNumber": RECIPIENT, "By": "letter", "Scope": "marketing"}
    told = await door.ask("POST", "/policy/v1/OptOuts", data=form)
    assert (told.status_code, told.json()["scope"], told.json()["said"]) == (201, "marketing", "letter")
    assert await withdrawn(door, person) == {"marketing"}
    told = await door.ask("POST", "/policy/v1/OptOuts", data={"PhoneNumber": RECIPIENT, "By": "phone"})
    assert (told.json()["scope"], told.json()["in_force"]) == ("all", True)
    assert await withdrawn(door, person) == {"marketing", "transactional"}
    (found,) = (await door.ask("GET", "/policy/v1/OptOuts", params={"PhoneNumber": RECIPIENT})).json()["opt_outs"]
    assert found == told.json()


async def withdrawn(door: Door, person: str) -> set[str]:
    rows = await door.database.read(lambda c: consents.consents_of(c, [door.sid], [person]))
    return {row.purpose for row in rows if row.withdrawn_at is not None}


async def test_an_opt_out_told_by_a_subaccount_holds_for_the_brand(door: Door) -> None:
    sub, token = await door.account(parent=door.sid)
    form = {"PhoneNumber": RECIPIENT, "By": "email", "Date": "2026-01-05T10:00:00Z"}
    told = await door.ask("POST", "/policy/v1/OptOuts", data=form, auth=(sub, token))
    assert told.json()["date_created"] == "2026-01-05T10:00:00Z"
    (found,) = (await door.ask("GET", "/policy/v1/OptOuts")).json()["opt_outs"]
    assert found["number"].startswith("+1212***")


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"By": "letter"}, "PhoneNumber"),
        ({"PhoneNumber": RECIPIENT}, "By"),
        ({"PhoneNumber": RECIPIENT, "By": "pigeon"}, "By"),
        ({"PhoneNumber": RECIPIENT, "By": "letter", "Scope": "otp"}, "Scope"),
        ({"PhoneNumber": RECIPIENT, "By": "letter", "Date": "2099-01-01"}, "Date"),
        ({"PhoneNumber": RECIPIENT, "By": "letter", "Reason": "x"}, "Reason"),
    ],
)
async def test_an_opt_out_that_is_told_badly_is_refused_by_its_field(
    door: Door, form: dict[str, str], field: str
) -> None:
    told = await door.ask("POST", "/policy/v1/OptOuts", data=form)
    assert (told.status_code, told.json()["details"]["field"]) == (400, field)


async def test_answers_about_reassigned_numbers_are_kept_each_for_itself(door: Door) -> None:
    good = {"contact_id": RECIPIENT, "answer": "yes", "consent_date": "2025-01-01", "asked_at": "2026-01-05"}
    bad: list[dict[str, Any]] = [
        good | {"answer": "perhaps"},
        good | {"contact_id": "nobody"},
        good | {"asked_at": "2099-01-01"},
        good | {"consent_date": "2026-01-06"},
        good | {"color": "red"},
        good | {"asked_at": 7},
    ]
    form = {"Items": [json.dumps(item | {"correlation_id": str(n)}) for n, item in enumerate([good, *bad])]}
    told = await door.ask("POST", "/policy/v1/Reassigned", data=form)
    assert told.status_code == 201
    codes = [(item["correlation_id"], item["error_code"] == 0) for item in told.json()["items"]]
    assert codes == [("0", True), *((str(n), False) for n in range(1, len(bad) + 1))]
    person = door.keys.person(RECIPIENT)
    (kept,) = await door.database.read(lambda c: consents.reassigned_of(c, [door.sid], [person]))
    assert kept.answer == "yes"
    assert (await door.ask("POST", "/policy/v1/Reassigned", data={"Items": "no json"})).status_code == 400


async def test_the_agreement_is_accepted_by_its_digest_only(door: Door) -> None:
    shown = (await door.ask("GET", "/policy/v1/Agreement")).json()
    assert (shown["text"], shown["accepted"]) == ("Be kind.", False)
    form = {"Digest": "0" * 64, "Person": "Dana", "Role": "Director", "Authorised": "true"}
    assert (await door.ask("POST", "/policy/v1/Agreement", data=form)).json()["details"]["field"] == "Digest"
    refused = await door.ask("POST", "/policy/v1/Agreement", data=form | {"Authorised": "false"})
    assert refused.status_code == 400
    accepted = await door.ask("POST", "/policy/v1/Agreement", data=form | {"Digest": shown["digest"]})
    assert accepted.status_code == 201
    assert accepted.json()["accepted"]
    assert accepted.json()["acceptances"][0]["person"] == "Dana"


async def test_the_document_describes_every_resource_that_answers(door: Door) -> None:
    document = (await door.ask("GET", "/policy/v1/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": f"{door.url}/policy"}]
    for path, methods in document["paths"].items():
        if "get" in methods and "{" not in path:
            assert (await door.ask("GET", f"/policy{path}")).status_code == 200


async def test_the_signing_algorithm_is_chosen(door: Door) -> None:
    assert (await door.ask("GET", "/policy/v1/Signing")).json()["algorithm"] == "HMAC_SHA1"
    await door.ask("POST", "/policy/v1/Signing", data={"Algorithm": "HMAC_SHA256"})
    assert (await door.ask("GET", "/policy/v1/Signing")).json()["algorithm"] == "HMAC_SHA256"
